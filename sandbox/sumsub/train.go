package sumsub

import (
	"context"
)

// play runs the beats one after the other. The extraction's event shares the
// correlation id of the event before it, as the vendor's deliveries were seen to do.
func (s *Sandbox) play(a *applicant, beats []beat, shared string) {
	if len(beats) == 0 {
		return
	}
	stopped := false // for a timer that fired while its stop waited for the lock
	stop := s.clock.After(beats[0].after, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if stopped {
			return
		}
		s.perform(a, beats[0], shared)
		s.play(a, beats[1:], "")
	})
	a.interrupt = func() {
		stopped = true
		stop()
	}
}

// interrupt takes back what is still to happen to an applicant.
func (s *Sandbox) interrupt(a *applicant) {
	if a.interrupt != nil {
		a.interrupt()
	}
	a.interrupt, a.kept = nil, nil
}

// perform does one beat.
func (s *Sandbox) perform(a *applicant, b beat, shared string) {
	switch b.do {
	case actExtract:
		a.extract()
		s.emit(a, "applicantPersonalInfoChanged", happened{correlationID: shared})
	case actQueue:
		a.review.status, a.review.queuedSince = statusQueued, s.clock.Elapsed()
	case actPrecheck:
		s.emit(a, "applicantPrechecked", happened{})
		a.review.status = statusPrecheck
	case actHold:
		s.hold(a)
	case actDecide:
		if a.kind == company && !b.ending.overturns && b.ending.verdict.Answer == green {
			s.awaitPeople(a, b.ending)
			return
		}
		s.decide(a, b.ending)
	}
}

// hold leaves an applicant to an officer.
func (s *Sandbox) hold(a *applicant) {
	a.review.status = statusOnHold
	s.emit(a, "applicantOnHold", happened{noResult: true})
}

// awaitPeople approves a company whose people are approved; otherwise it waits for
// them on hold.
func (s *Sandbox) awaitPeople(a *applicant, e ending) {
	switch s.people(a) {
	case peopleGood:
		s.decide(a, e)
	case peopleBad:
		s.decide(a, unverified())
	default:
		s.hold(a)
		a.kept = &e
	}
}

// decide gives an applicant a verdict, and a company that waits for it a chance.
func (s *Sandbox) decide(a *applicant, e ending) {
	now := s.clock.Now()
	a.kept = nil
	a.review.complete(e.verdict, now)
	if !e.overturns {
		a.judge(e)
		a.verdicts++
	}
	if e.riskLabels != nil {
		a.riskLabels = e.riskLabels
	}
	if e.listed {
		a.amlCase = listedCase(a, s.objectID(now), s.ids.UUID(), now)
	}
	s.emit(a, "applicantReviewed", happened{result: a.review.result})
	for _, c := range a.memberOf {
		s.settle(c)
	}
}
