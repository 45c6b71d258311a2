package personr

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// WebhookConfig is what the vendor's webhooks carry: a token that never changes, in a header, if the account says so.
// Without tokens every webhook is taken; it is a hint in any case, and what it says is read again.
type WebhookConfig struct {
	Tokens providers.Secrets `env:"WEBHOOK_TOKENS"`
}

type webhook struct{ tokens providers.Secrets }

func openWebhook(c WebhookConfig) (providers.Webhook, error) { return &webhook{c.Tokens}, nil }

// Authenticate compares the bearer token, where there are any. The vendor signs nothing.
func (w *webhook) Authenticate(h http.Header, _ []byte, _ time.Time) error {
	if len(w.tokens) == 0 {
		return nil
	}
	got, bearer := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	sum := sha256.Sum256([]byte(got))
	if !w.tokens.Any(func(token string) bool {
		want := sha256.Sum256([]byte(token))
		return subtle.ConstantTimeCompare(sum[:], want[:]) == 1
	}) || !bearer || len(h.Values("Authorization")) != 1 {
		return fault.New(fault.Unauthorized, "personr.webhook", "the token is missing or wrong")
	}
	return nil
}

// news is a webhook in any of its shapes: flat for a person or an entity, or a copy of the status answer.
type news struct {
	ID          string   `json:"applicantId"`
	Action      string   `json:"actionStatus"`
	Status      string   `json:"status"` // of an entity; "success" in a copy
	Answer      string   `json:"reviewAnswer"`
	Labels      []string `json:"rejectLabels"`
	ExternalIDs []string `json:"externalUserId"`
	Response    *state   `json:"response"`
}

// Route takes verification and check from the external id that the vendor repeats. An applicant without one of ours is none
// of our business: the check is asked for from time to time anyway. There is no event id; repetitions say the same.
func (w *webhook) Route(pathID string, _ http.Header, body []byte) (providers.Hint, error) {
	var n news
	if err := strictjson.Unmarshal(body, &n); err != nil {
		return providers.Hint{}, fault.Wrap(fault.Malformed, "personr.webhook", err)
	}
	if n.Response != nil { // the older shape
		n.Action, n.ExternalIDs = n.Response.Applicant, n.Response.ExternalIDs
		if r := n.Response.Result; r != nil {
			n.Answer, n.Labels = r.Answer, r.Labels
		}
	} else if n.ID == "" {
		return providers.Hint{}, fault.New(fault.Malformed, "personr.webhook", "no applicant")
	}
	hint := providers.Hint{Event: "reviewed"}
	for _, id := range n.ExternalIDs {
		if v, check, ok := strings.Cut(id, "."); ok && strings.HasPrefix(v, "vrf_") {
			hint.Verification, hint.Check = v, check
		}
	}
	if hint.Verification == "" {
		hint.Verification = pathID
	}
	if hint.Verification == "" {
		return providers.Hint{Event: "reviewed", Ignore: true}, nil
	}
	slices.Sort(n.Labels)
	sum := sha256.New()
	for _, part := range append([]string{n.ID, n.Action, n.Status, n.Answer, hint.Check}, n.Labels...) {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	hint.Dedupe = hex.EncodeToString(sum.Sum(nil)[:16])
	return hint, nil
}
