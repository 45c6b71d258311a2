// Package ingest puts the ingest service together.
package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/blob"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/flow"
	"github.com/bonafide-id/bonafide/internal/httpserver"
	"github.com/bonafide-id/bonafide/internal/index"
	"github.com/bonafide-id/bonafide/internal/ingest"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/sign"
	"github.com/bonafide-id/bonafide/internal/trace"
	"github.com/bonafide-id/bonafide/providers"
)

// Config is what ingest reads from the environment, besides the webhook settings of the vendors. It holds webhook
// secrets and the API keys of callers; it can seal and not open, and it has no vendor's API key.
type Config struct {
	boot.Common
	HTTPAddr      string           `env:"HTTP_ADDR, default=:8080"`
	KeysetFile    string           `env:"KEYSET_FILE"` // the public half is enough
	BlobURL       string           `env:"BLOB_URL"`
	FlowsDir      string           `env:"FLOWS_DIR"`
	Index         bool             `env:"INDEX, default=true"` // keep an index of verifications; without it lists, timelines and erasures are left to others
	IndexDir      string           `env:"INDEX_DIR"`           // where it lies; empty: in memory, made anew at every start
	APIKeysFile   string           `env:"API_KEYS_FILE"`
	SigningKeys   string           `env:"SIGNING_KEYS_FILE"` // public keys of decisions, to be served
	APIKey        providers.Secret `env:"BONAFIDE_API_KEY"`  // tenant default, every scope
	Recognition   providers.Secret `env:"RECOGNITION_KEY"`   // 32 bytes at least; persons of businesses are recognised by it. None: they are not
	Providers     []string         `env:"PROVIDERS"`
	AllowInsecure bool             `env:"ALLOW_INSECURE"`
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
	if c.APIKeysFile == "" && c.APIKey.IsZero() {
		errs = append(errs, errors.New("API_KEYS_FILE, BONAFIDE_API_KEY: one of them is needed, or nobody may ask for anything"))
	}
	return errors.Join(errs...)
}

// Parts are what a process has besides the configuration.
type Parts struct {
	Bus        *bus.Bus
	Lookuper   envconfig.Lookuper // for the vendors' settings
	Log        *slog.Logger
	Registerer prometheus.Registerer
	Tracer     *trace.Tracer         // nil: no spans
	Public     *seal.Public          // nil: read KEYSET_FILE
	Opener     ingest.Opener         // nil: ?include=subject is refused
	Catalog    catalog.Catalog       // nil: PROVIDERS, or those that have settings
	Flows      func(*flow.Set) error // nil: nothing to add to what is loaded
}

// Service is a running ingest.
type Service struct {
	*ingest.Service
	run    func(context.Context) error // takes requests from NATS and publishes flows
	http   *httpserver.Server
	sealer *seal.Sealer
	blobs  *blob.Store
	index  *index.Index
}

// Scopes are all scopes of an API key.
var Scopes = []string{"verifications:write", "verifications:read", "reviews:decide", "subjects:read", "admin"}

// Load reads the configuration of a service of its own. The error names everything that is wrong, webhook settings, flows
// and files included, before anything is connected.
func Load(ctx context.Context, l envconfig.Lookuper) (Config, error) {
	c, err := boot.Load[Config](ctx, l)
	errs := []error{err}
	vendors, err := catalog.Named(c.Providers, catalog.Meant(l))
	if errs = append(errs, err); err == nil {
		_, err = webhooks(ctx, vendors, l)
		errs = append(errs, err)
		if _, err = flow.Load(c.FlowsDir, vendors); err != nil {
			errs = append(errs, fmt.Errorf("FLOWS_DIR: %w", err))
		}
	}
	_, err = apiKeys(c)
	errs = append(errs, err)
	_, err = signingKeys(c)
	errs = append(errs, err)
	_, err = recogniser(c)
	errs = append(errs, err)
	if c.KeysetFile != "" {
		_, err = seal.ReadPublic(c.KeysetFile)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return c, boot.ConfigError{Err: err}
	}
	return c, nil
}

