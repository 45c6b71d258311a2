package dispatch

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

// world is a broker with one shard, what seals for it, and what was answered in it.
type world struct {
	t      testing.TB
	bus    *bus.Bus
	at     bus.Config
	log    *bus.Log
	sealer *seal.Sealer
	opener *seal.Opener
	blobs  *blob.Store
	lines  *lockedBuffer // what dispatchers log
	reg    *prometheus.Registry

	inSeq   uint64
	mu      sync.Mutex
	inputs  []events.Event
	changed chan struct{}
	counted atomic.Int64 // answers
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

const acme = "acme"

// taskWait is how long the broker waits for word of a task.
const taskWait = 30 * time.Second

func newWorld(t testing.TB) *world { return newWorldOf(t, taskWait) }

func newWorldOf(t testing.TB, wait time.Duration) *world {
	t.Helper()
	at := bustest.Start(t, bus.EmbedConfig{InProcess: true}).Config()
	b := bustest.Connect(t, at, bus.Layout{Shards: 1, Providers: []string{acme}, TaskWait: wait})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	log, err := b.Claim(ctx, 0, "test")
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	t.Cleanup(log.Close)
	keys, err := seal.Generate(rand.Reader)
	if err != nil {
		t.Fatalf("generate: %v", err)
	}
	blobs, err := blob.Open(ctx, "mem://")
	if err != nil {
		t.Fatalf("blobs: %v", err)
	}
	w := &world{
		t: t, bus: b, at: at, log: log, sealer: seal.NewSealer(keys.Public(), b, nil), opener: seal.NewOpener(keys, b), blobs: blobs,
		lines: &lockedBuffer{}, reg: prometheus.NewRegistry(), changed: make(chan struct{}, 1),
	}
	t.Cleanup(w.sealer.Close)
	var reading sync.WaitGroup
	reading.Go(func() {
		_ = b.ReadInputs(ctx, 0, 1, func(batch []bus.Read) error {
			w.mu.Lock()
			for _, r := range batch {
				for _, fact := range events.Facts(r.Event.Data) {
					if _, ok := fact.(events.CheckAnswered); ok {
						w.counted.Add(1)
					}
				}
				w.inputs = append(w.inputs, r.Event)
			}
			w.mu.Unlock()
			select {
			case w.changed <- struct{}{}:
			default:
			}
			return nil
		})
	})
	t.Cleanup(func() { cancel(); reading.Wait() })
	return w
}

// vendor is a provider made of functions; nil ones are capabilities that it does not have, but Send and Poll.
type vendor struct {
	send, poll func(ctx context.Context, h *http.Client, r providers.Request) (providers.Reply, error)
	http       *http.Client
}

func (v *vendor) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.send(ctx, v.http, r)
}

func (v *vendor) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	if v.poll == nil {
		return providers.Reply{}, fault.New(fault.Invalid, "acme.poll", "not here")
	}
	return v.poll(ctx, v.http, r)
}

// looking is a vendor that can be asked.
type looking struct {
	vendor
	look func(ctx context.Context, r providers.Request, taken providers.Taken) (providers.Reply, bool, error)
}

func (v *looking) Look(ctx context.Context, r providers.Request, _ time.Time, taken providers.Taken) (providers.Reply, bool, error) {
	return v.look(ctx, r, taken)
}

// erasing is a vendor that deletes persons.
type erasing struct {
	vendor
	erased func(r providers.Request) error
}

func (v *erasing) Erase(_ context.Context, r providers.Request) (providers.Reply, error) {
	return says(`{}`), v.erased(r)
}

var acmeSpec = providers.Spec{
	Name: acme, Title: "Acme", Components: []string{"document", "name", "birth_date"}, Subjects: []string{"person"}, Idempotent: true,
	Timeout: 5 * time.Second, Concurrency: 16, PollEvery: time.Minute, Mapping: "acme/1",
}

func open(t testing.TB, s providers.Spec, p providers.Provider, read providers.ReadFunc) *providers.Client {
	t.Helper()
	d := providers.Define(s, read, func(_ struct{}, h *http.Client) (providers.Provider, error) {
		switch v := p.(type) {
		case *vendor:
			v.http = h
		case *looking:
			v.http = h
		case *resubmitting:
			v.http = h
		}
		return p, nil
	})
	c, err := d.Open(context.Background(), envconfig.MapLookuper(nil), providers.Options{AllowInsecure: true})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func says(body string) providers.Reply {
	return providers.Reply{Ref: jsontext.Value(`{"id":"a1"}`), At: time.Unix(1700000000, 0).UTC(), Exchanges: []providers.Exchange{{Op: "create", Status: 200, Body: []byte(body)}}}
}

// plainly reads the status that a reply's body is, and says true of everything.
func plainly(r providers.Reply) (providers.Outcome, error) {
	s := string(r.Exchanges[0].Body)
	if !knownStatus(s) {
		return providers.Outcome{}, fault.New(fault.Malformed, "acme.read", "not a status")
	}
	return providers.Outcome{Status: s, Findings: []providers.Finding{{Component: "document", Result: "true", Confidence: 99, Labels: []string{"OK"}}}}, nil
}

func answering(body string) func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
	return func(context.Context, *http.Client, providers.Request) (providers.Reply, error) {
		return says(body), nil
	}
}

// running is a dispatcher that runs.
type running struct {
	stop context.CancelFunc
	done chan error
}

