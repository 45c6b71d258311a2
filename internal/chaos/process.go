package chaos

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bonafide-id/bonafide/internal/chaos/disk"
)

// Grace is how long a service may take to stop: half of what the strictest of them gets in a cluster.
const Grace = 22 * time.Second

// Process is one process of a World. It can be started again after its end. Its methods are safe for concurrent use.
type Process struct {
	Name string

	argv []string
	log  string // path

	disk    *disk.Disk // that notes what it syncs; nil: none
	watched []string   // what makes a process one that a Disk watches, and for what

	mu     sync.Mutex
	env    []string
	cmd    *exec.Cmd
	alive  io.Closer // its standard input: a process that reads the end of it is alone in the world
	exited chan struct{}
	missed error // what the disk could not note
}

// Start starts a process that does not run.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	argv := append(p.watched[:len(p.watched):len(p.watched)], p.argv...)
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, log, log
	if p.alive, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	watch, err := p.begin()
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.exited = make(chan struct{})
	go p.wait(p.cmd, watch, p.exited)
	return nil
}

// begin starts what cmd is, and watches it if there is a disk.
func (p *Process) begin() (*disk.Watch, error) {
	if p.disk == nil {
		return nil, p.cmd.Start()
	}
	ours, theirs, err := disk.Pair()
	if err != nil {
		return nil, err
	}
	p.cmd.ExtraFiles = []*os.File{theirs}
	err = p.cmd.Start()
	_ = theirs.Close()
	if err != nil {
		_ = ours.Close()
		return nil, err
	}
	watch, err := disk.Listen(p.disk, ours)
	if err != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
	return watch, err
}

// wait waits until a process is gone, and all that it has synced is noted.
func (p *Process) wait(cmd *exec.Cmd, watch *disk.Watch, exited chan struct{}) {
	defer close(exited)
	_ = cmd.Wait()
	if watch == nil {
		return
	}
	if err := watch.Wait(); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.missed = fmt.Errorf("what %s has synced is not known: %w", p.Name, err)
	}
}

// Missed says what could not be noted of what the process has synced; nil: nothing. It is known when the process is gone.
func (p *Process) Missed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.missed
}

// With changes variables of the environment, "NAME=value", from the next Start on.
func (p *Process) With(env ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.env = append(p.env[:len(p.env):len(p.env)], env...)
}

// Signal sends a signal. It is no error that the process is gone.
func (p *Process) Signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.cmd.Process.Signal(s)
}

// Kill is kill -9. It returns when the process is gone.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.Exited()
}

// Exited is closed when the process that was started last is gone.
func (p *Process) Exited() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exited
}

// Ended reports whether the process that was started last is gone.
func (p *Process) Ended() bool {
	select {
	case <-p.Exited():
		return true
	default:
		return false
	}
}

// Said returns the last 4 KiB of what the process, and those before it under its name, have written.
func (p *Process) Said() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return string(b[max(len(b)-4096, 0):])
}

// Stop is SIGTERM. It returns when the process is gone; not within Grace, or with another exit code than 0, is an error.
func (p *Process) Stop() error {
	p.Signal(syscall.SIGTERM)
	over := time.NewTimer(Grace)
	defer over.Stop()
	select {
	case <-p.Exited():
	case <-over.C:
		return fmt.Errorf("%s still runs %v after SIGTERM", p.Name, Grace)
	}
	if code := p.ExitCode(); code != 0 {
		return fmt.Errorf("%s exited %d after SIGTERM, want 0", p.Name, code)
	}
	return nil
}

// ExitCode returns how the process ended; -1 says that a signal ended it, or that it runs.
func (p *Process) ExitCode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.ProcessState.ExitCode()
}

// Admin returns where the process has its admin port, or "".
func (p *Process) Admin() string { return p.variable("ADMIN_ADDR") }

func (p *Process) variable(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	value := ""
	for _, v := range p.env {
		if after, ok := strings.CutPrefix(v, name+"="); ok {
			value = after
		}
	}
	return value
}
