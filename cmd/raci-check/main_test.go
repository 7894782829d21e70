package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/timestamp/timestamptest"
)

var update = flag.Bool("update", false, "write the frozen outputs and the scripts' expected files")

// programs are what tests can run by its name.
var programs = map[string]func(){"raci-check": main}

func TestMain(m *testing.M) { testscript.Main(m, programs) }

// root is the checkout's.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A script that takes long begins with a line that skips it unless such are wanted ([!long]).
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EVIDENCE", filepath.Join(root(t), "evidence"))
			for to, from := range map[string]string{"evidence": "evidence", "acme": "examples/acme", "collect": "examples/collect", "plans": "testdata/plans"} {
				if err := os.CopyFS(filepath.Join(env.WorkDir, to), os.DirFS(filepath.Join(root(t), from))); err != nil {
					return err
				}
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "long" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return testhelp.LongWanted(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "replace": replace, "cp-tree": copyTree, "large": large, "tsa": authority},
	})
}

// exits runs a command and checks its exit code against the expected one: exits 2 raci-check …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, wanted %d", got, want)
	}
}

// replace changes the first place of a text in a file, which must be there: replace FILE OLD NEW
func replace(ts *testscript.TestScript, _ bool, args []string) {
	old := ts.ReadFile(args[0])
	changed := strings.Replace(old, args[1], args[2], 1)
	if changed == old {
		ts.Fatalf("%q is not in %s", args[1], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(changed), 0o600))
}

// large makes a file of evidence of so many bytes: large BYTES FILE
func large(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.Atoi(args[0])
	ts.Check(err)
	text := ts.ReadFile("one.yaml")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text+strings.Repeat("#", size-len(text))), 0o600))
}

// authority starts a time-stamping authority, whose time is that of timestamptest, sets $TSA to its address, and writes its root
// and its own certificate: tsa ROOT.pem TSA.pem
func authority(ts *testscript.TestScript, _ bool, args []string) {
	a := timestamptest.New(scriptTB{ts: ts}, nil)
	server := httptest.NewServer(a)
	ts.Defer(server.Close)
	ts.Setenv("TSA", server.URL)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), timestamptest.PEM(a.Root), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), timestamptest.PEM(a.Certificate), 0o600))
}

// scriptTB ends a script where a helper for tests would end a test.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (s scriptTB) Helper()           {}
func (s scriptTB) Fatal(args ...any) { s.ts.Fatalf("%s", fmt.Sprint(args...)) }

// copyTree copies a folder: cp-tree FROM TO
func copyTree(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// output runs the program in the checkout and answers what it prints; exit codes 0 and 1 are fine.
func output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("raci-check", args...)
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) {
		t.Fatalf("%v: %v", args, err)
	}
	return string(out)
}

// commands lists those that help names, completion aside: its help is the library's.
func commands(t *testing.T, below ...string) []string {
	t.Helper()
	_, list, _ := strings.Cut(output(t, append(below, "--help")...), "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var names []string
	for line := range strings.Lines(list) {
		if name := strings.Fields(line)[0]; name != "completion" && name != "help" {
			path := append(slices.Clone(below), name)
			names = append(append(names, strings.Join(path, " ")), commands(t, path...)...)
		}
	}
	if len(below) == 0 && len(names) < 10 {
		t.Fatalf("help lists %v", names)
	}
	return names
}

// Help is as wide as a terminal of 80 columns where it goes to none, but for examples, the list of commands and flags with long values.
func TestHelpFits(t *testing.T) {
	for _, command := range commands(t) {
		section := ""
		for line := range strings.Lines(output(t, append(strings.Fields(command), "--help")...)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasSuffix(line, ":") && !strings.HasPrefix(line, " ") {
				section = line
			}
			isLong := section == "Flags:" && strings.HasPrefix(strings.TrimSpace(line), "-") && len(strings.Fields(line)) <= 3
			if columns := utf8.RuneCountInString(line); columns > 80 && section != "Examples:" && section != "Available Commands:" && section != "Usage:" && !isLong {
				t.Errorf("%s --help: %d columns: %s", command, columns, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s --help: a line ends in blanks: %q", command, line)
			}
		}
	}
}

// What users script against changes only where a file in testdata/frozen does.
func TestFrozenSurface(t *testing.T) {
	run := func(args ...string) string { return output(t, args...) }
	surface := map[string]string{
		"help.txt":   run("--help"),
		"duties.txt": run("duties"),
		"fields.txt": fields(t, run("assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json", "evidence/gaps")),
	}
	for _, command := range commands(t) {
		surface["help-"+strings.ReplaceAll(command, " ", "-")+".txt"] = run(append(strings.Fields(command), "--help")...)
	}
	var report struct {
		Services []struct {
			Activities []struct {
				ID     string
				Checks []struct{ ID, Severity string }
			}
		}
	}
	if err := json.Unmarshal([]byte(run("assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json", "evidence/compliant")), &report); err != nil {
		t.Fatal(err)
	}
	var checks strings.Builder
	for _, activity := range report.Services[0].Activities {
		for _, check := range activity.Checks {
			fmt.Fprintf(&checks, "%s %s %s\n", activity.ID, check.ID, check.Severity)
		}
	}
	surface["checks.txt"] = checks.String()
	for name, content := range surface {
		file := filepath.Join("testdata", "frozen", name)
		if *update {
			if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		frozen, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(frozen), content); diff != "" {
			t.Errorf("%s (-frozen +now), go test ./cmd/raci-check -update where it is meant:\n%s", file, diff)
		}
	}
}

// fields lists the paths of all fields of a JSON document, list items as [].
func fields(t *testing.T, document string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(document), &value); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			if strings.HasSuffix(path, "findings[].values") {
				return // each condition has its own
			}
			for key, below := range v {
				seen[path+"."+key] = true
				walk(path+"."+key, below)
			}
		case []any:
			for _, item := range v {
				walk(path+"[]", item)
			}
		}
	}
	walk("", value)
	var paths []string
	for path := range seen {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return strings.Join(paths, "\n") + "\n"
}

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

