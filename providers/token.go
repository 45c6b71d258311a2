package providers

import (
	"context"
	"sync"
	"time"
)

// Token is a credential that a vendor has made for a connection, and until when it serves.
type Token struct {
	Value Secret
	Until time.Time
}

// Serves says that the token is there, has time left at now and is not the one that the vendor refused.
func (t Token) Serves(now time.Time, refused Secret) bool {
	return !t.Value.IsZero() && now.Before(t.Until) && t.Value.Reveal() != refused.Reveal()
}

// Tokens holds the token of a connection for all processes that use it. That is for vendors that know one token at a time: a
// new one kills the one before, so that two who each make their own log each other out for ever.
//
// Implementations are safe for concurrent use.
type Tokens interface {
	// Hold returns the token that is held for an account. When there is none, when its time is over, or when it is the one that
	// the vendor refused, one of all who ask makes a new one, and the others wait for it or for ctx's end. Errors are those of
	// make, or have class Transient.
	Hold(ctx context.Context, account string, refused Secret, make func(context.Context) (Token, error)) (Token, error)
}

type tokensKey struct{}

// WithTokens returns a context in which a provider finds who holds its token.
func WithTokens(ctx context.Context, t Tokens) context.Context {
	return context.WithValue(ctx, tokensKey{}, t)
}

// TokensOf returns who holds the token in ctx, or otherwise: a process of its own that shares with nobody.
func TokensOf(ctx context.Context, otherwise Tokens) Tokens {
	if t, ok := ctx.Value(tokensKey{}).(Tokens); ok {
		return t
	}
	return otherwise
}

// OwnTokens holds the token of one process.
type OwnTokens struct {
	Now func() time.Time

	mu      sync.Mutex
	account string
	held    Token
}

// Hold is that of Tokens; it waits for who is making one even after ctx's end, which bounds the making.
func (o *OwnTokens) Hold(ctx context.Context, account string, refused Secret, make func(context.Context) (Token, error)) (Token, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.account == account && o.held.Serves(o.Now(), refused) {
		return o.held, nil
	}
	made, err := make(ctx)
	if err != nil {
		return Token{}, err
	}
	o.account, o.held = account, made
	return made, nil
}
