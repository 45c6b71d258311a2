package personr

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// after runs do under the lock when d of vendor time has passed.
func (s *Sandbox) after(d time.Duration, do func()) {
	s.stage.Clock.After(d, func(context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
	})
}

// requestCheck starts the check of what was uploaded. Too early is not refused: it costs an attempt.
func (s *Sandbox) requestCheck(r *http.Request) answer {
	var in applicantID
	if err := read(r, &in); err != nil || in.ApplicantID == "" {
		return missing("applicantId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.byID[in.ApplicantID]
	if a == nil {
		return wrong(http.StatusNotFound, "NOT_FOUND", "Missing object of type applicant")
	}
	s.stage.Ledger.Other("check.request")
	s.check(a)
	return answer{body: map[string]any{"response": "success"}}
}

// check runs one attempt; the lock is held.
func (s *Sandbox) check(a *applicant) {
	if a.status == prechecked || a.status == pending || a.status == reviewed && a.verdict.again != "Retry" {
		return
	}
	a.attempts++
	a.number++
	number := a.number
	a.status = prechecked
	then := func(d time.Duration, do func()) {
		s.after(d, func() {
			if a.number == number {
				do()
			}
		})
	}
	then(min(precheck, s.config.Processing/2), func() { a.status = pending })
	if a.story.Never {
		return // "very blurred": it does not proceed, and nobody is told
	}
	wait := s.config.Processing
	if a.story.Slow && a.attempts == 1 {
		wait += sandbox.SlowDelay
	}
	then(wait, func() {
		s.judge(a)
		if a.story.Outcome == sandbox.Reversal {
			then(sandbox.ReversalDelay, func() { s.end(a, "Rejected", "Final", "", "SANCTIONS") })
		}
	})
}

// judge ends an attempt as the story says.
func (s *Sandbox) judge(a *applicant) {
	lacking := a.lacking()
	if len(lacking) > 0 && a.attempts < maxAttempts {
		s.end(a, "Rejected", "Retry", "Please upload what is missing.", lacking...)
		return
	}
	if len(lacking) > 0 {
		s.end(a, "Rejected", "Final", "", lacking...)
		return
	}
	switch a.story.Outcome {
	case sandbox.Reject:
		s.end(a, "Rejected", "Final", "", "FORGERY")
	case sandbox.Retry:
		if s.visits[a.who()]++; s.visits[a.who()] == 1 || !a.fresh {
			s.end(a, "Rejected", "Retry", "Please upload a sharper photo.", "LOW_QUALITY")
			return
		}
		s.end(a, "Approved", "", "")
	case sandbox.Unknown:
		s.end(a, "Rejected", "", "")
	case sandbox.Sanctions:
		s.end(a, "Rejected", "Final", "", "SANCTIONS")
	default:
		s.end(a, "Approved", "", "")
	}
}

// lacking are the labels of what has not been uploaded.
func (a *applicant) lacking() []string {
	if a.entity {
		return nil
	}
	has := func(kind, side string) bool {
		return slices.ContainsFunc(a.images, func(i image) bool { return i.kind == kind && (side == "" || i.side == side) })
	}
	var labels []string
	front, back := false, true
	for _, i := range a.images {
		if i.kind == "SELFIE" || i.kind == "UTILITY_BILL" {
			continue
		}
		front = front || i.side == "FRONT_SIDE"
		if i.kind != "PASSPORT" && !has(i.kind, "BACK_SIDE") {
			back = false
		}
	}
	if !front {
		labels = append(labels, "FRONT_SIDE_MISSING")
	}
	if !back {
		labels = append(labels, "BACK_SIDE_MISSING")
	}
	if !has("SELFIE", "") {
		labels = append(labels, "UNSATISFACTORY_PHOTOS")
	}
	return labels
}

// end gives an applicant a verdict and tells it.
func (s *Sandbox) end(a *applicant, word, again, comment string, labels ...string) {
	a.status, a.fresh = reviewed, false
	a.verdict = &verdict{id: s.id(), at: s.stage.Clock.Now(), answer: word, again: again, comment: comment, labels: labels}
	if again == "Retry" && a.linked && !s.config.ManualVisit {
		s.after(s.config.VisitDelay, func() { s.visit(a) })
	}
	s.tell(a)
}

// applicantStatus is the whole of what is known of an applicant.
func (s *Sandbox) applicantStatus(r *http.Request) answer {
	var in applicantID
	if err := read(r, &in); err != nil {
		return missing("applicantId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.ApplicantID, false)
	if refused != nil {
		return *refused
	}
	s.stage.Ledger.Read("status")
	return success(s.view(a))
}

// view is an applicant as the status workflow shows it; what is empty is left out.
func (s *Sandbox) view(a *applicant) map[string]any {
	m := map[string]any{"applicantStatus": a.status, "applicantActionStatus": "Pending", "sourceKey": a.sourceKey, "externalUserId": a.externalUserIDs}
	if len(a.images) > 0 {
		var kinds []string
		for _, i := range a.images {
			if !slices.Contains(kinds, i.kind) {
				kinds = append(kinds, i.kind)
			}
		}
		m["documents"] = kinds
	}
	if a.status != reviewed {
		return m
	}
	v := a.verdict
	m["applicantActionStatus"] = "Reviewed"
	result := map[string]any{
		"Modified Date": v.at.UnixMilli(), "Created Date": a.born.UnixMilli(), "_id": v.id, "reviewAnswer": v.answer,
		"reviewRejectType": v.again, "rejectLabels": v.labels, "commentModeration": v.comment, "applicant": a.id,
	}
	m["result"] = filled(result)
	if v.answer == "Approved" {
		m["extractedFirstName"], m["extractedLastName"] = strings.ToUpper(a.nameFirst), strings.ToUpper(a.nameLast)
		m["ipAddress"], m["ipCountry"] = "203.0.113.7", "Australia"
	}
	return m
}
