package bive

import (
	"context"
	"slices"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// begin plans the life of a new record; the lock is held, as in all of this file.
func (s *Sandbox) begin(b *record) {
	s.announce(b)
	s.after(retention, func() { s.forget(b) })
	s.after(stepDelay, func() {
		if !b.liveness {
			s.run(b)
			return
		}
		s.enter(b, GeneratingLivenessCheck)
		s.after(stepDelay, func() { s.await(b) })
	})
}

// after runs do under the lock when d of vendor time has passed.
func (s *Sandbox) after(d time.Duration, do func()) {
	s.stage.Clock.After(d, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
	})
}

// await hands out the links and waits for their people.
func (s *Sandbox) await(b *record) {
	for _, p := range b.persons {
		token := s.stage.IDs.Token(32)
		c := &livenessCheck{record: b, name: p.name, url: b.base + "/l/" + token}
		s.links[token] = c
		b.checks = append(b.checks, c)
	}
	s.enter(b, AwaitingLivenessCheck)
	s.after(livenessExpiry, func() {
		if b.status == AwaitingLivenessCheck {
			s.enter(b, Failed)
		}
	})
	if !s.config.ManualLiveness {
		s.after(s.config.LivenessDelay, func() {
			for _, c := range b.checks {
				s.pass(c)
			}
		})
	}
}

// pass completes a link; the last one of a record lets it run.
func (s *Sandbox) pass(c *livenessCheck) {
	if c.done || c.record.status != AwaitingLivenessCheck {
		return
	}
	c.done = true
	if !slices.ContainsFunc(c.record.checks, func(c *livenessCheck) bool { return !c.done }) {
		s.run(c.record)
	}
}

// run decides, in time, late or never.
func (s *Sandbox) run(b *record) {
	s.enter(b, Running)
	wait := s.config.Processing
	switch {
	case b.story.Never:
		return
	case b.story.Slow:
		wait += sandbox.SlowDelay
	}
	s.after(wait, func() {
		o := outcomeOf(b.story, b.demo, b.fresh)
		b.final, b.detail = finalOf(o), detailsOf(o, b.components)
		s.enter(b, Completed)
	})
}

func (s *Sandbox) enter(b *record, status Status) {
	b.status = status
	s.announce(b)
}

// forget deletes a record and its links.
func (s *Sandbox) forget(b *record) {
	delete(s.byID, b.id)
	s.records = slices.DeleteFunc(s.records, func(x *record) bool { return x == b })
	for token, c := range s.links {
		if c.record == b {
			delete(s.links, token)
		}
	}
}
