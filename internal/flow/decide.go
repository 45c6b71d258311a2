package flow

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

func (r *reader) decide(n ast.Node, p *decision.Policy, lang *dialect) {
	all := components(p)
	r.members(n, "decide",
		member{"confidence", false, func(e entry) { p.Bar = r.number(e, 1, 100) }},
		member{"require", false, func(e entry) {
			p.Require = []string{}
			for _, v := range r.list(e) {
				name := r.component(v)
				if name != "" && !slices.Contains(all, name) {
					r.at(v, "require: no check speaks of %s; they speak of %s", name, strings.Join(all, ", "))
				}
				p.Require = r.unique(p.Require, v, name)
			}
		}},
		member{"tell", false, func(e entry) { p.Tell = r.tell(e, p) }},
		member{"rules", false, func(e entry) {
			for _, v := range r.list(e) {
				p.Rules = append(p.Rules, r.rule(v, lang))
			}
		}},
	)
}

// tell reads which vendors are told what was decided.
func (r *reader) tell(e entry, p *decision.Policy) (told []string) {
	for _, v := range r.list(e) {
		name := r.token(v, "provider")
		asked := slices.ContainsFunc(p.Checks, func(c decision.Check) bool {
			return slices.ContainsFunc(c.Providers, func(route decision.Route) bool { return route.Provider == name })
		})
		switch {
		case name == "":
		case !asked:
			r.at(v, "tell: no check is at %s", name)
		case r.catalog != nil:
			if facts, ok := r.catalog.Provider(name); ok && !facts.Concludes {
				r.at(v, "tell: %s cannot be told what was decided", name)
			}
		}
		told = r.unique(told, v, name)
	}
	return told
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

// review reads how reviewers work.
func (r *reader) review(n ast.Node, p *decision.Policy) {
	r.members(n, "review", member{"fourEyes", true, func(e entry) { p.FourEyes = r.yes(e) }})
}
