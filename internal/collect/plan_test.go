package collect_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/safefile"
)

func options(t *testing.T, folder string) collect.Options {
	t.Helper()
	format, _ := collecttest.Format(t)
	return collect.Options{
		Folder: folder, Service: collect.Service{ID: request.ServiceID, Name: "payments-prod"},
		At: request.At, By: "raci-check test", Format: format,
	}
}

func run(t *testing.T, sources ...collect.Named) []collect.Outcome {
	t.Helper()
	return collect.Run(t.Context(), sources, request, nil)
}

func okms(f fake) collect.Named {
	return collect.Named{Name: "okms", Method: collect.MethodAPI, Source: f}
}

// write collects into a folder and answers the plan.
func write(t *testing.T, o collect.Options, sources ...collect.Named) *collect.Plan {
	t.Helper()
	plan, err := collect.Prepare(run(t, sources...), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Write(); err != nil {
		t.Fatal(err)
	}
	return plan
}

func content(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestANewFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "evidence")
	plan := write(t, options(t, folder), okms(keys("active", "deactivated")))
	if len(plan.Changes) != 2 || plan.Incomplete() {
		t.Fatalf("plan %+v", plan)
	}
	got := content(t, folder, "keys.yaml")
	for _, want := range []string{
		"api_version: raci-check/v1\nkind: Evidence\n", "    id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21\n    name: payments-prod\n",
		"# Collected from okms; what you add to it stays.\n", "/service_keys/*/owner",
		"    method: api\n    collected_at: 2026-11-20T09:00:00Z\n    collected_by: raci-check test\n",
		"      - source: okms\n        origin: https://api.example/keys\n        sha256: ",
		"  service_key_count: 2\n  service_keys:\n    - id: key-0\n      state: active\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("keys.yaml lacks %q:\n%s", want, got)
		}
	}
	if raw := content(t, folder, "collected/keys.json"); strings.Contains(raw, "geheim") || !strings.Contains(raw, redact.Mark) {
		t.Errorf("raw answers:\n%s", raw)
	}

	// Later, and nothing changed: one line does.
	later := options(t, folder)
	later.At = request.At.Add(time.Hour)
	plan = write(t, later, okms(keys("active", "deactivated")))
	var diff strings.Builder
	if err := plan.Diff(&diff); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(diff.String(), "\n-") + strings.Count(diff.String(), "\n+"); n != 4 || !strings.Contains(diff.String(), "+    collected_at: 2026-11-20T10:00:00Z\n") {
		t.Errorf("diff:\n%s", diff.String())
	}
}

const head = "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}}\n"

// put writes a file into a new folder.
func put(t *testing.T, name, text string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

const mixed = head + `# The register of keys.
keys:
  source: {method: export, collected_at: 2026-01-01T00:00:00Z, collected_by: me}
  service_key_count: 3
  service_keys:
    # The one that matters.
    - id: key-1
      state: active # for now
      owner: ines@example.com
      operations: [encrypt, decrypt]
    - id: by-hand
      state: destroyed
  `

func TestWhatPeopleWroteStays(t *testing.T) {
	folder := put(t, "all.yaml", mixed)
	plan := write(t, options(t, folder), okms(keys("active", "deactivated")))
	got := content(t, folder, "all.yaml")
	for _, want := range []string{
		"# The register of keys.\nkeys:", "# The one that matters.\n    - id: key-1\n", "state: deactivated # for now\n",
		"owner: ines@example.com\n", "operations: [encrypt, decrypt]\n", "    - id: key-0\n", "service_key_count: 2\n",
		"    - id: by-hand\n      state: destroyed\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("all.yaml lacks %q:\n%s", want, got)
		}
	}
	notes := strings.Join(plan.Reports[0].Notes, "\n")
	for _, want := range []string{"/keys/service_keys/by-hand: unchanged", `/keys/service_keys/key-1/state: "active" becomes "deactivated"`} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
}

