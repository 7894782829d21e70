package workspace_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sandbox/sandboxtest"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/workspace"
	"github.com/raci-check/raci-check/policies"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// patience is how long a state is waited for: far longer than one takes.
const patience = time.Minute

// The test's own binary evaluates policies that were added.
func TestMain(m *testing.M) {
	sandboxtest.Work()
	os.Exit(m.Run())
}

// settled is longer than the file system takes to tell of a change.
const settled = 300 * time.Millisecond

// folder is a copy of the compliant evidence that is watched.
type folder struct {
	t      *testing.T
	name   string
	states chan seen
}

// seen is what a test looks at of a state; the fleet is closed once it was seen.
type seen struct {
	result       verdict.Status
	fixed, worse []string
	compared     bool
	err          string
}

// open is a workspace of a folder.
func open(dir string) *workspace.Workspace {
	return &workspace.Workspace{
		Rules: func() (ruleset.Ruleset, error) {
			rules, err := ruleset.Open(policies.FS, policies.OKMS)
			if err != nil {
				return rules, err
			}
			return rules.WithSnapshot(policies.Snapshot)
		},
		Options: assess.Options{Paths: []string{dir}, PastAt: true}, At: func() time.Time { return at },
	}
}

func watched(t *testing.T, change func(w *workspace.Workspace, dir string)) folder {
	t.Helper()
	dir := t.TempDir()
	testhelp.Must(t, os.CopyFS(dir, os.DirFS("../../evidence/compliant")))
	f := folder{t, dir, make(chan seen, 100)}
	w := open(dir)
	change(w, dir)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Watch(ctx, f.see) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the watching ended with %v", err)
		}
	})
	return f
}

func (f folder) see(state workspace.State) error {
	s := seen{}
	if state.Err != nil {
		s.err = state.Err.Error()
	}
	if state.Fleet != nil {
		s.result = state.Fleet.Head.Result
	}
	if state.Change != nil {
		s.compared = true
		for _, c := range state.Change.Fixed {
			s.fixed = append(s.fixed, c.Check)
		}
		for _, c := range state.Change.Worse {
			s.worse = append(s.worse, c.Check)
		}
	}
	f.states <- s
	return nil
}

// next waits for a state that fits; several may come of one change.
func (f folder) next(expected string, fits func(seen) bool) {
	f.t.Helper()
	var last seen
	for deadline := time.After(patience); ; {
		select {
		case last = <-f.states:
			if fits(last) {
				return
			}
		case <-deadline:
			f.t.Fatalf("no state in which %s; the last was %+v", expected, last)
		}
	}
}

func (f folder) replace(name, old, changed string) {
	f.t.Helper()
	f.replaceFrom(f.name, name, old, changed)
}

// replaceFrom is replace with the other file in another folder before.
func (f folder) replaceFrom(folder, name, old, changed string) {
	f.t.Helper()
	file := filepath.Join(f.name, name)
	content, err := os.ReadFile(file)
	testhelp.Must(f.t, err)
	if !strings.Contains(string(content), old) {
		f.t.Fatalf("%s has no %q", name, old)
	}
	// As editors save: another file takes the place of the old one.
	other := filepath.Join(folder, name+"~")
	testhelp.Put(f.t, other, strings.Replace(string(content), old, changed, 1))
	testhelp.Must(f.t, os.Rename(other, file))
}

func unchanged(*workspace.Workspace, string) {}

