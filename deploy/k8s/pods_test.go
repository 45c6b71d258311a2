package k8s_test

import (
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// What the API server runs at admission, at its strictest.
func TestEveryPodIsAdmittedAtTheRestrictedLevel(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, w := range m.workloads {
			for _, r := range evaluator.EvaluatePod(level, &w.pod.ObjectMeta, &w.pod.Spec) {
				if !r.Allowed {
					t.Errorf("%s: %s: %s", w.name, r.ForbiddenReason, r.ForbiddenDetail)
				}
			}
		}
		for _, o := range m.all {
			n, ok := o.(*corev1.Namespace)
			if ok && n.Labels[api.EnforceLevelLabel] != string(api.LevelRestricted) {
				t.Errorf("namespace enforces %q, want restricted", n.Labels[api.EnforceLevelLabel])
			}
		}
	})
}

func TestEveryPodRunsAsNobodyOnAReadOnlyRootAndKnowsNoCluster(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, w := range m.workloads {
			pod, c := w.pod.Spec, w.container(t)
			if u := pod.SecurityContext.RunAsUser; u == nil || *u != 65532 {
				t.Errorf("%s: got user %v, want 65532", w.name, u)
			}
			if ro := c.SecurityContext.ReadOnlyRootFilesystem; ro == nil || !*ro {
				t.Errorf("%s: the root file system can be written", w.name)
			}
			if links := pod.EnableServiceLinks; links == nil || *links {
				t.Errorf("%s: variables of services are injected", w.name)
			}
			if token := pod.AutomountServiceAccountToken; token == nil || *token {
				t.Errorf("%s: a token of the API server is mounted", w.name)
			}
			account, ok := m.accounts[pod.ServiceAccountName]
			if !ok || pod.ServiceAccountName != w.name {
				t.Errorf("%s: got service account %q, want one of its own name", w.name, pod.ServiceAccountName)
			} else if auto := account.AutomountServiceAccountToken; auto == nil || *auto {
				t.Errorf("%s: its service account mounts tokens", w.name)
			}
			for _, v := range pod.Volumes {
				if v.HostPath != nil || v.Projected != nil {
					t.Errorf("%s: volume %s is of the host or a token", w.name, v.Name)
				}
			}
		}
	})
}

var pinned = regexp.MustCompile(`^[^:@]+(:[0-9]+\.[0-9]+\.[0-9]+[a-z0-9.-]*|@sha256:[0-9a-f]{64})$`)

func TestImagesArePinned(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, w := range m.workloads {
			if image := w.container(t).Image; !pinned.MatchString(image) {
				t.Errorf("%s: image %q is not pinned to a version or a digest", w.name, image)
			}
		}
	})
}

func TestMemoryIsGuaranteedAndTheRuntimeKnowsItsLimit(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, w := range m.workloads {
			c := w.container(t)
			request, limit := c.Resources.Requests.Memory(), c.Resources.Limits.Memory()
			if limit.IsZero() || request.Cmp(*limit) != 0 {
				t.Errorf("%s: memory: got request %v and limit %v, want the same", w.name, request, limit)
			}
			if c.Resources.Requests.Cpu().IsZero() || !c.Resources.Limits.Cpu().IsZero() {
				t.Errorf("%s: cpu: got request %v and limit %v, want a request only", w.name, c.Resources.Requests.Cpu(), c.Resources.Limits.Cpu())
			}
			if w.kind == "Job" {
				continue
			}
			soft := ""
			for _, e := range c.Env {
				if e.Name == "GOMEMLIMIT" {
					soft = e.Value
				}
			}
			q, err := resource.ParseQuantity(strings.TrimSuffix(soft, "B"))
			if err != nil || q.Value() > limit.Value()*9/10 || q.Value() < limit.Value()*7/10 {
				t.Errorf("%s: GOMEMLIMIT: got %q, want 70 to 90 %% of %v", w.name, soft, limit)
			}
		}
	})
}
