//go:build linux && (amd64 || arm64)

package disk

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wayFD is where a watched process has its end of a Pair.
const wayFD = 3

// Possible says whether this machine can watch what is synced.
func Possible() error {
	action := uint32(unix.SECCOMP_RET_USER_NOTIF)
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action))); e != 0 {
		return fmt.Errorf("disk: this kernel cannot tell others of a call (seccomp, user notification): %w", e)
	}
	return nil
}

// Watched turns this process into another program that a Disk watches, at the other end of the Pair that is file 3 of this
// process. It returns only when that fails. Argv is Syncs or Writes, the program, and its arguments.
func Watched(argv []string) error {
	if len(argv) < 2 || argv[0] != Syncs && argv[0] != Writes {
		return fmt.Errorf("disk: want %s or %s and a program", Syncs, Writes)
	}
	writing := argv[0] == Writes
	argv = argv[1:]
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	runtime.LockOSThread() // a filter belongs to its thread, and the new program to the thread that asked for it
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	listener, err := filter(writing)
	if err != nil {
		return fmt.Errorf("disk: seccomp: %w", err)
	}
	if err := unix.Sendmsg(wayFD, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	unix.CloseOnExec(wayFD)
	return unix.Exec(program, argv, os.Environ())
}

func filter(writing bool) (listener int, err error) {
	p := program(writing)
	f := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	for _, flags := range []uintptr{unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER} {
		fd, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&f)))
		if e == 0 {
			return int(fd), nil
		}
		err = e
	}
	return 0, err
}

// Pair returns the two ends of a way: theirs is for the process that calls Watched, as its file 3, ours for Listen.
func Pair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("disk: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "watch"), os.NewFile(uintptr(fds[1]), "watched"), nil
}
