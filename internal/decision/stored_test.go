package decision

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
)

// A member that is added to a state and not to AppendJSON would be forgotten by every restart.
func TestAStateIsStoredAsPackageJSONWritesIt(t *testing.T) {
	for seed := range uint64(6000) {
		f := stateFiller{rand: rand.New(rand.NewPCG(seed, 1)), full: seed == 0}
		var s State
		f.fill(reflect.ValueOf(&s).Elem())
		want, refused := json.Marshal(&s)
		got, err := s.AppendJSON([]byte("before"))
		if (err != nil) != (refused != nil) {
			t.Fatalf("seed %d: error %v, package json says %v: %+v", seed, err, refused, s)
		}
		if err == nil && string(got) != "before"+string(want) {
			t.Fatalf("seed %d:\n got %s\nwant before%s", seed, got, want)
		}
	}
}

func BenchmarkAStateIsStored(b *testing.B) {
	f := stateFiller{rand: rand.New(rand.NewPCG(1, 1)), full: true}
	var s State
	f.fill(reflect.ValueOf(&s).Elem())
	s.Documents, s.Parties, s.Parents, s.Reviews, s.Claim, s.InReview, s.Failure = nil, nil, nil, nil, nil, nil, nil
	for _, c := range s.Checks {
		c.Split, c.Known, c.Earlier, c.Before = nil, nil, nil, nil
		c.Run.Actions, c.Run.Given, c.Run.Page, c.Run.Told = nil, nil, nil, nil
	}
	buf := bytes.NewBuffer(nil)
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		out := make([]byte, 0, 4096)
		for b.Loop() {
			out, _ = s.AppendJSON(out[:0])
		}
	})
	b.Run("ordinary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf.Reset()
			_ = json.MarshalWrite(buf, &s)
		}
	})
}

// stateFiller makes values: with every member set, or by chance.
type stateFiller struct {
	rand *rand.Rand
	full bool
	n    int
}

var storedWords = []string{"word", "", "two words", `"quoted\"`, "Łódź", "\u2028<&>", "a\x7f\n"}

func (f *stateFiller) pick(n int) int {
	if f.full {
		return 0
	}
	return f.rand.IntN(n)
}

func (f *stateFiller) fill(v reflect.Value) {
	f.n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(storedWords[f.pick(len(storedWords))])
		if f.pick(2000) == 1999 {
			v.SetString("bad\xff")
		}
	case reflect.Bool:
		v.SetBool(f.pick(2) == 0)
	case reflect.Int, reflect.Int32, reflect.Int64:
		n := []int64{int64(f.n), 0, -3, math.MaxInt32, math.MinInt32}[f.pick(5)]
		v.SetInt(n)
	case reflect.Uint8:
		v.SetUint(uint64(1 + f.pick(4)))
	case reflect.Uint64:
		v.SetUint([]uint64{7, 0, math.MaxUint64}[f.pick(3)])
	case reflect.Float64:
		v.SetFloat([]float64{97.5, 0, 100, 1e-7, 1e21, math.Copysign(0, -1)}[f.pick(6)])
		if f.pick(3000) == 2999 {
			v.SetFloat(math.NaN())
		}
	case reflect.Pointer:
		if f.pick(3) < 2 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Slice:
		n := []int{1, 0, 2, -1}[f.pick(4)]
		if n < 0 {
			return // nil
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			f.fill(v.Index(i))
		}
	case reflect.Struct:
		if !f.full && f.rand.IntN(6) == 0 {
			return // as it is before anything is known
		}
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic("a kind of member that the test does not know: " + v.Type().String())
	}
}
