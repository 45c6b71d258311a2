package events

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// quickTypes are those that are written and read without reflection.
var quickTypes = []Payload{VerificationOpened{}, CheckRequested{}, CheckAnswered{}, ChecksAnswered{}, VerificationDecided{}}

// A member that is added to a type and not to its quick form would vanish from the wire.
func TestTheQuickFormHasEveryMember(t *testing.T) {
	f := filler{full: true}
	for _, p := range quickTypes {
		p := f.payload(p)
		got, ok := quickly(p)
		want, err := json.Marshal(p, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("%s: ok %v\n got %s\nwant %s", p.Type(), ok, got, want)
		}
		again, err := kinds[p.Type()].decode(want)
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%s is read as %+v, %v", p.Type(), again, err)
		}
		if !readQuickly(p, want) {
			t.Errorf("%s is not read quickly: %s", p.Type(), want)
		}
	}
}

func TestTheQuickFormIsTheOrdinaryOne(t *testing.T) {
	quick := 0
	f := filler{rand: rand.New(rand.NewPCG(1, 2))}
	for range 4000 {
		for _, p := range quickTypes {
			p := f.payload(p)
			got, ok := quickly(p)
			if !ok {
				continue
			}
			quick++
			want, err := json.Marshal(p, json.Deterministic(true))
			if err != nil {
				t.Fatalf("package json refuses what was written quickly: %v: %s", err, got)
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("%s:\n got %s\nwant %s", p.Type(), got, want)
			}
			sameReading(t, p, got)
		}
	}
	if quick < 8000 {
		t.Errorf("%d of 20000 were written quickly: the test tests little", quick)
	}
}

func TestTheOutlineIsWhatTheWholeSays(t *testing.T) {
	f := filler{rand: rand.New(rand.NewPCG(3, 4))}
	for range 2000 {
		for _, p := range []Payload{VerificationOpened{}, VerificationDecided{}} {
			p := f.payload(p)
			if d, ok := p.(VerificationDecided); ok && f.rand.IntN(3) == 0 {
				d.Status = inReview
				p = d
			}
			b, err := json.Marshal(p, json.Deterministic(true))
			if err != nil {
				continue
			}
			var want Outline
			switch p := p.(type) {
			case VerificationOpened:
				want = Outline{ID: p.ID, Tenant: p.Tenant, Flow: p.Flow, Reference: p.Reference, Hold: p.Hold}
			case VerificationDecided:
				want = Outline{ID: p.ID, Tenant: p.Tenant, Flow: p.Flow, Reference: p.Reference, Status: p.Status, CreatedAt: p.CreatedAt}
				if p.Decision != nil {
					want.Revision, want.Result = p.Decision.Revision, p.Decision.Result
				}
				if p.Status == inReview && p.Review != nil {
					want.InReview = p.Review.Since
				}
			}
			if got, ok := OutlineOf(b); !ok || got != want {
				t.Fatalf("%s:\n got %+v, %v\nwant %+v", b, got, ok, want)
			}
		}
	}
	full := filler{full: true}
	opened := full.payload(VerificationOpened{}).(VerificationOpened)
	opened.Documents, opened.Parties = nil, nil
	for _, p := range []Payload{opened, full.payload(VerificationDecided{})} {
		b, _ := quickly(p)
		if _, ok := quickOutline(b); !ok {
			t.Errorf("not read quickly: %s", b)
		}
	}
	if o, ok := OutlineOf([]byte(`{"id":1}`)); ok {
		t.Errorf("nonsense has the outline %+v", o)
	}
}

func FuzzQuickReadingIsTheOrdinaryOne(f *testing.F) {
	full := filler{full: true}
	for i, p := range quickTypes {
		b, _ := quickly(full.payload(p))
		f.Add(uint8(i), b)
		f.Add(uint8(i), bytes.Replace(b, []byte(`"id":`), []byte(`"id": `), 1))
	}
	f.Fuzz(func(t *testing.T, n uint8, b []byte) { sameReading(t, quickTypes[int(n)%len(quickTypes)], b) })
}

