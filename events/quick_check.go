package events

import "bytes"

func (w *writer) task(before string, e *CheckRequested) {
	w.raw(before)
	w.str(`{"id":`, e.ID)
	w.str(`,"tenant":`, e.Tenant)
	w.str(`,"flow":`, e.Flow)
	w.str(`,"provider":`, e.Provider)
	w.str(`,"subjectType":`, e.SubjectType)
	w.uint(`,"opened":`, e.Opened)
	if e.Sealed != nil {
		w.sealed(`,"sealed":`, e.Sealed)
	}
	optList(w, `,"corrected":`, e.Corrected, (*writer).number)
	list(w, `,"calls":`, e.Calls, (*writer).call)
	w.raw("}")
}

func (r *scanner) task() (e CheckRequested) {
	e.ID = r.str(`{"id":`)
	e.Tenant = r.word(`,"tenant":`)
	e.Flow = r.word(`,"flow":`)
	e.Provider = r.word(`,"provider":`)
	e.SubjectType = r.word(`,"subjectType":`)
	e.Opened = r.uint(`,"opened":`)
	if r.at(`,"sealed":`) {
		s := r.sealed(`,"sealed":`)
		e.Sealed = &s
	}
	e.Corrected = optItems(r, `,"corrected":`, 1, (*scanner).uint)
	e.Calls = items(r, `,"calls":`, 4, (*scanner).call)
	r.must("}")
	return e
}

func (w *writer) number(before string, v *uint64) { w.uint(before, *v) }

func (w *writer) call(before string, e *Call) {
	w.raw(before)
	w.str(`{"check":`, e.Check)
	w.int(`,"attempt":`, int64(e.Attempt))
	w.int(`,"try":`, int64(e.Try))
	w.str(`,"kind":`, e.Kind)
	w.str(`,"operation":`, e.Operation)
	w.optStrs(`,"components":`, e.Components)
	w.optJSON(`,"params":`, e.Params)
	optList(w, `,"documents":`, e.Documents, (*writer).document)
	w.optJSON(`,"ref":`, e.Ref)
	w.optTime(`,"deadline":`, e.Deadline)
	w.optStr(`,"conclusion":`, e.Conclusion)
	w.optJSON(`,"earlier":`, e.Earlier)
	w.raw("}")
}

func (r *scanner) call(before string) (e Call) {
	r.must(before)
	e.Check = r.word(`{"check":`)
	e.Attempt = r.int(`,"attempt":`)
	e.Try = r.int(`,"try":`)
	e.Kind = r.word(`,"kind":`)
	e.Operation = r.str(`,"operation":`)
	e.Components = r.optWords(`,"components":`)
	e.Params = r.optJSON(`,"params":`)
	e.Documents = optItems(r, `,"documents":`, 1, (*scanner).document)
	e.Ref = r.optJSON(`,"ref":`)
	e.Deadline = r.optTime(`,"deadline":`)
	e.Conclusion = r.optWord(`,"conclusion":`)
	e.Earlier = r.optJSON(`,"earlier":`)
	r.must("}")
	return e
}

func (w *writer) answers(before string, e *ChecksAnswered) {
	w.raw(before)
	w.str(`{"id":`, e.ID)
	w.str(`,"tenant":`, e.Tenant)
	list(w, `,"answers":`, e.Answers, (*writer).answer)
	w.raw("}")
}

func (r *scanner) answers() (e ChecksAnswered) {
	e.ID = r.str(`{"id":`)
	e.Tenant = r.word(`,"tenant":`)
	r.must(`,"answers":[`)
	e.Answers = make([]CheckAnswered, 0, bytes.Count(r.b, []byte(`,"operation":`)))
	for i := 0; r.ok && !r.is("]"); i++ {
		e.Answers = append(e.Answers, r.answer(comma(i), e.ID))
	}
	r.must("}")
	return e
}

func (w *writer) answer(before string, e *CheckAnswered) {
	w.raw(before)
	w.str(`{"id":`, e.ID)
	w.str(`,"tenant":`, e.Tenant)
	w.str(`,"check":`, e.Check)
	w.str(`,"provider":`, e.Provider)
	w.int(`,"attempt":`, int64(e.Attempt))
	w.int(`,"try":`, int64(e.Try))
	w.str(`,"kind":`, e.Kind)
	w.str(`,"operation":`, e.Operation)
	w.str(`,"status":`, e.Status)
	w.optStr(`,"class":`, e.Class)
	w.optStr(`,"why":`, e.Why)
	w.optInt(`,"retryAfter":`, e.RetryAfter)
	w.optInt(`,"pollAfter":`, e.PollAfter)
	w.optTime(`,"observedAt":`, e.ObservedAt)
	w.optJSON(`,"ref":`, e.Ref)
	optList(w, `,"findings":`, e.Findings, (*writer).finding)
	optList(w, `,"actions":`, e.Actions, (*writer).action)
	if e.Evidence != nil {
		w.evidence(`,"evidence":`, e.Evidence)
	}
	w.optStr(`,"mapping":`, e.Mapping)
	optList(w, `,"marks":`, e.Marks, (*writer).mark)
	w.raw("}")
}

