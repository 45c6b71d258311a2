package ingest

import (
	"context"
	"io"
	"net/http"

	"github.com/bonafide-id/bonafide/events"
)

// create serves POST /v1/verifications.
func (s *Service) create(c *call) error {
	if !isJSON(mediaType(c.Request)) {
		return wrongType("Send application/json.")
	}
	o := origin{tenant: c.cred.Tenant, at: s.cfg.Now()}
	o.TraceParent = c.from
	key, err := idempotencyKey(c.Request)
	if err != nil {
		return err
	}
	if key == "" {
		if o.id, err = s.randomID(o.at); err != nil {
			return err
		}
		r, err := s.take(c.Context(), c.Body, o, nil)
		if err != nil {
			return err
		}
		return accepted(c, r)
	}
	promise, err := s.promise(c.Context(), c.cred.Tenant, key)
	if err != nil {
		return err
	}
	o.id, o.at = promise.ID, promise.CreatedAt
	r, err := s.take(c.Context(), c.Body, o, promise)
	if err != nil {
		return err
	}
	return accepted(c, r)
}

// accepted answers 202.
func accepted(c *call, r receipt) error {
	c.id = r.ID
	c.w.Header().Set("Location", "/v1/verifications/"+r.ID)
	return answer(c.w, http.StatusAccepted, r)
}

// take receives a request's body and stores it as the first input of verification o.id. With a promise a repetition
// gets the answer of the first.
func (s *Service) take(ctx context.Context, from io.Reader, o origin, p *promise) (r receipt, err error) {
	u := s.uploads(ctx, o.id, o.tenant)
	stored := false
	defer func() {
		if !stored {
			u.discard()
		}
	}()
	body, err := receive(from, contentOfRequest, u)
	if err != nil {
		return receipt{}, err
	}
	req, err := s.request(body, u)
	if err != nil {
		return receipt{}, err
	}
	if p != nil {
		done, err := p.claim(ctx, u.fingerprint(p.secret, canonical(body)))
		if err != nil {
			return receipt{}, err
		}
		if done {
			return receiptOf(events.VerificationOpened{ID: p.ID, Flow: req.Flow, Reference: req.Reference}, p.CreatedAt), nil
		}
	}
	e, err := s.open(req, o, u)
	if err == nil {
		stored = true // from here on it may be, whatever the answer says
		err = s.put(ctx, e)
	}
	if p != nil {
		p.settle(ctx, err == nil)
	}
	if err != nil {
		return receipt{}, err
	}
	return receiptOf(e.Data.(events.VerificationOpened), o.at), nil
}

// traceParent returns a trace context that has the form of one, else "".
func traceParent(s string) string {
	if len(s) != 55 || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') {
			return ""
		}
	}
	return s
}
