package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"raci-check/internal/describe"
)

func newExplain(streams Streams) *cobra.Command {
	var (
		policies    rulesFlags
		readingName string
		profiles    []string
	)
	cmd := &cobra.Command{
		Use:   "explain [ID]",
		Short: "Explain an activity, a check or a parameter",
		Long: `Explain an activity (3.1.1.4 or backups), a check (backups.restore_tested) or a parameter
(backup_restore_test_max_age_days): the evidence it needs with an example, thresholds with their sources, the fix for a
finding, and the related controls.

With --profile, show the thresholds of each profile. The ID may then be left out: all parameters are shown, starting with those
that a profile changes.`,
		Example: `  raci-check explain backups
  raci-check explain backups.restore_tested
  raci-check explain --profile pci-dss-4.0.1 --profile secnumcloud-3.2`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 0 && !cmd.Flags().Changed("profile") {
				return errors.New("name an activity, a check or a parameter; or only profiles, with --profile, to compare them with the baseline")
			}
			return nil
		},
		ValidArgsFunction: completeIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := policies.open()
			if err != nil {
				return err
			}
			e, err := describe.Open(rules, readingName, profiles)
			if err != nil {
				return err
			}
			text := e.Profiles()
			if len(args) == 1 {
				if text, err = e.Explain(args[0]); err != nil {
					return err
				}
			}
			_, err = fmt.Fprint(streams.Out, text)
			return err
		},
	}
	policies.register(cmd.Flags())
	cmd.Flags().StringVar(&readingName, "raci", "", readingUsage)
	profileFlag(cmd.Flags(), &profiles)
	return cmd
}
