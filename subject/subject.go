// Package subject is the tree of what is claimed of a person or a business. Everything in it is personal data: it exists
// in clear only where a request arrives, inside sealed boxes and in the dispatcher's memory, and its types do not print.
package subject

// Subject is the person or the business that a verification is about. It is personal data: it travels in clear only in
// a VerificationRequested event and in the dispatcher's memory, and never prints.
type Subject struct {
	Type    string   `json:"type"` // "person" or "business"
	Person  *Person  `json:"person,omitempty"`
	Company *Company `json:"company,omitempty"`
}

// String hides the subject from logs.
func (Subject) String() string { return "subject(hidden)" }

// GoString hides the subject from %#v.
func (Subject) GoString() string { return "subject(hidden)" }

// Person is what upstream claims of a natural person. Every field is optional; what a flow needs is checked there.
type Person struct {
	Name    *PersonName `json:"name,omitempty"`
	Info    *PersonInfo `json:"info,omitempty"`
	IDs     *PersonIDs  `json:"ids,omitempty"`
	Address *Address    `json:"address,omitempty"`
	Contact *Contact    `json:"contact,omitempty"`
}

// String hides the person from logs.
func (Person) String() string { return "person(hidden)" }

// GoString hides the person from %#v.
func (Person) GoString() string { return "person(hidden)" }

// PersonName is a name as claimed.
type PersonName struct {
	FirstName     string `json:"firstName,omitempty"`
	MiddleName    string `json:"middleName,omitempty"`
	MiddleInitial string `json:"middleInitial,omitempty"`
	LastName      string `json:"lastName,omitempty"`
	FullName      string `json:"fullName,omitempty"`
}

// PersonInfo is what is known besides name, ids, address and contact. Dates are YYYY-MM-DD, countries ISO 3166 alpha-2.
type PersonInfo struct {
	BirthDate    string `json:"birthDate,omitempty"`
	Gender       string `json:"gender,omitempty"` // MALE, FEMALE, OTHER
	Nationality  string `json:"nationality,omitempty"`
	BirthCity    string `json:"birthCity,omitempty"`
	BirthCountry string `json:"birthCountry,omitempty"`
}

// PersonIDs are the numbers of a person.
type PersonIDs struct {
	NationalID      string         `json:"nationalId,omitempty"`
	IDCard          *IDDocument    `json:"idCard,omitempty"`
	Passport        *IDDocument    `json:"passport,omitempty"`
	DriverLicence   *IDDocument    `json:"driverLicence,omitempty"`
	ResidencePermit *IDDocument    `json:"residencePermit,omitempty"`
	OtherDocument   *OtherDocument `json:"otherDocument,omitempty"`
	Accounts        []BankAccount  `json:"accounts,omitempty"`
}

// IDDocument is an identity document as claimed (its data, not its image).
type IDDocument struct {
	ID           string `json:"id,omitempty"`
	Type         string `json:"type,omitempty"`
	IssueDate    string `json:"issueDate,omitempty"`
	ExpiryDate   string `json:"expiryDate,omitempty"`
	IssueCountry string `json:"issueCountry,omitempty"`
	Issuer       string `json:"issuer,omitempty"`
}

// OtherDocument is a document of no listed kind.
type OtherDocument struct {
	ID           string `json:"id,omitempty"`
	Description  string `json:"description,omitempty"`
	IssueDate    string `json:"issueDate,omitempty"`
	ExpiryDate   string `json:"expiryDate,omitempty"`
	IssueCountry string `json:"issueCountry,omitempty"`
	Issuer       string `json:"issuer,omitempty"`
}

// BankAccount is an account that the subject says is theirs.
type BankAccount struct {
	SwiftBIC  string `json:"swiftbic,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Currency  string `json:"currency,omitempty"`
}

// Address is a postal address. Country is ISO 3166 alpha-2.
type Address struct {
	Text        string `json:"text,omitempty"`
	AddressLine string `json:"addressLine,omitempty"`
	PostalCode  string `json:"postalCode,omitempty"`
	City        string `json:"city,omitempty"`
	State       string `json:"state,omitempty"`
	Country     string `json:"country,omitempty"`
}

// Contact is how to reach the subject. Phone is E.164.
type Contact struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Company is what upstream claims of a business.
type Company struct {
	Name    *CompanyName `json:"name,omitempty"`
	IDs     *CompanyIDs  `json:"ids,omitempty"`
	Address *Address     `json:"address,omitempty"`
	Contact *Contact     `json:"contact,omitempty"`
	Website string       `json:"website,omitempty"`
}

// String hides the company from logs: sole traders are persons.
func (Company) String() string { return "company(hidden)" }

// GoString hides the company from %#v.
func (Company) GoString() string { return "company(hidden)" }

// CompanyName is a company's name.
type CompanyName struct {
	Name string `json:"name,omitempty"`
}

// CompanyIDs are a company's numbers.
type CompanyIDs struct {
	TaxID        string `json:"taxId,omitempty"`
	AdditionalID string `json:"additionalId,omitempty"`
}
