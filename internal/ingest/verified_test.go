package ingest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/events/schemas"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// What a vendor read is told to whom may know it, from the sealed evidence, once the decision is true; and no longer when
// the person is erased.
func TestWhatVendorsReadIsToldAsVerifiedClaims(t *testing.T) {
	t.Run("evidence in the event", func(t *testing.T) { testVerifiedClaims(t, false) })
	t.Run("evidence in the blob store", func(t *testing.T) { testVerifiedClaims(t, true) })
}

func testVerifiedClaims(t *testing.T, large bool) {
	var o opener
	r := newRig(t, func(c *ingest.Config) {
		c.Opener, c.Readers = &o, map[string]ingest.Reader{"acme": {Title: "Acme", Read: readPerson}}
	})
	o.Opener = r.opener
	id := r.open(full).ID
	path := "/v1/verifications/" + id + "?format=verified_claims"
	if p := r.want(409, r.call("GET", path, acme, nil)).problem(t); !strings.HasSuffix(p.Type, "not-verified") {
		t.Errorf("before the decision: problem %+v, want not-verified", p)
	}
	r.read(id, large, subject.Person{
		Name: &subject.PersonName{FirstName: "JAN", LastName: "KOWALSKI"}, Info: &subject.PersonInfo{BirthDate: "1983-07-03", Nationality: "PL"},
		IDs: &subject.PersonIDs{Passport: &subject.IDDocument{ID: "ZX123456", ExpiryDate: "2031-01-01", IssueCountry: "PL"}},
	})
	r.eventually("it is decided", func() bool {
		return !bytes.Contains(r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).body, []byte(`"status":"running"`))
	})
	got := r.want(200, r.call("GET", path, acme, nil))
	valid(t, "verified_claims.v1.json", got.body)
	var doc struct {
		Sub      string `json:"sub"`
		Verified struct {
			Verification struct {
				TrustFramework string `json:"trust_framework"`
				Evidence       []struct {
					Type     string           `json:"type"`
					Checks   []map[string]any `json:"check_details"`
					Document map[string]any   `json:"document_details"`
				} `json:"evidence"`
			} `json:"verification"`
			Claims map[string]any `json:"claims"`
		} `json:"verified_claims"`
	}
	got.into(t, &doc)
	v := doc.Verified
	if doc.Sub != id || v.Verification.TrustFramework == "" || v.Claims["family_name"] != "KOWALSKI" || v.Claims["birthdate"] != "1983-07-03" {
		t.Errorf("got %s, want what the vendor read of %s", got.body, id)
	}
	if e := v.Verification.Evidence; len(e) != 1 || e[0].Type != "document" || e[0].Document["document_number"] != "ZX123456" || e[0].Checks[0]["organization"] != "Acme" {
		t.Errorf("evidence %+v, want the passport, looked at by Acme", e)
	}
	if l := r.log.String(); !strings.Contains(l, "verified claims read") || strings.Contains(l, "KOWALSKI") {
		t.Error("the log must have the reading, and nobody's name")
	}
	r.want(403, r.call("GET", path, reader, nil))
	r.want(404, r.call("GET", path, other, nil))
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	r.eventually("the keys are gone", func() bool { return r.call("GET", path, acme, nil).status == 410 })
}

func TestAVerdictWithoutDataIsNoClaim(t *testing.T) {
	var o opener
	r := newRig(t, func(c *ingest.Config) { c.Opener = &o })
	o.Opener = r.opener
	id := r.decide(1, "acme")[0]
	if p := r.want(409, r.call("GET", "/v1/verifications/"+id+"?format=verified_claims", acme, nil)).problem(t); !strings.HasSuffix(p.Type, "no-claims") {
		t.Errorf("problem %+v, want no-claims", p)
	}
}

// OpenStream as Open: the opener is there once the rig is.
func (o *opener) OpenStream(ctx context.Context, a seal.AAD, key uint64, r io.Reader) (io.Reader, error) {
	return o.Opener.OpenStream(ctx, a, key, r)
}

