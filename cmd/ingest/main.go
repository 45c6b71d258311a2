// Command ingest faces the internet: it takes requests and vendors' webhooks, seals what is personal, and stores them as
// events. It can seal and not open, and has no vendor's API key.
package main

import (
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/ingest"
)

func main() { boot.Main(ingest.Main) }
