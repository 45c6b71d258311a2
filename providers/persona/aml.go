package persona

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// report is one search of lists.
type report struct {
	id, kind string

	Status      string         `json:"status"`
	CreatedAt   string         `json:"created-at"`
	CompletedAt string         `json:"completed-at"`
	HasMatch    *bool          `json:"has-match"`
	Matched     jsontext.Value `json:"matched-lists"`      // watchlist
	Result      jsontext.Value `json:"result"`             // politically exposed
	Related     jsontext.Value `json:"related-sources"`    // adverse media
	Ignored     jsontext.Value `json:"ignore-list"`        // what somebody has dismissed
	IgnoredWho  jsontext.Value `json:"ignore-list-entity"` // … of adverse media
}

func (r resource) report() (report, error) {
	a := report{}
	if err := decode(r, &a); err != nil {
		return a, err
	}
	a.id, a.kind = r.ID, r.Type
	return a, nil
}

// waits says that a report about lists is not ready.
func (r report) waits() bool { _, ok := lists[r.kind]; return ok && word(r.Status) == "pending" }

// screen reads the newest report of each kind as one finding. A match on a watchlist is false; an office or bad press is
// something that somebody must weigh; so is a match whose entries have all been dismissed, because the vendor goes on to call
// it one.
func (v *reader) screen() {
	var newest []report
	for _, r := range v.reports {
		if _, ok := lists[r.kind]; !ok {
			if !elsewhere[r.kind] {
				v.unknown("report", r.kind)
			}
			continue
		}
		i := slices.IndexFunc(newest, func(o report) bool { return o.kind == r.kind })
		switch {
		case i < 0:
			newest = append(newest, r)
		case moment(r.CreatedAt).After(moment(newest[i].CreatedAt)), moment(r.CreatedAt).Equal(moment(newest[i].CreatedAt)) && r.HasMatch != nil && *r.HasMatch:
			newest[i] = r
		}
	}
	if len(newest) == 0 && v.at.AML {
		v.add(providers.Finding{Component: "aml", Result: "unknown", Reasons: []string{"not_checked"}})
	}
	for _, r := range newest {
		v.add(v.listed(r))
	}
}

// listed says what one report means.
func (v *reader) listed(r report) providers.Finding {
	f := providers.Finding{Component: "aml", Result: "unknown", Labels: []string{clean(r.kind) + ":" + clean(word(r.Status))}}
	hit := lists[r.kind]
	switch s := word(r.Status); {
	case s == "errored":
		f.Reasons = []string{"vendor_error"}
	case s == "pending":
		f.Reasons = []string{"not_checked"}
	case s != "ready":
		v.unknown("report_status", s)
		f.Reasons = []string{"vendor_word_unknown"}
	case r.HasMatch == nil:
		v.unknown("report", "has-match")
		f.Reasons = []string{"inconclusive"}
	case !*r.HasMatch:
		f.Result, f.Confidence = "true", sure
	case r.dismissed():
		f.Result, f.Confidence, f.Reasons = "flagged", odd, []string{"possible_list_match"}
	default:
		f.Result, f.Confidence, f.Reasons = hit.result, sure, []string{hit.code}
		v.news = v.news || moment(r.CompletedAt).After(moment(v.inquiry.DecisionedAt))
	}
	if f.Result == "flagged" {
		f.Confidence = odd
	}
	return f
}

// dismissed says that somebody has dismissed as many entries as there are. The vendor does not say which is which in all
// kinds of reports.
func (r report) dismissed() bool {
	matches := length(r.Matched) + length(r.Result) + length(r.Related)
	return matches > 0 && length(r.Ignored)+length(r.IgnoredWho) >= matches
}

// length is the number of elements of a list, 0 of anything else.
func length(v jsontext.Value) int {
	var all []jsontext.Value
	if v.Kind() != '[' || strictjson.Unmarshal(v, &all) != nil {
		return 0
	}
	return len(all)
}
