package policies_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/placeholder"
	"raci-check/internal/schema"
)

// trial is a change of the compliant evidence as an auditor would try it.
type trial struct {
	Kind     string         `yaml:"kind"`
	What     string         `yaml:"what"`
	Expected string         `yaml:"expected"`
	Set      map[string]any `yaml:"set"`
	Remove   []string       `yaml:"remove"`
}

// What a practitioner would reject is noticed, what is honest passes, and every known gap is still one.
func TestAuditorsTrials(t *testing.T) {
	if testing.Short() {
		t.Skip("judges some hundred mutants")
	}
	h := load(t)
	l := newLaboratory(t, h)
	encoded, err := json.Marshal(h.compliant(t))
	must(t, err)
	list, err := placeholder.New(h.reference)
	must(t, err)
	form, err := schema.Compile("evidence", h.format.Schema)
	must(t, err)
	var trials []trial
	readYAML(t, "../testdata/audit.yaml", &trials)
	found := make([]string, len(trials))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, tried := range trials {
		group.Go(func() error {
			mutant := mutation{Set: tried.Set, Remove: tried.Remove}.apply(t, encoded)
			text, err := json.Marshal(mutant)
			must(t, err)
			reader := evidence.Reader{Schema: form, Limits: document.DefaultLimits, Placeholders: list, Stdin: bytes.NewReader(text)}
			if _, err := reader.Read([]string{"-"}); err != nil {
				found[i] = "refused: " + err.Error()
				return nil
			}
			ids, refused := l.bad(t, mutant)
			switch {
			case refused:
				found[i] = "refused"
			case len(ids) > 0:
				found[i] = ids[0]
			}
			return nil
		})
	}
	must(t, group.Wait())
	counts := map[string][2]int{}
	for i, tried := range trials {
		c := counts[tried.Kind]
		c[1]++
		if found[i] != "" {
			c[0]++
		}
		counts[tried.Kind] = c
		switch {
		case tried.Expected == "noticed" && found[i] == "":
			t.Errorf("%s, %s: nothing notices", tried.Kind, tried.What)
		case tried.Expected == "pass" && found[i] != "":
			t.Errorf("%s, %s: %s, and it should pass", tried.Kind, tried.What, found[i])
		case tried.Expected == "unnoticed" && found[i] != "":
			t.Errorf("%s, %s: %s notices it now; expected: noticed", tried.Kind, tried.What, found[i])
		case !slices.Contains([]string{"noticed", "pass", "unnoticed"}, tried.Expected):
			t.Errorf("%s, %s: expected is %q", tried.Kind, tried.What, tried.Expected)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-7s %d of %d noticed", kind, counts[kind][0], counts[kind][1])
	}
}
