package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/diff"
	"raci-check/internal/forecast"
	"raci-check/internal/prove"
	"raci-check/internal/ruleset"
	"raci-check/internal/schema"
	"raci-check/internal/waiver"
)

// fixedSchemas are those that are the same whatever the rules, by name.
var fixedSchemas = map[string][]byte{
	"assessment":   assessment.JSONSchema,
	"diff":         diff.JSONSchema,
	"forecast":     forecast.JSONSchema,
	"ndjson":       assessment.LinesSchema(),
	"test":         prove.JSONSchema,
	"verification": attest.JSONSchema,
	"waivers":      waiver.Schema,
}

func newSchema(streams Streams) *cobra.Command {
	kinds := append([]string{"evidence", "params"}, slices.Sorted(maps.Keys(fixedSchemas))...)
	var (
		policies rulesFlags
		profiles []string
	)
	cmd := &cobra.Command{
		Use:   "schema [" + strings.Join(kinds, "|") + "]",
		Short: "Print the JSON Schema of a file that is read or written",
		Long: `Print the JSON Schema (draft 2020-12) of a file that is read: evidence (the default), params, waivers; or of what a command
writes. An editor that is given the schema completes and checks as you type.`,
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
				return errors.New(schema.Unknown("schema", name, kinds))
			}
			content := fixedSchemas[name]
			if content == nil {
				rules, err := policies.open()
				if err != nil {
					return err
				}
				if content, err = rulesSchema(rules, name, profiles); err != nil {
					return err
				}
			}
			_, err := streams.Out.Write(content)
			return err
		},
	}
	policies.register(cmd.Flags())
	profileFlag(cmd.Flags(), &profiles)
	return cmd
}

// rulesSchema is the schema of what a ruleset is given.
func rulesSchema(rules ruleset.Ruleset, name string, profiles []string) ([]byte, error) {
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
