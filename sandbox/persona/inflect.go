package persona

import (
	"strings"
	"unicode"
)

// The versions whose shapes differ.
const (
	version2023 = "2023-01-05"
	version2025 = "2025-10-27" // nothing included unless asked for, no flat personal attributes, keys in fields as they are
	versionDec  = "2025-12-08" // reports without run-history
)

// versions are all that the vendor accepts.
var versions = map[string]bool{
	"2020-05-18": true, "2021-02-21": true, "2021-07-05": true, "2021-08-18": true, "2022-09-01": true,
	version2023: true, version2025: true, versionDec: true,
}

// inflections write a kebab-case key otherwise.
var inflections = map[string]func(string) string{
	"kebab": func(k string) string { return k },
	"snake": func(k string) string { return strings.ReplaceAll(k, "-", "_") },
	"camel": func(k string) string {
		parts := strings.Split(k, "-")
		for i := 1; i < len(parts); i++ {
			if p := parts[i]; p != "" {
				parts[i] = strings.ToUpper(p[:1]) + p[1:]
			}
		}
		return strings.Join(parts, "")
	},
}

// inflect returns v with every key written as write does. From 2025-10-27 on the
// names of fields stay as they are.
func inflect(v any, write func(string) string, version string) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if fields, ok := e.(map[string]any); ok && k == "fields" && version >= version2025 {
				kept := make(map[string]any, len(fields))
				for name, f := range fields {
					kept[name] = inflect(f, write, version)
				}
				out[write(k)] = kept
				continue
			}
			out[write(k)] = inflect(e, write, version)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = inflect(v[i], write, version)
		}
		return out
	}
	return v
}

// kebab writes a key of a request, which may be in any inflection, in kebab-case.
func kebab(k string) string {
	var b strings.Builder
	for i, r := range k {
		switch {
		case r == '_':
			b.WriteByte('-')
		case unicode.IsUpper(r):
			if i > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
