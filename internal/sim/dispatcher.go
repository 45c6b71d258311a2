package sim

import (
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
)

const (
	ackWait = 30 * time.Second // until the broker gives a task to somebody else
	timeout = 20 * time.Second // of a call
	asking  = 15 * time.Second // between two polls
)

// task is a call that the log asks for. It comes until it is acknowledged.
type task struct {
	id   string
	call decision.Call
	done bool
}

// dispatcher makes calls. Its clock is wrong by skew, and the broker's, by which it keeps the call ledger (ADR 15), it knows to within
// drift.
type dispatcher struct {
	process
	world *world
	skew  time.Duration
	drift time.Duration
}

func (d *dispatcher) now() time.Time { return d.world.now.Add(d.skew) }

// ledger is what the time is by the broker's clock.
func (d *dispatcher) ledger() time.Time { return d.world.now.Add(d.drift) }

// soon does something a moment later, in this life.
func (d *dispatcher) soon(do func()) { d.world.after(d.world.hop(), d.then(do)) }

// deliver gives a task to somebody, again and again until it is done.
func (w *world) deliver(t *task) {
	if t.done {
		return
	}
	wait := time.Second
	for _, i := range w.r.Perm(len(w.dispatchers)) {
		if d := w.dispatchers[i]; d.up {
			d.soon(func() { d.handle(t) })
			wait = ackWait
			break
		}
	}
	w.after(wait, func() { w.deliver(t) })
}

// handle makes the call of a task and answers it.
func (d *dispatcher) handle(t *task) {
	v := d.world.vendors[t.call.Provider]
	c := t.call
	starts := c.Kind == decision.KindSend || c.Kind == decision.KindResubmit
	switch {
	case starts && !c.Deadline.IsZero() && !d.now().Before(c.Deadline):
		d.answer(t, reply{err: fault.New(fault.Invalid, v.name, "the deadline has passed")})
	case !v.idempotent && d.world.sabotage != NoLedger && (c.Kind == decision.KindSend ||
		c.Kind == decision.KindResubmit && !v.resubmits || c.Kind == decision.KindLink && c.Ref == ""):
		d.sendOnce(t, v)
	case c.Kind == decision.KindResubmit && !v.resubmits:
		d.ask(t, v, decision.KindSend, func(r reply) { d.answer(t, r) })
	default:
		d.ask(t, v, c.Kind, func(r reply) { d.answer(t, r) })
	}
}

// ask makes one request. then is not called in another life.
func (d *dispatcher) ask(t *task, v *vendor, kind string, then func(reply)) {
	d.soon(func() {
		r := d.world.receive(v, t.id, kind, t.call) // the vendor has it now, whatever becomes of us
		d.soon(func() { then(r) })
	})
}

// sendOnce is what internal/dispatch does for a vendor without idempotency, step by step, so that a crash can come between
// any two.
func (d *dispatcher) sendOnce(t *task, v *vendor) {
	w, key := d.world, t.call.Operation
	page := t.call.Kind == decision.KindLink
	mine := once.Begin(d.ledger(), timeout)
	mine.Page = page
	d.soon(func() {
		e, created := w.create(key, mine.Encode())
		if created {
			d.sendNoted(t, v, mine, e.revision)
			return
		}
		was := new(once.Intent)
		if err := json.Unmarshal(e.value, was); err != nil {
			panic(err) // what Encode has written
		}
		plan := once.Decide(was, d.ledger())
		switch {
		case plan == once.Wait:
			d.answer(t, reply{err: &fault.Error{Class: fault.Transient, Op: v.name, RetryAfter: was.Until.Sub(d.ledger())}})
			return
		case plan == once.Poll:
			t.call.Ref = string(refOf(was.Ref))
			switch {
			case was.Page && !page:
				d.goOn(t, v, *was, e.revision)
			case page:
				d.ask(t, v, decision.KindLink, func(r reply) { d.answer(t, r) })
			default:
				d.ask(t, v, decision.KindPoll, func(r reply) { d.answer(t, r) })
			}
			return
		case plan == once.Look && !v.looks:
			d.answer(t, reply{err: fault.New(fault.Invalid, v.name, "it must not be paid for twice")})
			return
		case plan == once.Look:
			mine.At, mine.Page = was.At, was.Page
		}
		d.soon(func() {
			revision, ok := w.update(key, mine.Encode(), e.revision)
			if !ok {
				d.answer(t, reply{err: &fault.Error{Class: fault.Transient, Op: v.name, RetryAfter: timeout}})
				return
			}
			if plan != once.Look {
				d.sendNoted(t, v, mine, revision)
				return
			}
			d.ask(t, v, "look", func(r reply) {
				switch {
				case r.missing:
					mine.Until, mine.Page = once.Begin(d.ledger(), timeout).Until, page
					d.soon(func() {
						revision, ok := w.update(key, mine.Encode(), revision)
						if !ok {
							d.answer(t, reply{err: &fault.Error{Class: fault.Transient, Op: v.name, RetryAfter: timeout}})
							return
						}
						d.sendNoted(t, v, mine, revision)
					})
				case r.err != nil:
					mine.State, mine.Until = once.Lost, time.Time{}
					d.note(t, mine, revision, r)
				case mine.Page && !page:
					t.call.Ref = key
					is := mine.After(ref(key), nil)
					d.soon(func() {
						revision, _ := w.update(key, is.Encode(), revision)
						d.goOn(t, v, is, revision)
					})
				case page:
					t.call.Ref = key
					d.ask(t, v, decision.KindLink, func(r reply) { d.note(t, mine.After(ref(key), nil), revision, r) })
				default:
					d.note(t, mine.After(ref(key), nil), revision, r)
				}
			})
		})
	})
}

