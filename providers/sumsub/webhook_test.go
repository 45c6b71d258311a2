package sumsub

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

func receiver(t testing.TB, token string, algorithms []string, secrets ...string) providers.Webhook {
	t.Helper()
	c := WebhookConfig{Algorithms: algorithms, AppToken: providers.NewSecret(token)}
	for _, s := range secrets {
		c.Secrets = append(c.Secrets, providers.NewSecret(s))
	}
	w, err := newWebhook(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func digestOf(algorithm, secret, body string) string {
	mac := hmac.New(algorithms[algorithm], []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func headers(digest, algorithm string) http.Header {
	h := http.Header{}
	if digest != "" {
		h.Set("X-Payload-Digest", digest)
	}
	if algorithm != "" {
		h.Set("X-Payload-Digest-Alg", algorithm)
	}
	return h
}

const sha1Name, sha256Name, sha512Name = "HMAC_SHA1_HEX", "HMAC_SHA256_HEX", "HMAC_SHA512_HEX"

// The published vector of the vendor's digest.
func TestDigestMatchesThePublicVector(t *testing.T) {
	w := receiver(t, "", []string{sha1Name}, "SoMe_SeCrEt_KeY")
	err := w.Authenticate(headers("f6e92ffe371718694d46e28436f76589312df8db", ""), []byte("someText"), time.Time{})
	if err != nil {
		t.Errorf("Authenticate = %v, want the published digest accepted", err)
	}
}

func TestAuthenticate(t *testing.T) {
	const body, secret = `{ "type" : "applicantPending" }`, "hook-secret"
	good := digestOf(sha256Name, secret, body)
	only256 := []string{sha256Name}
	both := []string{sha256Name, sha1Name}
	tests := []struct {
		name       string
		algorithms []string
		h          http.Header
		body       string
		ok         bool
	}{
		{"genuine", only256, headers(good, sha256Name), body, true},
		{"without a named algorithm it is the configured one", only256, headers(good, ""), body, true},
		{"the older of two secrets", only256, headers(digestOf(sha256Name, "old-secret", body), sha256Name), body, true},
		{"SHA512 where it is configured", []string{sha512Name}, headers(digestOf(sha512Name, secret, body), sha512Name), body, true},
		{"either of two algorithms", both, headers(digestOf(sha1Name, secret, body), sha1Name), body, true},
		{"unnamed is the first of two, not the second", both, headers(digestOf(sha1Name, secret, body), ""), body, false},
		{"no downgrade to SHA1", only256, headers(digestOf(sha1Name, secret, body), sha1Name), body, false},
		{"no upgrade either", only256, headers(digestOf(sha512Name, secret, body), sha512Name), body, false},
		{"an algorithm nobody knows", only256, headers(good, "NONE"), body, false},
		{"the name in small letters", only256, headers(good, "hmac_sha256_hex"), body, false},
		{"two algorithms", only256, http.Header{"X-Payload-Digest": {good}, "X-Payload-Digest-Alg": {sha256Name, sha256Name}}, body, false},
		{"two digests", only256, http.Header{"X-Payload-Digest": {good, good}}, body, false},
		{"no digest", only256, headers("", sha256Name), body, false},
		{"an empty digest", only256, http.Header{"X-Payload-Digest": {""}}, body, false},
		{"odd length", only256, headers(good[:63], sha256Name), body, false},
		{"half of it", only256, headers(good[:32], sha256Name), body, false},
		{"not hexadecimal", only256, headers("z"+good[1:], sha256Name), body, false},
		{"spaces around", only256, http.Header{"X-Payload-Digest": {" " + good}}, body, false},
		{"another secret", only256, headers(digestOf(sha256Name, "other", body), sha256Name), body, false},
		{"the empty secret", only256, headers(digestOf(sha256Name, "", body), sha256Name), body, false},
		{"the same JSON in other bytes", only256, headers(good, sha256Name), `{"type":"applicantPending"}`, false},
		{"an empty body", only256, headers(good, sha256Name), "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := receiver(t, "", tt.algorithms, "old-secret", secret)
			err := w.Authenticate(tt.h, []byte(tt.body), time.Time{})
			if (err == nil) != tt.ok {
				t.Errorf("Authenticate(%v, %s) = %v, want accepted %v", tt.h, tt.body, err, tt.ok)
			}
			if err != nil && fault.ClassOf(err) != fault.Unauthorized {
				t.Errorf("class = %s, want unauthorized", fault.ClassOf(err))
			}
		})
	}
}

func TestProductionRefusesTheSandbox(t *testing.T) {
	const secret = "hook-secret"
	for _, tt := range []struct {
		token, body string
		ok          bool
	}{
		{"prd:a.b", `{"sandboxMode":true}`, false},
		{"prd:a.b", `{"sandboxMode":false}`, true},
		{"prd:a.b", `{}`, true},
		{"sbx:a.b", `{"sandboxMode":true}`, true},
		{"", `{"sandboxMode":true}`, true},
	} {
		w := receiver(t, tt.token, []string{sha256Name}, secret)
		err := w.Authenticate(headers(digestOf(sha256Name, secret, tt.body), ""), []byte(tt.body), time.Time{})
		if (err == nil) != tt.ok {
			t.Errorf("token %q, body %s: Authenticate = %v, want accepted %v", tt.token, tt.body, err, tt.ok)
		}
	}
}

func TestRoute(t *testing.T) {
	w := receiver(t, "", []string{sha256Name}, "s")
	at := time.Date(2025, 8, 22, 2, 32, 58, 704e6, time.UTC)
	tests := []struct {
		name, path, body string
		want             providers.Hint
	}{
		{"reviewed", "", string(readFile(t, "testdata/webhooks/reviewed.json")),
			providers.Hint{Verification: "vrf_1", Check: "identity", Event: "applicantReviewed", At: at}},
		{"members that are null, a number as time", "vrf_1", string(readFile(t, "testdata/webhooks/pending_nulls.json")),
			providers.Hint{Verification: "vrf_1", Check: "identity", Event: "applicantPending", At: time.UnixMilli(1755829802704).UTC()}},
		{"old, with seconds only", "", string(readFile(t, "testdata/webhooks/reset_old.json")),
			providers.Hint{Verification: "vrf_1", Check: "identity", Event: "applicantReset", At: time.Date(2020, 10, 12, 8, 0, 0, 0, time.UTC)}},
		{"a person of a business", "", `{"applicantId":"a","type":"applicantReviewed","externalUserId":"vrf_2.kyb.0a1b2c"}`,
			providers.Hint{Verification: "vrf_2", Check: "kyb", Event: "applicantReviewed"}},
		{"a type nobody knows is worth a look", "", `{"applicantId":"a","type":"applicantSomethingNew","externalUserId":"vrf_1.identity"}`,
			providers.Hint{Verification: "vrf_1", Check: "identity", Event: "applicantSomethingNew"}},
		{"somebody else's applicant", "", `{"applicantId":"a","type":"applicantReviewed","externalUserId":"preview-random-x"}`,
			providers.Hint{Event: "applicantReviewed", Ignore: true}},
		{"no external id", "", `{"applicantId":"a","type":"applicantReviewed"}`, providers.Hint{Event: "applicantReviewed", Ignore: true}},
		{"a transaction", "", `{"applicantId":"a","type":"applicantKytTxnApproved","externalUserId":"vrf_1.identity"}`,
			providers.Hint{Event: "applicantKytTxnApproved", Ignore: true}},
		{"on the path of another verification", "vrf_3", `{"applicantId":"a","type":"applicantReviewed","externalUserId":"vrf_1.identity"}`,
			providers.Hint{Event: "applicantReviewed", Ignore: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.Route(tt.path, nil, []byte(tt.body))
			if err != nil {
				t.Fatalf("Route(%s) = %v", tt.body, err)
			}
			if got.Dedupe == "" {
				t.Errorf("no Dedupe for %s", tt.body)
			}
			got.Dedupe = ""
			if got != tt.want {
				t.Errorf("Route(%s)\n got %+v\nwant %+v", tt.body, got, tt.want)
			}
		})
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"type":"x"}`, `{"applicantId":"a"}`, `{"applicantId":"a","type":"x","Type":"y"}`,
		`{"applicantId":"a","type":"x","type":"x"}`, `{"applicantId":1,"type":"x"}`, `<html>`, strings.Repeat(`[`, 10_000)} {
		if _, err := w.Route("", nil, []byte(body)); fault.ClassOf(err) != fault.Malformed {
			t.Errorf("Route(%.40s) = %v, want malformed", body, err)
		}
	}
}

func TestEventsAreToldApartByMeaning(t *testing.T) {
	w := receiver(t, "", []string{sha256Name}, "s")
	dedupe := func(body string) string {
		h, err := w.Route("", nil, []byte(body))
		if err != nil {
			t.Fatalf("Route(%s) = %v", body, err)
		}
		return h.Dedupe
	}
	const first = `{"applicantId":"a","type":"applicantPending","externalUserId":"vrf_1.x","createdAtMs":"2025-08-22 02:30:02.704","correlationId":"c"}`
	same := "{ \"type\" : \"applicantPending\",\n\"applicantId\" : \"a\", \"externalUserId\":\"vrf_1.x\",\"correlationId\":\"c\",\"createdAtMs\":\"2025-08-22 02:30:02.704\"}"
	if dedupe(first) != dedupe(same) {
		t.Errorf("one event in other bytes has another Dedupe:\n%s\n%s", first, same)
	}
	for _, change := range [][2]string{{`"a"`, `"b"`}, {"Pending", "PersonalInfoChanged"}, {".704", ".763"}, {`"correlationId":"c"`, `"correlationId":"c","reviewStatus":"init"`}} {
		other := strings.Replace(first, change[0], change[1], 1)
		if dedupe(first) == dedupe(other) {
			t.Errorf("two events share a Dedupe:\n%s\n%s", first, other)
		}
	}
}

func TestAnAlgorithmThatDoesNotExistIsRefusedAtTheStart(t *testing.T) {
	if _, err := newWebhook(WebhookConfig{Secrets: providers.Secrets{providers.NewSecret("s")}, Algorithms: []string{"MD5"}}); err == nil {
		t.Error("newWebhook with MD5 succeeded")
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
