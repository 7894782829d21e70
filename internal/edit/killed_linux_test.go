package edit_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// saving names, in the environment, the folder that this program is to save in instead of running tests.
const saving = "RACI_CHECK_TEST_SAVES"

// TestMain lets the program of the tests save for itself: strace counts the calls of each thread.
func TestMain(m *testing.M) {
	folder := os.Getenv(saving)
	if folder == "" {
		os.Exit(m.Run())
	}
	runtime.LockOSThread()
	t := &testing.T{}
	if err := saveTwo(deskOn(t, folder)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// saveTwo changes two files and makes a third.
func saveTwo(desk *edit.Desk) error {
	_, err := desk.Save(context.Background(), []edit.Change{
		{Section: "people", Pointer: "/people/people/0/name", Value: "A2", Was: "A"},
		{Section: "sites", Pointer: "/sites/source/method", Value: "statement", Was: "document"},
		{Section: "assurance", Pointer: "/assurance/source/method", Value: "statement", Was: edit.Absent},
	})
	return err
}

func toSave(t *testing.T) string {
	return folderOf(t, map[string]string{"people.yaml": people, "sites.yaml": "sites:\n  source:\n    method: document # note\n"})
}

// The program is killed at each call by which it changes a file. What lies there then is as before, as after, or is completed by the
// next run.
func TestASaveIsKilled(t *testing.T) {
	testhelp.Long(t, "kills a save at each call")
	testhelp.InMemory(t)
	if _, err := exec.LookPath("strace"); err != nil && os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("strace is not here; .ci/run installs it")
	}
	program, err := filepath.Abs(os.Args[0])
	testhelp.Must(t, err)
	first := toSave(t)
	before := tree(t, first)
	testhelp.Must(t, saveTwo(deskOn(t, first)))
	after := tree(t, first)
	states := map[string]int{}
	for _, call := range []string{"renameat", "linkat", "unlinkat", "fsync", "write", "ftruncate"} {
		for n := 1; ; n++ {
			folder := toSave(t)
			cmd := exec.Command("strace", "-f", "-qq", "-o", filepath.Join(t.TempDir(), "calls"), "-e", "trace="+call,
				"-e", fmt.Sprintf("inject=%s:error=EIO:signal=KILL:when=%d", call, n), program)
			cmd.Env = append(os.Environ(), saving+"="+folder)
			out, err := cmd.CombinedOutput()
			if err == nil {
				if n == 1 && call != "linkat" {
					t.Errorf("%s is never called", call)
				}
				break
			}
			if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() && !strings.Contains(err.Error(), "killed") && status.ExitStatus() != 128+int(syscall.SIGKILL) {
				t.Fatalf("%s %d: %v, %s", call, n, err, out)
			}
			lock, err := safefile.Take(folder, safefile.Holder{})
			testhelp.Must(t, err)
			lock.Release()
			now := tree(t, folder)
			switch {
			case len(differences(now, before)) == 0:
				states["before"]++
			case len(differences(now, after)) == 0:
				states["after"]++
			default:
				t.Errorf("%s %d: these are as neither: %v, %v", call, n, differences(now, before), differences(now, after))
			}
		}
	}
	t.Log(states)
	if states["before"] < 5 || states["after"] < 3 {
		t.Error("too few of a state")
	}
}

// In a folder that may not be written to, nothing is changed and one error says so.
func TestAFolderMadeReadOnly(t *testing.T) {
	program, err := filepath.Abs(os.Args[0])
	testhelp.Must(t, err)
	folder := toSave(t)
	before := tree(t, folder)
	testhelp.Must(t, os.Chmod(folder, 0o555))
	for parent := filepath.Dir(folder); parent != "/" && parent != filepath.Clean(os.TempDir()); parent = filepath.Dir(parent) {
		testhelp.Must(t, os.Chmod(parent, 0o755))
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), saving+"="+folder)
	if os.Geteuid() == 0 { // who may write everywhere
		copied := filepath.Join(filepath.Dir(folder), "program")
		content, err := os.ReadFile(program)
		testhelp.Must(t, err)
		testhelp.Must(t, os.WriteFile(copied, content, 0o755))
		cmd.Path = copied
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "permission denied") || !strings.Contains(string(out), folder) {
		t.Errorf("%v: %s", err, out)
	}
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("%v were changed", changed)
	}
	testhelp.Must(t, os.Chmod(folder, 0o755))
}
