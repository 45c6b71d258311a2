package trace

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/net/http/httpguts"
)

// Config is what the standard variables of OpenTelemetry say, as far as we heed them. The environment prefix is OTEL_. An empty
// variable is one that is not set.
type Config struct {
	Disabled   string `env:"SDK_DISABLED"`        // true: no traces, whatever else is set
	Exporter   string `env:"TRACES_EXPORTER"`     // otlp or none
	Service    string `env:"SERVICE_NAME"`        // overrules service.name in the resource
	Resource   string `env:"RESOURCE_ATTRIBUTES"` // key=value,…
	Sampler    string `env:"TRACES_SAMPLER"`
	SamplerArg string `env:"TRACES_SAMPLER_ARG"`
	All        OTLP   `env:", prefix=EXPORTER_OTLP_"`        // of every signal
	Traces     OTLP   `env:", prefix=EXPORTER_OTLP_TRACES_"` // of traces, which overrules
	Batch      Batch  `env:", prefix=BSP_"`
}

// OTLP says where spans are sent and how.
type OTLP struct {
	Endpoint          string `env:"ENDPOINT"`
	Protocol          string `env:"PROTOCOL"`
	Headers           string `env:"HEADERS"`
	Timeout           string `env:"TIMEOUT"` // milliseconds
	Compression       string `env:"COMPRESSION"`
	Certificate       string `env:"CERTIFICATE"` // paths of PEM files
	ClientCertificate string `env:"CLIENT_CERTIFICATE"`
	ClientKey         string `env:"CLIENT_KEY"`
}

// Batch bounds the spans that wait to be sent. What finds the queue full is dropped.
type Batch struct {
	Delay   string `env:"SCHEDULE_DELAY"` // milliseconds
	Timeout string `env:"EXPORT_TIMEOUT"` // milliseconds
	Queue   string `env:"MAX_QUEUE_SIZE"`
	Size    string `env:"MAX_EXPORT_BATCH_SIZE"`
}

// On says whether spans are made: a collector is named, or OTLP is asked for and the collector is where the standard says.
func (c Config) On() bool {
	if strings.EqualFold(c.Disabled, "true") || c.Exporter == "none" {
		return false
	}
	return c.Exporter == "otlp" || c.All.Endpoint != "" || c.Traces.Endpoint != ""
}

// Validate returns every problem, each naming its variable and none its value where that may be a secret. Where spans are not made
// nothing but the switches is looked at: others may have set the rest for all programs of a machine.
func (c Config) Validate() error {
	var errs []error
	if c.Disabled != "" && !strings.EqualFold(c.Disabled, "true") && !strings.EqualFold(c.Disabled, "false") {
		errs = append(errs, fmt.Errorf("OTEL_SDK_DISABLED: %q is neither true nor false", c.Disabled))
	}
	if c.Exporter != "" && c.Exporter != "otlp" && c.Exporter != "none" {
		errs = append(errs, fmt.Errorf("OTEL_TRACES_EXPORTER: %q is neither otlp nor none", c.Exporter))
	}
	if c.On() {
		_, err := c.settings()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// settings are what a Config says, understood.
type settings struct {
	endpoint   string // complete
	headers    map[string]string
	gzip       bool
	timeout    time.Duration
	tls        *tls.Config // nil: as the system says
	sampler    sdk.Sampler
	attributes []attribute.KeyValue
	batch      []sdk.BatchSpanProcessorOption
}

// settings understands the variables. The error names all that are wrong.
func (c Config) settings() (s settings, err error) {
	var errs []error
	check := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("OTEL_%s: %w", name, err))
		}
	}
	// of returns what a variable says, and its name: that of traces overrules.
	of := func(name string, of func(OTLP) string) (value, from string) {
		if v := of(c.Traces); v != "" {
			return v, "EXPORTER_OTLP_TRACES_" + name
		}
		return of(c.All), "EXPORTER_OTLP_" + name
	}
	s.endpoint, err = endpoint(c)
	if at, name := of("ENDPOINT", func(o OTLP) string { return o.Endpoint }); at != "" {
		check(name, err)
	}
	if v, name := of("PROTOCOL", func(o OTLP) string { return o.Protocol }); v != "" && v != "http/protobuf" {
		check(name, fmt.Errorf("%q is not http/protobuf, which is what is spoken here", v))
	}
	v, name := of("HEADERS", func(o OTLP) string { return o.Headers })
	s.headers, err = headers(v)
	check(name, err)
	if v, name = of("COMPRESSION", func(o OTLP) string { return o.Compression }); v != "" && v != "gzip" && v != "none" {
		check(name, fmt.Errorf("%q is neither gzip nor none", v))
	}
	s.gzip = v == "gzip"
	v, name = of("TIMEOUT", func(o OTLP) string { return o.Timeout })
	s.timeout, err = milliseconds(v, 10*time.Second)
	check(name, err)
	s.sampler, err = c.sampler()
	errs = append(errs, err)
	s.attributes, err = attributes(c.Resource)
	check("RESOURCE_ATTRIBUTES", err)

	v, name = of("CERTIFICATE", func(o OTLP) string { return o.Certificate })
	roots, err := authorities(v)
	check(name, err)
	cert, certName := of("CLIENT_CERTIFICATE", func(o OTLP) string { return o.ClientCertificate })
	key, keyName := of("CLIENT_KEY", func(o OTLP) string { return o.ClientKey })
	own, err := identity(cert, key)
	check(certName+", OTEL_"+keyName, err)
	if v != "" && strings.HasPrefix(s.endpoint, "http:") {
		check(name, errors.New("is of no use where the endpoint is http"))
	}
	if cert != "" && strings.HasPrefix(s.endpoint, "http:") {
		check(certName, errors.New("is of no use where the endpoint is http"))
	}
	if roots != nil || own != nil {
		s.tls = &tls.Config{RootCAs: roots, Certificates: own, MinVersion: tls.VersionTLS12}
	}

	delay, err := milliseconds(c.Batch.Delay, sdk.DefaultScheduleDelay*time.Millisecond)
	check("BSP_SCHEDULE_DELAY", err)
	patience, err := milliseconds(c.Batch.Timeout, sdk.DefaultExportTimeout*time.Millisecond)
	check("BSP_EXPORT_TIMEOUT", err)
	queue, err := count(c.Batch.Queue, sdk.DefaultMaxQueueSize)
	check("BSP_MAX_QUEUE_SIZE", err)
	size, err := count(c.Batch.Size, min(sdk.DefaultMaxExportBatchSize, queue))
	if err == nil && size > queue {
		err = fmt.Errorf("%d is more than the queue holds, %d", size, queue)
	}
	check("BSP_MAX_EXPORT_BATCH_SIZE", err)
	s.batch = []sdk.BatchSpanProcessorOption{sdk.WithBatchTimeout(delay), sdk.WithExportTimeout(patience), sdk.WithMaxQueueSize(queue), sdk.WithMaxExportBatchSize(size)}
	return s, errors.Join(errs...)
}

