//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/bus/bustest"
	"github.com/bonafide-id/bonafide/subject"
)

// connect returns a bus of the test's own.
func (w *world) connect() *bus.Bus {
	w.t.Helper()
	return bustest.Connect(w.t, bus.Config{URL: "nats://" + w.nats, Replicas: 1}, bus.Layout{Shards: shards, Providers: []string{"sumsub", "bive"}})
}

// reply is what upstream gets: an answer, or why there is none.
type reply struct {
	status int
	id     string // with a 202
	header http.Header
	body   []byte
	err    error
}

// post hands in a request over a connection of its own.
func (w *world) post(r events.VerificationRequested, key string) reply {
	body, err := json.Marshal(r)
	if err != nil {
		return reply{err: err}
	}
	return w.call(http.MethodPost, "/v1/verifications", body, "Content-Type", "application/json", "Idempotency-Key", key)
}

// strangers connects anew for every request.
var strangers = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// call makes one request of the API. Headers come as name, value; an empty value is left out.
func (w *world) call(method, path string, body []byte, headers ...string) reply {
	req, err := http.NewRequest(method, "http://"+w.api+path, bytes.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := strangers.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	p := reply{status: res.StatusCode, header: res.Header}
	if p.body, p.err = io.ReadAll(res.Body); p.err != nil {
		return reply{err: p.err}
	}
	var answer struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(p.body, &answer)
	p.id = answer.ID
	return p
}

// read returns every message of a stream, as it lies there.
func (w *world) read(stream string) []jetstream.Msg {
	w.t.Helper()
	js := w.stranger()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []jetstream.Msg
	for uint64(len(all)) < s.CachedInfo().State.Msgs {
		m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
		if err != nil {
			w.t.Fatalf("%s after %d messages of %d: %v", stream, len(all), s.CachedInfo().State.Msgs, err)
		}
		all = append(all, m)
	}
	return all
}

// stranger connects to the broker with nothing of ours.
func (w *world) stranger() jetstream.JetStream {
	w.t.Helper()
	nc, err := nats.Connect("nats://" + w.nats)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

// ask is a person who does not exist, for the n-th request of a run.
func ask(flow, reference, first, last, email string, n int) events.VerificationRequested {
	r := events.VerificationRequested{Flow: flow, Reference: reference, Subject: subject.Subject{Type: "person", Person: &subject.Person{
		Name: &subject.PersonName{FirstName: first, LastName: last}, Info: &subject.PersonInfo{BirthDate: "1990-02-03", Nationality: "PL"},
		Contact: &subject.Contact{Email: email, Phone: "+48600000000"}}}}
	if flow == "sumsub-person" {
		r.Documents = []events.DocumentUpload{picture("PASSPORT", 2*n, nil), picture("SELFIE", 2*n+1, nil)}
	}
	return r
}

// picture is a JPEG that no other number gives; tail is put behind the image.
func picture(kind string, n int, tail []byte) events.DocumentUpload {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for x := range 16 {
		for y := range 16 {
			img.Set(x, y, color.RGBA{uint8(x*9 + n), uint8(y*7 + n>>8), uint8(n * 31), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	fmt.Fprintf(&b, "%d", n)
	b.Write(tail)
	return events.DocumentUpload{Type: kind, Country: "POL", Filename: "p.jpg", Content: base64.StdEncoding.EncodeToString(b.Bytes())}
}

// publish puts a request on the stream as any program may: headers and bytes, nothing of ours.
func publish(ctx context.Context, js jetstream.JetStream, subject, id string, body []byte) error {
	m := nats.NewMsg(subject)
	m.Header = nats.Header{"ce-specversion": {"1.0"}, "ce-type": {"io.bonafide.verification.requested.v1"}, "ce-source": {"/shop/checkout"},
		"ce-id": {strings.ReplaceAll(id, " ", "-")}, "content-type": {"application/json"}}
	m.Data = body
	_, err := js.PublishMsg(ctx, m)
	return err
}

// put publishes a request to NATS and reports whether the broker has it.
func put(ctx context.Context, b *bus.Bus, id string, r events.VerificationRequested) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := b.PutRequest(ctx, "default", events.Event{ID: id, Source: "/e2e", Time: time.Now(), Data: r})
	return err == nil
}
