package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// screen is how many lines a person reads at once, of so many columns.
const (
	screenLines   = 50
	screenColumns = 100
)

// trial is a person who tries the program: what is typed is what the program itself, or its help, said to type.
type trial struct {
	t        *testing.T
	folder   string
	commands []string
}

// run types a command and answers what it shows, in lines of a screen.
func (p *trial) run(code int, command string) string {
	p.t.Helper()
	p.commands = append(p.commands, command)
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = p.folder
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("%s: exit code %d, expected %d\n%s", command, got, code, out)
	}
	return string(out)
}

// height is how many lines of a screen a text takes.
func height(text string) int {
	lines := 0
	for line := range strings.Lines(text) {
		lines += max(1, (utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))+screenColumns-1)/screenColumns)
	}
	return lines
}

// atMost fails the test where texts together take more lines of a screen.
func (p *trial) atMost(lines int, texts ...string) {
	p.t.Helper()
	if all := strings.Join(texts, ""); height(all) > lines {
		p.t.Errorf("%d lines, expected at most %d:\n%s", height(all), lines, all)
	}
}

// next is the command with a word that a report says to type next.
func (p *trial) next(report, word string) string {
	p.t.Helper()
	_, below, _ := strings.Cut(report, "\nNext\n")
	for line := range strings.Lines(below) {
		command, _, _ := strings.Cut(line, "  # ")
		if command = strings.TrimSpace(command); strings.HasPrefix(command, "raci-check ") && strings.Contains(command, word) {
			return command
		}
	}
	p.t.Fatalf("no next command has %q:\n%s", word, report)
	return ""
}

// example is the first example of help that has a word.
func (p *trial) example(help, word string) string {
	p.t.Helper()
	_, below, _ := strings.Cut(help, "\nExamples:\n")
	below, _, _ = strings.Cut(below, "\n\n")
	for line := range strings.Lines(below) {
		if strings.Contains(line, word) {
			return strings.TrimSpace(line)
		}
	}
	p.t.Fatalf("no example has %q:\n%s", word, help)
	return ""
}

// edit changes the first place of a text in a file, at or behind the line of a place such as file.yaml:12:5.
func (p *trial) edit(place, old, new string) {
	p.t.Helper()
	name, position, _ := strings.Cut(place, ":")
	number, _, _ := strings.Cut(position, ":")
	file := filepath.Join(p.folder, name)
	content, err := os.ReadFile(file)
	testhelp.Must(p.t, err)
	lines := strings.SplitAfter(string(content), "\n")
	var first int
	_, err = fmt.Sscan(number, &first)
	testhelp.Must(p.t, err)
	below := strings.Join(lines[first-1:], "")
	changed := strings.Replace(below, old, new, 1)
	if changed == below {
		p.t.Fatalf("%q is not behind %s", old, place)
	}
	testhelp.Put(p.t, file, strings.Join(lines[:first-1], "")+changed)
}

// From nothing to the first useful answer: at most three commands, and a screen.
func TestTrialFromNothing(t *testing.T) {
	p := &trial{t: t, folder: t.TempDir()}
	help := p.run(0, "raci-check")
	made := p.run(0, p.example(help, "init"))
	_, after, _ := strings.Cut(made, "\nnext: ")
	_, command, ok := strings.Cut(strings.TrimSpace(after), "then ")
	if !ok {
		t.Fatalf("init says no next command:\n%s", made)
	}
	report := p.run(1, command)
	if len(p.commands) > 3 {
		t.Errorf("%d commands: %q", len(p.commands), p.commands)
	}
	p.atMost(screenLines, help)
	p.atMost(screenLines, made, report)
	for _, answer := range []string{"FAIL my-okms", "0 of 219 checks pass", "What holds checks back", "section keys is absent", "my-evidence/keys.yaml:"} {
		if !strings.Contains(report, answer) {
			t.Errorf("the first report does not say %q:\n%s", answer, report)
		}
	}
	// What it says to type next answers too.
	if explained := p.run(0, p.next(report, "explain")); !strings.Contains(explained, "for example:") {
		t.Errorf("the explanation has no example:\n%s", explained)
	}
	p.run(1, p.next(report, "--duty"))
	p.run(1, p.next(report, "--details"))
}

var (
	findingPlace = regexp.MustCompile(`(?m)^    (\S+\.yaml:\d+:\d+)\n    │ (.*)$`)
	keyID        = regexp.MustCompile(`id: ([0-9a-f-]{36})`)
)

