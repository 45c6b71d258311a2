package single_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/boot/catalog"
)

// vendors are those whose webhooks are put into disorder. A vendor that sends webhooks has a row.
var vendors = []vendorCase{
	{name: "sumsub", flow: "sumsub-person", pictures: true, tags: []string{"", "reject", "flag", "reversal"}},
	{name: "persona", flow: "persona-person", tags: []string{"", "reject", "flag", "unknown", "reversal", "sanctions"}},
	{name: "authologic", flow: "authologic-person", tags: []string{"", "reject", "flag", "unknown", "reversal", "sanctions"}},
	{name: "personr", flow: "personr-person", pictures: true, tags: []string{"", "reject", "unknown", "reversal"}},
	{name: "bive", flow: "bive-person", tags: []string{"", "reject", "flag", "unknown"}},
}

type vendorCase struct {
	name, flow string
	pictures   bool     // hand in a passport and a selfie
	tags       []string // stories of the sandbox that end in a decision
}

// However a vendor's webhooks come, and whatever the clocks of the services' machines say, the last decision is the one that
// they would have led to in order.
func TestTheFinalDecisionDoesNotDependOnHowWebhooksCome(t *testing.T) {
	for _, d := range catalog.All() {
		if d.HasWebhook() && !slices.ContainsFunc(vendors, func(v vendorCase) bool { return v.name == d.Spec.Name }) {
			t.Errorf("%s sends webhooks and is not in the table", d.Spec.Name)
		}
	}
	want := tell(t, "in order", nil)
	for _, disorder := range []string{"doubled", "shuffled", "late", "lost", "early", "with clocks ten minutes apart", "with clocks days apart"} {
		t.Run(disorder, func(t *testing.T) {
			for story, got := range tell(t, disorder, want) {
				if got != want[story] {
					t.Errorf("%s: webhooks %s: got %s, want %s", story, disorder, got, want[story])
				}
			}
		})
	}
}

// tell lets every story of every vendor happen under one disorder, and returns the last decision of each. Want, where it is
// known, is what to wait for.
func tell(t *testing.T, disorder string, want map[string]string) map[string]string {
	t.Helper()
	w := newWorld(t, disorder)
	ids := map[string]string{}
	for _, v := range vendors {
		for _, tag := range v.tags {
			ids[v.name+"+"+tag] = w.ask(v, tag, len(ids))
		}
	}
	for story, id := range ids {
		w.await(fmt.Sprintf("%s is decided", story), func() bool { return w.decided(id, tagOf(story), want[story]) })
	}
	w.post.deliverAll()
	w.settle(ids)
	got := map[string]string{}
	for story, id := range ids {
		got[story] = w.decision(id)
	}
	if n := w.post.refused.Load(); n > 0 {
		t.Errorf("webhooks %s: %d were refused by ingest, want none", disorder, n)
	}
	if n := w.post.delivered.Load(); (n == 0) != (disorder == "lost") {
		t.Errorf("webhooks %s: %d were delivered", disorder, n)
	}
	return got
}

func tagOf(story string) string { _, tag, _ := strings.Cut(story, "+"); return tag }

// decided says that a story is where it must end: where want says, or else at a decision, which a reversal supersedes.
func (w *world) decided(id, tag, want string) bool {
	v := w.view(id)
	switch {
	case v.Decision == nil:
		return false
	case want != "":
		return outcome(v) == want
	case tag == "reversal":
		return v.Decision.Revision > 1 && v.Decision.Result == "false"
	}
	return true
}

// settle returns when nothing has been added to any story for a while: what came last is worked on by then.
func (w *world) settle(ids map[string]string) {
	w.t.Helper()
	const quiet = time.Second
	last, since := -1, time.Now()
	w.await("nothing happens any more", func() bool {
		n := 0
		for _, id := range ids {
			n += w.events(id)
		}
		if n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > quiet
	})
}
