package k8s_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/providers"
)

// holds is who may have which secret: the security cut. The keyset's public half is in a ConfigMap, for it is no secret.
var holds = map[string][]string{
	"ingest":     {"api-keys", "documents-ingest", "recognition", "webhook-secrets"},
	"dispatcher": {"documents-dispatcher", "keyset-private", "provider-keys"},
	"resolver":   {"signing-key"},
	"streams":    {},
}

// secrets returns the names of all secrets that a pod refers to, each once.
func (w workload) secrets() []string {
	names := map[string]bool{}
	for _, s := range w.pod.Spec.ImagePullSecrets {
		names[s.Name] = true
	}
	for _, v := range w.pod.Spec.Volumes {
		if v.Secret != nil {
			names[v.Secret.SecretName] = true
		}
	}
	for _, c := range w.pod.Spec.Containers {
		for _, f := range c.EnvFrom {
			if f.SecretRef != nil {
				names[f.SecretRef.Name] = true
			}
		}
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				names[e.ValueFrom.SecretKeyRef.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestEachServiceHoldsItsOwnSecretsAndNoOthers(t *testing.T) {
	each(t, func(t *testing.T, dir string, m *manifests) {
		for part, want := range holds {
			want = slices.Clone(want)
			if dir == "overlays/prod" || dir == traced {
				want = append(want, "broker-"+part) // who it is for the broker
			}
			slices.Sort(want)
			if got := m.workload(t, part).secrets(); !slices.Equal(got, want) {
				t.Errorf("%s: got secrets %v, want %v", part, got, want)
			}
		}
	})
}

func TestIngestHoldsThePublicHalfAndTheDispatcherThePrivateOne(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range parts {
			w := m.workload(t, part)
			file, has := m.environment(t, w.container(t))["KEYSET_FILE"]
			if want := part == "ingest" || part == "dispatcher"; has != want {
				t.Errorf("%s: has a keyset: %v, want %v", part, has, want)
			}
			if !has {
				continue
			}
			v, _ := w.mounted(t, file)
			switch {
			case v == nil:
				t.Errorf("%s: %s is not mounted", part, file)
			case part == "ingest" && (v.ConfigMap == nil || v.ConfigMap.Name != "keyset-public"):
				t.Errorf("ingest: the keyset is of volume %+v, want ConfigMap keyset-public", v.VolumeSource)
			case part == "dispatcher" && (v.Secret == nil || v.Secret.SecretName != "keyset-private"):
				t.Errorf("dispatcher: the keyset is of volume %+v, want Secret keyset-private", v.VolumeSource)
			}
		}
	})
}

func TestTheResolverSignsAndIngestServesThePublicKeys(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range parts {
			w := m.workload(t, part)
			env := m.environment(t, w.container(t))
			private, signs := env["SIGNING_KEY_FILE"]
			public, serves := env["SIGNING_KEYS_FILE"]
			if signs != (part == "resolver") || serves != (part == "ingest") {
				t.Errorf("%s: signs %v, serves public keys %v; want the resolver to sign and ingest to serve", part, signs, serves)
			}
			if v, _ := w.mounted(t, private); signs && (v == nil || v.Secret == nil) {
				t.Errorf("%s: the signing key is of volume %+v, want a Secret", part, v)
			}
			if v, _ := w.mounted(t, public); serves && (v == nil || v.ConfigMap == nil) {
				t.Errorf("%s: the public keys are of volume %+v, want a ConfigMap", part, v)
			}
		}
	})
}

// Files of secrets are for the pod's group: the service refuses a keyset that everybody may read, and the kubelet gives
// files to root.
func TestSecretFilesAreReadByTheGroupOnly(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, w := range m.workloads {
			for _, v := range w.pod.Spec.Volumes {
				if v.Secret == nil {
					continue
				}
				if mode := v.Secret.DefaultMode; mode == nil || *mode != 0o440 {
					t.Errorf("%s: volume %s: got mode %v, want 0440", w.name, v.Name, mode)
				}
				if g := w.pod.Spec.SecurityContext.FSGroup; g == nil || *g != 65532 {
					t.Errorf("%s: volume %s: got group %v of the files, want 65532", w.name, v.Name, g)
				}
			}
		}
	})
}

func TestAPIKeysOfVendorsNeverReachIngest(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range parts {
			for _, e := range m.workload(t, part).container(t).Env {
				if e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil {
					continue
				}
				ref := e.ValueFrom.SecretKeyRef
				if ref.Key != e.Name {
					t.Errorf("%s: %s is key %s of %s, want the same name", part, e.Name, ref.Key, ref.Name)
				}
				calls, hooks := usedBy(e.Name)
				if part != "dispatcher" && calls {
					t.Errorf("%s gets %s, with which the vendor is called", part, e.Name)
				}
				if ref.Name == "webhook-secrets" && !hooks || ref.Name == "provider-keys" && !calls {
					t.Errorf("%s: %s does not belong into Secret %s", part, e.Name, ref.Name)
				}
			}
		}
	})
}

// usedBy says whether a variable is one for calling a vendor, and whether it is one for its webhooks.
func usedBy(name string) (calls, hooks bool) {
	l := envconfig.MapLookuper(map[string]string{name: placeholder})
	one := func(f func(providers.Definition, envconfig.Lookuper) bool) bool {
		return slices.ContainsFunc(catalog.All(), func(d providers.Definition) bool { return len(d.Variables()) > 0 && f(d, l) })
	}
	return one(providers.Definition.Configured), one(providers.Definition.WebhookConfigured)
}
