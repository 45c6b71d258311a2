package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

// write writes a file of the test and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMistakesAreExit2AndNameWhatIsWrong(t *testing.T) {
	folder := filepath.Dir(write(t, "bad.yaml", "flow: bad\nsubject: nobody\n"))
	request := write(t, "request.json", "{}")
	missing := filepath.Join(t.TempDir(), "missing")
	for _, k := range []struct {
		name string
		vars map[string]string
		args []string
		want string
	}{
		{"no such command", nil, []string{"dance"}, "dance"},
		{"no such flag", nil, []string{"up", "--dance"}, "--dance"},
		{"an argument is missing", nil, []string{"show"}, "<id>"},
		{"no API key", nil, []string{"show", "vrf_1"}, "BONAFIDE_API_KEY"},
		{"no API key for submit", nil, []string{"submit", "-f", request}, "BONAFIDE_API_KEY"},
		{"an empty API key", map[string]string{"BONAFIDE_API_KEY": ""}, []string{"watch"}, "BONAFIDE_API_KEY"},
		{"submit without its file", map[string]string{"BONAFIDE_API_KEY": "k"}, []string{"submit", "-f", missing}, missing},
		{"flows check without its file", nil, []string{"flows", "check", missing}, missing},
		{"shards", map[string]string{"SHARDS": "3"}, []string{"streams", "check"}, "SHARDS"},
		{"replicas", map[string]string{"NATS_REPLICAS": "2"}, []string{"streams", "apply"}, "NATS_REPLICAS"},
		{"two at once", map[string]string{"SHARDS": "3", "NATS_REPLICAS": "2"}, []string{"streams", "check"}, "NATS_REPLICAS"},
		{"one that cannot be read", map[string]string{"NATS_REPLICAS": "two"}, []string{"streams", "check"}, "NATS_REPLICAS: invalid syntax"},
		{"one that cannot be read, and another", map[string]string{"NATS_REPLICAS": "two", "SHARDS": "3"}, []string{"streams", "check"}, "SHARDS: 3"},
		{"log format", map[string]string{"LOG_FORMAT": "xml"}, []string{"up", "--data", t.TempDir()}, "LOG_FORMAT"},
		{"a collector that is none", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, up(t), "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"traces and another", map[string]string{"OTEL_TRACES_EXPORTER": "jaeger", "SHARDS": "3"}, up(t), "OTEL_TRACES_EXPORTER"},
		{"another and traces", map[string]string{"OTEL_TRACES_EXPORTER": "jaeger", "SHARDS": "3"}, up(t), "SHARDS"},
		{"log level", map[string]string{"LOG_LEVEL": "loud"}, []string{"up", "--data", t.TempDir()}, "LOG_LEVEL"},
		{"no vendor", nil, []string{"up", "--data", t.TempDir(), "--nats", "127.0.0.1:0"}, "PROVIDERS"},
		{"an unknown vendor", map[string]string{"PROVIDERS": "acme"}, []string{"up", "--data", t.TempDir(), "--nats", "127.0.0.1:0"}, "acme"},
		{"a flow that is wrong", map[string]string{"FLOWS_DIR": folder}, up(t), "bad.yaml:2"},
		{"a folder that is not there", map[string]string{"FLOWS_DIR": missing}, up(t), "FLOWS_DIR"},
		{"a broker for the world", nil, []string{"up", "--sandbox", "--data", t.TempDir(), "--nats", "0.0.0.0:0"}, "0.0.0.0"},
		{"load without a duration", nil, []string{"load", "--duration", "0s"}, "--duration"},
		{"load elsewhere without a flow", map[string]string{"NATS_URL": "nats://127.0.0.1:1"}, []string{"load"}, "--flow"},
		{"backtest without its file", nil, []string{"backtest", "--flow", missing}, missing},
		{"backtest of a flow that is wrong", nil, []string{"backtest", "--flow", filepath.Join(folder, "bad.yaml")}, "bad.yaml:2"},
		{"backtest of less than no flips", nil, []string{"backtest", "--flow", "../../flows/bive-person.yaml", "--max-flips", "-1"}, "--max-flips"},
		{"verify without its file", nil, []string{"verify", missing}, missing},
		{"verify with keys that are none", nil, []string{"verify", request, "--keys", folder}, "--keys"},
		{"verify without keys and API", map[string]string{"BONAFIDE_URL": "http://127.0.0.1:1"}, []string{"verify", request}, "public keys"},
		{"a key that is not there", nil, []string{"keys", "end", "k", "--public", missing}, missing},
		{"a signing key that is none", map[string]string{"SIGNING_KEY_FILE": request}, up(t), "SIGNING_KEY_FILE"},
		{"a directory that is none", nil, []string{"replay", "--data", missing}, missing},
		{"a recording that is not there", nil, []string{"replay", "--from", missing}, missing},
		{"a recording that is none", nil, []string{"replay", "--from", request}, "no recording"},
		{"a fault that is none", nil, []string{"chaos", "--faults", "kill,flood"}, "flood"},
		{"a number of faults that is none", nil, []string{"chaos", "--faults", "kill=many"}, "many"},
		{"two brokers", nil, []string{"chaos", "--brokers", "2"}, "--brokers"},
		{"a port that is none", nil, []string{"sandbox", "--addr", "127.0.0.1:http"}, "port"},
	} {
		t.Run(k.name, func(t *testing.T) {
			code, out, complaints := bonafide(t, k.vars, k.args...)
			if code != exitUsage {
				t.Errorf("%v: exit %d, want %d; it said:\n%s%s", k.args, code, exitUsage, out, complaints)
			}
			if !strings.Contains(complaints, k.want) {
				t.Errorf("%v: the complaint does not name %q:\n%s", k.args, k.want, complaints)
			}
		})
	}
}

