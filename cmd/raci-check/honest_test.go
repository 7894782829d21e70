package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

// run is what the program prints in the checkout, and its exit code.
func run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("raci-check", args...)
	var out, complaints bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = root(t), &out, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), complaints.String(), cmd.ProcessState.ExitCode()
}

// report is what the tests here read of a report.
type report struct {
	Services []struct {
		Activities []struct {
			Checks []struct{ ID, Status, Reason string }
		}
		Waivers []struct{ Check, State, Note string }
	}
}

func (r report) statuses() map[string]string {
	statuses := map[string]string{}
	for _, service := range r.Services {
		for _, activity := range service.Activities {
			for _, check := range activity.Checks {
				statuses[check.ID] = check.Status
			}
		}
	}
	return statuses
}

func assessed(t *testing.T, code int, args ...string) report {
	t.Helper()
	out, complaints, got := run(t, append([]string{"assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json"}, args...)...)
	if got != code {
		t.Fatalf("assess %v exits %d, expected %d: %s", args, got, code, complaints)
	}
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A small company that does all that applies to it passes, and can say so in 400 lines. What it does not have does not apply.
func TestTheSmallCompanyPasses(t *testing.T) {
	lines := 0
	testhelp.Must(t, filepath.WalkDir(filepath.Join(root(t), "evidence", "small"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		lines += bytes.Count(data, []byte("\n"))
		return err
	}))
	if lines == 0 || lines > 400 {
		t.Errorf("evidence/small has %d lines of YAML, expected 1 to 400", lines)
	}
	statuses := assessed(t, 0, "--strict", "evidence/small").statuses()
	counts := map[string]int{}
	for id, status := range statuses {
		counts[status]++
		if status != "pass" && status != "not_applicable" {
			t.Errorf("%s: %s", id, status)
		}
	}
	if counts["pass"] < 150 || counts["not_applicable"] < 30 {
		t.Errorf("%v: expected are most checks to apply, and those of what the company does not have not to", counts)
	}
	for _, id := range []string{
		"kmip_migration.moved_protected", "import_export.imports_protected", "management_infrastructure.hosts_maintained",
		"management_infrastructure.clients_scoped", "management_infrastructure.state_protected",
	} {
		if statuses[id] != "not_applicable" {
			t.Errorf("%s is %q, expected not_applicable", id, statuses[id])
		}
	}
}

// skeleton is init's, with every comment that holds a field made a field, as a person does it. The first line is for editors.
func skeleton(t *testing.T) (folder string, files []string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "skeleton")
	if _, complaints, code := run(t, "init", folder, "--without", "kmip"); code != 0 {
		t.Fatal(complaints)
	}
	if _, complaints, code := run(t, "init", folder); code != 0 { // what was left out
		t.Fatal(complaints)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	testhelp.Must(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		testhelp.Must(t, err)
		first, below, _ := strings.Cut(string(data), "\n")
		if first != "# yaml-language-server: $schema=evidence.schema.json" {
			t.Errorf("%s begins with %s", file, first)
		}
		below = regexp.MustCompile(`(?m)^# `).ReplaceAllString(below, "")
		testhelp.Must(t, os.WriteFile(file, []byte(first+"\n"+below), 0o600))
	}
	return folder, files
}

// Each file of the skeleton is YAML when its fields are no comments any more, and nothing but the placeholders is wrong with it.
func TestSkeletonHasOnlyPlaceholders(t *testing.T) {
	testhelp.Long(t, "starts the program for each file of the skeleton")
	_, files := skeleton(t)
	if len(files) < 30 {
		t.Fatalf("the skeleton has %d files", len(files))
	}
	placeholders := 0
	for _, path := range files {
		out, complaints, code := run(t, "assess", "--at", "2026-02-01", "--allow-past-at", path)
		if code != 2 || out != "" {
			t.Errorf("%s: exit code %d, expected 2", filepath.Base(path), code)
		}
		for line := range strings.Lines(complaints) {
			if !strings.Contains(line, "is a placeholder, no value: ") && !strings.Contains(line, "more errors follow") {
				t.Errorf("%s", line)
			}
			placeholders++
		}
	}
	if placeholders < 500 {
		t.Errorf("%d placeholders are refused", placeholders)
	}
}

// With examples in place of facts, and without the texts that nothing is an example of, the skeleton shows nothing.
func TestNoCheckPassesOnTheSkeleton(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	testhelp.Must(t, err)
	format, err := rules.Format()
	testhelp.Must(t, err)
	form, err := format.Describe()
	testhelp.Must(t, err)
	folder, placeholders := t.TempDir(), 0
	for _, section := range form.Sections() {
		text := "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}}\n" + form.Fragment("/"+section, evidence.Layout{})
		placeholders += strings.Count(text, "…")
		doc, err := document.Parse(section, []byte(text), document.DefaultLimits)
		testhelp.Must(t, err)
		encoded, err := json.Marshal(filled(doc.Value()))
		testhelp.Must(t, err)
		testhelp.Must(t, os.WriteFile(filepath.Join(folder, section+".yaml"), encoded, 0o600))
	}
	if placeholders < 100 {
		t.Errorf("the skeleton has %d placeholders", placeholders)
	}
	for id, status := range assessed(t, 1, folder).statuses() {
		if status == "pass" || status == "waived" {
			t.Errorf("%s: %s on the skeleton without its placeholders", id, status)
		}
	}
}

// filled is a value without its placeholders, and without what then is empty; nil for nothing.
func filled(value any) any {
	switch v := value.(type) {
	case string:
		if strings.Contains(v, "…") {
			return nil
		}
	case map[string]any:
		for key, below := range v {
			if v[key] = filled(below); v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		var all []any
		for _, item := range v {
			if item = filled(item); item != nil {
				all = append(all, item)
			}
		}
		if all == nil {
			return nil
		}
		return all
	}
	return value
}

// Waivers for everything do not replace evidence: those of critical checks are rejected unless they accept what is missing.
func TestEvidenceCannotBeWaivedAway(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "nothing")
	if _, complaints, code := run(t, "init", "--service-id", "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", folder); code != 0 {
		t.Fatal(complaints)
	}
	people := `api_version: raci-check/v1
kind: Evidence
metadata: {service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}}
people:
  source: {method: document, collected_at: 2026-11-16T08:00:00Z, collected_by: ada}
  person_count: 2
  people:
    - {id: ada, name: Ada, logins: [ada], addresses: [ada@house.example], employer: House, role: director, active_from: 2020-01-01}
    - {id: bea, name: Bea, logins: [bea], addresses: [bea@house.example], employer: House, role: engineer, active_from: 2020-01-01}
`
	testhelp.Must(t, os.WriteFile(filepath.Join(folder, "people.yaml"), []byte(people), 0o600))
	missing := assessed(t, 1, folder).statuses()
	write := func(more string) string {
		var text strings.Builder
		text.WriteString("api_version: raci-check/v1\nkind: Waivers\nwaivers:\n")
		for id, status := range missing {
			if status == "missing" || status == "fail" {
				fmt.Fprintf(&text, "  - {check: %s, reason: we have not looked, requested_by: bea, approved_by: ada, approved_on: 2026-11-01, expires_on: 2027-01-31%s}\n", id, more)
			}
		}
		file := filepath.Join(t.TempDir(), "waivers.yaml")
		testhelp.Must(t, os.WriteFile(file, []byte(text.String()), 0o600))
		return file
	}
	// So many waivers do not apply at all, unless a parameter allows it.
	for _, w := range assessed(t, 1, "--waivers", write(", accepts_missing: true"), folder).Services[0].Waivers {
		if w.State != "rejected" || !strings.Contains(w.Note, "waived_checks_max_percent") {
			t.Errorf("%s is %s: %s", w.Check, w.State, w.Note)
		}
	}
	parameters := filepath.Join(t.TempDir(), "parameters.yaml")
	testhelp.Must(t, os.WriteFile(parameters, []byte("api_version: raci-check/v1\nkind: Parameters\nparameters: {waived_checks_max_percent: 100}\n"), 0o600))
	blind := assessed(t, 1, "--params", parameters, "--waivers", write(""), folder)
	waived, rejected := 0, 0
	for _, status := range blind.statuses() {
		if status == "waived" {
			waived++
		}
	}
	for _, w := range blind.Services[0].Waivers {
		if w.State != "rejected" {
			continue
		}
		rejected++
		if w.Note != "it covers missing evidence of a critical check, which needs accepts_missing: true" {
			t.Errorf("%s: %s", w.Check, w.Note)
		}
		if status := blind.statuses()[w.Check]; status != "missing" && status != "fail" {
			t.Errorf("%s is %s, though its waiver is rejected", w.Check, status)
		}
	}
	if waived < 100 || rejected < 5 {
		t.Errorf("%d waived, %d rejected", waived, rejected)
	}
	assessed(t, 0, "--params", parameters, "--waivers", write(", accepts_missing: true"), folder)
}
