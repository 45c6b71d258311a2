package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// inFlight is how long a request with an idempotency key is taken to be on its way. One that has not come to an end by
// then was lost, and a repetition takes its place: it makes the same verification, so doing both does no harm.
const inFlight = 10 * time.Second

// promise is what is known of an idempotency key, and what is stored of it for a day.
type promise struct {
	ID          string    `json:"id"`
	CreatedAt   time.Time `json:"createdAt"`
	Fingerprint string    `json:"fingerprint"`
	Since       time.Time `json:"since"` // when somebody began to fulfil it; zero: nobody does
	Done        bool      `json:"done,omitzero"`

	s       *Service
	bucket  *bus.Bucket
	key     string
	tenant  string
	secret  string // what upstream named it; it is not stored
	rev     uint64
	known   bool // it is stored
	anyBody bool // what is repeated is known by its name: the body does not matter
}

// idempotencyKey returns the key of a request or "".
func idempotencyKey(r *http.Request) (string, error) {
	all := r.Header.Values("Idempotency-Key")
	if len(all) == 0 {
		return "", nil
	}
	if len(all) > 1 || all[0] == "" || len(all[0]) > 255 {
		return "", malformed("Idempotency-Key must be given once, with 1 to 255 characters.")
	}
	return all[0], nil
}

// promise returns what is known of a tenant's key, or a new one that nobody else knows of yet.
func (s *Service) promise(ctx context.Context, tenant, key string) (*promise, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b, err := s.idemBucket(ctx)
	if err != nil {
		return nil, err
	}
	id := identity("Idempotency-Key", tenant, key) // no tenant is called so
	sum := sha256.Sum256([]byte(tenant + "\x00" + key))
	now := s.cfg.Now()
	p := &promise{ID: events.NewID(now, id), CreatedAt: now, s: s, bucket: b, key: hex.EncodeToString(sum[:]), tenant: tenant, secret: tenant + "\x00" + key}
	value, rev, ok, err := b.Get(ctx, p.key)
	if err != nil || !ok {
		return p, err
	}
	return p, p.load(value, rev)
}

func (p *promise) load(value []byte, rev uint64) error {
	if err := json.Unmarshal(value, p); err != nil {
		return fault.New(fault.Unknown, "ingest.idempotency", "what is stored of a key cannot be read")
	}
	p.rev, p.known = rev, true
	return nil
}

// claim makes this request the one that fulfils the promise, or reports that it is fulfilled. The error says that
// another is about to, or that the key was used for something else.
func (p *promise) claim(ctx context.Context, fingerprint string) (done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	now := p.s.cfg.Now()
	if !p.known {
		p.Fingerprint, p.Since = fingerprint, now
		existing, rev, created, err := p.bucket.Create(ctx, p.key, p.bytes())
		if err != nil {
			return false, err
		}
		if created {
			p.rev, p.known = rev, true
			return false, nil
		}
		mine := p.ID
		if err := p.load(existing, rev); err != nil {
			return false, err
		}
		if p.ID != mine && (p.Fingerprint == fingerprint || p.anyBody) && !p.Done {
			return false, busy() // what we have sealed is for another id
		}
	}
	switch {
	case p.Fingerprint != fingerprint && !p.anyBody:
		return false, newProblem(http.StatusUnprocessableEntity, "idempotency-mismatch", "The Idempotency-Key was used for another request", "Use a new key for a new request.")
	case p.Done && !p.lost(now):
		return true, nil
	case now.Sub(p.Since) < inFlight:
		return false, busy()
	}
	p.Since = now
	rev, ok, err := p.bucket.Update(ctx, p.key, p.bytes(), p.rev)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, busy()
	}
	p.rev = rev
	return false, nil
}

// lost reports whether a loss of power took the request that this is about, and nothing was decided of it: a repetition begins it again,
// under the same id.
func (p *promise) lost(now time.Time) bool {
	ix := p.s.cfg.Index
	if ix == nil || ix.Ready() != nil || now.Sub(p.CreatedAt) < inFlight { // it may be there, and not be known yet
		return false
	}
	r, found, err := ix.Find(p.tenant, p.ID)
	return err == nil && (!found || r.Opened == 0 && mayMove(r.Status))
}

func busy() *problem {
	p := conflict("in-flight", "A request with this Idempotency-Key is being worked on.")
	p.RetryAfter = 1
	return p
}

// settle says what came of the claim. If that cannot be stored, a repetition waits until the claim is too old.
func (p *promise) settle(ctx context.Context, done bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	p.Done, p.Since = done, time.Time{}
	if _, _, err := p.bucket.Update(ctx, p.key, p.bytes(), p.rev); err != nil {
		p.s.cfg.Log.Warn("an idempotency key is not settled", "verification", p.ID, "cause", err)
	}
}

func (p *promise) bytes() []byte {
	b, _ := json.Marshal(p) // strings, times and a bool: cannot fail
	return b
}

// randomID returns the id of a verification that nobody can repeat.
func (s *Service) randomID(now time.Time) (string, error) {
	var id [10]byte
	if _, err := io.ReadFull(s.cfg.Random, id[:]); err != nil {
		return "", fault.New(fault.Transient, "ingest.id", "no randomness")
	}
	return events.NewID(now, id), nil
}
