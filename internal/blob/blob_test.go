package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// bucket is as much of S3 as is spoken here: one bucket, objects by path.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut off: as S3, forget it
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.Method {
	case http.MethodPut:
		b.objects[r.URL.Path] = body
		w.Header().Set("ETag", `"e"`)
	case http.MethodGet, http.MethodHead:
		o, ok := b.objects[r.URL.Path]
		if !ok {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code><Message>The key SECRET does not exist.</Message></Error>`)
			return
		}
		w.Header().Set("ETag", `"e"`)
		http.ServeContent(w, r, "", time.Unix(1700000000, 0), bytes.NewReader(o))
	case http.MethodDelete:
		delete(b.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	}
}

// stores returns the URL of one store of each kind.
func stores(t *testing.T) map[string]string {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
	t.Setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")
	s3 := httptest.NewServer(&bucket{objects: map[string][]byte{}})
	t.Cleanup(s3.Close)
	return map[string]string{
		"file": "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "made", "when", "needed")),
		"mem":  "mem://",
		"s3":   "s3://docs?region=eu-central-1&use_path_style=true&endpoint=" + s3.URL,
	}
}

func open(t *testing.T, address string) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newRef(t *testing.T) string {
	t.Helper()
	ref, err := blob.NewRef(rand.Reader)
	if err != nil {
		t.Fatalf("ref: %v", err)
	}
	return ref
}

func TestWhatIsPutCanBeReadUntilItIsDeleted(t *testing.T) {
	for kind, address := range stores(t) {
		t.Run(kind, func(t *testing.T) {
			ctx, s, ref := t.Context(), open(t, address), newRef(t)
			want := bytes.Repeat([]byte("sealed "), 50_000)
			if err := s.Put(ctx, ref, bytes.NewReader(want)); err != nil {
				t.Fatalf("put: %v", err)
			}
			r, err := s.Open(ctx, ref)
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("read: got %d bytes, %v; want %d", len(got), err, len(want))
			}
			for range 2 {
				if err := s.Delete(ctx, ref); err != nil {
					t.Fatalf("delete: %v", err)
				}
			}
			_, err = s.Open(ctx, ref)
			if fault.ClassOf(err) != fault.Invalid {
				t.Errorf("open after delete: got %v, want class invalid", err)
			}
			if strings.Contains(err.Error(), ref) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error %q repeats the ref or the store's words", err)
			}
		})
	}
}

func TestAWriterThatFailsStoresNothing(t *testing.T) {
	broken := errors.New("the client went away")
	for kind, address := range stores(t) {
		t.Run(kind, func(t *testing.T) {
			ctx, s, ref := t.Context(), open(t, address), newRef(t)
			err := s.Write(ctx, ref, func(w io.Writer) error {
				_, err := w.Write(make([]byte, 100_000))
				return errors.Join(err, broken)
			})
			if !errors.Is(err, broken) {
				t.Errorf("write: got %v, want %v", err, broken)
			}
			if _, err := s.Open(ctx, ref); fault.ClassOf(err) != fault.Invalid {
				t.Errorf("open: got %v, want class invalid: something was stored", err)
			}
		})
	}
}

func TestADirectoryHoldsNothingButBlobs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp")) // does not exist: whoever used it would fail
	store := filepath.Join(dir, "blobs")
	s, ref := open(t, "file://"+filepath.ToSlash(store)), newRef(t)
	if err := s.Put(t.Context(), ref, strings.NewReader("sealed")); err != nil {
		t.Fatalf("put: %v", err)
	}
	var files []string
	err := filepath.WalkDir(store, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v, %v; want a directory that nobody else may enter", path, info.Mode(), err)
			}
		} else {
			rel, _ := filepath.Rel(store, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0] != ref {
		t.Errorf("files: got %v, want only %s", files, ref)
	}
}

func TestOnlyRefsAreServed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, "file://"+filepath.ToSlash(filepath.Join(dir, "blobs")))
	for _, ref := range []string{"", "secret", "../secret", "ab/" + strings.Repeat("a", 37), "ab/" + strings.Repeat("A", 38), "ab/../" + strings.Repeat("a", 35)} {
		if err := s.Put(t.Context(), ref, strings.NewReader("x")); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("put %q: got %v, want class invalid", ref, err)
		}
		if _, err := s.Open(t.Context(), ref); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("open %q: got %v, want class invalid", ref, err)
		}
		if err := s.Delete(t.Context(), ref); fault.ClassOf(err) != fault.Invalid {
			t.Errorf("delete %q: got %v, want class invalid", ref, err)
		}
	}
}

func TestErrorsHaveAClass(t *testing.T) {
	for _, address := range []string{"", "ftp://x", "://", "file://" + filepath.Join(t.TempDir(), "x") + "?nonsense=1"} {
		if _, err := blob.Open(t.Context(), address); fault.ClassOf(err) == fault.Unknown || err == nil {
			t.Errorf("open %q: got %v (%s), want a class", address, err, fault.ClassOf(err))
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	s := open(t, "mem://")
	if err := s.Put(over, newRef(t), strings.NewReader("x")); fault.ClassOf(err) != fault.Stopping {
		t.Errorf("put with an ended context: got %v (%s), want stopping", err, fault.ClassOf(err))
	}
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	s = open(t, "s3://docs?region=eu-central-1&use_path_style=true&endpoint="+down.URL)
	if _, err := s.Open(t.Context(), newRef(t)); fault.ClassOf(err) != fault.Transient || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("open with the store away: got %v (%s), want transient and no address", err, fault.ClassOf(err))
	}
}
