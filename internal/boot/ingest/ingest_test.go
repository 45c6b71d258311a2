package ingest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

func TestLoadNamesWhatIsWrongOfTheServiceItsFilesAndItsFlowsAtOnce(t *testing.T) {
	_, err := ingest.Load(t.Context(), envconfig.MapLookuper(map[string]string{"SHARDS": "3", "KEYSET_FILE": "no-such-keyset", "BLOB_URL": "",
		"API_KEYS_FILE": "no-such-keys", "FLOWS_DIR": "no-such-flows", "SUMSUB_WEBHOOK_SECRETS": "",
		"OTEL_TRACES_EXPORTER": "zipkin"}))
	if !errors.As(err, new(boot.ConfigError)) {
		t.Fatalf("error = %v, want a ConfigError", err)
	}
	for _, name := range []string{"SHARDS", "KEYSET_FILE", "BLOB_URL", "API_KEYS_FILE", "FLOWS_DIR", "SUMSUB_WEBHOOK_SECRETS", "OTEL_TRACES_EXPORTER"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
}
