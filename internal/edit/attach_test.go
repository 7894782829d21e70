package edit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/attach"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/waiver"
)

const stated = `sites:
  source: {method: statement} # by me
  sites: []
`

func upload(desk *edit.Desk, name, content string) error {
	_, err := attachTo(desk, "sites", "", name, strings.NewReader(content))
	return err
}

// attachTo receives a file and attaches it.
func attachTo(desk *edit.Desk, section, at, name string, content io.Reader) (*attach.Attached, error) {
	received, err := edit.Receive(context.Background(), name, content)
	if err != nil {
		return nil, err
	}
	defer received.Discard()
	return desk.Attach(section, at, received)
}

func TestNamesOfUploads(t *testing.T) {
	folder := folderOf(t, map[string]string{"sites.yaml": stated})
	before := tree(t, folder)
	desk := deskOn(t, folder)
	for _, name := range []string{
		"", ".", "..", "../a.txt", "/etc/passwd", `..\a.txt`, `C:\fakepath\a.txt`, "a/b.txt", "a\x00.txt", "a\n.txt", "a\u202etxt.exe", ".hidden", "-rf", "a.txt ", "a.txt.", "a:b.txt",
		"con", "CON.txt", "nul.json", "Com1.txt", "lpt9", "COM¹.txt", "aux .txt", "\xff.txt", strings.Repeat("a", 201), strings.Repeat("é", 101), "a\u2028b.txt", "a?.txt", "a*.txt", "a|b", "<a>", `"a"`,
		"sites.yaml", "a.yml",
	} {
		if err := upload(desk, name, "The doors are shut.\n"); err == nil || strings.Contains(err.Error(), os.TempDir()+"/raci-check-") || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%q: %v", name, err)
		}
		if changed := differences(before, tree(t, folder)); len(changed) > 0 {
			t.Fatalf("%q: %v were changed", name, changed)
		}
	}
	for _, name := range []string{"Gemeinsamer Bericht (2).txt", "rapport-été.csv", "console.txt", strings.Repeat("a", 196) + ".txt"} {
		if err := upload(desk, name, "The doors are shut: "+name+"\n"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if after := tree(t, folder); after["exports/"+name] == "" || !strings.Contains(after["sites.yaml"], name) {
			t.Errorf("%q: there are %v", name, differences(before, after))
		}
	}
}

