package sumsub

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Poll reads where the review stands, and, once there is something to read, the steps and the applicant.
func (c *client) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.ref.ID == "" {
		return providers.Reply{}, fault.New(fault.Invalid, "sumsub.poll", "there is no applicant yet")
	}
	if err := t.read(ctx); err != nil {
		return t.end(err)
	}
	return t.end(t.renew(ctx, r))
}

// read reads the subject and the persons of a business.
func (t *talk) read(ctx context.Context) error {
	if err := t.look(ctx, "", &t.ref.account); err != nil {
		return err
	}
	for i := range t.ref.People {
		if err := t.look(ctx, t.ref.People[i].Reference, &t.ref.People[i].account); err != nil {
			return err
		}
	}
	return nil
}

// look reads one applicant.
func (t *talk) look(ctx context.Context, person string, at *account) error {
	answer, err := t.get(ctx, named(opStatus, person), applicantPath(at.ID)+"/status")
	if err != nil {
		return err
	}
	var v review
	if !decode(answer.Body, &v) {
		return nil // Read says what is wrong with it
	}
	switch v.ReviewStatus {
	case completed, initial:
	default:
		at.Link = ""
		return nil
	}
	if v.ReviewStatus == completed && (t.asksAML || listed(v.ReviewResult)) { // first, as it may have to wait
		if err := t.screened(ctx, person, at); err != nil {
			return err
		}
	}
	if _, err := t.get(ctx, named(opSteps, person), applicantPath(at.ID)+"/requiredIdDocsStatus"); err != nil {
		return err
	}
	if _, err := t.get(ctx, named(opRead, person), applicantPath(at.ID)+"/one"); err != nil {
		return err
	}
	if v.ReviewStatus == initial {
		return nil
	}
	at.Attempts, at.Of = v.AttemptCnt, t.attempt
	if v.ReviewResult.verdict() != red+" "+retry { // else the page takes what is asked for again
		at.Link = ""
	}
	return nil
}

// screened reads what screening has found. When that is too much at once, nothing else is: the error says so.
func (t *talk) screened(ctx context.Context, person string, at *account) error {
	path := "/resources/api" + applicantPath(at.ID)[len("/resources"):] + "/amlCase"
	_, err := t.get(providers.WithScarce(ctx, screenings), named(opAML, person), path, http.StatusNotFound)
	var limited *fault.Error
	if errors.As(err, &limited) && limited.Class == fault.RateLimited {
		only := *limited
		only.Scope = screenings
		return &only
	}
	return err
}

// listed reports whether a verdict names a list.
func listed(v *result) bool {
	return v != nil && slices.ContainsFunc(v.RejectLabels, func(label string) bool { return labels[label].component == "aml" })
}

// renew replaces links that have run out while nobody used them.
func (t *talk) renew(ctx context.Context, r providers.Request) error {
	expired := func(a *account) bool { return a.Link != "" && !t.reply.At.Before(a.LinkUntil) }
	everybody := []*account{&t.ref.account}
	for i := range t.ref.People {
		everybody = append(everybody, &t.ref.People[i].account)
	}
	if !slices.ContainsFunc(everybody, expired) {
		return nil
	}
	subject, people, err := t.c.plan(r)
	if err != nil {
		return err
	}
	for _, e := range append([]enrolment{subject}, people...) {
		if at := t.ref.of(e.person); at != nil && expired(at) {
			if err := t.openLink(ctx, e, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// Erase has the vendor delete the applicants of a check. Those that are gone are as good as deleted.
func (c *client) Erase(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.ref.ID == "" {
		return providers.Reply{}, fault.New(fault.Invalid, "sumsub.erase", "there is no applicant")
	}
	everybody := []member{{account: t.ref.account}}
	for _, m := range append(everybody, t.ref.People...) {
		body, err := vendorhttp.JSON("sumsub.erase", struct {
			ID      string `json:"id"`
			Deleted bool   `json:"deleted"`
		}{m.ID, true})
		if err != nil {
			return t.end(err)
		}
		call := vendorhttp.Call{Op: named(opErase, m.Reference), Method: http.MethodPatch, Path: "/resources/applicants", Body: body}
		if _, err := t.call(ctx, call, http.StatusNotFound); err != nil {
			return t.end(err)
		}
	}
	return t.end(nil)
}
