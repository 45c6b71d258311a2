package resolve

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/flow"
)

// image is a machine at one moment, or what has changed of it. The states in it are shared with the machine and never written to.
type image struct {
	applied uint64
	form    string
	flows   []*flow.Flow
	states  []imaged
}

type imaged struct {
	identity string
	kept
}

// imageEach is after how many states the making of an image rests.
const imageEach = 1000

// image returns the machine as it is now, or of it the given verifications when form is changesForm. Nothing is copied but pointers.
// So that others are not held up for long by many states, it calls rest after some of them. Meanwhile inputs may be applied, and states
// packed; the image is what was when it began.
func (m *machine) image(form string, of map[string]struct{}, rest func()) image {
	im := image{applied: m.applied, form: form}
	for _, f := range m.flows {
		im.flows = append(im.flows, f)
	}
	m.states.showAll()
	m.was = map[string]kept{}
	defer func() { m.was = nil }()
	n := 0
	add := func(identity string, k kept) {
		if was, ok := m.was[identity]; ok {
			k = was
		}
		if k.state != nil || k.packed != nil { // it was there
			im.states = append(im.states, imaged{identity, k})
		}
		if n++; n%imageEach == 0 {
			rest()
		}
	}
	if form == changesForm {
		im.states = make([]imaged, 0, len(of))
		for identity := range of {
			add(identity, m.states.kept[identity])
		}
		return im
	}
	im.states = make([]imaged, 0, m.states.len())
	for identity, k := range m.states.kept {
		add(identity, k)
	}
	return im
}

// The form of a snapshot is stored. It is its name, then parts, each of a kind and a length before its bytes. What has changed
// since another snapshot has the same parts and a name of its own, so that nobody takes it for a whole one. Before there were
// parts, a snapshot was lines of JSON, one for each flow and each state.
const (
	snapshotForm = "bonafide snapshot 2\n"
	changesForm  = "bonafide changes 1\n"

	partFlow   = 'f' // snapshotLine
	partState  = 's' // decision.State in JSON
	partPacked = 'p' // packed
)

// snapshotLine is a flow, or was a state.
type snapshotLine struct {
	Flow   string         `json:"flow,omitempty"`
	Source []byte         `json:"source,omitempty"`
	State  jsontext.Value `json:"state,omitempty"`
}

// write writes the image, flows first, then states in the order of their identities.
func (im image) write(w io.Writer) error {
	slices.SortFunc(im.flows, func(a, b *flow.Flow) int { return cmp.Compare(a.Digest, b.Digest) })
	slices.SortFunc(im.states, func(a, b imaged) int { return cmp.Compare(a.identity, b.identity) })
	b := bufio.NewWriterSize(w, 1<<16)
	b.WriteString(im.form)
	part := func(kind byte, data []byte) {
		var head [1 + binary.MaxVarintLen64]byte
		head[0] = kind
		b.Write(head[:1+binary.PutUvarint(head[1:], uint64(len(data)))])
		b.Write(data)
	}
	for _, f := range im.flows {
		line, err := json.Marshal(snapshotLine{Flow: f.Name, Source: f.Source})
		if err != nil {
			return fmt.Errorf("snapshot: flow %s: %w", f.Name, err)
		}
		part(partFlow, line)
	}
	var room []byte
	for _, s := range im.states {
		if s.packed != nil {
			part(partPacked, s.packed)
			continue
		}
		stored, err := s.json(room)
		if err != nil {
			return fmt.Errorf("snapshot: %s: %w", s.identity, err)
		}
		part(partState, stored)
		room = stored
	}
	return b.Flush() // which tells of every error before, too
}

// restore fills an empty machine from a snapshot whose topmost layer was taken after input applied: the whole one first, then what
// has changed since the one below. The layers belong to the machine from then on: packed states stay where they are.
func (m *machine) restore(applied uint64, layers ...[]byte) error {
	r := restoring{m: m}
	for i, data := range layers {
		read, form := r.parts, snapshotForm
		switch {
		case i > 0:
			form = changesForm
		case !bytes.HasPrefix(data, []byte(snapshotForm)):
			read, form = r.lines, ""
		}
		data, ok := bytes.CutPrefix(data, []byte(form))
		if !ok {
			return fmt.Errorf("snapshot: layer %d is not what has changed since the one below", i)
		}
		if err := read(data); err != nil {
			return fmt.Errorf("snapshot: layer %d: %w", i, err)
		}
	}
	// What waited for its flow in one layer may have gone on in the next.
	r.waiting = slices.DeleteFunc(r.waiting, func(s *decision.State) bool {
		k := m.states.kept[identityOf(s)]
		return k.state != s || m.flows[s.Digest] != nil
	})
	slices.SortFunc(r.waiting, func(a, b *decision.State) int { return cmp.Compare(first(a), first(b)) })
	for _, s := range r.waiting {
		m.parked[s.Digest] = append(m.parked[s.Digest], identityOf(s))
	}
	m.applied = applied
	return nil
}

// restoring is a machine that is being filled. Flows come before states.
type restoring struct {
	m       *machine
	waiting []*decision.State // for a flow that is not there
}

func (r *restoring) parts(data []byte) error {
	for len(data) > 0 {
		size, n := binary.Uvarint(data[1:])
		if n <= 0 || size > uint64(len(data)-1-n) {
			return errors.New("it ends within a part")
		}
		kind, part := data[0], data[1+n:1+n+int(size):1+n+int(size)]
		data = data[1+n+int(size):]
		var err error
		switch kind {
		case partFlow:
			var l snapshotLine
			if err = json.Unmarshal(part, &l); err == nil {
				err = r.flow(l)
			}
		case partState:
			err = r.state(part)
		case partPacked:
			err = r.packed(part)
		default:
			err = fmt.Errorf("a part of kind %q, which a later version knows", kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lines reads the form that was written before there were parts.
func (r *restoring) lines(data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		var l snapshotLine
		err := json.UnmarshalDecode(dec, &l)
		if err == io.EOF {
			return nil
		}
		if err == nil && l.State != nil {
			err = r.state(l.State)
		} else if err == nil {
			err = r.flow(l)
		}
		if err != nil {
			return err
		}
	}
}

func (r *restoring) flow(l snapshotLine) error {
	f, err := flow.Compile(l.Flow, l.Source, nil)
	if err == nil {
		r.m.flows[f.Digest] = f
	}
	return err
}

func (r *restoring) state(stored []byte) error {
	st := new(decision.State)
	if err := json.Unmarshal(stored, st); err != nil {
		return err
	}
	r.m.keep(identityOf(st), st)
	if r.m.flows[st.Digest] == nil {
		r.waiting = append(r.waiting, st)
	}
	if r.m.closed(kept{state: st}) {
		r.m.states.pack(identityOf(st), st, pack(st, stored, nil))
	}
	return nil
}

func (r *restoring) packed(p packed) error {
	wake, id, _, err := p.open()
	if err != nil {
		return err
	}
	s := string(id)
	r.m.states.kept[events.IdentityOf(s)] = kept{packed: p}
	if r.m.wakes != nil {
		r.m.wakes(s, wake, !wake.IsZero(), false)
	}
	return nil
}

func first(s *decision.State) uint64 {
	if len(s.Inputs) == 0 {
		return 0
	}
	return s.Inputs[0]
}
