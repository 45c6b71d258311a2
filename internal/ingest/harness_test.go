package ingest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/index"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/resolve"
	"github.com/bonafide-id/bonafide/internal/seal"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, bustest.IgnoreBroker(), goleak.IgnoreAnyFunction("go.opencensus.io/stats/view.(*worker).start"))
}

const shards = 4

// rig is a whole ingest, the resolver behind it and a broker, all real.
type rig struct {
	t      testing.TB
	bus    *bus.Bus
	blobs  string
	opener *seal.Opener
	sealer *seal.Sealer
	svc    *ingest.Service
	srv    *httptest.Server
	log    *syncBuffer
	orphan func() // ends the resolver: nobody owns a shard any more
}

const flowYAML = `flow: person-test
subject: person
deadline: 15m
checks:
  identity:
    components: [document]
    providers: [acme]
decide:
  require: [document]
`

func flowDir(t testing.TB) string {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("person-test.yaml", flowYAML)
	write("business-test.yaml", strings.NewReplacer("person-test", "business-test", "subject: person", "subject: business").Replace(flowYAML))
	return dir
}

// newRig starts everything. Change may alter the configuration of ingest.
func newRig(t testing.TB, change func(*ingest.Config)) *rig {
	t.Helper()
	return newRigOn(t, bustest.Run(t), change)
}

func newRigOn(t testing.TB, server *bus.Server, change func(*ingest.Config)) *rig {
	t.Helper()
	r := &rig{t: t, blobs: t.TempDir(), log: &syncBuffer{}}
	r.bus = bustest.Connect(t, server.Config(), bus.Layout{Shards: shards, Providers: []string{"acme"}})
	blobs, err := blob.Open(t.Context(), "file://"+r.blobs)
	if err != nil {
		t.Fatalf("blob.Open: %v", err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	set, err := flow.Load(flowDir(t), nil)
	if err != nil {
		t.Fatalf("flow.Load: %v", err)
	}
	private, err := seal.Generate(rand.Reader)
	if err != nil {
		t.Fatalf("seal.Generate: %v", err)
	}
	sealer := seal.NewSealer(private.Public(), r.bus, nil)
	t.Cleanup(sealer.Close)
	r.opener, r.sealer = seal.NewOpener(private, r.bus), sealer
	ix, err := index.Open("", shards, nil)
	if err != nil {
		t.Fatalf("index.Open: %v", err)
	}
	t.Cleanup(func() { _ = ix.Close() })
	cfg := ingest.Config{Bus: r.bus, Shards: shards, Sealer: sealer, Blobs: blobs, Flows: set, Keys: keys(t), Index: ix,
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&cfg)
	}
	if r.svc, err = ingest.New(cfg); err != nil {
		t.Fatalf("ingest.New: %v", err)
	}
	resolver, err := resolve.New(resolve.Config{Bus: r.bus, Shards: shards, Holder: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("resolve.New: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	resolving, orphan := context.WithCancel(ctx)
	gone := make(chan struct{})
	r.orphan = func() { orphan(); <-gone }
	go func() {
		defer close(gone)
		ended <- resolver.Run(resolving)
	}()
	go func() { ended <- r.svc.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
	})
	r.srv = httptest.NewServer(r.svc.Handler())
	t.Cleanup(r.srv.Close)
	r.eventually("every shard has an owner and the flows are published", func() bool {
		return resolver.Owned() == shards && r.svc.Ready(t.Context()) == nil
	})
	return r
}

// The API keys of the tests.
const (
	acme   = "acme-key-all"
	other  = "other-key-all"
	reader = "acme-key-read"
	writer = "acme-key-write"
)

func keys(t testing.TB) *ingest.Keys {
	k := ingest.NewKeys()
	for _, e := range []struct {
		key, tenant string
		scopes      []string
	}{{acme, "acme", nil}, {other, "other", nil}, {reader, "acme", []string{ingest.ScopeRead}}, {writer, "acme", []string{ingest.ScopeWrite}}} {
		if err := k.AddKey(e.key, e.tenant, e.scopes...); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// eventually polls until what holds.
func (r *rig) eventually(what string, holds func() bool) {
	r.t.Helper()
	eventually(r.t, what, holds)
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("not within 20 s: %s", what)
		case <-tick.C:
		}
	}
}

// response is an answer, read.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (p response) problem(t testing.TB) events.Problem {
	t.Helper()
	var out events.Problem
	if ct := p.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("Content-Type = %q of status %d, want application/problem+json; body %s", ct, p.status, p.body)
	}
	if err := json.Unmarshal(p.body, &out); err != nil {
		t.Fatalf("problem %s: %v", p.body, err)
	}
	return out
}

func (p response) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(p.body, v); err != nil {
		t.Fatalf("body %s: %v", p.body, err)
	}
}

