package bus

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	askTimeout     = 2 * time.Second
	answersAtOnce  = 64
	askSubjectRoot = "bf.ask."
)

// Ask puts a question to the owner of a shard and returns its answer. When nobody answers, the error is Transient.
func (b *Bus) Ask(ctx context.Context, shard int, req []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	m, err := b.ctl.RequestWithContext(ctx, askSubjectRoot+strconv.Itoa(shard), req)
	if err != nil {
		return nil, classify("bus.ask", err)
	}
	return m.Data, nil
}

// Answer answers questions to a shard with f, some at a time, until stop is called; stop waits for the answers that
// are being made. F returns nil to leave a question unanswered.
func (b *Bus) Answer(shard int, f func([]byte) []byte) (stop func(), err error) {
	room := make(chan struct{}, answersAtOnce)
	over := make(chan struct{})
	var mu sync.Mutex
	var answers sync.WaitGroup
	ended := false
	sub, err := b.ctl.Subscribe(askSubjectRoot+strconv.Itoa(shard), func(m *nats.Msg) {
		select {
		case room <- struct{}{}:
		case <-over:
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return
		}
		answers.Go(func() {
			defer func() { <-room }()
			if a := f(m.Data); a != nil {
				_ = m.Respond(a)
			}
		})
	})
	if err != nil {
		return nil, classify("bus.answer", err)
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			_ = sub.Unsubscribe()
			mu.Lock()
			ended = true
			mu.Unlock()
			close(over)
			answers.Wait()
		})
	}, nil
}