// By what sources told last, what is gone from them is known from what people wrote.
func TestWhatIsGoneIsTakenAway(t *testing.T) {
	for _, noRaw := range []bool{false, true} {
		folder := t.TempDir()
		o := options(t, folder)
		o.NoRaw = noRaw
		first := keys("active", "deactivated", "active")
		first.fills = append(first.fills, "/keys/service_keys/*/curve", "/keys/service_keys/*/size")
		items := first.result.Parts[0].Fields["service_keys"].([]any)
		items[0].(map[string]any)["curve"], items[1].(map[string]any)["size"] = "P-256", 256
		write(t, o, okms(first))

		text := content(t, folder, "keys.yaml")
		text = strings.Replace(text, "- id: key-1\n", "- id: key-1\n      owner: ines # since May\n", 1)
		text = strings.Replace(text, "size: 256", "size: 128", 1)
		text += "    - id: by-hand\n"
		if err := os.WriteFile(filepath.Join(folder, "keys.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		second := keys("active", "deactivated")
		plan := write(t, o, okms(second))
		got := content(t, folder, "keys.yaml")
		if want := "  service_keys:\n    - id: by-hand\n    - id: key-0\n      state: active\n    - id: key-1\n      owner: ines # since May\n      size: 128\n      state: deactivated\n"; !strings.Contains(got, want) {
			t.Errorf("keys.yaml:\n%s", got)
		}
		notes := strings.Join(plan.Reports[0].Notes, "\n")
		for _, want := range []string{"/keys/service_keys/key-2: removed", "/keys/service_keys/key-0/curve: removed", "/keys/service_keys/by-hand: unchanged"} {
			if !strings.Contains(notes, want) {
				t.Errorf("notes lack %q:\n%s", want, notes)
			}
		}
		if strings.Contains(got, "artifact:") == noRaw || strings.Contains(content(t, folder, "collected/keys.json"), "answers") == noRaw {
			t.Errorf("no raw answers: %v, keys.yaml:\n%s", noRaw, got)
		}
	}
}

func TestStatementsAreNotOverwritten(t *testing.T) {
	for _, method := range []string{"statement", "document"} {
		folder := put(t, "keys.yaml", strings.Replace(mixed, "export", method, 1))
		before := content(t, folder, "keys.yaml")
		plan := write(t, options(t, folder), okms(keys("active", "deactivated")))
		if content(t, folder, "keys.yaml") != before || len(plan.Changes) != 0 || plan.Reports[0].Status != collect.Kept {
			t.Errorf("plan %+v", plan)
		}
		notes := strings.Join(plan.Reports[0].Notes, "\n")
		for _, want := range []string{
			`/keys/service_keys/key-1/state is "deactivated", and not "active"`, "key-0 is not written there", "/keys/service_keys/by-hand is written there, and no source has it",
		} {
			if !strings.Contains(notes, want) {
				t.Errorf("notes lack %q:\n%s", want, notes)
			}
		}
	}
}

func TestWhatIsIncompleteIsNotWritten(t *testing.T) {
	failing := keys("active")
	failing.result.Failed = map[string]error{"keys": errors.New("page 2: 503")}
	twice := keys("active", "active")
	twice.result.Parts[0].Fields["service_keys"].([]any)[1].(map[string]any)["id"] = "key-0"
	for name, sources := range map[string][]collect.Named{
		"a section fails":               {okms(failing)},
		"one of two sources fails":      {okms(keys("active")), {Name: "other", Source: fake{fills: []string{"/keys/service_keys/*/owner"}, err: errors.New("page 2: 503")}}},
		"two items with one id: page 2": {okms(twice)},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			plan := write(t, options(t, folder), sources...)
			if len(plan.Changes) != 0 || !plan.Incomplete() {
				t.Errorf("plan %+v", plan)
			}
			if reason := plan.Reports[0].Reason; !strings.Contains(reason, "page 2") && reason != "other could not be read" && !strings.Contains(reason, `two items have the id "key-0"`) {
				t.Errorf("reason %s", reason)
			}
		})
	}
}

