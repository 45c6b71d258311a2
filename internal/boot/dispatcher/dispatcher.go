// Package dispatcher puts the dispatcher service together.
package dispatcher

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/dispatch"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/providers"
)

// Config is what a dispatcher reads from the environment, besides the vendors' settings. It holds vendors' API keys and
// the private half of the keyset: it alone sees persons, in memory.
type Config struct {
	boot.Common
	KeysetFile    string        `env:"KEYSET_FILE"`
	BlobURL       string        `env:"BLOB_URL"`
	PublicURL     string        `env:"PUBLIC_URL"` // of ingest, as vendors reach it; without it webhooks do not come and checks are polled
	PollInterval  time.Duration `env:"POLL_INTERVAL"`
	Providers     []string      `env:"PROVIDERS"`
	AllowInsecure bool          `env:"ALLOW_INSECURE"`
}

// Validate returns every problem, each naming its variable.
func (c Config) Validate() error {
	errs := []error{c.Common.Validate()}
	if c.KeysetFile == "" {
		errs = append(errs, errors.New("KEYSET_FILE: empty"))
	}
	if c.BlobURL == "" {
		errs = append(errs, errors.New("BLOB_URL: empty"))
	}
	if c.PollInterval < 0 {
		errs = append(errs, errors.New("POLL_INTERVAL: negative"))
	}
	return errors.Join(errs...)
}

// Parts are what a process has besides the configuration.
type Parts struct {
	Bus        *bus.Bus
	Lookuper   envconfig.Lookuper // for the vendors' settings
	Log        *slog.Logger
	Registerer prometheus.Registerer
	Tracer     *trace.Tracer   // nil: no spans
	Private    *seal.Private   // nil: read KEYSET_FILE
	Catalog    catalog.Catalog // nil: PROVIDERS, or those that have settings
}

// Service is a dispatcher with what it uses.
type Service struct {
	Opener *seal.Opener

	run     func(context.Context) error
	clients []*providers.Client
	blobs   *blob.Store
}

// Load reads the configuration of a service of its own. The error names everything that is wrong, the vendors' settings and
// the keyset's file included, before anything is connected.
func Load(ctx context.Context, l envconfig.Lookuper) (Config, error) {
	c, err := boot.Load[Config](ctx, l)
	s := &Service{}
	defer s.close()
	_, vendors := s.open(ctx, c, Parts{Lookuper: l})
	var keyset error
	if c.KeysetFile != "" {
		_, keyset = seal.ReadPrivate(c.KeysetFile)
	}
	if err := errors.Join(err, vendors, keyset); err != nil {
		return c, boot.ConfigError{Err: err}
	}
	return c, nil
}

// open opens the connections to the vendors. The error names every setting that is wrong.
func (s *Service) open(ctx context.Context, c Config, p Parts) (catalog.Catalog, error) {
	vendors := p.Catalog
	if vendors == nil {
		var err error
		if vendors, err = catalog.Named(c.Providers, func(d providers.Definition) bool { return d.Configured(p.Lookuper) }); err != nil {
			return nil, err
		}
	}
	if len(vendors) == 0 {
		return nil, errors.New("PROVIDERS: no provider is configured")
	}
	var errs []error
	for _, d := range vendors {
		client, err := d.Open(ctx, p.Lookuper, providers.Options{AllowInsecure: c.AllowInsecure})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.clients = append(s.clients, client)
	}
	return vendors, errors.Join(errs...)
}

// New returns a dispatcher that does nothing yet. It calls no vendor. The caller must Run it.
func New(ctx context.Context, c Config, p Parts) (_ *Service, err error) {
	s := &Service{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	vendors, err := s.open(ctx, c, p)
	private := p.Private
	if private == nil {
		var unread error
		private, unread = seal.ReadPrivate(c.KeysetFile)
		err = errors.Join(err, unread)
	}
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	if s.blobs, err = blob.Open(ctx, c.BlobURL); err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	s.Opener = seal.NewOpener(private, p.Bus)
	d, err := dispatch.New(dispatch.Config{Bus: p.Bus, Opener: s.Opener, Blobs: s.blobs, Providers: s.clients, PublicURL: c.PublicURL, PollInterval: c.PollInterval,
		Holder: boot.Holder(), Log: p.Log, Registerer: p.Registerer, Tracer: p.Tracer, Now: p.Bus.Now})
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	s.run = boot.After(p.Bus, bus.Layout{Shards: c.Shards, Replicas: c.NATS.Replicas, Providers: vendors.Names()}, d.Run)
	return s, nil
}

// Run creates the streams that are missing and makes calls until ctx ends; then those in flight finish.
func (s *Service) Run(ctx context.Context) error {
	defer s.close()
	return s.run(ctx)
}

func (s *Service) close() {
	for _, c := range s.clients {
		c.Close()
	}
	if s.blobs != nil {
		_ = s.blobs.Close()
	}
}
