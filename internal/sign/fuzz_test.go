package sign_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/sign"
)

// FuzzCheck: whatever the file, each decision in it is as it was signed or something is said to be wrong with it; and what a key
// that nobody trusts has signed is never right.
func FuzzCheck(f *testing.F) {
	k := newKey(f)
	trusted := sign.Keys{k.Public(time.Time{})}
	whole := signed(f, k, view())
	f.Add(whole)
	f.Add(structured(f, k, view()))
	f.Add(signed(f, newKey(f), view()))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, v := range sign.Check(file, nil) {
			if len(v.Wrong) == 0 {
				t.Errorf("right without a key: %q", file)
			}
		}
		for _, v := range sign.Check(file, trusted) {
			if len(v.Wrong) == 0 && v.ID != view().ID {
				t.Errorf("right, and not what was signed: %+v", v)
			}
		}
	})
}

// FuzzKeys: a set of keys is refused, or it is read, holds no private half, and is the same when it is written again.
func FuzzKeys(f *testing.F) {
	b, err := sign.Keys{newKey(f).Public(noon)}.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := sign.ParseKeys(file)
		if err != nil {
			return
		}
		b, err := keys.Marshal()
		if err != nil || bytes.Contains(b, []byte(`"d":`)) {
			t.Errorf("written as %s, %v", b, err)
		}
		if again, err := sign.ParseKeys(b); err != nil || len(again) != len(keys) {
			t.Errorf("read again: %d keys, %v; want %d (%s)", len(again), err, len(keys), b)
		}
	})
}
