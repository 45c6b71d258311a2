package bive

import (
	"time"

	"github.com/bonafide-id/bonafide/sandbox"
)

// Status is a state of a workflow.
type Status string

// The six states.
const (
	Initiated               Status = "Initiated"
	GeneratingLivenessCheck Status = "GeneratingLivenessCheck"
	AwaitingLivenessCheck   Status = "AwaitingLivenessCheck"
	Running                 Status = "Running"
	Completed               Status = "Completed"
	Failed                  Status = "Failed"
)

// record is one workflow.
type record struct {
	seq      int64
	id       string
	created  time.Time
	kind     string // person or business
	name     string
	identity string
	input    map[string]any

	story      sandbox.Story
	demo       *demo
	fresh      bool // was here before, and now with a new document
	liveness   bool
	webhook    string
	base       string
	components []string
	document   string    // the uploaded file that a retry has to replace; may be empty
	persons    []subject // the person, or those of the business

	status Status
	checks []*livenessCheck
	final  *finalResult
	detail []detail
}

// subject is a person of a workflow.
type subject struct {
	name     string
	identity string
	document string
	story    sandbox.Story
	fresh    bool
}

func subjectOf(p person) subject {
	return subject{name: p.name(), identity: p.identity(), document: p.GovID, story: sandbox.StoryOf(p.Email)}
}

// livenessCheck is a link that one person must open.
type livenessCheck struct {
	record *record
	name   string
	url    string
	done   bool
}

// view is a record as the API shows it.
type view struct {
	ID      string         `json:"id"`
	Input   map[string]any `json:"input"`
	Status  Status         `json:"status"`
	Checks  []linkView     `json:"liveness_checks,omitempty"`
	Final   *finalResult   `json:"final_result,omitempty"`
	Details []detail       `json:"details,omitempty"`
	Persons []personView   `json:"associated_persons,omitempty"`
}

type linkView struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Status string `json:"status"`
}

type personView struct {
	Name   string `json:"name"`
	Result string `json:"result"`
}

func (b *record) view() view {
	v := view{ID: b.id, Input: b.input, Status: b.status, Final: b.final, Details: b.detail}
	for _, c := range b.checks {
		l := linkView{Name: c.name, URL: c.url, Status: "pending"}
		if c.done {
			l.Status = "completed"
		}
		v.Checks = append(v.Checks, l)
	}
	if b.kind == "business" && b.status == Completed {
		for _, p := range b.persons {
			v.Persons = append(v.Persons, personView{p.name, personResult(outcomeOf(p.story, b.demo, p.fresh))})
		}
	}
	return v
}
