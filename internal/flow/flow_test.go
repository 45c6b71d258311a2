package flow_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/flows"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/flow"
)

var update = flag.Bool("update", false, "write what the wrong files give into testdata")

type catalog map[string]flow.Facts

func (c catalog) Provider(name string) (flow.Facts, bool) {
	f, ok := c[name]
	return f, ok
}

func (c catalog) Names() []string { return slices.Sorted(maps.Keys(c)) }

// vendors is a catalog of its own: the tests do not depend on the real providers.
var vendors = catalog{
	"sumsub": {Components: []string{"document", "selfie", "name", "liveness", "aml"}, Subjects: []string{"person"}, Concludes: true,
		Params: `{"type":"object","additionalProperties":false,"properties":{"level":{"type":"string"}}}`},
	"bive": {Components: []string{"document", "selfie", "name", "liveness", "person", "business", "persons"}, Subjects: []string{"person", "business"}},
	"picky": {Components: []string{"document", "name"}, Subjects: []string{"person"},
		Params: `{"type":"object","required":["key"],"properties":{"key":{"type":"string"}}}`},
}

// builtin is a catalog that can do what the built-in flows want of two vendors.
var builtin = catalog{
	"bive": vendors["bive"],
	"sumsub": {Components: []string{"document", "selfie", "name", "registry", "persons", "person", "business"}, Subjects: []string{"person", "business"},
		Params: `{"type":"object","additionalProperties":false,"properties":{"level":{"type":"string"},"personLevel":{"type":"string"}}}`},
}

// TestWrongFilesNameEveryProblemWithItsPlace compares what is said of each file in testdata/wrong with the text beside it.
func TestWrongFilesNameEveryProblemWithItsPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("wrong files: got %d (%v), want at least 20", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = flow.Compile(filepath.Base(name), source, vendors)
			if err == nil {
				t.Fatalf("%s compiles, want problems", name)
			}
			got := err.Error() + "\n"
			for _, word := range []string{"overload", "EOF", "token", "Syntax error", "undeclared", "mapping value"} { // of libraries
				if strings.Contains(got, word) {
					t.Errorf("%s: nobody who writes a flow knows the word %q:\n%s", name, word, got)
				}
			}
			golden := strings.TrimSuffix(name, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s:\n got\n%s\nwant\n%s", name, got, want)
			}
		})
	}
}

const whole = `
flow: person-standard
subject: person
deadline: 20m
checks:
  identity:
    components: [document, selfie, liveness, name]
    providers: [sumsub, bive]
    split: {sumsub: 80, bive: 20}
    on: [error, unknown, false]
    attempts: 2
    params:
      sumsub: {level: basic-kyc-level}
  screening:
    components: [aml]
    providers: [sumsub]
    after: [identity]
    when: subject.country != "US"
    deadline: 5m
    optional: true
decide:
  confidence: 90
  require: [document, selfie, name, aml]
  rules:
    - if: findings.aml.result == "false"
      result: "false"
      reason: sanctions_hit
    - if: findings.document.result == "flagged" && "odd" in findings.document.reasons && findings.document.confidence > 90
      result: unknown
      review: true
      reason: document_flagged
expire:
  aml: {after: 30d, then: recheck}
  name: {after: 90d, then: recheck, meanwhile: unknown}
  selfie: 365d
  document: until_expiry
watch: 90d
review: {fourEyes: true}
`

