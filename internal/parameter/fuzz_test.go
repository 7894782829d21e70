package parameter_test

import (
	"errors"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

// Whatever the bytes: no panic, and either errors with places or the parameters there were, each with a value of its kind.
func FuzzOverride(f *testing.F) {
	const begin = "api_version: raci-check/v1\nkind: Parameters\nparameters:\n"
	for _, seed := range []string{
		begin + "  age_max_days: 10\n", begin + "  age_max_days: 1.5\n", begin + "  kinds: [a]\n  roles: [z]\n", begin + "  age_max_days: -1\n", begin + "  size_min_bits: [1]\n",
		begin + "  kinds: []\n", "kind: Parameters\n", begin, begin + "  age_max: 10\n", begin + "  age_max_days: 1e15\n",
	} {
		f.Add(seed)
	}
	set, err := source(nil).Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := document.Parse("p.yaml", []byte(text), document.DefaultLimits)
		if err != nil {
			return
		}
		got, err := set.Override(doc)
		var errs document.Errors
		var problem *document.Error
		switch {
		case err != nil && !errors.As(err, &errs) && !errors.As(err, &problem):
			t.Errorf("no place: %v", err)
		case err != nil:
			return
		case len(got.All()) != len(set.All()):
			t.Errorf("%d parameters, there were %d", len(got.All()), len(set.All()))
		}
		for i, p := range got.All() {
			_, list := p.Value.([]any)
			if _, wasList := set.All()[i].Value.([]any); list != wasList || p.Name != set.All()[i].Name {
				t.Errorf("%s is %v, was %v", p.Name, p.Value, set.All()[i].Value)
			}
		}
	})
}
