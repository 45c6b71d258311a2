package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/fault"
)

type dlqCmd struct {
	List    dlqList    `cmd:"" help:"List dead letters, oldest first."`
	Show    dlqShow    `cmd:"" help:"Show one dead letter. What is sealed in it stays sealed."`
	Redrive dlqRedrive `cmd:"" help:"Put dead letters back where they came from, each once."`
}

type dlqList struct {
	Provider string `help:"Only those of a provider."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

type dlqShow struct {
	ID   uint64 `arg:"" help:"Number of the dead letter."`
	JSON bool   `name:"json" help:"Print JSON."`
}

type dlqRedrive struct {
	IDs  []uint64 `arg:"" optional:"" name:"id" help:"Numbers of the dead letters."`
	All  bool     `help:"All that there are."`
	JSON bool     `name:"json" help:"Print JSON."`
}

// deadLetter is a dead letter as it is printed.
type deadLetter struct {
	ID           uint64    `json:"id"`
	Provider     string    `json:"provider"`
	Verification string    `json:"verification,omitempty"`
	Class        string    `json:"class"`
	Op           string    `json:"op,omitempty"`
	Cause        string    `json:"cause"`
	Time         time.Time `json:"time"`
	Stream       string    `json:"stream"`
	Sequence     uint64    `json:"sequence,omitzero"`
	Subject      string    `json:"subject"`
	SealedBytes  int       `json:"sealedBytes"` // of the message as it was
	Key          uint64    `json:"key,omitzero"`
}

func letterOf(d bus.Dead) deadLetter {
	l := deadLetter{ID: d.Number, Provider: d.Provider, Verification: d.ID, Class: d.Class, Op: d.Op, Cause: d.Why, Time: d.At.UTC(), Stream: d.Stream, Sequence: d.Sequence, Subject: d.DeadLettered.Subject}
	if d.Message != nil {
		l.SealedBytes, l.Key = len(d.Message.Box), d.Message.Key
	}
	return l
}

// Run prints the letters. That there are some is no bad answer.
func (c *dlqList) Run(e *env) error {
	return withDeadLetters(e, func(ctx context.Context, b *bus.Bus) error {
		all, err := b.DeadLetters(ctx)
		if err != nil {
			return err
		}
		letters := []deadLetter{}
		for _, d := range all {
			if c.Provider == "" || c.Provider == d.Provider {
				letters = append(letters, letterOf(d))
			}
		}
		if c.JSON {
			return printAsJSON(e, struct {
				Items []deadLetter `json:"items"`
			}{letters})
		}
		if len(letters) == 0 {
			fmt.Fprintln(e.out, "no dead letters")
		}
		for _, l := range letters {
			fmt.Fprintf(e.out, "%d  %s  %s  %s  %s  %s  %s\n", l.ID, l.Time.Format("2006-01-02 15:04:05"), l.Provider, l.Class, or(l.Op, "-"), or(l.Verification, "-"), l.Cause)
		}
		return nil
	})
}

// Run prints one letter.
func (c *dlqShow) Run(e *env) error {
	return withDeadLetters(e, func(ctx context.Context, b *bus.Bus) error {
		d, err := b.DeadLetter(ctx, c.ID)
		if err != nil {
			return err
		}
		l := letterOf(d)
		if c.JSON {
			return printAsJSON(e, l)
		}
		fmt.Fprintf(e.out, "%d  %s  %s\n  class         %s\n  op            %s\n  cause         %s\n  verification  %s\n  came from     %s %d (%s)\n", l.ID, l.Time.Format("2006-01-02 15:04:05"), l.Provider,
			l.Class, or(l.Op, "-"), l.Cause, or(l.Verification, "-"), l.Stream, l.Sequence, l.Subject)
		if l.SealedBytes > 0 {
			fmt.Fprintf(e.out, "  message       %d bytes, sealed under key %d\n", l.SealedBytes, l.Key)
		} else {
			fmt.Fprintln(e.out, "  message       not kept: no key was at hand to seal it with")
		}
		return nil
	})
}

// redriven is what came of putting one letter back.
type redriven struct {
	ID     uint64 `json:"id"`
	Result string `json:"result"` // redriven, refused, failed
	Why    string `json:"why,omitempty"`
}

// Run puts letters back. It is bad when one could not be.
func (c *dlqRedrive) Run(e *env) error {
	if c.All == (len(c.IDs) > 0) {
		return boot.ConfigError{Err: fmt.Errorf("dlq redrive: name dead letters, or --all")}
	}
	return withDeadLetters(e, func(ctx context.Context, b *bus.Bus) error {
		ids := c.IDs
		if c.All {
			all, err := b.DeadLetters(ctx)
			if err != nil {
				return err
			}
			for _, d := range all {
				ids = append(ids, d.Number)
			}
		}
		results, bad := []redriven{}, false
		for _, id := range ids {
			r := redriven{ID: id, Result: "redriven"}
			if err := b.Redrive(ctx, id); err != nil {
				bad = true
				r.Result, r.Why = "failed", err.Error()
				if fault.ClassOf(err) == fault.Invalid {
					r.Result = "refused"
				}
			}
			results = append(results, r)
			if !c.JSON {
				fmt.Fprintln(e.out, strings.TrimSpace(fmt.Sprintf("%d  %s  %s", r.ID, r.Result, r.Why)))
			}
		}
		if c.JSON {
			if err := printAsJSON(e, struct {
				Items []redriven `json:"items"`
			}{results}); err != nil {
				return err
			}
		}
		if bad {
			return errBad
		}
		return nil
	})
}

// withDeadLetters connects to the broker at NATS_URL, as `streams` does.
func withDeadLetters(e *env, f func(context.Context, *bus.Bus) error) error {
	return withBus(e, func(ctx context.Context, b *bus.Bus, _ bus.Layout) error { return f(ctx, b) })
}

func printAsJSON(e *env, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return printJSON(e.out, b)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
