package bive

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// summary of an outcome: status, findings, actions and unknown words.
func summary(o providers.Outcome) string {
	s := o.Status
	for _, f := range o.Findings {
		s += fmt.Sprintf(" %s%s=%s/%v%v", f.Component, person1(f.Person), f.Result, f.Confidence, f.Reasons)
	}
	for _, a := range o.Actions {
		s += fmt.Sprintf(" %s%s:%s", a.Type, person1(a.Person), a.URL)
	}
	if len(o.Unknown) > 0 {
		s += fmt.Sprintf(" ?%v", o.Unknown)
	}
	return s
}

func person1(p string) string {
	if p == "" {
		return ""
	}
	return "(" + p + ")"
}

func TestReading(t *testing.T) {
	final := func(result, confidence string) string {
		return `"status":"Completed","final_result":{"result":` + result + `,"confidence":` + confidence + `,"reasoning":"prose"}`
	}
	detail := func(pairs ...string) string {
		var all []string
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, `{"component":"`+pairs[i]+`","result":`+pairs[i+1]+`,"reasoning":"prose"}`)
		}
		return `,"details":[` + strings.Join(all, ",") + `]`
	}
	tests := []struct{ name, record, want string }{
		{"initiated", `"status":"Initiated"`, "pending"},
		{"generating", `"status":"GeneratingLivenessCheck"`, "pending"},
		{"running, with a blank", `"status":" Running "`, "pending"},
		{"failed is no verdict", `"status":"Failed","final_result":{"result":"false","confidence":99}`, "failed"},
		{"unknown status", `"status":"Paused"`, "pending ?[status:Paused]"},
		{"status in another case", `"status":"completed"`, "pending ?[status:completed]"},
		{"link", `"status":"AwaitingLivenessCheck","liveness_checks":[{"name":"Ana Reyes","url":"https://verify.bive.example/l/1","status":"pending"}]`,
			"awaiting_subject open_link:https://verify.bive.example/l/1"},
		{"link that was used", `"status":"AwaitingLivenessCheck","liveness_checks":[{"name":"Ana Reyes","url":"https://verify.bive.example/l/1","status":"completed"}]`, "awaiting_subject"},
		{"link that is none", `"status":"AwaitingLivenessCheck","liveness_checks":[{"name":"Ana Reyes","url":"javascript:alert(1)","status":"pending"}]`, "awaiting_subject ?[liveness_check:url]"},

		{"true", final(`"true"`, "99") + detail("document", `"true"`, "name", `"true"`), "completed document=true/99[] name=true/99[] person=true/99[]"},
		{"true at 95", final(`"true"`, "95") + detail("document", `"true"`), "completed document=true/95[] person=true/95[]"},
		{"true under 95", final(`"true"`, "94.9") + detail("document", `"true"`), "completed document=unknown/94.9[inconclusive] person=unknown/94.9[low_confidence] ?[confidence:low]"},
		{"true without confidence", `"status":"Completed","final_result":{"result":"true"}` + detail("document", `"true"`), "completed document=unknown/0[inconclusive] person=unknown/0[low_confidence] ?[confidence: confidence:low]"},
		{"true at 950", final(`"true"`, "950") + detail("document", `"true"`), "completed document=unknown/0[inconclusive] person=unknown/0[low_confidence] ?[confidence: confidence:low]"},
		{"true, flagged", final(`"true"`, "96") + detail("document", `"flagged"`, "name", `"true"`), "completed document=flagged/96[document_anomaly] name=true/96[] person=true/96[]"},
		{"true, a component false", final(`"true"`, "96") + detail("document", `"false"`), "completed document=flagged/96[forged] person=true/96[]"},
		{"true, an unknown component", final(`"true"`, "99") + detail("aura", `"flagged"`), "completed person=flagged/99[vendor_word_unknown] ?[component:aura]"},
		{"true, an unknown word", final(`"true"`, "99") + detail("document", `"splendid"`), "completed document=unknown/99[vendor_word_unknown] person=true/99[] ?[component:splendid]"},
		{"component in capitals", final(`"true"`, "99") + detail("document", `"True"`), "completed document=unknown/99[vendor_word_unknown] person=true/99[] ?[component:True]"},
		{"true as boolean", final(`true`, "99") + detail("document", `true`), "completed document=true/99[] person=true/99[] ?[final_result:boolean component:boolean]"},

		{"false", final(`"false"`, "98.5") + detail("document", `"false"`, "name", `"true"`), "completed document=false/98.5[forged] name=unknown/98.5[inconclusive] person=false/98.5[]"},
		{"false under 95", final(`"false"`, "90") + detail("document", `"false"`), "completed document=unknown/90[inconclusive forged] person=unknown/90[low_confidence] ?[confidence:low]"},
		{"false, what is flagged is to blame", final(`"false"`, "98") + detail("document", `"flagged"`, "name", `"true"`), "completed document=false/98[forged] name=unknown/98[inconclusive] person=false/98[]"},
		{"false, nothing named", final(`"false"`, "98") + detail("document", `"true"`), "completed document=false/98[forged] person=false/98[]"},

		{"unknown", final(`"unknown"`, "61") + detail("document", `"flagged"`, "name", `"true"`), "completed document=unknown/61[inconclusive document_anomaly] name=unknown/61[inconclusive] person=unknown/61[inconclusive]"},
		{"unknown word", final(`"maybe"`, "99") + detail("document", `"true"`), "completed document=unknown/99[inconclusive] person=unknown/99[inconclusive] ?[final_result:maybe]"},
		{"somebody's data for a word", final(`"Ana Reyes 1990"`, "99"), "completed person=unknown/99[inconclusive] ?[final_result:?]"},
		{"no final result", `"status":"Completed"` + detail("document", `"true"`), "completed document=unknown/0[inconclusive] person=unknown/0[inconclusive] ?[final_result:]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for shape, body := range map[string]string{"list": `{"data":[%s]}`, "object": `{"data":%s}`, "bare": `%s`} {
				r := providers.Reply{Ref: jsontext.Value(`{"id":"w1","kind":"person"}`), Exchanges: []providers.Exchange{
					{Op: "status", Status: 200, Body: []byte(fmt.Sprintf(body, `{"id":"w1",`+tt.record+`}`))},
				}}
				o, err := Read(r)
				if got := summary(o); err != nil || got != tt.want {
					t.Errorf("%s: got\n%s, %v\nwant\n%s", shape, got, err, tt.want)
				}
				for _, f := range o.Findings {
					if f.Reasoning == "" || strings.Contains(f.Reasoning, "prose") {
						t.Errorf("%s: %s: got reasoning %q, want our words", shape, f.Component, f.Reasoning)
					}
				}
			}
		})
	}
}

