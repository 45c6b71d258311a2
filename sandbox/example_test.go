package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/bonafide-id/bonafide/sandbox"
)

// greeter is the smallest sandbox: a vendor that only says hello.
type greeter struct {
	http.Handler
	stage *sandbox.Stage
}

func (g greeter) Close() { g.stage.Close() }

func Example() {
	stage := sandbox.NewStage(sandbox.Config{Speed: 60})
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stage.Ledger.Read("hello")
		fmt.Fprintln(w, "hello")
	})
	fail := func(w http.ResponseWriter, status int) { http.Error(w, "sorry", status) }

	server, err := sandbox.Start("127.0.0.1:0", greeter{stage.Handler(vendor, fail), stage})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	stage.Faults.Add(sandbox.Fault{Mode: sandbox.ModeStatus, Status: 503, Count: 1})
	for range 2 {
		resp, err := http.Get(server.URL() + "/hello")
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Printf("%d %s", resp.StatusCode, body)
	}
	fmt.Println(stage.Ledger.Snapshot().Reads)
	// Output:
	// 503 sorry
	// 200 hello
	// map[hello:1]
}
