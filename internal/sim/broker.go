package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// broker holds one shard: its inputs, its log, its newest snapshot, and the ledger of calls. It keeps what it has
// acknowledged. What is said of it in docs/adr/0001 is all that is relied on.
type broker struct {
	inputs   []input
	log      []record
	epoch    int // of the newest claim
	strays   int // records in the log that came under an older claim
	snapshot *snapshot
	calls    map[string]entry
}

// input is one fact; its sequence is its place, from 1.
type input struct {
	id   string
	at   time.Time
	body decision.Body
}

// mark is a place in the order of records.
type mark struct {
	in  uint64
	ord int
}

func (m mark) before(o mark) bool { return m.in < o.in || m.in == o.in && m.ord < o.ord }

// record is one entry of the log: an effect, and the state that it speaks of.
type record struct {
	mark
	id     string
	effect decision.Effect
	state  *decision.State
}

// says is what a record tells the world besides its effect: calls tell nothing else.
func (r record) says() []byte {
	if _, ok := r.effect.(decision.Call); ok {
		return nil
	}
	view, err := json.Marshal(r.state.View())
	if err != nil {
		panic(err) // plain data
	}
	return view
}

// same reports whether two records are the same to the last byte.
func (r record) same(o record) bool {
	return r.mark == o.mark && r.id == o.id && reflect.DeepEqual(r.effect, o.effect) && bytes.Equal(r.says(), o.says())
}

func (r record) String() string {
	return fmt.Sprintf("%v of %s: %T %+v %s", r.mark, r.id, r.effect, r.effect, r.says())
}

// snapshot is the stored form of all states after an input.
type snapshot struct {
	applied uint64
	states  map[string][]byte
}

// entry is a value of the ledger and its revision.
type entry struct {
	value    []byte
	revision int
}

func (b *broker) init() { b.calls = map[string]entry{} }

// put appends an input.
func (w *world) put(id string, body decision.Body) {
	w.inputs = append(w.inputs, input{id, w.now, body})
	w.tally.Inputs++
	if _, opens := body.(decision.Opened); opens {
		w.opened[id] = true
	}
	for _, r := range w.resolvers {
		w.after(w.hop(), r.then(r.read))
	}
}

func (b *broker) tail() mark {
	if len(b.log) == 0 {
		return mark{}
	}
	return b.log[len(b.log)-1].mark
}

// claim makes all earlier owners strangers.
func (b *broker) claim() int {
	b.epoch++
	return b.epoch
}

// append takes a record of an owner, or refuses it: when another has claimed the log, or when the record is not the next.
func (w *world) append(epoch int, r record) bool {
	if epoch != w.epoch && w.sabotage != NoFence {
		w.tally.Refused++
		return false
	}
	if !w.tail().before(r.mark) && w.sabotage != NoFence {
		return false
	}
	if epoch != w.epoch {
		w.strays++
	}
	w.log = append(w.log, r)
	w.follow(r)
	return true
}

// follow is what the log causes: tasks, a subject who is asked for something, and what one verification says to another.
func (w *world) follow(r record) {
	switch e := r.effect.(type) {
	case decision.Call:
		w.tally.Calls++
		t := &task{id: r.id, call: e}
		w.after(w.hop(), func() { w.deliver(t) })
	case decision.Ask:
		w.asked(r.id, e.Actions)
	case decision.Begin, decision.Tell, decision.Release, decision.Forget:
		w.said = append(w.said, r)
		w.after(w.hop(), w.lend)
	}
}

// create writes a value down if there is none; else it returns the one that there is.
func (b *broker) create(key string, value []byte) (was entry, created bool) {
	if e, ok := b.calls[key]; ok {
		return e, false
	}
	b.calls[key] = entry{value, 1}
	return b.calls[key], true
}

// update replaces a value if nobody else has.
func (b *broker) update(key string, value []byte, revision int) (int, bool) {
	if b.calls[key].revision != revision {
		return 0, false
	}
	b.calls[key] = entry{value, revision + 1}
	return revision + 1, true
}

// pack returns the stored form of states.
func pack(applied uint64, states map[string]*decision.State) *snapshot {
	s := &snapshot{applied: applied, states: map[string][]byte{}}
	for id, st := range states {
		b, err := json.Marshal(st)
		if err != nil {
			panic(err) // plain data
		}
		s.states[id] = b
	}
	return s
}

func (s *snapshot) unpack() map[string]*decision.State {
	states := map[string]*decision.State{}
	for id, b := range s.states {
		st := new(decision.State)
		if err := json.Unmarshal(b, st); err != nil {
			panic(err) // what pack has written
		}
		states[id] = st
	}
	return states
}
