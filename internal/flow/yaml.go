package flow

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A reader walks the nodes of a file and collects what is wrong with it.
type reader struct {
	file     string
	catalog  Catalog
	problems Errors
}

func (r *reader) report(line, column int, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) at(n ast.Node, format string, args ...any) {
	line, column := position(n)
	r.report(line, column, format, args...)
}

// position returns where a node starts: for a mapping its first key, not the colon after it.
func position(n ast.Node) (line, column int) {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return position(v.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(v.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 1, 1
}

// parse returns the file's only document.
func (r *reader) parse(source []byte) ast.Node {
	f, err := parser.ParseBytes(source, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		line, column, message := 1, 1, "not YAML"
		if errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil {
			line, column = syntax.Token.Position.Line, syntax.Token.Position.Column
			message = yamlFault(syntax.Message)
		}
		r.report(line, column, "%s", message)
		return nil
	}
	docs := slices.DeleteFunc(f.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch {
	case len(docs) == 0:
		r.report(1, 1, "there is nothing in this file; a flow begins with its name, such as flow: person-standard")
		return nil
	case len(docs) > 1:
		r.at(docs[1].Body, "a second flow begins here, after ---; each is in a file of its own")
		return nil
	}
	return docs[0].Body
}

// entry is one member of a mapping.
type entry struct {
	name  string
	key   ast.Node
	value ast.Node
}

// entries returns the members of a mapping, in the order of the file.
func (r *reader) entries(n ast.Node, what string) []entry {
	var values []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	case *ast.AnchorNode, *ast.AliasNode:
		r.at(n, "%s: anchors and aliases are not used in flows", what)
		return nil
	case *ast.NullNode:
		r.at(n, "%s is empty; its members are indented under it", what)
		return nil
	default:
		r.at(n, "%s must have members, each a name, a colon and a value", what)
		return nil
	}
	var out []entry
	for _, v := range values {
		name, ok := scalar(v.Key)
		if !ok {
			r.at(v.Key, "%s: a key must be a plain word", what)
			continue
		}
		if slices.ContainsFunc(out, func(e entry) bool { return e.name == name }) {
			r.at(v.Key, "%s is there twice", name)
			continue
		}
		out = append(out, entry{name, v.Key, v.Value})
	}
	return out
}

// member reads one known member of a mapping.
type member struct {
	name     string
	required bool
	read     func(e entry)
}

// members reads a mapping whose keys are all known.
func (r *reader) members(n ast.Node, what string, known ...member) {
	entries := r.entries(n, what)
	if entries == nil {
		return
	}
	for _, e := range entries {
		i := slices.IndexFunc(known, func(m member) bool { return m.name == e.name })
		if i < 0 {
			names := make([]string, len(known))
			for j, m := range known {
				names[j] = m.name
			}
			r.at(e.key, "%s has no member %q%s; it has %s", what, e.name, perhaps(e.name, names), strings.Join(names, ", "))
			continue
		}
		known[i].read(e)
	}
	for _, m := range known {
		if m.required && !slices.ContainsFunc(entries, func(e entry) bool { return e.name == m.name }) {
			r.at(n, "%s lacks %s", what, m.name)
		}
	}
}

// scalar returns the text of a scalar, whatever YAML takes it for: false is a word here.
func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value), true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// token returns a name of [a-z0-9_-].
func (r *reader) token(n ast.Node, what string) string {
	s, ok := scalar(n)
	if !ok {
		r.at(n, "%s must be a word", what)
		return ""
	}
	if !validToken(s) {
		r.at(n, "%s %q must have 1 to 64 characters of a-z, 0-9, _ and -%s", what, s, suchAs(s, what == "reason"))
		return ""
	}
	return s
}

// suchAs proposes a token that is close to a text, if there is one. The words of codes are put together with _.
func suchAs(s string, code bool) string {
	between := '-'
	if code {
		between = '_'
	}
	token := strings.Map(func(c rune) rune {
		switch {
		case c == ' ' || c == '.' || c == '/':
			return between
		case c < 0x80 && validToken(string(c)):
			return c
		}
		return -1
	}, strings.ToLower(s))
	if token = strings.Trim(token, "-_"); !validToken(token) {
		return ""
	}
	return ", such as " + token
}

func validToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// oneOf returns a word of a fixed list.
func (r *reader) oneOf(n ast.Node, what string, words ...string) string {
	s, ok := scalar(n)
	if !ok || !slices.Contains(words, s) {
		r.at(n, "%s must be one of %s", what, strings.Join(words, ", "))
		return ""
	}
	return s
}

// list returns the elements of a sequence.
func (r *reader) list(e entry) []ast.Node {
	s, ok := e.value.(*ast.SequenceNode)
	if word, single := scalar(e.value); single && validToken(word) {
		r.at(e.value, "%s must be a list, such as [%s]", e.name, word)
		return nil
	}
	if !ok || len(s.Values) == 0 {
		r.at(e.value, "%s must be a list that is not empty", e.name)
		return nil
	}
	return s.Values
}

func (r *reader) yes(e entry) bool {
	if b, ok := e.value.(*ast.BoolNode); ok {
		return b.Value
	}
	r.at(e.value, "%s must be true or false", e.name)
	return false
}

func (r *reader) number(e entry, low, high float64) float64 {
	s, _ := scalar(e.value)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= low && f <= high) {
		r.at(e.value, "%s must be a number from %v to %v", e.name, low, high)
		return 0
	}
	return f
}
