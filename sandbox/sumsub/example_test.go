package sumsub_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

// A sandbox is started like a server; any client of the vendor can then use it.
func Example() {
	server, err := sandbox.Start("127.0.0.1:0", sumsub.New(sumsub.Config{Config: sandbox.Config{Speed: 60}}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(context.Background())

	target, body := "/resources/applicants?levelName=basic-kyc-level", `{"externalUserId":"u-1"}`
	req, _ := http.NewRequest("POST", server.URL()+target, strings.NewReader(body))
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-App-Token", sumsub.DefaultAppToken)
	req.Header.Set("X-App-Access-Ts", ts)
	req.Header.Set("X-App-Access-Sig", signature(sumsub.DefaultSecretKey, ts, "POST", target, []byte(body)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 201 Created
}
