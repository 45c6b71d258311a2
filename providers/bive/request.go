package bive

import (
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// params are a flow's settings for this vendor.
type params struct {
	Liveness *bool `json:"liveness"`
	Advanced *bool `json:"advanced_check"`
	Resubmit *bool `json:"resubmit"` // nil: if the vendor cannot read the document
	Demo     *demo `json:"demo"`
}

// demo simulates an outcome. Even an empty one does: it must not be there at all unless it is meant.
type demo struct {
	Status bool   `json:"status"`
	Flag   bool   `json:"flag,omitzero"`
	Result string `json:"result,omitempty"`
}

// common is what both requests have.
type common struct {
	Liveness   bool   `json:"liveness_check"`
	WebhookURL string `json:"webhook_url,omitempty"`
	Demo       *demo  `json:"demo,omitzero"`
}

type address struct {
	Country string `json:"country_code,omitempty"`
	State   string `json:"state_code,omitempty"`
	City    string `json:"city,omitempty"`
	Street  string `json:"street_address1,omitempty"`
	Zip     string `json:"zip_code,omitempty"`
}

type person struct {
	FirstName   string   `json:"first_name"`
	MiddleName  string   `json:"middle_name,omitempty"`
	LastName    string   `json:"last_name"`
	Email       string   `json:"email,omitempty"`
	Phone       string   `json:"phone_number,omitempty"`
	DateOfBirth string   `json:"date_of_birth,omitempty"`
	Address     *address `json:"address,omitempty"`
	Media       string   `json:"media,omitempty"`
	GovID       string   `json:"gov_id,omitempty"`
	GovIDBack   string   `json:"gov_id_back,omitempty"`
}

type personRequest struct {
	person
	Advanced *bool `json:"advanced_check,omitzero"`
	common
}

type businessRequest struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Website  string `json:"website,omitempty"`
	Phone    string `json:"phone_number,omitempty"`
	Document struct {
		Type string `json:"type"`
		URL  string `json:"url"` // the name of the uploaded file, whatever the member is called
	} `json:"document"`
	Address *address `json:"address"`
	Persons []person `json:"associated_persons"`
	common
}

// plan is everything to do for a request. Making it finds every reason to refuse before anything is sent.
type plan struct {
	kind     string
	params   params
	common   common
	person   person
	business businessRequest
	persons  []person
	uploads  []*upload // in order: the subject's, then those of the associated persons that have files
	files    []*upload // of persons, by index; nil when a person has none
}

func invalid(why string) error { return fault.New(fault.Invalid, "bive.create", why) }

func (c *client) plan(r providers.Request) (*plan, error) {
	p := &plan{kind: r.Subject.Type}
	if len(r.Params) > 0 {
		if err := json.Unmarshal(r.Params, &p.params, json.RejectUnknownMembers(true)); err != nil {
			return nil, invalid("the params are not those of the schema")
		}
	}
	if p.params.Demo != nil && c.production {
		return nil, invalid("demo is in the params, and this is the vendor's production address")
	}
	var err error
	complete := false // a selfie and an identity document are there, so that no link is needed
	switch {
	case p.kind == "person" && r.Subject.Person != nil:
		complete, err = p.planPerson(r)
	case p.kind == "business" && r.Subject.Company != nil:
		complete, err = p.planBusiness(r)
	default:
		err = invalid("the subject is neither a person nor a business")
	}
	if err != nil {
		return nil, err
	}
	p.common = common{Liveness: !complete || wants(r.Components, "liveness"), WebhookURL: r.CallbackURL, Demo: p.params.Demo}
	if p.params.Liveness != nil {
		p.common.Liveness = *p.params.Liveness
	}
	if !p.common.Liveness && !complete {
		return nil, invalid("without liveness a selfie and an identity document are needed of everybody")
	}
	return p, nil
}

// proof returns the type of the subject's own document, or "" where the vendor takes the pictures.
func (p *plan) proof() string {
	for _, u := range p.uploads {
		for _, f := range u.files {
			if f.doc.Person == "" && f.field != "selfie" {
				return f.doc.Type
			}
		}
	}
	return ""
}

