package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// A person saves a mistake, sees it, and fixes it; the exit code after the interrupt is that of the last state.
func TestWatchShowsWhatASaveDid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	evidence := filepath.Join(dir, "evidence")
	testhelp.Must(t, os.CopyFS(evidence, os.DirFS(filepath.Join(root(t), "evidence", "compliant"))))
	cmd := exec.Command("raci-check", "assess", "--watch", "--at", "2026-11-20", "--allow-past-at", "evidence")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	testhelp.Must(t, err)
	testhelp.Must(t, cmd.Start())
	defer cmd.Process.Kill()
	hanging := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hanging.Stop()
	lines := bufio.NewScanner(out)
	await := func(start string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(strings.Join(strings.Fields(lines.Text()), " "), start) {
				return
			}
		}
		t.Fatalf("the output ended before a line that starts with %q", start)
	}
	backups := filepath.Join(evidence, "backups.yaml")
	before, err := os.ReadFile(backups)
	testhelp.Must(t, err)
	await("PASS")
	testhelp.Put(t, backups, strings.Replace(string(before), "rpo_hours: 24", "rpo_hours: 999", 1))
	await("FAIL")
	await("fails backups.")
	testhelp.Put(t, backups, strings.Replace(string(before), "backups:", "backups: [", 1))
	await("nothing can be assessed: evidence/backups.yaml:")
	testhelp.Put(t, backups, string(before))
	await("PASS")
	await("fixed backups.")
	testhelp.Put(t, backups, strings.Replace(string(before), "rpo_hours: 24", "rpo_hours: 999", 1))
	await("fails backups.")
	testhelp.Must(t, cmd.Process.Signal(syscall.SIGINT))
	_, err = io.Copy(io.Discard, out)
	testhelp.Must(t, err)
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d, expected 1: the last state fails", cmd.ProcessState.ExitCode())
	}
}
