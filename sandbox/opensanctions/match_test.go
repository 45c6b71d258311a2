package opensanctions_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/opensanctions"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "a-key"

// ask sends a body to a sandbox of its own and returns the status and the body of the answer.
func ask(t *testing.T, box *opensanctions.Sandbox, path, auth, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", path, strings.NewReader(body))
	r.Header.Set("Authorization", auth)
	w := httptest.NewRecorder()
	box.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func open(t *testing.T, c opensanctions.Config) *opensanctions.Sandbox {
	t.Helper()
	box := opensanctions.New(c)
	t.Cleanup(box.Close)
	return box
}

// hit is what a test wants to know of a result.
type hit struct {
	ID         string  `json:"id"`
	Score      float64 `json:"score"`
	Match      bool    `json:"match"`
	Properties struct {
		Topics []string `json:"topics"`
	} `json:"properties"`
}

func search(t *testing.T, box *opensanctions.Sandbox, path, properties string) []hit {
	t.Helper()
	status, body := ask(t, box, path, "", `{"queries":{"q":{"schema":"Person","properties":{`+properties+`}}}}`)
	var a struct {
		Responses map[string]struct {
			Status  int   `json:"status"`
			Results []hit `json:"results"`
		} `json:"responses"`
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || status != 200 || a.Responses["q"].Status != 200 {
		t.Fatalf("%s: got %d %s, %v; want an answer", properties, status, body, err)
	}
	return a.Responses["q"].Results
}

func TestTheListIsSearchedByExample(t *testing.T) {
	box := open(t, opensanctions.Config{})
	for _, tt := range []struct {
		properties, want string
	}{
		{`"name":["Somebody Else"]`, ``},
		{`"name":["Mordecai Vantablack"],"birthDate":["1961-02-28"]`, `sandbox-p1 1.00 true`},
		{`"name":["VANTABLACK, Mordecai"],"birthDate":["1961"]`, `sandbox-p1 1.00 true`},
		{`"name":["Mordecai Vantablack"]`, `sandbox-p1 0.90 true`},
		{`"name":["Mordecai Vantablack"],"birthDate":["1999-01-01"]`, `sandbox-p1 0.60 false`},
		{`"name":["Mordecai Jan Vantablack"]`, `sandbox-p1 0.75 true`},
		{`"name":["Ilse Quarzmuller"]`, `sandbox-p2 0.90 true`},
		{`"name":["Vantablack Holdings"]`, ``},
		{`"name":["Nobody"],"email":["n+sanctions@example.test"],"schema":[]`, `told 1.00 true`},
	} {
		var got []string
		for _, h := range search(t, box, "/match/default", tt.properties) {
			if !strings.HasPrefix(h.ID, "sandbox-p") {
				h.ID = "told"
			}
			got = append(got, fmt.Sprintf("%s %.2f %v", h.ID, h.Score, h.Match))
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.properties, strings.Join(got, "; "), tt.want)
		}
	}
	if got := search(t, box, "/match/peps", `"name":["Mordecai Vantablack"]`); len(got) != 0 {
		t.Errorf("among politically exposed persons: got %v, want nobody", got)
	}
	if got := search(t, box, "/match/default?threshold=0.95", `"name":["Mordecai Vantablack"]`); len(got) != 1 || got[0].Match {
		t.Errorf("with a threshold of 0.95: got %v, want one that is no match", got)
	}
}

func TestWhatTheVendorRefuses(t *testing.T) {
	box := open(t, opensanctions.Config{APIKey: key})
	good := `{"queries":{"q":{"schema":"Person","properties":{"name":["A B"]}}}}`
	many := `{"queries":{` + strings.TrimSuffix(strings.Repeat(`"q%d":{"schema":"Person","properties":{}},`, 101), ",") + `}}`
	for i := range 101 {
		many = strings.Replace(many, "%d", fmt.Sprint(i), 1)
	}
	for _, tt := range []struct {
		what, path, auth, body string
		want                   int
	}{
		{"a good request", "/match/default", "ApiKey " + key, good, 200},
		{"no key", "/match/default", "", good, 401},
		{"another key", "/match/default", "ApiKey other", good, 401},
		{"a bearer", "/match/default", "Bearer " + key, good, 401},
		{"a dataset that is not there", "/match/mine", "ApiKey " + key, good, 404},
		{"no JSON", "/match/default", "ApiKey " + key, `{`, 422},
		{"a value that is no list", "/match/default", "ApiKey " + key, `{"queries":{"q":{"schema":"Person","properties":{"name":"A B"}}}}`, 422},
		{"a query twice", "/match/default", "ApiKey " + key, `{"queries":{"q":{},"q":{}}}`, 422},
		{"no queries", "/match/default", "ApiKey " + key, `{"queries":{}}`, 400},
		{"too many queries", "/match/default", "ApiKey " + key, many, 400},
		{"a schema that is not there", "/match/default", "ApiKey " + key, `{"queries":{"q":{"schema":"person","properties":{}}}}`, 400},
		{"a threshold over 1", "/match/default?threshold=70", "ApiKey " + key, good, 422},
		{"a threshold that is no number", "/match/default?threshold=NaN", "ApiKey " + key, good, 422},
		{"an algorithm that is not there", "/match/default?algorithm=guess", "ApiKey " + key, good, 400},
		{"another path", "/search/default", "ApiKey " + key, good, 404},
	} {
		status, body := ask(t, box, tt.path, tt.auth, tt.body)
		if status != tt.want || status != 200 && !strings.Contains(body, `"detail"`) {
			t.Errorf("%s: got %d %s, want %d", tt.what, status, body, tt.want)
		}
	}
}

func TestTroublesOfTheStories(t *testing.T) {
	clock := sandbox.NewManualClock(sandboxStart)
	box := open(t, opensanctions.Config{Config: sandbox.Config{Clock: clock}})
	body := func(tag string) string {
		return `{"queries":{"q":{"schema":"Person","properties":{"name":["A B"],"email":["a+` + tag + `@example.test"]}}}}`
	}
	for i, want := range []int{500, 500, 200, 200} {
		if got, _ := ask(t, box, "/match/default", "", body("error")); got != want {
			t.Errorf("+error, request %d: got %d, want %d", i+1, got, want)
		}
	}
	slow := make(chan int)
	go func() {
		status, _ := ask(t, box, "/match/default", "", body("slow"))
		slow <- status
	}()
	for waiting := true; waiting; { // until the request stands before the clock
		clock.Advance(sandbox.SlowDelay)
		select {
		case got := <-slow:
			waiting = false
			if got != 200 {
				t.Errorf("+slow: got %d, want 200", got)
			}
		default:
		}
	}
	srv := httptest.NewServer(box)
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/match/default", strings.NewReader(body("never")))
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error)
	go func() {
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		answered <- err
	}()
	box.Close()
	if err := <-answered; err != nil {
		t.Errorf("+never, after the sandbox was closed: got %v, want an empty answer", err)
	}
	cancel()
}
