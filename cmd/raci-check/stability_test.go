package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/testhelp"
)

var freeze = flag.Bool("freeze", false, "write what docs/stability.md promises, as it is now: at a release, or where a promise is changed on purpose")

const howToBreak = `docs/stability.md promises that this stays. If it must go: say so in CHANGELOG.md under "Incompatible", with what to do instead,
raise the version as docs/stability.md says, and run go test ./cmd/raci-check -run TestWhatOthersBuildOnStays -freeze`

// What docs/stability.md promises is there, as lines. Another line is an addition and passes; a line that is gone was taken away or
// has another type.
func TestWhatOthersBuildOnStays(t *testing.T) {
	surface := map[string]bool{}
	add := func(format string, values ...any) { surface[fmt.Sprintf(format, values...)] = true }
	exits := exitCodes(t)
	for _, line := range exits {
		add("%s", line)
	}
	for _, command := range append([]string{""}, commands(t)...) {
		for _, name := range flagsOf(output(t, append(strings.Fields(command), "--help")...)) {
			add("flag raci-check %s %s", command, name)
		}
	}
	for name, written := range map[string]bool{
		"evidence": false, "params": false, "reference": false, "collect": false, "mapping": false, "waivers": false,
		"assessment": true, "diff": true, "forecast": true, "ndjson": true, "plan": true, "session": true, "test": true, "verification": true, "version": true,
	} {
		var form map[string]any
		testhelp.Must(t, json.Unmarshal([]byte(output(t, "schema", name)), &form))
		f := flattener{name: name, written: written, definitions: form["$defs"], add: add}
		f.walk("", form, nil)
	}
	reportSurface(t, add)
	policySurface(t, add)
	if len(surface) < 5000 {
		t.Fatalf("only %d lines: something is no longer looked at", len(surface))
	}

	file := filepath.Join("testdata", "stable", "surface.txt")
	if *freeze {
		lines := make([]string, 0, len(surface))
		for line := range surface {
			lines = append(lines, line)
		}
		slices.Sort(lines)
		testhelp.Must(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
		return
	}
	frozen, err := os.ReadFile(file)
	testhelp.Must(t, err)
	if gone := missingLines(string(frozen), surface); len(gone) > 0 {
		t.Errorf("%d lines are gone or mean something else:\n%s\n%s", len(gone), strings.Join(gone, "\n"), howToBreak)
	}
}

// missingLines are the lines of a frozen text that are not in a surface.
func missingLines(frozen string, surface map[string]bool) (gone []string) {
	for line := range strings.Lines(frozen) {
		if line = strings.TrimSuffix(line, "\n"); !surface[line] {
			gone = append(gone, line)
		}
	}
	return gone
}

// A field that is gone, has another type, is not always written or must be given is seen; a field more is not.
func TestWhatCountsAsTakenAway(t *testing.T) {
	lines := func(schema string, written bool) map[string]bool {
		surface := map[string]bool{}
		var form map[string]any
		testhelp.Must(t, json.Unmarshal([]byte(schema), &form))
		f := flattener{name: "x", written: written, definitions: form["$defs"], add: func(format string, values ...any) { surface[fmt.Sprintf(format, values...)] = true }}
		f.walk("", form, nil)
		return surface
	}
	const before = `{"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "enum": ["u", "v"]}, "b": {"type": "array", "items": {"$ref": "#/$defs/n"}}}, "$defs": {"n": {"type": "integer"}}}`
	for name, test := range map[string]struct {
		old, now      string
		written, read bool // how many lines are gone: none is right
	}{
		"nothing":            {`"a"`, `"a"`, false, false},
		"a field more":       {`"properties": {`, `"properties": {"c": {"type": "string"}, `, false, false},
		"a field less":       {`"b": {"type": "array", "items": {"$ref": "#/$defs/n"}}`, `"c": {"type": "string"}`, true, true},
		"another type":       {`"integer"`, `"number"`, true, true},
		"a type more":        {`"integer"`, `["integer", "array"], "items": {"type": "integer"}`, false, false},
		"a value less":       {`["u", "v"]`, `["u"]`, true, true},
		"a value more":       {`["u", "v"]`, `["u", "v", "w"]`, false, false},
		"it must be given":   {`"required": ["a"]`, `"required": ["a", "b"]`, false, true},
		"not always written": {`"required": ["a"]`, `"required": []`, true, false},
	} {
		after := strings.Replace(before, test.old, test.now, 1)
		for _, written := range []bool{true, false} {
			var frozen []string
			for line := range lines(before, written) {
				frozen = append(frozen, line+"\n")
			}
			wanted := test.read
			if written {
				wanted = test.written
			}
			if gone := missingLines(strings.Join(frozen, ""), lines(after, written)); (len(gone) > 0) != wanted {
				t.Errorf("%s, of a file that is written: %t; gone are %q", name, written, gone)
			}
		}
	}
}

// flattener writes the fields of a JSON Schema as lines.
type flattener struct {
	name        string
	written     bool // by the program: a field that is always there stays so. In a file that is read, a field that may be absent stays so
	definitions any
	add         func(format string, values ...any)
}

func (f flattener) walk(path string, schema any, within []string) {
	form, ok := schema.(map[string]any)
	if !ok {
		return
	}
	if reference, ok := form["$ref"].(string); ok {
		name, ours := strings.CutPrefix(reference, "#/$defs/")
		if definitions, ok := f.definitions.(map[string]any); ours && ok && !slices.Contains(within, name) {
			f.walk(path, definitions[name], append(slices.Clone(within), name))
		}
	}
	types, _ := form["type"].([]any)
	if single, ok := form["type"].(string); ok {
		types = []any{single}
	}
	for _, kind := range types {
		if kind == "object" && form["properties"] != nil || kind == "array" && form["items"] != nil { // the fields below say it
			continue
		}
		f.add("schema %s %s is %v", f.name, path, kind)
	}
	values, _ := form["enum"].([]any)
	if constant, ok := form["const"]; ok {
		values = append(values, constant)
	}
	for _, value := range values {
		f.add("schema %s %s can be %v", f.name, path, value)
	}
	required, _ := form["required"].([]any)
	properties, _ := form["properties"].(map[string]any)
	for key, below := range properties {
		always := slices.Contains(required, any(key))
		switch {
		case f.written && always:
			f.add("schema %s %s.%s is always written", f.name, path, key)
		case !f.written && !always:
			f.add("schema %s %s.%s may be absent", f.name, path, key)
		}
		f.walk(path+"."+key, below, within)
	}
	f.walk(path+"[]", form["items"], within)
	f.walk(path+".*", form["additionalProperties"], within)
	alternatives, _ := form["oneOf"].([]any)
	for _, alternative := range alternatives {
		f.walk(path, alternative, within)
	}
}

// exitCodes are the codes of some commands, as lines.
func exitCodes(t *testing.T) (lines []string) {
	t.Helper()
	for _, line := range []string{
		"assess --at 2026-11-20 --allow-past-at -q evidence/compliant",
		"assess --at 2026-11-20 --allow-past-at -q evidence/gaps",
		"assess --at 2026-11-20 --allow-past-at -q evidence/none",
		"assess --nonsense",
		"nonsense",
		"forecast --at 2026-11-20 --allow-past-at evidence/compliant",
		"verify --key cmd/raci-check/testdata/stable/publisher.pub cmd/raci-check/testdata/stable/archive.tar.gz",
		"verify cmd/raci-check/testdata/stable/archive.tar.gz",
		"self-check README.md",
		"version",
	} {
		cmd := exec.Command("raci-check", strings.Fields(line)...)
		cmd.Dir = root(t)
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("exit %d of raci-check %s", cmd.ProcessState.ExitCode(), line))
	}
	return lines
}

