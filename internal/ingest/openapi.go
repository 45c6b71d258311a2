package ingest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/events/schemas"
)

type object = map[string]any

// openAPI describes the routes in OpenAPI 3.1. It is made from the table that serves them, so it cannot forget one.
func openAPI(routes []route) ([]byte, error) {
	paths := object{}
	for _, r := range routes {
		p, ok := paths[r.path].(object)
		if !ok {
			p = object{}
			paths[r.path] = p
		}
		p[strings.ToLower(r.method)] = operation(r)
	}
	doc := object{
		"openapi":           "3.1.0",
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": object{"title": "Bonafide", "version": "1",
			"description": "Many identity-verification vendors, one durable stream of explained decisions. Every error is RFC 9457 problem details."},
		"paths": paths,
		"components": object{"securitySchemes": object{"key": object{"type": "http", "scheme": "bearer",
			"description": "An API key. It decides the tenant and the scopes: " + strings.Join(allScopes, ", ") + "."}}},
	}
	return json.Marshal(doc, json.Deterministic(true), jsontext.WithIndent(" "))
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

func operation(r route) object {
	op := object{"operationId": r.about.name, "summary": r.about.summary, "security": []object{}}
	problems := append([]int{429, 500}, r.about.problems...)
	if r.scope != "" {
		op["security"] = []object{{"key": []string{r.scope}}}
		problems = append(problems, 401, 403)
	} else {
		problems = problems[1:]
	}
	var params []object
	for _, m := range inPath.FindAllStringSubmatch(r.path, -1) {
		params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for where, all := range map[string][]param{"query": r.about.query, "header": r.about.headers} {
		for _, p := range all {
			params = append(params, object{"name": p.name, "in": where, "description": p.says, "schema": object{"type": "string"}})
		}
	}
	if len(params) > 0 {
		slices.SortFunc(params, func(a, b object) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
		op["parameters"] = params
	}
	if r.about.bodies != nil {
		content := object{}
		for media, schema := range r.about.bodies {
			content[media] = object{"schema": schemaOf(schema)}
		}
		op["requestBody"] = object{"required": !r.about.optional, "content": content}
	}
	answers := object{}
	for status, a := range r.about.answers {
		answers[strconv.Itoa(status)] = response(a)
	}
	for _, status := range problems {
		answers[strconv.Itoa(status)] = object{"description": http.StatusText(status),
			"content": object{"application/problem+json": object{"schema": schemaOf("problem.v1.json")}}}
	}
	op["responses"] = answers
	return op
}

func response(a reply) object {
	r := object{"description": a.says}
	content := object{}
	if a.schema != "" {
		content[jsonMedia] = object{"schema": schemaOf(a.schema)}
	}
	if a.events {
		content["text/event-stream"] = object{"schema": object{"type": "string"}}
	}
	if len(content) > 0 {
		r["content"] = content
	}
	if a.location {
		r["headers"] = object{"Location": object{"schema": object{"type": "string"}, "description": "The verification."}}
	}
	return r
}

// schemaOf refers to published schemas; several are alternatives.
func schemaOf(names string) object {
	switch names {
	case "":
		return object{}
	case "object":
		return object{"type": "object"}
	}
	var any []object
	for name := range strings.FieldsSeq(names) {
		any = append(any, object{"$ref": schemas.Base + name})
	}
	if len(any) == 1 {
		return any[0]
	}
	return object{"anyOf": any}
}

// describe serves GET /openapi.json.
func (s *Service) describe(c *call) error {
	c.w.Header().Set("Content-Type", "application/json")
	_, _ = c.w.Write(s.openAPI)
	return nil
}

// schema serves GET /schemas/{file}.
func (s *Service) schema(c *call) error {
	name := c.PathValue("file")
	b, err := schemas.Files.ReadFile(name)
	if err != nil {
		return notFound()
	}
	c.w.Header().Set("Content-Type", "application/json")
	_, _ = c.w.Write(b)
	return nil
}
