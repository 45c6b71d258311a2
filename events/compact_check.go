package events

func (w *packer) task(e *CheckRequested) {
	w.word(e.ID)
	w.word(e.Tenant)
	w.word(e.Flow)
	w.word(e.Provider)
	w.word(e.SubjectType)
	w.uint(e.Opened)
	packOne(w, e.Sealed, (*packer).sealed)
	packList(w, e.Corrected, func(w *packer, v *uint64) { w.uint(*v) })
	w.uint(uint64(len(e.Calls)))
	for i := range e.Calls {
		w.call(&e.Calls[i], e.ID)
	}
}

func (r *unpacker) task() (e CheckRequested) {
	e.ID = r.name()
	e.Tenant = r.word()
	e.Flow = r.word()
	e.Provider = r.word()
	e.SubjectType = r.word()
	e.Opened = r.uint()
	e.Sealed = unpackOne(r, (*unpacker).sealed)
	e.Corrected = unpackList(r, 1, (*unpacker).uint)
	e.Calls = unpackList(r, leastCall, func(r *unpacker) Call { return r.call(e.ID) })
	if e.Calls == nil {
		e.Calls = []Call{}
	}
	return e
}

// What the shortest call and the shortest answer are written with.
const (
	leastCall   = 11
	leastAnswer = 19
)

func (w *packer) call(e *Call, id string) {
	w.word(e.Check)
	w.int(int64(e.Attempt))
	w.int(int64(e.Try))
	w.word(e.Kind)
	w.operation(e.Operation, id, e.Check, e.Attempt)
	w.wordList(e.Components)
	w.value(e.Params)
	packList(w, e.Documents, (*packer).document)
	w.value(e.Ref)
	w.time(e.Deadline)
	w.word(e.Conclusion)
}

func (r *unpacker) call(id string) (e Call) {
	e.Check = r.word()
	e.Attempt = int(r.int())
	e.Try = int(r.int())
	e.Kind = r.word()
	e.Operation = r.operation(id, e.Check, e.Attempt)
	e.Components = r.wordList()
	e.Params = r.value()
	e.Documents = unpackList(r, leastDocument, (*unpacker).document)
	e.Ref = r.value()
	e.Deadline = r.time()
	e.Conclusion = r.word()
	return e
}

// earlier writes what calls of a task carry from the round before.
func (w *packer) earlier(e *CheckRequested) {
	for i := range e.Calls {
		w.value(e.Calls[i].Earlier)
	}
}

// earlier reads what earlier has written, and reports whether there is any.
func (r *unpacker) earlier(e *CheckRequested) (some bool) {
	for i := range e.Calls {
		e.Calls[i].Earlier = r.value()
		some = some || len(e.Calls[i].Earlier) > 0
	}
	return some
}

func (w *packer) answers(e *ChecksAnswered) {
	w.word(e.ID)
	w.word(e.Tenant)
	packList(w, e.Answers, (*packer).answer)
}

func (r *unpacker) answers() (e ChecksAnswered) {
	e.ID = r.name()
	e.Tenant = r.word()
	e.Answers = unpackList(r, leastAnswer, (*unpacker).answer)
	if e.Answers == nil {
		e.Answers = []CheckAnswered{}
	}
	return e
}

func (w *packer) answer(e *CheckAnswered) {
	w.word(e.ID)
	w.word(e.Tenant)
	w.word(e.Check)
	w.word(e.Provider)
	w.int(int64(e.Attempt))
	w.int(int64(e.Try))
	w.word(e.Kind)
	w.operation(e.Operation, e.ID, e.Check, e.Attempt)
	w.word(e.Status)
	w.word(e.Class)
	w.word(e.Why)
	w.int(e.RetryAfter)
	w.int(e.PollAfter)
	w.time(e.ObservedAt)
	w.value(e.Ref)
	packList(w, e.Findings, (*packer).finding)
	packList(w, e.Actions, (*packer).action)
	packOne(w, e.Evidence, (*packer).evidence)
	w.word(e.Mapping)
}

func (r *unpacker) answer() (e CheckAnswered) {
	e.ID = r.name()
	e.Tenant = r.word()
	e.Check = r.word()
	e.Provider = r.word()
	e.Attempt = int(r.int())
	e.Try = int(r.int())
	e.Kind = r.word()
	e.Operation = r.operation(e.ID, e.Check, e.Attempt)
	e.Status = r.word()
	e.Class = r.word()
	e.Why = r.word()
	e.RetryAfter = r.int()
	e.PollAfter = r.int()
	e.ObservedAt = r.time()
	e.Ref = r.value()
	e.Findings = unpackList(r, leastFinding, (*unpacker).finding)
	e.Actions = unpackList(r, leastAction, (*unpacker).action)
	e.Evidence = unpackOne(r, (*unpacker).evidence)
	e.Mapping = r.word()
	return e
}

// marks writes the marks of an answer, which few answers have.
func (w *packer) marks(e *CheckAnswered) {
	packList(w, e.Marks, func(w *packer, k *Mark) {
		w.word(k.Of)
		packList(w, k.Sums, func(w *packer, sum *string) { w.text(*sum) })
	})
}

// marks reads the marks of an answer, and reports whether there are any.
func (r *unpacker) marks(e *CheckAnswered) bool {
	e.Marks = unpackList(r, leastMark, func(r *unpacker) (k Mark) {
		k.Of = r.word()
		if k.Sums = unpackList(r, 1, (*unpacker).text); k.Sums == nil {
			k.Sums = []string{}
		}
		return k
	})
	return len(e.Marks) > 0
}

const leastMark = 2

const (
	leastFinding = 8
	leastAction  = 8
)

func (w *packer) finding(e *Finding) {
	w.word(e.Component)
	w.word(e.Result)
	w.number(e.Confidence)
	w.word(e.Reasoning)
	w.wordList(e.Reasons)
	w.wordList(e.Labels)
	w.text(e.Person)
	w.time(e.Expires)
}

func (r *unpacker) finding() (e Finding) {
	e.Component = r.word()
	e.Result = r.word()
	e.Confidence = r.number()
	e.Reasoning = r.word()
	e.Reasons = r.wordList()
	e.Labels = r.wordList()
	e.Person = r.text()
	e.Expires = r.time()
	return e
}

func (w *packer) action(e *Action) {
	w.word(e.Type)
	w.word(e.Document)
	w.word(e.Side)
	w.text(e.Person)
	w.text(e.URL)
	w.word(e.Message)
	w.wordList(e.Reasons)
	w.time(e.ExpiresAt)
}

func (r *unpacker) action() (e Action) {
	e.Type = r.word()
	e.Document = r.word()
	e.Side = r.word()
	e.Person = r.text()
	e.URL = r.text()
	e.Message = r.word()
	e.Reasons = r.wordList()
	e.ExpiresAt = r.time()
	return e
}

func (w *packer) evidence(e *Evidence) {
	w.digest(e.SHA256)
	w.int(e.Size)
	packOne(w, e.Sealed, (*packer).sealed)
	w.text(e.Ref)
	w.uint(e.Key)
}

func (r *unpacker) evidence() (e Evidence) {
	e.SHA256 = r.digest()
	e.Size = r.int()
	e.Sealed = unpackOne(r, (*unpacker).sealed)
	e.Ref = r.text()
	e.Key = r.uint()
	return e
}
