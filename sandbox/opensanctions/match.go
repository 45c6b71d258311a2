package opensanctions

import (
	"net/http"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// match answers a search: one response for each query.
func (s *Sandbox) match(w http.ResponseWriter, r *http.Request) {
	how, status, err := settingsOf(r)
	if err != nil {
		refuse(w, status, err.Error())
		return
	}
	var asked request
	if err := sandbox.ReadJSON(http.MaxBytesReader(w, r.Body, maxBody), maxBody, &asked); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "the body is not a set of queries")
		return
	}
	if len(asked.Queries) == 0 || len(asked.Queries) > maxQueries {
		refuse(w, http.StatusBadRequest, "between 1 and 100 queries are answered at a time")
		return
	}
	for _, q := range asked.Queries {
		if !slices.Contains(schemata, q.Schema) {
			refuse(w, http.StatusBadRequest, "no such schema")
			return
		}
	}
	delay := time.Duration(-1)
	for _, q := range asked.Queries {
		story := sandbox.StoryOf(q.first("email"))
		if s.stage.Stumble(story, identity(q)) {
			refuse(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
		switch {
		case story.Never:
			delay = 0
		case story.Slow && delay != 0:
			delay = sandbox.SlowDelay
		}
	}
	if delay >= 0 && !s.wait(r, delay) {
		return
	}
	responses := map[string]any{}
	for name, q := range asked.Queries {
		hits := s.search(q, how)
		s.stage.Ledger.Read("match")
		responses[name] = map[string]any{
			"status": http.StatusOK, "results": hits, "total": map[string]any{"value": len(hits), "relation": "eq"}, "query": q,
		}
	}
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"responses": responses, "limit": how.limit, "matcher": map[string]any{}})
}

// identity names whom a query is about, without telling who it is.
func identity(q query) string {
	return sandbox.Fingerprint(q.Schema, q.first("name"), q.first("birthDate"), q.first("email"))
}

// search returns whom a query may mean, best first: entries of the list, and whom the query's story puts on it.
func (s *Sandbox) search(q query, how settings) []map[string]any {
	var found []scored
	for _, e := range list {
		if score := e.resembles(q); score > 0 {
			found = append(found, scored{e, score})
		}
	}
	if topic, score := s.told(q); topic != "" {
		found = append(found, scored{entry{id: "sandbox-" + identity(q)[:12], schema: q.Schema, name: q.first("name"), born: q.first("birthDate"), topics: []string{topic}}, score})
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	hits := []map[string]any{}
	for _, f := range found {
		if len(hits) == how.limit || !f.listed(how.topics) {
			continue
		}
		hits = append(hits, f.result(f.score, f.score >= how.threshold))
	}
	return hits
}

// scored is an entry and how much it resembles whom was asked for, 0 to 1.
type scored struct {
	entry
	score float64
}

// told returns the topic that a query's story puts its subject on the list for, and the score of that hit.
func (s *Sandbox) told(q query) (topic string, score float64) {
	story := sandbox.StoryOf(q.first("email"))
	switch story.Outcome {
	case sandbox.Sanctions:
		return "sanction", 1
	case sandbox.Reject:
		return "wanted", 0.99
	case sandbox.Flag:
		return "role.pep", 0.97
	case sandbox.Unknown: // a namesake, perhaps
		return "sanction", 0.84
	case sandbox.Reversal: // listed after the first search
		s.mu.Lock()
		defer s.mu.Unlock()
		if who := identity(q); !s.first[who] {
			s.first[who] = true
			return "", 0
		}
		return "sanction", 1
	}
	return "", 0
}
