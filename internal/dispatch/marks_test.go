package dispatch

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// What a vendor has read leaves the dispatcher as marks: equal for what is the same however it is written, another one for what is
// not, and another one for the same thing of another verification, whose key is another.
func TestWhatWasReadIsMarkedAndNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read := map[string]*subject.Person{
		"c0": {Name: &subject.PersonName{FirstName: "Jürgen", LastName: "Müller"}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "DE"},
			IDs: &subject.PersonIDs{Passport: &subject.IDDocument{ID: "C01X 00T47", IssueCountry: "D"}}, Address: &subject.Address{PostalCode: "10-115", Country: "DE"}},
		"c1": {Name: &subject.PersonName{FullName: "MUELLER JUERGEN"}, Info: &subject.PersonInfo{BirthDate: "03.02.1990", Nationality: "DEU"},
			IDs: &subject.PersonIDs{Passport: &subject.IDDocument{ID: "C01X00T47", IssueCountry: "DEU"}}, Address: &subject.Address{PostalCode: "10115", Country: "DEU"}},
		"c2": {Name: &subject.PersonName{FirstName: "Jan", LastName: "Kowalski"}, Info: &subject.PersonInfo{BirthDate: "1991-02-03", Nationality: "PL"},
			IDs: &subject.PersonIDs{Passport: &subject.IDDocument{ID: "ZX900017", IssueCountry: "PL"}}, Address: &subject.Address{PostalCode: "00-950", Country: "PL"}},
	}
	w.start("a", nil, open(t, acmeSpec, &vendor{send: func(_ context.Context, _ *http.Client, r providers.Request) (providers.Reply, error) {
		return says(r.Check), nil
	}}, func(r providers.Reply) (providers.Outcome, error) {
		return providers.Outcome{Status: "completed", Extracted: read[string(r.Exchanges[0].Body)]}, nil
	}))
	w.post(w.task(1, make([]events.Call, 3)...), w.task(2, events.Call{}))
	sums := map[string]map[string][]string{} // by verification and check, then by what they are of
	for _, a := range w.await(4) {
		of := map[string][]string{}
		for _, k := range a.Marks {
			of[k.Of] = k.Sums
		}
		sums[a.ID+a.Check] = of
		_, body, err := events.Encode(events.Event{ID: "x", Source: "/test", Data: a})
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"1990", "1991", "uller", "UELLER", "uller", "c01x", "C01X", "10115", "Kowalski", "kowalski"} {
			if strings.Contains(string(body), secret) {
				t.Errorf("an answer tells %q: %s", secret, body)
			}
		}
	}
	first := sums[idOf(1)+"c0"]
	if len(first) != 7 {
		t.Errorf("marks: got %v, want one each of name, birth date, nationality, passport, its country, postal code and country", first)
	}
	shares := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
	}
	for of, is := range first {
		if other := sums[idOf(1)+"c1"][of]; !shares(is, other) {
			t.Errorf("%s written otherwise: got %v and %v, want a sum in common", of, is, other)
		}
		if other := sums[idOf(1)+"c2"][of]; len(other) == 0 || shares(is, other) {
			t.Errorf("%s of somebody else: got %v and %v, want none in common", of, is, other)
		}
		if other := sums[idOf(2)+"c0"][of]; len(other) == 0 || shares(is, other) {
			t.Errorf("%s of the same person in another verification: got %v and %v, want none in common", of, is, other)
		}
	}
}
