package starter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/starter"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

func kit(t *testing.T) (starter.Kit, ruleset.Ruleset) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	testhelp.Must(t, err)
	var k starter.Kit
	k.Format, err = rules.Format()
	testhelp.Must(t, err)
	k.Form, _, err = rules.Form()
	testhelp.Must(t, err)
	set, err := rules.Policies()
	testhelp.Must(t, err)
	k.Checks, k.RestsOn = set.Checks(), set.RestsOn()
	return k, rules
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	testhelp.Must(t, err)
	return string(data)
}

// Each answer of no takes away what it is about, and says what is left to say.
func TestWithout(t *testing.T) {
	k, _ := kit(t)
	root, err := k.Format.Describe()
	testhelp.Must(t, err)
	questions := root.Questions
	whole := filepath.Join(t.TempDir(), "whole")
	all, err := starter.Write(k, starter.Request{Folder: whole})
	testhelp.Must(t, err)
	if len(all.LeftOut) > 0 || all.Declare != "" || all.Service.ID != starter.UnknownID {
		t.Errorf("without answers: %+v", all)
	}
	size := func(folder string) (n int) {
		names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		testhelp.Must(t, err)
		for _, name := range names {
			if filepath.Base(name) != "not-applicable.yaml" {
				n += len(read(t, filepath.Dir(name), filepath.Base(name)))
			}
		}
		return n
	}
	for _, question := range questions {
		folder := filepath.Join(t.TempDir(), question.Name)
		result, err := starter.Write(k, starter.Request{Folder: folder, Without: []string{question.Name}})
		testhelp.Must(t, err)
		if size(folder) >= size(whole) {
			t.Errorf("without %s nothing is left out", question.Name)
		}
		if declared := question.Activity != ""; declared != (result.Declare != "") || declared && !strings.Contains(read(t, folder, result.Declare), "#   - activity: "+question.Activity) {
			t.Errorf("without %s: declares %q", question.Name, result.Declare)
		}
		if (question.No != "") != (len(result.StillTrue) == 1) {
			t.Errorf("without %s: %q", question.Name, result.StillTrue)
		}
	}
	_, err = starter.Write(k, starter.Request{Folder: filepath.Join(t.TempDir(), "x"), Without: []string{"kmpi"}})
	if err == nil || !strings.Contains(err.Error(), `did you mean "kmip"?`) {
		t.Errorf("%v", err)
	}
}

// The skeleton lists the words of each enumeration.
func TestWordsAreListed(t *testing.T) {
	k, _ := kit(t)
	folder := filepath.Join(t.TempDir(), "whole")
	_, err := starter.Write(k, starter.Request{Folder: folder})
	testhelp.Must(t, err)
	root, err := k.Format.Describe()
	testhelp.Must(t, err)
	lists := 0
	var visit func(text string, form *evidence.Form)
	visit = func(text string, form *evidence.Form) {
		form = root.Resolve(form)
		if form.WrittenBy != "" {
			return
		}
		if len(form.Enum) > 1 {
			lists++
			if !strings.Contains(text, "One of: "+strings.Join(form.Enum, ", ")+".") {
				t.Errorf("%v are not listed", form.Enum)
			}
		}
		if form.Items != nil {
			visit(text, form.Items)
		}
		names := form.Properties.Names
		if form.Most > 0 { // one of them is written
			names = names[:min(form.Most, len(names))]
		}
		for _, name := range names {
			if below := form.Properties.Forms[name]; below.WrittenBy == "" {
				visit(text, below)
			}
		}
	}
	for _, section := range root.Sections() {
		visit(read(t, folder, section+".yaml"), root.Properties.Forms[section])
	}
	if lists < 50 {
		t.Errorf("%d enumerations", lists)
	}
}

