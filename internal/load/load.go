// Package load drives the whole system as an upstream service would, reads the decisions as a downstream service
// would, and reports what it saw. It verifies its own run: what was accepted must be decided, once, in order.
package load

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/subject"
)

// Config says what to drive. What sends must not use Reader: it is an independent consumer.
type Config struct {
	Send     Sender
	Reader   *bus.Bus
	Flow     string
	Want     string        // result of every decision; "": whatever the vendors say
	Duration time.Duration // measured, after Warm
	Warm     time.Duration
	Rate     float64 // per second; 0 is a closed loop
	InFlight int     // bound of the closed loop
	Payload  int     // bytes of padding in each request's metadata
	// Documents returns what the n-th subject hands in; nil: nobody hands in anything.
	Documents func(n int) []events.DocumentUpload
	Settle    time.Duration // how long to wait for the last decisions; 0: 30 s
	Report    Report        // what is known beforehand
}

// errStopped ends the reader.
var errStopped = errors.New("load: stopped")

// Run drives the system and returns the report. An error says that there was no run to report on; a run that does not
// verify has a report with Verified false.
func Run(ctx context.Context, c Config) (Report, error) {
	if c.Settle == 0 {
		c.Settle = 30 * time.Second
	}
	before, err := c.Reader.Usage(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("usage: %w", err)
	}
	r := &run{Config: c, prefix: "load-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-", hist: latencies(), slots: make(chan struct{}, max(c.InFlight, 1)), idle: make(chan struct{}, 1)}
	reading, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	var readErr error
	wg.Go(func() { readErr = c.Reader.ScanResults(reading, before.LastResult, r.read) })
	var cpu float64
	err = r.drive(ctx, &cpu)
	if err == nil {
		r.settle(ctx)
	}
	stop(errStopped)
	wg.Wait()
	if err != nil {
		return Report{}, err
	}
	if readErr != nil && reading.Err() == nil {
		return Report{}, fmt.Errorf("read results: %w", readErr)
	}
	after, err := c.Reader.Usage(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("usage: %w", err)
	}
	return r.report(before, after, cpu), nil
}

// run is one run. A request's number is its place in sent; its reference says the number.
type run struct {
	Config
	prefix string
	slots  chan struct{} // the closed loop's bound
	idle   chan struct{} // told when the last accepted one is decided

	accepted, refused atomic.Int64

	mu        sync.Mutex
	sent      []time.Time // when it was due (open loop) or sent (closed loop)
	revisions []uint16    // the last revision seen
	decided   int
	measured  int
	first     time.Time // measured decisions, first and last
	last      time.Time
	from, to  time.Time // what is measured
	hist      *hdrhistogram.Histogram
	twice     int
	order     int
	wrong     int
	checks    int
	rejected  int
	rejection string // the first
	refusal   error  // the first
}

// drive sends until the time is up and waits for what becomes of it. Cpu is set to the processor seconds
// from the start of the measurement to the end of sending.
func (r *run) drive(ctx context.Context, cpu *float64) error {
	start := time.Now()
	r.mu.Lock()
	r.from, r.to = start.Add(r.Warm), start.Add(r.Warm+r.Duration)
	r.mu.Unlock()
	warm := time.AfterFunc(r.Warm, func() { r.mu.Lock(); *cpu = -cpuSeconds(); r.mu.Unlock() })
	defer warm.Stop()
	var acks sync.WaitGroup
	pace := time.NewTimer(0)
	defer pace.Stop()
	for n := 0; ; n++ {
		var due time.Time
		if r.Rate > 0 {
			due = start.Add(time.Duration(float64(n) / r.Rate * float64(time.Second)))
			if d := time.Until(due); d > time.Millisecond {
				pace.Reset(d)
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-pace.C:
				}
			}
		} else {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case r.slots <- struct{}{}:
			}
			due = time.Now()
		}
		if due.After(r.to) {
			break
		}
		r.mu.Lock()
		r.sent = append(r.sent, due)
		r.revisions = append(r.revisions, 0)
		r.mu.Unlock()
		acks.Add(1)
		err := r.Send(ctx, r.request(n, due), func(err error) {
			if err == nil {
				r.accepted.Add(1)
			} else if r.refused.Add(1) == 1 {
				r.mu.Lock()
				r.refusal = err
				r.mu.Unlock()
			}
			acks.Done()
		})
		if err != nil {
			acks.Done()
			return fmt.Errorf("request %d: %w", n, err)
		}
	}
	acks.Wait()
	r.mu.Lock()
	*cpu += cpuSeconds()
	r.mu.Unlock()
	if n := r.refused.Load(); n > 0 {
		return fmt.Errorf("%d of %d requests were refused, the first: %w", n, n+r.accepted.Load(), r.refusal)
	}
	return nil
}

