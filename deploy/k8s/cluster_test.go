package k8s_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
	"github.com/bonafide-id/bonafide/internal/boot/resolver"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/seal"
	"github.com/bonafide-id/bonafide/internal/sign"
	"github.com/bonafide-id/bonafide/subject"
)

const callerKey = "bfk_cluster"

// cluster is the three services as overlays/prod runs them: with its variables, its certificates and the rights that the
// broker gives these, in this process.
type cluster struct {
	t      *testing.T
	broker *broker
	api    string
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, broker: startBroker(t)}
	k, err := seal.Generate(rand.Reader)
	if err == nil {
		err = errors.Join(k.WritePrivate(c.broker.file("private.json")), k.Public().WritePublic(c.broker.file("public.json")))
	}
	signer, unmade := sign.Generate(rand.Reader)
	if unmade == nil {
		unmade = signer.Write(c.broker.file("key.json"))
	}
	_, unserved := sign.Add(c.broker.file("keys.json"), signer.Public(time.Now()))
	if err := errors.Join(err, unmade, unserved); err != nil {
		t.Fatal(err)
	}
	boxes, err := single.StartSandboxes(single.SandboxConfig{Speed: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(boxes.Close)
	settings := map[string]string{"ALLOW_INSECURE": "true", "POLL_INTERVAL": "1s", "HTTP_ADDR": "127.0.0.1:0", "BONAFIDE_API_KEY": callerKey, "API_KEYS_FILE": "", "FLOWS_DIR": "",
		"BLOB_URL": "file://" + c.broker.file("documents"), "INDEX_DIR": c.broker.file("index"), "NATS_URL": c.broker.url, "NATS_REPLICAS": "1", "SHARDS": "4", "NATS_TLS_CA": c.broker.file("ca.crt")}
	for _, b := range boxes.Running {
		maps.Copy(settings, b.Settings)
	}
	maps.DeleteFunc(settings, func(name, _ string) bool { return strings.HasSuffix(name, "_RATE") }) // as slow as the vendors allow: connections are shared under leases

	ctx := context.Background()
	m := build(t, "overlays/prod")
	log := slog.New(slog.DiscardHandler)
	lookuper := func(part string) envconfig.Lookuper {
		env := m.environment(t, m.workload(t, part).container(t))
		maps.Copy(env, settings)
		env["NATS_TLS_CERT"], env["NATS_TLS_KEY"] = c.broker.file(part+".crt"), c.broker.file(part+".key")
		env["KEYSET_FILE"] = c.broker.file(map[string]string{"ingest": "public.json", "dispatcher": "private.json"}[part])
		for name, file := range map[string]string{"SIGNING_KEY_FILE": "key.json", "SIGNING_KEYS_FILE": "keys.json"} {
			if _, has := env[name]; has {
				env[name] = c.broker.file(file)
			}
		}
		return envconfig.MapLookuper(env)
	}
	common := load[boot.Common](t, lookuper("streams"))
	maker := c.connect("streams", common.NATS)
	if _, err := maker.Apply(ctx, bus.Layout{Shards: common.Shards, Replicas: 1, Providers: catalog.All().Names()}); err != nil {
		t.Fatalf("streams: %v; refused: %v", err, c.broker.denied.take())
	}
	if changes, err := maker.Apply(ctx, bus.Layout{Shards: common.Shards, Replicas: 1, Providers: catalog.All().Names()}); err != nil || len(changes) > 0 {
		t.Fatalf("streams, again: got %v (%v), want nothing to change", changes, err)
	}

	rc := load[resolver.Config](t, lookuper("resolver"))
	r, err := resolver.New(rc, c.connect("resolver", rc.NATS), nil, log, nil)
	if err != nil {
		t.Fatal(err)
	}
	dl := lookuper("dispatcher")
	dc := load[dispatcher.Config](t, dl)
	d, err := dispatcher.New(ctx, dc, dispatcher.Parts{Bus: c.connect("dispatcher", dc.NATS), Lookuper: dl, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	il := lookuper("ingest")
	ic := load[ingest.Config](t, il)
	i, err := ingest.New(ctx, ic, ingest.Parts{Bus: c.connect("ingest", ic.NATS), Lookuper: il, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	c.api = "http://" + i.Addr()
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{"resolver": r.Run, "dispatcher": d.Run, "ingest": i.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	t.Cleanup(func() { stop(); running.Wait() })
	c.await("ingest and resolver are ready", func() bool { return i.Ready(ctx) == nil && r.Ready() == nil })
	return c
}

func load[C interface{ Validate() error }](t *testing.T, l envconfig.Lookuper) C {
	t.Helper()
	c, err := boot.Load[C](context.Background(), l)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cluster) connect(name string, cfg bus.Config) *bus.Bus {
	c.t.Helper()
	b, err := bus.Connect(context.Background(), cfg, name)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { boot.Close(b) })
	return b
}

func (c *cluster) await(what string, ok func() bool) {
	c.t.Helper()
	over, tick := time.NewTimer(30*time.Second), time.NewTicker(20*time.Millisecond)
	defer over.Stop()
	defer tick.Stop()
	for !ok() {
		select {
		case <-over.C:
			c.t.Fatalf("waited in vain until %s; the broker refused: %v", what, c.broker.denied.take())
		case <-tick.C:
		}
	}
}

// call makes one call of the API and returns its body. Whoever is told to come back later does; any other status than want
// fails.
func (c *cluster) call(method, path string, body any, want int) (out []byte) {
	c.t.Helper()
	word := rand.Text()
	c.await(method+" "+path+" is answered", func() bool {
		var status int
		status, out = c.try(method, path, word, body)
		if status != want && status != http.StatusServiceUnavailable {
			c.t.Fatalf("%s %s: got %d %s, want %d; the broker refused: %v", method, path, status, out, want, c.broker.denied.take())
		}
		return status == want
	})
	return out
}

func (c *cluster) try(method, path, word string, body any) (int, []byte) {
	c.t.Helper()
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}
	r, err := http.NewRequest(method, c.api+path, bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+callerKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", word)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, out
}

func (c *cluster) view(path string) (v events.View) {
	c.t.Helper()
	if err := json.Unmarshal(c.call(http.MethodGet, path, nil, http.StatusOK), &v); err != nil {
		c.t.Fatal(err)
	}
	return v
}

// The rights suffice: whatever the services do in the life of a verification, the broker refuses nothing.
func TestTheServicesLiveWithTheirRights(t *testing.T) {
	c := startCluster(t)
	request := events.VerificationRequested{Flow: "sumsub-person", Hold: true, Subject: subject.Subject{Type: "person", Person: &subject.Person{
		Name: &subject.PersonName{FirstName: "Ana", LastName: "Reyes"}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
		Contact: &subject.Contact{Email: "ana@example.test", Phone: "+48600000000"}}}}
	var opened struct{ ID string }
	if err := json.Unmarshal(c.call(http.MethodPost, "/v1/verifications", request, http.StatusAccepted), &opened, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	at := "/v1/verifications/" + opened.ID

	// A vendor that knows no idempotency: calls are written down before they are made.
	request.Flow, request.Hold = "bive-person", false
	var other struct{ ID string }
	if err := json.Unmarshal(c.call(http.MethodPost, "/v1/verifications", request, http.StatusAccepted), &other, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	c.await("the vendor that takes no identifier of ours has answered", func() bool { return c.view("/v1/verifications/"+other.ID).Status == "completed" })

	for n, kind := range []string{"PASSPORT", "SELFIE"} {
		c.call(http.MethodPost, at+"/documents", picture(kind, n), http.StatusAccepted)
	}
	c.call(http.MethodPost, at+"/submit", nil, http.StatusAccepted)
	c.await("the verification is completed", func() bool { return c.view(at).Status == "completed" })
	if v := c.view(at); v.Decision == nil || v.Decision.Result != "true" {
		t.Errorf("decision: got %+v, want true", v.Decision)
	}
	c.call(http.MethodGet, at+"/timeline", nil, http.StatusOK)
	c.call(http.MethodGet, "/v1/decisions", nil, http.StatusOK)
	c.call(http.MethodGet, "/v1/verifications?status=completed", nil, http.StatusOK)
	c.call(http.MethodPost, at+"/reviews", map[string]string{"result": "false", "reason": "looked again"}, http.StatusAccepted)
	c.await("the review is decided", func() bool { v := c.view(at); return v.Decision != nil && v.Decision.Result == "false" })
	c.call(http.MethodDelete, at+"/subject", nil, http.StatusAccepted)
	c.call(http.MethodDelete, at+"/subject", nil, http.StatusAccepted)
	c.await("the person is erased", func() bool { return c.view(at).Status == "erased" })

	// What could not be processed is put back by who looks after that.
	ctx := context.Background()
	door, dlq := c.connect("ingest", c.broker.config("ingest")), c.connect("dlq", c.broker.config("dlq"))
	if err := errors.Join(door.Ready(ctx), dlq.Ready(ctx)); err != nil {
		t.Fatal(err)
	}
	if _, err := door.Put(ctx, events.Event{ID: "dead", Source: "/test", Time: time.Now(), Data: events.DeadLettered{ID: opened.ID, Stream: "webhook", Subject: "webhooks.sumsub", Class: "malformed", Why: "test"}}); err != nil {
		t.Fatal(err)
	}
	task := events.DeadLettered{ID: opened.ID, Stream: "BF_TASK_SUMSUB", Sequence: 1, Subject: "bf.log.0.task.sumsub", Class: "malformed", Why: "test"}
	if _, err := c.connect("dispatcher", c.broker.config("dispatcher")).Put(ctx, events.Event{ID: "dead", Source: "/test", Time: time.Now(), Data: task}); err != nil {
		t.Fatal(err)
	}
	letters, err := dlq.DeadLetters(ctx)
	if err != nil || len(letters) != 2 {
		t.Fatalf("dead letters: got %v (%v), want 2; the broker refused: %v", letters, err, c.broker.denied.take())
	}
	for _, d := range letters {
		if err := dlq.Redrive(ctx, d.Number); err != nil {
			t.Errorf("redrive of %+v: %v", d, err)
		}
	}

	up := c.broker.config("upstream")
	if _, err := c.connect("upstream", up).PutRequest(context.Background(), "acme", events.Event{ID: "one", Source: "/shop", Time: time.Now(), Data: request}); err != nil {
		t.Errorf("an upstream service cannot ask: %v", err)
	}
	if refused := c.broker.denied.take(); len(refused) > 0 {
		t.Errorf("the broker refused:\n%v", refused)
	}
}

func picture(kind string, n int) events.DocumentUpload {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil)
	fmt.Fprintf(&b, "%d", n)
	return events.DocumentUpload{Type: kind, Country: "POL", Filename: "p.jpg", Content: base64.StdEncoding.EncodeToString(b.Bytes())}
}
