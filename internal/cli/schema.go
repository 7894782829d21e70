package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"raci-check/internal/assessment"
	"raci-check/internal/diff"
	"raci-check/internal/forecast"
	"raci-check/internal/schema"
	"raci-check/internal/waiver"
)

func newSchema(streams Streams) *cobra.Command {
	kinds := []string{"evidence", "params", "waivers", "assessment", "ndjson", "diff", "forecast"}
	var (
		policies rulesFlags
		profiles []string
	)
	cmd := &cobra.Command{
		Use:   "schema [evidence|params|waivers|assessment|ndjson|diff|forecast]",
		Short: "Print the JSON Schema of a file that is read or written",
		Long: `Print the JSON Schema (draft 2020-12) of evidence (the default), of a file of parameters, of a file of
waivers, of the JSON that assess, diff and forecast write, or of a line of what assess writes with -o ndjson. An editor that is given the schema completes and checks as you type.`,
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
			rules, err := policies.open()
			if err != nil {
				return err
			}
			var content []byte
			switch name {
			case "evidence":
				format, err := rules.Format()
				if err != nil {
					return err
				}
				content = format.Indented()
			case "params":
				parameters, err := rules.Parameters(profiles...)
				if err != nil {
					return err
				}
				content = parameters.Schema()
			case "waivers":
				content = waiver.Schema
			case "assessment":
				content = assessment.JSONSchema
			case "ndjson":
				content = assessment.LinesSchema()
			case "diff":
				content = diff.JSONSchema
			case "forecast":
				content = forecast.JSONSchema
			default:
				return errors.New(schema.Unknown("schema", name, kinds))
			}
			_, err = streams.Out.Write(content)
			return err
		},
	}
	policies.register(cmd.Flags())
	profileFlag(cmd.Flags(), &profiles)
	return cmd
}
