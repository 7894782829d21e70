package ruleset_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

func withSnapshot(t *testing.T, fsys fs.FS, data string) ruleset.Ruleset {
	t.Helper()
	rules, err := ruleset.Open(fsys, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	rules, err = rules.WithSnapshot(data)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func isCompiled(t *testing.T, rules ruleset.Ruleset) bool {
	t.Helper()
	set, err := rules.Compiled()
	if err != nil {
		t.Fatal(err)
	}
	return set.Compiled
}

func TestSnapshotIsUsedForItsSourcesOnly(t *testing.T) {
	shipped := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(policies.FS, name)
		shipped[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !isCompiled(t, withSnapshot(t, shipped, policies.Snapshot)) {
		t.Fatal("the snapshot is not used for its own sources")
	}
	for name, data := range map[string]string{
		"another format": strings.Replace(policies.Snapshot, "snapshot 8", "snapshot 7", 1),
		"another OPA":    strings.Replace(policies.Snapshot, "\x061.", "\x069.", 1),
	} {
		if data == policies.Snapshot {
			t.Fatalf("%s: nothing was changed", name)
		}
		if isCompiled(t, withSnapshot(t, shipped, data)) {
			t.Errorf("the snapshot with %s is used", name)
		}
	}
	for _, name := range []string{"okms/backups/backups.rego", "lib/time.rego", "okms/schema/backups.json", "okms/profiles/baseline/backups.yaml"} {
		plain := shipped[name]
		shipped[name] = &fstest.MapFile{Data: append([]byte("\n"), plain.Data...)}
		if isCompiled(t, withSnapshot(t, shipped, policies.Snapshot)) {
			t.Errorf("the snapshot is used although %s has changed", name)
		}
		shipped[name] = plain
	}
}

func TestSnapshotIsWhatTheFilesSay(t *testing.T) {
	sources, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	_, want, err := sources.Form()
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := withSnapshot(t, policies.FS, policies.Snapshot).Form()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	described, err := sources.Described()
	if err != nil {
		t.Fatal(err)
	}
	read, err := withSnapshot(t, policies.FS, policies.Snapshot).Described()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(described, read); diff != "" {
		t.Errorf("the described form differs (-files +compiled):\n%s", diff)
	}
	for _, profile := range []string{"baseline", "pci-dss-4.0.1"} {
		want, err := sources.Parameters(profile)
		if err != nil {
			t.Fatal(err)
		}
		got, err := withSnapshot(t, policies.FS, policies.Snapshot).Parameters(profile)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.All(), got.All()); diff != "" {
			t.Errorf("parameters of %s differ (-files +compiled):\n%s", profile, diff)
		}
	}
}
