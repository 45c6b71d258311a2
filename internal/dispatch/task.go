package dispatch

import (
	"context"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

const (
	source     = "/bonafide/dispatcher"
	mostPanics = 3 // deliveries of a task that breaks us
)

// task is one message of calls to make.
type task struct {
	events.CheckRequested
	event    string // id of the event that brought it
	from     string // traceparent of what the task causes; ""
	callback string // where the vendor calls back; ""
	sealing
}

// sealing is what a task's person is sealed with.
type sealing struct {
	key     *seal.Key // nil: none at hand
	dossier *events.Dossier
}

// handle does one task and settles it: done when every answer is stored, handed back when we are stopping.
func (l *line) handle(ctx, work context.Context, d *bus.Delivery) {
	if ctx.Err() != nil {
		l.settle(work, d, fault.New(fault.Stopping, "dispatch", "stopping"))
		return
	}
	patience := d.Wait / 4 // between two signs of life
	var life *time.Timer
	life = time.AfterFunc(math.MaxInt64, func() {
		d.Working(work)
		life.Reset(patience)
	})
	life.Reset(patience) // not sooner: then it is there for its function
	err := l.do(work, d)
	life.Stop()
	l.settle(work, d, err)
}

func (l *line) settle(ctx context.Context, d *bus.Delivery, err error) {
	if e := d.Settle(context.WithoutCancel(ctx), err); e != nil {
		l.log.WarnContext(ctx, "task not settled; it comes again", "provider", l.spec.Name, "seq", d.Seq, "class", string(fault.ClassOf(e)))
	}
}

// do returns how to settle the task. It does not panic.
func (l *line) do(ctx context.Context, d *bus.Delivery) (err error) {
	end := untraced
	defer func() {
		if p := recover(); p != nil { // p may hold anything
			err = l.broken(ctx, d)
		}
		end(err)
	}()
	if d.Err != nil {
		return l.undecodable(ctx, d)
	}
	req, ok := d.Event.Data.(events.CheckRequested)
	if !ok || req.Provider != l.spec.Name || len(req.Calls) == 0 {
		return l.bury(ctx, d, fault.New(fault.Malformed, "dispatch.task", "not a task of this provider"))
	}
	t := &task{CheckRequested: req, event: d.Event.ID, from: d.Event.TraceParent}
	if l.cfg.PublicURL != "" {
		t.callback = l.cfg.PublicURL + "/webhooks/" + l.spec.Name + "/" + t.ID
	}
	begun := l.cfg.Tracer.Now()
	err = l.unseal(ctx, t)
	ctx, end = l.trace(ctx, t, begun)
	if err != nil {
		switch fault.ClassOf(err) {
		case fault.Invalid, fault.Malformed, fault.Unauthorized:
			return l.refuse(ctx, t, err)
		}
		return err
	}
	return l.callAll(ctx, t)
}

// quick is how long most calls may take that are made one after the other: less than it costs to make them together.
const quick = 100 * time.Microsecond

// callAll makes the calls of a task and returns nil when all their answers are stored. Calls that take time are made
// together and answered one by one; a provider that answers at once is called in turn and answered in one message.
func (l *line) callAll(ctx context.Context, t *task) error {
	a := newAnswers(l, t)
	if l.pace.Load() < int64(quick) {
		a.ready = make([]events.CheckAnswered, 0, len(t.Calls))
		for i := range t.Calls {
			a.gather(l.call(ctx, t, &t.Calls[i]))
		}
		a.put(ctx)
		return a.wait()
	}
	var others sync.WaitGroup
	for i := range t.Calls[1:] {
		others.Go(func() { a.putOne(ctx, l.call(ctx, t, &t.Calls[i+1])) })
	}
	a.putOne(ctx, l.call(ctx, t, &t.Calls[0]))
	others.Wait()
	return a.wait()
}

// refuse answers every call of a task that cannot even begin, and never will.
func (l *line) refuse(ctx context.Context, t *task, why error) error {
	a := newAnswers(l, t)
	for i := range t.Calls {
		o := outcome{answer: l.failure(t, &t.Calls[i], why)}
		if fault.ClassOf(why) == fault.Malformed {
			o.answer.Status = events.AnswerFailed
		}
		a.gather(o)
	}
	a.put(ctx)
	return a.wait()
}

// answers stores the answers of a task.
type answers struct {
	l       *line
	t       *task
	ready   []events.CheckAnswered // gathered and not stored yet
	pending sync.WaitGroup

	mu  sync.Mutex
	err error // why the task is not done
}

func newAnswers(l *line, t *task) *answers { return &answers{l: l, t: t} }

// gather keeps the answer of one call for put; a call that was given up because we are stopping has none.
func (a *answers) gather(o outcome) {
	if o.handBack != nil {
		a.fail(o.handBack)
		return
	}
	a.ready = append(a.ready, o.answer)
}

// put stores what was gathered, in one message.
func (a *answers) put(ctx context.Context) {
	switch len(a.ready) {
	case 0:
	case 1:
		a.store(ctx, answerID(&a.ready[0]), a.ready[0])
	default:
		a.store(ctx, answerID(&a.ready[0])+"+"+strconv.Itoa(len(a.ready)-1), events.ChecksAnswered{ID: a.t.ID, Tenant: a.t.Tenant, Answers: a.ready})
	}
}

// putOne stores the answer of one call at once.
func (a *answers) putOne(ctx context.Context, o outcome) {
	if o.handBack != nil {
		a.fail(o.handBack)
		return
	}
	a.store(ctx, answerID(&o.answer), o.answer)
}

func (a *answers) store(ctx context.Context, id string, p events.Payload) {
	e := events.Event{ID: id, Source: source, Subject: a.t.ID, Time: a.l.now(), CausationID: a.t.event, TraceParent: a.t.from, Data: p, Compact: true}
	a.pending.Add(1)
	err := a.l.cfg.Bus.PutAsync(ctx, e, func(_ bus.Position, err error) {
		if err != nil {
			a.fail(err)
		}
		a.pending.Done()
	})
	if err != nil {
		a.fail(err)
		a.pending.Done()
	}
}

// answerID is the same for repetitions of an answer.
func answerID(c *events.CheckAnswered) string {
	b := make([]byte, 0, 64)
	b = append(b, c.Operation...)
	b = append(b, '.')
	b = append(b, c.Kind...)
	b = append(b, '.')
	b = appendInt(b, c.Try)
	return string(b)
}

func (a *answers) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil {
		a.err = err
	}
}

func (a *answers) wait() error {
	a.pending.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	switch fault.ClassOf(a.err) {
	case fault.Invalid, fault.Malformed: // of our own answer: the task itself is not to blame, and it must not vanish
		return fault.New(fault.Transient, "dispatch.answer", "an answer was refused by the broker")
	}
	return a.err
}
