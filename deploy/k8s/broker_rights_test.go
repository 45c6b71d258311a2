package k8s_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestTheBrokersAreReplicatedDurableAndAskEverybodyWhoTheyAre(t *testing.T) {
	v := readValues(t)
	env := func() map[string]string {
		m := build(t, "overlays/prod")
		return m.environment(t, m.workload(t, "resolver").container(t))
	}()
	c := v.Config
	for what, ok := range map[string]bool{
		"three brokers or more, with TLS between them":  c.Cluster.Enabled && c.Cluster.Replicas >= 3 && c.Cluster.TLS.Enabled,
		"streams in files only":                         c.JetStream.Enabled && !c.JetStream.MemoryStore.Enabled,
		"files are encrypted, with a key from a secret": c.JetStream.Merge["cipher"] != nil && c.JetStream.Merge["key"] == "<< $JETSTREAM_KEY >>" && v.Container.Env["JETSTREAM_KEY"] != nil,
		"copies on different nodes":                     c.JetStream.Merge["unique_tag"] != nil && c.Merge["server_tags"] != nil,
		"clients have certificates":                     c.NATS.TLS.Enabled && c.NATS.TLS.Merge["verify_and_map"] == true,
		"nobody without a name":                         c.Merge["no_auth_user"] == nil && !strings.Contains(strings.Join(keys(c.Merge), " "), "authorization"),
		"services know how the broker syncs":            (c.JetStream.Merge["sync_interval"] == "always") == (env["NATS_SYNC_ALWAYS"] == "true"),
		"services use TLS":                              strings.HasPrefix(env["NATS_URL"], "tls://"),
		"the version that the tests run":                strings.HasPrefix(v.Container.Image.Tag, "2.15.2"),
		"as many copies as there are brokers":           env["NATS_REPLICAS"] == "3",
	} {
		if !ok {
			t.Errorf("values.yaml and overlays/prod: want: %s", what)
		}
	}
	volume, store := resource.MustParse(c.JetStream.FileStore.PVC.Size), resource.MustParse(c.JetStream.FileStore.MaxSize)
	if store.Value() > volume.Value()*95/100 {
		t.Errorf("the store may grow to %v of a volume of %v; want 95 %% at most", &store, &volume)
	}
	dev := build(t, "overlays/dev")
	if image := dev.workload(t, "nats").container(t).Image; image != "nats:"+v.Container.Image.Tag {
		t.Errorf("overlays/dev runs %s, values.yaml %s", image, v.Container.Image.Tag)
	}
}

func keys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	return all
}

