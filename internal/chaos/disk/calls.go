//go:build linux && (amd64 || arm64)

package disk

import (
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// call is one call of the kernel that says something of what is kept, and in which of its arguments what stands. -1 is none.
type call struct {
	what             verb
	fd               int
	dir, path, flags int
}

type verb int

const (
	syncs verb = iota
	opens
	renames
	writes
)

// calls are all of them, by number. openat2, which has its flags elsewhere, is not among them: Go does not use it.
var calls = func() map[uint32]call {
	m := map[uint32]call{
		unix.SYS_FSYNC:     {what: syncs, fd: 0},
		unix.SYS_FDATASYNC: {what: syncs, fd: 0},
		unix.SYS_OPENAT:    {what: opens, dir: 0, path: 1, flags: 2},
		unix.SYS_RENAMEAT:  {what: renames, dir: 0, path: 1},
		unix.SYS_RENAMEAT2: {what: renames, dir: 0, path: 1},
		unix.SYS_WRITE:     {what: writes, fd: 0},
		unix.SYS_PWRITE64:  {what: writes, fd: 0},
	}
	maps.Copy(m, older)
	return m
}()

// Where the kernel shows a filter the number of a call, the machine, and the low half of an argument.
const (
	atNumber, atArch, atArgs = 0, 4, 16
)

// program returns the filter: it stops what is among calls, and of what opens only what opens for writing. Few programs are
// stopped when they write: most of that goes elsewhere.
func program(writing bool) []unix.SockFilter {
	load := func(at int) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: uint32(at)}
	}
	end := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	const is, has = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	p := []unix.SockFilter{load(atArch), {Code: is, K: arch, Jt: 1}, end(unix.SECCOMP_RET_ALLOW), load(atNumber)}
	for _, n := range slices.Sorted(maps.Keys(calls)) {
		c := calls[n]
		if c.what == writes && !writing {
			continue
		}
		if c.what != opens || c.flags < 0 {
			p = append(p, unix.SockFilter{Code: is, K: n, Jf: 1}, end(unix.SECCOMP_RET_USER_NOTIF))
			continue
		}
		p = append(p, unix.SockFilter{Code: is, K: n, Jf: 4}, load(atArgs+8*c.flags),
			unix.SockFilter{Code: has, K: unix.O_WRONLY | unix.O_RDWR, Jf: 1}, end(unix.SECCOMP_RET_USER_NOTIF), end(unix.SECCOMP_RET_ALLOW))
	}
	return append(p, end(unix.SECCOMP_RET_ALLOW))
}
