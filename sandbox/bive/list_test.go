package bive_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// ids returns the ids of a page and its token.
func (v *vendor) ids(query string) ([]string, string) {
	v.t.Helper()
	resp, o := v.do("GET", "/identity/workflow?"+query, "", nil)
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("?%s = %d %v, want 200", query, resp.StatusCode, o)
	}
	var ids []string
	for _, r := range o["data"].([]any) {
		ids = append(ids, r.(object)["id"].(string))
	}
	token, _ := o["next_page_token"].(string)
	return ids, token
}

func TestPagesCoverAllRecordsOnceNewestFirst(t *testing.T) {
	v := newVendor(t)
	var want []string
	for i := range 25 {
		id := v.create("person", object{"first_name": "Jan", "last_name": fmt.Sprint("Kowalski", i)})
		want = slices.Insert(want, 0, id)
		v.clock.Advance(time.Second)
	}
	first, token := v.ids("")
	if !slices.Equal(first, want[:20]) {
		t.Errorf("first page: got %v, want the 20 newest", first)
	}
	raw, err := base64.StdEncoding.DecodeString(token)
	var c object
	if err != nil || json.Unmarshal(raw, &c) != nil || c["start_time"] == nil || c["close_time"] != "0001-01-01T00:00:00Z" || c["run_id"] == nil {
		t.Errorf("token: got %s, %v; want start_time, close_time and run_id", raw, err)
	}
	v.create("person", object{"first_name": "Late", "last_name": "Comer"})
	second, token := v.ids("next_page_token=" + url.QueryEscape(token))
	if !slices.Equal(second, want[20:]) || token != "" {
		t.Errorf("second page: got %v and token %q, want the other 5 and none", second, token)
	}
	if got, token := v.ids("page_size=26"); len(got) != 26 || token != "" {
		t.Errorf("a page that just fits: got %d and token %q, want 26 and none", len(got), token)
	}
}

func TestFiltersNarrowTheList(t *testing.T) {
	v := newVendor(t)
	good, bad := v.create("person", v.ana("")), v.create("person", with(v.ana("+reject"), "last_name", "Gray"))
	unsure := v.create("person", v.ana("+unknown"))
	firm := v.create("business", v.tern("", "+approve"))
	v.clock.Advance(time.Minute)
	fresh := v.create("person", v.ana(""))
	for query, want := range map[string][]string{
		"workflow_type=business":                              {firm},
		"workflow_type=person":                                {fresh, unsure, bad, good},
		"status=Initiated":                                    {fresh},
		"status=Completed&workflow_type=person":               {unsure, bad, good},
		"status=Failed":                                       nil,
		"report_status=true":                                  {firm, good},
		"report_status=false":                                 {bad},
		"object_search_phrase=tern":                           {firm},
		"object_search_phrase=Ana+Gray":                       {bad},
		"object_search_phrase=" + unsure:                      {unsure},
		"object_search_phrase=nobody":                         nil,
		"object_search_phrase=ana&workflow_type=business":     nil,
		"object_search_phrase=reyes&report_status=true":       {good},
		"id=" + bad:                                           {bad},
		"id=" + firm + "&workflow_type=business&unheard_of=1": {firm},
	} {
		if got, _ := v.ids(query); !slices.Equal(got, want) {
			t.Errorf("?%s: got %v, want %v", query, got, want)
		}
	}
}

func TestQueryIsChecked(t *testing.T) {
	v := newVendor(t)
	id := v.create("person", v.ana(""))
	v.create("person", v.ana(""))
	_, token := v.ids("page_size=1")
	for query, want := range map[string]int{
		"workflow_type=dog": 400, "status=Done": 400, "status=running": 400, "report_status=yes": 400,
		"page_size=0": 400, "page_size=101": 400, "page_size=x": 400, "id=!": 400, "id=zz": 400,
		"next_page_token=x": 400, "next_page_token=e30=": 400,
		"id=019a7d10-5f3e-7c2a-9b1e-2f6d3c4b5a60":                 404,
		"id=" + id + "&workflow_type=business":                    404,
		"id=" + id + "&next_page_token=" + url.QueryEscape(token): 422,
		"page_size=1&next_page_token=" + url.QueryEscape(token):   200,
		"status=GeneratingLivenessCheck":                          200,
	} {
		resp, o := v.do("GET", "/identity/workflow?"+query, "", nil)
		if resp.StatusCode != want || want != 200 && o["error"] == nil {
			t.Errorf("?%s: got %d %v, want %d", query, resp.StatusCode, o, want)
		}
	}
	for _, path := range []string{"/identity", "/identity/workflow/" + id, "/"} {
		if resp, _ := v.do("GET", path, "", nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, resp.StatusCode)
		}
	}
}
