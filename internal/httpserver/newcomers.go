package httpserver

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// drainPatience bounds how long those who were let in and have not said anything yet are waited for at the end.
const drainPatience = time.Second

// newcomers are connections that have been taken and whose first request has not been read: package http answers nothing to those
// whose request it reads after it was told to stop.
type newcomers struct{ conns sync.Map }

// note is an http.Server's ConnState.
func (n *newcomers) note(c net.Conn, s http.ConnState) {
	if s == http.StateNew {
		n.conns.Store(c, nil)
	} else {
		n.conns.Delete(c)
	}
}

// await returns when there are none, or after drainPatience.
func (n *newcomers) await() {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(drainPatience); n.any() && time.Now().Before(end); {
		<-look.C
	}
}

func (n *newcomers) any() (found bool) {
	n.conns.Range(func(any, any) bool {
		found = true
		return false
	})
	return found
}
