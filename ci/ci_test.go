// Package ci_test runs the scripts of the CI integrations as their services would, as far as one machine can.
package ci_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"

	"gopkg.in/yaml.v3"
)

// program is raci-check, built once from this checkout, where tests run it.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "raci-check-ci-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		defer os.RemoveAll(dir)
		if !testhelp.LongWanted() {
			return m.Run()
		}
		program = filepath.Join(dir, "raci-check")
		build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "../cmd/raci-check")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %v\n%s", build.Args, err, out)
			return 2
		}
		return m.Run()
	}())
}

const at = "2026-11-20" // the time that both worked examples are made for

// hostile are values that run a command, or write an output, wherever a script takes a value for code.
var hostile = []string{
	`$(touch pwned)`,
	"`touch pwned`",
	`"; touch pwned; #`,
	`'; touch pwned; #`,
	`x; touch pwned`,
	"x\ntouch pwned\nexit-code=0",
	`--upload-pack=touch pwned`,
	`ext::sh -c touch% pwned`,
	`a[$(touch pwned)]`,
}

// -- what runs a script ------------------------------------------------------------------------------------------------

// site is a folder with a workspace that holds the worked examples, and one for what a service keeps outside of it. Both
// have a space in their names.
type site struct{ root, workspace, temp string }

func newSite(t *testing.T) site {
	t.Helper()
	s := emptySite(t)
	for _, name := range []string{"compliant", "gaps"} {
		must(t, os.CopyFS(filepath.Join(s.workspace, "my evidence", name), os.DirFS(filepath.Join("..", "evidence", name))))
	}
	return s
}

func emptySite(t *testing.T) site {
	t.Helper()
	testhelp.Long(t, "runs scripts of the CI integrations, and the program that they build")
	root := t.TempDir()
	s := site{root, filepath.Join(root, "work space"), filepath.Join(root, "runner temp")}
	must(t, errors.Join(os.MkdirAll(s.workspace, 0o755), os.MkdirAll(s.temp, 0o755), os.Mkdir(s.bin(), 0o755)))
	// Hostile values call touch: this one leaves its mark wherever it is called, whatever the script removes after it.
	must(t, os.WriteFile(filepath.Join(s.bin(), "touch"), []byte("#!/bin/sh\n: > \"$MARK\"\n"), 0o755))
	return s
}

func (s site) bin() string  { return filepath.Join(s.root, "bin") }
func (s site) mark() string { return filepath.Join(s.root, "pwned") }

// intact fails the test where a hostile value was executed.
func (s site) intact(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(s.mark()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a value was executed as code (%v)", err)
	}
}

// outcome is what a script left.
type outcome struct {
	code   int
	output string // standard output and standard error
}

func (s site) run(t *testing.T, env map[string]string, command ...string) outcome {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = s.workspace
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "GITHUB_") && !strings.HasPrefix(name, "RUNNER_") && !strings.HasPrefix(name, "RACI_CHECK_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "PATH="+s.bin()+string(os.PathListSeparator)+os.Getenv("PATH"), "MARK="+s.mark())
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", command, err)
	}
	return outcome{cmd.ProcessState.ExitCode(), string(out)}
}

// script writes a script into a file, as the services do.
func (s site) script(t *testing.T, content string) string {
	t.Helper()
	file, err := os.CreateTemp(s.temp, "script-*.sh")
	must(t, err)
	_, err = file.WriteString(content)
	must(t, errors.Join(err, file.Close()))
	return file.Name()
}

// Without this, the tests of hostile values would pass too if nothing could ever be found.
func TestHostileValuesAreEffective(t *testing.T) {
	for shell, value := range map[string]string{"echo %s": hostile[0], `echo "%s"`: hostile[2]} {
		s := emptySite(t)
		s.run(t, nil, "bash", s.script(t, fmt.Sprintf(shell, value)))
		if _, err := os.Stat(s.mark()); err != nil {
			t.Errorf("%s in %s does nothing where it is taken for code: %v", value, shell, err)
		}
	}
}

// -- GitHub ------------------------------------------------------------------------------------------------------------

