package persona

import "net/http"

// routes is the contract: pattern, name in the ledger, handler.
func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range []route{
		{"POST /api/v1/inquiries", "", true, s.create},
		{"GET /api/v1/inquiries", "inquiry.list", false, s.list},
		{"GET /api/v1/inquiries/{id}", "inquiry.read", false, s.one(s.readInquiry)},
		{"PATCH /api/v1/inquiries/{id}", "inquiry.patch", false, s.one(s.patch)},
		{"DELETE /api/v1/inquiries/{id}", "inquiry.redact", false, s.one(s.redact)},
		{"POST /api/v1/inquiries/{id}/approve", "inquiry.approve", false, s.one(s.approve)},
		{"POST /api/v1/inquiries/{id}/decline", "inquiry.decline", false, s.one(s.decline)},
		{"POST /api/v1/inquiries/{id}/mark-for-review", "inquiry.mark-for-review", false, s.one(s.markForReview)},
		{"POST /api/v1/inquiries/{id}/generate-one-time-link", "inquiry.link", false, s.one(s.generateLink)},
		{"POST /api/v1/inquiries/{id}/resume", "inquiry.resume", false, s.one(s.resume)},
		{"POST /api/v1/inquiries/{id}/expire", "inquiry.expire", false, s.one(s.expireNow)},
		{"POST /api/v1/inquiries/{id}/perform-simulate-actions", "inquiry.simulate", false, s.one(s.simulate)},
		{"POST /api/v1/inquiries/{id}/add-tag", "inquiry.tag", false, s.one(s.addTag)},
		{"POST /api/v1/inquiries/{id}/remove-tag", "inquiry.tag", false, s.one(s.removeTag)},
		{"POST /api/v1/inquiries/{id}/set-tags", "inquiry.tag", false, s.one(s.setTags)},

		{"GET /api/v1/verifications/{id}", "verification.read", false, s.readVerification},
		{"GET /api/v1/verification/{kind}/{id}", "verification.read", false, s.readVerification},
		{"DELETE /api/v1/verifications/{id}", "verification.redact", false, s.redactVerification},
		{"GET /api/v1/documents/{id}", "document.read", false, s.readDocument},
		{"GET /api/v1/document/{kind}/{id}", "document.read", false, s.readDocument},

		{"POST /api/v1/reports", "", true, s.createReport},
		{"GET /api/v1/reports", "report.list", false, s.listReports},
		{"GET /api/v1/reports/{id}", "report.read", false, s.report(s.readReport)},
		{"DELETE /api/v1/reports/{id}", "report.redact", false, s.report(s.redactReport)},
		{"POST /api/v1/reports/{id}/dismiss", "report.dismiss", false, s.report(s.dismiss)},
		{"POST /api/v1/reports/{id}/run", "report.run", false, s.report(s.runAgain)},
		{"GET /api/v1/reports/{id}/history", "report.history", false, s.report(s.history)},

		{"GET /api/v1/events", "event.list", false, s.listEvents},
		{"GET /api/v1/events/{id}", "event.read", false, s.readEvent},
		{"POST /api/v1/webhooks/{id}/rotate-secret", "webhook.rotate", false, s.rotate},
		{"GET /api/v1/rate-limits", "limits.read", false, s.rateLimits},
	} {
		mux.HandleFunc(rt.pattern, s.serve(rt))
	}
	mux.HandleFunc("GET /verify", s.page)
	mux.HandleFunc("POST /verify", s.page)
	mux.HandleFunc("/", s.serve(route{handle: func(*call) (reply, *refusal) { return reply{}, noRecord() }}))
	return mux
}

// one finds the inquiry of a path.
func (s *Sandbox) one(handle func(*call, *inquiry) (reply, *refusal)) func(*call) (reply, *refusal) {
	return func(c *call) (reply, *refusal) {
		i := s.byID[c.path("id")]
		if i == nil {
			return reply{}, noRecord()
		}
		return handle(c, i)
	}
}

// report finds the report of a path.
func (s *Sandbox) report(handle func(*call, *report) (reply, *refusal)) func(*call) (reply, *refusal) {
	return func(c *call) (reply, *refusal) {
		r := s.reports[c.path("id")]
		if r == nil {
			return reply{}, noRecord()
		}
		return handle(c, r)
	}
}

// rateLimits is GET /rate-limits: what is left of the window that this call is in.
func (s *Sandbox) rateLimits(c *call) (reply, *refusal) {
	return reply{data: []any{map[string]any{"type": "rate-limit/api", "attributes": map[string]any{
		"limit": c.left.Limit, "remaining": c.left.Remaining, "seconds-to-reset": c.left.RetryAfter(),
	}}}}, nil
}