func (p *plan) planPerson(r providers.Request) (complete bool, err error) {
	if p.person, err = personOf(*r.Subject.Person); err != nil {
		return false, err
	}
	u, err := filesOf(r.Documents, "", personFields)
	if err != nil {
		return false, err
	}
	p.files = []*upload{u}
	if len(u.files) > 0 {
		p.uploads = append(p.uploads, u)
	}
	return u.has("selfie") && u.has("gov_id"), nil
}

func (p *plan) planBusiness(r providers.Request) (complete bool, err error) {
	c := r.Subject.Company
	b := &p.business
	if c.Name != nil {
		b.Name = strings.TrimSpace(c.Name.Name)
	}
	if c.Contact != nil {
		b.Email, b.Phone = c.Contact.Email, c.Contact.Phone
	}
	b.Website, b.Address = c.Website, addressOf(c.Address)
	own, err := filesOf(r.Documents, "", businessFields)
	if err != nil {
		return false, err
	}
	switch {
	case b.Name == "", b.Email == "", b.Address == nil:
		return false, invalid("a business needs a name, an e-mail address and an address")
	case len(own.files) == 0:
		return false, invalid("a business needs a bank statement or a registration document, as PDF")
	case len(r.Parties) == 0:
		return false, invalid("a business needs its associated persons")
	}
	p.uploads = append(p.uploads, own)
	complete = true
	for _, party := range r.Parties {
		one, err := personOf(party.Person)
		if err != nil {
			return false, err
		}
		u, err := filesOf(r.Documents, party.Reference, personFields)
		if err != nil {
			return false, err
		}
		if len(u.files) > 0 {
			p.uploads = append(p.uploads, u)
		}
		complete = complete && u.has("selfie") && u.has("gov_id")
		p.persons, p.files = append(p.persons, one), append(p.files, u)
	}
	return complete, nil
}

// body is the request to create the workflow, with the names that the files were given.
func (p *plan) body() any {
	if p.kind == "person" {
		p.person.attach(p.files[0])
		return personRequest{person: p.person, Advanced: p.params.Advanced, common: p.common}
	}
	b := p.business
	b.common = p.common
	b.Document.Type, b.Document.URL = "business-registration", p.uploads[0].names["biz_reg"]
	if b.Document.URL == "" {
		b.Document.Type, b.Document.URL = "account-statement", p.uploads[0].names["account_statement"]
	}
	for i, one := range p.persons {
		one.attach(p.files[i])
		b.Persons = append(b.Persons, one)
	}
	return b
}

func (p *person) attach(u *upload) {
	p.Media, p.GovID, p.GovIDBack = u.names["selfie"], u.names["gov_id"], u.names["gov_id_back"]
}

func wants(components []string, name string) bool {
	for _, c := range components {
		if c == name {
			return true
		}
	}
	return false
}

type name struct{ first, middle, last string }

// nameOf splits a full name at the last space when the parts are not given.
func nameOf(p subject.Person) (n name, ok bool) {
	if p.Name == nil {
		return n, false
	}
	n = name{strings.TrimSpace(p.Name.FirstName), strings.TrimSpace(p.Name.MiddleName), strings.TrimSpace(p.Name.LastName)}
	if full := strings.TrimSpace(p.Name.FullName); n.first == "" && n.last == "" && full != "" {
		if i := strings.LastIndexByte(full, ' '); i > 0 {
			n.first, n.last = strings.TrimSpace(full[:i]), full[i+1:]
		}
	}
	return n, n.first != "" && n.last != ""
}

func personOf(p subject.Person) (person, error) {
	n, ok := nameOf(p)
	if !ok {
		return person{}, invalid("a person needs a first and a last name")
	}
	one := person{FirstName: n.first, MiddleName: n.middle, LastName: n.last, Address: addressOf(p.Address)}
	if p.Contact != nil {
		one.Email, one.Phone = p.Contact.Email, p.Contact.Phone
	}
	if p.Info != nil {
		one.DateOfBirth = p.Info.BirthDate
	}
	return one, nil
}

func addressOf(a *subject.Address) *address {
	if a == nil || *a == (subject.Address{}) {
		return nil
	}
	street := a.AddressLine
	if street == "" {
		street = a.Text
	}
	return &address{Country: a.Country, State: a.State, City: a.City, Street: street, Zip: a.PostalCode}
}
