package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// What shells complete a line to: each of the words, and none of the others.
var completed = []struct {
	line      string
	want, not []string
}{
	{line: "raci-check ass", want: []string{"assess"}},
	{line: "raci-check assess --ser", want: []string{"--server", "--server-token-file"}},
	{line: "raci-check assess --duty ca", want: []string{"capacity"}, not: []string{"candidates.json"}},
	{line: "raci-check assess --duty=back", want: []string{"backups", "backup_devices"}},
	{line: "raci-check assess --duty capacity,back", want: []string{"capacity,backups", "capacity,backup_devices"}, not: []string{"capacity,capacity"}},
	{line: "raci-check assess --profile p", want: []string{"pci-dss-4.0.1"}, not: []string{"page.html"}},
	{line: "raci-check assess --raci ", want: []string{"kb0065221", "published-2025-10-21"}, not: []string{"page.html"}},
	{line: "raci-check assess --severity ", want: []string{"low", "medium", "high", "critical"}, not: []string{"page.html"}},
	{line: "raci-check assess --oscal-version ", want: []string{"1.1.3", "1.2.1"}, not: []string{"page.html"}},
	{line: "raci-check duties --output oscal-m", want: []string{"oscal-mapping"}},
	{line: "raci-check diff --fail-on h", want: []string{"high"}},
	{line: "raci-check assess -o ", want: []string{"csv", "html", "oscal-plan", "oscal-ssp", "sarif", "text"}, not: []string{"page.html"}},
	{line: "raci-check assess --sarif-waived ", want: []string{"omitted", "suppressed"}, not: []string{"page.html"}},
	{line: "raci-check assess -o def", want: []string{"defectdojo"}},
	{line: "raci-check assess -o html=pag", want: []string{"page.html"}, not: []string{"params.yaml"}},
	{line: "raci-check assess --output html=board/", want: []string{"board/last.html"}},
	{line: "raci-check assess -o pag", want: []string{"page.html"}},
	{line: "raci-check assess --params p", want: []string{"params.yaml"}},
	{line: "raci-check assess --min-assurance critical=der", want: []string{"derived"}},
	{line: "raci-check assess ev", want: []string{"evidence.yaml"}},
	{line: "raci-check explain backups.restore_t", want: []string{"backups.restore_tested"}},
	{line: "raci-check explain import_export.sou", want: []string{"import_export.source"}},
	{line: "raci-check explain backup_restore_t", want: []string{"backup_restore_test_max_age_days"}},
	{line: "raci-check explain 3.1.1.", want: []string{"3.1.1.1", "3.1.1.4"}, not: []string{"3.1.2.1"}},
	{line: "raci-check attach --section kmi", want: []string{"kmip"}},
	{line: "raci-check serve --re", want: []string{"--read-only"}, not: []string{"page.html"}},
	{line: "raci-check attach --mapping keyc", want: []string{"keycloak-users"}},
	{line: "raci-check collect --only terr", want: []string{"terraform"}},
	{line: "raci-check collect --okms-region ", want: []string{"eu", "ca", "us"}},
	{line: "raci-check init --without kmip,t", want: []string{"kmip,terraform"}},
	{line: "raci-check lsp --profile pc", want: []string{"pci-dss-4.0.1"}},
	{line: "raci-check init --region eu-west-p", want: []string{"eu-west-par"}},
	{line: "raci-check schema ev", want: []string{"evidence"}},
	{line: "raci-check duties --compare kb0065221 p", want: []string{"published-2025-10-21"}},
	{line: "raci-check bundle ins", want: []string{"inspect"}},
}

// Shells without a filter of files of their own show all of them here.
var filtered = []struct{ line, want, not string }{
	{"raci-check render ca", "candidates.json", "cause.txt"},
	{"raci-check render c", "candidates.json", "cause.txt"},
	{"raci-check init b", "board/", "beside.txt"},
}

