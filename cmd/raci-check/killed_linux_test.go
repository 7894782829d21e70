package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// The thread of main writes the files: strace counts the calls of each thread.
func init() {
	programs["raci-check-pinned"] = func() { runtime.LockOSThread(); main() }
}

// collecting are the arguments of a collection of two sections into a folder.
func collecting(t *testing.T, at, folder string) []string {
	t.Helper()
	return []string{"collect", "--config", filepath.Join(root(t), "examples", "collect", "collect.yaml"), "--only", "keys,sites", "--at", at, folder}
}

// earlier is a folder of evidence in which one of the two sections was collected before.
func earlier(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "evidence")
	args := collecting(t, "2026-11-19", folder)
	args[4] = "keys"
	if r := try(t, nil, "raci-check", args...); r.code != 0 {
		t.Fatal(r)
	}
	return folder
}

// copied is a copy of a folder.
func copied(t *testing.T, folder string) string {
	t.Helper()
	to := t.TempDir()
	if r := try(t, nil, "cp", "-a", folder, to); r.code != 0 {
		t.Fatal(r)
	}
	return filepath.Join(to, filepath.Base(folder))
}

// ownWords are what two runs write otherwise: the names of files that are not yet in their places, and whose the lock is.
var ownWords = regexp.MustCompile(`\.raci-check-[A-Z2-7]{26}|"process": ?\d+|"since": ?"[^"]*"`)

// content is all that lies in a folder, hidden files too.
func content(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range files(t, folder) {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %v\n", name, info.Mode())
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%s\n", text)
		}
	}
	return all.String()
}

// judged is what an assessment says of a folder, from beside it.
func judged(t *testing.T, folder string) ran {
	t.Helper()
	cmd := exec.Command("raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json", filepath.Base(folder))
	cmd.Dir = filepath.Dir(folder)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), cmd.ProcessState.String(), stdout.String(), stderr.String()}
}

func strace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil && os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("strace is not here; .ci/run installs it")
	}
}

// The program is killed at each call by which it changes a file, or the call fails. What lies there then is assessed as before the
// run, as after it, or not at all; the next run gives what an undisturbed one gives.
func TestACollectionIsKilled(t *testing.T) {
	testhelp.Long(t, "kills a collection at each call")
	strace(t)
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm") // each run syncs its files
	}
	first := earlier(t)
	before, folder := judged(t, first), copied(t, first)
	if r := try(t, nil, "raci-check", collecting(t, "2026-11-20", folder)...); r.code != 0 {
		t.Fatal(r)
	}
	after, whole := judged(t, folder), content(t, folder)
	if before.code == 2 || after.code == 2 || before.stdout == after.stdout {
		t.Fatal(before, after)
	}
	var mu sync.Mutex
	states := map[string]int{}
	assessments := map[string]ran{} // by what is assessed
	judge := func(folder string) ran {
		key := ownWords.ReplaceAllString(content(t, folder), "")
		mu.Lock()
		defer mu.Unlock()
		if _, is := assessments[key]; !is {
			assessments[key] = judged(t, folder)
		}
		return assessments[key]
	}
	for _, call := range []string{"renameat", "linkat", "unlinkat", "fsync", "mkdirat", "ftruncate", "write"} {
		for fault, ends := range map[string]bool{"signal=KILL:error=EIO": true, "error=EIO": false, "error=ENOSPC": false} {
			if strings.HasSuffix(fault, "ENOSPC") != (call == "write") && !ends {
				continue // a full disk is met by writing
			}
			t.Run(call+" "+fault, func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n++ {
					folder, calls := copied(t, first), filepath.Join(t.TempDir(), "calls")
					r := try(t, nil, "strace", append([]string{
						"-f", "-qq", "-o", calls, "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, fault, n), "raci-check-pinned",
					}, collecting(t, "2026-11-20", folder)...)...)
					if log, err := os.ReadFile(calls); err != nil || !strings.Contains(r.state, "killed") && !bytes.Contains(log, []byte("(INJECTED)")) {
						if n < 2 || r.code != 0 {
							t.Errorf("%d calls: %v, %v", n, r, err)
						}
						return // it made fewer calls
					}
					state := "half written"
					switch now := judge(folder); {
					case now.code != 2 && now.stdout == before.stdout:
						state = "as before"
					case now.code != 2 && now.stdout == after.stdout:
						state = "as after"
					case now.code != 2 || now.stdout != "" || strings.Count(now.stderr, "\n") != 1 || !strings.Contains(now.stderr, "raci-check collect (process "):
						t.Errorf("%d: the assessment says something else: %v", n, now)
					}
					if ends && !strings.Contains(r.state, "killed") || !ends && r.code != 2 && (r.code != 0 || state != "as after") {
						t.Errorf("%d: %s: %v", n, state, r)
					}
					mu.Lock()
					states[state]++
					mu.Unlock()
					if r := try(t, nil, "raci-check", collecting(t, "2026-11-20", folder)...); r.code != 0 || (state == "half written") != strings.Contains(r.stderr, "completed the evidence in") {
						t.Errorf("%d: the next run: %v", n, r)
					}
					if now := content(t, folder); now != whole {
						t.Errorf("%d: the next run gives\n%.3000s\nan undisturbed one\n%.3000s", n, now, whole)
					}
				}
			})
		}
	}
	t.Cleanup(func() {
		t.Logf("%v; %d assessments", states, len(assessments))
		if states["as before"] < 20 || states["half written"] < 10 || states["as after"] < 1 {
			t.Errorf("too few of a state: %v", states)
		}
	})
}

