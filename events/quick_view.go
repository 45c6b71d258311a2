package events

func (w *writer) view(before string, e *View) {
	w.raw(before)
	w.str(`{"id":`, e.ID)
	w.optStr(`,"tenant":`, e.Tenant)
	w.optStr(`,"reference":`, e.Reference)
	w.str(`,"flow":`, e.Flow)
	w.str(`,"flowDigest":`, e.FlowDigest)
	w.str(`,"status":`, e.Status)
	w.time(`,"createdAt":`, e.CreatedAt)
	w.time(`,"updatedAt":`, e.UpdatedAt)
	w.optTime(`,"deadline":`, e.Deadline)
	if e.Decision != nil {
		w.decision(`,"decision":`, e.Decision)
	}
	optList(w, `,"details":`, e.Details, (*writer).detail)
	optList(w, `,"checks":`, e.Checks, (*writer).check)
	optList(w, `,"actions":`, e.Actions, (*writer).action)
	optList(w, `,"associatedPersons":`, e.AssociatedPersons, (*writer).partyResult)
	if e.Failure != nil {
		w.failure(`,"failure":`, e.Failure)
	}
	if e.Review != nil {
		w.review(`,"review":`, e.Review)
	}
	if e.Signature != nil {
		w.signature(`,"signature":`, e.Signature)
	}
	w.raw("}")
}

func (r *scanner) view() (e View) {
	e.ID = r.str(`{"id":`)
	e.Tenant = r.optWord(`,"tenant":`)
	e.Reference = r.optStr(`,"reference":`)
	e.Flow = r.word(`,"flow":`)
	e.FlowDigest = r.word(`,"flowDigest":`)
	e.Status = r.word(`,"status":`)
	e.CreatedAt = r.time(`,"createdAt":`)
	e.UpdatedAt = r.time(`,"updatedAt":`)
	e.Deadline = r.optTime(`,"deadline":`)
	if r.at(`,"decision":`) {
		d := r.decision(`,"decision":`)
		e.Decision = &d
	}
	e.Details = optItems(r, `,"details":`, 4, (*scanner).detail)
	e.Checks = optItems(r, `,"checks":`, 4, (*scanner).check)
	e.Actions = optItems(r, `,"actions":`, 1, (*scanner).action)
	e.AssociatedPersons = optItems(r, `,"associatedPersons":`, 1, (*scanner).partyResult)
	if r.at(`,"failure":`) {
		f := r.failure(`,"failure":`)
		e.Failure = &f
	}
	if r.at(`,"review":`) {
		v := r.review(`,"review":`)
		e.Review = &v
	}
	if r.at(`,"signature":`) {
		s := r.signature(`,"signature":`)
		e.Signature = &s
	}
	r.must("}")
	return e
}

func (w *writer) decision(before string, e *Decision) {
	w.raw(before)
	w.int(`{"revision":`, int64(e.Revision))
	w.bool(`,"final":`, e.Final)
	w.str(`,"result":`, e.Result)
	w.float(`,"confidence":`, e.Confidence)
	w.str(`,"reasoning":`, e.Reasoning)
	w.strs(`,"reasons":`, e.Reasons)
	w.time(`,"decidedAt":`, e.DecidedAt)
	if e.Supersedes == nil {
		w.raw(`,"supersedes":null`)
	} else {
		w.int(`,"supersedes":`, int64(*e.Supersedes))
	}
	w.optStr(`,"cause":`, e.Cause)
	w.raw("}")
}

func (r *scanner) decision(before string) (e Decision) {
	r.must(before)
	e.Revision = r.int(`{"revision":`)
	e.Final = r.bool(`,"final":`)
	e.Result = r.word(`,"result":`)
	e.Confidence = r.float(`,"confidence":`)
	e.Reasoning = r.word(`,"reasoning":`)
	e.Reasons = r.words(`,"reasons":`)
	e.DecidedAt = r.time(`,"decidedAt":`)
	if !r.is(`,"supersedes":null`) {
		n := r.int(`,"supersedes":`)
		e.Supersedes = &n
	}
	e.Cause = r.optWord(`,"cause":`)
	r.must("}")
	return e
}

