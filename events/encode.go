package events

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Header names of binary mode, as written. They are read without regard to case.
const (
	hSpecVersion  = "ce-specversion"
	hID           = "ce-id"
	hSource       = "ce-source"
	hType         = "ce-type"
	hSubject      = "ce-subject"
	hTime         = "ce-time"
	hContentType  = "ce-datacontenttype"
	hSchema       = "ce-dataschema"
	hPartition    = "ce-partitionkey"
	hCorrelation  = "ce-correlationid"
	hCausation    = "ce-causationid"
	hTraceParent  = "ce-traceparent"
	hRecordedTime = "ce-recordedtime"
	hClass        = "ce-dataclassification"

	contentJSON       = "application/json"
	contentStructured = "application/cloudevents+json"
	contentBatch      = "application/cloudevents-batch+json"
)

// Encode writes e in binary mode: the attributes as headers, the data as the body. ID, Source and Data are required. Of a
// public event the partition key and the correlation id are the verification's id unless set, and the data
// classification is that of the type; internal events do without, which is a third of their headers. The result shares
// no memory with e. Where e asks for the compact form and what it says has one, that is written.
func Encode(e Event) (Header, []byte, error) {
	k, err := e.kind()
	if err != nil {
		return nil, nil, err
	}
	if e.Compact {
		if body, ok := pack(&e); ok {
			return Header{"Content-Type": compactHeader}, body, nil
		}
	}
	body, quick := quickly(e.Data)
	if !quick {
		if body, err = json.Marshal(e.Data, json.Deterministic(true)); err != nil {
			return nil, nil, fmt.Errorf("events: encode %s: %w", k.name, err)
		}
	}
	n := 8
	if k.schema != "" {
		n = 14
	}
	w := headerWriter{h: make(Header, n), vals: make([]string, 0, n)}
	w.set(hSpecVersion, "1.0")
	w.set(hID, escape(e.ID))
	w.set(hSource, escape(e.Source))
	w.set(hType, k.name)
	w.set(hSubject, escape(e.Subject))
	w.set(hTime, formatTime(e.Time))
	w.set(hCausation, escape(e.CausationID))
	w.set(hTraceParent, escape(e.TraceParent))
	w.set(hRecordedTime, formatTime(e.RecordedTime))
	if k.schema != "" { // the public ones say it all; internal ones leave out what their type and subject say
		w.set(hContentType, contentJSON)
		w.set(hSchema, k.schema)
		w.set(hPartition, escape(or(e.PartitionKey, e.Subject)))
		w.set(hCorrelation, escape(or(e.CorrelationID, e.Subject)))
		w.set(hClass, escape(or(e.DataClassification, k.class)))
	}
	for name, v := range e.Extensions {
		if !validName(name) || known[name] {
			return nil, nil, fmt.Errorf("events: encode %s: %q is no name of an extension", k.name, name)
		}
		w.h["ce-"+name] = []string{escape(v)}
	}
	return w.h, body, nil
}

// headerWriter keeps all single values in one array.
type headerWriter struct {
	h    Header
	vals []string
}

func (w *headerWriter) set(name, v string) {
	if v == "" {
		return
	}
	w.vals = append(w.vals, v)
	n := len(w.vals)
	w.h[name] = w.vals[n-1 : n : n]
}

func (e Event) kind() (*kind, error) {
	if e.Data == nil {
		return nil, fmt.Errorf("events: encode: event without data")
	}
	k := kinds[e.Data.Type()]
	switch {
	case k == nil:
		return nil, fmt.Errorf("events: encode: %w: %s", ErrUnknownType, e.Data.Type())
	case e.ID == "":
		return nil, fmt.Errorf("events: encode %s: event without id", k.name)
	case e.Source == "":
		return nil, fmt.Errorf("events: encode %s: event without source", k.name)
	}
	return k, nil
}

// formatTime returns RFC 3339 in UTC, or "" for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

const hexDigits = "0123456789ABCDEF"

// escape percent-encodes as the NATS binding wants it: space, '"', '%' and everything outside U+0021 to U+007E, byte by
// byte of the UTF-8 form.
func escape(s string) string {
	n := 0
	for i := range len(s) {
		if mustEscape(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*n)
	for i := range len(s) {
		if c := s[i]; mustEscape(c) {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func mustEscape(c byte) bool { return c <= ' ' || c > '~' || c == '"' || c == '%' }

// unescape undoes escape. What is no valid escape is kept as it is: some senders do not encode.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
