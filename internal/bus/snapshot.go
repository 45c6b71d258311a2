package bus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

const snapshotChunk = 512 << 10

// manifest says which chunks make a snapshot. A snapshot exists when its manifest does.
type manifest struct {
	InSeq  uint64   `json:"inSeq"`
	Size   int64    `json:"size"`
	SHA256 string   `json:"sha256"`
	Chunks []uint64 `json:"chunks"`          // sequences
	Before uint64   `json:"before,omitzero"` // sequence of the manifest before this one
}

func snapSubject(shard int, kind string) string { return "bf.snap." + strconv.Itoa(shard) + "." + kind }

// PutSnapshot keeps a shard's state after input inSeq, and drops what is older than the snapshot before it. It must only
// be called when Log.Stored has reached inSeq.
func (b *Bus) PutSnapshot(ctx context.Context, shard int, inSeq uint64, r io.Reader) error {
	m := manifest{InSeq: inSeq}
	sum := sha256.New()
	for buf := make([]byte, snapshotChunk); ; {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			sum.Write(buf[:n])
			m.Size += int64(n)
			ack, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: snapSubject(shard, "chunk"), Data: buf[:n]}, jetstream.WithRetryAttempts(0))
			if err != nil {
				return classify("bus.snapshot", err)
			}
			m.Chunks = append(m.Chunks, ack.Sequence)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fault.Wrap(fault.Unknown, "bus.snapshot", err)
		}
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	prev, err := b.fromLeader(ctx, streamSnap, messageQuery{LastBySubject: snapSubject(shard, "manifest")})
	if err != nil {
		return classify("bus.snapshot", err)
	}
	if prev != nil {
		m.Before = prev.Seq
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fault.Wrap(fault.Invalid, "bus.snapshot", err)
	}
	if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: snapSubject(shard, "manifest"), Data: body}, jetstream.WithRetryAttempts(0)); err != nil {
		return classify("bus.snapshot", err)
	}
	return b.dropSnapshots(ctx, shard, prev)
}

// dropSnapshots removes what is older than the snapshot prev.
func (b *Bus) dropSnapshots(ctx context.Context, shard int, prev *message) error {
	var m manifest
	if prev == nil || json.Unmarshal(prev.Data, &m) != nil || m.Before == 0 {
		return nil
	}
	s, err := b.js.Stream(ctx, streamSnap)
	if err != nil {
		return classify("bus.snapshot", err)
	}
	err = s.Purge(ctx, jetstream.WithPurgeSubject(snapSubject(shard, "manifest")), jetstream.WithPurgeSequence(prev.Seq))
	if err == nil {
		// Everything before the older manifest is chunks of snapshots that are gone.
		err = s.Purge(ctx, jetstream.WithPurgeSubject(snapSubject(shard, "chunk")), jetstream.WithPurgeSequence(m.Before))
	}
	return classify("bus.snapshot", err)
}

// Snapshot returns the latest snapshot of a shard that is whole; ok is false when there is none.
func (b *Bus) Snapshot(ctx context.Context, shard int) (inSeq uint64, data []byte, ok bool, err error) {
	at, err := b.fromLeader(ctx, streamSnap, messageQuery{LastBySubject: snapSubject(shard, "manifest")})
	for err == nil && at != nil {
		var m manifest
		if json.Unmarshal(at.Data, &m) != nil {
			break
		}
		if data, err = b.assemble(ctx, m); err != nil || data != nil {
			return m.InSeq, data, data != nil, classify("bus.snapshot", err)
		}
		if m.Before == 0 {
			break
		}
		at, err = b.fromLeader(ctx, streamSnap, messageQuery{Seq: m.Before})
	}
	return 0, nil, false, classify("bus.snapshot", err)
}

// assemble returns the bytes of a snapshot, or nil if they are not what was written.
func (b *Bus) assemble(ctx context.Context, m manifest) ([]byte, error) {
	// As much as it needs and no more: it is as large as all that a shard has ever decided.
	buf := make([]byte, 0, min(m.Size, int64(len(m.Chunks))*snapshotChunk))
	for _, seq := range m.Chunks {
		c, err := b.fromLeader(ctx, streamSnap, messageQuery{Seq: seq})
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, nil
		}
		buf = append(buf, c.Data...)
	}
	sum := sha256.Sum256(buf)
	if int64(len(buf)) != m.Size || hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, nil
	}
	return buf, nil
}
