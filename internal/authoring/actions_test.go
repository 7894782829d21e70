package authoring_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/workspace"
	"github.com/raci-check/raci-check/policies"
)

// gaps is the assessment of the example with gaps.
func gaps(t *testing.T) *assessment.Assessment {
	t.Helper()
	w := workspace.Workspace{
		Rules: func() (ruleset.Ruleset, error) {
			rules, err := ruleset.Open(policies.FS, policies.OKMS)
			if err != nil {
				return rules, err
			}
			return rules.WithSnapshot(policies.Snapshot)
		},
		Options: assess.Options{Paths: []string{"../../evidence/gaps"}, PastAt: true},
		At:      func() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) },
	}
	defer w.Close()
	state, err := w.Now(t.Context())
	if err != nil || state.Err != nil {
		t.Fatal(err, state.Err)
	}
	defer state.Fleet.Close()
	whole, err := state.Fleet.Whole()
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// Whatever is found in the example with gaps, each action leaves texts that can be read, and each finding can be accepted or met.
func TestActionsOfFindings(t *testing.T) {
	l := open(t)
	files := folder(t, "gaps")
	titles := map[string]int{}
	findings := 0
	for _, service := range gaps(t).Services {
		for _, activity := range service.Activities {
			for _, check := range activity.Checks {
				for _, finding := range check.Findings {
					findings++
					file := strings.TrimPrefix(finding.File, "../../evidence/gaps/")
					place := document.Position{Line: finding.Line, Column: finding.Column}
					span := authoring.Span{File: file, Start: place, End: place}
					problem := authoring.Problem{Span: span, Message: finding.Message, Pointer: finding.Pointer, Check: check.ID}
					waived := false
					for _, action := range l.Actions(files, span, []authoring.Problem{problem}) {
						kind := strings.Join(strings.Fields(action.Title)[:2], " ")
						titles[kind]++
						waived = waived || strings.HasPrefix(action.Title, "Accept")
						readsBack(t, files, action)
						if action.Problem != "" && action.Problem != finding.Message {
							t.Errorf("%s: of another problem: %s", action.Title, action.Problem)
						}
					}
					if !waived {
						t.Errorf("%s %s: no waiver is offered", check.ID, finding.Pointer)
					}
				}
			}
		}
	}
	for _, kind := range []string{"Accept the", "Attach a", "Replace the", "Add owner,", "Add an", "Set collected_at", "Add the"} {
		if titles[kind] == 0 {
			t.Errorf("of %d findings, none is met by %q: %v", findings, kind, titles)
		}
	}
}

// readsBack makes the edits of an action and reads all files.
func readsBack(t *testing.T, files authoring.Files, action authoring.Action) authoring.Files {
	t.Helper()
	if (action.Attaches == "") != (len(action.Edits) > 0) {
		t.Errorf("%s: attaches %q, with %d edits", action.Title, action.Attaches, len(action.Edits))
	}
	all := maps.Clone(files)
	for _, edit := range action.Edits {
		if _, is := all[edit.File]; !is {
			all[edit.File] = nil
		}
	}
	changed, err := apply(all, action.Edits)
	if err != nil {
		t.Fatalf("%s: %v", action.Title, err)
	}
	for _, edit := range action.Edits {
		before, _ := document.Parse(edit.File, all[edit.File], document.DefaultLimits)
		if _, err := document.Parse(edit.File, changed[edit.File], document.DefaultLimits); err != nil && (before != nil || all[edit.File] == nil) {
			t.Errorf("%s: %v\n%s", action.Title, err, changed[edit.File])
		}
	}
	return changed
}

// act makes the action of a title at the sign | in a text.
func act(t *testing.T, text, title string, problem authoring.Problem) (authoring.Files, []string) {
	t.Helper()
	text, place := marked(t, text)
	files := folder(t, "compliant")
	files["new.yaml"] = []byte(text)
	span := authoring.Span{File: "new.yaml", Start: place, End: place}
	problem.Span = span
	var problems []authoring.Problem
	if problem.Message != "" {
		problems = append(problems, problem)
	}
	var titles []string
	for _, action := range open(t).Actions(files, span, problems) {
		titles = append(titles, action.Title)
		if strings.HasPrefix(action.Title, title) {
			return readsBack(t, files, action), titles
		}
	}
	return nil, titles
}

