package persona

import (
	"net/http"

	"github.com/bonafide-id/bonafide/sandbox"
)

// refusal is an answer that is not a success. Its text never repeats what was sent.
type refusal struct {
	status  int
	title   string
	details string
	pointer string
}

// titles are the vendor's words for a status.
var titles = map[int]string{
	http.StatusBadRequest: "Bad Request", http.StatusUnauthorized: "Token is invalid", http.StatusForbidden: "Forbidden",
	http.StatusNotFound: "Record not found", http.StatusConflict: "Conflict", http.StatusUnprocessableEntity: "Unprocessable entity",
	http.StatusTooManyRequests: "Rate limit exceeded",
}

// plain returns the refusal of a status; without details there are none.
func plain(status int, details string) *refusal {
	return &refusal{status: status, title: or(titles[status], "Service unavailable"), details: details}
}

func bad(details string) *refusal      { return plain(http.StatusBadRequest, details) }
func conflict(details string) *refusal { return plain(http.StatusConflict, details) }
func noRecord() *refusal               { return plain(http.StatusNotFound, "") }

// body is the vendor's form of an error: details, not JSON:API's detail.
func (r *refusal) body() map[string]any {
	e := map[string]any{"title": r.title}
	if r.details != "" {
		e["details"] = r.details
	}
	if r.pointer != "" {
		e["source"] = map[string]any{"pointer": r.pointer}
	}
	return map[string]any{"errors": []any{e}}
}

func (s *Sandbox) refuse(w http.ResponseWriter, r *refusal) { sandbox.WriteJSON(w, r.status, r.body()) }
