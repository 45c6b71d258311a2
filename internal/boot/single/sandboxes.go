package single

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/sandbox"
	"github.com/bonafide-id/bonafide/sandbox/authologic"
	"github.com/bonafide-id/bonafide/sandbox/bive"
	"github.com/bonafide-id/bonafide/sandbox/opensanctions"
	"github.com/bonafide-id/bonafide/sandbox/persona"
	"github.com/bonafide-id/bonafide/sandbox/personr"
	"github.com/bonafide-id/bonafide/sandbox/sumsub"
)

// The credentials of the sandboxes. They open nothing else.
const (
	biveKey  = "bive-sandbox-key"
	listsKey = "opensanctions-sandbox-key"
)

// personaEvents are what a webhook of Persona's should be enabled for: what changes an answer, and no more.
var personaEvents = []string{
	"inquiry.created", "inquiry.started", "inquiry.completed", "inquiry.failed", "inquiry.expired", "inquiry.marked-for-review", "inquiry.approved",
	"inquiry.declined", "verification.requires-retry", "report/watchlist.ready", "report/watchlist.matched", "report/watchlist.dismissed",
	"report/politically-exposed-person.ready", "report/politically-exposed-person.matched", "report/politically-exposed-person.dismissed",
	"report/adverse-media.ready", "report/adverse-media.matched", "report/adverse-media.dismissed",
}

// SandboxConfig says how the sandboxes run.
type SandboxConfig struct {
	Addr       string  // of the first; the others follow on the next ports. "" is free ports of loopback
	Speed      float64 // of their time; 0 is 1
	WebhookURL string  // where Bonafide's API is; "" sends no webhooks for vendors that have one target
	Log        *slog.Logger
}

// A RunningSandbox is one vendor's sandbox.
type RunningSandbox struct {
	Name     string
	URL      string
	Settings map[string]string // the variables that make Bonafide use it
	server   *sandbox.Server
}

// Sandboxes are the vendor servers of one process.
type Sandboxes struct{ Running []*RunningSandbox }

// StartSandboxes starts a server for every vendor that has a sandbox.
func StartSandboxes(c SandboxConfig) (*Sandboxes, error) {
	speed := c.Speed
	if speed == 0 {
		speed = 1
	}
	base := sandbox.Config{Speed: speed, Logger: c.Log}
	hook := func(name string) string {
		if c.WebhookURL == "" {
			return ""
		}
		return c.WebhookURL + "/webhooks/" + name
	}
	all := &Sandboxes{}
	for i, v := range []struct {
		name    string
		sandbox sandbox.Sandbox
	}{
		{"sumsub", sumsub.New(sumsub.Config{Config: base, AppToken: sumsub.DefaultAppToken, SecretKey: sumsub.DefaultSecretKey, WebhookURL: hook("sumsub"), WebhookSecret: sumsub.DefaultWebhookSecret})},
		{"persona", persona.New(persona.Config{Config: base, WebhookURL: hook("persona"), WebhookInclude: true, WebhookEvents: personaEvents})},
		{"authologic", authologic.New(authologic.Config{Config: base})},
		{"personr", personr.New(personr.Config{Config: base, WebhookURL: hook("personr"), Limit: sandbox.Limit{Requests: -1}})},
		{"bive", bive.New(bive.Config{Config: base, APIKey: biveKey})},
		{"opensanctions", opensanctions.New(opensanctions.Config{Config: base, APIKey: listsKey})},
	} {
		addr, err := nth(c.Addr, i)
		if err == nil {
			var server *sandbox.Server
			if server, err = sandbox.Start(addr, v.sandbox); err == nil {
				all.Running = append(all.Running, &RunningSandbox{Name: v.name, URL: server.URL(), Settings: settings(v.name, server.URL()), server: server})
				continue
			}
		}
		v.sandbox.Close()
		all.Close()
		return nil, err
	}
	return all, nil
}

// nth returns the address of the i-th sandbox.
func nth(addr string, i int) (string, error) {
	if addr == "" {
		return "127.0.0.1:0", nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", boot.ConfigError{Err: fmt.Errorf("sandbox: %w", err)}
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", boot.ConfigError{Err: fmt.Errorf("sandbox: the port of %q is no number", addr)}
	}
	if n != 0 {
		n += i
	}
	return net.JoinHostPort(host, strconv.Itoa(n)), nil
}

// settings are the variables that make Bonafide use a sandbox.
func settings(name, url string) map[string]string {
	switch name {
	case "sumsub":
		return map[string]string{"SUMSUB_BASE_URL": url, "SUMSUB_APP_TOKEN": sumsub.DefaultAppToken, "SUMSUB_SECRET_KEY": sumsub.DefaultSecretKey,
			"SUMSUB_RATE": "0", "SUMSUB_LEVEL_NAME": "basic-kyc-level", "SUMSUB_WEBHOOK_SECRETS": sumsub.DefaultWebhookSecret}
	case "persona":
		return map[string]string{"PERSONA_RATE": "0", "PERSONA_BASE_URL": url, "PERSONA_API_KEY": persona.DefaultAPIKey,
			"PERSONA_TEMPLATE_ID": persona.DefaultTemplate, "PERSONA_WEBHOOK_SECRETS": persona.DefaultWebhookSecret}
	case "authologic":
		return map[string]string{"AUTHOLOGIC_RATE": "0", "AUTHOLOGIC_BASE_URL": url, "AUTHOLOGIC_USERNAME": authologic.DefaultUsername,
			"AUTHOLOGIC_PASSWORD": authologic.DefaultPassword, "AUTHOLOGIC_WEBHOOK_SECRETS": authologic.DefaultWebhookSecret}
	case "personr": // rated, so that one dispatcher holds the token
		return map[string]string{"PERSONR_RATE": "10000/1m", "PERSONR_BASE_URL": url, "PERSONR_EMAIL": personr.DefaultEmail, "PERSONR_PASSWORD": personr.DefaultPassword,
			"PERSONR_FLOW_NAME": personr.DefaultFlow, "PERSONR_WEBHOOK_TOKENS": personr.DefaultWebhookToken}
	case "bive":
		return map[string]string{"BIVE_RATE": "0", "BIVE_BASE_URL": url, "BIVE_API_KEY": biveKey, "BIVE_WEBHOOK_SECRETS": biveKey}
	case "opensanctions":
		return map[string]string{"OPENSANCTIONS_BASE_URL": url, "OPENSANCTIONS_API_KEY": listsKey}
	}
	return nil
}

// credentials are all sandboxes' settings but where they are.
func credentials() envconfig.Lookuper {
	m := map[string]string{}
	for _, name := range sandboxed().Names() {
		for k, v := range settings(name, "http://127.0.0.1:1") {
			m[k] = v
		}
	}
	return envconfig.MapLookuper(m)
}

// sandboxed are the vendors that have a sandbox.
func sandboxed() catalog.Catalog {
	var c catalog.Catalog
	for _, d := range catalog.All() {
		if settings(d.Spec.Name, "") != nil {
			c = append(c, d)
		}
	}
	return c
}

// lookuper gives the settings of all.
func (s *Sandboxes) lookuper() envconfig.Lookuper {
	m := map[string]string{}
	for _, r := range s.Running {
		for k, v := range r.Settings {
			m[k] = v
		}
	}
	return envconfig.MapLookuper(m)
}

// Close stops all, giving requests in flight a moment.
func (s *Sandboxes) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, r := range s.Running {
		_ = r.server.Close(ctx)
	}
}
