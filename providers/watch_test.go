package providers_test

import (
	"context"
	"testing"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// Who watches is told of every call that is made, however it ends, and of none that is not.
func TestAWatchIsToldOfEachCallAndHowItEnded(t *testing.T) {
	type key struct{}
	end := func() error { return nil }
	c := connect(t, func(ctx context.Context) error {
		if ctx.Value(key{}) == nil {
			t.Error("the call has another context than the watch gave")
		}
		return end()
	})
	begun, ended := 0, []fault.Class{}
	ctx := providers.WithWatch(t.Context(), func(ctx context.Context, op string) (context.Context, func(error)) {
		if begun++; op != "acme.send" {
			t.Errorf("a call of %s, want acme.send", op)
		}
		return context.WithValue(ctx, key{}, true), func(err error) { ended = append(ended, fault.ClassOf(err)) }
	})
	for _, k := range []struct {
		end  func() error
		want fault.Class
	}{
		{func() error { return nil }, fault.None},
		{func() error { return fault.New(fault.Unauthorized, "acme.send", "no") }, fault.Unauthorized},
		{func() error { panic("Ana Reyes") }, fault.Malformed},
	} {
		end = k.end
		func() {
			defer func() { _ = recover() }()
			_, _ = c.Send(ctx, providers.Request{})
		}()
		if got := ended[len(ended)-1]; begun != len(ended) || got != k.want {
			t.Errorf("told of %d calls, and of %d ends, the last of class %q; want %q", begun, len(ended), got, k.want)
		}
	}
	end = func() error { return fault.New(fault.Transient, "acme.send", "down") }
	for !c.Failing() {
		_, _ = c.Send(ctx, providers.Request{})
	}
	made := begun
	if _, _ = c.Send(ctx, providers.Request{}); begun != made || len(ended) != made {
		t.Errorf("a call that was not made: told of %d, and of %d ends, want %d", begun, len(ended), made)
	}
}
