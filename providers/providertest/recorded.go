package providertest

import (
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

var record = flag.Bool("record", false, "write testdata/requests anew; the diff is reviewed")

// Requests are the requests of a test as text: what we send a vendor, word for word. The zero value has none. It is used by
// one goroutine at a time.
type Requests struct{ text strings.Builder }

// Add writes a request down: method and target, headers by name, body. Line ends of multipart bodies become plain ones. It
// reads the body to its end.
func (q *Requests) Add(t *testing.T, r *http.Request) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("%s %s: the body: %v", r.Method, r.URL.Path, err)
	}
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	q.text.WriteString(r.Method + " " + r.URL.RequestURI() + "\n")
	for _, name := range names {
		q.text.WriteString(name + ": " + strings.Join(r.Header[name], ", ") + "\n")
	}
	q.text.WriteString("\n" + strings.ReplaceAll(string(body), "\r\n", "\n") + "\n\n")
}

// AreRecorded compares with testdata/requests/<name>.txt: a change of it is a change of the contract with the vendor. With
// -record the file is written.
func (q *Requests) AreRecorded(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join("testdata", "requests", name+".txt")
	got := q.text.String()
	if *record {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}
