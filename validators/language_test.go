package validators

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// programs is the folder of the program, which is built once for all tests.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if programs, err = os.MkdirTemp("", "raci-check-validators-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		defer os.RemoveAll(programs)
		return m.Run()
	}())
}

var build = sync.OnceValues(func() (string, error) {
	name := filepath.Join(programs, "raci-check")
	command := exec.Command("go", "build", "-o", name, "./cmd/raci-check")
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return name, nil
})

// program builds the program, the first time that a test wants it.
func program(t *testing.T) string {
	t.Helper()
	name, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// The language server, driven by the client library of VS Code.
func TestLanguageServer(t *testing.T) {
	need(t)
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../evidence/gaps")); err != nil {
		t.Fatal(err)
	}
	server := program(t)
	if out, err := run("node", "language.mjs", server, folder); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
	// Where all passes, the script does not find what it looks for.
	passing := t.TempDir()
	if err := os.CopyFS(passing, os.DirFS("../evidence/compliant")); err != nil {
		t.Fatal(err)
	}
	if out, err := run("node", "language.mjs", server, passing, "5"); err == nil {
		t.Errorf("the script takes everything:\n%.5000s", out)
	}
}

// The language server in Neovim, as a person has it.
func TestNeovim(t *testing.T) {
	need(t)
	server := program(t)
	drive := func(example string, patience string) ([]byte, error) {
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS("../evidence/"+example)); err != nil {
			t.Fatal(err)
		}
		editor := exec.Command("nvim", "--headless", "--clean", "-c", "luafile editor.lua")
		editor.Env = append(os.Environ(), "RACI_CHECK="+server, "FOLDER="+folder, "PATIENCE="+patience, "XDG_STATE_HOME="+t.TempDir())
		return editor.CombinedOutput()
	}
	if out, err := drive("gaps", "60000"); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
	if out, err := drive("compliant", "3000"); err == nil {
		t.Errorf("the script takes everything:\n%.5000s", out)
	}
}
