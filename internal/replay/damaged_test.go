package replay

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/bonafide-id/bonafide/internal/bus"
)

func TestADamagedFileSaysWhichWhereAndWhatToDo(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
	out, err := z.CreateHeader(&zip.FileHeader{Name: "0.inputs", Method: zstd.ZipMethodWinZip})
	if err == nil {
		_, err = out.Write([]byte{1, 1}) // the first input ends in its middle
	}
	if err == nil {
		out, err = z.Create(about)
	}
	if err == nil {
		_, err = out.Write([]byte(`{"format":"` + format + `","made":"2026-01-01T00:00:00Z","inputs":[3],"records":[0],"lasts":[0]}`))
	}
	if err == nil {
		err = z.Close()
	}
	path := filepath.Join(t.TempDir(), "some.recording")
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = f.Inputs(t.Context(), 0, func([]bus.Raw) error { return nil })
	for _, want := range []string{path, "0.inputs", "item 1 of 3", "export the recording again"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a file whose first member is cut says %v, want it to say %q", err, want)
		}
	}
}
