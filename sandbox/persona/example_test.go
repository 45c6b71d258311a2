package persona_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/persona"
)

func Example() {
	box := persona.New(persona.Config{Config: sandbox.Config{Speed: 60}, APIKey: "my-key"})
	server, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	req, err := http.NewRequest("POST", server.URL()+"/api/v1/inquiries", strings.NewReader(`{
		"data": {"attributes": {"inquiry-template-id": "itmpl_bonafide", "fields": {"name-first": "Ana", "email-address": "ana+retry@example.test"}}},
		"meta": {"auto-create-account": true, "auto-create-account-reference-id": "cust-1"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer my-key")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()

	fmt.Println(resp.StatusCode, "billed", box.Ledger().Creates["inquiry.create"]["cust-1"])
	// Output: 201 billed 1
}
