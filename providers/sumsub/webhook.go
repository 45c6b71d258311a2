package sumsub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// WebhookConfig is what authenticating a webhook needs.
type WebhookConfig struct {
	// Secrets are those of the webhooks in the vendor's dashboard, not those of the app token.
	Secrets providers.Secrets `env:"WEBHOOK_SECRETS"`
	// Algorithms that a webhook may be signed with: HMAC_SHA256_HEX (alone when none is given), HMAC_SHA512_HEX,
	// HMAC_SHA1_HEX. The first is that of a webhook which does not say. A webhook that names one that is not here is refused.
	Algorithms []string `env:"WEBHOOK_ALG"`
	// AppToken only tells production from sandbox by its prefix: production refuses events of the sandbox.
	AppToken providers.Secret `env:"APP_TOKEN"`
}

// The algorithms that the vendor signs with.
var algorithms = map[string]func() hash.Hash{
	"HMAC_SHA1_HEX":   sha1.New,
	"HMAC_SHA256_HEX": sha256.New,
	"HMAC_SHA512_HEX": sha512.New,
}

// webhook authenticates and routes. It is immutable.
type webhook struct {
	secrets    providers.Secrets
	algorithms []string
	production bool
}

func newWebhook(c WebhookConfig) (providers.Webhook, error) {
	if len(c.Secrets) == 0 {
		return nil, errors.New("SUMSUB_WEBHOOK_SECRETS is required")
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{"HMAC_SHA256_HEX"}
	}
	for _, name := range c.Algorithms {
		if algorithms[name] == nil {
			return nil, errors.New("SUMSUB_WEBHOOK_ALG names an algorithm that the vendor does not have")
		}
	}
	return &webhook{c.Secrets, c.Algorithms, strings.HasPrefix(c.AppToken.Reveal(), "prd:")}, nil
}

// Authenticate checks the digest of the raw bytes under each of the secrets. The vendor signs no time: a repeated webhook
// is authentic, and Route gives it the same Dedupe.
func (w *webhook) Authenticate(h http.Header, body []byte, _ time.Time) error {
	name := w.algorithms[0]
	switch named := h.Values("X-Payload-Digest-Alg"); {
	case len(named) > 1:
		return refused("more than one algorithm")
	case len(named) == 1 && !slices.Contains(w.algorithms, named[0]):
		return refused("an algorithm that is not configured")
	case len(named) == 1:
		name = named[0]
	}
	digests := h.Values("X-Payload-Digest")
	if len(digests) != 1 {
		return refused("not exactly one digest")
	}
	digest, err := hex.DecodeString(digests[0])
	if err != nil || len(digest) == 0 {
		return refused("the digest is not hexadecimal")
	}
	if !w.secrets.Any(func(secret string) bool {
		mac := hmac.New(algorithms[name], []byte(secret))
		mac.Write(body)
		return hmac.Equal(mac.Sum(nil), digest)
	}) {
		return refused("the digest does not match")
	}
	var e struct {
		SandboxMode bool `json:"sandboxMode"`
	}
	if w.production && decode(body, &e) && e.SandboxMode {
		return refused("an event of the sandbox in production")
	}
	return nil
}

func refused(why string) error { return fault.New(fault.Unauthorized, "sumsub.webhook", why) }

// event is the envelope of a webhook. It says that something happened; what is true is read from the vendor.
type event struct {
	ApplicantID    string         `json:"applicantId"`
	ExternalUserID string         `json:"externalUserId"`
	Type           string         `json:"type"`
	CreatedAtMs    jsontext.Value `json:"createdAtMs"` // a string or a number
	CreatedAt      string         `json:"createdAt"`
}

// elsewhere are the types of events that say nothing about a review: transactions, travel rule, tags, monitoring of
// companies. Types that are not known are worth a look.
var elsewhere = regexp.MustCompile(`^(applicantKyt|kyt|travelRule|applicantTravelRule|kybCompanyActivity|applicantTagsChanged|applicantVerificationLinkOpened)`)

// Route reads which check an authentic webhook is about from the external id that Send gave the vendor. A person of a
// business has an id below that of the check.
func (w *webhook) Route(pathID string, _ http.Header, body []byte) (providers.Hint, error) {
	var e event
	if !decode(body, &e) || e.Type == "" || e.ApplicantID == "" {
		return providers.Hint{}, fault.New(fault.Malformed, "sumsub.webhook", "not an event of the documented form")
	}
	hint := providers.Hint{Event: code(e.Type), Dedupe: e.dedupe(body), At: e.at()}
	verification, rest, ok := strings.Cut(e.ExternalUserID, ".")
	check, _, _ := strings.Cut(rest, ".")
	if !ok || verification == "" || check == "" || elsewhere.MatchString(e.Type) || pathID != "" && pathID != verification {
		hint.Ignore = true
		return hint, nil
	}
	hint.Verification, hint.Check = verification, check
	return hint, nil
}

// dedupe is the same for repetitions of one event: the applicant, the type, the moment, and the members of the body
// whatever their order. The vendor's correlationId is not enough: two events have been seen to share one.
func (e event) dedupe(body []byte) string {
	canonical := jsontext.Value(slices.Clone(body))
	if err := canonical.Canonicalize(); err != nil {
		canonical = body
	}
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(e.ApplicantID), []byte(e.Type), e.CreatedAtMs, []byte(e.CreatedAt), canonical} {
		sum.Write(part)
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// at returns the moment of the event. It is called milliseconds and mostly is a text; old events have seconds only.
func (e event) at() time.Time {
	switch e.CreatedAtMs.Kind() {
	case '"':
		var s string
		if json.Unmarshal(e.CreatedAtMs, &s) == nil {
			if t, err := parseTime(s); err == nil {
				return t
			}
		}
	case '0':
		var ms int64
		if json.Unmarshal(e.CreatedAtMs, &ms) == nil && ms > 0 && ms < 1<<45 {
			return time.UnixMilli(ms).UTC()
		}
	}
	t, err := parseTime(e.CreatedAt)
	if err != nil {
		return time.Time{}
	}
	return t
}
