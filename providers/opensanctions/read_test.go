package opensanctions_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers/opensanctions"
)

// What is not said, or not understood, is never an empty list.
func TestHitsWeighWhatTheySay(t *testing.T) {
	for _, tt := range []struct {
		what, results string
		result        string
		confidence    float64
		unknown       int
	}{
		{"no hit", `[]`, "true", 98, 0},
		{"a candidate under the threshold", `[{"score":0.6,"match":false,"properties":{"topics":["sanction"]}}]`, "true", 98, 0},
		{"a sure sanction", `[{"score":0.95,"match":true,"properties":{"topics":["sanction"]}}]`, "false", 95, 0},
		{"an unsure sanction", `[{"score":0.94,"match":true,"properties":{"topics":["sanction"]}}]`, "flagged", 94, 0},
		{"an official", `[{"score":1,"match":true,"properties":{"topics":["role.pep"]}}]`, "flagged", 100, 0},
		{"a harmless mention", `[{"score":1,"match":true,"properties":{"topics":["role.judge"]}}]`, "true", 98, 0},
		{"the worst of several", `[{"score":1,"match":true,"properties":{"topics":["role.pep"]}},{"score":0.97,"match":true,"properties":{"topics":["sanction"]}}]`, "false", 97, 0},
		{"the worst first", `[{"score":0.97,"match":true,"properties":{"topics":["sanction"]}},{"score":1,"match":true,"properties":{"topics":["role.pep"]}}]`, "false", 97, 0},
		{"a topic nobody knows", `[{"score":1,"match":true,"properties":{"topics":["role.new"]}}]`, "flagged", 100, 1},
		{"no topics", `[{"score":1,"match":true,"properties":{}}]`, "flagged", 100, 0},
		{"no word on whether it matches", `[{"score":1,"properties":{"topics":["sanction"]}}]`, "flagged", 0, 1},
		{"no score", `[{"match":true,"properties":{"topics":["sanction"]}}]`, "flagged", 0, 1},
		{"a score out of range", `[{"score":97,"match":true,"properties":{"topics":["sanction"]}}]`, "flagged", 0, 1},
		{"no results", `null`, "unknown", 0, 0},
	} {
		o, err := opensanctions.Read(reply(tt.results))
		if err != nil || len(o.Findings) != 1 {
			t.Errorf("%s: got %d findings, %v; want one", tt.what, len(o.Findings), err)
			continue
		}
		if f := o.Findings[0]; f.Result != tt.result || f.Confidence != tt.confidence || len(o.Unknown) != tt.unknown {
			t.Errorf("%s: got %s %v, %d unknown words; want %s %v, %d (%s)", tt.what, f.Result, f.Confidence, len(o.Unknown), tt.result, tt.confidence, tt.unknown, tt.results)
		}
	}
}

func TestANameAloneIsLessSure(t *testing.T) {
	r := reply(`[]`)
	r.Ref = jsontext.Value(`{"asked":[{"query":"subject"}]}`)
	o, err := opensanctions.Read(r)
	if err != nil || o.Findings[0].Confidence != 95 {
		t.Errorf("got %+v, %v; want confidence 95", o.Findings, err)
	}
}

func TestNobodyWhoWasAskedAboutIsForgotten(t *testing.T) {
	r := reply(`[]`)
	r.Ref = jsontext.Value(`{"asked":[{"query":"subject"},{"query":"person:ubo-1"}]}`)
	o, err := opensanctions.Read(r)
	if err != nil || len(o.Findings) != 2 || o.Findings[1].Person != "ubo-1" || o.Findings[1].Result != "unknown" {
		t.Errorf("got %+v, %v; want ubo-1 unknown", o.Findings, err)
	}
	for _, body := range []string{`{}`, `{"responses":null}`, `{"responses":{},"responses":{}}`, `{"Responses":{}}`, `[]`} {
		r.Exchanges[0].Body = []byte(body)
		if o, err := opensanctions.Read(r); err == nil {
			t.Errorf("%s: got %+v, want an error", body, o.Findings)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"responses":{"subject":{"status":200,"results":[{"score":1,"match":true,"properties":{"topics":["sanction"]}}],"total":{"value":1,"relation":"eq"}}}}`))
	f.Add([]byte(`{"responses":{"subject":{"status":500,"results":[]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := reply(`[]`)
		r.Exchanges[0].Body = body
		o, err := opensanctions.Read(r)
		if err != nil {
			return
		}
		for _, f := range o.Findings {
			if f.Confidence < 0 || f.Confidence > 100 || f.Result == "true" && f.Confidence != 98 {
				t.Errorf("got %s %v of %q", f.Result, f.Confidence, body)
			}
		}
	})
}
