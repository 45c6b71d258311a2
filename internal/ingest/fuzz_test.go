package ingest

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
)

// FuzzLift: whatever the body, nothing but strings at the right places is lifted, and the copy of a body without such
// strings is the body.
func FuzzLift(f *testing.F) {
	for _, s := range []string{`{"documents":[{"content":"aGk=","type":"X"}]}`, `{"documents":[{"content":"a\/\u002f\n"}]}`, `[1,"a\"b",{"x":null}]`, `{"a":"`, `}`, `{"\u0064ocuments":[{"c\u006fntent":"x"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		lifted := 0
		l := lifter{r: bufio.NewReader(bytes.NewReader(body)), wanted: contentOfRequest, take: func(_ string, r io.Reader) (string, error) {
			lifted++
			_, err := io.Copy(io.Discard, r)
			return "#0", err
		}}
		out, err := l.lift()
		if err == nil && lifted == 0 && !bytes.Equal(out, body) {
			t.Errorf("copy of %q = %q", body, out)
		}
		if len(out) > maxBody {
			t.Errorf("the copy has %d bytes", len(out))
		}
	})
}

// FuzzTheTwoWaysAgree: what the quick way accepts satisfies the schema.
func FuzzTheTwoWaysAgree(f *testing.F) {
	for _, s := range []string{`{"flow":"f","subject":{"type":"person","person":{"info":{"birthDate":"1983-07-03","nationality":"PL"},"contact":{"email":"a@b.test","phone":"+48600000000"}}}}`,
		`{"flow":"f","subject":{"type":"business","company":{}},"associatedPersons":[{"reference":"a","person":{},"ownership":1e2}]}`,
		`{"flow":"f","reference":"r","subject":{"type":"person","person":{}},"metadata":{"a":"b"},"returnUrl":"https://a.test/"}`} {
		f.Add([]byte(s))
	}
	c := rules{address: isAddress(false)}
	x, err := newExplainer(c.address)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var r events.VerificationRequested
		if strict(body, &r) != nil || !c.sound(&r) || suspicious(body) {
			return
		}
		if faults, err := explain(x.requested, body); err != nil || len(faults) > 0 {
			t.Errorf("accepted, and yet %v, %v: %s", faults, err, body)
		}
	})
}

// FuzzCloudEvents: an event in the JSON format is refused or taken apart, and never panics.
func FuzzCloudEvents(f *testing.F) {
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"io.bonafide.verification.requested.v1","data":{"flow":"f"}}`))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"x","data_base64":"e30="}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, _, err := unfold(body)
		if err == nil && (e.ID == "" || e.Source == "") {
			t.Errorf("no id or source, and no error: %q", body)
		}
		if p := attributeProblem(err); p != nil && strings.Contains(p.Error(), "\n") {
			t.Errorf("problem in several lines: %q", p)
		}
	})
}
