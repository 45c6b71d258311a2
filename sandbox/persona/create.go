package persona

import (
	"net/http"
	"net/url"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// create is POST /inquiries.
func (s *Sandbox) create(c *call) (reply, *refusal) {
	template, no := s.template(c)
	if no != nil {
		return reply{}, no
	}
	auto, _ := c.at("meta", "auto-create-account").(bool)
	reference := c.text("meta", "auto-create-account-reference-id")
	switch {
	case !auto && (reference != "" || c.text("meta", "auto-create-account-type-id") != ""):
		return reply{}, bad("meta.auto-create-account is false")
	case reference == "":
		reference = c.text("data", "attributes", "reference-id")
	}
	redirect := c.text("data", "attributes", "redirect-uri")
	if u, err := url.Parse(redirect); err != nil || redirect != "" && u.Host == "" {
		return reply{}, plain(http.StatusUnprocessableEntity, "redirect-uri is not a URL")
	}
	fields, ok := c.at("data", "attributes", "fields").(map[string]any)
	if !ok && c.at("data", "attributes", "fields") != nil {
		return reply{}, bad("data.attributes.fields must be an object")
	}
	email, _ := fields["email-address"].(string)
	i := &inquiry{
		id: s.id("inq_"), reference: reference, template: template, note: c.text("data", "attributes", "note"), redirect: redirect,
		base: s.base(c.r), fields: map[string]any{}, story: sandbox.StoryOf(email), status: created,
	}
	for name, v := range fields {
		i.fields[name] = v
	}
	if tags, ok := c.at("data", "attributes", "tags").([]any); ok {
		for _, t := range tags {
			if name, ok := t.(string); ok {
				i.tags = append(i.tags, name)
			}
		}
	}
	if s.stage.Stumble(i.story, or(reference, email)) {
		return reply{}, plain(http.StatusInternalServerError, "")
	}
	life := seconds(c.at("meta", "expiration-after-create-interval-seconds"), inquiryLife)
	now := s.clock.Now()
	i.created, i.updated, i.expires = now, now, now.Add(life)
	if auto {
		i.account = s.account(reference)
	}
	s.inquiries, s.byID[i.id] = append(s.inquiries, i), i
	s.stage.Ledger.Create("inquiry.create", or(reference, i.id))
	s.emit(i, "inquiry.created", i.view(s.config.WebhookVersion))
	s.lapse(i, life)

	meta := map[string]any{"session-token": nil, "one-time-link": nil, "one-time-link-short": nil}
	if yes, _ := c.at("meta", "auto-create-inquiry-session").(bool); yes {
		meta["session-token"] = s.session(i)
	}
	if yes, _ := c.at("meta", "auto-create-one-time-link").(bool); yes {
		meta["one-time-link"], meta["one-time-link-short"] = s.link(i, seconds(c.at("meta", "one-time-link-expiration-seconds"), linkLife))
	}
	return reply{status: http.StatusCreated, data: i.view(c.version), included: i.included(c), meta: meta}, nil
}

// template returns the template of a request: exactly one of three ways to name it.
func (s *Sandbox) template(c *call) (string, *refusal) {
	named := ""
	for _, name := range []string{"template-id", "inquiry-template-id", "inquiry-template-version-id"} {
		id := c.text("data", "attributes", name)
		switch {
		case id == "":
		case named != "":
			return "", bad("exactly one of template-id, inquiry-template-id and inquiry-template-version-id is needed")
		default:
			named = id
		}
	}
	switch {
	case named == "":
		return "", bad("data.attributes.inquiry-template-id is missing")
	case named != s.config.Template:
		return "", noRecord()
	}
	return named, nil
}

// account returns the account of a reference id: inquiries with the same one join it.
func (s *Sandbox) account(reference string) string {
	if id := s.accounts[reference]; id != "" && reference != "" {
		return id
	}
	id := s.id("act_")
	s.accounts[reference] = id
	return id
}

// seconds reads a number of seconds.
func seconds(v any, otherwise time.Duration) time.Duration {
	if n, ok := v.(float64); ok && n > 0 {
		return time.Duration(n * float64(time.Second))
	}
	return otherwise
}
