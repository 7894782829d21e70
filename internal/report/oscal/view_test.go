package oscal

import (
	"encoding/json"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// A requirement is satisfied only where a check shows all of it, and each finding names observations that are in its result.
func TestViewIsSatisfiedOnlyByWhatIsShownInFull(t *testing.T) {
	passing := reporttest.Of(reporttest.Failing())
	checks := reporttest.Activity(&passing.Services[0], "3.1.1.4").Checks
	for i := range checks {
		checks[i].Status, checks[i].Looser = verdict.Pass, nil
	}
	for name, test := range map[string]struct {
		assessed *assessment.Assessment
		want     [3]string // by requirement: the first has a check that shows all of it, the second a related check, the third none
	}{
		"a service that passes": {passing, [3]string{"satisfied", "not-satisfied", "not-satisfied"}},
		"a service that fails":  {reporttest.Of(reporttest.Failing()), [3]string{"not-satisfied", "not-satisfied", "not-satisfied"}},
	} {
		var document struct {
			Results struct {
				Results []result `json:"results"`
			} `json:"assessment-results"`
		}
		if err := json.Unmarshal([]byte(render(t, "view", test.assessed)), &document); err != nil {
			t.Fatal(err)
		}
		made := document.Results.Results[0]
		observed := map[string]bool{}
		for _, o := range made.Observations {
			observed[o.UUID] = true
		}
		if len(made.Findings) != len(test.want) || len(observed) == 0 {
			t.Fatalf("%s: %d findings, %d observations", name, len(made.Findings), len(observed))
		}
		for i, f := range made.Findings {
			if f.Target.Status.State != test.want[i] {
				t.Errorf("%s: %s is %s, expected %s", name, f.Target.ID, f.Target.Status.State, test.want[i])
			}
			for _, related := range f.Observations {
				if !observed[related.Observation] {
					t.Errorf("%s: %s names an observation that is not there", name, f.Target.ID)
				}
			}
		}
	}
}
