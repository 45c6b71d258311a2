package sumsub

import (
	"maps"
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/providers"
)

// The sides of a document, in our words.
const (
	front = "FRONT"
	back  = "BACK"
)

// mend says what the subject must do after RED RETRY: hand in again the images that were refused, and only those;
// where no image was, the document of the step or of the label; where nothing says more, any document.
func (p *picture) mend() []providers.Action {
	var out actions
	for _, name := range p.redSteps() {
		out.step(p.steps[name])
	}
	for _, label := range p.result.RejectLabels {
		m := labels[label]
		switch {
		case m.data:
			out.add(providers.Action{Type: "correct_data", Message: message(p.result), Reasons: []string{m.reason}})
		case m.document != "" && !out.has("resubmit"):
			out.add(providers.Action{Type: "resubmit", Document: m.document, Message: message(p.result), Reasons: []string{m.reason}})
		}
	}
	if len(out) == 0 {
		out.add(providers.Action{Type: "resubmit", Document: p.identity(), Message: message(p.result), Reasons: reasonsOf(p.result)})
	}
	return out
}

// missing says what the subject must do before the vendor looks at all: what was refused at once, and the steps for which
// nothing has come.
func (p *picture) missing() []providers.Action {
	var out actions
	for _, u := range p.refused {
		var reasons []string
		for _, e := range u.Errors {
			if reason, ok := faults[e]; ok && !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
		for _, side := range sides(u.IDDocType, false) { // one bad side makes both inactive
			out.add(providers.Action{Type: "resubmit", Document: ours[u.IDDocType], Side: side, Reasons: reasons})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.steps)) {
		types, hasDocuments := p.accepted(name)
		switch s := p.steps[name]; {
		case s == nil && hasDocuments:
			a := providers.Action{Type: "resubmit", Reasons: []string{"missing_document"}}
			if len(types) == 1 {
				a.Document = ours[types[0]]
			}
			out.add(a)
		case s != nil && len(s.ImageIDs) == 1 && s.DoubleSided:
			out.add(providers.Action{Type: "resubmit", Document: ours[s.IDDocType], Side: back, Reasons: []string{"missing_side"}})
		}
	}
	return out
}

// accepted returns the document types that a step of the level takes.
func (p *picture) accepted(name string) (types []string, hasDocuments bool) {
	if p.applicant == nil {
		return nil, false
	}
	for _, set := range p.applicant.RequiredIDDocs.DocSets {
		if set.IDDocSetType == name {
			return set.Types, len(set.Types) > 0
		}
	}
	return nil, false
}

// identity returns the document that was handed in to prove who it is, or "" when that is not known.
func (p *picture) identity() string {
	for _, name := range slices.Sorted(maps.Keys(p.steps)) {
		if s := p.steps[name]; s != nil && primary(name) == "document" {
			return ours[s.IDDocType]
		}
	}
	return ""
}

// actions are things to do, each once.
type actions []providers.Action

// step asks for the refused images of a step, or for its whole document when no single image was refused.
func (as *actions) step(s *step) {
	single := false
	order := sides(s.IDDocType, s.DoubleSided)
	for i, v := range s.images() {
		if v == nil || v.ReviewAnswer != red || v.ReviewRejectType == final {
			continue
		}
		single = true
		side := order[min(i, len(order)-1)]
		for _, label := range v.RejectLabels {
			if labels[label].side != "" {
				side = labels[label].side
			}
		}
		as.add(providers.Action{Type: "resubmit", Document: ours[s.IDDocType], Side: side, Message: message(v), Reasons: reasonsOf(v)})
	}
	if single || s.ReviewResult == nil {
		return
	}
	for _, side := range order {
		as.add(providers.Action{Type: "resubmit", Document: ours[s.IDDocType], Side: side, Message: message(s.ReviewResult), Reasons: reasonsOf(s.ReviewResult)})
	}
}

// add appends an action unless the same thing is asked for already.
func (as *actions) add(a providers.Action) {
	for _, b := range *as {
		if a.Type == b.Type && a.Document == b.Document && a.Side == b.Side {
			return
		}
	}
	*as = append(*as, a)
}

func (as actions) has(kind string) bool {
	return slices.ContainsFunc(as, func(a providers.Action) bool { return a.Type == kind })
}

// reasonsOf returns the labels of a verdict in our codes.
func reasonsOf(v *result) []string {
	var out []string
	for _, label := range v.RejectLabels {
		reason := "vendor_word_unknown"
		if m, ok := labels[label]; ok {
			reason = m.reason
		}
		if !slices.Contains(out, reason) {
			out = append(out, reason)
		}
	}
	if len(out) == 0 {
		out = []string{"other"}
	}
	return out
}

// longest is how much of a comment is shown.
const longest = 500

// message returns the vendor's comment for the subject. One with a placeholder that the vendor did not fill, or that is
// longer than a comment, is not fit to be shown.
func message(v *result) string {
	s := strings.TrimSpace(v.ModerationComment)
	if strings.Contains(s, "${") || len(s) > longest {
		return ""
	}
	return s
}
