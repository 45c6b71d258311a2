package authologic

import (
	"slices"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/subject"
)

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

// only is the claims' parts of these names, nil when there are none.
func (c claims) only(parts []string) *claims {
	if len(parts) == 0 {
		return nil
	}
	has := func(part string) bool { return slices.Contains(parts, part) }
	var out claims
	if p := c.Person; p != nil {
		out.Person = &subject.Person{
			Name: keep(p.Name, has("name")), IDs: keep(p.IDs, has("ids")), Info: keep(p.Info, has("info")),
			Address: keep(p.Address, has("address")), Contact: keep(p.Contact, has("contact")),
		}
		if *out.Person == (subject.Person{}) {
			return nil
		}
	}
	if co := c.Company; co != nil {
		out.Company = &subject.Company{Name: keep(co.Name, has("name")), IDs: keep(co.IDs, has("ids")), Address: keep(co.Address, has("address")), Contact: keep(co.Contact, has("contact"))}
		if *out.Company == (subject.Company{}) {
			return nil
		}
	}
	return &out
}

func keep[T any](part *T, named bool) *T {
	if named {
		return part
	}
	return nil
}

func invalid(why string) error { return fault.New(fault.Invalid, "authologic.create", why) }

// conversationOf returns what to create for a request, or why it cannot be.
func (c *client) conversationOf(r providers.Request) (*conversation, error) {
	p, err := paramsOf(r)
	if err != nil {
		return nil, err
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
	if known, uncertain := about.only(p.Hints.Known), about.only(p.Hints.Uncertain); known != nil || uncertain != nil {
		v.Hints = &hints{UserType: kind, Known: known, Uncertain: uncertain}
	}
	q := &v.Query
	if q.Identity == nil && q.AML == nil && q.Verify == nil && q.Auth == nil && q.Bank == nil {
		return nil, invalid("nothing is asked for")
	}
	if q.userless() && about.Person == nil && (v.Hints == nil || v.Hints.Known == nil) {
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
