package load

import (
	"context"
	"fmt"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// Reference is what a bare loop of the same job does on the same machine.
type Reference struct {
	DecisionsPerSecond float64
	CPUSecondsPer1000  float64
}

// Refer runs the bare loop on an empty broker: warm, then measured for d.
func Refer(ctx context.Context, broker bus.Config, checks, inFlight, payload int, warm, d time.Duration) (Reference, error) {
	var r Reference
	loop := &bus.Bare{Checks: checks, InFlight: inFlight, Payload: payload}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx, broker) }()
	wait := func(d time.Duration) error {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case err := <-ended:
			return fmt.Errorf("the reference loop has ended: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			return nil
		}
	}
	if err := wait(warm); err != nil {
		return r, err
	}
	cpu, count, begun := cpuSeconds(), loop.Decided(), time.Now()
	if err := wait(d); err != nil {
		return r, err
	}
	n := float64(loop.Decided() - count)
	r.DecisionsPerSecond = n / time.Since(begun).Seconds()
	if n > 0 {
		r.CPUSecondsPer1000 = (cpuSeconds() - cpu) / n * 1000
	}
	cancel()
	return r, <-ended
}