// What is said of the service is what the evidence that is there says.
func TestServiceOfTheEvidence(t *testing.T) {
	k, rules := kit(t)
	regions, err := rules.Regions()
	testhelp.Must(t, err)
	folder := t.TempDir()
	const id = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	testhelp.Must(t, os.WriteFile(filepath.Join(folder, "keys.yaml"),
		[]byte("api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: "+id+", region: eu-west-gra}}\n"), 0o600))
	for name, test := range map[string]struct {
		service evidence.Service
		refusal string
	}{
		"another id":     {evidence.Service{ID: starter.UnknownID}, "has evidence of service " + id},
		"another region": {evidence.Service{Region: "eu-west-par"}, "has the region eu-west-gra"},
		"no region":      {evidence.Service{Region: "Paris"}, `unknown region "Paris", known are ap-southeast-sgp`},
		"other letters":  {evidence.Service{Region: "EU-WEST-GRA"}, `did you mean "eu-west-gra"?`},
	} {
		_, err := starter.Write(k, starter.Request{Folder: folder, Service: test.service, Regions: regions})
		if err == nil || !strings.Contains(err.Error(), test.refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	result, err := starter.Write(k, starter.Request{Folder: folder, Service: evidence.Service{ID: strings.ToUpper(id)}, Regions: regions})
	testhelp.Must(t, err)
	if text := read(t, folder, "people.yaml"); !strings.Contains(text, "    id: "+id+"\n    name: my-okms\n    region: eu-west-gra\n") {
		t.Errorf("people.yaml begins with %s", text[:200])
	}
	if result.Unchanged != 1 {
		t.Errorf("%d files unchanged", result.Unchanged)
	}
}

// The zeros of a skeleton become the id once it is known, in every file, and nothing else in the files changes.
func TestTheIDIsFilledIn(t *testing.T) {
	k, rules := kit(t)
	regions, err := rules.Regions()
	testhelp.Must(t, err)
	const id = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	folder := t.TempDir()
	begun, err := starter.Write(k, starter.Request{Folder: folder, Regions: regions})
	testhelp.Must(t, err)
	if begun.Service.ID != starter.UnknownID || begun.Filled != 0 {
		t.Errorf("%+v", begun)
	}
	people := strings.Replace(read(t, folder, "people.yaml"), "# people:", "people: # ours\n  person_count: 3\n# people:", 1)
	testhelp.Put(t, filepath.Join(folder, "people.yaml"), people)
	testhelp.Must(t, os.Remove(filepath.Join(folder, "sites.yaml")))

	again, err := starter.Write(k, starter.Request{Folder: folder, Regions: regions})
	testhelp.Must(t, err)
	if again.Filled != 0 || again.Written != 1 || read(t, folder, "people.yaml") != people {
		t.Errorf("without the id: %+v", again)
	}
	filled, err := starter.Write(k, starter.Request{Folder: folder, Service: evidence.Service{ID: id, Name: "payments", Region: "eu-west-par"}, Regions: regions})
	testhelp.Must(t, err)
	if filled.Filled != begun.Written || filled.Written != 0 || filled.Unchanged != 0 {
		t.Errorf("%d files, %+v", begun.Written, filled)
	}
	if summary := filled.Summary("f", nil); !strings.Contains(summary, fmt.Sprintf("the id put into %d existing files", begun.Written)) || strings.Contains(summary, "zeros") {
		t.Error(summary)
	}
	expected := strings.NewReplacer("id: "+starter.UnknownID+"\n    name: my-okms\n", "id: "+id+"\n    name: payments\n    region: eu-west-par\n").Replace(people)
	if got := read(t, folder, "people.yaml"); got != expected {
		t.Errorf("people.yaml is\n%.600s\nexpected\n%.600s", got, expected)
	}
	if last, err := starter.Write(k, starter.Request{Folder: folder, Service: evidence.Service{ID: id}, Regions: regions}); err != nil || last.Filled != 0 || last.Unchanged != begun.Written {
		t.Errorf("once more: %+v, %v", last, err)
	}
	if _, err := starter.Write(k, starter.Request{Folder: folder, Service: evidence.Service{ID: starter.UnknownID}}); err == nil {
		t.Error("zeros take the place of the id")
	}

	// A file that has the id already tells it for the others.
	mixed := t.TempDir()
	_, err = starter.Write(k, starter.Request{Folder: mixed})
	testhelp.Must(t, err)
	testhelp.Put(t, filepath.Join(mixed, "keys.yaml"), strings.Replace(read(t, mixed, "keys.yaml"), starter.UnknownID, id, 1))
	whole, err := starter.Write(k, starter.Request{Folder: mixed})
	testhelp.Must(t, err)
	if whole.Service.ID != id || whole.Filled != begun.Written-1 || !strings.Contains(read(t, mixed, "sites.yaml"), "id: "+id+"\n    name: my-okms\n") {
		t.Errorf("%+v", whole)
	}
}

func TestAsk(t *testing.T) {
	k, _ := kit(t)
	const id = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	folder := t.TempDir()
	ask := func(answers string, request *starter.Request) (string, error) {
		var out strings.Builder
		err := k.Ask(t.Context(), strings.NewReader(answers), &out, request)
		return out.String(), err
	}
	request := starter.Request{Folder: folder, Regions: []string{"eu-west-par", "eu-west-gra"}}
	text, err := ask("okms-1\n"+id+"\nParis\neu-west-gra\nNo\nperhaps\n\n\nn\n\n\n", &request)
	if err != nil || request.Service != (evidence.Service{ID: id, Region: "eu-west-gra"}) || !slices.Equal(request.Without, []string{"kmip", "hosts"}) {
		t.Errorf("%+v, %v\n%s", request, err, text)
	}
	for _, says := range []string{
		"Ctrl-C ends without writing anything.\n", "  must be a UUID, such as ", "  unknown region \"Paris\", known are eu-west-par, eu-west-gra\n", "Does any application use KMIP? [Y/n] Were keys",
		"[Y/n]   answer y or n\nWere keys imported into the domain? [Y/n] ",
	} {
		if !strings.Contains(text, says) {
			t.Errorf("it does not say %q:\n%s", says, text)
		}
	}
	if text, err := ask("\n\nn\n", &starter.Request{Folder: folder}); err == nil || !strings.Contains(err.Error(), "--without") {
		t.Errorf("an early end: %v\n%s", err, text)
	}
	complete := starter.Request{Folder: folder, Service: evidence.Service{ID: id, Region: "eu-west-gra"}, Regions: request.Regions}
	if text, err := ask("n\nn\nn\nn\nn\nn\n", &complete); err != nil || strings.Contains(text, "Id of") || strings.Contains(text, "Region of") || len(complete.Without) != 6 {
		t.Errorf("a service that is told: %v\n%s", err, text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never, writer := io.Pipe()
	defer writer.Close()
	if err := k.Ask(ctx, never, io.Discard, &starter.Request{Folder: folder}); !errors.Is(err, starter.ErrInterrupted) {
		t.Errorf("an interrupt: %v", err)
	}
}

// Each field names the checks that rest on it, here or with what it is in; what must be there says so.
func TestFieldsNameTheirChecks(t *testing.T) {
	k, _ := kit(t)
	folder := filepath.Join(t.TempDir(), "whole")
	_, err := starter.Write(k, starter.Request{Folder: folder})
	testhelp.Must(t, err)
	backups := read(t, folder, "backups.yaml")
	for _, line := range []string{
		"#       retention_days: …  # How long a copy is kept, in days. A whole number. Read by backups.recent_success, backups.retention.\n",
		"##       read by backups.encrypted_apart\n#       encryption:  # How the copies are encrypted.\n#         algorithm: \"…\"  # Cipher of the copies",
		"#       sha256: \"…\"  # SHA-256 of the file's bytes, 64 lower-case hexadecimal digits. Required.\n",
		"#     - name: \"…\"  # Name of the job. No check reads it; it ",
		"#     owner: \"…\"  # Person accountable for the policy. Read by backups.access_reviewed, backups.policy_owned.\n",
	} {
		if !strings.Contains(backups, line) {
			t.Errorf("there is no line %q in\n%s", line, backups)
		}
	}
	named := map[string]bool{}
	for _, section := range []string{"backups", "keys", "kmip", "people", "network"} {
		for _, check := range k.Checks {
			if strings.Contains(read(t, folder, section+".yaml"), check.ID) {
				named[check.ID] = true
			}
		}
	}
	if len(named) < 60 {
		t.Errorf("only %d checks are named in five sections", len(named))
	}
}
