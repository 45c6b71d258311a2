package ingest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
)

// ce returns the headers of a request in binary mode.
func ce(id string, more ...string) []string {
	return append([]string{"ce-specversion", "1.0", "ce-id", id, "ce-source", "/crm", "ce-type", events.TypeRequested}, more...)
}

// inJSON returns an event in the JSON format.
func inJSON(id, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/crm","type":%q,"data":%s}`, id, events.TypeRequested, data)
}

const structuredMedia, batchMedia = "application/cloudevents+json", "application/cloudevents-batch+json"

func TestTheSameEventIsOneVerificationInEveryForm(t *testing.T) {
	r := newRig(t, nil)
	var a, b, c receipt
	r.want(202, r.call("POST", "/v1/events", acme, full, ce("e-1")...)).into(t, &a)
	r.want(202, r.call("POST", "/v1/events", acme, inJSON("e-1", minimal), "Content-Type", structuredMedia)).into(t, &b)
	var batch struct {
		Items []struct {
			Status int    `json:"status"`
			ID     string `json:"id"`
		} `json:"items"`
	}
	r.want(202, r.call("POST", "/v1/events", acme, "["+inJSON("e-1", minimal)+","+inJSON("e-2", minimal)+"]", "Content-Type", batchMedia)).into(t, &batch)
	r.want(202, r.call("POST", "/v1/events", other, minimal, ce("e-1")...)).into(t, &c)
	if a.ID == "" || a.ID != b.ID || batch.Items[0].ID != a.ID || batch.Items[1].ID == a.ID {
		t.Errorf("ids = %s, %s, %+v; want the first three equal", a.ID, b.ID, batch.Items)
	}
	if events.IdentityOf(c.ID) == events.IdentityOf(a.ID) {
		t.Error("two tenants share a verification")
	}
	if n := len(r.inputs()); n != 3 {
		t.Errorf("%d inputs, want 3", n)
	}
}

func TestABatchIsAnsweredForEachEvent(t *testing.T) {
	r := newRig(t, nil)
	body := "[" + strings.Join([]string{inJSON("1", minimal), inJSON("2", `{"flow":"nope"}`), `{"specversion":"1.0"}`, inJSON("4", minimal), `7`}, ",") + "]"
	var got struct {
		Items []struct {
			Index   int             `json:"index"`
			Status  int             `json:"status"`
			Problem *events.Problem `json:"problem"`
		} `json:"items"`
	}
	r.want(207, r.call("POST", "/v1/events", acme, body, "Content-Type", batchMedia)).into(t, &got)
	var statuses []string
	for i, item := range got.Items {
		if item.Index != i {
			t.Errorf("item %d has index %d", i, item.Index)
		}
		statuses = append(statuses, strconv.Itoa(item.Status))
	}
	if s := strings.Join(statuses, " "); s != "202 422 400 202 400" {
		t.Errorf("statuses = %s, want 202 422 400 202 400", s)
	}
	if have := pointers(*got.Items[1].Problem); have != "/data/flow /data/subject" {
		t.Errorf("pointers = %q, want /data/flow /data/subject", have)
	}
	var many []string
	for i := range 101 {
		many = append(many, inJSON("m"+strconv.Itoa(i), minimal))
	}
	r.want(413, r.call("POST", "/v1/events", acme, "["+strings.Join(many, ",")+"]", "Content-Type", batchMedia))
	r.want(202, r.call("POST", "/v1/events", acme, "["+strings.Join(many[:100], ",")+"]", "Content-Type", batchMedia))
	r.want(400, r.call("POST", "/v1/events", acme, "{}", "Content-Type", batchMedia))
}

func TestEventsThatAreNoneAreRefused(t *testing.T) {
	r := newRig(t, nil)
	tests := []struct {
		name, body string
		headers    []string
		status     int
	}{
		{"no id", minimal, ce("1", "ce-id", ""), 400},
		{"another version", minimal, ce("1", "ce-specversion", "0.3"), 400},
		{"another type", minimal, ce("1", "ce-type", "com.example.other"), 422},
		{"type of ours that is no request", minimal, ce("1", "ce-type", events.TypeOpened), 422},
		{"bad time", minimal, ce("1", "ce-time", "yesterday"), 400},
		{"bad data", `{"flow":"person-test"}`, ce("1"), 422},
		{"structured: member twice", strings.Replace(inJSON("1", minimal), `"id"`, `"id":"0","id"`, 1), []string{"Content-Type", structuredMedia}, 400},
		{"structured: no data", `{"specversion":"1.0","id":"1","source":"/crm","type":"` + events.TypeRequested + `"}`, []string{"Content-Type", structuredMedia}, 400},
		{"structured: two data", strings.Replace(inJSON("1", minimal), `"data"`, `"data_base64":"e30=","data"`, 1), []string{"Content-Type", structuredMedia}, 400},
		{"structured: not JSON", `{`, []string{"Content-Type", structuredMedia}, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if p := r.call("POST", "/v1/events", acme, tt.body, tt.headers...); p.status != tt.status {
				t.Errorf("status = %d, want %d; answer %s", p.status, tt.status, p.body)
			}
		})
	}
}

func TestTheIDTellsWhenTheEventHappened(t *testing.T) {
	r := newRig(t, nil)
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	var got receipt
	r.want(202, r.call("POST", "/v1/events", acme, minimal, ce("t", "ce-time", at.Format(time.RFC3339Nano))...)).into(t, &got)
	if want := events.NewID(at, [10]byte{})[:14]; got.ID[:14] != want {
		t.Errorf("id = %s, want it to begin with %s", got.ID, want)
	}
}
