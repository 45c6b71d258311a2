package events

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// compactTypes are those that have a compact form.
var compactTypes = []Payload{VerificationOpened{}, CheckRequested{}, CheckAnswered{}, ChecksAnswered{}}

const compactID = "vrf_01k9s5m3b80123456789abcdef"

func compactEvent(p Payload) Event {
	return Event{ID: compactID + ".identity.1.send.1", Source: "/bonafide/dispatcher", Subject: compactID, Time: time.Date(2026, 11, 23, 10, 20, 30, 123456789, time.UTC),
		CausationID: "0-17-0", TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Data: p, Compact: true}
}

// fromJSON is what binary mode makes of an event.
func fromJSON(t *testing.T, e Event) (Event, error) {
	t.Helper()
	e.Compact = false
	h, body, err := Encode(e)
	if err != nil {
		return Event{}, err
	}
	got, err := Decode(h, body)
	if err != nil {
		t.Fatalf("what binary mode has written is not read: %v: %s", err, body)
	}
	return got, nil
}

// sameFromBoth fails unless a body in the compact form says what binary mode says.
func sameFromBoth(t *testing.T, e Event, body []byte) {
	t.Helper()
	want, err := fromJSON(t, e)
	if err != nil {
		t.Fatalf("what has a compact form is refused by package json: %v: %+v", err, e)
	}
	got, err := Decode(Header{"Content-Type": {contentCompact}}, body)
	if err != nil {
		t.Fatalf("Decode(%x): %v", body, err)
	}
	if want.Compact = true; !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v\nfrom %x", e.Data.Type(), got, want, body)
	}
}

// A member that is added to a type and not to its compact form would vanish from the wire.
func TestTheCompactFormHasEveryMember(t *testing.T) {
	f := filler{full: true}
	for _, p := range compactTypes {
		e := compactEvent(f.payload(p))
		body, ok := pack(&e)
		if !ok {
			t.Fatalf("%s has no compact form: %+v", p.Type(), e.Data)
		}
		sameFromBoth(t, e, body)
		if got, err := unpack(body); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%s is read as\n%+v, %v, want\n%+v", p.Type(), got, err, e)
		}
	}
}

func TestTheCompactFormSaysWhatBinaryModeSays(t *testing.T) {
	packed, quick := 0, 0
	f := filler{rand: rand.New(rand.NewPCG(5, 6))}
	for range 4000 {
		for _, p := range compactTypes {
			e := compactEvent(f.payload(p))
			if f.pick(3) == 0 {
				e.Subject, e.ID, e.Source, e.CausationID, e.TraceParent, e.Time = oddWords[f.pick(len(oddWords))], "x%\x01", "elsewhere", compactID, "", time.Time{}
			}
			if _, ok := quickly(e.Data); ok {
				quick++
			}
			if body, ok := pack(&e); ok {
				packed++
				sameFromBoth(t, e, body)
			}
		}
	}
	if packed < 6000 || packed < quick*9/10 {
		t.Errorf("%d of 16000 have a compact form, %d are written quickly: the test tests little", packed, quick)
	}
}

func TestWhatHasNoCompactFormIsWrittenInBinaryMode(t *testing.T) {
	answer := CheckAnswered{ID: compactID, Tenant: "acme", Check: "identity"}
	odd := answer
	odd.Ref = []byte(`{"a":[1]}`)
	extended := compactEvent(answer)
	extended.Extensions = map[string]string{"added": "later"}
	for name, e := range map[string]Event{
		"another type": compactEvent(TimerFired{ID: compactID}), "an extension": extended, "JSON that is not of the plainest form": compactEvent(odd),
	} {
		h, body, err := Encode(e)
		if err != nil || h[hType] == nil || body[0] != '{' {
			t.Fatalf("%s: header %v, body %q, %v, want binary mode", name, h, body, err)
		}
		if got, err := Decode(h, body); err != nil || got.Compact || !reflect.DeepEqual(got.Data, e.Data) {
			t.Errorf("%s is read as %+v, %v", name, got, err)
		}
	}
	bad := answer
	bad.Why = "bad\xff"
	if _, _, err := Encode(compactEvent(bad)); err == nil {
		t.Error("a text that is not UTF-8 is written")
	}
}

