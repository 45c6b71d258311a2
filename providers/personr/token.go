package personr

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// keeper knows the one token of a connection. A new token kills the one before it at once, so all processes use the same: it lies
// with the providers.Tokens of each call's context.
//
// A token that was set is used as long as the vendor takes it. One that was made is made anew when a tenth of its life is left.
// Either is replaced once when the vendor refuses it, because somebody else has made another, if there is what makes one. It is
// safe for concurrent use.
type keeper struct {
	http     vendorhttp.Client // without a token
	email    string
	password providers.Secret
	set      providers.Secret
	dead     atomic.Bool // the set one was refused, and there is what makes another
	own      providers.OwnTokens
	now      func() time.Time
}

// authorize adds the token to a request.
func (k *keeper) authorize(ctx context.Context, r *http.Request, _ vendorhttp.Body) error {
	token, err := k.current(ctx)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token.Reveal())
	return nil
}

// current returns the token, and makes one if there is none that lasts.
func (k *keeper) current(ctx context.Context) (providers.Secret, error) {
	if !k.set.IsZero() && !k.dead.Load() {
		return k.set, nil
	}
	return k.hold(ctx, providers.Secret{})
}

// refused is told that the vendor did not accept a token. It reports whether there is another to try.
func (k *keeper) refused(ctx context.Context, token providers.Secret) bool {
	if k.email == "" || k.password.IsZero() {
		return false
	}
	if _, err := k.hold(ctx, token); err != nil {
		return false
	}
	k.dead.Store(true)
	return true
}

// hold returns the account's token, another than the one that was refused.
func (k *keeper) hold(ctx context.Context, refused providers.Secret) (providers.Secret, error) {
	t, err := providers.TokensOf(ctx, &k.own).Hold(ctx, k.http.Base+" "+k.email, refused, k.make)
	return t.Value, err
}

// make asks for a token.
func (k *keeper) make(ctx context.Context) (providers.Token, error) {
	body, err := vendorhttp.JSON("personr.token", struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}{k.email, k.password.Reveal()})
	if err != nil {
		return providers.Token{}, err
	}
	// Repeatable: the token that a lost answer held is dead as soon as the next is made.
	res, err := k.http.Do(ctx, vendorhttp.Call{Op: "token", Method: http.MethodPost, Path: "/api-token-generate", Body: body, Repeatable: true})
	if err != nil {
		return providers.Token{}, err
	}
	var a struct {
		Status   string `json:"status"`
		Response struct {
			Token   string `json:"token"`
			Expires int64  `json:"expires"` // seconds
		} `json:"response"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil || a.Status != "success" || a.Response.Token == "" || a.Response.Expires <= 0 {
		return providers.Token{}, fault.New(fault.Malformed, "personr.token", "the answer holds no token")
	}
	life := time.Duration(min(a.Response.Expires, 10*365*24*3600)) * time.Second
	return providers.Token{Value: providers.NewSecret(a.Response.Token), Until: providers.Now(ctx, k.now).Add(life - life/10)}, nil
}
