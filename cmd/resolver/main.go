// Command resolver decides: it reads inputs, and writes tasks and decisions to the logs of its shards. Its only secret is
// the key that it signs decisions with, and it never sees a person.
package main

import (
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/resolver"
)

func main() { boot.Main(resolver.Main) }
