package persona_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/persona"
)

// summary of an outcome: status, findings, actions and unknown words.
func summary(o providers.Outcome) string {
	s := o.Status
	for _, f := range o.Findings {
		s += fmt.Sprintf(" %s=%s/%v%v", f.Component, f.Result, f.Confidence, f.Reasons)
	}
	for _, a := range o.Actions {
		s += fmt.Sprintf(" %s:%s%v", a.Type, a.URL, a.Reasons)
	}
	if len(o.Unknown) > 0 {
		s += fmt.Sprintf(" ?%v", o.Unknown)
	}
	return s
}

// with is a reply whose reference has more members.
func with(r providers.Reply, members string) providers.Reply {
	r.Ref = jsontext.Value(`{"id":"inq_1",` + members + `}`)
	return r
}

func TestReading(t *testing.T) {
	const early, late = "2026-03-01T09:00:00.000Z", "2026-03-01T09:05:00.000Z"
	id := func(status string, checks ...string) thing { return verification("government-id", status, checks...) }
	face := func(status string, checks ...string) thing { return verification("selfie", status, checks...) }
	forged, blurred := check("id_fabrication_detection", "failed", "required"), check("id_blur_detection", "failed", "required")
	ready := func(kind, rest string) thing { return report(kind, `"status":"ready",`+rest) }
	for _, tt := range []struct {
		name string
		r    providers.Reply
		want string
	}{
		// The states of the inquiry.
		{"created", with(reply("created"), `"link":"https://p.test/1"`), "awaiting_subject open_link:https://p.test/1[]"},
		{"pending", reply("pending", id("submitted")), "pending"},
		{"started", reply("started"), "pending"},
		{"expired, and so is its link", with(reply("expired"), `"link":"https://p.test/1"`), "awaiting_subject"},
		{"in review, with a hyphen", reply("needs-review", id("passed")), "in_review"},
		{"completed", reply("completed", id("passed")), "completed document=true/97[] person=true/97[]"},
		{"approved", reply("approved", id("passed")), "completed document=true/97[] person=true/97[]"},
		{"failed is no decline", reply("failed", id("canceled")), "completed document=unknown/0[vendor_error] person=unknown/0[too_many_attempts]"},
		{"a state that is not known", reply("escalated", id("passed")), "pending ?[inquiry:escalated]"},
		{"declined for what failed", reply("declined", id("failed", forged), face("passed", check("selfie_liveness_detection", "passed", "required"))),
			"completed document=false/97[forged] selfie=true/97[] liveness=true/97[] person=false/97[forged]"},
		{"declined without a reason", reply("declined", id("passed"), ready("watchlist", `"has-match":false`)), "completed document=false/97[other] aml=true/97[] person=false/97[other]"},
		{"approved in spite of a failure", reply("approved", id("failed", forged)), "completed document=flagged/60[forged] person=true/97[]"},
		{"nothing to go by", reply("completed"), "completed person=true/97[]"},
		{"deleted at the vendor", replyWith(`"status":"approved","redacted-at":"`+late+`"`, id("passed")), "failed"},

		// The newest attempt counts.
		{"failed, then passed", reply("completed", verificationAt("government-id", "failed", early, forged), verificationAt("government-id", "passed", late)),
			"completed document=true/97[] person=true/97[]"},
		{"listed the other way round", reply("completed", verificationAt("government-id", "passed", late), verificationAt("government-id", "failed", early, forged)),
			"completed document=true/97[] person=true/97[]"},
		{"passed, then failed", reply("completed", verificationAt("government-id", "passed", early), verificationAt("government-id", "failed", late, forged)),
			"completed document=false/97[forged] person=true/97[]"},
		{"of one moment", reply("completed", verificationAt("government-id", "passed", late), verificationAt("government-id", "failed", late, forged)),
			"completed document=false/97[forged] person=true/97[]"},
		{"the stricter rule", with(reply("approved", verificationAt("government-id", "failed", early, forged), verificationAt("government-id", "passed", late)), `"all":true`),
			"completed document=unknown/0[manual_review] person=unknown/0[manual_review]"},
		{"the stricter rule, kept", with(reply("approved", verificationAt("government-id", "passed", early), verificationAt("government-id", "passed", late)), `"all":true`),
			"completed document=true/97[] person=true/97[]"},

		// The states of a verification.
		{"still running", reply("completed", id("initiated")), "pending"},
		{"confirmed is not passed yet", reply("completed", verification("phone-number", "confirmed")), "pending"},
		{"tentatively", reply("completed", verification("document", "tentatively_passed")), "pending"},
		{"not waited for once decided", reply("approved", id("passed"), verification("phone-number", "initiated")), "completed document=true/97[] phone=unknown/0[not_checked] person=true/97[]"},
		{"skipped", reply("completed", verification("aamva", "skipped")), "completed database=unknown/0[not_checked] person=true/97[]"},
		{"again", with(reply("pending", thing{"verification/government-id", "ver_again", `{"type":"verification/government-id","id":"ver_again","attributes":{"status":"requires_retry","checks":[` + blurred + `]}}`}),
			`"link":"https://p.test/2","linkFor":"ver_again"`), "awaiting_subject open_link:https://p.test/2[blurred]"},
		{"again, without a link", with(reply("pending", id("requires_retry", blurred)), `"link":"https://p.test/2"`), "awaiting_subject"},
		{"never repeated", reply("failed", id("requires_retry", blurred)), "completed document=unknown/0[blurred inconclusive] person=unknown/0[too_many_attempts]"},
		{"failed for a photograph", reply("failed", id("failed", blurred)), "completed document=unknown/0[blurred] person=unknown/0[too_many_attempts]"},
		{"failed, nobody says why", reply("failed", id("failed")), "completed document=false/97[document_unverified] person=unknown/0[too_many_attempts]"},
		{"a status that is not known", reply("completed", id("questionable")), "completed document=unknown/0[vendor_word_unknown] person=true/97[] ?[verification_status:questionable]"},
		{"a type that is not known", reply("completed", verification("palm", "passed")), "completed person=true/97[] ?[verification:palm]"},
		{"an electronic identity", reply("completed", verification("digital-id-itsme", "passed")), "completed document=true/97[] person=true/97[]"},

		// The checks.
		{"not required and odd", reply("completed", id("passed", check("id_tamper_detection", "failed", "not_required"))), "completed document=flagged/60[forged] person=true/97[]"},
		{"not required and plain", reply("completed", id("passed", check("id_blur_detection", "failed", "not_required"))), "completed document=true/97[] person=true/97[]"},
		{"no requirement is not required", reply("completed", id("passed", check("id_tamper_detection", "failed", ""))), "completed document=flagged/60[forged] person=true/97[]"},
		{"required, and passed all the same", reply("completed", id("passed", forged)), "completed document=flagged/60[forged] person=true/97[]"},
		{"not applicable", reply("completed", id("passed", check("id_expired_detection", "not_applicable", "required"))), "completed document=true/97[] person=true/97[]"},
		{"a check that is not known", reply("completed", id("passed", check("id_aura_detection", "passed", "required"))), "completed document=true/97[] person=true/97[] ?[check:id_aura_detection]"},
		{"one that failed", reply("failed", id("failed", check("id_aura_detection", "failed", "required"))),
			"completed document=false/97[vendor_word_unknown] person=unknown/0[too_many_attempts] ?[check:id_aura_detection]"},
		{"a check's status that is not known", reply("completed", id("passed", check("id_tamper_detection", "shrug", "required"))),
			"completed document=unknown/0[vendor_word_unknown] person=true/97[] ?[check_status:shrug]"},
		{"the name on the document", reply("completed", id("passed", check("id_inquiry_comparison", "passed", "required"))), "completed document=true/97[] name=true/97[] person=true/97[]"},
		{"another face", reply("failed", face("failed", check("selfie_id_comparison", "failed", "required"), check("selfie_liveness_detection", "passed", "required"))),
			"completed selfie=false/97[selfie_mismatch] liveness=unknown/0[inconclusive] person=unknown/0[too_many_attempts]"},
		{"not alive", reply("failed", face("failed", check("selfie_id_comparison", "passed", "required"), check("selfie_liveness_detection", "failed", "required"))),
			"completed selfie=unknown/0[inconclusive] liveness=false/97[liveness_failed] person=unknown/0[too_many_attempts]"},
		{"liveness was not looked at", reply("completed", face("passed", check("selfie_liveness_detection", "not_applicable", "not_required"))),
			"completed selfie=true/97[] liveness=unknown/0[not_checked] person=true/97[]"},
		{"a database", reply("completed", verification("database", "failed", check("database_name_comparison", "passed", "required"), check("database_address_comparison", "failed", "required"))),
			"completed database=unknown/0[inconclusive] name=unknown/0[inconclusive] address=false/97[address_mismatch] person=true/97[]"},
		{"names of the seed", reply("completed", verification("database", "passed", check("database_ssn_check", "passed", "required"), check("database_watchlist_check", "passed", "required"))),
			"completed database=true/97[] aml=true/97[] person=true/97[]"},
		{"two types of one component", reply("completed", id("passed"), verification("government-id-nfc", "failed", forged)), "completed document=false/97[forged] person=true/97[]"},

		// The lists.
		{"on no list", reply("completed", ready("watchlist", `"has-match":false`), ready("adverse-media", `"has-match":false`)), "completed aml=true/97[] person=true/97[]"},
		{"sanctioned since", replyWith(`"status":"approved","decisioned-at":"`+early+`"`, ready("watchlist", `"has-match":true,"completed-at":"`+late+`"`)), "completed aml=false/97[sanctions_hit] person=true/97[]"},
		{"sanctioned, and approved by somebody who knew", replyWith(`"status":"approved","decisioned-at":"`+late+`"`, ready("watchlist", `"has-match":true,"completed-at":"`+early+`"`)),
			"completed aml=flagged/60[sanctions_hit] person=true/97[]"},
		{"sanctioned, nobody decided", reply("completed", ready("watchlist", `"has-match":true,"matched-lists":[{}]`)), "completed aml=false/97[sanctions_hit] person=true/97[]"},
		{"in office", reply("completed", ready("politically-exposed-person", `"has-match":true,"result":[{}]`)), "completed aml=flagged/60[pep_hit] person=true/97[]"},
		{"bad press", reply("completed", ready("adverse-media", `"has-match":true`)), "completed aml=flagged/60[adverse_media_hit] person=true/97[]"},
		{"the worst counts", reply("completed", ready("politically-exposed-person", `"has-match":true`), ready("watchlist", `"has-match":true`)), "completed aml=false/97[sanctions_hit] person=true/97[]"},
		{"dismissed", reply("completed", ready("watchlist", `"has-match":true,"matched-lists":[{}],"ignore-list":[{}]`)), "completed aml=flagged/60[possible_list_match] person=true/97[]"},
		{"one of two dismissed", reply("completed", ready("watchlist", `"has-match":true,"matched-lists":[{},{}],"ignore-list":[{}]`)), "completed aml=false/97[sanctions_hit] person=true/97[]"},
		{"waited for", with(reply("completed", report("watchlist", `"status":"pending","has-match":false`)), `"aml":true`), "pending"},
		{"not wanted", reply("completed", report("watchlist", `"status":"pending","has-match":false`)), "completed aml=unknown/0[not_checked] person=true/97[]"},
		{"wanted, and there is none", with(reply("completed"), `"aml":true`), "completed aml=unknown/0[not_checked] person=true/97[]"},
		{"broken", reply("completed", report("watchlist", `"status":"errored","has-match":false`)), "completed aml=unknown/0[vendor_error] person=true/97[]"},
		{"no word", reply("completed", ready("watchlist", `"has-match":null`)), "completed aml=unknown/0[inconclusive] person=true/97[] ?[report:has-match]"},
		{"another report", reply("completed", ready("email-address", `"has-match":true`), ready("horoscope", `"has-match":true`)), "completed person=true/97[] ?[report:report/horoscope]"},

		// The flow's params, and what we have told the vendor ourselves.
		{"a workflow decides", with(reply("completed", id("passed")), `"workflow":true`), "pending"},
		{"it has decided", with(reply("approved", id("passed")), `"workflow":true`), "completed document=true/97[] person=true/97[]"},
		{"our own decline", replyWith(`"status":"declined","reviewer-comment":"Decided by Bonafide.","completed-at":"`+late+`"`, id("passed")), "completed document=true/97[] person=true/97[]"},
		{"somebody's decline", replyWith(`"status":"declined","reviewer-comment":"No.","completed-at":"`+late+`"`, id("passed")), "completed document=false/97[other] person=false/97[other]"},
		{"our own approval of a failure", replyWith(`"status":"approved","reviewer-comment":"Decided by Bonafide.","failed-at":"`+late+`"`, id("failed", forged)),
			"completed document=false/97[forged] person=unknown/0[too_many_attempts]"},
		{"our own mark for review", with(replyWith(`"status":"needs_review","completed-at":"`+late+`"`, id("passed")), `"told":"needs_review"`), "completed document=true/97[] person=true/97[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := persona.Read(tt.r)
			if got := summary(o); err != nil || got != tt.want {
				t.Errorf("got\n%s, %v\nwant\n%s", got, err, tt.want)
			}
			for _, f := range o.Findings {
				if !strings.HasPrefix(f.Reasoning, "Persona ") {
					t.Errorf("%s: got reasoning %q, want our words", f.Component, f.Reasoning)
				}
			}
		})
	}
}

