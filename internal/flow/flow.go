// Package flow reads flow files: YAML with conditions in CEL, compiled once into the policy that the resolver's core
// works with.
//
// Everything that is wrong with a file is found when it is loaded, and all of it at once, each with its line and column.
package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-id/bonafide/internal/decision"
)

// Flow is one version of a flow. It is never changed and may be shared.
type Flow struct {
	Name    string
	Subject string // person or business
	Digest  string // "sha256:" and the hexadecimal SHA-256 of Source: which version it is
	Source  []byte // the file as written
	Policy  *decision.Policy
	Persons string // the flow by which associated persons are verified on their own; "": they are not

	persons Problem // where Persons stands
}

// Errors are all problems of one file.
type Errors []Problem

// Problem is one thing that is wrong with a file.
type Problem struct {
	File    string
	Line    int // from 1
	Column  int // from 1
	Message string
}

// String returns "file:line:column: message".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Error returns one line per problem, in the order of the file.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// maxSource bounds a flow file.
const maxSource = 64 << 10

// Compile reads a flow. file is what problems are reported against. Without a catalog providers and their params are
// taken as they are, which is for a reader of versions that have been checked before. An error is Errors.
func Compile(file string, source []byte, c Catalog) (*Flow, error) {
	r := &reader{file: file, catalog: c}
	p := &decision.Policy{}
	var persons string
	var at Problem
	if len(source) > maxSource {
		r.report(1, 1, "the file has %d bytes; at most %d are read", len(source), maxSource)
	} else if root := r.parse(source); root != nil {
		persons, at = r.flow(root, p)
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		})
		return nil, r.problems
	}
	sum := sha256.Sum256(source)
	p.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return &Flow{Name: p.Flow, Subject: p.Subject, Digest: p.Digest, Source: slices.Clone(source), Policy: p, Persons: persons, persons: at}, nil
}
