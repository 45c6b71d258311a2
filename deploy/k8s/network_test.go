package k8s_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// place is a pod somewhere in the cluster, or an address outside.
type place struct {
	name      string
	namespace labels.Set // of the pod's namespace; nil: an address
	pod       labels.Set
	addr      netip.Addr
}

func (p place) ours() bool { return p.namespace["kubernetes.io/metadata.name"] == namespace }

func in(ns string, more ...string) labels.Set {
	set := labels.Set{"kubernetes.io/metadata.name": ns}
	for i := 0; i < len(more); i += 2 {
		set[more[i]] = more[i+1]
	}
	return set
}

func address(s string) place { return place{name: s, addr: netip.MustParseAddr(s)} }

// Inside are addresses that the internet does not have: nobody may reach them by a hole meant for vendors.
var inside = []string{
	"10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255",
	"::1", "fd00::1", "fe80::1", "64:ff9b::a01:203", "2002:a01:203::1", "::ffff:10.1.2.3", "ff02::1",
}

var outside = []string{"203.0.113.7", "2001:db8::7"}

var ports = []int32{53, 80, 443, 4222, 4318, 6222, 6443, 7777, 8080, 8222, 9000, 9090}

// edges is all that may be reached, by whom. Each edge is "from to port". What is not here is refused.
func edges(dir string) []string {
	var all []string
	for _, part := range append(slices.Clone(parts), "nats", "bystander") {
		all = append(all, part+" kube-dns 53")
	}
	for _, part := range parts {
		all = append(all, part+" nats 4222")
	}
	for _, service := range services {
		all = append(all, "prometheus "+service+" 9090")
	}
	all = append(all, "upstream nats 4222", "nats nats 6222", "prometheus nats 7777", "gateway ingest 8080")
	for _, a := range outside {
		all = append(all, "dispatcher "+a+" 443")
	}
	if dir != "overlays/dev" {
		all = append(all, "ingest blob-store 9000", "dispatcher blob-store 9000")
	}
	if dir == traced {
		for _, service := range services {
			all = append(all, service+" collector 4318")
		}
	}
	sort.Strings(all)
	return all
}

func TestNetworkPoliciesAllowTheTableAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, dir string, m *manifests) {
		places := []place{
			{name: "gateway", namespace: in("edge", "bonafide.io/gateway", "true"), pod: labels.Set{"app": "gateway"}},
			{name: "prometheus", namespace: in("monitoring"), pod: labels.Set{"app.kubernetes.io/name": "prometheus"}},
			{name: "grafana", namespace: in("monitoring"), pod: labels.Set{"app.kubernetes.io/name": "grafana"}},
			{name: "collector", namespace: in("monitoring"), pod: labels.Set{"app.kubernetes.io/name": "opentelemetry-collector"}},
			{name: "impostor", namespace: in("default"), pod: labels.Set{"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/part-of": "bonafide"}},
			{name: "upstream", namespace: in("shop", "bonafide.io/nats-client", "true"), pod: labels.Set{"app": "shop"}},
			{name: "kube-dns", namespace: in("kube-system"), pod: labels.Set{"k8s-app": "kube-dns"}},
			{name: "kube-proxy", namespace: in("kube-system"), pod: labels.Set{"k8s-app": "kube-proxy"}},
			{name: "blob-store", namespace: in("blob-store"), pod: labels.Set{"app": "s3"}},
			{name: "bystander", namespace: in(namespace), pod: labels.Set{"app": "bystander"}},
			{name: "nats", namespace: in(namespace), pod: labels.Set{"app.kubernetes.io/name": "nats"}},
		}
		for _, part := range parts {
			places = append(places, place{name: part, namespace: in(namespace), pod: m.workload(t, part).pod.Labels})
		}
		for _, a := range append(slices.Clone(inside), outside...) {
			places = append(places, address(a))
		}
		var got []string
		for _, from := range places {
			for _, to := range places {
				if !from.ours() && !to.ours() {
					continue
				}
				for _, port := range ports {
					if allowed(t, m.policies, from, to, port) {
						got = append(got, fmt.Sprintf("%s %s %d", from.name, to.name, port))
					}
				}
			}
		}
		sort.Strings(got)
		want := edges(dir)
		for _, e := range got {
			if !slices.Contains(want, e) {
				t.Errorf("allowed and not in the table: %s", e)
			}
		}
		for _, e := range want {
			if !slices.Contains(got, e) {
				t.Errorf("in the table and refused: %s", e)
			}
		}
		if dir == "overlays/dev" && !hasPort(m.workload(t, "nats").container(t), "nats") {
			t.Error("the broker of the overlay has no port named nats")
		}
	})
}

