package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// doors is a duty with a plain check, one that looks for evidence against a declaration, and a second plain one.
const doors = `# METADATA
# title: Doors
# description: Doors are shut.
# custom:
#   duty: "1.1"
package okms.doors

# METADATA
# title: Every door is shut
# description: An open door lets people in.
# custom:
#   conditions: {open: open}
#   severity: high
#   evidence: [/doors/list]
#   source: raci-check default, no external source
#   remediation: Shut it.
#   controls: {iso_27001: ["7.2"]}
findings.shut contains {"condition": "open", "pointer": sprintf("/doors/list/%d/shut", [i]), "values": {}} if {
	some i, door in input.doors.list
	not shut(door)
}

shut(door) if door.shut == true

# METADATA
# title: No doors means no doors
# description: A declaration is not contradicted.
# custom:
#   conditions: {contradicted: there are doors}
#   severity: high
#   evidence: [/doors/count]
#   applicability: true
#   source: raci-check default, no external source
#   remediation: Withdraw it.
#   controls: {iso_27001: ["7.2"]}
findings.applicability contains {"condition": "contradicted", "pointer": "/doors/count", "values": {}} if {
	input.not_applicable
	input.doors.count > 0
}
`

// windows is a duty whose policy can be made to go wrong.
const windows = `# METADATA
# title: Windows
# description: Windows are shut.
# custom:
#   duty: "1.2"
package okms.windows

# METADATA
# title: Windows are shut
# description: An open window lets rain in.
# custom:
#   conditions: {CONDITIONS}
#   severity: low
#   evidence: [/windows]
#   source: raci-check default, no external source
#   remediation: Shut it.
#   controls: {iso_27001: ["7.2"]}
findings.shut contains finding if {
	BODY
}
`

const quiet = `input.windows.open
	finding := {"condition": "open", "pointer": "/windows/open", "values": {}}`

func build(t testing.TB, windowsBody string, deadline time.Duration) (*engine.Engine, error) {
	t.Helper()
	return buildOf(t, load(t, windowsBody, ""), deadline)
}

