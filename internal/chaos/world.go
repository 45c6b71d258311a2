package chaos

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/chaos/disk"
	"github.com/bonafide-id/bonafide/internal/seal"
)

// Shards is how many shards a World has.
const Shards = 4

// Key is the API key of a World: tenant default, every scope.
const Key = "bfk_chaos"

// Config says what a World is made of.
type Config struct {
	Dir   string              // everything lies below it; it exists
	Nodes int                 // brokers: 1, or 3 that hold every stream three times
	Argv  func(Part) []string // how a process becomes a part
	Env   []string            // what every process is given besides
	Power bool                // it can fail: see PowerFails
	Full  bool                // the disk of the brokers can be full
	Sync  bool                // brokers sync before they acknowledge
}

// World is brokers, vendors and services, each broker and service a process of its own, and the ways between them.
type World struct {
	Dir     string
	API     string // address of ingest
	Vendors *single.Sandboxes
	Links   []*Link

	nodes    int
	brokers  []string // addresses
	env      []string
	argv     func(Part) []string
	thinkers []*thoughtful
	names    []string
	procs    map[string]*Process
	given    map[string]bool // addresses
	disk     *disk.Disk      // nil: nothing can happen to it
	power    bool            // it can fail
	full     bool            // the disk of the brokers can be
}

// Services are the names of the processes that are not brokers.
var Services = []string{"ingest", "dispatcher-1", "dispatcher-2", "resolver-1", "resolver-2"}

