package authologic

import (
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

// params are a flow's settings for this vendor.
type params struct {
	Strategy string `json:"strategy"`
	Identity *struct {
		RequireOneOf [][]string `json:"requireOneOf"`
		Optional     []string   `json:"optional"`
	} `json:"identity"`
	AML *struct {
		Checks       []string `json:"checks"`
		Subscription bool     `json:"subscription"`
	} `json:"aml"`
	Verify   bool              `json:"verify"`
	Auth     *auth             `json:"auth"`
	Bank     *bank             `json:"bankTransactions"`
	Settings map[string]string `json:"settings"`
	Hints    string            `json:"hints"`
}

// conversation is the request, with every field of the vendor's page. The tree of claims is the vendor's own.
type conversation struct {
	UserKey     string            `json:"userKey,omitempty"`
	ReturnURL   string            `json:"returnUrl,omitempty"`
	CallbackURL string            `json:"callbackUrl,omitempty"`
	Strategy    string            `json:"strategy,omitempty"`
	Query       query             `json:"query"`
	Hints       *hints            `json:"hints,omitzero"`
	Settings    map[string]string `json:"settings,omitempty"`
}

type query struct {
	Identity *identity `json:"identity,omitzero"`
	AML      *aml      `json:"aml,omitzero"`
	Verify   *verify   `json:"verify,omitzero"`
	Auth     *auth     `json:"auth,omitzero"`
	Bank     *bank     `json:"bankTransactions,omitzero"`
}

type identity struct {
	RequireOneOf [][]string `json:"requireOneOf"`
	Optional     []optional `json:"optional,omitempty"`
}

type optional struct {
	List []string `json:"list"`
}

type aml struct {
	Checks       []string  `json:"checks"`
	Subscription *struct{} `json:"subscription,omitzero"`
	User         *amlUser  `json:"user,omitzero"` // later than the hints, for lists without an identity
}

type amlUser struct {
	FirstName   string `json:"firstName,omitempty"`
	LastName    string `json:"lastName,omitempty"`
	BirthDate   string `json:"birthDate,omitempty"`
	Nationality string `json:"nationality,omitempty"`
}

type verify struct {
	User claims `json:"user"`
}

type auth struct {
	Challenge string `json:"challenge,omitempty"`
}

type bank struct {
	Type  string   `json:"type,omitempty"`
	Flags []string `json:"flags,omitempty"`
}

type hints struct {
	UserType  string  `json:"userType,omitempty"`
	Known     *claims `json:"known,omitzero"`
	Uncertain *claims `json:"uncertain,omitzero"`
}

// claims is our tree of a subject, which follows the vendor's.
type claims struct {
	Company *subject.Company `json:"company,omitempty"`
	Person  *subject.Person  `json:"person,omitempty"`
}

func invalid(why string) error { return fault.New(fault.Invalid, "authologic.create", why) }

// conversationOf returns what to create for a request, or why it cannot be.
func (c *client) conversationOf(r providers.Request) (*conversation, error) {
	var p params
	if len(r.Params) > 0 {
		if err := json.Unmarshal(r.Params, &p, json.RejectUnknownMembers(true)); err != nil {
			return nil, invalid("the params are not those of the schema")
		}
	}
	about, kind := claims{Person: r.Subject.Person}, "PERSON"
	switch {
	case r.Subject.Type == "person" && r.Subject.Person != nil:
	case r.Subject.Type == "business" && r.Subject.Company != nil:
		company := *r.Subject.Company
		company.Website = "" // the vendor's tree has none
		about, kind = claims{Company: &company}, "COMPANY"
	default:
		return nil, invalid("the subject is neither a person nor a business")
	}
	v := &conversation{
		UserKey: r.ExternalID, ReturnURL: r.ReturnURL, CallbackURL: callback(r.CallbackURL), Strategy: c.strategy, Settings: p.Settings,
		Query: p.query(r, about),
	}
	if p.Strategy != "" {
		v.Strategy = p.Strategy
	}
	switch p.Hints {
	case "", "known":
		v.Hints = &hints{UserType: kind, Known: &about}
	case "uncertain":
		v.Hints = &hints{UserType: kind, Uncertain: &about}
	}
	q := &v.Query
	if q.Identity == nil && q.AML == nil && q.Verify == nil && q.Auth == nil && q.Bank == nil {
		return nil, invalid("nothing is asked for")
	}
	if q.userless() && about.Person == nil && p.Hints == "none" {
		return nil, invalid("nobody to search the lists for")
	}
	return v, nil
}

// callback is where news of a conversation goes: the path names our verification, so that it is found even when the answer to
// the create is lost.
func callback(url string) string {
	if url == "" {
		return ""
	}
	return url + "?conversation={conversationId}&target={target}&event={event}"
}

// userless says that nobody has to go to a page.
func (q *query) userless() bool {
	return q.Identity == nil && q.Verify == nil && q.Auth == nil && q.Bank == nil
}

// query is what the params ask for and, where they say nothing, what the check's components need.
func (p *params) query(r providers.Request, about claims) query {
	wants := func(component string) bool { return slices.Contains(r.Components, component) }
	var q query
	switch {
	case p.Identity != nil:
		q.Identity = &identity{RequireOneOf: p.Identity.RequireOneOf}
		if len(p.Identity.Optional) > 0 {
			q.Identity.Optional = []optional{{p.Identity.Optional}}
		}
	case slices.ContainsFunc(r.Components, func(c string) bool { return c != "aml" && c != "auth" && c != "bank_account" }):
		q.Identity = &identity{RequireOneOf: [][]string{{"PERSON_NAME_FIRSTNAME", "PERSON_NAME_LASTNAME", "PERSON_INFO_BIRTHDATE"}}}
		if about.Company != nil {
			q.Identity.RequireOneOf = [][]string{{"COMPANY_NAME_NAME", "COMPANY_IDS_TAX_ID"}}
		}
	}
	if p.AML != nil || wants("aml") {
		q.AML = &aml{Checks: []string{"PEP", "SANCTIONS"}}
		if p.AML != nil {
			if len(p.AML.Checks) > 0 {
				q.AML.Checks = p.AML.Checks
			}
			if p.AML.Subscription {
				q.AML.Subscription = &struct{}{}
			}
		}
	}
	if p.Verify {
		q.Verify = &verify{about}
	}
	if q.Auth = p.Auth; q.Auth == nil && wants("auth") {
		q.Auth = &auth{}
	}
	if q.Bank = p.Bank; q.Bank == nil && wants("bank_account") {
		q.Bank = &bank{}
	}
	if q.AML != nil && q.userless() && about.Person != nil {
		q.AML.User = searched(about.Person)
	}
	return q
}

// searched is a person as the lists are searched for them.
func searched(p *subject.Person) *amlUser {
	u := &amlUser{}
	if p.Name != nil {
		u.FirstName, u.LastName = p.Name.FirstName, p.Name.LastName
	}
	if p.Info != nil {
		u.BirthDate, u.Nationality = p.Info.BirthDate, p.Info.Nationality
	}
	return u
}