func TestOwnersAreAddedToKeysThatAreListed(t *testing.T) {
	register := collect.Named{Name: "file", Method: collect.MethodExport, Source: fake{
		fills: []string{"/keys/service_keys/*/id", "/keys/service_keys/*/owner"},
		result: collect.Result{Parts: []collect.Part{{Section: "keys", Joins: []string{"/keys/service_keys"}, Fields: map[string]any{
			"service_keys": []any{map[string]any{"id": "key-0", "owner": "hugo"}, map[string]any{"id": "stray", "owner": "x"}},
		}}}},
	}}
	folder := t.TempDir()
	plan := write(t, options(t, folder), register, okms(keys("active", "active")))
	got := content(t, folder, "keys.yaml")
	if !strings.Contains(got, "- id: key-0\n      state: active\n      owner: hugo\n") || strings.Contains(got, "stray") || !strings.Contains(got, "method: export") {
		t.Errorf("keys.yaml:\n%s", got)
	}
	if notes := strings.Join(plan.Reports[0].Notes, "\n"); !strings.Contains(notes, "1 items of file are left out") {
		t.Errorf("notes %s", notes)
	}

	// Without the other source the section cannot be renewed: its states would look fresher than they are.
	plan = write(t, options(t, folder), register)
	if len(plan.Changes) != 0 || !strings.Contains(plan.Reports[0].Reason, "it was also read from okms, which did not run") {
		t.Errorf("plan %+v", plan)
	}

	// To a list that people keep, it adds too, and takes nothing from it.
	folder = put(t, "keys.yaml", mixed)
	write(t, options(t, folder), register)
	if got := content(t, folder, "keys.yaml"); !strings.Contains(got, "owner: ines@example.com") || !strings.Contains(got, "- id: by-hand") || strings.Contains(got, "hugo") {
		t.Errorf("keys.yaml:\n%s", got)
	}
}