// end stops a dispatcher and waits for it.
func (r running) end(t testing.TB) {
	t.Helper()
	r.stop()
	select {
	case err := <-r.done:
		if err != nil {
			t.Errorf("run: %v", err)
		}
		r.done <- nil
	case <-time.After(30 * time.Second):
		t.Fatal("the dispatcher does not end")
	}
}

func (w *world) start(holder string, change func(*Config), clients ...*providers.Client) running {
	w.t.Helper()
	c := Config{
		Bus: w.bus, Opener: w.opener, Blobs: w.blobs, Providers: clients, Holder: holder, PublicURL: "https://bonafide.example/",
		Log: slog.New(slog.NewTextHandler(w.lines, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&c)
	}
	d, err := New(c)
	if err != nil {
		w.t.Fatalf("new: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := running{stop, make(chan error, 2)}
	go func() { r.done <- d.Run(ctx) }()
	w.t.Cleanup(func() { r.end(w.t) })
	return r
}

var ana = subject.Subject{Type: "person", Person: &subject.Person{
	Name: &subject.PersonName{FirstName: "Ana", LastName: "Reyes"}, Info: &subject.PersonInfo{BirthDate: "1990-02-03"},
	IDs: &subject.PersonIDs{NationalID: "CANARY-778899"}, Contact: &subject.Contact{Email: "ana@example.test", Phone: "+61400000000"},
}}

func idOf(n int) string {
	return events.NewID(time.UnixMilli(1700000000000+int64(n)), [10]byte{byte(n >> 8), byte(n), 7})
}

// task makes a task for verification n with calls of checks c0, c1, …
func (w *world) task(n int, calls ...events.Call) events.CheckRequested {
	w.t.Helper()
	id := idOf(n)
	plain, err := json.Marshal(events.Dossier{Subject: ana})
	if err != nil {
		w.t.Fatal(err)
	}
	box, err := w.sealer.Seal(w.t.Context(), seal.AAD{Verification: id, Kind: seal.KindDossier, Tenant: "acme"}, plain)
	if err != nil {
		w.t.Fatalf("seal: %v", err)
	}
	for i := range calls {
		c := &calls[i]
		c.Check = fmt.Sprintf("c%d", i)
		c.Attempt, c.Try = max(c.Attempt, 1), max(c.Try, 1)
		if c.Kind == "" {
			c.Kind = events.CallSend
		}
		if c.Components == nil {
			c.Components = []string{"document"}
		}
		c.Operation = fmt.Sprintf("%s.%s.%d", id, c.Check, c.Attempt)
	}
	return events.CheckRequested{ID: id, Tenant: "acme", Flow: "f", Provider: acme, SubjectType: "person", Sealed: &box, Calls: calls}
}

// post puts tasks where the resolver does.
func (w *world) post(tasks ...events.CheckRequested) {
	w.t.Helper()
	for _, t := range tasks {
		w.inSeq++
		h, body, err := events.Encode(events.Event{ID: fmt.Sprintf("task-%d", w.inSeq), Source: "/test", Subject: t.ID, Time: time.Now(), Data: t})
		if err != nil {
			w.t.Fatalf("encode: %v", err)
		}
		w.append(h, body)
	}
	if err := w.log.Flush(w.t.Context()); err != nil {
		w.t.Fatalf("flush: %v", err)
	}
}

func (w *world) append(h events.Header, body []byte) {
	w.t.Helper()
	if err := w.log.Append(w.t.Context(), []bus.Record{{Subject: events.LogTaskSubject(0, acme), Header: h, Data: body, InSeq: w.inSeq}}); err != nil {
		w.t.Fatalf("append: %v", err)
	}
}

func (w *world) answers() []events.CheckAnswered {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []events.CheckAnswered
	for _, e := range w.inputs {
		for _, fact := range events.Facts(e.Data) {
			if a, ok := fact.(events.CheckAnswered); ok {
				out = append(out, a)
			}
		}
	}
	return out
}

// await returns the answers as soon as there are n.
func (w *world) await(n int) []events.CheckAnswered {
	w.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		if a := w.answers(); len(a) >= n {
			return a
		}
		select {
		case <-w.changed:
		case <-deadline:
			w.t.Fatalf("answers: got %d in 30 s, want %d; log:\n%s", len(w.answers()), n, w.lines)
		}
	}
}

// eventually waits until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited 20 s for: %s", what)
		}
	}
}

func (w *world) plain(a events.CheckAnswered) []byte {
	w.t.Helper()
	ctx, aad := w.t.Context(), seal.AAD{Verification: a.ID, Kind: seal.KindEvidence, Tenant: a.Tenant}
	if a.Evidence == nil {
		w.t.Fatalf("answer %s %s has no evidence", a.Operation, a.Status)
	}
	if a.Evidence.Sealed != nil {
		b, err := w.opener.Open(ctx, aad, *a.Evidence.Sealed)
		if err != nil {
			w.t.Fatalf("open evidence: %v", err)
		}
		return b
	}
	r, err := w.blobs.Open(ctx, a.Evidence.Ref)
	if err != nil {
		w.t.Fatalf("open evidence: %v", err)
	}
	s, err := w.opener.OpenStream(ctx, aad, a.Evidence.Key, r)
	if err != nil {
		w.t.Fatalf("open evidence: %v", err)
	}
	b, err := io.ReadAll(s)
	if err := errors.Join(err, r.Close()); err != nil {
		w.t.Fatalf("read evidence: %v", err)
	}
	return b
}
