package dispatch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/go-json-experiment/json"

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
	if t.key == 0 || len(reply.Exchanges) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(reply)
	if err != nil {
		return nil, fault.New(fault.Malformed, "dispatch.evidence", "the reply cannot be written down")
	}
	defer clear(plain)
	a := seal.AAD{Verification: t.ID, Kind: seal.KindEvidence, Tenant: t.Tenant}
	e := &events.Evidence{Size: int64(len(plain))}
	if len(plain) <= mostInline {
		box, err := l.cfg.Opener.SealUnder(ctx, a, t.key, plain)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(box.Box)
		e.Sealed, e.SHA256 = &box, hex.EncodeToString(sum[:])
		return e, nil
	}
	key, err := l.cfg.Opener.Key(ctx, t.key)
	if err != nil {
		return nil, err
	}
	ref, err := blob.NewRef(l.cfg.Random)
	if err != nil {
		return nil, err
	}
	err = l.cfg.Blobs.Write(ctx, ref, func(w io.Writer) (err error) {
		e.SHA256, e.Size, err = key.SealStream(a, bytes.NewReader(plain), w)
		return err
	})
	if err != nil {
		return nil, err
	}
	e.Ref, e.Key = ref, t.key
	return e, nil
}
