package source_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/collect/reread"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/verdict"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var must = testhelp.Must

// What a kind declares to fill is there to be filled, and its options can be flags and fields of collect.yaml.
func TestKinds(t *testing.T) {
	_, root := collecttest.Format(t)
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, kind := range source.All {
		if !name.MatchString(kind.Name) || kind.Short == "" || kind.Method != collect.MethodAPI && kind.Method != collect.MethodExport {
			t.Errorf("kind %+v", kind)
		}
		for _, option := range kind.Options {
			if !name.MatchString(option.Name) || option.Name == "source" || option.Usage == "" || redact.Secret(option.Name) {
				t.Errorf("%s: option %+v", kind.Name, option)
			}
		}
		if !slices.IsSorted(kind.Fills) && len(slices.Compact(slices.Sorted(slices.Values(kind.Fills)))) != len(kind.Fills) {
			t.Errorf("%s fills a field twice", kind.Name)
		}
		for _, pointer := range kind.Fills {
			form := root
			for _, step := range strings.Split(pointer, "/")[1:] {
				if step == "*" {
					form = form.Items
				} else {
					form = form.Properties.Forms[step]
				}
				if form == nil {
					t.Errorf("%s: the schema has no %s", kind.Name, pointer)
					break
				}
				form = root.Resolve(form)
			}
			if form != nil && (form.Type == "object" || form.Type == "array" && root.Resolve(form.Items).Type == "object") {
				t.Errorf("%s: %s is no leaf", kind.Name, pointer)
			}
		}
	}
}

func collected(t *testing.T, config, folder string) {
	t.Helper()
	c, err := collect.ReadConfig(config, source.All)
	must(t, err)
	plan := collecttest.Plan(t, c, at, folder)
	if plan.Incomplete() {
		t.Fatalf("incomplete: %+v", plan.Reports)
	}
	must(t, plan.Write())
}

// A company that has everything, and then loses the files that the sources fill, gets back what they prove; and what changes
// in a source turns the check that it concerns.
func TestCollectedEvidenceIsAssessed(t *testing.T) {
	dir := t.TempDir()
	folder, example := filepath.Join(dir, "evidence"), filepath.Join(dir, "collect")
	must(t, os.CopyFS(folder, os.DirFS("../../../evidence/compliant")))
	must(t, os.CopyFS(example, os.DirFS("../../../examples/collect")))
	for _, section := range []string{"account", "backups", "credentials", "iam", "keys", "location", "log_streams", "secrets"} {
		must(t, os.Remove(filepath.Join(folder, section+".yaml")))
	}
	count := func(statuses map[string]verdict.Status, status verdict.Status) (n int) {
		for _, actual := range statuses {
			if actual == status {
				n++
			}
		}
		return n
	}
	before := collecttest.Checks(t, folder, at)
	collected(t, filepath.Join(example, "collect.yaml"), folder)
	if n := collecttest.Reread(t, folder, at); n < 8 {
		t.Errorf("%d sections are kept", n)
	}
	after := collecttest.Checks(t, folder, at)
	if b, a := count(before, verdict.Missing), count(after, verdict.Missing); a >= b {
		t.Errorf("%d checks were missing evidence, and %d are", b, a)
	}
	for _, id := range []string{"key_selection.strength_sufficient", "backups.retention", "data_security.confidential_encrypted", "cmk_access_policy.no_wildcards"} {
		if before[id] != verdict.Missing && before[id] != verdict.Fail || after[id] != verdict.Pass {
			t.Errorf("%s was %s and is %s", id, before[id], after[id])
		}
	}
	// The state of Terraform holds the keys that exist: what the other sections say of a destroyed key, and of one that is made
	// elsewhere, has no key any more.
	contradicted := []string{"data_destruction.evidence_consistent", "import_export.evidence_consistent"}
	for id, status := range before {
		if status == verdict.Pass && after[id] != verdict.Pass && !slices.Contains(contradicted, id) {
			t.Errorf("%s passed and is %s", id, after[id])
		}
	}

	// The key of the card data is deactivated.
	state := filepath.Join(example, "exports", "terraform-show.json")
	text, err := os.ReadFile(state)
	must(t, err)
	head, tail, hasKey := strings.Cut(string(text), `"id": "bdaee862-6fe1-408f-a53a-18050cf887f6"`)
	if !hasKey {
		t.Fatal("the example has no such key")
	}
	tail = strings.Replace(tail, `"ACTIVE"`, `"DEACTIVATED"`, 1)
	must(t, os.WriteFile(state, []byte(head+`"id": "bdaee862-6fe1-408f-a53a-18050cf887f6"`+tail), 0o600))
	collected(t, filepath.Join(example, "collect.yaml"), folder)
	var turned []string
	for id, status := range collecttest.Checks(t, folder, at) {
		if after[id] == verdict.Pass && status != verdict.Pass {
			turned = append(turned, id)
		}
	}
	if !slices.Equal(turned, []string{"data_security.confidential_encrypted"}) {
		t.Errorf("a deactivated key turns %v", turned)
	}
}

