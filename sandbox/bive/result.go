package bive

import (
	"fmt"

	"github.com/bonafide-id/bonafide/sandbox"
)

// finalResult is the decision. True and false have a confidence of at least 95.
type finalResult struct {
	Result     string  `json:"result"`
	Confidence float64 `json:"confidence"`
	Reasoning  string  `json:"reasoning"`
}

// detail is what is said of one component.
type detail struct {
	Component string `json:"component"`
	Result    string `json:"result"`
	Reasoning string `json:"reasoning"`
}

// outcomeOf returns one of Approve, Reject, Flag, Unknown and Retry. Demo comes
// before the story. Bive screens nobody and revokes nothing, so that Sanctions and
// Reversal are approvals; it asks for nothing again, so that Retry is an unknown
// result until the same person comes with another document.
func outcomeOf(s sandbox.Story, d *demo, fresh bool) sandbox.Outcome {
	if d != nil {
		switch {
		case d.Result == "unknown":
			return sandbox.Unknown
		case d.Result == "false" || d.Result == "" && !d.Status:
			return sandbox.Reject
		case d.Flag:
			return sandbox.Flag
		}
		return sandbox.Approve
	}
	switch s.Outcome {
	case sandbox.Reject, sandbox.Flag, sandbox.Unknown:
		return s.Outcome
	case sandbox.Retry:
		if !fresh {
			return sandbox.Retry
		}
	}
	return sandbox.Approve
}

// finalOf returns the decision for an outcome.
func finalOf(o sandbox.Outcome) *finalResult {
	f := map[sandbox.Outcome]finalResult{
		sandbox.Approve: {"true", 99, "the submitted data and documents agree."},
		sandbox.Flag:    {"true", 95, "the data is valid; a component shows something unusual."},
		sandbox.Reject:  {"false", 98.5, "the document is not genuine."},
		sandbox.Unknown: {"unknown", 61, "something about the document could not be verified."},
		sandbox.Retry:   {"unknown", 61, "the document cannot be read well enough to decide; send a clearer one."},
	}[o]
	f.Reasoning = fmt.Sprintf("We are %v%% confident: %s", f.Confidence, f.Reasoning)
	return &f
}

// detailsOf says for each component what an outcome means. All outcomes are
// explained by the document; a component has no result "unknown" at Bive, so that
// one that cannot be decided is flagged.
func detailsOf(o sandbox.Outcome, components []string) []detail {
	var details []detail
	for _, c := range components {
		d := detail{Component: c, Result: "true", Reasoning: "No inconsistency was found."}
		if c == "document" {
			switch o {
			case sandbox.Reject:
				d.Result, d.Reasoning = "false", "The document shows signs of forgery."
			case sandbox.Flag:
				d.Result, d.Reasoning = "flagged", "The document has an unusual pattern, but its data is consistent."
			case sandbox.Unknown:
				d.Result, d.Reasoning = "flagged", "The document has a detail that could not be verified."
			case sandbox.Retry:
				d.Result, d.Reasoning = "flagged", "The photograph of the document is blurred."
			}
		}
		details = append(details, d)
	}
	return details
}

// personResult is the word for an associated person: capitalised, unlike the
// other results.
func personResult(o sandbox.Outcome) string {
	switch o {
	case sandbox.Reject:
		return "False"
	case sandbox.Unknown, sandbox.Retry:
		return "Unknown"
	}
	return "True"
}

// personComponents are the components of a person's details.
func personComponents(q personRequest) []string {
	c := []string{"document", "name", "selfie"}
	if q.liveness() {
		c = append(c, "liveness")
	}
	if q.DateOfBirth != "" {
		c = append(c, "date_of_birth")
	}
	if q.Email != "" {
		c = append(c, "email")
	}
	if q.PhoneNumber != "" {
		c = append(c, "phone_number")
	}
	if q.Address != nil {
		c = append(c, "address")
	}
	return c
}

// businessComponents are the components of a business's details.
func businessComponents(q businessRequest) []string {
	c := []string{"document", "name", "email", "address"}
	if q.Website != "" {
		c = append(c, "website")
	}
	if q.PhoneNumber != "" {
		c = append(c, "phone_number")
	}
	return c
}
