package sumsub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// clockSkew is how far X-App-Access-Ts may be from the server's time.
const clockSkew = 60 * time.Second

var (
	tokenPattern     = regexp.MustCompile(`^(sbx|prd|tst):([^.\s]+)\.([^.\s]+)$`)
	signaturePattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// sign returns the request signature: timestamp, method, path with query and body
// joined without separators, keyed with the app token's secret.
func sign(secret, ts, method, target string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(ts + strings.ToUpper(method) + target))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// authenticate checks the three auth headers of a request. target is the request
// target as it came over the wire, body its raw bytes.
func authenticate(token, secret string, now time.Time, h http.Header, method, target string, body []byte) *refusal {
	for _, name := range []string{"X-App-Token", "X-App-Access-Ts", "X-App-Access-Sig"} {
		switch values := h.Values(name); {
		case len(values) == 0 || values[0] == "":
			return &tokenMissing
		case len(values) > 1:
			return &tokenParams
		}
	}
	if r := matchToken(token, h.Get("X-App-Token")); r != nil {
		return r
	}
	ts, sig := h.Get("X-App-Access-Ts"), h.Get("X-App-Access-Sig")
	seconds, err := strconv.ParseInt(ts, 10, 64)
	if err != nil || !signaturePattern.MatchString(sig) {
		return &tokenValue
	}
	if away := now.Sub(time.Unix(seconds, 0)).Abs(); away > clockSkew {
		return &tokenExpired
	}
	if !hmac.Equal([]byte(sig), []byte(sign(secret, ts, method, target, body))) {
		return &tokenSignature
	}
	return nil
}

// matchToken compares a presented app token with the one that exists.
func matchToken(want, got string) *refusal {
	g := tokenPattern.FindStringSubmatch(got)
	if g == nil {
		return &tokenFormat
	}
	w := tokenPattern.FindStringSubmatch(want)
	if w == nil || w[1] != g[1] || w[2] != g[2] {
		return &tokenNotFound
	}
	if w[3] != g[3] {
		return &tokenPrivate
	}
	return nil
}
