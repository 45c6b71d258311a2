// Package fake is a vendor inside the process: no network, no account, an answer at once. It is for tests, demonstrations
// and load; providers/all does not list it, so that nobody is verified by it by accident.
package fake

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/internal/fault"
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

// Confidence is that of every finding that a Script does not give another.
const Confidence = 99

// Script says how the vendor behaves. The zero Script answers at once that everything asked for is true. It is read
// concurrently: do not change it after it was handed over.
type Script struct {
	// Delay is how long each call takes. A call that ends first, with its context, was not done.
	Delay time.Duration
	// Results are the results by component that are not "true".
	Results map[string]string
	// Err, if set, is asked before each call; an error is the call's answer. op is send, poll or erase.
	Err func(ctx context.Context, op string, r providers.Request) error
	// Status, if set, is asked for the outcome's status of each reply, instead of "completed".
	Status func(op string, r providers.Request) string
}

// Spec is the vendor's. There is no rate and no polling.
func Spec() providers.Spec {
	return providers.Spec{
		Name:  "fake",
		Title: "Fake",
		Components: []string{
			"document", "selfie", "liveness", "name", "birth_date", "address", "phone", "email", "database", "aml",
			"bank_account", "registry", "ownership", "person", "business", "persons",
		},
		Subjects:    []string{"person", "business"},
		Idempotent:  true,
		Timeout:     10 * time.Second,
		Concurrency: 1024,
		Mapping:     "fake/1",
		Params:      `{"type": "object"}`,
	}
}

// Definition answers at once that everything is true, except what a request's params say:
// {"results": {"aml": "false"}}.
var Definition = New(Script{})

// New returns a vendor that follows a script.
func New(s Script) providers.Definition {
	return providers.Define(Spec(), Read, func(struct{}, *http.Client) (providers.Provider, error) { return &vendor{s}, nil })
}

type vendor struct{ script Script }

// answer is what the vendor says; it is also the wire form that Read reads.
type answer struct {
	Status   string    `json:"status"`
	Findings []finding `json:"findings"`
}

type finding struct {
	Component  string  `json:"component"`
	Result     string  `json:"result"`
	Confidence float64 `json:"confidence"`
	Person     string  `json:"person,omitempty"`
}

// write returns a as JSON. Load tests ask for it a hundred thousand times a second, hence by hand.
func (a answer) write() (b []byte, err error) {
	quote := func(before, word string) {
		if err == nil {
			b, err = jsontext.AppendQuote(append(b, before...), word)
		}
	}
	b = make([]byte, 0, 64+96*len(a.Findings))
	quote(`{"status":`, a.Status)
	b = append(b, `,"findings":[`...)
	for i, f := range a.Findings {
		if i > 0 {
			b = append(b, ',')
		}
		quote(`{"component":`, f.Component)
		quote(`,"result":`, f.Result)
		b = strconv.AppendFloat(append(b, `,"confidence":`...), f.Confidence, 'f', -1, 64)
		if f.Person != "" {
			quote(`,"person":`, f.Person)
		}
		b = append(b, '}')
	}
	return append(b, "]}"...), err
}

// Send answers for the components asked for, of each associated person in "persons".
func (v *vendor) Send(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.do(ctx, "send", r)
}

// Poll answers like Send.
func (v *vendor) Poll(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.do(ctx, "poll", r)
}

// Erase has nothing to delete.
func (v *vendor) Erase(ctx context.Context, r providers.Request) (providers.Reply, error) {
	return v.do(ctx, "erase", r)
}

func (v *vendor) do(ctx context.Context, op string, r providers.Request) (providers.Reply, error) {
	if v.script.Delay > 0 {
		t := time.NewTimer(v.script.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			class := fault.Transient
			if ctx.Err() == context.Canceled {
				class = fault.Stopping
			}
			return providers.Reply{}, fault.New(class, "fake."+op, "no answer in time")
		}
	}
	if v.script.Err != nil {
		if err := v.script.Err(ctx, op, r); err != nil {
			return providers.Reply{}, err
		}
	}
	asked, err := asked(r.Params)
	if err != nil {
		return providers.Reply{}, fault.New(fault.Invalid, "fake."+op, "the params are not those of the schema")
	}
	a := answer{Status: "completed", Findings: make([]finding, 0, len(r.Components))}
	if v.script.Status != nil {
		a.Status = v.script.Status(op, r)
	}
	for _, c := range r.Components {
		f := finding{Component: c, Result: "true", Confidence: Confidence}
		for _, results := range [...]map[string]string{v.script.Results, asked} {
			if result := results[c]; result != "" {
				f.Result = result
			}
		}
		if c != "persons" || len(r.Parties) == 0 {
			a.Findings = append(a.Findings, f)
			continue
		}
		for _, p := range r.Parties {
			f.Person = p.Reference
			a.Findings = append(a.Findings, f)
		}
	}
	body, err := a.write()
	if err != nil {
		return providers.Reply{}, fault.New(fault.Invalid, "fake."+op, "the answer cannot be written")
	}
	ref, err := jsontext.AppendQuote(append(make([]byte, 0, 16+len(r.ExternalID)), `{"id":`...), r.ExternalID)
	if err != nil {
		return providers.Reply{}, fault.New(fault.Invalid, "fake."+op, "the reference cannot be written")
	}
	return providers.Reply{
		Ref: append(ref, '}'), At: time.Now().UTC(),
		Exchanges: []providers.Exchange{{Op: op, Status: http.StatusOK, MediaType: "application/json", Body: body}},
	}, nil
}

// asked returns the results by component that a request's params ask for.
func asked(params jsontext.Value) (map[string]string, error) {
	if len(params) <= len("{}") {
		return nil, nil
	}
	var p struct {
		Results map[string]string `json:"results"`
	}
	err := json.Unmarshal(params, &p)
	return p.Results, err
}

var results = []string{"true", "false", "flagged", "unknown"}

// Read says what an answer means: itself.
func Read(r providers.Reply) (providers.Outcome, error) {
	if len(r.Exchanges) == 0 {
		return providers.Outcome{}, fault.New(fault.Malformed, "fake.read", "the reply is empty")
	}
	var a answer
	if err := strictjson.Unmarshal(r.Exchanges[len(r.Exchanges)-1].Body, &a); err != nil {
		return providers.Outcome{}, fault.Wrap(fault.Malformed, "fake.read", err)
	}
	out := providers.Outcome{Status: a.Status, Findings: make([]providers.Finding, 0, len(a.Findings))}
	for _, f := range a.Findings {
		if !slices.Contains(results, f.Result) {
			out.Unknown = append(out.Unknown, "result:?")
			f.Result = "unknown"
		}
		out.Findings = append(out.Findings, providers.Finding{
			Component: f.Component, Result: f.Result, Confidence: f.Confidence, Person: f.Person, Reasoning: "The fake vendor says so.",
		})
	}
	return out, nil
}
