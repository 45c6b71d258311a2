package decision

import (
	"slices"
	"strconv"
	"strings"
)

// Bonafide is the provider of checks that are verifications of our own.
const Bonafide = "bonafide"

// PartyRule says which associated persons of a business are verified, each on a verification of its own.
type PartyRule struct {
	Flow  string     // of the persons
	Roles []RoleRule // whoever has another role must be verified
}

// RoleRule is what a flow says of one role. Roles are the same in any case of letters.
type RoleRule struct {
	Role     string
	Over     float64 // percent: who owns that or less need not be verified; who does not say what they own must be
	Required bool    // somebody must have the role
}

// Word is what a person's verification says of itself.
type Word struct {
	Seq        uint64   `json:"q"` // of the input that made it say so: what it says later has a greater one
	Status     string   `json:"s"`
	Revision   int      `json:"n,omitzero"` // 0: it has no decision
	Result     string   `json:"r,omitzero"`
	Confidence float64  `json:"f,omitzero"`
	Reasons    []string `json:"c,omitempty"`
}

// over reports that no decision will come, though there is none.
func (w *Word) over() bool {
	return w.Status == StatusFailed || w.Status == StatusCancelled || w.Status == StatusErased
}

func (r *PartyRule) needs(p *Party) bool {
	for i := range r.Roles {
		if strings.EqualFold(r.Roles[i].Role, p.Role) {
			return p.Ownership == 0 || p.Ownership > r.Roles[i].Over
		}
	}
	return true
}

// ownRule returns the rule of a flow that has persons verified on their own, or nil.
func (m *machine) ownRule() *PartyRule {
	for i := range m.p.Checks {
		if r := m.p.Checks[i].Parties; r != nil {
			return r
		}
	}
	return nil
}

// askPersons starts a check that is the persons' own verifications: each is asked for, or joined where it is there already.
// In a later round they are asked for again, and what they have said before is not known any more. Whoever was erased since is
// asked for by a name that nobody else shares.
func (m *machine) askPersons(i int) {
	c := m.own(i)
	c.Run = Run{Provider: Bonafide, Attempt: c.Run.Attempt + 1}
	rule := m.p.Checks[i].Parties
	m.s.Parties = slices.Clone(m.s.Parties)
	var ids []string
	for j := range m.s.Parties {
		p := &m.s.Parties[j]
		if p.ID == "" || !rule.needs(p) {
			continue
		}
		switch {
		case p.Word == nil:
		case p.Word.Status != StatusErased:
			p.Word = nil
		case !p.elsewhere():
			p.Word = &Word{Seq: p.Word.Seq, Status: StatusErased}
		}
		p.Asked, p.Round = true, m.s.Round
		ids = add(ids, p.ID)
	}
	m.asks(ids)
	m.sumUp(i)
}

// elsewhere makes a person whose verification is erased one with another verification, if there is a name for that.
func (p *Party) elsewhere() bool {
	if p.Own == "" || p.Own == p.ID {
		return false
	}
	p.ID, p.Word = p.Own, nil
	return true
}

func (m *machine) asks(ids []string) {
	if len(ids) > 0 {
		m.fx = append(m.fx, Begin{Persons: ids, Round: m.s.Round})
	}
}

// reported takes in what a person's verification says. What it has said before, or says no more, or has said before it was
// asked for again, changes nothing.
func (m *machine) reported(b Reported) {
	var again []string
	who := ""
	for j := range m.s.Parties {
		p := &m.s.Parties[j]
		if !p.Asked || p.ID != b.As && p.ID != b.Person || b.Round < p.Round || !p.Word.news(&b.Word) {
			continue
		}
		if !m.changed {
			m.s.Parties, m.changed = slices.Clone(m.s.Parties), true
			p = &m.s.Parties[j]
		}
		if b.Word.Status == StatusErased && p.Word == nil && p.elsewhere() {
			if p.Word = m.heardOf(p.ID); p.Word == nil {
				again = add(again, p.ID)
				continue
			}
		} else {
			p.ID, p.Word = b.Person, p.Word.with(b.Word)
		}
		if who == "" {
			who = p.Reference
		}
	}
	m.asks(again)
	if who == "" {
		return
	}
	for i := range m.s.Checks {
		if c := m.s.Checks[i]; m.p.Checks[i].Parties != nil && c.Stage != Waiting && c.Stage != Skipped {
			m.cause = "new answer of person " + who
			if c.Stage == TimedOut {
				m.cause = "late answer of person " + who
			}
			m.sumUp(i)
		}
	}
}

// heardOf returns what a verification has said of itself to another of the parties, or nil: it says that once.
func (m *machine) heardOf(id string) *Word {
	for i := range m.s.Parties {
		if p := &m.s.Parties[i]; p.Asked && p.ID == id && p.Word != nil {
			return p.Word
		}
	}
	return nil
}

// news reports whether b says more than w, which may be nil. Of who is erased nothing comes any more.
func (w *Word) news(b *Word) bool {
	return w == nil || w.Status != StatusErased && (b.Seq > w.Seq || b.Revision > w.Revision)
}

// with returns what is known after b: the latest status, and the latest decision. One that is checked again stands by what it
// has decided until it decides anew. Words may come in any order.
func (w *Word) with(b Word) *Word {
	if w == nil {
		return &b
	}
	if b.Revision < w.Revision {
		b.Revision, b.Result, b.Confidence, b.Reasons = w.Revision, w.Result, w.Confidence, w.Reasons
	}
	if b.Seq < w.Seq {
		b.Seq, b.Status = w.Seq, w.Status
	}
	return &b
}