func load(t testing.TB, windowsBody, helpers string) *policy.Set {
	t.Helper()
	conditions := "open: open"
	for name, sentence := range map[string]string{"many": "{n} {n|window is|windows are} open", "shown": "{value}"} {
		if strings.Contains(windowsBody, fmt.Sprintf("%q", name)) {
			conditions = fmt.Sprintf("%s: %q", name, sentence)
		}
	}
	set, err := policy.Load(policy.Source{Root: "okms", FS: fstest.MapFS{
		"okms/doors.rego":   {Data: []byte(doors)},
		"okms/windows.rego": {Data: []byte(strings.NewReplacer("BODY", windowsBody, "CONDITIONS", conditions).Replace(windows) + helpers)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func buildOf(t testing.TB, set *policy.Set, deadline time.Duration) (*engine.Engine, error) {
	t.Helper()
	return rego.NewEngine(t.Context(), configOf(t, set), deadline)
}

func configOf(t testing.TB, set *policy.Set) engine.Config {
	t.Helper()
	people := map[string]any{"people": map[string]any{"x-plus-addresses": "plus_addresses"}}
	plan, err := consistency.Compile(map[string]any{"properties": people})
	if err != nil {
		t.Fatal(err)
	}
	return engine.Config{
		Activities: []raci.Activity{
			{ID: "1.1", Name: "doors", Customer: "RA", NotApplicable: "there are no doors"},
			{ID: "1.2", Name: "windows", Customer: "RA"},
			{ID: "1.3", Name: "roof", Customer: "I", Provider: "RA", AskProvider: []string{"a photograph"}},
		},
		Policies:   set,
		Parameters: map[string]any{"fresh_days": json.Number("7"), "waiver_max_days": json.Number("100"), "plus_addresses": json.Number("1")},
		Reference:  map[string]any{}, Consistency: plan,
		Freshness: map[string]string{"doors": "fresh_days"},
	}
}

func mustBuild(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := build(t, quiet, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func day(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

var at = day("2026-11-20T00:00:00Z")

func evidence(t testing.TB, text string) engine.Evidence {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return engine.Evidence{Value: value, Locate: func(pointer string) verdict.Location {
		return verdict.Location{File: "e.yaml", Line: 1, Column: len(pointer)}
	}}
}

const (
	shown  = `, "artifact": {"path": "a", "sha256": "ff"}`
	source = `"source": {"method": "api", "collected_at": "2026-11-18T00:00:00Z", "collected_by": "x"` + shown + `}`
)

const unread = `, "not_read": [{"source": "cmdb", "unit": "/doors", "error": "refused", "tried_at": "2026-11-19T00:00:00Z"}]`

const good = `{"doors": {` + source + `, "count": 1, "list": [{"shut": true}]}, "windows": {"open": false}}`

func evaluate(t testing.TB, e *engine.Engine, request engine.Request) assessment.Service {
	t.Helper()
	if request.At.IsZero() {
		request.At = at
	}
	service, err := e.Evaluate(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func TestVerdicts(t *testing.T) {
	e := mustBuild(t)
	tests := map[string]struct {
		evidence string
		status   verdict.Status
		pointer  string // of the first finding
		says     string
	}{
		"good":                       {good, verdict.Pass, "", ""},
		"a fact contradicts":         {strings.Replace(good, `"shut": true`, `"shut": false`, 1), verdict.Fail, "/doors/list/0/shut", "open"},
		"a fact is left out":         {strings.Replace(good, `"shut": true`, ``, 1), verdict.Missing, "/doors/list/0/shut", "open"},
		"a fact is null":             {strings.Replace(good, `"shut": true`, `"shut": null`, 1), verdict.Missing, "/doors/list/0/shut", "open"},
		"the list is empty":          {strings.Replace(good, `[{"shut": true}]`, `[]`, 1), verdict.Missing, "/doors/list", "is empty"},
		"the section is absent":      {`{"windows": {"open": false}}`, verdict.Missing, "/doors/list", "is absent"},
		"stale":                      {strings.Replace(good, "2026-11-18", "2026-11-12", 1), verdict.Missing, "/doors/source/collected_at", "too old: collected 8 days"},
		"as old as it may be":        {strings.Replace(good, "2026-11-18", "2026-11-13", 1), verdict.Pass, "", ""},
		"from the future":            {strings.Replace(good, "2026-11-18T00:00:00Z", "2026-11-20T00:00:01Z", 1), verdict.Missing, "/doors/source/collected_at", "after the time of the assessment"},
		"nobody collected it":        {strings.Replace(good, `"collected_by": "x"`, `"collected_by": ""`, 1), verdict.Missing, "/doors/source/collected_by", "by whom"},
		"it does not say when":       {strings.Replace(good, `"collected_at": "2026-11-18T00:00:00Z", `, ``, 1), verdict.Missing, "/doors/source/collected_at", "does not say when"},
		"stale and contradicting":    {strings.NewReplacer("2026-11-18", "2026-01-18", "true", "false").Replace(good), verdict.Fail, "/doors/list/0/shut", "open"},
		"an answer without a file":   {strings.Replace(good, shown, ``, 1), verdict.Missing, "/doors/source/artifact", "names no file (artifact) and no digest of an answer (read_from)"},
		"an export without a file":   {strings.NewReplacer(shown, ``, "api", "export").Replace(good), verdict.Missing, "/doors/source/artifact", "its facts are from an export"},
		"a digest of the answer":     {strings.Replace(good, shown, `, "read_from": [{"source": "x", "sha256": "ff"}]`, 1), verdict.Pass, "", ""},
		"an answer without a digest": {strings.Replace(good, shown, `, "read_from": [{"sha256": "ff"}, {"source": "x"}]`, 1), verdict.Missing, "/doors/source/artifact", "no digest"},
		"no answers":                 {strings.Replace(good, shown, `, "read_from": []`, 1), verdict.Missing, "/doors/source/artifact", "no digest"},
		"an empty artifact":          {strings.Replace(good, shown, `, "artifact": {}`, 1), verdict.Missing, "/doors/source/artifact", "names no file"},
		"a statement without a file": {strings.NewReplacer(shown, ``, "api", "statement").Replace(good), verdict.Pass, "", ""},
		"a document without a file":  {strings.NewReplacer(shown, ``, "api", "document").Replace(good), verdict.Pass, "", ""},
		"not read since":             {strings.Replace(good, shown, shown+unread, 1), verdict.Missing, "/doors/source/not_read/0", "doors could not be read completely from cmdb (/doors) at 2026-11-19T00:00:00Z: refused"},
		"read since":                 {strings.Replace(good, shown, shown+`, "not_read": []`, 1), verdict.Pass, "", ""},
		"not read, contradicting":    {strings.NewReplacer(shown, shown+unread, `"shut": true`, `"shut": false`).Replace(good), verdict.Fail, "/doors/list/0/shut", "open"},
		"replayed":                   {strings.Replace(good, shown, shown+strings.Replace(unread, "refused", "replayed", 1), 1), verdict.Missing, "/doors/source/not_read/0", "doors was replayed from a recorded session of 2026-11-19T00:00:00Z: it does not show"},
		"replayed, contradicting":    {strings.NewReplacer(shown, shown+strings.Replace(unread, "refused", "replayed", 1), `"shut": true`, `"shut": false`).Replace(good), verdict.Fail, "/doors/list/0/shut", "open"},
		"stale and without a file":   {strings.NewReplacer(shown, ``, "2026-11-18", "2026-11-12").Replace(good), verdict.Missing, "/doors/source/collected_at", "too old"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			service := evaluate(t, e, engine.Request{Evidence: evidence(t, test.evidence)})
			check := service.Activities[0].Checks[0]
			if check.Status != test.status || service.Activities[0].Status != test.status {
				t.Fatalf("check %s, activity %s, wanted %s: %+v", check.Status, service.Activities[0].Status, test.status, check.Findings)
			}
			if service.Result != test.status.Result() {
				t.Errorf("service is %s", service.Result)
			}
			if test.pointer == "" {
				if len(check.Findings) != 0 {
					t.Errorf("findings %+v", check.Findings)
				}
				return
			}
			first := check.Findings[0]
			if first.Pointer != test.pointer || !strings.Contains(first.Message, test.says) || first.File != "e.yaml" || first.Remediation == "" {
				t.Errorf("first finding %+v", first)
			}
		})
	}
}

// A check whose population a source counts as none does not apply; without the count, or with one that cannot be relied on, its
// evidence is missing.
func TestACheckOfNothingDoesNotPass(t *testing.T) {
	described := strings.Replace(doors, "evidence: [/doors/list]", "evidence: [/doors/list, /doors/count]\n#   population: {list: /doors/list, count: /doors/count}", 1)
	set, err := policy.Load(policy.Source{FS: fstest.MapFS{"okms/doors.rego": {Data: []byte(described)}}, Root: "okms"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := rego.NewEngine(t.Context(), engine.Config{
		Activities: []raci.Activity{{ID: "1.1", Name: "doors", Customer: "RA"}}, Policies: set,
		Parameters: map[string]any{"fresh_days": json.Number("7")}, Freshness: map[string]string{"doors": "fresh_days"},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		evidence string
		status   verdict.Status
	}{
		"some, and they pass":     {`"count": 1, "list": [{"shut": true}]`, verdict.Pass},
		"none, and no list":       {`"count": 0`, verdict.NotApplicable},
		"none, and an empty list": {`"count": 0, "list": []`, verdict.NotApplicable},
		"none, and one is listed": {`"count": 0, "list": [{"shut": false}]`, verdict.Fail},
		"nobody counts":           {`"list": []`, verdict.Missing},
		"counted, and not listed": {`"count": 2`, verdict.Missing},
		"the count is no number":  {`"count": "0"`, verdict.Missing},
	} {
		service := evaluate(t, e, engine.Request{Evidence: evidence(t, `{"doors": {`+source+`, `+test.evidence+`}}`)})
		check := service.Activities[0].Checks[0]
		if check.Status != test.status || (check.Reason != "") != (test.status == verdict.NotApplicable) {
			t.Errorf("%s: %s %q, expected %s: %+v", name, check.Status, check.Reason, test.status, check.Findings)
		}
	}
	stale := strings.Replace(source, "2026-11-18", "2026-01-18", 1)
	service := evaluate(t, e, engine.Request{Evidence: evidence(t, `{"doors": {`+stale+`, "count": 0}}`)})
	if check := service.Activities[0].Checks[0]; check.Status != verdict.Missing {
		t.Errorf("a count that is too old: %s", check.Status)
	}
	// A check whose rule looks at listed items alone: what is counted and not listed is missing all the same, and a population may be
	// shown by a list, by further numbers, or by each item of a list.
	described = strings.Replace(doors, "evidence: [/doors/list]",
		"evidence: [/doors/halls]\n#   population: {list: [/doors/list, /doors/keys, /doors/halls/*/door], count: /doors/halls/*/doors}", 1)
	if set, err = policy.Load(policy.Source{FS: fstest.MapFS{"okms/doors.rego": {Data: []byte(described)}}, Root: "okms"}); err != nil {
		t.Fatal(err)
	}
	if e, err = rego.NewEngine(t.Context(), engine.Config{Activities: []raci.Activity{{ID: "1.1", Name: "doors", Customer: "RA"}}, Policies: set}, 0); err != nil {
		t.Fatal(err)
	}
	for evident, status := range map[string]verdict.Status{
		`"halls": [{"doors": 0}, {"doors": 0}]`:                            verdict.NotApplicable,
		`"halls": [{"doors": 0}, {"doors": 0}], "keys": 0, "list": []`:     verdict.NotApplicable,
		`"halls": [{"doors": 0}, {"doors": 0}], "list": [{"shut": false}]`: verdict.Fail,
		`"halls": [{"doors": 0}, {"doors": 1}]`:                            verdict.Missing,
		`"halls": [{"doors": 0}, {"doors": 1, "door": "oak"}]`:             verdict.Pass,
		`"halls": [{"doors": 0}, {"doors": 1}], "keys": 2`:                 verdict.Pass,
		`"halls": []`: verdict.Missing,
		``:            verdict.Missing,
	} {
		separator := ", "
		if evident == "" {
			separator = ""
		}
		service := evaluate(t, e, engine.Request{Evidence: evidence(t, `{"doors": {`+source+separator+evident+`}}`)})
		if check := service.Activities[0].Checks[0]; check.Status != status {
			t.Errorf("%s: %s %q, expected %s: %+v", evident, check.Status, check.Reason, status, check.Findings)
		}
	}
}

func TestAllActivitiesAreReported(t *testing.T) {
	service := evaluate(t, mustBuild(t), engine.Request{Evidence: evidence(t, good)})
	got := fmt.Sprintf("%v %v %v", service.Summary, service.Activities[2].Status, service.Activities[2].AskProvider)
	if want := "map[inherited:1 pass:2] inherited [a photograph]"; got != want {
		t.Errorf("got %s, wanted %s", got, want)
	}
	partial := evaluate(t, mustBuild(t), engine.Request{Evidence: evidence(t, good), Selected: []string{"1.2"}})
	if partial.Activities[0].Status != verdict.NotSelected || len(partial.Activities) != 3 {
		t.Errorf("activities %+v", partial.Activities)
	}
}

// What goes wrong in one policy is an error of its duty, never a pass; the other duty is still judged.
func TestAPolicyThatGoesWrongIsAnError(t *testing.T) {
	for name, test := range map[string]struct{ body, says string }{
		"builtin error":                  {`to_number(input.windows.word) > 1; finding := {"condition": "open", "pointer": "/w", "values": {}}`, "to_number"},
		"another condition":              {`made := {"condition": "ajar", "pointer": "/w", "values": {}}; finding := made`, "the condition \"ajar\", which custom.conditions does not describe"},
		"no pointer":                     {`made := {"condition": "open", "values": {}}; finding := made`, "okms/windows.rego:8: a finding of shut has no pointer"},
		"not a pointer":                  {`made := {"condition": "open", "pointer": "w", "values": {}}; finding := made`, "JSON pointer"},
		"no condition":                   {`made := {"pointer": "/w", "values": {}}; finding := made`, "has no condition"},
		"no values":                      {`made := {"condition": "open", "pointer": "/w"}; finding := made`, "has no object values"},
		"another value":                  {`made := {"condition": "open", "pointer": "/w", "values": {"n": 1}}; finding := made`, "gives the value n, which no sentence"},
		"a value left out":               {`made := {"condition": "many", "pointer": "/w", "values": {}}; finding := made`, "of the condition many cannot be said: the value n is not given"},
		"a value that no sentence shows": {`made := {"condition": "many", "pointer": "/w", "values": {"n": null}}; finding := made`, "is no text, number"},
		"a related place that is none":   {`made := {"condition": "open", "pointer": "/w", "values": {}, "related": ["w"]}; finding := made`, "points at \"w\""},
		"related places in no list":      {`made := {"condition": "open", "pointer": "/w", "values": {}, "related": "/w"}; finding := made`, "no list of pointers"},
		"not an object":                  {`made := "shut"; finding := made`, "is no object with condition"},
		"without an end":                 {`some a in input.many; some b in input.many; some c in input.many; some d in input.many; a + b + c + d < 0; finding := a`, "--policy-time allows more"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := build(t, test.body, 200*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			value := evidence(t, strings.Replace(good, `"open": false`, `"open": false, "word": "x"`, 1))
			var many []any
			for i := range 400 {
				many = append(many, json.Number(fmt.Sprint(i)))
			}
			value.Value["many"] = many
			service := evaluate(t, e, engine.Request{Evidence: value})
			if service.Result != verdict.Error || service.Activities[1].Status != verdict.Error {
				t.Fatalf("result %s, activity %+v", service.Result, service.Activities[1])
			}
			if !strings.Contains(service.Activities[1].Reason, test.says) {
				t.Errorf("reason %q does not say %q", service.Activities[1].Reason, test.says)
			}
			if service.Activities[1].Checks[0].Status != verdict.Error || service.Activities[0].Status != verdict.Pass {
				t.Errorf("checks %+v, other duty %s", service.Activities[1].Checks, service.Activities[0].Status)
			}
		})
	}
}

// A finding says which condition failed, in its sentence and by its values, and what else the contradiction involves.
func TestAFindingSaysItsCondition(t *testing.T) {
	for n, says := range map[string]string{"1": "1 window is open", "2": "2 windows are open"} {
		e, err := build(t, `made := {"condition": "many", "pointer": "/windows/open", "values": {"n": `+n+`}, "related": ["/doors/count"]}; finding := made`, 0)
		if err != nil {
			t.Fatal(err)
		}
		service := evaluate(t, e, engine.Request{Evidence: evidence(t, good)})
		want := assessment.Finding{
			Status: verdict.Fail, Message: says, Condition: "many", Values: map[string]any{"n": json.Number(n)},
			Pointer: "/windows/open", Location: verdict.Location{File: "e.yaml", Line: 1, Column: 13}, Remediation: "Shut it.",
			Related: []assessment.Place{{Pointer: "/doors/count", Location: verdict.Location{File: "e.yaml", Line: 1, Column: 12}}},
		}
		if diff := cmp.Diff([]assessment.Finding{want}, service.Activities[1].Checks[0].Findings); diff != "" {
			t.Errorf("(-expected +got):\n%s", diff)
		}
	}
}

// An evaluator that leaves out a check, or answers for one that nobody described, gives no verdict.
func TestAnAnswerThatIsNotOfTheseChecksIsAnError(t *testing.T) {
	for says, findings := range map[string]any{
		"not an object of checks":    []any{},
		"findings.shut is not a set": map[string]any{},
		"unknown check \"ajar\"":     map[string]any{"shut": []any{}, "ajar": []any{}},
	} {
		e, err := engine.New(engine.Config{
			Activities: []raci.Activity{{ID: "1.1", Name: "doors"}, {ID: "1.2", Name: "windows", Customer: "RA"}},
			Policies:   load(t, quiet, ""), Evaluator: answers{findings},
		})
		if err != nil {
			t.Fatal(err)
		}
		service := evaluate(t, e, engine.Request{Evidence: evidence(t, good)})
		if activity := service.Activities[1]; activity.Status != verdict.Error || !strings.Contains(activity.Reason, says) {
			t.Errorf("%v: %s %q, expected %q", findings, activity.Status, activity.Reason, says)
		}
	}
}

// answers is an evaluator that answers the same for every package.
type answers struct{ findings any }

func (a answers) Evaluate(_ context.Context, _ map[string]any, packages []string) ([]engine.Outcome, error) {
	return slices.Repeat([]engine.Outcome{{Findings: a.findings}}, len(packages)), nil
}

func TestPoliciesCannotReachOut(t *testing.T) {
	for _, body := range []string{
		`finding := http.send({"method": "get", "url": "http://127.0.0.1"})`, `finding := opa.runtime()`,
		`finding := time.now_ns()`, `finding := rand.intn("x", 3)`, `finding := net.lookup_ip_addr("x")`,
		`finding := uuid.rfc4122("x")`, `finding := bits.lsh(1, 9)`, `finding := rego.parse_module("x", "y")`,
	} {
		if _, err := build(t, body, 0); err == nil || !strings.Contains(err.Error(), "undefined function") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestEveryDutyHasAPolicyAndEveryPolicyADuty(t *testing.T) {
	set, err := policy.Load(policy.Source{FS: fstest.MapFS{"okms/doors.rego": {Data: []byte(doors)}}, Root: "okms"})
	if err != nil {
		t.Fatal(err)
	}
	for name, activities := range map[string][]raci.Activity{
		"a duty without a policy": {{ID: "1.1", Name: "doors", Customer: "RA"}, {ID: "1.2", Name: "windows", Customer: "RA"}},
		"a policy without a duty": {{ID: "1.2", Name: "windows", Provider: "RA"}},
		"another name":            {{ID: "1.1", Name: "gates", Customer: "RA"}},
	} {
		if _, err := engine.New(engine.Config{Activities: activities, Policies: set}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestBrokenArtifactsSpoilWhatRestsOnThem(t *testing.T) {
	for pointer, spoilt := range map[string]bool{
		"/doors/source/artifact":       true,
		"/doors/list/0/photo/artifact": true,
		"/doors/plan/artifact":         true,
		"/windows/source/artifact":     false,
	} {
		value := evidence(t, good)
		value.Broken = []verdict.BrokenArtifact{{Pointer: pointer, Status: verdict.Fail, Message: "artifact digest mismatch"}}
		service := evaluate(t, mustBuild(t), engine.Request{Evidence: value})
		if got := service.Activities[0].Checks[0].Status == verdict.Fail; got != spoilt {
			t.Errorf("%s spoils the doors: %v, wanted %v", pointer, got, spoilt)
		}
	}
}

func TestABrokenArtifactThatNoCheckReadsIsRefused(t *testing.T) {
	value := evidence(t, good)
	value.Broken = []verdict.BrokenArtifact{{Pointer: "/papers/source/artifact", Status: verdict.Missing, Message: "not there"}}
	_, err := mustBuild(t).Evaluate(t.Context(), engine.Request{At: at, Evidence: value})
	if refused, ok := err.(*document.Error); !ok || refused.Message != "not there" {
		t.Errorf("err = %v", err)
	}
}

func TestWaivers(t *testing.T) {
	valid := waiver.Waiver{
		Check: "doors.shut", Reason: "r", RequestedBy: "ines", ApprovedBy: "claire",
		ApprovedOn: day("2026-10-01T00:00:00Z"), ExpiresOn: day("2026-11-20T00:00:00Z"),
	}
	with := func(change func(*waiver.Waiver)) waiver.Waiver { w := valid; change(&w); return w }
	two := strings.Replace(good, `[{"shut": true}]`, `[{"shut": false}, {"shut": false}]`, 1)
	tests := map[string]struct {
		waiver waiver.Waiver
		at     string
		status verdict.Status
		state  assessment.WaiverState
		note   string
	}{
		"covers the check":           {valid, "", verdict.Waived, assessment.WaiverApplied, ""},
		"to the end of its last day": {valid, "2026-11-20T23:59:59Z", verdict.Waived, assessment.WaiverApplied, ""},
		"expired":                    {valid, "2026-11-21T00:00:00Z", verdict.Fail, assessment.WaiverRejected, "expired"},
		"approved after the time":    {with(func(w *waiver.Waiver) { w.ApprovedOn = day("2026-11-20T01:00:00Z") }), "", verdict.Fail, assessment.WaiverRejected, "approved after"},
		"as long as it may be":       {with(func(w *waiver.Waiver) { w.ExpiresOn = day("2027-01-09T00:00:00Z") }), "", verdict.Waived, assessment.WaiverApplied, ""},
		"too long":                   {with(func(w *waiver.Waiver) { w.ExpiresOn = day("2027-01-10T00:00:00Z") }), "", verdict.Fail, assessment.WaiverRejected, "101 days, allowed are at most 100"},
		"approved by its requester, with another plus": {with(func(w *waiver.Waiver) {
			w.RequestedBy, w.ApprovedBy = "ines+a@example.test", "Ines+b@example.test"
		}), "", verdict.Fail, assessment.WaiverRejected, "its requester"},
		"approved by who asked": {with(func(w *waiver.Waiver) { w.ApprovedBy = " Ines" }), "", verdict.Fail, assessment.WaiverRejected, "its requester"},
		"expires before it was approved": {with(func(w *waiver.Waiver) {
			w.ApprovedOn = day("2026-11-20T00:00:00Z")
			w.ExpiresOn = day("2026-11-19T00:00:00Z")
		}), "", verdict.Fail, assessment.WaiverRejected, "expire"},
		"for one of two findings":              {with(func(w *waiver.Waiver) { w.Pointers = []string{"/doors/list/0"} }), "", verdict.Fail, assessment.WaiverApplied, ""},
		"for both findings":                    {with(func(w *waiver.Waiver) { w.Pointers = []string{"/doors/list/0", "/doors/list/1/shut"} }), "", verdict.Waived, assessment.WaiverApplied, ""},
		"for a pointer that only begins alike": {with(func(w *waiver.Waiver) { w.Pointers = []string{"/doors/list/0/s", "/doors/li"} }), "", verdict.Fail, assessment.WaiverUnused, ""},
		"for another check":                    {with(func(w *waiver.Waiver) { w.Check = "windows.shut" }), "", verdict.Fail, assessment.WaiverUnused, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request := engine.Request{At: at, Evidence: evidence(t, two), Waivers: []waiver.Waiver{test.waiver}}
			if test.at != "" {
				request.At = day(test.at)
			}
			service := evaluate(t, mustBuild(t), request)
			check := service.Activities[0].Checks[0]
			if check.Status != test.status {
				t.Errorf("check is %s, wanted %s", check.Status, test.status)
			}
			if got := service.Waivers[0]; got.State != test.state || !strings.Contains(got.Note, test.note) {
				t.Errorf("waiver is %s (%s), wanted %s (%s)", got.State, got.Note, test.state, test.note)
			}
			if (check.Waiver != nil) != (test.status == verdict.Waived) {
				t.Errorf("the check names the waiver %v", check.Waiver)
			}
			if test.status == verdict.Waived && service.Result != verdict.Waived {
				t.Errorf("an accepted risk is called %s", service.Result)
			}
		})
	}
}

// Missing evidence of a critical check is waived only by a waiver that says so; of other checks, and of facts that fail, by any.
func TestAWaiverOfMissingCriticalEvidenceNeedsItsSwitch(t *testing.T) {
	critical := strings.Replace(doors, "severity: high\n#   evidence: [/doors/list]", "severity: critical\n#   evidence: [/doors/list]", 1)
	if critical == doors {
		t.Fatal("the check of doors was not made critical")
	}
	plain := waiver.Waiver{Check: "doors.shut", Reason: "r", RequestedBy: "ines", ApprovedBy: "claire", ApprovedOn: at, ExpiresOn: at}
	accepting, elsewhere := plain, plain
	accepting.AcceptsMissing = true
	elsewhere.Pointers = []string{"/doors/list/1"}
	failing := strings.Replace(good, "true", "false", 1)
	missing := strings.Replace(good, `, "list": [{"shut": true}]`, "", 1)
	missingAndFailing := strings.Replace(good, `[{"shut": true}]`, `[{}, {"shut": false}]`, 1)
	for name, test := range map[string]struct {
		policy, evidence string
		waivers          []waiver.Waiver
		status           verdict.Status
		state            assessment.WaiverState // of the first
	}{
		"a critical check fails":                {critical, failing, []waiver.Waiver{plain}, verdict.Waived, assessment.WaiverApplied},
		"a critical check is missing":           {critical, missing, []waiver.Waiver{plain}, verdict.Missing, assessment.WaiverRejected},
		"it accepts this":                       {critical, missing, []waiver.Waiver{accepting}, verdict.Waived, assessment.WaiverApplied},
		"only another accepts this":             {critical, missing, []waiver.Waiver{plain, accepting}, verdict.Waived, assessment.WaiverRejected},
		"another check is missing":              {doors, missing, []waiver.Waiver{plain}, verdict.Waived, assessment.WaiverApplied},
		"one fact is missing, another is wrong": {critical, missingAndFailing, []waiver.Waiver{plain}, verdict.Missing, assessment.WaiverRejected},
		"for the wrong one":                     {critical, missingAndFailing, []waiver.Waiver{elsewhere}, verdict.Missing, assessment.WaiverApplied},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := policy.Load(policy.Source{FS: fstest.MapFS{"okms/doors.rego": {Data: []byte(test.policy)}}, Root: "okms"})
			if err != nil {
				t.Fatal(err)
			}
			e, err := rego.NewEngine(t.Context(), engine.Config{
				Activities: []raci.Activity{{ID: "1.1", Name: "doors", Customer: "RA"}}, Policies: set,
				Parameters: map[string]any{"fresh_days": json.Number("7"), engine.WaiverLimit: json.Number("100")}, Freshness: map[string]string{"doors": "fresh_days"},
			}, 0)
			if err != nil {
				t.Fatal(err)
			}
			service := evaluate(t, e, engine.Request{Evidence: evidence(t, test.evidence), Waivers: test.waivers})
			check, first := service.Activities[0].Checks[0], service.Waivers[0]
			if bad := check.Status == verdict.Fail || check.Status == verdict.Missing; bad != (test.status != verdict.Waived) || first.State != test.state {
				t.Errorf("check %s, waiver %s (%s); expected %s, %s", check.Status, first.State, first.Note, test.status, test.state)
			}
			if (first.Note == engine.BlindWaiver) != (test.state == assessment.WaiverRejected) {
				t.Errorf("note %q", first.Note)
			}
		})
	}
}

// Waivers that cover more of the checks than the parameter allows are all rejected; one is always allowed.
func TestWaiversCoverFewChecks(t *testing.T) {
	open := strings.NewReplacer(`"shut": true`, `"shut": false`, `"open": false`, `"open": true`).Replace(good)
	var waivers []waiver.Waiver
	for _, check := range []string{"doors.shut", "windows.shut"} {
		waivers = append(waivers, waiver.Waiver{Check: check, Reason: "r", RequestedBy: "ines", ApprovedBy: "claire", ApprovedOn: at, ExpiresOn: at})
	}
	for name, test := range map[string]struct {
		percent json.Number
		waivers []waiver.Waiver
		result  verdict.Status
		share   string
	}{
		"one is always allowed":  {"0", waivers[:1], verdict.Fail, "checks waived 1 of 3, at most 0"},
		"as many as are allowed": {"67", waivers, verdict.Waived, "checks waived 2 of 3, at most 67"},
		"more than are allowed":  {"66", waivers, verdict.Fail, ""},
		"no limit":               {"", waivers, verdict.Waived, "checks waived 2 of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			parameters := map[string]any{"fresh_days": json.Number("7"), engine.WaiverLimit: json.Number("100")}
			if test.percent != "" {
				parameters[engine.WaiverShare] = test.percent
			}
			e, err := rego.NewEngine(t.Context(), engine.Config{
				Activities: []raci.Activity{{ID: "1.1", Name: "doors", Customer: "RA"}, {ID: "1.2", Name: "windows", Customer: "RA"}},
				Policies:   load(t, quiet, ""), Parameters: parameters, Freshness: map[string]string{"doors": "fresh_days"},
			}, 0)
			if err != nil {
				t.Fatal(err)
			}
			service := evaluate(t, e, engine.Request{Evidence: evidence(t, open), Waivers: test.waivers})
			share := ""
			for _, s := range service.Accepted {
				share = fmt.Sprintf("%s %d of %d", s.What, s.Accepted, s.Of)
				if s.Most != nil {
					share += fmt.Sprintf(", at most %v", s.Most.Percent)
				}
			}
			if service.Result != test.result || share != test.share {
				t.Errorf("%s, %q; expected %s, %q", service.Result, share, test.result, test.share)
			}
			for i, w := range service.Waivers {
				check := service.Activities[i].Checks[0]
				rejected := w.State == assessment.WaiverRejected
				if rejected != (test.share == "") || rejected != strings.Contains(w.Note, engine.WaiverShare) {
					t.Errorf("%s: %s (%s)", w.Check, w.State, w.Note)
				}
				if rejected && (check.Waiver != nil || check.Findings[0].Waived) {
					t.Errorf("%s is still waived", w.Check)
				}
			}
		})
	}
}

func TestAWaiverDoesNotCoverAnError(t *testing.T) {
	e, err := build(t, `made := "x"; finding := made`, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := waiver.Waiver{Check: "windows.shut", RequestedBy: "a", ApprovedBy: "b", ApprovedOn: at, ExpiresOn: at}
	service := evaluate(t, e, engine.Request{Evidence: evidence(t, good), Waivers: []waiver.Waiver{w}})
	if service.Result != verdict.Error || service.Waivers[0].State != assessment.WaiverUnused {
		t.Errorf("result %s, waiver %s", service.Result, service.Waivers[0].State)
	}
}

func TestDeclarationsThatADutyDoesNotApply(t *testing.T) {
	declared := func(doors, more string) string {
		return `{"doors": {` + source + doors + `}, "windows": {"open": false}, "not_applicable": [{"activity": "1.1",
			"reason": "a tent", "declared_by": "ines", "approved_by": "claire", "declared_on": "2026-11-01"` + more + `}]}`
	}
	for name, test := range map[string]struct {
		evidence string
		accepted bool
		status   verdict.Status
	}{
		"accepted":                {declared(`, "count": 0`, ""), true, verdict.NotApplicable},
		"contradicted":            {declared(`, "count": 2`, ""), false, verdict.Fail},
		"without evidence":        {declared(``, ""), false, verdict.Missing},
		"approved by who made it": {declared(`, "count": 0`, `, "approved_by": "Ines"`), false, verdict.Fail},
		"approved by its author, with a plus": {
			declared(`, "count": 0`, `, "declared_by": "ines@example.test", "approved_by": "ines+b@example.test"`), false, verdict.Fail,
		},
		"from the future": {declared(`, "count": 0`, `, "declared_on": "2026-11-21"`), false, verdict.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			service := evaluate(t, mustBuild(t), engine.Request{Evidence: evidence(t, test.evidence)})
			activity := service.Activities[0]
			if activity.NotApplicable == nil || activity.NotApplicable.Accepted != test.accepted || activity.Status != test.status {
				t.Errorf("activity is %s, declaration %+v, checks %+v", activity.Status, activity.NotApplicable, activity.Checks)
			}
		})
	}
	service := evaluate(t, mustBuild(t), engine.Request{Evidence: evidence(t, good)})
	if check := service.Activities[0].Checks[1]; check.Status != verdict.NotApplicable {
		t.Errorf("with nothing declared the check of the declaration is %s", check.Status)
	}
}

func TestDeclarationsThatTheCatalogDoesNotAllow(t *testing.T) {
	for activity, says := range map[string]string{
		"9.9": "not in the RACI table", "1.3": "the provider's", "1.2": "only 1.1 can", "1.1": "twice",
	} {
		declaration := `{"activity": "` + activity + `", "declared_on": "2026-11-01"}`
		text := `{"not_applicable": [` + declaration + `, ` + declaration + `]}`
		_, err := mustBuild(t).Evaluate(context.Background(), engine.Request{At: at, Evidence: evidence(t, text)})
		refused, ok := err.(*document.Error)
		if !ok || !strings.Contains(refused.Message, says) || refused.File != "e.yaml" {
			t.Errorf("%s: %v", activity, err)
		}
	}
}

// The same evidence is read under each variant of the table.
func TestADeclarationForAnotherVariantChangesNothing(t *testing.T) {
	config := configOf(t, load(t, quiet, ""))
	config.Activities[2].NotApplicable = "there is no roof" // where it is a duty
	e, err := rego.NewEngine(t.Context(), config, 0)
	if err != nil {
		t.Fatal(err)
	}
	declaration := `"not_applicable": [{"activity": "1.3", "reason": "a tent", "declared_by": "ines", "approved_by": "claire",
		"declared_on": "2026-11-01"}]`
	with := evaluate(t, e, engine.Request{Evidence: evidence(t, strings.Replace(good, "{", "{"+declaration+", ", 1))})
	without := evaluate(t, e, engine.Request{Evidence: evidence(t, good)})
	if with.Result != verdict.Pass || !reflect.DeepEqual(with.Activities, without.Activities) {
		t.Errorf("result %s, activities %+v, without the declaration %+v", with.Result, with.Activities, without.Activities)
	}
}

// A value that is looser than the profile's takes the mappings of the checks that rest on it, and of no other.
func TestALooserValueCountsForNoFramework(t *testing.T) {
	windowsRead := `input.windows.open; high > 0
	finding := {"condition": "open", "pointer": "/windows/open", "values": {}}`
	helper := `
high := data.params.high if true
`
	set := load(t, windowsRead, helper)
	set.Rest(nil)
	for name, test := range map[string]struct {
		looser string
		want   []string // checks without mappings
	}{
		"nothing":                           {"", nil},
		"a parameter of a helper":           {"high", []string{"windows.shut"}},
		"the age of a section":              {"fresh_days", []string{"doors.applicability", "doors.shut"}},
		"the strength of the passes":        {"high_check_grades", []string{"doors.applicability", "doors.shut"}},
		"how persons are compared":          {"plus_addresses", []string{"doors.applicability", "doors.shut", "windows.shut"}},
		"a waiver's, and nothing is waived": {"waiver_max_days", nil},
		"one that nothing reads":            {"medium_check_grades", nil},
	} {
		t.Run(name, func(t *testing.T) {
			config := configOf(t, set)
			config.Parameters["high"] = json.Number("1")
			if test.looser != "" {
				config.Looser = []assessment.Looser{{Parameter: test.looser, Value: json.Number("9"), Profile: json.Number("1")}}
			}
			e, err := rego.NewEngine(t.Context(), config, 0)
			if err != nil {
				t.Fatal(err)
			}
			service := evaluate(t, e, engine.Request{Evidence: evidence(t, good)})
			var unmapped []string
			for _, activity := range service.Activities {
				for _, check := range activity.Checks {
					if (len(check.Looser) > 0) != (len(check.Controls) == 0) {
						t.Errorf("%s has %v and the mappings %v", check.ID, check.Looser, check.Controls)
					}
					if len(check.Looser) > 0 {
						unmapped = append(unmapped, check.ID)
					}
				}
			}
			slices.Sort(unmapped)
			if !slices.Equal(unmapped, test.want) || service.Unmapped != len(test.want) {
				t.Errorf("%v count for no framework, wanted %v; the service says %d", unmapped, test.want, service.Unmapped)
			}
		})
	}
}

// A profile that asks for less than the baseline does so for its own framework alone.
func TestAMilderProfileCountsForItsOwnFramework(t *testing.T) {
	set := load(t, `input.windows.open; data.params.high > 0
	finding := {"condition": "open", "pointer": "/windows/open", "values": {}}`, "")
	set.Rest(nil)
	for _, test := range []struct {
		profile string
		counts  bool
	}{{"iso-27001", true}, {"pci-dss-4.0.1", false}, {"acme", false}} {
		config := configOf(t, set)
		config.Parameters["high"] = json.Number("9")
		config.Milder = []assessment.Milder{{Parameter: "high", Value: json.Number("9"), Baseline: json.Number("1"), Profiles: []string{test.profile}}}
		e, err := rego.NewEngine(t.Context(), config, 0)
		if err != nil {
			t.Fatal(err)
		}
		rests := 0
		for _, activity := range evaluate(t, e, engine.Request{Evidence: evidence(t, good)}).Activities {
			for _, check := range activity.Checks {
				if len(check.Milder) > 0 {
					rests++
				}
				if want := len(check.Milder) == 0 || test.counts; (len(check.Controls) > 0) != want {
					t.Errorf("by %s, %s counts for %v", test.profile, check.ID, check.Controls)
				}
			}
		}
		if rests != 1 {
			t.Errorf("%d checks rest on the parameter, expected 1", rests)
		}
	}
}

// A risk that the profile would not have let accept counts for no framework either.
func TestALooserWaiverCountsForNoFramework(t *testing.T) {
	config := configOf(t, load(t, quiet, ""))
	config.Looser = []assessment.Looser{{Parameter: engine.WaiverLimit, Value: json.Number("100"), Profile: json.Number("10")}}
	e, err := rego.NewEngine(t.Context(), config, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := waiver.Waiver{Check: "windows.shut", RequestedBy: "a", ApprovedBy: "b", ApprovedOn: at, ExpiresOn: at}
	service := evaluate(t, e, engine.Request{Evidence: evidence(t, strings.Replace(good, `"open": false`, `"open": true`, 1)), Waivers: []waiver.Waiver{w}})
	waived, other := service.Activities[1].Checks[0], service.Activities[0].Checks[0]
	if waived.Status != verdict.Waived || len(waived.Looser) != 1 || len(waived.Controls) != 0 || len(other.Controls) == 0 {
		t.Errorf("waived: %+v; other: %+v", waived, other)
	}
}

// The verdict by another reading follows from the same evaluation, and where it does not it is not known.
func TestTheVerdictByAnotherReading(t *testing.T) {
	const openWindow = `"open": true`
	readsDuties := `input.windows.open; count(data.duties) > 0
	finding := {"condition": "open", "pointer": "/windows/open", "values": {}}`
	for name, test := range map[string]struct {
		windows  string
		duties   []string // by the other reading
		disputed []string
		want     assessment.ByReading
	}{
		"the duty that fails is the provider's": {
			quiet, []string{"1.1"}, []string{"1.2"},
			assessment.ByReading{Reading: "second", Part: assessment.Part{Result: verdict.Pass, Summary: map[verdict.Status]int{verdict.Pass: 1}}},
		},
		"the one that passes is": {
			quiet, []string{"1.2"}, []string{"1.1"},
			assessment.ByReading{Reading: "second", Part: assessment.Part{Result: verdict.Fail, Summary: map[verdict.Status]int{verdict.Fail: 1}}},
		},
		"the same duties, in other roles": {
			readsDuties, []string{"1.1", "1.2"}, []string{"1.2"},
			assessment.ByReading{Reading: "second", Part: assessment.Part{Result: verdict.Fail, Summary: map[verdict.Status]int{verdict.Pass: 1, verdict.Fail: 1}}},
		},
		"no duty": {
			quiet, nil, []string{"1.1", "1.2"}, assessment.ByReading{Reading: "second", Part: assessment.Part{Summary: map[verdict.Status]int{}}},
		},
		"a policy reads which activities are duties": {
			readsDuties, []string{"1.2"}, []string{"1.1"},
			assessment.ByReading{Reading: "second", Part: assessment.Part{Summary: map[verdict.Status]int{verdict.Fail: 1}}, NotKnown: []string{"1.2"}},
		},
		"a duty that is none here": {
			quiet, []string{"1.1", "1.3"}, []string{"1.2", "1.3"},
			assessment.ByReading{Reading: "second", Part: assessment.Part{Summary: map[verdict.Status]int{verdict.Pass: 1}}, NotKnown: []string{"1.3"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := load(t, test.windows, "")
			set.Rest(nil)
			config := configOf(t, set)
			other := &raci.Reading{Name: "second", Activities: slices.Clone(config.Activities)}
			for i := range other.Activities {
				config.Activities[i].Disputed = slices.Contains(test.disputed, config.Activities[i].ID)
				other.Activities[i].Customer = "I"
				if slices.Contains(test.duties, other.Activities[i].ID) {
					other.Activities[i].Customer = "RA"
				}
			}
			config.Reading, config.Others = "first", []*raci.Reading{other}
			e, err := rego.NewEngine(t.Context(), config, 0)
			if err != nil {
				t.Fatal(err)
			}
			service := evaluate(t, e, engine.Request{Evidence: evidence(t, strings.Replace(good, `"open": false`, openWindow, 1))})
			if diff := cmp.Diff(test.want, service.Dispute.Readings[1]); diff != "" {
				t.Errorf("-wanted +got:\n%s", diff)
			}
			if first := service.Dispute.Readings[0]; first.Reading != "first" || first.Result != service.Result {
				t.Errorf("by the reading in force: %+v, the result is %s", first, service.Result)
			}
		})
	}
	config := configOf(t, load(t, quiet, ""))
	e, err := rego.NewEngine(t.Context(), config, 0)
	if err != nil {
		t.Fatal(err)
	}
	if service := evaluate(t, e, engine.Request{Evidence: evidence(t, good)}); service.Dispute != nil {
		t.Errorf("nothing is disputed: %+v", service.Dispute)
	}
}

func TestEvaluateIsSafeForConcurrentUse(t *testing.T) {
	e := mustBuild(t)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			text, want := good, verdict.Pass
			if i%2 == 0 {
				text, want = strings.Replace(good, "true", "false", 1), verdict.Fail
			}
			if service := evaluate(t, e, engine.Request{Evidence: evidence(t, text)}); service.Result != want {
				t.Errorf("result %s, wanted %s", service.Result, want)
			}
		})
	}
	group.Wait()
}
