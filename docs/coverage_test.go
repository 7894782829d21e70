package docs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

// The page that says which source can prove which check is made from what each check needs and what each source declares.
func TestCoveragePageIsCurrent(t *testing.T) {
	if !*update {
		testhelp.Long(t, "judges evidence without each of its fields, for each set of sources")
	}
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	format, err := rules.Format()
	must(t, err)
	form, err := format.Describe()
	must(t, err)
	c := coverage{trial: newTrial(t, rules, format, form), checks: set.Checks()}
	c.columnsOf(t)
	for check, want := range rulesOfCounting {
		if got := c.together(check); got != want {
			t.Errorf("%s: %s, expected is: %s", check, got, want)
		}
	}
	page := c.page(t)
	writeOrCompare(t, "collect-coverage.md", generated+page)
	for _, other := range []string{"collect.md", "limitations.md"} {
		text, err := os.ReadFile(other)
		must(t, err)
		if say := fmt.Sprintf("Interfaces and states alone decide %d of the %d checks", c.upTo(0), len(c.checks)); !strings.Contains(string(text), say) {
			t.Errorf("%s does not say: %s", other, say)
		}
	}
	if byInterfaces := len(c.levels[0].measured); byInterfaces < leastMeasured {
		t.Errorf("%d checks are measured by interfaces and states alone, expected are at least %d", byInterfaces, leastMeasured)
	}
}

// rulesOfCounting are checks that show what counts, and what does not.
var rulesOfCounting = map[string]string{
	"cmk_access_policy.no_wildcards":          "measured",
	"service_logs.retention":                  "measured",
	"cmk_access_policy.certificates_from_csr": "measured", // the API does not list revoked certificates, of which it is not known
	// An exception is a decision: the key or the workload that has none is measured.
	"backups.keys_covered":      "measured",
	"service_location.aligned":  "measured",
	"backups.encrypted_apart":   "measured, with tools' exports",
	"key_selection.pqc_planned": "measured, with registers' exports",
	// It passes without the environment of the certificates, and fails with one: it would pass unseen.
	"cmk_access_policy.environments_apart": "people: `/credentials/certificates/*/environment`",
	// It is decided for users of the account, and not for those of an identity provider.
	"cmk_access_policy.identities_known": "measured, at one of the two services",
	// No field of it is filled by being in a list that is filled.
	"network_access.ranges_owned": "people: `/network/allow_list/*/justification`, `/network/allow_list/*/owner`",
}

// leastMeasured is how many checks interfaces and states measure alone at least: a change that loses one is a decision.
const leastMeasured = 67

// schemaLeaves are the fields of evidence that hold no fields, list items as *, with those of source left out: collect writes
// them itself. Informative fields are left out too.
func schemaLeaves(root *evidence.Form) []string {
	var all []string
	var walk func(pointer string, form *evidence.Form)
	walk = func(pointer string, form *evidence.Form) {
		form = root.Resolve(form)
		switch {
		case form.Informative != "":
		case form.Type == "array" && root.Resolve(form.Items).Type == "object":
			walk(pointer+"/*", form.Items)
		case form.Type == "object":
			for _, name := range form.Properties.Names {
				if name != "source" {
					walk(pointer+"/"+name, form.Properties.Forms[name])
				}
			}
		default:
			all = append(all, pointer)
		}
	}
	for _, section := range root.Sections() {
		walk("/"+section, root.Properties.Forms[section])
	}
	return all
}

// missed lists for each check the fields without which it does not pass the compliant evidence: those that its METADATA names, and
// those whose absence everywhere makes it fail.
func (tr *trial) missed(t *testing.T, checks []policy.Check) map[string][]string {
	t.Helper()
	missed := map[string]map[string]bool{}
	for _, check := range checks {
		missed[check.ID] = map[string]bool{}
		for _, pointer := range check.Evidence {
			missed[check.ID][pointer] = true
		}
	}
	for _, leaf := range schemaLeaves(tr.form) {
		value := without(t, tr.services[0].full, nil)
		if !drop(value, strings.Split(leaf, "/")[1:]) {
			continue
		}
		for id, isPass := range tr.passing(value) {
			if tr.services[0].passes[id] && !isPass {
				missed[id][leaf] = true
			}
		}
	}
	sorted := map[string][]string{}
	for id, pointers := range missed {
		// A list or section is needed by what is needed below it.
		for pointer := range pointers {
			for other := range pointers {
				if strings.HasPrefix(other, pointer+"/") {
					delete(pointers, pointer)
					break
				}
			}
		}
		maps.DeleteFunc(pointers, func(pointer string, _ bool) bool {
			steps := strings.Split(pointer, "/")
			isOurs := steps[1] == "metadata" || len(steps) > 2 && steps[2] == "source" // collect writes these itself
			return isOurs || isException(pointer)
		})
		sorted[id] = slices.Sorted(maps.Keys(pointers))
	}
	return sorted
}

