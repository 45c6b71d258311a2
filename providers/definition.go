package providers

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers/internal/vendorhttp"
)

// Definition is all there is to know about a vendor before it has credentials. It is a value: make it once with Define.
type Definition struct {
	Spec Spec
	Read ReadFunc // cannot panic: a reply that nobody foresaw is an error of class Malformed

	variables        []Variable
	webhookVariables []Variable
	open             func(ctx context.Context, l envconfig.Lookuper, insecure bool, h *http.Client) (Provider, error)
	webhook          func(ctx context.Context, l envconfig.Lookuper) (Webhook, error)
}

// Options are what the process, not the vendor, decides about a connection.
type Options struct {
	Client        *http.Client // nil: one of the connection's own, with its own transport
	AllowInsecure bool         // http and local addresses may be called
}

// Option adds to a Definition.
type Option func(*Definition)

// Define describes a vendor. C holds its settings: a struct with envconfig tags relative to the vendor's prefix, which is
// its name in upper case and "_"; base URLs are of type URL, credentials of type Secret or Secrets. open must not call
// the vendor. Define panics on a Spec that cannot work, so that it is found at the first start.
func Define[C any](s Spec, read ReadFunc, open func(C, *http.Client) (Provider, error), opts ...Option) Definition {
	if err := s.check(); err != nil {
		panic("providers: " + err.Error())
	}
	if read == nil || open == nil {
		panic("providers: " + s.Name + ": Read and open are needed")
	}
	d := Definition{Spec: s, Read: guard(s.Name, read), variables: variables(reflect.TypeFor[C](), s.Prefix())}
	d.open = func(ctx context.Context, l envconfig.Lookuper, insecure bool, h *http.Client) (Provider, error) {
		c, err := load[C](ctx, l, s.Prefix(), insecure)
		if err != nil {
			return nil, err
		}
		return open(c, h)
	}
	for _, opt := range opts {
		opt(&d)
	}
	return d
}

// WithWebhook says how the vendor's webhooks are authenticated. C holds only what that needs, because it runs in ingest,
// which has no API keys.
func WithWebhook[C any](open func(C) (Webhook, error)) Option {
	return func(d *Definition) {
		prefix := d.Spec.Prefix()
		d.webhookVariables = variables(reflect.TypeFor[C](), prefix)
		d.webhook = func(ctx context.Context, l envconfig.Lookuper) (Webhook, error) {
			c, err := load[C](ctx, l, prefix, true)
			if err != nil {
				return nil, err
			}
			return open(c)
		}
	}
}

// Open returns a connection with the credentials in l. It does not call the vendor. The error names every variable that
// is wrong and repeats no value; its class is Invalid.
func (d Definition) Open(ctx context.Context, l envconfig.Lookuper, o Options) (*Client, error) {
	h := o.Client
	if h == nil {
		h = &http.Client{Transport: vendorhttp.NewTransport(d.Spec.Concurrency)}
	}
	h = withGate(h)
	p, err := d.open(ctx, l, o.AllowInsecure, h)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "open "+d.Spec.Name, err)
	}
	if d.Spec.Rate, err = rateOf(d.Spec, l); err != nil {
		return nil, fault.Wrap(fault.Invalid, "open "+d.Spec.Name, err)
	}
	c := newClient(d, p, h, o.Client == nil)
	if c.CanLink() != d.Spec.Pages {
		return nil, fault.New(fault.Unknown, "open "+d.Spec.Name, "its Spec says Pages and it is no Linker, or the reverse")
	}
	if c.CanConclude() != d.Spec.Concludes {
		return nil, fault.New(fault.Unknown, "open "+d.Spec.Name, "its Spec says Concludes and it is no Concluder, or the reverse")
	}
	return c, nil
}

// OpenWebhook returns what authenticates the vendor's webhooks, or nil and no error when the vendor sends none.
func (d Definition) OpenWebhook(ctx context.Context, l envconfig.Lookuper) (Webhook, error) {
	if d.webhook == nil {
		return nil, nil
	}
	w, err := d.webhook(ctx, l)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "open webhook of "+d.Spec.Name, err)
	}
	return w, nil
}

// HasWebhook says whether the vendor sends webhooks.
func (d Definition) HasWebhook() bool { return d.webhook != nil }

// Configured says that l holds at least one of the settings of Open, or that there are none: the vendor is meant to run.
// Whether they suffice is what Open says.
func (d Definition) Configured(l envconfig.Lookuper) bool { return configured(d.variables, l) }

// WebhookConfigured says the same of OpenWebhook. It is false for a vendor without webhooks.
func (d Definition) WebhookConfigured(l envconfig.Lookuper) bool {
	return d.webhook != nil && configured(d.webhookVariables, l)
}

func configured(vs []Variable, l envconfig.Lookuper) bool {
	for _, v := range vs {
		if _, ok := l.Lookup(v.Name); ok {
			return true
		}
	}
	return len(vs) == 0
}

// Variables lists the settings of Open and of OpenWebhook, each name once.
func (d Definition) Variables() []Variable {
	seen := map[string]bool{}
	var all []Variable
	for _, v := range append(append([]Variable(nil), d.variables...), d.webhookVariables...) {
		if !seen[v.Name] {
			seen[v.Name] = true
			all = append(all, v)
		}
	}
	return all
}

// Prefix is what the names of the vendor's variables begin with: "BIVE_".
func (s Spec) Prefix() string { return strings.ToUpper(s.Name) + "_" }

var token = regexp.MustCompile(`^[a-z][a-z0-9]{1,31}$`)

// check says why a Spec cannot work.
func (s Spec) check() error {
	switch {
	case !token.MatchString(s.Name):
		return fmt.Errorf("name %q is not a token of lower case letters and digits", s.Name)
	case s.Title == "", s.Mapping == "":
		return fmt.Errorf("%s: Title and Mapping are needed", s.Name)
	case len(s.Components) == 0 || len(s.Subjects) == 0:
		return fmt.Errorf("%s: Components and Subjects are needed", s.Name)
	case s.Timeout <= 0 || s.Concurrency <= 0:
		return fmt.Errorf("%s: Timeout and Concurrency must be positive", s.Name)
	case s.Rate.Calls < 0 || s.Rate.Calls > 0 && s.Rate.Per <= 0:
		return fmt.Errorf("%s: Rate is calls per a positive window", s.Name)
	}
	return nil
}

// guard makes a ReadFunc that cannot panic.
func guard(name string, read ReadFunc) ReadFunc {
	return func(r Reply) (o Outcome, err error) {
		defer func() {
			if recover() != nil { // what was thrown may quote the reply
				o, err = Outcome{}, fault.New(fault.Malformed, name+".read", "the reply broke the reader")
			}
		}()
		return read(r)
	}
}