// Start starts everything and returns at once; Ready waits until it works. The caller must Close the World.
func Start(c Config) (_ *World, err error) {
	w := &World{Dir: c.Dir, nodes: max(c.Nodes, 1), argv: c.Argv, procs: map[string]*Process{}, given: map[string]bool{}}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if w.API, err = w.free(); err != nil {
		return nil, err
	}
	if err := w.plug(c); err != nil {
		return nil, err
	}
	k, err := seal.Generate(rand.Reader)
	if err != nil {
		return nil, err
	}
	private, public := filepath.Join(w.Dir, "private.json"), filepath.Join(w.Dir, "public.json")
	if err := k.WritePrivate(private); err != nil {
		return nil, err
	}
	if err := k.Public().WritePublic(public); err != nil {
		return nil, err
	}
	flows := filepath.Join(w.Dir, "flows")
	if err := errors.Join(os.Mkdir(flows, 0o700), os.WriteFile(filepath.Join(flows, Family+".yaml"), []byte(familyYAML), 0o600)); err != nil {
		return nil, err
	}
	w.env = append(os.Environ(), fmt.Sprint("SHARDS=", Shards), fmt.Sprint("NATS_REPLICAS=", w.nodes), "BLOB_URL=file://"+filepath.Join(w.Dir, "blobs"), "FLOWS_DIR="+flows,
		"ALLOW_INSECURE=true", "PUBLIC_URL=http://"+w.API, "POLL_INTERVAL=1s", "BONAFIDE_API_KEY="+Key, "LOG_LEVEL=info")
	if err := w.startVendors(); err != nil {
		return nil, err
	}
	w.env = append(w.env, fmt.Sprint("BROKER_SYNC_ALWAYS=", c.Sync), fmt.Sprint("NATS_SYNC_ALWAYS=", c.Sync))
	w.env = append(w.env, c.Env...)
	if err := w.startBrokers(); err != nil {
		return nil, err
	}
	for _, name := range Services {
		part, _, _ := strings.Cut(name, "-")
		var own []string
		switch Part(part) {
		case Ingest:
			own = []string{"HTTP_ADDR=" + w.API, "KEYSET_FILE=" + public, "INDEX_DIR=" + filepath.Join(w.Dir, "index")}
		case Dispatcher:
			own = []string{"KEYSET_FILE=" + private}
		}
		if err := w.add(name, Part(part), own...); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// startVendors starts the sandboxes; those that are asked think before they answer.
func (w *World) startVendors() (err error) {
	w.Vendors, err = single.StartSandboxes(single.SandboxConfig{Speed: 100, WebhookURL: "http://" + w.API})
	if err != nil {
		return err
	}
	for _, b := range w.Vendors.Running {
		for name, v := range b.Settings {
			w.env = append(w.env, name+"="+v)
		}
	}
	for _, b := range w.Vendors.Running {
		if b.Name != "sumsub" && b.Name != "bive" {
			continue
		}
		t, err := newThoughtful(b.URL)
		if err != nil {
			return err
		}
		w.thinkers = append(w.thinkers, t)
		w.env = append(w.env, strings.ToUpper(b.Name)+"_BASE_URL="+t.url)
	}
	w.env = append(w.env, "SUMSUB_RATE=1000/5s") // one connection is rated, so that one dispatcher owns it; the other is shared
	return nil
}

// startBrokers starts the nodes, with a link from each to each.
func (w *World) startBrokers() error {
	names, cluster := make([]string, w.nodes), make([]string, w.nodes)
	for i := range w.nodes {
		names[i] = "broker"
		if w.nodes > 1 {
			names[i] = fmt.Sprint("broker-", i+1)
		}
		addr, err := w.free()
		if err != nil {
			return err
		}
		if cluster[i], err = w.free(); err != nil {
			return err
		}
		w.brokers = append(w.brokers, addr)
	}
	for i, name := range names {
		env := []string{"BROKER_DIR=" + filepath.Join(w.Dir, "nats", name), "BROKER_ADDR=" + w.brokers[i]}
		if w.nodes > 1 {
			var routes []string
			for j, other := range names {
				if i == j {
					continue
				}
				l, err := w.link(name, other, cluster[j])
				if err != nil {
					return err
				}
				routes = append(routes, l.Addr())
			}
			env = append(env, "BROKER_NAME="+name, "BROKER_CLUSTER_ADDR="+cluster[i], "BROKER_ROUTES="+strings.Join(routes, ","))
		}
		if err := w.start(name, Broker, env...); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) link(from, to, target string) (*Link, error) {
	l, err := newLink(from, to, target)
	if err == nil {
		w.Links = append(w.Links, l)
	}
	return l, err
}

// add starts a service, with a link of its own to each broker.
func (w *World) add(name string, p Part, env ...string) error {
	var urls []string
	for i, addr := range w.brokers {
		l, err := w.link(name, w.Brokers()[i], addr)
		if err != nil {
			return err
		}
		urls = append(urls, "nats://"+l.Addr())
	}
	admin, err := w.free()
	if err != nil {
		return err
	}
	return w.start(name, p, append(env, "NATS_URL="+strings.Join(urls, ","), "ADMIN_ADDR="+admin)...)
}

func (w *World) start(name string, p Part, env ...string) error {
	proc := &Process{Name: name, argv: w.argv(p), env: append(w.env[:len(w.env):len(w.env)], env...), log: filepath.Join(w.Dir, name+".log")}
	if what := w.watched(p); what != "" {
		proc.disk, proc.watched = w.disk, append(w.argv(Watched), what)
	}
	w.names, w.procs[name] = append(w.names, name), proc
	return proc.Start()
}

// Process returns the process of a name: one of Services or of Brokers.
func (w *World) Process(name string) *Process { return w.procs[name] }

// Brokers returns the names of the brokers.
func (w *World) Brokers() []string { return w.names[:w.nodes] }

// NATS returns where the brokers are, for who is not to be cut off.
func (w *World) NATS() string { return "nats://" + strings.Join(w.brokers, ",nats://") }

// Close kills what runs, and ends the vendors and the links. The directory stays.
func (w *World) Close() {
	for _, p := range w.procs {
		if p.cmd != nil && p.cmd.Process != nil {
			p.Kill()
		}
	}
	for _, l := range w.Links {
		l.Close()
	}
	for _, t := range w.thinkers {
		t.close()
	}
	if w.Vendors != nil {
		w.Vendors.Close()
	}
}
