package seal

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestASecretOfOursOpensForItsPurposeAndKeysetOnly(t *testing.T) {
	keys, err := Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := NewOpener(keys, nil)
	a := AAD{Verification: "personr", Kind: KindToken}
	secret := []byte("bus|a-token")
	sealed, err := o.SealAlone(a, secret)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, secret) {
		t.Error("the secret stands in what was sealed")
	}
	again, err := o.SealAlone(a, secret)
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice: got the same bytes, %v; want others", err)
	}
	if got, err := o.OpenAlone(a, sealed); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("got %q, %v; want it back", got, err)
	}
	rotated, err := keys.Rotate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := NewOpener(rotated, nil).OpenAlone(a, sealed); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("after a rotation: got %q, %v; want it back", got, err)
	}
	other, err := Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, x := range map[string]struct {
		o      *Opener
		a      AAD
		sealed []byte
		want   fault.Class
	}{
		"another purpose": {o, AAD{Verification: "acme", Kind: KindToken}, sealed, fault.Malformed}, "another keyset": {NewOpener(other, nil), a, sealed, fault.Unauthorized},
		"damaged": {o, a, damaged, fault.Malformed}, "cut": {o, a, sealed[:20], fault.Malformed}, "nothing": {o, a, nil, fault.Malformed},
	} {
		if got, err := x.o.OpenAlone(x.a, x.sealed); fault.ClassOf(err) != x.want {
			t.Errorf("%s: got %q, %v; want class %s", name, got, err, x.want)
		}
	}
}
