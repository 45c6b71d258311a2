package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// Sender sends one request. When it returns nil, done is called exactly once: with nil when the request was accepted, else
// with why not. When it returns an error, done is not called. It may block while too many are under way.
type Sender func(ctx context.Context, e events.Event, done func(error)) error

// ByNATS publishes requests as an upstream service does.
func ByNATS(b *bus.Bus, tenant string) Sender {
	return func(ctx context.Context, e events.Event, done func(error)) error {
		return b.PutRequestAsync(ctx, tenant, e, func(_ bus.Position, err error) { done(err) })
	}
}

// httpTimeout bounds one call of the API.
const httpTimeout = 30 * time.Second

// ByHTTP posts requests to the API at base, at most atOnce at a time.
func ByHTTP(base, key string, atOnce int) Sender {
	client := &http.Client{Timeout: httpTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, MaxConnsPerHost: atOnce}}
	room := make(chan struct{}, atOnce)
	buffers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	return func(ctx context.Context, e events.Event, done func(error)) error {
		body := buffers.Get().(*bytes.Buffer)
		body.Reset()
		if err := json.MarshalWrite(body, e.Data); err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/verifications", bytes.NewReader(body.Bytes()))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		go func() {
			err := post(client, req)
			buffers.Put(body)
			<-room
			done(err)
		}()
		return nil
	}
}

func post(client *http.Client, req *http.Request) error {
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	if err == nil && res.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("the API answers %s", res.Status)
	}
	return err
}
