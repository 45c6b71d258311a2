package resolve

import (
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
)

// Record is one record of a replay.
type Record = bus.Record

// Replayer is what a resolver does live with one shard, without a bus: the same inputs give the same records, byte for
// byte. It is used by one goroutine at a time.
type Replayer struct {
	m      *machine
	forgot int
}

// NewReplayer returns a shard at its beginning.
func NewReplayer(shard int) *Replayer { return &Replayer{m: newMachine(shard, nil)} }

// Step is what the core made of one fact. Nobody writes to what it points at.
type Step struct {
	Policy  *decision.Policy // nil: the flow's version is not known yet
	Before  *decision.State  // the zero state of a verification that begins
	Input   decision.Input
	After   *decision.State
	Effects []decision.Effect
}

// NewWatched returns a shard at its beginning that writes no records: Apply gives each step instead, in order.
func NewWatched(shard int, each func(Step)) *Replayer {
	m := newMachine(shard, nil)
	m.each = each
	return &Replayer{m: m}
}

// Apply takes the next input and returns what the log must hold of it. A fault is told of an input that a resolver cannot
// understand either: live it is logged, and what comes of the rest counts.
func (r *Replayer) Apply(in bus.Read) ([]Record, error) { return r.m.apply(in) }

// Forget lets go of a verification that no input will come of. One that waits for its flow is kept: what it waits for is an
// input of no verification.
func (r *Replayer) Forget(id string) {
	identity := events.IdentityOf(id)
	if k := r.m.states.kept[identity]; k.state != nil && r.m.flows[k.state.Digest] != nil {
		delete(r.m.states.kept, identity)
		r.forgot++
	}
}

// Held returns how many verifications are held in memory.
func (r *Replayer) Held() int { return r.m.states.len() }

// Verifications returns how many there were.
func (r *Replayer) Verifications() int { return r.m.states.len() + r.forgot }

// Replay runs inputs through a fresh Replayer and gives each record to emit, in order. It ends at the first fault.
func Replay(shard int, inputs []bus.Read, emit func(Record)) error {
	r := NewReplayer(shard)
	for _, in := range inputs {
		records, err := r.Apply(in)
		if err != nil {
			return err
		}
		for _, rec := range records {
			emit(rec)
		}
	}
	return nil
}
