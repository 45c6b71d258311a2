package authologic_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
)

func TestReading(t *testing.T) {
	const clear = `,"aml":{"status":"FINISHED","found":[]}`
	for _, tt := range []struct {
		what, status, results, want string
	}{
		{"created", "CREATED", ``, "awaiting_subject open_link"},
		{"in progress", "IN_PROGRESS", ``, "pending"},
		{"partial", "PARTIAL", `"identity":{"status":"FINISHED"}`, "pending"},
		{"canceled", "CANCELED", ``, "completed document=unknown:abandoned selfie=unknown:abandoned aml=unknown:abandoned"},
		{"expired", "EXPIRED", ``, "completed document=unknown:link_expired selfie=unknown:link_expired aml=unknown:link_expired"},
		{"a status nobody knows", "DONE", `"identity":{"status":"FINISHED"}`, "pending ?status:DONE"},
		{"finished is no verdict", "FINISHED", ``, "completed aml=unknown:not_checked document=unknown:not_checked selfie=unknown:not_checked"},
		{"a product still runs", "FINISHED", `"identity":{"status":"FINISHED"},"aml":{"status":"IN_PROGRESS"}`, "pending"},
		{"all is well", "FINISHED", `"identity":{"status":"FINISHED"}` + clear, "completed aml=true document=true selfie=unknown:not_checked"},
		{"the face too", "FINISHED", `"identity":{"status":"FINISHED","checks":[{"name":"FACE_MATCH","result":"ACCEPTED"}]}` + clear, "completed aml=true document=true selfie=true"},
		{"another face", "FINISHED", `"identity":{"status":"FINISHED","checks":[{"name":"FACE_MATCH","result":"FAILED","details":{"matchFound":"false"}}]}` + clear, "completed aml=true document=true selfie=false:selfie_mismatch"},
		{"a face that could not be compared", "FINISHED", `"identity":{"status":"FINISHED","checks":[{"name":"FACE_MATCH","result":"ERROR"}]}` + clear, "completed aml=true document=true selfie=unknown:inconclusive"},
		{"a number that is none", "FINISHED", `"identity":{"status":"FINISHED","checks":[{"name":"CONSISTENCY_CHECK","result":"FAILED","details":{"field":"PERSON_IDS_NATIONAL_ID","reason":"FORMAT_ERROR"}}]}` + clear,
			"completed aml=true document=flagged:data_invalid selfie=unknown:not_checked national_id=flagged:data_invalid"},
		{"a check nobody knows, failed", "FINISHED", `"identity":{"status":"FINISHED","checks":[{"name":"NEW","result":"FAILED"}]}` + clear, "completed aml=true document=flagged:vendor_word_unknown selfie=unknown:not_checked ?check:NEW"},
		{"partly", "FINISHED", `"identity":{"status":"PARTIAL"}` + clear, "completed aml=true document=unknown:inconclusive selfie=unknown:not_checked"},
		{"a fake", "FINISHED", `"identity":{"status":"FAILED","errors":["SCAN_DOCUMENT_PROBABLY_FAKE"]}` + clear, "completed aml=true document=false:forged selfie=unknown:not_checked"},
		{"fraud beside blur", "FINISHED", `"identity":{"status":"FAILED","errors":["SCAN_DOCUMENT_TOO_BLURRY","FRAUD_SUSPICION"]}` + clear, "completed aml=true document=false:blurred,fraud selfie=unknown:not_checked"},
		{"fraud beside data", "FINISHED", `"identity":{"status":"FINISHED","errors":["FRAUD_SUSPICION"]}` + clear, "completed aml=true document=flagged:fraud selfie=unknown:not_checked"},
		{"blurred at first", "FINISHED", `"identity":{"status":"FINISHED","errors":["SCAN_DOCUMENT_TOO_BLURRY"]}` + clear, "completed aml=true document=true selfie=unknown:not_checked"},
		{"a login that failed closes the rest", "FINISHED", `"identity":{"status":"IN_PROGRESS"},"aml":{"status":"IN_PROGRESS"},"auth":{"status":"FAILED"}`,
			"completed aml=unknown:not_checked document=unknown:not_checked selfie=unknown:not_checked"},
		{"blurred", "FINISHED", `"identity":{"status":"FAILED","errors":["SCAN_DOCUMENT_TOO_BLURRY"]}` + clear, "awaiting_subject resubmit:blurred"},
		{"not readable", "FINISHED", `"identity":{"status":"FAILED","errors":["SCAN_DOCUMENT_READ_FAILED_BIRTHDATE"]}` + clear, "awaiting_subject resubmit:unreadable"},
		{"nobody there", "FINISHED", `"identity":{"status":"FAILED","errors":["PROVIDER_UNAVAILABLE"]}` + clear, "failed"},
		{"given up", "FINISHED", `"identity":{"status":"FAILED","errors":["ABANDONED"]}` + clear, "completed aml=true document=unknown:abandoned selfie=unknown:not_checked"},
		{"an error nobody knows", "FINISHED", `"identity":{"status":"FAILED","errors":["NEW_ERROR"]}` + clear, "completed aml=true document=unknown:vendor_word_unknown selfie=unknown:not_checked ?error:NEW_ERROR"},
		{"failed without a reason", "FINISHED", `"identity":{"status":"FAILED"}` + clear, "completed aml=true document=unknown:inconclusive selfie=unknown:not_checked"},
		{"sanctions", "FINISHED", `"identity":{"status":"FINISHED"},"aml":{"status":"FINISHED","found":["PEP","SANCTIONS"]}`, "completed aml=false:pep_hit,sanctions_hit document=true selfie=unknown:not_checked"},
		{"an official", "FINISHED", `"identity":{"status":"FINISHED"},"aml":{"status":"FINISHED","found":["PEP"]}`, "completed aml=flagged:pep_hit document=true selfie=unknown:not_checked"},
		{"a list nobody knows", "FINISHED", `"identity":{"status":"FINISHED"},"aml":{"status":"FINISHED","found":["NEW"]}`, "completed aml=flagged:possible_list_match document=true selfie=unknown:not_checked ?list:NEW"},
		{"found is not there", "FINISHED", `"identity":{"status":"FINISHED"},"aml":{"status":"FINISHED"}`, "completed aml=unknown:inconclusive document=true selfie=unknown:not_checked"},
		{"nobody could search", "FINISHED", `"identity":{"status":"FINISHED"},"aml":{"status":"FAILED"}`, "completed aml=unknown:vendor_error document=true selfie=unknown:not_checked"},
	} {
		o, err := authologic.Read(conversation(tt.status, tt.results))
		if err != nil {
			t.Errorf("%s: got %v, want %s", tt.what, err, tt.want)
			continue
		}
		if got := told(o); got != tt.want {
			t.Errorf("%s: got %q, want %q (%s %s)", tt.what, got, tt.want, tt.status, tt.results)
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
		w := a.Type
		if len(a.Reasons) > 0 {
			w += ":" + strings.Join(a.Reasons, ",")
		}
		s = append(s, w)
	}
	for _, u := range o.Unknown {
		s = append(s, "?"+u)
	}
	return strings.Join(s, " ")
}

// After the end is ours, the end of the vendor's retention is no change of mind.
func TestExpiredAfterTheEndIsNoVerdict(t *testing.T) {
	r := conversation("EXPIRED", `"identity":{"status":"FAILED"}`)
	r.Ref = jsontext.Value(strings.TrimSuffix(reference, "}") + `,"ended":true}`)
	if o, err := authologic.Read(r); err != nil || told(o) != "failed" {
		t.Errorf("got %q, %v; want failed, and nothing found", told(o), err)
	}
}

func TestReliabilityBecomesConfidence(t *testing.T) {
	r := status(`"verify":{"status":"FINISHED","reliability":0.0,"details":[{"field":"PERSON_NAME_FIRSTNAME","reliability":1},{"field":"PERSON_NAME_LASTNAME","reliability":0.96},
		{"field":"PERSON_INFO_BIRTHDATE","reliability":0},{"field":"PERSON_ADDRESS","reliability":0.6666},{"field":"PERSON_CONTACT_EMAIL","reliability":7},{"field":"NEW","reliability":1}]}`)
	r.Ref = jsontext.Value(`{"id":"5b0c6c0e","products":["verify"],"aspects":["name","birth_date","address"]}`)
	o, err := authologic.Read(r)
	var got []string
	for _, f := range o.Findings {
		got = append(got, fmt.Sprintf("%s=%s %.2f", f.Component, f.Result, f.Confidence))
	}
	if want := "name=true 96.00; birth_date=false 100.00; address=flagged 66.66"; err != nil || strings.Join(got, "; ") != want || len(o.Unknown) != 2 {
		t.Errorf("got %q, %v, %v; want %q and two unknown words", strings.Join(got, "; "), o.Unknown, err, want)
	}
}

func TestAuthAndBankTransactionsAreRead(t *testing.T) {
	for results, want := range map[string]string{
		`"auth":{"status":"FINISHED","token":"t"},"bankTransactions":{"status":"FINISHED"}`:  "completed auth=true bank_account=true",
		`"auth":{"status":"FAILED","challenge":"x"},"bankTransactions":{"status":"PARTIAL"}`: "completed auth=unknown:inconclusive bank_account=unknown:inconclusive",
		`"auth":{"status":"OK"}`: "completed auth=unknown:vendor_word_unknown bank_account=unknown:not_checked ?auth:OK",
	} {
		r := status(results)
		r.Ref = jsontext.Value(`{"id":"5b0c6c0e","products":["auth","bankTransactions"],"aspects":["auth","bank_account"]}`)
		if o, err := authologic.Read(r); err != nil || told(o) != want {
			t.Errorf("%s: got %q, %v; want %q", results, told(o), err, want)
		}
	}
}

func TestTheScoreOnAListIsTheConfidence(t *testing.T) {
	r := status(`"aml":{"status":"FINISHED","found":["SANCTIONS"]}`)
	r.Ref = jsontext.Value(`{"id":"5b0c6c0e","products":["aml"],"aspects":["aml"]}`)
	list := func(body string) {
		r.Exchanges = append(r.Exchanges[:1:1], providers.Exchange{Op: "aml_SANCTIONS", Status: 200, Body: []byte(body)})
	}
	for body, want := range map[string]float64{
		`{"more":false,"items":[{"score":0.5},{"score":0.81},{"score":null}]}`: 81,
		`{"more":false,"items":[{"score":null}]}`:                              97,
		`{"more":false,"items":[{"score":81}]}`:                                97,
		`{"more":false,"items":[]}`:                                            97,
	} {
		list(body)
		if o, err := authologic.Read(r); err != nil || o.Findings[0].Result != "false" || o.Findings[0].Confidence != want {
			t.Errorf("%s: got %+v, %v; want false with %v", body, o.Findings, err, want)
		}
	}
	list(`{"more":`)
	if o, err := authologic.Read(r); err == nil {
		t.Errorf("half a list: got %q, want an error", told(o))
	}
}

// A relative or close associate of somebody sanctioned is for somebody to look at, and is not sanctioned.
func TestAMereAssociateIsNotSanctioned(t *testing.T) {
	for _, tt := range []struct {
		what  string
		pages []string
		want  string
		sure  float64
	}{
		{"the subject", []string{`{"more":false,"items":[{"type":"PERSON","score":0.9}]}`}, "completed aml=false:sanctions_hit", 90},
		{"an associate", []string{`{"more":false,"items":[{"type":"RCA","score":0.9},{"type":"RCA","score":0.5}]}`}, "completed aml=flagged:possible_list_match", 90},
		{"both", []string{`{"more":false,"items":[{"type":"RCA","score":0.9},{"type":"PERSON","score":0.7}]}`}, "completed aml=false:sanctions_hit", 90},
		{"the subject on the second page", []string{`{"more":true,"items":[{"type":"RCA"}]}`, `{"more":false,"items":[{"type":"PERSON"}]}`}, "completed aml=false:sanctions_hit", 97},
		{"associates only, as far as it was read", []string{`{"more":true,"items":[{"type":"RCA"}]}`}, "completed aml=false:sanctions_hit", 97},
		{"a kind nobody knows", []string{`{"more":false,"items":[{"type":"FRIEND"}]}`}, "completed aml=false:sanctions_hit ?entry:FRIEND", 97},
		{"no kind", []string{`{"more":false,"items":[{"score":0.9}]}`}, "completed aml=false:sanctions_hit", 90},
		{"nobody", []string{`{"more":false,"items":[]}`}, "completed aml=false:sanctions_hit", 97},
		{"not read", nil, "completed aml=false:sanctions_hit", 97},
	} {
		r := status(`"aml":{"status":"FINISHED","found":["SANCTIONS"]}`)
		r.Ref = jsontext.Value(`{"id":"5b0c6c0e","products":["aml"],"aspects":["aml"]}`)
		for _, p := range tt.pages {
			r.Exchanges = append(r.Exchanges, providers.Exchange{Op: "aml_SANCTIONS", Status: 200, Body: []byte(p)})
		}
		o, err := authologic.Read(r)
		if err != nil || told(o) != tt.want || o.Findings[0].Confidence != tt.sure {
			t.Errorf("%s: got %q %+v, %v; want %q with %v (%q)", tt.what, told(o), o.Findings, err, tt.want, tt.sure, tt.pages)
		}
	}
}

func TestWhatWasFoundOutOfAPersonIsExtracted(t *testing.T) {
	o, err := authologic.Read(status(`"identity":{"status":"FINISHED","user":{"person":{"name":{"firstName":"Jan","lastName":"Nowak"},"info":{"birthDate":"1983-07-03","age":42}}}},"aml":{"status":"FINISHED","found":[]}`))
	if err != nil || o.Extracted == nil || o.Extracted.Name.LastName != "Nowak" || o.Extracted.Info.BirthDate != "1983-07-03" {
		t.Errorf("got %#v, %v; want the person", o.Extracted, err)
	}
	o, err = authologic.Read(status(`"identity":{"status":"FINISHED","user":{"person":{"name":"Jan Nowak"}}},"aml":{"status":"FINISHED","found":[]}`))
	if err != nil || o.Extracted != nil || len(o.Unknown) != 1 {
		t.Errorf("a name of another form: got %#v, %v, %v; want none, and it counted", o.Extracted, o.Unknown, err)
	}
}

func TestWhatIsNoConversationIsRefused(t *testing.T) {
	for _, body := range []string{``, `{}`, `[]`, `{"id":"5b0c6c0e"}`, `{"status":"FINISHED"}`, `{"id":"another","status":"FINISHED"}`, `{"id":"5b0c6c0e","status":"FINISHED","Status":"CREATED"}`,
		`{"id":"5b0c6c0e","status":"FINISHED","result":{"aml":{"status":"FINISHED","found":"none"}}}`, `{"status":"NOT_FOUND","message":"Item not found","violations":[]}`} {
		r := status("")
		r.Exchanges[0].Body = []byte(body)
		if o, err := authologic.Read(r); err == nil {
			t.Errorf("%s: got %q, want an error", body, told(o))
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, results := range []string{`"identity":{"status":"FINISHED"},"aml":{"status":"FINISHED","found":[]}`, `"identity":{"status":"FAILED","errors":["ABANDONED"]}`,
		`"aml":{"status":"FINISHED","found":["SANCTIONS"]}`, `"verify":{"status":"FINISHED","details":[{"field":"PERSON_ADDRESS","reliability":0.5}]}`} {
		f.Add(status(results).Exchanges[0].Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := status("")
		r.Exchanges[0].Body = body
		o, err := authologic.Read(r)
		if err != nil {
			return
		}
		for _, x := range o.Findings {
			if x.Result == "true" && o.Status != "completed" || !(x.Confidence >= 0 && x.Confidence <= 100) {
				t.Errorf("got %s %s %v while %s of %q", x.Component, x.Result, x.Confidence, o.Status, body)
			}
			for _, code := range x.Reasons {
				if _, ok := providers.ReasonText(code); !ok {
					t.Errorf("got reason %q of %q", code, body)
				}
			}
		}
	})
}

func TestWhatWasFoundOutOfABusinessIsTold(t *testing.T) {
	for user, want := range map[string]string{
		`"company":{"name":{"name":"Tern Sp. z o.o."},"ids":{"taxId":"5252"},"address":{"city":"Gdynia","country":"PL"}}`: "Tern Sp. z o.o. 5252 Gdynia",
		`"company":{}`: "",
		``:             "",
	} {
		o, err := authologic.Read(status(`"identity":{"status":"FINISHED","user":{` + user + `}},"aml":{"status":"FINISHED","found":[]}`))
		got := ""
		if c := o.Registered; c != nil {
			got = c.Name.Name + " " + c.IDs.TaxID + " " + c.Address.City
		}
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", user, got, err, want)
		}
	}
}
