package sumsub

// The applicant types.
const (
	individual = "individual"
	company    = "company"
)

// Level is a named list of steps that an applicant has to complete.
type Level struct {
	Name          string
	ApplicantType string // "individual" or "company"
	Steps         []Step
}

// Step is one part of a level, named by the vendor's idDocSetType.
//
// With Types it is completed by a document of one of them; without, by data
// (APPLICANT_DATA, COMPANY, COMPANY_DATA) or, for all other steps, only by the
// hosted page. An Optional step accepts documents and is not asked for.
type Step struct {
	Set      string
	Types    []string
	Optional bool
}

// DefaultLevels returns basic-kyc-level (a document and a selfie) and
// basic-kyb-level (company data; documents and beneficiaries are optional).
func DefaultLevels() []Level {
	return []Level{
		{Name: "basic-kyc-level", ApplicantType: individual, Steps: []Step{
			{Set: "IDENTITY", Types: []string{"PASSPORT", "ID_CARD", "DRIVERS", "RESIDENCE_PERMIT"}},
			{Set: "SELFIE", Types: []string{"SELFIE"}},
		}},
		{Name: "basic-kyb-level", ApplicantType: company, Steps: []Step{
			{Set: "COMPANY_DATA"},
			{Set: "COMPANY_DOCUMENTS", Types: []string{"COMPANY_DOC", "POWER_OF_ATTORNEY"}, Optional: true},
			{Set: "COMPANY_BENEFICIARIES", Optional: true},
		}},
	}
}

// idDocTypes are the document types that the vendor knows.
var idDocTypes = set(
	"ID_CARD", "PASSPORT", "DRIVERS", "RESIDENCE_PERMIT", "UTILITY_BILL", "UTILITY_BILL2", "SELFIE", "VIDEO_SELFIE",
	"PROFILE_IMAGE", "ID_DOC_PHOTO", "AGREEMENT", "CONTRACT", "DRIVERS_TRANSLATION", "INVESTOR_DOC",
	"VEHICLE_REGISTRATION_CERTIFICATE", "INCOME_SOURCE", "PAYMENT_METHOD", "PAYMENT_SOURCE", "BANK_CARD",
	"BANK_STATEMENT", "COVID_VACCINATION_FORM", "COMPANY_DOC", "POWER_OF_ATTORNEY", "TAX_RETURN", "RENTAL_AGREEMENT",
	"ARBITRARY_DOC", "OTHER",
)

// doubleSided are the types of which front and back are sent in two calls.
var doubleSided = set("ID_CARD", "DRIVERS", "RESIDENCE_PERMIT")

const (
	frontSide = "FRONT_SIDE"
	backSide  = "BACK_SIDE"
)

// step returns the step that asks for a document type.
func (l *Level) step(idDocType string) (Step, bool) {
	for _, s := range l.Steps {
		for _, t := range s.Types {
			if t == idDocType {
				return s, true
			}
		}
	}
	return Step{}, false
}

// has reports whether the level has a step of this name.
func (l *Level) has(name string) bool {
	for _, s := range l.Steps {
		if s.Set == name {
			return true
		}
	}
	return false
}

// missing returns the steps that are not complete, in the level's order.
func (a *applicant) missing() []string {
	var sets []string
	for _, s := range a.level.Steps {
		if !s.Optional && !a.completed(s) {
			sets = append(sets, s.Set)
		}
	}
	return sets
}

func (a *applicant) completed(s Step) bool {
	switch {
	case a.viaPage[s.Set]:
		return true
	case len(s.Types) > 0:
		return whole(a.stepImages(s))
	case s.Set == "APPLICANT_DATA":
		return a.fixedInfo.FirstName != "" && a.fixedInfo.LastName != ""
	case s.Set == "COMPANY" || s.Set == "COMPANY_DATA":
		c := a.companyInfo()
		return c.CompanyName != "" && c.RegistrationNumber != "" && c.Country != ""
	}
	return false
}

// whole reports whether the images show all sides of their document.
func whole(images []*storedImage) bool {
	if len(images) == 0 {
		return false
	}
	if !doubleSided[images[0].doc.IDDocType] {
		return true
	}
	sides := map[string]bool{}
	for _, m := range images {
		sides[m.side] = true
	}
	return sides[frontSide] && sides[backSide]
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
