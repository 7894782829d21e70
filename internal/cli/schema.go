package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/program"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/verify"
	"github.com/raci-check/raci-check/internal/waiver"
)

// fixedSchemas are those that are the same whatever the rules, by name.
var fixedSchemas = map[string]func() []byte{
	"assessment":   func() []byte { return assessment.JSONSchema },
	"collect":      func() []byte { return collect.ConfigSchema(source.All) },
	"diff":         func() []byte { return diff.JSONSchema },
	"forecast":     func() []byte { return forecast.JSONSchema },
	"mapping":      func() []byte { return mapping.Schema },
	"ndjson":       assessment.LinesSchema,
	"plan":         func() []byte { return planned.JSONSchema },
	"session":      func() []byte { return session.Schema },
	"test":         func() []byte { return policytest.JSONSchema },
	"verification": func() []byte { return verify.JSONSchema },
	"version":      func() []byte { return program.JSONSchema },
	"waivers":      func() []byte { return waiver.Schema },
}

func newSchema(streams Streams) *cobra.Command {
	kinds := append([]string{"evidence", "params", "reference"}, slices.Sorted(maps.Keys(fixedSchemas))...)
	var (
		policies rulesFlags
		profiles []string
	)
	cmd := &cobra.Command{
		Use:   "schema [" + strings.Join(kinds, "|") + "]",
		Short: "Print the JSON Schema of a file that is read or written",
		Long: `Print the JSON Schema (draft 2020-12) of a file that is read: evidence (the default), params, reference, waivers, collect,
mapping; or of what a command writes. An editor that is given the schema completes and checks as you type.`,
		Example:   "  raci-check schema evidence > evidence.schema.json",
		ValidArgs: kinds,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("name one schema")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			name := kinds[0]
			if len(args) == 1 {
				name = args[0]
			}
			if !slices.Contains(kinds, name) {
				return errors.New(suggest.Unknown("schema", name, kinds))
			}
			if fixed, ok := fixedSchemas[name]; ok {
				_, err := streams.Out.Write(fixed())
				return err
			}
			rules, err := policies.open()
			if err != nil {
				return err
			}
			content, err := rulesSchema(rules, name, profiles)
			if err != nil {
				return err
			}
			_, err = streams.Out.Write(content)
			return err
		},
	}
	policies.register(cmd.Flags())
	profileFlag(cmd.Flags(), &profiles)
	return cmd
}

// rulesSchema is the schema of what a ruleset is given.
func rulesSchema(rules ruleset.Ruleset, name string, profiles []string) ([]byte, error) {
	if name == "reference" {
		return rules.ReferenceForm()
	}
	if name == "params" {
		parameters, err := rules.Parameters(profiles...)
		if err != nil {
			return nil, err
		}
		return parameters.Schema(), nil
	}
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	return format.Indented(), nil
}
