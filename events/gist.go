package events

import "bytes"

// Gist returns the type of an event and the id of the verification that it is about, as far as they can be told without
// decoding its data; who reads millions of events to find a few looks here first. What cannot be told is "".
func Gist(h Header, body []byte) (kind, id string) {
	if isCompact(h) {
		kind, id = compactGist(body)
	} else {
		kind, id = one(h[hType]), one(h[hSubject])
	}
	if ValidID(id) {
		return kind, id
	}
	if rest, ok := bytes.CutPrefix(body, []byte(`{"id":"`)); ok && len(rest) > idLength && rest[idLength] == '"' {
		if id = string(rest[:idLength]); ValidID(id) {
			return kind, id
		}
	}
	e, err := Decode(h, body)
	if err != nil || e.Data == nil {
		return kind, ""
	}
	return e.Data.Type(), e.Data.Key()
}

// IDOf returns the id of an event as its header has it, as far as it can be told without decoding its data, else "".
func IDOf(h Header, body []byte) string {
	if !isCompact(h) {
		return one(h[hID])
	}
	r := unpacker{b: body, ok: true}
	r.head()
	id := r.under(r.name())
	if !r.ok {
		return ""
	}
	return id
}

const idLength = len(idPrefix) + idTime + idRest

func one(vs []string) string {
	if len(vs) == 1 {
		return vs[0]
	}
	return ""
}
