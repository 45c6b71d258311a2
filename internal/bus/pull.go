package bus

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// Each hands deliveries to handle, at most inflight at a time, and never asks for more than that: what it cannot start is
// left to others. It returns nil when ctx has ended and every handler has returned; handlers get a context that does not end
// with ctx, so that they may finish. While the broker is away it tries again. A delivery that handle leaves unsettled
// comes again.
func (f *Feed) Each(ctx context.Context, inflight int, handle func(context.Context, *Delivery)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := context.WithoutCancel(ctx)
	r := &room{free: inflight, size: inflight, more: make(chan struct{}, lanes)}
	jobs := make(chan *nats.Msg, inflight)
	var handlers, pullers sync.WaitGroup
	for range inflight {
		handlers.Go(func() {
			for m := range jobs {
				if d := f.received(m.Subject, m.Reply, m.Header, m.Data); ctx.Err() != nil {
					_ = d.Settle(work, fault.New(fault.Stopping, "bus.each", ""))
				} else {
					handle(work, d)
				}
				r.give(1)
			}
		})
	}
	ends := make(chan error, lanes)
	for range lanes {
		pullers.Go(func() {
			defer cancel()
			ends <- f.pull(ctx, r, jobs)
		})
	}
	pullers.Wait()
	close(jobs)
	handlers.Wait()
	for range lanes {
		if err := <-ends; err != nil {
			return err
		}
	}
	return nil
}

const (
	lanes      = 2               // pulls that overlap: while one waits for the broker, the other uses the room that has come free
	pullWait   = time.Second     // how long the broker keeps a pull
	pullGrace  = 5 * time.Second // how much later than that its end may come
	pullGather = time.Millisecond
)

// pull asks for as many deliveries as there is room for, again and again, until ctx ends or asking is useless. A pull is
// never cut short, and what comes late is taken all the same: what has been sent to us and is not seen would not come again
// for as long as the broker waits for its settlement.
func (f *Feed) pull(ctx context.Context, r *room, jobs chan<- *nats.Msg) error {
	inbox := f.nc.NewInbox()
	msgs := make(chan *nats.Msg, 2*r.size+1)
	sub, err := f.nc.ChanSubscribe(inbox, msgs)
	if err != nil {
		return classify("bus.pull", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	timer := time.NewTimer(pullWait + pullGrace)
	defer timer.Stop()
	for ctx.Err() == nil {
		left, late := r.take(ctx, msgs)
		if late != nil {
			if over, _ := endOfPull(late); !over {
				r.owe()
				jobs <- late
			}
			continue
		}
		if left == 0 {
			return nil
		}
		if err = f.ask(inbox, left); err == nil {
			timer.Reset(pullWait + pullGrace)
			for over := false; left > 0 && !over; {
				select {
				case m := <-msgs:
					if over, err = endOfPull(m); !over {
						left--
						jobs <- m
					}
				case <-timer.C:
					over = true
				}
			}
		}
		r.give(left)
		if err == nil {
			continue
		}
		err = classify("bus.pull", err)
		if c := fault.ClassOf(err); c == fault.Unauthorized || c == fault.Invalid || c == fault.Stopping {
			return err
		}
		rest(ctx, 250*time.Millisecond)
	}
	return nil
}

// ask sends one pull.
func (f *Feed) ask(inbox string, n int) error {
	b := make([]byte, 0, 64)
	b = append(b, `{"batch":`...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, `,"expires":`...)
	b = strconv.AppendInt(b, int64(pullWait), 10)
	b = append(b, '}')
	return f.nc.PublishMsg(&nats.Msg{Subject: f.next, Reply: inbox, Data: b})
}

// endOfPull reports whether m is no delivery but the broker's word that a pull has ended, and if so why, unless that is
// only that nothing came.
func endOfPull(m *nats.Msg) (over bool, err error) {
	if len(m.Data) > 0 || m.Reply != "" {
		return false, nil
	}
	switch m.Header.Get("Status") {
	case "404", "408":
		return true, nil
	case "503":
		return true, nats.ErrNoResponders
	case "409":
		if m.Header.Get("Description") == "Consumer Deleted" {
			return true, jetstream.ErrConsumerNotFound
		}
		return true, fault.New(fault.Transient, "bus.pull", "the broker has given the pull up")
	}
	return true, fault.New(fault.Transient, "bus.pull", "the broker refuses the pull")
}

// room counts how many more deliveries may be asked for.
type room struct {
	mu   sync.Mutex
	free int // less than 0: that many are there for which there was no room
	size int
	more chan struct{} // some has come free
}

// take waits for room and takes all there is; 0 says that ctx has ended. When there is little it waits a moment for more,
// so that a busy feed does not pull for every single delivery. What has been sent to an earlier pull and comes while there is no
// room, which another lane may have for long, is returned at once.
func (r *room) take(ctx context.Context, msgs <-chan *nats.Msg) (int, *nats.Msg) {
	for {
		r.mu.Lock()
		n := r.free
		if n > 0 && n*8 >= r.size {
			r.free = 0
			r.mu.Unlock()
			return n, nil
		}
		r.mu.Unlock()
		if n > 0 {
			rest(ctx, pullGather)
			r.mu.Lock()
			n, r.free = max(r.free, 0), min(r.free, 0)
			r.mu.Unlock()
			if n > 0 {
				return n, nil
			}
		}
		select {
		case <-r.more:
		case m := <-msgs:
			return 0, m
		case <-ctx.Done():
			return 0, nil
		}
	}
}

// owe takes room for one that is there already; there may be less than none then.
func (r *room) owe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free--
}

func (r *room) give(n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	r.free += n
	r.mu.Unlock()
	nudge(r.more)
}

// received makes a delivery of a message.
func (f *Feed) received(subject, reply string, h nats.Header, data []byte) *Delivery {
	d := &Delivery{Raw: data, Header: events.Header(h), Subject: subject, Wait: f.wait, nc: f.nc, reply: reply}
	p := placeOf(reply)
	d.Stream, d.Seq, d.Attempt, d.Stored = p.stream, p.seq, p.delivered, p.stored
	if !f.raw {
		d.Event, d.Err = decode(d.Header, d.Raw)
	}
	return d
}
