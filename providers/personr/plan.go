package personr

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// maxImage bounds an image; the vendor names no bound.
const maxImage = 16 << 20

// plan is what to do for a request. Making it finds every reason to refuse before anything is sent.
type plan struct {
	person   *personRequest
	business *businessRequest
	link     bool
	images   []image
	aspects  []string
}

type personRequest struct {
	Email      string   `json:"email"`
	Phone      string   `json:"phone"`
	NameFirst  string   `json:"nameFirst,omitempty"`
	NameLast   string   `json:"nameLast,omitempty"`
	FlowName   string   `json:"flowName"`
	ExternalID []string `json:"externalUserId,omitempty"`
}

type businessRequest struct {
	FlowName           string   `json:"flowName"`
	CompanyName        string   `json:"companyName"`
	RegistrationNumber string   `json:"registrationNumber"`
	Country            string   `json:"country"`
	ExternalID         []string `json:"externalUserId,omitempty"`
}

func invalid(why string) error { return fault.New(fault.Invalid, "personr.create", why) }

func (c *client) plan(r providers.Request) (*plan, error) {
	var ps params
	if len(r.Params) > 0 {
		if err := json.Unmarshal(r.Params, &ps, json.RejectUnknownMembers(true)); err != nil {
			return nil, invalid("the params are not those of the schema")
		}
	}
	flow := c.flow
	if ps.FlowName != "" {
		flow = ps.FlowName
	}
	p := &plan{aspects: r.Components}
	switch {
	case r.Subject.Type == "person" && r.Subject.Person != nil:
		return p, p.planPerson(r, ps, flow)
	case r.Subject.Type == "business" && r.Subject.Company != nil:
		return p, p.planBusiness(r, flow)
	}
	return nil, invalid("the subject is neither a person nor a business")
}

func (p *plan) planPerson(r providers.Request, ps params, flow string) error {
	q := &personRequest{FlowName: flow, ExternalID: external(r)}
	s := r.Subject.Person
	if s.Contact != nil {
		q.Email, q.Phone = s.Contact.Email, s.Contact.Phone
	}
	if q.Email == "" || q.Phone == "" {
		return invalid("the vendor needs the subject's e-mail address and telephone number")
	}
	if n := s.Name; n != nil {
		q.NameFirst, q.NameLast = n.FirstName, n.LastName
		if q.NameFirst == "" && q.NameLast == "" {
			q.NameFirst, q.NameLast, _ = strings.Cut(n.FullName, " ")
		}
	}
	p.person = q
	images, err := imagesOf(r)
	if err != nil {
		return err
	}
	p.images = images
	p.link = ps.Link || !slices.ContainsFunc(images, image.identity)
	return nil
}

func (p *plan) planBusiness(r providers.Request, flow string) error {
	c := r.Subject.Company
	q := &businessRequest{FlowName: flow, ExternalID: external(r)}
	if c.Name != nil {
		q.CompanyName = c.Name.Name
	}
	if c.IDs != nil {
		q.RegistrationNumber = c.IDs.AdditionalID
		if q.RegistrationNumber == "" {
			q.RegistrationNumber = c.IDs.TaxID
		}
	}
	if c.Address != nil {
		q.Country = alpha3(c.Address.Country)
	}
	if q.CompanyName == "" || q.RegistrationNumber == "" || q.Country == "" {
		return invalid("the vendor needs the business's name, a number of it and its country")
	}
	p.business = q
	return nil
}

func external(r providers.Request) []string {
	if r.ExternalID == "" {
		return nil
	}
	return []string{r.ExternalID}
}

// image is a document as the vendor takes it.
type image struct {
	doc     providers.Document
	kind    string
	side    *string // nil for a selfie
	country string
}

// name is what the image is, in the vendor's words.
func (i image) name() string {
	if i.side == nil {
		return i.kind
	}
	return i.kind + "/" + *i.side
}

func (i image) filename() string {
	name := strings.ToLower(i.kind)
	if i.side != nil {
		name += "_" + strings.ToLower(*i.side)
	}
	return name + extensions[i.doc.MediaType]
}

// identity says that the image is of an identity document.
func (i image) identity() bool { return i.kind != "SELFIE" && i.kind != "UTILITY_BILL" }

// imagesOf returns what a request hands in, or why the vendor would not take it.
func imagesOf(r providers.Request) ([]image, error) {
	nationality := ""
	if p := r.Subject.Person; p != nil && p.Info != nil {
		nationality = alpha3(p.Info.Nationality)
	}
	var images []image
	for _, d := range r.Documents {
		kind, ok := kinds[d.Type]
		switch {
		case d.Person != "" || !ok: // of an associated person, or nothing that this vendor looks at
			continue
		case extensions[d.MediaType] == "":
			return nil, invalid("an image is neither JPEG, PNG nor PDF")
		case d.Size > maxImage:
			return nil, invalid("an image is too large")
		}
		i := image{doc: d, kind: kind, country: alpha3(d.Country)}
		if i.country == "" {
			i.country = nationality
		}
		if i.country == "" {
			return nil, invalid("the vendor needs the country of a document")
		}
		if kind != "SELFIE" {
			side := "FRONT_SIDE"
			if d.Side == "BACK" {
				side = "BACK_SIDE"
			}
			i.side = &side
		}
		images = append(images, i)
	}
	return images, nil
}

// alpha3 returns a country's three-letter code; "" for what is no country.
func alpha3(country string) string {
	r, err := language.ParseRegion(strings.ToUpper(strings.TrimSpace(country)))
	if err != nil || !r.IsCountry() {
		return ""
	}
	return r.ISO3()
}
