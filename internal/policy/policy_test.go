package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/policy"
)

const good = `# METADATA
# title: Doors
# description: Doors are shut.
# custom:
#   duty: "1.1"
package okms.doors

# METADATA
# title: Every door is shut
# description: An open door lets people in.
# custom:
#   severity: high
#   evidence: [/doors]
#   params: [door_limit]
#   source: raci-check default, no external source
#   remediation: Shut it.
#   controls: {iso_27001: ["7.2"]}
#   conditions:
#     open: "{doors} {doors|door is|doors are} open"
findings.shut contains finding if {
	input.doors
	finding := {"condition": "open", "pointer": "/doors", "values": {"doors": 1}}
}
`

func load(files map[string]string) (*policy.Set, error) {
	fsys := fstest.MapFS{}
	for name, source := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(source)}
	}
	return policy.Load(policy.Source{FS: fsys, Root: "okms"})
}

func TestLoadReadsChecksFromMetadata(t *testing.T) {
	set, err := load(map[string]string{
		"okms/doors.rego":      good,
		"okms/doors_test.rego": "this is never read",
		"lib/lib.rego":         "package lib\n\nx := 1\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Modules) != 2 || len(set.Duties) != 1 {
		t.Fatalf("%d modules, %d duties", len(set.Modules), len(set.Duties))
	}
	check := set.Checks()[0]
	if check.ID != "doors.shut" || check.DutyID != "1.1" || check.Severity != "high" || check.Params[0] != "door_limit" ||
		check.Evidence[0] != "/doors" || check.Controls["iso_27001"][0] != "7.2" || check.File != "okms/doors.rego" || check.Line == 0 || check.Conditions[0].Name != "open" {
		t.Errorf("check %+v", check)
	}
}

// What would pass silently elsewhere is an error here, at its place.
func TestLoadRefuses(t *testing.T) {
	change := func(old, new string) map[string]string {
		return map[string]string{"okms/doors.rego": strings.Replace(good, old, new, 1)}
	}
	chain := func(last string) map[string]string {
		return map[string]string{"okms/doors.rego": strings.Replace(good, `"condition": "open"`, `"condition": problem(input.doors)`, 1) +
			"\nproblem(doors) := \"open\" if {\n\tdoors.open\n} else := " + last + "\n"}
	}
	if _, err := load(chain(`"open"`)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no policy at all":             {map[string]string{"lib/lib.rego": "package lib\n"}, "nothing would be checked"},
		"another package":              {change("package okms.doors", "package doors"), "nothing would ask for it"},
		"a package too deep":           {change("package okms.doors", "package okms.doors.front"), "okms.<duty name>"},
		"syntax":                       {change("findings.shut contains", "findings.shut contain"), "no Rego"},
		"no METADATA of the package":   {map[string]string{"okms/doors.rego": good[strings.Index(good, "package"):]}, "no METADATA with custom.duty"},
		"no check":                     {map[string]string{"okms/doors.rego": good[:strings.Index(good, "\n# METADATA\n# title: Every")]}, "would pass unchecked"},
		"a rule that nobody described": {map[string]string{"okms/doors.rego": good + "\nfindings.other contains {\"condition\": \"y\"} if input.x\n"}, "check other has no METADATA"},
		"a check twice":                {map[string]string{"okms/doors.rego": good + "\n" + good[strings.Index(good, "# METADATA\n# title: Every"):]}, "stands twice"},
		"an id beside the head":        {change("#   severity", "#   id: shut\n#   severity"), "take custom.id out: the rule's head, findings.shut, says it"},
		"the head of before":           {change("findings.shut contains", "findings contains"), "write findings.<check> contains finding if {…}"},
		"the head of before, with id":  {map[string]string{"okms/doors.rego": strings.NewReplacer("#   severity", "#   id: shut\n#   severity", "findings.shut", "findings").Replace(good)}, "write findings.shut contains finding if {…}; the check's id stands there"},
		"a check without a name":       {change("findings.shut contains", "findings[input.x] contains"), "is no rule of a check"},
		"a name in two parts":          {change("findings.shut contains", "findings.shut.now contains"), "is no rule of a check"},
		"a name in capitals":           {change("findings.shut contains", "findings.Shut contains"), "lower-case letters"},
		"a name of a test":             {change("findings.shut contains", "findings.test_shut contains"), "opa test would run the rule"},
		"a helper with a test's name":  {map[string]string{"okms/doors.rego": good + "\ntest_x if true\n"}, "opa test would run the rule"},
		"no conditions":                {change("#   conditions:\n#     open: \"{doors} {doors|door is|doors are} open\"\n", ""), "needs custom.conditions"},
		"a condition without sentence": {change("\"{doors} {doors|door is|doors are} open\"", "1"), "with a sentence as text"},
		"a sentence that is none":      {change("{doors} {", "{doors {"), "custom.conditions.open"},
		"a condition that no rule has": {change("#     open:", "#     ajar: x\n#     open:"), "no rule yields the condition ajar"},
		"another condition":            {change(`"condition": "open"`, `"condition": "ajar"`), `the condition "ajar", which custom.conditions does not describe`},
		"another condition of a chain": {chain(`"ajar"`), `the condition "ajar"`},
		"another condition of a set":   {map[string]string{"okms/doors.rego": strings.NewReplacer("input.doors\n", "some c in {\"open\", \"ajar\"}\n", `"condition": "open"`, `"condition": c`).Replace(good)}, `the condition "ajar"`},
		"a value left out":             {change(`{"doors": 1}`, `{}`), "has the value doors, which the finding does not give"},
		"a value that no sentence has": {change(`{"doors": 1}`, `{"doors": 1, "days": 2}`), "gives the value days, which no sentence"},
		"no severity":                  {change("severity: high", "severity: grave"), `severity "grave"`},
		"no evidence":                  {change("#   evidence: [/doors]\n", ""), "names no evidence"},
		"no source":                    {change("#   source: raci-check default, no external source\n", ""), "custom.source"},
		"no remediation":               {change("#   remediation: Shut it.\n", ""), "custom.remediation"},
		"no controls":                  {change("#   controls: {iso_27001: [\"7.2\"]}\n", ""), "custom.controls"},
		"an unknown framework":         {change("iso_27001", "iso_9001"), `unknown framework "iso_9001"`},
		"a number for a control":       {change(`["7.2"]`, `[7.2]`), "quote numbers"},
		"a field nobody knows":         {change("#   severity", "#   severty: high\n#   severity"), "unknown custom.severty"},
		"no pointer":                   {change(`"pointer": "/doors", `, ""), `no "pointer"`},
		"no condition":                 {change(`"condition": "open", `, ""), `no "condition"`},
		"no values":                    {change(`, "values": {"doors": 1}`, ""), `no "values"`},
		"a check in the finding":       {change(`"condition": "open"`, `"check": "shut", "condition": "open"`), `take "check" out`},
		"a message in the finding":     {change(`"values"`, `"message": "m", "values"`), `write "condition" and "values" instead`},
		"another field":                {change(`"values"`, `"place": "m", "values"`), `the field "place"`},
		"a pointer that is none":       {change(`"/doors"`, `"doors"`), "begins with /"},
		"an empty sentence":            {change("{doors} {doors|door is|doors are} open", " "), "is empty"},
		"a complete rule":              {change("findings.shut contains finding if", "findings.shut := finding if"), "findings.shut contains finding if"},
		"a default":                    {map[string]string{"okms/doors.rego": good[:strings.Index(good, "findings.shut")] + "default findings := {}\n"}, "is no rule of a check"},
		"conftest's style":             {map[string]string{"okms/doors.rego": good + "\nviolation contains input.x if input.doors\n"}, "nothing asks for the rule violation"},
		"a package in two files":       {map[string]string{"okms/a.rego": good, "okms/b.rego": good}, "package okms.doors is already in okms/a.rego"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(test.files)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("err = %v, wanted %q in it", err, test.says)
			}
			if err != nil && len(test.files) == 1 && !strings.Contains(test.says, "nothing") && !strings.Contains(err.Error(), "okms/doors.rego:") {
				t.Errorf("err = %v does not say where", err)
			}
		})
	}
}

// What a helper makes is not known before it is evaluated: the engine looks at it.
func TestLoadTakesAFindingThatAHelperMakes(t *testing.T) {
	for _, line := range []string{"finding := made(input.doors)", "finding := made", "made[_] = finding"} {
		source := strings.Replace(good, `finding := {"condition": "open", "pointer": "/doors", "values": {"doors": 1}}`, line, 1)
		if _, err := load(map[string]string{"okms/doors.rego": source}); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestNegations(t *testing.T) {
	for body, want := range map[string]int{
		"not shut(door)": 0, "not door.shut": 0, "not door.kind == 1": 0, "not data.lib.shut(door)": 0, "not door in data.params.shut": 0,
		"not shut(door.at)": 1, "not door.days >= 30": 1, "not door.state in {1}": 1, "not count(door.locks) > 0": 1,
	} {
		module, err := ast.ParseModuleWithOpts("x.rego", "package x\n\nbad if {\n\tsome door in input.doors\n\t"+body+"\n}\n", ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		errs := policy.Negations("x.rego", module)
		if (len(errs) > 0) != (want > 0) {
			t.Errorf("%s: %v", body, errs)
		}
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), "x.rego:5: door.") || !strings.Contains(err.Error(), "negate a helper") {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}
