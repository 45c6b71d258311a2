package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestClassOfFindsTheOutermostClass(t *testing.T) {
	inner := fault.New(fault.Malformed, "read", "no status")
	tests := []struct {
		name string
		err  error
		want fault.Class
	}{
		{"nil", nil, fault.None},
		{"plain", errors.New("x"), fault.Unknown},
		{"cancelled", fmt.Errorf("send: %w", context.Canceled), fault.Stopping},
		{"deadline", context.DeadlineExceeded, fault.Transient},
		{"wrapped", fmt.Errorf("a: %w", inner), fault.Malformed},
		{"outer wins", fault.Wrap(fault.Ambiguous, "send", inner), fault.Ambiguous},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fault.ClassOf(tt.err); got != tt.want {
				t.Errorf("ClassOf(%v) = %q, want %q", tt.err, got, tt.want)
			}
		})
	}
}

func TestWrapKeepsNilNil(t *testing.T) {
	if err := fault.Wrap(fault.Transient, "op", nil); err != nil {
		t.Fatalf("Wrap(nil) = %v, want nil", err)
	}
}

func TestRetryAfterIsFoundThroughWrapping(t *testing.T) {
	err := fmt.Errorf("x: %w", &fault.Error{Class: fault.RateLimited, Op: "create", RetryAfter: 7 * time.Second})
	if got := fault.RetryAfter(err); got != 7*time.Second {
		t.Errorf("RetryAfter(%v) = %v, want 7s", err, got)
	}
}
