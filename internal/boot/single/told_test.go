package single_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	persona "github.com/bonafide-id/bonafide/sandbox/persona"
)

const toldYAML = `flow: persona-told
subject: person
deadline: 15m
checks:
  identity:
    components: [document, selfie, liveness, name, person]
    providers: [persona]
decide:
  tell: [persona]
  require: [document, selfie, liveness, name]
`

// A vendor that the flow names has the decision in its own books; that it says so afterwards makes no other decision, and a
// reviewer's other word is told, too.
func TestAVendorIsToldWhatWasDecided(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "persona-told.yaml"), []byte(toldYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, "in order", map[string]string{"FLOWS_DIR": dir})
	id := w.ask(vendorCase{flow: "persona-told"}, "", 1)
	w.await("it is decided", func() bool { return w.view(id).Decision != nil })
	w.await("the vendor has approved", func() bool { return w.inquiry(id) == "approved" })
	w.settle(map[string]string{"": id})
	first := w.view(id).Decision // the vendor's own workflow may have spoken after the first revision: that is news, our word is not
	if first.Result != "true" {
		t.Errorf("after the vendor was told: got %s, want true", first.Result)
	}
	if status, b := w.call(http.MethodPost, "/v1/verifications/"+id+"/reviews", []byte(`{"component":"document","result":"false","reason":"it is another person"}`)); status != http.StatusAccepted {
		t.Fatalf("review: status %d: %s", status, b)
	}
	w.await("the vendor has declined", func() bool { return w.inquiry(id) == "declined" })
	w.settle(map[string]string{"": id})
	if d := w.view(id).Decision; d.Revision != first.Revision+1 || d.Result != "false" {
		t.Errorf("after the vendor was told again: got revision %d, %s; want the one after %d, false", d.Revision, d.Result, first.Revision)
	}
	told := 0
	for _, kind := range w.kinds(id) {
		if kind == events.CallConclude {
			told++
		}
	}
	if told < 2 || told > first.Revision+1 { // what is news before the vendor was told is told with it
		t.Errorf("the vendor was told %d times of %d revisions, want of each once at most, and of what vendor and reviewer made of it", told, first.Revision+1)
	}
}

// inquiry returns the state that the vendor itself shows.
func (w *world) inquiry(id string) string {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.vendors["persona"]+"/api/v1/inquiries?filter%5Breference-id%5D="+url.QueryEscape(id+".identity"), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+persona.DefaultAPIKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct {
		Data []struct {
			Attributes struct {
				Status string `json:"status"`
			} `json:"attributes"`
		} `json:"data"`
	}
	if err := json.UnmarshalRead(res.Body, &list); err != nil || len(list.Data) != 1 {
		w.t.Fatalf("inquiries of %s: status %d, %d of them, %v", id, res.StatusCode, len(list.Data), err)
	}
	return list.Data[0].Attributes.Status
}

// kinds returns the kinds of the calls that were asked for.
func (w *world) kinds(id string) (kinds []string) {
	w.t.Helper()
	_, body := w.call(http.MethodGet, "/v1/verifications/"+id+"/timeline", nil)
	var page struct {
		Items []struct {
			Type string `json:"type"`
			Data struct {
				Kind string `json:"kind"`
			} `json:"data"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		w.t.Fatal(err)
	}
	for _, i := range page.Items {
		if i.Type == events.TypeCheckRequested {
			kinds = append(kinds, i.Data.Kind)
		}
	}
	return kinds
}
