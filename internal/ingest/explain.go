package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/events/schemas"
)

// maxFaults is how many faults an answer names; who has made more will make another request anyway.
const maxFaults = 100

// explainer is the thorough way: it finds every fault of a body.
type explainer struct {
	requested, documents, correction, review, cancel, link, empty *jsonschema.Schema
}

// newCompiler returns a compiler that has all schemas and their formats.
func newCompiler(address func(string) bool) (*jsonschema.Compiler, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for name, good := range map[string]func(string) bool{
		"country": isCountry, "country-alpha-2": isCountry2, "calendar-date": isDate, "mailbox": isMailbox, "e164": isPhone, "web-address": address,
	} {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok && !good(s) {
				return errors.New("not " + name)
			}
			return nil
		}})
	}
	files, err := schemas.Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := schemas.Files.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		if err := c.AddResource(schemas.Base+f.Name(), doc); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newExplainer(address func(string) bool) (*explainer, error) {
	c, err := newCompiler(address)
	if err != nil {
		return nil, err
	}
	var x explainer
	for name, to := range map[string]**jsonschema.Schema{
		"verification.requested.v1.json": &x.requested, "documents.v1.json": &x.documents, "correction.v1.json": &x.correction, "review.v1.json": &x.review, "cancel.v1.json": &x.cancel, "link_request.v1.json": &x.link, "empty.v1.json": &x.empty,
	} {
		if *to, err = c.Compile(schemas.Base + name); err != nil {
			return nil, err
		}
	}
	return &x, nil
}

// explain returns every fault of a JSON text; err is errSyntax when it is none.
func explain(s *jsonschema.Schema, body []byte) ([]events.ProblemField, error) {
	faults, err := duplicates(body)
	if err != nil {
		return nil, err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return nil, errSyntax
	}
	var bad *jsonschema.ValidationError
	if err := s.Validate(v); errors.As(err, &bad) {
		faults = leaves(bad, faults)
	}
	return tidy(faults), nil
}

// tidy sorts faults, drops repetitions, and bounds their number.
func tidy(faults []events.ProblemField) []events.ProblemField {
	slices.SortStableFunc(faults, func(a, b events.ProblemField) int { return strings.Compare(a.Pointer, b.Pointer) })
	faults = slices.CompactFunc(faults, func(a, b events.ProblemField) bool { return a.Pointer == b.Pointer })
	return faults[:min(len(faults), maxFaults)]
}

// duplicates finds members that are given twice, and whether the text is one JSON value in UTF-8.
func duplicates(body []byte) (faults []events.ProblemField, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))
	var seen []map[string]bool
	for {
		depth := d.StackDepth()
		kind, length := d.StackIndex(depth)
		isName := kind == '{' && length%2 == 0
		t, err := d.ReadToken()
		if err == io.EOF {
			if len(seen) > 0 || d.InputOffset() == 0 {
				return nil, errSyntax
			}
			return faults, nil
		}
		if err != nil {
			return nil, errSyntax
		}
		switch t.Kind() {
		case '{', '[':
			seen = append(seen, map[string]bool{})
		case '}', ']':
			seen = seen[:len(seen)-1]
		case '"':
			if isName {
				name := t.String()
				if seen[len(seen)-1][name] {
					faults = append(faults, at(short(string(d.StackPointer())), "is given more than once"))
				}
				seen[len(seen)-1][name] = true
			}
		}
	}
}

// short bounds a pointer that holds names we have not chosen.
func short(pointer string) string {
	if len(pointer) > 256 {
		return strings.ToValidUTF8(pointer[:256], "") + "…"
	}
	return pointer
}

func pointer(path []string, more ...string) string {
	var b strings.Builder
	for _, p := range append(slices.Clone(path), more...) {
		b.WriteByte('/')
		b.WriteString(escapePointer(p))
	}
	return short(b.String())
}

// membersOf returns the members that lead to what a schema's part is about, by the part's address. The validator gives
// the place of a name that is wrong in a slice that it goes on writing to, so the place is not to be had from there.
func membersOf(schema string) (path []string) {
	_, fragment, _ := strings.Cut(schema, "#/")
	steps := strings.Split(fragment, "/")
	for len(steps) >= 2 && steps[0] == "properties" {
		path = append(path, steps[1])
		steps = steps[2:]
	}
	return path
}

// leaves says in our words what the validator found. It never repeats a value.
func leaves(e *jsonschema.ValidationError, to []events.ProblemField) []events.ProblemField {
	if k, ok := e.ErrorKind.(*kind.PropertyNames); ok {
		for _, c := range e.Causes {
			for _, f := range leaves(c, nil) {
				to = append(to, at(pointer(membersOf(e.SchemaURL), k.Property), "its name "+f.Detail))
			}
		}
		return to
	}
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			to = leaves(c, to)
		}
		return to
	}
	path := e.InstanceLocation
	add := func(detail string) { to = append(to, at(pointer(path), detail)) }
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			to = append(to, at(pointer(path, name), "is missing"))
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			to = append(to, at(pointer(path, name), "is not known"))
		}
	case *kind.FalseSchema:
		add("must not be here")
	case *kind.Type:
		add("must be " + strings.Join(k.Want, " or "))
	case *kind.Enum:
		add("must be one of " + words(k.Want))
	case *kind.Format:
		add("must be " + meaning[k.Want])
	case *kind.Pattern:
		add("must match " + k.Want)
	case *kind.MaxLength:
		add(fmt.Sprintf("must have at most %d characters", k.Want))
	case *kind.MinLength:
		add("must not be empty")
	case *kind.MaxItems:
		add(fmt.Sprintf("must have at most %d items", k.Want))
	case *kind.MinItems:
		add("must not be empty")
	case *kind.MaxProperties:
		add(fmt.Sprintf("must have at most %d members", k.Want))
	case *kind.Minimum, *kind.Maximum:
		add("is out of range")
	default:
		add("is not as the schema says")
	}
	return to
}

func words(all []any) string {
	s := make([]string, len(all))
	for i, w := range all {
		s[i] = fmt.Sprint(w)
	}
	return strings.Join(s, ", ")
}

// meaning says what each format is.
var meaning = map[string]string{
	"country":         "a country of ISO 3166, alpha-2 or alpha-3, in capitals",
	"country-alpha-2": "a country of ISO 3166, alpha-2, in capitals",
	"calendar-date":   "a date that exists, as YYYY-MM-DD",
	"mailbox":         "an e-mail address",
	"e164":            "a telephone number in E.164: + and 7 to 15 digits",
	"web-address":     "an https address",
}
