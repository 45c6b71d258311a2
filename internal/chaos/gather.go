package chaos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// How long a World may take to come to rest.
const (
	decidePatience = 4 * time.Minute  // a task that a dead dispatcher held comes again after 30 s, and some calls are made again after 65 s
	sealPatience   = 90 * time.Second // a request that a dead ingest held comes again after a minute
	settlePatience = time.Minute      // a stream that draws from a log whose leader was lost looks again after 20 s
)

// errEnough ends a reading.
var errEnough = errors.New("enough")

// AwaitDecisions returns when every accepted reference is decided or has failed, or those that are not after patience.
func AwaitDecisions(parent context.Context, b *bus.Bus, accepted map[string]bool) (left map[string]bool, err error) {
	ctx, cancel := context.WithTimeout(parent, decidePatience)
	defer cancel()
	left = maps.Clone(accepted)
	if len(left) == 0 {
		return left, nil
	}
	err = b.ReadResults(ctx, 0, func(batch []bus.Read) error {
		for _, r := range batch {
			switch d := r.Event.Data.(type) {
			case events.VerificationDecided:
				delete(left, d.Reference)
			case events.VerificationFailed:
				delete(left, d.Reference)
			}
		}
		if len(left) == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) || parent.Err() == nil && ctx.Err() != nil {
		err = nil
	}
	return left, err
}

// Gather waits until everything that was accepted is decided or should be, tells the services to stop, so that nothing
// comes after, and returns what is there. After it nothing runs any more.
func (w *World) Gather(ctx context.Context, b *bus.Bus, h *History) (*Facts, error) {
	f := &Facts{Accepted: h.Accepted(), Unsure: h.doubts(), Traces: map[string][]string{}, Odd: h.odd, Answers: len(h.accepted) + h.refused + len(h.odd)}
	began := time.Now()
	if _, err := AwaitDecisions(ctx, b, f.Accepted); err != nil {
		return nil, err
	}
	f.Late = time.Since(began)
	_ = Await(ctx, "no request waits in clear", sealPatience, func() bool { // one that does is found in the files
		u, err := b.Usage(ctx)
		return err == nil && u.Waiting == 0
	})
	for _, name := range Services {
		m, err := w.Metrics(name)
		if err != nil {
			return nil, err
		}
		f.look("metrics of "+name, m)
	}
	w.stop(f, "ingest", "dispatcher-1", "dispatcher-2")
	if err := f.read(ctx, b); err != nil {
		return nil, err
	}
	if err := f.bills(w); err != nil {
		return nil, err
	}
	return f, w.searchAll(f)
}

// stop tells services to stop and notes those that do not as they should.
func (w *World) stop(f *Facts, names ...string) {
	errs := make(chan error, len(names))
	for _, name := range names {
		go func() { errs <- w.procs[name].Stop() }()
	}
	for range names {
		f.Stopped++
		if err := <-errs; err != nil {
			f.Unruly = append(f.Unruly, err.Error())
		}
	}
}

// look searches a text.
func (f *Facts) look(where string, b []byte) {
	f.Looked++
	if found := Traces(b); len(found) > 0 {
		f.Traces[where] = found
	}
}

// bills asks the vendors what they have charged.
func (f *Facts) bills(w *World) error {
	f.Ledgers = map[string]map[string]map[string]int{}
	for _, box := range w.Vendors.Running {
		b, err := get(box.URL + "/_sandbox/ledger")
		if err != nil {
			return err
		}
		var ledger struct {
			Creates map[string]map[string]int `json:"creates"`
		}
		if err := json.Unmarshal(b, &ledger); err != nil {
			return fmt.Errorf("%s: ledger: %w", box.Name, err)
		}
		f.Ledgers[box.Name] = ledger.Creates
	}
	return nil
}

// searchAll stops what still runs and looks into all files.
func (w *World) searchAll(f *Facts) error {
	w.stop(f, "resolver-1", "resolver-2")
	w.stop(f, w.Brokers()...)
	for _, where := range []string{"nats", "blobs", "index", ""} {
		found, files, err := w.search(where)
		if err != nil {
			return err
		}
		f.Looked += files
		maps.Copy(f.Traces, found)
	}
	return nil
}

// Log returns the last of what a process has said.
func (w *World) Log(name string, most int) []byte {
	return tail(filepath.Join(w.Dir, name+".log"), most)
}

// Fault switches a fault of a vendor on; "" switches all off.
func (w *World) Fault(vendor, fault string) error {
	for _, box := range w.Vendors.Running {
		if box.Name != vendor {
			continue
		}
		method := http.MethodPost
		if fault == "" {
			method = http.MethodDelete
		}
		return send(method, box.URL+"/_sandbox/faults", fault)
	}
	return fmt.Errorf("no vendor %q", vendor)
}
