package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
)

type eraseCmd struct {
	ID      string        `arg:"" help:"Id of the verification whose person is to be erased."`
	Timeout time.Duration `default:"1m" help:"How long to wait for the vendors' receipts."`
	JSON    bool          `name:"json" help:"Print what was done as JSON."`
}

// erasure is what came of it.
type erasure struct {
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Vendors []forgot  `json:"vendors"`
	At      time.Time `json:"erasedAt"`
}

// forgot is what a vendor that knew the person has answered.
type forgot struct {
	Provider string    `json:"provider"`
	Check    string    `json:"check"`
	Attempt  int       `json:"attempt"`
	Status   string    `json:"status"` // asked, erased, retry, failed
	Why      string    `json:"why,omitempty"`
	At       time.Time `json:"at,omitzero"`
}

// Run erases, and waits until every vendor that knew the person has answered. It is bad when one has not, or has refused;
// one that has no call for it is named.
func (c *eraseCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	if err := a.call(e.ctx, http.MethodDelete, "/v1/verifications/"+c.ID+"/subject", nil, nil); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	var done erasure
	err = a.follow(ctx, "/v1/verifications/"+c.ID+"/timeline", func(data []byte) bool {
		var n entry
		return json.Unmarshal(data, &n) != nil || !done.take(n)
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if c.JSON {
		b, err := json.Marshal(done)
		if err == nil {
			err = printJSON(e.out, b)
		}
		if err != nil {
			return err
		}
	} else {
		done.print(e)
	}
	if done.Status != "erased" || !done.everywhere() {
		return errBad
	}
	return nil
}

// take takes in one event of the timeline; it reports whether nothing more is to come.
func (d *erasure) take(n entry) bool {
	switch n.Type {
	case events.TypeErased:
		d.ID, d.Status, d.At = n.ID, "erased", n.Time
	case events.TypeCheckRequested:
		var asked events.Call
		var at struct {
			Provider string `json:"provider"`
		}
		if json.Unmarshal(n.Data, &asked) == nil && json.Unmarshal(n.Data, &at) == nil && asked.Kind == events.CallErase {
			v := d.vendor(at.Provider, asked.Check, asked.Attempt)
			v.Status, v.Why = "asked", ""
		}
	case events.TypeCheckAnswered:
		var r events.CheckAnswered
		if json.Unmarshal(n.Data, &r) == nil && r.Kind == events.CallErase {
			v := d.vendor(r.Provider, r.Check, r.Attempt)
			v.Status, v.Why, v.At = r.Status, r.Why, n.Time
		}
	}
	return d.Status == "erased" && d.answered()
}

func (d *erasure) vendor(provider, check string, attempt int) *forgot {
	for i := range d.Vendors {
		if v := &d.Vendors[i]; v.Provider == provider && v.Check == check && v.Attempt == attempt {
			return v
		}
	}
	d.Vendors = append(d.Vendors, forgot{Provider: provider, Check: check, Attempt: attempt})
	return &d.Vendors[len(d.Vendors)-1]
}

// answered reports whether every vendor has said something that stands.
func (d *erasure) answered() bool {
	for _, v := range d.Vendors {
		if v.Status != events.AnswerErased && v.Status != events.AnswerFailed {
			return false
		}
	}
	return true
}

// everywhere reports whether every vendor that can has erased the person.
func (d *erasure) everywhere() bool {
	for _, v := range d.Vendors {
		if v.Status != events.AnswerErased && v.Why != events.CannotErase {
			return false
		}
	}
	return true
}

func (d *erasure) print(e *env) {
	if d.Status == "erased" {
		fmt.Fprintf(e.out, "%s  erased: the keys are destroyed; its history and its decisions can still be verified\n", d.ID)
	} else {
		fmt.Fprintln(e.out, "the keys are destroyed; that it is erased is not confirmed yet")
	}
	for _, v := range d.Vendors {
		fmt.Fprintf(e.out, "  %-12s %s#%d  %s", v.Provider, v.Check, v.Attempt, v.Status)
		if v.Why != "" {
			fmt.Fprintf(e.out, "  (%s)", v.Why)
		}
		fmt.Fprintln(e.out)
	}
}