// filesToComplete is a folder with files that completion may take for words, and the other way round.
func filesToComplete(t *testing.T) string {
	folder := t.TempDir()
	for _, name := range []string{"candidates.json", "cause.txt", "page.html", "params.yaml", "evidence.yaml", "beside.txt", "board/last.html"} {
		testhelp.Put(t, filepath.Join(folder, name), "")
	}
	return folder
}

// words are those of a text; an equals sign ends one, because some shells show only what follows it. Bash escapes a comma.
func words(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, `\,`, ","), func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '=' })
}

func missing(all, want []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(word string) bool { return slices.Contains(all, word) })
}

// interactive is a shell on a terminal, with completion as its users load it.
type interactive struct {
	program []string
	load    string
	needs   []string
}

// bashCompletion is what the generated script for bash builds on.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

var shells = map[string]interactive{
	"bash": {program: []string{"bash", "--noprofile", "--norc", "-i"}, needs: []string{bashCompletion}, load: `bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'; ` +
		`. ` + bashCompletion + ` && . <(raci-check completion bash); PS1='> '`},
	"zsh": {program: []string{"zsh", "-f", "-i"}, load: `autoload -U compinit && compinit -D && . <(raci-check completion zsh); LISTMAX=1000; unsetopt list_ambiguous; PS1='> '`},
}

func TestCompletionOnTerminal(t *testing.T) {
	testhelp.Long(t, "starts the program at each key that completes")
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need(t, append(shell.needs, "tmux", name)...)
			x := newTerminal(t, filesToComplete(t), 160, 60, nil, shell.program...)
			x.write(shell.load)
			x.press("Enter")
			x.until("a prompt", func(screen string) bool { return strings.HasSuffix(screen, "\n>") })
			complete := func(line string, want, not []string) {
				t.Helper()
				x.press("C-e", "C-u")
				x.press("C-l")
				x.until("nothing but a prompt", func(screen string) bool { return screen == ">" })
				x.write(line)
				x.until("the line", has(strings.TrimSpace(line)))
				x.press("Tab")
				// What is typed already is no completion.
				shown := func(screen string) []string {
					return words(strings.Replace(screen, "> "+strings.TrimSpace(line)+"\n", "", 1))
				}
				screen := x.until(line+" completed to "+strings.Join(want, ", "), func(screen string) bool { return len(missing(shown(screen), want)) == 0 })
				if len(missing(shown(screen), not)) < len(not) {
					t.Errorf("%s is completed to one of %v too:\n%s", line, not, screen)
				}
			}
			for _, test := range completed {
				complete(test.line, test.want, test.not)
			}
			for _, test := range filtered {
				complete(test.line, []string{test.want}, []string{test.not})
			}
		})
	}
}

func TestCompletionInFish(t *testing.T) {
	testhelp.Long(t, "starts the program at each key that completes")
	need(t, "fish")
	const next = "== the next line"
	script := "raci-check completion fish | source" // once for all lines
	for _, test := range completed {
		script += fmt.Sprintf("; echo '%s'; complete --do-complete \"%s\"", next, test.line)
	}
	cmd := exec.Command("fish", "--no-config", "-c", script)
	cmd.Dir = filesToComplete(t)
	printed, err := cmd.CombinedOutput()
	outputs := strings.Split(string(printed), next+"\n")
	if err != nil || len(outputs) != len(completed)+1 {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, printed)
	}
	for i, test := range completed {
		out := outputs[i+1]
		var all []string
		for line := range strings.Lines(out) {
			candidate, _, _ := strings.Cut(line, "\t")
			all = append(append(all, strings.TrimSpace(candidate)), words(candidate)...)
		}
		if absent := missing(all, test.want); len(absent) > 0 {
			t.Errorf("%s is not completed to %v:\n%s", test.line, absent, out)
		}
		if len(missing(all, test.not)) < len(test.not) {
			t.Errorf("%s is completed to one of %v too:\n%s", test.line, test.not, out)
		}
	}
}
