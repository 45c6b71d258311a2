package bive

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/bonafide-id/bonafide/sandbox"
)

func (s *Sandbox) createPerson(w http.ResponseWriter, r *http.Request) {
	var q personRequest
	if !accept(w, r, &q, func() error { return q.check() }) {
		return
	}
	input := map[string]any{"first_name": q.FirstName, "last_name": q.LastName}
	if q.MiddleName != "" {
		input["middle_name"] = q.MiddleName
	}
	s.create(w, &record{
		kind: "person", name: q.name(), input: input, identity: q.identity(),
		story: sandbox.StoryOf(q.Email), liveness: q.liveness(), webhook: q.WebhookURL, demo: q.Demo,
		components: personComponents(q), persons: []subject{subjectOf(q.person)}, base: s.base(r),
		document: q.GovID,
	}, func() error { return s.checkFiles(q.person) })
}

func (s *Sandbox) createBusiness(w http.ResponseWriter, r *http.Request) {
	var q businessRequest
	if !accept(w, r, &q, func() error { return q.check() }) {
		return
	}
	b := &record{
		kind: "business", name: q.Name,
		input:    map[string]any{"business_name": q.Name, "doingBusinessAs": "", "website": q.Website},
		identity: BusinessIdentity(q.Name, q.Email), story: sandbox.StoryOf(q.Email),
		liveness: q.liveness(), webhook: q.WebhookURL, demo: q.Demo, components: businessComponents(q), base: s.base(r),
		document: q.Document.URL,
	}
	for _, p := range q.AssociatedPersons {
		b.persons = append(b.persons, subjectOf(p))
	}
	s.create(w, b, func() error {
		if s.files[q.Document.URL].field != documentFields[q.Document.Type] {
			return errors.New("document.url is not an uploaded file of that type")
		}
		for _, p := range q.AssociatedPersons {
			if err := s.checkFiles(p); err != nil {
				return errors.New("associated_persons: " + err.Error())
			}
		}
		return nil
	})
}

// accept reads and checks a body; when it is refused, the answer is given.
func accept(w http.ResponseWriter, r *http.Request, v any, check func() error) bool {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusBadRequest, "Content-Type must be application/json")
		return false
	}
	err := decode(r.Body, v)
	if err == nil {
		err = check()
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

// create starts a workflow and answers. Check is called under the lock.
func (s *Sandbox) create(w http.ResponseWriter, b *record, check func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := check(); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if s.stage.Stumble(b.story, b.identity) {
		fail(w, http.StatusInternalServerError)
		return
	}
	b.fresh = s.bring(b.identity, b.document)
	if b.kind == "business" {
		for i := range b.persons {
			p := &b.persons[i]
			p.fresh = s.bring(p.identity, p.document)
		}
	}
	s.seq++
	b.seq, b.created, b.status = s.seq, s.stage.Clock.Now(), Initiated
	b.id = s.stage.IDs.UUIDv7(b.created)
	s.records, s.byID[b.id] = append(s.records, b), b
	s.stage.Ledger.Create(b.kind+".create", b.identity)
	s.begin(b)
	sandbox.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{
		"id": b.id, "status": b.status, "input": b.input,
	}})
}

// bring notes the document that an identity came with, and reports whether the
// identity was here before and brings one that it never brought.
func (s *Sandbox) bring(identity, document string) bool {
	digest := s.files[document].digest
	known, before := s.seen[identity]
	if !before {
		known = make(map[string]bool)
		s.seen[identity] = known
	}
	fresh := before && digest != "" && !known[digest]
	known[digest] = true
	return fresh
}

// checkFiles refuses file names that the vendor did not give out for that field.
func (s *Sandbox) checkFiles(p person) error {
	for _, ref := range []struct{ member, name, field string }{
		{"media", p.Media, "selfie"}, {"gov_id", p.GovID, "gov_id"}, {"gov_id_back", p.GovIDBack, "gov_id_back"},
	} {
		if ref.name != "" && s.files[ref.name].field != ref.field {
			return errors.New(ref.member + " is not an uploaded file of that field")
		}
	}
	return nil
}

// base returns the address that liveness links begin with.
func (s *Sandbox) base(r *http.Request) string {
	if s.config.PublicURL != "" {
		return strings.TrimSuffix(s.config.PublicURL, "/")
	}
	return "http://" + r.Host
}
