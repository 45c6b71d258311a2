// Command bonafide is the whole system in one program: it runs everything in one process (up, demo), talks to a running
// one (submit, watch, show), and holds the tools around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/sethvargo/go-envconfig"

	"github.com/bonafide-id/bonafide/internal/boot"
)

type commands struct {
	Up       upCmd       `cmd:"" help:"Run everything in one process, persistent."`
	Demo     demoCmd     `cmd:"" help:"Run everything on a temporary store and watch some forty verifications travel."`
	Submit   submitCmd   `cmd:"" help:"Ask for a verification."`
	Watch    watchCmd    `cmd:"" help:"Watch requests, checks, findings and decisions as they happen."`
	Show     showCmd     `cmd:"" help:"Show one verification: what happened, and why."`
	Review   reviewCmd   `cmd:"" help:"What waits for a reviewer: list, claim, give back, decide."`
	Dlq      dlqCmd      `cmd:"" help:"What could not be processed, and again."`
	Erase    eraseCmd    `cmd:"" help:"Destroy the keys of a person, and ask the vendors to forget them; the history stays verifiable."`
	Verify   verifyCmd   `cmd:"" help:"Check signed decisions with public keys only."`
	Keys     keysCmd     `cmd:"" help:"The keys that decisions are signed with."`
	Replay   replayCmd   `cmd:"" help:"Compute every decision again from the recorded inputs, and compare."`
	Backtest backtestCmd `cmd:"" help:"Play recorded verifications under another flow, and say what would be decided otherwise."`
	Remap    remapCmd    `cmd:"" help:"Read what is kept of a vendor's answers again with the mapping of this program, and say what would be decided otherwise."`
	Flows    flowsCmd    `cmd:"" help:"Work on flows."`
	Streams  streamsCmd  `cmd:"" help:"Create or compare streams and consumers."`
	Sim      simCmd      `cmd:"" help:"Play lives of verifications from seeds, with crashes, pauses and lost answers, and check the promises."`
	Chaos    chaosCmd    `cmd:"" help:"Run every service and broker as a process, break them, and check that nothing is lost or doubled."`
	Part     partCmd     `cmd:"" hidden:"" help:"Be one process of chaos."`
	Sandbox  sandboxCmd  `cmd:"" help:"Run the vendor sandboxes alone."`
	Load     loadCmd     `cmd:"" help:"Generate load and report honestly."`
	Keyset   keysetCmd   `cmd:"" help:"Make the keys that personal data is sealed with."`
}

// Exit codes.
const (
	exitBad   = 1 // it ran and the answer is bad
	exitUsage = 2 // usage or configuration
)

// errBad says that a command ran, has said what it found, and that this is bad: exit 1 without another word.
var errBad = errors.New("the answer is bad")

// env is the world of a command.
type env struct {
	ctx    context.Context
	out    io.Writer // what was asked for
	err    io.Writer // progress and complaints
	lookup envconfig.Lookuper
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(&env{ctx: ctx, out: os.Stdout, err: os.Stderr, lookup: envconfig.OsLookuper()}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs one command and returns its exit code.
func run(e *env, args []string) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("bonafide"), kong.Description("Identity verification: many vendors, one stream of explained decisions."),
		kong.Writers(e.out, e.err), kong.UsageOnError(), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(e.err, "bonafide:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(e.err, "bonafide:", err)
		return exitUsage
	}
	err = k.Run(e)
	var config boot.ConfigError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errBad):
		return exitBad
	case errors.As(err, &config):
		fmt.Fprintln(e.err, "bonafide:", err)
		return exitUsage
	}
	fmt.Fprintln(e.err, "bonafide:", err)
	return exitBad
}
