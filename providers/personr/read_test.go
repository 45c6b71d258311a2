package personr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
)

// verdict is a reviewed applicant.
func verdict(result string) string {
	return `{"applicantStatus":"Reviewed","result":{"Modified Date":1700000000000,` + result + `},"documents":["ID_CARD","SELFIE"]}`
}

func TestReading(t *testing.T) {
	for _, tt := range []struct {
		what, response, want string
	}{
		{"created", `{"applicantStatus":"Created"}`, "pending"},
		{"pre-checked", `{"applicantStatus":"Pre-Checked"}`, "pending"},
		{"pending", `{"applicantStatus":"Pending"}`, "pending"},
		{"a state nobody knows", `{"applicantStatus":"Done"}`, "pending ?applicantStatus:Done"},
		{"a state in another case", `{"applicantStatus":"reviewed","result":{"reviewAnswer":"Approved"}}`, "pending ?applicantStatus:reviewed"},
		{"reviewed without a result", `{"applicantStatus":"Reviewed"}`, "in_review"},
		{"an answer nobody knows", verdict(`"reviewAnswer":"GREEN"`), "in_review ?reviewAnswer:GREEN"},
		{"an answer before the review", `{"applicantStatus":"Pending","result":{"reviewAnswer":"Approved"}}`, "pending"},
		{"approved", verdict(`"reviewAnswer":"Approved"`), "completed document=true selfie=true aml=true"},
		{"approved, with a label", verdict(`"reviewAnswer":"Approved","rejectLabels":["WATCHLIST"]`), "completed document=true selfie=true aml=flagged:possible_list_match"},
		{"for good", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Final","rejectLabels":["FORGERY"]`), "completed document=false:forged selfie=unknown:inconclusive aml=unknown:inconclusive"},
		{"for good, in capitals", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"FINAL","rejectLabels":["SANCTIONS","CRIMINAL"]`), "completed document=unknown:inconclusive selfie=unknown:inconclusive aml=false:sanctions_hit,criminal_record_hit"},
		{"for good, and nothing named", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Final"`), "completed document=false:other selfie=unknown:inconclusive aml=unknown:inconclusive"},
		{"for good, by a label nobody knows", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Final","rejectLabels":["NEW"]`), "completed document=false:vendor_word_unknown selfie=unknown:inconclusive aml=unknown:inconclusive ?rejectLabels:NEW"},
		{"for good, by a possible match", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Final","rejectLabels":["WATCHLIST"]`), "completed document=unknown:inconclusive selfie=unknown:inconclusive aml=false:possible_list_match"},
		{"of no type", verdict(`"reviewAnswer":"Rejected","rejectLabels":["FORGERY"]`), "completed document=unknown:manual_review,forged selfie=unknown:manual_review aml=unknown:manual_review"},
		{"of a type nobody knows", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Maybe"`), "completed document=unknown:manual_review selfie=unknown:manual_review aml=unknown:manual_review ?reviewRejectType:Maybe"},
		{"again", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Retry","rejectLabels":["LOW_QUALITY"]`), "awaiting_subject resubmit:ID_CARD/FRONT:blurred resubmit:ID_CARD/BACK:blurred"},
		{"one side again", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"RETRY","rejectLabels":["BACK_SIDE_MISSING"]`), "awaiting_subject resubmit:ID_CARD/BACK:missing_side"},
		{"the selfie again", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Retry","rejectLabels":["BAD_SELFIE"]`), "awaiting_subject resubmit:SELFIE/:bad_selfie"},
		{"again, and nothing named", verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Retry"`), "awaiting_subject resubmit:ID_CARD/FRONT:document_unverified resubmit:ID_CARD/BACK:document_unverified"},
	} {
		o, err := personr.Read(status(tt.response))
		if err != nil {
			t.Errorf("%s: got %v, want %s", tt.what, err, tt.want)
			continue
		}
		if got := told(o); got != tt.want {
			t.Errorf("%s: got %q, want %q (%s)", tt.what, got, tt.want, tt.response)
		}
	}
}

// A business's rejection has no type: what it names for sure counts, a possible match is looked at.
func TestABusinessIsRejectedByWhatIsNamed(t *testing.T) {
	for words, want := range map[string]string{
		`"SANCTIONS"`:             "completed registry=unknown:inconclusive aml=false:sanctions_hit business=false:other",
		`"WATCHLIST"`:             "completed registry=unknown:manual_review aml=flagged:possible_list_match business=unknown:manual_review",
		`"WATCHLIST","SANCTIONS"`: "completed registry=unknown:inconclusive aml=false:possible_list_match,sanctions_hit business=false:other",
		``:                        "completed registry=unknown:manual_review aml=unknown:manual_review business=unknown:manual_review",
		`"NEW"`:                   "completed registry=unknown:manual_review aml=unknown:manual_review business=unknown:manual_review,vendor_word_unknown ?rejectLabels:NEW",
	} {
		r := status(``)
		r.Ref = jsontext.Value(`{"id":"1x1","kind":"business"}`)
		r.Exchanges[0].Op = "entity_status"
		r.Exchanges[0].Body = []byte(`{"status":"success","response":{"applicantStatus":"Reviewed","reviewAnswer":"Rejected","rejectLabels":[` + words + `]}}`)
		if o, err := personr.Read(r); err != nil || told(o) != want {
			t.Errorf("%s: got %q, %v; want %q", words, told(o), err, want)
		}
	}
}

// told is an outcome in one line.
func told(o providers.Outcome) string {
	s := []string{o.Status}
	for _, f := range o.Findings {
		w := f.Component + "=" + f.Result
		if len(f.Reasons) > 0 {
			w += ":" + strings.Join(f.Reasons, ",")
		}
		s = append(s, w)
	}
	for _, a := range o.Actions {
		s = append(s, fmt.Sprintf("%s:%s/%s:%s", a.Type, a.Document, a.Side, strings.Join(a.Reasons, ",")))
	}
	for _, u := range o.Unknown {
		s = append(s, "?"+u)
	}
	return strings.Join(s, " ")
}

func TestASelfieThatNobodySawIsNotValid(t *testing.T) {
	r := status(`{"applicantStatus":"Reviewed","result":{"reviewAnswer":"Approved"},"documents":["PASSPORT"]}`)
	r.Ref = jsontext.Value(`{"id":"a1","kind":"person","images":["PASSPORT/FRONT_SIDE"],"aspects":["document","selfie"]}`)
	o, err := personr.Read(r)
	if err != nil || told(o) != "completed document=true selfie=unknown:not_checked" {
		t.Errorf("got %q, %v; want the selfie unknown", told(o), err)
	}
}

// The vendor has no label that says that a selfie is missing: asked for the passport alone, the subject would never get on.
func TestASelfieThatWasNeverThereIsAskedFor(t *testing.T) {
	r := status(verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Retry","rejectLabels":["UNSATISFACTORY_PHOTOS"]`))
	r.Ref = jsontext.Value(`{"id":"a1","kind":"person","images":["PASSPORT/FRONT_SIDE"],"aspects":["document","selfie"]}`)
	want := "awaiting_subject resubmit:PASSPORT/:bad_photo resubmit:SELFIE/:missing_document"
	if o, err := personr.Read(r); err != nil || told(o) != want {
		t.Errorf("got %q, %v; want %q", told(o), err, want)
	}
}

func TestTheVerdictThatWasAnsweredIsOldNews(t *testing.T) {
	r := status(verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Retry","rejectLabels":["LOW_QUALITY"]`))
	r.Ref = jsontext.Value(strings.TrimSuffix(reference, "}") + `,"answered":1700000000000}`)
	if o, err := personr.Read(r); err != nil || o.Status != "pending" {
		t.Errorf("got %q, %v; want pending", told(o), err)
	}
	r.Ref = jsontext.Value(strings.TrimSuffix(reference, "}") + `,"answered":1699999999999}`)
	if o, err := personr.Read(r); err != nil || o.Status != "awaiting_subject" {
		t.Errorf("a newer one: got %q, %v; want awaiting_subject", told(o), err)
	}
}

func TestWhatIsNoStatusIsRefused(t *testing.T) {
	for _, body := range []string{``, `{}`, `{"status":"success"}`, `{"status":"error","response":{"applicantStatus":"Reviewed"}}`, `{"response":"success"}`,
		`{"status":"success","response":{"applicantStatus":""}}`, `{"status":"success","Response":{"applicantStatus":"Pending"}}`, `{"statusCode":400,"body":{"status":"MISSING_DATA"}}`} {
		r := status("{}")
		r.Exchanges[0].Body = []byte(body)
		if o, err := personr.Read(r); err == nil {
			t.Errorf("%s: got %q, want an error", body, told(o))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"status":"success","response":` + verdict(`"reviewAnswer":"Approved"`) + `}`))
	f.Add([]byte(`{"status":"success","response":` + verdict(`"reviewAnswer":"Rejected","reviewRejectType":"Retry","rejectLabels":["LOW_QUALITY"]`) + `}`))
	f.Add([]byte(`{"status":"success","response":{"applicantStatus":"Pending"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := status("{}")
		r.Exchanges[0].Body = body
		o, err := personr.Read(r)
		if err != nil {
			return
		}
		for _, x := range o.Findings {
			if x.Result == "true" && (x.Confidence != 96 || !strings.Contains(string(body), "Approved") && !strings.Contains(string(body), `\u`)) {
				t.Errorf("got %s true %v of %q", x.Component, x.Confidence, body)
			}
			for _, code := range x.Reasons {
				if _, ok := providers.ReasonText(code); !ok {
					t.Errorf("got reason %q of %q", code, body)
				}
			}
		}
	})
}

// What the vendor found in a register is told; what it only repeats is not.
func TestWhatTheRegisterSaysOfABusinessIsTold(t *testing.T) {
	for body, want := range map[string]string{
		`"registrySource":"ASIC",`: "TERN LOGISTICS PTY LTD 12345 1 Elm Rd AUS",
		``:                         "",
	} {
		r := status(``)
		r.Ref = jsontext.Value(`{"id":"1x1","kind":"business"}`)
		r.Exchanges[0].Op = "entity_status"
		r.Exchanges[0].Body = []byte(`{"status":"success","response":{"applicantStatus":"Reviewed","reviewAnswer":"Approved",` + body +
			`"entityName":"TERN LOGISTICS PTY LTD","registrationNumber":"12345","entityCountry":"AUS","registeredAddress":"1 Elm Rd"}}`)
		o, err := personr.Read(r)
		got := ""
		if c := o.Registered; c != nil {
			got = strings.Join([]string{c.Name.Name, c.IDs.AdditionalID, c.Address.Text, c.Address.Country}, " ")
		}
		if err != nil || got != want {
			t.Errorf("with %q: got %q, %v; want %q", body, got, err, want)
		}
	}
}
