package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// whenOpened watches a file; what it answers waits until some program opens it.
func whenOpened(t *testing.T, name string) (wait func()) {
	t.Helper()
	events, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	if err != nil {
		t.Skipf("files cannot be watched here: %v", err)
	}
	watch := os.NewFile(uintptr(events), "inotify")
	t.Cleanup(func() { watch.Close() })
	if _, err := syscall.InotifyAddWatch(events, name, syscall.IN_OPEN); err != nil {
		t.Skipf("files cannot be watched here: %v", err)
	}
	return func() {
		if _, err := watch.Read(make([]byte, syscall.SizeofInotifyEvent)); err != nil {
			t.Fatal(err)
		}
	}
}

// The program opens its waivers when it has found the evidence and compiled the policies; then the signal is sent. Judging so
// many services takes far longer than the signal takes to arrive.
func TestAnInterruptLeavesNothing(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			evidence, out, temporary := manyServices(t, 400), t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(out, "before.json"), []byte("kept"), 0o644); err != nil {
				t.Fatal(err)
			}
			waivers := filepath.Join(t.TempDir(), "waivers.yaml")
			if err := os.WriteFile(waivers, []byte("api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			opened := whenOpened(t, waivers)
			cmd := exec.Command("raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "--waivers", waivers,
				"-o", "text", "-o", "json="+filepath.Join(out, "before.json"), "-o", "ndjson="+filepath.Join(out, "new.ndjson"), evidence)
			cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			opened()
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 2 {
				t.Errorf("exit code %d (%v)", code, err)
			}
			if says := stderr.String(); !strings.HasPrefix(says, "raci-check: interrupted when ") || !strings.HasSuffix(says, " of 400 services were assessed: no report was written\n") {
				t.Errorf("it says %q", says)
			}
			if stdout.Len() > 0 {
				t.Errorf("it prints %q", stdout.String())
			}
			if left := files(t, out); len(left) != 1 {
				t.Errorf("it leaves %v", left)
			}
			if content, err := os.ReadFile(filepath.Join(out, "before.json")); err != nil || string(content) != "kept" {
				t.Errorf("what was there is %q, %v", content, err)
			}
			if left := files(t, temporary); len(left) != 0 {
				t.Errorf("it leaves %v", left)
			}
		})
	}
}
