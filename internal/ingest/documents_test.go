package ingest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/events"
)

// form returns a multipart body of name, value pairs; the value of content is a file.
func form(t testing.TB, pairs ...string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		var part io.Writer
		var err error
		if pairs[i] == "content" {
			part, err = w.CreateFormFile("content", "p.png")
		} else {
			part, err = w.CreateFormField(pairs[i])
		}
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func TestDocumentsAreAddedInEveryForm(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(strings.TrimSuffix(minimal, "}") + `,"hold":true}`).ID
	path := "/v1/verifications/" + id + "/documents"
	r.want(202, r.call("POST", path, acme, `{"type":"PASSPORT","side":"FRONT","country":"POL","filename":"a.jpg","content":"`+jpeg64+`"}`))
	r.want(202, r.call("POST", path, acme, `{"documents":[{"content":"`+jpeg64+`","type":"SELFIE"},{"type":"ID_CARD","side":"BACK","content":"`+jpeg64+`"}]}`))
	body, ct := form(t, "content", string(png), "type", "PROOF_OF_ADDRESS", "country", "PL")
	r.want(202, r.call("POST", path, acme, body, "Content-Type", ct))
	r.want(202, r.call("POST", "/v1/verifications/"+id+"/submit", acme, nil))
	var got []string
	submitted := false
	for _, in := range r.inputs() {
		switch d := in.Event.Data.(type) {
		case events.DocumentsAdded:
			for _, doc := range d.Documents {
				got = append(got, doc.Type+" "+doc.Side+" "+doc.Country+" "+doc.MediaType)
				want := jpeg
				if doc.MediaType == "image/png" {
					want = png
				}
				if b := r.document(id, "acme", doc); !bytes.Equal(b, want) {
					t.Errorf("%s opens to %d bytes, want %d", doc.Type, len(b), len(want))
				}
			}
		case events.VerificationSubmitted:
			submitted = true
		}
	}
	want := "PASSPORT FRONT POL image/jpeg,SELFIE   image/jpeg,ID_CARD BACK  image/jpeg,PROOF_OF_ADDRESS  PL image/png"
	if s := strings.Join(got, ","); s != want || !submitted {
		t.Errorf("documents = %q, submitted %t; want %q and true", s, submitted, want)
	}
}

func TestDocumentsThatAreRefusedSayWhatIsWrongWithThem(t *testing.T) {
	r := newRig(t, nil)
	path := "/v1/verifications/" + r.open(minimal).ID + "/documents"
	multi := func(pairs ...string) [2]string { b, ct := form(t, pairs...); return [2]string{b, ct} }
	doc := string(png)
	tests := []struct {
		name     string
		body     [2]string
		status   int
		pointers string
	}{
		{"nothing", [2]string{"{}", "application/json"}, 422, "/content /type"},
		{"no documents", [2]string{`{"documents":[]}`, "application/json"}, 422, "/documents"},
		{"both forms", [2]string{`{"documents":[{"type":"SELFIE","content":"` + jpeg64 + `"}],"type":"SELFIE"}`, "application/json"}, 422, "/type"},
		{"second at fault", [2]string{`{"documents":[{"type":"SELFIE","content":"` + jpeg64 + `"},{"type":"SELFIE","content":"aGVsbG8="}]}`, "application/json"}, 422, "/documents/1/content"},
		{"unknown", [2]string{`{"type":"SELFIE","content":"` + jpeg64 + `","page":1}`, "application/json"}, 422, "/page"},
		{"part without type", multi("content", doc), 422, "/type"},
		{"part without content", multi("type", "SELFIE"), 422, "/content"},
		{"part unknown", multi("type", "SELFIE", "content", doc, "page", "1"), 422, "/page"},
		{"part twice", multi("type", "SELFIE", "type", "SELFIE", "content", doc), 422, "/type"},
		{"part is no picture", multi("type", "SELFIE", "content", "hello"), 422, "/content"},
		{"part bad values", multi("type", "X", "side", "LEFT", "country", "PLX", "content", doc), 422, "/country /side /type"},
		{"part too large", multi("type", "SELFIE", "content", doc+strings.Repeat("x", 16<<20)), 413, ""},
		{"field too large", multi("type", strings.Repeat("x", 300), "content", doc), 413, ""},
		{"no boundary", [2]string{"x", "multipart/form-data"}, 400, ""},
		{"no parts", [2]string{"x", "multipart/form-data; boundary=b"}, 400, ""},
		{"parts end early", [2]string{"--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"p\"\r\n\r\n" + doc, "multipart/form-data; boundary=b"}, 400, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.call("POST", path, acme, tt.body[0], "Content-Type", tt.body[1])
			if p.status != tt.status {
				t.Fatalf("status = %d, want %d; answer %s; request %.200q", p.status, tt.status, p.body, tt.body[0])
			}
			if have := pointers(p.problem(t)); have != tt.pointers {
				t.Errorf("pointers = %q, want %q; answer %s", have, tt.pointers, p.body)
			}
		})
	}
	if n := r.blobCount(); n != 0 {
		t.Errorf("%d documents of refused requests are kept, want 0", n)
	}
}

