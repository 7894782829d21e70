package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// need skips a test where programs or files of Debian are not installed, and fails it in CI, which installs them.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		_, err := os.Stat(name)
		if !filepath.IsAbs(name) {
			_, err = exec.LookPath(name)
		}
		switch {
		case err == nil:
		case os.Getenv("RACI_CHECK_VALIDATORS") != "":
			t.Fatalf("%v: .ci/run installs it", err)
		default:
			t.Skipf("%v", err)
		}
	}
}

// terminal is a window of tmux in which a program runs. Whatever the program asks of a terminal, it gets.
type terminal struct {
	t      *testing.T
	socket string
}

// longest is how long a screen may take to show something, on a busy machine.
const longest = 2 * time.Minute

// newTerminal runs a program in a window of so many columns and lines. Its working folder is the test's own; env adds variables.
func newTerminal(t *testing.T, folder string, columns, lines int, env []string, program ...string) *terminal {
	t.Helper()
	need(t, "tmux")
	sockets, err := os.MkdirTemp("", "tmux") // the path of a socket must be short
	testhelp.Must(t, err)
	x := &terminal{t, filepath.Join(sockets, "s")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", x.socket, "kill-server").Run() // the program may have ended, and the server with it
		_ = os.RemoveAll(sockets)
	})
	args := []string{"-f", "/dev/null", "-u", "-S", x.socket, "new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(lines), "-c", folder, "env", "-u", "NO_COLOR"}
	cmd := exec.Command("tmux", append(append(args, env...), program...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "TMUX=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return x
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-u", "-S", x.socket}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// write types a text.
func (x *terminal) write(text string) {
	x.t.Helper()
	x.tmux("send-keys", "-l", "--", text)
}

// press presses keys, by tmux's names of them.
func (x *terminal) press(keys ...string) {
	x.t.Helper()
	x.tmux(append([]string{"send-keys"}, keys...)...)
}

// screen is what the window shows, without the empty lines at its end.
func (x *terminal) screen() string {
	x.t.Helper()
	return strings.TrimRight(x.tmux("capture-pane", "-p"), "\n ")
}

// colours is the screen with its escape sequences.
func (x *terminal) colours() string {
	x.t.Helper()
	return strings.TrimRight(x.tmux("capture-pane", "-p", "-e"), "\n ")
}

// until waits until the screen is as expected, and answers it.
func (x *terminal) until(sight string, shows func(screen string) bool) string {
	x.t.Helper()
	for end := time.Now().Add(longest); ; time.Sleep(20 * time.Millisecond) {
		screen := x.screen()
		if shows(screen) {
			return screen
		}
		if time.Now().After(end) {
			x.t.Fatalf("the screen never has %s:\n%s", sight, screen)
		}
	}
}

// has reports whether a text is on the screen.
func has(text string) func(string) bool {
	return func(screen string) bool { return strings.Contains(screen, text) }
}
