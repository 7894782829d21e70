package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// byHand are the variables that .ci/run does not set, each with what it changes: no test runs only where it is set.
var byHand = map[string]string{
	"RACI_CHECK_SCREENSHOTS": "a folder where pictures of pages stay",
	"RACI_CHECK_LARGE":       "more keys than CI has time for, in a test that runs with fewer",
}

var (
	lookups  = regexp.MustCompile(`os\.(?:Getenv|LookupEnv)\("(RACI_CHECK_\w+)"\)|Variable += "(RACI_CHECK_\w+)"`)
	tags     = regexp.MustCompile(`(?m)^//go:build (.*)$`)
	platform = regexp.MustCompile(`^!?(linux|darwin|windows|unix)( (&&|\|\|) !?(linux|darwin|windows|unix))*$`)
)

// A test that waits for a variable runs in CI: .ci/run sets each of them, and runs the command of the README, which knows none. No
// other switch hides a test.
func TestCISetsEverySwitchOfTests(t *testing.T) {
	run, err := os.ReadFile("../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	switches := map[string]bool{}
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != ".." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		isTest := strings.HasSuffix(path, "_test.go") || filepath.Base(filepath.Dir(path)) == "testhelp"
		if entry.IsDir() || !isTest || filepath.Ext(path) != ".go" || entry.Name() == "switches_test.go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range lookups.FindAllSubmatch(text, -1) {
			switches[string(match[1])+string(match[2])] = true
		}
		for _, match := range tags.FindAllSubmatch(text, -1) {
			if !platform.Match(match[1]) {
				t.Errorf("%s is built only with %s, which CI does not give", path, match[1])
			}
		}
		if strings.Contains(string(text), "testing.Short()") {
			t.Errorf("%s looks at -short: say testhelp.Long, which CI knows", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range switches {
		isSet := regexp.MustCompile(`(?m)^export ` + name + `=1$|^export [A-Z_ ]*\b` + name + `\b`).Match(run)
		if _, isByHand := byHand[name]; isSet == isByHand {
			t.Errorf("%s: set by .ci/run: %t, listed as set by hand: %t; one of the two is expected", name, isSet, isByHand)
		}
	}
	for name := range byHand {
		if !switches[name] {
			t.Errorf("%s: no test looks at it", name)
		}
	}
	for _, name := range []string{"RACI_CHECK_LONG", "RACI_CHECK_VALIDATORS"} {
		if !switches[name] {
			t.Errorf("%s is not found in the tests: this test is blind", name)
		}
	}
	tests := strings.Index(string(run), " -- bash -c \"$command -json -vet=off\"\n")
	for _, setting := range []string{"\nexport RACI_CHECK_LONG=1\n", "\nexport RACI_CHECK_VALIDATORS=1\n"} {
		if at := strings.Index(string(run), setting); tests < 0 || at < 0 || at > tests {
			t.Errorf(".ci/run runs the command of the README without %s", strings.TrimSpace(setting))
		}
	}
}