func TestEachSaveIsAssessed(t *testing.T) {
	t.Parallel()
	f := watched(t, unchanged)
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass && !s.compared })
	f.replace("backups.yaml", "rpo_hours: 24", "rpo_hours: 999")
	f.next("a check fails", func(s seen) bool { return s.result == verdict.Fail && len(s.worse) > 0 && len(s.fixed) == 0 })
	f.replace("backups.yaml", "rpo_hours: 999", "rpo_hours: 24")
	f.next("it is fixed", func(s seen) bool { return s.result == verdict.Pass && len(s.fixed) > 0 && len(s.worse) == 0 })

	f.replace("keys.yaml", "keys:", "keys: [")
	f.next("a file is broken", func(s seen) bool { return strings.Contains(s.err, "keys.yaml:") })
	f.replace("backups.yaml", "rpo_hours: 24", "rpo_hours: 999")
	f.next("it is still broken", func(s seen) bool { return strings.Contains(s.err, "keys.yaml:") })
	f.replace("keys.yaml", "keys: [", "keys:")
	f.next("it is whole again, and compared with the state before", func(s seen) bool { return s.result == verdict.Fail && len(s.worse) > 0 })
	f.replace("backups.yaml", "rpo_hours: 999", "rpo_hours: 24")
	f.next("all passes again", func(s seen) bool { return s.result == verdict.Pass })

	testhelp.Must(t, os.Rename(filepath.Join(f.name, "backups.yaml"), filepath.Join(f.name, "backups.txt")))
	f.next("a file is gone", func(s seen) bool { return s.result == verdict.Fail && len(s.worse) > 10 })
	testhelp.Must(t, os.Rename(filepath.Join(f.name, "backups.txt"), filepath.Join(f.name, "backups.yaml")))
	f.next("it is back", func(s seen) bool { return s.result == verdict.Pass })
}

func TestNewFoldersAreWatched(t *testing.T) {
	t.Parallel()
	f := watched(t, unchanged)
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	below := filepath.Join(f.name, "other")
	testhelp.Must(t, os.Mkdir(below, 0o700))
	f.next("nothing differs", func(s seen) bool { return s.result == verdict.Pass })
	testhelp.Put(t, filepath.Join(below, "account.yaml"), "api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: 11111111-9a41-4a5e-8f0a-3b1b6a1f5c21}\n")
	f.next("there is a second service", func(s seen) bool { return s.result == verdict.Fail })
	testhelp.Must(t, os.RemoveAll(below))
	f.next("it is gone", func(s seen) bool { return s.result == verdict.Pass })
}

// A folder that is moved, put back, replaced or made again, as another branch of a repository does, is watched all the same, and so is the
// folder of a file that is named.
func TestAFolderThatIsReplacedIsWatched(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a folder that somebody watches cannot be moved there")
	}
	params := filepath.Join(t.TempDir(), "rules", "params.yaml")
	const head = "api_version: raci-check/v1\nkind: Parameters\nparameters:\n  backup_retention_min_days: "
	put := func(days string) { testhelp.Put(t, params, head+days+"\n") }
	testhelp.Must(t, os.Mkdir(filepath.Dir(params), 0o700))
	put("30")
	f := watched(t, func(w *workspace.Workspace, _ string) { w.Options.Params = params })
	passes := func(s seen) bool { return s.result == verdict.Pass }
	fails := func(s seen) bool { return s.result == verdict.Fail && len(s.worse) == 2 }
	gone := func(s seen) bool { return strings.Contains(s.err, "no evidence") }
	edit := func(after string) {
		t.Helper()
		f.replaceFrom(t.TempDir(), "backups.yaml", "rpo_hours: 24", "rpo_hours: 999")
		f.next("an edit is seen after "+after, fails)
		f.replaceFrom(t.TempDir(), "backups.yaml", "rpo_hours: 999", "rpo_hours: 24")
		f.next("it is taken back", passes)
	}
	other := f.name + "-other"
	f.next("all passes", passes)

	testhelp.Must(t, os.Rename(f.name, other))
	f.next("the folder is gone", gone)
	testhelp.Must(t, os.Rename(other, f.name))
	f.next("it is back", passes)
	edit("the folder came back")

	testhelp.Must(t, os.CopyFS(other, os.DirFS(f.name)))
	testhelp.Must(t, os.Rename(f.name, f.name+"-before"))
	testhelp.Must(t, os.Rename(other, f.name))
	f.next("a copy has its name", passes)
	edit("a copy has its name")

	testhelp.Must(t, os.RemoveAll(f.name))
	f.next("the folder is deleted", gone)
	testhelp.Must(t, os.CopyFS(f.name, os.DirFS("../../evidence/compliant")))
	f.next("it is made again", passes)
	edit("it was made again")

	testhelp.Must(t, os.Rename(filepath.Dir(params), filepath.Dir(params)+"-other"))
	f.next("the parameters are gone", func(s seen) bool { return strings.Contains(s.err, "params.yaml") })
	testhelp.Must(t, os.Rename(filepath.Dir(params)+"-other", filepath.Dir(params)))
	f.next("they are back", passes)
	put("3000")
	f.next("other parameters count", func(s seen) bool { return s.result == verdict.Fail })
}

