// Package blob keeps sealed bytes that are too large for events: documents as handed in and long answers of vendors.
//
// What lies there is noise without its key (package seal), and its names say nothing: a ref is random. Directories and
// S3-compatible stores are supported, chosen by BLOB_URL.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// Store is a place for blobs. It is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	dir    string // of a store that is a directory, whose files we sync ourselves; "" where the store answers for them
}

// Open opens the store at a URL:
//
//	file:///var/lib/bonafide/blobs   a directory; it is made if it is not there
//	s3://bucket?region=eu-central-1  with credentials as the AWS SDK finds them; endpoint=… and use_path_style=true for others
//	mem://                           in memory, for tests
func Open(ctx context.Context, address string) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "blob.open", "BLOB_URL is no URL")
	}
	dir := ""
	switch u.Scheme {
	case "file":
		if runtime.GOOS != "windows" { // which syncs no directories
			dir = u.Path
		}
		if err := os.MkdirAll(u.Path, 0o700); err != nil {
			return nil, fault.Wrap(fault.Invalid, "blob.open", err)
		}
		q := u.Query()
		q.Set("no_tmp_dir", "true") // temporary files elsewhere would outlive us there
		q.Set("metadata", "skip")   // no second file per blob
		q.Set("dir_file_mode", "0700")
		u.RawQuery = q.Encode()
	case "s3", "mem":
	default:
		return nil, fault.New(fault.Invalid, "blob.open", "BLOB_URL must begin with file://, s3:// or mem://")
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, classify("blob.open", err)
	}
	return &Store{bucket: b, dir: dir}, nil
}

// Close ends the use of the store.
func (s *Store) Close() error { return classify("blob.close", s.bucket.Close()) }

// Ready says whether the store can be reached.
func (s *Store) Ready(ctx context.Context) error {
	ok, err := s.bucket.IsAccessible(ctx)
	if err == nil && !ok {
		return fault.New(fault.Transient, "blob.ready", "the store cannot be reached")
	}
	return classify("blob.ready", err)
}

// NewRef returns a name that nobody can guess and that says nothing: 160 bits of random.
func NewRef(random io.Reader) (string, error) {
	var b [20]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fault.New(fault.Transient, "blob.ref", "no randomness")
	}
	s := hex.EncodeToString(b[:])
	return s[:2] + "/" + s[2:], nil
}

// validRef refuses what NewRef does not make, so that no ref from a message can leave the store.
func validRef(ref string) error {
	if len(ref) == 41 && ref[2] == '/' && strings.Trim(ref[:2]+ref[3:], "0123456789abcdef") == "" {
		return nil
	}
	return fault.New(fault.Invalid, "blob", "not a ref")
}

// Put stores what r holds under ref. When it returns nil, what is stored outlives a loss of power. An error of r is returned as
// it is, and nothing is stored. Storing again under a ref replaces.
func (s *Store) Put(ctx context.Context, ref string, r io.Reader) error {
	return s.Write(ctx, ref, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

// Write is Put for those who write. When write returns an error, it is returned as it is and nothing is stored.
func (s *Store) Write(ctx context.Context, ref string, write func(io.Writer) error) error {
	if err := validRef(ref); err != nil {
		return err
	}
	abandon, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.bucket.NewWriter(abandon, ref, &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true})
	if err != nil {
		return classify("blob.put", err)
	}
	out := &writer{w: w}
	if err := write(out); err != nil {
		cancel()
		_ = w.Close() // cancelled: discards
		if out.err != nil && errors.Is(err, out.err) {
			return classify("blob.put", out.err)
		}
		return err
	}
	if err := w.Close(); err != nil {
		return classify("blob.put", err)
	}
	return classify("blob.put", s.sync(ref))
}

// sync makes a file and its name outlive a loss of power: who has put it names it in an event, which does.
func (s *Store) sync(ref string) error {
	if s.dir == "" {
		return nil
	}
	path := filepath.Join(s.dir, filepath.FromSlash(ref))
	for _, name := range []string{path, filepath.Dir(path), s.dir} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// writer remembers the store's error, to tell it from those of who writes.
type writer struct {
	w   *blob.Writer
	err error
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

// Open returns what lies under ref. The caller closes it. Nothing there is an error of class Invalid.
func (s *Store) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	if err := validRef(ref); err != nil {
		return nil, err
	}
	r, err := s.bucket.NewReader(ctx, ref, nil)
	if err != nil {
		return nil, classify("blob.get", err)
	}
	return reader{r}, nil
}

type reader struct{ *blob.Reader }

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = classify("blob.get", err)
	}
	return n, err
}

// Delete removes what lies under ref. Nothing there is no error.
func (s *Store) Delete(ctx context.Context, ref string) error {
	if err := validRef(ref); err != nil {
		return err
	}
	err := s.bucket.Delete(ctx, ref)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return classify("blob.delete", err)
}

// classify gives a store's error its class and drops its text, which may quote names and addresses.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		return fault.New(fault.Invalid, op, "nothing is there")
	case gcerrors.InvalidArgument, gcerrors.FailedPrecondition, gcerrors.Unimplemented:
		return fault.New(fault.Invalid, op, "the store refuses it")
	case gcerrors.PermissionDenied:
		return fault.New(fault.Unauthorized, op, "the store refuses our credentials")
	case gcerrors.ResourceExhausted:
		return fault.New(fault.RateLimited, op, "the store is full or busy")
	case gcerrors.Canceled:
		return fault.Wrap(fault.Stopping, op, context.Canceled)
	case gcerrors.DeadlineExceeded:
		return fault.Wrap(fault.Transient, op, context.DeadlineExceeded)
	}
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(fault.Stopping, op, context.Canceled)
	}
	return fault.New(fault.Transient, op, "the store does not answer as it should")
}
