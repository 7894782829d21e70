package safefile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/testhelp"
)

var someone = safefile.Holder{Command: "raci-check collect", Since: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}

func evidenceOf(text string) string {
	return "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}}\n# " + text + "\n"
}

// gone stands for the content of a file that is removed.
const gone = "(removed)"

// The files of a folder before a run and after it: some are replaced, some are new, one is removed, one stays.
var (
	filesBefore = map[string]string{"keys.yaml": evidenceOf("old"), "people.yaml": evidenceOf("by hand"), "collected/keys.json": "{}\n", "sites.yaml": evidenceOf("old")}
	filesAfter  = map[string]string{
		"keys.yaml": evidenceOf("new"), "collected/keys.json": "{\"new\": 1}\n", "iam.yaml": evidenceOf("new"), "sites.yaml": gone, "exports/deep/iam.json": strings.Repeat("iam\n", 40_000),
	}
)

// write is a run that writes these files, as commands do: with the lock, and with what it read.
func write(folder string, files map[string]string) error {
	lock, err := safefile.Take(folder, someone)
	if err != nil {
		return err
	}
	defer lock.Release()
	var changes []safefile.Change
	for _, name := range slices.Sorted(maps.Keys(files)) {
		before, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if files[name] == gone {
			if err == nil {
				changes = append(changes, safefile.Change{Path: name, Before: before, Remove: true})
			}
			continue
		}
		if after := []byte(files[name]); err != nil || !bytes.Equal(before, after) {
			changes = append(changes, safefile.Change{Path: name, Before: before, After: after, Mode: 0o600})
		}
	}
	return lock.ReplaceAll(changes)
}

// tree is what lies in a folder, with the modes of files.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	if _, err := os.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
		return all
	}
	for _, name := range below(t, folder) {
		file := filepath.Join(folder, name)
		info, err := os.Lstat(file)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[name] += " " + string(content)
		}
	}
	return all
}

// visible is a tree without hidden files and without folders, which readers do not see.
func visible(all map[string]string) map[string]string {
	seen := maps.Clone(all)
	maps.DeleteFunc(seen, func(name, content string) bool {
		return strings.HasPrefix(filepath.Base(name), ".") || strings.HasPrefix(content, "d")
	})
	return seen
}

// read finds the evidence of a folder as an assessment does.
func read(t *testing.T, paths ...string) error {
	t.Helper()
	_, _, err := (&evidence.Reader{Limits: document.DefaultLimits}).Find(t.Context(), paths)
	return err
}

// crash is a fault at one operation.
type crash struct {
	title string
	err   error
	ends  bool // the process: nothing that follows is done
	half  bool // what is written is written in part
}

var crashes = []crash{
	{title: "killed", err: errors.New("killed"), ends: true},
	{title: "killed within a write", err: errors.New("killed"), ends: true, half: true},
	{title: "EIO", err: syscall.EIO},
	{title: "ENOSPC", err: syscall.ENOSPC, half: true},
}

// at makes the operation of a number fail. It answers where the run has come, one line an operation.
func (c crash) at(t *testing.T, number int) *[]string {
	t.Helper()
	var done []string
	safefile.Fault(t, func(operation, name string, content []byte) error {
		done = append(done, operation+" "+filepath.Base(name))
		switch n := len(done) - 1; {
		case n == number && c.half && operation == "write":
			half(t, name, content)
			return c.err
		case n == number, n > number && c.ends:
			return c.err
		default:
			return nil
		}
	})
	return &done
}

func half(t *testing.T, name string, content []byte) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(content[:len(content)/2]); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// none sets no fault, and answers where the run has come.
func none(t *testing.T) *[]string { return crash{}.at(t, -1) }

// folderWith makes a folder of files.
func folderWith(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "evidence")
	for name, content := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, file, content)
	}
	return folder
}

// undisturbed is the folder of some files after a run that nothing disturbs, with its operations.
func undisturbed(t *testing.T, files map[string]string) (before, after map[string]string, operations []string) {
	t.Helper()
	folder := folderWith(t, files)
	before = tree(t, folder)
	done := none(t)
	if err := write(folder, filesAfter); err != nil {
		t.Fatal(err)
	}
	after = tree(t, folder)
	for name := range after {
		if strings.HasPrefix(filepath.Base(name), ".") {
			t.Errorf("%s stays", name)
		}
	}
	if len(visible(after)) < 4 || len(*done) < 30 {
		t.Fatalf("%d files, %q", len(visible(after)), *done)
	}
	return before, after, *done
}

// A run that is disturbed at any of its operations leaves the folder as it was, or as it is to be, or half written so that nobody
// reads it. The next run gives what an undisturbed one gives, and nothing else stays.
func TestARunCommitsAtOnePoint(t *testing.T) {
	testhelp.InMemory(t)
	t.Run("in evidence", func(t *testing.T) { commitsAtOnePoint(t, filesBefore) })
	t.Run("in a new folder", func(t *testing.T) { commitsAtOnePoint(t, nil) })
}

