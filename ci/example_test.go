package ci_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// example is the repository that shows how a gate is set up.
const example = "../examples/ci"

// later is a time at which evidence of the example is too old.
const later = "2027-06-01"

// change is what a pull request does to a file.
type change struct{ file, old, new string }

// changes are pull requests, and what the gate answers: 0 lets them pass.
var changes = []struct {
	name string
	change
	at   string
	want int
	says string // in the log
}{
	{"nothing", change{}, at, 0, "PASS 0 regressions"},
	{"worse", change{"evidence/account.yaml", "mfa: webauthn, privileged: false", "mfa: none, privileged: false"}, at, 1, "control_panel_access.mfa"},
	{"better", change{"evidence/account.yaml", "password_min_length: 10", "password_min_length: 14"}, at, 0, "PASS 0 regressions"},
	{"a waiver less", change{"waivers.yaml", "2027-01-31", "2026-11-01"}, at, 1, "control_panel_access.password_length"},
	{"nothing, later", change{}, later, 0, "PASS"},
	{"worse, later", change{"evidence/account.yaml", "mfa: webauthn, privileged: false", "mfa: none, privileged: false"}, later, 1, "FAIL 1 regression"},
	{"what cannot be read", change{"evidence/account.yaml", "user_count: 3", "user_count: three"}, at, 2, "evidence/account.yaml:8:15"},
}

// exampleSite has the example as its workspace, with a change.
func exampleSite(t *testing.T, c change) site {
	t.Helper()
	s := emptySite(t)
	copyExample(t, s.workspace)
	if c.file != "" {
		file := filepath.Join(s.workspace, c.file)
		before := read(t, file)
		after := bytes.Replace(before, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(before, after) {
			t.Fatalf("%q is not in %s", c.old, c.file)
		}
		must(t, os.WriteFile(file, after, 0o600))
	}
	return s
}

// copyExample copies what a repository has of the example; the Jenkinsfile is a link out of it.
func copyExample(t *testing.T, folder string) {
	t.Helper()
	must(t, os.CopyFS(filepath.Join(folder, "evidence"), os.DirFS(filepath.Join(example, "evidence"))))
	must(t, os.WriteFile(filepath.Join(folder, "waivers.yaml"), read(t, filepath.Join(example, "waivers.yaml")), 0o600))
}

// -- GitHub ------------------------------------------------------------------------------------------------------------

type workflow struct {
	Name string
	On   struct {
		PullRequest any `yaml:"pull_request"`
		Schedule    []struct{ Cron string }
	}
	Permissions map[string]string
	Jobs        map[string]struct {
		If     string
		RunsOn string `yaml:"runs-on"`
		Steps  []workflowStep
	}
}

type workflowStep struct {
	step            `yaml:",inline"`
	ContinueOnError bool `yaml:"continue-on-error"`
}

// runWorkflow runs the jobs of the example's workflow that an event starts, in a workspace with the change; the target branch has
// the example as it is. It answers the code of the step that failed first, and the run of the last step.
func runWorkflow(t *testing.T, s site, event, at string) (int, job) {
	t.Helper()
	var w workflow
	decode(t, read(t, filepath.Join(example, ".github", "workflows", "raci-check.yml")), &w)
	names := scope{github: map[string]string{"event_name": event, "base_ref": "main"}, steps: map[string]map[string]string{}}
	code, last, ran := 0, job{}, 0
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		starts, err := names.holds(w.Jobs[name].If, false)
		must(t, err)
		if !starts {
			continue
		}
		ran++
		for _, st := range w.Jobs[name].Steps {
			with, err := names.resolveAll(st.With)
			must(t, err)
			switch action, version, _ := strings.Cut(st.Uses, "@"); {
			case code != 0:
			case !pinned.MatchString(st.Uses):
				t.Errorf("%s is not pinned", st.Uses)
			case action == "actions/checkout" && with["path"] != "":
				if with["ref"] != "main" {
					t.Errorf("the target branch is %q", with["ref"])
				}
				copyExample(t, filepath.Join(s.workspace, with["path"]))
			case action == "actions/checkout": // the workspace has it
			case action == "your-org/raci-check":
				if hidden, _ := readGitLab(t); version != hidden.Variables["RACI_CHECK_REF"] {
					t.Errorf("the workflow uses %s, the templates %s", version, hidden.Variables["RACI_CHECK_REF"])
				}
				with["at"], with["allow-past-at"] = at, strconv.FormatBool(at != later)
				last = runAction(t, s, with, true)
				if st.ID != "" {
					names.steps[st.ID] = last.outputs
				}
				if !st.ContinueOnError {
					code = last.code
				}
			default:
				t.Fatalf("the test does not know %s", st.Uses)
			}
		}
	}
	if ran != 1 {
		t.Fatalf("%s starts %d jobs", event, ran)
	}
	return code, last
}

func TestExampleOnGitHub(t *testing.T) {
	for _, test := range changes {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := exampleSite(t, test.change)
			if test.at == later && test.want == 1 {
				test.want, test.says = 0, "PASS" // the section is too old in the target branch too, as the README says
			}
			code, last := runWorkflow(t, s, "pull_request", test.at)
			if code != test.want || !strings.Contains(last.log, test.says) {
				t.Errorf("exit code %d, expected %d, and in the log %q\n%s", code, test.want, test.says, last.log)
			}
			if strings.Contains(last.annotations, ".target") {
				t.Errorf("a finding of the target branch is an annotation:\n%s", last.annotations)
			}
			if shown := strings.Contains(last.annotations, "::error file=evidence/account.yaml"); test.name == "worse" && !shown {
				t.Errorf("no annotation shows where:\n%s", last.annotations)
			}
		})
	}
	if code, last := runWorkflow(t, exampleSite(t, change{}), "schedule", at); code != 1 || last.used["Upload reports"] == nil {
		t.Errorf("at night: exit code %d\n%s", code, last.log)
	}
}

