package scaffold_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/scaffold"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

// The tables that are imported, with what their files do not say.
var tables = map[string]struct{ file, id, customer string }{
	"okms":       {"../../testdata/okms-raci.txt", "okms_again", ""},
	"kubernetes": {"../../testdata/raci/managed-kubernetes.txt", "managed_kubernetes", ""},
	"storage":    {"../../testdata/raci/object-storage.md", "objektspeicher", "Kunde"},
}

var must = testhelp.Must

func options(t testing.TB, id, file string) scaffold.Options {
	t.Helper()
	lib, err := fs.Sub(policies.FS, "lib")
	must(t, err)
	return scaffold.Options{ID: id, File: filepath.Base(file), Date: "2026-11-20", Lib: lib}
}

func read(t testing.TB, file, customer string) *raci.Table {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	table, err := scaffold.Read(file, bytes.NewReader(data), customer)
	must(t, err)
	return table
}

// parse reads a table written in a test.
func parse(t testing.TB, rows string) *raci.Table {
	t.Helper()
	table, err := scaffold.Read("t.md", strings.NewReader("# T\n## 1. A\n| Activity | Customer | P |\n|---|---|---|\n"+rows), "")
	must(t, err)
	return table
}

func catalog(t testing.TB, files map[string][]byte, id string) *raci.Catalog {
	t.Helper()
	loaded, err := raci.LoadCatalog("catalog.yaml", files[id+"/catalog.yaml"])
	must(t, err)
	return loaded
}

func TestImportOfTheShippedTableGivesTheShippedActivities(t *testing.T) {
	data, err := fs.ReadFile(policies.FS, "okms/catalog.yaml")
	must(t, err)
	shipped, err := raci.LoadCatalog("shipped", data)
	must(t, err)
	strip := func(c *raci.Catalog) []raci.Activity {
		activities := slices.Clone(c.Activities)
		for i := range activities {
			activities[i].Name, activities[i].AskProvider, activities[i].NotApplicable = "", nil, ""
		}
		return activities
	}
	for _, file := range []string{tables["okms"].file, "../../../shared/spec/KB0065221.txt"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
				t.Skip("it lies beside the checkout and is not here")
			}
			files, err := scaffold.Import(read(t, file, ""), options(t, "okms", file))
			must(t, err)
			imported := catalog(t, files, "okms")
			if diff := cmp.Diff(strip(shipped), strip(imported)); diff != "" {
				t.Error(diff)
			}
			if imported.Title != shipped.Title || imported.Provider != shipped.Provider {
				t.Errorf("title %q, provider %q", imported.Title, imported.Provider)
			}
			if text := string(files["okms/catalog.yaml"]); strings.Count(text, "# line ") != 13 {
				t.Error("the 13 rows that lost a cell are not marked in the catalog")
			}
		})
	}
}