func commitsAtOnePoint(t *testing.T, files map[string]string) {
	before, after, operations := undisturbed(t, files)
	states := map[string]int{}
	for i, operation := range operations {
		for _, c := range crashes {
			if c.half && !strings.HasPrefix(operation, "write ") {
				continue
			}
			title := fmt.Sprintf("%s at %d, %s", c.title, i, operation)
			folder := folderWith(t, files)
			c.at(t, i)
			err := write(folder, filesAfter)
			if !c.ends && err != nil && !errors.Is(err, c.err) {
				t.Errorf("%s: %v", title, err)
			}
			now := tree(t, folder)
			var says *safefile.UnfinishedError
			unfinished := errors.As(safefile.Unfinished(folder), &says)
			state := ""
			switch seen := visible(now); {
			case unfinished:
				state = "half written"
				if says.Holder.Command != someone.Command {
					t.Errorf("%s: it says %v", title, says)
				}
				for _, path := range []string{folder, filepath.Dir(folder), filepath.Join(folder, "keys.yaml")} {
					if _, err := os.Lstat(path); err != nil {
						continue // a new file that has not got its name
					}
					if err := read(t, path); err == nil || !strings.Contains(err.Error(), "half written") {
						t.Errorf("%s: half written evidence is read: %v", title, err)
					}
				}
			case maps.Equal(seen, visible(before)):
				state = "as before"
			case maps.Equal(seen, visible(after)):
				state = "as after"
			default:
				t.Errorf("%s: the folder is neither as before nor as after, and nothing says so: %q", title, slices.Sorted(maps.Keys(now)))
			}
			states[state]++
			if err := read(t, folder); !unfinished && err != nil && len(visible(now)) > 0 {
				t.Errorf("%s: %v", title, err)
			}
			if err == nil && state != "as after" {
				t.Errorf("%s: it is done, and the folder is %s", title, state)
			}
			if state == "as before" && !c.ends && !strings.HasPrefix(operation, "remove ") && !maps.Equal(now, before) {
				t.Errorf("%s: it takes back all but %q", title, slices.Sorted(maps.Keys(now)))
			}
			none(t)
			if err := write(folder, filesAfter); err != nil {
				t.Errorf("%s: the next run: %v", title, err)
			}
			if now := tree(t, folder); !maps.Equal(now, after) {
				t.Errorf("%s: the next run gives %q", title, slices.Sorted(maps.Keys(now)))
			}
		}
	}
	t.Logf("%d operations; %v", len(operations), states)
	halves := 20
	if runtime.GOOS == "windows" { // no folder is flushed there, so fewer operations can fail
		halves = 10
	}
	if states["as before"] < 20 || states["half written"] < halves || states["as after"] < 2 {
		t.Errorf("too few of a state: %v", states)
	}
}

// The next run may be killed too, at any of its operations.
func TestARecoveryIsKilled(t *testing.T) {
	testhelp.InMemory(t)
	_, after, operations := undisturbed(t, filesBefore)
	killed := crashes[0]
	for i, operation := range operations {
		if !strings.HasPrefix(operation, "rename ") && !strings.HasPrefix(operation, "link ") && !strings.HasPrefix(operation, "remove ") {
			continue
		}
		for j := 0; ; j++ {
			folder := folderWith(t, filesBefore)
			killed.at(t, i)
			_ = write(folder, filesAfter)
			done := killed.at(t, j)
			_ = write(folder, filesAfter)
			over := len(*done) <= j
			none(t)
			if err := write(folder, filesAfter); err != nil {
				t.Errorf("killed at %d, %s, then at %d: %v", i, operation, j, err)
			}
			if now := tree(t, folder); !maps.Equal(now, after) {
				t.Errorf("killed at %d, %s, then at %d: %q", i, operation, j, slices.Sorted(maps.Keys(now)))
			}
			if over {
				break
			}
		}
	}
}

