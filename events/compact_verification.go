package events

// Each pair below is one type, member by member in the order of its declaration.

func (w *packer) opened(e *VerificationOpened) {
	w.word(e.ID)
	w.word(e.Tenant)
	w.word(e.Flow)
	w.digest(e.FlowDigest)
	w.text(e.Reference)
	w.word(e.SubjectType)
	w.word(e.Country)
	w.sealed(&e.Sealed)
	packList(w, e.Documents, (*packer).document)
	packList(w, e.Parties, (*packer).party)
	w.bool(e.Hold)
	w.time(e.RequestedAt)
	w.text(e.Fingerprint)
	packOne(w, e.Parent, (*packer).parent)
}

func (r *unpacker) opened() (e VerificationOpened) {
	e.ID = r.name()
	e.Tenant = r.word()
	e.Flow = r.word()
	e.FlowDigest = r.digest()
	e.Reference = r.text()
	e.SubjectType = r.word()
	e.Country = r.word()
	e.Sealed = r.sealed()
	e.Documents = unpackList(r, leastDocument, (*unpacker).document)
	e.Parties = unpackList(r, leastParty, (*unpacker).party)
	e.Hold = r.bool()
	e.RequestedAt = r.time()
	e.Fingerprint = r.text()
	e.Parent = unpackOne(r, (*unpacker).parent)
	return e
}

// What the shortest document and the shortest party are written with.
const (
	leastDocument = 11
	leastParty    = 11
)

func (w *packer) sealed(e *Sealed) {
	w.uint(e.Key)
	w.bytes(e.Box)
	w.word(e.For)
}

func (r *unpacker) sealed() (e Sealed) {
	e.Key = r.uint()
	e.Box = r.box()
	e.For = r.name()
	return e
}

func (w *packer) document(e *Document) {
	w.word(e.Type)
	w.word(e.Side)
	w.word(e.Country)
	w.text(e.Person)
	w.word(e.MediaType)
	w.int(e.Size)
	w.digest(e.SHA256)
	w.text(e.Ref)
	w.uint(e.Key)
	w.word(e.For)
}

func (r *unpacker) document() (e Document) {
	e.Type = r.word()
	e.Side = r.word()
	e.Country = r.word()
	e.Person = r.text()
	e.MediaType = r.word()
	e.Size = r.int()
	e.SHA256 = r.digest()
	e.Ref = r.text()
	e.Key = r.uint()
	e.For = r.name()
	return e
}

func (w *packer) party(e *Party) {
	w.text(e.Reference)
	w.word(e.Role)
	w.number(e.Ownership)
	w.text(e.ID)
	w.text(e.Own)
	w.word(e.Flow)
	w.digest(e.FlowDigest)
	w.word(e.Country)
	packOne(w, e.Sealed, (*packer).sealed)
	packList(w, e.Documents, (*packer).document)
}

func (r *unpacker) party() (e Party) {
	e.Reference = r.text()
	e.Role = r.word()
	e.Ownership = r.number()
	e.ID = r.text()
	e.Own = r.text()
	e.Flow = r.word()
	e.FlowDigest = r.digest()
	e.Country = r.word()
	e.Sealed = unpackOne(r, (*unpacker).sealed)
	e.Documents = unpackList(r, leastDocument, (*unpacker).document)
	return e
}

func (w *packer) parent(e *Parent) {
	w.text(e.ID)
	w.int(int64(e.Round))
}

func (r *unpacker) parent() (e Parent) {
	e.ID = r.text()
	e.Round = int(r.int())
	return e
}
