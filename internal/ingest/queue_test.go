package ingest_test

import (
	"slices"
	"testing"
)

// The queue has the order in which verifications came into review, not that in which they were asked for; who comes back
// stands at its end, and pages do not move.
func TestTheQueueIsInTheOrderInWhichVerificationsCameIntoReview(t *testing.T) {
	r := withReviewers(t, "")
	const queue = "status=in_review&order=oldest"
	var ids []string
	for range 4 {
		id := r.open(minimal).ID
		r.await(id, "running")
		ids = append(ids, id)
	}
	for _, n := range []int{2, 0, 1} {
		r.answer(ids[n], "acme", "flagged")
		r.await(ids[n], "in_review")
	}
	want := []string{ids[2], ids[0], ids[1]}
	if got := r.list(ana, queue).ids(); !slices.Equal(got, want) {
		t.Fatalf("queue = %v, want %v", got, want)
	}
	come := func() { // while somebody turns pages
		if r.view(ids[3]).Status == "running" {
			r.answer(ids[3], "acme", "flagged")
			r.await(ids[3], "in_review")
		}
	}
	if got, want := r.walk(ana, queue+"&limit=1", come), append(slices.Clone(want), ids[3]); !slices.Equal(got, want) {
		t.Errorf("page by page, while another one comes, queue = %v, want %v", got, want)
	}
	if got := r.list(ana, queue+"&reference=nobody").ids(); len(got) != 0 {
		t.Errorf("the queue of a reference that nobody has = %v", got)
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	if got := r.list(ana, "status=in_review").ids(); !slices.Equal(got, ids) {
		t.Errorf("newest first = %v, want %v", got, ids)
	}
	r.want(202, r.word(want[0], ana, `{"component":"document","result":"true","reason":"seen"}`))
	r.await(want[0], "completed")
	r.want(202, r.call("POST", "/v1/verifications/"+want[0]+"/recheck", acme, nil))
	r.await(want[0], "running")
	r.answerAttempt(want[0], "acme", 2, "flagged")
	r.await(want[0], "in_review")
	if got := r.list(ana, queue).ids(); len(got) != 4 || got[3] != want[0] {
		t.Errorf("queue = %v, want %s, which has come back, at its end", got, want[0])
	}
	for _, cursor := range []string{ids[0], "1." + ids[0], "zzzzzzzzzzzzzzzz." + ids[0], "0000000000000000.x"} {
		r.want(400, r.call("GET", "/v1/verifications?"+queue+"&after="+cursor, ana, nil)).problem(t)
	}
}