func TestAFileBecomesThePolicyThatItSays(t *testing.T) {
	f, err := flow.Compile("whole.yaml", []byte(whole), vendors)
	if err != nil {
		t.Fatal(err)
	}
	p := f.Policy
	if f.Name != "person-standard" || f.Subject != "person" || p.Flow != f.Name || p.Digest != f.Digest || len(f.Digest) != 7+64 {
		t.Errorf("flow: got %q %q %q %q", f.Name, f.Subject, p.Flow, f.Digest)
	}
	if p.Deadline != 20*time.Minute || p.Watch != 90*24*time.Hour || !p.FourEyes || p.Bar != 90 || len(p.Checks) != 2 || len(p.Rules) != 2 {
		t.Fatalf("policy: got %+v", p)
	}
	one, two := p.Checks[0], p.Checks[1]
	if one.Name != "identity" || one.Attempts != 2 || !reflect.DeepEqual(one.On, []string{"error", "unknown", "false"}) ||
		!reflect.DeepEqual(one.Split, []decision.Share{{Provider: "bive", Percent: 20}, {Provider: "sumsub", Percent: 80}}) ||
		string(one.Providers[0].Params) != `{"level":"basic-kyc-level"}` || one.Providers[1].Provider != "bive" || one.When != nil {
		t.Errorf("identity: got %+v", one)
	}
	if two.Name != "screening" || !two.Optional || two.Deadline != 5*time.Minute || !reflect.DeepEqual(two.After, []string{"identity"}) || two.When == nil {
		t.Errorf("screening: got %+v", two)
	}
	if want := map[string]decision.Expiry{
		"aml":      {After: 30 * 24 * time.Hour, Recheck: true, Stands: true},
		"name":     {After: 90 * 24 * time.Hour, Recheck: true},
		"selfie":   {After: 365 * 24 * time.Hour},
		"document": {Until: true},
	}; !reflect.DeepEqual(p.Expire, want) {
		t.Errorf("expire: got %v, want %v", p.Expire, want)
	}
	if r := p.Rules[1]; r.Result != "unknown" || r.Reason != "document_flagged" || !r.Review || !strings.HasPrefix(r.Text, "findings.document") || !reflect.DeepEqual(r.Reads, []string{"document"}) {
		t.Errorf("rule 2: got %+v", r)
	}
}