func TestTheCompactFormIsReadStrictly(t *testing.T) {
	h := Header{"Content-Type": {contentCompact}}
	f := filler{full: true}
	for _, p := range compactTypes {
		e := compactEvent(f.payload(p))
		body, _ := pack(&e)
		for n := range body {
			if got, err := Decode(h, body[:n]); !errors.Is(err, ErrMalformed) {
				t.Fatalf("the first %d of %d bytes of %s are read as %+v, %v", n, len(body), p.Type(), got, err)
			}
		}
		if _, err := Decode(h, append(bytes.Clone(body), 0)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s with a byte too many: error %v, want malformed", p.Type(), err)
		}
	}
	e := compactEvent(CheckAnswered{ID: compactID})
	body, _ := pack(&e)
	for name, damaged := range map[string][]byte{
		"no version":                           append([]byte{0}, body[1:]...),
		"a number too long":                    append([]byte{1, compactAnswered, 0x80, 0x00}, body[3:]...),
		"a word of a place that is not filled": {1, compactAnswered, 3},
		"more answers than bytes":              append(head(ChecksAnswered{}), 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f),
	} {
		if got, err := Decode(h, damaged); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: read as %+v, %v, want malformed", name, got, err)
		}
	}
	for name, newer := range map[string][]byte{"another version": {2, 1, 2, 3}, "another type": append([]byte{1, 200}, body[2:]...)} {
		if _, err := Decode(h, newer); !errors.Is(err, ErrUnknownType) {
			t.Errorf("%s: error %v, want unknown: it is newer, not broken", name, err)
		}
	}
}

// head is the beginning of an event of a type, up to its data.
func head(p Payload) []byte {
	e := compactEvent(p)
	body, _ := pack(&e)
	return body[:len(body)-3]
}

func TestWhatIsToldWithoutDecodingIsToldOfTheCompactForm(t *testing.T) {
	opened := VerificationOpened{ID: compactID, Tenant: "acme", Flow: "person", FlowDigest: "sha256:" + strings.Repeat("0a", 32), Reference: "r", SubjectType: "person",
		Sealed: Sealed{Key: 7, Box: []byte("box")}, Hold: true}
	h, body, err := Encode(compactEvent(opened))
	if err != nil {
		t.Fatal(err)
	}
	if kind, id := Gist(h, body); kind != TypeOpened || id != compactID {
		t.Errorf("Gist = %q, %q", kind, id)
	}
	want := Outline{ID: compactID, Tenant: "acme", Flow: "person", Reference: "r", Hold: true}
	if got, ok := OutlineOf(body); !ok || got != want {
		t.Errorf("OutlineOf = %+v, %v, want %+v", got, ok, want)
	}
	e := compactEvent(opened)
	e.Subject = ""
	h, body, _ = Encode(e)
	if kind, id := Gist(h, body); kind != TypeOpened || id != compactID {
		t.Errorf("without a subject: Gist = %q, %q", kind, id)
	}
	for _, b := range [][]byte{{1}, {1, 1}, {1, 1, 0xff}, {1, 1, 40}} {
		Gist(h, b)
		if o, ok := OutlineOf(b); ok {
			t.Errorf("OutlineOf(%x) = %+v", b, o)
		}
	}
}

// FuzzTheCompactForm: whatever is read can be written again, in both forms, and says the same.
func FuzzTheCompactForm(f *testing.F) {
	full := filler{full: true}
	for _, p := range compactTypes {
		e := compactEvent(full.payload(p))
		body, _ := pack(&e)
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Decode(Header{"Content-Type": {contentCompact}}, bytes.Clone(body))
		if err != nil {
			return
		}
		again, ok := pack(&e)
		if !ok {
			t.Fatalf("what was read cannot be written: %+v", e)
		}
		sameFromBoth(t, e, again)
		Gist(compactHeaders(), body)
		OutlineOf(body)
	})
}

func compactHeaders() Header { return Header{"Content-Type": compactHeader} }

func BenchmarkCompact(b *testing.B) {
	f := filler{full: true}
	for _, p := range compactTypes {
		e := compactEvent(f.payload(p))
		for _, compact := range []bool{true, false} {
			e := e
			name := "binary mode/"
			if e.Compact = compact; compact {
				name = "compact/"
			}
			h, body, _ := Encode(e)
			b.Run(name+"write/"+p.Type(), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, _, _ = Encode(e)
				}
			})
			b.Run(name+"read/"+p.Type(), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, _ = Decode(h, body)
				}
			})
		}
	}
}
