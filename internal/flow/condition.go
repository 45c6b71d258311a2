package flow

import (
	"errors"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"github.com/goccy/go-yaml/ast"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// maxCost bounds the evaluation of one condition, in CEL's units: about as many steps.
const maxCost = 10_000

// maxCondition bounds the text of one condition.
const maxCondition = 2_000

// A dialect is what a flow's conditions are written in: CEL with two variables. subject has type and country; findings
// has a member for each component of the flow, with result, confidence and reasons. It is made when the first condition
// is met.
type dialect struct {
	components []string
	env        *cel.Env
	err        error
}

func (l *dialect) environment() (*cel.Env, error) {
	if l.env != nil || l.err != nil {
		return l.env, l.err
	}
	registry, err := types.NewRegistry()
	if err != nil {
		l.err = err
		return nil, err
	}
	l.env, l.err = cel.NewEnv(
		cel.CustomTypeProvider(&vocabulary{Registry: registry, components: l.components}),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(50),
		cel.ParserExpressionSizeLimit(maxCondition),
		cel.Variable("subject", cel.ObjectType("subject")),
		cel.Variable("findings", cel.ObjectType("findings")),
	)
	return l.env, l.err
}

// vocabulary teaches CEL's checker the members of subject, findings and finding. Their values are maps.
type vocabulary struct {
	*types.Registry
	components []string
}

// FindStructType implements types.Provider.
func (v *vocabulary) FindStructType(name string) (*types.Type, bool) {
	switch name {
	case "subject", "findings", "finding":
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return v.Registry.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (v *vocabulary) FindStructFieldNames(name string) ([]string, bool) {
	switch name {
	case "subject":
		return []string{"type", "country"}, true
	case "findings":
		return v.components, true
	case "finding":
		return []string{"result", "confidence", "reasons"}, true
	}
	return v.Registry.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (v *vocabulary) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	names, ours := v.FindStructFieldNames(name)
	if !slices.Contains([]string{"subject", "findings", "finding"}, name) {
		return v.Registry.FindStructFieldType(name, field)
	}
	if !ours || !slices.Contains(names, field) {
		return nil, false
	}
	switch {
	case name == "findings":
		return &types.FieldType{Type: types.NewObjectType("finding")}, true
	case field == "confidence":
		return &types.FieldType{Type: types.DoubleType}, true
	case field == "reasons":
		return &types.FieldType{Type: types.NewListType(types.StringType)}, true
	}
	return &types.FieldType{Type: types.StringType}, true
}

// condition compiles a question in CEL, and says which components it asks about. It reports everything that the checker
// finds, where it stands in the file.
func (r *reader) condition(l *dialect, n ast.Node, what string) (c decision.Condition, reads []string) {
	text, ok := scalar(n)
	if !ok || text == "" {
		r.at(n, "%s must be a condition", what)
		return nil, nil
	}
	if len(text) > maxCondition {
		r.at(n, "%s has %d characters; at most %d are read", what, len(text), maxCondition)
		return nil, nil
	}
	env, err := l.environment()
	if err != nil {
		r.at(n, "%s: %s", what, err)
		return nil, nil
	}
	compiled, issues := env.Compile(text)
	if issues.Err() != nil {
		line, column := position(n)
		for _, e := range issues.Errors() {
			at := column
			if e.Location.Line() <= 1 && !strings.Contains(text, "\n") {
				at += e.Location.Column()
			}
			r.report(line, at, "%s: %s", what, l.conditionFault(e.Message))
			if strings.HasPrefix(e.Message, "Syntax error") {
				break // those that follow it are of its making
			}
		}
		return nil, nil
	}
	if compiled.OutputType() != cel.BoolType {
		r.at(n, "%s must be a yes or no, such as findings.document.result == \"true\"; this is %s", what, kind(compiled.OutputType().String()))
		return nil, nil
	}
	program, err := env.Program(compiled, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		r.at(n, "%s: %s", what, oneLine(err.Error()))
		return nil, nil
	}
	return func(f decision.Facts) (bool, error) {
		out, _, err := program.Eval(variables(f))
		if err != nil {
			return false, err
		}
		yes, ok := out.Value().(bool)
		if !ok {
			return false, errors.New("not a yes or no")
		}
		return yes, nil
	}, asksAbout(compiled)
}

// asksAbout returns the components that a condition names, in their order.
func asksAbout(compiled *cel.Ast) []string {
	var names []string
	celast.PreOrderVisit(compiled.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.SelectKind {
			return
		}
		of := e.AsSelect().Operand()
		if name := e.AsSelect().FieldName(); of.Kind() == celast.IdentKind && of.AsIdent() == "findings" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}))
	return names
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}

// variables returns facts as CEL sees them.
func variables(f decision.Facts) map[string]any {
	findings := make(map[string]any, len(f.Findings))
	for i := range f.Findings {
		x := &f.Findings[i]
		findings[x.Component] = map[string]any{"result": x.Result, "confidence": x.Confidence, "reasons": x.Reasons}
	}
	return map[string]any{
		"subject":  map[string]string{"type": f.SubjectType, "country": f.Country},
		"findings": findings,
	}
}
