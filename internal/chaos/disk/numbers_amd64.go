//go:build linux

package disk

import "golang.org/x/sys/unix"

// What the kernel calls this machine, and the calls that only it has: number, and what is asked for.
const arch = unix.AUDIT_ARCH_X86_64

var older = map[uint32]call{
	unix.SYS_OPEN:   {what: opens, path: 0, dir: -1, flags: 1},
	unix.SYS_CREAT:  {what: opens, path: 0, dir: -1, flags: -1},
	unix.SYS_RENAME: {what: renames, path: 0, dir: -1},
}
