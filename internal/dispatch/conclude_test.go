package dispatch

import (
	"context"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// concluding is a vendor that keeps what was decided.
type concluding struct {
	vendor
	told []string
}

func (c *concluding) Conclude(_ context.Context, r providers.Request) (providers.Reply, error) {
	c.told = append(c.told, r.Conclusion)
	return says("completed"), nil
}

func TestAVendorIsToldAndWhatItSaysToThatIsNoFinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := acmeSpec
	spec.Concludes = true
	v := &concluding{vendor: vendor{send: answering("pending")}}
	w.start("a", nil, open(t, spec, v, plainly))
	w.post(w.task(1, events.Call{Kind: events.CallConclude, Ref: known, Conclusion: "false"}))
	a := w.await(1)[0]
	if a.Status != events.AnswerCompleted || len(a.Findings) != 0 || string(a.Ref) != string(known) || a.Evidence == nil {
		t.Errorf("got %+v, want completed with Ref and evidence, and no findings", a)
	}
	if len(v.told) != 1 || v.told[0] != "false" {
		t.Errorf("the vendor was told %q, want false", v.told)
	}
}

func TestAVendorThatKeepsNoConclusionIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start("a", nil, open(t, acmeSpec, &vendor{send: answering("pending")}, plainly))
	w.post(w.task(1, events.Call{Kind: events.CallConclude, Ref: known, Conclusion: "true"}))
	if a := w.await(1)[0]; a.Status != events.AnswerFailed || a.Class != string(fault.Invalid) {
		t.Errorf("got %s %s, want failed invalid", a.Status, a.Class)
	}
}