type action struct {
	Name        string
	Description string
	Inputs      map[string]struct {
		Description string
		Required    bool
		Default     string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	Name, ID, If, Uses, Shell, Run string
	Env, With                      map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	decode(t, read(t, "../action.yml"), &a)
	return a
}

var (
	expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	inputName  = regexp.MustCompile(`\binputs\.([a-z-]+)`)
	pinned     = regexp.MustCompile(`^[\w-]+/[\w/-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$`)
	quoted     = regexp.MustCompile(`^(\S+) (==|!=) '([^']*)'$`)
)

func TestActionShape(t *testing.T) {
	a := readAction(t)
	if a.Name == "" || a.Description == "" || a.Runs.Using != "composite" {
		t.Errorf("name %q, description %q, using %q; wanted is a composite action with a name and a description", a.Name, a.Description, a.Runs.Using)
	}
	for name, input := range a.Inputs {
		if input.Description == "" {
			t.Errorf("input %s has no description", name)
		}
	}
	for name, output := range a.Outputs {
		if output.Description == "" || output.Value == "" {
			t.Errorf("output %s has no description or no value", name)
		}
	}
	ids := map[string]bool{}
	for _, s := range a.Runs.Steps {
		switch {
		case s.Name == "":
			t.Errorf("a step has no name: %+v", s)
		case (s.Run == "") == (s.Uses == ""):
			t.Errorf("step %s: wanted is one of run and uses", s.Name)
		case s.Run != "" && s.Shell != "bash":
			t.Errorf("step %s: shell is %q, wanted is bash", s.Name, s.Shell)
		case s.Run != "" && !strings.HasPrefix(s.Run, "set -euo pipefail\n"):
			t.Errorf("step %s does not begin with set -euo pipefail", s.Name)
		case s.Run != "" && strings.Contains(s.Run, "${{"):
			t.Errorf("step %s has an expression in its script", s.Name)
		case s.Uses != "" && !pinned.MatchString(s.Uses):
			t.Errorf("step %s: %s is pinned neither by a full version tag nor by a commit", s.Name, s.Uses)
		case s.ID != "" && ids[s.ID]:
			t.Errorf("two steps have the id %s", s.ID)
		}
		ids[s.ID] = true
	}
	used := map[string]bool{}
	for _, name := range inputName.FindAllStringSubmatch(string(read(t, "../action.yml")), -1) {
		used[name[1]] = true
	}
	sameNames(t, "inputs declared and used", slices.Sorted(maps.Keys(a.Inputs)), slices.Sorted(maps.Keys(used)))
}

// scope is what expressions can name.
type scope struct {
	inputs     map[string]string
	actionPath string
	temp       string
	github     map[string]string            // of a workflow
	steps      map[string]map[string]string // outputs of the steps that ran
}

// value is what one name in an expression stands for. What this test does not know is an error: it may be misspelt.
func (s scope) value(name string) (string, error) {
	parts := strings.Split(name, ".")
	switch {
	case name == "github.action_path":
		return s.actionPath, nil
	case name == "runner.temp":
		return s.temp, nil
	case len(parts) == 2 && parts[0] == "github" && s.github[parts[1]] != "":
		return s.github[parts[1]], nil
	case len(parts) == 2 && parts[0] == "inputs":
		if value, ok := s.inputs[parts[1]]; ok {
			return value, nil
		}
	case len(parts) == 4 && parts[0] == "steps" && parts[2] == "outputs":
		if outputs, ok := s.steps[parts[1]]; ok {
			return outputs[parts[3]], nil // an output that was not written is empty
		}
	}
	return "", fmt.Errorf("unknown in an expression: %s", name)
}

func (s scope) resolve(text string) (string, error) {
	var errs []error
	resolved := expression.ReplaceAllStringFunc(text, func(match string) string {
		value, err := s.value(expression.FindStringSubmatch(match)[1])
		errs = append(errs, err)
		return value
	})
	return resolved, errors.Join(errs...)
}

func (s scope) resolveAll(values map[string]string) (map[string]string, error) {
	resolved := map[string]string{}
	for name, text := range values {
		value, err := s.resolve(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		resolved[name] = value
	}
	return resolved, nil
}

// holds judges a step's if: terms joined by &&, each always() or a comparison with a text.
func (s scope) holds(condition string, failed bool) (bool, error) {
	if condition == "" {
		return !failed, nil
	}
	result, always := true, false
	for term := range strings.SplitSeq(condition, " && ") {
		if term == "always()" {
			always = true
			continue
		}
		parts := quoted.FindStringSubmatch(term)
		if parts == nil {
			return false, fmt.Errorf("unknown in a condition: %s", term)
		}
		value, err := s.value(parts[1])
		if err != nil {
			return false, err
		}
		result = result && (value == parts[3]) == (parts[2] == "==")
	}
	return result && (always || !failed), nil
}

func TestResolverIsStrict(t *testing.T) {
	s := scope{inputs: map[string]string{"at": "now"}, steps: map[string]map[string]string{"build": {}}}
	for _, text := range []string{"${{ inputs.att }}", "${{ steps.bild.outputs.program }}", "${{ github.token }}", "${{ inputs.at || 'x' }}"} {
		if value, err := s.resolve(text); err == nil {
			t.Errorf("%s is taken for %q", text, value)
		}
	}
	for _, condition := range []string{"success()", "always() || inputs.at == 'now'", "inputs.at", "inputs.att == 'now'"} {
		if _, err := s.holds(condition, false); err == nil {
			t.Errorf("if: %s is taken for known", condition)
		}
	}
}

// job is what a workflow with the action alone would end as.
type job struct {
	code        int // of the step that failed first
	log         string
	annotations string // what the step Assess wrote to the log
	summary     string
	outputs     map[string]string
	used        map[string]map[string]string // what each action that ran was given, by the name of its step
}

// runAction runs the action's steps in order. With prebuilt, the step that builds is not run again.
func runAction(t *testing.T, s site, inputs map[string]string, prebuilt bool) job {
	t.Helper()
	a := readAction(t)
	actionPath, err := filepath.Abs("..")
	must(t, err)
	names := scope{inputs: map[string]string{}, actionPath: actionPath, temp: s.temp, steps: map[string]map[string]string{}}
	for name, input := range a.Inputs {
		names.inputs[name] = input.Default
	}
	for name, value := range inputs {
		if _, ok := names.inputs[name]; !ok {
			t.Fatalf("the action has no input %s", name)
		}
		names.inputs[name] = value
	}
	if _, ok := inputs["allow-past-at"]; !ok && inputs["at"] == at {
		names.inputs["allow-past-at"] = "true"
	}
	file := func(pattern string) string {
		file, err := os.CreateTemp(s.temp, pattern)
		must(t, err)
		must(t, file.Close())
		return file.Name()
	}
	summary := file("summary-*")
	result := job{outputs: map[string]string{}, used: map[string]map[string]string{}}
	for _, st := range a.Runs.Steps {
		if prebuilt && st.ID == "build" {
			names.steps["build"] = map[string]string{"program": program}
			continue
		}
		runs, err := names.holds(st.If, result.code != 0)
		must(t, err)
		if !runs {
			if st.ID != "" {
				names.steps[st.ID] = map[string]string{}
			}
			continue
		}
		if st.Uses != "" {
			result.used[st.Name], err = names.resolveAll(st.With)
			must(t, err)
			if strings.HasPrefix(st.Uses, "actions/cache@") {
				restoreCache(t, result.used[st.Name]["path"])
			}
			continue
		}
		env, err := names.resolveAll(st.Env)
		must(t, err)
		output, environment := file("output-*"), file("env-*")
		maps.Copy(env, map[string]string{
			"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": s.workspace, "GITHUB_ACTION_PATH": actionPath, "RUNNER_TEMP": s.temp,
			"GITHUB_OUTPUT": output, "GITHUB_ENV": environment, "GITHUB_STEP_SUMMARY": summary,
		})
		ran := s.run(t, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", s.script(t, st.Run))
		result.log += ran.output
		if st.ID == "assess" {
			result.annotations = ran.output
		}
		if result.code == 0 {
			result.code = ran.code
		}
		if st.ID != "" {
			names.steps[st.ID] = outputsOf(t, output)
		}
		if content := read(t, environment); len(content) > 0 {
			t.Errorf("step %s changes the environment of later steps: %s", st.Name, content)
		}
	}
	for name, output := range a.Outputs {
		result.outputs[name], err = names.resolve(output.Value)
		must(t, err)
	}
	result.summary = string(read(t, summary))
	return result
}

// restoreCache is what an earlier run left: the caches of Go on this machine.
func restoreCache(t *testing.T, folder string) {
	t.Helper()
	must(t, os.MkdirAll(folder, 0o755))
	for name, variable := range map[string]string{"build": "GOCACHE", "modules": "GOMODCACHE"} {
		cache, err := exec.Command("go", "env", variable).Output()
		must(t, err)
		if err := os.Symlink(strings.TrimSpace(string(cache)), filepath.Join(folder, name)); !errors.Is(err, fs.ErrExist) {
			must(t, err)
		}
	}
}

// outputsOf reads what a step wrote to GITHUB_OUTPUT. A line of another form, or a name twice, means that a value got out
// of its line.
func outputsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	outputs := map[string]string{}
	for line := range strings.Lines(string(read(t, file))) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if _, twice := outputs[name]; !ok || twice {
			t.Errorf("line in GITHUB_OUTPUT: %q", line)
		}
		outputs[name] = value
	}
	return outputs
}

func TestActionOnCompliantEvidence(t *testing.T) {
	s := newSite(t)
	got := runAction(t, s, map[string]string{"paths": "my evidence/compliant\n", "at": at}, false)
	if got.code != 0 || got.outputs["exit-code"] != "0" {
		t.Fatalf("exit code %d, output %q, wanted 0\n%s", got.code, got.outputs["exit-code"], got.log)
	}
	for _, name := range []string{"sarif", "json", "html"} {
		if want := "raci-check." + name; filepath.Base(got.outputs[name]) != want {
			t.Errorf("output %s is %q, wanted a file %s", name, got.outputs[name], want)
		}
		notEmpty(t, got.outputs[name])
	}
	sameNames(t, "actions used", slices.Sorted(maps.Keys(got.used)), []string{"Keep the build cache", "Set up Go", "Upload SARIF to code scanning", "Upload reports"})
	if cache := got.used["Keep the build cache"]; !strings.HasPrefix(cache["key"], cache["restore-keys"]) || !cacheKey.MatchString(cache["key"]) {
		t.Errorf("the build cache is kept as %v", cache)
	}
	if got.used["Set up Go"]["go-version"] != "" {
		t.Errorf("go-version is %q, wanted the one in go.mod", got.used["Set up Go"]["go-version"])
	}
	notEmpty(t, got.used["Set up Go"]["go-version-file"])
	if strings.TrimSpace(got.summary) == "" {
		t.Error("the step summary is empty")
	}
}

var cacheKey = regexp.MustCompile(`^raci-check-\w+-\w+-go[\w.-]+-[0-9a-f]{16}$`)

// Without a cache, nothing of an earlier run is read, and without annotations the log has the report as text.
func TestActionWithoutCacheAndAnnotations(t *testing.T) {
	s := newSite(t)
	got := runAction(t, s, map[string]string{"paths": "my evidence/gaps", "at": at, "html": "", "cache": "false", "annotations": "false"}, true)
	if got.code != 1 || got.used["Keep the build cache"] != nil {
		t.Errorf("exit code %d, actions %v", got.code, got.used)
	}
	if strings.Contains(got.log, "::") || got.summary != "" || !strings.Contains(got.log, "What holds checks back") || !strings.HasSuffix(got.log, "\nFAIL: see the reports\n") {
		t.Errorf("the log is\n%s\nand the summary\n%s", got.log, got.summary)
	}
}

func TestActionOnGaps(t *testing.T) {
	s := newSite(t)
	got := runAction(t, s, map[string]string{
		"paths": "my evidence/gaps\n", "at": at, "sarif": "found items.sarif", "name": "gaps", "html": "",
	}, true)
	if got.code != 1 || got.outputs["exit-code"] != "1" {
		t.Fatalf("exit code %d, output %q, wanted 1\n%s", got.code, got.outputs["exit-code"], got.log)
	}
	if !strings.Contains(got.annotations, "::error file=my evidence/gaps/") {
		t.Errorf("no annotation names a file as the repository does:\n%s", got.annotations)
	}
	if got.outputs["html"] != "" {
		t.Errorf("an HTML report was written unasked: %s", got.outputs["html"])
	}
	notEmpty(t, got.outputs["sarif"])
	if sarif := got.used["Upload SARIF to code scanning"]; sarif["sarif_file"] != got.outputs["sarif"] || sarif["category"] != "gaps" {
		t.Errorf("findings are uploaded as %v", sarif)
	}
	artifact := got.used["Upload reports"]
	if artifact["name"] != "gaps" {
		t.Errorf("reports are uploaded as %v", artifact)
	}
	reports, err := os.ReadDir(artifact["path"])
	must(t, err)
	var names []string
	for _, report := range reports {
		names = append(names, report.Name())
	}
	sameNames(t, "uploaded reports", names, []string{"found items.sarif", "raci-check.json"})
	got = runAction(t, s, map[string]string{"paths": "my evidence/gaps", "at": at, "html": "", "upload-sarif": "false"}, true)
	if got.used["Upload SARIF to code scanning"] != nil || got.code != 1 {
		t.Errorf("upload-sarif false: exit code %d, actions %v", got.code, got.used)
	}
}

func TestActionThatCannotAnswer(t *testing.T) {
	s := newSite(t)
	good := map[string]string{"paths": "my evidence/compliant", "at": at}
	for name, value := range map[string]string{
		"paths": "my evidence/none", "at": "yesterday", "profile": "none", "policies": "none", "evidence-keys": "none.pub", "params": "none.yaml", "waivers": "none.yaml", "fail-on": "sometimes",
		"fail-on-disputed": "perhaps", "strict": "perhaps", "baseline": "none.json", "aged-exit-code": "3", "upload-sarif": "perhaps", "cache": "perhaps", "annotations": "perhaps", "sarif": "../raci-check.sarif", "html": "raci-check.json",
	} {
		t.Run(name, func(t *testing.T) {
			inputs := maps.Clone(good)
			inputs[name] = value
			got := runAction(t, s, inputs, true)
			if got.code != 2 || got.outputs["exit-code"] != "2" {
				t.Errorf("exit code %d, output %q, wanted 2\n%s", got.code, got.outputs["exit-code"], got.log)
			}
			if _, uploaded := got.used["Upload SARIF to code scanning"]; uploaded || got.outputs["sarif"] != "" {
				t.Errorf("findings are uploaded from %q", got.outputs["sarif"])
			}
		})
	}
	t.Run("no paths", func(t *testing.T) {
		if got := runAction(t, s, map[string]string{"paths": "\n"}, true); got.code != 2 {
			t.Errorf("exit code %d, wanted 2\n%s", got.code, got.log)
		}
	})
}

// Every option reaches the program, and lists are lists.
func TestActionOptions(t *testing.T) {
	s := newSite(t)
	waivers := filepath.Join(s.workspace, "accepted risks.yaml")
	must(t, os.Rename(filepath.Join(s.workspace, "my evidence", "gaps", "waivers.yaml"), waivers))
	odd := filepath.Join(s.workspace, "-odd $(touch pwned) 'evidence\" *")
	must(t, os.CopyFS(odd, os.DirFS("../evidence/compliant")))
	first := runAction(t, s, map[string]string{"paths": filepath.Base(odd), "at": at, "html": ""}, true)
	if first.code != 0 {
		t.Fatalf("a folder with an odd name: exit code %d\n%s", first.code, first.log)
	}
	baseline := filepath.Join(s.workspace, "last time.json")
	must(t, os.Rename(first.outputs["json"], baseline))
	must(t, os.CopyFS(filepath.Join(s.workspace, "policies of our own"), os.DirFS("../examples/acme")))
	paths := "my evidence/compliant\n\nmy evidence/gaps\n"
	disputed := filepath.Join(s.workspace, "disputed")
	must(t, os.CopyFS(disputed, os.DirFS("../evidence/compliant")))
	backups, err := os.ReadFile(filepath.Join(disputed, "backups.yaml"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(disputed, "backups.yaml"), bytes.Replace(backups, []byte("reviewed_on: 2026-05-06"), []byte("reviewed_on: 2024-05-06"), 1), 0o600))
	for name, test := range map[string]struct {
		inputs map[string]string
		want   int
	}{
		"a disputed duty":     {map[string]string{"paths": "disputed"}, 1},
		"that does not count": {map[string]string{"paths": "disputed", "fail-on-disputed": "false"}, 0},
		"two folders":         {map[string]string{"paths": paths}, 1},
		"waivers by file":     {map[string]string{"paths": "my evidence/gaps", "waivers": "accepted risks.yaml\n"}, 1},
		"one waiver missing":  {map[string]string{"paths": "my evidence/gaps", "waivers": "accepted risks.yaml\nnone.yaml\n"}, 2},
		"strict and fail-on":  {map[string]string{"paths": "my evidence/compliant", "strict": "true", "fail-on": "critical"}, 0},
		"baseline":            {map[string]string{"paths": "my evidence/compliant", "baseline": "last time.json"}, 0},
		"two profiles":        {map[string]string{"paths": "my evidence/compliant", "profile": "baseline\npci-dss-4.0.1\n"}, 1},
		"policies":            {map[string]string{"paths": "my evidence/compliant", "policies": "policies of our own"}, 0},
		"aged":                {map[string]string{"paths": "my evidence/compliant", "at": "2026-12-20", "allow-past-at": "true", "baseline": "last time.json", "aged-exit-code": "7"}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			test.inputs["html"] = ""
			if test.inputs["at"] == "" {
				test.inputs["at"] = at
			}
			if got := runAction(t, s, test.inputs, true); got.code != test.want {
				t.Errorf("exit code %d, wanted %d\n%s", got.code, test.want, got.log)
			}
		})
	}
	s.intact(t)
}

