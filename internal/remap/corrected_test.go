package remap_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/replay"
)

// Who was corrected is compared as corrected, and the answer from before the correction as it was then.
func TestACorrectedSubjectIsReadAgainAsCorrected(t *testing.T) {
	s := start(t)
	id := s.ask("strange", "Zygmunt") // the vendor has read the name Ana
	if d := s.view(id).Decision; d.Result == "true" {
		t.Fatalf("before the correction: %+v, want anything but true", d)
	}
	var taken map[string]any
	s.call(http.MethodPost, "/v1/verifications/"+id+"/subject", []byte(`{"person":{"name":{"firstName":"Ana"}}}`), http.StatusAccepted, &taken)
	s.call(http.MethodPost, "/v1/verifications/"+id+"/recheck", nil, http.StatusAccepted, &taken)
	name := func() string {
		for _, d := range s.view(id).Details {
			if d.Component == "name" {
				return d.Result
			}
		}
		return ""
	}
	s.await("the name is right", func() bool { return name() == "true" })

	if r := s.find(1); len(r.Changes) != 0 || len(r.Superseded) != 0 || r.NoEvidence != 0 || r.Read == 0 {
		t.Errorf("the same mapping: got %+v, want that nothing changes: else the name was compared with what was claimed first", r)
	}
	revision := s.view(id).Decision.Revision
	r := s.find(2)
	for _, c := range r.Changes {
		if c.Component != "document" || c.Before != "flagged (98)" || c.After != "false (98)" {
			t.Errorf("changes: got %+v, want the document only", c)
		}
	}
	if len(r.Changes) == 0 || len(r.Superseded) != 1 {
		t.Fatalf("another mapping: got %+v, want the document changed and one decision superseded", r)
	}
	if err := r.Apply(t.Context(), s.bus, time.Now()); err != nil {
		t.Fatal(err)
	}
	s.await("it is superseded", func() bool { return s.view(id).Decision.Revision > revision })
	if d := s.view(id).Decision; d.Result != "false" || d.Cause != "mapping acme/2 of identity" || name() != "true" {
		t.Errorf("got %s because of %q, name %s; want false because of the mapping, and the name as corrected", d.Result, d.Cause, name())
	}
	if again := s.find(2); len(again.Changes) != 0 {
		t.Errorf("the second time: got %+v, want no change", again.Changes)
	}
	if played, err := replay.Run(t.Context(), s.recording()); err != nil || !played.Same {
		t.Errorf("replay: got %+v, %v; want the same bytes", played, err)
	}
}
