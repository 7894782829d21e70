package ruleset_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

const example = "../../examples/acme"

// tree writes files into a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// archive writes entries into an archive.
func archive(t *testing.T, headers ...tar.Header) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "policies.tar.gz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zipped := gzip.NewWriter(file)
	writer := tar.NewWriter(zipped)
	for _, header := range headers {
		content := "x: 1\n"
		header.Mode = 0o644
		if header.Typeflag == 0 {
			header.Typeflag, header.Size = tar.TypeReg, int64(len(content))
		}
		if err := writer.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := writer.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(writer.Close(), zipped.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// acme answers the files of the worked example, one of them changed.
func acme(t *testing.T, change map[string][2]string) string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"okms/backups_acme/backups_acme.rego", "okms/profiles/baseline/backups_acme.yaml"} {
		content, err := os.ReadFile(filepath.Join(example, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(content)
		if pair, ok := change[name]; ok {
			files[name] = strings.ReplaceAll(files[name], pair[0], pair[1])
			if files[name] == string(content) {
				t.Fatalf("%q is not in %s", pair[0], name)
			}
		}
	}
	return tree(t, files)
}

func open(t *testing.T, added ...string) (ruleset.Ruleset, error) {
	t.Helper()
	shipped, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := shipped.With(added)
	if err != nil {
		return rules, err
	}
	return rules, rules.Verify()
}

func TestWith(t *testing.T) {
	shipped, err := open(t)
	if err != nil {
		t.Fatalf("the shipped ruleset: %v", err)
	}
	with, err := open(t, example)
	if err != nil {
		t.Fatal(err)
	}
	before, err := shipped.Policies()
	if err != nil {
		t.Fatal(err)
	}
	after, err := with.Policies()
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Checks()) != len(before.Checks())+1 {
		t.Errorf("%d checks, before %d", len(after.Checks()), len(before.Checks()))
	}
	shippedDigest, err := shipped.Digest()
	if err != nil {
		t.Fatal(err)
	}
	extendedDigest, err := with.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if shippedDigest == extendedDigest {
		t.Error("added policies do not change the digest")
	}
	var listed []string
	for _, file := range with.Added() {
		listed = append(listed, file.Path)
	}
	want := []string{
		example + "/okms/backups_acme/backups_acme.rego", example + "/okms/profiles/acme-production/backups.yaml", example + "/okms/profiles/baseline/backups_acme.yaml",
	}
	if !slices.Equal(listed, want) || len(shipped.Added()) != 0 {
		t.Errorf("listed are %v", listed)
	}
}

// Added files bring profiles, and parts of shipped ones; a catalog of its own brings all of its profiles.
func TestWithProfiles(t *testing.T) {
	const own, shipped = "okms/profiles/own/all.yaml", "okms/profiles/pci-dss-4.0.1/own.yaml"
	rules, err := open(t, example, tree(t, map[string]string{
		own:     "backup_restore_test_max_age_days: {value: 60, source: own 1}\n",
		shipped: "backup_restore_test_max_age_days: {value: 45, source: own 2}\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for profiles, want := range map[[2]string]string{
		{"own"}:                              "60 days, set by own",
		{"pci-dss-4.0.1"}:                    "45 days, set by pci-dss-4.0.1",
		{"own", "pci-dss-4.0.1"}:             "45 days, set by pci-dss-4.0.1",
		{"pci-dss-4.0.1", "acme-production"}: "30 days, set by acme-production",
		{"secnumcloud-3.2", "iso-27001"}:     "90 days, set by secnumcloud-3.2",
		{"baseline", "iso-27001"}:            "365 days, set by baseline",
	} {
		named := slices.DeleteFunc(slices.Clone(profiles[:]), func(name string) bool { return name == "" })
		set, err := rules.Parameters(named...)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := set.Find("backup_restore_test_max_age_days")
		if got := fmt.Sprintf("%v %s, set by %s", p.Value, p.Unit, p.SetBy); got != want {
			t.Errorf("%v: %s, wanted %s", named, got, want)
		}
	}

	base, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	rules, err = base.With([]string{tree(t, map[string]string{
		"mine/catalog.yaml": "{}\n", "mine/profiles/baseline/all.yaml": "{}\n", "mine/profiles/strict/all.yaml": "{}\n",
	})})
	if err != nil {
		t.Fatal(err)
	}
	if names, err := rules.Profiles().Names(); err != nil || !slices.Equal(names, []string{"baseline", "strict"}) {
		t.Errorf("profiles %v %v", names, err)
	}
}

// What would let a check pass for no reason is an error that names the file, the line and the fix.
func TestWithRefuses(t *testing.T) {
	const rego, profile, overlay = "okms/backups_acme/backups_acme.rego", "okms/profiles/baseline/backups_acme.yaml", "okms/profiles/own/all.yaml"
	shipped, err := os.ReadFile("../../policies/okms/backups/backups.rego")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		added []string
		says  string
	}{
		"nothing there":            {[]string{"nowhere"}, "no such file"},
		"an empty folder":          {[]string{t.TempDir()}, "there is no policy in it"},
		"a file":                   {[]string{filepath.Join(example, rego)}, "ends in .tar.gz"},
		"a shipped name":           {[]string{tree(t, map[string]string{"okms/backups/backups.rego": string(shipped)})}, "cannot be replaced"},
		"the same file twice":      {[]string{example, example}, "are the same file of the tree"},
		"another folder":           {[]string{tree(t, map[string]string{"acme/backups.rego": "package acme.backups\n"})}, "nothing would ask for it where it lies, in acme/"},
		"two catalogs":             {[]string{tree(t, map[string]string{"a/catalog.yaml": "", "b/catalog.yaml": ""})}, "a run can have only one"},
		"another package":          {[]string{acme(t, map[string][2]string{rego: {"package okms.backups_acme", "package acme.backups"}})}, rego + ":6: package acme.backups: nothing would ask for it"},
		"no METADATA":              {[]string{acme(t, map[string][2]string{rego: {"#   duty: 3.1.1.4\n", ""}})}, "custom.duty"},
		"a threshold nobody gives": {[]string{acme(t, map[string][2]string{profile: {"acme_backup_places", "acme_places"}})}, rego + ":10: check backups_acme.places_allowed: no profile gives the parameter acme_backup_places"},
		"a threshold not named":    {[]string{acme(t, map[string][2]string{rego: {"#   params: [acme_backup_places]\n", ""}})}, "data.params.acme_backup_places is read, and no check"},
		"a threshold without form": {[]string{acme(t, map[string][2]string{profile: {"  unit: places\n", ""}})}, "unit"},
		"an overlay's own threshold": {[]string{tree(t, map[string]string{overlay: "acme_backup_ages: {value: 1, source: x}\n"})},
			overlay + `:1:1: unknown parameter "acme_backup_ages" (profile own changes parameters of the baseline`},
		"an overlay's typo": {[]string{tree(t, map[string]string{overlay: "backup_copies_mn: {value: 4, source: x}\n"})},
			overlay + `:1:1: unknown parameter "backup_copies_mn", did you mean "backup_copies_min"?`},
		"an overlay's value of another type": {[]string{tree(t, map[string]string{overlay: "backup_copies_min: {value: [x], source: x}\n"})}, overlay + ":1:1: parameter backup_copies_min: the value is a list"},
		"an overlay that is looser":          {[]string{tree(t, map[string]string{overlay: "backup_copies_min: {value: 2, source: x}\n"})}, "give the reason in looser_because"},
		"a parameter of a shipped profile": {[]string{tree(t, map[string]string{"okms/profiles/pci-dss-4.0.1/own.yaml": "access_review_max_age_days: {value: 90, source: x}\n"})},
			"okms/profiles/pci-dss-4.0.1/access.yaml:1:1: parameter access_review_max_age_days is already given at "},
		"evidence that is not":      {[]string{acme(t, map[string][2]string{rego: {"[/backups/jobs]", "[/backups/jbos]"}})}, "the schema has no field /backups/jbos"},
		"an archive of nothing":     {[]string{archive(t)}, "there is no policy in it"},
		"an archive that leads out": {[]string{archive(t, tar.Header{Name: "../okms/x.yaml"})}, "leads outside the archive"},
		"an archive with a link":    {[]string{archive(t, tar.Header{Name: "okms/x.yaml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})}, "not a regular file"},
		"an archive with it twice":  {[]string{archive(t, tar.Header{Name: "okms/x.yaml"}, tar.Header{Name: "okms/x.yaml"})}, "is in it twice"},
		"a link in a folder":        {[]string{linked(t)}, "not a regular file"},
		"no archive":                {[]string{renamed(t)}, "cannot use these policies"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := open(t, test.added...); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, wanted %q in it", err, test.says)
			}
		})
	}
}

func linked(t *testing.T) string {
	dir := tree(t, map[string]string{"okms/README": ""})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "okms", "x.yaml")); err != nil {
		t.Skip(err)
	}
	return dir
}

func renamed(t *testing.T) string {
	return filepath.Join(tree(t, map[string]string{"x.tar.gz": "not zipped"}), "x.tar.gz")
}

func TestWithTooMany(t *testing.T) {
	files := map[string]string{}
	for i := range 2001 {
		files["okms/x"+strings.Repeat("y", i%200)+"/"+"z"+strings.Repeat("z", i/200)+".yaml"] = "x: 1\n"
	}
	if len(slices.Collect(maps.Keys(files))) <= 2000 {
		t.Fatal("too few files to try")
	}
	if _, err := open(t, tree(t, files)); !errors.Is(err, ruleset.ErrPolicies) || !strings.Contains(err.Error(), "more than 2000 files") {
		t.Errorf("%v", err)
	}
}
