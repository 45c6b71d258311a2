package k8s_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats-server/v2/server"
	"sigs.k8s.io/yaml"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// values is what we read of the chart's values.
type values struct {
	Config struct {
		Cluster struct {
			Enabled  bool
			Replicas int
			TLS      struct{ Enabled bool }
		}
		JetStream struct {
			Enabled   bool
			FileStore struct {
				PVC     struct{ Size string }
				MaxSize string
			}
			MemoryStore struct{ Enabled bool }
			Merge       map[string]any
		}
		NATS struct {
			TLS struct {
				Enabled bool
				Merge   map[string]any
			}
		}
		Merge map[string]any
	}
	Container struct {
		Image struct{ Tag string }
		Env   map[string]any
	}
}

func readValues(t *testing.T) values {
	t.Helper()
	text, err := os.ReadFile("nats/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatal(err)
	}
	var v values
	if err := json.Unmarshal(asJSON, &v, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	return v
}

// broker is a server with the configuration that the chart would make of our values, alone and on loopback.
type broker struct {
	dir    string
	url    string
	denied *refusals
}

func startBroker(t *testing.T) *broker {
	t.Helper()
	v := readValues(t)
	b := &broker{dir: t.TempDir(), denied: &refusals{}}
	authority(t, b.dir, "server", "ingest", "dispatcher", "resolver", "streams", "dlq", "upstream", "downstream")
	t.Setenv("SERVER_TAGS", `"node:n1"`)
	t.Setenv("JETSTREAM_KEY", strings.Repeat("5a", 32))
	tls := map[string]any{"cert_file": b.file("server.crt"), "key_file": b.file("server.key"), "ca_file": b.file("ca.crt")}
	for k, x := range v.Config.NATS.TLS.Merge {
		tls[k] = x
	}
	store := map[string]any{"store_dir": b.file("store"), "max_file_store": 1 << 30, "max_memory_store": 0}
	for k, x := range v.Config.JetStream.Merge {
		store[k] = x
	}
	whole := map[string]any{"host": "127.0.0.1", "port": -1, "server_name": "nats-0", "tls": tls, "jetstream": store}
	for k, x := range v.Config.Merge {
		whole[k] = x
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	conf := regexp.MustCompile(`"<<\s+(.*?)\s+>>"`).ReplaceAll(text, []byte("$1")) // the chart's rule for what has no quotes
	if err := os.WriteFile(b.file("nats.conf"), conf, 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := server.ProcessConfigFile(b.file("nats.conf"))
	if err != nil {
		t.Fatalf("the broker refuses the values: %v", err)
	}
	opts.NoSigs = true
	ns, err := server.NewServer(opts)
	if err != nil {
		t.Fatalf("the broker refuses the values: %v", err)
	}
	ns.SetLoggerV2(b.denied, false, false, false)
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not take connections")
	}
	b.url = "tls://" + ns.Addr().String()
	return b
}

func (b *broker) file(name string) string { return filepath.Join(b.dir, name) }

// config is how a service connects with its certificate.
func (b *broker) config(user string) bus.Config {
	return bus.Config{URL: b.url, TLSCA: b.file("ca.crt"), TLSCert: b.file(user + ".crt"), TLSKey: b.file(user + ".key"), Replicas: 1,
		InboxPrefix: "_INBOX_" + user, SyncAlways: true}
}

// refusals remembers what the broker has refused its users.
type refusals struct {
	mu  sync.Mutex
	all []string
}

func (r *refusals) Errorf(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if strings.Contains(line, "Violation") || strings.Contains(line, "uthorization") {
		r.mu.Lock()
		r.all = append(r.all, line)
		r.mu.Unlock()
	}
}

func (r *refusals) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

func (*refusals) Noticef(string, ...any)  {}
func (*refusals) Warnf(string, ...any)    {}
func (*refusals) Fatalf(string, ...any)   {}
func (r *refusals) Debugf(string, ...any) {}
func (r *refusals) Tracef(string, ...any) {}

// authority writes ca.crt, and a certificate and key for every name, as cert-manager would.
func authority(t *testing.T, dir string, names ...string) {
	t.Helper()
	caKey := newKey(t)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	sign := func(file string, c *x509.Certificate, key *ecdsa.PrivateKey) {
		der, err := x509.CreateCertificate(rand.Reader, c, ca, &key.PublicKey, caKey)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, filepath.Join(dir, file+".crt"), "CERTIFICATE", der)
	}
	sign("ca", ca, caKey)
	for i, name := range names {
		key := newKey(t)
		c := &x509.Certificate{SerialNumber: big.NewInt(int64(i) + 2), DNSNames: []string{name + ".bonafide"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
		if name == "server" {
			c.IPAddresses, c.ExtKeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		}
		sign(name, c, key)
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, filepath.Join(dir, name+".key"), "EC PRIVATE KEY", der)
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
