// Package k8s_test holds the manifests to what the binaries are: it builds base and overlays as kubectl does, decodes
// them strictly, and compares them with the code that will run in them.
package k8s_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const namespace = "bonafide"

// builds are what one can apply.
var builds = []string{"base", "overlays/dev", "overlays/prod", traced}

// traced is the build that sends traces.
const traced = "overlays/prod-traces"

// services are the long-running parts; parts are those and the job.
var (
	services = []string{"ingest", "dispatcher", "resolver"}
	parts    = append(slices.Clone(services), "streams")
)

// workload is something with a pod template.
type workload struct {
	kind, name string
	replicas   *int32
	selector   *metav1.LabelSelector // nil: the cluster makes one (jobs)
	pod        corev1.PodTemplateSpec
}

// container returns the workload's only container.
func (w workload) container(t *testing.T) corev1.Container {
	t.Helper()
	if n := len(w.pod.Spec.Containers); n != 1 || len(w.pod.Spec.InitContainers) != 0 {
		t.Fatalf("%s %s: got %d containers and %d for its start, want one and none", w.kind, w.name, n, len(w.pod.Spec.InitContainers))
	}
	return w.pod.Spec.Containers[0]
}

// manifests are the objects of one build.
type manifests struct {
	all       []runtime.Object
	workloads []workload
	configs   map[string]map[string]string // ConfigMaps
	accounts  map[string]corev1.ServiceAccount
	policies  []networkingv1.NetworkPolicy
}

func (m *manifests) workload(t *testing.T, name string) workload {
	t.Helper()
	for _, w := range m.workloads {
		if w.name == name {
			return w
		}
	}
	t.Fatalf("no workload is named %s", name)
	return workload{}
}

var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, autoscalingv2.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	return s
}()

// build makes the manifests of one directory. Fields that the API does not know and fields that stand there twice fail.
func build(t *testing.T, dir string) *manifests {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("build %s: %v", dir, err)
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	m := &manifests{configs: map[string]map[string]string{}, accounts: map[string]corev1.ServiceAccount{}}
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatalf("%s: %s: %v", dir, r.CurId(), err)
		}
		o, _, err := decoder.Decode(bytes.TrimSpace(text), nil, nil)
		if err != nil {
			t.Fatalf("%s: %s does not decode strictly: %v", dir, r.CurId(), err)
		}
		m.add(t, o)
	}
	return m
}

func (m *manifests) add(t *testing.T, o runtime.Object) {
	t.Helper()
	m.all = append(m.all, o)
	switch o := o.(type) {
	case *appsv1.Deployment:
		m.workloads = append(m.workloads, workload{"Deployment", o.Name, o.Spec.Replicas, o.Spec.Selector, o.Spec.Template})
	case *appsv1.StatefulSet:
		m.workloads = append(m.workloads, workload{"StatefulSet", o.Name, o.Spec.Replicas, o.Spec.Selector, o.Spec.Template})
	case *batchv1.Job:
		m.workloads = append(m.workloads, workload{"Job", o.Name, o.Spec.Parallelism, nil, o.Spec.Template})
	case *corev1.ConfigMap:
		m.configs[o.Name] = o.Data
	case *corev1.ServiceAccount:
		m.accounts[o.Name] = *o
	case *networkingv1.NetworkPolicy:
		m.policies = append(m.policies, *o)
	case *corev1.Secret:
		t.Errorf("Secret %s is among the manifests; want secrets by reference only", o.Name)
	}
}

func each(t *testing.T, f func(t *testing.T, dir string, m *manifests)) {
	for _, dir := range builds {
		t.Run(strings.ReplaceAll(dir, "/", "-"), func(t *testing.T) { f(t, dir, build(t, dir)) })
	}
}

func TestEveryObjectDecodesStrictlyAndLivesInOneNamespace(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, o := range m.all {
			if n, ok := o.(*corev1.Namespace); ok {
				if n.Name != namespace {
					t.Errorf("namespace %s: want %s", n.Name, namespace)
				}
				continue
			}
			if got := o.(metav1.Object).GetNamespace(); got != namespace {
				t.Errorf("%T %s: got namespace %q, want %q", o, o.(metav1.Object).GetName(), got, namespace)
			}
		}
		for _, part := range parts {
			m.workload(t, part)
		}
	})
}
