package bive

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

const record1 = `{"data":[{"id":"w1","status":"Completed","final_result":{"result":"true","confidence":99,"reasoning":"x"},"details":[{"component":"document","result":"flagged"}],` +
	`"associated_persons":[{"name":"Ana Reyes","result":"True"}],"liveness_checks":[{"name":"Ana Reyes","url":"https://verify.example.test/l/1","status":"pending"}]}]}`

// Whatever the vendor says, Read answers in our words, and nothing is true without a final result of 95 or more.
func FuzzRead(f *testing.F) {
	f.Add([]byte(record1), []byte(`[{"reference":"ubo-1","name":"Ana Reyes"}]`), "business")
	f.Add([]byte(`{"id":"w1","status":"Failed"}`), []byte(`[]`), "person")
	f.Add([]byte(`{"data":{"id":"w1","status":" AwaitingLivenessCheck","liveness_checks":[{"url":"javascript:x","status":"pending"}]}}`), []byte(`null`), "person")
	f.Add([]byte(`{"id":"w1","status":"Completed","final_result":{"result":true,"confidence":94.9}}`), []byte(``), "person")
	f.Fuzz(func(t *testing.T, body, people []byte, kind string) {
		if kind != "business" {
			kind = "person"
		}
		out, err := Read(providers.Reply{Ref: jsontext.Value(`{"id":"w1","kind":"` + kind + `"}`), Exchanges: []providers.Exchange{
			{Op: "status", Status: http.StatusOK, Body: body}, {Op: opAsked, Body: people}}})
		if err != nil {
			if fault.ClassOf(err) != fault.Malformed {
				t.Errorf("Read = %v, want class malformed", err)
			}
			return
		}
		rec, err := firstRecord(body)
		if err != nil {
			t.Fatalf("read what is no record: %v", err)
		}
		sure := rec.Final != nil && rec.Final.Confidence != nil && *rec.Final.Confidence >= bar && *rec.Final.Confidence <= 100
		for _, finding := range out.Findings {
			if finding.Result == "true" && !(sure && rec.id() == "w1") {
				t.Errorf("%s is true with final result %+v of %s", finding.Component, rec.Final, body)
			}
			if _, ok := map[string]bool{"true": true, "false": true, "flagged": true, "unknown": true}[finding.Result]; !ok {
				t.Errorf("%s is %q", finding.Component, finding.Result)
			}
		}
		for _, a := range out.Actions {
			if a.Type == "open_link" && a.URL == "" {
				t.Error("a link to nowhere")
			}
		}
	})
}

// No bytes are authentic under a signature that was not made with the secret, in either form.
func FuzzAuthenticate(f *testing.F) {
	w, err := openWebhook(WebhookConfig{Secrets: providers.Secrets{providers.NewSecret("a-secret-that-nobody-guesses")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("00", []byte(`{"event":"verification.completed","data":{}}`))
	f.Add("", []byte(nil))
	f.Add("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", []byte(`{"a":"\ud83d\ude00/é","b":{}}`))
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		err := w.Authenticate(http.Header{"X-Biveai-Signature": {signature}}, body, time.Time{})
		if err == nil {
			t.Errorf("accepted %q for %q", signature, body)
		} else if fault.ClassOf(err) != fault.Unauthorized {
			t.Errorf("Authenticate = %v, want class unauthorized", err)
		}
	})
}

// Every body is routed to a verification, ignored, or malformed.
func FuzzRoute(f *testing.F) {
	w := &webhook{}
	f.Add("vrf_1", []byte(`{"event":"verification.completed","data":`+record1[9:len(record1)-2]+`}`))
	f.Add("", []byte(`{"event":"x","data":{"id":"w"}}`))
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		hint, err := w.Route(path, nil, body)
		switch {
		case err != nil && (fault.ClassOf(err) != fault.Malformed || hint != (providers.Hint{})):
			t.Errorf("Route(%q) = %+v, %v, want class malformed and no hint", body, hint, err)
		case err == nil && (hint.Event == "" || hint.Verification != path || hint.Ignore != (path == "")):
			t.Errorf("Route(%q, %q) = %+v, want that verification, or Ignore", path, body, hint)
		}
	})
}
