package sumsub

import (
	"context"
	"net/url"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Link makes a page of the vendor for whoever of a check has something to do: the subject, and the persons of a business.
// Where the review is under way or at its end there is nothing to open, and the reply says how it stands.
func (c *client) Link(ctx context.Context, r providers.Request) (providers.Reply, error) {
	t, err := c.talk(r)
	if err != nil {
		return providers.Reply{}, err
	}
	subject, people, err := c.plan(r)
	if err != nil {
		return providers.Reply{}, err
	}
	if t.ref.ID == "" {
		if _, _, err := t.enrol(ctx, subject, &t.ref.account); err != nil {
			return t.end(err)
		}
	}
	for _, e := range append([]enrolment{subject}, people...) {
		if err := t.relink(ctx, e); err != nil {
			return t.end(err)
		}
	}
	return t.end(nil)
}

// relink reads one applicant and makes a page where the applicant can act.
func (t *talk) relink(ctx context.Context, e enrolment) error {
	at := t.ref.of(e.person)
	if at == nil {
		return nil
	}
	before := len(t.reply.Exchanges)
	if err := t.look(ctx, e.person, at); err != nil {
		return err
	}
	var v review
	if !decode(t.reply.Exchanges[before].Body, &v) {
		return nil // Read says what is wrong with it
	}
	switch {
	case v.ReviewStatus == initial, v.ReviewStatus == "awaitingUser", v.ReviewStatus == completed && v.ReviewResult.verdict() == red+" "+retry:
		return t.openLink(ctx, e, at)
	}
	return nil
}

// linkLife is how long a link leads to the vendor's page. Another one is made when it has run out.
const linkLife = time.Hour

// openLink asks for a link to the vendor's page.
func (t *talk) openLink(ctx context.Context, e enrolment, at *account) error {
	type redirect struct {
		SuccessURL string `json:"successUrl,omitzero"`
		RejectURL  string `json:"rejectUrl,omitzero"`
	}
	body, err := vendorhttp.JSON("sumsub.link", struct {
		LevelName string   `json:"levelName"`
		UserID    string   `json:"userId"`
		TTL       int      `json:"ttlInSecs"`
		Redirect  redirect `json:"redirect,omitzero"`
	}{e.level, e.body.ExternalUserID, int(linkLife / time.Second), redirect{t.returnURL, t.returnURL}})
	if err != nil {
		return err
	}
	query := url.Values{}
	if e.body.Lang != "" {
		query.Set("lang", e.body.Lang)
	}
	answer, err := t.post(ctx, named(opLink, e.person), "/resources/sdkIntegrations/levels/-/websdkLink", query, body)
	if err != nil {
		return err
	}
	var l struct {
		URL string `json:"url"`
	}
	if !decode(answer.Body, &l) || l.URL == "" {
		return fault.New(fault.Malformed, "sumsub.link", "the vendor's answer holds no link")
	}
	at.Link, at.LinkUntil = l.URL, sent(answer, t.reply.At).Add(linkLife)
	return nil
}
