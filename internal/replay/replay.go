package replay

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// Report is what came of a replay.
type Report struct {
	Same          bool         `json:"same"` // everything that the logs hold is what the inputs give
	Shards        int          `json:"shards"`
	Verifications int          `json:"verifications"`
	Inputs        int          `json:"inputs"`
	Records       int          `json:"records"` // of the logs
	Decisions     int          `json:"decisions"`
	Pending       int          `json:"pending"` // records that the inputs give and the logs do not hold yet
	Different     int          `json:"different"`
	Lost          int          `json:"lost,omitzero"`   // inputs that a loss of power took
	OfLost        int          `json:"ofLost,omitzero"` // records of the logs that were computed from them; they differ
	First         []Difference `json:"first"`           // of each shard that has any, the earliest input first
	Digest        string       `json:"digest"`          // of everything computed: equal on every machine
	Seconds       float64      `json:"seconds"`
}

// Run computes all records of a recording again and compares their digests with those of the logs.
func Run(ctx context.Context, r Recording) (Report, error) {
	began := time.Now()
	all := make([]*compared, r.Shards())
	err := EachShard(ctx, r.Shards(), func(ctx context.Context, shard int) (err error) {
		all[shard], err = compare(ctx, r, shard)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	out := Report{Shards: r.Shards(), First: []Difference{}}
	sum := sha256.New()
	for _, c := range all {
		out.Verifications += c.machine.Verifications()
		out.Inputs += c.inputs
		out.Records += c.log.given
		out.Decisions += c.decisions
		out.Pending += c.pending
		out.Different += c.different
		out.Lost += c.lost
		out.OfLost += c.ofLost
		if c.first != nil {
			out.First = append(out.First, *c.first)
		}
		sum.Write(c.sum.Sum(nil))
	}
	slices.SortFunc(out.First, func(a, b Difference) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Shard, b.Shard))
	})
	out.Same, out.Digest, out.Seconds = out.Different == 0, "sha256:"+hex.EncodeToString(sum.Sum(nil)), time.Since(began).Seconds()
	return out, nil
}

// EachShard does something for all shards at once and returns the first error.
func EachShard(ctx context.Context, shards int, do func(ctx context.Context, shard int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Go(func() {
			if err := do(ctx, shard); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// compare computes one shard again, with its log beside its inputs.
func compare(ctx context.Context, r Recording, shard int) (*compared, error) {
	lasts, err := r.Lasts(ctx, shard)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := newCompared(shard, readLines(ctx, r, shard))
	c.lasts = lasts
	if err := r.Inputs(ctx, shard, func(batch []bus.Raw) error {
		for i := range batch {
			c.apply(readOf(&batch[i]))
		}
		return nil
	}); err != nil {
		cancel()
		return nil, errors.Join(err, c.log.end())
	}
	c.rest()
	if err := c.log.end(); err != nil {
		return nil, err
	}
	return c, c.explain(ctx, r)
}

// readOf decodes an input as the resolver does.
func readOf(raw *bus.Raw) bus.Read {
	r := bus.Read{Seq: raw.Seq, At: raw.At}
	r.Event, r.Err = events.Decode(raw.Header, raw.Data)
	return r
}

// newCompared returns a shard of which nothing is compared yet.
func newCompared(shard int, log *lines) *compared {
	return &compared{shard: shard, machine: resolve.NewReplayer(shard), digester: newDigester(), sum: sha256.New(), log: log}
}
