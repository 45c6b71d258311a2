package personr

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// The states of an applicant.
const (
	created    = "Created"
	prechecked = "Pre-Checked"
	pending    = "Pending"
	reviewed   = "Reviewed"
)

// applicant is a person or an entity that somebody asks to be verified.
type applicant struct {
	id, page        string
	entity          bool
	email, phone    string
	nameFirst       string
	nameLast        string
	company         string
	registration    string
	country         string
	flow, sourceKey string
	externalUserIDs []string
	story           sandbox.Story
	status          string
	images          []image
	fresh           bool // an image has come since the last check
	linked          bool
	attempts        int
	verdict         *verdict
	ubos            []map[string]any
	number          int // of checks that were asked for: an answer of an older one is not given
	born            time.Time
}

// image is an uploaded image. Its bytes are not kept.
type image struct{ kind, side, country string }

// verdict is a review.
type verdict struct {
	id      string
	at      time.Time
	answer  string // Approved, Rejected
	again   string // Retry, Final; "" is left out
	labels  []string
	comment string
}

// who names somebody for the ledger.
func (a *applicant) who() string {
	if len(a.externalUserIDs) > 0 {
		return a.externalUserIDs[0]
	}
	return Identity(a.email, a.phone)
}

// createApplicant makes an applicant; nothing is unique, so twice is two.
func (s *Sandbox) createApplicant(r *http.Request) answer {
	var in struct {
		Email           string   `json:"email"`
		Phone           string   `json:"phone"`
		NameFirst       string   `json:"nameFirst"`
		NameLast        string   `json:"nameLast"`
		FlowName        string   `json:"flowName"`
		SourceKey       string   `json:"sourceKey"`
		ExternalUserIDs []string `json:"externalUserId"`
	}
	switch err := read(r, &in); {
	case err != nil:
		return wrong(http.StatusBadRequest, "INVALID_DATA", "The body could not be read")
	case in.Email == "":
		return missing("email")
	case in.Phone == "":
		return missing("phone")
	case !s.flow(in.FlowName):
		return wrong(http.StatusBadRequest, "INVALID_DATA", "There is no such flow")
	}
	a := &applicant{
		email: in.Email, phone: in.Phone, nameFirst: in.NameFirst, nameLast: in.NameLast, flow: in.FlowName,
		sourceKey: in.SourceKey, externalUserIDs: in.ExternalUserIDs, story: sandbox.StoryOf(in.Email),
	}
	s.add(a, "applicant.create")
	return success(map[string]any{
		"applicantId": a.id, "email": a.email, "phone": a.phone, "nameFirst": a.nameFirst, "nameLast": a.nameLast, "flowName": a.flow,
		"applicantStatus": a.status, "sourceKey": a.sourceKey, "externalUserId": a.externalUserIDs,
	})
}

func (s *Sandbox) add(a *applicant, op string) {
	a.id, a.page, a.status, a.born = s.id(), s.id(), created, s.stage.Clock.Now()
	s.mu.Lock()
	s.byID[a.id], s.byPage[a.page] = a, a
	s.mu.Unlock()
	s.stage.Ledger.Create(op, a.who())
}

// find returns the applicant of an id; the lock is held by the caller.
func (s *Sandbox) find(id string, entity bool) (*applicant, *answer) {
	if id == "" {
		w := missing("applicantId")
		return nil, &w
	}
	a := s.byID[id]
	if a == nil || a.entity != entity {
		w := wrong(http.StatusNotFound, "NOT_FOUND", "Missing object of type applicant")
		return nil, &w
	}
	return a, nil
}

// createLink makes the page of an applicant; the check starts by itself when the person has been there.
func (s *Sandbox) createLink(r *http.Request) answer {
	var in struct {
		Applicant string `json:"applicant"`
	}
	if err := read(r, &in); err != nil || in.Applicant == "" {
		return missing("applicant")
	}
	entity := strings.Contains(r.URL.Path, "entity")
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.Applicant, entity)
	if refused != nil {
		return *refused
	}
	if s.stage.Stumble(a.story, a.who()) {
		return stumbled
	}
	s.stage.Ledger.Other("link.create")
	if !a.linked && !s.config.ManualVisit {
		s.after(s.config.VisitDelay, func() { s.visit(a) })
	}
	a.linked = true
	kind := "/verification/"
	if entity {
		kind = "/entity-verification/"
	}
	link := s.base(r) + kind + a.page
	return success(map[string]any{"verificationLink": link, "customLink": link})
}