// -- GitLab ------------------------------------------------------------------------------------------------------------

// readExampleJob gives the job of the example, which extends the template that it includes.
func readExampleJob(t *testing.T) gitlabJob {
	t.Helper()
	var pipeline struct {
		Include []struct{ Project, Ref, File string }
		Job     gitlabJob `yaml:"raci-check"`
	}
	decode(t, read(t, filepath.Join(example, ".gitlab-ci.yml")), &pipeline)
	hidden, _ := readGitLab(t)
	if include := pipeline.Include[0]; len(pipeline.Include) != 1 || include.Ref != hidden.Variables["RACI_CHECK_REF"] {
		t.Errorf("the example includes %v", pipeline.Include)
	} else if _, err := os.Stat(filepath.Join("..", include.File)); err != nil || pipeline.Job.Extends != ".raci-check" {
		t.Errorf("the job extends %q of %s (%v)", pipeline.Job.Extends, include.File, err)
	}
	for name := range pipeline.Job.Variables {
		if _, ok := hidden.Variables[name]; !ok {
			t.Errorf("the template has no variable %s", name)
		}
	}
	return pipeline.Job
}

func TestExampleOnGitLab(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	job := readExampleJob(t)
	// GitLab gives the artifacts of a branch only from pipelines that passed: findings of the default branch must not fail its own.
	if rules := job.Rules; len(rules) != 2 || rules[0].AllowFailure || !rules[1].AllowFailure || rules[1].If != "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" {
		t.Errorf("rules are %+v", rules)
	}
	var report []byte // of the last pipeline of the default branch
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "/api/v4/projects/42/jobs/artifacts/main/raw/raci-check.json?job=raci-check" || r.Header.Get("JOB-TOKEN") != "token" || report == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(report)
	}))
	defer server.Close()
	run := func(t *testing.T, s site, shell []string, at string, more map[string]string) outcome {
		t.Helper()
		variables := map[string]string{
			"CI_API_V4_URL": server.URL + "/api/v4", "CI_PROJECT_ID": "42", "CI_JOB_TOKEN": "token", "CI_DEFAULT_BRANCH": "main", "RACI_CHECK_AT": at,
		}
		maps.Copy(variables, more)
		return runGitLabJob(t, s, shell, job, variables)
	}
	if got := run(t, exampleSite(t, change{}), shells["sh"], at, nil); got.code != 1 || !strings.Contains(got.output, "main has no report yet") {
		t.Errorf("without a report: exit code %d\n%s", got.code, got.output)
	}
	branch := exampleSite(t, change{})
	if got := run(t, branch, shells["sh"], at, map[string]string{"CI_COMMIT_BRANCH": "main"}); got.code != 1 {
		t.Errorf("on the default branch: exit code %d\n%s", got.code, got.output)
	}
	report = read(t, filepath.Join(branch.workspace, "raci-check.json"))
	for name, shell := range shells {
		for _, test := range changes {
			t.Run(name+" "+test.name, func(t *testing.T) {
				got := run(t, exampleSite(t, test.change), shell, test.at, nil)
				if got.code != test.want || !strings.Contains(got.output, test.says) {
					t.Errorf("exit code %d, expected %d, and in the log %q\n%s", got.code, test.want, test.says, got.output)
				}
			})
		}
	}
}

// -- Jenkins -----------------------------------------------------------------------------------------------------------

var shBlocks = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

func TestExampleOnJenkins(t *testing.T) {
	if target, err := os.Readlink(filepath.Join(example, "Jenkinsfile")); err != nil || target != "../../ci/jenkins/Jenkinsfile" {
		t.Errorf("the Jenkinsfile is %q, %v", target, err)
	}
	_, _, assess, _ := readJenkins(t)
	// The baseline is made by the command of the README, for the time of the example.
	block := shBlocks.FindSubmatch(read(t, filepath.Join(example, "README.md")))
	if block == nil {
		t.Fatal("the README has no command for the baseline")
	}
	words := strings.Fields(string(block[1]))
	baseline := func(s site) {
		if got := s.run(t, nil, append([]string{program, words[1], "--at=" + at, "--allow-past-at"}, words[2:]...)...); got.code != 1 {
			t.Fatalf("%v: exit code %d\n%s", words, got.code, got.output)
		}
	}
	for _, test := range changes {
		t.Run(test.name, func(t *testing.T) {
			s, before := exampleSite(t, test.change), exampleSite(t, change{})
			baseline(before)
			must(t, os.Rename(filepath.Join(before.workspace, "baseline.json"), filepath.Join(s.workspace, "baseline.json")))
			must(t, os.MkdirAll(filepath.Join(s.temp, "raci-check"), 0o755))
			must(t, os.Symlink(program, filepath.Join(s.temp, "raci-check", "raci-check")))
			got := runJenkins(t, s, assess, map[string]string{
				"RACI_CHECK_AT": test.at, "RACI_CHECK_WAIVERS": "waivers.yaml", "RACI_CHECK_BASELINE": "baseline.json", "RACI_CHECK_AGED_EXIT_CODE": "0",
			})
			if got.code != test.want || !strings.Contains(got.output, test.says) {
				t.Errorf("exit code %d, expected %d, and in the log %q\n%s", got.code, test.want, test.says, got.output)
			}
		})
	}
}

// The scripts that the example adds are checked as those of the templates are.
func exampleScripts(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"GitLab of the example": "#!/bin/sh\n" + strings.Join(readExampleJob(t).BeforeScript, "\n")}
}