func (w *writer) detail(before string, e *Detail) {
	w.raw(before)
	w.str(`{"component":`, e.Component)
	w.str(`,"result":`, e.Result)
	w.float(`,"confidence":`, e.Confidence)
	w.optStr(`,"reasoning":`, e.Reasoning)
	w.optStrs(`,"reasons":`, e.Reasons)
	w.optStrs(`,"labels":`, e.Labels)
	w.str(`,"provider":`, e.Provider)
	w.str(`,"check":`, e.Check)
	w.int(`,"attempt":`, int64(e.Attempt))
	w.optTime(`,"observedAt":`, e.ObservedAt)
	w.optStrs(`,"evidence":`, e.Evidence)
	w.raw("}")
}

func (r *scanner) detail(before string) (e Detail) {
	r.must(before)
	e.Component = r.word(`{"component":`)
	e.Result = r.word(`,"result":`)
	e.Confidence = r.float(`,"confidence":`)
	e.Reasoning = r.optWord(`,"reasoning":`)
	e.Reasons = r.optWords(`,"reasons":`)
	e.Labels = r.optWords(`,"labels":`)
	e.Provider = r.word(`,"provider":`)
	e.Check = r.word(`,"check":`)
	e.Attempt = r.int(`,"attempt":`)
	e.ObservedAt = r.optTime(`,"observedAt":`)
	e.Evidence = optItems(r, `,"evidence":`, 1, (*scanner).str)
	r.must("}")
	return e
}

func (w *writer) check(before string, e *CheckState) {
	w.raw(before)
	w.str(`{"name":`, e.Name)
	w.str(`,"provider":`, e.Provider)
	w.str(`,"status":`, e.Status)
	w.int(`,"attempt":`, int64(e.Attempt))
	w.optStr(`,"reason":`, e.Reason)
	if e.Split != nil {
		w.str(`,"split":{"provider":`, e.Split.Provider)
		w.int(`,"percent":`, int64(e.Split.Percent))
		w.raw("}")
	}
	w.raw("}")
}

func (r *scanner) check(before string) (e CheckState) {
	r.must(before)
	e.Name = r.word(`{"name":`)
	e.Provider = r.word(`,"provider":`)
	e.Status = r.word(`,"status":`)
	e.Attempt = r.int(`,"attempt":`)
	e.Reason = r.optWord(`,"reason":`)
	if r.is(`,"split":`) {
		e.Split = &Split{Provider: r.word(`{"provider":`), Percent: r.int(`,"percent":`)}
		r.must("}")
	}
	r.must("}")
	return e
}

func (w *writer) partyResult(before string, e *PartyResult) {
	w.raw(before)
	w.str(`{"reference":`, e.Reference)
	w.optStr(`,"id":`, e.ID)
	w.optStr(`,"role":`, e.Role)
	w.optFloat(`,"ownership":`, e.Ownership)
	w.str(`,"result":`, e.Result)
	w.optStr(`,"status":`, e.Status)
	w.raw("}")
}

func (r *scanner) partyResult(before string) (e PartyResult) {
	r.must(before)
	e.Reference = r.str(`{"reference":`)
	e.ID = r.optStr(`,"id":`)
	e.Role = r.optWord(`,"role":`)
	e.Ownership = r.optFloat(`,"ownership":`)
	e.Result = r.word(`,"result":`)
	e.Status = r.optWord(`,"status":`)
	r.must("}")
	return e
}

func (w *writer) failure(before string, e *Failure) {
	w.raw(before)
	w.str(`{"class":`, e.Class)
	w.str(`,"reason":`, e.Reason)
	w.raw("}")
}

func (r *scanner) failure(before string) (e Failure) {
	r.must(before)
	e.Class = r.word(`{"class":`)
	e.Reason = r.word(`,"reason":`)
	r.must("}")
	return e
}
