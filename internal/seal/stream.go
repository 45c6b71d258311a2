package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"math"

	"github.com/bonafide-id/bonafide/internal/fault"
)

// A sealed stream is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár ("Online authenticated-encryption
// and its nonce-reuse misuse-resistance", 2015) over AES-256-GCM:
//
//	header    1 byte version, 32 bytes salt, 7 bytes nonce prefix
//	segments  64 KiB of plaintext each, the last 0 to 64 KiB, each followed by its tag
//
// The key of a stream is HKDF-SHA256(data key, salt, "bonafide stream v1" and the AAD). The nonce of a segment is the prefix,
// its number in 4 bytes, and one byte that is 1 for the last: a segment that is cut off, swapped, repeated or taken from
// another stream does not open. Only an empty plaintext has an empty last segment.
const (
	streamVersion = 1
	saltSize      = 32
	prefixSize    = nonceSize - 5
	streamHeader  = 1 + saltSize + prefixSize
	segmentSize   = 64 << 10
	streamInfo    = "bonafide stream v1"
)

type segments struct {
	aead  cipher.AEAD
	nonce [nonceSize]byte
	next  uint64
}

func (k *Key) segments(a AAD, header []byte) (*segments, error) {
	info := a.bytes([]byte(streamInfo))
	key, err := hkdf.Key(sha256.New, k.raw[:], header[1:1+saltSize], string(info), keySize)
	if err != nil {
		return nil, fault.Wrap(fault.Unknown, "seal.stream", err)
	}
	s := &segments{aead: gcm(key)}
	clear(key)
	copy(s.nonce[:], header[1+saltSize:])
	return s, nil
}

// number returns the nonce of the next segment.
func (s *segments) number(last bool) ([]byte, error) {
	if s.next > math.MaxUint32 {
		return nil, fault.New(fault.Invalid, "seal.stream", "too long")
	}
	binary.BigEndian.PutUint32(s.nonce[prefixSize:], uint32(s.next))
	s.nonce[nonceSize-1] = 0
	if last {
		s.nonce[nonceSize-1] = 1
	}
	s.next++
	return s.nonce[:], nil
}

// SealStream writes what r holds to w, sealed for a. It returns the SHA-256 in hex of what was written and the size of
// what was read. Errors of r and w are returned as they are.
func (k *Key) SealStream(a AAD, r io.Reader, w io.Writer) (sum string, size int64, err error) {
	header := make([]byte, streamHeader)
	header[0] = streamVersion
	if _, err := io.ReadFull(k.random, header[1:]); err != nil {
		return "", 0, errRandom
	}
	segs, err := k.segments(a, header)
	if err != nil {
		return "", 0, err
	}
	out := digestWriter{w: w, h: sha256.New()}
	if err := out.write(header); err != nil {
		return "", 0, err
	}
	in := newChunker(r, segmentSize)
	defer in.clear()
	sealed := make([]byte, 0, segmentSize+tagSize)
	for last := false; !last; {
		var plain []byte
		if plain, last, err = in.next(); err != nil {
			return "", 0, err
		}
		size += int64(len(plain))
		nonce, err := segs.number(last)
		if err != nil {
			return "", 0, err
		}
		if err := out.write(segs.aead.Seal(sealed[:0], nonce, plain, nil)); err != nil {
			return "", 0, err
		}
	}
	return hex.EncodeToString(out.h.Sum(nil)), size, nil
}

type digestWriter struct {
	w io.Writer
	h hash.Hash
}

func (d *digestWriter) write(b []byte) error {
	d.h.Write(b)
	_, err := d.w.Write(b)
	return err
}

// chunker cuts a reader into chunks of one size and knows which is the last before it gives it away.
type chunker struct {
	r    io.Reader
	bufs [2][]byte
	have int // bytes at hand in bufs[0]; -1 before the first read
	eof  bool
}

func newChunker(r io.Reader, size int) *chunker {
	return &chunker{r: r, bufs: [2][]byte{make([]byte, size), make([]byte, size)}, have: -1}
}

// next returns a chunk, valid until the next call.
func (c *chunker) next() (chunk []byte, last bool, err error) {
	if c.have < 0 {
		if c.have, err = c.fill(c.bufs[0]); err != nil {
			return nil, false, err
		}
	}
	chunk = c.bufs[0][:c.have]
	if c.eof {
		return chunk, true, nil
	}
	if c.have, err = c.fill(c.bufs[1]); err != nil {
		return nil, false, err
	}
	c.bufs[0], c.bufs[1] = c.bufs[1], c.bufs[0]
	return chunk, c.eof && c.have == 0, nil
}

func (c *chunker) fill(b []byte) (int, error) {
	n, err := io.ReadFull(c.r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		c.eof, err = true, nil
	}
	return n, err
}

func (c *chunker) clear() {
	clear(c.bufs[0])
	clear(c.bufs[1])
}

func (k *Key) openStream(a AAD, r io.Reader) io.Reader { return &streamReader{key: k, aad: a, r: r} }

// streamReader opens segment by segment.
type streamReader struct {
	key   *Key
	aad   AAD
	r     io.Reader
	in    *chunker
	segs  *segments
	plain []byte // opened and not yet read
	last  bool
	err   error
}

func (s *streamReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.plain) == 0 && s.err == nil {
		s.err = s.advance()
	}
	if len(s.plain) == 0 {
		return 0, s.err
	}
	n := copy(p, s.plain)
	s.plain = s.plain[n:]
	return n, nil
}

func (s *streamReader) advance() error {
	if s.last {
		return io.EOF
	}
	if s.in == nil {
		header := make([]byte, streamHeader)
		if _, err := io.ReadFull(s.r, header); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errStream
			}
			return err
		}
		if header[0] != streamVersion {
			return errStream
		}
		var err error
		if s.segs, err = s.key.segments(s.aad, header); err != nil {
			return err
		}
		s.in = newChunker(s.r, segmentSize+tagSize)
	}
	sealed, last, err := s.in.next()
	if err != nil {
		return err
	}
	if len(sealed) < tagSize || s.segs.next > 0 && len(sealed) == tagSize {
		return errStream
	}
	nonce, err := s.segs.number(last)
	if err != nil {
		return errStream
	}
	if s.plain, err = s.segs.aead.Open(sealed[:0], nonce, sealed, nil); err != nil {
		s.plain = nil
		return errStream
	}
	s.last = last
	return nil
}
