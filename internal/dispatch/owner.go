package dispatch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
)

// own writes down that what the vendor calls id was made by operation, before anybody hears of it: so nobody who looks for his
// own takes it (see taken). An empty id is nobody's. Said twice it is said once. When it is another's, or cannot be written down, the
// error has class Ambiguous: the vendor is to be asked again.
func (l *line) own(ctx context.Context, id, operation string) error {
	if id == "" {
		return nil
	}
	is, _, created, err := l.calls.Create(context.WithoutCancel(ctx), l.ownedBy(id), []byte(operation))
	switch {
	case err != nil:
		return fault.New(fault.Ambiguous, "dispatch.own", "whose check it is cannot be written down")
	case !created && string(is) != operation:
		return fault.New(fault.Ambiguous, "dispatch.own", "the check that was found is another's by now")
	}
	return nil
}

// taken says of the vendor's ids whether they are known to belong to others than operation.
func (l *line) taken(operation string) providers.Taken {
	return func(ctx context.Context, id string) (bool, error) {
		is, _, there, err := l.calls.Get(ctx, l.ownedBy(id))
		if err != nil {
			return false, fault.New(fault.Transient, "dispatch.taken", "whose check it is cannot be read")
		}
		return there && string(is) != operation, nil
	}
}

// ownedBy is the key under which is written down whose the vendor's id is. An id may hold any character, a key may not.
func (l *line) ownedBy(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "own." + l.spec.Name + "." + hex.EncodeToString(sum[:16])
}
