package persona_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/persona"
)

// receiver is a webhook with settings: names and values in pairs.
func receiver(t testing.TB, settings ...string) providers.Webhook {
	t.Helper()
	env := map[string]string{"PERSONA_WEBHOOK_SECRETS": "wbhsec_new,wbhsec_old"}
	for i := 0; i+1 < len(settings); i += 2 {
		env[settings[i]] = settings[i+1]
	}
	w, err := persona.Definition.OpenWebhook(t.Context(), envconfig.MapLookuper(env))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/webhooks/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOneRightSignatureIsEnough(t *testing.T) {
	body, now := readFile(t, "approved"), time.Now()
	fresh, old, foreign := sign("wbhsec_new", body, now), sign("wbhsec_old", body, now), sign("wbhsec_elsewhere", body, now)
	mac := strings.Split(fresh, "v1=")[1]
	for _, tt := range []struct {
		name   string
		header []string
		want   bool
	}{
		{"one", []string{fresh}, true},
		{"while rotating", []string{fresh + " " + old}, true},
		{"the second is ours", []string{foreign + " " + old}, true},
		{"unknown schemes beside it", []string{strings.Replace(fresh, ",v1", ",v0=00,v2=zz,v1", 1)}, true},
		{"weeks old", []string{sign("wbhsec_new", body, now.AddDate(0, 0, -40))}, true},
		{"none of them", []string{foreign + " " + foreign}, false},
		{"two headers", []string{fresh, fresh}, false},
		{"no header", nil, false},
		{"empty", []string{""}, false},
		{"no time", []string{"v1=" + mac}, false},
		{"another time", []string{"t=1,v1=" + mac}, false},
		{"a time that is none", []string{"t=now,v1=" + mac}, false},
		{"no signature", []string{strings.Split(fresh, ",")[0]}, false},
		{"another scheme only", []string{strings.Replace(fresh, "v1=", "v2=", 1)}, false},
		{"halves of two groups", []string{strings.Split(fresh, ",")[0] + " v1=" + mac}, false},
		{"short", []string{fresh[:len(fresh)-2]}, false},
		{"the right one after very many", []string{strings.Repeat(foreign+" ", 8) + fresh}, false},
	} {
		err := receiver(t).Authenticate(http.Header{"Persona-Signature": tt.header}, body, now)
		if (err == nil) != tt.want || err != nil && fault.ClassOf(err) != fault.Unauthorized {
			t.Errorf("%s: got %v, want accepted %v", tt.name, err, tt.want)
		}
	}
}

// The vendor documents no window; an operator may want one.
func TestToleranceIsConfigured(t *testing.T) {
	body, now := readFile(t, "approved"), time.Now()
	w := receiver(t, "PERSONA_WEBHOOK_TOLERANCE", "5m")
	for age, want := range map[time.Duration]bool{0: true, 4 * time.Minute: true, 6 * time.Minute: false, -6 * time.Minute: false} {
		err := w.Authenticate(http.Header{"Persona-Signature": {sign("wbhsec_old", body, now.Add(-age))}}, body, now)
		if (err == nil) != want {
			t.Errorf("%v old: got %v, want accepted %v", age, err, want)
		}
	}
	if _, err := persona.Definition.OpenWebhook(t.Context(), envconfig.MapLookuper(map[string]string{"PERSONA_WEBHOOK_SECRETS": "s", "PERSONA_WEBHOOK_TOLERANCE": "-1s"})); err == nil {
		t.Error("a negative tolerance: got no error")
	}
}

func TestWebhooksAreRoutedByOurOwnID(t *testing.T) {
	inquiry := func(name, reference string) string {
		return fmt.Sprintf(`{"data":{"type":"event","id":"evt_1","attributes":{"name":%q,"payload":{"data":{"type":"inquiry","id":"inq_1","attributes":{"reference-id":%s}}}}}}`, name, reference)
	}
	for _, tt := range []struct{ name, path, body, want string }{
		{"an inquiry", "", string(readFile(t, "approved")), "vrf_1/identity inquiry.approved 2026-03-01T09:15:00Z"},
		{"a verification with its inquiry", "", string(readFile(t, "retry_camel")), "vrf_1/identity verification.requires-retry 2026-03-01T09:12:00Z"},
		{"a report with its inquiry", "", string(readFile(t, "matched_snake")), "vrf_1/identity report/watchlist.matched 2026-03-09T00:00:00Z"},
		{"an id in the path too", "vrf_1", string(readFile(t, "approved")), "vrf_1/identity inquiry.approved 2026-03-01T09:15:00Z"},
		{"another id in the path", "vrf_2", string(readFile(t, "approved")), "ignored"},
		{"an id in the path only", "vrf_1", inquiry("inquiry.redacted", "null"), "vrf_1/ inquiry.redacted 0001-01-01T00:00:00Z"},
		{"a verification alone", "", `{"data":{"type":"event","id":"evt_1","attributes":{"name":"verification.passed","payload":{"data":{"type":"verification/selfie","id":"ver_1"}}}}}`, "ignored"},
		{"somebody else's inquiry", "", inquiry("inquiry.approved", `"customer-7"`), "ignored"},
		{"nobody's", "", inquiry("inquiry.approved", `null`), "ignored"},
		{"an account", "", inquiry("account.created", `"vrf_1.identity"`), "ignored"},
		{"a name that is not one", "", inquiry("inquiry.approved Ana", `"vrf_1.identity"`), "ignored"},
	} {
		hint, err := receiver(t).Route(tt.path, nil, []byte(tt.body))
		got := fmt.Sprintf("%s/%s %s %s", hint.Verification, hint.Check, hint.Event, hint.At.Truncate(time.Second).Format(time.RFC3339))
		if hint.Ignore {
			got = "ignored"
		}
		if err != nil || got != tt.want || hint.Dedupe == "" {
			t.Errorf("%s: got %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
	for name, body := range map[string]string{
		"no id": `{"data":{"attributes":{"name":"inquiry.approved"}}}`, "no name": `{"data":{"id":"evt_1"}}`,
		"a list": `{"data":[]}`, "an id twice": `{"data":{"id":"evt_1","id":"evt_2","attributes":{"name":"inquiry.approved"}}}`,
	} {
		if hint, err := receiver(t).Route("", nil, []byte(body)); fault.ClassOf(err) != fault.Malformed || hint != (providers.Hint{}) {
			t.Errorf("%s: got %+v, %v; want class malformed", name, hint, err)
		}
	}
}

// However webhooks come, the last reading is the same: they are hints, and what is read is ordered by the vendor's clock.
func TestDisorderChangesNothing(t *testing.T) {
	for tag, want := range map[string]string{"": good, "+reject": "completed aml=unknown document=false name=unknown person=false"} {
		for _, disorder := range []string{"", "+dup", "+shuffle", "+lost"} {
			w := newWorld(t)
			r := person(1, "Ana", tag+disorder)
			w.send(&r)
			w.clock.Advance(15 * time.Minute)
			seen := map[string]bool{}
			for _, h := range w.hints {
				seen[h.Dedupe] = true
			}
			n, events := len(w.hints), w.heard("vrf_1")
			if disorder == "+lost" != (n == 0) || disorder == "+dup" && n != 2*len(seen) || disorder != "+dup" && n != len(seen) {
				t.Errorf("%q: got %d webhooks, %d different: %q", tag+disorder, n, len(seen), events)
			}
			if disorder == "+shuffle" && events[0] == "inquiry.created" {
				t.Errorf("%q: got them in order", tag+disorder)
			}
			if got := results(w.poll(&r)); got != want {
				t.Errorf("%q: got\n%s\nwant\n%s", tag+disorder, got, want)
			}
		}
	}
}
