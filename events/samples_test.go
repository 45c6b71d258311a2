package events_test

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/subject"
)

const (
	vid   = "vrf_01k9s5m3b80123456789abcdef"
	other = "vrf_01k9s5m3b8zyxwvtsrqpnmkjhg"
)

var at = time.Date(2026, 11, 23, 10, 20, 30, 123000000, time.UTC)

// samples holds one event of every type, with as many fields set as make sense.
func samples() []events.Event {
	one := 1
	sealed := events.Sealed{Key: 7, Box: []byte{0, 1, 2, 250}}
	view := events.View{
		ID: vid, Tenant: "acme", Reference: "customer-42", Flow: "person-standard", FlowDigest: "sha256:ab12", Status: "completed",
		CreatedAt: at, UpdatedAt: at.Add(time.Second), Deadline: at.Add(15 * time.Minute),
		Decision: &events.Decision{Revision: 2, Final: true, Result: "true", Confidence: 97.5, Reasoning: "All 4 required components are valid; the weakest is selfie (97.5).",
			Reasons: []string{"all_required_true"}, DecidedAt: at, Supersedes: &one, Cause: "late_answer"},
		Details: []events.Detail{{Component: "document", Result: "true", Confidence: 99, Reasoning: "Accepted.", Provider: "sumsub", Check: "identity", Attempt: 1,
			ObservedAt: at, Evidence: []string{"sha256:cd34"}}},
		Checks:            []events.CheckState{{Name: "identity", Provider: "sumsub", Status: "completed", Attempt: 1}},
		AssociatedPersons: []events.PartyResult{{Reference: "ubo-1", Role: "UBO", Ownership: 25, Result: "true"}},
	}
	action := events.Action{Type: "resubmit", Document: "PASSPORT", Side: "FRONT", Message: "The photograph is blurred.", Reasons: []string{"blurred"}, ExpiresAt: at}
	document := events.Document{Type: "PASSPORT", Side: "FRONT", Country: "POL", MediaType: "image/jpeg", Size: 4096, SHA256: "ef56", Ref: "d/1", Key: 8}
	asking := view
	asking.Decision, asking.Status, asking.Actions = nil, "awaiting_subject", []events.Action{action}
	failing := view
	failing.Decision, failing.Status, failing.Failure = nil, "failed", &events.Failure{Class: "invalid", Reason: "the provider refused the request"}
	gone := view
	gone.Status = "erased"
	wrap := func(id string, p events.Payload) events.Event {
		return events.Event{ID: id, Source: "/bonafide/test", Subject: p.Key(), Time: at, Data: p}
	}
	answer := events.CheckAnswered{ID: vid, Tenant: "acme", Check: "identity", Provider: "bive", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: vid + ".identity.1",
		Status: events.AnswerRetry, Class: "transient", Why: "not called", RetryAfter: 1000}
	marked := answer
	marked.Status, marked.Class, marked.Why, marked.RetryAfter = events.AnswerCompleted, "", "", 0
	marked.Marks = []events.Mark{{Of: "birth_date", Sums: []string{"q0mLw1mZ9u8vQwTt"}}}
	return []events.Event{
		wrap("1", events.VerificationRequested{Flow: "person-standard", Reference: "customer-42", Subject: subject.Subject{Type: "person", Person: &subject.Person{
			Name: &subject.PersonName{FirstName: "Jan", LastName: "Kowalski"}, Info: &subject.PersonInfo{BirthDate: "1983-07-03", Nationality: "PL"},
			Contact: &subject.Contact{Email: "jan@example.test"}}},
			Documents: []events.DocumentUpload{{Type: "PASSPORT", Side: "FRONT", Country: "POL", Filename: "p.jpg", Content: "aGVsbG8="}},
			ReturnURL: "https://shop.example/done", Metadata: map[string]string{"plan": "gold"}, Hold: true}),
		wrap("2", events.VerificationRejected{ID: vid, EventID: "e-1", Source: "/crm", Tenant: "acme", Flow: "nope", Problem: events.Problem{
			Type: "https://bonafide-id.github.io/problems/invalid-request", Title: "The request is not valid", Status: 422,
			Errors: []events.ProblemField{{Pointer: "/flow", Detail: "no such flow"}}}}),
		wrap("3", events.VerificationDecided{View: view}),
		wrap("4", events.ActionRequired{View: asking}),
		wrap("5", events.VerificationFailed{View: failing}),
		wrap("6", events.VerificationErased{View: gone}),
		wrap("7", events.VerificationOpened{ID: vid, Tenant: "acme", Flow: "person-standard", FlowDigest: "sha256:ab12", Reference: "customer-42", SubjectType: "person",
			Country: "PL", Sealed: sealed, Documents: []events.Document{document}, Parties: []events.Party{{Reference: "ubo-1", Role: "UBO", Ownership: 25}}, Hold: true,
			RequestedAt: at, Fingerprint: "aa"}),
		wrap("8", events.DocumentsAdded{ID: vid, Tenant: "acme", Documents: []events.Document{document}, Dedupe: "d-1"}),
		wrap("9", events.VerificationSubmitted{ID: vid, Tenant: "acme"}),
		wrap("10", events.VerificationCancelled{ID: vid, Tenant: "acme", Reason: "withdrawn"}),
		wrap("11", events.VerificationRechecked{ID: vid, Tenant: "acme", Dedupe: "r-1"}),
		wrap("12", events.VerificationReviewed{ID: vid, Tenant: "acme", Component: "document", Result: "true", Reviewer: "key-1", Reason: sealed, Dedupe: "w-1"}),
		wrap("22", events.VerificationClaimed{ID: vid, Tenant: "acme", Reviewer: "key-1", GivenBack: true}),
		wrap("13", events.SubjectErased{ID: vid, Tenant: "acme"}),
		wrap("14", events.WebhookReceived{ID: vid, Provider: "sumsub", Check: "identity", Event: "applicantReviewed", Dedupe: "a|b|c", At: at, Signed: true,
			Body: &events.Evidence{SHA256: "0a", Size: 12, Sealed: &sealed}}),
		wrap("15", events.CheckAnswered{ID: vid, Tenant: "acme", Check: "identity", Provider: "sumsub", Attempt: 1, Try: 2, Kind: events.CallPoll, Operation: vid + ".identity.1",
			Status: events.AnswerCompleted, PollAfter: 60000, ObservedAt: at, Ref: jsontext.Value(`{"id":"65ab"}`), Mapping: "sumsub/1",
			Findings: []events.Finding{{Component: "document", Result: "true", Confidence: 99, Reasons: []string{"ok"}, Labels: []string{"GREEN"}}},
			Actions:  []events.Action{action}, Evidence: &events.Evidence{SHA256: "0b", Size: 90000, Ref: "e/1", Key: 9}}),
		wrap("25", events.CheckAnswered{ID: vid, Tenant: "acme", Check: "identity", Provider: "sumsub", Attempt: 1, Try: 2, Kind: events.CallPoll, Operation: vid + ".identity.1",
			Status: events.AnswerCompleted, ObservedAt: at, Mapping: "sumsub/1",
			Marks: []events.Mark{{Of: "birth_date", Sums: []string{"q0mLw1mZ9u8vQwTt"}}, {Of: "name", Sums: []string{"0a_mLw1mZ9u8vQwT", "zzmLw1mZ9u8-QwTt"}}}}),
		wrap("16", events.TimerFired{ID: vid, At: at}),
		wrap("17", events.FlowPublished{Flow: "person-standard", Digest: "sha256:ab12", Source: []byte("flow: person-standard\n")}),
		wrap("27", events.InputLost{Shard: 3, Input: 17}),
		wrap("18", events.CheckRequested{ID: vid, Tenant: "acme", Flow: "person-standard", Provider: "sumsub", SubjectType: "person", Opened: 17, Sealed: &sealed,
			Calls: []events.Call{{Check: "identity", Attempt: 1, Try: 1, Kind: events.CallSend, Operation: vid + ".identity.1", Components: []string{"document", "selfie"},
				Params: jsontext.Value(`{"level":"basic-kyc-level"}`), Documents: []events.Document{document}, Deadline: at}}}),
		wrap("27", events.CheckRequested{ID: vid, Tenant: "acme", Flow: "person-standard", Provider: "sumsub", SubjectType: "person", Opened: 17, Sealed: &sealed,
			Calls: []events.Call{{Check: "identity", Attempt: 2, Try: 1, Kind: events.CallSend, Operation: vid + ".identity.2", Components: []string{"document", "selfie"},
				Documents: []events.Document{document}, Deadline: at, Earlier: jsontext.Value(`{"id":"665da2d8"}`)}}}),
		wrap("19", events.DeadLettered{ID: vid, Stream: "BF_TASK_SUMSUB", Sequence: 3, Class: "malformed", Why: "not an event", At: at, Subject: "bf.log.1.task.sumsub", Message: &sealed}),
		wrap("22", events.SubjectCorrected{ID: vid, Tenant: "acme", Members: []string{"/person/name/lastName"}, Sealed: sealed, Dedupe: "c-1"}),
		wrap("21", events.VerificationMoved{View: asking}),
		wrap("22", events.LinkRequested{ID: vid, Tenant: "acme", Check: "identity", Provider: "persona", Makers: []string{"persona", "sumsub"}, Fresh: true, Dedupe: "l-1"}),
		wrap("22", events.PersonsRequested{ID: vid, Tenant: "acme", Opened: 17, Persons: []string{other}, Round: 1}),
		wrap("23", events.PersonReported{ID: vid, Tenant: "acme", Person: other, As: other, Seq: 9, Status: "completed", Revision: 2, Result: "true", Confidence: 97, Reasons: []string{"all_required_true"}}),
		wrap("24", events.PersonReleased{ID: other, Tenant: "acme", Parent: vid, Erase: true}),
		wrap("20", events.ChecksAnswered{ID: vid, Tenant: "acme", Answers: []events.CheckAnswered{answer, answer}}),
		wrap("26", events.ChecksAnswered{ID: vid, Tenant: "acme", Answers: []events.CheckAnswered{answer, marked}}),
	}
}
