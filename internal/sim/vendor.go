package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// vendor makes checks, says what it thinks of them when it likes, and is paid for each that it makes.
type vendor struct {
	name       string
	idempotent bool // two requests of one operation are one check
	looks      bool // it can be asked whether it has a check
	resubmits  bool // it takes better documents for a check that it has
	made       map[string]*deed
	creates    map[string]int // by operation
}

// deed is a check at a vendor.
type deed struct {
	verification, check, operation string
	components                     []string
	paged                          bool // made for its page, and not sent yet
	page                           bool // it began with its page: to go on with it may be repeated
	status                         string
	observed                       time.Time
	findings                       []decision.Finding
	actions                        []decision.Action
}

// reply is what a vendor says, or why nothing was heard of it.
type reply struct {
	deed    *deed // as it was when the vendor said it
	err     error
	missing bool // asked for a check that it does not have
}

// receive is a request that has reached the vendor. What is returned may be lost on the way back.
func (w *world) receive(v *vendor, id, kind string, c decision.Call) reply {
	lost := fault.Transient
	if (kind == decision.KindSend || kind == decision.KindResubmit || kind == decision.KindLink && c.Ref == "") && !v.idempotent {
		lost = fault.Ambiguous
	}
	switch {
	case w.chance(4):
		return reply{err: fault.New(fault.Transient, v.name, "status 503")}
	case w.chance(3):
		return reply{err: &fault.Error{Class: fault.RateLimited, Op: v.name, RetryAfter: w.span(0, time.Minute)}}
	case w.chance(3):
		return reply{err: fault.New(lost, v.name, "lost on the way there")}
	}
	d := v.made[c.Operation]
	switch kind {
	case decision.KindSend, decision.KindLink:
		if known := v.made[c.Ref]; known != nil && (kind == decision.KindLink || known.page || v.idempotent) {
			d = known // who was sent a whole check and gets it again makes another, whatever we know of the first
		} else if d == nil || !v.idempotent {
			v.creates[c.Operation]++
			w.tally.Creates++
			d = w.begun(v, id, c, kind == decision.KindLink)
		}
		if d.paged && kind == decision.KindSend {
			d.paged = false
			w.work(v, d, false)
		}
	case decision.KindResubmit:
		if d = v.made[c.Ref]; d != nil && d.status == decision.AnswerAwaiting {
			d.status, d.actions, d.observed = decision.AnswerPending, nil, w.now
			w.work(v, d, true)
		}
	case decision.KindErase:
		if d = v.made[c.Ref]; d != nil && d.status != decision.AnswerErased {
			d.status, d.actions, d.findings = decision.AnswerErased, nil, nil
			w.tally.Erased++
		}
	default:
		if d = v.made[c.Ref]; d == nil {
			d = v.made[c.Operation]
		}
	}
	if w.chance(4) {
		return reply{err: fault.New(lost, v.name, "lost on the way back")}
	}
	if d == nil {
		return reply{missing: true, err: fault.New(fault.Invalid, v.name, "there is no such check")}
	}
	said := *d
	if open := said.status == decision.AnswerPending || said.status == decision.AnswerAwaiting; open && kind == decision.KindLink {
		page := decision.Action{Type: "open_link", URL: fmt.Sprint("https://", v.name, ".example/", w.now.UnixNano()), ExpiresAt: decision.TimeOf(w.now.Add(10 * time.Minute))}
		said.actions = append(slices.Clone(said.actions), page)
	}
	return reply{deed: &said}
}

// begun is a new check, perhaps one that is only made for its page so far.
func (w *world) begun(v *vendor, id string, c decision.Call, paged bool) *deed {
	d := &deed{verification: id, check: c.Check, operation: c.Operation, components: slices.Clone(c.Components), page: paged, paged: paged, status: decision.AnswerPending, observed: w.now}
	v.made[c.Operation] = d
	if !paged {
		w.work(v, d, false)
	}
	return d
}

// work is what the vendor does about a check, and when.
func (w *world) work(v *vendor, d *deed, again bool) {
	switch {
	case w.chance(6): // never
		return
	case !again && v.resubmits && w.chance(20):
		w.after(w.span(time.Second, time.Minute), func() {
			d.actions = []decision.Action{{Type: "resubmit", Document: "PASSPORT"}}
			w.says(v, d, decision.AnswerAwaiting)
		})
		return
	case w.chance(10):
		w.after(w.span(0, 5*time.Second), func() { w.says(v, d, decision.AnswerInReview) })
	}
	w.after(w.span(0, w.span(time.Millisecond, 20*time.Minute)), func() {
		w.judge(d, 80)
		w.says(v, d, decision.AnswerCompleted)
		if w.chance(8) {
			w.after(w.span(time.Second, time.Hour), func() { // it changes its mind
				w.judge(d, 20)
				w.says(v, d, decision.AnswerCompleted)
			})
		}
	})
}

// judge finds something out about every component; good percent of it is good.
func (w *world) judge(d *deed, good int) {
	d.findings = nil
	for _, c := range d.components {
		f := decision.Finding{Component: c, Result: decision.True, Confidence: float64(90 + w.r.IntN(11))}
		if !w.chance(good) {
			f.Result = []string{decision.False, decision.Flagged, decision.Unknown}[w.r.IntN(3)]
		}
		d.findings = append(d.findings, f)
	}
}

// says changes what the vendor says of a check, and tells us: once, twice, late or not at all.
func (w *world) says(v *vendor, d *deed, status string) {
	if d.status == decision.AnswerErased {
		return
	}
	d.status, d.observed = status, w.now
	if status != decision.AnswerAwaiting {
		d.actions = nil
	}
	hint := decision.Hinted{Provider: v.name, Check: d.check, Event: status, Dedupe: fmt.Sprint(d.operation, status, d.observed.UnixNano()), At: d.observed}
	for n := w.r.IntN(3); n > 0; n-- {
		late := w.hop()
		if w.chance(20) {
			late = w.span(0, 10*time.Minute)
		}
		w.after(late, func() { w.put(d.verification, hint) })
	}
}
