package sumsub_test

import (
	"fmt"
	"testing"
)

func TestASanctionedApplicantHasACase(t *testing.T) {
	a := open(t)
	id := a.submit("ana+sanctions@example.test")
	a.clock.Advance(check)
	r := a.want("GET", "/resources/api/applicants/"+id+"/amlCase", "")
	hits, _ := r.at("hits").([]any)
	if len(hits) != 1 || fmt.Sprint(r.at("riskLabels")) != "[sanctions]" || r.at("targetEntityId") != id {
		t.Fatalf("case: got %v, want one sanctions hit", r)
	}
	hit := hits[0].(map[string]any)
	if hit["name"] != "ANA REYES" || hit["review"].(map[string]any)["matchStatus"] != "true_positive" {
		t.Errorf("hit: got %v", hit)
	}
	a.refused(409, 0, "POST", "/resources/applicants/"+id+"/recheck/aml", "")
	st := a.want("GET", "/resources/applicants/"+id+"/requiredIdDocsStatus", "")
	if got := st.at("IDENTITY.reviewResult.reviewAnswer"); got != "GREEN" {
		t.Errorf("the document is not at fault: got %v", got)
	}
}

func TestACleanApplicantHasNoCaseAndCanBeRechecked(t *testing.T) {
	a := open(t)
	id := a.submit("ana@example.test")
	a.clock.Advance(check)
	a.refused(404, 0, "GET", "/resources/api/applicants/"+id+"/amlCase", "")
	if r := a.want("POST", "/resources/applicants/"+id+"/recheck/aml", ""); string(r.raw) != `{"ok":1}` {
		t.Errorf("recheck: got %s", r.raw)
	}
}
