package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/internal/bus"
)

// strangers connects anew for every request.
var strangers = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Await waits until ok, at most as long as patience lasts.
func Await(ctx context.Context, what string, patience time.Duration, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %v in vain until %s", patience, what)
		case <-tick.C:
		}
	}
	return nil
}

// How long what must come back may take.
const (
	readyPatience = 90 * time.Second
	ownPatience   = 60 * time.Second
)

// Ready waits until every service is ready and every shard has an owner.
func (w *World) Ready(ctx context.Context) error {
	for _, name := range Services {
		if err := Await(ctx, name+" is ready", readyPatience, func() bool { return w.isReady(name) }); err != nil {
			return fmt.Errorf("%w: %s", err, w.excuse(name))
		}
	}
	return Await(ctx, "every shard has an owner", ownPatience, func() bool { return w.Owned("resolver-1")+w.Owned("resolver-2") == Shards })
}

func (w *World) isReady(name string) bool {
	res, err := strangers.Get("http://" + w.procs[name].Admin() + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// excuse says why a service is not ready, as far as it tells.
func (w *World) excuse(name string) string {
	p := w.procs[name]
	said := strings.TrimSpace(p.Said())
	said = said[strings.LastIndexByte(said, '\n')+1:]
	if p.Ended() {
		return fmt.Sprintf("it has ended with %d, and its last line is %s", p.ExitCode(), said)
	}
	res, err := strangers.Get("http://" + p.Admin() + "/readyz")
	if err != nil {
		return fmt.Sprintf("it does not answer, and its last line is %s", said)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return fmt.Sprintf("it says %s, and its last line is %s", bytes.TrimSpace(b), said)
}

var ownedMetric = regexp.MustCompile(`(?m)^bonafide_resolver_shards_owned (\d+)$`)

// Owned returns how many shards a resolver says it owns, or -1 when it says nothing.
func (w *World) Owned(name string) int {
	b, err := w.Metrics(name)
	m := ownedMetric.FindSubmatch(b)
	if err != nil || m == nil {
		return -1
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// Metrics returns what a service says of itself.
func (w *World) Metrics(name string) ([]byte, error) {
	b, err := get("http://" + w.procs[name].Admin() + "/metrics")
	if err != nil {
		return nil, fmt.Errorf("metrics of %s: %w", name, err)
	}
	return b, nil
}

func get(url string) ([]byte, error) {
	res, err := strangers.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", url, res.Status)
	}
	return b, err
}

// Connect returns a bus that no link is in the way of. The caller closes it.
func (w *World) Connect(ctx context.Context) (*bus.Bus, error) {
	b, err := bus.Connect(ctx, bus.Config{URL: w.NATS(), Replicas: w.nodes}, "chaos")
	if err != nil {
		return nil, err
	}
	ready, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	if err := b.Await(ready); err != nil {
		_ = b.Close(ctx)
		return nil, err
	}
	return b, nil
}
