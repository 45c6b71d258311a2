package sumsub

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

func signed(t *testing.T, method, target, body, secret string) http.Header {
	t.Helper()
	r, err := http.NewRequest(method, "https://api.example.test"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var b vendorhttp.Body
	if body != "" {
		b = vendorhttp.Bytes("application/json", []byte(body))
	}
	if err := sign(context.Background(), r, b, "sbx:a.b", secret, time.Unix(1712760187, 0)); err != nil {
		t.Fatal(err)
	}
	return r.Header
}

// The published vector of the vendor's signature.
func TestSignatureMatchesThePublicVector(t *testing.T) {
	const want = "260c8893fb0317e8a714ce3bce9c16821649f1e27a49bd7d926fcf23942628c0"
	h := signed(t, "POST", "/resources/accessTokens", `{"userId":"1000","levelName":"default","ttl":60}`, "api_secret")
	if got := h.Get("X-App-Access-Sig"); got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
	if got := h.Get("X-App-Access-Ts"); got != "1712760187" {
		t.Errorf("timestamp = %q, want Unix seconds", got)
	}
	if got := h.Get("X-App-Token"); got != "sbx:a.b" {
		t.Errorf("token = %q, want it verbatim", got)
	}
}

// %20 and + mean the same to a reader and not to a signature.
func TestTheTargetIsSignedAsItIsOnTheWire(t *testing.T) {
	seen := map[string]string{}
	for _, target := range []string{
		"/resources/applicants?levelName=a%20b",
		"/resources/applicants?levelName=a+b",
		"/resources/applicants/-;externalUserId=a%2Fb/one",
		"/resources/applicants/-;externalUserId=a/b/one",
	} {
		sig := signed(t, "GET", target, "", "secret").Get("X-App-Access-Sig")
		if other, twice := seen[sig]; twice {
			t.Errorf("%s and %s have one signature", target, other)
		}
		seen[sig] = target
	}
}

func TestABodyThatIsShorterThanItSaysIsNotSigned(t *testing.T) {
	r, err := http.NewRequest("POST", "https://api.example.test/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	body := vendorhttp.Bytes("image/png", []byte("abc"))
	body.Size = 4
	if err := sign(context.Background(), r, body, "t", "s", time.Unix(0, 0)); err == nil || r.Header.Get("X-App-Access-Sig") != "" {
		t.Errorf("signed 3 bytes of 4: error %v", err)
	}
}
