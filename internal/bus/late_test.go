package bus

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// What is sent to a pull whose end has come already is handled at once, though another pull has all the room there is: it would
// not come again for as long as the broker waits.
func TestADeliveryThatComesAfterItsPullEndedIsHandled(t *testing.T) {
	s, err := Embed(EmbedConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	connect := func() *nats.Conn {
		nc, err := nats.Connect("", nats.InProcessServer(s.running()))
		if err != nil {
			t.Fatal(err)
		}
		return nc
	}
	broker, nc := connect(), connect()
	defer broker.Close()
	defer nc.Close()
	pulls := make(chan *nats.Msg, 64)
	if _, err := broker.ChanSubscribe("next", pulls); err != nil {
		t.Fatal(err)
	}
	if err := broker.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	handled, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		f := &Feed{nc: nc, next: "next", raw: true, wait: 30 * time.Second}
		ended <- f.Each(ctx, 1, func(_ context.Context, d *Delivery) { handled <- string(d.Raw) })
	}()
	over := func(inbox string) {
		m := nats.NewMsg(inbox)
		m.Header.Set("Status", "408")
		if err := broker.PublishMsg(m); err != nil {
			t.Error(err)
		}
	}
	first := (<-pulls).Reply
	over(first)
	for m := range pulls { // until the other one asks; that is kept waiting
		if m.Reply != first {
			break
		}
		over(first)
	}
	if err := broker.PublishRequest(first, "settled.here", []byte("late")); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-handled:
		if got != "late" {
			t.Errorf("got %q, want what came late", got)
		}
	case <-time.After(pullWait):
		t.Error("what came late was not handled while another pull waited")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