// call makes one request. Headers come as name, value.
func (r *rig) call(method, path, key string, body any, headers ...string) response {
	r.t.Helper()
	p, err := r.try(method, path, key, body, headers...)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return p
}

// try is call where the connection may break.
func (r *rig) try(method, path, key string, body any, headers ...string) (response, error) {
	r.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	case []byte:
		in = bytes.NewReader(b)
	case io.Reader:
		in = b
	default:
		j, err := json.Marshal(b)
		if err != nil {
			r.t.Fatal(err)
		}
		in = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.srv.URL+path, in)
	if err != nil {
		r.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := r.srv.Client().Do(req)
	if err != nil {
		return response{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return response{}, err
	}
	observe(method, path, req.Header, res.StatusCode, res.Header, b)
	return response{res.StatusCode, res.Header, b}, nil
}

func (r *rig) want(status int, p response) response {
	r.t.Helper()
	if p.status != status {
		r.t.Fatalf("status = %d, want %d; body %s\nlog:\n%s", p.status, status, p.body, r.log.tail())
	}
	return p
}

type receipt struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Flow      string    `json:"flow"`
	Reference string    `json:"reference"`
	CreatedAt time.Time `json:"createdAt"`
}

// open creates a verification and returns its receipt.
func (r *rig) open(body string, headers ...string) receipt {
	r.t.Helper()
	var out receipt
	r.want(202, r.call("POST", "/v1/verifications", acme, body, headers...)).into(r.t, &out)
	return out
}

var (
	jpeg    = append([]byte{0xff, 0xd8, 0xff, 0xe0}, bytes.Repeat([]byte("jpeg"), 64)...)
	png     = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("png!"), 64)...)
	jpeg64  = base64.StdEncoding.EncodeToString(jpeg)
	minimal = `{"flow":"person-test","subject":{"type":"person","person":{"name":{"firstName":"Jan","lastName":"Kowalski"}}}}`
	full    = `{"flow":"person-test","reference":"customer-42","subject":{"type":"person","person":{
 "name":{"firstName":"Jan","middleName":"Stanisław","lastName":"Kowalski"},
 "info":{"birthDate":"1983-07-03","gender":"MALE","nationality":"PL","birthCity":"Gdańsk","birthCountry":"PL"},
 "ids":{"nationalId":"83070312345","passport":{"id":"AB1","issueDate":"2020-01-01","expiryDate":"2030-01-01","issueCountry":"PL"},"accounts":[{"swiftbic":"X","accountId":"Y","currency":"PLN"}]},
 "address":{"addressLine":"Długa 1","postalCode":"80-001","city":"Gdańsk","state":"pomorskie","country":"PL"},
 "contact":{"email":"jan@example.test","phone":"+48600000000"}}},
 "documents":[{"type":"PASSPORT","side":"FRONT","country":"POL","filename":"p.jpg","content":"` + jpeg64 + `"}],
 "returnUrl":"https://shop.example/done","callbackUrl":"https://shop.example/hook","metadata":{"plan":"gold"},"hold":false}`
	business = `{"flow":"business-test","subject":{"type":"business","company":{"name":{"name":"Example sp. z o.o."}}},"associatedPersons":[{"reference":"ubo-1","role":"UBO","ownership":25,"person":{"name":{"firstName":"Ana","lastName":"Reyes"}},"documents":[{"type":"PASSPORT","content":"` + jpeg64 + `"}]}]}`
)

// inputs returns what lies in the shards' inputs now, but flows and timers.
func (r *rig) inputs() []bus.Read {
	r.t.Helper()
	var all []bus.Read
	for shard := range shards {
		tail, err := r.bus.Tail(r.t.Context(), shard)
		if err != nil {
			r.t.Fatal(err)
		}
		for seq := uint64(1); seq <= tail; seq++ {
			e, at, err := r.bus.Input(r.t.Context(), shard, seq)
			if err != nil {
				r.t.Fatal(err)
			}
			switch e.Data.(type) {
			case events.FlowPublished, events.TimerFired:
			default:
				all = append(all, bus.Read{Seq: seq, At: at, Event: e})
			}
		}
	}
	return all
}

// seal returns a box under a key of its own.
func (r *rig) seal(plain string) events.Sealed {
	r.t.Helper()
	box, err := r.sealer.Seal(r.t.Context(), seal.AAD{Kind: seal.KindEvidence}, []byte(plain))
	if err != nil {
		r.t.Fatal(err)
	}
	return box
}

// blobCount returns how many blobs are stored.
func (r *rig) blobCount() int {
	n := 0
	_ = filepath.WalkDir(r.blobs, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}
