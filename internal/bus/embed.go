package bus

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
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
}

// Server is a broker inside this process.
type Server struct {
	ns    *server.Server
	cfg   EmbedConfig
	inUse *os.File // locks the directory
}

// Embed starts a broker and returns when it is ready. It listens on loopback only, as it asks nobody for credentials.
func Embed(cfg EmbedConfig) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("bus: embed: no directory")
	}
	if cfg.MaxMemory == 0 {
		cfg.MaxMemory = 256 << 20
	}
	o := &server.Options{
		ServerName:         "bonafide",
		JetStream:          true,
		StoreDir:           cfg.Dir,
		SyncAlways:         cfg.SyncAlways,
		JetStreamMaxStore:  cfg.MaxStore,
		JetStreamMaxMemory: cfg.MaxMemory,
		DontListen:         cfg.Addr == "",
		NoSigs:             true,
		NoLog:              true,
	}
	if cfg.Addr != "" {
		host, port, err := net.SplitHostPort(cfg.Addr)
		if err != nil {
			return nil, fmt.Errorf("bus: embed: address: %w", err)
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("bus: embed: %q is not a loopback address", cfg.Addr)
		}
		o.Host = host
		if o.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("bus: embed: port: %w", err)
		}
		if o.Port == 0 {
			o.Port = server.RANDOM_PORT
		}
	}
	inUse, err := lock(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("bus: embed: %w", err)
	}
	s := &Server{cfg: cfg, inUse: inUse}
	if s.ns, err = start(o); err != nil {
		_ = inUse.Close()
		return nil, err
	}
	return s, nil
}

// start returns a running broker.
func start(o *server.Options) (*server.Server, error) {
	ns, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("bus: embed: %w", err)
	}
	ns.Start()
	if !ns.ReadyForConnections(30 * time.Second) {
		ns.Shutdown()
		ns.WaitForShutdown()
		return nil, errors.New("bus: embed: the broker did not become ready; is the directory in use or the address taken?")
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
	return s.ns.ClientURL()
}

// Config returns what Connect needs to reach the broker from this process.
func (s *Server) Config() Config {
	c := Config{URL: s.URL(), Replicas: 1, SyncAlways: s.cfg.SyncAlways}
	if s.cfg.InProcess || s.cfg.Addr == "" {
		c.server = s
	}
	return c
}

// Close shuts the broker down in order and returns when its files are closed. Close buses first.
func (s *Server) Close() {
	s.ns.Shutdown()
	s.ns.WaitForShutdown()
	_ = s.inUse.Close()
}
