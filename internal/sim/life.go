package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// begin plans a life: who asks for what, and what goes wrong.
func (w *world) begin() {
	w.policies = map[string]*decision.Policy{}
	for i := range 2 {
		p := w.policy(fmt.Sprint("sha256:0", i))
		w.policies[p.Digest] = p
	}
	for _, r := range w.resolvers {
		w.after(w.hop(), r.run)
	}
	for _, d := range w.dispatchers {
		w.after(w.hop(), d.start)
	}
	for _, c := range w.couriers {
		w.after(w.hop(), c.start)
	}
	if w.chance(30) {
		w.found()
	}
	for n := 1 + w.r.IntN(4); n > 0; n-- {
		w.tally.Verifications++
		id := fmt.Sprint("vrf_", n)
		w.after(w.span(0, time.Minute), func() { w.ask(id) })
	}
	for n := w.r.IntN(11); n > 0; n-- {
		w.after(w.span(0, 20*time.Minute), w.trouble)
	}
	for n := w.r.IntN(3); n > 0; n-- {
		w.after(w.span(0, 20*time.Minute), func() {
			if o := w.owner; o != nil && o.awake() && o.epoch > 0 {
				o.keep()
			}
		})
	}
}

// policy is a flow of checks that depend on each other, or not.
func (w *world) policy(digest string) *decision.Policy {
	p := &decision.Policy{Flow: "sim", Digest: digest, Subject: "person", Deadline: w.span(time.Minute, 30*time.Minute)}
	if w.chance(30) {
		p.Tell = []string{"sumsub", "personr"}
	}
	components := []string{"document", "selfie", "name", "aml"}
	for i := range 1 + w.r.IntN(3) {
		c := decision.Check{Name: fmt.Sprint("check", i), Attempts: w.r.IntN(4), Optional: w.chance(15)}
		for _, v := range w.r.Perm(3)[:1+w.r.IntN(3)] {
			c.Providers = append(c.Providers, decision.Route{Provider: []string{"sumsub", "bive", "personr"}[v]})
		}
		for _, name := range components {
			if w.chance(60) {
				c.Components = append(c.Components, name)
			}
		}
		if w.chance(30) {
			c.On = []string{decision.OnError, decision.OnUnknown, decision.OnFalse}[:1+w.r.IntN(3)]
		}
		if w.chance(30) {
			c.Split = w.split(c.Providers)
		}
		if i > 0 && w.chance(40) {
			c.After = []string{"check0"}
		}
		if w.chance(30) {
			c.Deadline = w.span(10*time.Second, 10*time.Minute)
		}
		p.Checks = append(p.Checks, c)
		for _, name := range c.Components {
			if !slices.Contains(p.Require, name) {
				p.Require = append(p.Require, name)
			}
		}
	}
	p.FourEyes = w.chance(20)
	if w.chance(30) {
		p.Expire = map[string]decision.Expiry{}
		for _, name := range components[w.r.IntN(len(components)):] {
			p.Expire[name] = decision.Expiry{After: w.span(30*time.Minute, 3*time.Hour), Recheck: w.chance(60), Stands: w.chance(50)}
		}
	}
	if w.chance(20) {
		p.Watch = w.span(time.Minute, time.Hour)
	}
	if w.chance(20) {
		p.Rules = []decision.Rule{{Text: "document is flagged", Reads: components[:1], Result: decision.Unknown, Reason: "document_flagged", Review: true,
			If: func(f decision.Facts) (bool, error) {
				return slices.ContainsFunc(f.Findings, func(x decision.Fact) bool { return x.Component == "document" && x.Result == decision.Flagged }), nil
			}}}
	}
	return p
}

// split divides customers between providers.
func (w *world) split(among []decision.Route) (shares []decision.Share) {
	left := 100
	for i, p := range among {
		n := w.r.IntN(left + 1)
		if i == len(among)-1 {
			n = left
		}
		left -= n
		shares = append(shares, decision.Share{Provider: p.Provider, Percent: n})
	}
	return shares
}

