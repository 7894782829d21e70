package policies_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/open-policy-agent/opa/v1/ast"
	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
)

// at is the instant that evidence/compliant is good at.
const at = "2026-11-20T00:00:00Z"

// house is everything below policies/, read from the folder that is embedded.
type house struct {
	set        *policy.Set
	activities []raci.Activity // the duties that have a policy
	catalog    *raci.Catalog
	format     *evidence.Format
	parameters *parameter.Set
	reference  map[string]any
	plan       *consistency.Plan
}

// profiles are those of the folder.
var profiles = parameter.Source{FS: os.DirFS("okms"), Shown: func(file string) string { return "okms/" + file }}

// loaded is the house of all tests, which change nothing in it: reading it takes as long as some of them.
var loaded struct {
	once  sync.Once
	house house
}

func load(t testing.TB) house {
	t.Helper()
	loaded.once.Do(func() { loaded.house = read(t) })
	if loaded.house.plan == nil {
		t.Fatal("the policies cannot be read: another test says why")
	}
	return loaded.house
}

func read(t testing.TB) house {
	t.Helper()
	root, okms := os.DirFS("."), os.DirFS("okms")
	rules, err := ruleset.Open(root, "okms")
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	data, err := os.ReadFile("okms/catalog.yaml")
	must(t, err)
	catalog, err := raci.LoadCatalog("okms/catalog.yaml", data)
	must(t, err)
	reading, err := catalog.Reading("kb0065221")
	must(t, err)
	format, err := evidence.LoadFormat(okms)
	must(t, err)
	parameters, err := profiles.Load()
	must(t, err)
	reference, err := rules.Reference()
	must(t, err)
	plan, err := rules.Consistency()
	must(t, err)
	h := house{set, nil, catalog, format, parameters, reference, plan}
	for _, activity := range reading.Activities {
		hasPolicy := slices.ContainsFunc(set.Duties, func(d policy.Duty) bool { return d.ID == activity.ID })
		if !activity.Duty() || hasPolicy {
			h.activities = append(h.activities, activity)
		}
	}
	return h
}

func (h house) engine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := rego.NewEngine(t.Context(), h.config(), 0)
	must(t, err)
	return e
}

func (h house) config() engine.Config {
	return engine.Config{
		Activities: h.activities, Policies: h.set, Parameters: h.parameters.Values(),
		Reference: h.reference, Freshness: h.format.Freshness, Consistency: h.plan,
	}
}

// compliant is the evidence that passes; its artifacts are as it says.
func (h house) compliant(t testing.TB) map[string]any {
	t.Helper()
	return h.passing(t, "compliant")
}

// good are the example sets of companies that do all that applies to them.
var good = []string{"compliant", "small", "saas"}

// passing is the evidence of a folder below evidence/ whose artifacts are as it says.
func (h house) passing(t testing.TB, folder string) map[string]any {
	t.Helper()
	set := h.readSet(t, "../evidence/"+folder)
	for _, broken := range set.Broken {
		t.Errorf("%s: %s", broken.Pointer, broken.Message)
	}
	return set.Value
}

func (h house) read(t testing.TB, folder string) map[string]any {
	t.Helper()
	return h.readSet(t, folder).Value
}

// readSet reads the one service of a folder.
func (h house) readSet(t testing.TB, folder string) *evidence.Set {
	t.Helper()
	form, err := schema.Compile("evidence", h.format.Schema)
	must(t, err)
	reader := evidence.Reader{Schema: form, Limits: document.DefaultLimits}
	sets, _, err := reader.Read([]string{folder})
	must(t, err)
	if len(sets) != 1 {
		t.Fatalf("%s holds %d services, expected one", folder, len(sets))
	}
	return sets[0]
}

// inputSchema is the schema of what policies see: evidence, and the instant.
func (h house) inputSchema(t testing.TB) any {
	t.Helper()
	root, err := h.format.Input()
	must(t, err)
	return root
}

// modules parses the shipped modules, and their tests where wanted.
func modules(t testing.TB, tests bool) map[string]*ast.Module {
	t.Helper()
	parsed := map[string]*ast.Module{}
	for _, name := range regoFiles(t) {
		if strings.HasSuffix(name, "_test.rego") && !tests {
			continue
		}
		source, err := os.ReadFile(name)
		must(t, err)
		parsed[name], err = ast.ParseModuleWithOpts(name, string(source), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		must(t, err)
	}
	return parsed
}

func regoFiles(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, folder := range []string{"lib", "okms"} {
		must(t, fs.WalkDir(os.DirFS("."), folder, func(name string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(name, ".rego") {
				names = append(names, name)
			}
			return err
		}))
	}
	return names
}

// readYAML decodes a file strictly into a value.
func readYAML(t testing.TB, name string, into any) {
	t.Helper()
	file, err := os.Open(name)
	must(t, err)
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

var must = testhelp.Must
