package sim

import (
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// lease is how long an owner that is not heard of keeps its shard.
const lease = 3 * time.Second

// resolver reads inputs all the time and appends what follows from them while it owns the log.
type resolver struct {
	process
	world   *world
	applied uint64
	states  map[string]*decision.State
	made    []record             // since the snapshot that it started from
	rings   map[string]time.Time // when each verification is going to be woken
	epoch   int                  // of its claim; 0: it owns nothing
	free    time.Time            // when the last append that it has sent arrives: they travel in order
}

// run starts a life: from the newest snapshot, if there is one.
func (r *resolver) run() {
	w := r.world
	r.start()
	r.applied, r.states, r.made, r.epoch = 0, map[string]*decision.State{}, nil, 0
	r.rings = map[string]time.Time{}
	if s := w.snapshot; s != nil {
		r.applied, r.states = s.applied, s.unpack()
	}
	w.after(w.hop(), r.then(r.read))
	w.after(w.hop(), r.then(w.elect))
}

// read applies the inputs that have come.
func (r *resolver) read() {
	w := r.world
	for r.applied < uint64(len(w.inputs)) {
		r.applied++
		in := w.inputs[r.applied-1]
		for _, rec := range w.step(r.states, r.applied, in) {
			r.made = append(r.made, rec)
			if r.epoch > 0 {
				r.send(rec)
			}
		}
		r.mind(in.id)
	}
}

// send hands a record to the broker. An owner that is refused stands down.
func (r *resolver) send(rec record) {
	w, epoch := r.world, r.epoch
	if at := w.now.Add(w.hop()); at.After(r.free) {
		r.free = at
	}
	w.at(r.free, r.then(func() {
		if !w.append(epoch, rec) && r.epoch == epoch {
			r.epoch = 0
			w.after(w.hop(), r.then(w.elect))
		}
	}))
}

// own claims the log and appends what is not in it.
func (r *resolver) own() {
	w := r.world
	w.owner = r
	w.tally.Takeovers++
	r.read()
	r.epoch = w.claim()
	r.free = w.now
	tail := w.tail()
	for _, rec := range r.made {
		if tail.before(rec.mark) && w.sabotage != NoReplay {
			r.send(rec)
		}
	}
	clear(r.rings)
	for _, in := range w.inputs {
		if _, opened := in.body.(decision.Opened); opened {
			r.mind(in.id)
		}
	}
}

// mind wakes a verification when its time has come.
func (r *resolver) mind(id string) {
	w, s := r.world, r.states[id]
	if s == nil || r.epoch == 0 || w.sabotage == NoWheel {
		return
	}
	at, ok := s.NextWake()
	if !ok || r.rings[id].Equal(at) {
		return
	}
	r.rings[id] = at
	w.at(at, r.then(func() {
		if due, ok := r.states[id].NextWake(); ok && r.epoch > 0 && !due.After(w.now) {
			w.put(id, decision.Tick{})
		}
	}))
}

// keep stores a snapshot if everything that the states have caused is in the log.
func (r *resolver) keep() {
	if r.epoch != r.world.epoch || len(r.made) > 0 && r.world.tail().before(r.made[len(r.made)-1].mark) {
		return
	}
	r.world.snapshot = pack(r.applied, r.states)
}

// elect gives the shard to somebody when nobody has it, as far as leases tell.
func (w *world) elect() {
	if o := w.owner; o != nil && o.awake() && o.epoch > 0 {
		return
	}
	for _, i := range w.r.Perm(len(w.resolvers)) {
		if r := w.resolvers[i]; r.awake() {
			r.own()
			return
		}
	}
}

// step runs the core for one input and returns its records.
func (w *world) step(states map[string]*decision.State, seq uint64, in input) []record {
	s := states[in.id]
	opened, opens := in.body.(decision.Opened)
	if s == nil {
		if !opens {
			return nil
		}
		s = &decision.State{}
	}
	digest := s.Digest
	if digest == "" {
		digest = opened.FlowDigest
	}
	next, effects := decision.Step(w.policies[digest], *s, decision.Input{Seq: seq, At: in.at, Body: in.body})
	states[in.id] = &next
	var out []record
	for i, e := range effects {
		out = append(out, record{mark{seq, i}, in.id, e, &next})
	}
	return out
}
