package once_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/dispatch/once"
	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestWhatIsWrittenDownDecidesWhatIsSent(t *testing.T) {
	now := time.Unix(1700000000, 0)
	for _, tt := range []struct {
		name string
		was  *once.Intent
		want once.Plan
	}{
		{"nothing", nil, once.Send},
		{"it did not happen", &once.Intent{State: once.None}, once.Send},
		{"it exists", &once.Intent{State: once.Made}, once.Poll},
		{"nobody knows", &once.Intent{State: once.Lost}, once.Look},
		{"somebody may be at it", &once.Intent{State: once.Open, Until: now.Add(time.Second)}, once.Wait},
		{"somebody has died over it", &once.Intent{State: once.Open, Until: now}, once.Look},
		{"a word that is not known", &once.Intent{State: "new"}, once.Look},
	} {
		if got := once.Decide(tt.was, now); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	for class, want := range map[fault.Class]string{
		fault.None: once.Made, fault.Transient: once.None, fault.RateLimited: once.None, fault.Unauthorized: once.None, fault.Invalid: once.None,
		fault.Ambiguous: once.Lost, fault.Malformed: once.Lost, fault.Unknown: once.Lost, fault.Stopping: once.Lost,
	} {
		var err error
		if class != fault.None {
			err = fault.New(class, "acme.send", "")
		}
		if got := (once.Intent{State: once.Open, Until: now}).After(nil, err); got.State != want || !got.Until.IsZero() {
			t.Errorf("after %q: got %+v, want %s", class, got, want)
		}
	}
	if got := (once.Intent{}).After(nil, errors.New("?")); got.State != once.Lost {
		t.Errorf("after an error without a class: got %s, want %s", got.State, once.Lost)
	}
}

func TestACallIsMadeWhileNobodyElseMayBeAtIt(t *testing.T) {
	now := time.Unix(1700000000, 0)
	mine := once.Begin(now, 20*time.Second)
	for _, tt := range []struct{ after, want time.Duration }{{0, 20 * time.Second}, {time.Second, 19 * time.Second}, {20 * time.Second, 0}, {time.Minute, -40 * time.Second}} {
		if got := mine.Left(now.Add(tt.after)); got != tt.want {
			t.Errorf("%v after it was written down: got %v left, want %v", tt.after, got, tt.want)
		}
	}
	if until := now.Add(mine.Left(now)); once.Decide(&mine, until) != once.Wait {
		t.Errorf("at %v, when the call may just have ended, somebody else may begin", until)
	}
}
