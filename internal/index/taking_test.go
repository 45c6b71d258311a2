package index

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// BenchmarkTakingIn says what a made index costs without the broker that it is read from: two shards, four events of each
// verification, batches as a reader gives them.
func BenchmarkTakingIn(b *testing.B) {
	const verifications, shards, batch = 40_000, 2, 512
	inputs, records := make([][]bus.Raw, shards), make([][]bus.Record, shards)
	about := func(id string, p events.Payload) (events.Header, []byte) {
		h, data, err := events.Encode(events.Event{ID: id, Source: "/test", Subject: id, Time: time.Unix(1, 0).UTC(), Data: p})
		if err != nil {
			b.Fatal(err)
		}
		return h, data
	}
	random := rand.New(rand.NewPCG(1, 2))
	var answers []string
	answer := func(n int) {
		id := answers[n]
		s := events.ShardOf(id, shards)
		h, data := about(id, events.CheckAnswered{ID: id, Tenant: "acme", Check: "identity", Provider: "acme", Attempt: 1, Status: events.AnswerCompleted})
		in := uint64(len(inputs[s]) + 1)
		inputs[s] = append(inputs[s], bus.Raw{Header: h, Data: data, Seq: in, At: time.Unix(2, 0)})
		h, data = about(id, events.VerificationDecided{View: events.View{ID: id, Tenant: "acme", Flow: "person-test", FlowDigest: "sha256:ab", Reference: fmt.Sprint("customer-", n),
			Status: "completed", CreatedAt: time.Unix(1, 0).UTC(), UpdatedAt: time.Unix(2, 0).UTC(),
			Decision: &events.Decision{Revision: 1, Final: true, Result: []string{"true", "false"}[n%2], Confidence: 99, Reasoning: "So it is.", Reasons: []string{"x"}, DecidedAt: time.Unix(2, 0).UTC()}}})
		records[s] = append(records[s], bus.Record{Header: h, Data: data, Seq: uint64(len(records[s]) + 1), InSeq: in})
	}
	for n := range verifications {
		var identity [10]byte
		for i := range identity {
			identity[i] = byte(random.Uint32())
		}
		id := events.NewID(time.Unix(1, int64(n)*1e6), identity)
		s := events.ShardOf(id, shards)
		h, data := about(id, events.VerificationOpened{ID: id, Tenant: "acme", Flow: "person-test", FlowDigest: "sha256:ab", Reference: fmt.Sprint("customer-", n), SubjectType: "person",
			Sealed: events.Sealed{Key: 1, Box: make([]byte, 300)}})
		in := uint64(len(inputs[s]) + 1)
		inputs[s] = append(inputs[s], bus.Raw{Header: h, Data: data, Seq: in, At: time.Unix(1, 0)})
		h, data = about(id, events.CheckRequested{ID: id, Tenant: "acme", Flow: "person-test", Provider: "acme", SubjectType: "person", Opened: in})
		records[s] = append(records[s], bus.Record{Header: h, Data: data, Seq: uint64(len(records[s]) + 1), InSeq: in})
		if answers = append(answers, id); n >= 500 {
			answer(n - 500)
		}
	}
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	total := 0
	b.ReportAllocs()
	for b.Loop() {
		ix, err := Open(b.TempDir(), shards, nil)
		if err != nil {
			b.Fatal(err)
		}
		for n, s := range ix.shards {
			s.goal, s.begun = position{in: uint64(len(inputs[n])), log: uint64(len(records[n]))}, true
			s.begin()
			for at := 0; at < max(len(inputs[n]), len(records[n])); at += batch {
				if at < len(inputs[n]) {
					if err := s.inputs(inputs[n][at:min(at+batch, len(inputs[n]))]); err != nil {
						b.Fatal(err)
					}
				}
				if at < len(records[n]) {
					if err := s.records(records[n][at:min(at+batch, len(records[n]))]); err != nil {
						b.Fatal(err)
					}
				}
			}
			total += len(inputs[n]) + len(records[n])
		}
		if err := ix.Close(); err != nil {
			b.Fatal(err)
		}
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(total)/1000, "cpu-µs/event")
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
}
