package ingest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/seal"
)

func TestACorrectionIsSealedAndNamesItsMembersOnly(t *testing.T) {
	var o opener
	r := newRig(t, func(c *ingest.Config) { c.Opener = &o })
	o.Opener = r.opener
	id := r.open(full).ID
	body := `{"person":{"name":{"lastName":"Canaria"},"ids":{"accounts":[{"accountId":"PL61CANARY"}]}}}`
	for range 2 {
		r.want(202, r.call("POST", "/v1/verifications/"+id+"/subject", acme, body, "Idempotency-Key", "c-1"))
	}
	var got []events.SubjectCorrected
	for _, in := range r.inputs() {
		if c, ok := in.Event.Data.(events.SubjectCorrected); ok {
			got = append(got, c)
		}
	}
	if len(got) == 0 || got[0].ID != id || got[0].Tenant != "acme" || got[len(got)-1].Dedupe != got[0].Dedupe {
		t.Fatalf("inputs: got %+v, want the correction, its repetition with the same words", got)
	}
	if want := []string{"/person/name/lastName", "/person/ids/accounts/0/accountId"}; !slices.Equal(got[0].Members, want) {
		t.Errorf("members: got %q, want %q", got[0].Members, want)
	}
	plain, err := r.opener.Open(t.Context(), seal.AAD{Verification: id, Kind: seal.KindCorrection, Tenant: "acme"}, got[0].Sealed)
	var c events.Correction
	if err != nil || json.Unmarshal(plain, &c) != nil || c.Person.Name.LastName != "Canaria" {
		t.Errorf("the box: got %s, %v; want the correction", plain, err)
	}
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Canaria", "CANARY"} {
		if strings.Contains(string(raw), secret) || strings.Contains(r.log.String(), secret) {
			t.Errorf("%q is in clear outside the box or in the log", secret)
		}
	}
	shown := r.want(200, r.call("GET", "/v1/verifications/"+id+"?include=subject", acme, nil))
	if s := string(shown.body); !strings.Contains(s, "Canaria") || !strings.Contains(s, "PL61CANARY") || !strings.Contains(s, "1983-07-03") || strings.Contains(s, "Kowalski") {
		t.Errorf("the subject: got %s, want it as corrected", s)
	}
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	if !r.keyGone(got[0].Sealed.Key) {
		t.Error("after the erasure the correction can still be opened")
	}
	r.await(id, "erased")
	r.want(409, r.call("POST", "/v1/verifications/"+id+"/subject", acme, body))
}

func TestACorrectionThatIsNoneSaysWhatIsWrongWithIt(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(full).ID
	before := len(r.inputs())
	for name, x := range map[string]struct {
		body, pointer string
		status        int
	}{
		"nothing":           {`{}`, "", 422},
		"no JSON":           {`{`, "", 400},
		"a member unknown":  {`{"person":{"surname":"Nowak"}}`, "/person/surname", 422},
		"a date that isn't": {`{"person":{"info":{"birthDate":"1983-02-31"}}}`, "/person/info/birthDate", 422},
		"twice":             {`{"person":{},"person":{"name":{"lastName":"Nowak"}}}`, "/person", 422},
		"a business":        {`{"company":{"name":{"name":"Tern"}}}`, "/company", 422},
		"nobody":            {`{"associatedPersons":[{"reference":"ubo-9","person":{"name":{"lastName":"Nowak"}}}]}`, "/associatedPersons/0/reference", 422},
	} {
		p := r.call("POST", "/v1/verifications/"+id+"/subject", acme, x.body)
		if p.status != x.status || !strings.Contains(string(p.body), `"pointer":"`+x.pointer+`"`) && x.status == 422 {
			t.Errorf("%s: got %d %s, want %d at %q", name, p.status, p.body, x.status, x.pointer)
		}
	}
	if n := len(r.inputs()); n != before {
		t.Errorf("%d inputs were stored, want none", n-before)
	}
}
