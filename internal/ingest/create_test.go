package ingest_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/seal"
)

func TestARequestIsStoredSealedBeforeItIsAcknowledged(t *testing.T) {
	r := newRig(t, nil)
	p := r.want(202, r.call("POST", "/v1/verifications", acme, full))
	var got receipt
	p.into(t, &got)
	if !events.ValidID(got.ID) || got.Status != "initiated" || got.Flow != "person-test" || got.Reference != "customer-42" || got.CreatedAt.IsZero() {
		t.Errorf("receipt = %s, want id, initiated, person-test, customer-42, createdAt", p.body)
	}
	if l := p.header.Get("Location"); l != "/v1/verifications/"+got.ID {
		t.Errorf("Location = %q, want /v1/verifications/%s", l, got.ID)
	}
	in := r.inputs()
	if len(in) != 1 {
		t.Fatalf("%d inputs, want 1", len(in))
	}
	if !in[0].Event.Compact {
		t.Error("the request is stored in binary mode, want the compact form")
	}
	v := in[0].Event.Data.(events.VerificationOpened)
	if v.ID != got.ID || v.Tenant != "acme" || v.Country != "PL" || v.SubjectType != "person" || !strings.HasPrefix(v.FlowDigest, "sha256:") || len(v.Documents) != 1 {
		t.Errorf("opened = %+v", v)
	}
	plain, err := r.opener.Open(t.Context(), seal.AAD{Verification: v.ID, Kind: seal.KindDossier, Tenant: "acme"}, v.Sealed)
	if err != nil {
		t.Fatalf("open the dossier: %v", err)
	}
	var d events.Dossier
	if err := json.Unmarshal(plain, &d); err != nil || d.Subject.Person.Name.LastName != "Kowalski" || d.CallbackURL == "" || d.Metadata["plan"] != "gold" {
		t.Errorf("dossier = %s, %v", plain, err)
	}
	doc := v.Documents[0]
	if doc.MediaType != "image/jpeg" || doc.Size != int64(len(jpeg)) || doc.Country != "POL" || doc.Side != "FRONT" {
		t.Errorf("document = %+v", doc)
	}
	if b := r.document(v.ID, "acme", doc); string(b) != string(jpeg) {
		t.Errorf("document opens to %d bytes, want the %d that were handed in", len(b), len(jpeg))
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Kowalski", "1983", "jan@example", "Gda", "gold", "shop.example"} {
		if strings.Contains(string(raw), secret) || strings.Contains(r.log.String(), secret) {
			t.Errorf("%q is in clear outside the box or in the log", secret)
		}
	}
}

// document opens a stored document.
func (r *rig) document(id, tenant string, d events.Document) []byte {
	r.t.Helper()
	store, err := blob.Open(r.t.Context(), "file://"+r.blobs)
	if err != nil {
		r.t.Fatal(err)
	}
	defer store.Close()
	in, err := store.Open(r.t.Context(), d.Ref)
	if err != nil {
		r.t.Fatalf("blob: %v", err)
	}
	defer in.Close()
	plain, err := r.opener.OpenStream(r.t.Context(), seal.AAD{Verification: id, Kind: seal.KindDocument, Tenant: tenant}, d.Key, in)
	if err != nil {
		r.t.Fatalf("open the document: %v", err)
	}
	return readAll(r.t, plain)
}

func TestDocumentsOfAssociatedPersonsAreTheirs(t *testing.T) {
	r := newRig(t, nil)
	r.open(business)
	v := r.inputs()[0].Event.Data.(events.VerificationOpened)
	if len(v.Documents) != 1 || v.Documents[0].Person != "ubo-1" || len(v.Parties) != 1 || v.Parties[0].Ownership != 25 {
		t.Errorf("opened = %+v, want one document and one party ubo-1", v)
	}
}

func TestBase64WithEscapedSlashesIsRead(t *testing.T) {
	r := newRig(t, nil)
	r.open(with(`"documents":[{"type":"SELFIE","content":"` + strings.ReplaceAll(jpeg64, "/", `\/`) + `"}]`))
	v := r.inputs()[0].Event.Data.(events.VerificationOpened)
	if b := r.document(v.ID, "acme", v.Documents[0]); string(b) != string(jpeg) {
		t.Errorf("document opens to %d bytes, want %d", len(b), len(jpeg))
	}
}

