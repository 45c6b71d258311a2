package sumsub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
)

// The digest algorithms of webhooks.
const (
	SHA1   = "HMAC_SHA1_HEX"
	SHA256 = "HMAC_SHA256_HEX"
	SHA512 = "HMAC_SHA512_HEX"
)

var digests = map[string]func() hash.Hash{SHA1: sha1.New, SHA256: sha256.New, SHA512: sha512.New}

// digest returns the X-Payload-Digest of a body.
func digest(alg, secret string, body []byte) (string, error) {
	h, ok := digests[alg]
	if !ok {
		return "", fmt.Errorf("sumsub sandbox: unknown digest algorithm %q", alg)
	}
	mac := hmac.New(h, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// event is a webhook's body.
type event struct {
	ApplicantID      string       `json:"applicantId"`
	InspectionID     string       `json:"inspectionId"`
	ApplicantType    string       `json:"applicantType"`
	MemberOf         []memberView `json:"applicantMemberOf,omitempty"`
	ActionID         string       `json:"applicantActionId,omitzero"`
	ExternalActionID string       `json:"externalApplicantActionId,omitzero"`
	CorrelationID    string       `json:"correlationId"`
	LevelName        string       `json:"levelName"`
	PreviousLevel    string       `json:"previousLevelName,omitzero"`
	SandboxMode      bool         `json:"sandboxMode"`
	ExternalUserID   string       `json:"externalUserId"`
	SourceKey        *string      `json:"sourceKey,omitzero"`
	Type             string       `json:"type"`
	ReviewResult     **verdict    `json:"reviewResult,omitzero"`
	ReviewStatus     string       `json:"reviewStatus"`
	CreatedAt        string       `json:"createdAt"`
	CreatedAtMs      string       `json:"createdAtMs"`
	ClientID         string       `json:"clientId"`
}

// happened is what an event tells beyond the applicant's state.
type happened struct {
	correlationID string   // empty makes a new one
	result        *verdict // reviewResult; nil leaves the member out
	noResult      bool     // reviewResult is there and null
	previousLevel string
	action        *action
}

// describe makes the body of an event.
func (s *Sandbox) describe(a *applicant, kind string, h happened) event {
	now := s.clock.Now().UTC()
	e := event{
		ApplicantID: a.id, InspectionID: a.inspectionID, ApplicantType: a.kind, MemberOf: a.membership(),
		CorrelationID: h.correlationID, LevelName: a.level.Name, PreviousLevel: h.previousLevel,
		SandboxMode: s.sandboxMode, ExternalUserID: a.externalUserID, Type: kind, ReviewStatus: a.review.status,
		CreatedAt: now.Format(layoutZone), CreatedAtMs: now.Format(layoutMs), ClientID: s.clientID,
	}
	if e.CorrelationID == "" {
		e.CorrelationID = s.ids.Hex(32)
	}
	if a.sourceKey != "" {
		e.SourceKey = &a.sourceKey
	}
	if h.result != nil || h.noResult {
		e.ReviewResult = &h.result
	}
	if h.action != nil {
		e.ActionID, e.ExternalActionID = h.action.id, h.action.externalID
		e.LevelName, e.ReviewStatus = h.action.level.Name, statusCompleted
	}
	return e
}
