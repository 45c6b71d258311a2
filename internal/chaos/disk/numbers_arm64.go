//go:build linux

package disk

import "golang.org/x/sys/unix"

// What the kernel calls this machine; it has no older calls.
const arch = unix.AUDIT_ARCH_AARCH64

var older = map[uint32]call{}
