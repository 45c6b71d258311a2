package flow

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// untilExpiry is what a flow writes for a finding that is true as long as the vendor says.
const untilExpiry = "until_expiry"

// expire reads when findings stop being true: a time for each component, or a mapping that also says what follows.
func (r *reader) expire(n ast.Node, p *decision.Policy) {
	all := components(p)
	p.Expire = map[string]decision.Expiry{}
	for _, e := range r.entries(n, "expire") {
		if !slices.Contains(all, e.name) {
			r.at(e.key, "expire: no check speaks of %s; they speak of %s", e.name, strings.Join(all, ", "))
		}
		if e.name == decision.Persons && slices.ContainsFunc(p.Checks, func(c decision.Check) bool { return c.Parties != nil }) {
			r.at(e.key, "expire: persons who are verified on their own expire by their own flow")
		}
		switch e.value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			p.Expire[e.name] = r.expiry(e)
		default:
			p.Expire[e.name] = r.lifetime(e.value, "expire of "+e.name)
		}
	}
}

// expiry reads the long form.
func (r *reader) expiry(e entry) decision.Expiry {
	var x decision.Expiry
	var then, meanwhile string
	var thenAt, meanwhileAt ast.Node
	what := "expire of " + e.name
	r.members(e.value, what,
		member{"after", true, func(e entry) { x = r.lifetime(e.value, what+": after") }},
		member{"then", false, func(e entry) { then, thenAt = r.oneOf(e.value, what+": then", "unknown", "recheck"), e.value }},
		member{"meanwhile", false, func(e entry) {
			meanwhile, meanwhileAt = r.oneOf(e.value, what+": meanwhile", "stands", "unknown"), e.value
		}},
	)
	x.Recheck = then == "recheck"
	x.Stands = x.Recheck && meanwhile != "unknown"
	switch {
	case x.Recheck && x.Until:
		r.at(thenAt, "%s: after %s there is nothing to check again but the same document; say after how long, such as 365d", what, untilExpiry)
	case meanwhileAt != nil && !x.Recheck:
		r.at(meanwhileAt, "%s: meanwhile is for then: recheck", what)
	}
	return x
}

// lifetime reads a duration, or that the vendor says it.
func (r *reader) lifetime(n ast.Node, what string) decision.Expiry {
	s, _ := scalar(n)
	if s == untilExpiry {
		return decision.Expiry{Until: true}
	}
	after, ok := span(s)
	if !ok {
		r.at(n, "%s must be a duration such as 12h or 30d, or %s", what, untilExpiry)
	}
	return decision.Expiry{After: after}
}
