package decision

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonWriter appends members of objects. Those that are zero are left out, but by always.
type jsonWriter struct {
	b   []byte
	err error // the first
}

func (w *jsonWriter) open()  { w.b = append(w.b, '{') }
func (w *jsonWriter) close() { w.b = append(w.b, '}') }

func (w *jsonWriter) comma(i int) {
	if i > 0 {
		w.b = append(w.b, ',')
	}
}

func (w *jsonWriter) key(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

func (w *jsonWriter) quote(v string) {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			b, err := jsontext.AppendQuote(w.b, v)
			w.fail(err)
			w.b = b
			return
		}
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, v...)
	w.b = append(w.b, '"')
}

func (w *jsonWriter) always(name, v string) {
	w.key(name)
	w.quote(v)
}

func (w *jsonWriter) text(name, v string) {
	if v != "" {
		w.always(name, v)
	}
}

func (w *jsonWriter) texts(name string, vs []string) {
	if len(vs) > 0 {
		w.key(name)
		w.list(vs)
	}
}

func (w *jsonWriter) list(vs []string) {
	w.b = append(w.b, '[')
	for i, v := range vs {
		w.comma(i)
		w.quote(v)
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) number(name string, v int64) {
	if v != 0 {
		w.key(name)
		w.b = strconv.AppendInt(w.b, v, 10)
	}
}

func (w *jsonWriter) numbers(name string, vs []uint64) {
	if len(vs) == 0 {
		return
	}
	w.key(name)
	w.b = append(w.b, '[')
	for i, v := range vs {
		w.comma(i)
		w.b = strconv.AppendUint(w.b, v, 10)
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) float(name string, v float64) {
	switch {
	case v == 0:
	case v-v != 0: // no number, or without end
		w.any(name, v) // which package json refuses
	default:
		w.key(name)
		w.b = jsontext.AppendFloat(w.b, v, 64)
	}
}

func (w *jsonWriter) yes(name string, v bool) {
	if v {
		w.key(name)
		w.b = append(w.b, "true"...)
	}
}

// any writes a member as package json does, unless it is an empty object.
func (w *jsonWriter) any(name string, v any) {
	b, err := json.Marshal(v)
	w.fail(err)
	if string(b) != "{}" {
		w.key(name)
		w.b = append(w.b, b...)
	}
}

// rare is any for lists that are empty mostly.
func rare[T any](w *jsonWriter, name string, vs []T) {
	if len(vs) > 0 {
		w.any(name, vs)
	}
}

// one is any for what is absent mostly.
func one[T any](w *jsonWriter, name string, v *T) {
	if v != nil {
		w.any(name, v)
	}
}

func (w *jsonWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
