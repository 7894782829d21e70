// Package collecttest has what the tests of sources share: the format of evidence, empty evidence, and the verdict of what is collected.
package collecttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/reread"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

// Format is the format of evidence, and its description.
func Format(t testing.TB) (*evidence.Format, *evidence.Form) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	format, err := rules.Format()
	if err != nil {
		t.Fatal(err)
	}
	form, err := format.Describe()
	if err != nil {
		t.Fatal(err)
	}
	return format, form
}

// Plan collects as the command does, with nothing in its environment, and plans what to write into a folder.
func Plan(t testing.TB, config collect.Config, at time.Time, folder string) *collect.Plan {
	t.Helper()
	format, form := Format(t)
	named, err := config.Open(collect.Env{Getenv: func(string) string { return "" }, Form: form})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := collect.Run(t.Context(), named, collect.Request{ServiceID: config.Service.ID, At: at}, nil)
	plan, err := collect.Prepare(outcomes, collect.Options{Folder: folder, Service: config.Service, At: at, By: "raci-check-test 1", Format: format})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// Unfilled writes a file for each section of evidence into a folder, as raci-check init does, without a fact.
func Unfilled(t testing.TB, folder, service string) {
	t.Helper()
	_, form := Format(t)
	files := map[string][]byte{}
	for _, section := range form.Sections() {
		files[section+".yaml"] = []byte("api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: " + service + "}\n\n" + form.Skeleton(section, evidence.Layout{Prefix: "# ", Prose: "## "}))
	}
	if err := safefile.Create(folder, files); err != nil {
		t.Fatal(err)
	}
}

// Checks is the status of each check, by id, of the evidence in a folder at a time.
func Checks(t testing.TB, folder string, at time.Time) map[string]verdict.Status {
	t.Helper()
	statuses := map[string]verdict.Status{}
	for _, activity := range assessed(t, folder, at).Services[0].Activities {
		for _, check := range activity.Checks {
			statuses[check.ID] = check.Status
		}
	}
	return statuses
}

// rules are those of the program, as it has them: compiled ahead.
var rules = sync.OnceValues(func() (ruleset.Ruleset, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return rules, err
	}
	return rules.WithSnapshot(policies.Snapshot)
})

// sessions are of the folders that a test assesses: what did not change since the last time is neither read nor evaluated again.
var sessions = struct {
	sync.Mutex
	of map[string]*assess.Session
}{of: map[string]*assess.Session{}}

func opened(t testing.TB, folder string) *assess.Session {
	t.Helper()
	if s := sessions.of[folder]; s != nil {
		return s
	}
	rules, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	s, err := assess.OpenAgain(t.Context(), rules, assess.Options{Paths: []string{folder}})
	if err != nil {
		t.Fatal(err)
	}
	sessions.of[folder] = s
	t.Cleanup(func() {
		sessions.Lock()
		defer sessions.Unlock()
		s.Close()
		delete(sessions.of, folder)
	})
	return s
}

func assessed(t testing.TB, folder string, at time.Time) *assessment.Assessment {
	t.Helper()
	sessions.Lock()
	defer sessions.Unlock()
	fleet, err := opened(t, folder).Gather(t.Context(), at, assessment.KeepAll, func(sink assess.Sink, _ int) assess.Sink { return sink })
	if err != nil {
		t.Fatal(err)
	}
	result, err := fleet.Whole()
	if err = errors.Join(err, fleet.Close()); err != nil {
		t.Fatal(err)
	}
	return result
}

// Reread reads all raw answers again that collect kept in a folder, and fails where they tell other facts than collect wrote or where
// an assessment does not read them. It answers how many sections there are.
func Reread(t testing.TB, folder string, at time.Time) int {
	t.Helper()
	_, form := Format(t)
	names, err := filepath.Glob(filepath.Join(folder, collect.Raw, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	derived := map[string]bool{}
	for _, place := range Derived(t, folder, at) {
		artifact, _, _ := strings.Cut(place, " ")
		derived[artifact] = true
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Facts map[string]any `json:"facts"`
		}
		kept, err := reader.DecodeKept(name, content)
		if err == nil {
			err = document.DecodeJSON(name, content, &file)
		}
		if err != nil {
			t.Fatal(err)
		}
		section, err := reread.Read(kept, at, form)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(file.Facts, section.Fields); diff != "" || len(kept.Unread) > 0 {
			t.Errorf("%s: unread %v; -written +read again:\n%s", name, kept.Unread, diff)
		}
		if path := collect.Raw + "/" + filepath.Base(name); !derived[path] {
			t.Errorf("no fact is derived of %s", path)
		}
	}
	return len(names)
}

// Derived are the facts that are derived of the evidence in a folder, with the artifact and the place in it, by pointer.
func Derived(t testing.TB, folder string, at time.Time) map[string]string {
	t.Helper()
	facts := map[string]string{}
	for _, derived := range assessed(t, folder, at).Services[0].Derived {
		for _, fact := range derived.Facts {
			facts[fact.Pointer] = derived.Artifact + " " + fact.Place
		}
	}
	return facts
}

// Assess is why the evidence in a folder cannot be assessed; nil where it can.
func Assess(t testing.TB, folder string, at time.Time) error {
	t.Helper()
	rules, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	_, err = assess.Run(t.Context(), rules, assess.Options{Paths: []string{folder}, At: at})
	return err
}

// RealName fails the test unless an assessment of collected evidence takes a text that looks like a placeholder where the service
// answered it, and refuses it where a person wrote it, or without the raw answers.
func RealName(t testing.TB, folder string, at time.Time, text string) {
	t.Helper()
	assess := func() error { return Assess(t, folder, at) }
	if err := assess(); err != nil {
		t.Errorf("the service has the name %s: %v", text, err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?m): ` + text + `$`)
	edited := 0
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !written.Match(content) {
			continue
		}
		edited++
		for _, forged := range []string{"TBD", "unknown"} {
			put(t, name, written.ReplaceAll(content, []byte(": "+forged)))
			if err := assess(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q is a placeholder, no value", forged)) {
				t.Errorf("%s by hand: %v", forged, err)
			}
		}
		put(t, name, content)
		kept := filepath.Join(folder, collect.Raw, filepath.Base(strings.TrimSuffix(name, ".yaml"))+".json")
		answers, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		put(t, kept, append(answers, ' '))
		if err := assess(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q is a placeholder, no value", text)) {
			t.Errorf("other raw answers prove %s: %v", text, err)
		}
		put(t, kept, answers)
	}
	if edited == 0 {
		t.Errorf("no file has %s", text)
	}
}

func put(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Turned are the checks whose status differs, with the later one.
func Turned(before, after map[string]verdict.Status) map[string]verdict.Status {
	statuses := map[string]verdict.Status{}
	for id, status := range after {
		if before[id] != status {
			statuses[id] = status
		}
	}
	return statuses
}