// running is a collection into a folder, and how it ends.
type running struct {
	*exec.Cmd
	ended chan error
}

func start(t *testing.T, folder string) running {
	t.Helper()
	r := running{exec.Command("raci-check", collecting(t, "2026-11-20", folder)...), make(chan error, 1)}
	r.Stdout, r.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.Wait() }()
	return r
}

// locks reports whether the file of the lock names it.
func (r running) locks(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, ".raci-check.lock"))
	return err == nil && strings.Contains(string(text), fmt.Sprintf(`"process":%d,`, r.Process.Pid))
}

// stops reports whether a signal stopped it before it ended.
func (r running) stops() bool {
	for range 1000 {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Process.Pid))
		if err != nil || bytes.Contains(state, []byte(") Z ")) {
			return false
		}
		if bytes.Contains(state, []byte(") T ")) {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// stopped is a collection that was stopped while it has the lock.
func stopped(t *testing.T, folder string) running {
	t.Helper()
	for range 50 {
		r := start(t, folder)
		for !r.locks(folder) && len(r.ended) == 0 {
			time.Sleep(100 * time.Microsecond)
		}
		if r.Process.Signal(syscall.SIGSTOP) == nil && r.stops() && r.locks(folder) {
			return r
		}
		_ = r.Process.Signal(syscall.SIGCONT)
		if err := <-r.ended; err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no collection could be stopped while it had the lock")
	return running{}
}

// undisturbed is what a collection gives that is alone.
func undisturbed(t *testing.T) string {
	t.Helper()
	folder := earlier(t)
	if r := try(t, nil, "raci-check", collecting(t, "2026-11-20", folder)...); r.code != 0 {
		t.Fatal(r)
	}
	return content(t, folder)
}

func TestASecondRunIsRefused(t *testing.T) {
	whole, folder := undisturbed(t), earlier(t)
	first := stopped(t, folder)
	holder := fmt.Sprintf("is locked by raci-check collect (process %d of ", first.Process.Pid)
	artifact := filepath.Join(root(t), "README.md")
	for _, args := range [][]string{collecting(t, "2026-11-20", folder), {"init", "--all", folder}, {"attach", "--section", "keys", "--evidence", folder, artifact},
		{"attach", "--section", "keys", "--evidence", filepath.Join(folder, "keys.yaml"), artifact}, {"attach", "--section", "keys", "--evidence", filepath.Dir(folder), artifact}} {
		refused(t, try(t, nil, "raci-check", args...), holder)
	}
	if r := judged(t, folder); r.code == 2 {
		t.Errorf("an assessment is refused: %v", r)
	}
	if r := try(t, nil, "raci-check", append(collecting(t, "2026-11-20", folder), "--dry-run")...); r.code != 0 {
		t.Errorf("--dry-run is refused: %v", r)
	}
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := <-first.ended; err != nil {
		t.Errorf("the first run: %v, %s", err, first.Stderr)
	}
	if now := content(t, folder); now != whole {
		t.Errorf("the first run gives\n%.3000s", now)
	}
}

func TestTheLockOfAKilledCollectionIsFree(t *testing.T) {
	whole, folder := undisturbed(t), earlier(t)
	first := stopped(t, folder)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-first.ended; err == nil {
		t.Error("it was not killed")
	}
	if r := try(t, nil, "raci-check", collecting(t, "2026-11-20", folder)...); r.code != 0 {
		t.Error(r)
	}
	if now := content(t, folder); now != whole {
		t.Errorf("the next run gives\n%.3000s", now)
	}
}

func TestManyCollectAtOnce(t *testing.T) {
	whole := undisturbed(t)
	for range 3 {
		folder := earlier(t)
		var all []running
		for range 4 {
			all = append(all, start(t, folder))
		}
		done := 0
		for _, r := range all {
			if err := <-r.ended; err == nil {
				done++
			} else {
				refused(t, ran{r.ProcessState.ExitCode(), r.ProcessState.String(), "", fmt.Sprint(r.Stderr)}, "is locked by raci-check collect (process ")
			}
		}
		if done == 0 {
			t.Error("all are refused")
		}
		if now := content(t, folder); now != whole {
			t.Errorf("they give\n%.3000s", now)
		}
	}
}
