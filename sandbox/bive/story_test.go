package bive_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/bive"
)

// documentOf returns what the details say of the document.
func documentOf(record object) string {
	for _, d := range record["details"].([]any) {
		if d := d.(object); d["component"] == "document" {
			return d["result"].(string)
		}
	}
	return "missing"
}

func TestStoryDecidesTheResult(t *testing.T) {
	v := newVendor(t)
	for _, tt := range []struct{ tag, result, document string }{
		{"", "true", "true"}, {"+approve", "true", "true"}, {"+reject", "false", "false"}, {"+flag", "true", "flagged"},
		{"+unknown", "unknown", "flagged"}, {"+retry", "unknown", "flagged"},
		{"+sanctions", "true", "true"}, {"+reversal", "true", "true"},
	} {
		id := v.create("person", v.ana(tt.tag))
		v.clock.Advance(time.Minute)
		for range 2 { // the second look is a day later: nothing is ever revoked
			r := v.get(id)
			if r["status"] != "Completed" || result(r) != tt.result || documentOf(r) != tt.document {
				t.Errorf("%q: got %v, want Completed %s with document %s", tt.tag, r, tt.result, tt.document)
			}
			final := r["final_result"].(object)
			if c := final["confidence"].(float64); c > 100 || (c < 95) != (tt.result == "unknown") {
				t.Errorf("%q: %s with confidence %v: true and false need 95, unknown has less", tt.tag, tt.result, c)
			}
			if final["reasoning"] == "" {
				t.Errorf("%q: no reasoning", tt.tag)
			}
			v.clock.Advance(24 * time.Hour)
		}
	}
}

func TestRetryNeedsANewDocument(t *testing.T) {
	v := newVendor(t)
	run := func(why, gov string, want string) {
		t.Helper()
		ana := v.ana("+retry")
		ana["gov_id"] = v.name("gov_id", gov)
		id := v.create("person", ana)
		v.clock.Advance(time.Minute)
		if got := result(v.get(id)); got != want {
			t.Errorf("%s: got %s, want %s", why, got, want)
		}
	}
	run("first run", png+"blurred", "unknown")
	run("the same document, uploaded again", png+"blurred", "unknown")
	run("a new document", png+"sharp", "true")
}

func TestDemoSimulatesExactlyWhatIsDocumented(t *testing.T) {
	v := newVendor(t)
	for _, tt := range []struct {
		demo             any
		result, document string
	}{
		{object{"status": true}, "true", "true"},
		{object{"status": true, "flag": false}, "true", "true"},
		{object{"status": true, "flag": true}, "true", "flagged"},
		{object{"status": false}, "false", "false"},
		{object{"status": false, "flag": true}, "false", "false"},
		{object{"flag": true}, "false", "false"},
		{object{}, "false", "false"},
		{object{"result": "unknown"}, "unknown", "flagged"},
		{object{"result": "true"}, "true", "true"},
		{object{"result": "false", "status": true}, "false", "false"},
		{nil, "true", "true"},
	} {
		id := v.create("person", with(v.ana(""), "demo", tt.demo))
		v.clock.Advance(time.Minute)
		if r := v.get(id); result(r) != tt.result || documentOf(r) != tt.document {
			t.Errorf("demo %v: got %s, document %s; want %s, %s", tt.demo, result(r), documentOf(r), tt.result, tt.document)
		}
	}
	id := v.create("person", with(v.ana("+reject"), "demo", object{"status": true}))
	v.clock.Advance(time.Minute)
	if got := result(v.get(id)); got != "true" {
		t.Errorf("demo against the story: got %s, want the demo's true", got)
	}
}

func TestBusinessAndItsPersonsEachHaveTheirOwnStory(t *testing.T) {
	v := newVendor(t)
	id := v.create("business", v.tern("+flag", "+approve", "+reject", "+unknown", "+flag"))
	if r := v.get(id); r["associated_persons"] != nil {
		t.Errorf("before completion: got %v, want no associated persons", r)
	}
	v.clock.Advance(time.Minute)
	r := v.get(id)
	if result(r) != "true" || documentOf(r) != "flagged" {
		t.Errorf("business: got %s, document %s; want true, flagged whatever its persons are", result(r), documentOf(r))
	}
	want := "[map[name:Jan Owner+approve result:True] map[name:Jan Owner+reject result:False]" +
		" map[name:Jan Owner+unknown result:Unknown] map[name:Jan Owner+flag result:True]]"
	if got := fmt.Sprint(r["associated_persons"]); got != want {
		t.Errorf("associated persons:\ngot  %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprint(r["input"]), "map[business_name:Tern Logistics doingBusinessAs: website:https://tern.example]"; got != want {
		t.Errorf("input: got %s, want %s", got, want)
	}
	rejected := v.create("business", v.tern("+reject", "+approve"))
	v.clock.Advance(time.Minute)
	if r := v.get(rejected); result(r) != "false" || fmt.Sprint(r["associated_persons"]) != "[map[name:Jan Owner+approve result:True]]" {
		t.Errorf("rejected business: got %v, want false with a valid person", r)
	}
}

func TestSlowAnswersLateAndNeverNever(t *testing.T) {
	v := newVendor(t)
	slow, never := v.create("person", v.ana("+slow")), v.create("person", v.ana("+never"))
	v.clock.Advance(sandbox.SlowDelay)
	if got := result(v.get(slow)); got != "Running" {
		t.Errorf("slow, a little early: got %s, want Running", got)
	}
	v.clock.Advance(time.Minute)
	if got := result(v.get(slow)); got != "true" {
		t.Errorf("slow, in the end: got %s, want true", got)
	}
	v.clock.Advance(29 * 24 * time.Hour)
	if got := result(v.get(never)); got != "Running" {
		t.Errorf("never, weeks later: got %s, want Running", got)
	}
}

func TestErrorAnswers500AFewTimesPerPersonAndCreatesNothing(t *testing.T) {
	v := newVendor(t)
	ana := v.ana("+error")
	identity := bive.PersonIdentity("Ana", "Reyes", "", "ana+error@example.test")
	for i := range sandbox.ErrorAnswers {
		if status, _ := v.post("person", ana); status != 500 {
			t.Errorf("request %d: got %d, want 500", i+1, status)
		}
	}
	if got := v.box.Ledger().Creates["person.create"][identity]; got != 0 {
		t.Errorf("ledger after the errors: %d creations, want 0", got)
	}
	v.create("person", ana)
	if got := v.box.Ledger().Creates["person.create"][identity]; got != 1 {
		t.Errorf("ledger in the end: %d creations, want 1", got)
	}
	if status, _ := v.post("person", with(ana, "last_name", "Other")); status != 500 {
		t.Errorf("another person: got %d, want an error of its own", status)
	}
}