func TestRulesAreOpenedAgain(t *testing.T) {
	t.Parallel()
	params := filepath.Join(t.TempDir(), "params.yaml")
	const head = "api_version: raci-check/v1\nkind: Parameters\nparameters:\n"
	testhelp.Put(t, params, head+"  backup_retention_min_days: 30\n")
	f := watched(t, func(w *workspace.Workspace, _ string) { w.Options.Params = params })
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	testhelp.Put(t, params, head+"  backup_retention_min_days: 3000\n")
	f.next("copies are not kept for long enough", func(s seen) bool { return s.result == verdict.Fail && len(s.worse) > 0 })
	testhelp.Put(t, params, head+"  no_such_parameter: 1\n")
	f.next("the parameters are refused", func(s seen) bool { return strings.Contains(s.err, "no_such_parameter") })
}

// What changes in hidden folders, such as those of git, is nothing of the evidence.
func TestHiddenFoldersDoNotCount(t *testing.T) {
	t.Parallel()
	f := watched(t, func(_ *workspace.Workspace, dir string) {
		testhelp.Must(t, os.Mkdir(filepath.Join(dir, ".git"), 0o700))
	})
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	testhelp.Put(t, filepath.Join(f.name, ".git", "index"), "x")
	f.replaceFrom(t.TempDir(), "backups.yaml", "rpo_hours: 24", "rpo_hours: 999") // the other file is no change of the folder either
	f.next("the first state after it is that of the evidence", func(s seen) bool {
		if s.result != verdict.Fail {
			t.Errorf("a hidden file was taken for a change: %+v", s)
		}
		return true
	})
}

// Rights that are taken away or given back change what can be assessed.
func TestRightsAreWatched(t *testing.T) {
	t.Parallel()
	f := watched(t, unchanged)
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	file := filepath.Join(f.name, "kmip.yaml")
	if runtime.GOOS != "windows" && os.Geteuid() != 0 { // who may read everything
		for _, name := range []string{file, f.name} {
			testhelp.Must(t, os.Chmod(name, 0))
			f.next("it cannot be read", func(s seen) bool { return strings.Contains(s.err, "permission denied") })
			testhelp.Must(t, os.Chmod(name, 0o700))
			f.next("it can be read again", func(s seen) bool { return s.result == verdict.Pass })
		}
	}
	f.replaceFrom(t.TempDir(), "backups.yaml", "backups:", "backups: [")
	refused := func(s seen) bool { return strings.Contains(s.err, "backups.yaml:") }
	f.next("a file is broken", refused)
	testhelp.Must(t, os.Chmod(file, 0o600))
	f.next("rights may be why nothing can be assessed: it is tried again", refused)
}