// endless is a body whose document claims to be of size bytes of base64.
func endless(prefix string, size int64, suffix string) (io.Reader, *atomic.Int64) {
	var n atomic.Int64
	unit := strings.Repeat("AAAA", 4096)
	return io.MultiReader(strings.NewReader(prefix), &counter{Reader: io.LimitReader(&repeating{unit: unit}, size), n: &n}, strings.NewReader(suffix)), &n
}

type repeating struct {
	unit string
	off  int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := copy(p, r.unit[r.off:])
	r.off = (r.off + n) % len(r.unit)
	return n, nil
}

type counter struct {
	io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// peak measures how much the heap grows while f runs.
func peak(t *testing.T, f func()) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, top := m.HeapAlloc, m.HeapAlloc
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				top = max(top, m.HeapAlloc)
			}
		}
	}()
	f()
	close(done)
	<-stopped
	return top - base
}

func TestDocumentsAreNeverWholeInMemory(t *testing.T) {
	r := newRig(t, nil)
	const most = 8 << 20
	head := strings.TrimSuffix(minimal, "}") + `,"documents":[{"type":"PASSPORT","content":"` + base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0ab"))
	// 16 MiB exactly, decoded: 6 bytes in head, the rest here.
	size := int64((16<<20 - 6) / 3 * 4)
	body, _ := endless(head, size, `"}]}`)
	grown := peak(t, func() { r.want(202, r.call("POST", "/v1/verifications", acme, body)) })
	t.Logf("16 MiB document: the heap grew by %d KiB", grown>>10)
	if grown > most {
		t.Errorf("a document of 16 MiB made the heap grow by %d bytes, want at most %d", grown, most)
	}
	v := r.inputs()[0].Event.Data.(events.VerificationOpened)
	if want := int64(16<<20-6)/3*3 + 6; v.Documents[0].Size != want {
		t.Errorf("size = %d, want %d", v.Documents[0].Size, want)
	}
	stored := r.blobCount()
	var read *atomic.Int64
	grown = peak(t, func() {
		body, n := endless(head, 1<<30, `"}]}`)
		read = n
		if p, err := r.try("POST", "/v1/verifications", acme, body); err == nil && p.status != 413 {
			t.Errorf("a document of 1 GiB: status = %d, want 413", p.status)
		}
	})
	t.Logf("1 GiB document: the heap grew by %d KiB; %d MiB were sent", grown>>10, read.Load()>>20)
	if grown > most {
		t.Errorf("a document of 1 GiB made the heap grow by %d bytes, want at most %d", grown, most)
	}
	if n := read.Load(); n > 64<<20 {
		t.Errorf("%d bytes of it were read, want it given up after little more than 22 MiB", n)
	}
	if n := r.blobCount(); n != stored {
		t.Errorf("%d documents kept, want %d", n, stored)
	}
}

func TestADocumentOfOneByteTooManyIsRefused(t *testing.T) {
	r := newRig(t, nil)
	raw := append([]byte{0xff, 0xd8, 0xff}, make([]byte, 16<<20-3)...)
	post := func(b []byte) response {
		return r.call("POST", "/v1/verifications", acme, with(fmt.Sprintf(`"documents":[{"type":"SELFIE","content":"%s"}]`, base64.StdEncoding.EncodeToString(b))))
	}
	r.want(202, post(raw))
	r.want(413, post(append(raw, 0)))
}

