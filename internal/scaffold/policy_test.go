package scaffold_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/scaffold"
	"github.com/raci-check/raci-check/policies"
)

func shipped(t testing.TB) []raci.Activity {
	t.Helper()
	data, err := fs.ReadFile(policies.FS, "okms/catalog.yaml")
	must(t, err)
	catalog, err := raci.LoadCatalog("shipped", data)
	must(t, err)
	reading, err := catalog.Reading("")
	must(t, err)
	return reading.Activities
}

// That they pass raci-check test is tried in package policytest.
func TestPolicyIsFormattedForEveryDuty(t *testing.T) {
	duties := 0
	for _, activity := range shipped(t) {
		if !activity.Duty() {
			continue
		}
		duties++
		name := activity.Name + "_x"
		files, err := scaffold.Policy(name, "okms", shipped(t))
		must(t, err)
		if len(files) != 4 {
			t.Errorf("%s has %d files", name, len(files))
		}
		for file, content := range files {
			switch filepath.Ext(file) {
			case ".rego":
				formatted, err := format.Source(file, content)
				must(t, err)
				if diff := cmp.Diff(string(formatted), string(content)); diff != "" {
					t.Errorf("%s is not formatted: %s", file, diff)
				}
				module, err := ast.ParseModuleWithOpts(file, string(content), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
				must(t, err)
				for _, annotation := range module.Annotations {
					if duty, ok := annotation.Custom["duty"]; ok && duty != activity.ID {
						t.Errorf("%s is for the duty %v", file, duty)
					}
				}
			case ".yaml":
				_, err := document.Parse(file, content, document.DefaultLimits)
				must(t, err)
			case ".json":
				if !json.Valid(content) {
					t.Errorf("%s is no JSON", file)
				}
			}
		}
	}
	if duties != 21 {
		t.Errorf("%d duties", duties)
	}
}

func TestPolicyRefusesNames(t *testing.T) {
	for name, says := range map[string]string{
		"backup_acme":                        `unknown duty "backup", did you mean "backups"?`,
		"key_managment_of_acme":              `did you mean "key_management"?`,
		"nothing_like_it":                    "raci-check duties lists the duties",
		"backups":                            "give yours a suffix, such as backups_acme",
		"service_inventory_acme":             "is the provider's",
		"backups_":                           "cannot be the name of a policy",
		"backups_test":                       "cannot be the name of a policy",
		"Backups_acme":                       "cannot be the name of a policy",
		"../backups_acme":                    "cannot be the name of a policy",
		"":                                   "cannot be the name of a policy",
		"backups_" + strings.Repeat("x", 40): "cannot be the name of a policy",
	} {
		if files, err := scaffold.Policy(name, "okms", shipped(t)); err == nil || files != nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, wanted %q in it", name, err, says)
		}
	}
	// The longest name of a duty wins.
	activities := []raci.Activity{{ID: "1", Name: "backup", Customer: "RA"}, {ID: "2", Name: "backup_devices", Customer: "RA"}}
	files, err := scaffold.Policy("backup_devices_x", "okms", activities)
	must(t, err)
	if !strings.Contains(string(files["okms/backup_devices_x/backup_devices_x.rego"]), `duty: "2"`) {
		t.Error("it is for the shorter duty")
	}
}

func TestAdd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	files := map[string][]byte{"okms/a.rego": []byte("a"), "okms/schema/a.json": []byte("b")}
	written, err := scaffold.Add(dir, files)
	must(t, err)
	if diff := cmp.Diff([]string{filepath.Join(dir, "okms", "a.rego"), filepath.Join(dir, "okms", "schema", "a.json")}, written); diff != "" {
		t.Error(diff)
	}
	must(t, os.Remove(written[0]))
	var exists *scaffold.ExistsError
	if again, err := scaffold.Add(dir, files); !errors.As(err, &exists) || exists.Path != written[1] || again != nil {
		t.Errorf("%v %v", again, err)
	}
	if _, err := os.Stat(written[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half of it was written: %v", err)
	}
	if content, err := os.ReadFile(written[1]); err != nil || string(content) != "b" {
		t.Errorf("what was there has become %q, %v", content, err)
	}
}
