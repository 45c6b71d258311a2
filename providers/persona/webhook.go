package persona

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// WebhookConfig is what authenticating a webhook needs.
type WebhookConfig struct {
	// Secrets of the vendor's webhooks, as given: wbhsec_….
	Secrets providers.Secrets `env:"WEBHOOK_SECRETS"`
	// Tolerance is how old a signature may be; 0 is any age. The vendor documents no window, and does not say whether a
	// repetition is signed afresh. A webhook is only a hint, so an old one does no harm.
	Tolerance time.Duration `env:"WEBHOOK_TOLERANCE, default=0"`
}

const (
	signature = "Persona-Signature"
	maxGroups = 8 // signatures in one header: one, or two while a secret is rotated
)

// webhook authenticates and routes. It is immutable.
type webhook struct {
	secrets   providers.Secrets
	tolerance time.Duration
}

func openWebhook(c WebhookConfig) (providers.Webhook, error) {
	if len(c.Secrets) == 0 {
		return nil, errors.New("PERSONA_WEBHOOK_SECRETS is required")
	}
	if c.Tolerance < 0 {
		return nil, errors.New("PERSONA_WEBHOOK_TOLERANCE is negative")
	}
	return &webhook{c.Secrets, c.Tolerance}, nil
}

// signed is one signature of a header: HMAC-SHA256 over "<t>.<body>".
type signed struct {
	t   string
	mac []byte
}

// Authenticate accepts a body that one of the signatures in the header is right for, under one of the secrets. While a
// secret is rotated the vendor signs with both.
func (w *webhook) Authenticate(h http.Header, body []byte, now time.Time) error {
	values := h.Values(signature)
	if len(values) != 1 {
		return refused("not exactly one signature header")
	}
	groups := groupsOf(values[0])
	if len(groups) == 0 {
		return refused("no signature that can be read")
	}
	found := false
	for _, g := range groups {
		if w.secrets.Any(func(secret string) bool {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(g.t + "."))
			mac.Write(body)
			return hmac.Equal(mac.Sum(nil), g.mac)
		}) && w.fresh(g.t, now) {
			found = true
		}
	}
	if !found {
		return refused("the signature does not match")
	}
	return nil
}

func refused(why string) error { return fault.New(fault.Unauthorized, "persona.webhook", why) }

func (w *webhook) fresh(t string, now time.Time) bool {
	if w.tolerance == 0 {
		return true
	}
	n, err := strconv.ParseInt(t, 10, 64)
	return err == nil && now.Sub(time.Unix(n, 0)).Abs() <= w.tolerance
}

// groupsOf reads "t=…,v1=… t=…,v1=…". What it does not know in a group it skips; a group without both it drops.
func groupsOf(header string) []signed {
	if len(header) > 4096 {
		return nil
	}
	var out []signed
	for n, group := range strings.Fields(header) {
		if n == maxGroups {
			break
		}
		var g signed
		for part := range strings.SplitSeq(group, ",") {
			name, value, _ := strings.Cut(part, "=")
			switch name {
			case "t":
				g.t = value
			case "v1":
				if b, err := hex.DecodeString(value); err == nil && len(b) == sha256.Size {
					g.mac = b
				}
			}
		}
		if _, err := strconv.ParseUint(g.t, 10, 63); err == nil && g.mac != nil {
			out = append(out, g)
		}
	}
	return out
}

// event is a webhook's body. The keys of a webhook can be in another inflection than those of the API.
type event struct {
	Data struct {
		Type       string `json:"type"`
		ID         string `json:"id"`
		Attributes struct {
			Name string `json:"name"`
			moments
			Payload struct {
				Data     thing   `json:"data"`
				Included []thing `json:"included"`
			} `json:"payload"`
		} `json:"attributes"`
	} `json:"data"`
}

type moments struct {
	Kebab string `json:"created-at"`
	Camel string `json:"createdAt"`
	Snake string `json:"created_at"`
}

// thing is an object of which only our own id is looked at.
type thing struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Attributes struct {
		Kebab string `json:"reference-id"`
		Camel string `json:"referenceId"`
		Snake string `json:"reference_id"`
	} `json:"attributes"`
}

func (t thing) reference() string {
	return t.Attributes.Kebab + t.Attributes.Camel + t.Attributes.Snake
}

// about are the events that are worth a look at the inquiry. Their payload is the inquiry itself, or comes with it when the
// webhook is set up to include it; without that an event about a verification or a report is nobody's, and polling finds it.
var about = regexp.MustCompile(`^(inquiry|verification|report/[a-z-]+)\.[a-z-]+$`)

// Route reads which check an authentic webhook is about from the external id that Send gave the vendor.
func (w *webhook) Route(pathID string, _ http.Header, body []byte) (providers.Hint, error) {
	var e event
	if err := strictjson.Unmarshal(body, &e); err != nil {
		return providers.Hint{}, fault.Wrap(fault.Malformed, "persona.webhook", err)
	}
	name := e.Data.Attributes.Name
	if e.Data.ID == "" || name == "" {
		return providers.Hint{}, fault.New(fault.Malformed, "persona.webhook", "no event id or no name")
	}
	sum := sha256.Sum256([]byte(e.Data.ID))
	at := e.Data.Attributes.moments
	hint := providers.Hint{Event: "other", Dedupe: hex.EncodeToString(sum[:16]), At: moment(at.Kebab + at.Camel + at.Snake)}
	if !about.MatchString(name) || len(name) > 64 {
		hint.Ignore = true
		return hint, nil
	}
	hint.Event = name
	reference := ""
	for _, t := range append([]thing{e.Data.Attributes.Payload.Data}, e.Data.Attributes.Payload.Included...) {
		if t.Type == "inquiry" && reference == "" {
			reference = t.reference()
		}
	}
	verification, check, ok := strings.Cut(reference, ".")
	switch {
	case ok && verification != "" && check != "" && (pathID == "" || pathID == verification):
		hint.Verification, hint.Check = verification, check
	case reference == "" && pathID != "":
		hint.Verification = pathID
	default:
		hint.Ignore = true
	}
	return hint, nil
}