// judgeOf answers the checks of evidence, by their ids.
func judgeOf(t *testing.T, rules ruleset.Ruleset, set *policy.Set, format *evidence.Format) func(map[string]any) map[string]assessment.Check {
	t.Helper()
	catalog, _, err := rules.Catalog()
	must(t, err)
	reading, err := catalog.Reading(catalog.ReadingNames()[0])
	must(t, err)
	parameters, err := rules.Parameters()
	must(t, err)
	reference, err := rules.Reference()
	must(t, err)
	var duties []raci.Activity
	for _, activity := range reading.Activities {
		if activity.Duty() {
			duties = append(duties, activity)
		}
	}
	plan, err := rules.Consistency()
	must(t, err)
	config := engine.Config{
		Activities: duties, Policies: set, Parameters: parameters.Values(), Reference: reference, Freshness: format.Freshness, Consistency: plan,
		Again: true, // some thousand times, with a field or two changed
	}
	evaluator, err := rego.NewLocal(t.Context(), rego.LocalConfig{Policies: set, Data: config.Data(), Again: true})
	must(t, err)
	reads, err := rego.Reads(set)
	must(t, err)
	config.Evaluator = engine.Remember(evaluator, reads)
	e, err := engine.New(config)
	must(t, err)
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	return func(value map[string]any) map[string]assessment.Check {
		service, err := e.Evaluate(t.Context(), engine.Request{At: at, Evidence: engine.Evidence{
			Value: value, Locate: func(string) verdict.Location { return verdict.Location{} },
		}})
		must(t, err)
		all := map[string]assessment.Check{}
		for _, activity := range service.Activities {
			for _, check := range activity.Checks {
				all[check.ID] = check
			}
		}
		return all
	}
}

// drop takes a field away wherever it is; it answers whether it was anywhere.
func drop(value any, steps []string) (dropped bool) {
	switch v := value.(type) {
	case map[string]any:
		if len(steps) == 1 {
			_, dropped = v[steps[0]]
			delete(v, steps[0])
			return dropped
		}
		return drop(v[steps[0]], steps[1:])
	case []any:
		for _, item := range v {
			if steps[0] == "*" {
				dropped = drop(item, steps[1:]) || dropped
			}
		}
	}
	return dropped
}

// coverage is which sources can measure which checks.
type coverage struct {
	trial   *trial
	checks  []policy.Check
	columns []column
	levels  []level
}

// column is what one source fills.
type column struct {
	name  string
	fills filled
}

// level is what sources together fill, and measure.
type level struct {
	name     string // as the table has it
	fills    filled
	measured map[string]bool // that no level before it measures
	partly   map[string]bool // at some of the good services only
}

func (c *coverage) columnsOf(t *testing.T) {
	t.Helper()
	by := map[string]filled{}
	for _, kind := range source.All {
		if kind.Name == "http" {
			kind.Fills = shippedFills(t, kind, c.trial.form)
		}
		if kind.Name != "file" {
			c.columns = append(c.columns, column{kind.Name, kind.Fills})
			by["interfaces"] = append(by["interfaces"], kind.Fills...)
			continue
		}
		for _, folder := range []string{"tools", "registers"} {
			by[folder] = exampleFills(t, kind, c.trial.form, folder)
			c.columns = append(c.columns, column{"file: " + folder, by[folder]})
		}
	}
	var fills filled
	already := map[string]bool{}
	for _, row := range []struct{ of, name string }{
		{"interfaces", "measured"}, {"tools", "measured, with tools' exports"}, {"registers", "measured, with registers' exports"},
	} {
		fills = append(slices.Clone(fills), by[row.of]...)
		measured, somewhere := c.trial.measured(t, fills, already)
		c.levels = append(c.levels, level{row.name, fills, measured, somewhere})
		maps.Copy(already, measured)
	}
}

// upTo is how many checks are measured by a level and those before it.
func (c *coverage) upTo(at int) (n int) {
	for _, l := range c.levels[:at+1] {
		n += len(l.measured)
	}
	return n
}