func TestImportGivesARulesetThatHoldsTogether(t *testing.T) {
	for name, test := range tables {
		t.Run(name, func(t *testing.T) {
			table := read(t, test.file, test.customer)
			files, err := scaffold.Import(table, options(t, test.id, test.file))
			must(t, err)
			again, err := scaffold.Import(read(t, test.file, test.customer), options(t, test.id, test.file))
			must(t, err)
			if diff := cmp.Diff(files, again); diff != "" {
				t.Errorf("two runs differ: %s", diff)
			}

			rules := open(t, files, test.id)
			must(t, rules.Verify())
			loaded, _, err := rules.Catalog()
			must(t, err)
			set, err := rules.Policies()
			must(t, err)
			wanted := map[string]bool{test.id + "/catalog.yaml": true, test.id + "/reference.yaml": true,
				test.id + "/profiles/baseline/_shared.yaml": true, test.id + "/schema/_root.json": true}
			var duties, checked []string
			for i, activity := range loaded.Activities {
				row := table.Rows[i]
				if activity.ID != row.ID || activity.Title != row.Title || activity.Customer != row.Customer || activity.Provider != row.Provider {
					t.Errorf("%+v is not %+v", activity, row)
				}
				if len(activity.Name) > 40 {
					t.Errorf("%s is longer than 40 characters", activity.Name)
				}
				if !activity.Duty() {
					if len(activity.AskProvider) != 1 || !strings.Contains(activity.AskProvider[0], activity.Title) {
						t.Errorf("%s asks for %q", activity.ID, activity.AskProvider)
					}
					continue
				}
				duties = append(duties, activity.ID+" "+activity.Name)
				for _, pattern := range []string{"%s/schema/%s.json", "%s/%[2]s/%[2]s.rego", "%s/%[2]s/%[2]s_test.rego"} {
					wanted[fmt.Sprintf(pattern, test.id, activity.Name)] = true
				}
			}
			for _, duty := range set.Duties {
				checked = append(checked, duty.ID+" "+duty.Name)
				if len(duty.Checks) != 1 || duty.Checks[0].ID != duty.Name+".written" {
					t.Errorf("%s has the checks %+v", duty.Name, duty.Checks)
				}
			}
			slices.Sort(duties)
			slices.Sort(checked)
			if diff := cmp.Diff(duties, checked); diff != "" {
				t.Errorf("duties and policies: %s", diff)
			}
			for file := range files {
				if !wanted[file] && !strings.HasPrefix(file, "lib/") {
					t.Errorf("%s is a file that nobody wants", file)
				}
				delete(wanted, file)
			}
			if len(wanted) > 0 {
				t.Errorf("not there: %v", wanted)
			}
			proveRego(t, rules, files)
			judge(t, rules, files, test.id)
		})
	}
}

// open opens the files as a ruleset.
func open(t testing.TB, files map[string][]byte, id string) ruleset.Ruleset {
	t.Helper()
	tree := fstest.MapFS{}
	for name, data := range files {
		tree[name] = &fstest.MapFile{Data: data}
	}
	rules, err := ruleset.Open(tree, id)
	must(t, err)
	return rules
}

// proveRego checks the policies against what the shipped ones are checked against.
func proveRego(t *testing.T, rules ruleset.Ruleset, files map[string][]byte) {
	t.Helper()
	all, shipped := map[string]*ast.Module{}, map[string]*ast.Module{}
	for name, source := range files {
		if filepath.Ext(name) != ".rego" {
			continue
		}
		formatted, err := format.Source(name, source)
		must(t, err)
		if diff := cmp.Diff(string(source), string(formatted)); diff != "" {
			t.Errorf("%s is not formatted: %s", name, diff)
		}
		module, err := ast.ParseModuleWithOpts(name, string(source), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		must(t, err)
		// These read sections and reference data of OKMS, which no other ruleset has; policies/rego_test.go tests them.
		switch helper, _, _ := strings.Cut(strings.TrimSuffix(name, ".rego"), "_test"); helper {
		case "lib/addresses", "lib/streams", "lib/places", "lib/reference":
			continue
		}
		all[name] = module
		if !strings.HasSuffix(name, "_test.rego") {
			shipped[name] = module.Copy()
		}
	}
	form, err := rules.Format()
	must(t, err)
	root, err := form.Input()
	must(t, err)
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, root)
	compiler := ast.NewCompiler().WithStrict(true).WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	if compiler.Compile(shipped); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}

	parameters, err := rules.Parameters("baseline")
	must(t, err)
	store := inmem.NewFromObject(map[string]any{"params": parameters.Values(), "reference": map[string]any{}})
	txn, err := store.NewTransaction(t.Context(), storage.TransactionParams{})
	must(t, err)
	defer store.Abort(t.Context(), txn)
	coverage := cover.New()
	strict := ast.NewCompiler().WithStrict(true)
	results, err := tester.NewRunner().SetCompiler(strict).SetStore(store).SetModules(all).SetCoverageQueryTracer(coverage).RaiseBuiltinErrors(true).
		RunTests(t.Context(), txn)
	must(t, err)
	ran := 0
	for result := range results {
		ran++
		if !result.Pass() {
			t.Errorf("%v: %s.%s failed (%v)", result.Location, result.Package, result.Name, result.Error)
		}
	}
	set, err := rules.Policies()
	must(t, err)
	if ran < 5*len(set.Duties) {
		t.Errorf("%d tests ran for %d duties", ran, len(set.Duties))
	}
	for name, report := range coverage.Report(all).Files {
		for _, gap := range report.NotCovered {
			t.Errorf("%s:%d-%d: no test reaches these lines", name, gap.Start.Row, gap.End.Row)
		}
	}
}

