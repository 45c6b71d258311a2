package bus_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func TestWhatABrokerWarnsOfIsHeard(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "jetstream", "$G", "streams", "HALF"), 0o700); err != nil { // a stream without its description
		t.Fatal(err)
	}
	var said bytes.Buffer
	bustest.Start(t, bus.EmbedConfig{Dir: dir, Log: slog.New(slog.NewTextHandler(&said, nil))}).Close()
	if got := said.String(); !strings.Contains(got, "level=WARN msg=broker said=") || !strings.Contains(got, "HALF") {
		t.Errorf("got %q, want a warning of the stream that cannot be read", got)
	}
}