// forbidden is what each user tries in vain. JetStream's API is what reaches streams past the permissions of their subjects.
var forbidden = map[string]struct{ publish, subscribe []string }{
	"ingest": {
		publish: []string{
			"bf.log.0.claim", "bf.snap.0.manifest", "bonafide.results.acme.f.true", "$KV.bf_leases.shard.0", "$KV.bf_calls.x", "$JS.ACK.BF_TASK_BIVE.dispatcher.1.1.1.1.1",
			"$JS.API.CONSUMER.CREATE.BF_KEYS.c", "$JS.API.DIRECT.GET.BF_KEYS", "$JS.API.CONSUMER.MSG.NEXT.BF_TASK_BIVE.dispatcher", "$JS.API.CONSUMER.MSG.NEXT.BF_KIN.courier-0", "$JS.ACK.BF_KIN.courier-0.1.1.1.1.1",
			"$JS.API.CONSUMER.CREATE.BF_TASK_BIVE.dispatcher.x", "$JS.API.CONSUMER.DURABLE.CREATE.BF_KEYS.c", "$JS.API.STREAM.PURGE.BF_IN_0",
		},
		subscribe: []string{"bf.ask.0", "bf.in.*", "bf.keys", "_INBOX_dispatcher.>"},
	},
	"dispatcher": {
		publish: []string{
			"bf.log.0.claim", "bf.keys", "bf.flows.x", "bf.snap.0.manifest", "bonafide.requests.acme", "bonafide.results.acme.f.true", "$KV.bf_leases.shard.0", "$KV.bf_idem.x", "bf.ask.0",
			"$JS.API.STREAM.MSG.GET.REQUESTS", "$JS.API.DIRECT.GET.REQUESTS", "$JS.API.CONSUMER.CREATE.REQUESTS.c", "$JS.API.CONSUMER.MSG.NEXT.REQUESTS.ingest",
			"$JS.API.STREAM.MSG.DELETE.BF_KEYS", "$JS.API.STREAM.PURGE.BF_KEYS", "$JS.API.CONSUMER.MSG.NEXT.BF_KIN.courier-0",
		},
		subscribe: []string{"bf.ask.0", "bonafide.requests.*", "_INBOX_ingest.>"},
	},
	"resolver": {
		publish: []string{
			"bf.keys", "bf.flows.x", "bf.dead.ingest", "bonafide.requests.acme", "bonafide.results.acme.f.true", "$KV.bf_idem.x", "$KV.bf_leases.conn.bive",
			"$JS.API.STREAM.MSG.GET.REQUESTS", "$JS.API.STREAM.MSG.GET.BF_KEYS", "$JS.API.DIRECT.GET.REQUESTS", "$JS.API.DIRECT.GET.BF_KEYS", "$JS.API.CONSUMER.CREATE.REQUESTS.c",
			"$JS.API.CONSUMER.CREATE.REQUESTS.c.bonafide.requests.acme", "$JS.API.CONSUMER.CREATE.BF_KEYS.c", "$JS.API.CONSUMER.CREATE.REQUESTS", "$JS.API.CONSUMER.MSG.NEXT.REQUESTS.ingest",
			"$JS.API.CONSUMER.MSG.NEXT.BF_TASK_BIVE.dispatcher", "$JS.API.CONSUMER.DELETE.REQUESTS.ingest", "$JS.API.CONSUMER.DELETE.BF_KIN.courier-0", "$JS.ACK.REQUESTS.ingest.1.1.1.1.1", "$JS.API.STREAM.PURGE.REQUESTS",
		},
		subscribe: []string{"bf.in.*", "bf.keys", "bonafide.requests.*", "_INBOX_ingest.>"},
	},
	"streams": {
		publish: []string{
			"bf.in.0", "bf.log.0.claim", "bonafide.requests.acme", "$JS.API.STREAM.MSG.GET.BF_IN_0", "$JS.API.DIRECT.GET.BF_IN_0", "$JS.API.CONSUMER.CREATE.REQUESTS.spy",
			"$JS.API.CONSUMER.MSG.NEXT.REQUESTS.ingest",
		},
		subscribe: []string{"bf.in.*", "bonafide.requests.*", "_INBOX_ingest.>"},
	},
	"dlq": {
		publish: []string{
			"bf.log.0.claim", "bf.keys", "bf.flows.x", "bf.dead.ingest", "bonafide.requests.acme", "bonafide.results.acme.f.true", "$KV.bf_leases.shard.0", "bf.ask.0",
			"$JS.API.STREAM.MSG.GET.REQUESTS", "$JS.API.DIRECT.GET.REQUESTS", "$JS.API.STREAM.MSG.GET.BF_KEYS", "$JS.API.DIRECT.GET.BF_KEYS", "$JS.API.STREAM.MSG.GET.BF_SNAP",
			"$JS.API.CONSUMER.CREATE.REQUESTS.c", "$JS.API.CONSUMER.CREATE.BF_KEYS.c", "$JS.API.CONSUMER.MSG.NEXT.REQUESTS.ingest", "$JS.API.STREAM.MSG.DELETE.BF_KEYS",
		},
		subscribe: []string{"bf.in.*", "bf.dead.*", "bonafide.requests.*", "_INBOX_ingest.>"},
	},
	"upstream": {
		publish:   []string{"bonafide.requests.other", "bf.in.0", "$JS.API.INFO", "$JS.API.STREAM.MSG.GET.REQUESTS"},
		subscribe: []string{"bonafide.requests.acme", "bonafide.results.>", "_INBOX_downstream.>"},
	},
	"downstream": {
		publish: []string{
			"bonafide.requests.acme", "bonafide.results.acme.f.true", "$JS.API.STREAM.MSG.GET.RESULTS", "$JS.API.CONSUMER.CREATE.RESULTS.acme", "$JS.API.DIRECT.GET.RESULTS",
			"$JS.API.CONSUMER.CREATE.RESULTS.acme.bonafide.results.other.>", "$JS.API.CONSUMER.CREATE.REQUESTS.acme",
		},
		subscribe: []string{"bonafide.results.acme.>", "_INBOX_upstream.>"},
	},
}

