package all_test

import (
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/all"
)

// Personr runs on an engine that speaks as Sumsub does. A reject label that both have means one thing, so it has one code,
// whichever of them says it.
func TestOneLabelHasOneCode(t *testing.T) {
	read := map[string]providers.ReadFunc{}
	for _, d := range all.Definitions() {
		read[d.Spec.Name] = d.Read
	}
	for _, label := range []string{
		"FORGERY", "GRAPHIC_EDITOR", "LOW_QUALITY", "NOT_DOCUMENT", "ID_INVALID", "INCOMPLETE_DOCUMENT", "UNSATISFACTORY_PHOTOS",
		"DOCUMENT_PAGE_MISSING", "DOCUMENT_DAMAGED", "DOCUMENT_DEPRIVED", "FRONT_SIDE_MISSING", "BACK_SIDE_MISSING", "SCREENSHOTS",
		"BLACK_AND_WHITE", "EXPIRATION_DATE", "UNFILLED_ID", "BAD_SELFIE", "SELFIE_MISMATCH", "BAD_FACE_MATCHING", "CRIMINAL", "SANCTIONS",
		"COMPROMISED_PERSONS",
	} {
		sumsub := codes(t, read["sumsub"], providers.Reply{Ref: jsontext.Value(`{"id":"1","asked":["document","selfie","aml"]}`), Exchanges: []providers.Exchange{
			{Op: "status", Status: 200, Body: []byte(`{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"RED","reviewRejectType":"FINAL","rejectLabels":["` + label + `"]}}`)}}})
		personr := codes(t, read["personr"], providers.Reply{Ref: jsontext.Value(`{"id":"1"}`), Exchanges: []providers.Exchange{
			{Op: "status", Status: 200, Body: []byte(`{"status":"success","response":{"applicantStatus":"Reviewed","result":{"reviewAnswer":"Rejected","reviewRejectType":"Final","rejectLabels":["` + label + `"]}}}`)}}})
		if len(sumsub) != 1 || !slices.Equal(sumsub, personr) {
			t.Errorf("%s: got %q of Sumsub and %q of Personr, want one code", label, sumsub, personr)
		}
	}
}

// codes are those of the findings that are false about something that is named.
func codes(t *testing.T, read providers.ReadFunc, r providers.Reply) []string {
	t.Helper()
	out, err := read(r)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range out.Findings {
		if f.Result != "false" {
			continue
		}
		for _, c := range f.Reasons {
			if c != "other" && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}
