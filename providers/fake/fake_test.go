package fake_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sethvargo/go-envconfig"
	"go.uber.org/goleak"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/fake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func connect(t testing.TB, s fake.Script) *providers.Client {
	t.Helper()
	c, err := fake.New(s).Open(context.Background(), envconfig.MapLookuper(nil), providers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestScriptsAreFollowed(t *testing.T) {
	r := providers.Request{ExternalID: "vrf_1.identity", Components: []string{"document", "aml"}, Params: jsontext.Value(`{"results":{"document":"flagged"}}`)}
	c := connect(t, fake.Script{Results: map[string]string{"aml": "false"}, Status: func(op string, _ providers.Request) string {
		if op == "send" {
			return "pending"
		}
		return "completed"
	}})
	for _, tt := range []struct {
		do   func(context.Context, providers.Request) (providers.Reply, error)
		want string
	}{{c.Send, "pending"}, {c.Poll, "completed"}} {
		reply, err := tt.do(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		o, err := c.Read(reply)
		if err != nil || o.Status != tt.want || len(o.Findings) != 2 || o.Findings[0].Result != "flagged" || o.Findings[1].Result != "false" {
			t.Errorf("got %+v, %v; want %s, document flagged and aml false", o, err, tt.want)
		}
	}
}

func TestPersonsAreAnsweredOneByOne(t *testing.T) {
	c := connect(t, fake.Script{})
	reply, err := c.Send(t.Context(), providers.Request{Components: []string{"persons"}, Parties: []providers.Party{{Reference: "ubo-1"}, {Reference: "ubo-2"}}})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Read(reply)
	if err != nil || len(o.Findings) != 2 || o.Findings[0].Person != "ubo-1" || o.Findings[1].Person != "ubo-2" {
		t.Errorf("got %+v, %v; want one finding for each person", o.Findings, err)
	}
}

func TestErrorsAndDelays(t *testing.T) {
	c := connect(t, fake.Script{Err: func(context.Context, string, providers.Request) error {
		return fault.New(fault.RateLimited, "fake", "slow down")
	}})
	if _, err := c.Send(t.Context(), providers.Request{}); fault.ClassOf(err) != fault.RateLimited {
		t.Errorf("got %v, want class rate_limited", err)
	}
	c = connect(t, fake.Script{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := c.Send(ctx, providers.Request{}); fault.ClassOf(err) != fault.Transient {
		t.Errorf("got %v, want class transient", err)
	}
}

func Example() {
	c, err := fake.Definition.Open(context.Background(), envconfig.MapLookuper(nil), providers.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	reply, err := c.Send(context.Background(), providers.Request{Components: []string{"document", "selfie"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := c.Read(reply)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range o.Findings {
		fmt.Println(f.Component, f.Result, f.Confidence)
	}
	// Output:
	// document true 99
	// selfie true 99
}

func BenchmarkSend(b *testing.B) {
	c := connect(b, fake.Script{})
	r := providers.Request{ExternalID: "vrf_1.identity", Components: []string{"document", "selfie", "name"}}
	b.ReportAllocs()
	for b.Loop() {
		reply, err := c.Send(context.Background(), r)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(reply); err != nil {
			b.Fatal(err)
		}
	}
}
