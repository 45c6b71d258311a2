package bus_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func BenchmarkPutAsync(b *testing.B) {
	for _, mode := range []struct {
		name string
		cfg  bus.EmbedConfig
	}{{"loopback", bus.EmbedConfig{}}, {"inprocess", bus.EmbedConfig{InProcess: true}}, {"sync", bus.EmbedConfig{SyncAlways: true}}} {
		b.Run(mode.name, func(b *testing.B) {
			conn := bustest.Connect(b, bustest.Start(b, mode.cfg).Config(), small)
			id := idOn(0, 2, 0)
			ctx := context.Background()
			var wait sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				wait.Add(1)
				if err := conn.PutAsync(ctx, timer(id, i), func(_ bus.Position, err error) {
					if err != nil {
						b.Error(err)
					}
					wait.Done()
				}); err != nil {
					b.Fatal(err)
				}
			}
			wait.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

// BenchmarkReadInBulk says what a message costs, at the broker and here together, when a stream is read from its beginning.
func BenchmarkReadInBulk(b *testing.B) {
	const n = 200_000
	for _, mode := range []struct {
		name string
		cfg  bus.EmbedConfig
	}{{"loopback", bus.EmbedConfig{}}, {"inprocess", bus.EmbedConfig{InProcess: true}}} {
		b.Run(mode.name, func(b *testing.B) {
			conn := bustest.Connect(b, bustest.Start(b, mode.cfg).Config(), small)
			ctx := context.Background()
			id := idOn(0, 2, 0)
			e := events.Event{ID: "1", Source: "/bonafide/dispatcher", Subject: id, Time: time.Unix(1, 0).UTC(), Compact: true, Data: events.CheckAnswered{
				ID: id, Tenant: "acme", Check: "identity", Provider: "acme",
				Evidence: &events.Evidence{Sealed: &events.Sealed{Key: 1, Box: make([]byte, 384)}},
			}}
			var wait sync.WaitGroup
			for range n {
				wait.Add(1)
				if err := conn.PutAsync(ctx, e, func(_ bus.Position, err error) {
					if err != nil {
						b.Error(err)
					}
					wait.Done()
				}); err != nil {
					b.Fatal(err)
				}
			}
			wait.Wait()
			began := spent(b)
			b.ReportAllocs()
			for b.Loop() {
				left := n
				if err := conn.ScanInputs(ctx, 0, 1, func(batch []bus.Raw) error {
					if left -= len(batch); left <= 0 {
						return errEnough
					}
					return nil
				}); !errors.Is(err, errEnough) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spent(b)-began)/float64(n*b.N)/1000, "cpu-µs/message")
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// spent is the processor time of this process so far, in nanoseconds.
func spent(b *testing.B) int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}

// BenchmarkTasks measures a task's way: appended to the log, sourced, handed out, answered by a put, settled.
func BenchmarkTasks(b *testing.B) {
	conn := bustest.Connect(b, bustest.Run(b).Config(), small)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	feed, err := conn.Tasks(ctx, "fake")
	if err != nil {
		b.Fatal(err)
	}
	log, err := conn.Claim(ctx, 0, "a")
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for in := range uint64(b.N) {
			r := task("vrf")
			r.Subject, r.InSeq = events.LogTaskSubject(0, "fake"), in+1
			if log.Append(ctx, []bus.Record{r}) != nil {
				return
			}
		}
	}()
	id := idOn(0, 2, 0)
	var n atomic.Int64
	if err := feed.Each(ctx, 256, func(ctx context.Context, d *bus.Delivery) {
		_, err := conn.Put(ctx, timer(id, int(d.Seq)))
		if err := d.Settle(ctx, err); err != nil {
			b.Error(err)
		}
		if n.Add(1) == int64(b.N) {
			b.StopTimer()
			cancel()
		}
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
