package sumsub

import (
	"net/http"
	"slices"
)

// companyInfo is what is known of a company.
type companyInfo struct {
	CompanyName          string        `json:"companyName,omitzero"`
	RegistrationNumber   string        `json:"registrationNumber,omitzero"`
	Country              string        `json:"country,omitzero"`
	LegalAddress         string        `json:"legalAddress,omitzero"`
	Address              *address      `json:"address,omitzero"`
	IncorporatedOn       string        `json:"incorporatedOn,omitzero"`
	Type                 string        `json:"type,omitzero"`
	Email                string        `json:"email,omitzero"`
	Phone                string        `json:"phone,omitzero"`
	ControlScheme        string        `json:"controlScheme,omitzero"`
	TaxID                string        `json:"taxId,omitzero"`
	RegistrationLocation string        `json:"registrationLocation,omitzero"`
	Website              string        `json:"website,omitzero"`
	PostalAddress        string        `json:"postalAddress,omitzero"`
	AlternativeNames     []string      `json:"alternativeNames,omitempty"`
	LEICode              string        `json:"leiCode,omitzero"`
	NoUBOs               bool          `json:"noUBOs"`
	NoShareholders       bool          `json:"noShareholders"`
	Beneficiaries        []beneficiary `json:"beneficiaries,omitempty"`
}

// beneficiary ties a person or company to a company: with type and positions in
// KYB 1.0, with types and a share in KYB 2.0.
type beneficiary struct {
	ApplicantID string   `json:"applicantId"`
	Positions   []string `json:"positions,omitempty"`
	Type        string   `json:"type,omitzero"`
	Types       []string `json:"types,omitempty"`
	ShareSize   float64  `json:"shareSize,omitzero"`
}

var (
	beneficiaryTypes     = set("ubo", "shareholder", "representative")
	beneficiaryPositions = set("director", "shareholder", "other")
)

// companyOf finds the company of a request.
func (s *Sandbox) companyOf(c *call) (*applicant, *refusal) {
	a, r := s.find(c.path("id"))
	if r == nil && a.kind != company {
		return nil, bad("Applicant is not a company")
	}
	return a, r
}

// editCompany is PATCH …/info/companyInfo.
func (s *Sandbox) editCompany(c *call) (any, *refusal) {
	a, r := s.companyOf(c)
	if r != nil {
		return nil, r
	}
	var edited info
	edited.CompanyInfo = new(companyInfo)
	if a.info.CompanyInfo != nil {
		*edited.CompanyInfo = *a.info.CompanyInfo
	}
	linked := edited.CompanyInfo.Beneficiaries
	if r := c.decode(edited.CompanyInfo); r != nil {
		return nil, r
	}
	edited.CompanyInfo.Beneficiaries = linked
	if text := edited.fault(); text != "" {
		return nil, bad(text)
	}
	a.info.CompanyInfo = edited.CompanyInfo
	s.emit(a, "applicantPersonalInfoChanged", happened{})
	return a.info.CompanyInfo, nil
}

// link1 is POST …/info/companyInfo/beneficiaries: KYB 1.0, existing applicants only.
func (s *Sandbox) link1(c *call) (any, *refusal) {
	a, r := s.companyOf(c)
	if r != nil {
		return nil, r
	}
	var in struct {
		Applicant struct {
			ID string `json:"id"`
		} `json:"applicant"`
		ApplicantID string   `json:"applicantId"`
		Positions   []string `json:"positions"`
		Type        string   `json:"type"`
	}
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	if in.Applicant.ID != "" && in.ApplicantID != "" && in.Applicant.ID != in.ApplicantID {
		return nil, bad("applicant.id and applicantId differ")
	}
	if !beneficiaryTypes[in.Type] {
		return nil, bad("Beneficiary type is unknown")
	}
	for _, p := range in.Positions {
		if !beneficiaryPositions[p] {
			return nil, bad("Beneficiary position is unknown")
		}
	}
	person, r := s.find(or(in.ApplicantID, in.Applicant.ID))
	if r != nil {
		return nil, r
	}
	if a.info.CompanyInfo == nil {
		c := a.companyInfo()
		a.info.CompanyInfo = &c
	}
	link := beneficiary{ApplicantID: person.id, Positions: in.Positions, Type: in.Type}
	return tie(a, person, a.info.CompanyInfo, link)
}

