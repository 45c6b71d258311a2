// Command dispatcher calls the vendors. It alone can open what ingest has sealed, and has no inbound door but its admin
// port.
package main

import (
	"github.com/bonafide-id/bonafide/internal/boot"
	"github.com/bonafide-id/bonafide/internal/boot/dispatcher"
)

func main() { boot.Main(dispatcher.Main) }
