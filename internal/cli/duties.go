package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/describe"
)

func newDuties(streams Streams) *cobra.Command {
	var (
		spoken      language
		policies    rulesFlags
		readingName string
		compare     bool
		frameworks  bool
		output      = "text"
		oscal       string
	)
	cmd := &cobra.Command{
		Use:     "duties [--compare VARIANT VARIANT]",
		Aliases: []string{"list"},
		Short:   "Show the RACI table: roles, and the number of checks for each activity",
		Long: `Show the activities of the RACI table, with the roles of the customer and the provider and the number of checks. --raci
selects the variant of the table. With --compare, show the rows in which two variants differ. -o oscal writes the OSCAL
catalog that assess -o oscal refers to, -o oscal-ssp the provider's part of the table, which the customer's security plan inherits
from (assess -o oscal-ssp), and -o oscal-mapping the mapping of the checks to the controls of other frameworks. With
--frameworks, list the frameworks that assess --framework takes, with how many of their requirements checks are about.`,
		Example: `  raci-check duties
  raci-check duties --raci published-2025-10-21 -o json
  raci-check duties -o oscal > oscal-catalog.json
  raci-check duties -o oscal-ssp > oscal-provider.json
  raci-check duties --frameworks
  raci-check duties --compare kb0065221 published-2025-10-21`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case compare && len(args) != 2:
				return errors.New("--compare takes two variants")
			case compare && strings.HasPrefix(output, "oscal"):
				return errors.New("--compare works with text and json; a document in OSCAL has one variant")
			case frameworks && output != "text" && output != "json":
				return errors.New("--frameworks works with text and json")
			case !compare && len(args) > 0:
				return errors.New("duties takes no arguments, except for two variants after --compare")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := policies.open()
			if err != nil {
				return err
			}
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			if frameworks {
				return describe.Frameworks(rules, speaks, streams.Out, output)
			}
			if compare {
				comparison, err := describe.Compare(rules, args[0], args[1])
				if err != nil {
					return err
				}
				comparison.Language = speaks
				return comparison.Write(streams.Out, output)
			}
			duties, err := describe.OpenDuties(rules, readingName)
			if err != nil {
				return err
			}
			duties.Version, duties.OSCAL, duties.Language = version(), oscal, speaks
			return duties.Write(streams.Out, output)
		},
	}
	policies.register(cmd.Flags())
	spoken.register(cmd.Flags())
	cmd.Flags().StringVar(&readingName, "raci", "", readingUsage)
	cmd.Flags().BoolVar(&compare, "compare", false, "show the rows in which the two variants differ")
	cmd.Flags().BoolVar(&frameworks, "frameworks", false, "list the frameworks that an assessment can be seen from")
	cmd.MarkFlagsMutuallyExclusive("compare", "frameworks")
	cmd.Flags().VarP(choice{value: &output, choices: describe.DutyFormats, kind: "output format"}, "output", "o", "how to print")
	oscalFlag(cmd.Flags(), &oscal)
	return cmd
}
