// Package remap reads what vendors have said again with the mapping that this program has, and finds what would be decided
// otherwise. No vendor is called. What changes is put as an answer of its own, so that the resolver supersedes the decisions
// that rest on it, and a replay gives them again.
package remap

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/dispatch"
	"github.com/bonafide-id/bonafide/internal/replay"
)

// source is what the answers name as their emitter.
const source = "/bonafide/remap"

// Report is what came of reading again.
type Report struct {
	Provider      string       `json:"provider"`
	Mapping       string       `json:"mapping"`
	Verifications int          `json:"verifications"` // with an answer of the provider that counts
	Read          int          `json:"read"`          // answers that were read again
	Changes       []Change     `json:"changes"`
	Superseded    []Superseded `json:"superseded"`
	NotCompleted  []Unfit      `json:"notCompleted"` // answers that the mapping does not read as completed: what counts stays
	Erased        int          `json:"erased"`       // verifications that are skipped: the person is erased
	NoEvidence    int          `json:"noEvidence"`   // answers of which no bytes are kept, or none that can be read
	Applied       int          `json:"applied"`      // answers that were put
	Seconds       float64      `json:"seconds"`

	answers []events.CheckAnswered // that change something
}

// Change is a finding that is another one.
type Change struct {
	ID        string `json:"id"`
	Check     string `json:"check"`
	Component string `json:"component"`
	Person    string `json:"person,omitempty"`
	Before    string `json:"before"` // "" when there was none
	After     string `json:"after"`  // "" when there is none any more
}

// Superseded is a decision that another takes the place of.
type Superseded struct {
	ID       string `json:"id"`
	Revision int    `json:"revision"` // the new one
	Before   string `json:"before"`
	After    string `json:"after"`
	Cause    string `json:"cause"`
}

// Unfit is an answer that the mapping reads as something that is not completed.
type Unfit struct {
	ID     string `json:"id"`
	Check  string `json:"check"`
	Status string `json:"status"`
}

// Find reads all that counts of a provider again and says what would change. It publishes nothing.
func Find(ctx context.Context, r replay.Recording, b *bus.Bus, again *dispatch.Rereader) (Report, error) {
	began := time.Now()
	out := Report{Provider: again.Provider(), Mapping: again.Mapping(), Changes: []Change{}, Superseded: []Superseded{}, NotCompleted: []Unfit{}}
	parts, err := partsOf(ctx, r.Shards(), b)
	if err != nil {
		return out, err
	}
	for part := range parts {
		shards := make([]*shard, r.Shards())
		if err := replay.EachShard(ctx, r.Shards(), func(ctx context.Context, n int) error {
			s := newShard(n, b, again)
			s.mine = func(id string) bool { return events.ShardOf(id, r.Shards()*parts)/r.Shards() == part }
			shards[n] = s
			if err := r.Inputs(ctx, n, s.take); err != nil {
				return err
			}
			return s.weigh(ctx)
		}); err != nil {
			return out, err
		}
		for _, s := range shards {
			out.add(&s.found)
		}
	}
	slices.SortStableFunc(out.Changes, func(x, y Change) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortStableFunc(out.Superseded, func(x, y Superseded) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortStableFunc(out.NotCompleted, func(x, y Unfit) int { return cmp.Compare(x.ID, y.ID) })
	out.Seconds = time.Since(began).Seconds()
	return out, nil
}

// held is about how many inputs' verifications are in memory at once. What is more is read in several turns.
var held uint64 = 1 << 18

// partsOf returns in how many turns the verifications are read.
func partsOf(ctx context.Context, shards int, b *bus.Bus) (int, error) {
	inputs := uint64(0)
	for n := range shards {
		e, err := b.Ends(ctx, n)
		if err != nil {
			return 0, err
		}
		inputs += e.Inputs
	}
	return int(1 + inputs/held), nil
}

// add adds what was found of other verifications.
func (r *Report) add(f *Report) {
	r.Verifications += f.Verifications
	r.Read += f.Read
	r.Erased += f.Erased
	r.NoEvidence += f.NoEvidence
	r.Changes = append(r.Changes, f.Changes...)
	r.Superseded = append(r.Superseded, f.Superseded...)
	r.NotCompleted = append(r.NotCompleted, f.NotCompleted...)
	r.answers = append(r.answers, f.answers...)
}

// Apply puts the answers that change something. An error leaves those before it put: Find and Apply again put the rest.
func (r *Report) Apply(ctx context.Context, b *bus.Bus, now time.Time) error {
	for i := range r.answers {
		a := &r.answers[i]
		if _, err := b.Put(ctx, events.Event{ID: answerID(a), Source: source, Subject: a.ID, Time: now, Data: *a}); err != nil {
			return err
		}
		r.Applied++
	}
	return nil
}

// answerID is the same for repetitions: the same bytes of an operation, read with the same mapping.
func answerID(a *events.CheckAnswered) string {
	return a.Operation + "." + a.Mapping + "." + a.Evidence.SHA256
}