var flagLine = regexp.MustCompile(`(?m)^ {2,6}(?:-\w, )?--([\w-]+)`)

// flagsOf are the flags in a page of help.
func flagsOf(help string) (names []string) {
	_, list, _ := strings.Cut(help, "\nFlags:\n")
	for _, match := range flagLine.FindAllStringSubmatch(list, -1) {
		names = append(names, "--"+match[1])
	}
	return names
}

// reportSurface adds the checks, with their duty and severity, and the types of the fields of a real report.
func reportSurface(t *testing.T, add func(string, ...any)) {
	t.Helper()
	var report any
	testhelp.Must(t, json.Unmarshal([]byte(output(t, "assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json", "evidence/gaps")), &report))
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			add("report %s object", path)
			if id, severity := v["id"], v["severity"]; strings.HasSuffix(path, ".checks[]") && id != nil {
				add("check %v %v", id, severity)
			}
			if strings.HasSuffix(path, ".activities[]") {
				add("activity %v %v %v", v["id"], v["name"], v["customer"])
			}
			if strings.HasSuffix(path, "findings[].values") || strings.HasSuffix(path, ".frameworks") || strings.HasSuffix(path, ".rests_on") {
				return // their fields are names of conditions, frameworks and checks
			}
			for key, below := range v {
				walk(path+"."+key, below)
			}
		case []any:
			add("report %s array", path)
			for _, item := range v {
				walk(path+"[]", item)
			}
		case string:
			add("report %s string", path)
		case float64:
			add("report %s number", path)
		case bool:
			add("report %s boolean", path)
		}
	}
	walk("", report)
}

