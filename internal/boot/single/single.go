// Package single runs everything in one process: an embedded broker, the three services, and, if wanted, vendor
// sandboxes. It is the same code that runs apart in a cluster; only the replicas differ.
package single

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
	"github.com/bonafide-id/bonafide/internal/boot/resolver"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/httpserver"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// Config says how the process is put together. Dir, HTTPAddr and Lookuper are required.
type Config struct {
	Dir        string // broker, blobs, keyset and other keys lie here
	HTTPAddr   string
	NATSAddr   string // of the embedded broker, loopback; "" does not listen
	AdminAddr  string // "" has no admin port
	Shards     int    // 0: SHARDS, or 4
	SyncAlways bool
	InProcess  bool // connect to the broker without the network
	Sandboxes  bool
	Unsigned   bool    // decisions are not signed, unless SIGNING_KEY_FILE says with what
	Speed      float64 // of the sandboxes' time; 0 is 1
	Lookuper   envconfig.Lookuper
	Log        *slog.Logger

	Clock   func(service string) time.Time // of the machine that a service is on; nil: this one's
	Catalog catalog.Catalog                // nil: as PROVIDERS and the settings say; with Sandboxes those that have one
	Flows   func(*flow.Set) error          // nil: nothing to add
}

// System is a whole Bonafide in this process.
type System struct {
	Key      string // an API key of tenant default with every scope
	Registry *prometheus.Registry

	shards     int
	broker     *bus.Server
	buses      []*bus.Bus
	ingest     *ingest.Service
	dispatcher *dispatcher.Service
	resolver   *resolver.Service
	admin      *httpserver.Server
	sandboxes  *Sandboxes
	tracer     *trace.Tracer
}

// Start puts everything together and binds all addresses. The caller must Run the System, or Close it.
func Start(ctx context.Context, c Config) (_ *System, err error) {
	s := &System{Registry: boot.Registry()}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	private, err := keyset(filepath.Join(c.Dir, "keyset.json"))
	if err != nil {
		return nil, err
	}
	if s.Key, err = apiKey(c); err != nil {
		return nil, err
	}
	s.broker, err = bus.Embed(bus.EmbedConfig{Dir: filepath.Join(c.Dir, "nats"), Addr: c.NATSAddr, InProcess: c.InProcess, SyncAlways: c.SyncAlways, Log: c.Log})
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	recognition, err := secret(filepath.Join(c.Dir, "recognition-key"))
	if err != nil {
		return nil, boot.ConfigError{Err: fmt.Errorf("recognition key: %w", err)}
	}
	vendors := c.Catalog
	l := envconfig.MultiLookuper(given(c, s.Key), c.Lookuper, defaults(c, recognition))
	if c.Sandboxes {
		l = envconfig.MultiLookuper(credentials(), l)
		if vendors == nil {
			vendors = sandboxed()
		}
	}
	if vendors == nil {
		if vendors, err = catalog.Named(named(l), catalog.Meant(l)); err != nil {
			return nil, boot.ConfigError{Err: err}
		}
		if len(vendors) == 0 {
			return nil, boot.ConfigError{Err: errors.New("PROVIDERS: no vendor is configured; set a vendor's variables or use --sandbox")}
		}
	}
	if err := signingKey(c, l); err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	if err := s.wire(ctx, c, l, vendors, private); err != nil {
		return nil, err
	}
	return s, nil
}

