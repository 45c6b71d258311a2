package flow

import (
	"regexp"
	"slices"
	"strings"
)

// What the libraries say is meant for who knows them. These tables say the usual faults in the words of who writes a flow;
// what is not in them is passed on.

var yamlFaults = []struct{ said, words string }{
	{"'\t'", "there is a tab here; a flow is indented with spaces"},
	{"tab character", "there is a tab here; a flow is indented with spaces"},
	{"mapping value is not allowed", `a text with ": " in it stands in quotes, and each member on a line of its own`},
	{"pre-defined", "this does not belong under what is above it; members of one thing are indented alike"},
	{"value is not allowed", "this does not belong under what is above it; members of one thing are indented alike"},
	{"non-map value", "this is no member; a member is a name, a colon, a blank and a value"},
	{"sequence end token", "this [ is not closed with a ]"},
	{"flow mapping end token", "this { is not closed with a }"},
	{"end character", "this quote is not closed"},
}

var definedTwice = regexp.MustCompile(`^mapping key ("[^"]*") already defined at \[(\d+):`)

// yamlFault says what is wrong with a file that is not YAML.
func yamlFault(said string) string {
	if m := definedTwice.FindStringSubmatch(said); m != nil {
		return m[1] + " is there twice, first in line " + m[2]
	}
	for _, f := range yamlFaults {
		if strings.Contains(said, f.said) {
			return f.words
		}
	}
	return "not YAML: " + said
}

var syntaxFaults = []struct{ said, words string }{
	{"error at: '= '", "one = compares nothing; equal is =="},
	{"error at: '='", "one = compares nothing; equal is =="},
	{"input 'and'", "and is written &&"},
	{"input 'or'", "or is written ||"},
	{"input 'not'", "not is written !"},
}

var (
	noField    = regexp.MustCompile(`^undefined field '([^']*)'`)
	noName     = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	noOverload = regexp.MustCompile(`^found no matching overload for '[_@]?(.*?)_?' applied to '\((.*)\)'`)
)

// conditionFault says what is wrong with a condition.
func (l *dialect) conditionFault(said string) string {
	said = oneLine(said)
	if m := noField.FindStringSubmatch(said); m != nil {
		return "there is no " + m[1] + "; subject has type and country, findings has " + strings.Join(l.components, ", ") +
			", and each of these result, confidence and reasons"
	}
	if m := noName.FindStringSubmatch(said); m != nil {
		return "there is no " + m[1] + "; a condition asks about subject and findings, and texts stand in quotes"
	}
	if m := noOverload.FindStringSubmatch(said); m != nil {
		kinds := strings.Split(m[2], ", ")
		for i := range kinds {
			kinds[i] = kind(kinds[i])
		}
		fault := m[1] + " does not go with " + strings.Join(kinds, " and ")
		if slices.Contains(kinds, kind("finding")) {
			fault += "; a finding is asked for its result, such as findings." + l.components[0] + ".result"
		}
		return fault
	}
	if !strings.HasPrefix(said, "Syntax error") {
		return said
	}
	for _, f := range syntaxFaults {
		if strings.Contains(said, f.said) {
			return f.words
		}
	}
	return "from here on this is no condition; one looks like findings.document.result == \"true\" && subject.country != \"US\""
}

// kind names a type of CEL.
func kind(of string) string {
	switch of {
	case "string":
		return "a text"
	case "int", "uint", "double":
		return "a number"
	case "bool":
		return "a yes or no"
	case "list(string)":
		return "a list of texts"
	case "finding", "findings", "subject":
		return "a whole " + of
	}
	return of
}