func TestTheSameIdempotencyKeyIsOneRequest(t *testing.T) {
	r := newRig(t, nil)
	first := r.open(full, "Idempotency-Key", "k-1")
	again := r.open(full, "Idempotency-Key", "k-1")
	if first != again {
		t.Errorf("repeated = %+v, want %+v", again, first)
	}
	reordered := `{"subject":` + minimal[len(`{"flow":"person-test","subject":`):len(minimal)-1] + `,"flow":"person-test"}`
	if a, b := r.open(minimal, "Idempotency-Key", "k-2"), r.open(reordered, "Idempotency-Key", "k-2"); a != b {
		t.Errorf("the same in another order = %+v, want %+v", b, a)
	}
	p := r.want(422, r.call("POST", "/v1/verifications", acme, minimal, "Idempotency-Key", "k-1")).problem(t)
	if !strings.HasSuffix(p.Type, "/idempotency-mismatch") {
		t.Errorf("type = %q, want idempotency-mismatch", p.Type)
	}
	other := strings.Replace(full, jpeg64[:40], "/9j/4AAA"+jpeg64[8:40], 1)
	r.want(422, r.call("POST", "/v1/verifications", acme, other, "Idempotency-Key", "k-1"))
	if n := len(r.inputs()); n != 2 {
		t.Errorf("%d inputs, want 2", n)
	}
	if n := r.blobCount(); n != 1 {
		t.Errorf("%d documents, want 1", n)
	}
}

func TestAnotherTenantsIdempotencyKeyIsAnotherRequest(t *testing.T) {
	r := newRig(t, nil)
	mine := r.open(minimal, "Idempotency-Key", "k")
	var theirs receipt
	r.want(202, r.call("POST", "/v1/verifications", other, minimal, "Idempotency-Key", "k")).into(t, &theirs)
	if mine.ID == theirs.ID || events.IdentityOf(mine.ID) == events.IdentityOf(theirs.ID) {
		t.Errorf("two tenants with one key share %s and %s", mine.ID, theirs.ID)
	}
}

func TestConcurrentRepetitionsMakeOneVerification(t *testing.T) {
	r := newRig(t, nil)
	var mu sync.Mutex
	ids := map[string]int{}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			p := r.call("POST", "/v1/verifications", acme, minimal, "Idempotency-Key", "burst")
			mu.Lock()
			defer mu.Unlock()
			switch p.status {
			case 202:
				var got receipt
				p.into(t, &got)
				ids[got.ID]++
			case http.StatusConflict:
				if p.header.Get("Retry-After") == "" {
					t.Error("409 without Retry-After")
				}
			default:
				t.Errorf("status = %d, want 202 or 409; %s", p.status, p.body)
			}
		})
	}
	all.Wait()
	if len(ids) != 1 || len(r.inputs()) != 1 {
		t.Errorf("ids %v and %d inputs, want one of each", ids, len(r.inputs()))
	}
}

func TestTooFastIsToldWhenToComeAgain(t *testing.T) {
	r := newRig(t, func(c *ingest.Config) { c.Rate = 2 })
	for range 2 {
		r.want(202, r.call("POST", "/v1/verifications", acme, minimal))
	}
	p := r.want(429, r.call("POST", "/v1/verifications", acme, minimal))
	if p.header.Get("Retry-After") != "1" || !strings.HasSuffix(p.problem(t).Type, "/rate-limited") {
		t.Errorf("Retry-After = %q, body %s", p.header.Get("Retry-After"), p.body)
	}
	r.want(202, r.call("POST", "/v1/verifications", other, minimal))
}

func TestWhatWasAcknowledgedIsRead(t *testing.T) {
	r := newRig(t, nil)
	for range 20 {
		id := r.open(full).ID
		var v events.View
		r.want(200, r.call("GET", "/v1/verifications/"+id, reader, nil)).into(t, &v)
		if v.ID != id || v.Reference != "customer-42" || v.Tenant != "" {
			t.Fatalf("view = %+v, want id %s, no tenant", v, id)
		}
	}
}

func TestSubjectIsServedAndRecordedWhereItCanBeUnsealed(t *testing.T) {
	var o opener
	r := newRig(t, func(c *ingest.Config) { c.Opener = &o })
	o.Opener = r.opener
	id := r.open(full).ID
	var v struct {
		ID      string `json:"id"`
		Subject struct {
			Person struct {
				Name struct {
					LastName string `json:"lastName"`
				} `json:"name"`
			} `json:"person"`
		} `json:"subject"`
	}
	r.want(200, r.call("GET", "/v1/verifications/"+id+"?include=subject", acme, nil)).into(t, &v)
	if v.ID != id || v.Subject.Person.Name.LastName != "Kowalski" {
		t.Errorf("view = %+v, want Kowalski", v)
	}
	if l := r.log.String(); !strings.Contains(l, "subject read") || strings.Contains(l, "Kowalski") {
		t.Error("the log must have the reading of the subject, and nobody's name")
	}
	r.want(403, r.call("GET", "/v1/verifications/"+id+"?include=subject", reader, nil))
	r.want(404, r.call("GET", "/v1/verifications/"+id+"?include=subject", other, nil))
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	r.await(id, "erased")
	r.want(410, r.call("GET", "/v1/verifications/"+id+"?include=subject", acme, nil)).problem(t)
}

// opener is set after the service is made: it needs the service's bus.
type opener struct{ *seal.Opener }

func (o *opener) Open(ctx context.Context, a seal.AAD, s events.Sealed) ([]byte, error) {
	return o.Opener.Open(ctx, a, s)
}