// judge assesses a service: without evidence every duty is missing, with all of it every duty passes, and with a document
// that is dated later every duty fails.
func judge(t *testing.T, rules ruleset.Ruleset, files map[string][]byte, id string) {
	t.Helper()
	const header = "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: x-1}}\n"
	// sha256 of the text of how.txt
	const source = "{method: document, collected_at: 2026-11-19T00:00:00Z, collected_by: x, artifact: {path: how.txt, sha256: eca1c3369db0901c61f2211fa5a693e5a92f050577b14fb2f51f26080fbff1f8}}"
	section := regexp.MustCompile(`^` + id + `/schema/([^_].*)\.json$`)
	filled := header
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if match := section.FindStringSubmatch(name); match != nil {
			filled += match[1] + ":\n  source: " + source + "\n  written_on: 2026-11-01\n"
		}
	}
	for _, test := range []struct {
		evidence string
		status   verdict.Status
	}{
		{header, verdict.Missing},
		{filled, verdict.Pass},
		{strings.ReplaceAll(filled, "  written_on: 2026-11-01\n", ""), verdict.Missing},
		{strings.ReplaceAll(filled, "written_on: 2026-11-01", `written_on: ""`), ""},
		{strings.ReplaceAll(filled, ", artifact: {path: how.txt", ", artifact: {path: other.txt"), verdict.Missing},
		{strings.ReplaceAll(filled, "collected_at: 2026-11-19", "collected_at: 2026-08-01"), verdict.Missing},
		{strings.ReplaceAll(filled, "written_on: 2026-11-01", "written_on: 2026-11-21"), verdict.Fail},
		{strings.ReplaceAll(filled, "eca1c336", "00000000"), verdict.Fail},
	} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "e.yaml"), []byte(test.evidence), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "how.txt"), []byte("Every duty is met as written here.\n"), 0o644))
		result, err := assess.Run(t.Context(), rules, assess.Options{
			Paths: []string{dir}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Profiles: []string{"baseline"},
		})
		if test.status == "" {
			if err == nil {
				t.Error("an empty date was read")
			}
			continue
		}
		must(t, err)
		duties := 0
		for _, activity := range result.Services[0].Activities {
			switch {
			case activity.Status == verdict.Inherited:
			case activity.Status != test.status:
				t.Errorf("%s %s is %s, wanted is %s: %+v", activity.ID, activity.Name, activity.Status, test.status, activity)
			default:
				duties++
			}
		}
		if duties == 0 {
			t.Error("nothing was judged")
		}
	}
}

func TestNames(t *testing.T) {
	for title, want := range map[string]string{
		"Manage backups": "manage_backups",
		"Choose service location aligned with location of Instances":                       "choose_service_location_aligned_location",
		"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft": "donaudampfschifffahrtselektrizitaetenhau",
		"Größe & Straße":         "groesse_strasse",
		"Gro\u0308ße":            "groesse",
		"Accès à l’échéance":     "acces_lecheance",
		"Don't":                  "dont",
		"24/7 standby":           "activity_24_7_standby",
		"备份":                     "activity_1_1",
		"The":                    "the",
		"Run the restore test":   "run_restore_test_duty",
		"Import":                 "import_duty",
		"Count":                  "count_duty",
		"Data":                   "data_duty",
		"Metadata":               "metadata_duty",
		"{{ .Template }} and %s": "template_s",
	} {
		files, err := scaffold.Import(parse(t, "| "+title+" | RA | |\n"), options(t, "x", "t.md"))
		must(t, err)
		if got := catalog(t, files, "x").Activities[0].Name; got != want {
			t.Errorf("%s is called %s, wanted is %s", title, got, want)
		}
	}
	long := strings.Repeat("abcdefg ", 5) + "abcd"
	files, err := scaffold.Import(parse(t, strings.Repeat("| "+long+" | RA | |\n", 11)+"| Same 2 | RA | |\n| Same | RA | |\n| Same | RA | |\n"), options(t, "x", "t.md"))
	must(t, err)
	var got []string
	for _, activity := range catalog(t, files, "x").Activities {
		if len(activity.Name) > 40 {
			t.Errorf("%s is too long", activity.Name)
		}
		got = append(got, activity.Name)
	}
	want := []string{"same_2", "same", "same_3"}
	if !slices.Equal(got[11:], want) || got[10] != "abcdefg_abcdefg_abcdefg_abcdefg_11" {
		t.Errorf("names %v", got)
	}
}

