package program_test

import (
	"bytes"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/program"
)

func info(version, sum string, settings ...string) *debug.BuildInfo {
	b := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "example.com/raci-check", Version: version, Sum: sum}}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		b.Settings = append(b.Settings, debug.BuildSetting{Key: key, Value: value})
	}
	return b
}

func TestTheVersionIsTheMostExactOneThatIsRecorded(t *testing.T) {
	for name, test := range map[string]struct{ module, linked, want string }{
		"a folder":                       {"(devel)", "", program.Newest},
		"a test":                         {"", "", program.Newest},
		"a module of a proxy":            {"v0.3.0", "", "0.3.0"},
		"a checkout":                     {"v0.2.1-0.20261129164457-c9bf16c91234+dirty", "", "0.2.1-0.20261129164457-c9bf16c91234+dirty"},
		"the linker's flags":             {"(devel)", "1.2.3", "1.2.3"},
		"the linker's flags, a checkout": {"v0.2.1-0.20261129164457-c9bf16c91234", "1.2.3", "1.2.3"},
	} {
		if got := program.Of(info(test.module, ""), "").Version(test.linked); got != test.want {
			t.Errorf("%s: version %s, wanted %s", name, got, test.want)
		}
	}
}

func TestTheCommitOfTheLinkerIsNotTheStateOfTheFolder(t *testing.T) {
	built := info("(devel)", "", "vcs.revision=aaaa", "vcs.time=2026-11-29T16:44:57Z", "vcs.modified=true")
	source := program.Of(built, "").Source
	if source.Commit != "aaaa" || source.Time == "" || source.Changed == nil || !*source.Changed {
		t.Errorf("of the repository: %+v", source)
	}
	source = program.Of(built, "bbbb").Source
	if source.Commit != "bbbb" || source.Time != "" || source.Changed != nil {
		t.Errorf("by the linker's flags: %+v", source)
	}
}

// What speaks against building a program again; the first is what a release is built with.
func TestWhatCannotBeReproducedSaysWhy(t *testing.T) {
	release := []string{"-buildmode=exe", "-compiler=gc", "-trimpath=true", "CGO_ENABLED=0", "GOARCH=amd64", "GOOS=linux", "GOAMD64=v1"}
	commit := "c9bf16c9"
	for name, test := range map[string]struct {
		built  *debug.BuildInfo
		commit string
		says   []string // the beginnings of the reasons
	}{
		"a release":               {info("(devel)", "", release...), commit, nil},
		"a module of a proxy":     {info("v0.3.0", "h1:abc=", release...), "", nil},
		"a clean checkout":        {info("(devel)", "", slices.Concat(release, []string{"vcs.revision=c9", "vcs.modified=false"})...), "", nil},
		"a changed checkout":      {info("(devel)", "", slices.Concat(release, []string{"vcs.revision=c9", "vcs.modified=true"})...), "", []string{"vcs.modified=true"}},
		"no source":               {info("(devel)", "", release...), "", []string{"no commit"}},
		"folders of the builder":  {info("(devel)", "", "CGO_ENABLED=0"), commit, []string{"no -trimpath"}},
		"a C compiler":            {info("(devel)", "", "-trimpath=true", "CGO_ENABLED=1"), commit, []string{"CGO_ENABLED"}},
		"the race detector":       {info("(devel)", "", slices.Concat(release, []string{"-race=true"})...), commit, []string{"-race=true"}},
		"other flags":             {info("(devel)", "", slices.Concat(release, []string{"-tags=x", "-gcflags=all=-N"})...), commit, []string{"-gcflags=all=-N", "-tags=x"}},
		"no build information":    {&debug.BuildInfo{}, commit, []string{"the program has no build information", "no -trimpath", "CGO_ENABLED"}},
		"FIPS is off by default":  {info("(devel)", "", slices.Concat(release, []string{"GOFIPS140=off"})...), commit, nil},
		"a Go that is no release": {&debug.BuildInfo{GoVersion: "devel go1.27", Settings: info("", "", release...).Settings}, commit, []string{"devel go1.27"}},
	} {
		reasons := program.Of(test.built, test.commit).Against()
		if len(reasons) != len(test.says) {
			t.Errorf("%s: %q, wanted %q", name, reasons, test.says)
			continue
		}
		for i, reason := range reasons {
			if !strings.HasPrefix(reason, test.says[i]) {
				t.Errorf("%s: %q, wanted %q", name, reason, test.says[i])
			}
		}
	}
}

func TestTheJSONFormFitsItsSchema(t *testing.T) {
	form, err := jsonschema.UnmarshalJSON(bytes.NewReader(program.JSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("version.json", form); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("version.json")
	if err != nil {
		t.Fatal(err)
	}
	report := program.Report{OPA: "1.22.4", Policies: "sha256:" + strings.Repeat("0", 64), Snapshot: "raci-check snapshot 8", Formats: map[string]string{"evidence": "raci-check/v1"}}
	report.Fill(program.Of(info("v0.3.0", "h1:abc=", "vcs.revision=c9", "vcs.modified=true"), ""), "")
	var text bytes.Buffer
	if err := report.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	for content, fits := range map[string]bool{
		text.String(): true,
		strings.Replace(text.String(), `"against"`, `"because"`, 1):                false,
		strings.Replace(text.String(), `"modified": true`, `"modified": "yes"`, 1): false,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != fits {
			t.Errorf("%v:\n%s", err, content)
		}
	}
}
