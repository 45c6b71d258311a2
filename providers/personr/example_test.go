package personr_test

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/personr"
)

// Reading needs no credentials and no network: old answers can be read again.
func ExampleRead() {
	o, err := personr.Read(providers.Reply{
		Ref: jsontext.Value(`{"id":"1700000000000x1","kind":"person","aspects":["document","aml"]}`),
		Exchanges: []providers.Exchange{{Op: "status", Status: 200, Body: []byte(`{"status":"success","response":{"applicantStatus":"Reviewed",
			"result":{"reviewAnswer":"Rejected","reviewRejectType":"Final","rejectLabels":["FORGERY"]}}}`)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range o.Findings {
		fmt.Println(f.Component, f.Result, f.Confidence, f.Reasons, f.Reasoning)
	}
	// Output:
	// document false 97 [forged] Personr rejected it for good.
	// aml unknown 0 [inconclusive] Personr could not tell.
}
