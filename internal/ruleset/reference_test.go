package ruleset_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

func reference(t *testing.T, files map[string]string) (map[string]any, error) {
	t.Helper()
	tree := fstest.MapFS{}
	for name, content := range files {
		tree[name] = &fstest.MapFile{Data: []byte(content)}
	}
	rules, err := ruleset.Open(tree, "service")
	if err != nil {
		t.Fatal(err)
	}
	return rules.Reference()
}

func TestReferenceIsTheFieldsOfAllItsFiles(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"one file": {"service/reference.yaml": "sources: {a: {source: x}, b: {source: y}}\na: [1]\nb: 2\n"},
		"a folder": {
			"service/reference/one.yaml": "sources: {a: {source: x}}\na: [1]\n",
			"service/reference/two.yaml": "sources:\n  b: {source: y}\nb: 2\n",
		},
		"both": {
			"service/reference.yaml":     "a: [1]\nsources: {a: {source: x}}\n",
			"service/reference/two.yaml": "sources: {b: {source: y}}\nb: 2\n",
		},
	} {
		got, err := reference(t, files)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := reference(t, map[string]string{"service/reference.yaml": "a: [1]\nb: 2\nsources: {b: {source: y}, a: {source: x}}\n"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 3 {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got, err := reference(t, map[string]string{"service/reference.yaml": "{}\n"}); err != nil || len(got) != 0 {
		t.Errorf("an empty file: %v, %v", got, err)
	}
}

func TestReferenceNamesEveryPlaceThatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"none": {map[string]string{"service/catalog.yaml": "x: 1\n"}, []string{"neither service/reference.yaml nor a file in service/reference/"}},
		"one table in two files": {
			map[string]string{"service/reference/a.yaml": "regions: {}\n", "service/reference/b.yaml": "x: 1\nregions: {}\n"},
			[]string{"service/reference/b.yaml:2:1: regions is also in service/reference/a.yaml:1; keep one of the two"},
		},
		"folder and file": {
			map[string]string{"service/reference/a.yaml": "regions: {}\n", "service/reference.yaml": "regions: {}\n"},
			[]string{"service/reference.yaml:1:1: regions is also in service/reference/a.yaml:1"},
		},
		"the source of another file's table": {
			map[string]string{"service/reference/a.yaml": "sources:\n  b: {source: x}\na: 1\n", "service/reference/b.yaml": "b: 1\n"},
			[]string{"service/reference/a.yaml:2:3: there is no table b in this file"},
		},
		"sources that are no mapping": {
			map[string]string{"service/reference/a.yaml": "a: 1\nsources: [a]\n"},
			[]string{"service/reference/a.yaml:2:1: sources must be a mapping"},
		},
		"two files that cannot be read": {
			map[string]string{"service/reference/a.yaml": "a: [\n", "service/reference/b.yaml": "- b\n"},
			[]string{"service/reference/a.yaml:", "service/reference/b.yaml:1:1"},
		},
	} {
		_, err := reference(t, test.files)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, part := range test.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %q", name, err, part)
			}
		}
	}
}

// What was compiled ahead is what the files say, down to the kind of a number.
func TestReferenceIsTheSameCompiled(t *testing.T) {
	plain, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	want, err := plain.Reference()
	if err != nil {
		t.Fatal(err)
	}
	rules := withSnapshot(t, policies.FS, policies.Snapshot)
	if !isCompiled(t, rules) {
		t.Fatal("snapshot.bin is not of these sources")
	}
	got, err := rules.Reference()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A change of any file of reference data makes another ruleset.
func TestReferenceIsInTheDigest(t *testing.T) {
	shipped := fstest.MapFS{}
	var files []string
	err := fs.WalkDir(policies.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(policies.FS, name)
		shipped[name] = &fstest.MapFile{Data: data}
		if strings.Contains(name, "/reference/") {
			files = append(files, name)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	digest := func() string {
		rules, err := ruleset.Open(shipped, policies.OKMS)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := rules.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	same := digest()
	for _, name := range files {
		original := shipped[name]
		shipped[name] = &fstest.MapFile{Data: append([]byte("# changed\n"), original.Data...)}
		if digest() == same {
			t.Errorf("a change of %s does not change the digest", name)
		}
		shipped[name] = original
	}
}
