package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/client"
	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/single"
	"github.com/bonafide-id/bonafide/internal/flow"
)

type demoCmd struct {
	Keep    bool          `help:"Leave everything running afterwards."`
	JSON    bool          `name:"json" help:"Print the table as JSON."`
	Timeout time.Duration `default:"60s" help:"How long the stories may take, once all are asked for."`
}

// Run tells the stories on a system of its own: 0 if each ended as it must, else 1.
func (c *demoCmd) Run(e *env) error {
	dir, err := os.MkdirTemp("", "bonafide-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	log, err := logger(&env{ctx: e.ctx, err: e.err, lookup: over(e.lookup, map[string]string{"LOG_LEVEL": "error"})}) // vendors stumble on purpose
	if err != nil {
		return err
	}
	second, err := writeSecondReviewer(dir)
	if err != nil {
		return err
	}
	s, err := single.Start(e.ctx, single.Config{Dir: dir, HTTPAddr: "127.0.0.1:0", NATSAddr: "127.0.0.1:0", Sandboxes: true, Speed: 80, Log: log,
		Lookuper: over(e.lookup, map[string]string{"POLL_INTERVAL": "1s", "API_KEYS_FILE": second}), Flows: addDemoFlows})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	running := make(chan error, 1)
	go func() { running <- s.Run(ctx) }()
	err = c.tell(ctx, e, s)
	if c.Keep && (err == nil || errors.Is(err, errBad)) {
		fmt.Fprintf(e.out, "\nStill running. API %s, NATS %s\n  export BONAFIDE_URL=%s BONAFIDE_API_KEY=%s\n", s.URL(), s.NATS(), s.URL(), s.Key)
		<-ctx.Done()
	}
	stop()
	if failed := <-running; err == nil {
		err = failed
	}
	return err
}

// asksWithin bounds how long it takes until everything runs and every story is asked for.
const asksWithin = time.Minute

// secondReviewer is the key of somebody who may only review.
const secondReviewer = "second-reviewer-of-the-demo"

// writeSecondReviewer writes down what that key may do.
func writeSecondReviewer(dir string) (file string, err error) {
	file = filepath.Join(dir, "keys.yaml")
	return file, os.WriteFile(file, []byte(`keys: [{key: "`+secondReviewer+`", tenant: default, scopes: ["verifications:read", "reviews:decide"]}]`), 0o600)
}

func addDemoFlows(set *flow.Set) error {
	for _, name := range slices.Sorted(maps.Keys(demoFlows)) {
		if err := set.Add(name+".yaml", []byte(demoFlows[name]), catalog.All()); err != nil {
			return err
		}
	}
	return nil
}

// tale is a story as it went.
type tale struct {
	story
	n    int
	view events.View
	done bool
	gave bool // what was asked for
	gone bool // the person is being erased
}

// ends reports whether the tale is where it must end.
func (t *tale) ends() bool {
	d := t.view.Decision
	return d != nil && d.Revision >= t.revision && d.Result == t.result && t.gave == t.asks && t.began() == t.begins
}

// began returns the provider that the flow's split chose, "" where there is none.
func (t *tale) began() string {
	if len(t.view.Checks) == 0 || t.view.Checks[0].Split == nil {
		return ""
	}
	return t.view.Checks[0].Split.Provider
}

// tell sends all requests, follows the results as a downstream service would, and prints the table.
func (c *demoCmd) tell(ctx context.Context, e *env, s *single.System) error {
	asking, asked := context.WithTimeout(ctx, asksWithin)
	defer asked()
	if err := ready(asking, s); err != nil {
		return err
	}
	shop, err := client.Connect(asking, s.NATS(), client.Options{Name: "demo"})
	if err != nil {
		return err
	}
	defer shop.Close()
	a := &api{base: s.URL(), key: s.Key, http: &http.Client{}}
	defer a.http.CloseIdleConnections()
	tales := map[string]*tale{}
	say := progress(e.err)
	for n, st := range stories {
		tales[st.name] = &tale{story: st, n: n}
		if err := ask(asking, a, shop, tales[st.name]); err != nil {
			return fmt.Errorf("story %s: %w", st.name, err)
		}
		say("%-20s asked through %s", st.name, door(st))
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	reading, told := context.WithCancel(ctx)
	defer told()
	var failed error
	err = shop.Results(reading, client.Consumer{Durable: "demo"}, func(_ context.Context, r events.Event) error {
		failed = hear(ctx, a, tales, r, say)
		if failed != nil || !slices.ContainsFunc(slices.Collect(maps.Values(tales)), func(t *tale) bool { return !t.done }) {
			told()
		}
		return nil
	})
	if err = errors.Join(err, failed); err != nil && ctx.Err() == nil {
		return err
	}
	return c.print(e, tales)
}

// ask hands in one request.
func ask(ctx context.Context, a *api, shop *client.Client, t *tale) error {
	r := t.request(t.n)
	if t.nats {
		return shop.Request(ctx, "default", r, client.Origin{Source: "/demo", ID: "demo-" + t.name})
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return a.call(ctx, http.MethodPost, "/v1/verifications", body, &receipt{})
}

func door(s story) string {
	if s.nats {
		return "NATS"
	}
	return "HTTP"
}

// hear takes one result.
func hear(ctx context.Context, a *api, tales map[string]*tale, r events.Event, say func(string, ...any)) error {
	switch d := r.Data.(type) {
	case events.VerificationDecided:
		t := tales[d.Reference]
		if t == nil {
			return nil
		}
		t.view = d.View
		t.done = t.ends()
		say("%-20s revision %d: %s, %g. %s", t.name, d.Decision.Revision, d.Decision.Result, d.Decision.Confidence, d.Decision.Reasoning)
		switch {
		case t.word != "" && d.Status == "in_review":
			return t.review(ctx, a)
		case t.done && t.erase && !t.gone:
			t.gone = true
			return a.call(ctx, http.MethodDelete, "/v1/verifications/"+t.view.ID+"/subject", nil, nil)
		}
	case events.ActionRequired:
		t := tales[d.Reference]
		if t == nil {
			return nil
		}
		for _, act := range d.Actions {
			say("%-20s %s", t.name, describe(act))
		}
		return t.give(ctx, a, d.View)
	case events.VerificationFailed:
		if t := tales[d.Reference]; t != nil {
			t.view = d.View
			say("%-20s failed: %s", t.name, d.Failure.Reason)
		}
	case events.VerificationRejected:
		say("%-20s rejected: %s", d.Reference, d.Problem.Title)
	}
	return nil
}

// give hands in a better photograph of what was asked for, or the name as it is right. A hosted page is opened by the sandbox's own people.
func (t *tale) give(ctx context.Context, a *api, v events.View) error {
	for _, act := range v.Actions {
		if act.Type == "correct_data" && !t.gave {
			t.gave = true
			return a.call(ctx, http.MethodPost, "/v1/verifications/"+v.ID+"/subject", []byte(`{"person":{"name":{"lastName":"Reyes-Right"}}}`), nil)
		}
		if act.Type != "resubmit" || t.gave {
			continue
		}
		t.gave = true
		up := struct {
			events.DocumentUpload
			Person string `json:"person,omitempty"`
		}{picture(act.Document, 1000+t.n), act.Person}
		up.Side = act.Side
		body, err := json.Marshal(up)
		if err != nil {
			return err
		}
		return a.call(ctx, http.MethodPost, "/v1/verifications/"+v.ID+"/documents", body, nil)
	}
	return nil
}

// review is a reviewer who claims what waits for one, and decides; with four eyes a second one does so, too.
func (t *tale) review(ctx context.Context, a *api) error {
	at := "/v1/verifications/" + t.view.ID
	body, err := json.Marshal(map[string]string{"component": "aml", "result": t.word, "reason": "Somebody else of the same name."})
	if err != nil {
		return err
	}
	reviewers := []*api{a}
	if t.fourEyes {
		reviewers = append(reviewers, &api{base: a.base, key: secondReviewer, http: a.http})
	}
	for _, r := range reviewers {
		if err := r.call(ctx, http.MethodPost, at+"/claims", nil, nil); err != nil {
			return err
		}
		if err := r.call(ctx, http.MethodPost, at+"/reviews", body, nil); err != nil {
			return err
		}
	}
	return nil
}

// row is a line of the final table.
type row struct {
	ID         string   `json:"id"`
	Story      string   `json:"story"`
	Flow       string   `json:"flow"`
	Providers  []string `json:"providers"`
	Result     string   `json:"result"`
	Confidence float64  `json:"confidence"`
	Why        string   `json:"why"`
	Expected   bool     `json:"asExpected"`
}

func (t *tale) row() row {
	r := row{ID: t.view.ID, Story: t.name, Flow: t.flow, Result: "none", Why: "no decision", Expected: t.done}
	began := ""
	for _, c := range t.view.Checks {
		if !slices.Contains(r.Providers, c.Provider) {
			r.Providers = append(r.Providers, c.Provider)
		}
		if c.Split != nil {
			began = fmt.Sprintf("Began with %s, as %d of 100 do. ", c.Split.Provider, c.Split.Percent)
		}
	}
	if d := t.view.Decision; d != nil {
		r.Result, r.Confidence, r.Why = d.Result, d.Confidence, d.Reasoning
		if d.Revision > 1 {
			r.Why = fmt.Sprintf("Revision %d (%s). %s", d.Revision, d.Cause, d.Reasoning)
		}
		r.Why = began + r.Why
	} else if f := t.view.Failure; f != nil {
		r.Result, r.Why = "failed", f.Reason
	}
	return r
}

// print prints the table and what to type next.
func (c *demoCmd) print(e *env, tales map[string]*tale) error {
	var rows []row
	wrong := 0
	for _, s := range stories {
		r := tales[s.name].row()
		if !r.Expected {
			wrong++
		}
		rows = append(rows, r)
	}
	if c.JSON {
		b, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		if err := printJSON(e.out, b); err != nil {
			return err
		}
	} else if err := table(e.out, rows); err != nil {
		return err
	}
	if wrong > 0 {
		fmt.Fprintf(e.err, "%d of %d stories did not end as they must\n", wrong, len(rows))
		return errBad
	}
	if !c.JSON {
		fmt.Fprintf(e.out, "\nAll %d ended as they must. Next:\n%s", len(rows), demoNext)
	}
	return nil
}

// demoNext is what to type next.
const demoNext = `  go run ./cmd/bonafide demo --keep       # the same, and leave it running
  go run ./cmd/bonafide up --sandbox      # persistent, in ./data
  go run ./cmd/bonafide watch             # in another terminal
`

func table(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "id\tflow\tproviders\tresult\tconfidence\twhy")
	for _, r := range rows {
		mark := ""
		if !r.Expected {
			mark = "UNEXPECTED (" + r.Story + ") "
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%g\t%s%s\n", r.ID, r.Flow, strings.Join(r.Providers, ","), r.Result, r.Confidence, mark, r.Why)
	}
	return t.Flush()
}

// progress returns what tells of movement: on a terminal only.
func progress(w io.Writer) func(string, ...any) {
	f, ok := w.(*os.File)
	if ok {
		info, err := f.Stat()
		ok = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if !ok {
		return func(string, ...any) {}
	}
	began := time.Now()
	return func(format string, args ...any) {
		fmt.Fprintf(w, "%6.2fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
}
