package ingest_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

type list struct {
	Items []events.View `json:"items"`
	Next  string        `json:"next"`
}

func (l list) ids() []string {
	ids := []string{}
	for _, v := range l.Items {
		ids = append(ids, v.ID)
	}
	return ids
}

// list returns one page.
func (r *rig) list(key, query string) list {
	r.t.Helper()
	var l list
	r.want(200, r.call("GET", "/v1/verifications?"+query, key, nil)).into(r.t, &l)
	return l
}

// walk returns the ids of all pages, in order. Between calls come before every page but the first.
func (r *rig) walk(key, query string, between func()) []string {
	r.t.Helper()
	var all []string
	for after := ""; ; {
		l := r.list(key, query+"&after="+after)
		all = append(all, l.ids()...)
		if l.Next == "" {
			return all
		}
		after = l.Next
		if between != nil {
			between()
		}
	}
}

func withReference(reference string) string {
	return strings.Replace(minimal, "{", `{"reference":"`+reference+`",`, 1)
}

func TestAListShowsWhatWasJustAcceptedNewestFirst(t *testing.T) {
	r := newRig(t, nil)
	var want []string
	for range 12 {
		want = append(want, r.open(minimal).ID)
		slices.SortFunc(want, func(a, b string) int { return strings.Compare(b, a) })
		if got := r.list(acme, "").ids(); !slices.Equal(got, want) {
			t.Fatalf("list = %v, want %v", got, want)
		}
	}
	if got := r.list(other, "").ids(); len(got) != 0 {
		t.Errorf("another tenant's list = %v, want nothing", got)
	}
}

func TestAListIsFiltered(t *testing.T) {
	r := newRig(t, nil)
	valid := r.decide(2, "acme")
	r.decide(1, "other")
	invalid := r.open(withReference("customer 42/ä")).ID
	r.await(invalid, "running")
	r.answer(invalid, "acme", "false")
	r.await(invalid, "completed")
	held := r.open(strings.TrimSuffix(minimal, "}") + `,"hold":true}`).ID
	running := r.open(minimal).ID
	firm := r.open(business).ID
	stopped := r.open(withReference("customer-42")).ID
	r.want(202, r.call("POST", "/v1/verifications/"+stopped+"/cancel", acme, nil))
	r.await(stopped, "cancelled")
	for query, want := range map[string][]string{
		"status=completed": {valid[0], valid[1], invalid}, "status=initiated": {held}, "status=running": {running, firm}, "status=cancelled": {stopped},
		"status=failed": {}, "result=true": valid, "result=false": {invalid}, "result=unknown": {}, "flow=business-test": {firm}, "flow=nothing": {},
		"reference=customer-42": {stopped}, "reference=" + url.QueryEscape("customer 42/ä"): {invalid}, "reference=customer-4": {},
		"status=completed&result=true": valid, "status=completed&flow=business-test": {}, "status=running&flow=business-test": {firm}, "result=false&reference=customer-42": {},
	} {
		for _, limit := range []string{"", "&limit=1", "&limit=2"} {
			got := r.walk(acme, query+limit, nil)
			slices.Sort(want)
			slices.Reverse(want)
			if !slices.Equal(got, want) && len(got)+len(want) > 0 {
				t.Errorf("%s%s = %v, want %v", query, limit, got, want)
			}
		}
	}
	for _, query := range []string{"status=odd", "result=maybe", "flow=A.B", "limit=0", "limit=1001", "after=x"} {
		r.want(400, r.call("GET", "/v1/verifications?"+query, acme, nil)).problem(t)
	}
	r.want(403, r.call("GET", "/v1/verifications", writer, nil))
}

// What was just acknowledged is what the next list says, without anybody having looked at it in between.
func TestAListSaysWhatItsReaderHasJustDone(t *testing.T) {
	r := newRig(t, nil)
	for n := range 20 {
		id := r.open(strings.TrimSuffix(minimal, "}") + `,"hold":true}`).ID
		if got := r.list(acme, "status=initiated").ids(); !slices.Equal(got, []string{id}) {
			t.Fatalf("held ones = %v, want %v", got, id)
		}
		r.want(202, r.call("POST", "/v1/verifications/"+id+"/submit", acme, nil))
		if got := r.list(acme, "status=initiated").ids(); len(got) != 0 {
			t.Fatalf("submitted, and still held: %v", got)
		}
		r.want(202, r.call("POST", "/v1/verifications/"+id+"/cancel", acme, nil))
		if got := r.list(acme, "status=cancelled").ids(); len(got) != n+1 || got[0] != id {
			t.Fatalf("cancelled ones = %v, want %s first", got, id)
		}
	}
}

func TestPagesStayAsTheyAreWhileVerificationsComeIn(t *testing.T) {
	r := newRig(t, nil)
	var want []string
	for range 20 {
		want = append(want, r.open(minimal).ID)
	}
	slices.Sort(want)
	slices.Reverse(want)
	if got := r.walk(acme, "limit=3", func() { r.open(minimal) }); !slices.Equal(got, want) {
		t.Errorf("walked %v\nwant   %v", got, want)
	}
}

