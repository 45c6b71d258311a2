package bus

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

const (
	mendTries = 16           // how often inputs may come in between
	mendWait  = 3 * leaseTTL // how long an owner may keep the shard
	mender    = "/bonafide/streams"
)

// Mend makes a shard whole after a loss of power and returns what was damaged: the inputs reach as far as anything speaks of them, each
// that is lost as an InputLost; inputs that have the number of a lost one have another one; and the log is as long as what was drawn
// from it. Nobody else may own the shard meanwhile: it waits for the lease, so that resolvers do not come in between, and claims the log,
// so that none who still believes to own it can write. Inputs may come. A shard that is whole is left as it is, and one whose inputs were
// made anew is refused. When it fails or is killed, it can be done again.
func (b *Bus) Mend(ctx context.Context, shard int, holder string, at time.Time) (was Damage, err error) {
	if was, err = b.Damage(ctx, shard); err != nil || was.Whole() {
		return was, err
	}
	if was.Anew {
		return was, was.Err()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	late := time.AfterFunc(mendWait, cancel)
	defer late.Stop()
	owned := false
	err = b.Lease(ShardLease(shard), holder).Run(ctx, func(held context.Context) error {
		if owned = late.Stop(); !owned {
			return nil
		}
		return b.mend(held, shard, holder, at)
	})
	if err == nil && !owned {
		err = fault.New(fault.Transient, "bus.mend", fmt.Sprintf("shard %d has an owner: stop the resolvers", shard))
	}
	return was, classify("bus.mend", err)
}

// mend does it, under the lease.
func (b *Bus) mend(ctx context.Context, shard int, holder string, at time.Time) error {
	in, err := b.js.Stream(ctx, streamIn(shard))
	if err != nil {
		return err
	}
	l := newLog(b, shard)
	own := func() error {
		return l.win(ctx, claim{Owner: holder, Nonce: nuid.Next(), Inputs: in.CachedInfo().Created})
	}
	if err := own(); err != nil {
		return err
	}
	for range mendTries {
		d, err := b.damage(ctx, shard, true)
		switch {
		case err != nil:
		case d.Whole():
			return nil
		case d.Inputs < d.Told:
			err = b.putLost(ctx, d, at)
		case d.TakenFrom > 0:
			err = b.renumber(ctx, d)
		default:
			for err == nil && l.claimSeq < d.Copied {
				err = own()
			}
		}
		if err != nil && !moved(err) {
			return err
		}
	}
	return fault.New(fault.Transient, "bus.mend", "others write to it all the time")
}

// putLost puts what stands for the inputs that are gone, as long as nobody else puts any.
func (b *Bus) putLost(ctx context.Context, d Damage, at time.Time) error {
	for last := d.Inputs; last < d.Told; {
		msgs := make([]*nats.Msg, min(d.Told-last, batchMessages))
		for i := range msgs {
			seq := last + uint64(i) + 1
			h, data, err := events.Encode(events.Event{ID: fmt.Sprintf("lost.%d.%d", d.Shard, seq), Source: mender, Time: at,
				Data: events.InputLost{Shard: d.Shard, Input: seq}})
			if err != nil {
				return err
			}
			msgs[i] = &nats.Msg{Subject: events.InSubject(d.Shard), Header: nats.Header(h), Data: data}
		}
		msgs[0].Header[hExpectLast] = []string{strconv.FormatUint(last, 10)}
		var err error
		if last, err = sendBatch(ctx, b.own, msgs); err != nil {
			return err
		}
	}
	return nil
}

// renumber puts the inputs that have numbers of lost ones again, behind all others, and then removes them where they were.
func (b *Bus) renumber(ctx context.Context, d Damage) error {
	s, err := b.js.Stream(ctx, streamIn(d.Shard))
	if err != nil {
		return err
	}
	var done []uint64
	for seq := d.TakenFrom; seq <= d.TakenTo; seq++ {
		m, err := b.fromLeader(ctx, streamIn(d.Shard), messageQuery{Seq: seq})
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		if kind, _ := events.Gist(m.Header, m.Data); kind == events.TypeInputLost {
			continue
		}
		for name := range m.Header {
			if strings.HasPrefix(name, "Nats-") { // what the broker was told when it was put
				delete(m.Header, name)
			}
		}
		if _, err := sendBatch(ctx, b.own, []*nats.Msg{{Subject: m.Subject, Header: nats.Header(m.Header), Data: m.Data}}); err != nil {
			return err
		}
		done = append(done, seq)
	}
	for _, seq := range done {
		if err := s.DeleteMsg(ctx, seq); err != nil && !isCode(err, codeNoMessage) {
			return err
		}
	}
	return nil
}