// A link may lead to where nothing is looked at, as in folders that are replaced as a whole by another link.
func TestWhatLinksLeadToIsWatched(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	f := watched(t, func(_ *workspace.Workspace, dir string) {
		content, err := os.ReadFile(filepath.Join(dir, "backups.yaml"))
		testhelp.Must(t, err)
		for version, hours := range map[string]string{"..one": "24", "..two": "999"} {
			testhelp.Must(t, os.Mkdir(filepath.Join(dir, version), 0o700))
			testhelp.Put(t, filepath.Join(dir, version, "backups.yaml"), strings.Replace(string(content), "rpo_hours: 24", "rpo_hours: "+hours, 1))
		}
		testhelp.Must(t, os.Remove(filepath.Join(dir, "backups.yaml")))
		testhelp.Must(t, os.Symlink("..one", filepath.Join(dir, "..data")))
		testhelp.Must(t, os.Symlink("..data/backups.yaml", filepath.Join(dir, "backups.yaml")))
	})
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	testhelp.Must(t, os.Symlink("..two", filepath.Join(f.name, "..next")))
	testhelp.Must(t, os.Rename(filepath.Join(f.name, "..next"), filepath.Join(f.name, "..data")))
	f.next("another version has its place", func(s seen) bool { return s.result == verdict.Fail && len(s.worse) > 0 })
	content, err := os.ReadFile(filepath.Join(f.name, "..two", "backups.yaml"))
	testhelp.Must(t, err)
	testhelp.Put(t, filepath.Join(f.name, "..two", "backups.yaml"), strings.Replace(string(content), "rpo_hours: 999", "rpo_hours: 24", 1))
	f.next("it is fixed where it lies", func(s seen) bool { return s.result == verdict.Pass })
}

// BenchmarkNow is what a save of one field costs in an open workspace, without waiting for the file system to tell.
func BenchmarkNow(b *testing.B) {
	for _, edit := range []struct{ file, before, after string }{
		{"backups.yaml", "rto_hours: 2", "rto_hours: 999"}, {"keys.yaml", "data_class: restricted", "data_class: internal"},
		{"iam.yaml", "break_glass: false", "break_glass: true"}, {"people.yaml", "head of platform", "head of platforms"},
	} {
		b.Run(edit.file, func(b *testing.B) {
			dir := b.TempDir()
			testhelp.Must(b, os.CopyFS(dir, os.DirFS("../../evidence/compliant")))
			w := open(dir)
			defer w.Close()
			file := filepath.Join(dir, edit.file)
			content, err := os.ReadFile(file)
			testhelp.Must(b, err)
			texts := [2]string{strings.Replace(string(content), edit.before, edit.after, 1), string(content)}
			save := func(i int) {
				testhelp.Must(b, os.WriteFile(file, []byte(texts[i%2]), 0o644))
				state, err := w.Now(b.Context())
				testhelp.Must(b, err)
				testhelp.Must(b, state.Err)
				testhelp.Must(b, state.Fleet.Close())
			}
			save(0) // which makes the rules ready
			save(1)
			for i := 0; b.Loop(); i++ {
				save(i)
			}
		})
	}
}

// What changes while the evidence is assessed belongs to the change that was assessed: the state in between is not seen.
func TestAStateBetweenTwoChangesIsNotSeen(t *testing.T) {
	t.Parallel()
	const before, between = "rpo_hours: 24", "rpo_hours: 999"
	dir := t.TempDir()
	var isFirst sync.Once
	f := watched(t, func(w *workspace.Workspace, of string) {
		dir = of
		w.Options.Unsaved = func(path string) ([]byte, bool) {
			if filepath.Base(path) != "subscription.yaml" { // by which the others were read
				return nil, false
			}
			if content, err := os.ReadFile(filepath.Join(dir, "backups.yaml")); err == nil && strings.Contains(string(content), between) {
				isFirst.Do(func() {
					testhelp.Put(t, filepath.Join(dir, "backups.yaml"), strings.Replace(string(content), between, before, 1))
					time.Sleep(settled)
				})
			}
			return nil, false
		}
	})
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	f.replaceFrom(t.TempDir(), "backups.yaml", before, between)
	f.next("all passes again", func(s seen) bool {
		if s.result != verdict.Pass {
			t.Errorf("the state between two changes was seen: %+v", s)
		}
		return true
	})
}