func TestAReviewersQueueSaysWhatWaitsAndWhy(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(minimal).ID
	r.await(id, "running")
	a := events.CheckAnswered{ID: id, Tenant: "acme", Check: "identity", Provider: "acme", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: id + ".identity.1",
		Status: events.AnswerInReview, ObservedAt: time.Now(), Mapping: "acme/1"}
	if _, err := r.bus.Put(t.Context(), events.Event{ID: id + "/looking", Source: "/test", Subject: id, Time: time.Now(), Data: a}); err != nil {
		t.Fatal(err)
	}
	r.await(id, "in_review")
	l := r.list(acme, "status=in_review")
	if len(l.Items) != 1 || l.Items[0].ID != id || len(l.Items[0].Checks) != 1 || l.Items[0].Checks[0].Status != "in_review" {
		t.Errorf("queue = %+v, want %s with its check in review", l.Items, id)
	}
	r.answer(id, "acme", "true")
	r.eventually("the queue is empty", func() bool { return len(r.list(acme, "status=in_review").Items) == 0 })
}

// await waits until a verification has a status.
func (r *rig) await(id, status string) events.View {
	r.t.Helper()
	var v events.View
	r.eventually(id+" is "+status, func() bool {
		r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).into(r.t, &v)
		return v.Status == status
	})
	return v
}

func TestWhatIsFinishedIsShownWithoutItsOwner(t *testing.T) {
	r := newRig(t, nil)
	id := r.decide(1, "acme")[0]
	running := r.open(minimal).ID
	r.await(running, "running")
	var before, after events.View
	r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).into(t, &before)
	timeline := r.want(200, r.call("GET", "/v1/verifications/"+id+"/timeline", acme, nil)).body
	r.orphan()
	r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).into(t, &after)
	if after.Decision == nil || after.Decision.Result != "true" || len(after.Details) != len(before.Details) || after.Status != before.Status || after.Tenant != "" {
		t.Errorf("without its owner it is %+v\nwith it %+v", after, before)
	}
	if got := r.want(200, r.call("GET", "/v1/verifications/"+id+"/timeline", acme, nil)).body; string(got) != string(timeline) {
		t.Errorf("timeline without the owner\n%s\nwith it\n%s", got, timeline)
	}
	nothing := "vrf_" + strings.Repeat("0", 26)
	for _, path := range []string{id, id + "/timeline", nothing} { // another tenant cannot tell what is there from what is not
		r.want(503, r.call("GET", "/v1/verifications/"+path, other, nil))
	}
	r.want(503, r.call("GET", "/v1/verifications/"+running, acme, nil))
	if got := r.list(acme, "").ids(); !slices.Equal(got, []string{running, id}) {
		t.Errorf("list = %v, want %v", got, []string{running, id})
	}
}

func TestATimelineTellsRequestCallsFindingsAndDecisionsInOrder(t *testing.T) {
	r := newRig(t, nil)
	id := r.decide(1, "acme")[0]
	r.want(202, r.call("POST", "/v1/verifications/"+id+"/recheck", acme, nil))
	r.await(id, "running")
	var tl struct {
		Items []struct {
			Cursor string         `json:"cursor"`
			Type   string         `json:"type"`
			Data   map[string]any `json:"data"`
		} `json:"items"`
	}
	r.want(200, r.call("GET", "/v1/verifications/"+id+"/timeline", acme, nil)).into(t, &tl)
	want := []string{events.TypeOpened, events.TypeCheckRequested, events.TypeCheckAnswered, events.TypeDecided, events.TypeRechecked, events.TypeCheckRequested, events.TypeMoved}
	var got []string
	for _, i := range tl.Items {
		got = append(got, i.Type)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("timeline = %v, want %v", got, want)
	}
	for n, i := range tl.Items {
		resumed := r.listen("/v1/verifications/"+id+"/timeline", "Last-Event-ID", i.Cursor)
		for _, kind := range want[n+1:] {
			if e := r.next(resumed, kind); e[1] != kind {
				t.Errorf("resumed behind %s: got %s, want %s", i.Type, e[1], kind)
			}
		}
	}
	r.want(400, r.call("GET", "/v1/verifications/"+id+"/timeline", acme, nil, "Accept", "text/event-stream", "Last-Event-ID", "1"))
}

func TestWithoutAnIndexRequestsAreTakenAndListsAreLeftToOthers(t *testing.T) {
	r := newRig(t, func(c *ingest.Config) { c.Index = nil })
	id := r.open(minimal).ID
	r.await(id, "running")
	r.answer(id, "acme", "true")
	r.await(id, "completed")
	for _, c := range [][2]string{{"GET", "/v1/verifications"}, {"GET", "/v1/verifications/" + id + "/timeline"}, {"DELETE", "/v1/verifications/" + id + "/subject"}} {
		if p := r.want(501, r.call(c[0], c[1], acme, nil)).problem(t); !strings.HasSuffix(p.Type, "/not-served-here") {
			t.Errorf("%s %s: problem %q, want not-served-here", c[0], c[1], p.Type)
		}
	}
	r.want(200, r.call("GET", "/v1/decisions", acme, nil))
}
