package vendorhttp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Body is what a request carries. It can be read any number of times (once to sign, once to send), from the start, and
// it is exactly Size bytes. The zero Body is none.
type Body struct {
	MediaType string
	Size      int64
	Open      func(ctx context.Context) (io.ReadCloser, error)
}

// Bytes returns a Body that holds b.
func Bytes(mediaType string, b []byte) Body {
	return Body{MediaType: mediaType, Size: int64(len(b)), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

// JSON returns a Body that holds v, members in the order of v's fields. What cannot be written is class Invalid.
func JSON(op string, v any) (Body, error) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil { // its text may quote v
		return Body{}, fault.New(fault.Invalid, op, "the request cannot be written as JSON")
	}
	return Bytes("application/json", b), nil
}

// Form returns a Body that holds an HTML form, names in order.
func Form(v url.Values) Body {
	return Bytes("application/x-www-form-urlencoded", []byte(v.Encode()))
}

// Part is one part of a form with files.
type Part struct {
	Name      string
	Filename  string // "" for a plain value
	MediaType string // "" for a plain value
	Body      Body
}

// Multipart returns a Body of multipart/form-data in the order of the parts. The boundary must not occur in any part: a
// long random one, or one derived from an operation's id. Parts are streamed, never held in memory together.
func Multipart(boundary string, parts ...Part) Body {
	heads := make([]string, len(parts)+1)
	size := int64(0)
	for i, p := range parts {
		var b strings.Builder
		if i > 0 {
			b.WriteString("\r\n")
		}
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, quote(p.Name))
		if p.Filename != "" {
			fmt.Fprintf(&b, "; filename=\"%s\"", quote(p.Filename))
		}
		b.WriteString("\r\n")
		if p.MediaType != "" {
			fmt.Fprintf(&b, "Content-Type: %s\r\n", p.MediaType)
		}
		b.WriteString("\r\n")
		heads[i] = b.String()
		size += int64(b.Len()) + p.Body.Size
	}
	heads[len(parts)] = "\r\n--" + boundary + "--\r\n"
	size += int64(len(heads[len(parts)]))
	return Body{MediaType: "multipart/form-data; boundary=" + boundary, Size: size, Open: func(ctx context.Context) (io.ReadCloser, error) {
		m := &concat{}
		for i, p := range parts {
			m.readers = append(m.readers, strings.NewReader(heads[i]))
			rc, err := p.Body.Open(ctx)
			if err != nil {
				m.Close()
				return nil, err
			}
			m.closers = append(m.closers, rc)
			m.readers = append(m.readers, io.LimitReader(rc, p.Body.Size))
		}
		m.readers = append(m.readers, strings.NewReader(heads[len(parts)]))
		m.Reader = io.MultiReader(m.readers...)
		return m, nil
	}}
}

// concat reads one reader after the other and closes them all.
type concat struct {
	io.Reader
	readers []io.Reader
	closers []io.Closer
}

func (c *concat) Close() error {
	for _, rc := range c.closers {
		rc.Close()
	}
	return nil
}

// quote escapes a parameter of Content-Disposition as browsers do.
func quote(s string) string {
	return strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A").Replace(s)
}
