// Package strictjson reads JSON from outside without being talked into anything: a member counts only under its exact
// name and once. {"result":"false","Result":"true"} is refused, not read as approval.
package strictjson

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep arrays and objects may nest.
const MaxDepth = 64

// What is wrong with the input. The errors never repeat any of it.
var (
	ErrSyntax = errors.New("not valid JSON, or a member twice")
	ErrDepth  = errors.New("JSON nested too deeply")
	ErrCase   = errors.New("a JSON member that differs from a known one only by case")
	ErrType   = errors.New("a JSON value of a type that was not expected")
)

// Unmarshal reads all of data into v, a pointer. Refused are: what is not JSON (RFC 8259, with valid UTF-8), trailing
// bytes, a member name twice in one object, a member whose name equals a known one but for case, nesting deeper than
// MaxDepth and a value of the wrong type. Members that v does not know are ignored. On an error v's content is undefined.
func Unmarshal(data []byte, v any) error {
	if err := check(data, reflect.TypeOf(v)); err != nil {
		return err
	}
	if err := json.Unmarshal(data, v, json.MatchCaseInsensitiveNames(false)); err != nil {
		return ErrType
	}
	return nil
}

// decoders are used again: a new one costs more than what it reads here. Nothing of what they have read is left in them.
var decoders = sync.Pool{New: func() any {
	d := new(decoder)
	d.Decoder = jsontext.NewDecoder(&d.text)
	return d
}}

type decoder struct {
	*jsontext.Decoder
	text bytes.Buffer // which it reads in place
}

// check reads all of data, which is to become a t.
func check(data []byte, t reflect.Type) error {
	d := decoders.Get().(*decoder)
	defer func() {
		d.text = bytes.Buffer{}
		d.Reset(&d.text)
		decoders.Put(d)
	}()
	d.text = *bytes.NewBuffer(data)
	first, err := d.ReadToken()
	if err != nil {
		return ErrSyntax
	}
	if err := walk(d.Decoder, first, formOf(t)); err != nil {
		return err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return ErrSyntax
	}
	return nil
}

// walk reads the rest of a value of a form that begins with first.
func walk(d *jsontext.Decoder, first jsontext.Token, f *form) error {
	kind := first.Kind()
	if kind != '{' && kind != '[' {
		return nil
	}
	if d.StackDepth() > MaxDepth {
		return ErrDepth
	}
	for {
		of := f.items
		tok, err := d.ReadToken()
		if err != nil {
			return ErrSyntax
		}
		if is := tok.Kind(); is == '}' || is == ']' {
			return nil
		}
		if kind == '{' {
			if of, err = f.member(tok.String()); err != nil {
				return err
			}
			if tok, err = d.ReadToken(); err != nil {
				return ErrSyntax
			}
		}
		if err := walk(d, tok, of); err != nil {
			return err
		}
	}
}

// form is what a type says of the JSON that becomes it.
type form struct {
	members map[string]*form // of a struct
	values  *form            // of a map
	items   *form            // of a list
}

// unseen is the form of a value that nobody looks into.
var unseen = func() *form {
	f := new(form)
	f.items = f
	return f
}()

var forms sync.Map // reflect.Type to *form; as many as there are types in the program

func formOf(t reflect.Type) *form {
	if f, ok := forms.Load(t); ok {
		return f.(*form)
	}
	f, _ := forms.LoadOrStore(t, newForm(t, map[reflect.Type]*form{}))
	return f.(*form)
}

// newForm makes the form of a type and of all that are in it, each once: a type may be in itself.
func newForm(t reflect.Type, made map[reflect.Type]*form) *form {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if f, ok := made[t]; ok {
		return f
	}
	if t == reflect.TypeFor[jsontext.Value]() || custom(t) {
		return unseen
	}
	f := &form{items: unseen}
	made[t] = f
	switch t.Kind() {
	case reflect.Struct:
		f.members = map[string]*form{}
		for name, of := range members(t) {
			f.members[name] = newForm(of, made)
		}
	case reflect.Map:
		f.values = newForm(t.Elem(), made)
	case reflect.Slice, reflect.Array:
		f.items = newForm(t.Elem(), made)
	default:
		return unseen
	}
	return f
}

// member returns the form of an object's member.
func (f *form) member(name string) (*form, error) {
	if f.values != nil {
		return f.values, nil
	}
	if of, ok := f.members[name]; ok {
		return of, nil
	}
	for k := range f.members {
		if strings.EqualFold(k, name) {
			return nil, ErrCase
		}
	}
	return unseen, nil
}

// members lists the members that a struct knows.
func members(t reflect.Type) map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		m[name] = f.Type
	}
	return m
}

// custom says that t reads itself, so that its fields say nothing of its members.
func custom(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[json.UnmarshalerFrom]()) ||
		p.Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]())
}