func TestUploadsAreBounded(t *testing.T) {
	folder := folderOf(t, map[string]string{"sites.yaml": stated})
	before := tree(t, folder)
	_, err := attachTo(deskOn(t, folder), "sites", "", "a.bin", endless{})
	var larger *safefile.LimitError
	if !errors.As(err, &larger) || larger.Limit != attach.MaxFile {
		t.Errorf("%v", err)
	}
	broken := io.MultiReader(strings.NewReader("The doors"), failing{})
	if _, err := attachTo(deskOn(t, folder), "sites", "", "a.txt", broken); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(err.Error(), "a.txt: ") {
		t.Errorf("%v", err)
	}
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("%v were changed", changed)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnAttachedFileIsTakenBack(t *testing.T) {
	ctx := context.Background()
	folder := folderOf(t, map[string]string{"sites.yaml": stated, "people.yaml": people})
	states := []map[string]string{tree(t, folder)}
	desk := deskOn(t, folder)
	for i, name := range []string{"a.txt", "b.txt", "b.txt"} { // attached, replaced by another, and by another of its name
		testhelp.Must(t, upload(desk, name, fmt.Sprintf("The doors are shut %d.\n", i)))
		states = append(states, tree(t, folder))
	}
	if text := states[1]["sites.yaml"]; !strings.Contains(text, "  source: {method: statement, artifact: {path: exports/a.txt, sha256: ") || !strings.Contains(text, "}} # by me\n") {
		t.Errorf("%s", text)
	}
	for i := len(states) - 2; i >= 0; i-- {
		_, err := desk.Undo(ctx)
		testhelp.Must(t, err)
		if changed := differences(states[i], tree(t, folder)); len(changed) > 0 {
			t.Errorf("in state %d, %v differ", i, changed)
		}
	}
	for i := 1; i < len(states); i++ {
		_, err := desk.Redo(ctx)
		testhelp.Must(t, err)
		if changed := differences(states[i], tree(t, folder)); len(changed) > 0 {
			t.Errorf("redone to state %d, %v differ", i, changed)
		}
	}
}

func TestAnAttachedFileIsTakenBackBesideWhatSomebodyElseChanged(t *testing.T) {
	ctx := context.Background()
	folder := folderOf(t, map[string]string{"sites.yaml": stated})
	desk := deskOn(t, folder)
	testhelp.Must(t, upload(desk, "a.txt", "The doors are shut.\n"))
	somebody(t, folder, "sites.yaml", "sites: []", "sites: [{id: Lille}] # mine")
	now := tree(t, folder)
	_, err := desk.Undo(ctx)
	testhelp.Must(t, err)
	after := tree(t, folder)
	if want := top + strings.Replace(stated, "sites: []", "sites: [{id: Lille}] # mine", 1); after["sites.yaml"] != want || len(after) != 1 {
		t.Errorf("%v", after)
	}
	_, err = desk.Redo(ctx)
	testhelp.Must(t, err)
	if changed := differences(now, tree(t, folder)); len(changed) > 0 {
		t.Errorf("redone, %v differ", changed)
	}
	somebody(t, folder, "sites.yaml", "exports/a.txt", "exports/b.txt")
	var conflict *edit.ConflictError
	if _, err := desk.Undo(ctx); !errors.As(err, &conflict) || conflict.Pointer != "/sites/source/artifact" {
		t.Errorf("%v", err)
	}
}

// A file that was attached and is another by now is not removed, nothing is written over it, and the evidence does not name it for what it is not.
func TestAStoredFileThatSomebodyElseChanged(t *testing.T) {
	ctx := context.Background()
	folder := folderOf(t, map[string]string{"sites.yaml": stated})
	desk := deskOn(t, folder)
	before := tree(t, folder)
	testhelp.Must(t, upload(desk, "a.txt", "The doors are shut.\n"))
	attached := tree(t, folder)
	stored := filepath.Join(folder, "exports/a.txt")
	refused := func(move func(context.Context) (edit.Saved, error)) {
		t.Helper()
		testhelp.Put(t, stored, "The doors are open.\n")
		now := tree(t, folder)
		var other *edit.StoredError
		if _, err := move(ctx); !errors.As(err, &other) || !strings.HasSuffix(other.File, "exports/a.txt") {
			t.Errorf("%v", err)
		}
		if changed := differences(now, tree(t, folder)); len(changed) > 0 {
			t.Errorf("%v were changed", changed)
		}
	}
	refused(desk.Undo)
	testhelp.Must(t, os.Remove(stored)) // gone: there is nothing to remove
	_, err := desk.Undo(ctx)
	testhelp.Must(t, err)
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("undone, %v differ", changed)
	}
	testhelp.Put(t, stored, attached["exports/a.txt"])
	testhelp.Must(t, os.Remove(stored))
	refused(desk.Redo)
}

func TestAStoredFileThatIsNamedElsewhereStays(t *testing.T) {
	ctx := context.Background()
	folder := folderOf(t, map[string]string{"sites.yaml": stated, "people.yaml": people})
	desk := deskOn(t, folder)
	before := tree(t, folder)
	testhelp.Must(t, upload(desk, "a.txt", "The doors are shut.\n"))
	somebody(t, folder, "people.yaml", "people:\n", "people:\n  source: {artifact: {path: exports/a.txt, sha256: "+strings.Repeat("0", 64)+"}}\n")
	_, err := desk.Undo(ctx)
	testhelp.Must(t, err)
	after := tree(t, folder)
	if after["exports/a.txt"] == "" || after["sites.yaml"] != before["sites.yaml"] {
		t.Errorf("%v", after)
	}
	_, err = desk.Redo(ctx)
	testhelp.Must(t, err)
	testhelp.Put(t, filepath.Join(folder, "exports", "a.txt"), "Somebody else's.\n")
	somebody(t, folder, "people.yaml", "exports/a.txt", "exports/b.txt")
	_, err = desk.Undo(ctx)
	testhelp.Must(t, err)
	if text := tree(t, folder)["exports/a.txt"]; text != "Somebody else's.\n" {
		t.Errorf("%q", text)
	}
}