// destroyers are for nobody but the operator.
var destroyers = []string{
	"$JS.API.STREAM.DELETE.BF_LOG_0", "$JS.API.STREAM.PURGE.BF_LOG_0", "$JS.API.STREAM.MSG.DELETE.BF_IN_0", "$JS.API.STREAM.SNAPSHOT.REQUESTS", "$JS.API.STREAM.RESTORE.X",
	"$JS.API.STREAM.LEADER.STEPDOWN.BF_LOG_0", "$JS.API.CONSUMER.PAUSE.REQUESTS.ingest", "$JS.API.ACCOUNT.PURGE.BONAFIDE", "$SYS.REQ.SERVER.PING",
}

func TestTheBrokerRefusesEachServiceWhatIsNotItsOwn(t *testing.T) {
	b := startBroker(t)
	for user, no := range forbidden {
		refused := make(chan string, 1)
		c := b.config(user)
		nc, err := nats.Connect(c.URL, nats.RootCAs(c.TLSCA), nats.ClientCert(c.TLSCert, c.TLSKey), nats.CustomInboxPrefix(c.InboxPrefix),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err.Error() }))
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		defer nc.Close()
		try := func(what, subject string, f func() error) {
			t.Helper()
			if err := f(); err != nil {
				t.Fatalf("%s: %s %s: %v", user, what, subject, err)
			}
			if err := nc.Flush(); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-refused:
				if !strings.Contains(strings.ToLower(got), "permissions violation") || !strings.Contains(got, subject) {
					t.Errorf("%s: %s %s: got %q", user, what, subject, got)
				}
			case <-time.After(time.Second):
				t.Errorf("%s may %s %s", user, what, subject)
			}
		}
		publish := append(append([]string(nil), no.publish...), destroyers...)
		if user != "streams" {
			publish = append(publish, "$JS.API.STREAM.CREATE.X", "$JS.API.STREAM.UPDATE.BF_LOG_0")
		}
		for _, s := range publish {
			try("publish to", s, func() error { return nc.Publish(s, []byte("{}")) })
		}
		for _, s := range append(append([]string(nil), no.subscribe...), "_INBOX.>", ">", "$SYS.>", "$JS.EVENT.>") {
			try("subscribe to", s, func() error { _, err := nc.SubscribeSync(s); return err })
		}
	}
}

// Who has no certificate of our authority is nobody.
func TestTheBrokerRefusesStrangers(t *testing.T) {
	b := startBroker(t)
	other := t.TempDir()
	authority(t, other, "ingest")
	for what, o := range map[string][]nats.Option{
		"no certificate":                      nil,
		"a certificate of another authority":  {nats.ClientCert(other+"/ingest.crt", other+"/ingest.key")},
		"a certificate without rights for it": {nats.ClientCert(b.file("server.crt"), b.file("server.key"))},
	} {
		nc, err := nats.Connect(b.url, append(o, nats.RootCAs(b.file("ca.crt")))...)
		if err == nil {
			nc.Close()
			t.Errorf("%s: connected", what)
		}
	}
}
