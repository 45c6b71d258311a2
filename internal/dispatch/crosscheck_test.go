package dispatch

import (
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

func TestAVerdictOfOursIsTheMoreCautious(t *testing.T) {
	person := func(first, last, born string) *subject.Person {
		return &subject.Person{Name: &subject.PersonName{FirstName: first, LastName: last}, Info: &subject.PersonInfo{BirthDate: born}}
	}
	claimed := person("Ana", "Reyes", "1990-02-03")
	both := []string{"name", "birth_date"}
	vendors := []events.Finding{{Component: "name", Result: "true", Confidence: 90, Labels: []string{"MATCH"}}}
	for _, tt := range []struct {
		name   string
		found  []events.Finding
		wanted []string
		read   *subject.Person
		want   string
	}{
		{"nothing asked for", nil, []string{"document"}, person("Jan", "Kowalski", "1990-02-03"), ""},
		{"all the same", nil, both, person("ANA", "REYES", "1990-02-03"), "name=true birth_date=true"},
		{"another person", nil, both, person("JAN", "KOWALSKI", "1991-02-03"), "name=false birth_date=false"},
		{"the vendor says true, we do not", vendors, both, person("ANA", "KOWALSKA", "1990-02-03"), "name=flagged birth_date=true"},
		{"both say true", vendors, []string{"name"}, person("ANA", "REYES", ""), "name=true"},
		{"the vendor says false", []events.Finding{{Component: "name", Result: "false"}}, []string{"name"}, person("ANA", "REYES", ""), "name=false"},
		{"nothing read", nil, both, &subject.Person{}, ""},
	} {
		var got []string
		for _, f := range crossCheck(append([]events.Finding(nil), tt.found...), tt.wanted, subject.Subject{Person: claimed}, &providers.Outcome{Extracted: tt.read}) {
			got = append(got, f.Component+"="+f.Result)
			for _, reason := range f.Reasons {
				if _, ok := providers.ReasonText(reason); !ok {
					t.Errorf("%s: reason %q is not in the vocabulary", tt.name, reason)
				}
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, s, tt.want)
		}
	}
}

// Everything that a vendor reads is held against what was claimed of the same thing, and nothing of either is repeated.
func TestEveryClaimIsHeldAgainstWhatWasRead(t *testing.T) {
	claimed := func() *subject.Person {
		return &subject.Person{
			Name: &subject.PersonName{FirstName: "Stanisław", LastName: "Wałęsa"}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
			IDs:     &subject.PersonIDs{NationalID: "90020300000", Passport: &subject.IDDocument{ID: "ZX 123456", IssueCountry: "PL"}},
			Address: &subject.Address{AddressLine: "Długa 1", PostalCode: "80-001", City: "Gdańsk", Country: "PL"},
		}
	}
	all := []string{"name", "birth_date", "document_number", "country", "address"}
	for _, tt := range []struct {
		name   string
		change func(*subject.Person)
		want   string
	}{
		{"as claimed", func(*subject.Person) {}, "true true true true true"},
		{"as a passport writes it", func(p *subject.Person) {
			p.Name = &subject.PersonName{FullName: "WALESA STANISLAW"}
			p.Info.BirthDate, p.Info.Nationality, p.IDs.Passport.ID = "03.02.1990", "POL", "ZX123456"
			p.Address = &subject.Address{Text: "GDANSK 80-001 DLUGA 1", Country: "POL"}
		}, "true true true true true"},
		{"a slip in each", func(p *subject.Person) {
			p.Name.LastName, p.Info.BirthDate, p.IDs.Passport.ID, p.Address.AddressLine = "Wałęss", "1990-03-02", "ZX123457", "Długa 2"
		}, "flagged flagged flagged true flagged"},
		{"somebody else", func(p *subject.Person) {
			p.Name = &subject.PersonName{FirstName: "Jan", LastName: "Kowalski"}
			p.Info.BirthDate, p.Info.Nationality, p.IDs.Passport.ID = "1971-11-30", "DEU", "C0RR7711"
			p.Address = &subject.Address{AddressLine: "Rynek 9", PostalCode: "30-001", City: "Kraków", Country: "PL"}
		}, "false false false false false"},
		{"another kind of document", func(p *subject.Person) {
			p.IDs = &subject.PersonIDs{IDCard: &subject.IDDocument{ID: "CC998877", IssueCountry: "DE"}}
		}, "true true - true true"},
		{"only the national number differs", func(p *subject.Person) { p.IDs.NationalID = "71113000000" }, "true true false true true"},
		{"nothing read", func(p *subject.Person) { *p = subject.Person{} }, "- - - - -"},
	} {
		read := claimed()
		tt.change(read)
		found := crossCheck(nil, all, subject.Subject{Person: claimed()}, &providers.Outcome{Extracted: read})
		var got []string
		for _, component := range all {
			word := "-"
			if i := slices.IndexFunc(found, func(f events.Finding) bool { return f.Component == component }); i >= 0 {
				word = found[i].Result
			}
			got = append(got, word)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, s, tt.want)
		}
		for _, f := range found {
			said := strings.Join(append(append([]string{f.Reasoning}, f.Reasons...), f.Labels...), " ")
			if strings.ContainsAny(said, "0123456789") || strings.Contains(strings.ToLower(said), "wal") {
				t.Errorf("%s: the finding %s repeats something of somebody: %s", tt.name, f.Component, said)
			}
			for _, reason := range f.Reasons {
				if _, ok := providers.ReasonText(reason); !ok {
					t.Errorf("%s: reason %q is not in the vocabulary", tt.name, reason)
				}
			}
		}
	}
}