// named returns the names in PROVIDERS.
func named(l envconfig.Lookuper) []string {
	list, _ := l.Lookup("PROVIDERS")
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// wire makes the services, ingest first: the sandboxes must know where webhooks go, the dispatcher where they are.
func (s *System) wire(ctx context.Context, c Config, l envconfig.Lookuper, vendors catalog.Catalog, private *seal.Private) error {
	connect := func(name string) (*bus.Bus, error) {
		at := s.broker.Config()
		if c.Clock != nil {
			at.Clock = func() time.Time { return c.Clock(name) }
		}
		b, err := bus.Connect(ctx, at, name)
		if err == nil {
			s.buses = append(s.buses, b)
		}
		return b, err
	}
	in, err := connect("ingest")
	if err != nil {
		return err
	}
	ic, err := boot.Load[ingest.Config](ctx, l)
	if err != nil {
		return err
	}
	if s.tracer, err = trace.Open(ic.Traces, "bonafide", c.Log, s.Registry); err != nil {
		return err
	}
	s.ingest, err = ingest.New(ctx, ic, ingest.Parts{Bus: in, Lookuper: l, Log: c.Log, Registerer: s.Registry, Tracer: s.tracer, Public: private.Public(),
		Opener: seal.NewOpener(private, in), Catalog: vendors, Flows: c.Flows})
	if err != nil {
		return err
	}
	l = envconfig.MultiLookuper(l, envconfig.MapLookuper(map[string]string{"PUBLIC_URL": s.URL()}))
	if c.Sandboxes {
		if s.sandboxes, err = StartSandboxes(SandboxConfig{Speed: c.Speed, WebhookURL: s.URL(), Log: c.Log}); err != nil {
			return err
		}
		l = envconfig.MultiLookuper(s.sandboxes.lookuper(), l)
	}
	out, err := connect("dispatcher")
	if err != nil {
		return err
	}
	dc, err := boot.Load[dispatcher.Config](ctx, l)
	if err != nil {
		return err
	}
	s.dispatcher, err = dispatcher.New(ctx, dc, dispatcher.Parts{Bus: out, Lookuper: l, Log: c.Log, Registerer: s.Registry, Tracer: s.tracer, Private: private, Catalog: vendors})
	if err != nil {
		return err
	}
	core, err := connect("resolver")
	if err != nil {
		return err
	}
	rc, err := boot.Load[resolver.Config](ctx, l)
	if err != nil {
		return err
	}
	s.shards = rc.Shards
	if s.resolver, err = resolver.New(rc, core, s.Registry, c.Log, s.tracer); err != nil {
		return err
	}
	if c.AdminAddr != "" {
		s.admin, err = boot.Admin(ctx, c.AdminAddr, s.Registry, c.Log, httpserver.Check{Name: "system", Do: s.Ready})
	}
	return err
}

// URL returns where the API is.
func (s *System) URL() string { return "http://" + s.ingest.Addr() }

// NATS returns where the broker is, or "".
func (s *System) NATS() string { return s.broker.URL() }

// Broker returns how to connect to the broker.
func (s *System) Broker() bus.Config { return s.broker.Config() }

// Sandboxes returns the vendor sandboxes, or nil.
func (s *System) Sandboxes() *Sandboxes { return s.sandboxes }

// Ready returns nil when requests can be accepted and will be decided.
func (s *System) Ready(ctx context.Context) error {
	if err := s.ingest.Ready(ctx); err != nil {
		return err
	}
	if err := s.resolver.Ready(); err != nil {
		return err
	}
	if n := s.resolver.Owned(); n < s.shards { // nobody else is here to own the others
		return fmt.Errorf("%d of %d shards are owned", n, s.shards)
	}
	return nil
}

// Run runs everything until ctx ends or a part fails, then stops in order: the doors first, the broker last.
func (s *System) Run(ctx context.Context) error {
	defer s.Close()
	runs := []func(context.Context) error{s.ingest.Run, s.dispatcher.Run, s.resolver.Run}
	if s.admin != nil {
		runs = append(runs, s.admin.Run)
	}
	return boot.Together(ctx, runs...)
}

// Close ends what Run would end. It is safe to call it again.
func (s *System) Close() {
	if s.sandboxes != nil {
		s.sandboxes.Close()
	}
	for _, b := range s.buses {
		boot.Close(b)
	}
	s.buses = nil
	s.tracer.Close()
	s.tracer = nil
	if s.broker != nil {
		s.broker.Close()
		s.broker = nil
	}
}

// keyset reads the keyset, or makes one the first time.
func keyset(path string) (*seal.Private, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		k, err := seal.Generate(rand.Reader)
		if err == nil {
			err = k.WritePrivate(path)
		}
		if err != nil {
			return nil, boot.ConfigError{Err: err}
		}
	}
	k, err := seal.ReadPrivate(path)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	return k, nil
}

// apiKey returns BONAFIDE_API_KEY, or the key that lies in the directory, or makes one the first time.
func apiKey(c Config) (string, error) {
	if key, ok := c.Lookuper.Lookup("BONAFIDE_API_KEY"); ok {
		if key == "" {
			return "", boot.ConfigError{Err: errors.New("BONAFIDE_API_KEY: empty")}
		}
		return key, nil
	}
	key, err := secret(filepath.Join(c.Dir, "api-key"))
	if err != nil {
		return "", boot.ConfigError{Err: fmt.Errorf("API key: %w", err)}
	}
	return key, nil
}

// secret returns the secret in a file, or makes one the first time.
func secret(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(b) > 0 {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var r [24]byte
	rand.Read(r[:])
	s := "bfk_" + hex.EncodeToString(r[:])
	return s, os.WriteFile(path, []byte(s+"\n"), 0o600)
}

// given is what the configuration of a single process decides itself.
func given(c Config, key string) envconfig.Lookuper {
	m := map[string]string{"HTTP_ADDR": c.HTTPAddr, "ADMIN_ADDR": c.AdminAddr, "BONAFIDE_API_KEY": key,
		"KEYSET_FILE": filepath.Join(c.Dir, "keyset.json"), "ALLOW_INSECURE": "true", "NATS_REPLICAS": "1",
		"INDEX_DIR": filepath.Join(c.Dir, "index")}
	if c.Shards > 0 {
		m["SHARDS"] = fmt.Sprint(c.Shards)
	}
	return envconfig.MapLookuper(m)
}

// defaults is what the environment may overrule.
func defaults(c Config, recognition string) envconfig.Lookuper {
	dir, err := filepath.Abs(filepath.Join(c.Dir, "blobs"))
	if err != nil {
		dir = filepath.Join(c.Dir, "blobs")
	}
	m := map[string]string{"SHARDS": "4", "BLOB_URL": "file://" + filepath.ToSlash(dir), "RECOGNITION_KEY": recognition}
	if !c.Unsigned {
		m["SIGNING_KEY_FILE"], m["SIGNING_KEYS_FILE"] = signingFiles(c.Dir)
	}
	return envconfig.MapLookuper(m)
}
