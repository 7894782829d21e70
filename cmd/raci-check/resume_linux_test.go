package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// resumable runs assess with a file to resume from, and what is to be written.
type resumable struct {
	evidence, part, report, key string
}

func (r resumable) command(flags ...string) (*exec.Cmd, *bytes.Buffer) {
	args := append([]string{"assess", "--at", "2026-11-20", "--allow-past-at", "-o", "ndjson=" + r.report}, flags...)
	cmd := exec.Command("raci-check", append(args, r.evidence)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	return cmd, &stderr
}

func (r resumable) resume(flags ...string) (*exec.Cmd, *bytes.Buffer) {
	return r.command(append([]string{"--resume", r.part, "--cache-key", r.key}, flags...)...)
}

// killAt kills a run as soon as its file has so many bytes.
func (r resumable) killAt(t *testing.T, size int64) {
	t.Helper()
	cmd, stderr := r.resume()
	testhelp.Must(t, cmd.Start())
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(r.part); err == nil && info.Size() >= size {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the file does not grow to %d bytes: %s", size, stderr)
		}
	}
	testhelp.Must(t, cmd.Process.Kill())
	_ = cmd.Wait()
}

// A run that is killed again and again, and continued, writes what one writes that nobody disturbs: no service is lost, none is there
// twice.
func TestAKilledRunIsResumed(t *testing.T) {
	testhelp.Long(t, "kills and resumes a run of 120 services")
	folder := t.TempDir()
	r := resumable{manyServices(t, 120), filepath.Join(folder, "part"), filepath.Join(folder, "report.ndjson"), filepath.Join(folder, "cache.key")}
	undisturbed := r
	undisturbed.report = filepath.Join(folder, "undisturbed.ndjson")
	cmd, stderr := undisturbed.command()
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("exit code %d: %s", cmd.ProcessState.ExitCode(), stderr)
	}
	for _, size := range []int64{1, 100_000, 300_000, 301_000, 600_000} {
		r.killAt(t, size)
		if _, err := os.Stat(r.report); err == nil {
			t.Fatal("the run ended before it was killed")
		}
	}
	part, err := os.ReadFile(r.part)
	testhelp.Must(t, err)

	t.Run("with other flags it is refused", func(t *testing.T) {
		for _, flags := range [][]string{{"--profile", "nis2"}, {"--at", "2026-11-21"}} {
			cmd, stderr := r.resume(flags...)
			if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 2 || !strings.HasPrefix(stderr.String(), "raci-check: resume: the results in ") {
				t.Errorf("%v: exit code %d: %s", flags, cmd.ProcessState.ExitCode(), stderr)
			}
		}
		cmd, stderr := r.resume()
		cmd.Args = append(cmd.Args[:2], cmd.Args[5:]...) // without --at and --allow-past-at
		if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(stderr.String(), "--resume needs --at") {
			t.Errorf("without --at: exit code %d: %s", cmd.ProcessState.ExitCode(), stderr)
		}
		if left, err := os.ReadFile(r.part); err != nil || !bytes.Equal(left, part) {
			t.Errorf("the file was changed: %v", err)
		}
	})

	// Evidence that was edited since is assessed again.
	edited := filepath.Join(r.evidence, "0.yaml")
	content, err := os.ReadFile(edited)
	testhelp.Must(t, err)
	testhelp.Must(t, os.WriteFile(edited, append(content, "# edited\n"...), 0o644))
	cmd, _ = undisturbed.command()
	_ = cmd.Run()

	// The file ends in the middle of a service.
	cut := part[:len(part)-50]
	testhelp.Must(t, os.WriteFile(r.part, cut, 0o600))
	cmd, stderr = r.resume()
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("exit code %d: %s", cmd.ProcessState.ExitCode(), stderr)
	}
	says := stderr.String()
	if n := regexp.MustCompile(`raci-check: (\d+) of 120 services are as `).FindStringSubmatch(says); len(n) != 2 || len(n[1]) < 2 {
		t.Errorf("it says %q", says)
	}
	if !strings.Contains(says, "are cut, or were changed") {
		t.Errorf("it does not say that the end of the file was cut: %q", says)
	}
	got, err := os.ReadFile(r.report)
	testhelp.Must(t, err)
	expected, err := os.ReadFile(undisturbed.report)
	testhelp.Must(t, err)
	if !bytes.Equal(got, expected) {
		t.Error("the report of the run that was resumed is another")
	}
	if _, err := os.Stat(r.part); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}
