package bive_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/bive"
)

func Example() {
	box := bive.New(bive.Config{Config: sandbox.Config{Speed: 60}, APIKey: "my-key"})
	server, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	req, err := http.NewRequest("POST", server.URL()+"/identity/workflow/person", strings.NewReader(
		`{"first_name": "Ana", "last_name": "Reyes", "email": "ana+flag@example.test"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Api-Key", "my-key")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()

	ana := bive.PersonIdentity("Ana", "Reyes", "", "ana+flag@example.test")
	fmt.Println(resp.StatusCode, "billed", box.Ledger().Creates["person.create"][ana])
	// Output: 200 billed 1
}
