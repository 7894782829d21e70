package verify

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/targz"
)

// An archive with too many members is refused before any of them is written: writing them takes minutes.
func TestAnArchiveIsCountedBeforeItIsUnpacked(t *testing.T) {
	limits := keptLimits
	t.Cleanup(func() { keptLimits = limits })
	keptLimits.Files = 10
	for name, names := range map[string]func(i int) string{
		"too many members":     func(i int) string { return fmt.Sprintf("inputs/%d", i) },
		"another at the end":   func(i int) string { return map[bool]string{true: "other", false: fmt.Sprintf("inputs/%d", i)}[i == 9] },
		"a name that is twice": func(i int) string { return fmt.Sprintf("inputs/%d", i%9) },
	} {
		var archive bytes.Buffer
		out := targz.NewWriter(&archive)
		for i := range 11 {
			if err := out.Add(names(i), 1, strings.NewReader("x")); err != nil {
				t.Fatal(err)
			}
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if _, err := Unpack(bytes.NewReader(archive.Bytes()), folder); !errors.Is(err, targz.ErrUnsafe) && !errors.Is(err, ErrKept) {
			t.Errorf("%s: %v", name, err)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
			t.Errorf("%s: it leaves %v, %v", name, entries, err)
		}
	}
}
