package persona

import (
	"net/http"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// The types of reports.
const (
	watchlist    = "report/watchlist"
	politician   = "report/politically-exposed-person"
	adverseMedia = "report/adverse-media"
)

// report is one search of lists.
type report struct {
	id, kind, status   string
	inquiry            *inquiry // nil when it was asked for alone
	account, reference string
	query              map[string]string
	match              bool
	ignored            []map[string]any
	runs               []any // when it was run, oldest first

	created, completed, redacted time.Time
}

// createReport is POST /reports.
func (s *Sandbox) createReport(c *call) (reply, *refusal) {
	kind := c.text("data", "type")
	switch kind {
	case watchlist, politician, adverseMedia:
	default:
		return reply{}, bad("data.type is not a report that the sandbox has")
	}
	if c.text("data", "attributes", "report-template-id") == "" {
		return reply{}, bad("data.attributes.report-template-id is missing")
	}
	query := map[string]string{}
	for _, name := range []string{"name-first", "name-middle", "name-last", "term", "birthdate", "country-code", "address-country-code"} {
		if v := c.text("data", "attributes", "query", name); v != "" {
			query[name] = v
		}
	}
	if query["name-first"]+query["name-middle"]+query["name-last"]+query["term"] == "" {
		return reply{}, bad("data.attributes.query needs a name or a term")
	}
	r := &report{id: s.id("rep_"), kind: kind, status: "pending", query: query, created: s.clock.Now(), reference: c.text("meta", "auto-create-account-reference-id")}
	r.account = c.text("data", "attributes", "account-id")
	if r.account == "" && r.reference != "" {
		r.account = s.account(r.reference)
	}
	s.reports[r.id] = r
	s.stage.Ledger.Create("report.create", or(r.reference, r.id))
	if c.text("meta", "processing-mode") == "sync" {
		s.ready(r)
	} else {
		s.after(reportDelay, func() { s.ready(r) })
	}
	return reply{status: http.StatusCreated, data: r.view(c.version)}, nil
}

// newReport is a report that the workflow of an inquiry asks for.
func (s *Sandbox) newReport(i *inquiry, kind string) {
	r := &report{id: s.id("rep_"), kind: kind, status: "pending", inquiry: i, account: i.account, reference: i.reference, created: s.clock.Now(),
		query: i.query()}
	s.reports[r.id], i.reports = r, append(i.reports, r)
	i.updated = r.created
}

// query is what a report asks of the person.
func (i *inquiry) query() map[string]string {
	return map[string]string{"name-first": i.field("name-first"), "name-last": i.field("name-last"), "birthdate": i.field("birthdate")}
}

// ready finishes a report. A match is told twice: as ready and as matched.
func (s *Sandbox) ready(r *report) {
	r.status, r.completed, r.match = "ready", s.clock.Now(), r.hits()
	r.runs = append(r.runs, map[string]any{"completed-at": stamp(r.completed), "has-match": r.match})
	s.emitReport(r, "ready")
	if r.match {
		s.emitReport(r, "matched")
	}
}

// hits says whom the lists name: the documented names of the vendor's sandbox,
// and on the watchlist whoever's story is a sanction.
func (r *report) hits() bool {
	name := strings.ToLower(strings.TrimSpace(r.query["name-first"] + " " + r.query["name-last"] + r.query["term"]))
	switch r.kind {
	case politician:
		return name == "boris johnson"
	case watchlist:
		if r.inquiry != nil && r.inquiry.story.Outcome == sandbox.Sanctions {
			return true
		}
	}
	return name == "kim jong un" || name == "jong kim un"
}

// matched says whether a report of the inquiry found somebody.
func (i *inquiry) matched() bool {
	for _, r := range i.reports {
		if r.match && len(r.ignored) == 0 {
			return true
		}
	}
	return false
}

func (s *Sandbox) readReport(c *call, r *report) (reply, *refusal) {
	return reply{data: r.view(c.version)}, nil
}

// dismiss is POST /reports/{id}/dismiss. The match stays; the list of what is ignored grows.
func (s *Sandbox) dismiss(c *call, r *report) (reply, *refusal) {
	switch {
	case !r.match:
		return reply{}, plain(http.StatusUnprocessableEntity, "the report has no match")
	case r.kind == adverseMedia && (c.text("data", "attributes", "dismiss-type") == "" || c.text("data", "attributes", "entity-id") == ""):
		return reply{}, bad("data.attributes.dismiss-type and entity-id are needed")
	}
	r.ignored = append(r.ignored, map[string]any{"ignored-at": stamp(s.clock.Now()), "ignore-reason": c.text("data", "attributes", "reason")})
	if r.inquiry != nil {
		r.inquiry.updated = s.clock.Now()
	}
	s.emitReport(r, "dismissed")
	return reply{data: r.view(c.version)}, nil
}

// runAgain is POST /reports/{id}/run: as monitoring does it, by what is known of the person now.
func (s *Sandbox) runAgain(c *call, r *report) (reply, *refusal) {
	if r.status == "pending" || !r.redacted.IsZero() {
		return reply{}, conflict("Report is running or redacted")
	}
	if r.inquiry != nil {
		r.query = r.inquiry.query()
	}
	r.status = "pending"
	s.after(reportDelay, func() { s.ready(r) })
	return reply{data: r.view(c.version)}, nil
}

// history is GET /reports/{id}/history.
func (s *Sandbox) history(_ *call, r *report) (reply, *refusal) {
	return reply{data: list(r.runs)}, nil
}

// redactReport is DELETE /reports/{id}.
func (s *Sandbox) redactReport(c *call, r *report) (reply, *refusal) {
	if !r.redacted.IsZero() {
		return reply{}, conflict("Report already redacted")
	}
	r.redacted = s.clock.Now()
	return reply{data: r.view(c.version)}, nil
}

// view is the report on the wire.
func (r *report) view(version string) map[string]any {
	a := map[string]any{
		"status": r.status, "created-at": stamp(r.created), "completed-at": stamp(r.completed), "redacted-at": stamp(r.redacted),
		"report-template-version-name": "v1", "has-match": r.match, "is-continuous": len(r.runs) > 1, "is-recurring": false, "tags": []any{},
	}
	if version < versionDec {
		a["run-history"] = list(r.runs)
	}
	ignored := make([]any, len(r.ignored))
	for n, m := range r.ignored {
		ignored[n] = m
	}
	found := []any{}
	if r.match {
		found = append(found, map[string]any{"entity-id": "ent_sandbox", "name": "Sandbox entry"})
	}
	switch r.kind {
	case watchlist:
		a["matched-lists"], a["ignore-list"] = found, ignored
		a["name-first"], a["name-last"], a["birthdate"] = r.query["name-first"], r.query["name-last"], null(r.query["birthdate"])
	case politician:
		a["result"], a["ignore-list"] = found, ignored
	case adverseMedia:
		a["related-sources"], a["ignore-list-entity"] = found, ignored
	}
	if !r.redacted.IsZero() {
		a["name-first"], a["name-last"], a["birthdate"] = nil, nil, nil
	}
	rel := map[string]any{"account": ref("account", r.account), "transaction": map[string]any{"data": nil}, "inquiry": map[string]any{"data": nil}}
	if r.inquiry != nil {
		rel["inquiry"] = ref("inquiry", r.inquiry.id)
	}
	return map[string]any{"type": r.kind, "id": r.id, "attributes": a, "relationships": rel}
}
