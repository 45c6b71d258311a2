package authologic_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/authologic"
)

func Example() {
	box := authologic.New(authologic.Config{Config: sandbox.Config{Speed: 60}, Username: "me", Password: "my-key"})
	server, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	req, err := http.NewRequest("POST", server.URL()+"/api/conversations", strings.NewReader(`{"userKey": "cust-1",
		"query": {"identity": {"requireOneOf": [["PERSON_NAME_FIRSTNAME", "PERSON_NAME_LASTNAME"]]}},
		"hints": {"uncertain": {"person": {"name": {"firstName": "Ana", "lastName": "Reyes"}, "contact": {"email": "ana+retry@example.test"}}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.SetBasicAuth("me", "my-key")
	req.Header.Set("Accept", "application/vnd.authologic.v1.1+json")
	req.Header.Set("Content-Type", "application/vnd.authologic.v1.1+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()

	fmt.Println(resp.StatusCode, "billed", box.Ledger().Creates["conversation.create"]["cust-1"])
	// Output: 200 billed 1
}
