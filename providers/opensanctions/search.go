package opensanctions

import (
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// params are a flow's settings for this vendor.
type params struct {
	Dataset   string  `json:"dataset"`
	Threshold float64 `json:"threshold"`
	Algorithm string  `json:"algorithm"`
}

// search is one request of the matching API.
type search struct {
	params params
	ref    ref
	body   struct {
		Queries map[string]query `json:"queries"`
	}
}

// query describes whom to look for by example, in the terms of the FollowTheMoney data model: every property is a list.
type query struct {
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

// Names of the queries. Those of associated persons begin with personQuery and end with the person's reference.
const (
	subjectQuery = "subject"
	personQuery  = "person:"
)

func invalid(why string) error { return fault.New(fault.Invalid, "opensanctions.match", why) }

// searchOf returns what to send for r, or why it cannot be sent.
func searchOf(r providers.Request) (*search, error) {
	s := &search{}
	s.body.Queries = map[string]query{}
	if len(r.Params) > 0 {
		if err := json.Unmarshal(r.Params, &s.params, json.RejectUnknownMembers(true)); err != nil {
			return nil, invalid("the params are not those of the schema")
		}
	}
	if s.params.Dataset == "" {
		s.params.Dataset = "default"
	}
	switch {
	case r.Subject.Type == "person" && r.Subject.Person != nil:
		s.ask(subjectQuery, personOf(r.Subject.Person))
	case r.Subject.Type == "business" && r.Subject.Company != nil:
		s.ask(subjectQuery, companyOf(r.Subject.Company))
		for i := range r.Parties {
			s.ask(personQuery+r.Parties[i].Reference, personOf(&r.Parties[i].Person))
		}
	default:
		return nil, invalid("the subject is neither a person nor a business")
	}
	for _, a := range s.ref.Asked {
		if len(s.body.Queries[a.Query].Properties["name"]) == 0 {
			return nil, invalid("somebody to search for has no name")
		}
	}
	return s, nil
}

// ask adds a query.
func (s *search) ask(name string, q query) {
	s.body.Queries[name] = q
	exact := false
	for _, p := range []string{"birthDate", "idNumber", "passportNumber", "registrationNumber", "taxNumber"} {
		exact = exact || len(q.Properties[p]) > 0
	}
	s.ref.Asked = append(s.ref.Asked, asked{Query: name, Exact: exact})
}

func (q query) add(property string, values ...string) {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			q.Properties[property] = append(q.Properties[property], v)
		}
	}
}

func personOf(p *subject.Person) query {
	q := query{Schema: "Person", Properties: map[string][]string{}}
	if n := p.Name; n != nil {
		full := n.FullName
		if full == "" {
			full = strings.Join(strings.Fields(n.FirstName+" "+n.MiddleName+" "+n.LastName), " ")
		}
		q.add("name", full)
		q.add("firstName", n.FirstName)
		q.add("lastName", n.LastName)
	}
	if i := p.Info; i != nil {
		q.add("birthDate", i.BirthDate)
		q.add("nationality", strings.ToLower(i.Nationality))
		q.add("birthPlace", i.BirthCity)
	}
	if d := p.IDs; d != nil {
		q.add("idNumber", d.NationalID)
		if d.Passport != nil {
			q.add("passportNumber", d.Passport.ID)
		}
	}
	q.reach(p.Address, p.Contact)
	return q
}

func companyOf(c *subject.Company) query {
	q := query{Schema: "Company", Properties: map[string][]string{}}
	if c.Name != nil {
		q.add("name", c.Name.Name)
	}
	if c.IDs != nil {
		q.add("taxNumber", c.IDs.TaxID)
		q.add("registrationNumber", c.IDs.AdditionalID)
	}
	if c.Address != nil {
		q.add("jurisdiction", strings.ToLower(c.Address.Country))
	}
	q.add("website", c.Website)
	q.reach(c.Address, c.Contact)
	return q
}

// reach adds where somebody is found.
func (q query) reach(a *subject.Address, c *subject.Contact) {
	if a != nil {
		q.add("country", strings.ToLower(a.Country))
	}
	if c != nil {
		q.add("email", c.Email)
		q.add("phone", c.Phone)
	}
}
