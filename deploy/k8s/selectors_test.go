package k8s_test

import (
	"slices"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// selected returns the workloads whose pods a selector takes.
func (m *manifests) selected(t *testing.T, s *metav1.LabelSelector) []string {
	t.Helper()
	sel, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range m.workloads {
		if sel.Matches(labels.Set(w.pod.Labels)) {
			names = append(names, w.name)
		}
	}
	return names
}

func TestSelectorsTakeTheirOwnPodsOnly(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		want := func(what string, got []string, name string) {
			t.Helper()
			if !slices.Equal(got, []string{name}) {
				t.Errorf("%s: selects the pods of %v, want %s only", what, got, name)
			}
		}
		for _, w := range m.workloads {
			if w.selector != nil {
				want(w.kind+" "+w.name, m.selected(t, w.selector), w.name)
			}
			for _, c := range w.pod.Spec.TopologySpreadConstraints {
				want("spread of "+w.name, m.selected(t, c.LabelSelector), w.name)
			}
		}
		budgets := 0
		for _, o := range m.all {
			switch o := o.(type) {
			case *corev1.Service:
				want("Service "+o.Name, m.selected(t, &metav1.LabelSelector{MatchLabels: o.Spec.Selector}), o.Name)
				for _, p := range o.Spec.Ports {
					if !hasPort(m.workload(t, o.Name).container(t), p.TargetPort.StrVal) {
						t.Errorf("Service %s: no port of its pods is named %q", o.Name, p.TargetPort.StrVal)
					}
				}
			case *policyv1.PodDisruptionBudget:
				budgets++
				want("PodDisruptionBudget "+o.Name, m.selected(t, o.Spec.Selector), o.Name)
				if n := o.Spec.MaxUnavailable; n == nil || n.IntValue() != 1 || o.Spec.MinAvailable != nil {
					t.Errorf("PodDisruptionBudget %s: got %v unavailable, want 1", o.Name, n)
				}
			}
		}
		if budgets != len(services) {
			t.Errorf("got %d disruption budgets, want one for each of %v", budgets, services)
		}
	})
}

func hasPort(c corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
}

// Two that decide how many replicas there are would quarrel.
func TestReplicasBelongToTheAutoscalerOrToTheManifest(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		scaled := map[string]bool{}
		for _, o := range m.all {
			if h, ok := o.(*autoscalingv2.HorizontalPodAutoscaler); ok {
				ref := h.Spec.ScaleTargetRef
				w := m.workload(t, ref.Name)
				if w.kind != ref.Kind {
					t.Errorf("autoscaler %s: scales %s %s, which is a %s", h.Name, ref.Kind, ref.Name, w.kind)
				}
				scaled[ref.Name] = true
			}
		}
		for _, name := range services {
			w := m.workload(t, name)
			if scaled[name] == (w.replicas != nil) {
				t.Errorf("%s: autoscaled is %v and replicas are set is %v; want one of them", name, scaled[name], w.replicas != nil)
			}
		}
		if scaled["resolver"] || *m.workload(t, "resolver").replicas != 2 {
			t.Error("resolver: want two replicas, fixed")
		}
	})
}
