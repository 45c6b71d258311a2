package bive

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"

	"github.com/bonafide-id/bonafide/sandbox"
)

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /identity/upload", s.keyed(s.upload))
	mux.HandleFunc("POST /identity/workflow/person", s.keyed(s.createPerson))
	mux.HandleFunc("POST /identity/workflow/business", s.keyed(s.createBusiness))
	mux.HandleFunc("GET /identity/workflow", s.keyed(s.list))
	mux.HandleFunc("GET /l/{token}", s.livenessPage)
	mux.HandleFunc("POST /l/{token}", s.livenessDone)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fail(w, http.StatusNotFound) })
	return mux
}

// keyed lets only requests with the API key through, and only so many.
func (s *Sandbox) keyed(next http.HandlerFunc) http.HandlerFunc {
	want := sha256.Sum256([]byte(s.config.APIKey))
	return func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Api-Key")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			fail(w, http.StatusUnauthorized)
			return
		}
		if quota, ok := s.limiter.Take("key"); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(quota.RetryAfter()))
			fail(w, http.StatusTooManyRequests)
			return
		}
		next(w, r)
	}
}

// fail answers with a status alone.
func fail(w http.ResponseWriter, status int) {
	refuse(w, status, http.StatusText(status))
}

// refuse answers with an error in the object form. A message never repeats what
// was sent.
func refuse(w http.ResponseWriter, status int, message string) {
	codes := map[int]string{
		http.StatusBadRequest: "invalid_parameters", http.StatusUnauthorized: "unauthorized",
		http.StatusNotFound: "not_found", http.StatusUnprocessableEntity: "unprocessable_entity",
		http.StatusTooManyRequests: "rate_limited",
	}
	code := codes[status]
	if code == "" {
		code = "internal_error"
	}
	sandbox.WriteJSON(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}
