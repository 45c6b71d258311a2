package sumsub

import (
	"net/http"
)

// hookView is a configured webhook on the wire. The vendor shows the secret.
type hookView struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	Target             string   `json:"target"`
	TargetType         string   `json:"targetType"`
	Types              []string `json:"types"`
	SecretKey          string   `json:"secretKey"`
	SignatureAlgorithm string   `json:"signatureAlgorithm"`
	NotResendFailed    bool     `json:"notResendFailedWebhooks"`
}

// eventTypes are the events that this sandbox sends.
var eventTypes = []string{
	"applicantCreated", "applicantPending", "applicantPrechecked", "applicantReviewed", "applicantOnHold",
	"applicantPersonalInfoChanged", "applicantTagsChanged", "applicantLevelChanged", "applicantActivated",
	"applicantDeactivated", "applicantReset", "applicantStepsReset", "applicantDeleted",
	"applicantVerificationLinkOpened", "applicantActionPending", "applicantActionReviewed",
}

// hooks returns the webhook of the configuration, if there is one.
func (s *Sandbox) hooks() []hookView {
	if s.webhook.url == "" {
		return []hookView{}
	}
	return []hookView{{
		ID: "000000000000000000000001", Name: "sandbox", Target: s.webhook.url, TargetType: "http", Types: eventTypes,
		SecretKey: s.webhook.secret, SignatureAlgorithm: s.webhook.alg,
	}}
}

// listHooks is GET /resources/api/clientWebhooks.
func (s *Sandbox) listHooks(*call) (any, *refusal) {
	return list[hookView]{listItems[hookView]{s.hooks()}}, nil
}

// readHook is GET /resources/api/clientWebhooks/{hook}.
func (s *Sandbox) readHook(c *call) (any, *refusal) {
	for _, h := range s.hooks() {
		if h.ID == c.path("hook") {
			return h, nil
		}
	}
	return nil, statusOnly(http.StatusNotFound)
}

// testDigest is POST /resources/inspectionCallbacks/testDigest: what the digest of
// a text body would be.
func (s *Sandbox) testDigest(c *call) (any, *refusal) {
	q := c.r.URL.Query()
	alg := or(q.Get("digestAlg"), SHA256)
	sum, err := digest(alg, q.Get("secretKey"), c.body)
	if err != nil || q.Get("secretKey") == "" {
		return nil, bad("secretKey is missing or digestAlg is unknown")
	}
	return struct {
		Digest    string `json:"digest"`
		DigestAlg string `json:"digestAlg"`
	}{sum, alg}, nil
}

// health is GET /resources/status/api.
func (s *Sandbox) health(*call) (any, *refusal) { return done, nil }