// sumUp makes what the persons' verifications have said the answer of their check: at any moment, so that a deadline finds
// it. It is completed when nobody is waited for.
func (m *machine) sumUp(i int) {
	c := m.own(i)
	r := &c.Run
	f, status := m.summary(m.p.Checks[i].Parties)
	r.Status, m.changed = status, true
	m.stage(i, r, status)
	if r.Answer != nil {
		old := &r.Answer.Findings[0]
		if old.Result == f.Result && old.Confidence == f.Confidence && old.Reasoning == f.Reasoning && slices.Equal(old.Reasons, f.Reasons) {
			return
		}
	}
	r.Answer = &Evidence{At: m.now, Findings: []Finding{f}}
}

// summary says how the persons that the rule needs stand, as one finding: the worst of them, naming who it is; true is as
// sure as the least sure. Status says whether anybody is still waited for.
func (m *machine) summary(rule *PartyRule) (f Finding, status string) {
	status = AnswerCompleted
	var refused, open, why, reasons []string // why is for those who are refused, reasons for the others
	weakest, needed := "", 0
	sure, worst := 0.0, 0.0
	for j := range m.s.Parties {
		p := &m.s.Parties[j]
		if !rule.needs(p) {
			continue
		}
		needed++
		w := p.Word
		switch {
		case p.ID == "":
			open, reasons = append(open, p.name()+" has no verification"), add(reasons, reasonNobody)
		case w == nil || w.Revision == 0 && !w.over():
			open, reasons = append(open, p.name()+" has no decision"), add(reasons, reasonNobody)
			status = waits(status, w)
		case w.Revision == 0:
			open, reasons = append(open, p.name()+" "+ended[w.Status]), add(reasons, reasonNobody)
		case w.Result == True:
			if weakest == "" || w.Confidence < sure {
				weakest, sure = p.name(), w.Confidence
			}
		case w.Result == False:
			refused, worst = append(refused, p.name()+" is refused"+w.because()), max(worst, w.Confidence)
			why = add(add(why, "person_refused"), w.Reasons...)
		default:
			open = append(open, p.name()+" is not decided"+w.because())
			reasons = add(add(reasons, "person_undecided"), w.Reasons...)
		}
	}
	for i := range rule.Roles {
		if r := &rule.Roles[i]; r.Required && !slices.ContainsFunc(m.s.Parties, func(p Party) bool { return strings.EqualFold(p.Role, r.Role) }) {
			open, reasons = append(open, "nobody is named as "+r.Role), add(reasons, "role_missing")
		}
	}
	if len(m.s.Parties) == 0 && len(open) == 0 {
		open, reasons = append(open, "nobody is named"), add(reasons, reasonNobody)
	}
	f = Finding{Component: Persons, Result: Unknown, Reasons: reasons}
	switch {
	case len(refused) > 0:
		f.Result, f.Confidence, f.Reasons, f.Reasoning = False, worst, why, strings.Join(refused, "; ")+"."
	case len(open) > 0:
		f.Reasoning = strings.Join(open, "; ") + "."
	case needed == 0:
		f.Result, f.Confidence, f.Reasoning = True, 100, "None of the associated persons has to be verified."
	case needed == 1:
		f.Result, f.Confidence, f.Reasoning = True, sure, weakest+" is verified."
	default:
		f.Result, f.Confidence = True, sure
		f.Reasoning = "All " + strconv.Itoa(needed) + " persons are verified; the least sure is " + weakest + "."
	}
	return f, status
}

// because says why a person is not verified, in the words of the codes.
func (w *Word) because() string {
	var why []string
	for _, code := range w.Reasons {
		if code != reasonFalse {
			why = append(why, strings.ReplaceAll(code, "_", " "))
		}
	}
	if len(why) == 0 {
		return ""
	}
	return " (" + strings.Join(why, ", ") + ")"
}

// reasonNobody is the code where a person was not looked at.
const reasonNobody = "person_missing"

// ended says how a verification has come to an end without a decision.
var ended = map[string]string{StatusFailed: "could not be checked", StatusCancelled: "was cancelled", StatusErased: "was erased"}

// waits says what is waited for: a person who must act, before anything else. Who looks at one of them does so for that
// person's verification.
func waits(status string, w *Word) string {
	if w != nil && w.Status == StatusAwaiting || status == AnswerAwaiting {
		return AnswerAwaiting
	}
	return AnswerPending
}

// name names a person without saying who they are.
func (p *Party) name() string {
	if p.Role == "" {
		return p.Reference
	}
	return p.Reference + " (" + p.Role + ")"
}

// result is the word of the view for a person that is on a verification of its own.
func (p *Party) result() string {
	if p.Word != nil && (p.Word.Result == True || p.Word.Result == False) {
		return p.Word.Result
	}
	return Unknown
}

// release says to the persons' verifications that this one does not need them any more.
func (m *machine) release(erase bool) {
	var ids []string
	for j := range m.s.Parties {
		if p := &m.s.Parties[j]; p.Asked {
			ids = add(ids, p.ID)
		}
	}
	for _, id := range ids {
		m.fx = append(m.fx, Release{Person: id, Erase: erase})
	}
}
