package events_test

import (
	"testing"

	"github.com/bonafide-id/bonafide/events"
)

func TestTheGistIsWhatDecodingTells(t *testing.T) {
	for _, e := range samples() {
		h, body, err := events.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, without := range []string{"", "ce-subject"} {
			delete(h, without)
			kind, id := events.Gist(h, body)
			if kind != e.Data.Type() || id != e.Data.Key() {
				t.Errorf("Gist of %s without %q = %q %q, want %q %q", e.Data.Type(), without, kind, id, e.Data.Type(), e.Data.Key())
			}
		}
		whole, err := events.EncodeStructured(e)
		if err != nil {
			t.Fatal(err)
		}
		if kind, id := events.Gist(events.Header{"content-type": {"application/cloudevents+json"}}, whole); kind != e.Data.Type() || id != e.Data.Key() {
			t.Errorf("Gist of structured %s = %q %q, want %q %q", e.Data.Type(), kind, id, e.Data.Type(), e.Data.Key())
		}
	}
	if kind, id := events.Gist(nil, []byte("nothing")); kind != "" || id != "" {
		t.Errorf("Gist of nothing = %q %q", kind, id)
	}
}
