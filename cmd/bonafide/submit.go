package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot"
)

type submitCmd struct {
	File           string        `short:"f" type:"path" help:"Request as JSON; - or absent reads standard input."`
	IdempotencyKey string        `help:"The same key and the same request are one verification."`
	Wait           bool          `help:"Follow it to the decision. Exit 0 for true, 1 for anything else."`
	Timeout        time.Duration `default:"20m" help:"How long to wait."`
	JSON           bool          `name:"json" help:"Print the API's answer as it is."`
}

// receipt is the answer to POST /v1/verifications.
type receipt struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Flow      string    `json:"flow"`
	Reference string    `json:"reference"`
	CreatedAt time.Time `json:"createdAt"`
}

// Run posts the request.
func (c *submitCmd) Run(e *env) error {
	body, err := c.read()
	if err != nil {
		return err
	}
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	header := http.Header{}
	if c.IdempotencyKey != "" {
		header.Set("Idempotency-Key", c.IdempotencyKey)
	}
	res, err := a.do(e.ctx, http.MethodPost, "/v1/verifications", "application/json", body, header)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var r receipt
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		return fmt.Errorf("the answer is not what the API promises: %w", err)
	}
	if !c.Wait {
		if c.JSON {
			return printJSON(e.out, raw)
		}
		fmt.Fprintln(e.out, r.ID)
		return nil
	}
	fmt.Fprintf(e.err, "%s  %s accepted\n", r.ID, r.Flow)
	v, err := a.await(e, r.ID, c.Timeout)
	if err != nil {
		return err
	}
	if c.JSON {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := printJSON(e.out, b); err != nil {
			return err
		}
	} else {
		printView(e.out, v)
	}
	if v.Decision == nil || v.Decision.Result != "true" {
		return errBad
	}
	return nil
}

func (c *submitCmd) read() ([]byte, error) {
	if c.File == "" || c.File == "-" {
		return io.ReadAll(os.Stdin)
	}
	body, err := os.ReadFile(c.File)
	if err != nil {
		return nil, boot.ConfigError{Err: err}
	}
	return body, nil
}

// await asks for a verification until it is decided or ends without a decision. It bears with an API that is busy.
func (a *api) await(e *env, id string, patience time.Duration) (events.View, error) {
	over := time.NewTimer(patience)
	defer over.Stop()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	said := ""
	for {
		var v events.View
		err := a.call(e.ctx, http.MethodGet, "/v1/verifications/"+id, nil, &v)
		var p problemError
		if err != nil && (!errors.As(err, &p) || p.Status != http.StatusServiceUnavailable && p.Status != http.StatusTooManyRequests) {
			return v, err
		}
		if v.Decision != nil || ended(v.Status) {
			return v, nil
		}
		if err == nil && v.Status != said {
			said = v.Status
			fmt.Fprintf(e.err, "%s  %s\n", id, said)
			for _, act := range v.Actions {
				fmt.Fprintf(e.err, "  %s\n", describe(act))
			}
		}
		select {
		case <-e.ctx.Done():
			return v, e.ctx.Err()
		case <-over.C:
			if err != nil {
				return v, err
			}
			return v, fmt.Errorf("%s is still %s after %s", id, v.Status, patience)
		case <-tick.C:
		}
	}
}

func ended(status string) bool {
	return status == "failed" || status == "cancelled" || status == "erased"
}

// printJSON prints indented JSON.
func printJSON(w io.Writer, b []byte) error {
	v := jsontext.Value(bytes.Clone(b))
	if err := v.Indent(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, string(v))
	return err
}
