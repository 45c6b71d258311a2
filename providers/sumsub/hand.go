package sumsub

import (
	"context"
	"net/http"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// hand uploads the documents of an applicant and asks for the check. A person of whom there is no document goes to the
// vendor's page instead, unless the vendor has had what it needs before; so does whoever has not handed in enough.
func (t *talk) hand(ctx context.Context, e enrolment, at *account) error {
	if len(e.pages) == 0 && e.body.Type == "individual" && at.Attempts == 0 {
		return t.openLink(ctx, e, at)
	}
	busy, err := t.upload(ctx, e.pages, e.person, at.ID)
	if err != nil {
		return err
	}
	if busy {
		return t.look(ctx, e.person, at)
	}
	return t.begin(ctx, e, at)
}

// begin asks for the check; whoever has not handed in enough goes to the vendor's page.
func (t *talk) begin(ctx context.Context, e enrolment, at *account) error {
	asked, err := t.ask(ctx, e.person, at)
	if err != nil || asked {
		return err
	}
	if _, err := t.get(ctx, named(opSteps, e.person), applicantPath(at.ID)+"/requiredIdDocsStatus"); err != nil {
		return err
	}
	return t.openLink(ctx, e, at)
}

// upload hands in pictures. One that is there already is as good as uploaded; one that cannot be read, or that the level
// does not ask for, is left out: the check will not begin without what is missing. It reports whether the applicant takes
// no documents any more.
func (t *talk) upload(ctx context.Context, pages []page, person, id string) (busy bool, err error) {
	for i, p := range pages {
		body, err := p.form(t.boundary(i))
		if err != nil {
			return false, err
		}
		call := vendorhttp.Call{
			Op: named(opDocument, person), Method: http.MethodPost, Path: applicantPath(id) + "/info/idDoc", Body: body,
			Header: http.Header{"X-Return-Doc-Warnings": {"true"}},
		}
		answer, err := t.call(ctx, call, http.StatusBadRequest, http.StatusConflict)
		if err != nil {
			return false, err
		}
		if answer.Status < 300 {
			var stored struct{} // an object that says what is in the picture: Read looks at it
			if !decode(answer.Body, &stored) {
				return false, fault.New(fault.Malformed, "sumsub.document", "the vendor's answer is no word that it has the document")
			}
			continue
		}
		switch errorOf(answer.Body).ErrorCode {
		case codeDuplicate, codeNotRequired, codeTooBig, codeEmpty, codeCorrupted, codeFormat, codeSize, codeEncrypted:
		case codeBusy, codeFinal:
			return true, nil
		default:
			return false, fault.New(fault.Invalid, "sumsub.document", "the vendor refused a document")
		}
	}
	return false, nil
}

// ask asks for the check. The vendor's conflict means three things: it is under way already, it is too early to say, or
// something is missing; only for the last asked is false.
func (t *talk) ask(ctx context.Context, person string, at *account) (asked bool, err error) {
	answer, err := t.post(ctx, named(opCheck, person), applicantPath(at.ID)+"/status/pending", nil, vendorhttp.Body{}, http.StatusConflict)
	if err != nil {
		return false, err
	}
	if answer.Status < 300 { // 200 alone is not its word: who stands in front of it may have said that
		var said struct {
			OK int `json:"ok"`
		}
		if !decode(answer.Body, &said) || said.OK != 1 {
			return false, fault.New(fault.Malformed, "sumsub.pending", "the vendor's answer is no word that the check has begun")
		}
		return true, nil
	}
	after := retryAfter(answer.Header["Retry-After"])
	switch known := errorOf(answer.Body).ErrorCode; {
	case after > 0:
		return false, &fault.Error{Class: fault.Transient, Op: "sumsub.pending", Reason: "the vendor asks to wait", RetryAfter: after}
	case known == codeBusy, known == codeSameState, known == codeFinal:
		return true, t.look(ctx, person, at)
	case known != 0:
		return false, fault.New(fault.Invalid, "sumsub.pending", "the vendor does not begin the check")
	}
	return false, nil
}
