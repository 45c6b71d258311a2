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

// decoders are used again: a new one costs more than what it reads here.
var decoders = sync.Pool{New: func() any { return &decoder{text: new(bytes.Reader), Decoder: new(jsontext.Decoder)} }}

type decoder struct {
	*jsontext.Decoder
	text *bytes.Reader
}

// check reads all of data, which is to become a t.
func check(data []byte, t reflect.Type) error {
	d := decoders.Get().(*decoder)
	defer func() {
		d.text.Reset(nil)
		decoders.Put(d)
	}()
	d.text.Reset(data)
	d.Reset(d.text)
	if err := walk(d.Decoder, t); err != nil {
		return err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return ErrSyntax
	}
	return nil
}

// walk reads one value that is to become a t; a nil t is a value that nobody looks into.
func walk(d *jsontext.Decoder, t reflect.Type) error {
	f := formOf(t)
	tok, err := d.ReadToken()
	if err != nil {
		return ErrSyntax
	}
	if d.StackDepth() > MaxDepth {
		return ErrDepth
	}
	switch tok.Kind() {
	case '{':
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return ErrSyntax
			}
			next, err := f.member(name.String())
			if err != nil {
				return err
			}
			if err := walk(d, next); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	case '[':
		for d.PeekKind() != ']' {
			if err := walk(d, f.items); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	}
	if err != nil {
		return ErrSyntax
	}
	return nil
}

// form is what a type says of the JSON that becomes it.
type form struct {
	members map[string]reflect.Type // of a struct
	values  reflect.Type            // of a map
	items   reflect.Type            // of a list
}

var (
	unseen form     // of a value that nobody looks into
	forms  sync.Map // reflect.Type to *form; as many as there are types in the program
)

func formOf(t reflect.Type) *form {
	if t == nil {
		return &unseen
	}
	if f, ok := forms.Load(t); ok {
		return f.(*form)
	}
	f, _ := forms.LoadOrStore(t, newForm(t))
	return f.(*form)
}

func newForm(t reflect.Type) *form {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[jsontext.Value]() || custom(t) {
		return &unseen
	}
	switch t.Kind() {
	case reflect.Struct:
		return &form{members: members(t)}
	case reflect.Map:
		return &form{values: t.Elem()}
	case reflect.Slice, reflect.Array:
		return &form{items: t.Elem()}
	}
	return &unseen
}

// member returns the type of an object's member, nil when it is not known.
func (f *form) member(name string) (reflect.Type, error) {
	if f.values != nil {
		return f.values, nil
	}
	if next, ok := f.members[name]; ok {
		return next, nil
	}
	for k := range f.members {
		if strings.EqualFold(k, name) {
			return nil, ErrCase
		}
	}
	return nil, nil
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
