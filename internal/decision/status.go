package decision

// stand says where the verification stands after a step, and what reviewers have to do with it.
func (m *machine) stand() {
	waits := m.waits()
	m.s.Status = m.status(len(waits) > 0)
	m.weighReviews()
	if m.s.Status != StatusInReview {
		m.s.InReview = nil
		if _, word := m.in.Body.(Reviewed); word {
			m.s.Claim = nil
		}
		return
	}
	if _, word := m.in.Body.(Reviewed); word && m.s.Claim != nil && m.saidAll(m.s.Claim.Reviewer, waits) {
		m.s.Claim = nil
	}
	since := m.now
	if was := m.s.InReview; was != nil {
		since = was.Since
	}
	m.s.InReview = &InReview{Since: since, Waits: waits}
}

// status is the word of the API for where a verification stands.
func (m *machine) status(waits bool) string {
	switch m.s.Phase {
	case Stopped:
		return StatusCancelled
	case Forgotten:
		return StatusErased
	case Started:
	default:
		return StatusInitiated
	}
	if m.p == nil {
		return m.s.Status
	}
	if m.overruled() {
		return StatusCompleted
	}
	awaiting, running := false, false
	for i := range m.s.Checks {
		if m.awaited(i) {
			running = true
			awaiting = awaiting || m.s.Checks[i].Run.Status == AnswerAwaiting
		}
	}
	switch {
	case awaiting:
		return StatusAwaiting
	case waits:
		return StatusInReview
	case running:
		return StatusRunning
	case m.s.Failure != nil:
		return StatusFailed
	}
	return StatusCompleted
}

// awaited reports whether a check is open that the verification still waits for.
func (m *machine) awaited(i int) bool {
	return m.s.Checks[i].Stage.open() && !(m.p.Checks[i].Optional && m.s.Done)
}
