package bus

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// half is a broker that has started, and has been told of no stream that it is open.
func half(t *testing.T, dir string) (held *opening, noticed func() []string, js jetstream.JetStream, end func()) {
	t.Helper()
	o, err := options(EmbedConfig{Dir: dir, MaxMemory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	ns, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	if held, err = hold(ns, o); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []string
	ns.SetLoggerV2(voice{slog.New(slog.DiscardHandler), func(stream string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, stream)
	}}, false, false, false)
	ns.Start()
	if !ns.ReadyForConnections(30 * time.Second) {
		t.Fatal("the broker is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(ns))
	if err != nil {
		t.Fatal(err)
	}
	if js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	noticed = func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(all))
	}
	return held, noticed, js, sync.OnceFunc(func() {
		nc.Close()
		ns.Shutdown()
		ns.WaitForShutdown()
	})
}

// Whoever asks to go on drawing from a log while it is being opened may draw everything again. See opening.
func TestNobodyDrawsFromALogThatIsNotOpen(t *testing.T) {
	dir := t.TempDir()
	_, _, js, end := half(t, dir)
	defer end()
	for _, s := range []string{"BF_LOG_0", "BF_LOG_1", "BF_IN_0"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: s, Subjects: []string{s}}); err != nil {
			t.Fatal(err)
		}
	}
	end()
	held, noticed, js, end := half(t, dir)
	defer end()
	if got, want := noticed(), []string{"BF_IN_0", "BF_LOG_0", "BF_LOG_1"}; !slices.Equal(got, want) {
		t.Errorf("of %q it was noticed that they are open, want of %q", got, want)
	}
	may := func(stream string) bool {
		_, err := js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{FilterSubject: stream})
		if err != nil && t.Context().Err() != nil {
			t.Fatal(err)
		}
		return err == nil
	}
	want := func(when string, log0, log1 bool) {
		t.Helper()
		for stream, ok := range map[string]bool{"BF_LOG_0": log0, "BF_LOG_1": log1, "BF_IN_0": true} {
			if got := may(stream); got != ok {
				t.Errorf("%s one may draw from %s: %v, want %v", when, stream, got, ok)
			}
		}
	}
	want("at first", false, false)
	held.opened("BF_LOG_1")
	want("when BF_LOG_1 is open", false, true)
	held.over()
	want("when all are", true, true)
}
