package sandbox

import (
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxAdminBody bounds a request to our own paths.
const maxAdminBody = 64 << 10

// admin serves what a test wants to know of the sandbox and to do to it.
func (s *Stage) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sandbox/ledger", func(w http.ResponseWriter, r *http.Request) {
		WriteJSON(w, http.StatusOK, s.Ledger.Snapshot())
	})
	mux.HandleFunc("GET /_sandbox/webhooks", func(w http.ResponseWriter, r *http.Request) {
		WriteJSON(w, http.StatusOK, map[string]any{"attempts": s.Hooks.Attempts()})
	})
	mux.HandleFunc("POST /_sandbox/faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		err := ReadJSON(r.Body, maxAdminBody, &f, json.RejectUnknownMembers(true))
		if err == nil {
			err = s.Faults.Add(f)
		}
		if err != nil {
			WriteJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, r *http.Request) {
		s.Faults.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// WriteJSON answers with v as JSON; maps come in the order of their keys.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		http.Error(w, "cannot encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

// ReadJSON reads one JSON document of at most limit bytes into v. Duplicate
// members, invalid UTF-8 and anything after the document are errors.
func ReadJSON(r io.Reader, limit int64, v any, opts ...json.Options) error {
	limited := &io.LimitedReader{R: r, N: limit + 1}
	err := json.UnmarshalRead(limited, v, append(opts, jsontext.AllowDuplicateNames(false))...)
	if limited.N <= 0 {
		return &TooLargeError{Limit: limit}
	}
	return err
}

// TooLargeError says that a document was longer than its limit.
type TooLargeError struct{ Limit int64 }

func (e *TooLargeError) Error() string { return "the body is too large" }
