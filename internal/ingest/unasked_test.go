package ingest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

// newFamilyRig knows a flow that has persons verified on their own: owners of more than 25 %, and directors.
func newFamilyRig(t *testing.T) *rig {
	return newRig(t, func(c *ingest.Config) {
		dir := flowDir(t)
		err := os.WriteFile(filepath.Join(dir, "family-test.yaml"), []byte(`flow: family-test
subject: business
checks:
  owners: {persons: {flow: person-test, roles: {UBO: {over: 25}}}}
`), 0o600)
		if err == nil {
			c.Flows, err = flow.Load(dir, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// relative is an associated person with a passport.
func relative(reference, role, owns, first string) string {
	return `{"reference":"` + reference + `","role":"` + role + `","ownership":` + owns + `,"person":{"name":{"firstName":"` + first +
		`","lastName":"Reyes"}},"documents":[{"type":"PASSPORT","content":"` + jpeg64 + `"}]}`
}

func family(hold string, persons ...string) string {
	return `{"flow":"family-test","subject":{"type":"business","company":{"name":{"name":"Tern"}}},"hold":` + hold + `,"associatedPersons":[` + strings.Join(persons, ",") + `]}`
}

// parties returns what a business's request has sealed of its persons.
func (r *rig) parties(id string) (all []events.Party) {
	r.t.Helper()
	for _, in := range r.inputs() {
		if o, ok := in.Event.Data.(events.VerificationOpened); ok && o.ID == id {
			all = append(all, o.Parties...)
		}
	}
	return all
}

// Whoever a business names and need not verify has no verification that could erase them: they go with the business. Whoever
// was asked for has one, which decides.
func TestPersonsWhomABusinessHasNotAskedForAreErasedWithIt(t *testing.T) {
	r := newFamilyRig(t)
	id := r.open(family("false", relative("small", "UBO", "10", "Ana"), relative("large", "UBO", "60", "Jan"), relative("boss", "DIRECTOR", "0", "Mia"))).ID
	r.await(id, "running")
	parties := r.parties(id)
	if len(parties) != 3 {
		t.Fatalf("the request has %d parties, want 3", len(parties))
	}
	if n := r.blobCount(); n != 3 {
		t.Fatalf("%d blobs, want the passport of each", n)
	}
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	for i, gone := range []bool{true, false, false} {
		p := parties[i]
		for _, key := range []uint64{p.Sealed.Key, p.Documents[0].Key} {
			if r.keyGone(key) != gone {
				t.Errorf("key of %s is gone: %v, want %v", p.Reference, !gone, gone)
			}
		}
	}
	if n := r.blobCount(); n != 2 {
		t.Errorf("%d blobs are left, want those of the two who were asked for", n)
	}
}

// A business that is erased before it has asked for anybody takes all with it.
func TestABusinessOnHoldIsErasedWithAllOfItsPersons(t *testing.T) {
	r := newFamilyRig(t)
	id := r.open(family("true", relative("large", "UBO", "60", "Jan"), relative("boss", "DIRECTOR", "0", "Mia"))).ID
	r.await(id, "initiated")
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	for _, p := range r.parties(id) {
		if !r.keyGone(p.Sealed.Key) || !r.keyGone(p.Documents[0].Key) {
			t.Errorf("what was sealed of %s can still be opened", p.Reference)
		}
	}
	if n := r.blobCount(); n != 0 {
		t.Errorf("%d blobs are left", n)
	}
}