// Many people, and two programs, save at once: nothing that was saved is lost.
func TestManySaveAtOnce(t *testing.T) {
	text := "people:\n  people:\n"
	for i := range 40 {
		text += fmt.Sprintf("    - id: p%d # number %d\n      name: N\n", i, i)
	}
	folder := folderOf(t, map[string]string{"people.yaml": text})
	desks := []*edit.Desk{deskOn(t, folder), deskOn(t, folder)}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			change := edit.Change{Section: "people", Pointer: fmt.Sprintf("/people/people/%d/name", i), Value: fmt.Sprint("Name ", i), Was: "N"}
			for {
				_, err := desks[i%2].Save(context.Background(), []edit.Change{change})
				var locked *safefile.LockedError
				if errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	all.Wait()
	want := top + text
	for i := range 40 {
		want = strings.Replace(want, "name: N\n", fmt.Sprintf("name: Name %d\n", i), 1)
	}
	if now := tree(t, folder); now["people.yaml"] != want || len(now) != 1 {
		t.Errorf("%v", now)
	}
}

func TestWaive(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	w := waiver.Waiver{
		Check: "backups.immutable_copy", Service: "c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214", Pointers: []string{"/backups/jobs/0", "/backups/jobs/1"},
		Reason: "the new storage comes: in spring\r\nor in summer", RequestedBy: "a@x.example", ApprovedBy: "b@x.example", ApprovedOn: day, ExpiresOn: day.AddDate(0, 3, 0), AcceptsMissing: true,
	}
	folder := example(t, "gaps")
	desk := deskOn(t, folder)
	before := tree(t, folder)
	desk.Checks = append(desk.Checks, "control_panel_access.password_length", "service_logs.archive_protected", "capacity.use_below_limits")
	saved, err := desk.Waive(context.Background(), w)
	testhelp.Must(t, err)
	want := before["waivers.yaml"] + `  - check: backups.immutable_copy
    service: c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214
    pointers: [/backups/jobs/0, /backups/jobs/1]
    reason: |-
      the new storage comes: in spring
      or in summer
    requested_by: a@x.example
    approved_by: b@x.example
    approved_on: 2026-11-01
    expires_on: 2027-02-01
    accepts_missing: true
`
	if text := tree(t, folder)["waivers.yaml"]; text != want || len(saved.Files) != 1 || saved.Pointers[0] != "/waivers/3" {
		t.Errorf("%+v\n%s", saved, text)
	}
	w.Check = "backups.immutable_copies"
	if _, err := desk.Waive(context.Background(), w); err == nil || !strings.Contains(err.Error(), `did you mean "backups.immutable_copy"?`) {
		t.Errorf("%v", err)
	}
	w.Check, w.Reason = "backups.immutable_copy", "short"
	if _, err := desk.Waive(context.Background(), w); err == nil || !strings.Contains(err.Error(), "waivers.yaml:") {
		t.Errorf("%v", err)
	}
	if text := tree(t, folder)["waivers.yaml"]; text != want {
		t.Errorf("it was changed:\n%s", text)
	}
}

// The mapping that reads an artifact reads the next one too, or another one that the program has does.
func TestAnUploadThatItsMappingDoesNotRead(t *testing.T) {
	folder := example(t, "compliant")
	desk := deskOn(t, folder)
	before := tree(t, folder)
	_, err := attachTo(desk, "backups", "", "report.json", strings.NewReader(`{"doors": [1, 2, 3]}`))
	if err == nil || strings.Contains(err.Error(), "--") || !strings.Contains(err.Error(), "mappings/backup-report.yaml reads the file that is here now: upload an export of the same kind") {
		t.Errorf("%v", err)
	}
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("%v were changed", changed)
	}
	export, err := os.ReadFile(filepath.Join("..", "..", "mappings", "testdata", "restic-snapshots.json"))
	testhelp.Must(t, err)
	attached, err := attachTo(desk, "backups", "", "restic-snapshots.json", strings.NewReader(string(export)))
	testhelp.Must(t, err)
	if attached.Mapping == "" || !strings.Contains(tree(t, folder)["backups.yaml"], attached.Mapping) {
		t.Errorf("%+v", attached)
	}
	_, err = desk.Undo(context.Background())
	testhelp.Must(t, err)
	if changed := differences(before, tree(t, folder)); len(changed) > 0 {
		t.Errorf("undone, %v differ", changed)
	}
}