// The commands of the README and of the pages for users are run as they stand, each page in a copy of what a checkout has;
// "# exits N" after one is its exit code.
func TestCommandsOfPages(t *testing.T) {
	testhelp.Long(t, "builds the program as a newcomer would")
	p := &pages{program: filepath.Join(t.TempDir(), "raci-check")}
	for page, least := range map[string]int{
		"README.md":                 10,
		"docs/artifacts.md":         5,
		"docs/auditor.md":           11,
		"docs/ci-gate.md":           10,
		"docs/collect.md":           8,
		"docs/grc.md":               3,
		"docs/collect-session.md":   4,
		"docs/fr/client.md":         2,
		"docs/fr/integrateur-ci.md": 2,
		"docs/fr/auditeur.md":       3,
		"docs/languages.md":         2,
		"docs/opa.md":               14,
		"docs/oscal.md":             5,
		"docs/plan.md":              4,
		"docs/policies.md":          6,
		"docs/profiles.md":          12,
		"docs/self-assessment.md":   8,
		"docs/signing.md":           13,
		"docs/variants.md":          6,
		"docs/strength.md":          4,
	} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(root(t), page))
			if err != nil {
				t.Fatal(err)
			}
			if ran := p.run(t, checkout(t), string(text)); ran < least {
				t.Errorf("%d commands found: the form of the page has changed", ran)
			}
		})
	}
}

// checkout copies what the commands need.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"cmd", "internal", "mappings", "policies", "evidence", "examples", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root(t), name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buildCommand is in most pages, and gives the same in each copy of the checkout.
const buildCommand = "go build ./cmd/raci-check"

// pages run the command once, because it takes seconds to link the program: where it comes first, and for the others too.
type pages struct {
	mutex   sync.Mutex
	program string // where the program is put
	isBuilt bool
}

// build runs the command in a folder, or puts what it has given elsewhere there.
func (p *pages) build(dir string) (code int, output []byte, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	program := filepath.Join(dir, "raci-check")
	if p.isBuilt {
		return 0, nil, os.Link(p.program, program)
	}
	code, output, err = shell(dir, buildCommand)
	if err == nil {
		err = os.Link(program, p.program)
	}
	p.isBuilt = err == nil
	return code, output, err
}

// shell runs a command in a folder.
func shell(dir, command string) (code int, output []byte, err error) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	// Without the folder's name and C in it, what one page builds is in the build cache for the others, and for a release.
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOFLAGS="+os.Getenv("GOFLAGS")+" -trimpath")
	output, err = cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), output, err
}

func (p *pages) run(t *testing.T, dir, text string) (ran int) {
	t.Helper()
	for _, block := range consoleBlock.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			command, isCommand := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			if !isCommand {
				continue
			}
			command, comment, _ := strings.Cut(command, " # exits ")
			want := 0
			if comment != "" {
				var err error
				if want, err = strconv.Atoi(comment); err != nil {
					t.Fatal(err)
				}
			}
			run := shell
			if plain, _, _ := strings.Cut(command, " # "); plain == buildCommand {
				run = func(dir, _ string) (int, []byte, error) { return p.build(dir) }
			}
			got, output, err := run(dir, command)
			if failed := err != nil && !errors.As(err, new(*exec.ExitError)); failed || got != want {
				t.Errorf("$ %s\nexit code %d, wanted %d (%v)\n%s", command, got, want, err, output)
			}
			ran++
		}
	}
	return ran
}
