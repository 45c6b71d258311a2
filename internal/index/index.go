// Package index is the read side: for every verification where it stands and where its events lie on the streams, by
// tenant, state, result, flow and reference. It is fed from the shards' inputs and logs, holds nothing that they do not
// hold, and can be thrown away: then it is made again.
//
// The facts stay on the streams. What is kept here of an event is its place; whoever wants to show it reads it there.
// Nothing of a person is in it: it never looks into a box.
package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// layout is the version of what lies in the store. Another one has its own folder, and what lies in those before it is removed.
const layout = "v3"

var layoutsBefore = []string{"v1"}

// Index answers from what has been fed to it. It is safe for concurrent use. One process has it at a time.
type Index struct {
	db     *pebble.DB
	log    *slog.Logger
	shards []*shard

	mu       sync.Mutex
	watchers map[string]map[chan struct{}]struct{} // by identity
	erasures chan struct{}                         // something is to be scrubbed
}

// Open opens the index in a directory, which it makes; "" is memory. What lies there for another number of shards is
// thrown away, and so is what cannot be read any more. The error of a directory that another process uses is returned.
func Open(dir string, shards int, log *slog.Logger) (*Index, error) {
	return openOn(vfs.Default, dir, shards, log)
}

func openOn(disk vfs.FS, dir string, shards int, log *slog.Logger) (*Index, error) {
	if shards < 1 {
		return nil, fmt.Errorf("index: %d is not a number of shards", shards)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ix := &Index{log: log, watchers: map[string]map[chan struct{}]struct{}{}, erasures: make(chan struct{}, 1)}
	for n := range shards {
		ix.shards = append(ix.shards, newShard(ix, n, shards))
	}
	if dir != "" {
		for _, old := range layoutsBefore {
			if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
				return nil, fmt.Errorf("index: %w", err)
			}
		}
		dir = filepath.Join(dir, layout)
	}
	err := ix.open(disk, dir)
	if err != nil && dir != "" && (errors.Is(err, errOther) || pebble.IsCorruptionError(err)) {
		log.Warn("the index is made anew", "cause", err)
		if err = os.RemoveAll(dir); err == nil {
			err = ix.open(disk, dir)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return ix, nil
}

// errOther says that what lies there was made for something else.
var errOther = errors.New("it was made for another number of shards")

func (ix *Index) open(disk vfs.FS, dir string) error {
	// No log of its own: after a crash it goes on from what was flushed, as positions are stored with what they are of.
	o := &pebble.Options{FS: vfs.OnDiskFull(disk, func() { time.Sleep(fullWait) }), DisableWAL: true, MemTableSize: 16 << 20, L0CompactionThreshold: 8, LBaseMaxBytes: 256 << 20, Logger: &quiet{log: ix.log, now: time.Now}, FormatMajorVersion: pebble.FormatNewest}
	if dir == "" {
		o.FS, dir = vfs.NewMem(), "index"
		o.MemTableSize = 1 << 20
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := pebble.Open(dir, o)
	if err != nil {
		return err
	}
	ix.db = db
	err = ix.load()
	if err != nil {
		_ = db.Close()
	}
	return err
}

// load reads how far each shard has got.
func (ix *Index) load() error {
	want := binary.AppendUvarint(nil, uint64(len(ix.shards)))
	have, found, err := ix.get(keyMeta)
	switch {
	case err != nil:
		return err
	case !found:
		return ix.db.Set(keyMeta, want, pebble.NoSync)
	case string(have) != string(want):
		return errOther
	}
	for _, s := range ix.shards {
		v, found, err := ix.get(keyPlace(s.n))
		if err != nil {
			return err
		}
		if found {
			if s.at, err = readPosition(v); err != nil {
				return fmt.Errorf("%w: %w", pebble.ErrCorruption, err)
			}
		}
	}
	return nil
}

// get returns a value that the caller may keep.
func (ix *Index) get(key []byte) ([]byte, bool, error) {
	v, closer, err := ix.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer closer.Close()
	return append([]byte(nil), v...), true, nil
}

// How long what is written waits for room on a disk that is full before it is tried again, and how long Close waits for
// what it writes.
const (
	fullWait  = time.Second
	closeWait = 5 * time.Second
)

// Close writes what is in memory to the directory, unless that takes more than a few seconds: then it is read again from the
// streams the next time. It is called once, after Run has returned.
func (ix *Index) Close() error {
	written, err := ix.db.AsyncFlush()
	if err == nil {
		over := time.NewTimer(closeWait)
		defer over.Stop()
		select {
		case <-written:
		case <-over.C:
			ix.log.Warn("the index is not written to its end", "after", closeWait)
		}
	}
	return errors.Join(err, ix.db.Close())
}

// Ready returns nil once everything has been read that was there when Run began: from then on what is not found is not
// there. The error has class Transient.
func (ix *Index) Ready() error {
	for _, s := range ix.shards {
		s.mu.Lock()
		done := s.caughtUp(s.at)
		s.mu.Unlock()
		if !done {
			return &fault.Error{Class: fault.Transient, Op: "index", Reason: fmt.Sprintf("shard %d is still being read", s.n), RetryAfter: time.Second}
		}
	}
	return nil
}
