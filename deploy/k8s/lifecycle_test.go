package k8s_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/httpserver"
	"github.com/bonafide-id/bonafide/internal/trace"
)

// How long a service may take to stop, after the pause before it is told to: what it waits for, then its bus, then its last spans.
const closing = 10*time.Second + trace.FlushPatience // boot.Close, trace.Tracer.Close

func stopping(part string) time.Duration {
	switch part {
	case "ingest":
		return 15*time.Second + closing // httpserver.Config.StopTimeout
	case "dispatcher":
		var slowest time.Duration
		for _, d := range catalog.All() {
			slowest = max(slowest, d.Spec.Timeout)
		}
		return slowest + closing
	}
	return 5*time.Second + closing // resolve.Config.Grace
}

const graceMargin = 5 * time.Second

func TestGraceCoversThePauseTheSlowestCallAndAMargin(t *testing.T) {
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range services {
			w := m.workload(t, part)
			var pause time.Duration
			if l := w.container(t).Lifecycle; l != nil && l.PreStop != nil && l.PreStop.Sleep != nil {
				pause = time.Duration(l.PreStop.Sleep.Seconds) * time.Second
			}
			if part == "ingest" && pause < 5*time.Second {
				t.Errorf("ingest: pauses for %v before it stops, want 5 s: others still route to it", pause)
			}
			grace := w.pod.Spec.TerminationGracePeriodSeconds
			if grace == nil {
				t.Errorf("%s: no grace period", part)
				continue
			}
			got, want := time.Duration(*grace)*time.Second, pause+stopping(part)+graceMargin
			if got < want {
				t.Errorf("%s: got a grace period of %v, want at least %v (pause %v, stopping %v, margin %v)", part, got, want, pause, stopping(part), graceMargin)
			}
		}
	})
}

func TestProbesAskTheAdminPortForPathsThatItHas(t *testing.T) {
	admin := httpserver.Admin(httpserver.AdminConfig{})
	each(t, func(t *testing.T, _ string, m *manifests) {
		for _, part := range services {
			c := m.workload(t, part).container(t)
			for want, p := range map[string]*corev1.Probe{"/startupz": c.StartupProbe, "/readyz": c.ReadinessProbe, "/livez": c.LivenessProbe} {
				if p == nil || p.HTTPGet == nil {
					t.Errorf("%s: no probe asks for %s", part, want)
					continue
				}
				if p.HTTPGet.Path != want || p.HTTPGet.Port.StrVal != "admin" || !hasPort(c, "admin") {
					t.Errorf("%s: a probe asks for %s at port %s, want %s at admin", part, p.HTTPGet.Path, p.HTTPGet.Port.String(), want)
				}
				if p.TimeoutSeconds < 3 { // its checks may take two
					t.Errorf("%s: %s: waits %d s, want at least 3", part, want, p.TimeoutSeconds)
				}
				w := httptest.NewRecorder()
				admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, p.HTTPGet.Path, nil))
				if w.Code != http.StatusOK {
					t.Errorf("%s: GET %s: got %d from the admin handler, want 200", part, p.HTTPGet.Path, w.Code)
				}
			}
		}
	})
}
