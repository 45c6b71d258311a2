package bus

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// PutKeys stores wrapped data keys and returns their numbers, in order. After an error some may be stored; nobody knows
// their numbers, so they are harmless.
func (b *Bus) PutKeys(ctx context.Context, wrapped [][]byte) ([]uint64, error) {
	numbers := make([]uint64, len(wrapped))
	var mu sync.Mutex
	var failed error
	var wait sync.WaitGroup
	for i, w := range wrapped {
		wait.Add(1)
		err := b.sendTo(ctx, &nats.Msg{Subject: subjectKeys, Data: w}, func(_, seq uint64, err error) {
			mu.Lock()
			if numbers[i] = seq; err != nil {
				failed = err
			}
			mu.Unlock()
			wait.Done()
		})
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
			wait.Done()
			break
		}
	}
	wait.Wait()
	if failed != nil {
		return nil, classify("bus.keys.put", failed)
	}
	return numbers, nil
}

// Key returns the wrapped data key with number n. When it has been destroyed, the error is of class Invalid and is
// ErrNoKey.
func (b *Bus) Key(ctx context.Context, n uint64) ([]byte, error) {
	if n == 0 {
		return nil, fault.Wrap(fault.Invalid, "bus.key", ErrNoKey)
	}
	m, err := b.bySeq(ctx, streamKeys, n)
	if err != nil {
		return nil, classify("bus.key", err)
	}
	if m == nil {
		return nil, fault.Wrap(fault.Invalid, "bus.key", ErrNoKey)
	}
	return m.Data, nil
}

// Keys returns the wrapped data keys from number first on, at most n: the i-th is that of first+i, nil where there is none
// or the replica that answers does not have it yet.
func (b *Bus) Keys(ctx context.Context, first uint64, n int) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	inbox := b.ctl.NewInbox()
	answers := make(chan *nats.Msg, n+1)
	sub, err := b.ctl.ChanSubscribe(inbox, answers)
	if err != nil {
		return nil, classify("bus.keys", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	ask := fmt.Appendf(nil, `{"seq":%d,"batch":%d}`, first, n)
	if err := b.ctl.PublishMsg(&nats.Msg{Subject: "$JS.API.DIRECT.GET." + streamKeys, Reply: inbox, Data: ask}); err != nil {
		return nil, classify("bus.keys", err)
	}
	keys := make([][]byte, n)
	for {
		select {
		case m := <-answers:
			if m.Header.Get("Status") != "" { // 204 ends a batch, others say that there is nothing
				return keys, nil
			}
			seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
			if err == nil && seq >= first && seq-first < uint64(n) {
				keys[seq-first] = m.Data
			}
		case <-ctx.Done():
			return nil, classify("bus.keys", ctx.Err())
		}
	}
}

// DestroyKey overwrites the key with number n and removes it. Whatever it sealed cannot be read any more. Destroying
// twice is no error. With several replicas each broker's own raft log still has the wrapped key until the broker
// compacts that log.
func (b *Bus) DestroyKey(ctx context.Context, n uint64) error {
	s, err := b.js.Stream(ctx, streamKeys)
	if err != nil {
		return classify("bus.key.destroy", err)
	}
	err = s.SecureDeleteMsg(ctx, n)
	if err == nil {
		return nil
	}
	if m, e := b.fromLeader(ctx, streamKeys, messageQuery{Seq: n}); e == nil && m == nil {
		return nil
	}
	if apiError(err) == nil {
		err = jetstream.ErrMsgDeleteUnsuccessful
	}
	return fault.Wrap(fault.Transient, "bus.key.destroy", err)
}