func TestTitlesStayAsTheyAre(t *testing.T) {
	for _, title := range []string{
		`"quoted"`, `back\slash \n`, "a: b # c", "- list", "[x]", "{y}", "*a &b !c", "no", "null", "~", "1.0", "%s {{.}} ${x}",
		"zero\u200bwidth", "\U000e0001 tag", "🗑", "'", "# METADATA", "é e\u0301",
	} {
		table := parse(t, "| "+strings.ReplaceAll(title, "*", "x")+" | RA | |\n")
		table.Title, table.Provider, table.Rows[0].Title = title, title, title
		table.Rows[0].Headings = []raci.Heading{{Number: "1", Title: title}}
		files, err := scaffold.Import(table, options(t, "x", title))
		must(t, err)
		c := catalog(t, files, "x")
		a := c.Activities[0]
		if c.Title != title || c.Provider != title || a.Title != title || a.Phase.Title != title {
			t.Errorf("%q became %+v", title, c)
		}
		set, err := open(t, files, "x").Policies()
		must(t, err)
		if set.Duties[0].Title != title {
			t.Errorf("%q became %q", title, set.Duties[0].Title)
		}
		must(t, open(t, files, "x").Verify())
	}
}

func TestImportRefuses(t *testing.T) {
	table := parse(t, "| Keep | RA | |\n")
	for id, says := range map[string]string{
		"": "cannot name a package", "X": "cannot", "a-b": "cannot", "../a": "cannot", "1a": "cannot", "a_test": "cannot",
		strings.Repeat("a", 41): "cannot", "lib": "another meaning", "params": "another meaning", "import": "another meaning",
		"data": "another meaning", "count": "another meaning",
	} {
		if files, err := scaffold.Import(table, options(t, id, "t.md")); err == nil || !strings.Contains(err.Error(), says) || files != nil {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if _, err := scaffold.Import(parse(t, "| Keep | | RA |\n"), options(t, "x", "t.md")); err == nil || !strings.Contains(err.Error(), "nothing to check") {
		t.Errorf("a table without duties: %v", err)
	}
	without := options(t, "x", "t.md")
	without.Lib = fstest.MapFS{}
	if _, err := scaffold.Import(table, without); err == nil {
		t.Error("a ruleset without helpers was made")
	}
}

func TestReadRefusesMalformedTables(t *testing.T) {
	head := "1. A\n| Activity | Customer | P |\n|---|---|---|\n"
	for name, test := range map[string]struct{ text, says string }{
		"bytes that are no text":   {head + "| x \xff | RA | |\n", "t.txt:4: the line is not plain text"},
		"UTF-16":                   {"1\x00.\x00", "t.txt:1: the line is not plain text"},
		"an unknown role":          {head + "| x | RB | |\n", "t.txt:4: activity 1.1"},
		"another customer heading": {strings.Replace(head, "Customer", "Client", 1) + "| x | RA | |\n", `t.txt:2: the second column must have`},
		"no table":                 {"hello\n", "t.txt:1: no activity found"},
		"too large":                {strings.Repeat("x\n", 5<<20), "larger than"},
	} {
		_, err := scaffold.Read("t.txt", strings.NewReader(test.text), "")
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadTakesTheHeadingOfTheCustomersColumn(t *testing.T) {
	for name, text := range map[string]string{
		"t.txt":      "\ufeff1. A\r\n| Activity | Client | P |\r\n|---|---|---|\r\n| Client | RA |\r\n",
		"t.md":       "\ufeff## 1. A\n\n| **Activity** | **client** | **P** |\n|---|---|---|\n| Client | RA | |\n",
		"t.MARKDOWN": "## 1. A\n| Activity | Customer | P |\n|---|---|---|\n| Client | RA | |\n",
	} {
		table, err := scaffold.Read(name, strings.NewReader(text), "Client")
		must(t, err)
		if len(table.Rows) != 1 || table.Rows[0].Title != "Client" || table.Provider != "P" || (len(table.Warnings) == 1) != (name == "t.txt") {
			t.Errorf("%s: %+v", name, table)
		}
	}
}

func TestIDOf(t *testing.T) {
	for file, want := range map[string]string{
		"a/okms-raci.txt": "okms_raci", "Object Storage.md": "object_storage", "2024.txt": "service_2024", "备份.md": "service", "-": "service",
	} {
		if got := scaffold.IDOf(file); got != want {
			t.Errorf("%s suggests %q, wanted is %q", file, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	files := map[string][]byte{"x/catalog.yaml": []byte("a"), "x/schema/_root.json": []byte("b"), "lib/lib.rego": []byte("c")}
	listed := func(dir string) (names []string) {
		must(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				names = append(names, strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(dir)+"/"))
			}
			return err
		}))
		return names
	}
	dir := filepath.Join(t.TempDir(), "new", "rules")
	write := func(id string, files map[string][]byte) ([]string, error) { return scaffold.Write(dir, id, files) }
	written, err := write("x", files)
	must(t, err)
	if len(written) != 3 {
		t.Errorf("written are %v", written)
	}
	if diff := cmp.Diff([]string{"lib/lib.rego", "x/catalog.yaml", "x/schema/_root.json"}, listed(dir)); diff != "" {
		t.Error(diff)
	}
	written, err = write("y", map[string][]byte{"y/catalog.yaml": nil, "lib/lib.rego": []byte("c")})
	must(t, err)
	if diff := cmp.Diff([]string{"y/catalog.yaml"}, written); diff != "" {
		t.Error(diff)
	}

	var exists *scaffold.ExistsError
	if _, err := write("x", map[string][]byte{"x/new.rego": nil}); !errors.As(err, &exists) || exists.Path != filepath.Join(dir, "x") {
		t.Errorf("a folder that is there: %v", err)
	}
	if _, err := write("z", map[string][]byte{"z/new.rego": nil, "lib/lib.rego": []byte("d")}); !errors.As(err, &exists) {
		t.Errorf("other helpers: %v", err)
	}
	// A file where a folder must be: what was written before it is taken back.
	broken := map[string][]byte{"z/a": nil, "z/a/b": nil}
	if _, err := write("z", broken); err == nil {
		t.Error("a file became a folder")
	}
	if got := listed(dir); len(got) != 4 {
		t.Errorf("after the refusals there are %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "z")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("z was left behind: %v", err)
	}
}

// Whatever stands in a table that can be read, its policies load.
func FuzzImport(f *testing.F) {
	f.Add("Manage backups", "A", "OVHcloud")
	f.Add("\u202e_\u2028 \"x\": #", "備 {{.}}", "Ä")
	f.Add("Some_test", "x\ty", "*P*")
	f.Fuzz(func(t *testing.T, title, heading, provider string) {
		text := fmt.Sprintf("# %s\n## 1. %s\n| Activity | Customer | %s |\n|---|---|---|\n| %s | RA | |\n| %s | AI | RA |\n| %s | | RA |\n",
			title, heading, provider, title, title, title)
		table, err := scaffold.Read("t.md", strings.NewReader(text), "")
		if err != nil {
			return
		}
		files, err := scaffold.Import(table, options(t, "x", "t.md"))
		if err != nil {
			if strings.Contains(err.Error(), "nothing to check") {
				return
			}
			t.Fatal(err)
		}
		activities := catalog(t, files, "x").Activities
		for i, row := range table.Rows {
			if activities[i].Title != row.Title {
				t.Errorf("%q became %q", row.Title, activities[i].Title)
			}
		}
		must(t, open(t, files, "x").Verify())
		for name, source := range files {
			if filepath.Ext(name) == ".rego" && strings.HasPrefix(name, "x/") {
				if formatted, err := format.Source(name, source); err != nil || !bytes.Equal(formatted, source) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}
