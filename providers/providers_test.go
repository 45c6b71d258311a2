package providers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSecretsDoNotPrint(t *testing.T) {
	s := providers.NewSecret("hunter2-hunter2")
	type config struct{ Key, key providers.Secret }
	c := config{s, s}
	b, err := json.Marshal(map[string]any{"s": s, "list": providers.Secrets{s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%v %+v %#v", c, c, c), fmt.Sprintf("%+v", &c), fmt.Sprintf("%x %d", s, s),
		fmt.Sprintf("%v", providers.Secrets{s}), string(b),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("printed: %s", text)
		}
	}
	if s.Reveal() != "hunter2-hunter2" {
		t.Errorf("Reveal: got %q", s.Reveal())
	}
}

func TestSecretsHaveNoEmptyElement(t *testing.T) {
	for in, want := range map[string]int{"": 0, " ": 0, "a": 1, "a, b": 2, "a,": -1, ",": -1, "a,,b": -1} {
		var s providers.Secrets
		err := s.EnvDecode(in)
		if (err != nil) != (want < 0) || err == nil && len(s) != want {
			t.Errorf("%q: got %d, %v; want %d", in, len(s), err, want)
		}
	}
	if (providers.Secrets{{}}).Any(func(string) bool { return true }) {
		t.Error("an empty secret was tried")
	}
}

// acme is a vendor whose calls a test makes up.
type acme struct {
	send func(context.Context) error
}

func (a *acme) Send(ctx context.Context, _ providers.Request) (providers.Reply, error) {
	return providers.Reply{}, a.send(ctx)
}
func (a *acme) Poll(ctx context.Context, _ providers.Request) (providers.Reply, error) {
	return providers.Reply{}, a.send(ctx)
}

type config struct {
	BaseURL providers.URL    `env:"BASE_URL, default=https://api.acme.example"`
	Key     providers.Secret `env:"KEY, required"`
	Other   providers.Secret `env:"OTHER, required"`
}

func define(send func(context.Context) error, read providers.ReadFunc) providers.Definition {
	return providers.Define(providers.Spec{
		Name: "acme", Title: "Acme", Components: []string{"document"}, Subjects: []string{"person"},
		Timeout: 50 * time.Millisecond, Concurrency: 2, Mapping: "acme/1",
	}, read, func(config, *http.Client) (providers.Provider, error) { return &acme{send}, nil })
}

var settings = envconfig.MapLookuper(map[string]string{"ACME_KEY": "k", "ACME_OTHER": "o"})

func connect(t *testing.T, send func(context.Context) error) *providers.Client {
	t.Helper()
	c, err := define(send, readNothing).Open(t.Context(), settings, providers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func readNothing(providers.Reply) (providers.Outcome, error) { return providers.Outcome{}, nil }

func TestAllProblemsOfTheSettingsAreNamed(t *testing.T) {
	d := define(nil, readNothing)
	_, err := d.Open(t.Context(), envconfig.MapLookuper(map[string]string{"ACME_KEY": ""}), providers.Options{})
	if err == nil || !strings.Contains(err.Error(), "ACME_KEY is set but empty") || !strings.Contains(err.Error(), "ACME_OTHER is required") {
		t.Errorf("got %v, want both variables named", err)
	}
	for value, ok := range map[string]bool{
		"https://api.acme.example": true, "": true, "http://api.acme.example": false, "https://user:pa55word@api.acme.example": false,
		"https://10.0.0.1": false, "https://[::1]:8": false, "https://localhost.": false, "https://[::ffff:127.0.0.1]": false, "ftp://x": false, "https://x/?q=pa55word": false,
	} {
		_, err := d.Open(t.Context(), envconfig.MapLookuper(map[string]string{"ACME_KEY": "k", "ACME_OTHER": "o", "ACME_BASE_URL": value}), providers.Options{})
		if (err == nil) != ok {
			t.Errorf("ACME_BASE_URL=%s: got %v, want accepted %v", value, err, ok)
		}
		if err != nil && strings.Contains(err.Error(), "pa55word") {
			t.Errorf("ACME_BASE_URL: the error repeats the value: %v", err)
		}
	}
	if d.Configured(envconfig.MapLookuper(nil)) || !d.Configured(settings) {
		t.Error("Configured: want false without any variable and true with one")
	}
}

func TestACallIsBoundedInTime(t *testing.T) {
	c := connect(t, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	if _, err := c.Send(t.Context(), providers.Request{}); fault.ClassOf(err) != fault.Transient {
		t.Errorf("got %v, want class transient", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Send(ctx, providers.Request{}); fault.ClassOf(err) != fault.Stopping {
		t.Errorf("given up: got %v, want class stopping", err)
	}
}

func TestCallsAreBoundedInNumber(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	gate := make(chan struct{})
	both := make(chan struct{}, 8)
	c := connect(t, func(ctx context.Context) error {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		both <- struct{}{}
		<-gate
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { c.Send(context.Background(), providers.Request{}) })
	}
	<-both
	<-both
	close(gate)
	wg.Wait()
	if most != 2 {
		t.Errorf("got %d calls at once, want 2", most)
	}
}

func TestAVendorThatOnlyFailsIsLeftAlone(t *testing.T) {
	calls := 0
	c := connect(t, func(context.Context) error { calls++; return fault.New(fault.Transient, "acme", "down") })
	for range 100 {
		c.Send(t.Context(), providers.Request{})
	}
	_, err := c.Send(t.Context(), providers.Request{})
	if calls >= 50 || !c.Failing() || fault.ClassOf(err) != fault.Transient || fault.RetryAfter(err) <= 0 {
		t.Errorf("got %d calls of 100, failing %v, %v; want few, and a transient error with RetryAfter", calls, c.Failing(), err)
	}
}

// A vendor that refuses works.
func TestRefusalsDoNotStopCalls(t *testing.T) {
	for _, class := range []fault.Class{fault.Invalid, fault.RateLimited, fault.Unauthorized, fault.Malformed} {
		calls := 0
		c := connect(t, func(context.Context) error { calls++; return fault.New(class, "acme", "no") })
		for range 100 {
			c.Send(t.Context(), providers.Request{})
		}
		if calls != 100 {
			t.Errorf("%s: got %d calls, want 100", class, calls)
		}
	}
}

func TestErrorsWithoutClassAreSilenced(t *testing.T) {
	c := connect(t, func(context.Context) error { return errors.New("Ana Reyes was here") })
	_, err := c.Send(t.Context(), providers.Request{})
	if fault.ClassOf(err) != fault.Unknown || strings.Contains(err.Error(), "Ana") {
		t.Errorf("got %v, want class unknown in our words", err)
	}
}

func TestWhatAProviderCannotDo(t *testing.T) {
	c := connect(t, func(context.Context) error { return nil })
	if c.CanLook() || c.CanErase() || c.CanResubmit() {
		t.Error("a provider without capabilities has some")
	}
	_, _, look := c.Look(t.Context(), providers.Request{}, time.Time{}, nil)
	_, erase := c.Erase(t.Context(), providers.Request{})
	_, resubmit := c.Resubmit(t.Context(), providers.Request{})
	for _, err := range []error{look, erase, resubmit} {
		if fault.ClassOf(err) != fault.Invalid {
			t.Errorf("got %v, want class invalid", err)
		}
	}
}

func TestAReaderThatPanicsIsMalformed(t *testing.T) {
	d := define(nil, func(providers.Reply) (providers.Outcome, error) { panic("Ana Reyes") })
	if _, err := d.Read(providers.Reply{}); fault.ClassOf(err) != fault.Malformed || strings.Contains(err.Error(), "Ana") {
		t.Errorf("got %v, want class malformed in our words", err)
	}
}

func TestASpecThatCannotWorkPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("want a panic")
		}
	}()
	providers.Define(providers.Spec{Name: "Not A Token"}, readNothing, func(config, *http.Client) (providers.Provider, error) { return nil, nil })
}

// The page that users read lists every code, and no other.
func TestEveryReasonIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/reasons.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range providers.Reasons {
		if line := "| `" + r.Code + "` | " + r.Says + " |\n"; !strings.Contains(string(page), line) {
			t.Errorf("docs/reasons.md lacks %q", line)
		}
	}
	if got := strings.Count(string(page), "| `"); got != len(providers.Reasons) {
		t.Errorf("docs/reasons.md has %d codes, want %d", got, len(providers.Reasons))
	}
}

func TestReasonsAreCodesWithSentences(t *testing.T) {
	code := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, r := range providers.Reasons {
		if !code.MatchString(r.Code) || !strings.HasSuffix(r.Says, ".") {
			t.Errorf("%q %q: want a code and a sentence", r.Code, r.Says)
		}
	}
}
