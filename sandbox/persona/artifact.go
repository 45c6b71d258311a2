package persona

import (
	"strings"
	"time"
)

// artifact is what a person shows for a verification: a document or a face.
type artifact struct {
	id, kind, status string
	of               *verification

	created, processed time.Time
}

// The types of artifacts, by the verification that they are shown for.
var artifacts = map[string]string{governmentID: "document/government-id", document: "document/generic", selfie: "selfie/center-photo"}

// show makes the artifact of a verification and tells its events; some verifications have none.
func (s *Sandbox) show(v *verification) {
	kind, ok := artifacts[v.kind]
	if !ok {
		return
	}
	prefix := "doc_"
	if v.kind == selfie {
		prefix = "self_"
	}
	v.shown = &artifact{id: s.id(prefix), kind: kind, status: "initiated", of: v, created: s.clock.Now()}
	s.shows[v.shown.id] = v.shown
	s.emitArtifact(v.shown, "created")
	v.shown.status = "submitted"
	s.emitArtifact(v.shown, "submitted")
}

// processed ends the artifact of a verification.
func (s *Sandbox) processed(v *verification) {
	if v.shown != nil {
		v.shown.status, v.shown.processed = "processed", s.clock.Now()
		s.emitArtifact(v.shown, "processed")
	}
}

func (s *Sandbox) emitArtifact(a *artifact, what string) {
	group, _, _ := strings.Cut(a.kind, "/")
	s.send(a.of.inquiry.id, a.of.inquiry.story, group+"."+what, a.view(), a.of.inquiry)
}

// readDocument is GET /documents/{id} and the paths of the types.
func (s *Sandbox) readDocument(c *call) (reply, *refusal) {
	a := s.shows[c.path("id")]
	if kind := c.path("kind"); a == nil || !strings.HasPrefix(a.kind, "document/") || kind != "" && kind != strings.TrimPrefix(a.kind, "document/")+"s" {
		return reply{}, noRecord()
	}
	return reply{data: a.view()}, nil
}

// view is the artifact on the wire: a document with what was read from it.
func (a *artifact) view() map[string]any {
	attributes := map[string]any{
		"status": a.status, "created-at": stamp(a.created), "processed-at": stamp(a.processed), "redacted-at": stamp(a.of.redacted),
	}
	if a.kind == artifacts[governmentID] {
		for name, value := range a.of.found() {
			if a.status == "processed" && a.of.redacted.IsZero() {
				attributes[name] = value
			} else {
				attributes[name] = nil
			}
		}
	}
	return map[string]any{"type": a.kind, "id": a.id, "attributes": attributes, "relationships": map[string]any{"inquiry": ref("inquiry", a.of.inquiry.id)}}
}
