package dispatch

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
)

const (
	tokenLook    = 100 * time.Millisecond // between two looks while somebody else makes a token
	tokenRefresh = 24 * time.Hour         // after which a kept token is written anew: what lies in the bucket goes away by age
)

// tokens is the providers.Tokens of one connection: the token lies sealed beside what the connection has spent, so that all
// dispatchers, and the next ones, use the same. Who makes a new one says so there first; one whose word is older than a call may
// take has died over it.
type tokens struct {
	bucket   *bus.Bucket
	opener   *seal.Opener
	provider string
	bound    time.Duration // of a call
	now      func() time.Time

	turn    chan struct{} // one has it; guards the rest
	account string
	held    providers.Token
	rev     uint64
	written time.Time
}

func newTokens(bucket *bus.Bucket, opener *seal.Opener, spec providers.Spec, now func() time.Time) *tokens {
	return &tokens{bucket: bucket, opener: opener, provider: spec.Name, bound: spec.Timeout, now: now, turn: make(chan struct{}, 1)}
}

// keptToken is what is written down: the token, sealed, and until when somebody is making another, in milliseconds.
type keptToken struct {
	Box    []byte `json:"box,omitempty"`
	Making int64  `json:"making,omitzero"`
}

// sealedToken is what is in the box.
type sealedToken struct {
	Token string `json:"token"`
	Until int64  `json:"until"` // milliseconds
}

// Hold is that of providers.Tokens. The calls of one process wait for each other, those of several look into the bucket.
func (k *tokens) Hold(ctx context.Context, account string, refused providers.Secret, renew func(context.Context) (providers.Token, error)) (providers.Token, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return providers.Token{}, k.busy()
	}
	if k.account == account && k.held.Serves(k.now(), refused) {
		if k.now().Sub(k.written) >= tokenRefresh {
			k.write(ctx, keptToken{Box: k.seal(account, k.held)}, k.rev) // where that fails somebody has made another, or will after us
			k.written = k.now()
		}
		return k.held, nil
	}
	for ctx.Err() == nil {
		kept, rev, err := k.read(ctx)
		if err != nil {
			return providers.Token{}, fault.New(fault.Transient, k.provider+".token", "what is written down of the token cannot be read; nothing was sent")
		}
		now := k.now()
		if t := k.open(account, kept.Box); t.Serves(now, refused) {
			k.account, k.held, k.rev, k.written = account, t, rev, now
			return t, nil
		}
		claimed := time.UnixMilli(kept.Making).Sub(now)
		if (claimed <= 0 || claimed > k.bound) && k.write(ctx, keptToken{Box: kept.Box, Making: now.Add(k.bound).UnixMilli()}, rev) {
			return k.replace(ctx, account, kept.Box, renew)
		}
		rest(ctx, tokenLook)
	}
	return providers.Token{}, k.busy()
}

func (k *tokens) busy() error {
	return fault.New(fault.Transient, k.provider+".token", "somebody else is making a token; nothing was sent")
}

// replace makes a token, after it was written down that this one does. A new token that cannot be written down serves here all
// the same: those before it are dead. Whoever calls has the turn.
func (k *tokens) replace(ctx context.Context, account string, before []byte, renew func(context.Context) (providers.Token, error)) (providers.Token, error) {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second+k.bound)
	defer cancel()
	t, err := renew(ctx)
	if err != nil {
		k.write(end, keptToken{Box: before}, k.rev) // else the others wait until that may be dead
		return providers.Token{}, err
	}
	k.account, k.held, k.written = account, t, time.Time{}
	k.write(end, keptToken{Box: k.seal(account, t)}, k.rev)
	return t, nil
}

func (k *tokens) key() string { return "token." + k.provider }

// read returns what is written down; revision 0 where there is nothing. What is not ours counts as nothing.
func (k *tokens) read(ctx context.Context) (kept keptToken, rev uint64, err error) {
	value, rev, ok, err := k.bucket.Get(ctx, k.key())
	if err != nil || !ok {
		return keptToken{}, 0, err
	}
	if json.Unmarshal(value, &kept) != nil {
		kept = keptToken{}
	}
	return kept, rev, nil
}

// write stores what is kept if nobody else has written since rev, and reports whether it did. Whoever calls has the turn.
func (k *tokens) write(ctx context.Context, kept keptToken, rev uint64) bool {
	value, err := json.Marshal(kept)
	if err != nil {
		return false
	}
	ok := false
	if rev == 0 {
		_, rev, ok, err = k.bucket.Create(ctx, k.key(), value)
	} else {
		rev, ok, err = k.bucket.Update(ctx, k.key(), value, rev)
	}
	if err != nil || !ok {
		return false
	}
	k.rev, k.written = rev, k.now()
	return true
}

// aad ties a token to its account: with another one configured it does not open.
func (k *tokens) aad(account string) seal.AAD {
	return seal.AAD{Verification: k.provider + " " + account, Kind: seal.KindToken}
}

// seal returns a token sealed, nil when it cannot be: then it is held here only.
func (k *tokens) seal(account string, t providers.Token) []byte {
	plain, err := json.Marshal(sealedToken{t.Value.Reveal(), t.Until.UnixMilli()})
	if err != nil {
		return nil
	}
	defer clear(plain)
	box, err := k.opener.SealAlone(k.aad(account), plain)
	if err != nil {
		return nil
	}
	return box
}

// open returns the token in a box, none where it is not for us: of another account, or under a keyset that is gone.
func (k *tokens) open(account string, box []byte) providers.Token {
	plain, err := k.opener.OpenAlone(k.aad(account), box)
	if err != nil {
		return providers.Token{}
	}
	defer clear(plain)
	var s sealedToken
	if json.Unmarshal(plain, &s) != nil || s.Token == "" {
		return providers.Token{}
	}
	return providers.Token{Value: providers.NewSecret(s.Token), Until: time.UnixMilli(s.Until)}
}
