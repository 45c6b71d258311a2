package persona

import (
	"strings"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
	"github.com/bonafide-id/bonafide/subject"
)

// creation is the body that makes an inquiry. The note finds it again; the account is that of all attempts of a check. The
// reference id stands twice: versions differ in which of the two they read.
type creation struct {
	Data struct {
		Attributes attributes `json:"attributes"`
	} `json:"data"`
	Meta struct {
		AutoCreateAccount bool   `json:"auto-create-account"`
		AccountReference  string `json:"auto-create-account-reference-id"`
		AutoCreateLink    bool   `json:"auto-create-one-time-link"`
		LinkSeconds       int    `json:"one-time-link-expiration-seconds"`
	} `json:"meta"`
}

type attributes struct {
	LegacyTemplate  string `json:"template-id,omitempty"`
	Template        string `json:"inquiry-template-id,omitempty"`
	TemplateVersion string `json:"inquiry-template-version-id,omitempty"`
	Reference       string `json:"reference-id"`
	RedirectURI     string `json:"redirect-uri,omitempty"`
	Note            string `json:"note"`
	Fields          fields `json:"fields"`
}

// fields are what is claimed, under the names that the vendor's templates have.
type fields struct {
	NameFirst   string `json:"name-first,omitempty"`
	NameMiddle  string `json:"name-middle,omitempty"`
	NameLast    string `json:"name-last,omitempty"`
	Birthdate   string `json:"birthdate,omitempty"`
	Street      string `json:"address-street-1,omitempty"`
	City        string `json:"address-city,omitempty"`
	Subdivision string `json:"address-subdivision,omitempty"`
	PostalCode  string `json:"address-postal-code,omitempty"`
	Country     string `json:"address-country-code,omitempty"`
	Email       string `json:"email-address,omitempty"`
	Phone       string `json:"phone-number,omitempty"`
}

// body is the request to make an inquiry, or why there can be none.
func (c *client) body(r providers.Request) (vendorhttp.Body, error) {
	p, err := paramsOf(r)
	if err != nil {
		return vendorhttp.Body{}, err
	}
	if r.Subject.Type != "person" || r.Subject.Person == nil {
		return vendorhttp.Body{}, fault.New(fault.Invalid, "persona.create", "the subject is not a person")
	}
	template := p.Template
	if template == "" {
		template = c.template
	}
	var q creation
	a := &q.Data.Attributes
	switch {
	case template == "":
		return vendorhttp.Body{}, fault.New(fault.Invalid, "persona.create", "neither the flow nor PERSONA_TEMPLATE_ID names a template")
	case strings.HasPrefix(template, "itmplv_"):
		a.TemplateVersion = template
	case strings.HasPrefix(template, "tmpl_"), strings.HasPrefix(template, "blu_"):
		a.LegacyTemplate = template
	default:
		a.Template = template
	}
	a.Reference, a.RedirectURI, a.Note, a.Fields = r.ExternalID, r.ReturnURL, r.Operation, claimed(r.Subject.Person)
	q.Meta.AutoCreateAccount, q.Meta.AccountReference = true, r.ExternalID
	q.Meta.AutoCreateLink, q.Meta.LinkSeconds = true, int(linkLife.Seconds())
	return vendorhttp.JSON("persona.create", q)
}

func claimed(p *subject.Person) fields {
	var f fields
	if n := p.Name; n != nil {
		f.NameFirst, f.NameMiddle, f.NameLast = n.FirstName, n.MiddleName, n.LastName
		if full := strings.TrimSpace(n.FullName); f.NameFirst == "" && f.NameLast == "" {
			f.NameFirst, f.NameLast = full, ""
			if i := strings.LastIndexByte(full, ' '); i > 0 {
				f.NameFirst, f.NameLast = strings.TrimSpace(full[:i]), full[i+1:]
			}
		}
	}
	if p.Info != nil {
		f.Birthdate = p.Info.BirthDate
	}
	if a := p.Address; a != nil {
		f.Street, f.City, f.Subdivision, f.PostalCode, f.Country = a.AddressLine, a.City, a.State, a.PostalCode, a.Country
		if f.Street == "" {
			f.Street = a.Text
		}
	}
	if p.Contact != nil {
		f.Email, f.Phone = p.Contact.Email, p.Contact.Phone
	}
	return f
}
