package single_test

import (
	"slices"
	"testing"

	"github.com/bonafide-id/bonafide/events"
)

// Several vendors work on one verification at once, and the decision is made of what all of them say.
func TestSeveralVendorsDecideTogether(t *testing.T) {
	w := newWorld(t, "in order")
	for tag, want := range map[string]struct{ result, reason string }{
		"":          {"true", "all_required_true"},
		"sanctions": {"false", "sanctions_hit"},
		"reject":    {"false", "sanctions_hit"}, // the lists know this one too
		"flag":      {"unknown", "flagged_document"},
	} {
		id := w.ask(vendorCase{flow: "person-standard", pictures: true}, tag, len(tag))
		w.await("person-standard+"+tag+" is decided", func() bool { return w.view(id).Decision != nil })
		v := w.view(id)
		if d := v.Decision; d.Result != want.result || !slices.Contains(d.Reasons, want.reason) {
			t.Errorf("+%s: %s %v: %s; want %s because of %s", tag, d.Result, d.Reasons, d.Reasoning, want.result, want.reason)
		}
		for _, component := range []string{"document", "aml"} {
			i := slices.IndexFunc(v.Details, func(d events.Detail) bool { return d.Component == component })
			if i < 0 {
				t.Errorf("+%s: nobody spoke of %s: %+v", tag, component, v.Details)
			}
		}
		var by []string
		for _, c := range v.Checks {
			by = append(by, c.Name+" "+c.Status)
		}
		if !slices.Equal(by, []string{"identity completed", "screening completed"}) {
			t.Errorf("+%s: checks %v, want both completed", tag, by)
		}
	}
}
