package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func TestStoryIsReadFromThePlusTags(t *testing.T) {
	for email, want := range map[string]string{
		"":                                    "approve",
		"jan@example.test":                    "approve",
		"jan+newsletter@example.test":         "approve",
		"jan+reject@example.test":             "reject",
		"jan+RETRY+Dup@example.test":          "retry+dup",
		"jan+slow+never+lost@example.test":    "approve+slow+never+lost",
		"jan+shuffle+error@example.test":      "approve+shuffle+error",
		"jan+reject+sanctions@example.test":   "sanctions",
		"jan+reversal@reject+flag.test":       "reversal",
		"reject@example.test":                 "approve",
		"jan+flag":                            "flag",
		"jan+unknown@a@example.test":          "approve",
		"ana+unknown+unknowns@example.test":   "unknown",
		"ana+approve+x+dup+dup@sub.test":      "approve+dup",
		"\"quoted+reject\"@example.test":      "approve",
		"ana+reject+approve@example.test":     "approve",
		"ana+@example.test":                   "approve",
		"ana+flag+lost+shuffle+dup@test.test": "flag+dup+shuffle+lost",
	} {
		if got := sandbox.StoryOf(email).String(); got != want {
			t.Errorf("StoryOf(%q) = %q, want %q", email, got, want)
		}
	}
}

func TestManualClockRunsWhatFallsDueInOrder(t *testing.T) {
	c := sandbox.NewManualClock(start)
	defer c.Close()
	var got []string
	say := func(s string) func(context.Context) { return func(context.Context) { got = append(got, s) } }
	c.After(2*time.Second, say("second"))
	c.After(time.Second, func(context.Context) {
		got = append(got, "first")
		c.After(time.Second, say("nested"))
	})
	stop := c.After(time.Second, say("stopped"))
	stop()
	c.After(4*time.Second, say("late"))
	c.Advance(3 * time.Second)
	if want := []string{"first", "second", "nested"}; !slices.Equal(got, want) {
		t.Errorf("after 3 s got %q, want %q", got, want)
	}
	if got, want := c.Now(), start.Add(3*time.Second); !got.Equal(want) {
		t.Errorf("Now() = %v, want %v", got, want)
	}
}

func TestClockDividesDelaysBySpeedAndWaitsOnClose(t *testing.T) {
	c := sandbox.NewClock(3600, nil)
	if got := c.Scale(18 * time.Hour); got != 18*time.Second {
		t.Errorf("Scale(18h) at speed 3600 = %v, want 18s", got)
	}
	began, ended := make(chan struct{}), false
	c.After(time.Minute, func(ctx context.Context) {
		close(began)
		<-ctx.Done()
		ended = true
	})
	c.After(24*time.Hour, func(context.Context) { t.Error("a task of tomorrow ran") })
	<-began
	c.Close()
	if !ended {
		t.Error("Close returned before the running task had ended")
	}
	c.After(0, func(context.Context) { t.Error("a task ran after Close") })
	c.Close()
}

func TestSeedDecidesTheIdentifiers(t *testing.T) {
	a, b, other := sandbox.NewIDs(7), sandbox.NewIDs(7), sandbox.NewIDs(8)
	for range 3 {
		x, y, z := a.UUIDv7(start), b.UUIDv7(start), other.UUIDv7(start)
		if x != y || x == z {
			t.Errorf("seed 7 gives %s and %s, seed 8 %s: want the first two equal, the third different", x, y, z)
		}
		if x[14] != '7' || !strings.HasPrefix(x, "019ca") {
			t.Errorf("UUIDv7(%v) = %s: want version 7 and the time in front", start, x)
		}
	}
	if got := len(a.Hex(7)) + len(a.Token(9)); got != 16 {
		t.Errorf("len(Hex(7))+len(Token(9)) = %d, want 16", got)
	}
}

func TestFingerprintTellsPeopleApartAndForgivesSpelling(t *testing.T) {
	a := sandbox.Fingerprint("Ana", "Reyes")
	if b := sandbox.Fingerprint(" ana ", "REYES"); a != b {
		t.Errorf("case and blanks change the fingerprint: %s, %s", a, b)
	}
	if b := sandbox.Fingerprint("Anar", "eyes"); a == b {
		t.Error("the border between parts does not count")
	}
}

func TestLimiterRefusesInsideTheWindowOnly(t *testing.T) {
	clock := sandbox.NewManualClock(start)
	defer clock.Close()
	l := sandbox.NewLimiter(clock, sandbox.Limit{Requests: 2, Window: time.Minute})
	take := func(key string, wantOK bool, wantLeft, wantRetry int) {
		t.Helper()
		q, ok := l.Take(key)
		if ok != wantOK || q.Remaining != wantLeft || q.RetryAfter() != wantRetry {
			t.Errorf("Take(%q) at %v = ok %v, remaining %d, retry after %d; want %v, %d, %d",
				key, clock.Elapsed(), ok, q.Remaining, q.RetryAfter(), wantOK, wantLeft, wantRetry)
		}
	}
	take("a", true, 1, 60)
	clock.Advance(30500 * time.Millisecond)
	take("a", true, 0, 30)
	take("a", false, 0, 30)
	take("b", true, 1, 60)
	clock.Advance(29500 * time.Millisecond)
	take("a", true, 1, 60)
	if _, ok := sandbox.NewLimiter(clock, sandbox.Limit{}).Take("a"); !ok {
		t.Error("the zero limit refused")
	}
}

// inbox is a webhook receiver that keeps what it gets and answers as told.
type inbox struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int // of the next answers; 204 after them
	got      []string
}

func newInbox(t *testing.T, statuses ...int) *inbox {
	t.Helper()
	b := &inbox{statuses: statuses}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, string(body)+r.Header.Get("X-Attempt"))
		status := http.StatusNoContent
		if len(b.statuses) > 0 {
			status, b.statuses = b.statuses[0], b.statuses[1:]
		}
		w.Header().Set("Location", b.URL+"/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *inbox) want(t *testing.T, when string, want ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.got, want) {
		t.Errorf("%s: received %q, want %q", when, b.got, want)
	}
}