// readPerson reads an answer that is a person.
func readPerson(r providers.Reply) (o providers.Outcome, err error) {
	o.Status, o.Extracted = "completed", new(subject.Person)
	return o, json.Unmarshal(r.Exchanges[0].Body, o.Extracted)
}

// read is what a dispatcher would store after a vendor has read a document of this person.
func (r *rig) read(id string, large bool, p subject.Person) {
	r.t.Helper()
	body, err := json.Marshal(p)
	if err != nil {
		r.t.Fatal(err)
	}
	plain, err := json.Marshal(providers.Reply{Exchanges: []providers.Exchange{{Op: "read", Status: 200, Body: body}}})
	if err != nil {
		r.t.Fatal(err)
	}
	evidence := r.keep(seal.AAD{Verification: id, Kind: seal.KindEvidence, Tenant: "acme"}, r.keyOf(id), plain, large)
	a := events.CheckAnswered{ID: id, Tenant: "acme", Check: "identity", Provider: "acme", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: id + ".identity.1",
		Status: events.AnswerCompleted, ObservedAt: time.Now(), Findings: []events.Finding{{Component: "document", Result: "true", Confidence: 99}}, Mapping: "acme/1",
		Evidence: evidence}
	if _, err := r.bus.Put(r.t.Context(), events.Event{ID: id + "/answer", Source: "/test", Subject: id, Time: time.Now(), Data: a}); err != nil {
		r.t.Fatal(err)
	}
}

// keep seals evidence as a dispatcher does: in the event, or in the blob store when it is large.
func (r *rig) keep(a seal.AAD, key uint64, plain []byte, large bool) *events.Evidence {
	r.t.Helper()
	ctx := r.t.Context()
	if !large {
		box, err := r.opener.SealUnder(ctx, a, key, plain)
		if err != nil {
			r.t.Fatal(err)
		}
		sum := sha256.Sum256(box.Box)
		return &events.Evidence{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(plain)), Sealed: &box}
	}
	store, err := blob.Open(ctx, "file://"+r.blobs)
	if err != nil {
		r.t.Fatal(err)
	}
	defer store.Close()
	k, err := r.opener.Key(ctx, key)
	if err != nil {
		r.t.Fatal(err)
	}
	ref, err := blob.NewRef(rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	e := &events.Evidence{Ref: ref, Key: key}
	if err := store.Write(ctx, e.Ref, func(w io.Writer) (err error) {
		e.SHA256, e.Size, err = k.SealStream(a, bytes.NewReader(plain), w)
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return e
}

// keyOf returns the number of the key that a verification's dossier is sealed with.
func (r *rig) keyOf(id string) (key uint64) {
	r.t.Helper()
	found := errors.New("found")
	err := r.bus.ReadInputs(r.t.Context(), events.ShardOf(id, shards), 1, func(batch []bus.Read) error {
		for _, b := range batch {
			if v, ok := b.Event.Data.(events.VerificationOpened); ok && v.ID == id {
				key = v.Sealed.Key
				return found
			}
		}
		return nil
	})
	if !errors.Is(err, found) {
		r.t.Fatalf("no request of %s: %v", id, err)
	}
	return key
}

// valid checks a body against a published schema.
func valid(t *testing.T, schema string, body []byte) {
	t.Helper()
	s, err := compiler(t).Compile(schemas.Base + schema)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s does not hold for %s: %v", schema, body, err)
	}
}

// OpenID Identity Assurance 1.0 has no claims about businesses, and saying none of a business in the words of persons would be wrong.
func TestABusinessHasNoVerifiedClaims(t *testing.T) {
	var o opener
	r := newRig(t, func(c *ingest.Config) { c.Opener = &o })
	o.Opener = r.opener
	id := r.open(business).ID
	r.answer(id, "acme", "true")
	r.eventually("it is decided", func() bool {
		return bytes.Contains(r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).body, []byte(`"result":"true"`))
	})
	if p := r.want(409, r.call("GET", "/v1/verifications/"+id+"?format=verified_claims", acme, nil)).problem(t); !strings.HasSuffix(p.Type, "not-a-person") {
		t.Errorf("problem %+v, want not-a-person", p)
	}
}
