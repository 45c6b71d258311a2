package flow

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// flow reads a whole file. It returns the flow of the persons, if there is one, and where it is named.
func (r *reader) flow(root ast.Node, p *decision.Policy) (persons string, at Problem) {
	var nodes []checkNodes
	var decide, expire ast.Node
	r.members(root, "a flow",
		member{"flow", true, func(e entry) { p.Flow = r.token(e.value, "flow") }},
		member{"subject", true, func(e entry) { p.Subject = r.oneOf(e.value, "subject", "person", "business") }},
		member{"deadline", false, func(e entry) { p.Deadline = r.duration(e.value, "deadline") }},
		member{"checks", true, func(e entry) { nodes = r.checks(e, p) }},
		member{"decide", false, func(e entry) { decide = e.value }},
		member{"expire", false, func(e entry) { expire = e.value }},
		member{"watch", false, func(e entry) { p.Watch = r.duration(e.value, "watch") }},
		member{"review", false, func(e entry) { r.review(e.value, p) }},
	)
	if p.Deadline == 0 {
		p.Deadline = decision.DefaultDeadline
	}
	p.Bar = decision.DefaultBar
	r.order(p, nodes)
	r.catalogue(p, nodes)
	lang := dialect{components: components(p)}
	for i, n := range nodes {
		if n.when != nil {
			p.Checks[i].When, _ = r.condition(&lang, n.when, "when")
		}
		if n.deadline != nil && p.Checks[i].Deadline > p.Deadline {
			r.at(n.deadline, "deadline of check %s (%s) is after the flow's (%s)", p.Checks[i].Name, short(p.Checks[i].Deadline), short(p.Deadline))
		}
	}
	if decide != nil {
		r.decide(decide, p, &lang)
	}
	if p.Require == nil {
		p.Require = requiredByDefault(p)
	}
	if expire != nil {
		r.expire(expire, p)
	}
	return r.family(p, nodes)
}

// components returns what the flow's checks speak of, in order.
func components(p *decision.Policy) []string {
	var all []string
	for _, c := range p.Checks {
		for _, name := range c.Components {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// requiredByDefault is everything that checks which are not optional speak of.
func requiredByDefault(p *decision.Policy) []string {
	var all []string
	for _, c := range p.Checks {
		for _, name := range c.Components {
			if !c.Optional && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// unique appends word to words, or reports that it is there.
func (r *reader) unique(words []string, n ast.Node, word string) []string {
	if word == "" {
		return words
	}
	if slices.Contains(words, word) {
		r.at(n, "%s is there twice", word)
		return words
	}
	return append(words, word)
}

// component returns the name of a component: a word that conditions can write.
func (r *reader) component(n ast.Node) string {
	s := r.token(n, "component")
	if s != "" && (strings.Contains(s, "-") || s[0] >= '0' && s[0] <= '9') {
		r.at(n, "component %q must start with a letter and have no -", s)
		return ""
	}
	return s
}
