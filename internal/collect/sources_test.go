package collect_test

import (
	"context"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

type keySource struct{}

func (keySource) Fills() []string { return []string{"/keys/service_keys/*/id"} }

func (keySource) Collect(context.Context, collect.Request) (collect.Result, error) {
	return collect.Result{}, nil
}

// Without the list, a name that looks like a placeholder would be written, and assess would refuse what collect wrote.
func TestChosenSourcesSayWhatLooksLikeAPlaceholder(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	testhelp.Must(t, err)
	kind := collect.Kind{Name: "keys", New: func(collect.Values, collect.Env) (collect.Source, error) { return keySource{}, nil }}
	from := collect.Sources{Rules: rules, Config: collect.Config{Sources: []collect.Configured{{Kind: kind}}}, Only: []string{"keys"}}
	var options collect.Options
	chosen, err := from.Choose(&options)
	testhelp.Must(t, err)
	if len(chosen) != 1 || chosen[0].Name != "keys" {
		t.Errorf("chosen are %v", chosen)
	}
	if !options.Placeholders.Is("TODO") || options.Placeholders.Is("production") {
		t.Errorf("placeholders are %v", options.Placeholders)
	}
	if options.Format == nil {
		t.Error("the form of evidence is not there")
	}
	testhelp.Must(t, from.Finish())
}