// share says how many checks are measured.
func (c *coverage) share(n int) string {
	return fmt.Sprintf("%d of %d checks (%d %%)", n, len(c.checks), 100*n/len(c.checks))
}

// page is the page.
func (c *coverage) page(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	fmt.Fprintf(&out, `# Which source can prove which check

A check is **measured** by sources if what they fill is enough to decide it, so that no person has to write a field for it. The
test that makes this page tries that. It takes everything else away from evidence that passes, and assesses the rest:

- the check still passes, and it fails after a change of a field that the sources fill
- no fact that the sources do not fill makes it fail, neither by its absence nor by what it says. Only an exception may: it is a
  decision of people, and a service without exceptions is measured without it
- the consistency checks compare the facts that are there, so they are tried on those

A field that can be filled is not necessarily good, and a customer's interface or tool may lack it. The file source can fill what
its mappings describe; the table uses those of the worked example, examples/collect. The http source can too; the table uses the shipped
mappings for interfaces. Tools measure or record by themselves
(backups, monitoring, scanners, tickets). A register contains what people entered. Its export proves that something is
recorded, not that it is true.

- measured by interfaces and states alone: %s
- with the exports of tools, as in the example: %s
- with the exports of registers too: %s
- the others need facts that only people know; the last column names them

%s
Each cell says how many of the needed fields a source can fill alone.

`, c.share(c.upTo(0)), c.share(c.upTo(1)), c.share(c.upTo(2)), c.bound(t))
	out.WriteString("| check |")
	for _, column := range c.columns {
		out.WriteString(" " + column.name + " |")
	}
	out.WriteString(" together |\n|---|" + strings.Repeat("---|", len(c.columns)+1) + "\n")
	for _, check := range c.checks {
		var cells []string
		needed := c.trial.needed[check.ID]
		for _, column := range c.columns {
			switch filled := len(needed) - len(lackingIn(needed, column.fills)); filled {
			case 0:
				cells = append(cells, "–")
			case len(needed):
				cells = append(cells, "all")
			default:
				cells = append(cells, fmt.Sprintf("%d of %d", filled, len(needed)))
			}
		}
		fmt.Fprintf(&out, "| %s | %s | %s |\n", check.ID, strings.Join(cells, " | "), c.together(check.ID))
	}
	return out.String()
}

// together says which sources together measure a check, or else what people write for it.
func (c *coverage) together(check string) string {
	for _, l := range c.levels {
		if l.measured[check] {
			return l.name
		}
	}
	for _, l := range c.levels {
		if l.partly[check] {
			return l.name + ", at one of the two services"
		}
	}
	if lacking := c.lacking(check, c.levels[len(c.levels)-1].fills); len(lacking) > 0 {
		return "people: " + code(lacking)
	}
	return "not tried: it passes at neither service"
}

// lacking are the fields that are not filled and that a check needs, or else those by which people can make it fail.
func (c *coverage) lacking(check string, all filled) []string {
	lacking := lackingIn(c.trial.needed[check], all)
	if len(lacking) == 0 {
		for _, m := range c.trial.mutations {
			if m.Check == check {
				lacking = append(lacking, lackingIn(m.places(), all)...)
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(lacking)))
}

// lackingIn lists what is needed and not filled. A list or section is filled by a field below it.
func lackingIn(needed []string, fills filled) []string {
	var lacking []string
	for _, pointer := range needed {
		if !fills.tells(pointer) {
			lacking = append(lacking, pointer)
		}
	}
	return lacking
}

// shippedFills are the fields that the shipped mappings for interfaces fill, those that docs/mappings.md marks.
func shippedFills(t *testing.T, kind collect.Kind, form *evidence.Form) (fills []string) {
	t.Helper()
	page, err := os.ReadFile("mappings.md")
	must(t, err)
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `") || !strings.HasSuffix(line, "| yes |\n") {
			continue
		}
		source, err := kind.New(collect.Values{"url": {"https://tool.example/"}, "shipped": {strings.Split(line, "`")[1]}}, collect.Env{Form: form})
		must(t, err)
		fills = append(fills, source.Fills()...)
	}
	slices.Sort(fills)
	return slices.Compact(fills)
}

// exampleFills are the fields that mappings of the worked example fill.
func exampleFills(t *testing.T, kind collect.Kind, form *evidence.Form, folder string) []string {
	t.Helper()
	mappings, err := filepath.Glob("../examples/collect/mappings/" + folder + "/*.yaml")
	must(t, err)
	source, err := kind.New(collect.Values{"mapping": mappings}, collect.Env{Form: form})
	must(t, err)
	return source.Fills()
}

