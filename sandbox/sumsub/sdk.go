package sumsub

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// sdkRequest is the body of an access token or a link.
type sdkRequest struct {
	UserID      string `json:"userId"`
	LevelName   string `json:"levelName"`
	TTLInSecs   int    `json:"ttlInSecs"`
	Identifiers struct {
		Email string `json:"email"`
		Phone string `json:"phone"`
	} `json:"applicantIdentifiers"`
	ExternalActionID string   `json:"externalActionId"`
	Redirect         redirect `json:"redirect"`
}

type redirect struct {
	SuccessURL         string   `json:"successUrl"`
	RejectURL          string   `json:"rejectUrl"`
	SignKey            string   `json:"signKey"`
	AllowedQueryParams []string `json:"allowedQueryParams"`
}

// fault returns why the request is refused.
func (s *Sandbox) sdkFault(in *sdkRequest) *refusal {
	switch {
	case in.UserID == "":
		return bad("userId is required")
	case s.level(in.LevelName) == nil:
		return plain(http.StatusNotFound, "Level not found")
	case in.TTLInSecs < 0:
		return bad("ttlInSecs is negative")
	case len(in.Redirect.AllowedQueryParams) > 4:
		return bad("allowedQueryParams has more than 4 entries")
	}
	return s.stumble(in.UserID, sandbox.StoryOf(in.Identifiers.Email))
}

// accessToken is POST /resources/accessTokens/sdk. The first one for a user creates
// the applicant.
func (s *Sandbox) accessToken(c *call) (any, *refusal) {
	var in sdkRequest
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	return s.mint(&in)
}

// accessTokenOld is POST /resources/accessTokens?userId=&levelName=&ttlInSecs=
func (s *Sandbox) accessTokenOld(c *call) (any, *refusal) {
	in, r := oldForm(c.r.URL.Query(), "userId", c.r.URL.Query().Get("levelName"))
	if r != nil {
		return nil, r
	}
	return s.mint(in)
}

func (s *Sandbox) mint(in *sdkRequest) (any, *refusal) {
	if r := s.sdkFault(in); r != nil {
		return nil, r
	}
	s.userOf(in)
	prefix := "_act-"
	if s.sandboxMode {
		prefix = "_act-sbx-"
	}
	s.ledger.Other("token.create")
	return struct {
		Token  string `json:"token"`
		UserID string `json:"userId"`
	}{prefix + s.ids.UUID(), in.UserID}, nil
}

// userOf returns the applicant of a token or link, and creates a missing one.
func (s *Sandbox) userOf(in *sdkRequest) *applicant {
	if a := s.byExternal[in.UserID]; a != nil {
		return a
	}
	a := s.newApplicant(s.level(in.LevelName), in.UserID, in.Identifiers.Email)
	a.phone, a.platform = in.Identifiers.Phone, "Web"
	s.emit(a, "applicantCreated", happened{})
	return a
}

// link is a hosted page that was handed out.
type link struct {
	sdkRequest
	expires time.Duration
}

// makeLink is POST /resources/sdkIntegrations/levels/-/websdkLink. It creates
// nobody: an unknown user comes into being when the page is opened.
func (s *Sandbox) makeLink(c *call) (any, *refusal) {
	var in sdkRequest
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	return s.handOut(c, &in)
}

// makeLinkOld is POST /resources/sdkIntegrations/levels/{level}/websdkLink?externalUserId=
func (s *Sandbox) makeLinkOld(c *call) (any, *refusal) {
	in, r := oldForm(c.r.URL.Query(), "externalUserId", c.path("level"))
	if r != nil {
		return nil, r
	}
	return s.handOut(c, in)
}

func (s *Sandbox) handOut(c *call, in *sdkRequest) (any, *refusal) {
	if r := s.sdkFault(in); r != nil {
		return nil, r
	}
	ttl := time.Duration(in.TTLInSecs) * time.Second
	if ttl == 0 {
		ttl = 30 * time.Minute
	}
	token := s.ids.Token(24)
	s.links[token] = &link{*in, s.clock.Elapsed() + ttl}
	s.ledger.Other("link.create")
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return struct {
		URL string `json:"url"`
	}{scheme + "://" + c.r.Host + "/websdk/p/" + token}, nil
}

// oldForm reads a request that comes in the query.
func oldForm(q url.Values, user, level string) (*sdkRequest, *refusal) {
	in := &sdkRequest{UserID: q.Get(user), LevelName: level, ExternalActionID: q.Get("externalActionId")}
	if ttl := q.Get("ttlInSecs"); ttl != "" {
		if _, err := fmt.Sscanf(ttl, "%d", &in.TTLInSecs); err != nil {
			return nil, bad("ttlInSecs is not a number")
		}
	}
	return in, nil
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Verification (sandbox)</title></head>
<body><h1>Verification (sandbox)</h1><p>{{.Text}}</p>
{{if .Form}}<form method="post"><button>Submit good documents</button></form>{{end}}</body></html>
`))

// linkPage is the hosted page: GET shows it, POST submits good documents for all
// steps and asks for the check.
func (s *Sandbox) linkPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.links[r.PathValue("token")]
	show := func(status int, text string, form bool) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_ = page.Execute(w, struct {
			Text string
			Form bool
		}{text, form})
	}
	if l == nil || s.clock.Elapsed() > l.expires {
		show(http.StatusNotFound, "This link does not exist or has expired.", false)
		return
	}
	a := s.userOf(&l.sdkRequest)
	switch no := a.open(); {
	case no != nil:
		show(http.StatusConflict, no.description, false)
	case r.Method != http.MethodPost:
		s.emit(a, "applicantVerificationLinkOpened", happened{})
		show(http.StatusOK, "Nothing is checked here: the e-mail address decides how the story ends.", true)
	default:
		s.submitGood(a)
		if l.Redirect.SuccessURL != "" {
			http.Redirect(w, r, l.Redirect.SuccessURL, http.StatusSeeOther)
			return
		}
		show(http.StatusOK, "Thank you. Your documents are being checked.", false)
	}
}

// submitGood gives every step that needs it a good document and starts the check.
func (s *Sandbox) submitGood(a *applicant) {
	a.platform = "Web"
	country := or(a.fixedInfo.Country, "POL")
	for _, step := range a.level.Steps {
		a.viaPage[step.Set] = a.viaPage[step.Set] || len(step.Types) == 0
		if len(step.Types) == 0 || step.Optional || whole(a.stepImages(step)) && !refused(a.stepImages(step)) {
			continue
		}
		kind := step.Types[0]
		sides := []string{""}
		if doubleSided[kind] {
			sides = []string{frontSide, backSide}
		}
		for _, side := range sides {
			doc := a.merge(idDoc{IDDocType: kind, Country: country})
			name := strings.ToLower(kind+side) + ".png"
			m := s.newImage(a, doc, side, file{name: name, data: drawing(s.lastImage)}, "png")
			m.source = "websdk"
			a.add(m)
		}
	}
	s.begin(a)
}

func refused(images []*storedImage) bool {
	return slices.ContainsFunc(images, func(m *storedImage) bool { return m.verdict != nil && m.verdict.Answer == red })
}