// link2 is POST …/fixedInfo/companyInfo/beneficiaries: KYB 2.0, an existing
// applicant or the data of a new one.
func (s *Sandbox) link2(c *call) (any, *refusal) {
	a, r := s.companyOf(c)
	if r != nil {
		return nil, r
	}
	var in struct {
		ApplicantID     string   `json:"applicantId"`
		Types           []string `json:"types"`
		ShareSize       float64  `json:"shareSize"`
		BeneficiaryInfo *struct {
			info
			Email string `json:"email"`
			Phone string `json:"phone"`
		} `json:"beneficiaryInfo"`
	}
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	if (in.ApplicantID == "") == (in.BeneficiaryInfo == nil) {
		return nil, bad("Exactly one of applicantId and beneficiaryInfo is required")
	}
	for _, t := range in.Types {
		if !beneficiaryTypes[t] {
			return nil, bad("Beneficiary type is unknown")
		}
	}
	if in.ShareSize < 0 || in.ShareSize > 100 || len(in.Types) == 0 {
		return nil, bad("types is required and shareSize is a percentage")
	}
	var person *applicant
	if in.ApplicantID != "" {
		if person, r = s.find(in.ApplicantID); r != nil {
			return nil, r
		}
	} else {
		if text := in.BeneficiaryInfo.fault(); text != "" {
			return nil, bad(text)
		}
		level := s.firstLevel(individual)
		if level == nil {
			return nil, bad("No level for a new beneficiary")
		}
		person = s.newApplicant(level, "", in.BeneficiaryInfo.Email)
		person.phone, person.fixedInfo = in.BeneficiaryInfo.Phone, in.BeneficiaryInfo.info
		s.emit(person, "applicantCreated", happened{})
	}
	if a.fixedInfo.CompanyInfo == nil {
		c := a.companyInfo()
		c.Beneficiaries = nil
		a.fixedInfo.CompanyInfo = &c
	}
	link := beneficiary{ApplicantID: person.id, Types: in.Types, ShareSize: in.ShareSize}
	return tie(a, person, a.fixedInfo.CompanyInfo, link)
}

// tie makes person a beneficiary. It never changes anybody's status.
func tie(a, person *applicant, c *companyInfo, link beneficiary) (any, *refusal) {
	if person == a {
		return nil, bad("A company cannot be its own beneficiary")
	}
	same := func(b beneficiary) bool { return b.ApplicantID == person.id }
	c.Beneficiaries = append(slices.DeleteFunc(c.Beneficiaries, same), link)
	if !slices.Contains(person.memberOf, a) {
		person.memberOf = append(person.memberOf, a)
	}
	return c, nil
}

// unlink is DELETE …/beneficiaries/{beneficiary} of either version.
func (s *Sandbox) unlink(c *call) (any, *refusal) {
	a, r := s.companyOf(c)
	if r != nil {
		return nil, r
	}
	person, r := s.find(c.path("beneficiary"))
	if r != nil {
		return nil, r
	}
	if !slices.Contains(person.memberOf, a) {
		return nil, statusOnly(http.StatusNotFound)
	}
	for _, known := range []*companyInfo{a.info.CompanyInfo, a.fixedInfo.CompanyInfo} {
		if known != nil {
			known.Beneficiaries = slices.DeleteFunc(known.Beneficiaries, func(b beneficiary) bool { return b.ApplicantID == person.id })
		}
	}
	person.memberOf = slices.DeleteFunc(person.memberOf, func(m *applicant) bool { return m == a })
	s.settle(a)
	return a.companyInfo(), nil
}

// people is how a company's beneficiaries stand.
type people int

const (
	peopleGood people = iota
	peopleOpen
	peopleBad
)

// people looks at everyone who is linked to the company.
func (s *Sandbox) people(a *applicant) people {
	stand := peopleGood
	for _, p := range s.applicants {
		switch {
		case !slices.Contains(p.memberOf, a):
		case p.review.final():
			return peopleBad
		case !p.review.answered(green):
			stand = peopleOpen
		}
	}
	return stand
}

// settle gives a company that waits for its people the verdict that was kept back,
// as soon as they allow it.
func (s *Sandbox) settle(a *applicant) {
	if a.kept == nil || a.review.status != statusOnHold {
		return
	}
	switch s.people(a) {
	case peopleBad:
		s.decide(a, unverified())
	case peopleGood:
		s.decide(a, *a.kept)
	}
}