func TestActionsOnTexts(t *testing.T) {
	policies := head + "iam:\n  policies:\n    - id: x\n"
	for _, c := range []struct{ text, title, result string }{
		{policies + "      |ownr: y\n", `Change "ownr" to "owner"`, "      owner: y\n"},
		{policies + "      identity_kind: |humn\n", `Change it to "human"`, "identity_kind: human\n"},
		{policies + "      identity_kind: '|humn'\n", `Change it to "human"`, "identity_kind: 'human'\n"},
		{policies + "      owner: |ines.benalli\n", `Change it to "ines.benali"`, "owner: ines.benali\n"},
		{"kind: Waivers\nwaivers:\n  - check: |backups.imutable_copy\n", `Change it to "backups.immutable_copy"`, "check: backups.immutable_copy\n"},
		{policies + "      owner: a\n      |owner: b # twice\n      name: c\n", `Remove this "owner"`, "owner: a\n      name: c\n"},
		{head + "iam:\n  source: {method: api, |method: export}\n", `Remove this "method"`, "{method: api}"},
		{head + "iam:\n  source:\n    method: api\n  |source:\n    method: api\n\n  policy_count: 1\n", `Remove this "source"`, "method: api\n\n  policy_count: 1\n"},
		{head + "iam:\n  review:\n    reviewed_on: |2026-11-18T00:00:00Z\n", "Write the day 2026-11-18", "reviewed_on: 2026-11-18\n"},
		{head + "iam:\n  review:\n    reviewed_on: \"|18.11.2026\"\n", "Write the day 2026-11-18", "reviewed_on: 2026-11-18\n"},
		{head + "iam:\n  review:\n    reviewed_on: |05/06/2026\n", "Write the day 2026-05-06 (the month comes first)", "reviewed_on: 2026-05-06\n"},
		{policies + "      break_glass: |yes\n", "Write true, without quotes", "break_glass: true\n"},
		{policies + "      action_count: \"|5\"\n", "Write 5, without quotes", "action_count: 5\n"},
		{policies + "      |owner:a\n      name: c\n", "Put a space", "      owner: a\n"},
		{head + "iam:\n  policies:\n    - |id:a\n", "Put a space", "    - id: a\n"},
		{"kind: Waivers\nwaivers:\n  - |check: a.b\n    reason: because of it\n    approved_by: x\n", "Add what is required: requested_by, approved_on, expires_on",
			"    approved_by: x\n    requested_by: \"…\"\n    approved_on: …\n    expires_on: …\n"},
		{head + "not_applicable:\n  - {|activity: 4.2.1}\n", "Add what is required", "{activity: 4.2.1, reason: \"…\", declared_by: \"…\""},
		{"kind: Evidence\r\nnot_applicable:\r\n  - |activity: 4.2.1\r\n", "Add what is required", "  - activity: 4.2.1\r\n    reason: \"…\"\r\n"},
		{head + "iam:\n  source:\n    |collected_at: 2026-01-01T00:00:00Z\n", "Set collected_at of iam", "collected_at: 2026-11-20T09:30:00Z\n"},
		{head + "iam:\n  source: {|method: api}\n", "Set collected_at of iam", "{method: api, collected_at: 2026-11-20T09:30:00Z}"},
		{head + "iam:\n  source:\n    method: |api # by hand\n  policy_count: 1\n", "Set collected_at of iam", "by hand\n    collected_at: 2026-11-20T09:30:00Z\n  policy_count"},
	} {
		changed, titles := act(t, c.text, c.title, authoring.Problem{})
		if changed == nil {
			t.Errorf("%q: no %q in %q", c.text, c.title, titles)
		} else if !strings.Contains(string(changed["new.yaml"]), c.result) {
			t.Errorf("%q: %s makes\n%s", c.text, c.title, changed["new.yaml"])
		}
	}
}

