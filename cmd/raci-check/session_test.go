package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// ended is the line that follows a command, with its exit code.
var ended = regexp.MustCompile(`(?m)^exit (\d+)$`)

// session runs a command in a terminal of so many columns, in the checkout's folder unless another is given, and shows its exit code
// when it ends.
func session(t *testing.T, folder string, columns int, command string, env ...string) *terminal {
	t.Helper()
	return newTerminal(t, folder, columns, 120, env, "sh", "-c", command+`; printf 'exit %s\n' $?; exec sleep 600`)
}

// end waits for the end of the command, and answers what is on the screen.
func (x *terminal) end(code int) string {
	x.t.Helper()
	screen := x.until("an exit code", ended.MatchString)
	if got := ended.FindStringSubmatch(screen)[1]; got != fmt.Sprint(code) {
		x.t.Errorf("exit code %s, expected %d:\n%s", got, code, screen)
	}
	return screen
}

// fits fails the test where the terminal had to break a line. Commands that can be pasted, and words without a space, are whole;
// such a word may stand behind its label.
func (x *terminal) fits(columns int) {
	x.t.Helper()
	for line := range strings.Lines(x.tmux("capture-pane", "-p", "-J")) {
		line = strings.TrimRight(line, " \n")
		words := strings.Fields(strings.Replace(line, "│", "", 1))
		isLabelled := len(words) == 2 && strings.Contains(line, words[0]+"  ")
		whole := strings.HasPrefix(line, "  raci-check ") || len(words) == 1 || isLabelled
		if utf8.RuneCountInString(line) > columns && !whole {
			x.t.Errorf("longer than the terminal is wide: %q", line)
		}
	}
}

const assessGaps = "raci-check assess --at 2026-11-20 --allow-past-at evidence/gaps"

// Reports fit the terminal, whatever its width; only commands to paste are whole.
func TestTerminalWidth(t *testing.T) {
	testhelp.Long(t, "runs the program in some fifty terminals")
	need(t, "tmux")
	before := filepath.Join(t.TempDir(), "before.json")
	output(t, "assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json="+before, "evidence/small")
	for _, columns := range []int{60, 80, 100, 140} {
		for command, code := range map[string]int{
			assessGaps:                            1,
			assessGaps + " --duty network_access": 1,
			assessGaps + " --quiet":               1,
			"raci-check forecast --at 2026-11-20 --allow-past-at --days 3 evidence/small":        0,
			"raci-check assess --at 2027-01-20 --baseline " + before + " evidence/small":         1,
			"raci-check assess --at 2026-11-20 --allow-past-at evidence/gaps evidence/compliant": 1,
			"raci-check assess --help":               0,
			"raci-check sample --number 5 " + before: 0,
			"raci-check plan --at 2026-11-20 --allow-past-at --evidence evidence/compliant testdata/plans/worse.json": 1,
		} {
			t.Run(fmt.Sprint(columns, " ", command), func(t *testing.T) {
				t.Parallel()
				x := session(t, root(t), columns, command)
				x.end(code)
				x.fits(columns)
			})
		}
	}
}

// A terminal has colours, unless its user wants none; what is no terminal has none, unless it is asked for.
func TestTerminalColour(t *testing.T) {
	need(t, "tmux")
	for _, test := range []struct {
		name, command string
		env           []string
		coloured      bool
	}{
		{"a terminal", assessGaps, nil, true},
		{"NO_COLOR", assessGaps, []string{"NO_COLOR=1"}, false},
		{"a terminal that knows none", assessGaps, []string{"TERM=dumb"}, false},
		{"never", assessGaps + " --color never", nil, false},
		{"a pipe", assessGaps + " | cat", nil, false},
		{"a pipe, always", assessGaps + " --color always | cat", nil, true},
		{"always beats NO_COLOR", assessGaps + " --color always", []string{"NO_COLOR=1"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := session(t, root(t), 100, test.command, test.env...)
			code := 1
			if strings.HasSuffix(test.command, "cat") {
				code = 0
			}
			x.end(code)
			screen := x.colours()
			if red := strings.Contains(screen, "\x1b[31mFAIL"); red != test.coloured || !red && strings.Contains(screen, "\x1b[") {
				t.Errorf("coloured: %t\n%q", red, screen)
			}
		})
	}
}

