package workspace_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/workspace"
)

// fewWatches marks the process of a test that may watch ten folders.
const fewWatches = "TEST_WITH_FEW_WATCHES"

// Where the system watches no more folders, changes would not be seen: the watching ends with what to do, at its start and later.
func TestMoreFoldersThanTheSystemWatches(t *testing.T) {
	if os.Getenv(fewWatches) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), fewWatches+"=yes")
		mapped := func(id int) []syscall.SysProcIDMap { return []syscall.SysProcIDMap{{HostID: id, Size: 1}} }
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: mapped(os.Getuid()), GidMappings: mapped(os.Getgid())}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Skipf("a process with limits of its own cannot be started: %v", err)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_inotify_watches", []byte("10"), 0o600); err != nil {
		t.Skip(err)
	}
	for name, atOnce := range map[string]bool{"at the start": true, "later": false} {
		dir := t.TempDir()
		fill := func() {
			for i := range 20 {
				testhelp.Must(t, os.Mkdir(filepath.Join(dir, strconv.Itoa(i)), 0o700))
			}
		}
		if atOnce {
			fill()
		}
		err := open(dir).Watch(t.Context(), func(workspace.State) error {
			if atOnce {
				return errors.New("it is watched")
			}
			fill()
			atOnce = true
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "raise its limit, such as fs.inotify.max_user_watches") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
