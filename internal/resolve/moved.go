package resolve

import (
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/decision"
)

// believed returns the status that who reads the log believes a verification to have when body comes. Of one that begins they
// believe that it runs, or waits to be submitted when it is on hold.
func believed(s *decision.State, body decision.Body) string {
	opened, ok := body.(decision.Opened)
	switch {
	case !ok || s.Phase != decision.Absent:
		return s.Status
	case opened.Hold:
		return decision.StatusInitiated
	}
	return decision.StatusRunning
}

// quietly reports whether a step gave a verification another status than who reads the log believes, and no result says so.
func quietly(believed string, after *decision.State, effects []decision.Effect) bool {
	if after.Status == believed {
		return false
	}
	for _, e := range effects {
		switch e.(type) {
		case decision.Decide, decision.Ask, decision.Fail, decision.Gone:
			return false
		}
	}
	return true
}

// moved adds the record that says where a verification stands now.
func (m *machine) moved(out []bus.Record, r bus.Read, s *decision.State) ([]bus.Record, error) {
	v, err := m.view(s)
	if err != nil {
		return out, err
	}
	h, data, err := events.Encode(events.Event{ID: m.recordID(r.Seq, len(out)), Source: source, Subject: s.ID, Time: r.At,
		Data: events.VerificationMoved{View: v}, CausationID: r.Event.ID, TraceParent: r.Event.TraceParent})
	if err != nil {
		return out, err
	}
	return append(out, bus.Record{Subject: events.LogMovedSubject(m.shard), Header: h, Data: data, InSeq: r.Seq, Ord: len(out)}), nil
}