// up is the arguments of a system on free ports.
func up(t *testing.T) []string {
	return []string{"up", "--sandbox", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--admin", ""}
}

func TestAskedForHelpItHelps(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"flows", "--help"}} {
		code, out, _ := bonafide(t, nil, args...)
		if code != 0 || !strings.Contains(out, "Usage: bonafide") {
			t.Errorf("%v: exit %d, want 0 and help, got:\n%s", args, code, out)
		}
	}
}

func TestFlowsCheckNamesFileLineAndColumn(t *testing.T) {
	good := write(t, "good.yaml", "flow: good\nsubject: person\ndeadline: 5m\nchecks:\n  identity: {components: [document], providers: [sumsub]}\ndecide:\n  require: [document]\n")
	code, out, complaints := bonafide(t, nil, "flows", "check", good)
	if code != 0 || !regexp.MustCompile(`good\.yaml: good sha256:[0-9a-f]{64}\n$`).MatchString(out) {
		t.Errorf("good file: exit %d, want 0, the name and the digest; got:\n%s%s", code, out, complaints)
	}
	bad := write(t, "bad.yaml", "flow: bad\nsubject: person\ndeadline: soon\nchecks:\n  identity: {components: [document], providers: [nobody]}\n")
	code, out, _ = bonafide(t, nil, "flows", "check", good, bad)
	if code != exitBad {
		t.Errorf("bad file: exit %d, want %d", code, exitBad)
	}
	for _, want := range []string{`good\.yaml: good sha256:`, `bad\.yaml:3:\d+: `, `bad\.yaml:5:\d+: .*nobody`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("the output does not match %s:\n%s", want, out)
		}
	}
}

func TestStreamsApplyASecondTimeChangesNothing(t *testing.T) {
	vars := map[string]string{"NATS_URL": bustest.Run(t).URL(), "SHARDS": "2"}
	for _, k := range []struct {
		verb string
		code int
		want string
	}{{"check", exitBad, "create"}, {"apply", 0, "create"}, {"check", 0, "nothing to change"}, {"apply", 0, "nothing to change"}} {
		code, out, complaints := bonafide(t, vars, "streams", k.verb)
		if code != k.code || !strings.Contains(out, k.want) {
			t.Fatalf("streams %s: exit %d, want %d and %q; got:\n%s%s", k.verb, code, k.code, k.want, out, complaints)
		}
	}
	vars["SHARDS"] = "4"
	if code, out, _ := bonafide(t, vars, "streams", "check"); code != exitBad {
		t.Errorf("streams check with another number of shards: exit %d, want %d; got:\n%s", code, exitBad, out)
	}
}

func TestSandboxPrintsTheVariablesThatMakeBonafideUseIt(t *testing.T) {
	c := start(t, nil, "sandbox", "--addr", "127.0.0.1:0")
	c.out.await(t, "export ALLOW_INSECURE=true\n")
	lines := regexp.MustCompile(`(?m)^export ([A-Z_]+)=(\S+)$`).FindAllStringSubmatch(c.out.String(), -1)
	vars := map[string]string{}
	for _, l := range lines {
		vars[l[1]] = l[2]
	}
	for _, name := range []string{"SUMSUB_BASE_URL", "SUMSUB_APP_TOKEN", "SUMSUB_SECRET_KEY", "SUMSUB_LEVEL_NAME", "SUMSUB_WEBHOOK_SECRETS", "PERSONA_BASE_URL", "PERSONA_API_KEY", "PERSONA_TEMPLATE_ID", "PERSONA_WEBHOOK_SECRETS", "BIVE_BASE_URL", "BIVE_API_KEY", "BIVE_WEBHOOK_SECRETS"} {
		if vars[name] == "" {
			t.Errorf("no %s in:\n%s", name, c.out)
		}
	}
	for _, name := range []string{"SUMSUB_BASE_URL", "PERSONA_BASE_URL", "BIVE_BASE_URL"} {
		res, err := http.Get(vars[name] + "/_sandbox/ledger")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, want 200", name, res.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	c.stop()
	if code := c.wait(t); code != 0 {
		t.Errorf("told to stop: exit %d, want 0", code)
	}
}

func TestKeysetsAreNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	args := []string{"keyset", "new", "--private", filepath.Join(dir, "private.json"), "--public", filepath.Join(dir, "public.json")}
	if code, _, complaints := bonafide(t, nil, args...); code != 0 {
		t.Fatalf("exit %d, want 0: %s", code, complaints)
	}
	before, err := os.ReadFile(filepath.Join(dir, "private.json"))
	if err != nil {
		t.Fatal(err)
	}
	if code, _, complaints := bonafide(t, nil, args...); code == 0 {
		t.Errorf("a second time: exit 0, want a refusal: %s", complaints)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "private.json")); string(after) != string(before) {
		t.Error("the private keyset was replaced")
	}
}
