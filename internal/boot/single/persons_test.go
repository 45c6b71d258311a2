package single_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/subject"
)

// someone is an associated person; who has one name and tag is one person.
func someone(reference, role string, owns float64, name, tag string) events.AssociatedPerson {
	email := strings.ToLower(name)
	if tag != "" {
		email += "+" + tag
	}
	return events.AssociatedPerson{Reference: reference, Role: role, Ownership: owns, Person: subject.Person{
		Name: &subject.PersonName{FirstName: name, LastName: "Reyes"}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
		Address: &subject.Address{AddressLine: "1 Elm Road", City: "Gdynia", PostalCode: "81-001", Country: "PL"},
		Contact: &subject.Contact{Email: email + "@example.test"}},
		Documents: []events.DocumentUpload{picture("PASSPORT", 3*len(email)), picture("SELFIE", 3*len(email)+1)}}
}

// business hands in a business and returns its id.
func (w *world) business(name string, persons ...events.AssociatedPerson) string {
	w.t.Helper()
	body, err := json.Marshal(events.VerificationRequested{Flow: "business-persons", Reference: name, AssociatedPersons: persons,
		Subject: subject.Subject{Type: "business", Company: &subject.Company{Name: &subject.CompanyName{Name: name}, IDs: &subject.CompanyIDs{TaxID: "1234567890"},
			Address: &subject.Address{AddressLine: "2 Dock Street", City: "Gdynia", PostalCode: "81-002", Country: "PL"},
			Contact: &subject.Contact{Email: name + "@example.test", Phone: "+48600000000"}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	status, answer := w.call(http.MethodPost, "/v1/verifications", body)
	var got struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || status != http.StatusAccepted {
		w.t.Fatalf("%s: status %d, %v: %s", name, status, err, answer)
	}
	return got.ID
}

// applicants returns how many a vendor has created.
func (w *world) applicants(vendor string) int {
	w.t.Helper()
	n := 0
	for _, times := range w.charged(vendor)["applicant.create"] {
		n += times
	}
	return n
}

// charged returns what a vendor was asked to make: how often, by kind and name.
func (w *world) charged(vendor string) map[string]map[string]int {
	w.t.Helper()
	res, err := http.Get(w.vendors[vendor] + "/_sandbox/ledger")
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var s sandbox.Snapshot
	if err := json.UnmarshalRead(res.Body, &s); err != nil {
		w.t.Fatal(err)
	}
	return s.Creates
}

// One person directs two businesses: they are verified once, and both businesses are as good as they are, also when the vendor
// takes its word back.
func TestAPersonOfTwoBusinessesIsVerifiedOnce(t *testing.T) {
	w := newWorld(t, "in order")
	one := w.business("tern", someone("dir-1", "DIRECTOR", 0, "Ana", "reversal"), someone("ubo-1", "UBO", 60, "Jan", ""), someone("ubo-2", "UBO", 10, "Mia", ""))
	two := w.business("gull", someone("boss", "DIRECTOR", 0, "ANA", "reversal"), someone("owner", "UBO", 100, "Ana", "reversal"))
	for name, id := range map[string]string{"tern": one, "gull": two} {
		w.await(name+" is told of the reversal", func() bool {
			d := w.view(id).Decision
			return d != nil && d.Result == "false"
		})
	}
	a, b := w.view(one), w.view(two)
	for _, v := range []events.View{a, b} {
		if d := v.Decision; !strings.HasPrefix(d.Cause, "reversal of person ") || !slices.Contains(d.Reasons, "person_refused") || d.Revision < 2 {
			t.Errorf("%s: revision %d, cause %q, %v: %s", v.Reference, d.Revision, d.Cause, d.Reasons, d.Reasoning)
		}
	}
	ana := a.AssociatedPersons[0].ID
	if got := b.AssociatedPersons; ana == "" || got[0].ID != ana || got[1].ID != ana {
		t.Errorf("Ana is %q in one business and %q, %q in the other; want one id", ana, got[0].ID, got[1].ID)
	}
	if got := a.AssociatedPersons[2]; got.ID != "" || got.Result != "unknown" {
		t.Errorf("an owner of 10 %% got a verification: %+v", got)
	}
	if v := w.view(ana); v.Status != "completed" || v.Reference != "tern/dir-1" && v.Reference != "gull/boss" || v.Decision.Result != "false" || v.Flow != "person-standard" {
		t.Errorf("Ana's own verification: %+v", v)
	}
	if n := w.applicants("sumsub"); n != 2 {
		t.Errorf("the vendor has created %d applicants; want 2: one for Ana, one for Jan", n)
	}
	for _, v := range []events.View{a, b} {
		if body, _ := json.Marshal(v); strings.Contains(string(body), "Reyes") {
			t.Errorf("a view names a person: %s", body)
		}
	}
	w.again(one, ana, a.AssociatedPersons[1].ID)
	w.letGo(one, two, ana, a.AssociatedPersons[1].ID)
}

// again has a business checked again: each of its persons is, once, and it waits for them.
func (w *world) again(business string, persons ...string) {
	w.t.Helper()
	before := w.view(business)
	if status, body := w.call(http.MethodPost, "/v1/verifications/"+business+"/recheck", nil); status != http.StatusAccepted {
		w.t.Fatalf("recheck: status %d: %s", status, body)
	}
	w.await("the business has been checked again", func() bool {
		v := w.view(business)
		return v.Status == "completed" && v.Decision.Revision > before.Decision.Revision
	})
	for _, id := range persons {
		if v := w.view(id); len(v.Checks) == 0 || v.Checks[0].Attempt != 2 {
			w.t.Errorf("person %s after a recheck of the business: %+v, want a second attempt", id, v.Checks)
		}
	}
}

// letGo erases the businesses one after the other: whoever no business needs any more is erased with the last.
func (w *world) letGo(one, two, shared, alone string) {
	w.t.Helper()
	if status, body := w.call(http.MethodDelete, "/v1/verifications/"+one+"/subject", nil); status != http.StatusAccepted {
		w.t.Fatalf("erase: status %d: %s", status, body)
	}
	w.await("the person of the erased business alone is erased", func() bool { return w.view(alone).Status == "erased" })
	if s := w.view(shared).Status; s != "completed" {
		w.t.Errorf("the person whom another business needs is %s", s)
	}
	if status, body := w.call(http.MethodGet, "/v1/verifications/"+shared+"?include=subject", nil); status != http.StatusOK {
		w.t.Errorf("the person whom another business needs cannot be read: status %d: %s", status, body)
	}
	if status, body := w.call(http.MethodDelete, "/v1/verifications/"+two+"/subject", nil); status != http.StatusAccepted {
		w.t.Fatalf("erase: status %d: %s", status, body)
	}
	w.await("nobody needs the shared person any more", func() bool { return w.view(shared).Status == "erased" })
	for _, id := range []string{shared, alone, one, two} {
		w.await("nothing of "+id+" can be read", func() bool {
			status, _ := w.call(http.MethodGet, "/v1/verifications/"+id+"?include=subject", nil)
			return status == http.StatusGone
		})
	}
}
