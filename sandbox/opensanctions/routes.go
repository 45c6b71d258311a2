package opensanctions

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/bonafide-id/bonafide/sandbox"
)

const (
	maxBody    = 1 << 20
	maxQueries = 100

	defaultThreshold = 0.7
	defaultLimit     = 5
	maxLimit         = 500
)

// datasets are the collections that can be searched, and the topics that each has; nil has all.
var datasets = map[string][]string{
	"default":   nil,
	"sanctions": {"sanction", "asset.frozen", "sanction.linked"},
	"peps":      {"role.pep", "role.rca"},
}

var algorithms = []string{"best", "logic-v1", "logic-v2", "name-based", "name-qualified", "regression-v1"}

// schemata are the kinds of entity that can be searched for.
var schemata = []string{"Person", "Company", "Organization", "LegalEntity", "Thing"}

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /match/{dataset}", s.keyed(s.match))
	alive := func(w http.ResponseWriter, r *http.Request) {
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	}
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", alive)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, http.StatusNotFound, "Not Found") })
	return mux
}

// keyed lets only requests with the key through, where there is one.
func (s *Sandbox) keyed(next http.HandlerFunc) http.HandlerFunc {
	want := sha256.Sum256([]byte("ApiKey " + s.config.APIKey))
	return func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if s.config.APIKey != "" && subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			refuse(w, http.StatusUnauthorized, "Invalid API key")
			return
		}
		next(w, r)
	}
}

// request is the body of a search.
type request struct {
	Queries map[string]query `json:"queries"`
}

type query struct {
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

// first returns the first value of a property.
func (q query) first(property string) string {
	if v := q.Properties[property]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// settings are the parameters of a search.
type settings struct {
	threshold float64
	limit     int
	topics    []string
}

func settingsOf(r *http.Request) (settings, int, error) {
	c := settings{threshold: defaultThreshold, limit: defaultLimit}
	topics, known := datasets[r.PathValue("dataset")]
	if !known {
		return c, http.StatusNotFound, errors.New("no such dataset")
	}
	c.topics = topics
	q := r.URL.Query()
	if v := q.Get("threshold"); v != "" {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || !(f >= 0 && f <= 1) {
			return c, http.StatusUnprocessableEntity, errors.New("threshold is not between 0 and 1")
		}
		c.threshold = f
	}
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxLimit {
			return c, http.StatusUnprocessableEntity, errors.New("limit is not between 1 and 500")
		}
		c.limit = n
	}
	if v := q.Get("algorithm"); v != "" && !slices.Contains(algorithms, v) {
		return c, http.StatusBadRequest, errors.New("no such algorithm")
	}
	return c, 0, nil
}

// refuse answers with an error. A message never repeats what was sent.
func refuse(w http.ResponseWriter, status int, message string) {
	sandbox.WriteJSON(w, status, map[string]string{"detail": message})
}
