package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// in makes a folder of files and links (names that end in @, with where they lead), and stands in the folder above it.
func in(t *testing.T, content map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range content {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if link, isLink := strings.CutSuffix(name, "@"); isLink {
			err = os.Symlink(text, link)
		} else {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func namesOf(files []*file) (names []string) {
	for _, f := range files {
		names = append(names, f.name)
	}
	return names
}

// A cluster mounts files as links through a hidden folder beside them; links that leave are refused when they are opened,
// links to folders when they are found.
func TestLinks(t *testing.T) {
	in(t, map[string]string{
		"e/..2026/a.yaml": "a: 1", "e/..data@": "..2026", "e/a.yaml@": "..data/a.yaml", "e/sub/up.yaml@": "../plain.yaml",
		"e/plain.yaml": "a: 1", "e/out.yaml@": "../secret.yaml", "e/absolute.yaml@": "/etc/hostname", "e/nowhere.yaml@": "gone",
		"e/loop.yaml@": "loop.yaml", "e/folder@": "../other", "e/looks.yaml@": "../other", "other/b.yaml": "a: 1", "secret.yaml": "a: 1",
		"e/notes.txt@": "../secret.yaml", "whole@": "e",
	})
	list, err := new(Reader).expand([]string{"e"})
	if err != nil {
		t.Fatal(err)
	}
	files := list.files
	var errs document.Errors
	for _, link := range list.links {
		errs = document.Collect(errs, link.err)
	}
	wanted := []string{"e/a.yaml", "e/absolute.yaml", "e/loop.yaml", "e/nowhere.yaml", "e/out.yaml", "e/plain.yaml", "e/sub/up.yaml"}
	if got := namesOf(files); !slices.Equal(got, wanted) {
		t.Errorf("files %q, wanted %q", got, wanted)
	}
	if says := fmt.Sprint(errs.Sorted()); strings.Count(says, "a link to a folder is not followed") != 2 ||
		!strings.Contains(says, "e/folder:1:1: ") || !strings.Contains(says, "e/looks.yaml:1:1: ") {
		t.Errorf("errors %v", says)
	}
	for _, f := range files {
		opened, err := f.open()
		good := slices.Contains([]string{"e/a.yaml", "e/plain.yaml", "e/sub/up.yaml"}, f.name)
		var defect *document.Error
		switch {
		case good && err != nil:
			t.Errorf("%s: %v", f.name, err)
		case good:
			opened.Close()
		case !errors.As(err, &defect) || defect.File != f.name || !strings.Contains(defect.Message, "out of the folder that is assessed"):
			t.Errorf("%s: %v", f.name, err)
		}
	}
	if list, err := new(Reader).expand([]string{"whole"}); err != nil || len(list.links) != 2 || !slices.Contains(namesOf(list.files), "whole/plain.yaml") {
		t.Errorf("a folder that is named by a link: %q, %v, %v", namesOf(list.files), list.links, err)
	}
	if list, err := new(Reader).expand([]string{"e/out.yaml"}); err != nil || len(list.errs)+len(list.links) != 0 || len(list.files) != 1 || list.files[0].root != "" {
		t.Errorf("a link that is named itself: %q, %v, %v", namesOf(list.files), list, err)
	}
	if list, err := new(Reader).expand([]string{"e", "e/plain.yaml"}); err != nil || list.files[slices.Index(namesOf(list.files), "e/plain.yaml")].walked {
		t.Errorf("a file that is named itself is as if it were not: %q, %v", namesOf(list.files), err)
	}
}

// Nothing looks at what these are before they are opened: the opening itself neither waits nor takes them.
func TestWhatIsNoFileIsRefusedWhenItIsOpened(t *testing.T) {
	in(t, map[string]string{"e/sub/a.yaml": "a: 1"})
	if err := testhelp.Mkfifo("e/pipe.yaml"); err != nil {
		t.Skip("no named pipes here")
	}
	for name, f := range map[string]*file{
		"a named pipe":                {name: "e/pipe.yaml"},
		"a named pipe through a root": {name: "e/pipe.yaml", root: "e"},
		"a device":                    {name: os.DevNull},
		"a device without an end":     {name: "/dev/zero"},
		"a folder":                    {name: "e/sub"},
	} {
		t.Run(name, func(t *testing.T) {
			f.path = f.name
			opened, err := f.open()
			if err == nil {
				opened.Close()
			}
			var defect *document.Error
			if !errors.As(err, &defect) || !strings.HasPrefix(err.Error(), f.name+":1:1: not a regular file") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFilesThatMayNotBeRead(t *testing.T) {
	in(t, map[string]string{"e/a.yaml": "a: 1"})
	if err := os.Chmod("e/a.yaml", 0); err != nil {
		t.Fatal(err)
	}
	opened, err := (&file{name: "e/a.yaml", path: "e/a.yaml"}).open()
	if err == nil {
		opened.Close()
		t.Skip("whoever runs this may read everything")
	}
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "e/a.yaml") {
		t.Error(err)
	}
}

// The limit is that of one folder: more than that may lie in the folders below it.
func TestFilesOfOneFolderAreLimited(t *testing.T) {
	in(t, map[string]string{"e/a.yaml": "", "e/b.yaml": "", "e/c.yml": "", "e/d.txt": "", "e/sub/a.yaml": "", "e/sub/b.yaml": "", "e/sub/c.yaml": ""})
	list, err := walk("", "e", 3)
	if err != nil || len(list.errs) != 0 || len(list.files) != 6 {
		t.Fatalf("at the limit: %q, %v, %v", namesOf(list.files), list.errs, err)
	}
	if err := os.WriteFile("e/sub/d.yaml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err = walk("", "e", 3)
	errs := list.errs
	if err != nil || !errors.Is(errs, document.TooManyFiles) || errs.Error() != "e/sub/d.yaml:1:1: the folder has more than the limit of 3 evidence files: use several folders" {
		t.Errorf("one beyond: %v, %v", errs, err)
	}
	if maxFiles != 10_000 {
		t.Errorf("the limit is %d: docs/robustness.md says 10,000", maxFiles)
	}
}

func TestNamesThatNoReportCanShow(t *testing.T) {
	in(t, nil)
	for name, says := range map[string]string{
		"a\nb.yaml": `e/a\u{a}b.yaml: the name of this file contains a control character U+000A: rename it`, "a\xff.yaml": `e/a\u{fffd}.yaml: the name of this file is not UTF-8: rename it`,
		"a\u202eb.yaml": `bidirectional control character U+202E`, "\ufeffa.yaml": "byte order mark", "a b\t.yaml": "control character U+0009", "a\u2028.yaml": "line separator U+2028",
	} {
		if err := os.MkdirAll("e", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("e", name), nil, 0o600); err != nil {
			t.Logf("this system has no such names: %v", err)
			continue
		}
		list, err := new(Reader).expand([]string{"e"})
		if err != nil || len(list.files) != 0 || len(list.errs) != 1 || !strings.Contains(list.errs.Error(), says) {
			t.Errorf("%q: %q, %v, %v", name, namesOf(list.files), list.errs, err)
		}
		if err := os.RemoveAll("e"); err != nil {
			t.Fatal(err)
		}
	}
	in(t, map[string]string{"e/two words é 鍵 #1.yaml": ""})
	if list, err := new(Reader).expand([]string{"e"}); err != nil || len(list.errs) != 0 || len(list.files) != 1 {
		t.Errorf("%q, %v, %v", namesOf(list.files), list.errs, err)
	}
}

func TestArtifactsAreNoLargerThanTheLimit(t *testing.T) {
	in(t, map[string]string{"e/a": ""})
	if err := os.Truncate("e/a", maxArtifact+1); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	doc, err := document.Parse("e/a.yaml", []byte("doors: {artifact: {path: a, sha256: ff}}"), document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	set := &Set{folder: "e", Sections: []Section{{Name: "doors"}}, first: doc, Value: doc.Value().(map[string]any)}
	if err := set.verifyArtifacts(nil); err == nil || !strings.Contains(err.Error(), "larger than the limit of 16 GiB") {
		t.Error(err)
	}
}
