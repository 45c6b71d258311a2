package ingest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// drawer keeps wrapped keys in memory.
type drawer struct {
	mu   sync.Mutex
	keys [][]byte
}

func (d *drawer) PutKeys(_ context.Context, wrapped [][]byte) (numbers []uint64, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range wrapped {
		d.keys = append(d.keys, w)
		numbers = append(numbers, uint64(len(d.keys)))
	}
	return numbers, nil
}

func (d *drawer) Key(context.Context, uint64) ([]byte, error) { return nil, errors.New("not here") }
func (d *drawer) Keys(context.Context, uint64, int) ([][]byte, error) {
	return nil, errors.New("not here")
}
func (d *drawer) DestroyKey(context.Context, uint64) error { return errors.New("not here") }

// FuzzMultipart: a form is one document of a type that there is, or refused with a problem; nothing that was stored of a form
// that is refused stays.
func FuzzMultipart(f *testing.F) {
	keys, err := seal.Generate(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	blobs, err := blob.Open(context.Background(), "mem://")
	if err != nil {
		f.Fatal(err)
	}
	sealer := seal.NewSealer(keys.Public(), &drawer{}, nil)
	f.Cleanup(sealer.Close)
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		f.Fatal(err)
	}
	s := &Service{cfg: Config{Sealer: sealer, Blobs: blobs, Random: rand.Reader}, metrics: m}
	f.Add("b", []byte("--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nSELFIE\r\n--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"p.png\"\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b--\r\n"))
	f.Add("b", []byte("--b\r\nContent-Disposition: form-data; name=\"content\"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"))
	f.Fuzz(func(t *testing.T, boundary string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", `multipart/form-data; boundary="`+boundary+`"`)
		u := s.uploads(t.Context(), "vrf_1", "acme")
		defer u.discard()
		got, err := s.multipartDocument(&call{Request: r, w: httptest.NewRecorder()}, u)
		var p *problem
		switch {
		case err == nil && (len(got) != 1 || !isDocumentType(got[0].Type) || !opt(got[0].Side, isSide) || len(u.kept) != 1):
			t.Errorf("taken: %+v with %d uploads of %q", got, len(u.kept), body)
		case err != nil && !errors.As(err, &p):
			t.Errorf("refused with %v, which is no problem, of %q", err, body)
		}
	})
}

// FuzzCorrection: what the schema accepts of a correction is decoded, and names only members.
func FuzzCorrection(f *testing.F) {
	f.Add([]byte(`{"person":{"name":{"lastName":"Nowak"},"ids":{"accounts":[{"accountId":"1"}]}}}`))
	f.Add([]byte(`{"associatedPersons":[{"reference":"ubo-1","person":{"info":{"birthDate":"1990-02-03"}}}]}`))
	x, err := newExplainer(isAddress(false))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if faults, err := explain(x.correction, body); err != nil || len(faults) > 0 {
			return
		}
		var c events.Correction
		if err := strict(body, &c); err != nil {
			t.Fatalf("the schema accepts %s, decoding does not: %v", body, err)
		}
		var d events.Dossier
		d.Subject.Type = "person"
		if err := d.Correct(c); err != nil {
			t.Errorf("cannot be added: %v", err)
		}
		for _, p := range leavesOf(body) {
			if p == "" || p[0] != '/' {
				t.Errorf("member %q of %s", p, body)
			}
		}
	})
}
