package providers

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// Variable is one setting of a vendor, as an operator sees it.
type Variable struct {
	Name     string // in full: "BIVE_API_KEY"
	Default  string
	Required bool
	Secret   bool
}

// variables lists the settings in the struct type t, which has flat fields with envconfig tags.
func variables(t reflect.Type, prefix string) []Variable {
	var vs []Variable
	for _, f := range reflect.VisibleFields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("env"), ",")
		if name == "" {
			continue
		}
		v := Variable{Name: prefix + strings.TrimSpace(name)}
		v.Secret = f.Type == reflect.TypeFor[Secret]() || f.Type == reflect.TypeFor[Secrets]()
		for opt := range strings.SplitSeq(opts, ",") {
			opt = strings.TrimSpace(opt)
			if opt == "required" {
				v.Required = true
			}
			if d, ok := strings.CutPrefix(opt, "default="); ok {
				v.Default = d
			}
		}
		vs = append(vs, v)
	}
	return vs
}

// load reads a C from the variables under prefix. A variable that is set but empty counts as not set, except that a
// required one is then an error. What is wrong is reported together, each naming its variable and never its value.
func load[C any](ctx context.Context, l envconfig.Lookuper, prefix string, insecure bool) (C, error) {
	var c C
	var problems []error
	for _, v := range variables(reflect.TypeFor[C](), prefix) {
		value, found := l.Lookup(v.Name)
		if !v.Required || value != "" {
			continue
		}
		if found {
			problems = append(problems, fmt.Errorf("%s %w", v.Name, errEmpty))
		} else {
			problems = append(problems, fmt.Errorf("%s is required", v.Name))
		}
	}
	if len(problems) > 0 {
		return c, errors.Join(problems...)
	}
	filled := envconfig.LookuperFunc(func(key string) (string, bool) {
		v, ok := l.Lookup(key)
		return v, ok && v != ""
	})
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &c, Lookuper: envconfig.PrefixLookuper(prefix, filled)}); err != nil {
		return c, fmt.Errorf("%s*: %w", prefix, err)
	}
	v := reflect.ValueOf(c)
	for _, f := range reflect.VisibleFields(v.Type()) {
		u, ok := v.FieldByIndex(f.Index).Interface().(URL)
		if !ok || u == "" || insecure {
			continue
		}
		if err := u.check(); err != nil {
			name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
			problems = append(problems, fmt.Errorf("%s%s %w", prefix, name, err))
		}
	}
	return c, errors.Join(problems...)
}
