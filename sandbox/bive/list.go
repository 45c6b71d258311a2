package bive

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox"
)

const (
	defaultPage = 20
	maxPage     = 100
)

// filter is a question for records.
type filter struct {
	kind, id, report, phrase string
	status                   Status
	size                     int
	before                   int64 // records older than this one; 0 for the newest
}

// cursor is what a page token holds.
type cursor struct {
	StartTime time.Time `json:"start_time"`
	CloseTime time.Time `json:"close_time"`
	RunID     int64     `json:"run_id"`
}

// page is an answer of GET /identity/workflow.
type page struct {
	Next string `json:"next_page_token,omitempty"`
	Data []view `json:"data"`
}

func (s *Sandbox) list(w http.ResponseWriter, r *http.Request) {
	f, err := filterOf(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if f.id != "" && f.before != 0 {
		refuse(w, http.StatusUnprocessableEntity, "id and next_page_token exclude each other")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.id != "" {
		b := s.byID[f.id]
		if b == nil || f.kind != "" && f.kind != b.kind {
			fail(w, http.StatusNotFound)
			return
		}
		s.stage.Ledger.Read("record.get")
		sandbox.WriteJSON(w, http.StatusOK, page{Data: []view{b.view()}})
		return
	}
	s.stage.Ledger.Read("record.list")
	p := page{Data: []view{}}
	var last *record
	for _, b := range slices.Backward(s.records) {
		if !f.match(b) {
			continue
		}
		if len(p.Data) == f.size {
			p.Next = tokenOf(last)
			break
		}
		p.Data, last = append(p.Data, b.view()), b
	}
	sandbox.WriteJSON(w, http.StatusOK, p)
}

func (f filter) match(b *record) bool {
	phrase := strings.ToLower(f.phrase)
	return (f.before == 0 || b.seq < f.before) &&
		(f.kind == "" || f.kind == b.kind) &&
		(f.status == "" || f.status == b.status) &&
		(f.report == "" || b.final != nil && b.final.Result == f.report) &&
		(phrase == "" || b.id == phrase || strings.Contains(strings.ToLower(b.name), phrase))
}

// filterOf reads the query; parameters that are not known are ignored.
func filterOf(q url.Values) (filter, error) {
	f := filter{
		kind: q.Get("workflow_type"), id: strings.ToLower(q.Get("id")), report: q.Get("report_status"),
		phrase: strings.TrimSpace(q.Get("object_search_phrase")), status: Status(q.Get("status")), size: defaultPage,
	}
	if f.kind != "" && f.kind != "person" && f.kind != "business" {
		return f, errors.New("workflow_type is neither business nor person")
	}
	if strings.Trim(f.id, "0123456789abcdef-") != "" {
		return f, errors.New("id is not a uuid")
	}
	if f.report != "" && f.report != "true" && f.report != "false" {
		return f, errors.New("report_status is neither true nor false")
	}
	switch f.status {
	case "", Initiated, GeneratingLivenessCheck, AwaitingLivenessCheck, Running, Completed, Failed:
	default:
		return f, errors.New("status is none of the six")
	}
	if size := q.Get("page_size"); size != "" {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > maxPage {
			return f, errors.New("page_size is not a number from 1 to 100")
		}
		f.size = n
	}
	if token := q.Get("next_page_token"); token != "" {
		var c cursor
		raw, err := base64.StdEncoding.DecodeString(token)
		if err != nil || json.Unmarshal(raw, &c) != nil || c.RunID < 1 {
			return f, errors.New("next_page_token is not one of ours")
		}
		f.before = c.RunID
	}
	return f, nil
}

// tokenOf returns the token of the page that begins after a record.
func tokenOf(b *record) string {
	raw, _ := json.Marshal(cursor{StartTime: b.created.UTC(), RunID: b.seq}) // three plain values: cannot fail
	return base64.StdEncoding.EncodeToString(append(raw, '\n'))
}
