package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

// What a Change does.
const (
	ChangeCreate = "create"
	ChangeUpdate = "update"
	ChangeRefuse = "refuse" // would destroy something: an operator must do it
)

// Change is one difference between a Layout and the broker.
type Change struct {
	Stream string // or "STREAM/consumer"
	Kind   string // create, update, refuse
	Detail string // what differs, "max_bytes: -1 -> 1000"
}

// String returns the change on one line.
func (c Change) String() string {
	if c.Detail == "" {
		return c.Kind + " " + c.Stream
	}
	return c.Kind + " " + c.Stream + ": " + c.Detail
}

// Apply makes the broker as the layout says and returns what it changed; the second time that is nothing. If something
// would be destroyed, it changes nothing at all, returns every change, refused ones included, and an error of class Invalid.
func (b *Bus) Apply(ctx context.Context, l Layout) ([]Change, error) {
	plan, err := b.plan(ctx, l)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, 0, len(plan))
	refused := 0
	for _, s := range plan {
		changes = append(changes, s.Change)
		if s.Kind == ChangeRefuse {
			refused++
		}
	}
	if refused > 0 {
		return changes, fault.New(fault.Invalid, "bus.apply", fmt.Sprintf("%d changes would destroy something", refused))
	}
	for i, s := range plan {
		if err := s.do(ctx); err != nil {
			return changes[:i], classify("bus.apply", fmt.Errorf("%s: %w", s.Stream, err))
		}
	}
	b.shards.Store(int32(l.Shards))
	return changes, nil
}

// Check returns what Apply would change.
func (b *Bus) Check(ctx context.Context, l Layout) ([]Change, error) {
	plan, err := b.plan(ctx, l)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, 0, len(plan))
	for _, s := range plan {
		changes = append(changes, s.Change)
	}
	return changes, nil
}

// Ensure creates what is missing and changes nothing that exists. It waits until ctx ends for the broker, and for a cluster
// that is still coming together. Services call it at start, any number of them at once.
func (b *Bus) Ensure(ctx context.Context, l Layout) error {
	for {
		err := b.ensure(ctx, l)
		if fault.ClassOf(err) != fault.Transient {
			return err
		}
		if rest(ctx, ensureAgain); ctx.Err() != nil {
			return err
		}
	}
}

// ensureAgain is how long a broker that cannot do it now is left alone.
const ensureAgain = 250 * time.Millisecond

func (b *Bus) ensure(ctx context.Context, l Layout) error {
	plan, err := b.plan(ctx, l)
	if err != nil {
		return err
	}
	for _, s := range plan {
		if s.Kind == ChangeRefuse && s.fatal {
			return fault.New(fault.Invalid, "bus.ensure", s.Change.String())
		}
	}
	for _, s := range plan {
		if s.Kind != ChangeCreate {
			continue
		}
		if err := s.do(ctx); err != nil && !isCode(err, codeStreamExists) && !errors.Is(err, jetstream.ErrConsumerExists) {
			return classify("bus.ensure", fmt.Errorf("%s: %w", s.Stream, err))
		}
	}
	b.shards.Store(int32(l.Shards))
	return nil
}

// Shards returns how many shards there are: what Ensure or Apply was told, or what the broker says.
func (b *Bus) Shards(ctx context.Context) (int, error) {
	if n := b.shards.Load(); n > 0 {
		return int(n), nil
	}
	s, err := b.js.Stream(ctx, streamIn(0))
	if err != nil {
		return 0, classify("bus.shards", err)
	}
	n, err := strconv.Atoi(s.CachedInfo().Config.Metadata[metaShards])
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "bus.shards", "the input stream does not say how many shards there are")
	}
	b.shards.Store(int32(n))
	return n, nil
}

// step is one change and how it is made.
type step struct {
	Change
	fatal bool // nobody may work with this layout
	do    func(context.Context) error
}

func (b *Bus) plan(ctx context.Context, l Layout) ([]step, error) {
	if l.Shards < 1 || l.Shards > 1024 || l.Shards&(l.Shards-1) != 0 {
		return nil, fault.New(fault.Invalid, "bus.layout", "the number of shards must be a power of two up to 1024")
	}
	for _, p := range l.Providers {
		if !events.ValidToken(p) {
			return nil, fault.New(fault.Invalid, "bus.layout", fmt.Sprintf("%q is no name of a provider", p))
		}
	}
	if err := b.Await(ctx); err != nil {
		return nil, err
	}
	var plan []step
	for _, want := range l.streams() {
		s, err := b.planStream(ctx, want)
		if err != nil {
			return nil, classify("bus.layout", fmt.Errorf("%s: %w", want.Name, err))
		}
		plan = append(plan, s...)
	}
	for _, d := range l.durables() {
		s, err := b.planDurable(ctx, d)
		if err != nil {
			return nil, classify("bus.layout", fmt.Errorf("%s/%s: %w", d.stream, d.cfg.Name, err))
		}
		plan = append(plan, s...)
	}
	return plan, nil
}

func (b *Bus) planStream(ctx context.Context, want jetstream.StreamConfig) ([]step, error) {
	have, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return []step{{Change: Change{want.Name, ChangeCreate, ""}, do: func(ctx context.Context) error {
			_, err := b.js.CreateStream(ctx, want)
			return err
		}}}, nil
	}
	if err != nil {
		return nil, err
	}
	d := diffStream(have.CachedInfo(), want)
	if d.same() {
		return nil, nil
	}
	s := step{Change: Change{want.Name, ChangeUpdate, d.detail()}, fatal: d.fatal, do: func(ctx context.Context) error {
		_, err := b.js.UpdateStream(ctx, d.merged)
		return err
	}}
	if d.refused {
		s.Kind = ChangeRefuse
	}
	return []step{s}, nil
}

func (b *Bus) planDurable(ctx context.Context, d durable) ([]step, error) {
	name := d.stream + "/" + d.cfg.Name
	have, err := b.js.Consumer(ctx, d.stream, d.cfg.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return []step{{Change: Change{name, ChangeCreate, ""}, do: func(ctx context.Context) error {
			_, err := b.js.CreateConsumer(ctx, d.stream, d.cfg)
			return err
		}}}, nil
	}
	if err != nil {
		return nil, err
	}
	merged, diff := diffConsumer(have.CachedInfo().Config, d.cfg)
	if diff == "" {
		return nil, nil
	}
	return []step{{Change: Change{name, ChangeUpdate, diff}, do: func(ctx context.Context) error {
		_, err := b.js.UpdateConsumer(ctx, d.stream, merged)
		return err
	}}}, nil
}
