package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

// keyGone reports whether a key is destroyed.
func (r *rig) keyGone(n uint64) bool {
	_, err := r.bus.Key(r.t.Context(), n)
	return err != nil
}

func TestErasingDestroysKeysAndBlobs(t *testing.T) {
	r := newRig(t, func(c *ingest.Config) { c.Webhooks = map[string]ingest.Webhook{"acme": {Webhook: signer{}}} })
	id := r.open(full).ID
	hook := func(word string) {
		body := id + " " + word
		r.want(200, r.call("POST", "/webhooks/acme", "", body, "X-Signature", sign(body)))
	}
	hook("reviewed")
	hook("reviewed") // a repetition changes nothing in the core, and has a key of its own
	hook("large" + strings.Repeat("x", 900<<10))
	r.want(202, r.call("POST", "/v1/verifications/"+id+"/documents", acme, `{"type":"SELFIE","content":"`+jpeg64+`"}`))
	r.want(202, r.call("POST", "/v1/verifications/"+id+"/reviews", acme, `{"result":"true","reason":"seen in person"}`))
	keys := r.keysOf(id)
	if len(keys) != 6 || r.blobCount() != 3 {
		t.Fatalf("before: %d keys and %d blobs, want 6 and 3", len(keys), r.blobCount())
	}
	for range 2 { // a repetition does no harm
		r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	}
	for _, n := range keys {
		if !r.keyGone(n) {
			t.Errorf("key %d is still there", n)
		}
	}
	if n := r.blobCount(); n != 0 {
		t.Errorf("%d blobs are still there", n)
	}
	r.await(id, "erased")
	if got := r.list(acme, "status=erased").ids(); len(got) != 1 || got[0] != id {
		t.Errorf("erased ones = %v, want %s", got, id)
	}
	r.want(409, r.call("POST", "/v1/verifications/"+id+"/submit", acme, nil))
	before := len(r.inputs())
	hook("after")
	if n := len(r.inputs()); n != before {
		t.Errorf("a webhook about an erased person was kept")
	}
}

// keysOf returns the keys that inputs of a verification name.
func (r *rig) keysOf(id string) []uint64 {
	r.t.Helper()
	seen := map[uint64]bool{}
	var all []uint64
	for _, in := range r.inputs() {
		if in.Event.Data.Key() != id {
			continue
		}
		keys, _ := ingest.SealedIn(in.Event.Data)
		for _, n := range keys {
			if !seen[n] {
				seen[n] = true
				all = append(all, n)
			}
		}
	}
	return all
}

// What was on its way when the person was erased brings a box of its own: it goes too.
func TestWhatComesInAfterwardsIsErasedToo(t *testing.T) {
	r := newRig(t, nil)
	id, stranger := r.open(minimal).ID, r.open(minimal).ID
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	r.await(id, "erased")
	late := r.seal("late")
	kept := r.seal("kept")
	for to, box := range map[string]events.Sealed{id: late, stranger: kept} {
		a := events.CheckAnswered{ID: to, Tenant: "acme", Check: "identity", Provider: "acme", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: to + ".identity.1",
			Status: events.AnswerPending, ObservedAt: time.Now(), Evidence: &events.Evidence{SHA256: "ab", Sealed: &box}}
		if _, err := r.bus.Put(t.Context(), events.Event{ID: to + "/late", Source: "/test", Subject: to, Time: time.Now(), Data: a}); err != nil {
			t.Fatal(err)
		}
	}
	r.eventually("the late box cannot be opened", func() bool { return r.keyGone(late.Key) })
	if r.keyGone(kept.Key) {
		t.Error("somebody else's key was destroyed")
	}
}

// Another tenant cannot have a key destroyed by naming it in an input about a verification that is not theirs.
func TestKeysThatAnotherTenantNamesAreLeftAlone(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(minimal).ID
	box := r.seal("theirs")
	a := events.DocumentsAdded{ID: id, Tenant: "other", Documents: []events.Document{{Type: "SELFIE", Key: box.Key}}}
	if _, err := r.bus.Put(t.Context(), events.Event{ID: id + "/not-theirs", Source: "/test", Subject: id, Time: time.Now(), Data: a}); err != nil {
		t.Fatal(err)
	}
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	r.await(id, "erased")
	if r.keyGone(box.Key) {
		t.Error("a key was destroyed that another tenant has named")
	}
}