// policySurface adds what policies of others use: the helpers of lib with the number of their arguments, and the METADATA.
func policySurface(t *testing.T, add func(string, ...any)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), "policies", "*", "*.rego"))
	testhelp.Must(t, err)
	duties, err := filepath.Glob(filepath.Join(root(t), "policies", "okms", "*", "*.rego"))
	testhelp.Must(t, err)
	for _, file := range append(files, duties...) {
		if strings.HasSuffix(file, "_test.rego") {
			continue
		}
		source, err := os.ReadFile(file)
		testhelp.Must(t, err)
		module, err := ast.ParseModuleWithOpts(file, string(source), ast.ParserOptions{ProcessAnnotation: true})
		testhelp.Must(t, err)
		if name := module.Package.Path.String(); strings.HasPrefix(name, "data.lib") {
			for _, rule := range module.Rules {
				add("policies may use %s.%s/%d", strings.TrimPrefix(name, "data."), rule.Head.Ref(), len(rule.Head.Args))
			}
			continue
		}
		for _, annotations := range module.Annotations {
			for key := range annotations.Custom {
				add("policies may have METADATA custom.%s", key)
			}
		}
	}
}

// What a release wrote is read by every later version. The files were made by the state before the first release:
//
//	assess --at 2026-11-20 --allow-past-at --policies acme --duty backups --duty incidents -o json=report.json -o ndjson=report.ndjson
//	  --attest publisher.key evidence/gaps
//	archive -o archive.tar.gz report.json
func TestStoredReportsAreRead(t *testing.T) {
	testhelp.Long(t, "starts the program for each stored report and format")
	stored, err := filepath.Abs(filepath.Join("testdata", "stable"))
	testhelp.Must(t, err)
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	testhelp.Must(t, os.WriteFile(report, fromArchive(t, filepath.Join(stored, "archive.tar.gz"), "report.json"), 0o600))
	lines := filepath.Join(dir, "report.ndjson")
	testhelp.Must(t, os.WriteFile(lines, gunzip(t, filepath.Join(stored, "report.ndjson.gz")), 0o600))

	for _, file := range []string{report, lines} {
		for _, format := range []string{"text", "markdown", "csv", "html"} {
			if text := output(t, "render", "-o", format, file); !strings.Contains(text, "logistics-prod") {
				t.Errorf("%s as %s:\n%.500s", file, format, text)
			}
		}
	}
	now := filepath.Join(dir, "now.json")
	output(t, "assess", "--at", "2026-11-20", "--allow-past-at", "-q", "--duty", "backups", "--duty", "incidents", "-o", "json="+now, "evidence/gaps")
	if text := output(t, "diff", report, now); !strings.Contains(text, "logistics-prod") {
		t.Errorf("the difference is\n%s", text)
	}
	output(t, "assess", "--at", "2026-11-20", "--allow-past-at", "-q", "--duty", "backups", "--duty", "incidents", "--baseline", report, "evidence/gaps")

	// A later version makes the same report but for its own version, and for advice that names what it can collect. It says so with code 2.
	verify := exec.Command("raci-check", "verify", "--key", filepath.Join(stored, "publisher.pub"), "--reassess", filepath.Join(stored, "archive.tar.gz"))
	text, err := verify.Output()
	same := err == nil && strings.Contains(string(text), "the report is the same, byte for byte")
	plain := strings.Join(strings.Fields(string(text)), " ")
	onlyVersion := err != nil && verify.ProcessState.ExitCode() == 2 &&
		(strings.Contains(plain, "only the version of the program differs") || strings.Contains(plain, "only the program's advice on filling fields differs"))
	if !same && !onlyVersion {
		t.Errorf("the stored archive: %v\n%s", err, text)
	}
	for _, step := range []string{"signatures", "report", "statement", "evidence", "policies"} {
		if !regexp.MustCompile(`(?m)^  passes +` + step + ` `).Match(text) {
			t.Errorf("the stored archive does not pass %s:\n%s", step, text)
		}
	}

	// Policies that somebody wrote against the contract work with the helpers of this version.
	output(t, "test", filepath.Join(stored, "policies"))
	if text := output(t, "assess", "--at", "2026-11-20", "--allow-past-at", "--policies", filepath.Join(stored, "policies"), "--duty", "backups", "--details", "evidence/gaps"); !strings.Contains(text, "backups_acme.places_allowed") {
		t.Errorf("with the stored policies:\n%s", text)
	}
}

func gunzip(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.Open(name)
	testhelp.Must(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	testhelp.Must(t, err)
	content, err := io.ReadAll(unzipped)
	testhelp.Must(t, err)
	return content
}

// fromArchive is a file of an archive.
func fromArchive(t *testing.T, archive, name string) []byte {
	t.Helper()
	for files := tar.NewReader(strings.NewReader(string(gunzip(t, archive)))); ; {
		header, err := files.Next()
		testhelp.Must(t, err)
		if header.Name == name {
			content, err := io.ReadAll(files)
			testhelp.Must(t, err)
			return content
		}
	}
}
