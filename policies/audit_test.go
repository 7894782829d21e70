package policies_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// trial is a change of an example, of evidence/compliant where none is named, as an auditor would try it.
type trial struct {
	Example  string         `yaml:"example"`
	Kind     string         `yaml:"kind"`
	What     string         `yaml:"what"`
	Expected string         `yaml:"expected"`
	Set      map[string]any `yaml:"set"`
	Remove   []string       `yaml:"remove"`
}

// What a practitioner would reject is noticed, what is honest passes, and every known gap is still one.
func TestAuditorsTrials(t *testing.T) {
	testhelp.Long(t, "judges some hundred mutants")
	examples := map[string]*example{}
	for name, folder := range map[string]string{"": "compliant", "small": "small", "saas": "saas"} {
		examples[name] = newExample(t, folder)
	}
	var trials []trial
	readYAML(t, "../testdata/audit.yaml", &trials)
	outcomes := make([]string, len(trials))
	each(t, len(trials), func(i int) {
		e := examples[trials[i].Example]
		mutant := mutation{Set: trials[i].Set, Remove: trials[i].Remove}.apply(t, e.plain)
		if err := e.refuses(t, mutant); err != nil {
			outcomes[i] = "refused: " + err.Error()
			return
		}
		ids, refused := e.bad(t, mutant)
		switch {
		case refused:
			outcomes[i] = "refused"
		case len(ids) > 0:
			outcomes[i] = ids[0]
		}
	})
	counts := map[string][2]int{}
	for i, tried := range trials {
		c := counts[tried.Kind]
		c[1]++
		if outcomes[i] != "" {
			c[0]++
		}
		counts[tried.Kind] = c
		switch {
		case tried.Expected == "noticed" && outcomes[i] == "":
			t.Errorf("%s, %s: nothing notices", tried.Kind, tried.What)
		case tried.Expected == "pass" && outcomes[i] != "":
			t.Errorf("%s, %s: %s, and it should pass", tried.Kind, tried.What, outcomes[i])
		case tried.Expected == "unnoticed" && outcomes[i] != "":
			t.Errorf("%s, %s: %s notices it now; expected: noticed", tried.Kind, tried.What, outcomes[i])
		case !slices.Contains([]string{"noticed", "pass", "unnoticed"}, tried.Expected):
			t.Errorf("%s, %s: expected is %q", tried.Kind, tried.What, tried.Expected)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-7s %d of %d noticed", kind, counts[kind][0], counts[kind][1])
	}
}
