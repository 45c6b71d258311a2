//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/chaos"
	"github.com/bonafide-id/bonafide/internal/replay"
)

// files returns the files below a directory that hold one of some byte strings, and how many files there are.
func (w *world) files(where string, words ...[]byte) (holding []string, all int) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Join(w.Dir, where), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what goes away meanwhile holds nothing
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		all++
		for _, word := range words {
			if bytes.Contains(b, word) {
				holding = append(holding, strings.TrimPrefix(path, w.Dir))
				break
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	return holding, all
}

// keysOf returns the numbers of the keys that what is stored of a verification names.
func (w *world) keysOf(b *bus.Bus, id string) map[uint64]bool {
	w.t.Helper()
	keys := map[uint64]bool{}
	shard := events.ShardOf(id, chaos.Shards)
	tail, err := b.Tail(context.Background(), shard)
	if err != nil {
		w.t.Fatal(err)
	}
	add := func(e *events.Evidence) {
		if e != nil && e.Sealed != nil {
			keys[e.Sealed.Key] = true
		}
		if e != nil && e.Key != 0 {
			keys[e.Key] = true
		}
	}
	for seq := uint64(1); seq <= tail; seq++ {
		e, _, err := b.Input(context.Background(), shard, seq)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, p := range events.Facts(e.Data) {
			if p.Key() != id {
				continue
			}
			switch p := p.(type) {
			case events.VerificationOpened:
				keys[p.Sealed.Key] = true
				for _, d := range p.Documents {
					keys[d.Key] = true
				}
			case events.CheckAnswered:
				add(p.Evidence)
			case events.WebhookReceived:
				add(p.Body)
			}
		}
	}
	return keys
}

// A person who has gone through the whole system is erased: the bytes of their keys are nowhere in the broker's files any more,
// their documents are gone, the vendor that can has erased them, and the history can still be verified.
func TestAnErasedPersonIsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.connect()
	accepted := map[string]bool{}
	ids := map[string]string{}
	for n, flow := range []string{"sumsub-person", "bive-person"} {
		accepted[flow] = true
		p := w.Post(chaos.Somebody(flow, flow, "", n), flow)
		if p.Status != http.StatusAccepted {
			t.Fatalf("POST answered %d %s (%v)", p.Status, p.Body, p.Err)
		}
		ids[flow] = p.ID
	}
	w.decided(b, accepted)
	var wrapped [][]byte
	for _, id := range ids {
		for key := range w.keysOf(b, id) {
			k, err := b.Key(t.Context(), key)
			if err != nil {
				t.Fatalf("key %d: %v", key, err)
			}
			wrapped = append(wrapped, bytes.Clone(k[len(k)-40:])) // what is its own: the head is that of its batch
		}
	}
	if len(wrapped) < 3 {
		t.Fatalf("%d keys, want that of each person and of what vendors have sent", len(wrapped))
	}
	if holding, _ := w.files("nats", wrapped...); len(holding) == 0 {
		t.Fatal("the keys lie in no file of the broker before they are destroyed: the search does not bite")
	}
	if _, n := w.files("blobs"); n == 0 {
		t.Fatal("no blob is stored")
	}
	for flow, id := range ids {
		if p := w.Call(http.MethodDelete, "/v1/verifications/"+id+"/subject", nil); p.Status != http.StatusAccepted {
			t.Fatalf("%s: DELETE answered %d %s (%v)", flow, p.Status, p.Body, p.Err)
		}
	}
	want := map[string]string{"sumsub-person": events.AnswerErased, "bive-person": events.AnswerFailed}
	for flow, id := range ids {
		w.await(flow+" is erased, and its vendor has answered", 30*time.Second, func() bool { return w.receipt(id) == want[flow] })
		p := w.Call(http.MethodGet, "/v1/verifications/"+id, nil)
		var v events.View
		if err := json.Unmarshal(p.Body, &v); err != nil || v.Status != "erased" || v.Decision == nil || v.Decision.Result != "true" {
			t.Errorf("%s: GET answered %d %s (%v), want it erased with its decision", flow, p.Status, p.Body, err)
		}
	}
	if n := w.count("RESULTS", ".erased"); n != len(ids) {
		t.Errorf("RESULTS says of %d persons that they are erased, want %d", n, len(ids))
	}
	w.await("the vendor's webhooks about it have come and gone", 10*time.Second, func() bool {
		for _, id := range ids {
			for key := range w.keysOf(b, id) {
				if _, err := b.Key(t.Context(), key); err == nil {
					return false
				}
			}
		}
		return true
	})
	w.stop("ingest", "dispatcher-1", "dispatcher-2")
	w.await("everything is computed again as it was decided", 30*time.Second, func() bool {
		recorded, err := replay.Live(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := replay.Run(t.Context(), recorded)
		return err == nil && again.Same && again.Pending == 0
	})
	w.stop("resolver-1", "resolver-2")
	if holding, _ := w.files("nats", wrapped...); len(holding) > 0 {
		t.Errorf("destroyed keys lie in %v", holding)
	}
	if _, n := w.files("blobs"); n > 0 {
		t.Errorf("%d blobs are left", n)
	}
	for _, where := range []string{"nats", "index", ""} {
		for file, found := range w.search(where) {
			t.Errorf("%s holds %v", file, found)
		}
	}
}

// receipt returns how a vendor has answered when it was asked to erase a person, or "".
func (w *world) receipt(id string) string {
	w.t.Helper()
	p := w.Call(http.MethodGet, "/v1/verifications/"+id+"/timeline", nil)
	var timeline struct {
		Items []struct {
			Type string               `json:"type"`
			Data events.CheckAnswered `json:"data"`
		} `json:"items"`
	}
	if p.Status != http.StatusOK {
		return ""
	}
	if err := json.Unmarshal(p.Body, &timeline); err != nil {
		return ""
	}
	said := ""
	for _, i := range timeline.Items {
		if i.Type == events.TypeCheckAnswered && i.Data.Kind == events.CallErase {
			said = i.Data.Status
		}
	}
	return said
}
