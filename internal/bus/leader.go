package bus

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
)

// message is one stored message.
type message struct {
	Subject string
	Seq     uint64
	Header  events.Header
	Data    []byte
	Time    time.Time
}

type messageQuery struct {
	Seq           uint64 `json:"seq,omitempty"`
	LastBySubject string `json:"last_by_subj,omitempty"`
}

// fromLeader asks the stream's leader for one message; nil when there is none. Fences and checkpoints are read this way
// only: any replica may answer a direct get, and it may be behind.
func (b *Bus) fromLeader(ctx context.Context, stream string, q messageQuery) (*message, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, leaderTimeout)
	defer cancel()
	answer, err := b.ctl.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return nil, err
	}
	var a struct {
		Error   *jetstream.APIError `json:"error"`
		Message *struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(answer.Data, &a); err != nil {
		return nil, err
	}
	if a.Error != nil {
		if isCode(a.Error, codeNoMessage) {
			return nil, nil
		}
		return nil, a.Error
	}
	if a.Message == nil {
		return nil, jetstream.ErrInvalidJSAck
	}
	m := &message{Subject: a.Message.Subject, Seq: a.Message.Seq, Data: a.Message.Data, Time: a.Message.Time}
	if len(a.Message.Header) > 0 {
		h, err := nats.DecodeHeadersMsg(a.Message.Header)
		if err != nil {
			return nil, err
		}
		m.Header = events.Header(h)
	}
	return m, nil
}

// bySeq returns one message, from whoever answers if the stream allows that, and from the leader before it says that
// there is none.
func (b *Bus) bySeq(ctx context.Context, stream string, seq uint64) (*message, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	body, err := json.Marshal(messageQuery{Seq: seq})
	if err != nil {
		return nil, err
	}
	answer, err := b.ctl.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+stream, body)
	if err == nil && answer.Header.Get("Nats-Stream") != "" {
		at, terr := time.Parse(time.RFC3339Nano, answer.Header.Get("Nats-Time-Stamp"))
		if terr != nil {
			return nil, terr
		}
		return &message{
			Subject: answer.Header.Get("Nats-Subject"), Seq: seq, Header: events.Header(answer.Header), Data: answer.Data, Time: at,
		}, nil
	}
	return b.fromLeader(ctx, stream, messageQuery{Seq: seq})
}

// LogLeader returns the name of the broker that leads a shard's log, or "" where there is one broker or no leader now.
func (b *Bus) LogLeader(ctx context.Context, shard int) (string, error) {
	s, err := b.js.Stream(ctx, streamLog(shard))
	if err != nil {
		return "", classify("bus.leader", err)
	}
	if c := s.CachedInfo().Cluster; c != nil {
		return c.Leader, nil
	}
	return "", nil
}
