package ida_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ida"
	"github.com/bonafide-id/bonafide/subject"
)

func person() *subject.Person {
	return &subject.Person{
		Name:    &subject.PersonName{FirstName: "Ana", LastName: "Reyes"},
		Info:    &subject.PersonInfo{BirthDate: "1990-02-03", Gender: "FEMALE", Nationality: "PL", BirthCity: "Gdynia", BirthCountry: "PL"},
		IDs:     &subject.PersonIDs{Passport: &subject.IDDocument{ID: "ZX1", IssueCountry: "PL"}, IDCard: &subject.IDDocument{ID: "CC2"}},
		Address: &subject.Address{AddressLine: "Długa 1", City: "Gdańsk", Country: "PL"},
		Contact: &subject.Contact{Email: "ana@example.test", Phone: "+48600000000"},
	}
}

func view(result string, details ...events.Detail) events.View {
	return events.View{ID: "vrf_1", Flow: "f", FlowDigest: "sha256:00", Decision: &events.Decision{Result: result, DecidedAt: time.Unix(1700000000, 0)}, Details: details}
}

func is(component, result string) events.Detail {
	return events.Detail{Component: component, Result: result}
}

// Nothing is a verified claim unless the decision is true and the component is, and nothing that anybody doubts.
func TestOnlyWhatIsTrueIsClaimed(t *testing.T) {
	for _, tt := range []struct {
		name       string
		view       events.View
		components []string
		want       []string // names of claims
	}{
		{"the document carries what nobody was asked for", view("true", is("document", "true")), []string{"document"},
			[]string{"given_name", "family_name", "birthdate", "gender", "place_of_birth", "nationalities", "address"}},
		{"the name is in doubt", view("true", is("document", "true"), is("name", "flagged")), []string{"document"},
			[]string{"birthdate", "gender", "place_of_birth", "nationalities", "address"}},
		{"the date is not what was claimed", view("true", is("document", "true"), is("birth_date", "false")), []string{"document"},
			[]string{"given_name", "family_name", "gender", "place_of_birth", "nationalities", "address"}},
		{"only a name", view("true", is("name", "true")), []string{"name"}, []string{"given_name", "family_name"}},
		{"how to reach somebody", view("true", is("email", "true"), is("phone", "true")), []string{"email", "phone"}, []string{"email", "phone_number"}},
		{"somebody else's document", view("true", is("document", "true")), []string{"selfie"}, nil},
		{"a false decision", view("false", is("document", "true")), []string{"document"}, nil},
		{"no decision", events.View{}, []string{"document"}, nil},
	} {
		doc, ok := ida.Write(tt.view, []ida.Source{{Organization: "Acme", Operation: "vrf_1.identity.1", Components: tt.components, Read: person()}})
		if ok != (tt.want != nil) {
			t.Errorf("%s: something is claimed: %v, want %v", tt.name, ok, tt.want != nil)
			continue
		}
		got := claims(t, doc)
		if len(got) != len(tt.want) {
			t.Errorf("%s: claims %v, want %v", tt.name, got, tt.want)
		}
		for _, name := range tt.want {
			if got[name] == nil {
				t.Errorf("%s: no %s in %v", tt.name, name, got)
			}
		}
	}
}

// A vendor that says a component is true and not what it read has verified the claim as it was made; of the rest it says nothing.
func TestAClaimIsVerifiedByAVerdictOnIt(t *testing.T) {
	s := ida.Source{Organization: "Acme", Operation: "vrf_1.identity.1", Components: []string{"document", "name", "email"}, Claimed: person()}
	doc, ok := ida.Write(view("true", is("document", "true"), is("name", "true"), is("email", "true")), []ida.Source{s})
	got := claims(t, doc)
	if !ok || len(got) != 3 || got["family_name"] != "Reyes" || got["email"] != "ana@example.test" {
		t.Errorf("claims %v, want the name and the address that were found to be true, and nothing else", got)
	}
	s.Read = &subject.Person{Name: &subject.PersonName{FullName: "REYES ANA"}}
	doc, _ = ida.Write(view("true", is("document", "true"), is("name", "true"), is("email", "true")), []ida.Source{s})
	if got := claims(t, doc); got["name"] != "REYES ANA" || got["family_name"] != nil || got["email"] != "ana@example.test" {
		t.Errorf("claims %v, want the name as the vendor read it", got)
	}
}

func claims(t *testing.T, doc ida.Document) map[string]any {
	t.Helper()
	var d struct {
		Verified struct {
			Claims map[string]any `json:"claims"`
		} `json:"verified_claims"`
	}
	b, err := json.Marshal(doc)
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.Verified.Claims
}

func TestEachVendorIsASourceOfItsOwn(t *testing.T) {
	bank := ida.Source{Organization: "Bank records", Operation: "vrf_1.bank.1", Components: []string{"name"}, Read: person()}
	passport := ida.Source{Organization: "Acme", Operation: "vrf_1.identity.1", Components: []string{"document", "selfie"}, Read: person()}
	doc, _ := ida.Write(view("true", is("document", "true"), is("name", "true"), is("selfie", "true")), []ida.Source{passport, bank})
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Verified []struct {
			Verification struct {
				Time     string `json:"time"`
				Evidence []struct {
					Type   string `json:"type"`
					Checks []struct {
						Method string `json:"check_method"`
					} `json:"check_details"`
				} `json:"evidence"`
			} `json:"verification"`
			Claims map[string]any `json:"claims"`
		} `json:"verified_claims"`
	}
	if err := json.Unmarshal(b, &d); err != nil || len(d.Verified) != 2 {
		t.Fatalf("got %s (%v), want a list of two", b, err)
	}
	first, second := d.Verified[0], d.Verified[1]
	if e := first.Verification.Evidence; len(e) != 2 || e[0].Type != "document" || len(e[0].Checks) != 2 || first.Claims["given_name"] != nil || first.Verification.Time != "2023-11-14T22:13Z" {
		t.Errorf("the document's claims are %+v, want two documents with two checks, and no name: another's word counts for it", first)
	}
	if e := second.Verification.Evidence; len(e) != 1 || e[0].Type != "electronic_record" || second.Claims["given_name"] != "Ana" || second.Claims["birthdate"] != nil {
		t.Errorf("the bank's claims are %+v, want the name by a record", second)
	}
}
