package flow

import (
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// checkNodes remembers where the parts of a check stand, for what can only be judged when the whole file is read.
type checkNodes struct {
	key       ast.Node
	after     []ast.Node
	when      ast.Node
	providers []ast.Node
	deadline  ast.Node
}

// flow reads a whole file.
func (r *reader) flow(root ast.Node, p *decision.Policy) {
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
			r.at(n.deadline, "deadline of check %s is after the flow's (%s)", p.Checks[i].Name, p.Deadline)
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

func (r *reader) checks(e entry, p *decision.Policy) []checkNodes {
	entries := r.entries(e.value, "checks")
	if len(entries) == 0 && len(r.problems) == 0 {
		r.at(e.value, "checks must name at least one check")
	}
	var nodes []checkNodes
	for _, c := range entries {
		name := r.token(c.key, "name of a check")
		check, n := r.check(c, name)
		p.Checks, nodes = append(p.Checks, check), append(nodes, n)
	}
	return nodes
}

func (r *reader) check(e entry, name string) (decision.Check, checkNodes) {
	c := decision.Check{Name: name, Attempts: decision.DefaultAttempts}
	n := checkNodes{key: e.key}
	var params ast.Node
	r.members(e.value, "check "+e.name,
		member{"components", true, func(e entry) {
			for _, v := range r.list(e) {
				c.Components = r.unique(c.Components, v, r.component(v))
			}
		}},
		member{"providers", true, func(e entry) {
			for _, v := range r.list(e) {
				name := r.token(v, "provider")
				if slices.ContainsFunc(c.Providers, func(p decision.Route) bool { return p.Provider == name }) {
					r.at(v, "%s is there twice", name)
				}
				c.Providers = append(c.Providers, decision.Route{Provider: name})
				n.providers = append(n.providers, v)
			}
		}},
		member{"on", false, func(e entry) {
			for _, v := range r.list(e) {
				c.On = r.unique(c.On, v, r.oneOf(v, "on", decision.OnError, decision.OnUnknown, decision.OnFalse))
			}
		}},
		member{"attempts", false, func(e entry) {
			if f := r.number(e, 1, 20); f == float64(int(f)) {
				c.Attempts = int(f)
			} else {
				r.at(e.value, "attempts must be a whole number")
			}
		}},
		member{"params", false, func(e entry) { params = e.value }},
		member{"after", false, func(e entry) {
			for _, v := range r.list(e) {
				c.After = append(c.After, r.token(v, "after"))
				n.after = append(n.after, v)
			}
		}},
		member{"when", false, func(e entry) { n.when = e.value }},
		member{"deadline", false, func(e entry) { c.Deadline, n.deadline = r.duration(e.value, "deadline"), e.value }},
		member{"optional", false, func(e entry) { c.Optional = r.yes(e) }},
	)
	if params != nil {
		r.params(params, &c)
	} else {
		r.lackingParams(&c, n)
	}
	return c, n
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

// order checks that after names other checks and leads nowhere in circles.
func (r *reader) order(p *decision.Policy, nodes []checkNodes) {
	index := func(name string) int {
		return slices.IndexFunc(p.Checks, func(c decision.Check) bool { return c.Name == name })
	}
	const inside, done = 1, 2
	seen := make([]int, len(p.Checks))
	var visit func(i int)
	visit = func(i int) {
		seen[i] = inside
		for k, name := range p.Checks[i].After {
			switch j := index(name); {
			case name == "":
			case j < 0:
				r.at(nodes[i].after[k], "after: there is no check %s", name)
			case seen[j] == inside:
				r.at(nodes[i].after[k], "after: %s and %s wait for each other", p.Checks[i].Name, name)
			case seen[j] == 0:
				visit(j)
			}
		}
		seen[i] = done
	}
	for i := range p.Checks {
		if seen[i] == 0 {
			visit(i)
		}
	}
}

// catalogue checks the providers against what they can do.
func (r *reader) catalogue(p *decision.Policy, nodes []checkNodes) {
	if r.catalog == nil {
		return
	}
	for i, c := range p.Checks {
		for j, route := range c.Providers {
			if route.Provider == "" {
				continue
			}
			facts, ok := r.catalog.Provider(route.Provider)
			if !ok {
				r.at(nodes[i].providers[j], "there is no provider %s", route.Provider)
				continue
			}
			if p.Subject != "" && !slices.Contains(facts.Subjects, p.Subject) {
				r.at(nodes[i].providers[j], "%s does not verify a %s", route.Provider, p.Subject)
			}
			for _, name := range c.Components {
				if !slices.Contains(facts.Components, name) {
					r.at(nodes[i].providers[j], "%s cannot speak of %s; it can of %s", route.Provider, name, strings.Join(facts.Components, ", "))
				}
			}
		}
	}
}

func (r *reader) decide(n ast.Node, p *decision.Policy, lang *dialect) {
	all := components(p)
	r.members(n, "decide",
		member{"confidence", false, func(e entry) { p.Bar = r.number(e, 1, 100) }},
		member{"require", false, func(e entry) {
			p.Require = []string{}
			for _, v := range r.list(e) {
				name := r.component(v)
				if name != "" && !slices.Contains(all, name) {
					r.at(v, "require: no check speaks of %s", name)
				}
				p.Require = r.unique(p.Require, v, name)
			}
		}},
		member{"rules", false, func(e entry) {
			for _, v := range r.list(e) {
				p.Rules = append(p.Rules, r.rule(v, lang))
			}
		}},
	)
}

func (r *reader) rule(n ast.Node, lang *dialect) decision.Rule {
	var rule decision.Rule
	var review ast.Node
	r.members(n, "a rule",
		member{"if", true, func(e entry) {
			rule.Text, _ = scalar(e.value)
			rule.If, rule.Reads = r.condition(lang, e.value, "if")
		}},
		member{"result", true, func(e entry) {
			rule.Result = r.oneOf(e.value, "result", decision.True, decision.False, decision.Unknown)
		}},
		member{"reason", true, func(e entry) { rule.Reason = r.token(e.value, "reason") }},
		member{"review", false, func(e entry) { rule.Review, review = r.yes(e), e.value }},
	)
	if rule.Review && rule.Result != "" && rule.Result != decision.Unknown {
		r.at(review, "a rule that wants a review must have the result unknown")
	}
	return rule
}

func (r *reader) expire(n ast.Node, p *decision.Policy) {
	all := components(p)
	p.Expire = map[string]decision.Expiry{}
	for _, e := range r.entries(n, "expire") {
		if !slices.Contains(all, e.name) {
			r.at(e.key, "expire: no check speaks of %s", e.name)
		}
		if s, _ := scalar(e.value); s == "until_expiry" {
			p.Expire[e.name] = decision.Expiry{Until: true}
			continue
		}
		p.Expire[e.name] = decision.Expiry{After: r.lifetime(e)}
	}
}

func (r *reader) lifetime(e entry) time.Duration {
	return r.duration(e.value, "expire of "+e.name+" (or until_expiry)")
}