func TestActionExecutesNoInput(t *testing.T) {
	for name := range readAction(t).Inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emptySite(t)
			for _, value := range hostile {
				inputs := map[string]string{"paths": "none", "at": at}
				inputs[name] = value
				if got := runAction(t, s, inputs, true); got.code != 2 || got.outputs["exit-code"] != "2" {
					t.Errorf("%q: the job ends with %d, the output says %q, wanted 2\n%s", value, got.code, got.outputs["exit-code"], got.log)
				}
				s.intact(t)
			}
		})
	}
}

// The step that builds is not run for each hostile value: nothing of an input may reach it.
func TestActionBuildsFromNoInput(t *testing.T) {
	for _, s := range readAction(t).Runs.Steps {
		if s.ID != "build" {
			continue
		}
		for name, value := range s.Env {
			if strings.Contains(value, "${{") {
				t.Errorf("%s is %s", name, value)
			}
		}
		return
	}
	t.Error("no step has the id build")
}

// -- GitLab ------------------------------------------------------------------------------------------------------------

type gitlabJob struct {
	Stage, Image, Extends string
	Variables             map[string]string
	Cache                 struct {
		Key   string
		Paths []string
	}
	BeforeScript []string `yaml:"before_script"`
	Script       []string
	Rules        []struct {
		If           string
		AllowFailure bool `yaml:"allow_failure"`
	}
	Artifacts struct {
		When    string
		Paths   []string
		Reports struct{ Codequality, Junit string }
	}
}

