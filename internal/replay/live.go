package replay

import (
	"context"
	"errors"
	"fmt"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// live is what a broker holds, up to where its streams ended when it was opened.
type live struct {
	bus  *bus.Bus
	ends []bus.Ends
}

// Live returns what a broker has recorded until now.
func Live(ctx context.Context, b *bus.Bus) (Recording, error) {
	n, err := b.Shards(ctx)
	if err != nil {
		return nil, err
	}
	r := &live{bus: b}
	for shard := range n {
		// The log first: an input that it speaks of is there then.
		tail, _, err := b.LogTail(ctx, shard)
		if err != nil {
			return nil, err
		}
		e, err := b.Ends(ctx, shard)
		if err != nil {
			return nil, err
		}
		e.Record = tail.Seq
		r.ends = append(r.ends, e)
	}
	return r, nil
}

func (r *live) Shards() int { return len(r.ends) }

// errEnd ends a reader where the recording does.
var errEnd = errors.New("the end of the recording")

func ended(err error) error {
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}

func (r *live) Inputs(ctx context.Context, shard int, each func([]bus.Raw) error) error {
	end := r.ends[shard].Inputs
	if end == 0 {
		return nil
	}
	return ended(r.bus.ScanInputs(ctx, shard, 1, func(batch []bus.Raw) error {
		n := len(batch)
		for n > 0 && batch[n-1].Seq > end {
			n--
		}
		if err := each(batch[:n]); err != nil {
			return err
		}
		if n < len(batch) || batch[n-1].Seq == end {
			return errEnd
		}
		return nil
	}))
}

func (r *live) Log(ctx context.Context, shard int, each func([]Line) error) error {
	end := r.ends[shard].Record
	if end == 0 {
		return nil
	}
	d := newDigester()
	return ended(r.bus.ReadLog(ctx, shard, 1, func(batch []bus.Record) error {
		lines := make([]Line, 0, len(batch))
		over := false
		for i := range batch {
			if batch[i].Seq > end {
				over = true
				break
			}
			lines = append(lines, d.line(shard, &batch[i]))
			over = batch[i].Seq == end
		}
		if err := each(lines); err != nil {
			return err
		}
		if over {
			return errEnd
		}
		return nil
	}))
}

// Lasts returns nothing: a broker does not know before everything is read.
func (r *live) Lasts(context.Context, int) ([]uint64, error) { return nil, nil }

func (r *live) Said(ctx context.Context, shard int, l Line) ([]byte, error) {
	rec, err := r.bus.Logged(ctx, shard, l.Seq)
	if err != nil {
		return nil, err
	}
	if rec.Err != nil {
		return nil, nil // its digest differs, and more cannot be told
	}
	rec.Event.Compact = false
	_, data, err := events.Encode(rec.Event)
	if err != nil {
		return nil, fmt.Errorf("record %d of the log: %w", l.Seq, err)
	}
	return data, nil
}
