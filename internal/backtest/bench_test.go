package backtest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/bonafide-id/bonafide/internal/backtest"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/replay"
)

const five = `flow: five
subject: person
checks:
  c1: {components: [document], providers: [alpha]}
  c2: {components: [selfie], providers: [alpha]}
  c3: {components: [liveness], providers: [alpha]}
  c4: {components: [name], providers: [alpha]}
  c5: {components: [birth_date], providers: [alpha]}
decide: {require: [document, selfie]}
`

// exported is a recording of 4n verifications of five checks in a file, as it goes to another machine.
func exported(t testing.TB, n int) *replay.File {
	t.Helper()
	h := record(t, n, five)
	var b bytes.Buffer
	if err := replay.Write(t.Context(), &b, h, time.Unix(1_760_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := replay.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// readers are the two that read recordings, by name. Each returns how many verifications it has computed.
func readers(t testing.TB) map[string]func(replay.Recording) int {
	f, err := flow.Compile("five.yaml", []byte(five), vendors())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]func(replay.Recording) int{
		"replay": func(r replay.Recording) int {
			report, err := replay.Run(t.Context(), r)
			if err != nil || !report.Same {
				t.Fatalf("%+v, %v; want all the same", report, err)
			}
			return report.Verifications
		},
		"backtest": func(r replay.Recording) int {
			report, err := backtest.Run(t.Context(), r, f.Name, f)
			if err != nil || report.Flips > 0 || report.Undetermined > 0 {
				t.Fatalf("%+v, %v; want no flips", report, err)
			}
			return report.Verifications
		},
	}
}

// BenchmarkReaders measures verifications a second: the figures of benchmarks/README.md come from `bonafide replay`, which
// reads a broker, too.
func BenchmarkReaders(b *testing.B) {
	f := exported(b, 500)
	for name, read := range readers(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n += read(f)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "verifications/s")
		})
	}
}

// What a verification costs in memory says how fast it is read, on every machine: when this fails, look at the profile of
// the benchmark before the bound is raised.
func TestReadingAVerificationAllocatesLittle(t *testing.T) {
	few, many := exported(t, 20), exported(t, 120)
	const objectsMost, bytesMost = 190, 45_000 // measured: 151 to 170 objects; 14,000 to 37,000 bytes, as what unpacks a file is there or not
	for name, read := range readers(t) {
		// The least of some: what reads a packed file is kept for the next, until it is collected.
		spent := func(f *replay.File) (objects, bytes, verifications int) {
			for range 4 {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				verifications = read(f)
				runtime.ReadMemStats(&after)
				o, b := int(after.Mallocs-before.Mallocs), int(after.TotalAlloc-before.TotalAlloc)
				if objects == 0 || b < bytes {
					objects, bytes = o, b
				}
			}
			return objects, bytes, verifications
		}
		o1, b1, n1 := spent(few)
		o2, b2, n2 := spent(many)
		objects, bytes := (o2-o1)/(n2-n1), (b2-b1)/(n2-n1) // without what opening a file takes
		if objects > objectsMost || bytes > bytesMost {
			t.Errorf("%s: %d objects, %d bytes a verification of five checks; want at most %d, %d", name, objects, bytes, objectsMost, bytesMost)
		}
	}
}
