package decision

import "slices"

// remapped takes in what kept bytes say when they are read again with another mapping. It counts where those bytes count, at
// their own time. No vendor has said anything new: nobody is called for it, and no check moves on to another provider.
func (m *machine) remapped(a *Answered) {
	if m.s.Phase != Started || a.Status != AnswerCompleted {
		return
	}
	for i, c := range m.s.Checks {
		if c.Name != a.Check {
			continue
		}
		if c.Run.restsOn(a.Evidence) {
			m.reread(&m.own(i).Run, a)
		}
		for j := range c.Earlier {
			if c.Earlier[j].restsOn(a.Evidence) {
				m.reread(&m.earlier(i)[j], a)
			}
		}
		for j := range c.Before {
			if c.Before[j].restsOn(a.Evidence) {
				mine := m.own(i)
				mine.Before = slices.Clone(mine.Before)
				m.reread(&mine.Before[j], a)
			}
		}
	}
}

// restsOn reports whether what counts of a run was read in these bytes.
func (r *Run) restsOn(digest string) bool {
	return digest != "" && r.Answer != nil && r.Answer.Digest == digest
}

func (m *machine) reread(r *Run, a *Answered) {
	found := m.dated(a.Findings, r.Answer.At)
	if r.Provider != a.Provider || slices.EqualFunc(found, r.Answer.Findings, sameFinding) && slices.EqualFunc(a.Marks, r.Answer.Marks, sameMark) {
		return
	}
	e := *r.Answer
	e.Findings, e.Marks = found, a.Marks
	r.Answer, m.changed = &e, true
	m.cause = "mapping " + a.Mapping + " of " + a.Check
}

func sameFinding(x, y Finding) bool {
	return x.Component == y.Component && x.Person == y.Person && x.Result == y.Result && x.Confidence == y.Confidence &&
		x.Reasoning == y.Reasoning && x.Expires == y.Expires && slices.Equal(x.Reasons, y.Reasons) && slices.Equal(x.Labels, y.Labels)
}
