package persona_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/persona"
	"github.com/bonafide-id/bonafide/sandbox"
	vendor "github.com/bonafide-id/bonafide/sandbox/persona"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the sandbox, on a clock that stands still, with our client and our webhook.
type world struct {
	t       *testing.T
	sandbox *vendor.Sandbox
	clock   *sandbox.Clock
	client  *providers.Client
	webhook providers.Webhook
	url     string

	mu    sync.Mutex
	hints []providers.Hint
}

func newWorld(t *testing.T, change ...func(*vendor.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: sandbox.NewManualClock(time.Now())}
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	c := vendor.Config{Config: sandbox.Config{Clock: w.clock, Seed: 7}, WebhookURL: receiver.URL, WebhookSecret: "wbhsec_new", WebhookInclude: true, NoLimits: true}
	for _, f := range change {
		f(&c)
	}
	w.sandbox = vendor.New(c)
	srv := httptest.NewServer(w.sandbox)
	w.url = srv.URL
	t.Cleanup(func() { w.sandbox.Close(); srv.Close(); receiver.Close() })
	env := envconfig.MapLookuper(map[string]string{
		"PERSONA_BASE_URL": srv.URL, "PERSONA_API_KEY": vendor.DefaultAPIKey, "PERSONA_TEMPLATE_ID": vendor.DefaultTemplate,
		"PERSONA_WEBHOOK_SECRETS": "wbhsec_old,wbhsec_new", "PERSONA_VERSION": or(c.Version, "2023-01-05"),
	})
	var err error
	if w.client, err = persona.Definition.Open(t.Context(), env, providers.Options{AllowInsecure: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	if w.webhook, err = persona.Definition.OpenWebhook(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	return w
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (w *world) receive(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = w.webhook.Authenticate(r.Header, body, time.Now())
	}
	if err != nil {
		w.t.Errorf("a genuine webhook is refused: %v", err)
		return
	}
	hint, err := w.webhook.Route("", r.Header, body)
	if err != nil {
		w.t.Errorf("Route(%s): got %v, want a hint", body, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hints = append(w.hints, hint)
}

// heard are the events of one verification, in the order in which they came.
func (w *world) heard(verification string) (events []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hints {
		if h.Verification == verification && !h.Ignore {
			events = append(events, h.Event)
		}
	}
	return events
}

// read reads a reply that came without error.
func (w *world) read(reply providers.Reply, err error) providers.Outcome {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("got %v, want no error", err)
	}
	out, err := w.client.Read(reply)
	if err != nil {
		w.t.Fatalf("Read: got %v, want an outcome", err)
	}
	if len(out.Unknown) > 0 {
		w.t.Errorf("Read: got unknown words %q, want none", out.Unknown)
	}
	return out
}

// send starts a check and remembers the reference in r.
func (w *world) send(r *providers.Request) providers.Outcome {
	w.t.Helper()
	reply, err := w.client.Send(w.t.Context(), *r)
	r.Ref = reply.Ref
	return w.read(reply, err)
}

func (w *world) poll(r *providers.Request) providers.Outcome {
	w.t.Helper()
	reply, err := w.client.Poll(w.t.Context(), *r)
	r.Ref = reply.Ref
	return w.read(reply, err)
}

// api calls the vendor as somebody else who has the key, and returns the answer.
func (w *world) api(method, path, body string) (answer string) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+vendor.DefaultAPIKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: got %d, %v: %s", method, path, res.StatusCode, err, b)
	}
	return string(b)
}

// reports are the ids of the reports of a check.
func (w *world) reports(r providers.Request) (ids []string) {
	w.t.Helper()
	for _, part := range strings.Split(w.api(http.MethodGet, "/reports?filter%5Breference-id%5D="+r.ExternalID, ""), `"id":"rep_`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		ids = append(ids, "rep_"+id)
	}
	return ids
}

// results are the findings as words, sorted.
func results(o providers.Outcome) string {
	var words []string
	for _, f := range o.Findings {
		words = append(words, f.Component+"="+f.Result)
	}
	slices.Sort(words)
	return strings.Join(append([]string{o.Status}, words...), " ")
}

const good = "completed address=true aml=true birth_date=true database=true document=true liveness=true name=true person=true selfie=true"

func TestStories(t *testing.T) {
	for tag, want := range map[string]string{
		"":           good,
		"+approve":   good,
		"+retry":     good,
		"+lost":      good,
		"+dup":       good,
		"+shuffle":   good,
		"+reject":    "completed aml=unknown document=false name=unknown person=false",
		"+unknown":   "completed aml=unknown document=unknown person=unknown",
		"+flag":      strings.Replace(good, "document=true", "document=flagged", 1),
		"+slow":      good,
		"+reversal":  strings.Replace(strings.ReplaceAll(good, "=true", "=false"), "aml=false", "aml=true", 1),
		"+never":     "pending",
		"+sanctions": strings.NewReplacer("aml=true", "aml=false", "person=true", "person=false").Replace(good),
	} {
		t.Run(tag, func(t *testing.T) {
			w := newWorld(t)
			r := person(1, "Ana", tag)
			if o := w.send(&r); o.Status != "awaiting_subject" || len(o.Actions) != 1 || o.Actions[0].Type != "open_link" || o.Actions[0].ExpiresAt.IsZero() {
				t.Errorf("sent: got %s with %d actions, want awaiting_subject with a link that expires", o.Status, len(o.Actions))
			}
			w.clock.Advance(15 * time.Minute)
			if got := results(w.poll(&r)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
