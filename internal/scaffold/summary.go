package scaffold

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/safefile"
)

func ReadFile(name, customer string) (*raci.Table, error) {
	file, _, err := safefile.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	defer file.Close()
	return Read(name, file, customer)
}

// Summary says what was written and what comes next.
func Summary(table *raci.Table, dir, id string, written []string) string {
	duties, providers := 0, 0
	for _, row := range table.Rows {
		if row.Customer.Accountable() {
			duties++
		} else {
			providers++
		}
	}
	helpers := "left as they are"
	if slices.ContainsFunc(written, func(name string) bool { return strings.HasPrefix(name, "lib/") }) {
		helpers = "written"
	}
	home := filepath.Join(dir, id)
	return fmt.Sprintf(`%d activities: %d are duties of the customer, %d the provider is asked about
%s
  catalog.yaml, reference.yaml, profiles/baseline/_shared.yaml
  schema/_root.json and one section for each duty
  %d policies <duty>/<duty>.rego, each with its <duty>_test.rego
%s
  the helpers that policies share: %s
%d files written
next:
  1. compare %s with the table, and make each ask_provider precise
  2. in each policy, replace the check "written" by checks of facts; docs/policies.md says how, and
     raci-check test --policies %s tests them
  3. raci-check init --policies %s my-evidence, then raci-check assess --policies %s my-evidence: every duty is missing until
     its evidence is there
`, len(table.Rows), duties, providers, home, duties, filepath.Join(dir, "lib"), helpers, len(written), filepath.Join(home, "catalog.yaml"), dir, dir, dir)
}