func TestADocumentOfAnAssociatedPersonIsTheirs(t *testing.T) {
	r := newRig(t, nil)
	id := r.open(business).ID
	path := "/v1/verifications/" + id + "/documents"
	r.want(202, r.call("POST", path, acme, `{"type":"PASSPORT","person":"ubo-1","content":"`+jpeg64+`"}`))
	r.want(202, r.call("POST", path, acme, `{"documents":[{"type":"COMPANY_REGISTRATION","content":"`+jpeg64+`"},{"type":"SELFIE","person":"ubo-1","content":"`+jpeg64+`"}]}`))
	body, ct := form(t, "person", "ubo-1", "type", "ID_CARD", "content", string(png))
	r.want(202, r.call("POST", path, acme, body, "Content-Type", ct))
	var got []string
	for _, in := range r.inputs() {
		if d, ok := in.Event.Data.(events.DocumentsAdded); ok {
			for _, doc := range d.Documents {
				got = append(got, doc.Type+" of "+doc.Person)
			}
		}
	}
	if s, want := strings.Join(got, ","), "PASSPORT of ubo-1,COMPANY_REGISTRATION of ,SELFIE of ubo-1,ID_CARD of ubo-1"; s != want {
		t.Errorf("documents = %q, want %q", s, want)
	}
	kept := r.blobCount()
	for name, x := range map[string]struct{ body, pointer, says string }{
		"nobody":           {`{"type":"PASSPORT","person":"ubo-9","content":"` + jpeg64 + `"}`, "/person", "is nobody of this verification"},
		"nobody among":     {`{"documents":[{"type":"PASSPORT","person":"ubo-9","content":"` + jpeg64 + `"}]}`, "/documents/0/person", "is nobody of this verification"},
		"without a name":   {`{"type":"PASSPORT","person":"","content":"` + jpeg64 + `"}`, "/person", "must not be empty"},
		"a name and story": {`{"type":"PASSPORT","person":{"reference":"ubo-1"},"content":"` + jpeg64 + `"}`, "/person", "must be string"},
	} {
		p := r.call("POST", path, acme, x.body)
		if p.status != 422 || pointers(p.problem(t)) != x.pointer || !strings.Contains(string(p.body), x.says) {
			t.Errorf("%s: got %d %s, want 422, %q at %q", name, p.status, p.body, x.says, x.pointer)
		}
	}
	body, ct = form(t, "person", "", "type", "ID_CARD", "content", string(png))
	if p := r.call("POST", path, acme, body, "Content-Type", ct); p.status != 422 || pointers(p.problem(t)) != "/person" {
		t.Errorf("a part without a name: got %d %s, want 422 at /person", p.status, p.body)
	}
	if n := r.blobCount(); n != kept {
		t.Errorf("%d documents are kept, want the %d that were accepted", n, kept)
	}
	of := "/v1/verifications/" + r.open(minimal).ID + "/documents"
	if p := r.call("POST", of, acme, `{"type":"PASSPORT","person":"ubo-1","content":"`+jpeg64+`"}`); p.status != 422 || pointers(p.problem(t)) != "/person" {
		t.Errorf("of a person who has none: got %d %s, want 422 at /person", p.status, p.body)
	}
}

func TestADocumentOfSomebodyWithAVerificationOfTheirOwnIsSentThere(t *testing.T) {
	r := newFamilyRig(t)
	id := r.open(family("false", relative("boss", "DIRECTOR", "0", "Mia"))).ID
	theirs := r.await(id, "running").AssociatedPersons[0].ID
	p := r.call("POST", "/v1/verifications/"+id+"/documents", acme, `{"type":"PASSPORT","person":"boss","content":"`+jpeg64+`"}`)
	if p.status != 422 || pointers(p.problem(t)) != "/person" || theirs == "" || !strings.Contains(string(p.body), theirs) {
		t.Errorf("got %d %s, want 422 at /person that names %q", p.status, p.body, theirs)
	}
}
