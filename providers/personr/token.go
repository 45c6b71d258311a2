package personr

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// keeper holds the one token of a connection. A new token kills the one before it at once, so there must be one keeper per
// account: a rated connection has one owner among all dispatchers. After a change of owner the former one's calls are refused
// and come again at the new one.
//
// A token that was set is used as long as the vendor takes it. One that was made is made anew when a tenth of its life is left.
// Either is replaced once when the vendor refuses it, because somebody else has made another, if there is what makes one. It is
// safe for concurrent use.
type keeper struct {
	http     vendorhttp.Client // without a token
	email    string
	password providers.Secret
	now      func() time.Time

	mu    sync.Mutex
	token providers.Secret
	made  bool
	until time.Time // when to make the next; of a made one
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
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.token.IsZero() && (!k.made || k.now().Before(k.until)) {
		return k.token, nil
	}
	return k.token, k.make(ctx)
}

// refused is told that the vendor did not accept a token. It reports whether there is another to try.
func (k *keeper) refused(ctx context.Context, token providers.Secret) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.token.Reveal() != token.Reveal() {
		return true // somebody has made one meanwhile
	}
	return k.email != "" && !k.password.IsZero() && k.make(ctx) == nil
}

// make asks for a token; the lock is held, so that all who wait get the same.
func (k *keeper) make(ctx context.Context) error {
	body, err := vendorhttp.JSON("personr.token", struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}{k.email, k.password.Reveal()})
	if err != nil {
		return err
	}
	// Repeatable: the token that a lost answer held is dead as soon as the next is made.
	res, err := k.http.Do(ctx, vendorhttp.Call{Op: "token", Method: http.MethodPost, Path: "/api-token-generate", Body: body, Repeatable: true})
	if err != nil {
		return err
	}
	var a struct {
		Status   string `json:"status"`
		Response struct {
			Token   string `json:"token"`
			Expires int64  `json:"expires"` // seconds
		} `json:"response"`
	}
	if err := strictjson.Unmarshal(res.Body, &a); err != nil || a.Status != "success" || a.Response.Token == "" || a.Response.Expires <= 0 {
		return fault.New(fault.Malformed, "personr.token", "the answer holds no token")
	}
	life := time.Duration(min(a.Response.Expires, 10*365*24*3600)) * time.Second
	k.token, k.made, k.until = providers.NewSecret(a.Response.Token), true, k.now().Add(life-life/10)
	return nil
}
