package bus

import (
	"context"
	"sort"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

const (
	hFlow   = "Bf-Flow"
	hDigest = "Bf-Digest"
)

// PutFlow keeps a version of a flow by its digest. Keeping it again changes nothing that can be seen.
func (b *Bus) PutFlow(ctx context.Context, f events.FlowPublished) error {
	name := strings.TrimPrefix(f.Digest, "sha256:")
	if !events.ValidToken(name) || !events.ValidToken(f.Flow) {
		return fault.New(fault.Invalid, "bus.flow", "the flow's name or digest is not valid")
	}
	_, err := b.js.PublishMsg(ctx, &nats.Msg{
		Subject: "bf.flows." + name,
		Header:  nats.Header{hFlow: {f.Flow}, hDigest: {f.Digest}},
		Data:    f.Source,
	}, jetstream.WithRetryAttempts(0))
	return classify("bus.flow", err)
}

// Flows returns every version of every flow that has been kept, by digest.
func (b *Bus) Flows(ctx context.Context) ([]events.FlowPublished, error) {
	s, err := b.js.Stream(ctx, streamFlows)
	if err != nil {
		return nil, classify("bus.flows", err)
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter("bf.flows.*"))
	if err != nil {
		return nil, classify("bus.flows", err)
	}
	all := make([]events.FlowPublished, 0, len(info.State.Subjects))
	for subject := range info.State.Subjects {
		m, err := b.fromLeader(ctx, streamFlows, messageQuery{LastBySubject: subject})
		if err != nil {
			return nil, classify("bus.flows", err)
		}
		if m == nil {
			continue
		}
		h := nats.Header(m.Header)
		all = append(all, events.FlowPublished{Flow: h.Get(hFlow), Digest: h.Get(hDigest), Source: m.Data})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Digest < all[j].Digest })
	return all, nil
}