func TestAWaiverThatIsSavedAgainIsChanged(t *testing.T) {
	folder := example(t, "gaps")
	desk := deskOn(t, folder)
	desk.Checks = append(desk.Checks, "control_panel_access.password_length", "service_logs.archive_protected", "capacity.use_below_limits")
	before := tree(t, folder)["waivers.yaml"]
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	w := waiver.Waiver{
		Check: "backups.immutable_copy", Pointers: []string{"/backups/jobs/1", "/backups/jobs/0"}, Reason: "the new storage comes in spring",
		RequestedBy: "a@x.example", ApprovedBy: "b@x.example", ApprovedOn: day, ExpiresOn: day.AddDate(0, 3, 0), AcceptsMissing: true,
	}
	save := func(want string, files int) {
		t.Helper()
		saved, err := desk.Waive(context.Background(), w)
		testhelp.Must(t, err)
		if text := tree(t, folder)["waivers.yaml"]; text != before+want || len(saved.Files) != files {
			t.Errorf("%+v\n%s", saved, strings.TrimPrefix(text, before))
		}
	}
	first := `  - check: backups.immutable_copy
    pointers: [/backups/jobs/1, /backups/jobs/0]
    reason: the new storage comes in spring
    requested_by: a@x.example
    approved_by: b@x.example
    approved_on: 2026-11-01
    expires_on: 2027-02-01
    accepts_missing: true
`
	save(first, 1)
	save(first, 0)
	slices.Sort(w.Pointers) // the same findings
	w.Service = "C41F9D7E-6b0d-4f37-9d52-80a7a3f6e214"
	w.Reason, w.ExpiresOn, w.AcceptsMissing = "the new storage comes in summer", day.AddDate(0, 6, 0), false
	second := strings.NewReplacer("spring", "summer", "2027-02-01", "2027-05-01", "    accepts_missing: true\n", "").Replace(first)
	save(second, 1)
	_, err := desk.Undo(context.Background())
	testhelp.Must(t, err)
	if text := tree(t, folder)["waivers.yaml"]; text != before+first {
		t.Errorf("undone:\n%s", text)
	}
	save(second, 1)
	third := "  - check: backups.immutable_copy\n    reason: the new storage comes in summer\n    requested_by: a@x.example\n    approved_by: b@x.example\n    approved_on: %s\n    expires_on: %s\n"
	w.Pointers, w.Service = nil, "" // of all findings, which is more than was accepted
	whole := fmt.Sprintf(third, "2026-11-01", "2027-05-01")
	save(second+whole, 1)
	w.ApprovedOn, w.ExpiresOn = day.AddDate(0, 7, 0), day.AddDate(0, 8, 0) // the one before has ended by then, and stays
	save(second+whole+fmt.Sprintf(third, "2027-06-01", "2027-07-01"), 1)
}
