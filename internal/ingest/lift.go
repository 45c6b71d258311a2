package ingest

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of a body.
const (
	maxBody     = 1 << 20  // bytes without the content of documents
	maxDocument = 16 << 20 // bytes of one document
	maxDepth    = 64
	maxMembers  = 10_000 // of all objects and arrays together
)

var errSyntax = errors.New("not JSON")

// lifter copies a JSON text to memory, except some of its strings, which it hands over as streams. So a body of many
// megabytes is read with the memory of its small parts. It checks what it must to find its way; whether the copy is JSON
// is checked by whoever decodes it.
type lifter struct {
	r     *bufio.Reader
	out   []byte
	stack []level
	count int

	// wanted reports whether the string at a path is to be lifted; take reads it, unescaped, and returns what stands
	// in its place. What take leaves unread is skipped.
	wanted func(path []level) bool
	take   func(pointer string, content io.Reader) (string, error)
}

// level is one open object or array and where in it we are.
type level struct {
	array bool
	name  string
	index int
	key   bool // the next string is a name
}

// lift returns the copy. Errors are problems, errSyntax, errors of take, or those of r.
func (l *lifter) lift() ([]byte, error) {
	for {
		c, err := l.r.ReadByte()
		if err == io.EOF {
			return l.out, nil
		}
		if err != nil {
			return nil, err
		}
		if err := l.put(c); err != nil {
			return nil, err
		}
		switch c {
		case '{', '[':
			if len(l.stack) == maxDepth {
				return nil, malformed("It is nested deeper than " + strconv.Itoa(maxDepth) + " levels.")
			}
			l.stack = append(l.stack, level{array: c == '[', key: c == '{'})
			err = l.member()
		case '}', ']':
			if len(l.stack) == 0 || l.top().array != (c == ']') {
				return nil, errSyntax
			}
			l.stack = l.stack[:len(l.stack)-1]
		case ',':
			if len(l.stack) > 0 {
				l.top().key = !l.top().array
				l.top().index++
				err = l.member()
			}
		case '"':
			err = l.str()
		}
		if err != nil {
			return nil, err
		}
	}
}

func (l *lifter) top() *level { return &l.stack[len(l.stack)-1] }

func (l *lifter) put(c byte) error {
	if len(l.out) >= maxBody {
		return tooLarge("A body may have 1 MiB, not counting the content of documents.")
	}
	l.out = append(l.out, c)
	return nil
}

func (l *lifter) member() error {
	if l.count++; l.count > maxMembers {
		return tooLarge("It has more than " + strconv.Itoa(maxMembers) + " members.")
	}
	return nil
}

// str reads a string whose opening quote is in out already.
func (l *lifter) str() error {
	if len(l.stack) > 0 && l.top().key {
		begin := len(l.out) - 1
		if err := l.copyString(); err != nil {
			return err
		}
		name, err := jsontext.AppendUnquote(nil, l.out[begin:])
		if err != nil {
			return errSyntax
		}
		l.top().name, l.top().key = string(name), false
		return nil
	}
	if l.wanted == nil || !l.wanted(l.stack) {
		return l.copyString()
	}
	in := &stringReader{r: l.r, left: maxDocument/3*4 + maxDocument/8}
	word, err := l.take(pointerOf(l.stack), in)
	if err == nil {
		err = in.skip()
	}
	if err != nil {
		return err
	}
	for _, c := range []byte(word) {
		if err := l.put(c); err != nil {
			return err
		}
	}
	return l.put('"')
}

func (l *lifter) copyString() error {
	for escaped := false; ; {
		c, err := l.r.ReadByte()
		if err != nil {
			return cut(err)
		}
		if err := l.put(c); err != nil {
			return err
		}
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return nil
		}
	}
}

// cut tells the end of the body in the middle of it from other errors.
func cut(err error) error {
	if err == io.EOF {
		return errSyntax
	}
	return err
}

// pointerOf returns the JSON pointer of a path.
func pointerOf(path []level) string {
	var b strings.Builder
	for i := range path {
		b.WriteByte('/')
		if path[i].array {
			b.WriteString(strconv.Itoa(path[i].index))
		} else {
			b.WriteString(escapePointer(path[i].name))
		}
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escapePointer(s string) string { return pointerEscapes.Replace(s) }

// stringReader reads the rest of a JSON string, unescaped, up to its closing quote. Characters outside ASCII come as
// bytes that no base64 has.
type stringReader struct {
	r    *bufio.Reader
	left int // bytes that may still come
	end  bool
}

// Read never returns more than one error twice: after io.EOF the closing quote has been read.
func (s *stringReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && !s.end {
		if n > 0 && s.r.Buffered() == 0 {
			return n, nil // what is there first
		}
		c, err := s.next()
		if err != nil {
			return n, err
		}
		if !s.end {
			p[n] = c
			n++
		}
	}
	if n == 0 && s.end {
		return 0, io.EOF
	}
	return n, nil
}

func (s *stringReader) skip() error {
	for !s.end {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stringReader) raw() (byte, error) {
	if s.left--; s.left < 0 {
		return 0, tooLarge("A document may have 16 MiB.")
	}
	c, err := s.r.ReadByte()
	return c, cut(err)
}

// next returns the next character, or sets end.
func (s *stringReader) next() (byte, error) {
	c, err := s.raw()
	switch {
	case err != nil:
		return 0, err
	case c == '"':
		s.end = true
		return 0, nil
	case c < ' ':
		return 0, errSyntax
	case c != '\\':
		return c, nil
	}
	if c, err = s.raw(); err != nil {
		return 0, err
	}
	switch c {
	case '"', '\\', '/':
		return c, nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'b', 'f':
		return ' ', nil
	case 'u':
		return s.hex()
	}
	return 0, errSyntax
}

// hex reads four digits.
func (s *stringReader) hex() (byte, error) {
	var digits [4]byte
	for i := range digits {
		c, err := s.raw()
		if err != nil {
			return 0, err
		}
		digits[i] = c
	}
	v, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		return 0, errSyntax
	}
	if v > 0x7f {
		return 0xff, nil
	}
	return byte(v), nil
}
