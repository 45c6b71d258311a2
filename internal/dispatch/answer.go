package dispatch

import (
	"context"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// answer begins the answer of a call.
func (l *line) answer(t *task, c *events.Call) events.CheckAnswered {
	return events.CheckAnswered{
		ID: t.ID, Tenant: t.Tenant, Check: c.Check, Provider: l.spec.Name, Attempt: c.Attempt, Try: c.Try, Kind: c.Kind, Operation: c.Operation,
	}
}

// failure says in an answer that a call was not done, and whether it may heal.
func (l *line) failure(t *task, c *events.Call, err error) events.CheckAnswered {
	a := l.answer(t, c)
	class := fault.ClassOf(err)
	a.Status, a.Class, a.Why = statusOf(class), string(class), reasonOf(err)
	a.RetryAfter = int64(fault.RetryAfter(err) / time.Millisecond)
	return a
}

// statusOf is the error table: which failures are worth another try. An answer that is not understood is: what a call has done
// is written down, so that the next try asks for it.
func statusOf(c fault.Class) string {
	if c == fault.Invalid {
		return events.AnswerFailed
	}
	return events.AnswerRetry
}

// words are ours for classes whose error says nothing itself.
var words = map[fault.Class]string{
	fault.Transient:    "not done; it may heal",
	fault.RateLimited:  "the vendor is called too often",
	fault.Ambiguous:    "whether the vendor did it is not known",
	fault.Invalid:      "this can never succeed",
	fault.Unauthorized: "the vendor refuses our credentials",
	fault.Malformed:    "the vendor's answer is not understood",
	fault.Unknown:      "failed for a reason that has no class",
}

// reasonOf returns why, in our words: those of classified errors, as nobody knows what the text of others holds.
func reasonOf(err error) string {
	class := fault.ClassOf(err)
	if class != fault.Unknown {
		if s := errReason(err); s != "" {
			return s
		}
	}
	return words[class]
}

// heard makes an answer of what a vendor said: it is kept as it came, then read.
func (l *line) heard(ctx context.Context, t *task, c *events.Call, reply *providers.Reply) events.CheckAnswered {
	if c.Kind == events.CallErase {
		a := l.answer(t, c) // the receipt: what else the vendor said may speak of the person
		a.Status, a.ObservedAt = events.AnswerErased, reply.At
		return a
	}
	evidence, err := l.keep(ctx, t, reply)
	if err != nil { // what is not kept is not interpreted
		a := l.failure(t, c, err)
		a.Ref = reply.Ref
		return a
	}
	if c.Kind == events.CallConclude { // the vendor has been told; what it says itself is read when it is asked
		a := l.answer(t, c)
		a.Status, a.ObservedAt, a.Ref, a.Evidence = events.AnswerCompleted, reply.At, reply.Ref, evidence
		return a
	}
	said, err := l.read(*reply)
	l.metrics.unknownWords(l.spec.Name, len(said.Unknown))
	return l.understood(t, c, reply, evidence, said, err)
}

// understood makes an answer of what was read in a vendor's reply.
func (l *line) understood(t *task, c *events.Call, reply *providers.Reply, evidence *events.Evidence, said providers.Outcome, err error) events.CheckAnswered {
	if err == nil && !knownStatus(said.Status) {
		err = fault.New(fault.Malformed, l.spec.Name+".read", "the reading has no known status")
	}
	if err != nil {
		a := l.failure(t, c, err)
		a.Ref, a.Evidence, a.Mapping = reply.Ref, evidence, l.spec.Mapping
		return a
	}
	a := l.answer(t, c)
	a.Status, a.ObservedAt, a.Ref, a.Evidence, a.Mapping = said.Status, said.ObservedAt, reply.Ref, evidence, l.spec.Mapping
	if len(a.Ref) == 0 {
		a.Ref = c.Ref
	}
	a.Actions = actions(said.Actions, t.dossier)
	if c.Kind == events.CallLink {
		return linked(a)
	}
	if a.Status == events.AnswerFailed {
		a.Class, a.Why = string(fault.Invalid), said.Why
	}
	a.PollAfter = pollAfter(a.Status, l.cfg.PollInterval, l.spec.PollEvery)
	a.Findings = findings(said.Findings)
	if a.Status != events.AnswerCompleted {
		return a
	}
	if t.dossier != nil {
		a.Findings = crossCheck(a.Findings, c.Components, t.dossier.Subject, &said)
	}
	made, err := marks(t.key, &said)
	if err != nil {
		a := l.failure(t, c, err)
		a.Ref, a.Evidence, a.Mapping = reply.Ref, evidence, l.spec.Mapping
		return a
	}
	a.Marks = made
	return a
}

// linked is the answer of a call for a page: where the subject can act, or that there is nothing to do.
func linked(a events.CheckAnswered) events.CheckAnswered {
	for _, action := range a.Actions {
		if action.Type == "open_link" && action.URL != "" {
			return a
		}
	}
	a.Status, a.Class, a.Why, a.Actions = events.AnswerFailed, string(fault.Invalid), "the subject has nothing to do at the vendor", nil
	return a
}

func knownStatus(s string) bool {
	switch s {
	case events.AnswerCompleted, events.AnswerPending, events.AnswerAwaiting, events.AnswerInReview, events.AnswerFailed:
		return true
	}
	return false
}

// pollAfter returns in how many milliseconds a check that is not done is worth asking for; 0 is never.
func pollAfter(status string, configured, spec time.Duration) int64 {
	switch status {
	case events.AnswerPending, events.AnswerInReview, events.AnswerAwaiting:
		if configured > 0 {
			spec = configured
		}
		return int64(spec / time.Millisecond)
	}
	return 0
}

func findings(in []providers.Finding) []events.Finding {
	if len(in) == 0 {
		return nil
	}
	out := make([]events.Finding, len(in))
	for i, f := range in {
		out[i] = events.Finding{
			Component: f.Component, Result: f.Result, Confidence: f.Confidence, Reasoning: f.Reasoning,
			Reasons: f.Reasons, Labels: f.Labels, Person: f.Person, Expires: f.Expires,
		}
	}
	return out
}

// actions are the vendor's, without messages that repeat something of a person. Where it says nothing that may be told, its reasons
// are said in our words.
func actions(in []providers.Action, d *events.Dossier) []events.Action {
	if len(in) == 0 {
		return nil
	}
	out := make([]events.Action, len(in))
	for i, a := range in {
		out[i] = events.Action{
			Type: a.Type, Document: a.Document, Side: a.Side, Person: a.Person, URL: a.URL, Message: a.Message, Reasons: a.Reasons, ExpiresAt: a.ExpiresAt,
		}
		if a.Message == "" || repeatsClaim(a.Message, d) {
			out[i].Message = because(a.Reasons)
		}
	}
	return out
}

// because says codes in sentences, or "".
func because(codes []string) string {
	var all []string
	for _, c := range codes {
		if text, ok := providers.ReasonText(c); ok {
			all = append(all, text)
		}
	}
	return strings.Join(all, " ")
}
