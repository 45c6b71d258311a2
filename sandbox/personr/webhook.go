package personr

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/sandbox"
)

// tell sends the webhook of a verdict: once, whether it arrives or not.
func (s *Sandbox) tell(a *applicant) {
	if s.config.WebhookURL == "" {
		return
	}
	body, err := json.Marshal(s.news(a), json.Deterministic(true))
	if err != nil {
		s.stage.Log.Error("webhook cannot be written")
		return
	}
	h := http.Header{"Content-Type": {"application/json"}}
	if s.config.WebhookToken != "-" {
		h.Set("Authorization", "Bearer "+s.config.WebhookToken)
	}
	s.stage.Hooks.Send(sandbox.Delivery{Event: "reviewed", Entity: a.id, Target: s.config.WebhookURL, Header: h, Body: body, Story: a.story})
}

// news is the body of a webhook: flat, or in the older shape a copy of the status answer. Neither says whether a rejection
// is final; names differ from those of the status.
func (s *Sandbox) news(a *applicant) map[string]any {
	v := a.verdict
	labels := v.labels
	if labels == nil {
		labels = []string{}
	}
	if a.entity {
		return map[string]any{
			"applicantId": a.id, "status": a.status, "reviewAnswer": v.answer, "rejectLabels": labels, "companyName": a.company, "entityType": "Private company",
			"registrationNumber": a.registration, "incorporatedOn": "2020-12-12", "flow": a.flow, "flowQuestions": []string{}, "flowAnswers": []string{},
			"sourceKey": a.sourceKey, "externalUserId": a.externalUserIDs,
		}
	}
	if s.config.OldWebhooks {
		return map[string]any{"status": "success", "response": filled(s.view(a))}
	}
	return filled(map[string]any{
		"applicantId": a.id, "actionStatus": a.status, "reviewAnswer": v.answer, "rejectLabels": labels,
		"extFirstName": strings.ToUpper(a.nameFirst), "extLastName": strings.ToUpper(a.nameLast),
		"sourceKey": a.sourceKey, "externalUserId": a.externalUserIDs,
	})
}
