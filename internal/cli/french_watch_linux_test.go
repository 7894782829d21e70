package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/raci-check/raci-check/internal/cli"
	"github.com/raci-check/raci-check/internal/frenchtest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// lines is an output that is no terminal, and what reads it.
func lines(t *testing.T) (reads, writes *os.File) {
	t.Helper()
	reads, writes, err := os.Pipe()
	testhelp.Must(t, err)
	return reads, writes
}

// screen is an output that is a terminal, and what reads it.
func screen(t *testing.T) (reads, writes *os.File) {
	t.Helper()
	reads, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	testhelp.Must(t, unix.IoctlSetPointerInt(int(reads.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(reads.Fd()), unix.TIOCGPTN)
	testhelp.Must(t, err)
	writes, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	testhelp.Must(t, err)
	return reads, writes
}

// escapes are how a terminal is cleared and coloured.
var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// While files are watched, each state and each change is said in French: in lines, and on a screen.
func TestNoEnglishIsLeftWhileFilesAreWatched(t *testing.T) {
	reader := frenchtest.New(t)
	reader.QuoteFolder("../../evidence/compliant")
	reader.Quote("evidence")
	examples := os.DirFS("../../evidence/compliant")
	for name, open := range map[string]func(*testing.T) (reads, writes *os.File){"lines": lines, "a screen": screen, "a terminal without escapes": screen, "a screen without colours": screen} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", map[bool]string{true: "dumb", false: "xterm"}[name == "a terminal without escapes"])
			t.Setenv("NO_COLOR", map[bool]string{true: "1", false: ""}[name == "a screen without colours"])
			folder := t.TempDir()
			testhelp.Must(t, os.CopyFS(filepath.Join(folder, "evidence"), examples))
			t.Chdir(folder)
			reads, writes := open(t)
			ends := make(chan int, 1)
			ctx, end := context.WithCancel(t.Context())
			defer end()
			hanging := time.AfterFunc(2*time.Minute, end) // the output ends then, and with it the waiting for a text
			defer hanging.Stop()
			go func() {
				ends <- cli.Run(ctx, []string{"assess", "--watch", "--duty", "backups", "--at", "2026-11-20", "--allow-past-at", "evidence"}, cli.Streams{
					In: strings.NewReader(""), Out: writes, Err: io.Discard, Now: time.Now,
					Env: func(name string) string { return map[string]string{"RACI_CHECK_LANG": "fr"}[name] },
				})
				writes.Close()
			}()
			var shown strings.Builder
			from := 0
			await := func(text string) {
				t.Helper()
				buffer := make([]byte, 1<<16)
				for !strings.Contains(strings.Join(strings.Fields(escapes.ReplaceAllString(shown.String()[from:], "")), " "), text) {
					n, err := reads.Read(buffer)
					shown.Write(buffer[:n])
					if err != nil {
						t.Fatalf("%q is not shown: %v\n%s", text, err, shown.String())
					}
				}
				from = shown.Len()
			}
			backups := filepath.Join("evidence", "backups.yaml")
			before, err := os.ReadFile(backups)
			testhelp.Must(t, err)
			save := func(old, replacement string) { // at once, so that no half of it is assessed
				testhelp.Put(t, backups+".new", strings.Replace(string(before), old, replacement, 1))
				testhelp.Must(t, os.Rename(backups+".new", backups))
			}
			await("CONFORME")
			save("rpo_hours: 24", "rpo_hours: 999")
			await("échoue backups.")
			save("backups:", "backups: [")
			await("rien ne peut être évalué : evidence/backups.yaml:")
			save("", "")
			await("corrigé backups.")
			end()
			if _, err := io.Copy(&shown, reads); err != nil && !errors.Is(err, syscall.EIO) { // a terminal ends so
				t.Error(err)
			}
			if code := <-ends; code != 0 {
				t.Errorf("the watching ends with %d", code)
			}
			if cleared := strings.Contains(shown.String(), "\x1b[2J"); cleared != strings.HasPrefix(name, "a screen") {
				t.Errorf("%s: cleared is %v", name, cleared)
			}
			if coloured := regexp.MustCompile(`\x1b\[[0-9;]*m`).MatchString(shown.String()); coloured != (name == "a screen") {
				t.Errorf("%s: coloured is %v", name, coloured)
			}
			reader.Read(name, escapes.ReplaceAllString(shown.String(), " ¶ "))
		})
	}
}
