//go:build linux && (amd64 || arm64)

package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Watch notes on a Disk what one process syncs, for as long as it lives.
type Watch struct {
	disk  *Disk
	ended chan struct{} // nobody is left to be watched
	late  sync.WaitGroup
	over  chan struct{}

	mu  sync.Mutex
	err error
}

// Listen waits for the process at the other end of a Pair to become Watched, and watches it. It closes ours.
func Listen(d *Disk, ours *os.File) (*Watch, error) {
	defer ours.Close()
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(int(ours.Fd()), make([]byte, 1), rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("disk: the process does not say what it syncs (%w)", err)
	}
	list, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	fds, err := unix.ParseUnixRights(&list[0])
	if err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	w := &Watch{disk: d, ended: make(chan struct{}), over: make(chan struct{})}
	go w.watch(fds[0])
	return w, nil
}

// Wait returns when the process is gone and all that it has synced is noted. An error says that something could not be.
func (w *Watch) Wait() error {
	<-w.over
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// notice is what the kernel says of a call that waits: struct seccomp_notif.
type notice struct {
	id     uint64
	pid    uint32
	_      uint32
	number int32
	_      uint32 // the machine: the filter has looked
	_      uint64 // where in the program
	args   [6]uint64
}

// reply is what is done with it: struct seccomp_notif_resp.
type reply struct {
	id    uint64
	value int64
	error int32
	flags uint32
}

func (w *Watch) watch(listener int) {
	defer close(w.over)
	defer unix.Close(listener)
	defer w.late.Wait()
	defer close(w.ended)
	for {
		p := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(p, -1); err != nil && !errors.Is(err, unix.EINTR) {
			w.missed(err)
			return
		}
		if p[0].Revents&unix.POLLIN == 0 {
			if p[0].Revents != 0 {
				return // nobody is left
			}
			continue
		}
		var n notice
		if ask(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)) != nil {
			continue // a signal, or it was killed meanwhile
		}
		c := calls[uint32(n.number)]
		if c.what == syncs {
			if takes := w.disk.lasts(handle(&n, c.fd)); takes > 0 {
				w.late.Go(func() { w.later(listener, c, &n, takes) })
				continue
			}
		}
		w.answer(listener, c, &n)
	}
}

// later answers a call when it has taken so long. Of one that is killed before that nothing is noted.
func (w *Watch) later(listener int, c call, n *notice, takes time.Duration) {
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
		w.answer(listener, c, n)
	case <-w.ended:
	}
}

// answer notes a call and lets it go on, or tells it what came of it.
func (w *Watch) answer(listener int, c call, n *notice) {
	r := reply{id: n.id}
	if err := w.note(c, n); err != nil && ask(listener, unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&n.id)) == nil {
		w.missed(err) // what was killed meanwhile has nothing to say
	}
	switch {
	case c.what == writes && !w.disk.room(handle(n, c.fd)):
		r.error = -int32(unix.ENOSPC)
	case c.what != syncs:
		r.flags = unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE
	}
	// What was killed while it waited does not hear the answer. A sync that is noted is done: this disk has kept it.
	_ = ask(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r))
}

func (w *Watch) missed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errors.Join(w.err, err)
}

func ask(fd int, request uintptr, with unsafe.Pointer) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(with)); e != 0 {
		return e
	}
	return nil
}

// handle returns a path to what a process has open.
func handle(n *notice, arg int) string {
	return fmt.Sprintf("/proc/%d/fd/%d", n.pid, int32(n.args[arg]))
}

// note tells the Disk of a call that is about to be made.
func (w *Watch) note(c call, n *notice) error {
	switch c.what {
	case writes:
		return nil
	case syncs:
		path, err := os.Readlink(handle(n, c.fd))
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return w.disk.Synced(handle(n, c.fd), path)
	}
	path, err := pathOf(c, n)
	if err != nil || path == "" {
		return err
	}
	if c.what == renames {
		return w.disk.Renamed(path)
	}
	return w.disk.Opened(path, c.flags >= 0 && n.args[c.flags]&unix.O_DSYNC != 0) // O_SYNC has that bit too
}

// pathOf returns the path that a call names, or "" where none can be told any more.
func pathOf(c call, n *notice) (string, error) {
	name, err := text(n.pid, n.args[c.path])
	if err != nil || filepath.IsAbs(name) {
		return filepath.Clean(name), err
	}
	from := fmt.Sprintf("/proc/%d/cwd", n.pid)
	if c.dir >= 0 && int32(n.args[c.dir]) != unix.AT_FDCWD {
		from = handle(n, c.dir)
	}
	dir, err := os.Readlink(from)
	if gone(err) {
		return "", nil
	}
	return filepath.Join(dir, name), err
}

// text reads a string in the memory of a process.
func text(pid uint32, at uint64) (string, error) {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return "", err
	}
	defer mem.Close()
	var all []byte
	const page = 4096
	for len(all) < page {
		part := make([]byte, page-at%page) // what is mapped is so in whole pages
		k, err := mem.ReadAt(part, int64(at))
		for i, b := range part[:k] {
			if b == 0 {
				return string(append(all, part[:i]...)), nil
			}
		}
		if err != nil {
			return "", err
		}
		all, at = append(all, part...), at+uint64(len(part))
	}
	return "", fmt.Errorf("disk: a path of more than %d bytes", page)
}