// allowed says whether from may open a connection to a port of to. What an end outside our namespace refuses by itself is
// not ours to know. (Nodes reach the pods that run on them whatever a policy says: probes work.)
func allowed(t *testing.T, all []networkingv1.NetworkPolicy, from, to place, port int32) bool {
	t.Helper()
	return passes(t, all, networkingv1.PolicyTypeEgress, from, to, port) && passes(t, all, networkingv1.PolicyTypeIngress, to, from, port)
}

func passes(t *testing.T, all []networkingv1.NetworkPolicy, dir networkingv1.PolicyType, self, peer place, port int32) bool {
	t.Helper()
	if !self.ours() {
		return true
	}
	bound, ok := false, false
	for _, p := range all {
		if !matches(t, &p.Spec.PodSelector, self.pod) {
			continue
		}
		if len(p.Spec.PolicyTypes) == 0 {
			t.Fatalf("policy %s does not say its types", p.Name)
		}
		if !slices.Contains(p.Spec.PolicyTypes, dir) {
			continue
		}
		bound = true
		if dir == networkingv1.PolicyTypeEgress {
			for _, r := range p.Spec.Egress {
				ok = ok || peerIn(t, p.Name, r.To, peer) && portIn(t, p.Name, r.Ports, port)
			}
			continue
		}
		for _, r := range p.Spec.Ingress {
			ok = ok || peerIn(t, p.Name, r.From, peer) && portIn(t, p.Name, r.Ports, port)
		}
	}
	return ok || !bound
}

func matches(t *testing.T, s *metav1.LabelSelector, set labels.Set) bool {
	t.Helper()
	sel, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return sel.Matches(set)
}

func peerIn(t *testing.T, policy string, peers []networkingv1.NetworkPolicyPeer, p place) bool {
	t.Helper()
	if len(peers) == 0 {
		t.Fatalf("policy %s: a rule without peers is for everybody", policy)
	}
	for _, peer := range peers {
		switch {
		case peer.IPBlock != nil:
			if p.namespace == nil && blockHas(t, peer.IPBlock, p.addr) {
				return true
			}
		case p.namespace == nil:
		case peer.NamespaceSelector == nil && !p.ours():
		case peer.NamespaceSelector != nil && !matches(t, peer.NamespaceSelector, p.namespace):
		case peer.PodSelector != nil && !matches(t, peer.PodSelector, p.pod):
		default:
			return true
		}
	}
	return false
}

// blockHas treats an IPv4 address in IPv6's clothes as both.
func blockHas(t *testing.T, b *networkingv1.IPBlock, a netip.Addr) bool {
	t.Helper()
	contains := func(cidr string) bool {
		p, err := netip.ParsePrefix(cidr)
		if err != nil || p != p.Masked() {
			t.Fatalf("%q is no network: %v", cidr, err)
		}
		return p.Contains(a) || p.Contains(a.Unmap())
	}
	for _, e := range b.Except {
		if strings.Contains(e, ":") != strings.Contains(b.CIDR, ":") || !netip.MustParsePrefix(b.CIDR).Overlaps(netip.MustParsePrefix(e)) {
			t.Fatalf("exception %s does not lie in %s", e, b.CIDR)
		}
	}
	return contains(b.CIDR) && !slices.ContainsFunc(b.Except, contains)
}

func portIn(t *testing.T, policy string, ports []networkingv1.NetworkPolicyPort, n int32) bool {
	t.Helper()
	if len(ports) == 0 {
		t.Fatalf("policy %s: a rule without ports is for all of them", policy)
	}
	return slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		if p.Port == nil || p.Port.IntVal == 0 || p.EndPort != nil {
			t.Fatalf("policy %s: want single ports by number", policy)
		}
		return p.Port.IntVal == n
	})
}

// A store that a policy does not lead to is a store that nobody reaches.
func TestTheStoreOfDocumentsIsWhereThePoliciesLead(t *testing.T) {
	each(t, func(t *testing.T, dir string, m *manifests) {
		for _, part := range []string{"ingest", "dispatcher"} {
			address := m.environment(t, m.workload(t, part).container(t))["BLOB_URL"]
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if u.Scheme == "file" && dir == "overlays/dev" {
				continue
			}
			store, err := url.Parse(u.Query().Get("endpoint"))
			if want := "https://s3.blob-store.svc:9000"; err != nil || store.String() != want {
				t.Errorf("%s: BLOB_URL %q: got store %v (%v), want %s", part, address, store, err, want)
			}
		}
	})
}
