//go:build unix

package e2e_test

import (
	"context"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// exit runs a service in an environment of its own and returns its exit code and what it says.
func exit(t *testing.T, service string, env map[string]string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(binaries, service))
	cmd.Env = []string{}
	for name, v := range env {
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestServicesNameEveryVariableThatIsWrongAtOnce(t *testing.T) {
	wrong := map[string]string{"SHARDS": "3", "NATS_REPLICAS": "two", "LOG_FORMAT": "xml", "LOG_LEVEL": "loud"}
	with := func(more map[string]string) map[string]string {
		all := maps.Clone(wrong)
		maps.Copy(all, more)
		return all
	}
	common := slices.Collect(maps.Keys(wrong))
	for _, tt := range []struct {
		name, service string
		env           map[string]string
		want          []string
	}{
		{"nothing is set", "ingest", nil, []string{"KEYSET_FILE", "BLOB_URL", "API_KEYS_FILE", "BONAFIDE_API_KEY"}},
		{"nothing is set", "dispatcher", nil, []string{"KEYSET_FILE", "BLOB_URL"}},
		{"set but empty", "ingest", map[string]string{"KEYSET_FILE": "", "BLOB_URL": "", "API_KEYS_FILE": ""}, []string{"KEYSET_FILE", "BLOB_URL", "API_KEYS_FILE"}},
		{"set but empty", "dispatcher", map[string]string{"KEYSET_FILE": "", "BLOB_URL": ""}, []string{"KEYSET_FILE", "BLOB_URL"}},
		{"wrong", "ingest", wrong, append([]string{"KEYSET_FILE", "BLOB_URL", "API_KEYS_FILE"}, common...)},
		{"wrong", "dispatcher", with(map[string]string{"POLL_INTERVAL": "-1s", "ALLOW_INSECURE": "perhaps"}), append([]string{"KEYSET_FILE", "BLOB_URL", "POLL_INTERVAL", "ALLOW_INSECURE"}, common...)},
		{"wrong", "resolver", with(map[string]string{"SNAPSHOT_INTERVAL": "often"}), append([]string{"SNAPSHOT_INTERVAL"}, common...)},
		{"vendors half configured", "dispatcher", map[string]string{"KEYSET_FILE": "no-such-file", "BLOB_URL": "mem://", "SUMSUB_BASE_URL": "https://vendor.example", "BIVE_API_KEY": ""},
			[]string{"KEYSET_FILE", "SUMSUB_APP_TOKEN", "SUMSUB_SECRET_KEY", "BIVE_API_KEY"}},
		{"a vendor half configured and more wrong", "dispatcher", with(map[string]string{"SUMSUB_BASE_URL": "https://vendor.example"}),
			append([]string{"KEYSET_FILE", "SUMSUB_APP_TOKEN", "SUMSUB_SECRET_KEY"}, common...)},
		{"a provider that does not exist", "ingest", map[string]string{"PROVIDERS": "acme", "KEYSET_FILE": "", "BLOB_URL": "mem://", "BONAFIDE_API_KEY": "k"}, []string{"PROVIDERS", "KEYSET_FILE"}},
	} {
		t.Run(tt.service+" "+tt.name, func(t *testing.T) {
			code, out := exit(t, tt.service, tt.env)
			if code != 2 {
				t.Errorf("exit code %d, want 2; it said\n%s", code, out)
			}
			if missing := slices.DeleteFunc(slices.Clone(tt.want), func(v string) bool { return strings.Contains(out, v) }); len(missing) > 0 {
				t.Errorf("not named: %v; it said\n%s", missing, out)
			}
		})
	}
}
