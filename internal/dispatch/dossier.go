package dispatch

import (
	"cmp"
	"context"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// unseal opens the dossier of a task. A task that only erases needs none: its key is gone, and is forgotten here too.
func (l *line) unseal(ctx context.Context, t *task) error {
	box := t.Sealed
	erases := !needsDossier(t.Calls)
	if box == nil {
		e, _, err := l.cfg.Bus.Input(ctx, events.ShardOf(t.ID, l.shards), t.Opened)
		if err != nil {
			return err
		}
		opened, ok := e.Data.(events.VerificationOpened)
		if !ok || opened.ID != t.ID || opened.Tenant != t.Tenant {
			return fault.New(fault.Invalid, "dispatch.dossier", "the input that the task names is not its request")
		}
		t.from = cmp.Or(t.from, e.TraceParent) // a timer's call belongs to what the request began
		box = &opened.Sealed
	}
	if erases {
		l.cfg.Opener.Forget(box.Key)
		return nil
	}
	key, err := l.cfg.Opener.Key(ctx, box.Key)
	if err != nil {
		return err
	}
	plain, err := key.Open(seal.Dossier(t.ID, t.Tenant, *box), box.Box)
	if err != nil {
		return err
	}
	defer clear(plain)
	var dossier events.Dossier
	if err := json.Unmarshal(plain, &dossier); err != nil { // its text may quote the dossier
		return fault.New(fault.Malformed, "dispatch.dossier", "the dossier is not JSON of the expected form")
	}
	if err := l.correct(ctx, t, &dossier); err != nil {
		return err
	}
	t.dossier, t.key = &dossier, key
	return nil
}

// correct adds what has been corrected since to a dossier.
func (l *line) correct(ctx context.Context, t *task, d *events.Dossier) error {
	for _, seq := range t.Corrected {
		e, _, err := l.cfg.Bus.Input(ctx, events.ShardOf(t.ID, l.shards), seq)
		if err != nil {
			return err
		}
		in, ok := e.Data.(events.SubjectCorrected)
		if !ok || in.ID != t.ID || in.Tenant != t.Tenant {
			return fault.New(fault.Invalid, "dispatch.dossier", "an input that the task names is no correction of its subject")
		}
		plain, err := l.cfg.Opener.Open(ctx, seal.AAD{Verification: t.ID, Kind: seal.KindCorrection, Tenant: t.Tenant}, in.Sealed)
		if err != nil {
			return err
		}
		var c events.Correction
		err = json.Unmarshal(plain, &c)
		clear(plain)
		if err == nil {
			err = d.Correct(c)
		}
		if err != nil { // its text may quote the correction
			return fault.New(fault.Malformed, "dispatch.dossier", "a correction is not JSON of the expected form")
		}
	}
	return nil
}

func needsDossier(calls []events.Call) bool {
	for i := range calls {
		if calls[i].Kind != events.CallErase {
			return true
		}
	}
	return false
}
