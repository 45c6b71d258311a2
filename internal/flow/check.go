package flow

import (
	"slices"
	"strings"

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
	persons   ast.Node // the name of the persons' flow
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
	if persons(e.value) {
		r.persons(e, &c, &n)
		return c, n
	}
	var params, split ast.Node
	r.members(e.value, "check "+e.name, append([]member{
		{"components", true, func(e entry) {
			for _, v := range r.list(e) {
				c.Components = r.unique(c.Components, v, r.component(v))
			}
		}},
		{"providers", true, func(e entry) {
			for _, v := range r.list(e) {
				name := r.token(v, "provider")
				if slices.ContainsFunc(c.Providers, func(p decision.Route) bool { return p.Provider == name }) {
					r.at(v, "%s is there twice", name)
				}
				c.Providers = append(c.Providers, decision.Route{Provider: name})
				n.providers = append(n.providers, v)
			}
		}},
		{"split", false, func(e entry) { split = e.value }},
		{"on", false, func(e entry) {
			for _, v := range r.list(e) {
				c.On = r.unique(c.On, v, r.oneOf(v, "on", decision.OnError, decision.OnUnknown, decision.OnFalse))
			}
		}},
		{"attempts", false, func(e entry) {
			if f := r.number(e, 1, 20); f == float64(int(f)) {
				c.Attempts = int(f)
			} else {
				r.at(e.value, "attempts must be a whole number")
			}
		}},
		{"params", false, func(e entry) { params = e.value }},
	}, r.times(&c, &n)...)...)
	if split != nil {
		r.split(split, &c)
	}
	if params != nil {
		r.params(params, &c)
	} else {
		r.lackingParams(&c, n)
	}
	return c, n
}

// times returns the members that say when a check runs, and whether it is waited for.
func (r *reader) times(c *decision.Check, n *checkNodes) []member {
	return []member{
		{"after", false, func(e entry) {
			for _, v := range r.list(e) {
				c.After = append(c.After, r.token(v, "after"))
				n.after = append(n.after, v)
			}
		}},
		{"when", false, func(e entry) { n.when = e.value }},
		{"deadline", false, func(e entry) { c.Deadline, n.deadline = r.duration(e.value, "deadline"), e.value }},
		{"optional", false, func(e entry) { c.Optional = r.yes(e) }},
	}
}

// order checks that after names other checks and leads nowhere in circles.
func (r *reader) order(p *decision.Policy, nodes []checkNodes) {
	index := func(name string) int {
		return slices.IndexFunc(p.Checks, func(c decision.Check) bool { return c.Name == name })
	}
	const inside, done = 1, 2
	seen := make([]int, len(p.Checks))
	var path []string
	var visit func(i int)
	visit = func(i int) {
		seen[i], path = inside, append(path, p.Checks[i].Name)
		for k, name := range p.Checks[i].After {
			switch j := index(name); {
			case name == "":
			case j < 0:
				r.at(nodes[i].after[k], "after: there is no check %s%s", name, perhaps(name, checkNames(p)))
			case j == i:
				r.at(nodes[i].after[k], "after: %s waits for itself, so that it never begins", name)
			case seen[j] == inside:
				r.at(nodes[i].after[k], "after: %s wait for each other, so that none of them begins", strings.Join(path[slices.Index(path, name):], ", "))
			case seen[j] == 0:
				visit(j)
			}
		}
		seen[i], path = done, path[:len(path)-1]
	}
	for i := range p.Checks {
		if seen[i] == 0 {
			visit(i)
		}
	}
}