// inLogs are the fields that the events of the log streams can tell: the fields of events are in OVHcloud's guides to the logs of OKMS
// and of the account (KMS troubleshooting, IAM logs forwarding). The source http reads some of them.
var inLogs = filled{
	"/log_streams/streams/*/last_event_at", "/log_streams/streams/*/longest_pause_90d_hours", "/service_logs/fields",
	"/keys/service_keys/*/last_used_at", "/keys/service_keys/*/last_used_for", "/credentials/certificates/*/last_used_at",
	"/capacity/requests_90d", "/capacity/throttled_90d", "/kmip/requests_90d", "/account/users/*/last_login_at", "/account/users/*/mfa",
	"/account/root/last_used_on", "/network/observed_client_ips", "/network/observed_client_ip_count",
}

// bound says what stands between the interfaces and the other checks.
func (c *coverage) bound(t *testing.T) string {
	t.Helper()
	interfaces := c.levels[0]
	kinds := []struct {
		name  string
		fills filled
	}{
		{"what an event in the log streams says", inLogs},
		{"what a tool records (backups, probes, scanners, tickets)", c.columnOf("file: tools").fills},
		{"what a register contains (workloads, owners, purposes)", c.columnOf("file: registers").fills},
	}
	const people = "what only people know (decisions, reviews, exercises, contracts)"
	lacking, alone := map[string]int{}, map[string]int{}
	for _, check := range c.checks {
		if interfaces.measured[check.ID] {
			continue
		}
		of := map[string]bool{}
		for _, pointer := range c.lacking(check.ID, interfaces.fills) {
			kind := people
			for _, fact := range slices.Backward(kinds) {
				if fact.fills.tells(pointer) {
					kind = fact.name
				}
			}
			of[kind] = true
		}
		for kind := range of {
			lacking[kind]++
			if len(of) == 1 {
				alone[kind]++
			}
		}
	}
	withLogs, _ := c.trial.measured(t, slices.Concat(interfaces.fills, inLogs), interfaces.measured)
	byProvider := len(c.byProvider(t))
	var out strings.Builder
	fmt.Fprintf(&out, `## What the interfaces cannot tell

The test tries two services, evidence/compliant and evidence/saas. A check counts if it is decided at each of them that passes it.
These are decided at one of the two only, and do not count: %s.

The others lack facts of these kinds:

| kind of fact | checks that lack one | checks that lack no other kind |
|---|---|---|
`, code(slices.Sorted(maps.Keys(interfaces.partly))))
	for _, kind := range kinds {
		fmt.Fprintf(&out, "| %s | %d | %d |\n", kind.name, lacking[kind.name], alone[kind.name])
	}
	fmt.Fprintf(&out, "| %s | %d | %d |\n", people, lacking[people], alone[people])
	fmt.Fprintf(&out, `
The states of code and the interfaces of the provider measure %s by themselves. They tell nothing of backups, probes, scanners and
tickets. The others of the %d come from the interfaces of the customer's tools, through the shipped mappings. A customer with other tools
writes a mapping for each.

- A shipped mapping reads what the tool does or measures. Some need names that the customer configures in the tool:
  [conventions](collect-http.md#conventions) lists them.
- Two facts are typed into the tool: the limits of capacity, and in ServiceNow when the provider learned of an incident.
- The other documented events of the log streams would add %d to that.
- No interface says who owns a key and what it is for, or what was decided, reviewed or practised. Reviews of access are the exception, because
  the identity provider carries them out.
- No documented interface records a migration of KMIP objects, and none keeps the log of a restore in the evidence.

Some things could raise the number and prove nothing, so they are not done. The policies of the account do not fill the allow-list of
addresses, because it would be compared with itself: the trusted locations of the identity provider do. A tag or a description
that people wrote is a register: it does not measure anything.

## All checks
`, c.share(byProvider), len(interfaces.measured), len(withLogs))
	return out.String()
}

// byProvider are the checks that states of code and the interfaces of the provider measure, without those of the customer's tools.
func (c *coverage) byProvider(t *testing.T) map[string]bool {
	t.Helper()
	var fills filled
	for _, column := range c.columns {
		if column.name != "http" && !strings.HasPrefix(column.name, "file: ") {
			fills = append(fills, column.fills...)
		}
	}
	measured, _ := c.trial.measured(t, fills, nil)
	return measured
}

func (c *coverage) columnOf(name string) column {
	return c.columns[slices.IndexFunc(c.columns, func(c column) bool { return c.name == name })]
}
