package bive

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// phpForm returns what PHP's json_encode(json_decode(body, true)) makes of a JSON
// document: no spaces, "/" escaped, all but ASCII as \u with lower-case digits,
// members in their order, an empty object (and one whose keys count from 0) as a
// list, whole floats without their fraction. A document that is not JSON becomes
// "null", as it does there.
func phpForm(body []byte) []byte {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	out, err := phpValue(nil, d)
	if err != nil {
		return []byte("null")
	}
	return out
}

func phpValue(out []byte, d *jsontext.Decoder) ([]byte, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case '{':
		return phpObject(out, d)
	case '[':
		out = append(out, '[')
		for n := 0; d.PeekKind() != ']'; n++ {
			if n > 0 {
				out = append(out, ',')
			}
			if out, err = phpValue(out, d); err != nil {
				return nil, err
			}
		}
		_, err = d.ReadToken()
		return append(out, ']'), err
	case '"':
		return phpString(out, t.String()), nil
	case '0':
		return phpNumber(out, t.String()), nil
	}
	return append(out, t.String()...), nil
}

func phpObject(out []byte, d *jsontext.Decoder) ([]byte, error) {
	var keys []string
	var values [][]byte
	list := true
	for d.PeekKind() != '}' {
		t, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := t.String()
		value, err := phpValue(nil, d)
		if err != nil {
			return nil, err
		}
		list = list && key == strconv.Itoa(len(keys))
		keys, values = append(keys, key), append(values, value)
	}
	_, err := d.ReadToken()
	open, shut := byte('{'), byte('}')
	if list {
		open, shut = '[', ']'
	}
	out = append(out, open)
	for i, value := range values {
		if i > 0 {
			out = append(out, ',')
		}
		if !list {
			out = append(phpString(out, keys[i]), ':')
		}
		out = append(out, value...)
	}
	return append(out, shut), err
}

func phpNumber(out []byte, literal string) []byte {
	if _, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return append(out, literal...)
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return append(out, literal...)
	}
	return strconv.AppendFloat(out, f, 'f', -1, 64)
}

func phpString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r == '/':
			out = append(out, '\\', byte(r))
		case r == '\b':
			out = append(out, `\b`...)
		case r == '\f':
			out = append(out, `\f`...)
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r >= ' ' && r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return append(out, '"')
}
