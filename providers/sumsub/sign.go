package sumsub

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// sign signs the bytes that go out: time, method, the target as it is on the wire, and the whole body, joined by nothing.
// A request that is changed afterwards, a query parameter more or a body encoded again, is refused by the vendor. A body
// is read once to sign it and once to send it, so that no document is held in memory.
func sign(ctx context.Context, r *http.Request, body vendorhttp.Body, token, secret string, now time.Time) error {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, stamp+r.Method+r.URL.RequestURI())
	if body.Open != nil {
		content, err := body.Open(ctx)
		if err != nil {
			return fault.New(class(err), "sumsub.sign", "a document could not be opened")
		}
		defer content.Close()
		if n, err := io.Copy(mac, content); err != nil || n != body.Size {
			return fault.New(fault.Transient, "sumsub.sign", "a document could not be read whole")
		}
	}
	r.Header.Set("X-App-Token", token)
	r.Header.Set("X-App-Access-Ts", stamp)
	r.Header.Set("X-App-Access-Sig", hex.EncodeToString(mac.Sum(nil)))
	return nil
}

// class is that of an error of whoever opens a document; nothing has been sent by then.
func class(err error) fault.Class {
	if c := fault.ClassOf(err); c != fault.Unknown && c != fault.Ambiguous {
		return c
	}
	return fault.Transient
}
