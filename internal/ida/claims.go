package ida

import (
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

// claims are those of OpenID Connect and of OpenID Connect for Identity Assurance that vendors read.
type claims struct {
	Name          string         `json:"name,omitempty"`
	GivenName     string         `json:"given_name,omitempty"`
	MiddleName    string         `json:"middle_name,omitempty"`
	FamilyName    string         `json:"family_name,omitempty"`
	Birthdate     string         `json:"birthdate,omitempty"`
	Gender        string         `json:"gender,omitempty"`
	PlaceOfBirth  *placeOfBirth  `json:"place_of_birth,omitempty"`
	Nationalities nationalities  `json:"nationalities,omitzero"`
	Address       *postalAddress `json:"address,omitempty"`
	Email         string         `json:"email,omitempty"`
	PhoneNumber   string         `json:"phone_number,omitempty"`
}

// nationalities is the list of the one that is known.
type nationalities [1]string

type placeOfBirth struct {
	Country  string `json:"country,omitempty"`
	Locality string `json:"locality,omitempty"`
}

type postalAddress struct {
	Formatted     string `json:"formatted,omitempty"`
	StreetAddress string `json:"street_address,omitempty"`
	Locality      string `json:"locality,omitempty"`
	Region        string `json:"region,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Country       string `json:"country,omitempty"`
}

// claimsOf returns what a source verifies, given every component's word.
func claimsOf(details []events.Detail, s Source) claims {
	var c claims
	if s.Read != nil {
		c.fill(s.Read, func(component string) bool { return told(component, details, s) })
		if s.Read.Info != nil && slices.Contains(s.Components, "document") {
			c.carried(s.Read.Info)
		}
	}
	if s.Claimed != nil {
		c.fill(s.Claimed, func(component string) bool { return slices.Contains(s.Components, component) })
	}
	return c
}

// fill adds what is known of a person in the groups that may be told and have nothing yet.
func (c *claims) fill(p *subject.Person, may func(component string) bool) {
	if n := p.Name; n != nil && may("name") && c.Name+c.GivenName+c.FamilyName == "" {
		c.Name, c.GivenName, c.MiddleName, c.FamilyName = n.FullName, n.FirstName, n.MiddleName, n.LastName
	}
	if i := p.Info; i != nil {
		if may("birth_date") && c.Birthdate == "" {
			c.Birthdate = i.BirthDate
		}
		if may("country") && c.Nationalities[0] == "" {
			c.Nationalities[0] = i.Nationality
		}
	}
	if a := p.Address; a != nil && *a != (subject.Address{}) && may("address") && c.Address == nil {
		c.Address = &postalAddress{Formatted: a.Text, StreetAddress: a.AddressLine, Locality: a.City, Region: a.State, PostalCode: a.PostalCode, Country: a.Country}
	}
	if k := p.Contact; k != nil {
		if may("email") && c.Email == "" {
			c.Email = k.Email
		}
		if may("phone") && c.PhoneNumber == "" {
			c.PhoneNumber = k.Phone
		}
	}
}

// carried adds what only a document can say: no component speaks of it, and nobody claims it for a check.
func (c *claims) carried(i *subject.PersonInfo) {
	c.Gender = strings.ToLower(i.Gender)
	if p := (placeOfBirth{Country: i.BirthCountry, Locality: i.BirthCity}); p != (placeOfBirth{}) {
		c.PlaceOfBirth = &p
	}
}

// told says whether what a source read of a component may be told: the component is true by this source; or no check has a
// word on it, and the document is true by this source.
func told(component string, details []events.Detail, s Source) bool {
	if slices.Contains(s.Components, component) {
		return true
	}
	spoken := slices.ContainsFunc(details, func(d events.Detail) bool { return d.Component == component })
	onPaper := component != "email" && component != "phone"
	return !spoken && onPaper && slices.Contains(s.Components, "document")
}
