package e2e_test

import (
	"os/exec"
	"path/filepath"
)

// w0 runs a service in an environment of its own and returns its exit code and what it says.
func w0(service string, env ...string) (int, string) {
	cmd := exec.Command(filepath.Join(binaries, service))
	cmd.Env = env
	out, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(out)
}
