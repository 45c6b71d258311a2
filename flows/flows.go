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

// vocabulary are the components that load tests ask for, in order.
var vocabulary = []string{
	"document", "selfie", "liveness", "name", "birth_date", "address", "phone", "email", "database", "aml", "bank_account", "registry",
}

// Load returns a flow for load tests, named "load-<checks>": so many checks, c1 and on, of one component each by the
// provider fake. There are twelve different components; more checks ask for them again.
func Load(checks int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "flow: load-%d\nsubject: person\ndeadline: 15m\nchecks:\n", checks)
	for i := range checks {
		fmt.Fprintf(&b, "  c%d: {components: [%s], providers: [fake]}\n", i+1, vocabulary[i%len(vocabulary)])
	}
	return []byte(b.String())
}
