package decision

import "slices"

// Parent is a business whose person this verification is about. A person may have several.
type Parent struct {
	ID    string `json:"i"`
	As    string `json:"a"`          // the id by which it knows this verification
	Round int    `json:"n,omitzero"` // how often it has asked again
	Left  bool   `json:"l,omitzero"` // it does not need it any more
}

// join takes in that another business needs this person, or that one asks again: it is told where the verification stands.
// One that was cancelled, has failed or has expired runs anew, and so does one that is decided when a business asks again; it
// runs once for all who ask while it does. Who has asked already and asks no more often than before is a repetition.
func (m *machine) join(b Opened) {
	at := m.parent(b.Parent.ID)
	if at >= 0 && m.s.Parents[at].Round >= b.Parent.Round {
		return
	}
	m.s.Parents = slices.Clone(m.s.Parents)
	if at < 0 {
		m.s.Parents = append(m.s.Parents, *b.Parent)
	} else {
		m.s.Parents[at] = *b.Parent
	}
	m.joined, m.changed = b.Parent.ID, true
	switch {
	case m.s.Phase == Stopped && m.p == nil:
		m.s.Phase = Parked
	case m.s.Phase == Stopped, m.s.Phase == Started && (m.stale() || at >= 0 && m.s.Done):
		m.s.Phase = Started
		m.s.Round++
		m.begin()
	}
	if len(m.s.Documents) == 0 && len(b.Documents) > 0 {
		switch m.s.Phase {
		case Parked:
			m.s.Documents = b.Documents
		case Started:
			m.documents(DocumentsAdded{Documents: b.Documents})
		}
	}
}

// stale reports whether what was decided is of no use to somebody who asks now.
func (m *machine) stale() bool {
	return m.s.Failure != nil || m.s.Done && slices.ContainsFunc(m.p.Require, func(name string) bool { return m.known(name).code == "expired" })
}

// released takes in that a business needs this person no more. When nobody does, a verification that is not decided is
// cancelled; if the business was erased, the person is to be erased with it.
func (m *machine) released(b Released) {
	at := m.parent(b.Parent)
	if at < 0 {
		return
	}
	if !m.s.Parents[at].Left {
		m.s.Parents = slices.Clone(m.s.Parents)
		m.s.Parents[at].Left, m.changed = true, true
	}
	switch {
	case slices.ContainsFunc(m.s.Parents, func(p Parent) bool { return !p.Left }) || m.s.Phase == Forgotten:
	case b.Erase:
		m.fx, m.changed = append(m.fx, Forget{}), true
	case m.s.Phase == Parked || m.s.Phase == Started && !m.s.Done:
		m.cancel()
	}
}

func (m *machine) parent(id string) int {
	return slices.IndexFunc(m.s.Parents, func(p Parent) bool { return p.ID == id })
}

// inform tells the businesses that need this person where the verification stands, when that is news: to all of them, or to
// the one that has just joined. Status and word are what they were before.
func (m *machine) inform(status string, word int) {
	if len(m.s.Parents) == 0 {
		return
	}
	news := m.s.Status != status || m.s.word() != word
	for _, p := range m.s.Parents {
		if !p.Left && (news || p.ID == m.joined) {
			m.fx = append(m.fx, Tell{Parent: p.ID, As: p.As, Round: p.Round, Word: m.word()})
		}
	}
}

// word returns the revision of the decision that stands, or 0: none is told while checks run anew, or after they have failed.
func (s *State) word() int {
	if s.Decision == nil || s.Failure != nil || s.Phase == Started && !s.Done {
		return 0
	}
	return s.Decision.Revision
}

func (m *machine) word() Word {
	w := Word{Seq: m.in.Seq, Status: m.s.Status, Revision: m.s.word()}
	if d := m.s.Decision; w.Revision > 0 {
		w.Result, w.Confidence, w.Reasons = d.Result, d.Confidence, d.Reasons
	}
	return w
}
