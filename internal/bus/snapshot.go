package bus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/internal/fault"
)

const snapshotChunk = 512 << 10

// manifest says which chunks make a layer. A layer exists when its manifest does.
type manifest struct {
	InSeq   uint64   `json:"inSeq"`
	Size    int64    `json:"size"`
	SHA256  string   `json:"sha256"`
	Chunks  []uint64 `json:"chunks"`           // sequences
	Before  uint64   `json:"before,omitzero"`  // sequence of the manifest before this one
	On      uint64   `json:"on,omitzero"`      // sequence of the manifest of the layer below; 0: this one is whole
	Root    uint64   `json:"root,omitzero"`    // sequence of the manifest of the lowest layer; 0: this one
	Layers  int      `json:"layers,omitzero"`  // how many lie on the lowest, this one among them
	Whole   int64    `json:"whole,omitzero"`   // bytes of the lowest layer; 0: this one's
	Changes int64    `json:"changes,omitzero"` // bytes of those on it
	seq     uint64   // its own sequence
}

func snapSubject(shard int, kind string) string { return "bf.snap." + strconv.Itoa(shard) + "." + kind }

// Snapshot says what is kept of a shard's state after an input: the state whole, and on it layers of what has changed since.
// Zero is none.
type Snapshot struct {
	InSeq   uint64 // the input after which the topmost layer is
	Layers  int    // how many lie on the whole one
	Whole   int64  // bytes of the whole one
	Changes int64  // bytes of the layers on it
	Damaged bool   // there was a later one that is not what was written
	seq     uint64 // of its manifest
}

func (m manifest) snapshot() Snapshot {
	s := Snapshot{InSeq: m.InSeq, Layers: m.Layers, Whole: m.Whole, Changes: m.Changes, seq: m.seq}
	if m.On == 0 {
		s.Whole = m.Size
	}
	return s
}

// root returns the sequence of the manifest of the lowest layer.
func (m manifest) root() uint64 {
	if m.Root != 0 {
		return m.Root
	}
	return m.seq
}

// PutSnapshot keeps a shard's state after input inSeq: whole, or, when on is a snapshot, what has changed since that one. It
// drops what neither this snapshot nor the one before it needs. It must only be called when Log.Stored has reached inSeq. When
// another snapshot has come since on, nothing is kept and the error is Transient.
func (b *Bus) PutSnapshot(ctx context.Context, shard int, inSeq uint64, on Snapshot, r io.Reader) error {
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
	prev, err := b.topmost(ctx, shard)
	if err != nil {
		return classify("bus.snapshot", err)
	}
	if on.seq != 0 {
		if prev.seq != on.seq {
			return fault.New(fault.Transient, "bus.snapshot", "another snapshot has come meanwhile")
		}
		m.On, m.Root, m.Layers, m.Whole, m.Changes = prev.seq, prev.root(), on.Layers+1, on.Whole, on.Changes+m.Size
	}
	m.Before = prev.seq
	body, err := json.Marshal(m)
	if err != nil {
		return fault.Wrap(fault.Invalid, "bus.snapshot", err)
	}
	if _, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: snapSubject(shard, "manifest"), Data: body},
		jetstream.WithRetryAttempts(0), jetstream.WithExpectLastSequencePerSubject(prev.seq)); err != nil {
		return classify("bus.snapshot", err)
	}
	if m.On != 0 && prev.On != 0 {
		return nil // what the one before needs has not changed
	}
	return b.dropSnapshots(ctx, shard, prev)
}

// dropSnapshots removes what the snapshot prev does not need.
func (b *Bus) dropSnapshots(ctx context.Context, shard int, prev manifest) error {
	root := prev
	if prev.Root != 0 {
		at, err := b.manifest(ctx, messageQuery{Seq: prev.Root})
		if err != nil {
			return classify("bus.snapshot", err)
		}
		root = at
	}
	if root.Before == 0 {
		return nil
	}
	s, err := b.js.Stream(ctx, streamSnap)
	if err != nil {
		return classify("bus.snapshot", err)
	}
	err = s.Purge(ctx, jetstream.WithPurgeSubject(snapSubject(shard, "manifest")), jetstream.WithPurgeSequence(root.seq))
	if err == nil {
		// Everything before the manifest before it is chunks of snapshots that are gone.
		err = s.Purge(ctx, jetstream.WithPurgeSubject(snapSubject(shard, "chunk")), jetstream.WithPurgeSequence(root.Before))
	}
	return classify("bus.snapshot", err)
}

// topmost returns a shard's latest manifest, zero when there is none that can be read.
func (b *Bus) topmost(ctx context.Context, shard int) (manifest, error) {
	return b.manifest(ctx, messageQuery{LastBySubject: snapSubject(shard, "manifest")})
}

func (b *Bus) manifest(ctx context.Context, q messageQuery) (manifest, error) {
	at, err := b.fromLeader(ctx, streamSnap, q)
	if err != nil || at == nil {
		return manifest{}, err
	}
	var m manifest
	if json.Unmarshal(at.Data, &m) != nil {
		return manifest{seq: at.Seq}, nil
	}
	m.seq = at.Seq
	return m, nil
}

// LastSnapshot returns what is kept of a shard, without looking whether it is whole; zero when nothing is.
func (b *Bus) LastSnapshot(ctx context.Context, shard int) (Snapshot, error) {
	m, err := b.topmost(ctx, shard)
	if err != nil || m.InSeq == 0 {
		return Snapshot{}, classify("bus.snapshot", err)
	}
	return m.snapshot(), nil
}

// ReadSnapshot returns the latest snapshot of a shard of which every layer is what was written, and the layers, the whole one
// first. Without such a snapshot there are no layers.
func (b *Bus) ReadSnapshot(ctx context.Context, shard int) (Snapshot, [][]byte, error) {
	read := map[uint64][]byte{} // layers, by the sequence of their manifests; nil is damaged
	top, err := b.topmost(ctx, shard)
	for m := top; err == nil && m.SHA256 != ""; m, err = b.manifest(ctx, messageQuery{Seq: m.Before}) {
		var layers [][]byte
		if layers, err = b.layers(ctx, m, read); err != nil {
			break
		}
		if layers != nil {
			s := m.snapshot()
			s.Damaged = m.seq != top.seq
			return s, layers, nil
		}
		if m.Before == 0 {
			break
		}
	}
	return Snapshot{Damaged: top.seq != 0}, nil, classify("bus.snapshot", err)
}

// layers returns the layers of a snapshot, the lowest first, or nil if one is not what was written.
func (b *Bus) layers(ctx context.Context, m manifest, read map[uint64][]byte) ([][]byte, error) {
	var layers [][]byte
	for {
		data, seen := read[m.seq]
		if !seen {
			var err error
			if data, err = b.assemble(ctx, m); err != nil {
				return nil, err
			}
			read[m.seq] = data
		}
		if data == nil {
			return nil, nil
		}
		layers = append(layers, data)
		if m.On == 0 {
			slices.Reverse(layers)
			return layers, nil
		}
		below, err := b.manifest(ctx, messageQuery{Seq: m.On})
		if err != nil || below.SHA256 == "" {
			return nil, err
		}
		m = below
	}
}

// assemble returns the bytes of a layer, or nil if they are not what was written.
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
