package sumsub

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// enrolment is one applicant to be: the subject of a check, or a person of a business.
type enrolment struct {
	person string // reference; "" for the subject
	level  string
	body   newApplicant
	pages  []page
	party  providers.Party
}

// plan says what to do for a request. It finds every reason to refuse before anything exists at the vendor.
func (c *client) plan(r providers.Request) (subject enrolment, people []enrolment, err error) {
	const op = "sumsub.send"
	p := params{Level: c.level}
	if len(r.Params) > 0 {
		if err := json.Unmarshal(r.Params, &p, json.RejectUnknownMembers(true)); err != nil {
			return subject, nil, fault.New(fault.Invalid, op, "the params are not those of the schema")
		}
	}
	if p.Level == "" {
		return subject, nil, fault.New(fault.Invalid, op, "no level: neither the flow nor SUMSUB_LEVEL_NAME names one")
	}
	country := countryOf(r.Subject)
	subject = enrolment{level: p.Level, body: bodyOf(r, p.Language)}
	if subject.pages, err = pages(r.Documents, "", country); err != nil {
		return subject, nil, err
	}
	if p.PersonLevel == "" || subject.body.Type != "company" {
		return subject, nil, nil
	}
	for _, party := range r.Parties {
		e := enrolment{person: party.Reference, level: p.PersonLevel, body: bodyOfPerson(r, party, p.Language), party: party}
		if e.body.FixedInfo.Country != "" {
			country = e.body.FixedInfo.Country
		}
		if e.pages, err = pages(r.Documents, party.Reference, country); err != nil {
			return subject, nil, err
		}
		people = append(people, e)
	}
	return subject, people, nil
}

// Send creates the applicant, hands in the documents and asks for the check. What exists already is found and completed:
// nothing is created, uploaded or asked for twice, whatever a crash has interrupted.
func (c *client) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	subject, people, err := c.plan(r)
	if err != nil {
		return providers.Reply{}, err
	}
	return t.end(t.send(ctx, subject, people))
}

func (t *talk) send(ctx context.Context, subject enrolment, people []enrolment) error {
	a, begun, err := t.enrol(ctx, subject, &t.ref.account)
	if err != nil {
		return err
	}
	if begun {
		return t.read(ctx)
	}
	linked := map[string]bool{}
	if a.FixedInfo.CompanyInfo != nil {
		for _, b := range a.FixedInfo.CompanyInfo.Beneficiaries {
			linked[b.ApplicantID] = true
		}
	}
	for _, e := range people {
		if err := t.join(ctx, e, linked); err != nil {
			return err
		}
	}
	return t.hand(ctx, subject, &t.ref.account)
}

// join makes a person an applicant, ties the person to the business, and hands in the person's documents.
func (t *talk) join(ctx context.Context, e enrolment, linked map[string]bool) error {
	at := t.ref.member(e.person)
	_, begun, err := t.enrol(ctx, e, at)
	if err != nil {
		return err
	}
	if !linked[at.ID] {
		body, err := vendorhttp.JSON("sumsub.beneficiary", link(e.party, at.ID))
		if err != nil {
			return err
		}
		target := applicantPath(t.ref.ID) + "/fixedInfo/companyInfo/beneficiaries"
		if _, err := t.post(ctx, named(opPerson, e.person), target, nil, body); err != nil {
			return err
		}
	}
	if begun { // by an earlier try: the vendor may have refused pictures since
		return t.look(ctx, e.person, at)
	}
	return t.hand(ctx, e, at)
}

// enrol makes sure that an applicant exists, and reports whether the check that this request wants has begun already.
func (t *talk) enrol(ctx context.Context, e enrolment, at *account) (*applicant, bool, error) {
	if at.ID != "" {
		return t.find(ctx, applicantPath(at.ID)+"/one", e.person, at)
	}
	body, err := vendorhttp.JSON("sumsub.create", e.body)
	if err != nil {
		return nil, false, err
	}
	query := url.Values{"levelName": {e.level}}
	answer, err := t.post(ctx, named(opCreate, e.person), "/resources/applicants", query, body, http.StatusConflict)
	switch {
	case err != nil:
		return nil, false, err
	case answer.Status == http.StatusConflict: // the external id exists: an earlier call got as far as this
		return t.find(ctx, "/resources/applicants/-;externalUserId="+url.PathEscape(e.body.ExternalUserID)+"/one", e.person, at)
	}
	a := new(applicant)
	if !decode(answer.Body, a) || a.ID == "" {
		return nil, false, fault.New(fault.Malformed, "sumsub.create", "the vendor's answer names no applicant")
	}
	at.ID = a.ID
	return a, false, nil
}

// find reads an applicant that exists. Its check has begun if it is under way, or if there is a verdict that no attempt before
// this one has seen: what this one has seen itself, it has asked for. Of whom nothing is known, any verdict will do.
func (t *talk) find(ctx context.Context, target, person string, at *account) (*applicant, bool, error) {
	answer, err := t.get(ctx, named(opFind, person), target)
	if err != nil {
		return nil, false, err
	}
	a := new(applicant)
	if !decode(answer.Body, a) || a.ID == "" {
		return nil, false, fault.New(fault.Malformed, "sumsub.find", "the vendor's answer names no applicant")
	}
	at.ID = a.ID
	if t.first {
		before := t.before.last(person, a.ID)
		at.Attempts, at.Of = before.Attempts, before.Of
	}
	switch a.Review.ReviewStatus {
	case initial, "awaitingUser":
		return a, false, nil
	case completed:
		return a, at.Attempts == 0 || at.Of == t.attempt || a.Review.AttemptCnt > at.Attempts, nil
	}
	return a, true, nil
}
