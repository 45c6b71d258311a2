package ingest

import (
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// What a value must be. These functions are the formats of the published schemas, too, so that the quick way and the
// thorough way of checking a request cannot disagree about a value.

// countries holds every country of ISO 3166 in both of its forms.
var countries = sync.OnceValue(func() map[string]bool {
	m := make(map[string]bool, 600)
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			r, err := language.ParseRegion(code)
			if err != nil || !r.IsCountry() || r.String() != code {
				continue
			}
			m[code] = true
			m[r.ISO3()] = true
		}
	}
	return m
})

func isCountry2(s string) bool { return len(s) == 2 && countries()[s] }
func isCountry(s string) bool  { return countries()[s] }

// isDate accepts a day that is in the calendar, as YYYY-MM-DD.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isMailbox accepts an address of the usual form: local part, domain with a dot, no comments, no quotes.
func isMailbox(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(local) > 64 || len(s) > 254 || !strings.Contains(domain, ".") || !utf8.ValidString(s) {
		return false
	}
	for _, c := range local {
		if c <= ' ' || c == 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, c) {
			return false
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if c != '-' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c < 0x80 {
				return false
			}
		}
	}
	return !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..")
}

// isPhone accepts E.164: + and 7 to 15 digits, the first not 0.
func isPhone(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return false
	}
	return strings.Trim(s[1:], "0123456789") == ""
}

// isCurrency accepts three capital letters.
func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isAddress returns the rule for web addresses: https, and with insecure http and loopback too.
func isAddress(insecure bool) func(string) bool {
	return func(s string) bool {
		if len(s) > 2048 {
			return false
		}
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
			return false
		}
		if insecure {
			return u.Scheme == "https" || u.Scheme == "http"
		}
		host := strings.ToLower(u.Hostname())
		if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()) {
			return false
		}
		return u.Scheme == "https" && host != "localhost" && !strings.HasSuffix(host, ".localhost")
	}
}

// isOneOf returns the rule for a closed list of words.
func isOneOf(words ...string) func(string) bool {
	return func(s string) bool {
		for _, w := range words {
			if s == w {
				return true
			}
		}
		return false
	}
}

var (
	isGender       = isOneOf("MALE", "FEMALE", "OTHER")
	isDocumentType = isOneOf("PASSPORT", "ID_CARD", "DRIVERS_LICENSE", "RESIDENCE_PERMIT", "SELFIE", "PROOF_OF_ADDRESS", "BANK_STATEMENT", "COMPANY_REGISTRATION")
	isSide         = isOneOf("FRONT", "BACK")
)

// atMost reports whether s has at most n characters, as JSON Schema counts them.
func atMost(n int, s string) bool { return len(s) <= n || utf8.RuneCountInString(s) <= n }