// ask is somebody upstream who asks for a verification, perhaps twice, and changes their mind now and then.
func (w *world) ask(id string) {
	digest := fmt.Sprint("sha256:0", w.r.IntN(2))
	b := decision.Opened{ID: id, Tenant: "acme", Flow: "sim", FlowDigest: digest, SubjectType: "person", Documents: []decision.Document{{Type: "PASSPORT", Ref: "b1"}}, Hold: w.chance(10)}
	w.put(id, b)
	if w.chance(20) {
		w.after(w.span(0, 10*time.Minute), func() { w.put(id, b) })
	}
	if b.Hold {
		w.after(w.span(0, time.Minute), func() { w.put(id, decision.Submitted{}) })
	}
	now := func(percent int, body decision.Body) {
		if w.chance(percent) {
			w.after(w.span(0, time.Hour), func() { w.put(id, body) })
		}
	}
	for range w.r.IntN(4) {
		b := decision.LinkRequested{Makers: []string{"sumsub", "bive", "personr"}[w.r.IntN(3):], Fresh: w.chance(30)}
		w.after(w.span(0, 3*time.Minute), func() { w.put(id, b) })
	}
	now(3, decision.Cancelled{})
	now(8, decision.Rechecked{Dedupe: "r1"})
	now(8, decision.Reviewed{Component: "document", Result: decision.True, Reviewer: "k1"})
	now(4, decision.Reviewed{Result: decision.False, Reviewer: "k2"})
	now(4, decision.Claimed{Reviewer: "k1"})
	if last := decision.Body(decision.Erased{}); w.chance(10) || len(w.policies[digest].Expire) > 0 { // what expires is checked for ever
		if w.chance(50) {
			last = decision.Cancelled{}
		}
		w.after(w.span(time.Hour, 4*time.Hour), func() { w.put(id, last) })
	}
}

// asked is a subject who is asked for something, and mostly gives it.
func (w *world) asked(id string, actions []decision.Action) {
	for _, a := range actions {
		if a.Type != "resubmit" || !w.chance(80) {
			continue
		}
		n := len(w.inputs)
		b := decision.DocumentsAdded{Documents: []decision.Document{{Type: a.Document, Side: a.Side, Ref: fmt.Sprint("b", n)}}, Dedupe: fmt.Sprint("d", n)}
		for range 1 + w.r.IntN(2) {
			w.after(w.span(time.Second, 5*time.Minute), func() { w.put(id, b) })
		}
	}
}

// trouble is something that happens to a process.
func (w *world) trouble() {
	i, long := w.r.IntN(2), w.span(time.Millisecond, 2*time.Minute)
	r, d, c := w.resolvers[i], w.dispatchers[i], w.couriers[i]
	switch w.r.IntN(7) {
	case 0:
		if r.up {
			w.tally.Crashes++
			r.crash()
			w.after(lease, w.elect)
			w.after(long, r.run)
		}
	case 1:
		if r.awake() {
			w.tally.Pauses++
			r.pause()
			w.after(lease, w.elect)
			w.after(long, w.resume(&r.process))
		}
	case 2:
		if d.up {
			w.tally.Crashes++
			d.crash()
			w.after(long, d.start)
		}
	case 3:
		if d.awake() {
			w.tally.Pauses++
			d.pause()
			w.after(long, w.resume(&d.process))
		}
	case 4:
		if c.up {
			w.tally.Crashes++
			c.crash()
			w.after(long, c.start)
		}
	case 5:
		if c.awake() {
			w.tally.Pauses++
			c.pause()
			w.after(long, w.resume(&c.process))
		}
	case 6: // a lease that is lost while its holder is well: for a moment two believe that they own
		if r.awake() && r != w.owner {
			r.own()
		}
	}
}

// resume ends a pause, unless the process has died in it.
func (w *world) resume(p *process) func() {
	life := p.life
	return func() {
		if p.up && p.life == life {
			p.resume()
			w.elect()
		}
	}
}
