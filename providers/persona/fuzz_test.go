package persona_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/persona"
)

// Whatever the vendor says, Read answers in our words, and nothing that it calls true has confidence without a basis.
func FuzzRead(f *testing.F) {
	id := verification("government-id", "passed", check("id_tamper_detection", "passed", "required"))
	for _, r := range []providers.Reply{
		reply("completed", id, report("watchlist", `"status":"ready","has-match":false`)),
		reply("declined", verification("selfie", "failed", check("selfie_liveness_detection", "failed", "required"))),
		reply("pending", verification("government-id", "requires_retry", check("id_blur_detection", "failed", "required"))),
		replyWith(`"status":"approved","reviewer-comment":"Decided by Bonafide."`, id),
	} {
		f.Add([]byte(r.Ref), r.Exchanges[0].Body, []byte(`{"data":`+id.body+`}`))
	}
	f.Add([]byte(`{"id":"inq_1","all":true,"aml":true,"link":"https://p.test"}`), []byte(`{"data":{"type":"inquiry","id":"inq_1","attributes":null,"relationships":{"verifications":{}}}}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, ref, inquiry, one []byte) {
		r := providers.Reply{Ref: jsontext.Value(ref), Exchanges: []providers.Exchange{
			{Op: "inquiry", Status: 200, Body: inquiry}, {Op: "verification", Status: 200, Body: one},
		}}
		out, err := persona.Read(r)
		if err != nil {
			if fault.ClassOf(err) != fault.Malformed {
				t.Errorf("Read = %v, want class malformed", err)
			}
			return
		}
		for _, x := range out.Findings {
			for _, code := range x.Reasons {
				if _, ok := providers.ReasonText(code); !ok {
					t.Errorf("%s has reason %q, which is not ours", x.Component, code)
				}
			}
			switch x.Result {
			case "true", "false", "flagged":
				if x.Confidence < 60 || x.Confidence > 97 {
					t.Errorf("%s is %s with confidence %v", x.Component, x.Result, x.Confidence)
				}
			case "unknown":
			default:
				t.Errorf("%s has result %q", x.Component, x.Result)
			}
			if x.Result != "unknown" && out.Status != "completed" {
				t.Errorf("%s is %s while the check is %s", x.Component, x.Result, out.Status)
			}
		}
	})
}

// No bytes are authentic under a signature that was not made with the secret.
func FuzzAuthenticate(f *testing.F) {
	body, at := readFile(f, "approved"), time.Unix(1_772_356_500, 0)
	whole := sign("somebody-elses", body, at)
	f.Add(whole, body)
	f.Add(whole+" "+whole, body)
	f.Add("t=,v1= t=1", []byte{})
	w := receiver(f)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		err := w.Authenticate(http.Header{"Persona-Signature": {header}}, body, at)
		if fault.ClassOf(err) != fault.Unauthorized {
			t.Errorf("Authenticate(%q, %q) = %v, want class unauthorized", header, body, err)
		}
	})
}

// Every body is routed to a check, ignored, or malformed.
func FuzzRoute(f *testing.F) {
	for _, name := range []string{"approved", "retry_camel", "matched_snake"} {
		f.Add(readFile(f, name))
	}
	f.Add([]byte(`{"data":{"id":"evt_1","attributes":{"name":"inquiry.failed","payload":{"included":[null]}}}}`))
	w := receiver(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		hint, err := w.Route("", nil, body)
		switch {
		case err != nil && (fault.ClassOf(err) != fault.Malformed || hint != (providers.Hint{})):
			t.Errorf("Route(%q) = %+v, %v, want class malformed and no hint", body, hint, err)
		case err == nil && (hint.Dedupe == "" || hint.Event == "" || hint.Ignore == (hint.Verification != "" && hint.Check != "")):
			t.Errorf("Route(%q) = %+v, want a check or Ignore", body, hint)
		}
	})
}
