package ingest_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
)

// listen opens an event stream and returns its events as "id name data", until the test ends.
func (r *rig) listen(path string, headers ...string) <-chan [3]string {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", r.srv.URL+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+acme)
	req.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := r.srv.Client().Do(req)
	if err != nil || res.StatusCode != 200 {
		r.t.Fatalf("GET %s: %v, %v", path, res, err)
	}
	out := make(chan [3]string, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		var e [3]string
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			name, value, _ := strings.Cut(s.Text(), ": ")
			switch name {
			case "id":
				e[0] = value
			case "event":
				e[1] = value
			case "data":
				e[2] = value
				out <- e
				e = [3]string{}
			}
		}
	}()
	r.t.Cleanup(func() { cancel(); res.Body.Close(); <-done })
	return out
}

func (r *rig) next(from <-chan [3]string, kind string) [3]string {
	r.t.Helper()
	var got [3]string
	r.eventually("an event "+kind, func() bool {
		for {
			select {
			case e := <-from:
				if e[1] == kind {
					got = e
					return true
				}
			default:
				return false
			}
		}
	})
	return got
}

func TestTimelinesAndDecisionsAreFollowedLive(t *testing.T) {
	r := newRig(t, nil)
	all := r.listen("/v1/timeline")
	decisions := r.listen("/v1/decisions")
	id := r.open(full).ID
	one := r.listen("/v1/verifications/" + id + "/timeline")
	r.next(one, events.TypeOpened)
	r.eventually("the check runs", func() bool {
		var v events.View
		r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).into(t, &v)
		return v.Status == "running"
	})
	r.decide(1, "other")
	r.answer(id, "acme", "true")
	for _, from := range []<-chan [3]string{one, all} {
		if e := r.next(from, events.TypeCheckAnswered); !strings.Contains(e[2], id) || !strings.Contains(e[2], `"document"`) {
			t.Errorf("answered = %v", e)
		}
		if e := r.next(from, events.TypeDecided); !strings.Contains(e[2], id) || strings.Contains(e[2], "other") {
			t.Errorf("decided = %v", e)
		}
	}
	first := r.next(decisions, events.TypeDecided)
	if !strings.Contains(first[2], id) || first[0] == "" {
		t.Errorf("decision = %v, want one of %s with a cursor", first, id)
	}
	more := r.decide(1, "acme")[0]
	if e := r.next(r.listen("/v1/decisions", "Last-Event-ID", first[0]), events.TypeDecided); !strings.Contains(e[2], more) {
		t.Errorf("resumed at %v, want the decision of %s", e, more)
	}
	body := r.want(200, r.call("GET", "/v1/verifications/"+id+"/timeline", acme, nil)).body
	for _, secret := range []string{"Kowalski", "example.test", `"box"`, `"key"`} {
		if strings.Contains(string(body), secret) {
			t.Errorf("the timeline has %q: %s", secret, body)
		}
	}
}
