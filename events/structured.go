package events

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// structured reads the JSON format. Members given twice are refused.
func structured(body []byte) (*raw, error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, fmt.Errorf("%w: neither ce- headers nor a JSON object", ErrMalformed)
	}
	var r raw
	hasData := false
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, jsonError(err)
		}
		attr := name.String()
		v, err := d.ReadValue()
		if err != nil {
			return nil, jsonError(err)
		}
		switch attr {
		case "data", "data_base64":
			if hasData {
				return nil, fmt.Errorf("%w: both data and data_base64", ErrMalformed)
			}
			hasData = true
			if r.data, err = member(attr, v); err != nil {
				return nil, err
			}
			continue
		}
		s, err := scalar(attr, v)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue // null is absent
		}
		if err := r.set(attr, *s); err != nil {
			return nil, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, jsonError(err)
	}
	if k := d.PeekKind(); k != 0 {
		return nil, fmt.Errorf("%w: something follows the event", ErrMalformed)
	}
	return &r, nil
}

func jsonError(error) error { return fmt.Errorf("%w: not valid JSON", ErrMalformed) }

// member returns the bytes of the data.
func member(attr string, v jsontext.Value) ([]byte, error) {
	if attr == "data" {
		return bytes.Clone(v), nil
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return nil, fmt.Errorf("%w: data_base64 is not a string", ErrMalformed)
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%w: data_base64 is not base64", ErrMalformed)
	}
	return b, nil
}

// scalar returns an attribute's canonical string, or nil for null.
func scalar(attr string, v jsontext.Value) (*string, error) {
	switch v.Kind() {
	case '"':
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return nil, jsonError(err)
		}
		return &s, nil
	case 't', 'f', '0':
		s := string(v)
		return &s, nil
	case 'n':
		return nil, nil
	}
	return nil, fmt.Errorf("%w: attribute %q is not a scalar", ErrMalformed, attr)
}

// EncodeStructured writes e as one JSON object of the CloudEvents JSON format, with the attributes that Encode writes.
func EncodeStructured(e Event) ([]byte, error) {
	e.Compact = false
	h, body, err := Encode(e)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for _, name := range slices.Sorted(maps.Keys(h)) {
		v, err := json.Marshal(unescape(h[name][0]))
		if err != nil {
			return nil, fmt.Errorf("events: encode %s: attribute %s: %w", e.Data.Type(), name, err)
		}
		fmt.Fprintf(&b, "%q:%s,", name[len("ce-"):], v)
	}
	b.WriteString(`"data":`)
	b.Write(body)
	b.WriteByte('}')
	return b.Bytes(), nil
}
