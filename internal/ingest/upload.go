package ingest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// uploads are the documents of one request on their way to the blob store: sealed while they are read, with the memory
// of one segment. It is used by one goroutine.
type uploads struct {
	s      *Service
	ctx    context.Context
	aad    seal.AAD
	drawn  map[string]*seal.Key // by owner
	kept   []upload
	faults []events.ProblemField
}

// upload is one that is stored.
type upload struct {
	ref, media, sealed string
	key                uint64
	plain              [sha256.Size]byte // of what was handed in: tells a repetition
	size               int64
}

func (s *Service) uploads(ctx context.Context, id, tenant string) *uploads {
	return &uploads{s: s, ctx: ctx, aad: seal.AAD{Verification: id, Kind: seal.KindDocument, Tenant: tenant}}
}

// subjectOwner is who owns what belongs to the subject; associated persons own what is theirs by their place in the request.
const subjectOwner = ""

// ownerOf returns who owns a document, from its pointer.
func ownerOf(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/associatedPersons/")
	if !ok {
		return subjectOwner
	}
	place, _, _ := strings.Cut(rest, "/")
	return place
}

// key returns the one key of an owner in this request: what belongs together is erased together, and persons alone.
func (u *uploads) key(owner string) (*seal.Key, error) {
	if k := u.drawn[owner]; k != nil {
		return k, nil
	}
	k, err := u.s.cfg.Sealer.Draw(u.ctx)
	if err != nil {
		return nil, err
	}
	if u.drawn == nil {
		u.drawn = make(map[string]*seal.Key, 1)
	}
	u.drawn[owner] = k
	return k, nil
}

// take64 stores a document that comes as base64 and returns the word that stands for it. What is wrong with the document
// is noted in faults; an error means that the request cannot go on.
func (u *uploads) take64(pointer string, content io.Reader) (string, error) {
	return u.take(pointer, base64.NewDecoder(base64.StdEncoding, content))
}

// take is take64 for bytes.
func (u *uploads) take(pointer string, content io.Reader) (string, error) {
	if len(u.kept)+len(u.faults) >= 2*maxDocuments {
		return "", tooLarge("It has more than " + strconv.Itoa(2*maxDocuments) + " documents.")
	}
	in := &documentReader{r: bufio.NewReaderSize(content, 4096), left: maxDocument}
	head, err := in.r.Peek(8)
	if err != nil && err != io.EOF {
		return u.refuse(pointer, err)
	}
	media := sniff(head)
	if media == "" {
		return u.refuse(pointer, errNoDocument)
	}
	k, err := u.key(ownerOf(pointer))
	if err != nil {
		return "", err
	}
	ref, err := blob.NewRef(u.s.cfg.Random)
	if err != nil {
		return "", err
	}
	up := upload{ref: ref, media: media, key: k.Number()}
	digest := sha256.New()
	err = u.s.cfg.Blobs.Write(u.ctx, ref, func(w io.Writer) error {
		var err error
		up.sealed, up.size, err = k.SealStream(u.aad, io.TeeReader(in, digest), w)
		return err
	})
	if in.err != nil {
		return u.refuse(pointer, in.err)
	}
	if err != nil {
		return "", err
	}
	digest.Sum(up.plain[:0])
	u.kept = append(u.kept, up)
	u.s.metrics.documentBytes.Add(float64(up.size))
	return u.word(len(u.kept) - 1), nil
}

var (
	errNoDocument = errors.New("no document")
	errCut        = errors.New("the content ends early")
)

// refuse notes a fault of the document, or returns err where the request is at an end.
func (u *uploads) refuse(pointer string, err error) (string, error) {
	var corrupt base64.CorruptInputError
	switch {
	case errors.As(err, &corrupt), err == errCut, err == io.ErrUnexpectedEOF:
		u.faults = append(u.faults, at(pointer, "is not base64 with padding"))
	case errors.Is(err, errNoDocument):
		u.faults = append(u.faults, at(pointer, "is not a JPEG, a PNG or a PDF"))
	default:
		return "", err
	}
	return "!", nil
}

// word is what stands in the place of a document's content. No base64 has its first character.
func (u *uploads) word(i int) string { return "#" + strconv.Itoa(i) }

// document returns the claim check of the upload that word stands for.
func (u *uploads) document(d events.DocumentUpload, person string) (events.Document, error) {
	i, err := strconv.Atoi(d.Content[1:])
	if err != nil || d.Content[0] != '#' || i < 0 || i >= len(u.kept) {
		return events.Document{}, fault.New(fault.Unknown, "ingest.document", "a document was not lifted")
	}
	up := u.kept[i]
	return events.Document{Type: d.Type, Side: d.Side, Country: d.Country, Person: person, MediaType: up.media,
		Size: up.size, SHA256: up.sealed, Ref: up.ref, Key: up.key}, nil
}

// fingerprint returns what tells a repetition, from the body and what was handed in with it. It is keyed with a word that
// only upstream has: what is stored of a request confirms no guess about a person.
func (u *uploads) fingerprint(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	for _, up := range u.kept {
		h.Write(up.plain[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// discard removes what was stored for a request that came to nothing. What cannot be removed stays unreadable: nobody
// knows the number of its key.
func (u *uploads) discard() {
	if len(u.kept) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), 5*time.Second)
	defer cancel()
	for _, up := range u.kept {
		if err := u.s.cfg.Blobs.Delete(ctx, up.ref); err != nil {
			u.s.cfg.Log.Warn("a document that nobody needs stays in the store", "cause", err)
		}
	}
	u.kept = nil
}

// documentReader bounds a document and remembers its own error, to tell it from the store's.
type documentReader struct {
	r    *bufio.Reader
	left int64
	err  error
}

func (d *documentReader) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.r.Read(p)
	if d.left -= int64(n); d.left < 0 {
		err = tooLarge("A document may have 16 MiB.")
	}
	if err == io.ErrUnexpectedEOF {
		err = errCut // whoever fills buffers takes the other for an ordinary end
	}
	if err != nil && err != io.EOF {
		d.err = err
	}
	return n, err
}

// sniff returns the media type that the first bytes of a document say, or "".
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "application/pdf"
	}
	return ""
}
