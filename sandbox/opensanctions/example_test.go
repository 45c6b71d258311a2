package opensanctions_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/opensanctions"
)

var sandboxStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func Example() {
	box := opensanctions.New(opensanctions.Config{})
	server, err := sandbox.Start("127.0.0.1:0", box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	resp, err := http.Post(server.URL()+"/match/default", "application/json", strings.NewReader(
		`{"queries": {"q1": {"schema": "Person", "properties": {"name": ["Mordecai Vantablack"]}}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	fmt.Println(resp.StatusCode, "searched", box.Ledger().Reads["match"])
	// Output: 200 searched 1
}
