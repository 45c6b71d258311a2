package dispatch

import (
	"context"
	"io"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/providers"
)

// request is what a provider gets for a call: the person in clear, documents to be opened when they are read.
func (l *line) request(t *task, c *events.Call) providers.Request {
	r := providers.Request{
		Operation: c.Operation, ExternalID: t.ID + "." + c.Check, Verification: t.ID, Check: c.Check, Attempt: c.Attempt,
		Components: c.Components, Params: c.Params, Ref: c.Ref, Earlier: c.Earlier, Conclusion: c.Conclusion, Corrected: len(t.Corrected) > 0,
		CallbackURL: t.callback,
	}
	if t.dossier != nil {
		r.Subject, r.ReturnURL = t.dossier.Subject, t.dossier.ReturnURL
		for _, p := range t.dossier.AssociatedPersons {
			r.Parties = append(r.Parties, providers.Party{Reference: p.Reference, Role: p.Role, Ownership: p.Ownership, Person: p.Person})
		}
	}
	for _, d := range c.Documents {
		r.Documents = append(r.Documents, l.document(t, d))
	}
	return r
}

func (l *line) document(t *task, d events.Document) providers.Document {
	a := seal.Document(t.ID, t.Tenant, d)
	return providers.Document{
		Type: d.Type, Side: d.Side, Country: d.Country, Person: d.Person, MediaType: d.MediaType, Size: d.Size,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			sealed, err := l.cfg.Blobs.Open(ctx, d.Ref)
			if err != nil {
				return nil, err
			}
			plain, err := l.cfg.Opener.OpenStream(ctx, a, d.Key, sealed)
			if err != nil {
				_ = sealed.Close()
				return nil, err
			}
			return document{plain, sealed}, nil
		},
	}
}

// document reads the plaintext and closes the sealed bytes.
type document struct {
	io.Reader
	io.Closer
}
