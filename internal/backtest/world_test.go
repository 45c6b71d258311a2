package backtest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/fake"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

// people are what the vendor alpha says of persons, by their first names. Of the selfie it says true with 99.
var people = map[string]struct {
	result     string
	confidence float64
}{"Ana": {"true", 99}, "Ben": {"true", 96}, "Cleo": {"false", 98}, "Dora": {"unknown", 0}}

// vendor is a vendor whose word depends on the person. What beta says is true with 97.
type vendor struct{ name string }

func (v vendor) Send(_ context.Context, r providers.Request) (providers.Reply, error) {
	type finding struct {
		Component  string  `json:"component"`
		Result     string  `json:"result"`
		Confidence float64 `json:"confidence"`
	}
	findings := []finding{{"document", "true", 97}, {"selfie", "true", 97}}
	if v.name == "alpha" {
		says := people[r.Subject.Person.Name.FirstName]
		findings = []finding{{"document", says.result, says.confidence}, {"selfie", "true", 99}}
	}
	body, err := json.Marshal(map[string]any{"status": "completed", "findings": findings})
	return providers.Reply{Ref: []byte(`{"id":"` + r.ExternalID + `"}`), At: time.Now().UTC(), Exchanges: []providers.Exchange{{Op: "send", Status: http.StatusOK, Body: body}}}, err
}

func (v vendor) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.Send(ctx, r)
}

// vendors are alpha and beta, who are asked, and gamma, who is not.
func vendors() (all catalog.Catalog) {
	for _, name := range []string{"alpha", "beta", "gamma"} {
		s := fake.Spec()
		s.Name, s.Title, s.Mapping = name, name, name+"/1"
		all = append(all, providers.Define(s, fake.Read, func(struct{}, *http.Client) (providers.Provider, error) { return vendor{name}, nil }))
	}
	return all
}

// history is what a whole system has recorded.
type history struct {
	replay.Recording
	bus *bus.Bus
	ids map[string][]string // of verifications, by flow and first name: "one/Ana"
}

// record has a system verify n persons of each name by each flow.
func record(t testing.TB, n int, sources ...string) history {
	t.Helper()
	sys, err := single.Start(t.Context(), single.Config{Dir: t.TempDir(), HTTPAddr: "127.0.0.1:0", InProcess: true, Shards: 2, Unsigned: true, Catalog: vendors(),
		Lookuper: envconfig.MapLookuper(map[string]string{"INDEX": "false"}), Log: slog.New(slog.DiscardHandler),
		Flows: func(set *flow.Set) error {
			var all error
			for i, s := range sources {
				all = errors.Join(all, set.Add(fmt.Sprint(i, ".yaml"), []byte(s), vendors()))
			}
			return all
		}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sys.Run(ctx) }()
	h := history{ids: map[string][]string{}}
	if h.bus, err = bus.Connect(t.Context(), sys.Broker(), "test"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = h.bus.Close(context.Background())
		stop()
		if err := <-done; err != nil {
			t.Errorf("the system ended with %v", err)
		}
	})
	await(t, sys)
	want := map[string]string{} // names by reference
	for _, s := range sources {
		f, err := flow.Compile("test.yaml", []byte(s), nil)
		if err != nil {
			t.Fatal(err)
		}
		for name := range people {
			for i := range n {
				ref := fmt.Sprintf("%s/%s", f.Name, name)
				want[fmt.Sprint(ref, i)] = ref
				if _, err := h.bus.PutRequest(t.Context(), "default", events.Event{ID: fmt.Sprint(ref, i), Source: "/test", Time: time.Now(), Data: events.VerificationRequested{
					Flow: f.Name, Reference: fmt.Sprint(ref, i), Subject: subject.Subject{Type: "person", Person: &subject.Person{Name: &subject.PersonName{FirstName: name, LastName: "Reyes"}}}}}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	over := errors.New("all are decided")
	patience, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := h.bus.ReadResults(patience, 0, func(batch []bus.Read) error {
		for _, r := range batch {
			if d, ok := r.Event.Data.(events.VerificationDecided); ok {
				if name := want[d.Reference]; name != "" {
					h.ids[name] = append(h.ids[name], d.ID)
					delete(want, d.Reference)
				}
			}
		}
		if len(want) == 0 {
			return over
		}
		return nil
	}); err != over {
		t.Fatalf("%d are not decided: %v", len(want), err)
	}
	if h.Recording, err = replay.Live(t.Context(), h.bus); err != nil {
		t.Fatal(err)
	}
	return h
}

// published returns the last input and record of each shard, and the last result. A running system goes on to write leases, claims and
// snapshots.
func (h history) published(t testing.TB) (ends []bus.Ends) {
	t.Helper()
	for shard := range h.Shards() {
		e, err := h.bus.Ends(t.Context(), shard)
		if err != nil {
			t.Fatal(err)
		}
		tail, _, err := h.bus.LogTail(t.Context(), shard)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, bus.Ends{Inputs: e.Inputs, Record: tail.Seq})
	}
	results, err := h.bus.LastResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return append(ends, bus.Ends{Record: results})
}

// await waits until the system takes requests.
func await(t testing.TB, sys *single.System) {
	t.Helper()
	over := time.NewTimer(40 * time.Second)
	defer over.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for err := sys.Ready(t.Context()); err != nil; err = sys.Ready(t.Context()) {
		select {
		case <-over.C:
			t.Fatalf("after 40 s the system is not ready: %v", err)
		case <-tick.C:
		}
	}
}