// page is what is behind a link: a POST is the person who has handed everything in.
func (s *Sandbox) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.byPage[r.PathValue("page")]
	if a == nil {
		http.Error(w, "This page does not exist.", http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPost {
		s.visit(a)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("A page of the Personr sandbox. POST here to hand everything in.\n"))
}

// visit is the person at their page.
func (s *Sandbox) visit(a *applicant) {
	if a.status != created && !(a.status == reviewed && a.verdict.again == "Retry") {
		return
	}
	a.images = []image{{"PASSPORT", "FRONT_SIDE", a.country}, {"SELFIE", "", a.country}}
	a.fresh = true
	s.check(a)
}

var (
	kinds = []string{"SELFIE", "ID_CARD", "DRIVERS", "PASSPORT", "RESIDENCE_PERMIT", "UTILITY_BILL"}
	sides = []string{"FRONT_SIDE", "BACK_SIDE"}
	types = map[string]string{".jpg": "\xff\xd8\xff", ".jpeg": "\xff\xd8\xff", ".png": "\x89PNG\r\n\x1a\n", ".pdf": "%PDF-"}
)

// upload takes one image. What is wrong with it is in "errors", with status 200.
func (s *Sandbox) upload(r *http.Request) answer {
	var in struct {
		ApplicantID string  `json:"applicantId"`
		DocType     string  `json:"docType"`
		DocSubType  *string `json:"docSubType"`
		Country     string  `json:"docCountryISO"`
		DocFile     struct {
			Filename string `json:"filename"`
			Contents string `json:"contents"`
		} `json:"docFile"`
	}
	if err := read(r, &in); err != nil {
		return wrong(http.StatusBadRequest, "INVALID_DATA", "The body could not be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.ApplicantID, false)
	if refused != nil {
		return *refused
	}
	if s.stage.Stumble(a.story, a.who()) {
		return stumbled
	}
	side := ""
	if in.DocSubType != nil && !strings.EqualFold(*in.DocSubType, "null") {
		side = *in.DocSubType
	}
	content, err := base64.StdEncoding.DecodeString(in.DocFile.Contents)
	magic, known := types[strings.ToLower(path.Ext(in.DocFile.Filename))]
	errs, warnings := []string{}, []string{}
	switch {
	case in.DocFile.Filename == "" || in.DocFile.Contents == "":
		return missing("docFile")
	case !slices.Contains(kinds, in.DocType):
		return wrong(http.StatusBadRequest, "INVALID_DATA", "docType is not one of the options")
	case in.DocType == "SELFIE" && side != "", in.DocType != "SELFIE" && !slices.Contains(sides, side):
		return wrong(http.StatusBadRequest, "INVALID_DATA", "docSubType does not fit docType")
	case len(in.Country) != 3 || strings.ToUpper(in.Country) != in.Country:
		return wrong(http.StatusBadRequest, "INVALID_DATA", "docCountryISO is not an alpha-3 code")
	case err != nil || !known || !bytes.HasPrefix(content, []byte(magic)):
		errs = append(errs, "badFile")
	default:
		a.images = append(a.images, image{in.DocType, side, in.Country})
		a.fresh = true
		s.stage.Ledger.Upload(in.DocType)
		if a.story.Outcome == sandbox.Flag && in.DocType != "SELFIE" {
			warnings = append(warnings, "possibleScreenCapture")
		}
	}
	return answer{body: map[string]any{
		"applicantId": a.id, "documentType": in.DocType, "documentSubType": side, "country": in.Country, "errors": errs, "warnings": warnings,
	}}
}

// applicantDetails shows what the applicant was created with.
func (s *Sandbox) applicantDetails(r *http.Request) answer {
	var in applicantID
	if err := read(r, &in); err != nil {
		return missing("applicantId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, refused := s.find(in.ApplicantID, false)
	if refused != nil {
		return *refused
	}
	s.stage.Ledger.Read("details")
	return success(map[string]any{
		"email": a.email, "phone": a.phone, "nameFirst": a.nameFirst, "nameLast": a.nameLast, "tags": []string{}, "flowName": a.flow, "status": a.status,
	})
}

// applicantID is the only parameter of many workflows.
type applicantID struct {
	ApplicantID string `json:"applicantId"`
}
