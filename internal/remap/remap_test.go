package remap_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/backtest"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/internal/dispatch"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/remap"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/fake"
	"github.com/bonafide-id/bonafide/subject"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

// acme says whatever the flow's params say. The first mapping takes a strange document for flagged, the second for false.
func acme(version int) providers.Definition {
	spec := fake.Spec()
	spec.Name, spec.Title, spec.Mapping = "acme", "Acme", fmt.Sprint("acme/", version)
	read := func(r providers.Reply) (providers.Outcome, error) {
		var said struct{ Document string }
		if err := json.Unmarshal(r.Exchanges[0].Body, &said, json.MatchCaseInsensitiveNames(true)); err != nil {
			return providers.Outcome{}, err
		}
		result := map[string]string{"good": "true", "strange": "flagged", "long": "flagged"}[said.Document]
		if version > 1 && result == "flagged" {
			result = "false"
		}
		return providers.Outcome{Status: "completed", ObservedAt: r.At, Findings: []providers.Finding{{Component: "document", Result: result, Confidence: 98},
			{Component: "name", Result: "true", Confidence: 98}},
			Extracted: &subject.Person{Name: &subject.PersonName{FirstName: "Ana", LastName: "Reyes"}}}, nil
	}
	return providers.Define(spec, read, func(struct{}, *http.Client) (providers.Provider, error) { return vendor{}, nil })
}

type vendor struct{}

func (vendor) Send(_ context.Context, r providers.Request) (providers.Reply, error) {
	body := []byte(r.Params)
	if bytes.Contains(body, []byte("long")) { // what is large lies in the blob store
		body = append(body, bytes.Repeat([]byte{' '}, 10<<10)...)
	}
	return providers.Reply{Ref: []byte(`{"id":"a1"}`), At: time.Now(), Exchanges: []providers.Exchange{{Op: "send", Status: http.StatusOK, Body: body}}}, nil
}

func (v vendor) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.Send(ctx, r)
}

// system is a whole Bonafide with acme as its vendor.
type system struct {
	*single.System
	t   *testing.T
	dir string
	bus *bus.Bus
}

// source is the flow of which acme says that the document is so.
func source(document string) []byte {
	return fmt.Appendf(nil, `flow: %[1]s
subject: person
deadline: 15m
checks:
  identity: {components: [document, name], providers: [acme], params: {acme: {document: %[1]s}}}
decide:
  require: [document, name]
`, document)
}

