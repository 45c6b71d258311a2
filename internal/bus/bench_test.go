package bus_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

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

func BenchmarkReadInputs(b *testing.B) {
	conn := bustest.Connect(b, bustest.Run(b).Config(), small)
	ctx := context.Background()
	id := idOn(0, 2, 0)
	var wait sync.WaitGroup
	for i := range b.N {
		wait.Add(1)
		if err := conn.PutAsync(ctx, timer(id, i), func(bus.Position, error) { wait.Done() }); err != nil {
			b.Fatal(err)
		}
	}
	wait.Wait()
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	_ = conn.ReadInputs(ctx, 0, 1, func(batch []bus.Read) error {
		if n += len(batch); n >= b.N {
			return errEnough
		}
		return nil
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "inputs/s")
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