func TestConditionsAnswerFromFacts(t *testing.T) {
	f, err := flow.Compile("whole.yaml", []byte(whole), vendors)
	if err != nil {
		t.Fatal(err)
	}
	facts := func(country, document, aml string, confidence float64, reasons ...string) decision.Facts {
		return decision.Facts{SubjectType: "person", Country: country, Findings: []decision.Fact{
			{Component: "document", Result: document, Confidence: confidence, Reasons: reasons},
			{Component: "aml", Result: aml},
		}}
	}
	for _, c := range []struct {
		name string
		ask  decision.Condition
		of   decision.Facts
		want bool
	}{
		{"when in PL", f.Policy.Checks[1].When, facts("PL", "true", "missing", 99), true},
		{"when in US", f.Policy.Checks[1].When, facts("US", "true", "missing", 99), false},
		{"aml false", f.Policy.Rules[0].If, facts("PL", "true", "false", 99), true},
		{"aml missing", f.Policy.Rules[0].If, facts("PL", "true", "missing", 99), false},
		{"flagged and odd", f.Policy.Rules[1].If, facts("PL", "flagged", "true", 99, "odd"), true},
		{"flagged, not odd", f.Policy.Rules[1].If, facts("PL", "flagged", "true", 99), false},
		{"flagged, odd, unsure", f.Policy.Rules[1].If, facts("PL", "flagged", "true", 90, "odd"), false},
	} {
		got, err := c.ask(c.of)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestAConditionThatCostsTooMuchIsAnErrorNotAnAnswer(t *testing.T) {
	inner := "findings.document.reasons"
	text := inner + `.all(a, ` + inner + `.all(b, ` + inner + `.all(c, a + b + c != "")))`
	source := strings.Replace(whole, `subject.country != "US"`, text, 1)
	f, err := flow.Compile("costly.yaml", []byte(source), vendors)
	if err != nil {
		t.Fatal(err)
	}
	reasons := make([]string, 100)
	for i := range reasons {
		reasons[i] = fmt.Sprint("reason", i)
	}
	got, err := f.Policy.Checks[1].When(decision.Facts{Findings: []decision.Fact{{Component: "document", Reasons: reasons}}})
	if err == nil {
		t.Errorf("a million steps: got %v, want an error", got)
	}
}

func TestTheDigestIsOfTheBytes(t *testing.T) {
	a, err := flow.Compile("a", []byte(whole), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := flow.Compile("b", []byte(whole+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest == b.Digest {
		t.Errorf("one byte more: got the same digest %s", a.Digest)
	}
}

func TestBuiltinFlowsCompileAndAreOfferedWithTheirProviders(t *testing.T) {
	s, err := flow.Load("", builtin)
	if err != nil {
		t.Fatal(err)
	}
	names := func(s *flow.Set) (out []string) {
		for _, f := range s.All() {
			out = append(out, f.Name)
		}
		return out
	}
	want := []string{"bive-business", "bive-person", "sumsub-business", "sumsub-person"}
	if got := names(s); !reflect.DeepEqual(got, want) {
		t.Errorf("all: got %v, want %v", got, want)
	}
	s, err = flow.Load("", catalog{"bive": builtin["bive"]})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(s), []string{"bive-business", "bive-person"}; !reflect.DeepEqual(got, want) {
		t.Errorf("bive alone: got %v, want %v", got, want)
	}
	if got := s.Lacks("sumsub-person"); !reflect.DeepEqual(got, []string{"sumsub"}) || s.Lacks("bive-person") != nil || s.Lacks("nope") != nil {
		t.Errorf("sumsub-person lacks %v, want sumsub; and bive-person and a flow that is none lack nothing", got)
	}
}

func TestADirectoryAddsAndReplaces(t *testing.T) {
	dir := t.TempDir()
	own := "flow: bive-person\nsubject: person\nchecks: {a: {components: [document], providers: [bive]}}\n"
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("own.yaml", own)
	write("README.md", "not a flow")
	s, err := flow.Load(dir, builtin)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := s.Get("bive-person")
	if !ok || string(f.Source) != own {
		t.Errorf("bive-person: got %v, want the directory's", ok)
	}
	if g, ok := s.ByDigest(f.Digest); !ok || g != f {
		t.Errorf("by digest: got %v", ok)
	}
	write("twin.yml", own)
	write("wrong.yaml", "flow: x\n")
	_, err = flow.Load(dir, builtin)
	if err == nil || !strings.Contains(err.Error(), "twin.yml:1:1: flow bive-person is also in") || !strings.Contains(err.Error(), "lacks checks") {
		t.Errorf("two faults: got %v", err)
	}
}

func TestLoadFlowsHaveTheirChecks(t *testing.T) {
	f, err := flow.Compile("load", flows.Load(5), catalog{"fake": {Components: []string{"document", "selfie", "liveness", "name", "birth_date"}, Subjects: []string{"person"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Policy.Checks) != 5 || len(f.Policy.Require) != 5 || f.Name != "load-5" {
		t.Errorf("load: got %s with %d checks, %v required", f.Name, len(f.Policy.Checks), f.Policy.Require)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(whole)
	wrong, _ := filepath.Glob("testdata/wrong/*.yaml")
	for _, name := range wrong {
		if source, err := os.ReadFile(name); err == nil {
			f.Add(string(source))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		got, err := flow.Compile("fuzz.yaml", []byte(source), vendors)
		if (got == nil) == (err == nil) {
			t.Errorf("compile of %q: got %v, %v; want one of the two", source, got, err)
		}
	})
}

// ExampleCompile shows that all problems of a file are named at once.
func ExampleCompile() {
	_, err := flow.Compile("mine.yaml", []byte(`
flow: mine
subject: person
deadline: soon
checks:
  identity: {components: [document], providers: [bive]}
decide:
  require: [selfie]
`), nil)
	fmt.Println(err)
	// Output:
	// mine.yaml:4:11: deadline must be a duration such as 90s, 15m, 1h30m or 30d
	// mine.yaml:8:13: require: no check speaks of selfie; they speak of document
}

// The page that users read is a flow that compiles, and explains every member that there is.
func TestTheDocumentedFlowIsOne(t *testing.T) {
	page, err := os.ReadFile("../../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	if _, err := flow.Compile("docs/flows.md", []byte(example), nil); err != nil {
		t.Fatalf("the example does not compile: %v", err)
	}
	unknown, err := os.ReadFile("testdata/wrong/unknown-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(unknown)) { // "… has no member X; it has a, b, c"
		_, list, ok := strings.Cut(line, "; it has ")
		if !ok {
			continue
		}
		for _, member := range strings.Split(strings.TrimSpace(list), ", ") {
			if !strings.Contains(example, member+":") {
				t.Errorf("docs/flows.md does not explain %s", member)
			}
		}
	}
}
