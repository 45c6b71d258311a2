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

// image is a machine at one moment. The states in it are shared with the machine and never written to.
type image struct {
	applied uint64
	flows   []*flow.Flow
	states  []imaged
}

type imaged struct {
	identity string
	kept
}

// image returns the machine as it is now. It is cheap: nothing is copied but pointers.
func (m *machine) image() image {
	im := image{applied: m.applied, states: make([]imaged, 0, m.states.len())}
	for _, f := range m.flows {
		im.flows = append(im.flows, f)
	}
	for identity, k := range m.states.kept {
		im.states = append(im.states, imaged{identity, k})
	}
	return im
}

// The form of a snapshot is stored. It is its name, then parts, each of a kind and a length before its bytes. Before there were
// parts, a snapshot was lines of JSON, one for each flow and each state.
const (
	snapshotForm = "bonafide snapshot 2\n"

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
	b.WriteString(snapshotForm)
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

// restore fills an empty machine from a snapshot that was taken after input applied. The data belongs to the machine from then
// on: packed states stay where they are.
func (m *machine) restore(applied uint64, data []byte) error {
	r := restoring{m: m}
	read := r.lines
	if bytes.HasPrefix(data, []byte(snapshotForm)) {
		data, read = data[len(snapshotForm):], r.parts
	}
	if err := read(data); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
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
	if r.m.wakes != nil && !wake.IsZero() {
		r.m.wakes(s, wake, true, false)
	}
	return nil
}

func first(s *decision.State) uint64 {
	if len(s.Inputs) == 0 {
		return 0
	}
	return s.Inputs[0]
}
