package supply

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// As long as a program can execute a template, the linker keeps every exported method of every type in it, because templates call methods
// by names that they learn at run time. What a program cannot reach has no symbol.
func TestNoTemplateCanBeExecuted(t *testing.T) {
	testhelp.Long(t, "builds the program")
	program := filepath.Join(t.TempDir(), "raci-check")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", program, Main)
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as a release is built, so that both use what is compiled for the other
	if _, err := command(build); err != nil {
		t.Fatal(err)
	}
	symbols, err := command(exec.Command("go", "tool", "nm", program))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(symbols), " main.main\n") {
		t.Fatal("the program has no symbols")
	}
	for _, symbol := range []string{"text/template.(*Template).execute", "text/template.(*Template).Execute"} {
		if strings.Contains(string(symbols), " "+symbol+"\n") {
			t.Errorf("%s is linked: go build -ldflags=-dumpdep says what calls it", symbol)
		}
	}
}
