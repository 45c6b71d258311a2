package dispatcher_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.IgnoreBroker()) }

func TestLoadNamesWhatIsWrongOfTheServiceAndOfItsVendorsAtOnce(t *testing.T) {
	_, err := dispatcher.Load(t.Context(), envconfig.MapLookuper(map[string]string{"SHARDS": "3", "KEYSET_FILE": "", "BLOB_URL": "mem://",
		"SUMSUB_BASE_URL": "https://vendor.example", "BIVE_API_KEY": ""}))
	var bad boot.ConfigError
	if !errors.As(err, &bad) {
		t.Fatalf("error = %v, want a ConfigError", err)
	}
	for _, name := range []string{"SHARDS", "KEYSET_FILE", "SUMSUB_APP_TOKEN", "SUMSUB_SECRET_KEY", "BIVE_API_KEY"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in\n%v", name, err)
		}
	}
}

func TestNewWithAVendorThatCannotBeOpenedIsAnError(t *testing.T) {
	s, err := dispatcher.New(t.Context(), dispatcher.Config{}, dispatcher.Parts{Lookuper: envconfig.MapLookuper(map[string]string{"BIVE_API_KEY": ""})})
	if s != nil || !errors.As(err, new(boot.ConfigError)) {
		t.Errorf("New = %v, %v; want a ConfigError", s, err)
	}
}
