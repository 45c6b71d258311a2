package bus

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// claim is what an owner writes to say that it owns the shard.
type claim struct {
	Epoch  uint64    `json:"epoch"`
	Owner  string    `json:"owner"`
	Nonce  string    `json:"nonce"`  // tells this claim from any other
	Inputs time.Time `json:"inputs"` // when the input stream was created; a log only fits its own inputs
}

// Claim makes the caller the only one who can write the shard's log, from the moment it returns. Whoever owned it gets
// ErrFenced with its next write. It fails with class Invalid, and nobody may go on, when the shard is damaged: see Damage. Close the
// Log.
func (b *Bus) Claim(ctx context.Context, shard int, owner string) (*Log, error) {
	if err := b.Fits(ctx, shard); err != nil {
		return nil, err
	}
	in, err := b.js.Stream(ctx, streamIn(shard))
	if err != nil {
		return nil, classify("bus.claim", err)
	}
	log, err := b.js.Stream(ctx, streamLog(shard))
	if err != nil {
		return nil, classify("bus.claim", err)
	}
	l := newLog(b, shard)
	l.grouped = log.CachedInfo().Config.Replicas > 1
	l.synced = b.cfg.SyncAlways && !l.grouped
	mine := claim{Owner: owner, Nonce: nuid.Next(), Inputs: in.CachedInfo().Created}
	if err := l.win(ctx, mine); err != nil {
		return nil, err
	}
	last, err := l.lastRecord(ctx)
	if err != nil {
		return nil, classify("bus.claim", err)
	}
	l.base = l.claimSeq
	if last != nil {
		l.tail = tail{last.InSeq, last.Ord, true}
		l.passed = last.InSeq
		l.base = max(l.base, last.Seq)
	}
	if !b.spawn(l.run) {
		return nil, fault.New(fault.Stopping, "bus.claim", "the bus is closed")
	}
	return l, nil
}

// win writes the claim by compare-and-swap on the claim's own subject: that wins against a writer who moves the log's
// tail all the time.
func (l *Log) win(ctx context.Context, mine claim) error {
	for {
		prev, seq, err := l.lastClaim(ctx)
		if err != nil {
			return classify("bus.claim", err)
		}
		switch {
		case seq > 0 && prev.Nonce == mine.Nonce: // written, though the answer was lost
			l.epoch, l.claimSeq = prev.Epoch, seq
			return nil
		case seq > 0 && !prev.Inputs.Equal(mine.Inputs):
			return fault.New(fault.Invalid, "bus.claim",
				fmt.Sprintf("shard %d: its log was made from another input stream, and no command mends that", l.shard))
		}
		mine.Epoch = prev.Epoch + 1
		body, err := json.Marshal(mine)
		if err != nil {
			return fault.Wrap(fault.Invalid, "bus.claim", err)
		}
		try, cancel := context.WithTimeout(ctx, requestTimeout)
		answer, err := l.bus.own.RequestMsgWithContext(try, &nats.Msg{
			Subject: l.claimSubject,
			Header:  nats.Header{hExpectLastSubject: {strconv.FormatUint(seq, 10)}},
			Data:    body,
		})
		cancel()
		if err == nil {
			seq, err = readAck(answer)
		}
		if err == nil {
			l.epoch, l.claimSeq = mine.Epoch, seq
			return nil
		}
		err = classify("bus.claim", err)
		if fault.ClassOf(err) != fault.Transient || ctx.Err() != nil {
			return err
		}
		if rest(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return err
		}
	}
}

// lastClaim returns the last claim and its sequence, or 0, from the leader.
func (l *Log) lastClaim(ctx context.Context) (claim, uint64, error) {
	m, err := l.bus.fromLeader(ctx, l.stream, messageQuery{LastBySubject: l.claimSubject})
	if err != nil || m == nil {
		return claim{}, 0, err
	}
	var c claim
	if err := json.Unmarshal(m.Data, &c); err != nil {
		return claim{}, 0, fault.Wrap(fault.Malformed, "bus.claim", err)
	}
	return c, m.Seq, nil
}

// lastMessage returns what lies last in the log and is no claim, from the leader, or nil.
func (l *Log) lastMessage(ctx context.Context) (last *message, err error) {
	for _, kind := range []string{"task.*", "result.>", "moved", "kin"} {
		m, err := l.bus.fromLeader(ctx, l.stream, messageQuery{LastBySubject: l.prefix + kind})
		if err != nil {
			return nil, err
		}
		if m != nil && (last == nil || m.Seq > last.Seq) {
			last = m
		}
	}
	return last, nil
}

// lastRecord returns the last record of the log that is no claim, from the leader, or nil.
func (l *Log) lastRecord(ctx context.Context) (*Record, error) {
	last, err := l.lastMessage(ctx)
	if err != nil || last == nil {
		return nil, err
	}
	r := &Record{Subject: last.Subject, Header: last.Header, Data: last.Data, Seq: last.Seq}
	if r.Epoch, r.InSeq, r.Ord, err = parseAt(events.Header(last.Header)); err != nil {
		return nil, fault.Wrap(fault.Malformed, "bus.log", err)
	}
	return r, nil
}
