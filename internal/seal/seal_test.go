package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a key store in memory. It counts the round trips.
type memory struct {
	mu    sync.Mutex
	keys  map[uint64][]byte
	last  uint64
	puts  int
	gets  int
	fails error
	gate  chan struct{} // when set, puts wait for it
}

func newMemory() *memory { return &memory{keys: map[uint64][]byte{}} }

func (m *memory) PutKeys(ctx context.Context, wrapped [][]byte) ([]uint64, error) {
	if m.gate != nil {
		select {
		case <-m.gate:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Transient, "memory", ctx.Err())
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts++
	if m.fails != nil {
		return nil, m.fails
	}
	var numbers []uint64
	for _, w := range wrapped {
		m.last++
		m.keys[m.last] = bytes.Clone(w)
		numbers = append(numbers, m.last)
	}
	return numbers, nil
}

func (m *memory) Key(_ context.Context, n uint64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gets++
	if w, ok := m.keys[n]; ok {
		return w, nil
	}
	return nil, fault.New(fault.Invalid, "memory", "no such key")
}

func (m *memory) Keys(_ context.Context, first uint64, n int) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return nil, m.fails
	}
	m.gets++
	out := make([][]byte, n)
	for i := range out {
		out[i] = m.keys[first+uint64(i)]
	}
	return out, nil
}

func (m *memory) DestroyKey(_ context.Context, n uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, n)
	return nil
}

// pair returns a sealer and an opener that share a keyset and a store.
func pair(t testing.TB) (*Sealer, *Opener, *memory) {
	t.Helper()
	k, err := Generate(rand.Reader)
	if err != nil {
		t.Fatalf("generate: %v", err)
	}
	m := newMemory()
	s := NewSealer(k.Public(), m, nil)
	t.Cleanup(s.Close)
	return s, NewOpener(k, m), m
}

var anas = AAD{Verification: "vrf_1", Kind: KindDossier, Tenant: "acme"}

func mustSeal(t testing.TB, s *Sealer, a AAD, text string) events.Sealed {
	t.Helper()
	b, err := s.Seal(t.Context(), a, []byte(text))
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return b
}

func TestABoxOpensForWhoNamesTheSame(t *testing.T) {
	s, o, _ := pair(t)
	for _, text := range []string{"", "x", "Ana Reyes", strings.Repeat("long ", 100_000)} {
		box := mustSeal(t, s, anas, text)
		got, err := o.Open(t.Context(), anas, box)
		if err != nil || string(got) != text {
			t.Errorf("open: got %d bytes, %v; want %d", len(got), err, len(text))
		}
	}
}

func TestABoxOpensForNobodyElse(t *testing.T) {
	s, o, _ := pair(t)
	box := mustSeal(t, s, anas, "Ana Reyes")
	for _, a := range []AAD{
		{}, {"vrf_2", KindDossier, "acme"}, {"vrf_1", KindEvidence, "acme"}, {"vrf_1", KindDossier, "other"},
		{"vrf_1" + KindDossier, "", "acme"}, {"acme", KindDossier, "vrf_1"}, {"vrf_1", KindDossier + "acme", ""},
		{strings.Repeat("v", 300), KindDossier, "acme"},
	} {
		if _, err := o.Open(t.Context(), a, box); fault.ClassOf(err) != fault.Malformed {
			t.Errorf("open as %+v: got %v, want class malformed", a, err)
		}
	}
	other := mustSeal(t, s, anas, "Jan Kowalski")
	if _, err := o.Open(t.Context(), anas, events.Sealed{Key: other.Key, Box: box.Box}); fault.ClassOf(err) != fault.Malformed {
		t.Errorf("open with another key: got %v, want class malformed", err)
	}
	for i := range box.Box {
		b := bytes.Clone(box.Box)
		b[i] ^= 1
		if _, err := o.Open(t.Context(), anas, events.Sealed{Key: box.Key, Box: b}); fault.ClassOf(err) != fault.Malformed {
			t.Fatalf("open with byte %d changed: got %v, want class malformed", i, err)
		}
	}
}

func TestADestroyedKeyOpensNothing(t *testing.T) {
	s, o, m := pair(t)
	k, err := s.Draw(t.Context())
	if err != nil {
		t.Fatalf("draw: %v", err)
	}
	box, err := k.Seal(anas, []byte("Ana Reyes"))
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	if _, err := o.Open(t.Context(), anas, box); err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := m.DestroyKey(t.Context(), k.Number()); err != nil {
		t.Fatalf("destroy: %v", err)
	}
	o.Forget(k.Number())
	_, err = o.Open(t.Context(), anas, box)
	if !errors.Is(err, ErrNoKey) || fault.ClassOf(err) != fault.Invalid {
		t.Errorf("open: got %v, want ErrNoKey of class invalid", err)
	}
	if _, err := o.SealUnder(t.Context(), anas, k.Number(), []byte("x")); !errors.Is(err, ErrNoKey) {
		t.Errorf("seal under: got %v, want ErrNoKey", err)
	}
}

