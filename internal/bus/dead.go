package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Dead is a dead letter. Its number is what it is called by.
type Dead struct {
	Number   uint64
	Provider string // whose task or webhook it was; "ingest" for requests
	Stored   time.Time
	events.DeadLettered
}

// DeadLetters returns the dead letters that there are now, oldest first.
func (b *Bus) DeadLetters(ctx context.Context) ([]Dead, error) {
	s, err := b.js.Stream(ctx, streamDead)
	if err != nil {
		return nil, classify("bus.dead", err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return nil, nil
	}
	var all []Dead
	err = follow(ctx, b, streamDead, nil, 1, readOf, func(batch []Read) error {
		for _, r := range batch {
			if d, ok := deadIn(r); ok {
				all = append(all, d)
			}
			if r.Seq >= state.LastSeq {
				return errRead
			}
		}
		return nil
	})
	if errors.Is(err, errRead) {
		err = nil
	}
	return all, err
}

// deadWebhook is what dead letters name as their stream that came over HTTP.
const deadWebhook = "webhook"

// errRead ends a reading that has what it wants.
var errRead = errors.New("read")

func deadIn(r Read) (Dead, bool) {
	d, ok := r.Event.Data.(events.DeadLettered)
	provider := strings.TrimPrefix(r.Subject, events.DeadSubject(""))
	if d.Stream == deadWebhook {
		provider = strings.TrimPrefix(d.Subject, "webhooks.")
	}
	return Dead{Number: r.Seq, Provider: provider, Stored: r.At, DeadLettered: d}, ok
}

// DeadLetter returns one dead letter. One that is not there, or no more, is fault.Invalid.
func (b *Bus) DeadLetter(ctx context.Context, number uint64) (Dead, error) {
	m, err := b.fromLeader(ctx, streamDead, messageQuery{Seq: number})
	if err != nil {
		return Dead{}, classify("bus.dead", err)
	}
	if m == nil {
		return Dead{}, fault.New(fault.Invalid, "bus.dead", "there is no such dead letter")
	}
	r := Read{Subject: m.Subject, Seq: number, At: m.Time}
	if r.Event, r.Err = decode(m.Header, m.Data); r.Err != nil {
		return Dead{}, r.Err
	}
	d, ok := deadIn(r)
	if !ok {
		return Dead{}, fault.New(fault.Malformed, "bus.dead", "what lies there is no dead letter")
	}
	return d, nil
}

// Redrive puts a dead letter back where it came from, once: a task among its provider's tasks, a webhook that could not be
// read as a hint about the verification that its address named. Then the letter is removed. Repeating it, also after a
// crash in the middle, puts nothing back a second time. The error is fault.Invalid when it cannot be put back, and says why.
func (b *Bus) Redrive(ctx context.Context, number uint64) error {
	d, err := b.DeadLetter(ctx, number)
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(d.Stream, "BF_TASK_"):
		err = b.redriveTask(ctx, d)
	case d.Stream == deadWebhook && events.ValidID(d.ID):
		err = b.redriveWebhook(ctx, d)
	case d.Stream == deadWebhook:
		err = fault.New(fault.Invalid, "bus.redrive", "the webhook names no verification in its address; what it was about is found by polling")
	default:
		err = fault.New(fault.Invalid, "bus.redrive", "it was a request that nobody's tenant is known of; it has to be published again, for a tenant")
	}
	if err != nil {
		return err
	}
	return b.Bury(ctx, number)
}

// Bury removes a dead letter for good. One that is gone already is no error.
func (b *Bus) Bury(ctx context.Context, number uint64) error {
	s, err := b.js.Stream(ctx, streamDead)
	if err != nil {
		return classify("bus.dead", err)
	}
	err = s.SecureDeleteMsg(ctx, number)
	if err == nil {
		return nil
	}
	if m, e := b.fromLeader(ctx, streamDead, messageQuery{Seq: number}); e == nil && m == nil {
		return nil
	}
	return fault.Wrap(fault.Transient, "bus.dead", err)
}

// redriveTask publishes a task again as it lies in its stream, under a subject of the letter's own that takes one message.
func (b *Bus) redriveTask(ctx context.Context, d Dead) error {
	m, err := b.bySeq(ctx, d.Stream, d.Sequence)
	if err != nil {
		return classify("bus.redrive", err)
	}
	if m == nil {
		return fault.New(fault.Invalid, "bus.redrive", "the task is not kept any more; recheck the verification instead")
	}
	h := nats.Header{}
	for name, v := range m.Header {
		if !strings.HasPrefix(name, "Nats-") {
			h[name] = v
		}
	}
	again := &nats.Msg{Subject: events.RedriveSubject(d.Provider, d.Number), Header: h, Data: m.Data}
	_, err = b.js.PublishMsg(ctx, again, jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithRetryAttempts(0))
	switch {
	case moved(err): // it was put back before
		return nil
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse):
		return fault.New(fault.Invalid, "bus.redrive", "the stream "+d.Stream+" takes nothing back: run `bonafide streams apply`")
	}
	return classify("bus.redrive", err)
}

// redriveWebhook says to the resolver that there is news at a vendor. It has seen a repetition, whenever it comes.
func (b *Bus) redriveWebhook(ctx context.Context, d Dead) error {
	word := fmt.Sprint("dead/", d.Number)
	_, err := b.Put(ctx, events.Event{ID: word, Source: "/bonafide/dlq", Subject: d.ID, Time: d.At,
		Data: events.WebhookReceived{ID: d.ID, Provider: d.Provider, Event: "redriven", Dedupe: word, Signed: true}})
	return err
}
