package sumsub

import (
	"net/http"
	"slices"

	"github.com/bonafide-id/bonafide/sandbox"
)

// patch is PATCH /resources/applicants: the top-level data.
func (s *Sandbox) patch(c *call) (any, *refusal) {
	var in struct {
		ID             string  `json:"id"`
		ExternalUserID *string `json:"externalUserId"`
		Email          *string `json:"email"`
		Phone          *string `json:"phone"`
		SourceKey      *string `json:"sourceKey"`
		Lang           *string `json:"lang"`
		Metadata       *[]pair `json:"metadata"`
		Deleted        *bool   `json:"deleted"`
	}
	if r := c.decode(&in); r != nil {
		return nil, r
	}
	a, r := s.find(in.ID)
	if r != nil {
		return nil, r
	}
	if ext := in.ExternalUserID; ext != nil && *ext != a.externalUserID {
		if s.byExternal[*ext] != nil || *ext == "" {
			return nil, plain(http.StatusConflict, "externalUserId is taken or empty")
		}
		delete(s.byExternal, a.externalUserID)
		a.externalUserID = *ext
		s.byExternal[*ext] = a
	}
	replace(&a.phone, in.Phone)
	replace(&a.sourceKey, in.SourceKey)
	replace(&a.lang, in.Lang)
	replace(&a.metadata, in.Metadata)
	if in.Email != nil {
		a.email, a.story = *in.Email, sandbox.StoryOf(*in.Email)
	}
	if in.Email != nil || in.Phone != nil {
		s.emit(a, "applicantPersonalInfoChanged", happened{})
	}
	if in.Deleted != nil && *in.Deleted && !a.deleted {
		a.deleted = true
		s.interrupt(a)
		s.emit(a, "applicantDeleted", happened{})
	}
	return a.view(s.clientID), nil
}

func replace[T any](old *T, now *T) {
	if now != nil {
		*old = *now
	}
}

// patchFixedInfo is PATCH …/{id}/fixedInfo: what the customer claims.
func (s *Sandbox) patchFixedInfo(c *call) (any, *refusal) {
	return s.patchInfo(c, func(a *applicant) *info {
		a.corrected = true
		return &a.fixedInfo
	})
}

// patchExtracted is PATCH …/{id}/info: what the vendor read.
func (s *Sandbox) patchExtracted(c *call) (any, *refusal) {
	return s.patchInfo(c, func(a *applicant) *info { return &a.info })
}

// patchInfo changes the members that the body names and leaves the others.
func (s *Sandbox) patchInfo(c *call, which func(*applicant) *info) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	if a.deleted || a.deactivated {
		return nil, &markedAsDeleted
	}
	kept := which(a)
	edited := *kept
	edited.Addresses, edited.IDDocs = slices.Clone(edited.Addresses), slices.Clone(edited.IDDocs)
	if edited.CompanyInfo != nil {
		edited.CompanyInfo = new(*edited.CompanyInfo)
	}
	if r := c.decode(&edited); r != nil {
		return nil, r
	}
	if text := edited.fault(); text != "" {
		return nil, bad(text)
	}
	*kept = edited
	s.emit(a, "applicantPersonalInfoChanged", happened{})
	return edited, nil
}

// moveToLevel is POST …/{id}/moveToLevel?name=…
func (s *Sandbox) moveToLevel(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	level := s.level(c.r.URL.Query().Get("name"))
	switch {
	case level == nil:
		return nil, plain(http.StatusNotFound, "Level not found")
	case level.ApplicantType != a.kind:
		return nil, bad("Level is not for applicants of this type")
	case a.open() != nil:
		return nil, a.open()
	}
	previous := a.level.Name
	s.interrupt(a)
	a.level, a.review.status, a.review.attempts = level, statusInit, 0
	s.emit(a, "applicantLevelChanged", happened{previousLevel: previous})
	return a.view(s.clientID), nil
}

// presence is PATCH …/{id}/presence/{activated|deactivated}.
func (s *Sandbox) presence(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	events := map[string]string{"activated": "applicantActivated", "deactivated": "applicantDeactivated"}
	event, ok := events[c.path("state")]
	if !ok {
		return nil, statusOnly(http.StatusNotFound)
	}
	off := event == "applicantDeactivated"
	if a.deactivated == off {
		return nil, &alreadyInState
	}
	a.deactivated = off
	if off {
		s.interrupt(a)
	}
	s.emit(a, event, happened{})
	return a.view(s.clientID), nil
}

// setTags, addTags and removeTags are the calls on …/{id}/tags.
func (s *Sandbox) setTags(c *call) (any, *refusal) {
	return s.retag(c, func(_, given []string) []string { return given })
}

func (s *Sandbox) addTags(c *call) (any, *refusal) {
	return s.retag(c, func(old, given []string) []string {
		for _, t := range given {
			if !slices.Contains(old, t) {
				old = append(old, t)
			}
		}
		return old
	})
}

func (s *Sandbox) removeTags(c *call) (any, *refusal) {
	return s.retag(c, func(old, given []string) []string {
		return slices.DeleteFunc(old, func(t string) bool { return slices.Contains(given, t) })
	})
}

func (s *Sandbox) retag(c *call, change func(old, given []string) []string) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	given := []string{}
	if r := c.decode(&given); r != nil {
		return nil, r
	}
	a.tags = change(slices.Clone(a.tags), given)
	s.emit(a, "applicantTagsChanged", happened{})
	return a.tags, nil
}

// agree is POST …/{id}/agreement: a consent is recorded.
func (s *Sandbox) agree(c *call) (any, *refusal) {
	a, r := s.find(c.path("id"))
	if r != nil {
		return nil, r
	}
	now := s.clock.Now().UTC().Format(layoutShort)
	a.agreement = &agreement{CreatedAt: now, AcceptedAt: now, Source: "API", RecordIDs: []string{s.objectID(s.clock.Now())}}
	return a.view(s.clientID), nil
}
