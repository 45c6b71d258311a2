// Package flows holds the flow files that come with the program.
package flows

import (
	"embed"
	"fmt"
	"strings"
)

// Files are the flow files.
//
//go:embed *.yaml
var Files embed.FS

// Load returns a flow for load tests, named "load-<checks>": so many checks of one component each, c1 and on, all by
// the provider fake.
func Load(checks int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "flow: load-%d\nsubject: person\ndeadline: 15m\nchecks:\n", checks)
	for i := range checks {
		fmt.Fprintf(&b, "  c%d: {components: [c%d], providers: [fake]}\n", i+1, i+1)
	}
	return []byte(b.String())
}