// From gaps to a fixed duty: see it, open it, fix what it says where it says, see it pass.
func TestTrialFromGaps(t *testing.T) {
	p := &trial{t: t, folder: t.TempDir()}
	testhelp.Must(t, os.CopyFS(filepath.Join(p.folder, "evidence"), os.DirFS(filepath.Join(root(t), "evidence"))))
	report := p.run(1, "raci-check assess --at 2026-11-20 --allow-past-at evidence/gaps")
	p.atMost(screenLines, report)
	open := p.next(report, "--duty")
	duty := p.run(1, open)
	if !strings.Contains(open, " import_export ") {
		t.Fatalf("the first duty to fix is another: %s", open)
	}
	place := func(words string) string {
		t.Helper()
		for _, match := range findingPlace.FindAllStringSubmatch(duty, -1) {
			if strings.Contains(match[2], words) {
				return match[1]
			}
		}
		t.Fatalf("no finding has %q:\n%s", words, duty)
		return ""
	}
	// Keys that cannot leave need a plan: each finding is at its key.
	var plans strings.Builder
	for _, match := range findingPlace.FindAllStringSubmatch(duty, -1) {
		if strings.Contains(match[2], "cannot leave the domain") {
			id, plan := planAt(t, p.folder, match[1])
			fmt.Fprintf(&plans, "    - {key_id: %s, plan: %s, owner: marta.silva@nordmer.example}\n", id, plan)
		}
	}
	imported := place("the copies in clear of the key")
	p.edit(imported, "clear_copies_destroyed_at: 2026-01-19T09:00:00Z", "clear_copies_destroyed_at: 2026-01-12T18:00:00Z")
	p.edit(place("the module that created the key"), "validation: none (openssl rand)", "validation: FIPS 140-2 certificate 4301, level 3")
	p.edit(place("1 custodian took part"), "custodians: [paul.bernier@nordmer.example]", "custodians: [paul.bernier@nordmer.example, sandra.lopes@nordmer.example]")
	p.edit(place("export is listed"), "export_count_365d: 3", "export_count_365d: 1")
	p.edit(place("no test of an export is of the kind secret"), "  export_tests:\n", `  export_tests:
    - {kind: secret, format: JSON, performed_on: 2026-06-10, objects_expected: 7, objects_exported: 7}
    - {kind: kmip_object, format: KMIP, performed_on: 2026-06-10, objects_expected: 3, objects_exported: 3}
`)
	p.edit(place("the test of an export of the kind public_key"), "objects_expected: 6\n      objects_exported: 6", "objects_expected: 5\n      objects_exported: 5")
	p.edit(imported, "  nonexportable:\n", "  nonexportable:\n"+plans.String())
	fixed := p.run(0, p.next(duty, "--duty"))
	p.atMost(screenLines, fixed)
	if len(p.commands) != 3 || !strings.Contains(fixed, "PASS logistics-prod") {
		t.Errorf("after %q:\n%s", p.commands, fixed)
	}
	// The report of all duties says another one next.
	if report := p.run(1, p.next(fixed, "assess")); strings.Contains(p.next(report, "--duty"), "import_export") {
		t.Errorf("the duty is still the first to fix:\n%s", report)
	}
}

// planAt is the id of the key at a place, and what happens to what it protects when it cannot be taken along.
func planAt(t *testing.T, folder, place string) (id, plan string) {
	t.Helper()
	name, position, _ := strings.Cut(place, ":")
	content, err := os.ReadFile(filepath.Join(folder, name))
	testhelp.Must(t, err)
	var line int
	_, err = fmt.Sscan(strings.Split(position, ":")[0], &line)
	testhelp.Must(t, err)
	record, _, _ := strings.Cut(strings.Join(strings.Split(string(content), "\n")[line-1:], "\n"), "\n    - ")
	match := keyID.FindStringSubmatch(record)
	if match == nil {
		t.Fatalf("%s is no key", place)
	}
	if strings.Contains(record, "purpose: signature") {
		return match[1], "re_sign"
	}
	return match[1], "re_encrypt"
}

// From a pull request to a readable gate: the report of the main branch, a change that makes something worse, and an answer that says
// what and where.
func TestTrialGate(t *testing.T) {
	p := &trial{t: t, folder: t.TempDir()}
	testhelp.Must(t, os.CopyFS(filepath.Join(p.folder, "evidence"), os.DirFS(filepath.Join(root(t), "evidence"))))
	help := output(t, "assess", "--help")
	p.run(1, p.example(help, "-o json=report.json"))
	gate := strings.Replace(p.example(help, "--baseline report.json"), "--fail-on high", "--at 2026-11-20 --allow-past-at", 1)
	same := p.run(0, gate)
	if !slices.Contains(strings.Split(same, "\n"), "PASS 0 regressions — 0 fixed, 0 accepted, 146 still failing, of them 0 with more findings") {
		t.Errorf("without a change:\n%s", same)
	}
	p.edit("evidence/gaps/location.yaml:1:1", "country: FR", "country: US")
	answer := p.run(1, gate)
	if len(p.commands) != 3 {
		t.Errorf("%d commands: %q", len(p.commands), p.commands)
	}
	if !strings.HasPrefix(answer, "FAIL 3 regressions") || !strings.Contains(answer, "service_location.workloads_in_allowed_countries PASS → FAIL") ||
		!strings.Contains(answer, "\n    evidence/gaps/location.yaml:") {
		t.Errorf("the gate does not say what and where:\n%s", answer)
	}
	p.atMost(20, answer)
}
