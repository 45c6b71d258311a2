package ingest_test

import (
	"net"
	"strings"
	"testing"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
)

func TestWhileTheBrokerIsAwayNothingIsPromisedAndAfterwardsAllIsWell(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	cfg := bus.EmbedConfig{Dir: t.TempDir(), Addr: addr}
	server := bustest.Start(t, cfg)
	r := newRigOn(t, server, nil)
	kept := r.open(full, "Idempotency-Key", "kept").ID
	server.Close()
	for _, headers := range [][]string{nil, {"Idempotency-Key", "lost"}} {
		p := r.want(503, r.call("POST", "/v1/verifications", acme, full, headers...))
		if p.header.Get("Retry-After") == "" || !strings.HasSuffix(p.problem(t).Type, "/unavailable") {
			t.Errorf("Retry-After = %q, body %s", p.header.Get("Retry-After"), p.body)
		}
	}
	r.want(503, r.call("GET", "/v1/verifications/"+kept, acme, nil))
	r.want(503, r.call("POST", "/v1/events", acme, minimal, ce("1")...))
	r.want(503, r.call("GET", "/v1/decisions", acme, nil))
	bustest.Start(t, cfg)
	accepted := map[string]bool{kept: true}
	r.eventually("requests are accepted again", func() bool {
		p, err := r.try("POST", "/v1/verifications", acme, full, "Idempotency-Key", "lost")
		if err != nil || p.status != 202 {
			return false
		}
		var got receipt
		p.into(t, &got)
		accepted[got.ID] = true
		return true
	})
	r.eventually("all that was accepted is known, the old and the new", func() bool {
		for id := range accepted {
			if p, err := r.try("GET", "/v1/verifications/"+id, acme, nil); err != nil || p.status != 200 {
				return false
			}
		}
		return true
	})
	identities := map[string]bool{}
	for _, in := range r.inputs() {
		if v, ok := in.Event.Data.(events.VerificationOpened); ok {
			identities[events.IdentityOf(v.ID)] = true
		}
	}
	for id := range accepted {
		if !identities[events.IdentityOf(id)] {
			t.Errorf("%s was accepted and is lost", id)
		}
	}
}
