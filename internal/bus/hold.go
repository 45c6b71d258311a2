package bus

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

// opening keeps streams of a broker that is alone from drawing from logs that are being opened. Its methods are safe for concurrent
// use.
//
// Nats-server 2.15.2 opens its streams all at once when it starts, and puts each where others find it a moment before it gives back
// to it the time at which it was made. Who asks in that moment to go on drawing from it takes it for one that was made anew, and draws
// everything a second time: RESULTS would tell twice what it has told. So until a log is open whoever asks for a consumer of it, as
// who draws does, asks one of a stream that there is not. That is refused, as it is before the log is found, and tried again. In a
// cluster the time comes from elsewhere.
type opening struct {
	api  *server.Account // whose subjects the broker's own requests go to
	logs []string
}

// hold begins before the broker starts.
func hold(ns *server.Server, o *server.Options) (*opening, error) {
	h := &opening{}
	if o.Cluster.Name != "" {
		return h, nil
	}
	var err error
	if h.api, err = ns.LookupAccount(o.SystemAccount); err != nil {
		return nil, err
	}
	streams, err := os.ReadDir(filepath.Join(o.StoreDir, "jetstream", server.DEFAULT_GLOBAL_ACCOUNT, "streams"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, s := range streams {
		if strings.HasPrefix(s.Name(), logPrefix) {
			h.logs = append(h.logs, s.Name())
			if err := h.api.AddMapping(consumersOf(s.Name()), consumersOf("opening."+s.Name())); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

func consumersOf(stream string) string { return "$JS.API.CONSUMER.CREATE." + stream + ".>" }

// opened says that a stream is open. Said again it is nothing.
func (h *opening) opened(stream string) {
	if h.api != nil && strings.HasPrefix(stream, logPrefix) {
		h.api.RemoveMapping(consumersOf(stream))
	}
}

// over says that all are.
func (h *opening) over() {
	for _, s := range h.logs {
		h.opened(s)
	}
}