func TestAssociatedPersonsAreFoundByName(t *testing.T) {
	const people = `[{"reference":"ubo-1","name":"Ana Reyes"},{"reference":"ubo-2","name":"Jan Kowalski"},{"reference":"ubo-3","name":"Ana Reyes"}]`
	tests := []struct{ name, persons, confidence, want string }{
		{"capitalised", `{"name":"Ana Reyes","result":"True"},{"name":"jan kowalski","result":"False"},{"name":"Ana Reyes","result":"Unknown"}`, "99",
			"persons(ubo-1)=true/99[] persons(ubo-2)=false/99[company_person_failed] persons(ubo-3)=unknown/99[inconclusive]"},
		{"one forgotten", `{"name":"Ana Reyes","result":"true"},{"name":"Jan Kowalski","result":"true"}`, "99",
			"persons(ubo-1)=true/99[] persons(ubo-2)=true/99[] persons(ubo-3)=unknown/0[not_checked]"},
		{"a stranger", `{"name":"Ana Reyes","result":"true"},{"name":"Jan Kowalski","result":"true"},{"name":"Ana Reyes","result":"true"},{"name":"Max Muster","result":"true"}`, "99",
			"persons(ubo-1)=true/99[] persons(ubo-2)=true/99[] persons(ubo-3)=true/99[] persons=unknown/99[name_mismatch]"},
		{"unsure", `{"name":"Ana Reyes","result":"true"},{"name":"Jan Kowalski","result":"true"},{"name":"Ana Reyes","result":"true"}`, "60",
			"persons(ubo-1)=unknown/60[inconclusive] persons(ubo-2)=unknown/60[inconclusive] persons(ubo-3)=unknown/60[inconclusive]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := providers.Reply{Ref: jsontext.Value(`{"id":"w1","kind":"business"}`), Exchanges: []providers.Exchange{
				{Op: "status", Status: 200, Body: []byte(`{"data":{"id":"w1","status":"Completed","final_result":{"result":"true","confidence":` + tt.confidence + `},"associated_persons":[` + tt.persons + `]}}`)},
				{Op: opAsked, Body: []byte(people)},
			}}
			o, err := Read(r)
			if err != nil {
				t.Fatal(err)
			}
			var findings []providers.Finding
			for _, f := range o.Findings {
				if f.Component == "persons" {
					findings = append(findings, f)
				}
			}
			if got := strings.TrimSpace(summary(providers.Outcome{Findings: findings})); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAnotherChecksRecordIsNotRead(t *testing.T) {
	_, err := Read(providers.Reply{Ref: jsontext.Value(`{"id":"w2","kind":"person"}`), Exchanges: []providers.Exchange{
		{Op: "status", Status: 200, Body: []byte(`{"data":{"id":"w1","status":"Completed","final_result":{"result":"true","confidence":99}}}`)},
	}})
	if fault.ClassOf(err) != fault.Malformed {
		t.Errorf("got %v, want class malformed", err)
	}
}

// The form is PHP's: json_encode(json_decode(body, true)).
func TestPHPForm(t *testing.T) {
	for in, want := range map[string]string{
		`{ "a" : 1, "b": [ true , null ] }`: `{"a":1,"b":[true,null]}`,
		`{"u":"https://x.test/é😀"}`:         `{"u":"https:\/\/x.test\/\u00e9\ud83d\ude00"}`,
		`{"o":{},"l":[],"n":{"m":{}}}`:      `{"o":[],"l":[],"n":{"m":[]}}`,
		`{"q":"\"\\\n\u0001\u007f"}`:        `{"q":"\"\\\n\u0001` + "\x7f" + `"}`,
		`{"c":98.5}`:                        `{"c":98.5}`,
		`"\/"`:                              `"\/"`,
	} {
		got, ok := phpForm([]byte(in))
		if !ok || string(got) != want {
			t.Errorf("%s: got %s, %v; want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{``, `{`, `{"a":1,"a":2}`, `{} {}`, strings.Repeat("[", 1000)} {
		if got, ok := phpForm([]byte(in)); ok {
			t.Errorf("%.20s: got %s, want a refusal", in, got)
		}
	}
}

// Every code that the tables use is one of ours.
func TestReasonsAreOurs(t *testing.T) {
	v := reflect.ValueOf(codes)
	for _, k := range v.MapKeys() {
		for _, code := range []string{codes[k.String()].wrong, codes[k.String()].odd} {
			if _, ok := providers.ReasonText(code); !ok {
				t.Errorf("%s: %q is not in providers.Reasons", k, code)
			}
		}
	}
}