// An empty relationship is written in six ways.
func TestEmptyRelationships(t *testing.T) {
	for _, empty := range []string{`{}`, `null`, `{"data":null}`, `{"data":{}}`, `{"data":[]}`} {
		body := `{"data":{"type":"inquiry","id":"inq_1","attributes":{"status":"completed"},"relationships":{"verifications":` + empty + `,"reports":` + empty + `}}}`
		o, err := persona.Read(providers.Reply{Exchanges: []providers.Exchange{{Op: "inquiry", Status: 200, Body: []byte(body)}}})
		if got := summary(o); err != nil || got != "completed person=true/97[]" {
			t.Errorf("%s: got %s, %v", empty, got, err)
		}
	}
}

// Verifications that came one by one count like those that came with the inquiry; what did not come at all is no verdict.
func TestWhatIsListedMustBeThere(t *testing.T) {
	v := verification("government-id", "failed", check("id_fabrication_detection", "failed", "required"))
	r := reply("declined", v)
	r.Exchanges[0].Body = []byte(strings.Replace(string(r.Exchanges[0].Body), v.body, "", 1))
	if o, err := persona.Read(r); fault.ClassOf(err) != fault.Malformed {
		t.Errorf("missing: got %s, %v; want class malformed", summary(o), err)
	}
	r.Exchanges = append(r.Exchanges, providers.Exchange{Op: "verification", Status: 200, Body: []byte(`{"data":` + v.body + `}`)})
	if o, err := persona.Read(r); err != nil || summary(o) != "completed document=false/97[forged] person=false/97[forged]" {
		t.Errorf("read by its id: got %s, %v", summary(o), err)
	}
	r.Ref = jsontext.Value(`{"id":"inq_2"}`)
	if _, err := persona.Read(r); fault.ClassOf(err) != fault.Malformed {
		t.Errorf("another check's inquiry: got %v, want class malformed", err)
	}
}

