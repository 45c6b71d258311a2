package personr_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/personr"
)

func Example() {
	box := personr.New(personr.Config{Token: "my-token"})
	server, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	req, err := http.NewRequest("POST", server.URL()+"/api/1.1/wf/api-applicant-create", strings.NewReader(
		`{"email": "ana@example.test", "phone": "+61400000000", "flowName": "KYC basic"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer my-token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	fmt.Println(resp.StatusCode, "billed", box.Ledger().Creates["applicant.create"][personr.Identity("ana@example.test", "+61400000000")])
	// Output: 200 billed 1
}
