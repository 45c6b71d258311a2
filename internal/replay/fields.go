package replay

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Field is one place where two documents differ. A value that is not there is "".
type Field struct {
	Pointer  string `json:"pointer"` // JSON pointer
	Log      string `json:"log,omitempty"`
	Computed string `json:"computed,omitempty"`
}

// Bounds of what is told of differing fields.
const (
	fieldsMost = 8
	valueMost  = 120
)

// fields returns where two JSON documents differ, in the order of their names, at most fieldsMost places.
func fields(log, computed []byte) []Field {
	var out []Field
	differing("", log, computed, &out)
	return out
}

func differing(at string, a, b jsontext.Value, out *[]Field) {
	if len(*out) == fieldsMost || bytes.Equal(a, b) {
		return
	}
	am, bm := members(a), members(b)
	if am == nil || bm == nil {
		*out = append(*out, Field{at, short(a), short(b)})
		return
	}
	names := make([]string, 0, len(am))
	for name := range am {
		names = append(names, name)
	}
	for name := range bm {
		if _, both := am[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		differing(at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), am[name], bm[name], out)
	}
}

// members returns what is in an object or an array, or nil for anything else.
func members(v jsontext.Value) map[string]jsontext.Value {
	var m map[string]jsontext.Value
	switch v.Kind() {
	case '{':
		if json.Unmarshal(v, &m) != nil {
			return nil
		}
	case '[':
		var list []jsontext.Value
		if json.Unmarshal(v, &list) != nil {
			return nil
		}
		m = map[string]jsontext.Value{}
		for i := range list {
			m[strconv.Itoa(i)] = list[i]
		}
	}
	return m
}

func short(v jsontext.Value) string {
	if len(v) > valueMost {
		return string(v[:valueMost]) + "…"
	}
	return string(v)
}
