package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Addresses that a World gives to its processes have ports below those that systems give to who asks for any: a process that
// was killed finds its own free when it comes again.
const leastPort, mostPort = 20000, 32000

// free returns an address of loopback on which nobody listens and that was not given before.
func (w *World) free() (string, error) {
	for range 1000 {
		addr := fmt.Sprint("127.0.0.1:", leastPort+rand.IntN(mostPort-leastPort))
		if w.given[addr] {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		w.given[addr] = true
		return addr, l.Close()
	}
	return "", errors.New("no port is free")
}
