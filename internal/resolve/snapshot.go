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
	states  []*decision.State
}

// image returns the machine as it is now. It is cheap: nothing is copied but pointers.
func (m *machine) image() image {
	im := image{applied: m.applied, states: make([]*decision.State, 0, len(m.states))}
	for _, f := range m.flows {
		im.flows = append(im.flows, f)
	}
	for _, s := range m.states {
		im.states = append(im.states, s)
	}
	return im
}

// snapshotLine is one line of a snapshot: a flow or a state.
type snapshotLine struct {
	Flow   string          `json:"flow,omitempty"`
	Source []byte          `json:"source,omitempty"`
	State  *decision.State `json:"state,omitempty"`
}

// write writes the image as lines of JSON, flows first, each kind in a fixed order.
func (im image) write(w io.Writer) error {
	slices.SortFunc(im.flows, func(a, b *flow.Flow) int { return cmp.Compare(a.Digest, b.Digest) })
	slices.SortFunc(im.states, func(a, b *decision.State) int { return cmp.Compare(a.ID, b.ID) })
	b := bufio.NewWriterSize(w, 1<<16)
	enc := jsontext.NewEncoder(b)
	for _, f := range im.flows {
		if err := json.MarshalEncode(enc, snapshotLine{Flow: f.Name, Source: f.Source}); err != nil {
			return fmt.Errorf("snapshot: flow %s: %w", f.Name, err)
		}
	}
	for _, s := range im.states {
		if err := json.MarshalEncode(enc, snapshotLine{State: s}); err != nil {
			return fmt.Errorf("snapshot: %s: %w", s.ID, err)
		}
	}
	return b.Flush()
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
		m.put(l.State)
		if m.flows[l.State.Digest] == nil {
			waiting = append(waiting, l.State)
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
