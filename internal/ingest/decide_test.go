package ingest_test

import (
	"strconv"
	"time"

	"github.com/bonafide-id/bonafide/events"
)

// decide makes n verifications of a tenant, answers their checks as a vendor would, and returns their ids in the order
// of their decisions.
func (r *rig) decide(n int, tenant string) (ids []string) {
	r.t.Helper()
	key := acme
	if tenant == "other" {
		key = other
	}
	for range n {
		var got receipt
		r.want(202, r.call("POST", "/v1/verifications", key, minimal)).into(r.t, &got)
		var v events.View
		r.eventually("the check runs", func() bool {
			r.want(200, r.call("GET", "/v1/verifications/"+got.ID, key, nil)).into(r.t, &v)
			return v.Status == "running"
		})
		r.answer(got.ID, tenant, "true")
		r.eventually("it is decided", func() bool {
			r.want(200, r.call("GET", "/v1/verifications/"+got.ID, key, nil)).into(r.t, &v)
			return v.Decision != nil
		})
		ids = append(ids, got.ID)
	}
	return ids
}

// answer is what a dispatcher would store after it has called the vendor.
func (r *rig) answer(id, tenant, result string) {
	r.t.Helper()
	r.answerAttempt(id, tenant, 1, result)
}

func (r *rig) answerAttempt(id, tenant string, attempt int, result string) {
	r.t.Helper()
	a := events.CheckAnswered{ID: id, Tenant: tenant, Check: "identity", Provider: "acme", Attempt: attempt, Try: 1, Kind: events.CallSend, Operation: id + ".identity." + strconv.Itoa(attempt),
		Status: events.AnswerCompleted, ObservedAt: time.Now(), Findings: []events.Finding{{Component: "document", Result: result, Confidence: 100 - float64(attempt)}}, Mapping: "acme/1"}
	if _, err := r.bus.Put(r.t.Context(), events.Event{ID: id + "/answer/" + strconv.Itoa(attempt) + result, Source: "/test", Subject: id, Time: time.Now(), Data: a}); err != nil {
		r.t.Fatalf("put: %v", err)
	}
}
