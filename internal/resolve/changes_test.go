package resolve

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

func TestChangesAreRememberedUntilASnapshotHoldsThem(t *testing.T) {
	c := newChanges(10)
	want := func(in uint64, identities ...string) {
		t.Helper()
		all, ok := c.since(in)
		if got := slices.Sorted(maps.Keys(union(all))); !ok || !slices.Equal(got, identities) {
			t.Errorf("since input %d: %v, %v; want %v", in, got, ok, identities)
		}
	}
	unknown := func(in uint64) {
		t.Helper()
		if all, ok := c.since(in); ok {
			t.Errorf("since input %d: %v, want that it is not known", in, all)
		}
	}
	want(10)
	unknown(9)
	c.note("a")
	c.note("b")
	c.cut(20)
	c.cut(25) // nothing has changed
	c.note("b")
	c.cut(30)
	c.note("c")
	want(10, "a", "b") // what has changed since the last cut is still changing
	c.cut(40)
	want(10, "a", "b", "c")
	want(20, "b", "c")
	want(19, "a", "b", "c")
	want(30, "c")
	c.forget(29) // what has changed up to 30 is not apart from what has changed up to 29
	unknown(19)
	want(20, "b", "c")
	c.forget(30)
	unknown(29)
	want(35, "c")
	(*changes)(nil).note("nobody remembers")
}

// imageBytes writes an image.
func imageBytes(tb testing.TB, im image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := im.write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// imageOf is the machine as it is now.
func imageOf(m *machine) image { return m.image(snapshotForm, nil, func() {}) }

// changesOf is what has changed of it after an input.
func changesOf(tb testing.TB, m *machine, since uint64) image {
	tb.Helper()
	m.changed.cut(m.applied)
	all, ok := m.changed.since(since)
	if !ok {
		tb.Fatalf("what has changed since input %d is not known", since)
	}
	return m.image(changesForm, union(all), func() {})
}

// What comes while an image is made is not in it.
func TestAnImageIsWhatWasWhenItBegan(t *testing.T) {
	const n = 2 * imageEach
	inputs := life(t, n, 1, true)
	each, old := (len(inputs)-1)/n, n-100
	stage := func(r bus.Read) int { // of the old ones, all first inputs come first; the others come last
		if i := (int(r.Seq) - 2) / each; r.Seq > 1 && i < old {
			return (int(r.Seq) - 2) % each
		} else if r.Seq > 1 {
			return each
		}
		return -1
	}
	slices.SortStableFunc(inputs, func(a, b bus.Read) int { return stage(a) - stage(b) })
	for i := range inputs {
		inputs[i].Seq = uint64(i + 1)
	}
	cut := 1 + 3*old
	for _, form := range []string{snapshotForm, changesForm} {
		m := newMachine(0, nil)
		m.changed = newChanges(0)
		run(t, m, inputs[:cut], func() {})
		m.changed.cut(m.applied)
		all, _ := m.changed.since(0)
		want := imageBytes(t, m.image(form, union(all), func() {}))
		rests := 0
		im := m.image(form, union(all), func() {
			if rests++; rests == 1 {
				run(t, m, inputs[cut:], func() {})
				packAll(t, m)
			}
		})
		if rests == 0 {
			t.Fatalf("%q: it never rested", form)
		}
		if got := imageBytes(t, im); !bytes.Equal(got, want) {
			t.Errorf("%q: the image has %d states and %d bytes, want %d bytes", form, len(im.states), len(got), len(want))
		}
		if m.was != nil {
			t.Errorf("%q: what was is still remembered", form)
		}
	}
}

// A machine that comes back from a whole snapshot and what has changed since, twice, goes on as if it had not been away.
func TestLayersMakeTheMachineThatWasWritten(t *testing.T) {
	inputs := life(t, 3, 2, true)
	all := newMachine(0, nil)
	run(t, all, inputs, func() {})
	for first := range inputs {
		for second := first + 1; second < len(inputs); second++ {
			third := (second + len(inputs)) / 2
			woken, wakes := map[string]time.Time{}, map[string]time.Time{}
			m := newMachine(0, noting(woken))
			m.changed = newChanges(0)
			run(t, m, inputs[:first], func() { packAll(t, m) })
			layers := [][]byte{imageBytes(t, imageOf(m))}
			for _, upto := range []int{second, third} {
				since := m.applied
				m.changed.cut(since)
				run(t, m, inputs[since:upto], func() { packAll(t, m) })
				layers = append(layers, imageBytes(t, changesOf(t, m, since)))
			}
			again := newMachine(0, noting(wakes))
			if err := again.restore(m.applied, layers...); err != nil {
				t.Fatalf("layers after inputs %d, %d and %d: %v", first, second, third, err)
			}
			if !maps.EqualFunc(wakes, woken, time.Time.Equal) {
				t.Errorf("after inputs %d, %d and %d it wakes %v, want %v", first, second, third, wakes, woken)
			}
			if len(again.parked) != len(m.parked) {
				t.Errorf("after inputs %d, %d and %d verifications wait for %v, want %v", first, second, third, again.parked, m.parked)
			}
			want := run(t, m, inputs[third:], func() {})
			if got := run(t, again, inputs[third:], func() {}); got != want {
				t.Errorf("after inputs %d, %d and %d the shard says\n%s\nwant\n%s", first, second, third, got, want)
			}
		}
	}
}

// noting keeps when verifications want to be woken.
func noting(woken map[string]time.Time) wakes {
	return func(id string, at time.Time, ok, _ bool) {
		delete(woken, id)
		if ok {
			woken[id] = at
		}
	}
}

// What waited for its flow in one layer and has gone on in the next waits no longer.
func TestWhatHasGoneOnInALaterLayerWaitsForNothing(t *testing.T) {
	inputs := life(t, 1, 2, false)
	late := inputs[0] // the flow
	late.Seq = 3
	m := newMachine(0, nil)
	m.changed = newChanges(0)
	run(t, m, inputs[1:2], func() {})
	whole := imageBytes(t, imageOf(m))
	since := m.applied
	run(t, m, []bus.Read{late}, func() {})
	im := changesOf(t, m, since)
	again := newMachine(0, nil)
	if err := again.restore(3, whole, imageBytes(t, im)); err != nil {
		t.Fatal(err)
	}
	if len(again.parked) != 0 {
		t.Errorf("verifications wait for %v, want for nothing", again.parked)
	}
	if st := again.states.kept[events.IdentityOf(inputs[1].Event.Data.Key())].state; st == nil || st.Phase == 0 {
		t.Errorf("the verification is %+v, want it under way", st)
	}
}

func TestOnlyLayersAreTakenForLayers(t *testing.T) {
	m := newMachine(0, nil)
	m.changed = newChanges(0)
	run(t, m, life(t, 1, 2, false), func() {})
	whole := imageBytes(t, imageOf(m))
	layer := imageBytes(t, changesOf(t, m, 0))
	for what, layers := range map[string][][]byte{"a whole one above": {whole, whole}, "a layer below": {layer}, "lines above": {whole, asLines(t, m)}} {
		if err := newMachine(0, nil).restore(m.applied, layers...); err == nil {
			t.Errorf("%s is taken, want an error", what)
		}
	}
	if err := newMachine(0, nil).restore(m.applied, whole, layer); err != nil {
		t.Errorf("a layer on a whole one: %v", err)
	}
}