func TestEvidenceUnderAKeyIsErasedWithIt(t *testing.T) {
	s, o, m := pair(t)
	dossier := mustSeal(t, s, anas, "Ana Reyes")
	a := AAD{"vrf_1", KindEvidence, "acme"}
	box, err := o.SealUnder(t.Context(), a, dossier.Key, []byte("the vendor's bytes"))
	if err != nil || box.Key != dossier.Key {
		t.Fatalf("seal under %d: got %+v, %v", dossier.Key, box, err)
	}
	if got, err := o.Open(t.Context(), a, box); err != nil || string(got) != "the vendor's bytes" {
		t.Errorf("open: got %q, %v", got, err)
	}
	_ = m.DestroyKey(t.Context(), dossier.Key)
	o.Forget(dossier.Key)
	if _, err := o.Open(t.Context(), a, box); !errors.Is(err, ErrNoKey) {
		t.Errorf("open after destruction: got %v, want ErrNoKey", err)
	}
}

func TestKeysAreForgottenInTime(t *testing.T) {
	s, o, m := pair(t)
	now := time.Unix(1700000000, 0)
	o.keys.now = func() time.Time { return now }
	box := mustSeal(t, s, anas, "Ana Reyes")
	for range 3 {
		if _, err := o.Open(t.Context(), anas, box); err != nil {
			t.Fatalf("open: %v", err)
		}
	}
	if m.gets != 1 {
		t.Errorf("reads of the store: got %d, want 1", m.gets)
	}
	_ = m.DestroyKey(t.Context(), box.Key)
	now = now.Add(cachedAtMost + time.Second)
	if _, err := o.Open(t.Context(), anas, box); !errors.Is(err, ErrNoKey) {
		t.Errorf("open after %v: got %v, want ErrNoKey", cachedAtMost, err)
	}
}

func TestKeysThatAreAskedForInOrderAreReadAhead(t *testing.T) {
	sealer, opener, store := pair(t)
	var boxes []events.Sealed
	for range 100 {
		boxes = append(boxes, mustSeal(t, sealer, anas, "Ana Reyes"))
	}
	for _, box := range boxes[:50] { // one after the other: goroutines would ask in any order
		if _, err := opener.Open(t.Context(), anas, box); err != nil {
			t.Errorf("open under key %d: %v", box.Key, err)
		}
	}
	store.mu.Lock()
	gets := store.gets
	store.mu.Unlock()
	if gets > 25 {
		t.Errorf("50 keys in order cost %d questions to the store", gets)
	}
	if err := store.DestroyKey(t.Context(), boxes[60].Key); err != nil {
		t.Fatal(err)
	}
	opener.Forget(boxes[60].Key) // read ahead, and not used yet
	if _, err := opener.Open(t.Context(), anas, boxes[60]); !errors.Is(err, ErrNoKey) {
		t.Errorf("a key that was read ahead, destroyed and forgotten opens: %v", err)
	}
}

func TestAKeyThatWasLoadedBeforeItWasForgottenIsNotKept(t *testing.T) {
	c := newCache[int, int](4, time.Minute, time.Now)
	before := c.epoch()
	c.drop(7)
	c.put(7, 1, before)
	if _, ok := c.get(7); ok {
		t.Error("a value loaded before the drop came back")
	}
	for i := range 100 {
		c.put(i, i, c.epoch())
	}
	if n := len(c.young) + len(c.old); n > 8 {
		t.Errorf("cached: got %d values, want at most 8", n)
	}
}