func readGitLab(t *testing.T) (hidden, example gitlabJob) {
	t.Helper()
	var jobs struct {
		Hidden  gitlabJob `yaml:".raci-check"`
		Example gitlabJob `yaml:"raci-check"`
	}
	decode(t, read(t, "gitlab/raci-check.gitlab-ci.yml"), &jobs)
	return jobs.Hidden, jobs.Example
}

var variable = regexp.MustCompile(`RACI_CHECK_[A-Z_]+`)

func TestGitLabShape(t *testing.T) {
	hidden, example := readGitLab(t)
	if example.Extends != ".raci-check" || len(example.Script) > 0 {
		t.Errorf("the example extends %q and has the script %q", example.Extends, example.Script)
	}
	if hidden.Artifacts.When != "always" {
		t.Errorf("artifacts are kept %q, wanted is always", hidden.Artifacts.When)
	}
	sameNames(t, "variables declared and used", slices.Sorted(maps.Keys(hidden.Variables)),
		variablesIn(append(hidden.Script, hidden.Image)...))
	for name := range example.Variables {
		if _, ok := hidden.Variables[name]; !ok {
			t.Errorf("the example sets %s, which the script does not know", name)
		}
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(read(t, "../go.mod"))
	if image := hidden.Variables["RACI_CHECK_IMAGE"]; !regexp.MustCompile(`^golang:` + regexp.QuoteMeta(string(version[1])) + `\.\d+$`).MatchString(image) {
		t.Errorf("the image is %s, go.mod says %s", image, version[1])
	}
}

var shells = map[string][]string{"bash": {"bash", "-eo", "pipefail"}, "sh": {"sh", "-e"}}

func runGitLab(t *testing.T, s site, shell []string, variables map[string]string) outcome {
	t.Helper()
	_, example := readGitLab(t)
	return runGitLabJob(t, s, shell, example, variables)
}

// runGitLabJob runs a job that extends the template's, with variables of the template and of GitLab.
func runGitLabJob(t *testing.T, s site, shell []string, job gitlabJob, variables map[string]string) outcome {
	t.Helper()
	hidden, _ := readGitLab(t)
	env := maps.Clone(hidden.Variables)
	maps.Copy(env, job.Variables)
	env["RACI_CHECK_PROGRAM"] = program
	env["RACI_CHECK_ALLOW_PAST_AT"] = strconv.FormatBool(variables["RACI_CHECK_AT"] == at)
	env["CI"], env["CI_PROJECT_DIR"], env["TMPDIR"] = "true", s.workspace, s.temp
	for name, value := range variables {
		if _, ok := hidden.Variables[name]; !ok && !strings.HasPrefix(name, "CI_") {
			t.Fatalf("the template has no variable %s", name)
		}
		env[name] = value
	}
	return s.run(t, env, append(shell, s.script(t, strings.Join(slices.Concat(job.BeforeScript, hidden.Script), "\n")))...)
}

func TestGitLab(t *testing.T) {
	hidden, _ := readGitLab(t)
	reports := slices.Concat(hidden.Artifacts.Paths, []string{hidden.Artifacts.Reports.Codequality, hidden.Artifacts.Reports.Junit})
	for name, shell := range shells {
		for _, test := range []struct {
			name      string
			variables map[string]string
			want      int
		}{
			{"compliant", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant"}, 0},
			{"gaps", map[string]string{"RACI_CHECK_PATHS": "my evidence/gaps\r\n"}, 1},
			{"both", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant\r\n\r\nmy evidence/gaps\r\n"}, 1},
			{"waivers", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_WAIVERS": "my evidence/gaps/waivers.yaml\nnone.yaml"}, 2},
			{"no evidence", map[string]string{"RACI_CHECK_PATHS": "my evidence/none"}, 2},
			{"no paths", map[string]string{"RACI_CHECK_PATHS": ""}, 2},
			{"bad params", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_PARAMS": "none.yaml"}, 2},
			{"bad severity", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_FAIL_ON": "sometimes"}, 2},
			{"bad dispute", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_FAIL_ON_DISPUTED": "perhaps"}, 2},
			{"bad strictness", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_STRICT": "perhaps"}, 2},
			{"bad baseline", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_BASELINE": "none.json"}, 2},
			{"no repository", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_PROGRAM": ""}, 2},
		} {
			t.Run(name+" "+test.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				stale := filepath.Join(s.workspace, hidden.Artifacts.Reports.Junit)
				must(t, os.WriteFile(stale, []byte("of an earlier run"), 0o600))
				test.variables["RACI_CHECK_AT"] = at
				got := runGitLab(t, s, shell, test.variables)
				if got.code != test.want {
					t.Errorf("exit code %d, wanted %d\n%s", got.code, test.want, got.output)
				}
				for _, report := range reports {
					file := filepath.Join(s.workspace, report)
					if test.want < 2 {
						notEmpty(t, file)
					} else if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("%s is there although there was no answer (%v)", report, err)
					}
				}
			})
		}
	}
}

// The template fetches and builds what the repository has at the pinned revision.
func TestGitLabBuildsPinnedVersion(t *testing.T) {
	s := newSite(t)
	hidden, _ := readGitLab(t)
	if len(hidden.Cache.Paths) != 1 {
		t.Fatalf("GitLab keeps %v, wanted the one folder that the script names", hidden.Cache.Paths)
	}
	restoreCache(t, filepath.Join(s.workspace, hidden.Cache.Paths[0]))
	repository := newRepository(t, s)
	for _, ref := range []string{"v0.2.0", strings.TrimSpace(s.run(t, nil, "git", "-C", repository, "rev-parse", "HEAD").output)} {
		got := runGitLab(t, s, shells["bash"], map[string]string{
			"RACI_CHECK_PROGRAM": "", "RACI_CHECK_REPOSITORY": repository, "RACI_CHECK_REF": ref,
			"RACI_CHECK_PATHS": "my evidence/gaps", "RACI_CHECK_AT": at,
		})
		if got.code != 1 || !strings.Contains(got.output, "FAIL logistics-prod") {
			t.Errorf("%s: exit code %d, wanted 1\n%s", ref, got.code, got.output)
		}
	}
	if left, err := filepath.Glob(filepath.Join(s.temp, "tmp.*")); err != nil || len(left) > 0 {
		t.Errorf("the build leaves %v (%v)", left, err)
	}
	// A version that does not build is no finding.
	must(t, os.WriteFile(filepath.Join(repository, "cmd", "raci-check", "main.go"), []byte("package main\n"), 0o600))
	commit(t, s, repository, "broken")
	got := runGitLab(t, s, shells["bash"], map[string]string{"RACI_CHECK_PROGRAM": "", "RACI_CHECK_REPOSITORY": repository, "RACI_CHECK_REF": "broken"})
	if got.code != 2 {
		t.Errorf("a version that does not build: exit code %d, wanted 2\n%s", got.code, got.output)
	}
}

func TestGitLabExecutesNoVariable(t *testing.T) {
	hidden, _ := readGitLab(t)
	for name := range hidden.Variables {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emptySite(t)
			for _, value := range hostile {
				variables := map[string]string{"RACI_CHECK_PATHS": "none", "RACI_CHECK_AT": at}
				if name == "RACI_CHECK_REPOSITORY" || name == "RACI_CHECK_REF" {
					variables["RACI_CHECK_PROGRAM"], variables["RACI_CHECK_REPOSITORY"] = "", s.workspace
				}
				variables[name] = value
				if got := runGitLab(t, s, shells["bash"], variables); got.code < 2 {
					t.Errorf("%q: exit code %d, wanted 2 or more\n%s", value, got.code, got.output)
				}
				s.intact(t)
			}
		})
	}
}

// -- Jenkins -----------------------------------------------------------------------------------------------------------

var (
	shBlock   = regexp.MustCompile(`(?s)(sh |script: )?'''(.*?)'''`)
	parameter = regexp.MustCompile(`(?m)^ +(string|text|choice|booleanParam)\(name: '(\w+)', (defaultValue|choices): `)
)

// readJenkins gives the Jenkinsfile, its two scripts as the shell gets them, and the names of its parameters.
func readJenkins(t *testing.T) (content, build, assess string, parameters []string) {
	t.Helper()
	content = string(read(t, "jenkins/Jenkinsfile"))
	var code strings.Builder
	for line := range strings.Lines(content) {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			code.WriteString(line)
		}
	}
	if strings.Contains(code.String(), `"""`) || strings.Contains(code.String(), `sh "`) {
		t.Error("a script stands in quotes where Groovy puts values in")
	}
	var scripts []string
	for _, block := range shBlock.FindAllStringSubmatch(code.String(), -1) {
		if block[1] == "" {
			t.Errorf("a text in ''' quotes is no script: %s", block[2])
		}
		script := strings.ReplaceAll(block[2], `\\`, "\x00")
		if strings.Contains(script, `\`) {
			t.Errorf("an escape in a script that Groovy would read: %s", block[2])
		}
		scripts = append(scripts, strings.ReplaceAll(script, "\x00", `\`))
	}
	if len(scripts) != 2 {
		t.Fatalf("%d scripts, wanted two", len(scripts))
	}
	for _, match := range parameter.FindAllStringSubmatch(content, -1) {
		parameters = append(parameters, match[2])
	}
	return content, scripts[0], scripts[1], parameters
}

func TestJenkinsShape(t *testing.T) {
	content, build, assess, parameters := readJenkins(t)
	var own []string
	for _, name := range parameters {
		if name != "ON_FINDINGS" {
			own = append(own, name)
		}
	}
	slices.Sort(own)
	sameNames(t, "parameters declared and used", own, variablesIn(build, assess))
	for _, wanted := range []string{
		"pipeline {", "post {", "junit testResults: 'raci-check.xml'", "archiveArtifacts artifacts: ", "params.ON_FINDINGS == 'UNSTABLE'", "unstable('", "error('",
	} {
		if !strings.Contains(content, wanted) {
			t.Errorf("the Jenkinsfile has no %s", wanted)
		}
	}
	if open, closed := strings.Count(content, "{"), strings.Count(content, "}"); open != closed {
		t.Errorf("%d braces open, %d close", open, closed)
	}
}

func runJenkins(t *testing.T, s site, script string, variables map[string]string) outcome {
	t.Helper()
	env := map[string]string{"WORKSPACE": s.workspace, "WORKSPACE_TMP": s.temp, "RACI_CHECK_ALLOW_PAST_AT": strconv.FormatBool(variables["RACI_CHECK_AT"] == at)}
	maps.Copy(env, variables)
	return s.run(t, env, "sh", "-xe", s.script(t, script))
}

func TestJenkins(t *testing.T) {
	_, build, assess, _ := readJenkins(t)
	s := newSite(t)
	repository := newRepository(t, s)
	pinned := map[string]string{"RACI_CHECK_REPOSITORY": repository, "RACI_CHECK_REF": "v0.2.0"}
	reports := []string{"raci-check.xml", "raci-check.html", "raci-check.json"}
	for range 2 { // the second build finds the first one's files
		if got := runJenkins(t, s, build, pinned); got.code != 0 {
			t.Fatalf("exit code %d\n%s", got.code, got.output)
		}
	}
	if got := runJenkins(t, s, build, nil); got.code == 0 {
		t.Errorf("without a repository the build passes\n%s", got.output)
	}
	for _, name := range reports {
		must(t, os.WriteFile(filepath.Join(s.workspace, name), []byte("of an earlier build"), 0o600))
	}
	if got := runJenkins(t, s, build, pinned); got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.output)
	}
	for _, test := range []struct {
		name      string
		variables map[string]string
		want      int
	}{
		{"compliant", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_STRICT": "false"}, 0},
		{"gaps", map[string]string{"RACI_CHECK_PATHS": "my evidence/gaps\r\n", "RACI_CHECK_FAIL_ON": "critical"}, 1},
		{"both", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant\r\n\r\nmy evidence/gaps"}, 1},
		{"no evidence", map[string]string{"RACI_CHECK_PATHS": "my evidence/none"}, 2},
		{"default paths", map[string]string{}, 2}, // there is no folder evidence
		{"bad baseline", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_BASELINE": "none.json"}, 2},
		{"bad dispute", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_FAIL_ON_DISPUTED": "perhaps"}, 2},
		{"bad waivers", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_WAIVERS": "none.yaml"}, 2},
		{"bad params", map[string]string{"RACI_CHECK_PATHS": "my evidence/compliant", "RACI_CHECK_PARAMS": "none.yaml"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.variables["RACI_CHECK_AT"] = at
			got := runJenkins(t, s, assess, test.variables)
			if got.code != test.want {
				t.Errorf("exit code %d, wanted %d\n%s", got.code, test.want, got.output)
			}
			for _, name := range reports {
				file := filepath.Join(s.workspace, name)
				if test.want < 2 {
					notEmpty(t, file)
					must(t, os.Remove(file))
				} else if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s is there although there was no answer (%v)", name, err)
				}
			}
		})
	}
}

func TestJenkinsExecutesNoParameter(t *testing.T) {
	_, build, assess, parameters := readJenkins(t)
	for _, name := range parameters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emptySite(t)
			for _, value := range hostile {
				runJenkins(t, s, build, map[string]string{"RACI_CHECK_REPOSITORY": s.workspace, name: value})
				s.intact(t)
				must(t, os.MkdirAll(filepath.Join(s.temp, "raci-check"), 0o755))
				installed := filepath.Join(s.temp, "raci-check", "raci-check")
				if _, err := os.Lstat(installed); err != nil {
					must(t, os.Symlink(program, installed))
				}
				variables := map[string]string{"RACI_CHECK_PATHS": "none", "RACI_CHECK_AT": at}
				variables[name] = value
				if got := runJenkins(t, s, assess, variables); got.code != 2 {
					t.Errorf("%q: exit code %d, wanted 2\n%s", value, got.code, got.output)
				}
				s.intact(t)
			}
		})
	}
}

// -- pre-commit --------------------------------------------------------------------------------------------------------

func TestPreCommit(t *testing.T) {
	var hooks []struct {
		ID, Name, Description, Language, Entry, Files string
		Args                                          []string
		PassFilenames                                 *bool  `yaml:"pass_filenames"`
		RequireSerial                                 bool   `yaml:"require_serial"`
		MinimumVersion                                string `yaml:"minimum_pre_commit_version"`
	}
	decode(t, read(t, "../.pre-commit-hooks.yaml"), &hooks)
	if len(hooks) != 1 {
		t.Fatalf("%d hooks, wanted one", len(hooks))
	}
	hook := hooks[0]
	if hook.ID != "raci-check" || hook.Name == "" || hook.Language != "golang" || hook.PassFilenames == nil || *hook.PassFilenames {
		t.Errorf("wanted is a hook raci-check in golang that passes no file names: %+v", hook)
	}
	files, err := regexp.Compile(hook.Files)
	must(t, err)
	for name, want := range map[string]bool{"evidence/keys.yaml": true, "evidence/keys.yml": true, "main.go": false, "yaml/README": false} {
		if files.MatchString(name) != want {
			t.Errorf("files %s: %s is matched: %t", hook.Files, name, !want)
		}
	}

	// As pre-commit does: install everything, then run the entry with the arguments, without a shell.
	s := newSite(t)
	bin := filepath.Join(s.temp, "bin")
	install := exec.Command("go", "install", "-buildvcs=false", "./...")
	install.Dir, install.Env = "..", append(os.Environ(), "GOBIN="+bin)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", install.Args, err, out)
	}
	if installed, err := os.ReadDir(bin); err != nil || len(installed) != 1 {
		t.Errorf("installed are %v, wanted is the program alone: a command for developers needs //go:build developer; %v", installed, err)
	}
	entry := strings.Fields(hook.Entry)
	run := func(args ...string) outcome {
		return s.run(t, nil, slices.Concat([]string{filepath.Join(bin, entry[0])}, entry[1:], args)...)
	}
	for want, path := range []string{"my evidence/compliant", "my evidence/gaps", "my evidence/none"} {
		if got := run("--quiet", "--at="+at, "--allow-past-at", path); got.code != want {
			t.Errorf("%s: exit code %d, wanted %d\n%s", path, got.code, want, got.output)
		}
	}
	must(t, os.Rename(filepath.Join(s.workspace, "my evidence", "gaps"), filepath.Join(s.workspace, "evidence")))
	if got := run(hook.Args...); got.code != 1 || !strings.Contains(got.output, "FAIL logistics-prod") {
		t.Errorf("with the hook's own arguments: exit code %d, wanted 1\n%s", got.code, got.output)
	}
	for _, value := range hostile {
		run("--quiet", value)
		s.intact(t)
	}
}

// -- README and scripts ------------------------------------------------------------------------------------------------

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// What the README shows for copying names only what is there.
func TestREADMESnippets(t *testing.T) {
	a := readAction(t)
	hidden, _ := readGitLab(t)
	var actions, jobs, hooks int
	for _, block := range yamlBlock.FindAllSubmatch(read(t, "README.md"), -1) {
		var snippet struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]string
				}
			}
			Job *struct{ Variables map[string]string } `yaml:"raci-check"`
			// Of pre-commit:
			Repos []struct{ Hooks []struct{ ID string } }
		}
		must(t, yaml.Unmarshal(block[1], &snippet))
		for _, job := range snippet.Jobs {
			for _, step := range job.Steps {
				for name := range step.With {
					if _, ok := a.Inputs[name]; !ok {
						t.Errorf("%s has no input %s", step.Uses, name)
					}
					actions++
				}
			}
		}
		if snippet.Job != nil {
			for name := range snippet.Job.Variables {
				if _, ok := hidden.Variables[name]; !ok {
					t.Errorf("the GitLab template has no variable %s", name)
				}
				jobs++
			}
		}
		for _, repo := range snippet.Repos {
			for _, hook := range repo.Hooks {
				if hook.ID != "raci-check" {
					t.Errorf("there is no hook %s", hook.ID)
				}
				hooks++
			}
		}
	}
	if actions == 0 || jobs == 0 || hooks == 0 {
		t.Errorf("found %d inputs, %d variables and %d hooks in the README: its form has changed", actions, jobs, hooks)
	}
}

func TestShellCheck(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Skip("shellcheck is not installed")
	}
	hidden, _ := readGitLab(t)
	_, build, assess, _ := readJenkins(t)
	scripts := map[string]string{
		"GitLab": "#!/bin/sh\n" + strings.Join(hidden.Script, "\n"), "Jenkins build": "#!/bin/sh\n" + build, "Jenkins assess": "#!/bin/sh\n" + assess,
	}
	maps.Copy(scripts, exampleScripts(t))
	for _, s := range readAction(t).Runs.Steps {
		if s.Run != "" {
			scripts["GitHub "+s.Name] = "#!/bin/bash\n" + s.Run
		}
	}
	for name, script := range scripts {
		cmd := exec.Command("shellcheck", "--norc", "-")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// -- helpers -----------------------------------------------------------------------------------------------------------

// newRepository makes a git repository of this checkout, with the tag v0.2.0.
func newRepository(t *testing.T, s site) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := filepath.Join(s.root, "raci check repository")
	for _, name := range []string{"cmd", "internal", "mappings", "policies", "go.mod", "go.sum"} {
		from := filepath.Join("..", name)
		if info, err := os.Stat(from); err != nil {
			t.Fatal(err)
		} else if info.IsDir() {
			must(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(from)))
			continue
		}
		must(t, os.WriteFile(filepath.Join(dir, name), read(t, from), 0o600))
	}
	s.git(t, dir, "init", "-q")
	commit(t, s, dir, "v0.2.0")
	return dir
}

func commit(t *testing.T, s site, dir, tag string) {
	t.Helper()
	s.git(t, dir, "add", "--all")
	s.git(t, dir, "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", tag)
	s.git(t, dir, "tag", tag)
}

func (s site) git(t *testing.T, dir string, args ...string) {
	t.Helper()
	if got := s.run(t, nil, append([]string{"git", "-C", dir}, args...)...); got.code != 0 {
		t.Fatalf("git %v: exit code %d\n%s", args, got.code, got.output)
	}
}

// decode reads YAML and refuses keys that its reader does not know: they may be misspelt.
func decode(t *testing.T, content []byte, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	must(t, decoder.Decode(into))
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	must(t, err)
	return content
}

func notEmpty(t *testing.T, name string) {
	t.Helper()
	if info, err := os.Stat(name); err != nil {
		t.Error(err)
	} else if info.Size() == 0 {
		t.Errorf("%s is empty", name)
	}
}

func variablesIn(scripts ...string) []string {
	used := map[string]bool{}
	for _, script := range scripts {
		for _, name := range variable.FindAllString(script, -1) {
			used[name] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

func sameNames(t *testing.T, label string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v and %v", label, got, want)
	}
}

var must = testhelp.Must
