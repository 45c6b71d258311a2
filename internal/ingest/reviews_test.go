package ingest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/ingest"
)

// Two reviewers of acme, besides the key that may do everything.
const (
	ana = "acme-key-ana"
	ben = "acme-key-ben"
)

// withReviewers starts everything with a flow that wants somebody to look at a flagged document.
func withReviewers(t *testing.T, review string) *rig {
	t.Helper()
	return newRig(t, func(c *ingest.Config) {
		for _, key := range []string{ana, ben} {
			if err := c.Keys.AddKey(key, "acme", ingest.ScopeRead, ingest.ScopeReview); err != nil {
				t.Fatal(err)
			}
		}
		c.Flows = flowOf(t, strings.Replace(flowYAML, "decide:", review+"decide:", 1)+`  rules:
    - if: findings.document.result == "flagged"
      result: unknown
      review: true
      reason: odd_document
`)
	})
}

// flowOf is person-test as text says.
func flowOf(t *testing.T, text string) *flow.Set {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "person-test.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := flow.Load(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// flagged opens a verification whose document is flagged, and returns it as it waits.
func (r *rig) flagged() events.View {
	r.t.Helper()
	id := r.open(minimal).ID
	r.await(id, "running")
	r.answer(id, "acme", "flagged")
	return r.await(id, "in_review")
}

// word makes a review, and returns its answer.
func (r *rig) word(id, key, body string) response {
	r.t.Helper()
	return r.call("POST", "/v1/verifications/"+id+"/reviews", key, body)
}

func (r *rig) view(id string) (v events.View) {
	r.t.Helper()
	r.want(200, r.call("GET", "/v1/verifications/"+id, acme, nil)).into(r.t, &v)
	return v
}

func TestTheQueueSaysWhichComponentsWaitWhyAndSinceWhenOldestFirst(t *testing.T) {
	r := withReviewers(t, "")
	begun := time.Now()
	first, second := r.flagged(), r.flagged()
	if got := r.list(ana, "status=in_review&order=oldest").ids(); len(got) != 2 || got[0] != first.ID || got[1] != second.ID {
		t.Fatalf("queue = %v, want %s and %s", got, first.ID, second.ID)
	}
	if got := r.walk(ana, "status=in_review&order=oldest&limit=1", nil); len(got) != 2 || got[0] != first.ID {
		t.Errorf("queue page by page = %v, want %s and %s", got, first.ID, second.ID)
	}
	v := r.list(ana, "status=in_review&order=oldest").Items[0]
	if v.Review == nil || len(v.Review.Waits) != 1 || v.Review.Waits[0].Component != "document" || !strings.Contains(v.Review.Waits[0].Why, "flagged") ||
		!strings.Contains(v.Review.Waits[0].Why, "acme") || v.Review.Since.Before(begun.Add(-time.Second)) || v.Review.Since.After(time.Now()) {
		t.Errorf("review = %+v, want the document, flagged by acme, since it is", v.Review)
	}
	r.want(202, r.word(first.ID, ana, `{"result":"true","reason":"seen in person"}`))
	r.await(first.ID, "completed")
	if got := r.list(ana, "status=in_review&order=oldest").ids(); len(got) != 1 || got[0] != second.ID {
		t.Errorf("queue = %v, want %s alone", got, second.ID)
	}
	r.want(400, r.call("GET", "/v1/verifications?order=youngest", ana, nil)).problem(t)
}

func TestAClaimKeepsOtherReviewersOutAndNamesTheKeyThatHasIt(t *testing.T) {
	r := withReviewers(t, "")
	id := r.flagged().ID
	claims := "/v1/verifications/" + id + "/claims"
	var claim events.Claim
	r.want(201, r.call("POST", claims, ana, nil)).into(t, &claim)
	if !strings.HasPrefix(claim.Reviewer, "key-") || !claim.ExpiresAt.After(time.Now().Add(20*time.Minute)) {
		t.Errorf("claim = %+v, want a key and half an hour", claim)
	}
	for what, p := range map[string]response{
		"another's claim": r.call("POST", claims, ben, nil), "another's word": r.word(id, ben, `{"result":"false","reason":"no"}`),
		"giving back another's": r.call("DELETE", claims, ben, nil),
	} {
		if got := r.want(409, p).problem(t); !strings.HasSuffix(got.Type, "/claimed") || !strings.Contains(got.Detail, claim.Reviewer) {
			t.Errorf("%s: problem %+v, want claimed by %s", what, got, claim.Reviewer)
		}
	}
	var again events.Claim
	r.want(201, r.call("POST", claims, ana, nil)).into(t, &again)
	if !again.ExpiresAt.After(claim.ExpiresAt) {
		t.Errorf("claimed again until %v, want after %v", again.ExpiresAt, claim.ExpiresAt)
	}
	if v := r.view(id); v.Review.Claim == nil || *v.Review.Claim != again {
		t.Errorf("view shows the claim %+v, want %+v", v.Review.Claim, again)
	}
	r.want(202, r.call("DELETE", claims, ana, nil))
	r.want(201, r.call("POST", claims, ben, nil))
	r.want(202, r.word(id, ben, `{"result":"true","reason":"seen in person"}`))
	v := r.await(id, "completed")
	if v.Decision.Result != "true" || !strings.Contains(v.Decision.Reasoning, v.Review.Words[0].Reviewer) || v.Review.Claim != nil || v.Review.Words[0].Weight != "counts" {
		t.Errorf("decision %+v, review %+v; want true by the reviewer, and no claim", v.Decision, v.Review)
	}
}

// Claims that come at the same time are settled by their order in the stream: one has it, the others are told who.
func TestOfClaimsAtOnceOneHasIt(t *testing.T) {
	r := withReviewers(t, "")
	id := r.flagged().ID
	answers := make(chan response, 8)
	for n := range cap(answers) {
		go func() {
			p, err := r.try("POST", "/v1/verifications/"+id+"/claims", []string{ana, ben}[n%2], nil)
			if err != nil {
				t.Error(err)
			}
			answers <- p
		}()
	}
	holders := map[string]bool{}
	refused := 0
	for range cap(answers) {
		switch p := <-answers; p.status {
		case 201:
			var c events.Claim
			p.into(t, &c)
			holders[c.Reviewer] = true
		case 409:
			refused++
		default:
			t.Errorf("status = %d: %s", p.status, p.body)
		}
	}
	if len(holders) != 1 || refused != cap(answers)/2 {
		t.Errorf("held by %v, %d refused; want one, and %d", holders, refused, cap(answers)/2)
	}
}

func TestWithFourEyesTwoReviewersMustAgree(t *testing.T) {
	r := withReviewers(t, "review: {fourEyes: true}\n")
	id := r.flagged().ID
	r.want(202, r.word(id, ana, `{"result":"true","reason":"seen in person"}`))
	r.want(202, r.word(id, ana, `{"result":"true","reason":"seen in person, twice"}`))
	v := r.view(id)
	if v.Status != "in_review" || v.Decision.Result != "unknown" || len(v.Review.Words) != 1 || v.Review.Words[0].Weight != "open" {
		t.Fatalf("after one reviewer: %s, %+v, %+v; want in review, the word open", v.Status, v.Decision, v.Review)
	}
	r.want(202, r.word(id, ben, `{"result":"false","reason":"not the same person"}`))
	v = r.view(id)
	if last := v.Review.Waits[len(v.Review.Waits)-1]; v.Status != "in_review" || !strings.Contains(last.Why, "disagree") {
		t.Fatalf("two who disagree: %s, %+v; want in review, and that they disagree", v.Status, v.Review)
	}
	r.want(202, r.word(id, ben, `{"result":"true","reason":"the same person after all"}`))
	v = r.await(id, "completed")
	if v.Decision.Result != "true" || v.Decision.Revision != 2 || len(v.Review.Words) != 2 {
		t.Errorf("two who agree: %+v, %+v; want true in revision 2", v.Decision, v.Review)
	}
	var told struct {
		Items []struct {
			Result string `json:"result"`
			Weight string `json:"weight"`
			Reason string `json:"reason"`
		} `json:"items"`
	}
	r.want(200, r.call("GET", "/v1/verifications/"+id+"/reviews", ana, nil)).into(t, &told)
	if len(told.Items) != 4 || told.Items[0].Weight != "" || told.Items[1].Weight != "counts" || told.Items[2].Result != "false" || told.Items[3].Weight != "counts" {
		t.Errorf("reviews = %+v, want all four words, the second and the last counting", told.Items)
	}
	for _, w := range told.Items {
		if w.Reason != "" {
			t.Errorf("a key without subjects:read is told the reason of %+v", w)
		}
	}
	r.want(403, r.call("GET", "/v1/verifications/"+id+"/reviews", reader, nil))
	for _, secret := range []string{"same person", "seen in person"} {
		if body := r.call("GET", "/v1/verifications/"+id+"/timeline", acme, nil).body; strings.Contains(string(body), secret) {
			t.Errorf("the timeline tells a reviewer's reason: %s", body)
		}
	}
}

func TestWhoMayKnowPersonsIsToldTheReasonsOfReviewersUntilTheyAreErased(t *testing.T) {
	var o opener
	r := newRig(t, func(c *ingest.Config) { c.Opener = &o })
	o.Opener = r.opener
	id := r.decide(1, "acme")[0]
	r.want(202, r.word(id, acme, `{"component":"document","result":"false","reason":"not the same person"}`))
	at := "/v1/verifications/" + id + "/reviews"
	if p := r.want(200, r.call("GET", at, acme, nil)); !strings.Contains(string(p.body), "not the same person") {
		t.Errorf("reviews = %s, want the reason", p.body)
	}
	if !strings.Contains(r.log.tail(), "reasons of reviews read") {
		t.Error("it is not recorded that reasons were read")
	}
	r.want(202, r.call("DELETE", "/v1/verifications/"+id+"/subject", acme, nil))
	r.eventually("the reason is gone", func() bool {
		p := r.want(200, r.call("GET", at, acme, nil))
		return strings.Contains(string(p.body), `"result":"false"`) && !strings.Contains(string(p.body), "same person")
	})
}

func TestWordsOfReviewersAreRefusedWhereTheyMeanNothing(t *testing.T) {
	r := withReviewers(t, "")
	id := r.flagged().ID
	held := r.open(strings.TrimSuffix(minimal, "}") + `,"hold":true}`).ID
	r.await(held, "initiated")
	if p := r.want(422, r.word(id, ana, `{"component":"liveness","result":"true","reason":"x"}`)).problem(t); len(p.Errors) != 1 || p.Errors[0].Pointer != "/component" {
		t.Errorf("a component that no check speaks of: %+v, want /component", p)
	}
	r.want(409, r.word(held, ana, `{"result":"true","reason":"x"}`))
	r.want(409, r.call("POST", "/v1/verifications/"+held+"/claims", ana, nil))
	r.want(403, r.call("POST", "/v1/verifications/"+id+"/claims", writer, nil))
	r.want(403, r.call("DELETE", "/v1/verifications/"+id+"/claims", reader, nil))
}
