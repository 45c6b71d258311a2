package authologic

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long a bearer token is good. The vendor's page has no number.
const tokenLife = time.Hour

// account says that a request has the account's name and key.
func (s *Sandbox) account(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && same(user+"\x00"+password, s.config.Username+"\x00"+s.config.Password)
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// bearer says that a request has a token that was given out here and is still good.
func (s *Sandbox) bearer(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok && s.stage.Clock.Now().Before(s.tokens[token])
}

// strangers are told who may come in.
func strangers(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="Realm"`)
	w.WriteHeader(http.StatusUnauthorized)
}

// token gives the account a bearer token: OAuth2 client credentials, the same pair as for Basic.
func (s *Sandbox) token(w http.ResponseWriter, r *http.Request) {
	if !s.account(r) {
		strangers(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.PostFormValue("grant_type") != "client_credentials" {
		send(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	token := s.stage.IDs.Token(40)
	s.mu.Lock()
	s.tokens[token] = s.stage.Clock.Now().Add(tokenLife)
	s.mu.Unlock()
	send(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds())})
}