func TestTheNewestMomentOrdersAnswers(t *testing.T) {
	r := replyWith(`"status":"approved","updated-at":"2026-03-01T09:10:00.000Z"`, verificationAt("selfie", "passed", "2026-03-01T09:01:00.000Z"),
		report("watchlist", `"status":"ready","has-match":false,"completed-at":"2026-03-08T10:00:00.500Z"`))
	o, err := persona.Read(r)
	if want := time.Date(2026, 3, 8, 10, 0, 0, 500e6, time.UTC); err != nil || !o.ObservedAt.Equal(want) {
		t.Errorf("got %v, %v; want %v: monitoring runs reports again", o.ObservedAt, err, want)
	}
}

func TestWhatADocumentSaysIsExtracted(t *testing.T) {
	document := func(class, status string) providers.Outcome {
		v := thing{"verification/government-id", "ver_x", `{"type":"verification/government-id","id":"ver_x","attributes":{"status":"` + status + `","id-class":"` + class + `","country-code":"PT",
			"name-first":"ANA","name-middle":null,"name-last":"REYES","birthdate":"1990-02-11","identification-number":"X1234567","document-number":null,"expiration-date":"2029-01-04",
			"sex":"F","nationality":null,"address-street-1":"1 Elm Rd","address-street-2":null,"address-city":"Lisboa","address-postal-code":"1000","checks":[]}}`}
		o, err := persona.Read(reply("completed", v, verification("database", "passed")))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	p := document("pp", "passed").Extracted
	if p == nil || p.Name.FirstName != "ANA" || p.Name.LastName != "REYES" || p.Info.BirthDate != "1990-02-11" || p.Info.Gender != "FEMALE" || p.Address.City != "Lisboa" {
		t.Fatal("a passport: got other than what it says")
	}
	if d := p.IDs.Passport; d == nil || d.ID != "X1234567" || d.ExpiryDate != "2029-01-04" || d.IssueCountry != "PT" {
		t.Error("a passport: its number, expiry and country are not there")
	}
	if got := document("pp", "passed").Findings[0]; got.Component != "document" || !got.Expires.Equal(time.Date(2029, 1, 4, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("a passport: %s expires %v, want with the passport", got.Component, got.Expires)
	}
	for class, there := range map[string]func() bool{
		"dl": func() bool { return document("dl", "passed").Extracted.IDs.DriverLicence != nil },
		"id": func() bool { return document("id", "passed").Extracted.IDs.IDCard != nil },
		"rp": func() bool { return document("rp", "passed").Extracted.IDs.ResidencePermit != nil },
		"zz": func() bool { return document("zz", "passed").Extracted.IDs.OtherDocument != nil },
	} {
		if !there() {
			t.Errorf("%s: its number is not where it belongs", class)
		}
	}
	if document("pp", "failed").Extracted != nil {
		t.Error("a document that failed says something of the person")
	}
}
