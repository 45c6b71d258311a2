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
	if n := s.Person.Name; n != nil && told("name", details, s) {
		c.Name, c.GivenName, c.MiddleName, c.FamilyName = n.FullName, n.FirstName, n.MiddleName, n.LastName
	}
	if i := s.Person.Info; i != nil {
		if told("birth_date", details, s) {
			c.Birthdate = i.BirthDate
		}
		if told("country", details, s) {
			c.Nationalities[0] = i.Nationality
		}
		if told("document", details, s) {
			c.Gender = strings.ToLower(i.Gender)
			if p := (placeOfBirth{Country: i.BirthCountry, Locality: i.BirthCity}); p != (placeOfBirth{}) {
				c.PlaceOfBirth = &p
			}
		}
	}
	if a := s.Person.Address; a != nil && *a != (subject.Address{}) && told("address", details, s) {
		c.Address = &postalAddress{Formatted: a.Text, StreetAddress: a.AddressLine, Locality: a.City, Region: a.State, PostalCode: a.PostalCode, Country: a.Country}
	}
	if k := s.Person.Contact; k != nil {
		if slices.Contains(s.Components, "email") {
			c.Email = k.Email
		}
		if slices.Contains(s.Components, "phone") {
			c.PhoneNumber = k.Phone
		}
	}
	return c
}

// told says whether what a source read of a component may be told: the component is true by this source; or no check has a
// word on it, and the document is true by this source.
func told(component string, details []events.Detail, s Source) bool {
	if slices.Contains(s.Components, component) {
		return true
	}
	spoken := slices.ContainsFunc(details, func(d events.Detail) bool { return d.Component == component })
	return !spoken && slices.Contains(s.Components, "document")
}
