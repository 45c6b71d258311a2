package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/flows"
)

// Set holds the flows that are offered, by name and by version.
type Set struct {
	flows []*Flow             // by name
	left  map[string][]string // built-in flows that are not offered, and the providers that they would need
}

// Builtin returns the flow files that come with the program.
func Builtin() fs.FS { return flows.Files }

// Load returns the built-in flows and those of dir; "" means no directory. A flow in dir replaces the built-in one of
// its name. A built-in flow whose providers the catalog does not have is left out: it is for others. An error names
// everything that is wrong with all files.
func Load(dir string, c Catalog) (*Set, error) {
	s := &Set{left: map[string][]string{}}
	var problems []error
	builtin, err := read(Builtin(), "")
	if err != nil {
		return nil, err
	}
	for _, file := range builtin {
		f, err := Compile("flows/"+file.name, file.source, nil)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if lacks := lacking(f, c); len(lacks) > 0 {
			s.left[f.Name] = lacks
		} else {
			if f, err = Compile("flows/"+file.name, file.source, c); err != nil {
				problems = append(problems, err)
				continue
			}
			s.put(f)
		}
	}
	if dir != "" {
		own, err := read(os.DirFS(dir), dir)
		if err != nil {
			return nil, fmt.Errorf("flows directory: %w", err)
		}
		seen := map[string]string{}
		for _, file := range own {
			f, err := Compile(file.name, file.source, c)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			if first, twice := seen[f.Name]; twice {
				problems = append(problems, Errors{{File: file.name, Line: 1, Column: 1, Message: "flow " + f.Name + " is also in " + first}})
				continue
			}
			seen[f.Name] = file.name
			s.put(f)
		}
	}
	problems = append(problems, s.families()...)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return s, nil
}

// families says which flows name a flow for their persons that there is not. A built-in one is left out when that flow is.
func (s *Set) families() (problems []error) {
	for _, f := range s.All() {
		err := s.family(f)
		if err == nil {
			continue
		}
		if lacks := s.Lacks(f.Persons); lacks != nil && strings.HasPrefix(f.persons.File, "flows/") {
			s.flows = slices.DeleteFunc(s.flows, func(g *Flow) bool { return g == f })
			s.left[f.Name] = lacks
			continue
		}
		problems = append(problems, err)
	}
	return problems
}

// family returns what is wrong with the flow that a flow names for its persons.
func (s *Set) family(f *Flow) error {
	if f.Persons == "" {
		return nil
	}
	p := f.persons
	switch g, ok := s.Get(f.Persons); {
	case !ok:
		p.Message = "persons: there is no flow " + f.Persons
	case g.Subject != "person":
		p.Message = "persons: flow " + f.Persons + " is not for a person"
	default:
		return nil
	}
	return Errors{p}
}

// lacking returns the providers of a flow that a catalog does not have, each once. Nil has all.
func lacking(f *Flow, c Catalog) []string {
	var names []string
	for _, check := range f.Policy.Checks {
		for _, route := range check.Providers {
			if c == nil || slices.Contains(names, route.Provider) {
				continue
			}
			if _, ok := c.Provider(route.Provider); !ok {
				names = append(names, route.Provider)
			}
		}
	}
	return names
}

// Lacks returns the providers for want of which a built-in flow is not offered, or none.
func (s *Set) Lacks(name string) []string {
	if _, ok := s.Get(name); ok {
		return nil
	}
	return s.left[name]
}

type file struct {
	name   string
	source []byte
}

// read returns the YAML files of a folder, by name.
func read(dir fs.FS, prefix string) ([]file, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	var out []file
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		source, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, file{filepath.Join(prefix, e.Name()), source})
	}
	return out, nil
}

func (s *Set) put(f *Flow) {
	at, found := slices.BinarySearchFunc(s.flows, f.Name, func(f *Flow, name string) int { return strings.Compare(f.Name, name) })
	if found {
		s.flows[at] = f
		return
	}
	s.flows = slices.Insert(s.flows, at, f)
}

// Get returns the flow of that name.
func (s *Set) Get(name string) (*Flow, bool) {
	at, found := slices.BinarySearchFunc(s.flows, name, func(f *Flow, name string) int { return strings.Compare(f.Name, name) })
	if !found {
		return nil, false
	}
	return s.flows[at], true
}

// ByDigest returns the flow of that version.
func (s *Set) ByDigest(digest string) (*Flow, bool) {
	for _, f := range s.flows {
		if f.Digest == digest {
			return f, true
		}
	}
	return nil, false
}

// All returns all flows, by name.
func (s *Set) All() []*Flow { return slices.Clone(s.flows) }

// Add compiles a flow and offers it, in place of one of its name. It is for a set that nobody else uses yet.
func (s *Set) Add(file string, source []byte, c Catalog) error {
	f, err := Compile(file, source, c)
	if err == nil {
		err = s.family(f)
	}
	if err != nil {
		return err
	}
	s.put(f)
	return nil
}
