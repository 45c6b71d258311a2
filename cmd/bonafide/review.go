package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bonafide-id/bonafide/events"
)

type reviewCmd struct {
	List   reviewListCmd   `cmd:"" help:"What waits for a reviewer, who has waited longest first: why, since when, and who has it."`
	Claim  reviewClaimCmd  `cmd:"" help:"Have a verification to yourself for half an hour."`
	Back   reviewBackCmd   `cmd:"" help:"Give a claimed verification back."`
	Decide reviewDecideCmd `cmd:"" help:"A reviewer's word about one component, or about the whole."`
}

type reviewListCmd struct {
	JSON bool `name:"json" help:"Print each verification as a line of JSON."`
}

// Run prints the queue to its end.
func (c *reviewListCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	for after := ""; ; {
		var page struct {
			Items []events.View `json:"items"`
			Next  string        `json:"next"`
		}
		if err := a.call(e.ctx, http.MethodGet, "/v1/verifications?status=in_review&order=oldest&after="+url.QueryEscape(after), nil, &page); err != nil {
			return err
		}
		for _, v := range page.Items {
			if !c.JSON {
				fmt.Fprintf(e.out, "%s  %s\n", v.ID, v.Flow)
				printReview(e.out, v.Review)
				continue
			}
			b, err := json.Marshal(v)
			if err != nil {
				return err
			}
			fmt.Fprintln(e.out, string(b))
		}
		if page.Next == "" {
			return nil
		}
		after = page.Next
	}
}

type reviewClaimCmd struct {
	ID string `arg:"" help:"Id of the verification."`
}

// Run claims a verification and prints until when.
func (c *reviewClaimCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	var claim events.Claim
	if err := a.call(e.ctx, http.MethodPost, "/v1/verifications/"+url.PathEscape(c.ID)+"/claims", nil, &claim); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s is claimed by %s until %s\n", c.ID, claim.Reviewer, claim.ExpiresAt.UTC().Format(time.RFC3339))
	return nil
}

type reviewBackCmd struct {
	ID string `arg:"" help:"Id of the verification."`
}

// Run gives a verification back.
func (c *reviewBackCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	return a.call(e.ctx, http.MethodDelete, "/v1/verifications/"+url.PathEscape(c.ID)+"/claims", nil, nil)
}

type reviewDecideCmd struct {
	ID        string `arg:"" help:"Id of the verification."`
	Result    string `arg:"" enum:"true,false,unknown" help:"true, false or unknown."`
	Component string `help:"The component that it is about; without it, the whole."`
	Reason    string `required:"" help:"Why. It is sealed with the person's data."`
}

// Run sends a reviewer's word and prints where the verification stands since.
func (c *reviewDecideCmd) Run(e *env) error {
	a, err := newAPI(e.ctx, e.lookup)
	if err != nil {
		return err
	}
	word := map[string]string{"result": c.Result, "reason": c.Reason}
	if c.Component != "" {
		word["component"] = c.Component
	}
	body, err := json.Marshal(word)
	if err != nil {
		return err
	}
	at := "/v1/verifications/" + url.PathEscape(c.ID)
	if err := a.call(e.ctx, http.MethodPost, at+"/reviews", body, nil); err != nil {
		return err
	}
	var v events.View
	if err := a.call(e.ctx, http.MethodGet, at, nil, &v); err != nil {
		return err
	}
	printView(e.out, v)
	return nil
}

// about names what a reviewer's word is about.
func about(component string) string {
	if component == "" {
		return "the whole"
	}
	return component
}

// printReview prints what reviewers have to do with a verification.
func printReview(w io.Writer, r *events.Review) {
	if r == nil {
		return
	}
	for _, wait := range r.Waits {
		fmt.Fprintf(w, "  waits since %s: %s: %s\n", r.Since.UTC().Format(shown), about(wait.Component), wait.Why)
	}
	if r.Claim != nil {
		fmt.Fprintf(w, "  claimed by %s until %s\n", r.Claim.Reviewer, r.Claim.ExpiresAt.UTC().Format(shown))
	}
	for _, word := range r.Words {
		fmt.Fprintf(w, "  %s says of %s: %s (%s)\n", word.Reviewer, about(word.Component), word.Result, word.Weight)
	}
}
