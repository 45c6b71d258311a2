package dispatch

import (
	"context"
	"errors"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
)

// Rereader reads what is kept of answers again, with the mapping that this program has. It calls no vendor and needs none of
// their credentials. It is safe for concurrent use.
type Rereader struct{ line *line }

// NewRereader returns a rereader of one provider's answers. Shards is how many the broker has.
func NewRereader(b *bus.Bus, o *seal.Opener, blobs *blob.Store, d providers.Definition, shards int) *Rereader {
	return &Rereader{&line{Dispatcher: &Dispatcher{cfg: Config{Bus: b, Opener: o, Blobs: blobs}}, spec: d.Spec, read: d.Read, shards: shards}}
}

// Provider is whose answers are read.
func (r *Rereader) Provider() string { return r.line.spec.Name }

// Mapping is what they are read with.
func (r *Rereader) Mapping() string { return r.line.spec.Mapping }

// Kept is an answer with what its call was about, as it was then.
type Kept struct {
	Answer     events.CheckAnswered
	Opened     uint64   // input that has the dossier
	Corrected  []uint64 // inputs that had corrected it when the call was made
	Components []string // that the call asked about
}

// Again returns the answer that the kept bytes give now. It has no Ref, so that an erased person's check does not become known
// to the vendor anew. Errors: Invalid with seal.ErrNoKey when the person is erased, Malformed when what is kept is damaged; else
// the broker's and the store's.
func (r *Rereader) Again(ctx context.Context, k Kept) (events.CheckAnswered, error) {
	old, l := &k.Answer, r.line
	if old.Evidence == nil || old.Provider != l.spec.Name {
		return events.CheckAnswered{}, fault.New(fault.Invalid, "dispatch.reread", "the answer has no evidence of this provider")
	}
	c := events.Call{Check: old.Check, Attempt: old.Attempt, Try: old.Try, Kind: events.AnswerRemap, Operation: old.Operation, Components: k.Components}
	t := &task{CheckRequested: events.CheckRequested{ID: old.ID, Tenant: old.Tenant, Opened: k.Opened, Corrected: k.Corrected, Calls: []events.Call{c}}}
	if err := l.unseal(ctx, t); err != nil {
		return events.CheckAnswered{}, err
	}
	plain, err := l.kept(ctx, t, old.Evidence)
	if err != nil {
		return events.CheckAnswered{}, err
	}
	defer clear(plain)
	var reply providers.Reply
	if err := json.Unmarshal(plain, &reply); err != nil { // its text may quote the evidence
		return events.CheckAnswered{}, fault.New(fault.Malformed, "dispatch.reread", "what is kept of an answer is not a reply")
	}
	said, err := l.read(reply)
	a := l.understood(t, &c, &reply, old.Evidence, said, err)
	a.Ref, a.Actions, a.PollAfter = nil, nil, 0
	return a, nil
}

// kept opens evidence.
func (l *line) kept(ctx context.Context, t *task, e *events.Evidence) ([]byte, error) {
	aad := seal.AAD{Verification: t.ID, Kind: seal.KindEvidence, Tenant: t.Tenant}
	if e.Sealed != nil {
		return l.cfg.Opener.Open(ctx, aad, *e.Sealed)
	}
	sealed, err := l.cfg.Blobs.Open(ctx, e.Ref)
	if err != nil {
		return nil, err
	}
	plain, err := l.cfg.Opener.OpenStream(ctx, aad, e.Key, sealed)
	if err != nil {
		return nil, errors.Join(err, sealed.Close())
	}
	b, err := io.ReadAll(io.LimitReader(plain, e.Size+1)) // to the end, where the stream says that it is whole
	return b, errors.Join(err, sealed.Close())
}
