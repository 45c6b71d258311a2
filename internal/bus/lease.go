package bus

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Lease says who should do something. It is liveness only: for a moment two may hold it, so whoever does something
// that must be done once needs a fence besides.
type Lease struct {
	bus    *Bus
	name   string
	holder string
}

// How often a holder renews, and how long before the lease ends it stops believing in it.
const (
	leaseRenew  = leaseTTL / 4
	leaseMargin = leaseTTL / 4
)

// Lease returns the lease of a name, "shard.3" or "conn.persona", for a holder.
func (b *Bus) Lease(name, holder string) *Lease { return &Lease{b, name, holder} }

// ShardLease returns the name of the lease of a shard's owner.
func ShardLease(shard int) string { return "shard." + strconv.Itoa(shard) }

// Run waits for the lease, calls f, and lets go when f returns: the next in line is told at once. The context that f
// gets ends when the lease is lost or ctx ends. Run returns f's error, or nil if ctx ends before f was called. After a
// loss the caller may Run again.
func (l *Lease) Run(ctx context.Context, f func(held context.Context) error) error {
	var kv jetstream.KeyValue
	for kv == nil {
		var err error
		if kv, err = l.bus.js.KeyValue(ctx, bucketLeases); err != nil {
			if rest(ctx, 250*time.Millisecond); ctx.Err() != nil {
				return nil
			}
		}
	}
	rev, since, ok := l.acquire(ctx, kv)
	if !ok {
		return nil
	}
	held, cancel := context.WithCancel(ctx)
	renewed := make(chan uint64, 1)
	go func() { renewed <- l.renew(held, cancel, kv, rev, since) }()
	err := f(held)
	cancel()
	rev = <-renewed
	if rev > 0 {
		release, end := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		_ = kv.Delete(release, l.name, jetstream.LastRevision(rev))
		end()
	}
	return err
}

// How often who waits for a lease looks whether it has ended: seldom, and often when it should have ended by now. The
// broker drops what has expired a quarter of a second late, at most.
const (
	leaseLook = leaseTTL / 6
	leaseDue  = 50 * time.Millisecond
)

// acquire waits until the lease is ours. It looks when told of a release, when the lease ends that was last told of, and
// now and then, as what is told can be lost.
func (l *Lease) acquire(ctx context.Context, kv jetstream.KeyValue) (rev uint64, since time.Time, ok bool) {
	var told <-chan jetstream.KeyValueEntry
	if w, err := kv.Watch(ctx, l.name); err == nil {
		told = w.Updates()
		defer func() { _ = w.Stop() }()
	}
	var ends time.Time // of the lease that another holds; zero when nothing is known
	look := time.NewTimer(0)
	defer look.Stop()
	for ctx.Err() == nil {
		since = time.Now()
		if rev, err := kv.Create(ctx, l.name, []byte(l.holder)); err == nil {
			return rev, since, true
		}
		look.Reset(untilLook(ends, time.Now()))
	wait:
		for {
			select {
			case e, open := <-told:
				switch {
				case !open:
					told = nil
				case e == nil: // the end of what there was before
				case e.Operation() != jetstream.KeyValuePut:
					break wait
				default:
					ends = time.Now().Add(leaseTTL)
					look.Reset(untilLook(ends, time.Now()))
				}
			case <-look.C:
				break wait
			case <-ctx.Done():
				return 0, since, false
			}
		}
	}
	return 0, since, false
}

// untilLook returns how long to wait before the next look at a lease that ends at a moment, zero if that is not known.
func untilLook(ends, now time.Time) time.Duration {
	left := ends.Sub(now)
	switch {
	case ends.IsZero() || left < -leaseLook: // it has not ended when it should have: we have not been told
		return leaseLook
	case left <= 0:
		return leaseDue
	}
	return min(left, leaseLook)
}

// renew keeps the lease until held ends or it is lost, and then cancels. It returns the last revision, or 0 after a loss.
func (l *Lease) renew(held context.Context, cancel context.CancelFunc, kv jetstream.KeyValue, rev uint64, since time.Time) uint64 {
	defer cancel()
	tick := time.NewTicker(leaseRenew)
	defer tick.Stop()
	for {
		select {
		case <-held.Done():
			return rev
		case <-tick.C:
		}
		end := since.Add(leaseTTL - leaseMargin)
		asked := time.Now()
		try, done := context.WithDeadline(held, end)
		next, err := kv.Update(try, l.name, []byte(l.holder), rev)
		done()
		switch {
		case err == nil:
			rev, since = next, asked
		case held.Err() != nil:
			return rev
		case moved(err) || errors.Is(err, jetstream.ErrKeyExists) || !time.Now().Before(end):
			return 0
		}
	}
}