// What a person changed since a run was killed is not written over, and the message says how to go on.
func TestWhatChangedSinceTheKillStays(t *testing.T) {
	folder := folderWith(t, filesBefore)
	_, _, operations := undisturbed(t, filesBefore)
	crashes[0].at(t, slices.Index(operations, "link iam.yaml"))
	_ = write(folder, filesAfter)
	none(t)
	put(t, filepath.Join(folder, "keys.yaml"), "by hand")
	for range 2 {
		err := write(folder, filesAfter)
		if !errors.Is(err, safefile.ErrChanged) || !strings.Contains(err.Error(), filepath.Join(folder, "keys.yaml")) || !strings.Contains(err.Error(), "delete "+filepath.Join(folder, safefile.Journal)) {
			t.Errorf("%v", err)
		}
	}
	holds(t, filepath.Join(folder, "keys.yaml"), "by hand")
	for _, name := range below(t, folder) {
		if strings.HasPrefix(filepath.Base(name), ".raci-check") {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := write(folder, filesAfter); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(folder, "keys.yaml"), filesAfter["keys.yaml"])
}

// A file that is changed while a run stages its own stays, and so do the others.
func TestAChangeDuringTheRunIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(folder string) error
		is     error
	}{
		"another content": {func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "keys.yaml"), []byte("by hand"), 0o600)
		}, safefile.ErrChanged},
		"gone": {func(folder string) error { return os.Remove(filepath.Join(folder, "keys.yaml")) }, safefile.ErrChanged},
		"made": {func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "iam.yaml"), []byte("by hand"), 0o600)
		}, fs.ErrExist},
		"a folder": {func(folder string) error { return os.Mkdir(filepath.Join(folder, "iam.yaml"), 0o700) }, fs.ErrExist},
	} {
		folder := folderWith(t, filesBefore)
		var now map[string]string
		safefile.Fault(t, func(operation, file string, _ []byte) error {
			if operation == "write" && strings.HasPrefix(filepath.Base(file), ".raci-check-") && now == nil {
				if err := test.change(folder); err != nil {
					t.Fatal(err)
				}
				now = visible(tree(t, folder))
			}
			return nil
		})
		if err := write(folder, filesAfter); !errors.Is(err, test.is) {
			t.Errorf("%s: %v", name, err)
		}
		if after := tree(t, folder); !maps.Equal(visible(after), now) || len(visible(after)) != len(after)-len(folders(after)) {
			t.Errorf("%s: there are %q", name, slices.Sorted(maps.Keys(after)))
		}
	}
}

func folders(all map[string]string) (names []string) {
	for name, content := range all {
		if strings.HasPrefix(content, "d") {
			names = append(names, name)
		}
	}
	return names
}

// A journal is taken from nobody who would lead the run elsewhere, and one that cannot be read is no empty one.
func TestStrangeJournals(t *testing.T) {
	for name, test := range map[string]struct{ content, says string }{
		"out of the folder": {`{"files": [{"path": "../x", "staged": ".raci-check-A", "after": "00"}]}`, "the path leaves the folder"},
		"another file":      {`{"files": [{"path": "gone", "staged": "keys.yaml"}]}`, "it is no journal"},
		"half":              {`{"files": [`, "it is no journal, or not a whole one: delete it"},
		"empty":             {``, "it is no journal"},
	} {
		folder := folderWith(t, filesBefore)
		before := visible(tree(t, folder))
		put(t, filepath.Join(folder, safefile.Journal), test.content)
		if err := write(folder, filesAfter); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		if after := tree(t, folder); !maps.Equal(before, visible(after)) {
			t.Errorf("%s: there are %q", name, slices.Sorted(maps.Keys(after)))
		}
		if err := read(t, folder); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
}

// A journal that came with a repository reaches no file of the repository's own, such as a hook, however that is spelt.
func TestAJournalLeavesRepositoriesAlone(t *testing.T) {
	const content = "#!/bin/sh\n"
	for _, file := range []string{safefile.Journal, ".raci-check.draft"} {
		for _, folder := range []string{".git", "below/.GIT", ".g\u200cit", ".git. ", ".git::$INDEX_ALLOCATION", "GIT~1", `.git\hooks`, ".hg", "link"} {
			top := folderWith(t, filesBefore)
			if folder == "link" {
				if err := errors.Join(os.Mkdir(filepath.Join(top, ".git"), 0o750), os.Symlink(".git", filepath.Join(top, folder))); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.MkdirAll(filepath.Join(top, folder, "hooks", "empty"), 0o750); runtime.GOOS == "windows" && err != nil {
				continue // no folder has such a name there
			} else if err != nil {
				t.Fatal(err)
			}
			name := folder + "/hooks/post-commit"
			put(t, filepath.Join(top, ".raci-check-A"), content)
			put(t, filepath.Join(top, file), fmt.Sprintf(`{"folders": [%q], "files": [{"path": %q, "staged": ".raci-check-A", "after": %q}]}`,
				folder+"/hooks/empty", name, safefile.Sum([]byte(content))))
			if err := write(top, filesAfter); err == nil || !strings.Contains(err.Error(), "version control system, which no run of this program writes: delete it") {
				t.Errorf("%s names %s: %v", file, folder, err)
			}
			if _, err := os.Lstat(filepath.Join(top, filepath.FromSlash(name))); err == nil {
				t.Errorf("%s: it is there", name)
			}
			if _, err := os.Lstat(filepath.Join(top, folder, "hooks", "empty")); err != nil {
				t.Errorf("%s: %v", folder, err)
			}
		}
	}
	top := folderWith(t, filesBefore)
	if err := write(top, map[string]string{".git/x": content}); err == nil || !strings.Contains(err.Error(), "name another") {
		t.Errorf("it writes what it would not complete: %v", err)
	}
}
