package main

import (
	"fmt"
	"net/url"

	"github.com/go-json-experiment/json"
)

type watchCmd struct {
	ID   string `arg:"" optional:"" help:"Only this verification."`
	JSON bool   `name:"json" help:"Print each event as a line of JSON."`
}

// Run prints events as they happen, until it is told to stop.
func (c *watchCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	path := "/v1/timeline"
	if c.ID != "" {
		path = "/v1/verifications/" + url.PathEscape(c.ID) + "/timeline"
	}
	return a.follow(e.ctx, path, func(data []byte) bool {
		if c.JSON {
			fmt.Fprintln(e.out, string(data))
			return true
		}
		var n entry
		if err := json.Unmarshal(data, &n); err != nil {
			fmt.Fprintln(e.err, "an event that this program does not understand was left out")
			return true
		}
		fmt.Fprintf(e.out, "%s  %s  %s\n", n.Time.Local().Format("15:04:05.000"), n.ID, tell(n))
		return true
	})
}
