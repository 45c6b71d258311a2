package personr

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// maxBody bounds a request: documents are base64 in JSON.
const maxBody = 32 << 20

// prefix is where the platform runs workflows. They answer without it too, for whoever takes the host as the base.
const prefix = "/api/1.1/wf"

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	on := func(name string, h http.HandlerFunc) {
		mux.HandleFunc("POST "+prefix+"/"+name, h)
		mux.HandleFunc("POST /"+name, h)
	}
	on("api-token-generate", s.generateToken)
	on("api-basic-auth", s.basicAuth)
	for name, h := range map[string]func(*http.Request) answer{
		"api-applicant-create":               s.createApplicant,
		"api-verificationlink-create":        s.createLink,
		"api-document-upload":                s.upload,
		"api-request-applicant-check":        s.requestCheck,
		"api-applicant-status":               s.applicantStatus,
		"api-applicant-details":              s.applicantDetails,
		"api-entity-create":                  s.createEntity,
		"api-entity-verificationlink-create": s.createLink,
		"api-entity-document-upload":         s.uploadOfEntity,
		"api-add-ubo":                        s.addUBO,
		"api-entity-status":                  s.entityStatus,
		"api-entity-database-verification":   s.verifyEntity,
		"api-aml-results":                    s.amlResults,
	} {
		on(name, s.keyed(h))
	}
	mux.HandleFunc("GET /verification/{page}", s.page)
	mux.HandleFunc("POST /verification/{page}", s.page)
	mux.HandleFunc("GET /entity-verification/{page}", s.page)
	mux.HandleFunc("POST /entity-verification/{page}", s.page)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "Workflow not found")
	})
	return mux
}

// answer is what a workflow answers: a body with status 200, or an error of the platform.
type answer struct {
	body   any
	status int // of an error; 0 is none
	word   string
	says   string
}

func wrong(status int, word, says string) answer {
	return answer{status: status, word: word, says: says}
}

// stumbled is how a story with an error answers links and uploads: never a create, which nobody could repeat safely.
var stumbled = wrong(http.StatusInternalServerError, "ERROR", "Something went wrong")

// missing is the platform's answer to a parameter that is not there.
func missing(parameter string) answer {
	return wrong(http.StatusBadRequest, "MISSING_DATA", "Missing parameter for workflow: parameter "+parameter)
}

// success is the envelope of most workflows.
func success(response map[string]any) answer {
	return answer{body: map[string]any{"status": "success", "response": filled(response)}}
}

// filled drops what is empty, as the platform does.
func filled(m map[string]any) map[string]any {
	for k, v := range m {
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(m, k)
			}
		case []string:
			if v == nil {
				delete(m, k)
			}
		case map[string]any:
			if v == nil {
				delete(m, k)
			}
		}
	}
	return m
}

// keyed lets only requests with the good token through, and only so many.
func (s *Sandbox) keyed(h func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		good := bearer && s.token != "" && same(token, s.token) && s.stage.Clock.Now().Before(s.until)
		s.mu.Unlock()
		if !good {
			s.unauthorized(w, token)
			return
		}
		if quota, ok := s.limiter.Take(token); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(quota.RetryAfter()))
			refuse(w, http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "Too many requests")
			return
		}
		a := h(r)
		if a.status != 0 {
			refuse(w, a.status, a.word, a.says)
			return
		}
		sandbox.WriteJSON(w, http.StatusOK, a.body)
	}
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// refuse answers in the first of the platform's two layouts.
func refuse(w http.ResponseWriter, status int, word, says string) {
	sandbox.WriteJSON(w, status, map[string]any{"statusCode": status, "body": map[string]string{"status": word, "message": says}})
}

// unauthorized answers in the second, which repeats the token.
func (s *Sandbox) unauthorized(w http.ResponseWriter, token string) {
	sandbox.WriteJSON(w, http.StatusUnauthorized, map[string]any{
		"error_class": "Unauthorized", "args": map[string]string{"code": s.id()}, "message": nil,
		"translation": "Invalid or expired token: " + token,
	})
}

// generateToken makes a token of an e-mail address and a password. The token before it is dead from now on.
func (s *Sandbox) generateToken(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := read(r, &in); err != nil || in.Email == "" || in.Password == "" {
		refuse(w, http.StatusBadRequest, "MISSING_DATA", "Missing parameter for workflow api-token-generate")
		return
	}
	s.newToken(w, in.Email, in.Password)
}

// basicAuth is the same with the credentials in a header.
func (s *Sandbox) basicAuth(w http.ResponseWriter, r *http.Request) {
	email, password, _ := r.BasicAuth()
	s.newToken(w, email, password)
}

func (s *Sandbox) newToken(w http.ResponseWriter, email, password string) {
	if !same(email, s.config.Email) || !same(password, s.config.Password) {
		refuse(w, http.StatusUnauthorized, "INVALID_LOGIN_CREDENTIALS", "We did not find an account with those credentials")
		return
	}
	token := "bus|" + s.id() + "|" + s.id()
	s.mu.Lock()
	s.token, s.until = token, s.stage.Clock.Now().Add(tokenLife)
	s.mu.Unlock()
	s.stage.Ledger.Other("token.generate")
	sandbox.WriteJSON(w, http.StatusOK, success(map[string]any{"token": token, "user_id": s.id(), "expires": int64(tokenLife / time.Second)}).body)
}

// read reads a workflow's parameters.
func read(r *http.Request, v any) error { return sandbox.ReadJSON(r.Body, maxBody, v) }

func (s *Sandbox) flow(name string) bool { return slices.Contains(s.config.Flows, name) }

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