// endpoint returns where spans go. One for all signals is what their own paths are added to.
func endpoint(c Config) (string, error) {
	at, path := c.Traces.Endpoint, ""
	if at == "" {
		at, path = c.All.Endpoint, "/v1/traces"
	}
	if at == "" {
		at = "http://localhost:4318"
	}
	u, err := url.Parse(at)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "", errors.New("not an http or https URL") // its text may hold a password
	case u.User != nil:
		return "", errors.New("credentials belong into OTEL_EXPORTER_OTLP_HEADERS")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("has a query or a fragment, which would not be sent")
	}
	if u.Path = strings.TrimRight(u.Path, "/") + path; u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

// sampler returns what decides which traces are kept; nothing said, that is the caller's word, and all of our own.
func (c Config) sampler() (sdk.Sampler, error) {
	ratio := 1.0
	switch c.Sampler {
	case "", "parentbased_always_on":
		return sdk.ParentBased(sdk.AlwaysSample()), nil
	case "parentbased_always_off":
		return sdk.ParentBased(sdk.NeverSample()), nil
	case "always_on":
		return sdk.AlwaysSample(), nil
	case "always_off":
		return sdk.NeverSample(), nil
	case "traceidratio", "parentbased_traceidratio":
		if c.SamplerArg != "" {
			var err error
			if ratio, err = strconv.ParseFloat(c.SamplerArg, 64); err != nil || math.IsNaN(ratio) || ratio < 0 || ratio > 1 {
				return nil, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG: %q is no number from 0 to 1", c.SamplerArg)
			}
		}
		if c.Sampler == "traceidratio" {
			return sdk.TraceIDRatioBased(ratio), nil
		}
		return sdk.ParentBased(sdk.TraceIDRatioBased(ratio)), nil
	}
	return nil, fmt.Errorf("OTEL_TRACES_SAMPLER: %q is none of always_on, always_off, traceidratio, each also with parentbased_ before it", c.Sampler)
}

// pairs reads key=value,… with escaped values.
func pairs(list string, each func(key, value string) error) error {
	for i, pair := range strings.Split(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return fmt.Errorf("entry %d is not key=value", i+1)
		}
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if err == nil {
			err = each(key, value)
		}
		if err != nil {
			return fmt.Errorf("the value of entry %d cannot be sent", i+1) // it may be a secret
		}
	}
	return nil
}

func headers(list string) (map[string]string, error) {
	h := map[string]string{}
	return h, pairs(list, func(key, value string) error {
		if !httpguts.ValidHeaderFieldName(key) || !httpguts.ValidHeaderFieldValue(value) {
			return http.ErrNotSupported
		}
		h[key] = value
		return nil
	})
}

func attributes(list string) (all []attribute.KeyValue, err error) {
	err = pairs(list, func(key, value string) error {
		all = append(all, attribute.String(key, value))
		return nil
	})
	return all, err
}

func milliseconds(s string, otherwise time.Duration) (time.Duration, error) {
	n, err := count(s, int(otherwise/time.Millisecond))
	return time.Duration(n) * time.Millisecond, err
}

func count(s string, otherwise int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 1 {
		return otherwise, fmt.Errorf("%q is no whole number from 1", s)
	}
	return int(n), nil
}

// authorities are those that the collector is trusted by; nil: the system's.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate", file)
	}
	return pool, nil
}

// identity is what we show to the collector; nil: nothing.
func identity(cert, key string) ([]tls.Certificate, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	if cert == "" || key == "" {
		return nil, errors.New("one is of no use without the other")
	}
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return []tls.Certificate{c}, nil
}