// request is the n-th request: a person who does not exist.
func (r *run) request(n int, at time.Time) events.Event {
	ref := r.prefix + strconv.Itoa(n)
	var documents []events.DocumentUpload
	if r.Documents != nil {
		documents = r.Documents(n)
	}
	return events.Event{ID: ref, Source: "/bonafide/load", Time: at, Data: events.VerificationRequested{
		Flow: r.Flow, Reference: ref,
		Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name:    &subject.PersonName{FirstName: "Ana", LastName: "Reyes"},
			Info:    &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
			Contact: &subject.Contact{Email: "ana@example.test"},
		}},
		Documents: documents,
		Metadata:  map[string]string{"padding": strings.Repeat("x", r.Payload)},
	}}
}

// read takes results as they come. It reads of each what it verifies, and one of them whole.
func (r *run) read(batch []bus.Raw) error {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range batch {
		switch kind, _ := events.Gist(b.Header, b.Data); kind {
		case events.TypeDecided:
		case events.TypeRejected:
			r.reject(b)
			continue
		default:
			continue
		}
		o, ok := events.OutlineOf(b.Data)
		num, mine := strings.CutPrefix(o.Reference, r.prefix)
		n, err := strconv.Atoi(num)
		if !ok || !mine || err != nil || n >= len(r.sent) || o.Revision == 0 {
			continue
		}
		if r.checks == 0 {
			if e, err := events.Decode(b.Header, b.Data); err == nil {
				r.checks = len(e.Data.(events.VerificationDecided).Checks)
			}
		}
		r.decision(n, o, now)
	}
	return nil
}

// reject takes a request that can never start.
func (r *run) reject(b bus.Raw) {
	e, err := events.Decode(b.Header, b.Data)
	if err != nil {
		return
	}
	rejected, ok := e.Data.(events.VerificationRejected)
	if !ok || !strings.HasPrefix(rejected.EventID, r.prefix) {
		return
	}
	if r.rejected++; r.rejected == 1 {
		r.rejection = strings.TrimSpace(rejected.Problem.Title + " " + rejected.Problem.Detail)
		for _, f := range rejected.Problem.Errors {
			r.rejection += " " + f.Pointer + ": " + f.Detail
		}
	}
	r.ended()
}

// ended notes that one more request has come to its end.
func (r *run) ended() {
	if r.Rate == 0 {
		<-r.slots
	}
	if r.decided+r.rejected == len(r.sent) {
		select {
		case r.idle <- struct{}{}:
		default:
		}
	}
}

func (r *run) decision(n int, o events.Outline, now time.Time) {
	switch rev := uint16(o.Revision); {
	case rev <= r.revisions[n]:
		r.twice++
		return
	case rev != r.revisions[n]+1:
		r.order++
		fallthrough
	default:
		first := r.revisions[n] == 0
		r.revisions[n] = rev
		if r.Want != "" && o.Result != r.Want {
			r.wrong++
		}
		if !first {
			return
		}
	}
	r.decided++
	if now.After(r.from) && !now.After(r.to) {
		if r.measured == 0 {
			r.first = now
		}
		r.measured, r.last = r.measured+1, now
		_ = r.hist.RecordValue(max(now.Sub(r.sent[n]).Microseconds(), 1))
	}
	r.ended()
}

// settle waits until all that was accepted is decided or rejected, or patience ends.
func (r *run) settle(ctx context.Context) {
	patience := time.NewTimer(r.Settle)
	defer patience.Stop()
	for {
		r.mu.Lock()
		done := r.decided+r.rejected >= int(r.accepted.Load())
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-patience.C:
			return
		case <-r.idle:
		}
	}
}

func (r *run) report(before, after bus.Usage, cpu float64) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.Report
	out.Rate, out.InFlight, out.Seconds = r.Rate, r.InFlight, r.Duration.Seconds()
	out.Accepted, out.Decided = int(r.accepted.Load()), r.decided
	out.Duplicates, out.Lost, out.Misordered, out.Wrong = r.twice, out.Accepted-r.decided-r.rejected, r.order, r.wrong
	out.Rejected, out.Rejection = r.rejected, r.rejection
	out.Verified = out.Accepted > 0 && out.Lost == 0 && out.Duplicates == 0 && out.Misordered == 0 && out.Wrong == 0 && out.Rejected == 0
	out.PeakRSSMiB, out.Checks = peakMiB(), r.checks
	out.Replicas, out.Shards = after.Replicas, after.Shards
	if r.measured > 0 {
		out.DecisionsPerSecond = float64(r.measured) / r.Duration.Seconds()
		out.P50, out.P99, out.P999 = ms(r.hist, 50), ms(r.hist, 99), ms(r.hist, 99.9)
		out.CPUSecondsPer1000 = cpu / float64(r.measured) * 1000
	}
	if r.decided > 0 {
		out.MessagesPerDecision = float64(after.Messages-before.Messages) / float64(r.decided)
		out.BytesPerDecision = float64(int64(after.Bytes)-int64(before.Bytes)) / float64(r.decided)
	}
	return out
}
