package opensanctions_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/opensanctions"
	"github.com/bonafide-id/bonafide/providers/providertest"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/opensanctions"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "opensanctions-test-key-0001"

func TestContract(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Definition: opensanctions.Definition,
		Vendor: func(t *testing.T) http.Handler {
			s := vendor.New(vendor.Config{APIKey: apiKey})
			t.Cleanup(s.Close)
			return s
		},
		Variables: func(base string) map[string]string {
			return map[string]string{"OPENSANCTIONS_BASE_URL": base, "OPENSANCTIONS_API_KEY": apiKey}
		},
		Request: func(n int) providers.Request { return person(n, providertest.Canary, "") },
		True:    reply(`[]`),
		False:   reply(`[{"score":1,"match":true,"properties":{"topics":["sanction"]}}]`),
	})
}

// person is a screening of somebody, whose e-mail address tells the sandbox a story.
func person(n int, name, tag string) providers.Request {
	if tag != "" {
		tag = "+" + tag
	}
	return providers.Request{
		Operation: fmt.Sprintf("vrf_%d.screening.1", n), ExternalID: fmt.Sprintf("vrf_%d.screening", n), Verification: fmt.Sprintf("vrf_%d", n),
		Check: "screening", Attempt: 1, Components: []string{"aml"},
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: name, LastName: "Reyes"},
			Info:    &subject.PersonInfo{BirthDate: "1990-04-02", Nationality: "PL"},
			Contact: &subject.Contact{Email: fmt.Sprintf("ana%d%s@example.test", n, tag)},
		}},
	}
}

// reply is an answer about the subject alone, searched for by name and birth date.
func reply(results string) providers.Reply {
	return providers.Reply{
		Ref: jsontext.Value(`{"asked":[{"query":"subject","exact":true}]}`),
		Exchanges: []providers.Exchange{{Op: "match", Status: 200, MediaType: "application/json",
			Body: []byte(`{"responses":{"subject":{"status":200,"results":` + results + `,"total":{"value":1,"relation":"eq"}}}}`)}},
	}
}

// connect returns a connection to a sandbox.
func connect(t *testing.T) (*providers.Client, *vendor.Sandbox) {
	t.Helper()
	box := vendor.New(vendor.Config{APIKey: apiKey, Config: sandbox.Config{Speed: 1e6}})
	srv, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close(t.Context()) })
	c, err := opensanctions.Definition.Open(t.Context(), envconfig.MapLookuper(map[string]string{
		"OPENSANCTIONS_BASE_URL": srv.URL(), "OPENSANCTIONS_API_KEY": apiKey}), providers.Options{AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, box
}

func TestStories(t *testing.T) {
	c, _ := connect(t)
	for n, tt := range []struct {
		tag, result, reason string
		confidence          float64
	}{
		{"", "true", "", 98},
		{"slow", "true", "", 98},
		{"sanctions", "false", "sanctions_hit", 100},
		{"reject", "false", "criminal_record_hit", 99},
		{"flag", "flagged", "pep_hit", 97},
		{"unknown", "flagged", "sanctions_hit", 84},
	} {
		f := screen(t, c, person(n, "Ana", tt.tag))[0]
		if f.Component != "aml" || f.Result != tt.result || f.Confidence != tt.confidence || tt.reason != "" && !has(f.Reasons, tt.reason) {
			t.Errorf("+%s: got %s %s %v %v, want aml %s %v [%s]", tt.tag, f.Component, f.Result, f.Confidence, f.Reasons, tt.result, tt.confidence, tt.reason)
		}
	}
}

func TestTheSecondSearchFindsWhoWasListedSince(t *testing.T) {
	c, box := connect(t)
	r := person(1, "Ana", "reversal")
	for i, want := range []string{"true", "false", "false"} {
		if got := screen(t, c, r)[0].Result; got != want {
			t.Errorf("search %d: got %s, want %s", i+1, got, want)
		}
	}
	if got := box.Ledger().Reads["match"]; got != 3 {
		t.Errorf("the ledger has %d queries, want 3", got)
	}
}

func TestABusinessIsScreenedWithItsPersons(t *testing.T) {
	c, box := connect(t)
	r := person(1, "Ana", "")
	owner := *r.Subject.Person
	r.Subject = subject.Subject{Type: "business", Company: &subject.Company{Name: &subject.CompanyName{Name: "Tern Logistics"}}}
	listed := subject.Person{Name: &subject.PersonName{FirstName: "Ilse", LastName: "Quarzmüller"}, Info: &subject.PersonInfo{BirthDate: "1974-11-05"}}
	r.Parties = []providers.Party{{Reference: "ubo-1", Person: owner}, {Reference: "ubo-2", Person: listed}}
	got := screen(t, c, r)
	want := []struct{ person, result string }{{"", "true"}, {"ubo-1", "true"}, {"ubo-2", "flagged"}}
	if len(got) != len(want) {
		t.Fatalf("got %d findings, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Person != w.person || got[i].Result != w.result {
			t.Errorf("finding %d: got %q %s, want %q %s", i, got[i].Person, got[i].Result, w.person, w.result)
		}
	}
	if n := box.Ledger().Answers["200"]; n != 1 {
		t.Errorf("the vendor was asked %d times, want once for all", n)
	}
}

func screen(t *testing.T, c *providers.Client, r providers.Request) []providers.Finding {
	t.Helper()
	reply, err := c.Send(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %v", r, err)
	}
	o, err := c.Read(reply)
	if err != nil || o.Status != "completed" || len(o.Findings) == 0 {
		t.Fatalf("%s: got status %q, %d findings, %v; want completed", r, o.Status, len(o.Findings), err)
	}
	return o.Findings
}

func has(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
