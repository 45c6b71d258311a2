package dispatch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
)

// mostInline is the largest evidence that travels in its event. Larger ones lie in the blob store, as sealed streams.
const mostInline = 8 << 10

// keep seals a reply under its verification's key: who erases the person erases what vendors said of them. Without a key
// at hand there is nothing to keep it under.
func (l *line) keep(ctx context.Context, t *task, reply *providers.Reply) (*events.Evidence, error) {
	if t.key == nil || len(reply.Exchanges) == 0 {
		return nil, nil
	}
	room := rooms.Get().(*[]byte)
	plain, err := written(reply, (*room)[:0])
	if err != nil {
		return nil, fault.New(fault.Malformed, "dispatch.evidence", "the reply cannot be written down")
	}
	defer func() {
		clear(plain)
		if cap(plain) <= mostInline {
			*room = plain
		}
		rooms.Put(room)
	}()
	a := seal.AAD{Verification: t.ID, Kind: seal.KindEvidence, Tenant: t.Tenant}
	e := &events.Evidence{Size: int64(len(plain))}
	if len(plain) <= mostInline {
		box, err := t.key.Seal(a, plain)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(box.Box)
		e.Sealed, e.SHA256 = &box, inHex(sum)
		return e, nil
	}
	ref, err := blob.NewRef(l.cfg.Random)
	if err != nil {
		return nil, err
	}
	err = l.cfg.Blobs.Write(ctx, ref, func(w io.Writer) (err error) {
		e.SHA256, e.Size, err = t.key.SealStream(a, bytes.NewReader(plain), w)
		return err
	})
	if err != nil {
		return nil, err
	}
	e.Ref, e.Key = ref, t.key.Number()
	return e, nil
}

// inHex is what hex.EncodeToString returns, without what that makes besides.
func inHex(sum [sha256.Size]byte) string {
	var b [2 * sha256.Size]byte
	hex.Encode(b[:], sum[:])
	return string(b[:])
}

// rooms are for evidence in clear, one answer after the other; nothing is left in them.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// written returns a reply as package json writes it, in room if that is enough, and by hand where nothing in it needs more: every answer of every vendor
// is kept, and what it costs is paid for each.
func written(r *providers.Reply, room []byte) ([]byte, error) {
	ref := r.Ref
	plain := len(ref) == 0 || ref[0] == '{' && bytes.IndexByte(ref, '\\') < 0
	if y := r.At.Year(); y < 0 || y > 9999 {
		plain = false
	}
	size := 64 + len(ref)
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		plain = plain && len(e.Header) == 0
		size += 64 + len(e.Op) + len(e.MediaType) + base64.StdEncoding.EncodedLen(len(e.Body))
	}
	if !plain {
		return json.Marshal(*r) // not r, which would then lie on the heap for all
	}
	b := append(slices.Grow(room, size), '{')
	var err error
	if len(ref) > 0 {
		before := len(b)
		if b, err = jsontext.AppendFormat(append(b, `"ref":`...), ref); err != nil {
			return nil, err
		}
		if b = append(b, ','); string(b[before:]) == `"ref":{},` { // it is left out
			b = b[:before]
		}
	}
	b = append(b, `"exchanges":[`...)
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = jsontext.AppendQuote(append(b, `{"op":`...), e.Op); err != nil {
			return nil, err
		}
		b = strconv.AppendInt(append(b, `,"status":`...), int64(e.Status), 10)
		if e.MediaType != "" {
			if b, err = jsontext.AppendQuote(append(b, `,"mediaType":`...), e.MediaType); err != nil {
				return nil, err
			}
		}
		b = base64.StdEncoding.AppendEncode(append(b, `,"body":"`...), e.Body)
		b = append(b, `"}`...)
	}
	b = r.At.AppendFormat(append(b, `],"at":"`...), time.RFC3339Nano)
	return append(b, `"}`...), nil
}