// goOn sends a check of which there is what its page needs.
func (d *dispatcher) goOn(t *task, v *vendor, is once.Intent, revision int) {
	d.ask(t, v, t.call.Kind, func(r reply) {
		if r.err != nil {
			d.answer(t, r)
			return
		}
		is.Page = false
		d.note(t, is.After(is.Ref, nil), revision, r)
	})
}

// sendNoted sends, if it has not been held up for too long, and writes down what came of it.
func (d *dispatcher) sendNoted(t *task, v *vendor, mine once.Intent, revision int) {
	d.soon(func() {
		r := reply{err: fault.New(fault.Transient, v.name, "held up; nothing was sent")}
		if mine.Left(d.ledger()) > 0 {
			r = d.world.receive(v, t.id, t.call.Kind, t.call)
		}
		d.soon(func() { d.note(t, mine.After(refAfter(t.call.Operation, r), r.err), revision, r) })
	})
}

func (d *dispatcher) note(t *task, is once.Intent, revision int, r reply) {
	d.soon(func() {
		d.world.update(t.call.Operation, is.Encode(), revision)
		d.answer(t, r)
	})
}

// refAfter is what a request leaves at the vendor, as far as we know.
func refAfter(operation string, r reply) jsontext.Value {
	if r.err != nil {
		return nil
	}
	return ref(operation)
}

// ref is how a vendor's check is known to us.
func ref(operation string) jsontext.Value {
	b, err := json.Marshal(operation)
	if err != nil {
		panic(err) // a string
	}
	return b
}

func refOf(v jsontext.Value) (s string) {
	_ = json.Unmarshal(v, &s) // nothing is written down: the check is known by its operation
	return s
}

// answer stores what came of a call and acknowledges the task; sometimes only the former.
func (d *dispatcher) answer(t *task, r reply) {
	c := t.call
	a := decision.Answered{Check: c.Check, Provider: c.Provider, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind}
	switch class := fault.ClassOf(r.err); {
	case r.err != nil && (class == fault.Invalid || class == fault.Malformed):
		a.Status, a.Class, a.Why = decision.AnswerFailed, string(class), "simulated"
	case r.err != nil:
		a.Status, a.Class, a.Why, a.RetryAfter = decision.AnswerRetry, string(class), "simulated", fault.RetryAfter(r.err)
	default:
		a.Status, a.Ref, a.ObservedAt, a.Findings, a.Actions = r.deed.status, r.deed.operation, r.deed.observed, r.deed.findings, r.deed.actions
		if a.Status != decision.AnswerCompleted {
			a.PollAfter = asking
		}
	}
	d.soon(func() {
		d.world.put(t.id, a)
		if !d.world.chance(5) {
			d.soon(func() { t.done = true })
		}
	})
}
