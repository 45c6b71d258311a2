package authologic

import (
	"encoding/json"
	"net/http"

	"github.com/bonafide-id/bonafide/sandbox"
)

// identity is what the user's visit came to.
func (s *Sandbox) identity(c *conversation) map[string]any {
	m := map[string]any{"status": finished, "user": c.claims().tree(), "checks": []any{
		map[string]any{"name": "FACE_MATCH", "result": "ACCEPTED", "details": map[string]any{"matchFound": "true"}},
	}}
	fail := func(status, code string) map[string]any {
		return map[string]any{"status": status, "user": map[string]any{}, "errors": []string{code}}
	}
	switch c.story.Outcome {
	case sandbox.Reject:
		return fail(failed, "SCAN_DOCUMENT_PROBABLY_FAKE")
	case sandbox.Retry:
		if s.refused[c.UserKey]++; s.refused[c.UserKey] == 1 {
			return fail(failed, "SCAN_DOCUMENT_TOO_BLURRY")
		}
	case sandbox.Unknown:
		return map[string]any{"status": partial, "user": map[string]any{}, "errors": []string{}}
	case sandbox.Flag: // the status stays FINISHED
		m["checks"] = append(m["checks"].([]any), map[string]any{"name": "CONSISTENCY_CHECK", "result": "FAILED",
			"details": map[string]any{"field": "PERSON_IDS_NATIONAL_ID", "reason": "FORMAT_ERROR"}})
	}
	return m
}

// tree is what is given back of a user: what was claimed.
func (u user) tree() map[string]any {
	m := map[string]any{}
	if len(u.Person) > 0 {
		m["person"] = json.RawMessage(u.Person)
	}
	if len(u.Company) > 0 {
		m["company"] = json.RawMessage(u.Company)
	}
	return m
}

// verified compares what was given with what was found: by the story.
func verified(c *conversation) map[string]any {
	sure, weakest := 1.0, 1.0
	switch c.story.Outcome {
	case sandbox.Reject:
		weakest = 0
	case sandbox.Flag, sandbox.Unknown:
		weakest = 2.0 / 3
	}
	return map[string]any{"status": finished, "reliability": weakest, "details": []any{
		map[string]any{"field": "PERSON_NAME_FIRSTNAME", "reliability": sure},
		map[string]any{"field": "PERSON_NAME_LASTNAME", "reliability": weakest},
	}}
}

// metadata lists the images of an identity.
func (s *Sandbox) metadata(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	s.stage.Ledger.Read("metadata")
	media := []any{}
	if c.status == finished && c.Query.Identity != nil {
		media = []any{
			map[string]any{"id": "m1", "type": "DOCUMENT", "subtype": "ID_CARD", "variant": "FRONT", "contentType": "image/png"},
			map[string]any{"id": "m2", "type": "FACE", "contentType": "image/png"},
		}
	}
	return found(map[string]any{"id": c.id, "list": map[string]any{"media": media}})
}

// transactions are those of the accounts that the user has shown: none.
func (s *Sandbox) transactions(r *http.Request) answer { return s.bank(r, []any{}) }

// accounts are those that the user has shown.
func (s *Sandbox) accounts(r *http.Request) answer {
	return s.bank(r, []any{map[string]any{"accountId": "PL00000000000000000000000001", "currency": "PLN"}})
}

func (s *Sandbox) bank(r *http.Request, items []any) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	if c.Query.Bank == nil || c.status != finished {
		return wrong(http.StatusNotFound, "", "Item not found")
	}
	s.stage.Ledger.Read("bank")
	return found(map[string]any{"more": false, "items": items})
}
