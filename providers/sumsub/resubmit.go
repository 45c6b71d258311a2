package sumsub

import (
	"context"
	"net/http"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Resubmit hands in what was asked for, and only that, and asks for the check again.
func (c *client) Resubmit(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.ref.ID == "" {
		return providers.Reply{}, fault.New(fault.Invalid, "sumsub.resubmit", "there is no applicant yet")
	}
	subject, people, err := c.plan(r)
	if err != nil {
		return providers.Reply{}, err
	}
	return t.end(t.resubmit(ctx, append([]enrolment{subject}, people...), r.Corrected))
}

func (t *talk) resubmit(ctx context.Context, everybody []enrolment, corrected bool) error {
	for _, e := range everybody {
		at := t.ref.of(e.person)
		if at == nil {
			continue
		}
		if err := t.again(ctx, e, at, corrected); err != nil {
			return err
		}
	}
	return nil
}

// again hands in what there is of one applicant. Who has neither documents nor a refusal to answer is only looked at.
func (t *talk) again(ctx context.Context, e enrolment, at *account, corrected bool) error {
	if len(e.pages) == 0 && !corrected {
		return t.look(ctx, e.person, at)
	}
	a, begun, err := t.enrol(ctx, e, at)
	if err != nil {
		return err
	}
	if begun || len(e.pages) == 0 && !a.Review.refused() {
		return t.look(ctx, e.person, at)
	}
	if corrected {
		if err := t.correct(ctx, e, a); err != nil {
			return err
		}
	}
	if len(e.pages) == 0 {
		return t.begin(ctx, e, at)
	}
	return t.hand(ctx, e, at)
}

// refused says that the last word was RED.
func (r review) refused() bool {
	return r.ReviewStatus == completed && r.ReviewResult != nil && r.ReviewResult.ReviewAnswer == red
}

// correct replaces what was claimed of an applicant: PATCH of fixedInfo, which changes the members that it names, and of the
// applicant, where how to reach them has changed. The people of a business are named again as they are.
func (t *talk) correct(ctx context.Context, e enrolment, a *applicant) error {
	claim := e.body.FixedInfo
	if claim.CompanyInfo != nil && a.FixedInfo.CompanyInfo != nil {
		company := *claim.CompanyInfo
		company.Beneficiaries = a.FixedInfo.CompanyInfo.Beneficiaries
		claim.CompanyInfo = &company
	}
	if err := t.patch(ctx, e.person, applicantPath(a.ID)+"/fixedInfo", claim); err != nil {
		return err
	}
	reach := contact{ID: a.ID}
	if e.body.Email != a.Email {
		reach.Email = e.body.Email
	}
	if e.body.Phone != a.Phone {
		reach.Phone = e.body.Phone
	}
	if reach.Email == "" && reach.Phone == "" {
		return nil
	}
	return t.patch(ctx, e.person, "/resources/applicants", reach)
}

// contact is how to reach an applicant: what is not there stays as it is.
type contact struct {
	ID    string `json:"id"`
	Email string `json:"email,omitzero"`
	Phone string `json:"phone,omitzero"`
}

func (t *talk) patch(ctx context.Context, person, path string, v any) error {
	body, err := vendorhttp.JSON("sumsub.correct", v)
	if err != nil {
		return err
	}
	_, err = t.call(ctx, vendorhttp.Call{Op: named(opCorrect, person), Method: http.MethodPatch, Path: path, Body: body})
	return err
}
