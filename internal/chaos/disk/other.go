//go:build !linux || !(amd64 || arm64)

package disk

import (
	"errors"
	"os"
)

var errNot = errors.New("disk: only Linux on amd64 or arm64 can watch what is synced")

func identify(string) (id, error) { return id{}, errNot }

// Possible says whether this machine can watch what is synced.
func Possible() error { return errNot }

// Watched is not possible here.
func Watched([]string) error { return errNot }

// Listen is not possible here.
func Listen(*Disk, *os.File) (*Watch, error) { return nil, errNot }

// Pair is not possible here.
func Pair() (ours, theirs *os.File, err error) { return nil, nil, errNot }

// Watch watches nothing here.
type Watch struct{}

// Wait returns at once.
func (*Watch) Wait() error { return errNot }