func start(t *testing.T) *system {
	t.Helper()
	vendors := catalog.Catalog{acme(1)}
	s := &system{t: t, dir: t.TempDir()}
	var err error
	s.System, err = single.Start(t.Context(), single.Config{Dir: s.dir, HTTPAddr: "127.0.0.1:0", InProcess: true, Catalog: vendors,
		Lookuper: envconfig.MapLookuper(nil), Log: slog.New(slog.DiscardHandler), Flows: func(set *flow.Set) error {
			for _, document := range []string{"good", "strange", "long"} {
				if err := set.Add(document+".yaml", source(document), vendors); err != nil {
					return err
				}
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	if s.bus, err = bus.Connect(t.Context(), s.Broker(), "test"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		_ = s.bus.Close(context.Background())
		stop()
		if err := <-done; err != nil {
			t.Errorf("the system ended with %v", err)
		}
	})
	s.await("the system is ready", func() bool { return s.Ready(t.Context()) == nil })
	return s
}

func (s *system) call(method, path string, body []byte, want int, into any) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.URL()+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.UnmarshalRead(res.Body, into); res.StatusCode != want || err != nil {
		s.t.Fatalf("%s %s: status %d, %v; want %d", method, path, res.StatusCode, err, want)
	}
}

func (s *system) view(id string) (v events.View) {
	s.t.Helper()
	s.call(http.MethodGet, "/v1/verifications/"+id, nil, http.StatusOK, &v)
	return v
}

// ask has a person verified and returns the id once it is decided.
func (s *system) ask(flow, firstName string) string {
	s.t.Helper()
	body, err := json.Marshal(events.VerificationRequested{Flow: flow, Subject: subject.Subject{Type: "person",
		Person: &subject.Person{Name: &subject.PersonName{FirstName: firstName, LastName: "Reyes"}}}})
	if err != nil {
		s.t.Fatal(err)
	}
	var got struct {
		ID string `json:"id"`
	}
	s.call(http.MethodPost, "/v1/verifications", body, http.StatusAccepted, &got)
	s.await(flow+" is decided", func() bool { return s.view(got.ID).Decision != nil })
	return got.ID
}

func (s *system) await(what string, holds func() bool) {
	s.t.Helper()
	over := time.NewTimer(30 * time.Second)
	defer over.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-over.C:
			s.t.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}

// find reads again with a version of the mapping.
func (s *system) find(version int) remap.Report {
	s.t.Helper()
	private, err := seal.ReadPrivate(filepath.Join(s.dir, "keyset.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	blobs, err := blob.Open(s.t.Context(), "file://"+filepath.ToSlash(filepath.Join(s.dir, "blobs")))
	if err != nil {
		s.t.Fatal(err)
	}
	defer blobs.Close()
	rec := s.recording()
	r, err := remap.Find(s.t.Context(), rec, s.bus, dispatch.NewRereader(s.bus, seal.NewOpener(private, s.bus), blobs, acme(version), rec.Shards()))
	if err != nil {
		s.t.Fatalf("find with acme/%d: %v", version, err)
	}
	return r
}

func (s *system) recording() replay.Recording {
	s.t.Helper()
	rec, err := replay.Live(s.t.Context(), s.bus)
	if err != nil {
		s.t.Fatal(err)
	}
	return rec
}

// inputs returns how many inputs there are.
func (s *system) inputs() (n int) {
	s.t.Helper()
	shards, err := s.bus.Shards(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for shard := range shards {
		e, err := s.bus.Ends(s.t.Context(), shard)
		if err != nil {
			s.t.Fatal(err)
		}
		n += int(e.Inputs)
	}
	return n
}

// With a changed mapping exactly the decisions that it changes are superseded, once, and say so. A look beforehand publishes
// nothing, and a replay gives all of it again.
func TestExactlyWhatAChangedMappingAffectsIsSuperseded(t *testing.T) {
	s := start(t)
	affected := []string{s.ask("strange", "Ana"), s.ask("long", "Ana")}
	others := []string{s.ask("good", "Ana"), s.ask("good", "Zygmunt")} // the vendor has read the name Ana, before as after
	gone := s.ask("strange", "Eva")
	var erased map[string]any
	s.call(http.MethodDelete, "/v1/verifications/"+gone+"/subject", nil, http.StatusAccepted, &erased)
	s.await("the person is erased", func() bool { return s.view(gone).Status == "erased" })

	if r := s.find(1); r.Read != 4 || len(r.Changes) != 0 || len(r.Superseded) != 0 || r.Erased != 1 || r.NoEvidence != 0 {
		t.Errorf("the same mapping: got %+v, want 4 answers read, 1 erased and nothing else", r)
	}
	whole := s.find(2)
	defer remap.Hold(3)() // in several turns from here on
	before := s.inputs()
	r := s.find(2)
	if x, y := fmt.Sprint(whole.Changes, whole.Superseded, whole.Read), fmt.Sprint(r.Changes, r.Superseded, r.Read); x != y {
		t.Errorf("in several turns it finds %s, at once %s", y, x)
	}
	if r.Verifications != 5 || r.Read != 4 || len(r.Changes) != 2 || len(r.Superseded) != 2 || r.Erased != 1 || r.Applied != 0 {
		t.Fatalf("another mapping: got %+v, want 4 answers of 5 read, 2 changes, 2 superseded, 1 erased", r)
	}
	for _, x := range r.Superseded {
		if x.Revision != 2 || x.After != "false (98)" || x.Cause != "mapping acme/2 of identity" {
			t.Errorf("superseded: got %+v, want revision 2, false, with the mapping as cause", x)
		}
	}
	if c := r.Changes[0]; c.Component != "document" || c.Before != "flagged (98)" || c.After != "false (98)" {
		t.Errorf("changes: got %+v, want the document from flagged to false", c)
	}
	if after := s.inputs(); after != before {
		t.Errorf("a look published %d inputs, want none", after-before)
	}
	if err := r.Apply(t.Context(), s.bus, time.Now()); err != nil || r.Applied != 2 {
		t.Fatalf("apply: got %d, %v; want 2", r.Applied, err)
	}
	for _, id := range affected {
		s.await("it is superseded", func() bool { return s.view(id).Decision.Revision > 1 })
		if d := s.view(id).Decision; d.Revision != 2 || d.Result != "false" || d.Cause != "mapping acme/2 of identity" {
			t.Errorf("affected: got revision %d %s because of %q, want 2 false because of the mapping", d.Revision, d.Result, d.Cause)
		}
	}
	put := s.inputs()
	again := s.find(2)
	if err := again.Apply(t.Context(), s.bus, time.Now()); err != nil || again.Read != 4 || len(again.Changes) != 0 || again.Applied != 0 || s.inputs() != put {
		t.Errorf("the second time: got %+v, %v and %d new inputs; want 4 answers read and nothing changed", again, err, s.inputs()-put)
	}
	for _, id := range append(affected, others...) {
		if d := s.view(id).Decision; strings.HasPrefix(d.Cause, "mapping") != (d.Revision == 2) || d.Revision > 2 {
			t.Errorf("%s: got revision %d because of %q", id, d.Revision, d.Cause)
		}
	}
	for _, id := range others {
		if d := s.view(id).Decision; d.Revision != 1 {
			t.Errorf("not affected: got revision %d because of %q, want the first", d.Revision, d.Cause)
		}
	}
	if d := s.view(others[1]).Decision; d.Result == "true" {
		t.Errorf("another name than the document's: got %s, want anything else: else this test does not show that names are compared again", d.Result)
	}
	if back := s.find(1); len(back.Superseded) != 2 || back.Superseded[0].Cause != "mapping acme/1 of identity" || back.Superseded[0].Revision != 3 {
		t.Errorf("back to the first mapping: got %+v, want two decisions superseded by revision 3", back.Superseded)
	}
	f, err := flow.Compile("strange.yaml", source("strange"), catalog.Catalog{acme(1)})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := backtest.Run(t.Context(), s.recording(), "strange", f); err != nil || b.Flips != 0 || b.Undetermined != 0 {
		t.Errorf("backtest of the same flow: got %+v, %v; want no flip", b, err)
	}
	if played, err := replay.Run(t.Context(), s.recording()); err != nil || !played.Same || played.Pending != 0 {
		t.Errorf("replay: got %+v, %v; want the same bytes", played, err)
	}
}
