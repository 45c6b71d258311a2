package persona_test

import (
	"fmt"

	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/persona"
)

// Reading needs no credentials and no network: old answers can be read again.
func ExampleRead() {
	o, err := persona.Read(providers.Reply{Exchanges: []providers.Exchange{{Op: "inquiry", Status: 200, Body: []byte(`{
		"data": {"type": "inquiry", "id": "inq_1", "attributes": {"status": "declined"},
			"relationships": {"verifications": {"data": [{"type": "verification/government-id", "id": "ver_1"}]}}},
		"included": [{"type": "verification/government-id", "id": "ver_1", "attributes": {"status": "failed", "checks": [
			{"name": "id_fabrication_detection", "status": "failed", "requirement": "required"}]}}]}`)}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range o.Findings {
		fmt.Println(f.Component, f.Result, f.Confidence, f.Reasons, f.Reasoning)
	}
	// Output:
	// document false 97 [forged] Persona found it not valid. The document is not genuine.
	// person false 97 [forged] Persona found it not valid. The document is not genuine.
}
