package bive

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// phpForm writes JSON as PHP's json_encode(json_decode(body, true)) does: no spaces, "/" escaped, nothing but ASCII, an
// empty object as an empty list. Numbers are kept as they are written, which is what PHP does to those that the vendor
// sends. It says no to what is not JSON, or nests too deeply.
func phpForm(body []byte) ([]byte, bool) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	var out bytes.Buffer
	if !phpValue(d, &out) {
		return nil, false
	}
	_, err := d.ReadToken()
	return out.Bytes(), err == io.EOF
}

func phpValue(d *jsontext.Decoder, out *bytes.Buffer) bool {
	t, err := d.ReadToken()
	if err != nil || d.StackDepth() > strictjson.MaxDepth {
		return false
	}
	switch t.Kind() {
	case '"':
		phpString(out, t.String())
	case '{':
		if d.PeekKind() == '}' {
			out.WriteString("[]")
			break
		}
		return phpMembers(d, out, '{', '}')
	case '[':
		return phpMembers(d, out, '[', ']')
	default:
		out.WriteString(t.String())
		return true
	}
	if t.Kind() == '{' {
		_, err = d.ReadToken()
	}
	return err == nil
}

func phpMembers(d *jsontext.Decoder, out *bytes.Buffer, begin byte, end jsontext.Kind) bool {
	out.WriteByte(begin)
	for first := true; d.PeekKind() != end; first = false {
		if !first {
			out.WriteByte(',')
		}
		if begin == '{' {
			name, err := d.ReadToken()
			if err != nil {
				return false
			}
			phpString(out, name.String())
			out.WriteByte(':')
		}
		if !phpValue(d, out) {
			return false
		}
	}
	out.WriteByte(byte(end))
	_, err := d.ReadToken()
	return err == nil
}

var phpEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, `/`, `\/`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func phpString(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	for _, r := range phpEscapes.Replace(s) {
		switch {
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			fmt.Fprintf(out, `\u%04x\u%04x`, a, b)
		case r < ' ' || r > '~' && r != 0x7f:
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
