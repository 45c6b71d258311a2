package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bonafide-id/bonafide/internal/boot/catalog"
	"github.com/bonafide-id/bonafide/internal/boot/single"
)

type sandboxCmd struct {
	Addr     string  `default:"127.0.0.1:8101" help:"Where the first sandbox listens; the others follow on the next ports. Port 0: any."`
	Speed    float64 `default:"60" help:"How much faster than real time they live."`
	Webhooks string  `help:"URL of the Bonafide API that webhooks go to."`
}

// Run runs the sandboxes until told to stop, and says how to use them.
func (c *sandboxCmd) Run(e *env) error {
	log, err := logger(e)
	if err != nil {
		return err
	}
	boxes, err := single.StartSandboxes(single.SandboxConfig{Addr: c.Addr, Speed: c.Speed, WebhookURL: c.Webhooks, Log: log})
	if err != nil {
		return err
	}
	defer boxes.Close()
	for _, b := range boxes.Running {
		fmt.Fprintf(e.out, "# %s\n", b.Name)
		for _, name := range slices.Sorted(maps.Keys(b.Settings)) {
			fmt.Fprintf(e.out, "export %s=%s\n", name, b.Settings[name])
		}
	}
	fmt.Fprintln(e.out, "export ALLOW_INSECURE=true")
	<-e.ctx.Done()
	return nil
}

// providerNames are the vendors that there are.
func providerNames() []string { return catalog.All().Names() }