// sameReading compares both ways of reading, where the quick one takes b.
func sameReading(t *testing.T, p Payload, b []byte) {
	t.Helper()
	got, ok := quickOf(p, b)
	if !ok {
		return
	}
	want := reflect.New(reflect.TypeOf(p))
	if err := json.Unmarshal(b, want.Interface()); err != nil {
		t.Fatalf("%s: package json refuses what was read quickly: %v: %s", p.Type(), err, b)
	}
	if !reflect.DeepEqual(got, want.Elem().Interface()) {
		t.Fatalf("%s of %s:\n got %+v\nwant %+v", p.Type(), b, got, want.Elem().Interface())
	}
}

func readQuickly(p Payload, b []byte) bool {
	_, ok := quickOf(p, b)
	return ok
}

func quickOf(p Payload, b []byte) (Payload, bool) {
	switch p.(type) {
	case VerificationOpened:
		return quick[VerificationOpened](b)
	case CheckRequested:
		return quick[CheckRequested](b)
	case CheckAnswered:
		return quick[CheckAnswered](b)
	case ChecksAnswered:
		return quick[ChecksAnswered](b)
	}
	return quick[VerificationDecided](b)
}

// filler makes values: with every member set, or by chance.
type filler struct {
	full bool
	rand *rand.Rand
	n    int
}

func (f *filler) payload(p Payload) Payload {
	v := reflect.New(reflect.TypeOf(p)).Elem()
	f.fill(v)
	return v.Interface().(Payload)
}

// pick returns 0 to n-1, and 0 when every member is set.
func (f *filler) pick(n int) int {
	if f.full {
		return 0
	}
	return f.rand.IntN(n)
}

// mostly returns 0 to few-1, and now and then up to n-1.
func (f *filler) mostly(few, n int) int {
	if f.pick(50) == 49 {
		return f.pick(n)
	}
	return f.pick(few)
}

var oddWords = []string{"plain", "", "ü", "a\"b", "a\\b", "line\nbreak", "<&>", "\u2028", "a\x7fb", "\U0001F600", "\ufffd", "bad\xff"}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		times := []time.Time{time.Date(2026, 11, 23, 10, 20, 30, 123000000, time.UTC), {}, time.Unix(f.seed(), f.seed()%1e9).UTC(), time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)}
		v.Set(reflect.ValueOf(times[f.mostly(3, len(times))]))
		return
	case reflect.TypeFor[jsontext.Value]():
		values := []string{`{"id":"65ab"}`, "", "{}", `{"a":"1","b":"2"}`, `{"a":"1","a":"2"}`, `{ "a":1}`, `[1]`, `{"a":"\u0041"}`, `{"a":"ü"}`}
		if s := values[f.mostly(4, len(values))]; s != "" {
			v.SetBytes([]byte(s))
		}
		return
	case reflect.TypeFor[[]byte]():
		v.SetBytes([]byte("\x00\x01sealed")[:8-f.pick(9)])
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(oddWords[f.mostly(9, len(oddWords))])
	case reflect.Bool:
		v.SetBool(f.pick(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{7, 0, -3, f.seed(), -f.seed()}[f.pick(5)])
	case reflect.Uint64:
		v.SetUint([]uint64{7, 0, uint64(f.seed()), 1<<64 - 1}[f.pick(4)])
	case reflect.Float64:
		v.SetFloat([]float64{97.5, 0, 100, 1e-7, 1e21, 33.333333333333336, -1, 0.5}[f.pick(8)])
	case reflect.Pointer:
		if f.pick(3) < 2 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Slice:
		if n := 2 - f.pick(3); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				f.fill(v.Index(i))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic("a kind of member that the test does not know: " + v.Type().String())
	}
}

// seed is a number that is different every time.
func (f *filler) seed() int64 {
	if f.full {
		return int64(f.n)
	}
	return f.rand.Int64N(1 << 52)
}

func BenchmarkQuick(b *testing.B) {
	f := filler{full: true}
	for _, p := range quickTypes {
		p := f.payload(p)
		body, _ := quickly(p)
		b.Run("write/"+p.Type(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				quickly(p)
			}
		})
		b.Run("read/"+p.Type(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				quickOf(p, body)
			}
		})
		b.Run("ordinary write/"+p.Type(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = json.Marshal(p, json.Deterministic(true))
			}
		})
		b.Run("ordinary read/"+p.Type(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = json.Unmarshal(body, reflect.New(reflect.TypeOf(p)).Interface())
			}
		})
	}
}
