package persona

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/sandbox"
)

const maxBody = 16 << 20

// call is one authenticated request.
type call struct {
	r       *http.Request
	version string
	body    map[string]any // keys in kebab-case; nil without a body
	raw     []byte
	left    sandbox.Quota // of the environment's window
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

// at returns what the body holds under a path, or nil.
func (c *call) at(path ...string) any {
	var v any = c.body
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (c *call) text(path ...string) string { s, _ := c.at(path...).(string); return s }

// reply is a success.
type reply struct {
	status   int // 200 unless given
	data     any // an object or a list
	included []any
	meta     map[string]any
	links    map[string]any
}

// route is one call of the contract. Creating ones count against the quota too.
type route struct {
	pattern string
	op      string // name in the ledger
	creates bool
	handle  func(*call) (reply, *refusal)
}

// serve authenticates, counts, finds the stored answer of a repetition, or
// handles the request alone.
func (s *Sandbox) serve(rt route) http.HandlerFunc {
	want := sha256.Sum256([]byte("Bearer " + s.config.APIKey))
	return func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		if token == "" {
			s.refuse(w, &refusal{status: http.StatusUnauthorized, title: "Must be authenticated to access this endpoint"})
			return
		}
		if got := sha256.Sum256([]byte(token)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			s.refuse(w, plain(http.StatusUnauthorized, ""))
			return
		}
		w.Header().Set("Request-Id", s.id("req_"))
		w.Header().Set("Persona-Environment-Id", "env_bonafide")
		w.Header().Set("Persona-Organization-Id", "org_bonafide")
		left, no := s.counted(w.Header(), rt)
		if no != nil {
			s.refuse(w, no)
			return
		}
		c, no := s.read(w, r)
		if no != nil {
			s.refuse(w, no)
			return
		}
		c.left = left
		write, ok := inflections[or(r.Header.Get("Key-Inflection"), "kebab")]
		if !ok {
			s.refuse(w, bad("Key-Inflection is not camel, kebab or snake"))
			return
		}
		s.mu.Lock()
		status, body := s.once(c, rt, write)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(body)
	}
}

// counted takes a request from the windows and says in the headers what is left.
func (s *Sandbox) counted(h http.Header, rt route) (left sandbox.Quota, no *refusal) {
	if s.config.NoLimits {
		return left, nil
	}
	left, ok := s.limiter.Take("environment")
	tell(h, "RateLimit-", left)
	if !ok {
		return left, plain(http.StatusTooManyRequests, "You have hit your rate limit of 300 requests / min. Please wait and try again.")
	}
	if !rt.creates {
		return left, nil
	}
	q, ok := s.quota.Take("environment")
	tell(h, "Quota-", q)
	if !ok {
		return left, &refusal{status: http.StatusTooManyRequests, title: "Quota exceeded", details: "You have hit your create_inquiry quota limit of 150 requests."}
	}
	return left, nil
}

func tell(h http.Header, prefix string, q sandbox.Quota) {
	h.Set(prefix+"Limit", strconv.Itoa(q.Limit))
	h.Set(prefix+"Remaining", strconv.Itoa(q.Remaining))
	h.Set(prefix+"Reset", strconv.Itoa(q.RetryAfter()))
}

// read reads the body and the version of a request.
func (s *Sandbox) read(w http.ResponseWriter, r *http.Request) (*call, *refusal) {
	c := &call{r: r, version: or(r.Header.Get("Persona-Version"), s.config.Version)}
	if !versions[c.version] {
		return nil, bad("Persona-Version is not a version")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, plain(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	c.raw = raw
	if len(bytes.TrimSpace(raw)) == 0 {
		return c, nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, plain(http.StatusUnsupportedMediaType, "the sandbox takes application/json only")
	}
	var v map[string]any
	if json.Unmarshal(raw, &v, jsontext.AllowDuplicateNames(false)) != nil {
		return nil, bad("the body is not a JSON object")
	}
	c.body, _ = inflect(v, kebab, "").(map[string]any)
	return c, nil
}

// replay is the first answer under an idempotency key.
type replay struct {
	request [32]byte
	status  int
	body    []byte
}

// keysKept is how long a key is remembered.
const keysKept = 24 * time.Hour

// once handles a request, or repeats the answer that its key had first, whatever
// that was. Reads and deletions know no keys.
func (s *Sandbox) once(c *call, rt route, write func(string) string) (int, []byte) {
	key := c.r.Header.Get("Idempotency-Key")
	if key == "" || c.r.Method != http.MethodPost {
		return s.handled(c, rt, write)
	}
	request := sha256.Sum256([]byte(c.r.Method + " " + c.r.URL.RequestURI() + "\n" + string(c.raw)))
	if old, ok := s.replays[key]; ok {
		if old.request != request {
			return encode(http.StatusConflict, conflict("the key was used with other parameters").body(), write, c.version)
		}
		return old.status, old.body
	}
	status, body := s.handled(c, rt, write)
	s.replays[key] = replay{request, status, body}
	s.after(keysKept, func() { delete(s.replays, key) })
	return status, body
}

func (s *Sandbox) handled(c *call, rt route, write func(string) string) (int, []byte) {
	got, no := rt.handle(c)
	if no != nil {
		return encode(no.status, no.body(), write, c.version)
	}
	switch {
	case rt.op == "":
	case c.r.Method == http.MethodGet:
		s.stage.Ledger.Read(rt.op)
	default:
		s.stage.Ledger.Other(rt.op)
	}
	body := map[string]any{"data": got.data}
	if got.included != nil {
		body["included"] = got.included
	}
	if got.meta != nil {
		body["meta"] = got.meta
	}
	if got.links != nil {
		body["links"] = got.links
	}
	trim(c.r, body)
	return encode(max(got.status, http.StatusOK), body, write, c.version)
}

// trim keeps the attributes that fields[type] names; the relationships go too.
func trim(r *http.Request, body map[string]any) {
	all, _ := body["included"].([]any)
	if list, ok := body["data"].([]any); ok {
		all = append(list, all...)
	} else {
		all = append([]any{body["data"]}, all...)
	}
	for _, v := range all {
		o, _ := v.(map[string]any)
		kind, _ := o["type"].(string)
		q := r.URL.Query()
		want := q.Get("fields[" + kind + "]")
		if group, _, ok := strings.Cut(kind, "/"); want == "" && ok {
			want = q.Get("fields[" + group + "]")
		}
		if want == "" {
			continue
		}
		kept := map[string]any{}
		attributes, _ := o["attributes"].(map[string]any)
		for name := range strings.SplitSeq(want, ",") {
			if a, ok := attributes[kebab(name)]; ok {
				kept[kebab(name)] = a
			}
		}
		o["attributes"] = kept
		delete(o, "relationships")
	}
}

func encode(status int, body map[string]any, write func(string) string, version string) (int, []byte) {
	b, err := json.Marshal(inflect(body, write, version), json.Deterministic(true))
	if err != nil {
		panic(err) // answers hold nothing that cannot be encoded
	}
	return status, b
}
