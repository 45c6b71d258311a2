// Package chaos runs Bonafide as a cluster runs it, every service and every broker a process of its own, hands in requests
// all the while, breaks things, and then says of each promise whether it was kept.
//
// A World is the processes and the ways between them. Run breaks what a Plan says and reports. Check is the judge: it is
// pure, knows nothing of how things were broken, and compares what upstream knows (History) with what is stored (Facts).
//
// Everything is on loopback; only processes that the World has started are stopped or killed, each by its own handle.
package chaos
