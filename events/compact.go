package events

import "fmt"

// The compact form is for the internal events that travel most: attributes and data in one body of bytes, under one header.
// It is a CloudEvents event format of our own, for structured mode. What it says is what binary mode says: an event is read
// the same from both, so streams may hold both, for ever.
//
//	version (1), type, attributes, data
//
// Numbers are varints. A text follows its length. A word is a text that is remembered, and the second time is only a number.
// Members come in the order of their declaration, each always; what is absent is a zero byte. The form is stored: another
// one gets another version.
const (
	contentCompact = "application/cloudevents+bonafide"
	compactVersion = 1
)

// compactHeader is shared by all: nobody writes to what a header holds.
var compactHeader = []string{contentCompact}

// The numbers of types. They are stored: add, never edit.
const (
	compactOpened    = 1
	compactRequested = 2
	compactAnswered  = 3
	compactAnswers   = 4
	compactMarked    = 5 // an answer with marks
	compactAllMarked = 6 // answers, some with marks
	compactEarlier   = 7 // a task of calls some of which were made in a round before
)

// compactSources are emitters by number, from 1 on. They are stored: add, never edit.
var compactSources = []string{"/bonafide/ingest", "/bonafide/resolver", "/bonafide/dispatcher"}

// pack writes e in the compact form. Ok is false for what has none: other types, attributes that hardly any event has, and
// what only package json can write or refuse.
func pack(e *Event) (body []byte, ok bool) {
	if e.PartitionKey != "" || e.CorrelationID != "" || e.DataClassification != "" || !e.RecordedTime.IsZero() || len(e.Extensions) > 0 {
		return nil, false
	}
	w := packers.Get().(*packer)
	defer w.put()
	w.ok, w.n = true, 0
	switch d := e.Data.(type) {
	case VerificationOpened:
		w.begin(e, compactOpened, 320+len(d.Sealed.Box))
		w.opened(&d)
	case CheckRequested:
		n := 320 + 80*len(d.Calls)
		if d.Sealed != nil {
			n += len(d.Sealed.Box)
		}
		kind := byte(compactRequested)
		for i := range d.Calls {
			if v := d.Calls[i].Earlier; len(v) > 0 && string(v) != "{}" { // that is written like none
				kind = compactEarlier
			}
		}
		w.begin(e, kind, n)
		w.task(&d)
		if kind == compactEarlier {
			w.earlier(&d)
		}
	case CheckAnswered:
		kind := byte(compactAnswered)
		if len(d.Marks) > 0 {
			kind = compactMarked
		}
		w.begin(e, kind, 320+packedSize(&d))
		w.answer(&d)
		if kind == compactMarked {
			w.marks(&d)
		}
	case ChecksAnswered:
		n, kind := 320, byte(compactAnswers)
		for i := range d.Answers {
			n += packedSize(&d.Answers[i])
			if len(d.Answers[i].Marks) > 0 {
				kind = compactAllMarked
			}
		}
		w.begin(e, kind, n)
		w.answers(&d)
		for i := range d.Answers {
			if kind == compactAllMarked {
				w.marks(&d.Answers[i])
			}
		}
	default:
		return nil, false
	}
	return w.b, w.ok
}

// packedSize is about what an answer needs.
func packedSize(a *CheckAnswered) int {
	n := 128 + 64*len(a.Findings) + 48*len(a.Marks)
	if a.Evidence != nil && a.Evidence.Sealed != nil {
		n += len(a.Evidence.Sealed.Box)
	}
	return n
}

func (w *packer) begin(e *Event, kind byte, size int) {
	w.b = append(make([]byte, 0, size), compactVersion, kind)
	w.word(e.Subject)
	w.under(e.ID, e.Subject)
	source := 0
	for i, s := range compactSources {
		if s == e.Source {
			source = i + 1
		}
	}
	if w.uint(uint64(source)); source == 0 {
		w.text(e.Source)
	}
	w.time(e.Time.UTC())
	w.under(e.CausationID, e.Subject)
	w.text(e.TraceParent)
}

// unpack reads what pack has written, and nothing else. The event shares memory with body.
func unpack(body []byte) (Event, error) {
	if len(body) > 0 && body[0] > compactVersion { // during a rolling deployment that is a newer form
		return Event{}, ErrUnknownType
	}
	r := unpackers.Get().(*unpacker)
	defer r.put()
	r.b, r.ok, r.n = body, true, 0
	kind := r.head()
	if !r.ok {
		return Event{}, fmt.Errorf("%w: not of the compact form", ErrMalformed)
	}
	e := Event{Compact: true}
	e.Subject = r.name()
	e.ID = r.under(e.Subject)
	if source := r.uint(); source == 0 {
		e.Source = intern(r.bytes())
	} else if source <= uint64(len(compactSources)) {
		e.Source = compactSources[source-1]
	}
	e.Time = r.time()
	e.CausationID = r.under(e.Subject)
	e.TraceParent = r.text()
	switch {
	case !r.ok:
		return Event{}, fmt.Errorf("%w: the attributes are not of the compact form", ErrMalformed)
	case e.ID == "":
		return Event{}, fmt.Errorf("%w: attribute \"id\" is missing", ErrMalformed)
	case e.Source == "":
		return Event{}, fmt.Errorf("%w: attribute \"source\" is missing", ErrMalformed)
	}
	switch kind {
	case compactOpened:
		e.Data = r.opened()
	case compactRequested:
		e.Data = r.task()
	case compactEarlier:
		task := r.task()
		if !r.earlier(&task) { // it would have been written without
			r.fail()
		}
		e.Data = task
	case compactAnswered:
		e.Data = r.answer()
	case compactAnswers:
		e.Data = r.answers()
	case compactMarked:
		a := r.answer()
		if !r.marks(&a) { // it would have been written without
			r.fail()
		}
		e.Data = a
	case compactAllMarked:
		all, some := r.answers(), false
		for i := range all.Answers {
			some = r.marks(&all.Answers[i]) || some
		}
		if !some {
			r.fail()
		}
		e.Data = all
	default:
		return e, ErrUnknownType
	}
	if !r.ok || len(r.b) > 0 {
		return Event{}, fmt.Errorf("events: data of %s: %w: not of the compact form", e.Data.Type(), ErrMalformed)
	}
	return e, nil
}

// head steps over the version and returns the number of the type.
func (r *unpacker) head() byte {
	if len(r.b) < 2 || r.b[0] != compactVersion {
		r.ok = false
		return 0
	}
	kind := r.b[1]
	r.b = r.b[2:]
	return kind
}

// isCompact reports whether a message's header says that its body is in the compact form.
func isCompact(h Header) bool { return one(h["Content-Type"]) == contentCompact }

// compactGist is Gist of the compact form; what cannot be told is "".
func compactGist(body []byte) (kind, id string) {
	r := unpacker{b: body, ok: true}
	switch r.head() {
	case compactOpened:
		kind = TypeOpened
	case compactRequested, compactEarlier:
		kind = TypeCheckRequested
	case compactAnswered, compactMarked:
		kind = TypeCheckAnswered
	case compactAnswers, compactAllMarked:
		kind = TypeChecksAnswered
	}
	if id = r.name(); !r.ok {
		id = ""
	}
	return kind, id
}
