package index

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

func TestReadersOfAShardStayTogetherAndBothArrive(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		const end = 20 * apart
		// Some inputs cause a record, with gaps that are longer than the readers may be apart.
		var caused []uint64
		for in := uint64(1); in <= end; {
			caused = append(caused, in)
			if in += 1 + random.Uint64N(50); random.IntN(200) == 0 {
				in += 3 * apart
			}
		}
		p := newPace(position{}, position{in: end, log: uint64(len(caused))})
		taken := make(chan [2]uint64, 1) // how far inputs and records are
		taken <- [2]uint64{}
		take := func(which int, last uint64) func() error {
			return func() error {
				at := <-taken
				at[which] = last
				if at[1] > at[0] {
					t.Errorf("seed %d: a record of input %d was taken in after input %d", seed, at[1], at[0])
				}
				taken <- at
				return nil
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		ended := make(chan error, 2)
		go func() {
			var err error
			for in := uint64(0); in < end && err == nil; {
				in = min(in+1+random.Uint64N(1024), end)
				err = p.inputs(ctx, in, in >= end, take(0, in))
			}
			ended <- err
		}()
		go func() {
			var err error
			for n := 0; n < len(caused) && err == nil; {
				n = min(n+100, len(caused))
				err = p.records(ctx, caused[n-1], n == len(caused), take(1, caused[n-1]))
			}
			ended <- err
		}()
		for range 2 {
			if err := <-ended; err != nil {
				t.Fatalf("seed %d: a reader did not arrive: %v", seed, err)
			}
		}
		cancel()
	}
}

func TestAReaderAtItsGoalHoldsNobodyUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	took := func() error { return nil }
	p := newPace(position{in: 5, log: 7}, position{in: 100 * apart, log: 7})
	if err := p.inputs(ctx, 50*apart, false, took); err != nil {
		t.Errorf("inputs far ahead of a log that has been read to its end: %v, want them taken in", err)
	}
	p = newPace(position{in: 5, log: 7}, position{in: 5, log: 9})
	if err := p.records(ctx, 6, false, took); err != nil {
		t.Errorf("a record of an input behind the goal: %v, want it taken in", err)
	}
}

func TestSeenNeverDeniesWhatItWasTold(t *testing.T) {
	s := newSeen(1000)
	missed := 0
	for n := range 1000 {
		id := events.IdentityOf(events.NewID(time.Unix(1, 0), [10]byte{byte(n), byte(n >> 8), 7}))
		if s.note(id) {
			missed++
		}
		if !s.note(id) {
			t.Fatalf("note(%s) = false after it was noted", id)
		}
	}
	if missed > 30 {
		t.Errorf("%d of 1000 new ones are taken for noted ones, want at most 30", missed)
	}
	if s = nil; !s.note("x") {
		t.Error("a seen that knows nothing says no")
	}
}

// What is taken in event by event, or in other parts, must not be told from what is taken in at once.
func TestPartsTellTheSameAsTheWhole(t *testing.T) {
	about := func(id string, p events.Payload) (events.Header, []byte) {
		h, data, err := events.Encode(events.Event{ID: "1", Source: "/test", Subject: id, Time: time.Unix(1, 0).UTC(), Data: p})
		if err != nil {
			t.Fatal(err)
		}
		return h, data
	}
	id := events.NewID(time.Unix(1, 0), [10]byte{1})
	var inputs []bus.Raw
	var records []bus.Record
	put := func(seq uint64, p events.Payload) {
		h, data := about(id, p)
		inputs = append(inputs, bus.Raw{Header: h, Data: data, Seq: seq, At: time.Unix(1, 0)})
	}
	say := func(seq, in uint64, ord int, p events.Payload) {
		h, data := about(id, p)
		records = append(records, bus.Record{Header: h, Data: data, Seq: seq, InSeq: in, Ord: ord})
	}
	view := events.View{ID: id, Tenant: "acme", Flow: "person-test", FlowDigest: "sha256:ab", Reference: "customer", Status: "running", CreatedAt: time.Unix(1, 0).UTC(), UpdatedAt: time.Unix(1, 0).UTC()}
	put(1, events.VerificationOpened{ID: id, Tenant: "acme", Flow: "person-test", FlowDigest: "sha256:ab", Reference: "customer", SubjectType: "person", Sealed: events.Sealed{Key: 1, Box: []byte{1}}})
	say(4, 1, 0, events.CheckRequested{ID: id, Tenant: "acme", Provider: "acme"})
	say(5, 1, 1, events.ActionRequired{View: view})
	put(300, events.CheckAnswered{ID: id, Tenant: "acme", Check: "identity", Provider: "acme"})
	view.Status, view.Decision = "completed", &events.Decision{Revision: 1, Result: "true", DecidedAt: time.Unix(1, 0).UTC()}
	say(9, 300, 0, events.VerificationDecided{View: view})
	put(301, events.SubjectErased{ID: id, Tenant: "acme"})
	put(302, events.CheckAnswered{ID: id, Tenant: "acme", Check: "identity", Provider: "acme"})

	tell := func(ix *Index) (out []any) {
		r, _, err := ix.find(events.IdentityOf(id))
		if err != nil {
			t.Fatal(err)
		}
		places, err := ix.Places(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r, places)
		for _, f := range []Filter{{Tenant: "acme"}, {Tenant: "acme", Status: "running"}, {Tenant: "acme", Status: "completed"}, {Tenant: "acme", Result: "true"}, {Tenant: "acme", Reference: "customer"}} {
			rows, _, err := ix.List(f, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, len(rows))
		}
		it, err := ix.db.NewIter(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			if k := it.Key(); k[0] != kindPlaces { // those lie as they were taken in
				out = append(out, string(k)+"="+string(it.Value()))
			}
		}
		return out
	}
	taken := func(stored bool, inParts, logParts int, logFirst bool) []any {
		ix, err := Open("", 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ix.Close()
		s := ix.shards[0]
		if !stored { // it is stored when the goal is reached
			s.goal, s.begun = position{in: 302, log: 9}, true
			s.begin()
		}
		in := func() {
			for at := 0; at < len(inputs); at += inParts {
				if err := s.inputs(inputs[at:min(at+inParts, len(inputs))]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !logFirst {
			in()
		}
		for at := 0; at < len(records); at += logParts {
			if err := s.records(records[at:min(at+logParts, len(records))]); err != nil {
				t.Fatal(err)
			}
		}
		if logFirst {
			in()
		}
		return tell(ix)
	}
	want := taken(false, 9, 9, false)
	for _, stored := range []bool{true, false} {
		for _, parts := range [][2]int{{1, 1}, {2, 1}, {1, 2}, {3, 3}} {
			for _, logFirst := range []bool{true, false} {
				if got := taken(stored, parts[0], parts[1], logFirst); !reflect.DeepEqual(got, want) {
					t.Errorf("stored at once %t, in parts of %v, log first %t: it tells\n%q\nwant\n%q", stored, parts, logFirst, got, want)
				}
			}
		}
	}
}
