//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/chaos"
)

// unacceptable are requests full of canaries, each wrong in its own way, as bytes.
func unacceptable(t *testing.T) map[string][]byte {
	t.Helper()
	bad := func(change func(*events.VerificationRequested)) []byte {
		r := chaos.Somebody("sumsub-person", "bad", "", 99)
		change(&r)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := bad(func(*events.VerificationRequested) {})
	return map[string][]byte{
		"unknown flow":     bad(func(r *events.VerificationRequested) { r.Flow = "no-such-flow" }),
		"no date":          bad(func(r *events.VerificationRequested) { r.Subject.Person.Info.BirthDate = chaos.Canaries["passport"] }),
		"no phone":         bad(func(r *events.VerificationRequested) { r.Subject.Person.Contact.Phone = chaos.Canaries["street"] }),
		"no address":       bad(func(r *events.VerificationRequested) { r.ReturnURL = "gopher://" + chaos.Canaries["last name"] }),
		"no base64":        bad(func(r *events.VerificationRequested) { r.Documents[0].Content = chaos.Canaries["street"] + "!" }),
		"no document type": bad(func(r *events.VerificationRequested) { r.Documents[0].Type = chaos.Canaries["file name"] }),
		"no picture": bad(func(r *events.VerificationRequested) {
			r.Documents[0].Content = base64.StdEncoding.EncodeToString([]byte(chaos.Canaries["document"]))
		}),
		"cut off":     good[:len(good)-7],
		"no JSON":     []byte(chaos.Canaries["first name"] + " " + chaos.Canaries["last name"]),
		"wrong type":  bytes.Replace(good, []byte(`"person":{`), []byte(`"person":"`+chaos.Canaries["first name"]+`","was":{`), 1),
		"named twice": bytes.Replace(good, []byte(`{"flow"`), []byte(`{"callbackUrl":"https://shop.example/`+chaos.Canaries["last name"]+`","callbackUrl":"https://shop.example/hook","flow"`), 1),
	}
}

func TestNobodyIsInLogsMetricsResultsOrFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "LOG_LEVEL=debug")
	b, js := w.connect(), w.stranger()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	accepted := map[string]bool{}
	said := map[string][]byte{} // everything that the API answered
	ids := map[string]string{}
	for n, tag := range []string{"", "+reject", "+flag", "+sanctions", "+dup", "+error", "+unknown"} {
		for _, flow := range []string{"sumsub-person", "bive-person"} {
			if tag == "+unknown" && flow == "sumsub-person" || tag == "+error" && flow == "bive-person" {
				continue // there a human looks at it for ever; here many of one name cannot be told apart after a lost answer
			}
			ref := flow + strings.ReplaceAll(tag, "+", "-")
			accepted[ref] = true
			r := chaos.Somebody(flow, ref, tag, n)
			if n%2 == 0 {
				if !chaos.Put(ctx, b, ref, r) {
					t.Fatalf("%s was not stored", ref)
				}
				continue
			}
			p := w.Post(r, ref)
			if p.Status != http.StatusAccepted {
				t.Fatalf("%s: POST answered %d %s (%v)", ref, p.Status, p.Body, p.Err)
			}
			ids[ref], said["receipt of "+ref] = p.ID, p.Body
		}
	}
	rejections := 0
	for name, body := range unacceptable(t) {
		p := w.Call(http.MethodPost, "/v1/verifications", body, "Content-Type", "application/json")
		if p.Status != 400 && p.Status != 422 {
			t.Errorf("%s: POST answered %d (%v), want 400 or 422: %s", name, p.Status, p.Err, p.Body)
		}
		said["refusal of "+name] = p.Body
		if err := publish(ctx, js, "bonafide.requests.default", name, body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rejections++
	}
	// Nobody's tenant, and a task that is none: these can only become dead letters.
	if err := publish(ctx, js, "bonafide.requests.NOBODY", "dead", unacceptable(t)["unknown flow"]); err != nil {
		t.Fatal(err)
	}
	forgotten := w.misplace(ctx, js, unacceptable(t)["cut off"])
	w.decided(b, accepted)
	w.await("every bad request is rejected, and both dead letters kept", 20*time.Second, func() bool {
		return w.count("RESULTS", ".rejected") == rejections && w.count("BF_DEAD", "") == 2
	})
	forgotten() // what we have put there in clear ourselves
	for ref, id := range ids {
		for _, path := range []string{"", "/timeline"} {
			p := w.Call(http.MethodGet, "/v1/verifications/"+id+path, nil)
			if p.Status != http.StatusOK {
				t.Errorf("GET %s of %s answered %d %s (%v)", path, ref, p.Status, p.Body, p.Err)
			}
			said["GET "+path+" of "+ref] = p.Body
		}
	}
	said["decisions"] = w.Call(http.MethodGet, "/v1/decisions", nil).Body
	for _, name := range chaos.Services {
		metrics, err := w.Metrics(name)
		if err != nil {
			t.Fatal(err)
		}
		said["metrics of "+name] = metrics
	}
	for what, text := range said {
		if found := chaos.Traces(text); len(found) > 0 || len(text) == 0 {
			t.Errorf("%s holds %v:\n%s", what, found, text)
		}
	}
	over := time.Now().Add(20 * time.Second)
	for last := w.search("nats"); len(last) > 0; last = w.search("nats") {
		if time.Now().After(over) {
			t.Fatalf("requests in clear are not removed after 20 s: %v", last)
		}
	}
	w.stop("ingest", "dispatcher-1", "dispatcher-2", "resolver-1", "resolver-2")
	for _, where := range []string{"nats", "blobs", "index", ""} {
		for file, found := range w.search(where) {
			t.Errorf("%s holds %v", file, found)
		}
	}
	// That nothing is found means something only if it is found where it lies: with ingest away nobody seals this one.
	if err := publish(ctx, js, "bonafide.requests.default", "planted", unacceptable(t)["no date"]); err != nil {
		t.Fatal(err)
	}
	if found := w.search("nats"); len(found) == 0 {
		t.Error("a request in clear lies in the store and is not found")
	}
	w.start("ingest")
	w.await("it is removed once ingest is back", 30*time.Second, func() bool { return len(w.search("nats")) == 0 })
}

// misplace puts bytes among the tasks of a vendor, where nobody else can, and returns what takes them out again.
func (w *world) misplace(ctx context.Context, js jetstream.JetStream, body []byte) (takeOut func()) {
	w.t.Helper()
	tasks, err := js.Stream(ctx, "BF_TASK_SUMSUB")
	if err != nil {
		w.t.Fatal(err)
	}
	open := tasks.CachedInfo().Config
	open.Subjects = []string{"bf.e2e"}
	if tasks, err = js.UpdateStream(ctx, open); err != nil {
		w.t.Fatal(err)
	}
	ack, err := js.PublishMsg(ctx, &nats.Msg{Subject: "bf.e2e", Data: body, Header: nats.Header{"ce-specversion": {"1.0"}, "ce-id": {"misplaced"},
		"ce-source": {"/nowhere"}, "ce-type": {events.TypeCheckRequested}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return func() {
		if err := tasks.SecureDeleteMsg(ctx, ack.Sequence); err != nil {
			w.t.Fatal(err)
		}
	}
}
