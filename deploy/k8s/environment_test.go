package k8s_test

import (
	"context"
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	corev1 "k8s.io/api/core/v1"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
	"github.com/bonafide-id/bonafide/internal/boot/resolver"
	"github.com/bonafide-id/bonafide/providers"
)

// placeholder stands for the value of a secret.
const placeholder = "placeholder of the length that secrets have"

// environment is what the container finds, with every optional secret there.
func (m *manifests) environment(t *testing.T, c corev1.Container) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, f := range c.EnvFrom {
		if f.ConfigMapRef == nil || f.Prefix != "" {
			t.Fatalf("%s: takes variables from something that is no ConfigMap: whoever writes it could set any variable", c.Name)
		}
		data, ok := m.configs[f.ConfigMapRef.Name]
		if !ok {
			t.Fatalf("%s: no ConfigMap is named %s", c.Name, f.ConfigMapRef.Name)
		}
		maps.Copy(env, data)
	}
	for _, e := range c.Env {
		switch {
		case e.ValueFrom == nil:
			env[e.Name] = e.Value
		case e.ValueFrom.SecretKeyRef != nil:
			env[e.Name] = placeholder
		default:
			t.Fatalf("%s: %s comes from neither a value nor a secret", c.Name, e.Name)
		}
	}
	return env
}

// asked remembers which variables were looked up.
type asked struct {
	env   map[string]string
	names map[string]bool
}

func (a *asked) Lookup(name string) (string, bool) {
	a.names[name] = true
	v, ok := a.env[name]
	return v, ok
}

// others are variables that something else than our code reads.
var others = map[string]string{
	"GOMEMLIMIT":            "the Go runtime",
	"AWS_ACCESS_KEY_ID":     "the client of s3:// stores",
	"AWS_SECRET_ACCESS_KEY": "the client of s3:// stores",
}

// start reads the configuration as the binary of a part does, and fails as it would. It returns HTTP_ADDR ("" for none) and
// ADMIN_ADDR.
func start(l envconfig.Lookuper, part string) (http, admin string, err error) {
	ctx := context.Background()
	switch part {
	case "ingest":
		c, err := boot.Load[ingest.Config](ctx, l)
		if err != nil {
			return "", "", err
		}
		vendors, err := catalog.Named(c.Providers, catalog.Meant(l))
		for _, d := range vendors {
			if err == nil {
				_, err = d.OpenWebhook(ctx, l)
			}
		}
		return c.HTTPAddr, c.AdminAddr, err
	case "dispatcher":
		c, err := boot.Load[dispatcher.Config](ctx, l)
		if err != nil {
			return "", "", err
		}
		vendors, err := catalog.Named(c.Providers, func(d providers.Definition) bool { return d.Configured(l) })
		for _, d := range vendors {
			if err == nil {
				var client *providers.Client
				if client, err = d.Open(ctx, l, providers.Options{AllowInsecure: c.AllowInsecure}); err == nil {
					client.Close()
				}
			}
		}
		return "", c.AdminAddr, err
	case "resolver":
		c, err := boot.Load[resolver.Config](ctx, l)
		return "", c.AdminAddr, err
	}
	_, err = boot.Load[boot.Common](ctx, l)
	return "", "", err
}

func TestBinariesStartWithTheirVariablesAndReadEveryOne(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range parts {
			c := m.workload(t, part).container(t)
			env := m.environment(t, c)
			l := &asked{env: env, names: map[string]bool{}}
			http, admin, err := start(l, part)
			if err != nil {
				t.Errorf("%s would not start: %v", part, err)
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(env)) {
				if !l.names[name] && others[name] == "" {
					t.Errorf("%s: nobody reads %s", part, name)
				}
			}
			if part == "streams" {
				continue
			}
			got := map[string]int{}
			for _, p := range c.Ports {
				got[p.Name] = int(p.ContainerPort)
			}
			want := map[string]int{"admin": portOf(t, admin)}
			if http != "" {
				want["http"] = portOf(t, http)
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s: got ports %v, want those that it listens on, %v", part, got, want)
			}
		}
	})
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A vendor without lines in the manifests could not run in a cluster.
func TestEveryVendorCanBeGivenItsKeysAndItsWebhookSecrets(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		names := slices.Sorted(slices.Values(catalog.All().Names()))
		for part, open := range map[string]func(providers.Definition, envconfig.Lookuper) error{
			"dispatcher": func(d providers.Definition, l envconfig.Lookuper) error {
				client, err := d.Open(context.Background(), l, providers.Options{})
				if err == nil {
					client.Close()
				}
				return err
			},
			"ingest": func(d providers.Definition, l envconfig.Lookuper) error {
				if !d.HasWebhook() {
					return nil
				}
				_, err := d.OpenWebhook(context.Background(), l)
				return err
			},
		} {
			env := m.environment(t, m.workload(t, part).container(t))
			for _, d := range catalog.All() {
				if err := open(d, envconfig.MapLookuper(env)); err != nil {
					t.Errorf("%s cannot be given what %s needs: %v", part, d.Spec.Name, err)
				}
			}
			if got := slices.Sorted(slices.Values(strings.Split(env["PROVIDERS"], ","))); !slices.Equal(got, names) {
				t.Errorf("%s: PROVIDERS: got %v, want %v", part, got, names)
			}
		}
	})
}

func TestPathsInVariablesAreMounted(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range parts {
			w := m.workload(t, part)
			for name, value := range m.environment(t, w.container(t)) {
				file := strings.TrimPrefix(value, "file://")
				if !strings.HasPrefix(file, "/") {
					continue
				}
				v, readOnly := w.mounted(t, file)
				if v == nil {
					t.Errorf("%s: %s: nothing is mounted at %s", part, name, file)
					continue
				}
				if writes := strings.HasPrefix(value, "file://") || name == "INDEX_DIR"; writes == readOnly {
					t.Errorf("%s: %s: %s is read-only: %v, want %v", part, name, file, readOnly, !writes)
				}
				var items []corev1.KeyToPath
				if v.Secret != nil {
					items = v.Secret.Items
				} else if v.ConfigMap != nil {
					items = v.ConfigMap.Items
				}
				if items != nil && !slices.ContainsFunc(items, func(i corev1.KeyToPath) bool { return i.Path == path.Base(file) }) {
					t.Errorf("%s: %s: volume %s has no file %s", part, name, v.Name, path.Base(file))
				}
			}
		}
	})
}

// mounted returns the volume that holds a file and whether it is mounted read-only.
func (w workload) mounted(t *testing.T, file string) (*corev1.Volume, bool) {
	t.Helper()
	for _, mount := range w.container(t).VolumeMounts {
		if file != mount.MountPath && !strings.HasPrefix(file, mount.MountPath+"/") {
			continue
		}
		for i, v := range w.pod.Spec.Volumes {
			if v.Name == mount.Name {
				return &w.pod.Spec.Volumes[i], mount.ReadOnly
			}
		}
	}
	return nil, false
}
