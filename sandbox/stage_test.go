package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// clerk is a vendor with one path that counts its visitors.
type clerk struct {
	http.Handler
	*sandbox.Stage
}

func newClerk(t *testing.T) (c clerk, url string) {
	t.Helper()
	c.Stage = sandbox.NewStage(sandbox.Config{})
	c.Handler = c.Stage.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Ledger.Create("visit", "42")
		sandbox.WriteJSON(w, http.StatusOK, map[string]string{"id": "42"})
	}), func(w http.ResponseWriter, status int) {
		sandbox.WriteJSON(w, status, map[string]int{"vendorError": status})
	})
	server, err := sandbox.Start("127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return c, server.URL()
}

// ask returns the status and body of an answer; the error is that of the body.
func ask(ctx context.Context, method, url, body string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

func setFault(t *testing.T, url, fault string) {
	t.Helper()
	resp, body, err := ask(t.Context(), "POST", url+"/_sandbox/faults", fault)
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Fatalf("setting fault %s: %v %s", fault, err, body)
	}
}

func TestFaultsSpoilTheVendorsPathsAsOftenAsAsked(t *testing.T) {
	c, url := newClerk(t)
	visits := func() int { return c.Ledger.Snapshot().Creates["visit"]["42"] }
	get := func() (*http.Response, string, error) { return ask(t.Context(), "GET", url+"/v", "") }

	setFault(t, url, `{"mode":"status","status":502,"count":2}`)
	setFault(t, url, `{"mode":"429","retryAfter":7,"count":1}`)
	for i, want := range []int{502, 502, 429, 200} {
		resp, body, err := get()
		if err != nil || resp.StatusCode != want {
			t.Fatalf("request %d: got %v %v, want %d", i, resp, err, want)
		}
		if want == 429 && (resp.Header.Get("Retry-After") != "7" || body != `{"vendorError":429}`) {
			t.Errorf("429: Retry-After %q, body %s; want 7 and the vendor's error", resp.Header.Get("Retry-After"), body)
		}
	}
	if visits() != 1 {
		t.Errorf("the vendor saw %d requests, want 1", visits())
	}

	setFault(t, url, `{"mode":"status","count":1,"after":true}`)
	if resp, _, err := get(); err != nil || resp.StatusCode != 503 || visits() != 2 {
		t.Errorf("status after: got %v %v and %d visits, want 503 and 2", resp, err, visits())
	}
	setFault(t, url, `{"mode":"truncate","count":1}`)
	if _, body, err := get(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(`{"id":"42"}`, body) || visits() != 3 {
		t.Errorf("truncate: got %q, %v and %d visits; want a part, an unexpected end and 3", body, err, visits())
	}
	setFault(t, url, `{"mode":"garbage","count":1}`)
	if resp, body, err := get(); err != nil || resp.StatusCode != 200 || !strings.HasPrefix(body, "<html>") {
		t.Errorf("garbage: got %v %q, want 200 and something else than JSON", err, body)
	}
	setFault(t, url, `{"mode":"huge","bytes":300000,"count":1}`)
	if _, body, err := get(); err != nil || len(body) != 300000 {
		t.Errorf("huge: got %d bytes and %v, want 300000", len(body), err)
	}
	setFault(t, url, `{"mode":"trickle","count":1}`)
	if _, body, err := get(); err != nil || body != `{"id":"42"}` {
		t.Errorf("trickle: got %q and %v, want the whole answer in the end", body, err)
	}
	setFault(t, url, `{"mode":"status","method":"POST","path":"/other"}`)
	if resp, _, err := get(); err != nil || resp.StatusCode != 200 {
		t.Errorf("a fault of another path: got %v %v, want 200", resp, err)
	}
	resp, body, err := ask(t.Context(), "GET", url+"/_sandbox/ledger", "")
	want := `"faults":{"429":1,"garbage":1,"huge":1,"status":3,"trickle":1,"truncate":1}`
	if err != nil || resp.StatusCode != 200 || !strings.Contains(body, want) {
		t.Errorf("ledger: got %v %s, want it to contain %s", err, body, want)
	}
}

func TestHangingRequestIsLetGoByClearAndByTheClient(t *testing.T) {
	c, url := newClerk(t)
	setFault(t, url, `{"mode":"hang"}`)
	done := make(chan error)
	go func() {
		_, _, err := ask(t.Context(), "POST", url+"/v", "body")
		done <- err
	}()
	waitFor(t, "the request to hang", func() bool { return c.Ledger.Snapshot().Faults["hang"] == 1 })
	if resp, _, err := ask(t.Context(), "DELETE", url+"/_sandbox/faults", ""); err != nil || resp.StatusCode != 204 {
		t.Fatalf("clearing: %v %v", resp, err)
	}
	if err := <-done; err == nil {
		t.Error("the hanging request was answered")
	}
	if resp, _, err := ask(t.Context(), "GET", url+"/v", ""); err != nil || resp.StatusCode != 200 {
		t.Errorf("after clearing: got %v %v, want 200", resp, err)
	}
	setFault(t, url, `{"mode":"hang"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := ask(ctx, "POST", url+"/v", "body"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("impatient client: got %v, want its deadline", err)
	}
	go ask(context.Background(), "GET", url+"/v", "") // Close has to let this one go
	waitFor(t, "the last request to hang", func() bool { return c.Ledger.Snapshot().Faults["hang"] == 3 })
}

func TestMeaninglessFaultIsRefused(t *testing.T) {
	_, url := newClerk(t)
	for _, fault := range []string{
		``, `{}`, `{"mode":"sulk"}`, `{"mode":"status","status":99}`, `{"mode":"hang","count":-1}`,
		`{"mode":"huge","bytes":-1}`, `{"mode":"garbage","after":true}`, `{"mode":"hang","colour":"red"}`,
		`{"mode":"hang","mode":"status"}`,
	} {
		resp, body, err := ask(t.Context(), "POST", url+"/_sandbox/faults", fault)
		if err != nil || resp.StatusCode != http.StatusBadRequest {
			t.Errorf("fault %s: got %v %s, want 400", fault, err, body)
		}
	}
}

func TestErrorStoryStumblesAFewTimesPerPerson(t *testing.T) {
	s := newStage(t)
	story := sandbox.Story{Error: true}
	for _, identity := range []string{"a", "b"} {
		for i := range sandbox.ErrorAnswers + 2 {
			if got, want := s.Stumble(story, identity), i < sandbox.ErrorAnswers; got != want {
				t.Errorf("request %d of %s: Stumble = %v, want %v", i, identity, got, want)
			}
		}
	}
	if s.Stumble(sandbox.Story{}, "c") {
		t.Error("a story without error stumbled")
	}
}

func TestReadJSONIsStrictAndBounded(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"a":1}`: true, `{"a":1,"a":2}`: false, `{"a":1} x`: false, `{"a":1234567890}`: false, ``: false, `{"A":"x"}`: true,
	} {
		var v struct {
			A int `json:"a"`
		}
		if err := sandbox.ReadJSON(strings.NewReader(body), 12, &v); (err == nil) != ok {
			t.Errorf("ReadJSON(%s): error %v, want ok %v", body, err, ok)
		}
	}
}

func TestCloseDoesNotWaitForAClientThatNeverAsks(t *testing.T) {
	server, err := sandbox.Start("127.0.0.1:0", clerk{http.NotFoundHandler(), newStage(t)})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Connections are accepted in order: once this is answered, conn is known.
	if _, _, err := ask(t.Context(), "GET", server.URL(), ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := server.Close(ctx); err != nil {
		t.Errorf("close: %v, want none", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// waitFor returns when what becomes true, and fails the test after 5 s.
func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline:
			t.Fatalf("waited 5 s for %s", what)
		case <-tick.C:
		}
	}
}
