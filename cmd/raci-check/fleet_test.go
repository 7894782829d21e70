package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// manyServices writes a fleet of so many services.
func manyServices(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		evidence := fmt.Sprintf("api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: %08d-9a41-4a5e-8f0a-3b1b6a1f5c21}\n", i)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yaml", i)), []byte(evidence), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// files lists what is in a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// The report goes to a pipe that takes far less of it than there is; while the program waits for it the signal arrives.
func TestAnInterruptEndsWriting(t *testing.T) {
	evidence, temporary := manyServices(t, 100), t.TempDir()
	reports := filepath.Join(t.TempDir(), "report")
	if err := testhelp.Mkfifo(reports); err != nil {
		t.Skip("no named pipes here")
	}
	late := filepath.Join(t.TempDir(), "late.ndjson")
	cmd := exec.Command("raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json="+reports, "-o", "ndjson="+late, evidence)
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.Open(reports) // waits until the program writes
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := io.ReadFull(pipe, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, pipe); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 2 {
		t.Errorf("exit code %d (%v)", code, err)
	}
	if says := stderr.String(); !strings.HasPrefix(says, "raci-check: interrupted while the json report was written: ") || strings.Count(says, "\n") != 1 {
		t.Errorf("it says %q", says)
	}
	if _, err := os.Stat(late); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it goes on to the next report: %v", err)
	}
	if left := files(t, temporary); len(left) != 0 {
		t.Errorf("it leaves %v", left)
	}
}

// A reader that goes away, such as head, gets no message: the exit code says that the report is not whole.
func TestAClosedPipeEndsQuietly(t *testing.T) {
	for _, format := range []string{"text", "json", "ndjson"} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		cmd := exec.Command("raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "-o", format, filepath.Join(root(t), "evidence", "gaps"))
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = writer, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("%s: %v", format, err)
		}
		if says := stderr.String(); says != "" {
			t.Errorf("%s: it says %q", format, says)
		}
		writer.Close()
	}
}
