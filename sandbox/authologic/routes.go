package authologic

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

const (
	mediaType = "application/vnd.authologic.v1.1+json"
	maxBody   = 1 << 20
)

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, h func(*http.Request) answer) { mux.HandleFunc(pattern, s.known(h)) }
	mux.HandleFunc("POST /api/oauth2/token", s.token)
	on("POST /api/conversations", s.create)
	on("GET /api/conversations/{id}", s.read)
	on("DELETE /api/conversations/{id}", s.remove)
	on("DELETE /api/subscriptions/{id}/aml", s.unsubscribe)
	on("GET /api/conversations/{id}/aml/{list}", s.list)
	on("GET /api/conversations/{id}/identity/metadata", s.metadata)
	on("GET /api/conversations/{id}/bankTransactions", s.transactions)
	on("GET /api/conversations/{id}/bankTransactions/accounts", s.accounts)
	mux.HandleFunc("GET /c/{page}", s.page)
	mux.HandleFunc("POST /c/{page}", s.page)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, http.StatusNotFound, "", "Item not found") })
	return mux
}

// answer is what a call is answered with: a body, or an error.
type answer struct {
	status     int
	body       any
	detail     string
	message    string
	violations []violation
}

type violation struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func found(body any) answer { return answer{status: http.StatusOK, body: body} }

func wrong(status int, detail, message string) answer {
	return answer{status: status, detail: detail, message: message}
}

func invalid(field, message string) answer {
	return answer{status: http.StatusBadRequest, message: "Validation failed", violations: []violation{{field, message}}}
}

// known lets only the account through, and only in the version that it was written for.
func (s *Sandbox) known(h func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.account(r) && !s.bearer(r) {
			strangers(w)
			return
		}
		if r.Header.Get("Accept") != mediaType || r.Method == http.MethodPost && r.Header.Get("Content-Type") != mediaType {
			refuse(w, http.StatusBadRequest, "", "Accept and Content-Type must be "+mediaType)
			return
		}
		a := h(r)
		if a.status >= 400 {
			write(w, a)
			return
		}
		w.Header().Set("X-Request-Id", s.stage.IDs.UUID())
		if a.body == nil {
			w.WriteHeader(a.status)
			return
		}
		send(w, a.status, a.body)
	}
}

// words are the names of statuses in error bodies.
var words = map[int]string{
	http.StatusBadRequest: "BAD_REQUEST", http.StatusForbidden: "FORBIDDEN", http.StatusNotFound: "NOT_FOUND", http.StatusConflict: "CONFLICT",
	http.StatusGone: "GONE", http.StatusPaymentRequired: "PAYMENT_REQUIRED", http.StatusInternalServerError: "INTERNAL_SERVER_ERROR",
}

func refuse(w http.ResponseWriter, status int, detail, message string) {
	write(w, wrong(status, detail, message))
}

// write writes an error. A message never repeats what was sent.
func write(w http.ResponseWriter, a answer) {
	if a.violations == nil {
		a.violations = []violation{}
	}
	word := words[a.status]
	if word == "" {
		word = strings.ToUpper(strings.ReplaceAll(http.StatusText(a.status), " ", "_"))
	}
	body := map[string]any{"status": word, "message": a.message, "violations": a.violations}
	if a.detail != "" {
		body["statusDetail"] = a.detail
	}
	send(w, a.status, body)
}

func send(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		http.Error(w, "cannot encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	w.Write(body)
}

// find returns a conversation, or why there is none; the lock is held.
func (s *Sandbox) find(r *http.Request) (*conversation, *answer) {
	c := s.byID[r.PathValue("id")]
	switch {
	case c == nil:
		a := wrong(http.StatusNotFound, "", "Item not found")
		return nil, &a
	case c.gone:
		a := wrong(http.StatusGone, "", "Conversation is unavailable due to retention policy.")
		return nil, &a
	}
	return c, nil
}

// read shows a conversation.
func (s *Sandbox) read(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.find(r)
	if refused != nil {
		return *refused
	}
	if s.stage.Stumble(c.story, c.UserKey) {
		return wrong(http.StatusInternalServerError, "", "Unexpected error")
	}
	s.stage.Ledger.Read("conversation")
	return found(c.view())
}
