package events

// Each pair below is one type, member by member in the order of its declaration.

func (w *writer) opened(before string, e *VerificationOpened) {
	w.raw(before)
	w.str(`{"id":`, e.ID)
	w.str(`,"tenant":`, e.Tenant)
	w.str(`,"flow":`, e.Flow)
	w.str(`,"flowDigest":`, e.FlowDigest)
	w.optStr(`,"reference":`, e.Reference)
	w.str(`,"subjectType":`, e.SubjectType)
	w.optStr(`,"country":`, e.Country)
	w.sealed(`,"sealed":`, &e.Sealed)
	optList(w, `,"documents":`, e.Documents, (*writer).document)
	optList(w, `,"parties":`, e.Parties, (*writer).party)
	w.optBool(`,"hold":`, e.Hold)
	w.optTime(`,"requestedAt":`, e.RequestedAt)
	w.optStr(`,"fingerprint":`, e.Fingerprint)
	if e.Parent != nil {
		w.parent(`,"parent":`, e.Parent)
	}
	w.raw("}")
}

func (r *scanner) opened() (e VerificationOpened) {
	e.ID = r.str(`{"id":`)
	e.Tenant = r.word(`,"tenant":`)
	e.Flow = r.word(`,"flow":`)
	e.FlowDigest = r.word(`,"flowDigest":`)
	e.Reference = r.optStr(`,"reference":`)
	e.SubjectType = r.word(`,"subjectType":`)
	e.Country = r.optWord(`,"country":`)
	e.Sealed = r.sealed(`,"sealed":`)
	e.Documents = optItems(r, `,"documents":`, 1, (*scanner).document)
	e.Parties = optItems(r, `,"parties":`, 1, (*scanner).party)
	e.Hold = r.optBool(`,"hold":`)
	e.RequestedAt = r.optTime(`,"requestedAt":`)
	e.Fingerprint = r.optStr(`,"fingerprint":`)
	if r.at(`,"parent":`) {
		p := r.parent(`,"parent":`)
		e.Parent = &p
	}
	r.must("}")
	return e
}

func (w *writer) sealed(before string, e *Sealed) {
	w.raw(before)
	w.uint(`{"key":`, e.Key)
	w.bytes(`,"box":`, e.Box)
	w.optStr(`,"for":`, e.For)
	w.raw("}")
}

func (r *scanner) sealed(before string) (e Sealed) {
	r.must(before)
	e.Key = r.uint(`{"key":`)
	e.Box = r.bytes(`,"box":`)
	e.For = r.optStr(`,"for":`)
	r.must("}")
	return e
}

func (w *writer) document(before string, e *Document) {
	w.raw(before)
	w.str(`{"type":`, e.Type)
	w.optStr(`,"side":`, e.Side)
	w.optStr(`,"country":`, e.Country)
	w.optStr(`,"person":`, e.Person)
	w.str(`,"mediaType":`, e.MediaType)
	w.int(`,"size":`, e.Size)
	w.str(`,"sha256":`, e.SHA256)
	w.str(`,"ref":`, e.Ref)
	w.uint(`,"key":`, e.Key)
	w.optStr(`,"for":`, e.For)
	w.raw("}")
}

func (r *scanner) document(before string) (e Document) {
	r.must(before)
	e.Type = r.word(`{"type":`)
	e.Side = r.optWord(`,"side":`)
	e.Country = r.optWord(`,"country":`)
	e.Person = r.optStr(`,"person":`)
	e.MediaType = r.word(`,"mediaType":`)
	e.Size = r.int64(`,"size":`)
	e.SHA256 = r.str(`,"sha256":`)
	e.Ref = r.str(`,"ref":`)
	e.Key = r.uint(`,"key":`)
	e.For = r.optStr(`,"for":`)
	r.must("}")
	return e
}

func (w *writer) party(before string, e *Party) {
	w.raw(before)
	w.str(`{"reference":`, e.Reference)
	w.optStr(`,"role":`, e.Role)
	w.optFloat(`,"ownership":`, e.Ownership)
	w.optStr(`,"id":`, e.ID)
	w.optStr(`,"own":`, e.Own)
	w.optStr(`,"flow":`, e.Flow)
	w.optStr(`,"flowDigest":`, e.FlowDigest)
	w.optStr(`,"country":`, e.Country)
	if e.Sealed != nil {
		w.sealed(`,"sealed":`, e.Sealed)
	}
	optList(w, `,"documents":`, e.Documents, (*writer).document)
	w.raw("}")
}

func (r *scanner) party(before string) (e Party) {
	r.must(before)
	e.Reference = r.str(`{"reference":`)
	e.Role = r.optWord(`,"role":`)
	e.Ownership = r.optFloat(`,"ownership":`)
	e.ID = r.optStr(`,"id":`)
	e.Own = r.optStr(`,"own":`)
	e.Flow = r.optWord(`,"flow":`)
	e.FlowDigest = r.optWord(`,"flowDigest":`)
	e.Country = r.optWord(`,"country":`)
	if r.at(`,"sealed":`) {
		s := r.sealed(`,"sealed":`)
		e.Sealed = &s
	}
	e.Documents = optItems(r, `,"documents":`, 1, (*scanner).document)
	r.must("}")
	return e
}

func (w *writer) parent(before string, e *Parent) {
	w.raw(before)
	w.str(`{"id":`, e.ID)
	w.optInt(`,"round":`, int64(e.Round))
	w.raw("}")
}

func (r *scanner) parent(before string) (e Parent) {
	r.must(before)
	e.ID = r.str(`{"id":`)
	e.Round = int(r.optInt64(`,"round":`))
	r.must("}")
	return e
}
