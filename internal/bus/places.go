package bus

import (
	"context"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Logged returns one record of a shard's log. A record that is not there is fault.Invalid.
func (b *Bus) Logged(ctx context.Context, shard int, seq uint64) (Read, error) {
	m, err := b.fromLeader(ctx, streamLog(shard), messageQuery{Seq: seq})
	if err != nil {
		return Read{}, classify("bus.logged", err)
	}
	if m == nil {
		return Read{}, fault.New(fault.Invalid, "bus.logged", "no such record")
	}
	r := Read{Subject: m.Subject, Seq: seq, At: m.Time}
	r.Event, r.Err = decode(m.Header, m.Data)
	return r, nil
}

// Ends are the last sequences of a shard's streams. Streams that were made anew are born at another time.
type Ends struct {
	Inputs uint64
	Log    uint64
	Record uint64 // of the log's last record: behind it there may be claims
	Born   time.Time
}

// Ends returns where a shard's streams end now, from their leaders.
func (b *Bus) Ends(ctx context.Context, shard int) (Ends, error) {
	in, err := b.js.Stream(ctx, streamIn(shard))
	if err != nil {
		return Ends{}, classify("bus.ends", err)
	}
	log, err := b.js.Stream(ctx, streamLog(shard))
	if err != nil {
		return Ends{}, classify("bus.ends", err)
	}
	e := Ends{Inputs: in.CachedInfo().State.LastSeq, Log: log.CachedInfo().State.LastSeq, Born: in.CachedInfo().Created}
	last, ok, err := b.LogTail(ctx, shard)
	if ok {
		e.Record = last.Seq
	}
	return e, err
}
