package authologic

import "github.com/bonafide-id/bonafide/providers"

// verify reads the reliability of each field that was compared; of several of one component the least counts.
func (v *reader) verify() {
	r := v.said.Result.Verify
	if r == nil || r.Status != "FINISHED" && r.Status != "PARTIAL" {
		if r != nil && !products[r.Status] {
			v.unknown("verify", r.Status)
		}
		return // what was not compared is missing
	}
	least, codes := map[string]float64{}, map[string]string{}
	var order []string
	for _, d := range r.Details {
		component, mismatch := componentOf(d.Field)
		switch {
		case component == "":
			v.unknown("field", d.Field)
			continue
		case d.Reliability == nil || !(*d.Reliability >= 0 && *d.Reliability <= 1):
			v.unknown("reliability", "")
			continue
		}
		if was, ok := least[component]; !ok || *d.Reliability < was {
			if !ok {
				order = append(order, component)
			}
			least[component], codes[component] = *d.Reliability, mismatch
		}
	}
	for _, c := range order {
		f := providers.Finding{Component: c, Result: "flagged", Confidence: least[c] * 100, Reasons: []string{"small_inconsistency"}, Labels: []string{"verify"}}
		switch {
		case least[c] >= 0.95:
			f.Result, f.Reasons = "true", nil
		case least[c] <= 0.05:
			f.Result, f.Confidence, f.Reasons = "false", (1-least[c])*100, []string{codes[c]}
		}
		v.find(f)
	}
}
