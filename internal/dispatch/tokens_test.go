package dispatch

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
	"github.com/bonafide-id/bonafide/sandbox"
	vendors "github.com/bonafide-id/bonafide/sandbox/personr"
)

// maker is a vendor that makes tokens.
type maker struct {
	made atomic.Int64
	err  error
	life time.Duration
	now  func() time.Time
}

func (m *maker) make(context.Context) (providers.Token, error) {
	if m.err != nil {
		return providers.Token{}, m.err
	}
	return providers.Token{Value: providers.NewSecret(fmt.Sprintf("secret-token-%d", m.made.Add(1))), Until: m.now().Add(m.life)}, nil
}

// shared is the bucket of a world and a clock.
type shared struct {
	*world
	bucket *bus.Bucket
	at     atomic.Int64 // added to the time, in nanoseconds
	*maker
}

func newShared(t *testing.T) *shared {
	s := &shared{world: newWorld(t)}
	var err error
	if s.bucket, err = s.bus.Bucket(t.Context(), "bf_calls"); err != nil {
		t.Fatal(err)
	}
	s.maker = &maker{life: time.Hour, now: s.now}
	return s
}

func (s *shared) now() time.Time { return time.Now().Add(time.Duration(s.at.Load())) }

// process is another process's tokens of the connection.
func (s *shared) process() *tokens { return newTokens(s.bucket, s.opener, acmeSpec, s.now) }

func (s *shared) hold(k *tokens, refused string) string {
	s.t.Helper()
	t, err := k.Hold(s.t.Context(), "account", providers.NewSecret(refused), s.make)
	if err != nil {
		s.t.Errorf("hold, %q refused: got %v, want a token", refused, err)
	}
	return t.Value.Reveal()
}

func TestAllDispatchersUseOneToken(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	all := []*tokens{s.process(), s.process(), s.process()}
	for round, refused := range []string{"", "secret-token-1", "secret-token-2"} {
		var asking sync.WaitGroup
		want := fmt.Sprintf("secret-token-%d", round+1)
		for i := range 12 {
			asking.Go(func() {
				if got := s.hold(all[i%len(all)], refused); got != want {
					t.Errorf("round %d: got %s, want %s", round+1, got, want)
				}
			})
		}
		asking.Wait()
	}
	if n := s.made.Load(); n != 3 {
		t.Errorf("%d tokens were made, want 3: one, and another for each that was refused", n)
	}
	if got := s.hold(s.process(), ""); got != "secret-token-3" {
		t.Errorf("a process that has just started: got %s, want the token that there is", got)
	}
	s.at.Store(int64(2 * time.Hour))
	if got := s.hold(all[0], ""); got != "secret-token-4" {
		t.Errorf("when its time is over: got %s, want a new one", got)
	}
	value, _, ok, err := s.bucket.Get(t.Context(), "token.acme")
	if err != nil || !ok || bytes.Contains(value, []byte("secret-token")) {
		t.Errorf("the bucket: got %q, %v; want a token, and nobody can read it", value, err)
	}
}

func TestATokenIsForItsAccountAndKeysetOnly(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	s.hold(s.process(), "")
	got, err := s.process().Hold(t.Context(), "another account", providers.Secret{}, s.make)
	if err != nil || got.Value.Reveal() != "secret-token-2" {
		t.Errorf("another account: got %s, %v; want a token of its own", got.Value.Reveal(), err)
	}
	other := newShared(t)
	k := newTokens(s.bucket, other.opener, acmeSpec, s.now)
	if got := s.hold(k, ""); got != "secret-token-3" {
		t.Errorf("another keyset: got %s, want a new one: nobody can open the one before", got)
	}
}

func TestWhoDiesOverATokenIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	if !s.process().write(t.Context(), keptToken{Making: s.now().Add(acmeSpec.Timeout).UnixMilli()}, 0) {
		t.Fatal("not written")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.process().Hold(ctx, "account", providers.Secret{}, s.make); fault.ClassOf(err) != fault.Transient || s.made.Load() != 0 {
		t.Errorf("while it may live: got %v and %d tokens, want class transient and none", err, s.made.Load())
	}
	s.at.Store(int64(acmeSpec.Timeout))
	if got := s.hold(s.process(), ""); got != "secret-token-1" {
		t.Errorf("afterwards: got %s, want one made", got)
	}
	s.maker.err = fault.New(fault.Unauthorized, "acme.token", "status 401")
	k := s.process()
	if _, err := k.Hold(t.Context(), "account", providers.NewSecret("secret-token-1"), s.make); fault.ClassOf(err) != fault.Unauthorized {
		t.Errorf("the vendor makes none: got %v, want its word", err)
	}
	s.maker.err = nil
	if got := s.hold(s.process(), "secret-token-1"); got != "secret-token-2" {
		t.Errorf("right after that: got %s, want one made: nobody waits for who has given up", got)
	}
}

func TestATokenThatIsUsedStaysInTheBucket(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	s.maker.life = 365 * 24 * time.Hour
	k := s.process()
	s.hold(k, "")
	_, first, _, err := s.bucket.Get(t.Context(), "token.acme")
	if err != nil {
		t.Fatal(err)
	}
	s.hold(k, "")
	if _, rev, _, _ := s.bucket.Get(t.Context(), "token.acme"); rev != first {
		t.Errorf("used at once: got revision %d, want still %d", rev, first)
	}
	s.at.Store(int64(25 * time.Hour))
	s.hold(k, "")
	if _, rev, _, _ := s.bucket.Get(t.Context(), "token.acme"); rev == first || s.made.Load() != 1 {
		t.Errorf("used a day later: got revision %d and %d tokens, want it written anew, the same token", rev, s.made.Load())
	}
}

// Two dispatchers of one account do not log each other out, and the next one goes on with the same token.
func TestTwoDispatchersAndTheNextShareATokenOfPersonr(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	box := vendors.New(vendors.Config{Limit: sandbox.Limit{Requests: -1}})
	srv, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close(context.Background()) })
	connect := func() *providers.Client {
		d := personr.Definition
		d.Spec.Name, d.Spec.Rate = acme, providers.Rate{} // unrated: both take tasks at the same time
		c, err := d.Open(t.Context(), envconfig.MapLookuper(map[string]string{
			"PERSONR_BASE_URL": srv.URL(), "PERSONR_EMAIL": vendors.DefaultEmail, "PERSONR_PASSWORD": vendors.DefaultPassword, "PERSONR_FLOW_NAME": vendors.DefaultFlow}), providers.Options{AllowInsecure: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	const tasks = 12
	for n := range tasks {
		w.post(w.task(n, events.Call{}))
	}
	first, second := w.start("a", nil, connect()), w.start("b", nil, connect())
	w.await(tasks)
	first.end(t)
	second.end(t)
	for n := range tasks {
		w.post(w.task(tasks+n, events.Call{}))
	}
	third := w.start("c", nil, connect())
	w.await(2 * tasks)
	third.end(t)
	for _, a := range w.answers() {
		if a.Status != events.AnswerAwaiting {
			t.Errorf("%s: got %s, %s; want the page for the subject", a.Operation, a.Status, a.Why)
		}
	}
	if n, refused := box.Ledger().Others["token.generate"], box.Ledger().Answers["401"]; n != 1 || refused != 0 {
		t.Errorf("got %d tokens and %d refusals, want one token that all three use", n, refused)
	}
	if w.lines.String() != "" && bytes.Contains(w.lines.Bytes(), []byte("bus|")) {
		t.Errorf("a token was logged")
	}
}