func TestActionsOfOneFinding(t *testing.T) {
	problem := func(check, pointer string) authoring.Problem {
		return authoring.Problem{Message: "m", Check: check, Pointer: pointer}
	}
	files := folder(t, "compliant")
	key, _ := parse(t, "keys.yaml", files["keys.yaml"]).Lookup("/keys/service_keys/0/id")
	for _, c := range []struct {
		title, file, result string
		problem             authoring.Problem
	}{
		{"Accept the finding", "waivers.yaml", "kind: Waivers\nwaivers:\n  - check: backups.immutable_copy\n    pointers: [\"/backups/jobs/0\"]\n    reason: \"…\"\n", problem("backups.immutable_copy", "/backups/jobs/0")},
		{"Add an exception to /backups/exceptions", "backups.yaml", "object: " + key.(string), problem("backups.every_key_backed_up", "/keys/service_keys/0/id")},
	} {
		problem := c.problem
		if check := exceptionCheck(t); problem.Check == "backups.every_key_backed_up" {
			problem.Check = check
		}
		changed, titles := act(t, head+"|x: 1\n", c.title, problem)
		if changed == nil {
			t.Errorf("no %q in %q", c.title, titles)
		} else if !strings.Contains(string(changed[c.file]), c.result) {
			t.Errorf("%s makes\n%s", c.title, changed[c.file])
		}
	}
	delete(files, "capacity.yaml")
	span := authoring.Span{File: "keys.yaml", Start: document.Position{Line: 1, Column: 1}, End: document.Position{Line: 1, Column: 1}}
	p := problem("capacity.use_below_limits", "/capacity")
	p.Span = span
	for _, action := range open(t).Actions(files, span, []authoring.Problem{p}) {
		if strings.HasPrefix(action.Title, "Add the fields of capacity") {
			changed := readsBack(t, files, action)
			if text := string(changed["capacity.yaml"]); !strings.HasPrefix(text, "api_version: raci-check/v1\nkind: Evidence\nmetadata:\n") || !strings.Contains(text, "\n# capacity:") {
				t.Errorf("the skeleton is\n%s", text)
			}
			for _, again := range open(t).Actions(changed, span, []authoring.Problem{p}) {
				if strings.HasPrefix(again.Title, "Add the fields") {
					t.Error("the skeleton is offered twice")
				}
			}
			return
		}
	}
	t.Error("no skeleton is offered")
}

// A file that is called as a section is offered the section's fields.
func TestSkeletonOfTheFile(t *testing.T) {
	files := authoring.Files{"x/capacity.yaml": []byte(head), "x/iam.yaml": []byte(head + "iam: {}\n")}
	for name, offered := range map[string]bool{"x/capacity.yaml": true, "x/iam.yaml": false} {
		span := authoring.Span{File: name, Start: document.Position{Line: 1, Column: 1}, End: document.Position{Line: 1, Column: 1}}
		isOffered := false
		for _, action := range open(t).Actions(files, span, nil) {
			if strings.HasPrefix(action.Title, "Add the fields") {
				isOffered = strings.Contains(string(readsBack(t, files, action)[name]), "\n# capacity:")
			}
		}
		if isOffered != offered {
			t.Errorf("%s: offered is %v", name, isOffered)
		}
	}
}

// exceptionCheck is a check that reads the exceptions from backup.
func exceptionCheck(t *testing.T) string {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, "okms")
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Policies()
	if err != nil {
		t.Fatal(err)
	}
	ids := set.Resting([]string{"/backups/exceptions"})
	for _, id := range ids {
		if strings.HasPrefix(id, "backups.") {
			return id
		}
	}
	t.Fatalf("no check reads exceptions: %v", ids)
	return ""
}

// Broken texts get actions as well, whose edits can be made.
func TestActionsOnBrokenTexts(t *testing.T) {
	l := open(t)
	archive, err := txtar.ParseFile("../document/testdata/yaml.txtar")
	if err != nil {
		t.Fatal(err)
	}
	removed := 0
	for _, file := range archive.Files {
		files := authoring.Files{"new.yaml": slices.Concat([]byte("kind: Evidence\n"), file.Data)}
		lines := strings.Count(string(files["new.yaml"]), "\n")
		for line := 1; line <= lines; line++ {
			place := document.Position{Line: line, Column: 1}
			for _, action := range l.Actions(files, authoring.Span{File: "new.yaml", Start: place, End: document.Position{Line: line, Column: 200}}, nil) {
				if strings.HasPrefix(action.Title, "Remove") {
					removed++
				}
				if _, err := apply(files, action.Edits); err != nil {
					t.Errorf("%s: %s: %v", file.Name, action.Title, err)
				}
			}
		}
	}
	if removed < 3 {
		t.Errorf("%d fields that are there twice can be removed", removed)
	}
}

