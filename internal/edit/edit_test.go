package edit_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/waiver"
	"github.com/raci-check/raci-check/mappings"
)

// deskOn is a desk on a folder of evidence, with the shipped form.
func deskOn(t testing.TB, folder string) *edit.Desk {
	t.Helper()
	format, err := evidence.LoadFormat(os.DirFS("../../policies/okms"))
	testhelp.Must(t, err)
	root, err := format.Describe()
	testhelp.Must(t, err)
	form, err := schema.Compile("evidence", format.Schema)
	testhelp.Must(t, err)
	return &edit.Desk{
		Folder: folder, Form: root, Shipped: mappings.FS, Checks: []string{"backups.immutable_copy"},
		Reader: &evidence.Reader{Schema: form, Limits: document.DefaultLimits},
	}
}

// example is a copy of an example of evidence.
func example(t testing.TB, name string) string {
	t.Helper()
	folder := t.TempDir()
	testhelp.Must(t, os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "evidence", name))))
	return folder
}

// tree is what lies below a folder.
func tree(t testing.TB, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	testhelp.Must(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		files[filepath.ToSlash(name)] = string(content)
		return err
	}))
	return files
}

// differences are the names of files that are not the same.
func differences(a, b map[string]string) []string {
	var names []string
	for name := range a {
		if b[name] != a[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, is := a[name]; !is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestSave(t *testing.T) {
	folder := example(t, "gaps")
	before := tree(t, folder)
	desk := deskOn(t, folder)
	saved, err := desk.Save(context.Background(), []edit.Change{
		{Section: "backups", Pointer: "/backups/jobs/0/copies/0/immutable_days", Value: json.Number("30"), Was: json.Number("14")},
		{Section: "account", Pointer: "/account/users/0/mfa", Value: "totp", Was: "webauthn"},
	})
	testhelp.Must(t, err)
	if !slices.Equal(saved.Files, []string{"account.yaml", "backups.yaml"}) || len(saved.Pointers) != 2 {
		t.Errorf("%+v", saved)
	}
	after := tree(t, folder)
	if changed := differences(before, after); !slices.Equal(changed, saved.Files) {
		t.Errorf("changed were %v", changed)
	}
	want := strings.Replace(before["backups.yaml"], "immutable_days: 14", "immutable_days: 30", 1)
	if after["backups.yaml"] != want {
		t.Errorf("backups.yaml is\n%s", after["backups.yaml"])
	}
	if !desk.CanUndo() || desk.CanRedo() {
		t.Error("there is no step")
	}
	_, err = desk.Undo(context.Background())
	testhelp.Must(t, err)
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("undone, these differ: %v", changed)
	}
	_, err = desk.Redo(context.Background())
	testhelp.Must(t, err)
	if !maps.Equal(after, tree(t, folder)) {
		t.Error("redone, it is not as before")
	}
}

func TestANewSectionGetsItsFile(t *testing.T) {
	folder := example(t, "small")
	before := tree(t, folder)
	desk := deskOn(t, folder)
	if value, err := desk.Value("assurance"); err != nil || value != edit.Absent {
		t.Fatal(value, err)
	}
	saved, err := desk.Save(context.Background(), []edit.Change{
		{Section: "assurance", Pointer: "/assurance/source/method", Value: "statement", Was: edit.Absent},
		{Section: "assurance", Pointer: "/assurance/source/collected_at", Value: "2026-11-17T08:30:00Z", Was: edit.Absent},
		{Section: "assurance", Pointer: "/assurance/records/0", Value: map[string]any{"document": "ISO", "activities": []any{"2.1.1"}}, Was: edit.Absent},
		{Section: "assurance", Pointer: "/assurance/records/-", Value: map[string]any{"document": "SOC", "valid_until": "2027-01-01", "activities": []any{"2.1.1"}}, Was: edit.Absent},
	})
	testhelp.Must(t, err)
	t.Log(saved, tree(t, folder)["assurance.yaml"])
	_, err = desk.Undo(context.Background())
	testhelp.Must(t, err)
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("undone, these differ: %v", changed)
	}
}

func TestWaiveAndAttach(t *testing.T) {
	folder := example(t, "compliant")
	before := tree(t, folder)
	desk := deskOn(t, folder)
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	_, err := desk.Waive(context.Background(), waiver.Waiver{
		Check: "backups.immutable_copy", Reason: "the new storage comes in spring", RequestedBy: "a@x.example", ApprovedBy: "b@x.example",
		ApprovedOn: day, ExpiresOn: day.AddDate(0, 3, 0),
	})
	testhelp.Must(t, err)
	t.Log(tree(t, folder)["waivers.yaml"])
	attached, err := attachTo(desk, "incidents", "/incidents/plan", "report.txt", strings.NewReader("On 2026-11-02 nobody was harmed.\n"))
	testhelp.Must(t, err)
	t.Log(attached.Place, differences(before, tree(t, folder)))
	for desk.CanUndo() {
		_, err = desk.Undo(context.Background())
		testhelp.Must(t, err)
	}
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("undone, these differ: %v", changed)
	}
}

func TestConflict(t *testing.T) {
	folder := example(t, "gaps")
	desk := deskOn(t, folder)
	before := tree(t, folder)
	_, err := desk.Save(context.Background(), []edit.Change{{Section: "account", Pointer: "/account/users/0/mfa", Value: "totp", Was: "sms"}})
	var conflict *edit.ConflictError
	if !errors.As(err, &conflict) || conflict.Is != "webauthn" || conflict.Place.Line == 0 {
		t.Errorf("%v", err)
	}
	if !maps.Equal(before, tree(t, folder)) {
		t.Error("it was written")
	}
}