// New binds the HTTP address and returns a service that serves once it runs. Running it creates the streams that it needs
// if they are missing. The caller must Run it.
func New(ctx context.Context, c Config, p Parts) (s *Service, err error) {
	vendors := p.Catalog
	if vendors == nil {
		if vendors, err = catalog.Named(c.Providers, catalog.Meant(p.Lookuper)); err != nil {
			return nil, boot.ConfigError{Err: err}
		}
	}
	hooks, err := webhooks(ctx, vendors, p.Lookuper)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	flows, err := flow.Load(c.FlowsDir, vendors)
	if err == nil && p.Flows != nil {
		err = p.Flows(flows)
	}
	if err != nil {
		return nil, boot.ConfigError{Err: fmt.Errorf("FLOWS_DIR: %w", err)}
	}
	keys, err := apiKeys(c)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	signing, err := signingKeys(c)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	who, err := recogniser(c)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	public := p.Public
	if public == nil {
		if public, err = seal.ReadPublic(c.KeysetFile); err != nil {
			return nil, boot.ConfigError{Err: err}
		}
	}
	s = &Service{}
	if s.blobs, err = blob.Open(ctx, c.BlobURL); err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	if c.Index {
		if s.index, err = index.Open(c.IndexDir, c.Shards, p.Log); err != nil {
			_ = s.blobs.Close()
			return nil, boot.ConfigError{Err: fmt.Errorf("INDEX_DIR: %w", err)}
		}
	}
	s.sealer = seal.NewSealer(public, p.Bus, rand.Reader)
	s.Service, err = ingest.New(ingest.Config{Bus: p.Bus, Shards: c.Shards, Sealer: s.sealer, Blobs: s.blobs, Flows: flows, Keys: keys, Recogniser: who, Index: s.index, Webhooks: hooks,
		Opener: p.Opener, SigningKeys: signing, Readers: readers(vendors), Pages: pages(vendors), AllowInsecure: c.AllowInsecure, Registerer: p.Registerer, Tracer: p.Tracer, Log: p.Log, Now: p.Bus.Now})
	if err == nil {
		s.run = boot.After(p.Bus, bus.Layout{Shards: c.Shards, Replicas: c.NATS.Replicas, Providers: vendors.Names()}, s.Service.Run)
		s.http, err = httpserver.Listen(ctx, httpserver.Config{Addr: c.HTTPAddr, Handler: s.Service.Handler(), Log: p.Log})
		if err != nil {
			err = boot.ConfigError{Err: fmt.Errorf("HTTP_ADDR: %w", err)}
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// Addr returns where the API listens.
func (s *Service) Addr() string { return s.http.Addr() }

// Run serves until ctx ends: first the API stops, then the intake, then what they used.
func (s *Service) Run(ctx context.Context) error {
	defer s.close()
	return boot.Together(ctx, s.http.Run, s.run)
}

func (s *Service) close() {
	s.sealer.Close()
	_ = s.blobs.Close()
	if s.index != nil {
		_ = s.index.Close()
	}
}

// recogniser returns what recognises persons, or nil where nothing does.
func recogniser(c Config) (*ingest.Recogniser, error) {
	if c.Recognition.IsZero() {
		return nil, nil
	}
	r, err := ingest.NewRecogniser([]byte(c.Recognition.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("RECOGNITION_KEY: %w", err)
	}
	return r, nil
}

// signingKeys returns the public keys of decisions as they are served, or nil where decisions are not signed.
func signingKeys(c Config) ([]byte, error) {
	if c.SigningKeys == "" {
		return nil, nil
	}
	keys, err := sign.ReadKeys(c.SigningKeys)
	if err != nil {
		return nil, fmt.Errorf("SIGNING_KEYS_FILE: %w", err)
	}
	return keys.Marshal()
}

// pages names the vendors that make pages when asked.
func pages(vendors catalog.Catalog) (makers []string) {
	for _, d := range vendors {
		if d.Spec.Pages {
			makers = append(makers, d.Spec.Name)
		}
	}
	return makers
}

func readers(vendors catalog.Catalog) map[string]ingest.Reader {
	all := map[string]ingest.Reader{}
	for _, d := range vendors {
		all[d.Spec.Name] = ingest.Reader{Title: d.Spec.Title, Read: d.Read}
	}
	return all
}

func webhooks(ctx context.Context, vendors catalog.Catalog, l envconfig.Lookuper) (map[string]ingest.Webhook, error) {
	hooks := map[string]ingest.Webhook{}
	var errs []error
	for _, d := range vendors {
		if !d.WebhookConfigured(l) {
			continue
		}
		w, err := d.OpenWebhook(ctx, l)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		hooks[d.Spec.Name] = ingest.Webhook{Webhook: w, Unsigned: d.Spec.Unsigned}
	}
	return hooks, errors.Join(errs...)
}

func apiKeys(c Config) (*ingest.Keys, error) {
	keys := ingest.NewKeys()
	var errs []error
	if c.APIKeysFile != "" {
		if err := keys.ReadKeys(c.APIKeysFile); err != nil {
			errs = append(errs, fmt.Errorf("API_KEYS_FILE: %w", err))
		}
	}
	if !c.APIKey.IsZero() {
		if err := keys.AddKey(c.APIKey.Reveal(), "default", Scopes...); err != nil {
			errs = append(errs, fmt.Errorf("BONAFIDE_API_KEY: %w", err))
		}
	}
	return keys, errors.Join(errs...)
}
