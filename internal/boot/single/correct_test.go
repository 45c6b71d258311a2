package single_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/subject"
)

// What was typed wrong is asked for, corrected through the API, handed to the vendor and held against what it read. The event
// names which members were wrong and holds nobody's data.
func TestWhatWasTypedWrongIsCorrectedThroughTheAPI(t *testing.T) {
	w := newWorld(t, "in order")
	id := w.ask(vendorCase{flow: "sumsub-person", pictures: true}, "correct", 3)
	path := "/v1/verifications/" + id
	w.await("the subject is asked", func() bool { return len(w.view(id).Actions) > 0 })
	if a := w.view(id).Actions[0]; a.Type != "correct_data" || a.Message == "" {
		t.Fatalf("asked for %+v, want corrected data", a)
	}
	if status, body := w.call(http.MethodPost, path+"/subject", []byte(`{"person":{"name":{"lastName":"Canaria"},"info":{"birthDate":"1991-03-04"}}}`)); status != http.StatusAccepted {
		t.Fatalf("correction: status %d: %s", status, body)
	}
	w.await("it is decided", func() bool { return w.view(id).Decision != nil })
	if v := w.view(id); v.Decision.Result != "true" || v.Checks[0].Attempt != 2 {
		t.Errorf("got %s at attempt %d: %s; want true at the second", v.Decision.Result, v.Checks[0].Attempt, v.Decision.Reasoning)
	}
	var claimed struct {
		Subject subject.Subject `json:"subject"`
	}
	status, body := w.call(http.MethodGet, path+"?include=subject", nil)
	if err := json.Unmarshal(body, &claimed); err != nil || status != http.StatusOK {
		t.Fatalf("subject: status %d, %v: %s", status, err, body)
	}
	if p := claimed.Subject.Person; p.Name.FirstName != "Ana" || p.Name.LastName != "Canaria" || p.Info.BirthDate != "1991-03-04" || p.Info.Nationality != "PL" {
		t.Errorf("claimed: got %+v %+v, want it as corrected", *p.Name, *p.Info)
	}
	_, timeline := w.call(http.MethodGet, path+"/timeline", nil)
	if !bytes.Contains(timeline, []byte(`["/person/name/lastName","/person/info/birthDate"]`)) || bytes.Contains(bytes.ToLower(timeline), []byte("canaria")) {
		t.Errorf("timeline: got %s, want which members were corrected, and not to what", timeline)
	}
}
