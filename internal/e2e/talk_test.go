//go:build unix

package e2e_test

import (
	"context"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// read returns every message of a stream, as it lies there.
func (w *world) read(stream string) []jetstream.Msg {
	w.t.Helper()
	js := w.stranger()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []jetstream.Msg
	for uint64(len(all)) < s.CachedInfo().State.Msgs {
		m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
		if err != nil {
			w.t.Fatalf("%s after %d messages of %d: %v", stream, len(all), s.CachedInfo().State.Msgs, err)
		}
		all = append(all, m)
	}
	return all
}

// stranger connects to the broker with nothing of ours.
func (w *world) stranger() jetstream.JetStream {
	w.t.Helper()
	nc, err := nats.Connect(w.NATS())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

// count returns how many messages of a stream have a subject that ends so.
func (w *world) count(stream, suffix string) int {
	w.t.Helper()
	n := 0
	for _, m := range w.read(stream) {
		if strings.HasSuffix(m.Subject(), suffix) {
			n++
		}
	}
	return n
}

// publish puts a request on the stream as any program may: headers and bytes, nothing of ours.
func publish(ctx context.Context, js jetstream.JetStream, subject, id string, body []byte) error {
	m := nats.NewMsg(subject)
	m.Header = nats.Header{"ce-specversion": {"1.0"}, "ce-type": {"io.bonafide.verification.requested.v1"}, "ce-source": {"/shop/checkout"},
		"ce-id": {strings.ReplaceAll(id, " ", "-")}, "content-type": {"application/json"}}
	m.Data = body
	_, err := js.PublishMsg(ctx, m)
	return err
}
