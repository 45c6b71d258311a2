package ingest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/subject"
)

// Whoever was verified is read from the streams when nobody owns the shard: as claimed, as corrected, and what vendors found.
func TestAPersonIsReadWithoutAnOwner(t *testing.T) {
	var o opener
	r := newRig(t, func(c *ingest.Config) {
		c.Opener, c.Readers = &o, map[string]ingest.Reader{"acme": {Title: "Acme", Read: readPerson}}
	})
	o.Opener = r.opener
	id, gone := r.open(full).ID, r.open(full).ID
	correct := func(name, key string) {
		r.want(202, r.call("POST", "/v1/verifications/"+id+"/subject", acme, `{"person":{"name":{"lastName":"`+name+`"}}}`, "Idempotency-Key", key))
	}
	correct("Wrong", "c-1")
	correct("Canaria", "c-2")
	stale := r.corrections(id)[0]
	if _, err := r.bus.Put(t.Context(), stale); err != nil { // the first comes again, and changes nothing
		t.Fatal(err)
	}
	other := events.SubjectCorrected{ID: id, Tenant: "other", Members: []string{"/person"}, Sealed: r.seal("theirs"), Dedupe: "x"}
	if _, err := r.bus.Put(t.Context(), events.Event{ID: id + "/not-theirs", Source: "/test", Subject: id, Data: other}); err != nil {
		t.Fatal(err)
	}
	r.read(id, false, subject.Person{Name: &subject.PersonName{FirstName: "JAN", LastName: "CANARIA"}})
	r.await(id, "completed")
	r.want(202, r.call("DELETE", "/v1/verifications/"+gone+"/subject", acme, nil))
	r.await(gone, "erased")
	paths := []string{"?include=subject", "?format=verified_claims"}
	var before [][]byte
	for _, q := range paths {
		before = append(before, r.want(200, r.call("GET", "/v1/verifications/"+id+q, acme, nil)).body)
	}
	if s := string(before[0]); !strings.Contains(s, `"Canaria"`) || strings.Contains(s, `"Wrong"`) {
		t.Errorf("with an owner the subject is %s, want it as last corrected", s)
	}
	r.orphan()
	for i, q := range paths {
		if got := r.want(200, r.call("GET", "/v1/verifications/"+id+q, acme, nil)).body; !bytes.Equal(got, before[i]) {
			t.Errorf("%s without an owner\n%s\nwith one\n%s", q, got, before[i])
		}
		if p := r.want(410, r.call("GET", "/v1/verifications/"+gone+q, acme, nil)).problem(t); !strings.HasSuffix(p.Type, "erased") {
			t.Errorf("%s of who is erased, without an owner: %+v", q, p)
		}
		r.want(503, r.call("GET", "/v1/verifications/"+id+q, "other-key-all", nil))
	}
}

// corrections returns the corrections of a verification as they lie in the inputs.
func (r *rig) corrections(id string) (all []events.Event) {
	r.t.Helper()
	for _, in := range r.inputs() {
		if c, ok := in.Event.Data.(events.SubjectCorrected); ok && c.ID == id {
			all = append(all, in.Event)
		}
	}
	return all
}