func TestWhatIsNoEvidenceIsNotWritten(t *testing.T) {
	folder := t.TempDir()
	_, err := collect.Prepare(run(t, okms(keys("ACTIVE"))), options(t, folder))
	if err == nil || !strings.Contains(err.Error(), "nothing was written") || !strings.Contains(err.Error(), "keys.yaml:") {
		t.Errorf("err = %v", err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestFoldersThatCannotBeCollectedInto(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"no service yet": {strings.Replace(head, "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", placeholder.ServiceID, 1),
			"keys.yaml:3:26: the zeros stand for an id that is not known yet: `raci-check init --service-id 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21 "},
		"another service":  {strings.Replace(head, "7d0c", "8d0c", 1), "keys.yaml:3:26: this file is about another service"},
		"malformed YAML":   {"keys: [", "keys.yaml:1:"},
		"an unknown field": {head + "keyz: {}\n", `did you mean "keys"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collect.Prepare(run(t, okms(keys("active"))), options(t, put(t, "keys.yaml", test.text)))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

// What assess reads in a folder, collect finds there: else a section would come to stand in two files.
func TestFilesAreFoundAsAssessFindsThem(t *testing.T) {
	for _, name := range []string{"keys.yaml", "Keys.YML", "k.YAML", "other name [1].yml"} {
		folder := put(t, name, mixed)
		plan, err := collect.Prepare(run(t, okms(keys("active"))), options(t, folder))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var changed []string
		for _, change := range plan.Changes {
			if !strings.HasPrefix(change.Path, collect.Raw+"/") {
				changed = append(changed, change.Path)
			}
		}
		if len(changed) != 1 || changed[0] != name {
			t.Errorf("%s holds the section, and the plan changes %q", name, changed)
		}
	}
	for _, name := range []string{".keys.yaml", "keys.yaml.bak", "keys.json"} {
		plan, err := collect.Prepare(run(t, okms(keys("active"))), options(t, put(t, name, mixed)))
		if err != nil || !slices.ContainsFunc(plan.Changes, func(change safefile.Change) bool { return change.Path == "keys.yaml" && change.Before == nil }) {
			t.Errorf("%s is taken for evidence, or: %v", name, err)
		}
	}
}

func TestAFileThatChangesMeanwhileIsNotOverwritten(t *testing.T) {
	folder := put(t, "keys.yaml", mixed)
	plan, err := collect.Prepare(run(t, okms(keys("active"))), options(t, folder))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "keys.yaml"), []byte(mixed+"# more\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := plan.Write(); err == nil || !strings.Contains(err.Error(), "changed while") {
		t.Errorf("err = %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}

// A text that nobody can see does not come into evidence as it is, and is no reason to write none.
func TestHostileTexts(t *testing.T) {
	for _, id := range []string{"a\u202eb", "yes", "0x10", "1e3", "- x", "a: b", "# c", "null", "2026-01-01", "<<", "*a", "&a", "!a", "%a", "@a", "\ttab", "line\nbreak", "12:30:45"} {
		folder := t.TempDir()
		source := keys("active")
		source.result.Parts[0].Fields["service_keys"].([]any)[0].(map[string]any)["id"] = id
		write(t, options(t, folder), okms(source))
		if got := content(t, folder, "keys.yaml"); strings.Contains(got, "\u202e") {
			t.Errorf("%q:\n%s", id, got)
		}
		if plan := write(t, options(t, folder), okms(source)); len(plan.Changes) != 0 {
			t.Errorf("%q is not read as it is written: %s", id, plan.Changes[0].After)
		}
	}
}

// Who knows at first hand is believed before an overview, whichever is named first; what only the overview tells is taken.
func TestFirstHandIsBelieved(t *testing.T) {
	overview := keys("active")
	overview.fills = append(overview.fills, "/keys/service_keys/*/deactivation_reason")
	overview.result.Parts[0].SecondHand = true
	item := overview.result.Parts[0].Fields["service_keys"].([]any)[0].(map[string]any)
	item["deactivation_reason"] = "superseded"
	central := collect.Named{Name: "ovhcloud", Method: collect.MethodAPI, Source: overview}
	for name, sources := range map[string][]collect.Named{"first": {central, okms(keys("deactivated"))}, "last": {okms(keys("deactivated")), central}} {
		folder := filepath.Join(t.TempDir(), "evidence")
		plan := write(t, options(t, folder), sources...)
		if got := content(t, folder, "keys.yaml"); !strings.Contains(got, "state: deactivated\n") || !strings.Contains(got, "deactivation_reason: superseded\n") {
			t.Errorf("the overview comes %s:\n%s", name, got)
		}
		if notes := strings.Join(plan.Reports[0].Notes, "\n"); !strings.Contains(notes, `ovhcloud says "active", which differs from a source that takes precedence, "deactivated"`) {
			t.Errorf("the overview comes %s: %s", name, notes)
		}
	}
}

// exported is a source that read a file.
func exported(file string, service collect.Service) collect.Named {
	result := keys("active").result
	result.Parts[0].Answers = []collect.Answer{{Origin: file, Body: []any{}}}
	result.Service = service
	return collect.Named{Name: "terraform", Method: collect.MethodExport, Source: fake{fills: keys("active").fills, result: result}}
}

// read_from tells nothing of the layout of the machine.
func TestReadFromIsRelative(t *testing.T) {
	root := t.TempDir()
	for file, want := range map[string]string{
		filepath.Join(root, "work", "evidence", "exports", "state.json"): "exports/state.json",
		filepath.Join(root, "work", "state.json"):                        "../state.json",
		filepath.Join(root, "work", "exports", "state.json"):             "../exports/state.json",
		filepath.Join(root, "other", "state.json"):                       "state.json",
		filepath.Join(root, "state.json"):                                "state.json",
		"/srv/of/somebody/state.json":                                    "state.json",
	} {
		folder := filepath.Join(root, "work", "evidence")
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		write(t, options(t, folder), exported(file, collect.Service{}))
		for _, name := range []string{"keys.yaml", "collected/keys.json"} {
			got := content(t, folder, name)
			if strings.Contains(got, root) || strings.Contains(got, "somebody") {
				t.Errorf("%s: %s tells the layout of the machine:\n%s", file, name, got)
			}
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s lacks %s:\n%s", file, name, want, got)
			}
		}
		if got := content(t, folder, "keys.yaml"); !strings.Contains(got, "origin: "+want+"\n") && !strings.Contains(got, `origin: "`+want+"\"\n") {
			t.Errorf("%s: expected the origin %s:\n%s", file, want, got)
		}
	}
}

// Name and region of the domain are those that people gave, then those that sources told.
func TestTheDomainIsDescribed(t *testing.T) {
	service := collect.Service{Name: "told", Region: "EU_WEST_GRA"} // as the account's API spells it
	folder := filepath.Join(t.TempDir(), "evidence")
	o := options(t, folder)
	write(t, o, exported("state.json", service))
	if got := content(t, folder, "keys.yaml"); !strings.Contains(got, "    name: payments-prod\n    region: eu-west-gra\n") {
		t.Errorf("with a name:\n%s", got)
	}
	o.Folder, o.Service.Name = filepath.Join(t.TempDir(), "evidence"), ""
	write(t, o, exported("state.json", service))
	if got := content(t, o.Folder, "keys.yaml"); !strings.Contains(got, "    name: told\n    region: eu-west-gra\n") {
		t.Errorf("without a name:\n%s", got)
	}
	o.Folder, service.Region = filepath.Join(t.TempDir(), "evidence"), "Region 7"
	write(t, o, exported("state.json", service))
	if got := content(t, o.Folder, "keys.yaml"); strings.Contains(got, "region:") {
		t.Errorf("a region that is none:\n%s", got)
	}
}

func TestRawAnswersArePrivate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "evidence")
	write(t, options(t, folder), okms(keys("active")))
	info, err := os.Stat(filepath.Join(folder, "collected", "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		t.Errorf("the mode is %o", mode)
	}
}

// Without raw answers nothing proves that the service has a name that looks like a placeholder: one that no check reads is left out, and
// what a check reads is said. The name of the domain is left out in any case: no section keeps an answer of it.
func TestPlaceholdersWithoutRawAnswers(t *testing.T) {
	list, err := placeholder.New(map[string]any{"placeholders": []any{"todo"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, noRaw := range []bool{false, true} {
		folder := t.TempDir()
		o := options(t, folder)
		o.NoRaw, o.Placeholders, o.Service.Name = noRaw, list, ""
		source := keys("active", "active")
		source.fills = append(source.fills, "/keys/service_keys/*/name")
		items := source.result.Parts[0].Fields["service_keys"].([]any)
		items[0].(map[string]any)["name"], items[1].(map[string]any)["id"] = "TODO", "todo"
		source.result.Service.Name = "Todo"
		plan := write(t, o, okms(source))
		got, notes := content(t, folder, "keys.yaml"), strings.Join(plan.Reports[0].Notes, "\n")
		// The fake source has no reader: what is kept of it is never read again.
		if strings.Contains(got, "TODO") || strings.Contains(got, "Todo") || !strings.Contains(got, "id: todo") {
			t.Errorf("without raw answers %v:\n%s", noRaw, got)
		}
		for _, want := range []string{`/keys/service_keys/*/name "TODO" looks like a placeholder and is left out`, `/keys/service_keys/*/id "todo" looks like a placeholder, which assess refuses`} {
			if !strings.Contains(notes, want) {
				t.Errorf("the notes lack %q:\n%s", want, notes)
			}
		}
	}
}
