package flow

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/santhosh-tekuri/jsonschema/v6"
	kinds "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// params reads the settings that a check gives its providers and checks them against the providers' schemas.
func (r *reader) params(n ast.Node, c *decision.Check) {
	entries := r.entries(n, "params")
	for _, e := range entries {
		i := slices.IndexFunc(c.Providers, func(p decision.Route) bool { return p.Provider == e.name })
		if i < 0 {
			r.at(e.key, "params: %s is not a provider of this check%s", e.name, perhaps(e.name, providerNames(c)))
			continue
		}
		value, ok := r.json(e)
		if !ok {
			continue
		}
		c.Providers[i].Params = value
		if r.catalog == nil {
			continue
		}
		facts, known := r.catalog.Provider(e.name)
		switch {
		case !known:
		case facts.Params == "":
			r.at(e.key, "%s takes no params", e.name)
		default:
			for _, problem := range violations(facts.Params, value) {
				r.at(e.value, "params of %s: %s", e.name, problem)
			}
		}
	}
	for _, route := range c.Providers {
		if !slices.ContainsFunc(entries, func(e entry) bool { return e.name == route.Provider }) {
			r.lacking(n, route.Provider)
		}
	}
}

// lackingParams checks that the providers of a check without params need none.
func (r *reader) lackingParams(c *decision.Check, n checkNodes) {
	for i, route := range c.Providers {
		r.lacking(n.providers[i], route.Provider)
	}
}

func (r *reader) lacking(n ast.Node, provider string) {
	if r.catalog == nil {
		return
	}
	if facts, ok := r.catalog.Provider(provider); ok && facts.Params != "" {
		for _, problem := range violations(facts.Params, []byte("{}")) {
			r.at(n, "params of %s: %s", provider, problem)
		}
	}
}

// json returns a node as JSON in its one normal form: names sorted, no blanks.
func (r *reader) json(e entry) ([]byte, bool) {
	found := false
	ast.Walk(seek(func(n ast.Node) {
		switch n.(type) {
		case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode, *ast.MergeKeyNode:
			r.at(n, "params: anchors, aliases and tags are not used in flows")
			found = true
		}
	}), e.value)
	if found {
		return nil, false
	}
	var v any
	if err := yaml.NodeToValue(e.value, &v); err != nil {
		r.at(e.value, "params of %s are not data", e.name)
		return nil, false
	}
	if _, ok := v.(map[string]any); !ok {
		r.at(e.value, "params of %s must be a mapping", e.name)
		return nil, false
	}
	out, err := json.Marshal(v, json.Deterministic(true))
	if err == nil {
		err = (*jsontext.Value)(&out).Canonicalize()
	}
	if err != nil {
		r.at(e.value, "params of %s have no form in JSON", e.name)
		return nil, false
	}
	return out, true
}

type seek func(ast.Node)

func (s seek) Visit(n ast.Node) ast.Visitor {
	s(n)
	return s
}

// violations returns what a schema has against a value.
func violations(schema string, value []byte) []string {
	text, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return []string{"the provider's schema is not JSON"}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("params.json", text); err != nil {
		return []string{"the provider's schema is not one"}
	}
	s, err := c.Compile("params.json")
	if err != nil {
		return []string{"the provider's schema is not one"}
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(value)))
	if err != nil {
		return []string{"not JSON"}
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(s.Validate(v), &invalid) {
		return nil
	}
	var out []string
	leaves(invalid, func(e *jsonschema.ValidationError) {
		where := ""
		if len(e.InstanceLocation) > 0 {
			where = strings.Join(e.InstanceLocation, ".") + ": "
		}
		out = append(out, where+fault(e.ErrorKind))
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// fault says what a schema has against a value, in the words of who writes a flow where it is one of the usual faults.
func fault(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kinds.Required:
		return strings.Join(k.Missing, ", ") + " must be there"
	case *kinds.AdditionalProperties:
		return "there is no " + strings.Join(k.Properties, ", ")
	case *kinds.Type:
		return "must be " + strings.Join(k.Want, " or ") + ", this is " + k.Got
	}
	return k.LocalizedString(printer)
}

var printer = message.NewPrinter(language.English)

func leaves(e *jsonschema.ValidationError, visit func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 {
		visit(e)
		return
	}
	for _, c := range e.Causes {
		leaves(c, visit)
	}
}
