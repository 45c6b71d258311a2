package main

import (
	"os"
	"runtime"
)

// spare is how much garbage may lie about before the collector looks for it.
const spare = 256 << 20

// withSpare runs f, which makes much garbage and keeps little of it, with the collector at rest until there is some: otherwise
// it is at work without end for what could lie about. Whoever has set GOGC or GOMEMLIMIT has decided that already.
func withSpare(f func() error) error {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return f()
	}
	counted := make([]byte, spare) // it is never touched, so it takes no memory; the collector waits until there is as much again
	defer runtime.KeepAlive(counted)
	return f()
}