// What a vendor found of a business is held against what was claimed of it. It throws doubt on the register's word, and makes none.
func TestABusinessIsHeldAgainstWhatWasFound(t *testing.T) {
	company := func(name, number, tax, country string) *subject.Company {
		return &subject.Company{Name: &subject.CompanyName{Name: name}, IDs: &subject.CompanyIDs{AdditionalID: number, TaxID: tax}, Address: &subject.Address{Text: "1 Elm Rd Leeds", Country: country}}
	}
	claimed := company("Tern Logistics Ltd", "0123456", "", "GB")
	yes := events.Finding{Component: "registry", Result: "true", Confidence: 97}
	for name, tt := range map[string]struct {
		found  []events.Finding
		wanted []string
		read   *subject.Company
		want   string
	}{
		"the same":                        {[]events.Finding{yes}, []string{"registry"}, company("TERN LOGISTICS LIMITED", "01-23456", "GB9", "GBR"), "registry=true"},
		"another number":                  {[]events.Finding{yes}, []string{"registry"}, company("TERN LOGISTICS LIMITED", "9999999", "", "GBR"), "registry=false:company_data_mismatch"},
		"another name":                    {[]events.Finding{yes}, []string{"registry"}, company("GULL FISHERIES LIMITED", "0123456", "", "GBR"), "registry=false:company_data_mismatch"},
		"a name like it":                  {[]events.Finding{yes}, []string{"registry"}, company("TERN FISHERIES LIMITED", "0123456", "", "GBR"), "registry=flagged:small_inconsistency"},
		"another country":                 {[]events.Finding{yes}, []string{"registry"}, company("Tern Logistics Ltd", "0123456", "", "IE"), "registry=false:company_data_mismatch"},
		"the same is no word of register": {nil, []string{"registry"}, company("Tern Logistics Ltd", "0123456", "", "GB"), ""},
		"each by itself":                  {nil, []string{"name", "document_number", "country", "address"}, company("Tern Logistics Ltd", "0123457", "", "GB"), "name=true document_number=flagged:small_inconsistency country=true address=true"},
		"nothing found":                   {[]events.Finding{yes}, []string{"registry"}, nil, "registry=true"},
	} {
		var got []string
		for _, f := range crossCheck(slices.Clone(tt.found), tt.wanted, subject.Subject{Type: "business", Company: claimed}, &providers.Outcome{Registered: tt.read}) {
			got = append(got, strings.TrimSuffix(f.Component+"="+f.Result+":"+strings.Join(f.Reasons, ","), ":"))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", name, s, tt.want)
		}
	}
}
