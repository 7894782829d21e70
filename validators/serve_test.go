package validators

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// serving starts the program on a folder, and answers the address.
func serving(t *testing.T, folder string, flags ...string) string {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"serve", "--at", "2026-11-20", "--allow-past-at", folder}, flags...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	testhelp.Must(t, err)
	testhelp.Must(t, cmd.Start())
	t.Cleanup(func() {
		testhelp.Must(t, cmd.Process.Signal(os.Interrupt))
		if err := cmd.Wait(); err != nil {
			t.Errorf("the end is not quiet: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("no address is printed")
	}
	return lines.Text()
}

// A person fixes a duty in the pages by keyboard, in a browser; git shows what was meant and no more.
func TestServeInABrowser(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	need(t)
	repository, out := t.TempDir(), t.TempDir()
	if screenshots := os.Getenv("RACI_CHECK_SCREENSHOTS"); screenshots != "" {
		out = screenshots
	}
	folder := filepath.Join(repository, "gaps")
	testhelp.Must(t, os.CopyFS(folder, os.DirFS("../evidence/gaps")))
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "evidence"}} {
		if out, err := run("git", append([]string{"-C", repository}, args...)...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if output, err := run("node", "serve.mjs", serving(t, folder), serving(t, "../evidence/compliant", "--read-only"), repository, out); err != nil {
		t.Errorf("%v\n%.8000s", err, output)
	}
	pages, err := filepath.Glob(filepath.Join(out, "*.html"))
	testhelp.Must(t, err)
	if len(pages) < 10 {
		t.Fatalf("only %d pages were looked at", len(pages))
	}
	if output, err := run("node_modules/.bin/html-validate", append([]string{"--config", ".htmlvalidate.json"}, pages...)...); err != nil {
		t.Errorf("%v\n%.8000s", err, output)
	}
}
