package bus

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats-server/v2/server"
)

const (
	tendEvery = 2 * time.Second
	roomMin   = 4 << 20 // bytes that must fit on the disk before a broker is started
)

// tend looks after the broker until the end.
func (s *Server) tend() {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.end:
			return
		case <-tick.C:
			if broken(s.running(), s.cfg.Cluster == nil) && roomIn(s.cfg.Dir) == nil {
				s.revive()
			}
		}
	}
}

// broken reports whether the broker has given up writing: when its disk was full. It does not take up writing again by itself.
// A node of a cluster ends JetStream then; one that is alone goes on, and the streams that it could not write to take nothing more.
func broken(ns *server.Server, alone bool) bool {
	if !ns.JetStreamEnabled() {
		return true
	}
	if !alone {
		return false // what it lacks the others have
	}
	req, err := http.NewRequest(http.MethodGet, "/healthz?details=true", http.NoBody)
	if err != nil {
		return false
	}
	res := httptest.NewRecorder()
	ns.HandleHealthz(res, req)
	var health struct {
		Errors []struct {
			Error string `json:"error"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(res.Body.Bytes(), &health); err != nil {
		return false
	}
	for _, e := range health.Errors {
		if strings.Contains(e.Error, " write error: ") {
			return true
		}
	}
	return false
}

// roomIn returns nil if there is room for roomMin bytes below dir. A broker must not be started without: nats-server 2.15.2 does not
// say so when it cannot write while it recovers a stream but ends the whole process (newFileStore dereferences nil).
func roomIn(dir string) error {
	f, err := os.CreateTemp(dir, "room-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, roomMin))
	return errors.Join(err, f.Sync(), f.Close())
}

// revive starts the broker again, at the address that it has. Clients connect again by themselves. If it does not start it is tried
// again at the next look.
func (s *Server) revive() {
	old := s.running()
	old.Shutdown()
	old.WaitForShutdown()
	o, err := options(s.cfg)
	if err != nil {
		return
	}
	ns, err := start(o, s.cfg.Log)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.ns = ns
	s.mu.Unlock()
}
