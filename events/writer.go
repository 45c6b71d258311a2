package events

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// writer writes data of the events that travel most, byte for byte as package json does, without reflection. What it
// cannot write so is for package json: ok is false then, and b is of no use. Every method takes what stands before the
// value: `{"id":` or `,"name":`. Those that begin with opt leave out what is empty, with what stands before it.
type writer struct {
	b  []byte
	ok bool
}

func (w *writer) raw(s string) { w.b = append(w.b, s...) }

func (w *writer) str(before, v string) {
	w.b = append(w.b, before...)
	for i := range len(v) {
		if c := v[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			var err error
			if w.b, err = jsontext.AppendQuote(w.b, v); err != nil {
				w.ok = false
			}
			return
		}
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, v...)
	w.b = append(w.b, '"')
}

func (w *writer) optStr(before, v string) {
	if v != "" {
		w.str(before, v)
	}
}

func (w *writer) strs(before string, vs []string) {
	w.raw(before)
	w.raw("[")
	for i, v := range vs {
		w.str(comma(i), v)
	}
	w.raw("]")
}

func (w *writer) optStrs(before string, vs []string) {
	if len(vs) > 0 {
		w.strs(before, vs)
	}
}

func (w *writer) int(before string, v int64) { w.b = strconv.AppendInt(append(w.b, before...), v, 10) }

func (w *writer) optInt(before string, v int64) {
	if v != 0 {
		w.int(before, v)
	}
}

func (w *writer) uint(before string, v uint64) {
	w.b = strconv.AppendUint(append(w.b, before...), v, 10)
}

func (w *writer) optUint(before string, v uint64) {
	if v != 0 {
		w.uint(before, v)
	}
}

func (w *writer) float(before string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		w.ok = false
		return
	}
	w.b = jsontext.AppendFloat(append(w.b, before...), v, 64)
}

func (w *writer) optFloat(before string, v float64) {
	if math.Float64bits(v) != 0 { // the zero with a sign is written
		w.float(before, v)
	}
}

func (w *writer) bool(before string, v bool) { w.b = strconv.AppendBool(append(w.b, before...), v) }

func (w *writer) optBool(before string, v bool) {
	if v {
		w.bool(before, v)
	}
}

func (w *writer) time(before string, v time.Time) {
	if y := v.Year(); y < 0 || y > 9999 {
		w.ok = false
		return
	}
	if _, offset := v.Zone(); offset != 0 {
		w.ok = false
		return
	}
	w.raw(before)
	w.raw(`"`)
	w.b = v.AppendFormat(w.b, time.RFC3339Nano)
	w.raw(`"`)
}

func (w *writer) optTime(before string, v time.Time) {
	if !v.IsZero() {
		w.time(before, v)
	}
}

func (w *writer) bytes(before string, v []byte) {
	w.raw(before)
	w.raw(`"`)
	w.b = base64.StdEncoding.AppendEncode(w.b, v)
	w.raw(`"`)
}

// optJSON writes opaque JSON of the plainest form.
func (w *writer) optJSON(before string, v jsontext.Value) {
	switch {
	case len(v) == 0:
		return
	case plainObject(v) == len(v):
		if len(v) == len("{}") {
			return
		}
		w.b = append(append(w.b, before...), v...)
	default:
		w.ok = false
	}
}

// list writes a list, also an empty one.
func list[T any](w *writer, before string, vs []T, item func(*writer, string, *T)) {
	w.raw(before)
	w.raw("[")
	for i := range vs {
		item(w, comma(i), &vs[i])
	}
	w.raw("]")
}

func optList[T any](w *writer, before string, vs []T, item func(*writer, string, *T)) {
	if len(vs) > 0 {
		list(w, before, vs, item)
	}
}

// comma stands before the i-th item of a list.
func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// plainObject returns the length of the JSON object that b begins with, if it is one whose values are all strings,
// without spaces, escapes, bytes outside ASCII, or a name twice; else 0.
func plainObject(b []byte) int {
	if len(b) < 2 || b[0] != '{' {
		return 0
	}
	if b[1] == '}' {
		return 2
	}
	var names [8][]byte
	i := 1
	for n := range names {
		name := plainString(b[i:])
		if name == 0 || i+name >= len(b) || b[i+name] != ':' {
			return 0
		}
		names[n] = b[i : i+name]
		for _, before := range names[:n] {
			if string(before) == string(names[n]) {
				return 0
			}
		}
		i += name + 1
		value := plainString(b[i:])
		if value == 0 || i+value >= len(b) {
			return 0
		}
		i += value + 1
		switch b[i-1] {
		case '}':
			return i
		case ',':
		default:
			return 0
		}
	}
	return 0
}

// plainString returns the length of the JSON string that b begins with, quotes included, if it is printable ASCII
// without escapes; else 0.
func plainString(b []byte) int {
	if len(b) < 2 || b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ' || c >= 0x7f || c == '\\':
			return 0
		}
	}
	return 0
}