// Long work shows how far it has come, and takes that away. A terminal that is made narrower meanwhile gets a report that fits.
func TestTerminalProgress(t *testing.T) {
	testhelp.Long(t, "assesses 2,000 services four times")
	need(t, "tmux")
	evidence := manyServices(t, 2000)
	command := "raci-check assess --at 2026-11-20 --allow-past-at " + evidence
	t.Run("to the end", func(t *testing.T) {
		x := session(t, t.TempDir(), 120, command)
		x.until("progress", has("judging"))
		x.tmux("resize-window", "-x", "80", "-y", "60")
		screen := x.end(1)
		if strings.Contains(screen, "judging") {
			t.Errorf("the progress stays:\n%s", screen)
		}
		x.fits(80)
	})
	t.Run("narrow", func(t *testing.T) {
		x := session(t, t.TempDir(), 40, command)
		screen := x.until("progress", has("judging"))
		if strings.Count(screen, "judging") > 1 {
			t.Errorf("the progress is not written over:\n%s", screen)
		}
		if screen := x.end(1); strings.Contains(screen, "judging") {
			t.Errorf("the progress stays:\n%s", screen)
		}
	})
	t.Run("quiet", func(t *testing.T) {
		x := session(t, t.TempDir(), 120, command+" --quiet")
		x.until("the end, and never progress", func(screen string) bool {
			if strings.Contains(screen, "judging") {
				t.Fatalf("quiet shows progress:\n%s", screen)
			}
			return ended.MatchString(screen)
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		x := session(t, t.TempDir(), 120, "trap : INT; "+command)
		x.until("progress", has("judging"))
		x.press("C-c")
		if screen := x.end(2); strings.Contains(screen, "judging") || !strings.Contains(screen, "interrupted") {
			t.Errorf("after an interrupt:\n%s", screen)
		}
	})
}

// init asks on a terminal, takes any way to say yes and no, and writes nothing when it is interrupted.
func TestTerminalQuestions(t *testing.T) {
	need(t, "tmux")
	const command = "trap : INT; raci-check init mine"
	begin := func(t *testing.T) (*terminal, string) {
		folder := t.TempDir()
		x := session(t, folder, 80, command)
		for _, question := range []string{"Id of the OKMS domain", "Region of the domain"} {
			x.until(question, has(question))
			x.press("Enter")
		}
		x.until("the first question of what applies", has("Does any application use KMIP? [Y/n]"))
		return x, filepath.Join(folder, "mine")
	}
	answer := func(x *terminal, text, next string) {
		x.t.Helper()
		x.write(text)
		x.press("Enter")
		x.until(next, has(next))
	}
	absent := func(t *testing.T, folder string) {
		t.Helper()
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("%s is there (%v)", folder, err)
		}
	}
	t.Run("answered", func(t *testing.T) {
		x, folder := begin(t)
		answer(x, "perhaps", "answer y or n")
		answer(x, "NO", "Were keys imported")
		answer(x, "", "Do you keep exports")
		answer(x, "n", "Do machines of your own")
		answer(x, "y", "Does Terraform")
		answer(x, "yes", "Do people log in")
		x.press("Enter")
		screen := x.end(0)
		x.fits(80)
		if !strings.Contains(screen, "left out: backup_devices, kmip") {
			t.Errorf("left out are others:\n%s", screen)
		}
		if _, err := os.Stat(filepath.Join(folder, "kmip.yaml")); !os.IsNotExist(err) {
			t.Errorf("kmip.yaml is there (%v)", err)
		}
		_, err := os.Stat(filepath.Join(folder, "import_export.yaml"))
		testhelp.Must(t, err)
	})
	t.Run("interrupted", func(t *testing.T) {
		x, folder := begin(t)
		answer(x, "n", "Were keys imported")
		x.press("C-c")
		if screen := x.end(2); !strings.Contains(screen, "\nraci-check: interrupted before the last answer: nothing was written\n") {
			t.Errorf("after an interrupt:\n%s", screen)
		}
		absent(t, folder)
	})
	t.Run("ended", func(t *testing.T) {
		x, folder := begin(t)
		x.press("C-d")
		if screen := x.end(2); !strings.Contains(screen, "\nraci-check: the questions were not answered") {
			t.Errorf("after the end of the input:\n%s", screen)
		}
		absent(t, folder)
	})
}
