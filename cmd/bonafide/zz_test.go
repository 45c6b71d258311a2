package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
)

func TestZZ(t *testing.T) {
	run(&env{ctx: context.Background(), out: os.Stdout, err: os.Stderr, lookup: envconfig.MapLookuper(nil)}, strings.Fields(os.Getenv("ZZ")))
}
