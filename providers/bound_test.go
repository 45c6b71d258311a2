package providers_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/providers"
)

// A provider gets what context.WithTimeout gives, whatever it asks of it first.
func TestTheContextOfACallIsAsPackageContextMakesIt(t *testing.T) {
	type key struct{}
	given := errors.New("given up")
	for name, ask := range map[string]func(context.Context){
		"nothing":   func(context.Context) {},
		"its error": func(ctx context.Context) { _ = ctx.Err() },
		"its end":   func(ctx context.Context) { _ = ctx.Done() },
		"a child":   func(ctx context.Context) { _, stop := context.WithCancel(ctx); stop() },
	} {
		var kept context.Context
		during := func(t *testing.T, parent context.Context, look func(context.Context)) {
			t.Helper()
			c := connect(t, func(ctx context.Context) error {
				ask(ctx)
				if ctx.Value(key{}) != "v" {
					t.Error("a value of the parent is not there")
				}
				look(ctx)
				kept = ctx
				return nil
			})
			if _, err := c.Send(context.WithValue(parent, key{}, "v"), providers.Request{}); err != nil {
				t.Error(err)
			}
		}
		t.Run("time/"+name, func(t *testing.T) {
			during(t, t.Context(), func(ctx context.Context) {
				if until, ok := ctx.Deadline(); !ok || time.Until(until) > 50*time.Millisecond {
					t.Errorf("it ends at %v, %v; want within 50 ms", until, ok)
				}
				child, stop := context.WithCancel(ctx)
				defer stop()
				<-child.Done()
				if ctx.Err() != context.DeadlineExceeded || child.Err() != context.DeadlineExceeded {
					t.Errorf("ended with %v, its child with %v; want deadline exceeded", ctx.Err(), child.Err())
				}
			})
		})
		t.Run("parent/"+name, func(t *testing.T) {
			parent, end := context.WithCancelCause(t.Context())
			during(t, parent, func(ctx context.Context) {
				child, stop := context.WithCancel(ctx)
				defer stop()
				end(given)
				<-child.Done()
				if ctx.Err() != context.Canceled || context.Cause(ctx) != given || context.Cause(child) != given {
					t.Errorf("ended with %v because of %v, its child because of %v; want cancelled, given up", ctx.Err(), context.Cause(ctx), context.Cause(child))
				}
			})
		})
		t.Run("earlier/"+name, func(t *testing.T) {
			at := time.Now().Add(20 * time.Millisecond)
			parent, end := context.WithDeadline(t.Context(), at)
			defer end()
			during(t, parent, func(ctx context.Context) {
				if until, ok := ctx.Deadline(); !ok || !until.Equal(at) {
					t.Errorf("it ends at %v, %v; want at %v, as its parent", until, ok, at)
				}
			})
		})
		t.Run("after/"+name, func(t *testing.T) {
			during(t, t.Context(), func(context.Context) {})
			select {
			case <-kept.Done():
			default:
				t.Error("it has not ended with its call")
			}
			if kept.Err() != context.Canceled {
				t.Errorf("after its call: got %v, want cancelled", kept.Err())
			}
		})
	}
}

// Package context watches over a child of a context that it does not know with a goroutine of its own.
func TestTheContextOfACallHasChildrenWithoutGoroutines(t *testing.T) {
	c := connect(t, func(ctx context.Context) error {
		before := runtime.NumGoroutine()
		for range 100 {
			_, stop := context.WithCancel(ctx)
			defer stop()
		}
		if more := runtime.NumGoroutine() - before; more > 50 {
			t.Errorf("%d goroutines for 100 children, want none", more)
		}
		return nil
	})
	if _, err := c.Send(t.Context(), providers.Request{}); err != nil {
		t.Fatal(err)
	}
}
