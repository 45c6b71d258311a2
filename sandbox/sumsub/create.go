package sumsub

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// createRequest is the body of a creation.
type createRequest struct {
	ExternalUserID string `json:"externalUserId"`
	Type           string `json:"type"`
	Email          string `json:"email"`
	Phone          string `json:"phone"`
	Lang           string `json:"lang"`
	SourceKey      string `json:"sourceKey"`
	Metadata       []pair `json:"metadata"`
	FixedInfo      info   `json:"fixedInfo"`
	Info           info   `json:"info"`
}

// create is POST /resources/applicants?levelName=…
func (s *Sandbox) create(c *call) (any, *refusal) {
	level := s.level(c.r.URL.Query().Get("levelName"))
	if level == nil {
		return nil, plain(http.StatusNotFound, "Level not found")
	}
	var in createRequest
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	if r := in.fault(level); r != nil {
		return nil, r
	}
	if r := s.stumble(in.ExternalUserID, sandbox.StoryOf(in.Email)); r != nil {
		return nil, r
	}
	if known := s.byExternal[in.ExternalUserID]; known != nil {
		return nil, plain(http.StatusConflict,
			fmt.Sprintf("Applicant with external user id '%s' already exists: %s", in.ExternalUserID, known.id))
	}
	a := s.newApplicant(level, in.ExternalUserID, in.Email)
	a.phone, a.lang, a.sourceKey, a.metadata = in.Phone, or(in.Lang, a.lang), in.SourceKey, in.Metadata
	a.fixedInfo = in.FixedInfo
	if a.kind == company {
		a.info.CompanyInfo = in.Info.CompanyInfo
	}
	s.emit(a, "applicantCreated", happened{})
	return answer{http.StatusCreated, a.view(s.clientID)}, nil
}

// fault returns why the body is refused.
func (in *createRequest) fault(level *Level) *refusal {
	kind := or(in.Type, individual)
	text := or(in.FixedInfo.fault(), in.Info.fault())
	switch {
	case len([]rune(in.ExternalUserID)) > 512:
		return bad("externalUserId is longer than 512 characters")
	case kind != individual && kind != company:
		return bad("type is neither individual nor company")
	case kind != level.ApplicantType:
		return bad("Level is not for applicants of this type")
	case level.has("EMAIL_VERIFICATION") && in.Email == "":
		return bad("email is required by the level")
	case level.has("PHONE_VERIFICATION") && in.Phone == "":
		return bad("phone is required by the level")
	case text != "":
		return bad(text)
	}
	return nil
}

// newApplicant stores a new applicant and bills it.
func (s *Sandbox) newApplicant(level *Level, externalUserID, email string) *applicant {
	now := s.clock.Now()
	id := s.objectID(now)
	if externalUserID == "" {
		externalUserID = "preview-random-" + strings.ToLower(s.ids.Token(10))
	}
	a := &applicant{
		id: id, inspectionID: id, key: strings.ToUpper(s.ids.Token(14)), externalUserID: externalUserID,
		kind: level.ApplicantType, createdAt: now, email: email, lang: "en", platform: "API", level: level,
		tags: []string{}, viaPage: map[string]bool{}, steps: map[string]*verdict{},
		riskLabels: map[string][]string{}, story: sandbox.StoryOf(email),
		review: review{
			status: statusInit, reviewID: s.ids.Token(5), attemptID: s.ids.Token(5), created: now, now: s.clock.Elapsed,
		},
	}
	s.applicants[id] = a
	s.byExternal[externalUserID] = a
	s.ledger.Create("applicant.create", externalUserID)
	return a
}

// objectID returns 24 lower-case hexadecimal digits that begin with the time.
func (s *Sandbox) objectID(now time.Time) string {
	return fmt.Sprintf("%08x%s", uint32(now.Unix()), s.ids.Hex(16))
}

// find resolves an applicant reference: an id, or -;externalUserId=…
func (s *Sandbox) find(ref string) (*applicant, *refusal) {
	a := s.applicants[ref]
	if ext, ok := strings.CutPrefix(ref, "-;externalUserId="); ok {
		a = s.byExternal[ext]
	}
	if a == nil {
		return nil, statusOnly(http.StatusNotFound)
	}
	return a, s.stumble(a.externalUserID, a.story)
}

// read is GET …/{id}/one.
func (s *Sandbox) read(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	return a.view(s.clientID), nil
}

// readByExternal is GET /resources/applicants/-/byExternalUserId/{ext}.
func (s *Sandbox) readByExternal(c *call) (any, *refusal) {
	found := struct {
		Exists    bool           `json:"exists"`
		Applicant *applicantView `json:"applicant,omitzero"`
	}{}
	if a := s.byExternal[c.path("ext")]; a != nil {
		found.Exists, found.Applicant = true, new(a.view(s.clientID))
	}
	return found, nil
}

// readStatus is GET …/{id}/status.
func (s *Sandbox) readStatus(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	return a.review.view(a.level.Name), nil
}

// readSteps is GET …/{id}/requiredIdDocsStatus.
func (s *Sandbox) readSteps(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	return a.stepsView(), nil
}

// moderationStates is GET /resources/moderationStates/-;applicantId=…
func (s *Sandbox) moderationStates(c *call) (any, *refusal) {
	id, ok := strings.CutPrefix(c.path("ref"), "-;applicantId=")
	if !ok {
		return nil, statusOnly(http.StatusNotFound)
	}
	a, r := s.find(id)
	if r != nil {
		return nil, r
	}
	type state struct {
		ImageID   int64    `json:"imageId,omitzero"`
		ButtonIDs []string `json:"buttonIds"`
	}
	type item struct {
		ImagesStates   []state `json:"imagesStates"`
		ApplicantState state   `json:"applicantState"`
	}
	items := []item{}
	if a.review.answered(red) {
		it := item{ImagesStates: []state{}, ApplicantState: state{ButtonIDs: a.review.result.ButtonIDs}}
		for _, m := range a.images {
			if !m.inactive && m.verdict != nil && m.verdict.Answer == red {
				it.ImagesStates = append(it.ImagesStates, state{m.id, m.verdict.ButtonIDs})
			}
		}
		items = append(items, it)
	}
	return list[item]{listItems[item]{items}}, nil
}
