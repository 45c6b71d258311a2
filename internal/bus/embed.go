package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// EmbedConfig says how a broker runs inside this process.
type EmbedConfig struct {
	Dir        string // where streams are stored; required
	Addr       string // loopback address to listen on, "127.0.0.1:0" for any free port; "" does not listen
	InProcess  bool   // Config connects without the network even when there is a listener
	SyncAlways bool   // fsync before every acknowledgement: survives power loss
	MaxStore   int64  // bytes of disk; 0 leaves it to the broker (three quarters of what is free)
	MaxMemory  int64  // bytes of memory for streams; 0 is 256 MiB

	Log *slog.Logger // gets what the broker warns of; nil: nobody does

	Cluster *ClusterConfig // nil: it is alone
}

// ClusterConfig says how a broker inside this process finds the others of its cluster. It tells neither them nor clients of
// ways that are not in here: who lays the ways can cut them.
type ClusterConfig struct {
	Name   string   // of this node; no two have the same
	Addr   string   // loopback address where the others reach it
	Routes []string // addresses of the others, as this one reaches them
}

// Server is a broker inside this process. One whose disk was full is started again by itself when there is room: see revive.
type Server struct {
	cfg   EmbedConfig
	inUse *os.File // locks the directory
	end   chan struct{}
	tends sync.WaitGroup
	over  sync.Once

	mu sync.Mutex
	ns *server.Server // the one that runs
}

// Embed starts a broker and returns when it is ready. It listens on loopback only, as it asks nobody for credentials.
func Embed(cfg EmbedConfig) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("bus: embed: no directory")
	}
	if cfg.MaxMemory == 0 {
		cfg.MaxMemory = 256 << 20
	}
	o, err := options(cfg)
	if err != nil {
		return nil, fmt.Errorf("bus: embed: %w", err)
	}
	inUse, err := lock(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("bus: embed: %w", err)
	}
	s := &Server{cfg: cfg, inUse: inUse, end: make(chan struct{})}
	if err = roomIn(cfg.Dir); err != nil {
		_ = inUse.Close()
		return nil, fmt.Errorf("bus: embed: %d MiB must be free for a broker to start: %w", roomMin>>20, err)
	}
	if s.ns, err = start(o, cfg.Log); err != nil {
		_ = inUse.Close()
		return nil, err
	}
	if cfg.Addr != "" {
		s.cfg.Addr = s.ns.Addr().String() // a free one stays the same when the broker is started again
	}
	s.tends.Go(s.tend)
	return s, nil
}

// options returns what a configuration means to the broker.
func options(cfg EmbedConfig) (*server.Options, error) {
	o := &server.Options{
		ServerName:         "bonafide",
		JetStream:          true,
		StoreDir:           cfg.Dir,
		SyncAlways:         cfg.SyncAlways,
		JetStreamMaxStore:  cfg.MaxStore,
		JetStreamMaxMemory: cfg.MaxMemory,
		DontListen:         cfg.Addr == "",
		SystemAccount:      server.DEFAULT_SYSTEM_ACCOUNT,
		Accounts:           []*server.Account{server.NewAccount(server.DEFAULT_SYSTEM_ACCOUNT)}, // is there before the start: see opening
		NoSigs:             true,
		NoLog:              true, // see voice
	}
	var err error
	if cfg.Addr != "" {
		if o.Host, o.Port, err = loopback(cfg.Addr); err != nil {
			return nil, err
		}
	}
	if c := cfg.Cluster; c != nil {
		o.ServerName, o.Cluster = c.Name, server.ClusterOpts{Name: "bonafide", NoAdvertise: true, Advertise: nowhere}
		if o.Cluster.Host, o.Cluster.Port, err = loopback(c.Addr); err != nil {
			return nil, err
		}
		for _, r := range c.Routes {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: r})
		}
	}
	return o, nil
}

// nowhere is what a node says of where it is: others go the ways that they were given.
const nowhere = "127.0.0.1:1"

// loopback reads an address that must be on loopback, and that nobody listens on. Port 0 is a free one.
func loopback(addr string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", 0, fmt.Errorf("%q is not a loopback address", addr)
	}
	if port, err = strconv.Atoi(p); err != nil {
		return "", 0, fmt.Errorf("port: %w", err)
	}
	if port == 0 {
		return host, server.RANDOM_PORT, nil
	}
	free, err := net.Listen("tcp", addr) // the broker tries for 30 s and does not say what is wrong
	if err != nil {
		return "", 0, fmt.Errorf("address %s: %w", addr, err)
	}
	return host, port, free.Close()
}

// start returns a running broker.
func start(o *server.Options, log *slog.Logger) (*server.Server, error) {
	ns, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("bus: embed: %w", err)
	}
	held, err := hold(ns, o)
	if err != nil {
		return nil, fmt.Errorf("bus: embed: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ns.SetLoggerV2(voice{log, held.opened}, false, false, false)
	ns.Start()
	held.over()
	if !ns.ReadyForConnections(30 * time.Second) {
		ns.Shutdown()
		ns.WaitForShutdown()
		return nil, errors.New("bus: embed: the broker did not become ready in 30 s; is the directory in use?")
	}
	if !ns.JetStreamEnabled() {
		ns.Shutdown()
		ns.WaitForShutdown()
		return nil, errors.New("bus: embed: JetStream did not start; is the directory writable?")
	}
	return ns, nil
}

// URL returns where others reach the broker, or "" if it does not listen.
func (s *Server) URL() string {
	if s.cfg.Addr == "" {
		return ""
	}
	return s.running().ClientURL()
}

func (s *Server) running() *server.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ns
}

// InProcessConn connects to the broker without the network: to the one that runs now.
func (s *Server) InProcessConn() (net.Conn, error) { return s.running().InProcessConn() }

// Config returns what Connect needs to reach the broker from this process.
func (s *Server) Config() Config {
	c := Config{URL: s.URL(), Replicas: 1, SyncAlways: s.cfg.SyncAlways}
	if s.cfg.InProcess || s.cfg.Addr == "" {
		c.server = s
	}
	return c
}

// Close shuts the broker down in order and returns when its files are closed. Close buses first. Closed twice it is closed once.
func (s *Server) Close() {
	s.over.Do(func() {
		close(s.end)
		s.tends.Wait()
		s.ns.Shutdown()
		s.ns.WaitForShutdown()
		_ = s.inUse.Close()
	})
}
