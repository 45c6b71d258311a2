package flow

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// persons reports whether a check is the associated persons' own verifications.
func persons(n ast.Node) bool {
	var values []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	}
	return slices.ContainsFunc(values, func(v *ast.MappingValueNode) bool {
		name, _ := scalar(v.Key)
		return name == "persons"
	})
}

// persons reads a check that is the associated persons' own verifications.
func (r *reader) persons(e entry, c *decision.Check, n *checkNodes) {
	c.Components, c.Parties = []string{decision.Persons}, &decision.PartyRule{}
	r.members(e.value, "check "+e.name+" of persons", append([]member{
		{"persons", true, func(e entry) {
			r.members(e.value, "persons",
				member{"flow", true, func(e entry) { c.Parties.Flow, n.persons = r.token(e.value, "flow of the persons"), e.value }},
				member{"roles", false, func(e entry) { r.roles(e.value, c.Parties) }},
			)
		}},
	}, r.times(c, n)...)...)
}

// roles reads what is said of roles: {UBO: {over: 25}, DIRECTOR: {required: true}}.
func (r *reader) roles(n ast.Node, p *decision.PartyRule) {
	for _, e := range r.entries(n, "roles") {
		role := decision.RoleRule{Role: e.name}
		if len(e.name) > 64 {
			r.at(e.key, "a role must have at most 64 characters")
		}
		if slices.ContainsFunc(p.Roles, func(o decision.RoleRule) bool { return strings.EqualFold(o.Role, role.Role) }) {
			r.at(e.key, "%s is there twice, in whatever case of letters", e.name)
		}
		r.members(e.value, "role "+e.name,
			member{"over", false, func(e entry) { role.Over = r.number(e, 0, 100) }},
			member{"required", false, func(e entry) { role.Required = r.yes(e) }},
		)
		p.Roles = append(p.Roles, role)
	}
}

// family checks that persons on verifications of their own are a business's, and that nothing else speaks of them: vendors are
// not given them. It returns the flow of the persons and where it is named.
func (r *reader) family(p *decision.Policy, nodes []checkNodes) (flow string, at Problem) {
	for i, c := range p.Checks {
		if c.Parties == nil {
			continue
		}
		if p.Subject == "person" {
			r.at(nodes[i].key, "only a business has associated persons")
		}
		for j, other := range p.Checks {
			if j != i && slices.Contains(other.Components, decision.Persons) && (other.Parties == nil || j > i) {
				r.at(nodes[j].key, "check %s speaks of persons, whom check %s has verified on their own", other.Name, c.Name)
			}
		}
		flow, at = c.Parties.Flow, Problem{File: r.file}
		if nodes[i].persons != nil {
			at.Line, at.Column = position(nodes[i].persons)
		}
	}
	return flow, at
}
