package sumsub_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

func TestAStoryRunsByItselfOnAFastClock(t *testing.T) {
	reviewed := make(chan struct{}, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), `"type" : "applicantReviewed"`) {
			reviewed <- struct{}{}
		}
	}))
	t.Cleanup(receiver.Close)
	a := open(t, func(c *sumsub.Config) {
		c.Clock, c.Speed, c.Now, c.WebhookURL = nil, 500, func() time.Time { return start }, receiver.URL
	})
	id := a.submit("ana+reject@example.test")
	select {
	case <-reviewed:
		a.stands(id, "completed RED FINAL")
	case <-time.After(20 * time.Second):
		t.Fatal("applicantReviewed did not come within 20 s")
	}
}
