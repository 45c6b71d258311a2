package ingest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// TestAnInterruptedRequestIsTakenOver puts a stored key back to where a request has begun and not ended: a repetition is
// told to wait while it may be on its way, and takes its place, as the same verification, when it was lost.
func TestAnInterruptedRequestIsTakenOver(t *testing.T) {
	r := newRig(t, nil)
	first := r.open(full, "Idempotency-Key", "k")
	bucket, err := r.bus.Bucket(t.Context(), "bf_idem")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("acme\x00k"))
	begun := func(since time.Time) {
		value, rev, ok, err := bucket.Get(t.Context(), hex.EncodeToString(sum[:]))
		if err != nil || !ok {
			t.Fatalf("the key is not stored: %v", err)
		}
		var m map[string]any
		if err := json.Unmarshal(value, &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "done")
		m["since"] = since
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := bucket.Update(t.Context(), hex.EncodeToString(sum[:]), b, rev); !ok || err != nil {
			t.Fatalf("update: %t, %v", ok, err)
		}
	}
	begun(time.Now())
	p := r.want(409, r.call("POST", "/v1/verifications", acme, full, "Idempotency-Key", "k"))
	if p.header.Get("Retry-After") == "" || !strings.HasSuffix(p.problem(t).Type, "/in-flight") {
		t.Errorf("Retry-After = %q, answer %s", p.header.Get("Retry-After"), p.body)
	}
	begun(time.Now().Add(-time.Minute))
	if again := r.open(full, "Idempotency-Key", "k"); again != first {
		t.Errorf("taken over = %+v, want %+v", again, first)
	}
}
