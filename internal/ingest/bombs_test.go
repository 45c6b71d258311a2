package ingest_test

import (
	"strings"
	"testing"
)

// TestSmallBodiesThatMeanMuchWorkAreRefusedWithoutIt sends what fits into the limits of size and costs a careless reader
// gigabytes. Each is refused by its status, within a bounded heap, and an ordinary request is served afterwards.
func TestSmallBodiesThatMeanMuchWorkAreRefusedWithoutIt(t *testing.T) {
	const (
		most    = 24 << 20 // of heap, for a body of 1 MiB
		million = 1_000_000
	)
	r := newRig(t, nil)
	id := r.open(minimal).ID
	members := "{" + strings.Repeat(`"":0,`, million/5) + `"a":1}`
	distinct := func() string {
		var b strings.Builder
		b.WriteString("{")
		for i := range 80_000 {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(`"`)
			for n := i + 1; n > 0; n /= 26 {
				b.WriteByte(byte('a' + n%26))
			}
			b.WriteString(`":[]`)
		}
		return b.String() + "}"
	}()
	part := "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nSELFIE\r\n"
	documents, events := "/v1/verifications/"+id+"/documents", "/v1/events"
	tests := []struct {
		name, path, body, media string
		status                  int
	}{
		{"a million brackets", "/v1/verifications", strings.Repeat("[", million), "", 400},
		{"a million objects in each other", "/v1/verifications", strings.Repeat(`{"a":`, million/5) + "1", "", 400},
		{"a million brackets in metadata", "/v1/verifications", with(`"metadata":{"a":` + strings.Repeat("[", million) + "}"), "", 400},
		{"two hundred thousand members of one name", "/v1/verifications", members, "", 413},
		{"eighty thousand members of different names", "/v1/verifications", distinct, "", 413},
		{"eighty thousand members of metadata", "/v1/verifications", with(`"metadata":` + distinct), "", 413},
		{"a number of a million digits", "/v1/verifications", with(`"reference":` + strings.Repeat("9", million)), "", 422},
		{"a string of escapes", "/v1/verifications", with(`"reference":"` + strings.Repeat(`\u0000`, million/6) + `"`), "", 422},
		{"a hundred thousand documents", "/v1/verifications", with(`"documents":[` + strings.Repeat(`{},`, 100_000) + "{}]"), "", 413},
		{"a hundred thousand events in a batch", events, "[" + strings.Repeat(`{},`, 100_000) + "{}]", "application/cloudevents-batch+json", 413},
		{"ten thousand parts", documents, strings.Repeat(part, 10_000) + "--b--\r\n", "multipart/form-data; boundary=b", 413},
		{"a part with a header of a megabyte", documents, "--b\r\nX-A: " + strings.Repeat("a", million) + "\r\n\r\n", "multipart/form-data; boundary=b", 400},
		{"a part with a hundred thousand headers", documents, "--b\r\n" + strings.Repeat("A: b\r\n", 100_000) + "\r\n", "multipart/form-data; boundary=b", 413},
		{"a webhook of a million brackets", "/webhooks/acme", strings.Repeat("[", million), "", 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			media := test.media
			if media == "" {
				media = "application/json"
			}
			var p response
			grown := peak(t, func() {
				r.eventually("it is not asked to come again", func() bool {
					p = r.call("POST", test.path, acme, test.body, "Content-Type", media)
					return p.status != 503
				})
			})
			if p.status != test.status {
				t.Errorf("status = %d, want %d; body %.300s", p.status, test.status, p.body)
			}
			if len(p.body) > 64<<10 {
				t.Errorf("the answer has %d bytes, want a short one", len(p.body))
			}
			if grown > most {
				t.Errorf("the heap grew by %d MiB for a body of %d KiB, want at most %d", grown>>20, len(test.body)>>10, most>>20)
			}
			t.Logf("the heap grew by %d KiB; the answer has %d bytes", grown>>10, len(p.body))
		})
	}
	r.open(minimal)
}
