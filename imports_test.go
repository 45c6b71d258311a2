// Package bonafide_test holds what is true of the whole tree: who may import whom.
package bonafide_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/bonafide-id/bonafide/"

// table says for a package (or, with a trailing slash, all packages below) which of our packages it may import and
// which imports it must not have. The longest matching line counts; "*" allows all of ours.
var table = []struct {
	pkg   string
	may   []string
	never []string
}{
	{"subject", nil, []string{"net", "os", "log/slog"}},
	{"events", []string{"subject"}, []string{"net", "net/http", "os", "log/slog"}},
	{"internal/fault", nil, []string{"net", "os", "log/slog"}},
	{"internal/decision", nil, []string{"net", "net/http", "os", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "context", "sync"}},
	{"internal/flow", []string{"internal/decision", "flows"}, []string{"net", "net/http", "log/slog"}},
	{"internal/dispatch/once", []string{"internal/fault"}, []string{"net", "net/http", "os", "log/slog", "context"}},
	{"internal/sim", []string{"internal/decision", "internal/dispatch/once", "internal/fault"}, []string{"net", "net/http", "os", "log/slog", "context", "sync"}},
	{"internal/chaos", []string{"events", "subject", "internal/boot", "internal/boot/", "internal/bus", "internal/chaos/disk", "internal/replay", "internal/resolve", "internal/seal"}, nil},
	{"internal/chaos/disk", nil, []string{"net", "net/http", "log/slog", "math/rand/v2"}},
	{"internal/bus", []string{"events", "internal/fault"}, nil},
	{"internal/bus/bustest", []string{"internal/bus"}, nil},
	{"client", []string{"events", "internal/bus", "internal/fault"}, []string{"log/slog"}},
	{"internal/seal", []string{"events", "internal/fault"}, []string{"net", "net/http"}},
	{"internal/index", []string{"events", "internal/bus", "internal/fault"}, []string{"net", "net/http"}},
	{"internal/blob", []string{"internal/fault"}, nil},
	{"internal/trace", nil, nil},
	{"internal/trace/tracetest", nil, nil},
	{"internal/resolve", []string{"events", "internal/bus", "internal/decision", "internal/fault", "internal/flow", "internal/ask", "internal/trace"}, []string{"net/http"}},
	{"internal/remap", []string{"events", "internal/bus", "internal/decision", "internal/dispatch", "internal/fault", "internal/replay", "internal/resolve", "internal/seal"}, []string{"net", "net/http", "log/slog"}},
	{"internal/courier", []string{"events", "internal/bus", "internal/fault"}, []string{"net", "net/http"}},
	{"internal/sign", []string{"events"}, []string{"net", "net/http", "log/slog"}},
	{"internal/replay", []string{"events", "internal/bus", "internal/decision", "internal/flow", "internal/resolve"}, []string{"net", "net/http", "log/slog", "math/rand", "math/rand/v2"}},
	{"internal/backtest", []string{"events", "internal/bus", "internal/decision", "internal/flow", "internal/replay", "internal/resolve"}, []string{"net", "net/http", "log/slog", "math/rand", "math/rand/v2"}},
	{"providers", []string{"subject", "internal/fault", "providers/internal/"}, []string{"log/slog"}},
	{"providers/internal/", []string{"internal/fault", "providers/internal/"}, []string{"log/slog"}},
	{"providers/", []string{"subject", "internal/fault", "providers", "providers/internal/"}, []string{"log/slog", "os"}},
	{"providers/all", []string{"providers", "providers/"}, nil},
	{"providers/providertest", []string{"subject", "internal/fault", "providers"}, nil},
	{"sandbox", nil, nil},
	{"sandbox/", []string{"sandbox"}, nil},
}

// never are imports that only the packages named may have.
var only = map[string][]string{
	"github.com/nats-io/nats.go":        {"internal/bus", "internal/bus/bustest"},
	"github.com/nats-io/nats-server/v2": {"internal/bus", "internal/bus/bustest"},
	"gocloud.dev":                       {"internal/blob"},
	"go.opentelemetry.io/otel":          {"internal/trace"},
	"go.opentelemetry.io/proto":         {"internal/trace/tracetest"},
	"github.com/cockroachdb/pebble":     {"internal/index"},
	"github.com/cloudevents/sdk-go":     {}, // only tests: what we write and read is checked against it
}

func TestImportTable(t *testing.T) {
	for pkg, imports := range list(t, "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		pkg = strings.TrimPrefix(pkg, module)
		for _, imp := range imports {
			for path, allowed := range only {
				if (imp == path || strings.HasPrefix(imp, path+"/")) && !contains(allowed, pkg) {
					t.Errorf("%s imports %s; only %v may", pkg, imp, allowed)
				}
			}
		}
		line := -1
		for i, l := range table {
			if (l.pkg == pkg || strings.HasSuffix(l.pkg, "/") && strings.HasPrefix(pkg, l.pkg)) && (line < 0 || len(l.pkg) > len(table[line].pkg)) {
				line = i
			}
		}
		if line < 0 {
			continue
		}
		for _, imp := range imports {
			if contains(table[line].never, imp) {
				t.Errorf("%s imports %s", pkg, imp)
			}
			if ours, ok := strings.CutPrefix(imp, module); ok && !contains(table[line].may, ours) {
				t.Errorf("%s imports %s; it may import %v", pkg, ours, table[line].may)
			}
		}
	}
}

// The resolver decides and never sees a person: it links no vendor's code and nothing that unseals or dials out.
func TestTheResolverLinksNoProviderAndNoKeys(t *testing.T) {
	for dep := range list(t, "{{.ImportPath}}", "-deps", "./cmd/resolver") {
		ours, ok := strings.CutPrefix(dep, module)
		if ok && (strings.HasPrefix(ours, "providers") || ours == "internal/seal" || ours == "internal/blob" || strings.HasPrefix(ours, "sandbox")) {
			t.Errorf("cmd/resolver links %s", ours)
		}
	}
}

// What is pure, what others program against and what a vendor's folder is made of does not carry OpenTelemetry along.
func TestFewLinkOpenTelemetry(t *testing.T) {
	for _, pkg := range []string{"subject", "events", "client", "providers", "providers/all", "internal/fault", "internal/decision", "internal/flow", "internal/dispatch/once", "internal/sim"} {
		for dep := range list(t, "{{.ImportPath}}", "-deps", "./"+pkg) {
			if strings.HasPrefix(dep, "go.opentelemetry.io/") {
				t.Errorf("%s links %s", pkg, dep)
			}
		}
	}
}

// Ingest faces the internet: it can seal and authenticate, and never calls a vendor.
func TestIngestLinksNoDispatcher(t *testing.T) {
	for dep := range list(t, "{{.ImportPath}}", "-deps", "./cmd/ingest") {
		if ours, _ := strings.CutPrefix(dep, module); ours == "internal/dispatch" || ours == "internal/resolve" || strings.HasPrefix(ours, "sandbox") {
			t.Errorf("cmd/ingest links %s", ours)
		}
	}
}

func list(t *testing.T, format string, args ...string) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-f", format}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	m := make(map[string][]string)
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(line)
		m[f[0]] = f[1:]
	}
	return m
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s || strings.HasSuffix(l, "/") && strings.HasPrefix(s, l) {
			return true
		}
	}
	return false
}