func (w *writer) mark(before string, e *Mark) {
	w.raw(before)
	w.str(`{"of":`, e.Of)
	w.strs(`,"sums":`, e.Sums)
	w.raw("}")
}

// answer reads one answer, most likely of the verification id.
func (r *scanner) answer(before, id string) (e CheckAnswered) {
	r.must(before)
	e.ID = r.same(`{"id":`, id)
	e.Tenant = r.word(`,"tenant":`)
	e.Check = r.word(`,"check":`)
	e.Provider = r.word(`,"provider":`)
	e.Attempt = r.int(`,"attempt":`)
	e.Try = r.int(`,"try":`)
	e.Kind = r.word(`,"kind":`)
	e.Operation = r.str(`,"operation":`)
	e.Status = r.word(`,"status":`)
	e.Class = r.optWord(`,"class":`)
	e.Why = r.optWord(`,"why":`)
	e.RetryAfter = r.optInt64(`,"retryAfter":`)
	e.PollAfter = r.optInt64(`,"pollAfter":`)
	e.ObservedAt = r.optTime(`,"observedAt":`)
	e.Ref = r.optJSON(`,"ref":`)
	e.Findings = optItems(r, `,"findings":`, 1, (*scanner).finding)
	e.Actions = optItems(r, `,"actions":`, 1, (*scanner).action)
	if r.at(`,"evidence":`) {
		v := r.evidence(`,"evidence":`)
		e.Evidence = &v
	}
	e.Mapping = r.optWord(`,"mapping":`)
	e.Marks = optItems(r, `,"marks":`, 4, (*scanner).mark)
	r.must("}")
	return e
}

func (r *scanner) mark(before string) (e Mark) {
	r.must(before)
	e.Of = r.word(`{"of":`)
	e.Sums = items(r, `,"sums":`, 2, (*scanner).str)
	r.must("}")
	return e
}

func (w *writer) finding(before string, e *Finding) {
	w.raw(before)
	w.str(`{"component":`, e.Component)
	w.str(`,"result":`, e.Result)
	w.float(`,"confidence":`, e.Confidence)
	w.optStr(`,"reasoning":`, e.Reasoning)
	w.optStrs(`,"reasons":`, e.Reasons)
	w.optStrs(`,"labels":`, e.Labels)
	w.optStr(`,"person":`, e.Person)
	w.optTime(`,"expires":`, e.Expires)
	w.raw("}")
}

func (r *scanner) finding(before string) (e Finding) {
	r.must(before)
	e.Component = r.word(`{"component":`)
	e.Result = r.word(`,"result":`)
	e.Confidence = r.float(`,"confidence":`)
	e.Reasoning = r.optWord(`,"reasoning":`)
	e.Reasons = r.optWords(`,"reasons":`)
	e.Labels = r.optWords(`,"labels":`)
	e.Person = r.optStr(`,"person":`)
	e.Expires = r.optTime(`,"expires":`)
	r.must("}")
	return e
}

func (w *writer) action(before string, e *Action) {
	w.raw(before)
	w.str(`{"type":`, e.Type)
	w.optStr(`,"document":`, e.Document)
	w.optStr(`,"side":`, e.Side)
	w.optStr(`,"person":`, e.Person)
	w.optStr(`,"url":`, e.URL)
	w.optStr(`,"message":`, e.Message)
	w.optStrs(`,"reasons":`, e.Reasons)
	w.optTime(`,"expiresAt":`, e.ExpiresAt)
	w.raw("}")
}

func (r *scanner) action(before string) (e Action) {
	r.must(before)
	e.Type = r.word(`{"type":`)
	e.Document = r.optWord(`,"document":`)
	e.Side = r.optWord(`,"side":`)
	e.Person = r.optStr(`,"person":`)
	e.URL = r.optStr(`,"url":`)
	e.Message = r.optWord(`,"message":`)
	e.Reasons = r.optWords(`,"reasons":`)
	e.ExpiresAt = r.optTime(`,"expiresAt":`)
	r.must("}")
	return e
}

func (w *writer) evidence(before string, e *Evidence) {
	w.raw(before)
	w.str(`{"sha256":`, e.SHA256)
	w.int(`,"size":`, e.Size)
	if e.Sealed != nil {
		w.sealed(`,"sealed":`, e.Sealed)
	}
	w.optStr(`,"ref":`, e.Ref)
	w.optUint(`,"key":`, e.Key)
	w.raw("}")
}

func (r *scanner) evidence(before string) (e Evidence) {
	r.must(before)
	e.SHA256 = r.str(`{"sha256":`)
	e.Size = r.int64(`,"size":`)
	if r.at(`,"sealed":`) {
		s := r.sealed(`,"sealed":`)
		e.Sealed = &s
	}
	e.Ref = r.optStr(`,"ref":`)
	e.Key = r.optUint(`,"key":`)
	r.must("}")
	return e
}
