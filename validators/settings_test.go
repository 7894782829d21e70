package validators

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// settingsOf answers the code blocks of a language below a heading of docs/editors.md.
func settingsOf(t *testing.T, heading, language string) (blocks []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n### "+heading+"\n")
	if !ok {
		t.Fatalf("docs/editors.md has no section %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n### ")
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)\n```").FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// neovim answers the program of Neovim and whether it has the settings of version 0.11.
func neovim(t *testing.T) (name string, isNew bool) {
	t.Helper()
	name = "nvim"
	if other := os.Getenv("NEOVIM"); other != "" {
		name = other
	}
	out, err := run(name, "--version")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	version := regexp.MustCompile(`^NVIM v(\d+)\.(\d+)`).FindStringSubmatch(out)
	if version == nil {
		t.Fatalf("the version of Neovim is not in\n%s", out)
	}
	minor, err := strconv.Atoi(version[2])
	if err != nil {
		t.Fatal(err)
	}
	return name, version[1] != "0" || minor >= 11
}

// shownMark is a diagnostic as the script prints it.
type shownMark struct {
	Code, Text, Source     string
	Severity, Line, Column int
}

func (m shownMark) String() string {
	return fmt.Sprintf("%d:%d %s %s %q", m.Line, m.Column, []string{"", "error", "warning", "information", "hint"}[m.Severity], m.Code, m.Text)
}

// Neovim as Debian has it, with the settings that docs/editors.md shows. NEOVIM names another one.
func TestNeovimSettings(t *testing.T) {
	need(t)
	editor, isNew := neovim(t)
	blocks := settingsOf(t, "Neovim", "lua")
	if len(blocks) != 2 || !strings.Contains(blocks[0], "vim.lsp.enable") || !strings.Contains(blocks[1], "vim.lsp.start_client") {
		t.Fatalf("docs/editors.md has other settings than expected:\n%q", blocks)
	}
	settings := blocks[1]
	if isNew {
		settings = blocks[0]
	}
	folder := t.TempDir()
	sameServer(t, editor, blocks)

	// The settings name the program alone. It is found first here, and assesses for the day of the evidence.
	server := program(t)
	if err := os.Mkdir(filepath.Join(folder, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(folder, "bin", "raci-check")
	write(t, script, fmt.Appendf(nil, "#!/bin/sh\necho $$ >>'%s'\nexec '%s' \"$@\" --at 2026-11-20 --allow-past-at\n", filepath.Join(folder, "pids"), server))
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "init.lua"), []byte(settings))
	write(t, filepath.Join(folder, "probe.csv"), []byte("host,port,result\neu-west-sbg.okms.ovh.net,443,ok\n"))

	answers, err := driven(t, editor, folder, "gaps", "60")
	if err != nil {
		t.Fatal(err)
	}
	opened := []string{
		`25:7 information network_access.ranges_owned "{range: \"0.0.0.0/0\", justification: 'partner onboarding, to be closed'}"`,
		`25:15 error network_access.ranges_narrow "\"0.0.0.0/0\""`,
		`47:7 error network_access.tls_verified "workload: carrier"`,
		`65:7 error network_access.tls_verified "workload: backup-vault"`,
		`77:3 warning network_access.rules_reviewed "rule_review"`,
	}
	edited := []string{
		`25:7 information network_access.ranges_owned "{range: \"198.51.100.7/32\", justification: 'partner onboarding, to be closed'}"`,
		`26:117 error network_access.observed_within_allow_list "\"203.0.113.199\""`,
		opened[2], opened[3], opened[4],
	}
	for stage, expected := range map[string][]string{"opened": opened, "edited": edited} {
		var marks []shownMark
		if err := json.Unmarshal(answers[stage], &marks); err != nil {
			t.Fatalf("%s: %v", stage, err)
		}
		var lines []string
		for _, mark := range marks {
			lines = append(lines, mark.String())
			if mark.Source != "raci-check" {
				t.Errorf("%s: %s comes from %q", stage, mark, mark.Source)
			}
		}
		slices.Sort(lines)
		slices.Sort(expected)
		if !slices.Equal(lines, expected) {
			t.Errorf("%s: the marks are\n%s\nexpected\n%s", stage, strings.Join(lines, "\n"), strings.Join(expected, "\n"))
		}
	}
	var hover string
	if err := json.Unmarshal(answers["hover"], &hover); err != nil || !strings.Contains(hover, "CIDR notation") {
		t.Errorf("%v: the range is explained by %q", err, hover)
	}
	var attached struct{ Asked, Line string }
	if err := json.Unmarshal(answers["attached"], &attached); err != nil || attached.Asked != "File to attach: " ||
		!regexp.MustCompile(`exports/probe\.csv`).MatchString(attached.Line) {
		t.Errorf("%v: after a file was attached: %+v", err, attached)
	}
	network, err := os.ReadFile(filepath.Join(folder, "gaps", "network.yaml"))
	if err != nil || !bytes.Contains(network, []byte(`"0.0.0.0/0"`)) {
		t.Errorf("%v: the file was saved", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "gaps", "exports", "probe.csv")); err != nil {
		t.Error(err)
	}
	allEnded(t, filepath.Join(folder, "pids"))
	// Where all passes, the script does not find what it looks for.
	if answers, err := driven(t, editor, folder, "compliant", "5"); err == nil {
		t.Errorf("the script takes everything: %s", answers)
	}
}

// recorder runs settings with functions that record what they are called with, in the place of those that start a server.
const recorder = `local seen = {}
vim.lsp.config = function(name, settings) seen[name] = settings end
vim.lsp.enable = function(name) seen[name].enabled = true end
vim.lsp.inlay_hint = { enable = function() end }
vim.lsp.start_client = function(settings)
  seen[settings.name] = { cmd = settings.cmd, init_options = settings.init_options, filetypes = { vim.bo.filetype }, enabled = true }
end
dofile(%q)
vim.bo.filetype = 'yaml'
io.stdout:write(vim.fn.json_encode(seen))
vim.cmd('qall!')
`

// sameServer checks that the settings of both forms, of which the version of Neovim has one, start the same server.
func sameServer(t *testing.T, editor string, blocks []string) {
	t.Helper()
	folder := t.TempDir()
	for i, block := range blocks {
		settings, script := filepath.Join(folder, "settings.lua"), filepath.Join(folder, "record.lua")
		write(t, settings, []byte(block))
		write(t, script, fmt.Appendf(nil, recorder, settings))
		out, err := exec.CommandContext(t.Context(), editor, "--clean", "--headless", "-c", "luafile "+script).Output()
		var seen map[string]struct {
			Command   []string `json:"cmd"`
			FileTypes []string
			Options   struct{ Attach bool } `json:"init_options"`
			Enabled   bool
		}
		if err == nil {
			err = json.Unmarshal(out, &seen)
		}
		server := seen["raci_check"]
		if err != nil || len(seen) != 1 || !slices.Equal(server.Command, []string{"raci-check", "lsp"}) || !slices.Contains(server.FileTypes, "yaml") ||
			!server.Options.Attach || !server.Enabled {
			t.Errorf("%v: form %d starts %s", err, i, out)
		}
	}
}

// allEnded checks that the processes of a list end.
func allEnded(t *testing.T, list string) {
	t.Helper()
	content, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(content)) {
		id, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		process, err := os.FindProcess(id)
		for tries := 0; err == nil; tries++ {
			if err = process.Signal(syscall.Signal(0)); err == nil && tries == 100 {
				t.Fatalf("the server %d still runs", id)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// driven runs the script in a copy of evidence, and answers what it printed.
func driven(t *testing.T, editor, folder, evidence, seconds string) (map[string]json.RawMessage, error) {
	t.Helper()
	workspace := filepath.Join(folder, evidence)
	if err := os.CopyFS(workspace, os.DirFS("../evidence/"+evidence)); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("settings.lua")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), editor, "--clean", "--headless", "-u", filepath.Join(folder, "init.lua"), "-c", "luafile "+script)
	command.Dir = workspace
	home := filepath.Join(folder, "home")
	command.Env = append(os.Environ(), "PATH="+filepath.Join(folder, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "SECONDS="+seconds,
		"HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	answers := map[string]json.RawMessage{}
	for line := range bytes.Lines(out) {
		var answer struct {
			What  string
			Value json.RawMessage
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			t.Fatalf("%v: %s\n%s", err, line, complaints.String())
		}
		answers[answer.What] = answer.Value
	}
	if err != nil {
		return answers, fmt.Errorf("%w: %s\n%s", err, answers["error"], complaints.String())
	}
	return answers, nil
}

// Helix is not a package of Debian's: its settings are read, and name this server for YAML.
func TestHelixSettings(t *testing.T) {
	need(t)
	blocks := settingsOf(t, "Helix", "toml")
	if len(blocks) == 0 || !strings.Contains(blocks[0], "raci-check") {
		t.Fatalf("docs/editors.md has other settings than expected:\n%q", blocks)
	}
	read := func(settings string) ([]byte, error) {
		command := exec.Command("node", "toml.mjs")
		command.Stdin = strings.NewReader(settings)
		return command.Output()
	}
	for _, block := range blocks {
		if out, err := read(block); err != nil {
			t.Errorf("%v\n%s\n%s", err, block, out)
		}
	}
	out, err := read(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	var settings struct {
		Servers map[string]struct {
			Command string
			Args    []string
		} `json:"language-server"`
		Languages []struct {
			Name    string
			Servers []string `json:"language-servers"`
		} `json:"language"`
	}
	if err := json.Unmarshal(out, &settings); err != nil {
		t.Fatal(err)
	}
	server := settings.Servers["raci-check"]
	if server.Command != "raci-check" || !slices.Equal(server.Args, []string{"lsp"}) || len(settings.Languages) != 1 ||
		settings.Languages[0].Name != "yaml" || !slices.Contains(settings.Languages[0].Servers, "raci-check") {
		t.Errorf("%+v", settings)
	}
	if out, err := read(strings.Replace(blocks[0], `"]`, `"`, 1)); err == nil {
		t.Errorf("the reader takes everything:\n%s", out)
	}
}
