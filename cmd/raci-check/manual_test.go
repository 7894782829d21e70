package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// overstruck is how a page for terminals marks bold and italic: a character, a step back, and what stands there.
var overstruck = regexp.MustCompile(`.\x08`)

// oneSpace is a text as a page may break it.
func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// What formats manual pages has nothing to say against them, and they show what help shows.
func TestManualPages(t *testing.T) {
	testhelp.Long(t, "sets each manual page by two programs")
	need(t, "mandoc", "groff")
	folder := filepath.Join(t.TempDir(), "man1")
	for range 2 { // the second time it replaces them
		cmd := exec.Command("raci-check", "man", folder)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	entries, err := os.ReadDir(folder)
	testhelp.Must(t, err)
	var pages []string
	for _, entry := range entries {
		pages = append(pages, entry.Name())
	}
	all := slices.Concat([]string{""}, commands(t), []string{"completion", "completion bash", "completion fish", "completion powershell", "completion zsh"})
	if len(pages) != len(all) {
		t.Errorf("%d commands, and the pages %v", len(all), pages)
	}
	for _, command := range all {
		words := strings.Fields(command)
		page := filepath.Join(folder, strings.Join(append([]string{"raci-check"}, words...), "-")+".1")
		for _, check := range [][]string{{"mandoc", "-Tlint", "-W", "warning"}, {"groff", "-man", "-ww", "-z", "-Tutf8"}} {
			out, err := exec.Command(check[0], append(check[1:], page)...).CombinedOutput()
			var complaints []string
			for line := range strings.Lines(string(out)) {
				if !strings.Contains(line, "missing date") { // the same program writes the same pages, on any day
					complaints = append(complaints, line)
				}
			}
			if len(complaints) > 0 || err != nil && len(out) == 0 {
				t.Errorf("%s: %v\n%s", check[0], err, strings.Join(complaints, ""))
			}
		}
		out, err := exec.Command("mandoc", "-Tutf8", page).Output()
		testhelp.Must(t, err)
		shown := oneSpace(overstruck.ReplaceAllString(string(out), ""))
		for _, part := range parts(output(t, append(words, "--help")...)) {
			if !strings.Contains(shown, part) {
				t.Errorf("%s does not have %q:\n%s", filepath.Base(page), part, out)
			}
		}
	}
}

// parts are the texts of help: paragraphs, lines of usage and examples, and what it says about each command and flag.
func parts(help string) (all []string) {
	section := ""
	for paragraph := range strings.SplitSeq(help, "\n\n") {
		title, below, _ := strings.Cut(paragraph, "\n")
		if strings.HasSuffix(title, ":") && strings.HasPrefix(below, "  ") {
			section = title
		}
		switch {
		case section == "":
			all = append(all, oneSpace(paragraph))
		case title == section:
			for line := range strings.Lines(below) {
				for _, part := range strings.Split(strings.TrimSpace(line), "  ") {
					if name := oneSpace(part); name != "help" && name != "Help about any command" {
						all = append(all, name)
					}
				}
			}
		}
	}
	return all
}