// Two items with one id are no inventory: the section is not written.
func TestDuplicateIDs(t *testing.T) {
	const (
		id      = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
		key     = `{"mode": "managed", "type": "ovh_okms_service_key", "instances": [{"attributes": {"okms_id": "` + id + `", "id": "twin"}}]}`
		mapping = "api_version: raci-check/v1\nkind: Mapping\ninput: {file: twice.csv, format: csv}\nfills:\n  - {section: location, list: workloads, items: \"$[*]\", fields: {id: $.ci}}\n"
	)
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"state.json":   `{"version": 4, "resources": [` + key + "," + key + "]}",
		"mapping.yaml": mapping, "twice.csv": "ci\ntwin\ntwin\n",
		"collect.yaml": "api_version: raci-check/v1\nkind: Collect\nservice: {id: " + id + "}\nsources:\n  - {source: terraform, state: state.json}\n  - {source: file, mapping: [mapping.yaml]}\n",
	} {
		must(t, os.WriteFile(name, []byte(text), 0o600))
	}
	c, err := collect.ReadConfig("collect.yaml", source.All)
	must(t, err)
	plan := collecttest.Plan(t, c, at, "evidence")
	failed := map[string]string{}
	for _, report := range plan.Reports {
		if report.Status == collect.Failed {
			failed[report.Section] = report.Reason
		}
	}
	for _, section := range []string{"keys", "location"} {
		if !strings.Contains(failed[section], `two items have the id "twin"`) {
			t.Errorf("%s: %q", section, failed[section])
		}
	}
}

// Each kind of source has a reader, and evidence can name it.
func TestReaders(t *testing.T) {
	_, root := collecttest.Format(t)
	var kinds, readers []string
	for _, kind := range source.All {
		kinds = append(kinds, kind.Name)
	}
	for _, reader := range reread.Readers {
		readers = append(readers, reader.Name)
	}
	slices.Sort(kinds)
	form := root
	for _, step := range []string{"keys", "source", "artifact", "derivation"} {
		form = root.Resolve(form.Properties.Forms[step])
	}
	several := root.Resolve(form.Properties.Forms["readers"])
	for name, names := range map[string][]string{"readers": readers, "reader": form.Properties.Forms["reader"].Enum, "readers of evidence": several.Items.Enum} {
		if !slices.Equal(kinds, names) {
			t.Errorf("%s: %v, and sources are %v", name, names, kinds)
		}
	}
}

// What redaction takes out of an export stays attached, and is said; the rest is read again.
func TestWhatIsRedactedStaysAttached(t *testing.T) {
	const (
		id      = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
		mapping = `api_version: raci-check/v1
kind: Mapping
input: {file: users.json, format: json}
fills:
  - {section: account, list: users, items: "$.users[*]", fields: {login: $.login, status: $.state.token, mfa: $.mfa}}
  - {section: account, fields: {user_count: {count: "$.users[*]"}, password_min_length: $.rules.passwordLength, root/mfa: $.rules.mfa}}
  - {section: account, list: leavers, items: "$.gone[*]", fields: {person: $.secret, left_at: $.day}}
`
		export = `{"users": [{"login": "ines", "mfa": "totp", "state": {"token": "enabled"}}, {"login": "hugo", "state": {"token": "disabled"}}],
  "rules": {"passwordLength": 16, "mfa": "u2f"}, "gone": [{"secret": "lena", "day": "2026-10-01T00:00:00Z"}]}`
	)
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"users.json": export, "mapping.yaml": mapping,
		"collect.yaml": "api_version: raci-check/v1\nkind: Collect\nservice: {id: " + id + "}\nsources:\n  - {source: file, mapping: [mapping.yaml]}\n",
	} {
		must(t, os.WriteFile(name, []byte(text), 0o600))
	}
	c, err := collect.ReadConfig("collect.yaml", source.All)
	must(t, err)
	plan := collecttest.Plan(t, c, at, "evidence")
	must(t, plan.Write())
	if plan.Incomplete() {
		t.Fatalf("%+v", plan.Reports)
	}
	want := "/account/leavers/*/left_at, /account/leavers/*/person, /account/password_min_length, /account/users/*/status: attached only"
	if notes := strings.Join(plan.Reports[0].Notes, "\n"); !strings.Contains(notes, want) {
		t.Errorf("notes %q lack %q", notes, want)
	}
	facts := collecttest.Derived(t, "evidence", at)
	for pointer, derived := range map[string]bool{
		"/account/users/0/login": true, "/account/users/1/mfa": true, "/account/user_count": true, "/account/root/mfa": true,
		"/account/users/0/status": false, "/account/password_min_length": false, "/account/leavers/0/person": false,
	} {
		if (facts[pointer] != "") != derived {
			t.Errorf("%s is derived from %q", pointer, facts[pointer])
		}
	}
	if place := facts["/account/users/0/login"]; place != "collected/account.json /answers/0/body/1/login" { // hugo comes first
		t.Errorf("a login is at %s", place)
	}
}