func TestSealingDoesNotWaitForTheStore(t *testing.T) {
	s, _, m := pair(t)
	mustSeal(t, s, anas, "first")
	m.gate = make(chan struct{})
	for range poolStart / 2 {
		mustSeal(t, s, anas, "more")
	}
	close(m.gate)
	for range 10 * poolStart {
		mustSeal(t, s, anas, "many")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.puts > 40 {
		t.Errorf("round trips for %d boxes: got %d, want few", 10*poolStart, m.puts)
	}
	seen := map[string]bool{}
	for _, w := range m.keys {
		if len(w) != wrappedSize || seen[string(w)] {
			t.Fatalf("a wrapped key of %d bytes, repeated: %v; want %d and all different", len(w), seen[string(w)], wrappedSize)
		}
		seen[string(w)] = true
	}
}

func TestNoTwoCallersGetOneKey(t *testing.T) {
	s, o, _ := pair(t)
	var mu sync.Mutex
	var wait sync.WaitGroup
	seen := map[uint64]bool{}
	for range 8 {
		wait.Go(func() {
			for range 300 {
				box, err := s.Seal(context.Background(), anas, []byte("x"))
				if err != nil {
					t.Errorf("seal: %v", err)
					return
				}
				if _, err := o.Open(context.Background(), anas, box); err != nil {
					t.Errorf("open: %v", err)
				}
				mu.Lock()
				if seen[box.Key] {
					t.Errorf("key %d was given twice", box.Key)
				}
				seen[box.Key] = true
				mu.Unlock()
			}
		})
	}
	wait.Wait()
}

func TestAStoreThatFailsIsTheErrorAndHeals(t *testing.T) {
	s, _, m := pair(t)
	m.fails = fault.New(fault.Transient, "memory", "away")
	if _, err := s.Seal(t.Context(), anas, nil); fault.ClassOf(err) != fault.Transient {
		t.Errorf("seal with the store away: got %v, want class transient", err)
	}
	m.mu.Lock()
	m.fails = nil
	m.mu.Unlock()
	mustSeal(t, s, anas, "again")
	s.Close()
	if _, err := s.Draw(t.Context()); fault.ClassOf(err) != fault.Stopping {
		t.Errorf("draw after close: got %v, want class stopping", err)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	s, _, m := pair(t)
	m.gate = make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := s.Draw(ctx); fault.ClassOf(err) != fault.Transient {
		t.Errorf("draw: got %v, want class transient", err)
	}
	s.Close() // ends the refill that waits for the gate
}

func TestBatchKeysAreSpent(t *testing.T) {
	s, o, m := pair(t)
	now := time.Unix(1700000000, 0)
	s.now = func() time.Time { return now }
	heads := func() int {
		set := map[head]bool{}
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, w := range m.keys {
			set[head(w[:headSize])] = true
		}
		return len(set)
	}
	if _, err := s.make(batchKeys); err != nil || heads() != 1 {
		t.Fatalf("%d keys: got %d batch keys, %v; want 1", batchKeys, heads(), err)
	}
	if _, err := s.make(1); err != nil || heads() != 2 {
		t.Fatalf("one more: got %d batch keys, %v; want 2", heads(), err)
	}
	now = now.Add(batchLife)
	keys, err := s.make(1)
	if err != nil || heads() != 3 {
		t.Fatalf("later: got %d batch keys, %v; want 3", heads(), err)
	}
	box, err := keys[0].Seal(anas, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Open(t.Context(), anas, box); err != nil {
		t.Errorf("open: %v", err)
	}
}

func TestRotationKeepsOldBoxesReadable(t *testing.T) {
	old, err := Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	next, err := old.Rotate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	before, after := NewSealer(old.Public(), m, nil), NewSealer(next.Public(), m, nil)
	t.Cleanup(before.Close)
	t.Cleanup(after.Close)
	a, b := mustSeal(t, before, anas, "before"), mustSeal(t, after, anas, "after")
	o := NewOpener(next, m)
	for want, box := range map[string]events.Sealed{"before": a, "after": b} {
		if got, err := o.Open(t.Context(), anas, box); err != nil || string(got) != want {
			t.Errorf("open: got %q, %v; want %q", got, err, want)
		}
	}
	if _, err := NewOpener(old, m).Open(t.Context(), anas, b); fault.ClassOf(err) != fault.Unauthorized {
		t.Errorf("open without the new key: got %v, want class unauthorized", err)
	}
}

func TestKeysetFilesKeepTheirHalves(t *testing.T) {
	k, err := Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if k, err = k.Rotate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public := filepath.Join(dir, "private.json"), filepath.Join(dir, "public.json")
	if err := errors.Join(k.WritePrivate(private), k.Public().WritePublic(public)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(private); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the private file: got %v, %v; want 0600", info.Mode(), err)
	}
	if err := k.WritePrivate(private); !errors.Is(err, os.ErrExist) {
		t.Errorf("write again: got %v, want that the file exists", err)
	}
	k2, err := ReadPrivate(private)
	if err != nil {
		t.Fatalf("read private: %v", err)
	}
	p2, err := ReadPublic(public)
	if err != nil {
		t.Fatalf("read public: %v", err)
	}
	if len(k2.keys) != 2 || p2.primary != k.public.primary || k2.public.primary != k.public.primary {
		t.Errorf("read: got %d keys, want 2 and the same primary", len(k2.keys))
	}
	m := newMemory()
	s := NewSealer(p2, m, nil)
	t.Cleanup(s.Close)
	if got, err := NewOpener(k2, m).Open(t.Context(), anas, mustSeal(t, s, anas, "x")); err != nil || string(got) != "x" {
		t.Errorf("open: got %q, %v", got, err)
	}
	if _, err := ReadPublic(private); !errors.Is(err, ErrPrivate) {
		t.Errorf("read the private file as public: got %v, want ErrPrivate", err)
	}
	if _, err := ReadPrivate(public); err == nil {
		t.Error("read the public file as private: got no error")
	}
	if err := os.Chmod(private, 0o604); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(private); err == nil || !strings.Contains(err.Error(), "KEYSET_FILE") {
		t.Errorf("read a file that everybody may read: got %v, want a refusal that names KEYSET_FILE", err)
	}
	for _, bad := range []string{``, `{}`, `{"primary":"00","keys":[]}`, `[]`, `{"primary":"aa","keys":[{"id":"aa","kem":"rot13","public":"AAAA"}]}`, `{"primary":"aa","keys":[{"id":"aa","kem":"x25519","public":"AAAA"}]}`} {
		if _, err := ParsePublic([]byte(bad)); err == nil {
			t.Errorf("parse %s: got no error", bad)
		}
		if _, err := ParsePrivate([]byte(bad)); err == nil {
			t.Errorf("parse %s: got no error", bad)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	s, o, m := pair(t)
	k, err := s.Draw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file, err := o.private.MarshalPrivate()
	if err != nil {
		t.Fatal(err)
	}
	var f keysetFile
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	secrets := [][]byte{k.raw[:], f.Keys[0].Private}
	var out strings.Builder
	for _, v := range []any{k, *o.private, o.private, o.private.Public(), *o.private.Public()} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q\n", v, v, v, v, v)
	}
	for _, err := range []error{errBox, errStream, errWrapped, errNoKeyset} {
		fmt.Fprintf(&out, "%v %+v\n", err, err)
	}
	for _, secret := range secrets {
		for _, form := range []string{string(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%v", secret)[1:20], fmt.Sprintf("%#v", secret)[7:20]} {
			if strings.Contains(out.String(), form) {
				t.Errorf("printed: %s; it holds a key", out.String())
			}
		}
	}
	for _, w := range m.keys {
		if bytes.Contains(w, k.raw[:]) {
			t.Error("the store holds a key in clear")
		}
	}
}

func sealStream(t testing.TB, s *Sealer, a AAD, plain []byte) (uint64, []byte) {
	t.Helper()
	var out bytes.Buffer
	key, sum, size, err := s.SealStream(t.Context(), a, bytes.NewReader(plain), &out)
	if err != nil || size != int64(len(plain)) || len(sum) != 64 {
		t.Fatalf("seal a stream of %d: got size %d, sum %q, %v", len(plain), size, sum, err)
	}
	return key, out.Bytes()
}

func openStream(t testing.TB, o *Opener, a AAD, key uint64, sealed []byte) ([]byte, error) {
	t.Helper()
	r, err := o.OpenStream(t.Context(), a, key, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

var scan = AAD{"vrf_1", KindDocument, "acme"}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestAStreamOpensForWhoNamesTheSame(t *testing.T) {
	s, o, _ := pair(t)
	for _, n := range []int{0, 1, segmentSize - 1, segmentSize, segmentSize + 1, 2 * segmentSize, 3*segmentSize + 17} {
		plain := randomBytes(n)
		key, sealed := sealStream(t, s, scan, plain)
		if got, err := openStream(t, o, scan, key, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("stream of %d: got %d bytes, %v", n, len(got), err)
		}
		for _, a := range []AAD{{"vrf_2", KindDocument, "acme"}, {"vrf_1", KindEvidence, "acme"}, {"vrf_1", KindDocument, "x"}} {
			if got, err := openStream(t, o, a, key, sealed); fault.ClassOf(err) != fault.Malformed || len(got) > 0 {
				t.Errorf("stream of %d as %+v: got %d bytes, %v; want class malformed", n, a, len(got), err)
			}
		}
	}
}

func TestADamagedStreamIsRefused(t *testing.T) {
	s, o, _ := pair(t)
	plain := randomBytes(3*segmentSize + 100)
	key, sealed := sealStream(t, s, scan, plain)
	const seg = segmentSize + tagSize
	at := func(i int) []byte { return sealed[streamHeader+i*seg : min(streamHeader+(i+1)*seg, len(sealed))] }
	header := sealed[:streamHeader]
	_, other := sealStream(t, s, scan, plain)
	cases := map[string][]byte{
		"empty":                    {},
		"half a header":            header[:20],
		"only a header":            header,
		"cut in a segment":         sealed[:streamHeader+seg+100],
		"cut between segments":     sealed[:streamHeader+2*seg],
		"one byte short":           sealed[:len(sealed)-1],
		"one byte long":            append(bytes.Clone(sealed), 0),
		"first two swapped":        bytes.Join([][]byte{header, at(1), at(0), at(2), at(3)}, nil),
		"one left out":             bytes.Join([][]byte{header, at(0), at(2), at(3)}, nil),
		"one repeated":             bytes.Join([][]byte{header, at(0), at(0), at(1), at(2), at(3)}, nil),
		"last one first":           bytes.Join([][]byte{header, at(3)}, nil),
		"segment of another":       bytes.Join([][]byte{header, at(0), other[streamHeader+seg : streamHeader+2*seg], at(2), at(3)}, nil),
		"header of another":        bytes.Join([][]byte{other[:streamHeader], at(0), at(1), at(2), at(3)}, nil),
		"an empty segment at last": bytes.Join([][]byte{header, at(0), at(1), at(2), at(3)[:tagSize]}, nil),
	}
	for _, i := range []int{0, 1, 33, streamHeader, streamHeader + seg, len(sealed) - 1} {
		b := bytes.Clone(sealed)
		b[i] ^= 0x80
		cases[fmt.Sprintf("byte %d changed", i)] = b
	}
	for name, b := range cases {
		got, err := openStream(t, o, scan, key, b)
		if fault.ClassOf(err) != fault.Malformed {
			t.Errorf("%s: got %d bytes, %v; want class malformed", name, len(got), err)
		}
		if !bytes.HasPrefix(plain, got) {
			t.Errorf("%s: gave bytes that were never sealed", name)
		}
	}
}

func TestAStreamRepeatsTheErrorsOfItsEnds(t *testing.T) {
	s, o, _ := pair(t)
	gone := errors.New("gone")
	if _, _, _, err := s.SealStream(t.Context(), scan, io.MultiReader(strings.NewReader("half"), failing{gone}), io.Discard); !errors.Is(err, gone) {
		t.Errorf("seal: got %v, want %v", err, gone)
	}
	key, sealed := sealStream(t, s, scan, randomBytes(2*segmentSize))
	r, err := o.OpenStream(t.Context(), scan, key, io.MultiReader(bytes.NewReader(sealed[:100_000]), failing{gone}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, gone) {
		t.Errorf("open: got %v, want %v", err, gone)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzOpen(f *testing.F) {
	s, o, _ := pair(f)
	box := mustSeal(f, s, anas, "Ana Reyes")
	key, stream := sealStream(f, s, scan, []byte("Ana Reyes"))
	f.Add(box.Box)
	f.Add(stream)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := o.Open(t.Context(), anas, events.Sealed{Key: box.Key, Box: b}); err == nil && !bytes.Equal(b, box.Box) {
			t.Errorf("a forged box of %d bytes opened: %q", len(b), got)
		}
		if got, err := openStream(t, o, scan, key, b); err == nil && !bytes.Equal(b, stream) {
			t.Errorf("a forged stream of %d bytes opened: %q", len(b), got)
		}
		if _, _, _, err := splitWrapped(b); err == nil && len(b) != wrappedSize {
			t.Errorf("a wrapped key of %d bytes was accepted", len(b))
		}
	})
}

func BenchmarkSealAndOpen1KiB(b *testing.B) {
	s, o, _ := pair(b)
	plain := randomBytes(1 << 10)
	b.ReportAllocs()
	for b.Loop() {
		box, err := s.Seal(b.Context(), anas, plain)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := o.Open(b.Context(), anas, box); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealStream1MiB(b *testing.B) {
	s, _, _ := pair(b)
	plain := randomBytes(1 << 20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		if _, _, _, err := s.SealStream(b.Context(), scan, bytes.NewReader(plain), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// The nonce that wraps data keys is counted: no two may be equal under one batch key.
func TestWrappingNoncesCount(t *testing.T) {
	s, _, m := pair(t)
	if _, err := s.make(100); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(100) {
		if got := binary.BigEndian.Uint64(m.keys[n+1][headSize+nonceSize-8:]); got != n+1 {
			t.Fatalf("nonce of key %d: got %d, want %d", n+1, got, n+1)
		}
	}
}
