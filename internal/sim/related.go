package sim

import (
	"slices"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// related says what must hold between businesses and persons when everything is at rest, by the states that replaying gives:
//
//	F1  whoever was asked for knows who has asked, and was begun with once for each that asked and no more often
//	F2  a business knows where its persons stand, and is as good as the worst of them
//	F3  nobody waits for a person who is done, and nobody goes on or is kept for a business that needs them no more
func (w *world) related(states map[string]*decision.State, bad func(rule, format string, args ...any)) {
	asks, again := map[string]map[decision.Parent]bool{}, map[string]int{}
	for _, in := range w.inputs {
		switch b := in.body.(type) {
		case decision.Opened:
			if b.Parent != nil {
				if asks[in.id] == nil {
					asks[in.id] = map[decision.Parent]bool{}
				}
				asks[in.id][decision.Parent{ID: b.Parent.ID, Round: b.Parent.Round}] = true
			}
		case decision.Rechecked:
			again[in.id] = 1 // all have one Dedupe
		}
	}
	for _, id := range sorted(states) {
		s := states[id]
		if s.Subject == "business" {
			w.relatives(s, states, bad)
			continue
		}
		if n := len(asks[id]); n > 0 && s.Round > n-1+again[id] {
			bad("F1", "%s was begun with %d times again, asked for %d times", id, s.Round, n)
		}
		if len(s.Parents) == 0 {
			continue
		}
		needed, kept := false, false
		for _, p := range s.Parents {
			needed = needed || !p.Left
			kept = kept || states[p.ID].Phase != decision.Forgotten
		}
		if !needed && s.Phase == decision.Started && !s.Done {
			bad("F3", "%s goes on, and nobody needs it", id)
		}
		if !kept && s.Phase != decision.Forgotten {
			bad("F3", "%s is kept, and all who needed it are erased", id)
		}
	}
}

// relatives says what must hold between one business and its persons.
func (w *world) relatives(b *decision.State, states map[string]*decision.State, bad func(rule, format string, args ...any)) {
	over := b.Phase == decision.Stopped || b.Phase == decision.Forgotten
	open := false
	for i := range b.Parties {
		p := &b.Parties[i]
		if !p.Asked {
			continue
		}
		s := states[identity(p.ID)]
		if s == nil {
			bad("F1", "%s has asked for %s, who was never opened", b.ID, p.ID)
			continue
		}
		at := slices.IndexFunc(s.Parents, func(q decision.Parent) bool { return q.ID == b.ID })
		if at < 0 || s.Parents[at].Left != over || !over && s.Parents[at].Round < p.Round {
			bad("F1", "%s has asked for %s in round %d and over is %v; they know %+v", b.ID, p.ID, p.Round, over, s.Parents)
			continue
		}
		if over {
			continue
		}
		k := p.Word
		if k == nil || k.Status != s.Status || p.ID != s.ID {
			bad("F2", "%s knows of %s %+v, and it is %s %s", b.ID, p.ID, k, s.ID, s.Status)
			continue
		}
		if d := s.Decision; s.Done && s.Failure == nil && s.Phase == decision.Started && d != nil && (k.Revision != d.Revision || k.Result != d.Result || k.Confidence != d.Confidence) {
			bad("F2", "%s knows of %s %+v, and it is decided %+v", b.ID, p.ID, k, d)
		}
		waits := !s.Done || s.Failure != nil && s.Status == decision.StatusInReview // for a second reviewer
		open = open || s.Phase == decision.Started && waits
	}
	if !over && b.Phase == decision.Started {
		w.summed(b, open, bad)
	}
}

// summed says whether what a business has made of its persons is the worst of what it knows.
func (w *world) summed(b *decision.State, open bool, bad func(rule, format string, args ...any)) {
	p := w.policies[b.Digest]
	for i, c := range b.Checks {
		rule := p.Checks[i].Parties
		if rule == nil || c.Run.Answer == nil { // its turn has not come in time
			continue
		}
		if !open && c.Stage != decision.Ended {
			bad("F3", "%s still waits for its persons, and all are done: %+v", b.ID, b.Parties)
		}
		worst, named := decision.True, len(b.Parties) > 0
		for _, r := range rule.Roles {
			named = named && (!r.Required || slices.ContainsFunc(b.Parties, func(q decision.Party) bool { return q.Role == r.Role }))
		}
		for _, q := range b.Parties {
			switch need := q.Role != "UBO" || q.Ownership == 0 || q.Ownership > 25; {
			case !need:
			case q.Word != nil && q.Word.Result == decision.False:
				worst = decision.False
			case worst == decision.True && (q.Word == nil || q.Word.Result != decision.True):
				worst = decision.Unknown
			}
		}
		if worst == decision.True && !named {
			worst = decision.Unknown
		}
		if got := c.Run.Answer.Findings[0]; got.Result != worst {
			bad("F2", "%s makes %s of its persons, who are %s: %+v", b.ID, got.Result, worst, b.Parties)
		}
	}
}
