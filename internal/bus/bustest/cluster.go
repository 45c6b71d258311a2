package bustest

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// Nodes are the brokers of one cluster, all in the test's process.
type Nodes struct {
	t    testing.TB
	opts []*server.Options
	all  []*server.Server
}

// Cluster starts n brokers that form one cluster and waits until it has a leader. They stop when the test ends.
func Cluster(t testing.TB, n int) *Nodes {
	t.Helper()
	c := &Nodes{t: t}
	ports := make([]int, n)
	var routes []string
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("listen: %v", err)
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
		if err := l.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprintf("node%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT,
			JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 4 << 30,
			Cluster: server.ClusterOpts{Name: "bonafide", Host: "127.0.0.1", Port: ports[i]},
			Routes:  server.RoutesFromStr(strings.Join(routes, ",")),
		}
		c.opts = append(c.opts, o)
		c.all = append(c.all, c.start(o))
	}
	t.Cleanup(c.stop)
	c.await("a leader", func() bool {
		for _, s := range c.all {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == n {
				return true
			}
		}
		return false
	})
	return c
}

// Config returns what reaches the cluster.
func (c *Nodes) Config() bus.Config {
	var urls []string
	for _, s := range c.all {
		urls = append(urls, s.ClientURL())
	}
	return bus.Config{URL: strings.Join(urls, ","), Replicas: len(c.all)}
}

// Restart stops the broker that leads a stream, as a crash of its process would end its part in the cluster, and starts it
// again on the same directory and ports.
func (c *Nodes) Restart(stream string) {
	c.t.Helper()
	for i, s := range c.all {
		if !s.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream) {
			continue
		}
		port := s.Addr().(*net.TCPAddr).Port
		s.Shutdown()
		s.WaitForShutdown()
		o := c.opts[i].Clone()
		o.Port = port
		c.all[i] = c.start(o)
		return
	}
	c.t.Fatalf("no broker leads %s", stream)
}

func (c *Nodes) start(o *server.Options) *server.Server {
	c.t.Helper()
	s, err := server.NewServer(o)
	if err != nil {
		c.t.Fatalf("server: %v", err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		c.t.Fatalf("server %s did not become ready", o.ServerName)
	}
	return s
}

func (c *Nodes) stop() {
	for _, s := range c.all {
		s.Shutdown()
	}
	for _, s := range c.all {
		s.WaitForShutdown()
	}
}

func (c *Nodes) await(what string, ok func() bool) {
	c.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	c.t.Fatalf("waited 30 s for %s", what)
}
