package ingest

import (
	"bytes"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/subject"
)

// origin is where a request came from: a CloudEvent, or nothing for a plain POST.
type origin struct {
	events.Event // without data
	id           string
	tenant       string
	at           time.Time // when we got it
}

// open makes of a request the first input of a verification: nothing of a person is left outside the box.
func (s *Service) open(r *events.VerificationRequested, o origin, u *uploads) (events.Event, error) {
	f, ok := s.cfg.Flows.Get(r.Flow)
	if !ok {
		return events.Event{}, fault.New(fault.Unknown, "ingest.open", "the request was not checked")
	}
	v := events.VerificationOpened{ID: o.id, Tenant: o.tenant, Flow: f.Name, FlowDigest: f.Digest, Reference: r.Reference,
		SubjectType: r.Subject.Type, Country: countryOf(r.Subject), Hold: r.Hold, RequestedAt: o.Time}
	d := events.Dossier{Subject: r.Subject, ReturnURL: r.ReturnURL, CallbackURL: r.CallbackURL, Metadata: r.Metadata}
	if err := s.claim(&v, r.Documents, "", u); err != nil {
		return events.Event{}, err
	}
	if f.Persons != "" {
		if err := s.persons(&v, r, f.Persons, o, u); err != nil {
			return events.Event{}, err
		}
		r.AssociatedPersons = nil // who is verified alone is no part of the business's dossier
	}
	for _, p := range r.AssociatedPersons {
		if err := s.claim(&v, p.Documents, p.Reference, u); err != nil {
			return events.Event{}, err
		}
		v.Parties = append(v.Parties, events.Party{Reference: p.Reference, Role: p.Role, Ownership: p.Ownership})
		p.Documents = nil
		d.AssociatedPersons = append(d.AssociatedPersons, p)
	}
	k, err := u.key(subjectOwner)
	if err != nil {
		return events.Event{}, err
	}
	if v.Sealed, err = sealed(k, d, seal.AAD{Verification: o.id, Kind: seal.KindDossier, Tenant: o.tenant}); err != nil {
		return events.Event{}, err
	}
	return events.Event{ID: o.id + "/opened", Source: source, Subject: o.id, Time: o.at, Data: v, CausationID: o.ID, TraceParent: o.TraceParent, Compact: true}, nil
}

// sealed returns a dossier in its box.
func sealed(k *seal.Key, d events.Dossier, a seal.AAD) (events.Sealed, error) {
	room := dossiers.Get().(*bytes.Buffer)
	defer func() {
		clear(room.Bytes())
		room.Reset()
		dossiers.Put(room)
	}()
	if err := json.MarshalWrite(room, d, json.Deterministic(true)); err != nil {
		return events.Sealed{}, fault.New(fault.Unknown, "ingest.open", "the dossier cannot be written")
	}
	return k.Seal(a, room.Bytes())
}

// dossiers are for dossiers in clear, one after the other; nothing is left in them.
var dossiers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *Service) claim(v *events.VerificationOpened, ds []events.DocumentUpload, person string, u *uploads) error {
	for _, d := range ds {
		doc, err := u.document(d, person)
		if err != nil {
			return err
		}
		v.Documents = append(v.Documents, doc)
	}
	return nil
}

// countryOf returns what conditions of flows may ask for: the country of the address, else the nationality.
func countryOf(s subject.Subject) string {
	switch {
	case s.Person != nil:
		if a := s.Person.Address; a != nil && a.Country != "" {
			return a.Country
		}
		if i := s.Person.Info; i != nil {
			return i.Nationality
		}
	case s.Company != nil && s.Company.Address != nil:
		return s.Company.Address.Country
	}
	return ""
}

// stamp is the time part of an id for an event that says when it happened: a repetition gets the same id. A time that
// cannot be right is not used, so that ids sort by the time they became known.
func stamp(said, seen time.Time) time.Time {
	if d := seen.Sub(said); said.IsZero() || d > 24*time.Hour || d < -5*time.Minute {
		return seen
	}
	return said
}

// receipt is the answer to a request that is stored.
type receipt struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Flow      string    `json:"flow,omitempty"`
	Reference string    `json:"reference,omitempty"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

func receiptOf(v events.VerificationOpened, created time.Time) receipt {
	return receipt{ID: v.ID, Status: "initiated", Flow: v.Flow, Reference: v.Reference, CreatedAt: created.UTC().Truncate(time.Millisecond)}
}