// What fixes a finding comes first, and what accepts it last, also where there are several.
func TestOrderOfActions(t *testing.T) {
	l := open(t)
	files := folder(t, "gaps")
	place := at(t, files, "backups.yaml", "/backups/jobs/0/retention_days")
	span := authoring.Span{File: "backups.yaml", Start: place, End: place}
	problems := []authoring.Problem{
		{Span: span, Message: "m", Pointer: "/backups/jobs/0/retention_days", Check: "backups.retention"},
		{Span: span, Message: "n", Pointer: "/backups/exceptions/0", Check: "backups.exceptions_valid"},
	}
	var kinds []string
	for _, action := range l.Actions(files, span, problems) {
		kinds = append(kinds, strings.Fields(action.Title)[0]+" "+action.Problem)
	}
	if expected := []string{"Attach m", "Replace n", "Add n", "Accept m", "Accept n"}; !slices.Equal(kinds, expected) {
		t.Errorf("the actions are %q, expected %q", kinds, expected)
	}
}

func TestAttachedFilesAreReplaced(t *testing.T) {
	for source, expected := range map[string]string{
		"method: export\n": "Attach a file to /backups/source",
		"artifact: {path: exports/a.json, sha256: aa}\n":    "Replace the attached file of /backups/source",
		"artifact: {path: a, derivation: {mapping: m}}\n":   "Replace the attached file of /backups/source",
		"artifact: {path: a, derivation: {reader: okms}}\n": "",
		"artifact: {path: a, derivation: {readers: [a]}}\n": "",
		"artifact: exports/a.json\n":                        "",
	} {
		files := authoring.Files{"backups.yaml": []byte(head + "backups:\n  source:\n    " + source)}
		start := document.Position{Line: 5, Column: 1}
		span := authoring.Span{File: "backups.yaml", Start: start, End: start}
		problem := authoring.Problem{Span: span, Message: "m", Pointer: "/backups", Check: "backups.retention"}
		offered := ""
		for _, action := range open(t).Actions(files, span, []authoring.Problem{problem}) {
			if action.Attaches != "" {
				offered = action.Title
				if isArtifact := strings.HasSuffix(action.Attaches, "/artifact"); isArtifact != strings.HasPrefix(offered, "Replace") {
					t.Errorf("%s: %s attaches %s", source, offered, action.Attaches)
				}
			}
		}
		if offered != expected {
			t.Errorf("%s: %q is offered, expected %q", source, offered, expected)
		}
	}
}

// A finding about a field that is not there offers the field, in the layout of what it belongs to.
func TestAbsentFieldsAreAdded(t *testing.T) {
	for layout, expected := range map[string]string{
		"    - {range: 192.0.2.0/28}\n":   "    - {range: 192.0.2.0/28, owner: \"…\"}\n",
		"    - range: 192.0.2.0/28 # a\n": "    - range: 192.0.2.0/28 # a\n      owner: \"…\"\n",
		"    - owner: a\n":                "",
		"    - range: 192.0.2.0/28\r\n":   "    - range: 192.0.2.0/28\r\n      owner: \"…\"\r\n",
	} {
		text := head + "network:\n  allow_list:\n"
		if strings.Contains(layout, "\r") {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		files := authoring.Files{"network.yaml": []byte(text + layout)}
		start := document.Position{Line: 7, Column: 7}
		span := authoring.Span{File: "network.yaml", Start: start, End: start}
		problem := authoring.Problem{Span: span, Message: "m", Pointer: "/network/allow_list/0/owner", Check: "network_access.ranges_owned"}
		made := ""
		for _, action := range open(t).Actions(files, span, []authoring.Problem{problem}) {
			if action.Title == "Add owner, to fill in" {
				made = strings.TrimPrefix(string(readsBack(t, files, action)["network.yaml"]), text)
			}
		}
		if made != expected {
			t.Errorf("%q becomes %q, expected %q", layout, made, expected)
		}
	}
}
