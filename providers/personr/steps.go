package personr

import (
	"context"
	"encoding/base64"
	"io"
	"net/url"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// create makes the applicant or the entity. It must not be done twice.
func (t *talk) create(ctx context.Context, p *plan) error {
	t.at.Kind, t.at.Aspects = "person", p.aspects
	call, what := vendorhttp.Call{Op: "create", Path: "/api-applicant-create"}, any(p.person)
	if p.business != nil {
		t.at.Kind = "business"
		call.Path, what = "/api-entity-database-verification", p.business
	}
	var err error
	if call.Body, err = vendorhttp.JSON("personr.create", what); err != nil {
		return err
	}
	res, err := t.do(ctx, call)
	if err != nil {
		return err
	}
	var a struct {
		Status   string `json:"status"`
		Response struct {
			ID string `json:"applicantId"`
		} `json:"response"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil || a.Response.ID == "" {
		if err == nil && a.Status != "" && a.Status != "success" {
			return fault.New(fault.Invalid, "personr.create", "the vendor did not make the applicant")
		}
		return fault.New(fault.Ambiguous, "personr.create", "created perhaps, but the reply names no applicant")
	}
	t.at.ID = a.Response.ID
	return nil
}

// link makes the page for the subject. A second one does no harm.
func (t *talk) link(ctx context.Context) error {
	call := vendorhttp.Call{Op: "link", Path: "/api-verificationlink-create", Repeatable: true}
	if t.at.Kind == "business" {
		call.Path = "/api-entity-verificationlink-create"
	}
	var err error
	if call.Body, err = vendorhttp.JSON("personr.link", struct {
		Applicant string `json:"applicant"`
	}{t.at.ID}); err != nil {
		return err
	}
	res, err := t.do(ctx, call)
	if err != nil {
		return err
	}
	var a struct {
		Status   string `json:"status"`
		Response struct {
			Link   string `json:"verificationLink"`
			Custom string `json:"customLink"`
		} `json:"response"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil {
		return fault.Wrap(fault.Malformed, "personr.link", err)
	}
	link := a.Response.Custom
	if link == "" {
		link = a.Response.Link
	}
	if u, err := url.Parse(link); err != nil || a.Status != "success" || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fault.New(fault.Malformed, "personr.link", "the answer holds no link")
	}
	t.at.Link = link
	return nil
}

// upload hands in one image. The same image twice does no harm.
func (t *talk) upload(ctx context.Context, i image) error {
	contents, err := i.contents(ctx)
	if err != nil {
		return err
	}
	body, err := vendorhttp.JSON("personr.upload", struct {
		ID      string  `json:"applicantId"`
		Type    string  `json:"docType"`
		SubType *string `json:"docSubType"`
		Country string  `json:"docCountryISO"`
		File    file    `json:"docFile"`
	}{t.at.ID, i.kind, i.side, i.country, file{i.filename(), contents}})
	if err != nil {
		return err
	}
	res, err := t.do(ctx, vendorhttp.Call{Op: "upload", Path: "/api-document-upload", Body: body, Repeatable: true})
	if err != nil {
		return err
	}
	var a struct {
		ID       string   `json:"applicantId"`
		Errors   []string `json:"errors"`
		Warnings []string `json:"warnings"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil {
		return fault.Wrap(fault.Malformed, "personr.upload", err)
	}
	switch {
	case a.ID != t.at.ID:
		return fault.New(fault.Malformed, "personr.upload", "the answer is not about the applicant")
	case len(a.Errors) > 0: // with status 200
		return fault.New(fault.Invalid, "personr.upload", "the vendor did not take an image")
	}
	t.at.Warned = t.at.Warned || len(a.Warnings) > 0
	t.at.handed(i.name())
	return nil
}

type file struct {
	Filename string `json:"filename"`
	Contents string `json:"contents"`
}

// handed remembers an image.
func (r *ref) handed(name string) {
	for _, n := range r.Images {
		if n == name {
			return
		}
	}
	r.Images = append(r.Images, name)
}

// contents returns the image as bare base64.
func (i image) contents(ctx context.Context) (string, error) {
	r, err := i.doc.Open(ctx)
	if err != nil {
		return "", fault.Wrap(fault.ClassOf(err), "personr.upload", err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxImage+1))
	switch {
	case err != nil:
		return "", fault.New(fault.Transient, "personr.upload", "a document could not be read; nothing was sent")
	case len(b) > maxImage:
		return "", invalid("an image is too large")
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// details reads what the applicant was created with; only how it stands is looked at.
func (t *talk) details(ctx context.Context) (status string, err error) {
	body, err := vendorhttp.JSON("personr.details", applicant{t.at.ID})
	if err != nil {
		return "", err
	}
	res, err := t.do(ctx, vendorhttp.Call{Op: "details", Path: "/api-applicant-details", Body: body, Repeatable: true})
	if err != nil {
		return "", err
	}
	var a struct {
		Status   string `json:"status"`
		Response struct {
			Status string `json:"status"`
		} `json:"response"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil {
		return "", fault.Wrap(fault.Malformed, "personr.details", err)
	}
	if a.Status != "success" || a.Response.Status == "" {
		return "", fault.New(fault.Malformed, "personr.details", "the answer does not say how the applicant stands")
	}
	return a.Response.Status, nil
}

// status reads how the applicant stands.
func (t *talk) status(ctx context.Context) (state, error) {
	call := vendorhttp.Call{Op: "status", Path: "/api-applicant-status", Repeatable: true}
	if t.at.Kind == "business" {
		call.Op, call.Path = "entity_status", "/api-entity-status"
	}
	var err error
	if call.Body, err = vendorhttp.JSON("personr.status", applicant{t.at.ID}); err != nil {
		return state{}, err
	}
	res, err := t.do(ctx, call)
	if err != nil {
		return state{}, err
	}
	return stateOf(res.Body)
}
