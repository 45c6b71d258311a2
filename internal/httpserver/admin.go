package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A Check says whether one thing that a process needs is there. It must be quick, honour ctx, and be safe for
// concurrent use; its error must not hold anybody's data.
type Check struct {
	Name string
	Do   func(ctx context.Context) error
}

// AdminConfig is what Admin tells.
type AdminConfig struct {
	Ready    []Check             // all must hold to get traffic
	Started  []Check             // all must have held once; empty: started as soon as it answers
	Gatherer prometheus.Gatherer // nil: no /metrics
}

// Admin is the handler of an admin port: /livez (the process turns), /readyz, /startupz, /metrics and /debug/pprof. It
// asks for no credentials, so it must listen where only operators are. Liveness never depends on anything outside.
func Admin(cfg AdminConfig) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", probe(nil))
	mux.Handle("GET /readyz", probe(cfg.Ready))
	mux.Handle("GET /startupz", probe(cfg.Started))
	if cfg.Gatherer != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Gatherer, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// probe answers 200 when every check holds, else 503 and which do not. ?verbose lists all.
func probe(checks []Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		var lines []string
		bad := false
		for _, c := range checks {
			if err := c.Do(ctx); err != nil {
				bad = true
				lines = append(lines, fmt.Sprintf("[-] %s: %v", c.Name, err))
			} else if r.URL.Query().Has("verbose") {
				lines = append(lines, "[+] "+c.Name)
			}
		}
		slices.Sort(lines)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if bad {
			w.WriteHeader(http.StatusServiceUnavailable)
			lines = append(lines, "failed")
		} else {
			lines = append(lines, "ok")
		}
		fmt.Fprintln(w, strings.Join(lines, "\n"))
	})
}
