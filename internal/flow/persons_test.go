package flow_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/flow"
)

const family = `
flow: family
subject: business
checks:
  company: {components: [business], providers: [bive]}
  owners:
    persons: {flow: bive-person, roles: {UBO: {over: 25}, DIRECTOR: {required: true}}}
    after: [company]
    when: findings.business.result == "true"
    deadline: 10m
decide:
  rules:
    - {if: 'findings.persons.result == "false"', result: "false", reason: owner_refused}
`

func TestPersonsOfABusinessHaveAFlowOfTheirOwn(t *testing.T) {
	f, err := flow.Compile("family.yaml", []byte(family), vendors)
	if err != nil {
		t.Fatal(err)
	}
	want := &decision.PartyRule{Flow: "bive-person", Roles: []decision.RoleRule{{Role: "UBO", Over: 25}, {Role: "DIRECTOR", Required: true}}}
	c := f.Policy.Checks[1]
	if f.Persons != "bive-person" || !reflect.DeepEqual(c.Parties, want) || len(c.Providers) != 0 || c.When == nil || !reflect.DeepEqual(f.Policy.Require, []string{"business", "persons"}) {
		t.Errorf("got persons %q, check %+v with %+v, required %v", f.Persons, c, c.Parties, f.Policy.Require)
	}
}

// A flow of persons that there is not is found when flows are loaded, and not by the first business.
func TestTheFlowOfThePersonsMustBeThere(t *testing.T) {
	dir := t.TempDir()
	for what, c := range map[string]struct{ persons, want string }{
		"there":          {"bive-person", ""},
		"not there":      {"nope", "family.yaml:7:21: persons: there is no flow nope"},
		"for a business": {"bive-business", "family.yaml:7:21: persons: flow bive-business is not for a person"},
	} {
		source := strings.Replace(family, "flow: bive-person", "flow: "+c.persons, 1)
		if err := os.WriteFile(filepath.Join(dir, "family.yaml"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := flow.Load(dir, builtin)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %q", what, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, ok := s.Get("family"); !ok {
			t.Errorf("%s: the flow is not offered", what)
		}
	}
}

// A built-in flow is left out with the flow of its persons.
func TestABuiltinBusinessNeedsTheProvidersOfItsPersons(t *testing.T) {
	some := catalog{"personr": {Components: []string{"registry", "aml", "document", "selfie", "name", "birth_date"}, Subjects: []string{"person", "business"}, Params: `{"type":"object"}`}}
	s, err := flow.Load("", some)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get("business-persons"); ok || len(s.Lacks("business-persons")) == 0 {
		t.Errorf("business-persons: offered %v, lacks %v; want what person-standard lacks", ok, s.Lacks("business-persons"))
	}
}
