package resolve

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestTheWheelGivesWhatIsDueInOrderAndOnce(t *testing.T) {
	w := newWheel()
	w.set("late", noon.Add(3*time.Second), true, noon, "")
	w.set("early", noon.Add(time.Second), true, noon, "")
	w.set("middle", noon.Add(2*time.Second), true, noon, "")
	if at, ok := w.next(); !ok || !at.Equal(noon.Add(time.Second)) {
		t.Fatalf("next = %v %v, want the earliest", at, ok)
	}
	got := w.take(noon.Add(2*time.Second), 10)
	if len(got) != 2 || got[0].id != "early" || got[1].id != "middle" {
		t.Fatalf("take = %v, want early, middle", got)
	}
	if again := w.take(noon.Add(2*time.Second), 10); len(again) != 0 {
		t.Errorf("the same moments came twice: %v", again)
	}
}

func TestALaterMomentReplacesAnEarlierOne(t *testing.T) {
	w := newWheel()
	w.set("a", noon.Add(time.Second), true, noon, "")
	w.set("a", noon.Add(time.Minute), true, noon, "")
	if got := w.take(noon.Add(2*time.Second), 10); len(got) != 0 {
		t.Errorf("take = %v, want nothing: the moment was moved", got)
	}
	w.set("a", time.Time{}, false, noon, "")
	if _, ok := w.next(); ok {
		t.Error("next finds a moment that was taken back")
	}
}

// A firing can come before the stream's clock agrees; the verification then still wants the same moment. It must come
// again, and not at once.
func TestAMomentThatWasFiredForNothingFiresAgainAfterAPause(t *testing.T) {
	w := newWheel()
	due := noon.Add(time.Second)
	w.set("a", due, true, noon, "")
	w.take(due, 10)
	w.set("a", due, true, due, "")
	if got := w.take(due, 10); len(got) != 0 {
		t.Fatalf("take at once = %v, want a pause", got)
	}
	if got := w.take(due.Add(again), 10); len(got) != 1 {
		t.Errorf("take after the pause = %v, want a", got)
	}
}

func TestTakeIsBounded(t *testing.T) {
	w := newWheel()
	for i := range 10 {
		w.set(string(rune('a'+i)), noon, true, noon, "")
	}
	if got := w.take(noon, 4); len(got) != 4 {
		t.Errorf("take(4) gave %d", len(got))
	}
	if got := w.take(noon, 100); len(got) != 6 {
		t.Errorf("the rest is %d, want 6", len(got))
	}
}

func TestAnEarlierMomentKicks(t *testing.T) {
	w := newWheel()
	w.set("a", noon.Add(time.Hour), true, noon, "")
	<-w.kick
	w.set("b", noon.Add(2*time.Hour), true, noon, "")
	select {
	case <-w.kick:
		t.Error("a later moment kicked")
	default:
	}
	w.set("c", noon, true, noon, "")
	select {
	case <-w.kick:
	default:
		t.Error("an earlier moment did not kick")
	}
}

func TestAFiringBelongsToTheTraceThatCameFirst(t *testing.T) {
	w := newWheel()
	w.set("a", noon, true, noon, "")
	w.set("a", noon.Add(time.Second), true, noon, "request")
	w.set("a", noon.Add(2*time.Second), true, noon, "answer")
	w.set("b", noon.Add(3*time.Second), true, noon, "")
	w.set("c", noon.Add(4*time.Second), true, noon, "request")
	w.set("c", time.Time{}, false, noon, "answer")
	w.set("c", noon.Add(4*time.Second), true, noon, "")
	got := w.take(noon.Add(time.Minute), 10)
	if len(got) != 3 || got[0].from != "request" || got[1].from != "" || got[2].from != "" {
		t.Errorf("take = %v, want a of request, b and c, which was over in between, of none", got)
	}
}
