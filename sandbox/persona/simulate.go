package persona

import "github.com/bonafide-id/bonafide/sandbox"

// simulate is POST …/perform-simulate-actions: each action sets a state and tells
// its event, in order.
func (s *Sandbox) simulate(c *call, i *inquiry) (reply, *refusal) {
	actions, ok := c.at("meta", "simulate-actions").([]any)
	if !ok || len(actions) == 0 {
		return reply{}, bad("meta.simulate-actions is missing")
	}
	for _, v := range actions {
		a, _ := v.(map[string]any)
		kind, _ := a["type"].(string)
		switch kind {
		case "start_inquiry":
			s.enter(i, pending)
		case "complete_inquiry":
			s.enter(i, completed)
		case "fail_inquiry":
			s.enter(i, failed)
		case "expire_inquiry":
			s.expire(i)
		case "mark_for_review_inquiry":
			s.decide(i, needsReview, "user", "")
		case "approve_inquiry":
			s.decide(i, approved, "user", "")
		case "decline_inquiry":
			s.decide(i, declined, "user", "")
		case "create_passed_verification", "create_failed_verification":
			data, _ := a["data"].(map[string]any)
			template, _ := data["verification-template-id"].(string)
			of, ok := templates[template]
			if !ok {
				return reply{}, bad("data.verification-template-id is none of vtmpl_government-id, vtmpl_selfie, vtmpl_database, vtmpl_document")
			}
			status, outcome := "passed", sandbox.Approve
			if kind == "create_failed_verification" {
				status, outcome = "failed", sandbox.Reject
			}
			s.end(s.submit(i, of), status, checksOf(of, status, outcome))
		default:
			return reply{}, bad("an action is not one that can be simulated")
		}
	}
	return s.readInquiry(c, i)
}

// templates are the verification templates that exist.
var templates = map[string]string{
	"vtmpl_government-id": governmentID, "vtmpl_selfie": selfie, "vtmpl_database": database, "vtmpl_document": document,
}
