package collect_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
)

// numbered is a source of the keys of these numbers.
func numbered(numbers ...int) collect.Named {
	f := keys()
	items := []any{}
	for _, n := range numbers {
		items = append(items, map[string]any{"id": keyNumber(n), "state": "active"})
	}
	f.result.Parts[0].Fields = map[string]any{"service_key_count": len(items), "service_keys": items}
	return okms(f)
}

func keyNumber(n int) string { return fmt.Sprintf("key-%04d", n) }

func upTo(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, 2*i)
	}
	return numbers
}

// ids are those of the keys in a folder as an assessment reads them, and the files that they are in.
func ids(t *testing.T, folder string) (all, files []string) {
	t.Helper()
	names, err := evidence.InFolder("", folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if section, isThere := doc.Lookup("/keys"); isThere {
			files = append(files, filepath.Base(name))
			list, _ := document.Lookup(section, "/service_keys")
			for _, item := range list.([]any) {
				all = append(all, item.(map[string]any)["id"].(string))
			}
		}
	}
	slices.Sort(all)
	format, _ := collecttest.Format(t)
	compiled, err := schema.Compile("evidence", format.Schema)
	if err != nil {
		t.Fatal(err)
	}
	reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}
	sets, _, err := reader.Read([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := document.Lookup(sets[0].Value, "/keys/service_keys")
	if items, _ := list.([]any); len(items) != len(all) {
		t.Errorf("an assessment reads %d keys of %d", len(items), len(all))
	}
	return all, files
}

func changed(plan *collect.Plan) (names []string) {
	for _, change := range plan.Changes {
		names = append(names, change.Path)
	}
	return names
}

func expectKeys(t *testing.T, folder string, numbers []int, files int) {
	t.Helper()
	all, names := ids(t, folder)
	var want []string
	for _, n := range slices.Sorted(slices.Values(numbers)) {
		want = append(want, keyNumber(n))
	}
	if !slices.Equal(all, want) || len(names) != files {
		t.Errorf("%d keys in %v, expected are %d in %d files", len(all), names, len(want), files)
	}
}

// note puts a comment and an owner to a key, as people do, and answers the file that it is in.
func note(t *testing.T, folder string, n int) string {
	t.Helper()
	names, err := evidence.InFolder("", folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		line := "    - id: " + keyNumber(n) + "\n"
		if strings.Contains(string(text), line) {
			noted := strings.Replace(string(text), line, "    # of the archive\n"+line+"      owner: ines\n", 1)
			if err := os.WriteFile(name, []byte(noted), 0o644); err != nil {
				t.Fatal(err)
			}
			return filepath.Base(name)
		}
	}
	t.Fatalf("there is no key %d", n)
	return ""
}

// A list that one file cannot hold is in several. None of its items is lost whatever changes, nor what people wrote of them; a key
// more or less changes one file.
func TestAListInSeveralFiles(t *testing.T) {
	collect.SetSizes(t, 9_000, 4_500)
	folder := filepath.Join(t.TempDir(), "evidence")
	plan := write(t, options(t, folder), numbered(upTo(40)...))
	expectKeys(t, folder, upTo(40), 1)
	if notes := strings.Join(plan.Reports[0].Notes, "\n"); strings.Contains(notes, " files") {
		t.Errorf("notes %s", notes)
	}
	note(t, folder, 60)

	plan = write(t, options(t, folder), numbered(upTo(120)...))
	expectKeys(t, folder, upTo(120), 3)
	if got := strings.Join(plan.Reports[0].Notes, "\n"); !strings.Contains(got, "/keys/service_keys: 120 items are more than one file of evidence holds: they are in 3 files, from keys.yaml on") {
		t.Errorf("notes %s", got)
	}
	at := note(t, folder, 200)
	if first := content(t, folder, "keys.yaml"); !strings.Contains(first, "    parts: 3\n") || strings.Count(first, "collected_at") != 1 {
		t.Errorf("the first part:\n%.800s", first)
	}
	if second := content(t, folder, "keys-2.yaml"); !strings.Contains(second, "# Part 2 of the list service_keys, which begins in keys.yaml.\nkeys:\n  source:\n    part: 2\n  service_keys:\n") {
		t.Errorf("the second part:\n%.800s", second)
	}

	more := append(slices.DeleteFunc(upTo(120), func(n int) bool { return n == 202 }), 203)
	later := options(t, folder)
	later.At = later.At.AddDate(0, 0, 1)
	plan = write(t, later, numbered(more...))
	expectKeys(t, folder, more, 3)
	if got := changed(plan); !slices.Equal(got, []string{"collected/keys.json", at, "keys.yaml"}) {
		t.Errorf("a key more and one less in %s change %v", at, got)
	}

	write(t, later, numbered(upTo(400)...))
	all, files := ids(t, folder)
	if len(all) != 400 || len(files) < 8 {
		t.Errorf("%d keys in %v", len(all), files)
	}
	for _, n := range []int{60, 200} {
		noted := "    # of the archive\n    - id: " + keyNumber(n) + "\n"
		if !slices.ContainsFunc(files, func(name string) bool {
			text := content(t, folder, name)
			return strings.Contains(text, noted) && strings.Contains(text, "owner: ines")
		}) {
			t.Errorf("what people wrote of the key %d is gone", n)
		}
	}

	write(t, later, numbered(60, 200))
	expectKeys(t, folder, []int{60, 200}, len(files))
	if plan = write(t, later, numbered(60, 200)); len(plan.Changes) > 0 {
		t.Errorf("the same again changes %v", changed(plan))
	}
}

// What could not be read again is noted in the first part; the others stay as they are.
func TestUnreadInSeveralFiles(t *testing.T) {
	collect.SetSizes(t, 9_000, 4_500)
	folder := filepath.Join(t.TempDir(), "evidence")
	write(t, options(t, folder), numbered(upTo(120)...))
	f := keys()
	f.result.Parts = nil
	f.result.Failed = map[string]error{"keys": errors.New("page 7: connection refused")}
	plan := write(t, options(t, folder), okms(f))
	if got := changed(plan); !slices.Equal(got, []string{"keys.yaml"}) || !plan.Incomplete() {
		t.Errorf("changes %v, %+v", got, plan.Reports)
	}
	expectKeys(t, folder, upTo(120), 3)
	if first := content(t, folder, "keys.yaml"); !strings.Contains(first, "not_read:") || !strings.Contains(first, "parts: 3") {
		t.Errorf("the first part:\n%.800s", first)
	}
}

// A part that is gone is an error, and nothing is written; a file of another kind keeps its name.
func TestPartsAreNotGuessed(t *testing.T) {
	collect.SetSizes(t, 9_000, 4_500)
	folder := filepath.Join(t.TempDir(), "evidence")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	const waivers = "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n"
	if err := os.WriteFile(filepath.Join(folder, "keys-2.yaml"), []byte(waivers), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, options(t, folder), numbered(upTo(120)...))
	if got := content(t, folder, "keys-2.yaml"); got != waivers {
		t.Errorf("the waivers became %s", got)
	}
	second := filepath.Join(folder, "keys-part-2.yaml")
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	_, err := collect.Prepare(run(t, numbered(upTo(120)...)), options(t, folder))
	if err == nil || !strings.Contains(err.Error(), "keys.yaml:") || !strings.Contains(err.Error(), "the section keys is in 3 files, and part 2 is not there: restore it, or collect again") {
		t.Errorf("error %v", err)
	}
}
