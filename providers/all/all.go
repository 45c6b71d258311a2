// Package all lists the vendors. It is the only place that knows them all.
package all

import (
	"github.com/bonafide-id/bonafide/providers"
	"github.com/bonafide-id/bonafide/providers/authologic"
	"github.com/bonafide-id/bonafide/providers/bive"
	"github.com/bonafide-id/bonafide/providers/opensanctions"
	"github.com/bonafide-id/bonafide/providers/persona"
	"github.com/bonafide-id/bonafide/providers/personr"
	"github.com/bonafide-id/bonafide/providers/sumsub"
)

// Definitions returns the vendors in the order of the README. To add one: its folder, its sandbox, and a line here.
func Definitions() []providers.Definition {
	return []providers.Definition{
		sumsub.Definition,
		persona.Definition,
		authologic.Definition,
		personr.Definition,
		bive.Definition,
		opensanctions.Definition,
	}
}
