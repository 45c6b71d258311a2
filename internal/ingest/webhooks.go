package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// webhook serves POST /webhooks/{provider} and /webhooks/{provider}/{id}: authenticated on the raw bytes, stored, then
// acknowledged.
func (s *Service) webhook(c *call) error {
	name := c.PathValue("provider")
	hook, ok := s.cfg.Webhooks[name]
	if !ok {
		return notFound()
	}
	count := func(outcome string) { s.metrics.webhooks.WithLabelValues(name, outcome).Inc() }
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, maxBody))
	if err != nil {
		count("unread")
		return rawProblem(err)
	}
	now := s.cfg.Now()
	if err := hook.Authenticate(c.Header, body, now); err != nil {
		count("refused")
		return newProblem(http.StatusUnauthorized, "bad-signature", "The webhook is not authentic", "")
	}
	hint, err := hook.Route(c.PathValue("id"), c.Header, body)
	switch {
	case err != nil:
		if err := s.bury(c.Context(), name, c.id, body); err != nil {
			count("unstored")
			return err
		}
		count("unreadable")
	case hint.Ignore || !events.ValidID(hint.Verification) || s.cfg.Index != nil && s.cfg.Index.Erased(hint.Verification):
		count("ignored")
	default:
		c.id = hint.Verification
		s.join(c, s.traceOf(c.Context(), hint.Verification))
		box, err := s.evidence(c.Context(), hint.Verification, seal.KindWebhook, body)
		if err != nil {
			count("unstored")
			return err
		}
		w := events.WebhookReceived{ID: hint.Verification, Provider: name, Check: hint.Check, Event: hint.Event, Dedupe: hint.Dedupe,
			At: hint.At, Signed: !hook.Unsigned, Body: box}
		word := identity(name, hint.Verification, hint.Dedupe)
		e := events.Event{ID: "webhook/" + name + "/" + hex.EncodeToString(word[:]), Source: source, Subject: hint.Verification, Time: now, Data: w, TraceParent: c.from}
		if err := s.put(c.Context(), e); err != nil {
			count("unstored")
			return err
		}
		count("stored")
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// rawProblem says what an error of reading a webhook's body is.
func rawProblem(err error) error {
	if _, ok := err.(*http.MaxBytesError); ok {
		return tooLarge("A webhook may have 1 MiB.")
	}
	return bodyProblem(err)
}

// inlineMost is how large a box may be that travels in an event: the broker takes messages of 1 MiB, and base64 adds a third.
const inlineMost = 512 << 10

// evidence seals bytes that a vendor has sent: small ones into the event, others into the blob store. What we cannot know
// at the door is the tenant, so the box names none.
func (s *Service) evidence(ctx context.Context, id, kind string, body []byte) (*events.Evidence, error) {
	a := seal.AAD{Verification: id, Kind: kind}
	if len(body) > inlineMost {
		return s.largeEvidence(ctx, a, body)
	}
	box, err := s.cfg.Sealer.Seal(ctx, a, body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(box.Box)
	return &events.Evidence{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(body)), Sealed: &box}, nil
}

// bury keeps an authentic webhook that cannot be read, so that nothing a vendor has told us is lost. About is the verification
// that its address names, or "".
func (s *Service) bury(ctx context.Context, provider, about string, body []byte) error {
	sum := sha256.Sum256(body)
	id := "webhook/" + provider + "/" + hex.EncodeToString(sum[:])
	dead := events.DeadLettered{ID: about, Stream: "webhook", Op: "ingest.webhook", Class: string(fault.Malformed), Why: "an authentic webhook of " + provider + " that cannot be read, " + strconv.Itoa(len(body)) + " bytes",
		At: s.cfg.Now(), Subject: "webhooks." + provider}
	if len(body) <= inlineMost {
		box, err := s.cfg.Sealer.Seal(ctx, seal.AAD{Kind: seal.KindDead}, body)
		if err != nil {
			return err
		}
		dead.Message = &box
	}
	return s.put(ctx, events.Event{ID: id, Source: source, Time: s.cfg.Now(), Data: dead})
}

func (s *Service) largeEvidence(ctx context.Context, a seal.AAD, body []byte) (*events.Evidence, error) {
	ref, err := blob.NewRef(s.cfg.Random)
	if err != nil {
		return nil, err
	}
	e := &events.Evidence{Ref: ref}
	err = s.cfg.Blobs.Write(ctx, ref, func(w io.Writer) error {
		var err error
		e.Key, e.SHA256, e.Size, err = s.cfg.Sealer.SealStream(ctx, a, bytes.NewReader(body), w)
		return err
	})
	return e, err
}
