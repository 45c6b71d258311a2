package resolve

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

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

// snapshotLine is one line of a snapshot: a flow or a state.
type snapshotLine struct {
	Flow   string         `json:"flow,omitempty"`
	Source []byte         `json:"source,omitempty"`
	State  jsontext.Value `json:"state,omitempty"`
}

// write writes the image as lines of JSON, flows first, each kind in a fixed order.
func (im image) write(w io.Writer) error {
	slices.SortFunc(im.flows, func(a, b *flow.Flow) int { return cmp.Compare(a.Digest, b.Digest) })
	slices.SortFunc(im.states, func(a, b imaged) int { return cmp.Compare(a.identity, b.identity) })
	b := bufio.NewWriterSize(w, 1<<16)
	for _, f := range im.flows {
		line, err := json.Marshal(snapshotLine{Flow: f.Name, Source: f.Source})
		if err != nil {
			return fmt.Errorf("snapshot: flow %s: %w", f.Name, err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	var room []byte
	for _, s := range im.states {
		stored, err := s.json(room)
		if err != nil {
			return fmt.Errorf("snapshot: %s: %w", s.identity, err)
		}
		b.WriteString(`{"state":`)
		b.Write(stored)
		room = stored
		b.WriteString("}\n")
	}
	return b.Flush() // which tells of every error before, too
}

// restore fills an empty machine from a snapshot that was taken after input applied.
func (m *machine) restore(applied uint64, data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	var waiting []*decision.State
	for dec.PeekKind() != 0 {
		var l snapshotLine
		if err := json.UnmarshalDecode(dec, &l); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
		if l.State == nil {
			f, err := flow.Compile(l.Flow, l.Source, nil)
			if err != nil {
				return fmt.Errorf("snapshot: %w", err)
			}
			m.flows[f.Digest] = f
			continue
		}
		st := new(decision.State)
		if err := json.Unmarshal(l.State, st); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
		m.put(st)
		if over(st) {
			m.states.pack(identityOf(st), st, packed(l.State, nil))
		}
		if m.flows[st.Digest] == nil {
			waiting = append(waiting, st)
		}
	}
	slices.SortFunc(waiting, func(a, b *decision.State) int { return cmp.Compare(first(a), first(b)) })
	for _, s := range waiting {
		m.parked[s.Digest] = append(m.parked[s.Digest], identityOf(s))
	}
	m.applied = applied
	return nil
}

func first(s *decision.State) uint64 {
	if len(s.Inputs) == 0 {
		return 0
	}
	return s.Inputs[0]
}
