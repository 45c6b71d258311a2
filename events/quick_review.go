package events

func (w *writer) review(before string, e *Review) {
	w.raw(before)
	list(w, `{"words":`, e.Words, (*writer).reviewWord)
	w.optTime(`,"since":`, e.Since)
	optList(w, `,"waits":`, e.Waits, (*writer).wait)
	if e.Claim != nil {
		w.str(`,"claim":{"reviewer":`, e.Claim.Reviewer)
		w.time(`,"expiresAt":`, e.Claim.ExpiresAt)
		w.raw("}")
	}
	w.raw("}")
}

func (r *scanner) review(before string) (e Review) {
	r.must(before)
	e.Words = items(r, `{"words":`, 1, (*scanner).reviewWord)
	e.Since = r.optTime(`,"since":`)
	e.Waits = optItems(r, `,"waits":`, 1, (*scanner).wait)
	if r.at(`,"claim":`) {
		e.Claim = &Claim{Reviewer: r.word(`,"claim":{"reviewer":`), ExpiresAt: r.time(`,"expiresAt":`)}
		r.must("}")
	}
	r.must("}")
	return e
}

func (w *writer) wait(before string, e *Wait) {
	w.raw(before)
	w.str(`{"why":`, e.Why)
	w.optStr(`,"component":`, e.Component)
	w.raw("}")
}

func (r *scanner) wait(before string) (e Wait) {
	r.must(before)
	e.Why = r.str(`{"why":`)
	e.Component = r.optWord(`,"component":`)
	r.must("}")
	return e
}

func (w *writer) reviewWord(before string, e *ReviewWord) {
	w.raw(before)
	w.str(`{"result":`, e.Result)
	w.optStr(`,"component":`, e.Component)
	w.str(`,"reviewer":`, e.Reviewer)
	w.time(`,"at":`, e.At)
	w.str(`,"weight":`, e.Weight)
	w.raw("}")
}

func (r *scanner) reviewWord(before string) (e ReviewWord) {
	r.must(before)
	e.Result = r.word(`{"result":`)
	e.Component = r.optWord(`,"component":`)
	e.Reviewer = r.word(`,"reviewer":`)
	e.At = r.time(`,"at":`)
	e.Weight = r.word(`,"weight":`)
	r.must("}")
	return e
}
