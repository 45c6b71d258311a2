package seal

import (
	"bytes"
	"crypto/rand"
	"testing"
)

// FuzzKeyset: a keyset is refused, or it is read and says the same when it is written again. Public halves hold no private one,
// and no error repeats a key.
func FuzzKeyset(f *testing.F) {
	keys, err := Generate(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	for _, marshal := range []func() ([]byte, error){keys.MarshalPrivate, keys.Public().MarshalPublic} {
		b, err := marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if p, err := ParsePublic(file); err == nil {
			b, err := p.MarshalPublic()
			if err != nil || bytes.Contains(b, []byte(`"private"`)) {
				t.Errorf("a public half was read and is written as %s, %v", b, err)
			}
			if _, err := ParsePublic(b); err != nil {
				t.Errorf("what was written is not read: %v", err)
			}
		}
		if k, err := ParsePrivate(file); err == nil {
			o := NewOpener(k, nil)
			a := AAD{Kind: KindToken}
			box, err := o.SealAlone(a, []byte("ana"))
			if err != nil {
				t.Fatalf("a keyset was read that cannot seal: %v", err)
			}
			if got, err := o.OpenAlone(a, box); err != nil || string(got) != "ana" {
				t.Errorf("a keyset was read that does not open what it sealed: %q, %v", got, err)
			}
		}
	})
}

// FuzzOpenAlone: nothing opens but what was sealed.
func FuzzOpenAlone(f *testing.F) {
	keys, err := Generate(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	o, a := NewOpener(keys, nil), AAD{Verification: "personr", Kind: KindToken}
	sealed, err := o.SealAlone(a, []byte("bus|a-token"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:wrappedSize])
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := o.OpenAlone(a, b); err == nil && !bytes.Equal(b, sealed) {
			t.Errorf("a forged box of %d bytes opened: %q", len(b), got)
		}
	})
}
