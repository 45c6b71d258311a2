package events

import (
	"fmt"
	"strings"
	"time"
)

// known are the attributes that Event has fields for, and those that belong to the format.
var known = map[string]bool{
	"specversion": true, "id": true, "source": true, "type": true, "subject": true, "time": true,
	"datacontenttype": true, "dataschema": true, "data": true, "data_base64": true,
	"partitionkey": true, "correlationid": true, "causationid": true, "traceparent": true,
	"recordedtime": true, "dataclassification": true,
}

// Decode reads an event from a NATS message, in binary or in structured mode. Header names are read without regard to
// case; a structured message without a Content-Type is accepted too. What is no CloudEvent, or has data of another form
// than its type says, is ErrMalformed; a well-formed event of a type that is not in this package is ErrUnknownType, and
// the Event then has its attributes without Data. The errors repeat nothing of the message but names. An event that came in
// the compact form shares memory with body.
func Decode(h Header, body []byte) (Event, error) {
	if isCompact(h) {
		return unpack(body)
	}
	a, err := attributes(h, body)
	if err != nil {
		return Event{}, err
	}
	return a.event()
}

// raw is an event whose data is not decoded.
type raw struct {
	Event
	specVersion, name, contentType string
	data                           []byte
}

func attributes(h Header, body []byte) (*raw, error) {
	var r raw
	binary, ct := false, ""
	for name, vs := range h {
		if len(vs) == 0 {
			continue
		}
		if attr, ok := ceName(name); ok {
			binary = true
			if len(vs) > 1 {
				return nil, fmt.Errorf("%w: attribute %q given more than once", ErrMalformed, attr)
			}
			if err := r.set(attr, unescape(vs[0])); err != nil {
				return nil, err
			}
		} else if strings.EqualFold(name, "Content-Type") {
			ct = strings.ToLower(strings.TrimSpace(vs[0]))
		}
	}
	switch {
	case strings.HasPrefix(ct, contentBatch):
		return nil, fmt.Errorf("%w: batches do not travel over NATS", ErrMalformed)
	case strings.HasPrefix(ct, "application/cloudevents"):
		return structured(body)
	case !binary && len(body) > 0:
		return structured(body)
	}
	r.data = body
	return &r, nil
}

// ceName returns the attribute's name if header is one of binary mode.
func ceName(header string) (string, bool) {
	if len(header) < 4 || (header[0]|0x20) != 'c' || (header[1]|0x20) != 'e' || header[2] != '-' {
		return "", false
	}
	return strings.ToLower(header[3:]), true
}

// set stores one attribute.
func (r *raw) set(name, v string) error {
	var err error
	switch name {
	case "specversion":
		r.specVersion = v
	case "id":
		r.ID = v
	case "source":
		r.Source = v
	case "type":
		r.name = v
	case "subject":
		r.Subject = v
	case "time":
		r.Time, err = parseTime(name, v)
	case "datacontenttype":
		r.contentType = v
	case "dataschema":
	case "partitionkey":
		r.PartitionKey = v
	case "correlationid":
		r.CorrelationID = v
	case "causationid":
		r.CausationID = v
	case "traceparent":
		r.TraceParent = v
	case "recordedtime":
		r.RecordedTime, err = parseTime(name, v)
	case "dataclassification":
		r.DataClassification = v
	default:
		if !validName(name) {
			return fmt.Errorf("%w: an attribute's name is not made of lower-case letters and digits", ErrMalformed)
		}
		if r.Extensions == nil {
			r.Extensions = make(map[string]string, 4)
		}
		r.Extensions[name] = v
	}
	return err
}

func parseTime(name, v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: attribute %q is not an RFC 3339 time", ErrMalformed, name)
	}
	return t.UTC(), nil
}

// validName reports whether s may name an attribute.
func validName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// event checks what the specification requires and decodes the data.
func (r *raw) event() (Event, error) {
	switch {
	case r.specVersion == "":
		return Event{}, fmt.Errorf("%w: attribute \"specversion\" is missing", ErrMalformed)
	case r.specVersion != "1.0":
		return Event{}, fmt.Errorf("%w: attribute \"specversion\" is not 1.0", ErrMalformed)
	case r.ID == "":
		return Event{}, fmt.Errorf("%w: attribute \"id\" is missing", ErrMalformed)
	case r.Source == "":
		return Event{}, fmt.Errorf("%w: attribute \"source\" is missing", ErrMalformed)
	case r.name == "":
		return Event{}, fmt.Errorf("%w: attribute \"type\" is missing", ErrMalformed)
	}
	k := kinds[r.name]
	if k == nil {
		return r.Event, ErrUnknownType
	}
	if ct := r.contentType; ct != "" && ct != contentJSON && !isJSON(ct) {
		return Event{}, fmt.Errorf("%w: attribute \"datacontenttype\" is not JSON", ErrMalformed)
	}
	var err error
	if r.Data, err = k.decode(r.data); err != nil {
		return Event{}, err
	}
	return r.Event, nil
}

// isJSON reports whether a media type is a form of JSON.
func isJSON(ct string) bool {
	ct, _, _ = strings.Cut(strings.ToLower(ct), ";")
	ct = strings.TrimSpace(ct)
	return ct == contentJSON || ct == "text/json" || strings.HasSuffix(ct, "+json")
}
