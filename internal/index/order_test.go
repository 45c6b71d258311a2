package index

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

func TestARecordThatOvertakesItsInputIsNotToldBeforeIt(t *testing.T) {
	ix, err := Open("", 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	id := events.NewID(time.Unix(1, 0), [10]byte{1})
	about := func(p events.Payload) (events.Header, []byte) {
		h, data, err := events.Encode(events.Event{ID: "1", Source: "test", Subject: id, Time: time.Unix(1, 0).UTC(), Data: p})
		if err != nil {
			t.Fatal(err)
		}
		return h, data
	}
	h, data := about(events.VerificationMoved{View: events.View{ID: id, Flow: "f", Status: "running"}})
	if err := ix.shards[0].records([]bus.Record{{Header: h, Data: data, Seq: 9, InSeq: 3}}); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if got, err := ix.Places(ended, id); !errors.Is(err, context.Canceled) {
		t.Errorf("Places without the input = %v, %v, want to wait for it as long as its context allows", got, err)
	}
	h, data = about(events.VerificationCancelled{ID: id, Tenant: "acme"})
	if err := ix.shards[0].inputs([]bus.Raw{{Header: h, Data: data, Seq: 3}}); err != nil {
		t.Fatal(err)
	}
	got, err := ix.Places(t.Context(), id)
	if err != nil || len(got) != 2 || got[0] != (Place{Input: 3}) || got[1] != (Place{Input: 3, Log: 9}) {
		t.Errorf("Places = %v, %v, want the input 3 and then record 9", got, err)
	}
}
