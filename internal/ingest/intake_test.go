package ingest_test

import (
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/subject"
)

// upstream is a plain NATS client, as other people's services are.
func upstream(t testing.TB, s *bus.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func publish(t testing.TB, js jetstream.JetStream, subject, body string, headers ...string) {
	t.Helper()
	m := &nats.Msg{Subject: subject, Data: []byte(body), Header: nats.Header{}}
	for i := 0; i < len(headers); i += 2 {
		m.Header[headers[i]] = []string{headers[i+1]}
	}
	if _, err := js.PublishMsg(t.Context(), m); err != nil {
		t.Fatalf("publish: %v", err)
	}
}

func TestRequestsFromUpstreamBecomeVerificationsAndLeaveTheStream(t *testing.T) {
	server := bustest.Run(t)
	r := newRigOn(t, server, nil)
	js := upstream(t, server)
	publish(t, js, "bonafide.requests.acme", full, ce("n-1")...)
	publish(t, js, "bonafide.requests.acme", inJSON("n-2", minimal), "Content-Type", structuredMedia)
	publish(t, js, "bonafide.requests.other", inJSON("n-3", business))
	publish(t, js, "bonafide.requests.acme", full, ce("n-1")...)
	r.eventually("four inputs", func() bool { return len(r.inputs()) == 4 })
	identities := map[string]string{}
	for _, in := range r.inputs() {
		v := in.Event.Data.(events.VerificationOpened)
		identities[events.IdentityOf(v.ID)] = v.Tenant
		for _, d := range v.Documents {
			if b := r.document(v.ID, v.Tenant, d); string(b) != string(jpeg) {
				t.Errorf("document opens to %d bytes, want %d", len(b), len(jpeg))
			}
		}
	}
	if len(identities) != 3 {
		t.Errorf("identities = %v, want 3: the event that came twice is one", identities)
	}
	requests, err := js.Stream(t.Context(), "REQUESTS")
	if err != nil {
		t.Fatal(err)
	}
	r.eventually("what was sealed is removed", func() bool {
		info, err := requests.Info(t.Context())
		return err == nil && info.State.Msgs == 0
	})
}

func TestABadRequestFromUpstreamIsRejectedOnTheResults(t *testing.T) {
	server := bustest.Run(t)
	r := newRigOn(t, server, nil)
	js := upstream(t, server)
	sub, err := js.Stream(t.Context(), "RESULTS")
	if err != nil {
		t.Fatal(err)
	}
	bad := []struct {
		name, body string
		headers    []string
		eventID    string
		status     int
		pointers   string
	}{
		{"unknown flow", strings.Replace(full, "person-test", "nope", 1), ce("b-1"), "b-1", 422, "/flow"},
		{"wrong data", `{"flow":7,"reference":"r-9"}`, ce("b-2"), "b-2", 422, "/flow /subject"},
		{"unknown member", with(`"colour":"red"`), ce("b-3"), "b-3", 422, "/colour"},
		{"not JSON", "hello", ce("b-4"), "b-4", 400, ""},
		{"no event at all", "hello", nil, "", 400, ""},
		{"nothing", "", nil, "", 400, ""},
		{"another type", minimal, ce("b-5", "ce-type", "com.example.x"), "b-5", 422, "/type"},
		{"bad document", with(`"documents":[{"type":"SELFIE","content":"aGVsbG8="}]`), ce("b-6"), "b-6", 422, "/documents/0/content"},
	}
	for i, tt := range bad {
		publish(t, js, "bonafide.requests.acme", tt.body, tt.headers...)
		var got events.VerificationRejected
		r.eventually("rejected: "+tt.name, func() bool {
			m, err := sub.GetMsg(t.Context(), uint64(i+1))
			if err != nil {
				return false
			}
			e, err := events.Decode(events.Header(m.Header), m.Data)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if !strings.HasSuffix(m.Subject, ".rejected") || !strings.HasPrefix(m.Subject, "bonafide.results.acme.") {
				t.Errorf("%s: subject %s", tt.name, m.Subject)
			}
			if strings.Contains(string(m.Data), "Kowalski") {
				t.Errorf("%s: the rejection names a person: %s", tt.name, m.Data)
			}
			got = e.Data.(events.VerificationRejected)
			return true
		})
		if got.EventID != tt.eventID || got.Problem.Status != tt.status || pointers(got.Problem) != tt.pointers || !events.ValidID(got.ID) || got.Tenant != "acme" {
			t.Errorf("%s: rejected = %+v, want event %q, status %d, pointers %q", tt.name, got, tt.eventID, tt.status, tt.pointers)
		}
	}
	r.eventually("nothing is left", func() bool {
		s, err := js.Stream(t.Context(), "REQUESTS")
		return err == nil && s.CachedInfo().State.Msgs == 0
	})
	if n := len(r.inputs()); n != 0 {
		t.Errorf("%d inputs, want 0", n)
	}
}

func BenchmarkIntake(b *testing.B) {
	server := bustest.Run(b)
	r := newRigOn(b, server, nil)
	var stored atomic.Int64
	p := subject.Subject{Type: "person", Person: &subject.Person{Name: &subject.PersonName{FirstName: "Jan", LastName: "Kowalski"},
		Info: &subject.PersonInfo{BirthDate: "1983-07-03", Nationality: "PL"}, Contact: &subject.Contact{Email: "jan@example.test"}}}
	for i := range b.N {
		e := events.Event{ID: "bench-" + strconv.Itoa(i), Source: "/bench", Time: time.Now(), Data: events.VerificationRequested{Flow: "person-test", Subject: p, Hold: true}}
		if err := r.bus.PutRequestAsync(b.Context(), "acme", e, func(_ bus.Position, err error) {
			if err == nil {
				stored.Add(1)
			}
		}); err != nil {
			b.Fatal(err)
		}
	}
	eventually(b, "all are taken", func() bool {
		var n uint64
		for s := range shards {
			tail, err := r.bus.Tail(b.Context(), s)
			if err != nil {
				b.Fatal(err)
			}
			n += tail
		}
		return n >= uint64(b.N)
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
