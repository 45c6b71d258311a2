package opensanctions_test

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/opensanctions"
)

// Reading needs no credentials and no network: old answers can be read again.
func ExampleRead() {
	o, err := opensanctions.Read(providers.Reply{
		Ref: jsontext.Value(`{"asked":[{"query":"subject","exact":true}]}`),
		Exchanges: []providers.Exchange{{Op: "match", Status: 200, Body: []byte(`{"responses":{"subject":{"status":200,"results":[
			{"score":0.97,"match":true,"properties":{"topics":["sanction"]}}],"total":{"value":1,"relation":"eq"}}}}`)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range o.Findings {
		fmt.Println(f.Component, f.Result, f.Confidence, f.Reasons, f.Reasoning)
	}
	// Output:
	// aml false 97 [sanctions_hit] OpenSanctions has a hit on a list that forbids.
}
