package sumsub

import (
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// pretty returns v as the vendor prints webhook bodies: members on lines of their
// own, indented by two spaces, a space on both sides of the colon, arrays on one
// line. Reading and writing such a body again with another printer changes its
// bytes, and with them the digest.
func pretty(v any) ([]byte, error) {
	compact, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	depth := 0 // of objects
	dec := jsontext.NewDecoder(bytes.NewReader(compact))
	for {
		kind, n := dec.StackIndex(dec.StackDepth())
		tok, err := dec.ReadToken()
		if err == io.EOF {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		if tok.Kind() == '}' {
			depth--
		}
		closing := tok.Kind() == '}' || tok.Kind() == ']'
		switch {
		case closing && tok.Kind() == '}' && n > 0:
			out.WriteString("\n" + strings.Repeat("  ", depth))
		case closing:
			out.WriteByte(' ')
		case kind == '{' && n%2 == 1:
			out.WriteString(" : ")
		default:
			if n > 0 {
				out.WriteByte(',')
			}
			switch kind {
			case '{':
				out.WriteString("\n" + strings.Repeat("  ", depth))
			case '[':
				out.WriteByte(' ')
			}
		}
		if tok.Kind() == '{' {
			depth++
		}
		if err := write(&out, tok); err != nil {
			return nil, err
		}
	}
}

func write(out *bytes.Buffer, tok jsontext.Token) error {
	switch tok.Kind() {
	case '{', '}', '[', ']':
		return out.WriteByte(byte(tok.Kind()))
	case '"':
		quoted, err := jsontext.AppendQuote(nil, tok.String())
		out.Write(quoted)
		return err
	}
	_, err := out.WriteString(tok.String())
	return err
}
