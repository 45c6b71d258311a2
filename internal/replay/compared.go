package replay

import (
	"context"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// Difference is a record that is not what its input gives.
type Difference struct {
	Shard        int       `json:"shard"`
	Input        uint64    `json:"input"` // sequence in the shard's input stream
	Verification string    `json:"verification,omitempty"`
	Says         string    `json:"says,omitempty"` // the input's type
	At           time.Time `json:"at,omitzero"`    // when the input was stored
	Record       int       `json:"record"`         // its place among those that the input gives, from 0
	What         string    `json:"what"`           // missing, additional, content, input, lost
	Log          string    `json:"log,omitempty"`
	Computed     string    `json:"computed,omitempty"`
	Fields       []Field   `json:"fields,omitempty"` // of the data, where the log's is at hand
}

// What a difference is.
const (
	Missing    = "missing"    // the log lacks it, though it holds later ones
	Additional = "additional" // the inputs do not give it
	Content    = "content"    // it says something else
	NoInput    = "input"      // the input that it names is not in the recording
	Lost       = "lost"       // the input that it names was taken by a loss of power
)

// compared is one shard on its way.
type compared struct {
	shard    int
	machine  *resolve.Replayer
	lasts    []uint64 // inputs ahead that are the last of their verification
	digester *digester
	sum      hash.Hash // of everything computed
	log      *lines

	inputs, decisions, pending, different int
	lost, ofLost                          int // inputs that the power took, and records that were computed from them

	first    *Difference
	said     *Line  // the log's, of the first difference
	computed []byte // data, of the first difference
}

// apply computes what an input gives.
func (c *compared) apply(in bus.Read) {
	c.inputs++
	c.skip(&Line{InSeq: in.Seq}, bus.Read{}, NoInput)
	beyond := Additional
	if _, lost := in.Event.Data.(events.InputLost); lost {
		beyond = Lost
		c.lost++
	}
	records, _ := c.machine.Apply(in) // a fault changes nothing, here as there
	for i := range records {
		l := c.digester.line(c.shard, &records[i])
		c.sum.Write(l.Sum[:])
		if _, ok := strings.CutPrefix(l.Subject, "result."); ok && decides(&records[i]) {
			c.decisions++
		}
		c.skip(&l, in, Additional)
		switch said := c.log.head(); {
		case said == nil:
			c.pending++
		case l.before(said):
			c.differ(in, Missing, nil, &l, &records[i])
		default:
			if said.Sum != l.Sum {
				c.differ(in, Content, said, &l, &records[i])
			}
			c.log.next()
		}
	}
	c.skip(&Line{InSeq: in.Seq + 1}, in, beyond)
	for len(c.lasts) > 0 && c.lasts[0] <= in.Seq {
		if c.lasts[0] == in.Seq && in.Event.Data != nil {
			c.machine.Forget(in.Event.Data.Key())
		}
		c.lasts = c.lasts[1:]
	}
}

func decides(r *resolve.Record) bool {
	kind, _ := events.Gist(r.Header, nil)
	return kind == events.TypeDecided
}

// rest takes what the log holds beyond the last input.
func (c *compared) rest() { c.skip(&Line{InSeq: math.MaxUint64}, bus.Read{}, NoInput) }

// skip takes the lines of the log that come before l: nothing that was computed is they.
func (c *compared) skip(l *Line, in bus.Read, what string) {
	for said := c.log.head(); said != nil && said.before(l); said = c.log.head() {
		c.differ(in, what, said, nil, nil)
		c.log.next()
	}
}

// differ counts a difference and remembers the first.
func (c *compared) differ(in bus.Read, what string, said, computed *Line, record *resolve.Record) {
	c.different++
	if what == Lost {
		c.ofLost++
	}
	if c.first != nil {
		return
	}
	d := &Difference{Shard: c.shard, Input: in.Seq, At: in.At, What: what}
	if said != nil {
		d.Input, d.Record, d.Log = said.InSeq, said.Ord, told(said)
		line := *said // the reader uses its place again
		c.said = &line
	}
	if computed != nil {
		d.Record, d.Computed = computed.Ord, told(computed)
		c.computed = readable(record)
	}
	if in.Event.Data != nil {
		d.Says, d.Verification = in.Event.Data.Type(), in.Event.Data.Key()
	}
	c.first = d
}

// readable returns what a record says as JSON, or nothing.
func readable(r *resolve.Record) []byte {
	e, err := events.Decode(r.Header, r.Data)
	if err != nil {
		return nil
	}
	e.Compact = false
	_, data, err := events.Encode(e)
	if err != nil {
		return nil
	}
	return data
}

// told says what a line is.
func told(l *Line) string { return fmt.Sprintf("%s %s sha256:%x", l.Subject, l.ID, l.Sum[:6]) }

// explain says of the first difference in which fields the two differ.
func (c *compared) explain(ctx context.Context, r Recording) error {
	if c.first == nil || c.first.What != Content {
		return nil
	}
	data, err := r.Said(ctx, c.shard, *c.said)
	if err != nil || data == nil {
		return err
	}
	head, tail := unsigned(data)
	c.first.Fields = fields(slices.Concat(head, tail), c.computed)
	return nil
}
