package source_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
)

// written is the evidence that outcomes give in a new folder.
func written(t *testing.T, outcomes []collect.Outcome, options collect.Options) string {
	t.Helper()
	options.Format, _ = collecttest.Format(t)
	options.Folder, options.By = filepath.Join(t.TempDir(), "evidence"), "raci-check-test 1"
	plan, err := collect.Prepare(outcomes, options)
	must(t, err)
	if plan.Incomplete() || plan.Nothing() {
		t.Fatalf("incomplete: %+v", plan.Reports)
	}
	must(t, plan.Write())
	return options.Folder
}

// replayed is the evidence of a session, in a new folder.
func replayed(t *testing.T, folder string) string {
	t.Helper()
	outcomes, recorded := collecttest.Replay(t, folder, source.All...)
	return written(t, outcomes, collect.Options{
		Service: collect.Service(recorded.Header().Service), At: recorded.At(), Replayed: true,
	})
}

// What a whole company's sources tell is recorded; the session gives the same evidence without a network, but for pseudonyms, and
// the same each time. Nothing passes on it.
func TestASessionGivesTheSameEvidence(t *testing.T) {
	saasExample(t)
	realAddresses(t)
	env := saasAgain(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	recording := collecttest.Record(t, env, config, collectedAt)
	want := written(t, recording.Outcomes, collect.Options{Service: config.Service, At: collectedAt})
	got := replayed(t, recording.Folder)
	_, form := collecttest.Format(t)
	var named any
	recording.Session.Tape("okms", "okms").Named(func(names *pseudonym.Set) { named = collecttest.Renamed(form, form, facts(t, want), names) })
	if diff := cmp.Diff(collecttest.Unordered(named), collecttest.Unordered(facts(t, got))); diff != "" {
		t.Errorf("-collected, with pseudonyms +replayed:\n%s", diff)
	}
	if diff := cmp.Diff(files(t, got), files(t, replayed(t, recording.Folder))); diff != "" {
		t.Errorf("another replay gives other files:\n%s", diff)
	}

	// Names of the company, its people and its things are nowhere in the session.
	identifying := []string{
		"nimbora", config.Service.ID, "nm31842", "karim", "haddou", "tenant-data", "payslips", "planner", "51.77.33.", "37.59.12.", "91.121.7.", "71c0a4e29b55",
		"collector.pem", "examples", filepath.Base(want), "ovh_okms_service_key.tenant",
	}
	if n := collecttest.Lacks(t, recording.Folder, identifying...); n < 90 {
		t.Errorf("the session has only %d files", n)
	}

	before, after := collecttest.Checks(t, want, at), collecttest.Checks(t, got, at)
	passing := 0
	for id, status := range before {
		if status == verdict.Pass {
			passing++
		}
		if after[id] == verdict.Pass {
			t.Errorf("%s passes on a replay", id)
		}
	}
	if passing < 30 {
		t.Errorf("only %d checks pass on what is collected", passing)
	}
}

// realAddresses puts other addresses in the place of those for documentation, which are pseudonyms.
func realAddresses(t *testing.T) {
	t.Helper()
	changed := 0
	for _, pattern := range []string{"examples/saas/api/*", "examples/saas/exports/*"} {
		names, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range names {
			before, err := os.ReadFile(name)
			must(t, err)
			after := strings.NewReplacer("198.51.100.", "51.77.33.", "203.0.113.", "37.59.12.", "192.0.2.", "91.121.7.").Replace(string(before))
			if after != string(before) {
				changed++
			}
			must(t, os.WriteFile(name, []byte(after), 0o600))
		}
	}
	if changed < 3 {
		t.Fatalf("only %d files have addresses", changed)
	}
}

// facts are what evidence in a folder says, without where it comes from.
func facts(t *testing.T, folder string) map[string]any {
	t.Helper()
	all := map[string]any{}
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	must(t, err)
	for _, name := range names {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		must(t, err)
		for section, value := range doc.Value().(map[string]any) {
			if fields, isObject := value.(map[string]any); isObject && section != "metadata" {
				delete(fields, "source")
				all[section] = fields
			}
		}
	}
	if len(all) < 20 {
		t.Fatalf("%s has %d sections", folder, len(all))
	}
	return all
}

// A replay says in each section that it is one, and a real collection takes that away.
func TestAReplayIsMarked(t *testing.T) {
	env := saasExample(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	recording := collecttest.Record(t, env, config, collectedAt)
	for name, content := range files(t, replayed(t, recording.Folder)) {
		if strings.HasSuffix(name, ".yaml") && !bytes.Contains(content, []byte("error: replayed")) {
			t.Errorf("%s does not say that it is replayed:\n%.400s", name, content)
		}
	}
}

// What identifies nobody is kept as it is: a session without it would show no bug.
func TestWordsOfTheProviderStay(t *testing.T) {
	env := saasExample(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	recording := collecttest.Record(t, env, config, collectedAt)
	var all bytes.Buffer
	for _, content := range files(t, recording.Folder) {
		all.Write(content)
	}
	for _, word := range []string{
		`"state": "deactivated"`, `"curve": "P-256"`, `"okms:apikms:serviceKey/decrypt"`, `"urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001`,
		`"2026-01-14T09:00:00Z"`, `https://eu-west-rbx.okms.ovh.net/api/00000000-0000-4000-8000-000000000001/v1/servicekey`, `"EU_WEST_RBX"`, `"P400D"`,
		`"ovh_okms_service_key"`, `$.changes[*]`,
	} {
		if !strings.Contains(all.String(), word) {
			t.Errorf("the session does not have %s", word)
		}
	}
}

// planted are secrets under the names and in the forms that answers may have. All hold the word planted.
var planted = []map[string]any{
	{"password": "planted-1"}, {"db_passwd": "planted-2"}, {"PWD": "planted-3"}, {"client_secret": "planted-4"}, {"sharedSecret": "planted-5"},
	{"consumer-key": "planted-6"}, {"application.secret": "planted-7"}, {"apiKey": "planted-8"}, {"x_api_token": "planted-9"},
	{"secret_access_key": "planted-10"}, {"accessToken": "planted-11"}, {"session_token": "planted-12"}, {"id_token": "planted-13"},
	{"Authorization": "Bearer planted-14-planted"}, {"signing_key": "planted-15"}, {"preSharedKey": "planted-16"}, {"connection_string": "planted-17"},
	{"recovery_codes": []any{"planted-18"}}, {"key_material": map[string]any{"a": "planted-19"}}, {"webhook_url": "https://hooks.example/planted-20"},
	{"private_key_pem": "-----BEGIN RSA " + "PRIVATE KEY-----\nplanted-21"}, {"note": "-----BEGIN " + "PRIVATE KEY-----\nplanted-22"},
	{"url": "postgres://app:planted23@db.example/app"}, {"link": "see https://api.example/v1?access_token=planted24&x=1"},
	{"env": []any{map[string]any{"name": "DB_PASSWORD", "value": "planted-25"}, map[string]any{"Key": "api-token", "Value": "planted-26"}}},
	{"header": "Bearer planted-27-planted"}, {"cookie": "session=planted-28"}, {"set_cookie": "planted-29"},
	{"keys": []any{map[string]any{"kty": "EC", "d": "planted-30", "crv": "P-256", "x": "planted-31"}, map[string]any{"kty": "oct", "k": "planted-32"}}},
	{"comment": "the bot uses glpat-planted33planted"}, {"attributes": map[string]any{"state": "glpat-planted34planted", "description": "planted-35"}},
	{"customMetadata": map[string]any{"planted-36": "planted-37"}}, {"status": "planted 38 token=planted"},
}

// plant adds secrets to every object of a JSON value.
func plant(value any, n *int) any {
	switch v := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for name, below := range v {
			copied[name] = plant(below, n)
		}
		for range 4 {
			for name, secret := range planted[*n%len(planted)] {
				if _, isThere := copied[name]; !isThere {
					copied[name] = secret
				}
			}
			*n++
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = plant(v[i], n)
		}
		return copied
	}
	return value
}

// No secret of an answer, an export or a state is in a session, nor in what it gives.
func TestNoPlantedSecretIsInASession(t *testing.T) {
	if len(planted) < 26 {
		t.Fatalf("only %d secrets are planted", len(planted))
	}
	saasExample(t)
	n := 0
	for _, pattern := range []string{"examples/saas/api/*.json", "examples/saas/exports/*.json"} {
		names, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range names {
			content, err := os.ReadFile(name)
			must(t, err)
			var value any
			must(t, document.DecodeJSON(name, content, &value))
			answers, isObject := value.(map[string]any)
			if !isObject {
				t.Fatalf("%s is no object", name)
			}
			for route := range answers {
				answers[route] = plant(answers[route], &n)
			}
			content, err = json.Marshal(answers)
			must(t, err)
			must(t, os.WriteFile(name, content, 0o600))
		}
	}
	if n < 10*len(planted) {
		t.Fatalf("only %d secrets are planted", n)
	}
	env := saasAgain(t) // its APIs answer what is planted
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	recording := collecttest.Record(t, env, config, collectedAt)
	for _, o := range recording.Outcomes {
		if o.Err != nil {
			t.Errorf("%s: %v", o.Name, o.Err)
		}
	}
	collecttest.Lacks(t, recording.Folder, "planted")
	outcomes, recorded := collecttest.Replay(t, recording.Folder, source.All...)
	recording.Same(t, outcomes)
	if got := recorded.Header().Service.ID; got == config.Service.ID {
		t.Errorf("the session tells the domain %s", got)
	}
	for _, o := range outcomes {
		for _, part := range o.Result.Parts {
			if text := fmt.Sprint(part.Fields, part.Answers); strings.Contains(text, "planted") {
				t.Errorf("%s, %s has a secret", o.Name, part.Section)
			}
		}
	}
}

// An interrupted recording says so, and what is not whole is refused with one line.
func TestBrokenSessionsAreRefused(t *testing.T) {
	env := saasExample(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	whole := collecttest.Record(t, env, config, collectedAt).Folder
	for name, test := range map[string]struct {
		change func(folder string)
		says   string
	}{
		"no session":       {func(folder string) { must(t, os.Remove(filepath.Join(folder, session.IndexName))) }, "has no session.json"},
		"interrupted":      {replace("session.json", `"complete": true`, `"complete": false`), "the session is incomplete: its recording was interrupted"},
		"a newer version":  {replace("session.json", `"version": 1`, `"version": 2`), "replay it with a newer one"},
		"another document": {replace("session.json", `"version": 1`, `"version": 0`), "session.json:2:14: "},
		"no time":          {replace("session.json", `"at": "2026`, `"at": "x2026`), "session.json:"},
		"a path":           {replace("session.json", `"name": "okms"`, `"name": "../okms"`), "does not have the right form"},
		"a file is gone":   {func(folder string) { must(t, os.Remove(filepath.Join(folder, "okms", "00002.json"))) }, "okms/00002.json is not there"},
		"a file is cut":    {func(folder string) { must(t, os.Truncate(filepath.Join(folder, "okms", "00002.json"), 20)) }, "00002.json:"},
		"no exchange":      {replace("okms/00002.json", `"asked"`, `"about"`), "this is not an exchange"},
		"no such kind":     {replace("session.json", `"kind": "okms"`, `"kind": "vault"`), "which this program does not have"},
		"no domain":        {replace("session.json", `"id": "0000`, `"id": "x000`), "does not have the right form"},
		"a source twice":   {replace("session.json", `"name": "file-2"`, `"name": "file"`), "listed twice"},
	} {
		folder := filepath.Join(t.TempDir(), "session")
		must(t, os.CopyFS(folder, os.DirFS(whole)))
		test.change(folder)
		recorded, err := session.Open(folder)
		if err == nil {
			_, err = collect.Replayed(recorded, source.All)
		}
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected is %q", name, err, test.says)
		}
	}
}

// A section that evidence does not have is no defect of a source: the session is told as edited.
func TestASessionWithAnUnknownSection(t *testing.T) {
	env := saasExample(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	whole := collecttest.Record(t, env, config, collectedAt).Folder
	_, form := collecttest.Format(t)
	for after, before := range map[string]string{`"fills": ["/backupz/jobs"],`: `"fills": [`, `"sections": ["backupz"],`: `"sections": [`} {
		folder := filepath.Join(t.TempDir(), "session")
		must(t, os.CopyFS(folder, os.DirFS(whole)))
		files, err := filepath.Glob(filepath.Join(folder, "file", "*.json"))
		must(t, err)
		n := 0
		for _, file := range files {
			content, err := os.ReadFile(file)
			must(t, err)
			at := bytes.Index(content, []byte(before))
			if at < 0 {
				continue
			}
			n++
			end := at + bytes.IndexByte(content[at:], ']') + 1
			must(t, os.WriteFile(file, slices.Concat(content[:at], []byte(strings.TrimSuffix(after, ",")), content[end:]), 0o600))
		}
		recorded, err := session.Open(folder)
		must(t, err)
		config, err := collect.Replayed(recorded, source.All)
		must(t, err)
		_, err = config.Open(collect.Env{Form: form, Dial: collecttest.NoNetwork(t), Session: recorded, Getenv: func(string) string { return "" }})
		if want := `the session names the section "backupz", which evidence does not have: it was edited`; n != 1 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d files have %s: %v", n, before, err)
		}
	}
}

// replace changes a file below a folder.
func replace(name, before, after string) func(string) {
	return func(folder string) {
		file := filepath.Join(folder, filepath.FromSlash(name))
		content, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(content, []byte(before)) {
			panic(fmt.Sprintf("%s has no %s: %v", file, before, err))
		}
		if err := os.WriteFile(file, bytes.Replace(content, []byte(before), []byte(after), 1), 0o600); err != nil {
			panic(err)
		}
	}
}

// A request that is not in the session is one error that names it.
func TestARequestThatWasNotRecorded(t *testing.T) {
	env := saasExample(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	folder := collecttest.Record(t, env, config, collectedAt).Folder
	replace("okms/00001.json", "state=all", "state=active")(folder)
	outcomes, _ := collecttest.Replay(t, folder, source.All...)
	at := slices.IndexFunc(outcomes, func(o collect.Outcome) bool { return o.Name == "okms" })
	failed := outcomes[at].Result.Failed["keys"]
	if failed == nil || !strings.Contains(failed.Error(), "not recorded: the session in "+folder+" does not have what okms asks: GET https://eu-west-rbx.okms.ovh.net/api/") ||
		!strings.Contains(failed.Error(), "state=all") || strings.Contains(failed.Error(), "times") {
		t.Errorf("%v", failed)
	}
}
