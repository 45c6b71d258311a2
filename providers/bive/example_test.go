package bive_test

import (
	"fmt"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/bive"
)

// Reading needs no credentials and no network: old answers can be read again.
func ExampleRead() {
	o, err := bive.Read(providers.Reply{Exchanges: []providers.Exchange{{Op: "status", Status: 200, Body: []byte(`{"data":{
		"id":"w1","status":"Completed","final_result":{"result":"false","confidence":98.5,"reasoning":"…"},
		"details":[{"component":"document","result":"false","reasoning":"…"}]}}`)}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range o.Findings {
		fmt.Println(f.Component, f.Result, f.Confidence, f.Reasons, f.Reasoning)
	}
	// Output:
	// document false 98.5 [forged] Bive found it not valid. The document is not genuine.
	// person false 98.5 [] Bive found it not valid.
}