// The process that evaluates added policies is there for all assessments, and not for the one that it was started by alone: not even where
// that one was given up.
func TestAddedPoliciesAreEvaluatedAfterEachSave(t *testing.T) {
	t.Parallel()
	again, begun := make(chan struct{}, 1), 0
	f := watched(t, func(w *workspace.Workspace, _ string) {
		shipped := w.Rules
		w.Rules = func() (ruleset.Ruleset, error) {
			rules, err := shipped()
			if err != nil {
				return rules, err
			}
			return rules.With([]string{"../../examples/acme"})
		}
		w.Options.Worker = []string{os.Args[0], sandboxtest.Argument}
		w.Again = again
		w.Begin = func(ctx context.Context) context.Context {
			if begun++; begun > 1 {
				return ctx
			}
			ended, end := context.WithCancel(ctx)
			end()
			again <- struct{}{}
			return ended
		}
	})
	f.next("all is judged", func(s seen) bool { return s.result != verdict.Error && s.err == "" })
	for _, place := range []string{"one", "two", "three"} {
		content, err := os.ReadFile("../../evidence/compliant/backups.yaml")
		testhelp.Must(t, err)
		testhelp.Put(t, filepath.Join(f.name, "backups.yaml"), strings.ReplaceAll(string(content), "location: eu-west-gra", "location: "+place))
		f.next("all is judged after a save", func(s seen) bool {
			if s.result == verdict.Error || s.err != "" {
				t.Errorf("after a save: %+v", s)
			}
			return true
		})
	}
}

// An assessment whose context ends is not seen; the next one is.
func TestAnAssessmentIsGivenUp(t *testing.T) {
	t.Parallel()
	again := make(chan struct{}, 1)
	begun := 0
	f := watched(t, func(w *workspace.Workspace, _ string) {
		w.Again = again
		w.Begin = func(ctx context.Context) context.Context {
			begun++
			if begun == 1 {
				ended, end := context.WithCancel(ctx)
				end()
				again <- struct{}{}
				return ended
			}
			return ctx
		}
	})
	f.next("all passes", func(s seen) bool {
		if begun != 2 {
			t.Errorf("%d assessments were begun before one was seen", begun)
		}
		return s.result == verdict.Pass && !s.compared
	})
}

// More changes than the system keeps are a change of which nothing is known: all is looked at again, new folders too.
func TestMoreChangesThanTheSystemKeeps(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err != nil {
		t.Skip("the system does not say how many changes it keeps")
	}
	kept, err := strconv.Atoi(strings.TrimSpace(string(content)))
	testhelp.Must(t, err)
	if kept > 1<<17 {
		t.Skipf("the system keeps %d changes", kept)
	}
	below := ""
	var once sync.Once
	f := watched(t, func(w *workspace.Workspace, dir string) {
		below = filepath.Join(dir, "other")
		w.At = func() time.Time { // nobody takes changes from the system while an assessment that is given up has not ended
			once.Do(func() {
				a, err := os.Create(filepath.Join(dir, "a.txt"))
				testhelp.Must(t, err)
				b, err := os.Create(filepath.Join(dir, "b.txt"))
				testhelp.Must(t, err)
				for i := range 2 * kept { // in turn: the system keeps one of several that are alike
					_, err := []*os.File{a, b}[i%2].WriteAt([]byte("x"), 0)
					testhelp.Must(t, err)
				}
				testhelp.Must(t, errors.Join(a.Close(), b.Close()))
				testhelp.Must(t, os.Mkdir(below, 0o700))
			})
			return at
		}
	})
	f.next("all passes", func(s seen) bool { return s.result == verdict.Pass })
	testhelp.Put(t, filepath.Join(below, "account.yaml"), "api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: 11111111-9a41-4a5e-8f0a-3b1b6a1f5c21}\n")
	f.next("there is a second service", func(s seen) bool { return s.result == verdict.Fail })
}
