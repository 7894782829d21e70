package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/describe"
)

func newExplain(streams Streams) *cobra.Command {
	var (
		spoken      language
		policies    rulesFlags
		readingName string
		profiles    []string
	)
	cmd := &cobra.Command{
		Use:   "explain [ID | WORD...]",
		Short: "Explain an activity, a check, a parameter or a field, or search them",
		Long: `Explain an activity (3.1.1.4 or backups), a check (backups.restore_tested) or a parameter
(backup_restore_test_max_age_days): the evidence it needs with an example, thresholds with their sources, the fix for a
finding, and the related controls. Or explain a section or field of the evidence (import_export.source): what it takes and which checks
read it. Of other words, list everything that has all of them in its name or description; of the beginning of an activity's
number (3.1), list the activities. Without an ID, list the activities and the sections.

With --profile, show the thresholds of each profile. The ID may then be left out: all parameters are shown, starting with those
that a profile changes.`,
		Example: `  raci-check explain backups
  raci-check explain backups.restore_tested
  raci-check explain network.clients.tls_min_version
  raci-check explain tls
  raci-check explain --profile pci-dss-4.0.1 --profile secnumcloud-3.2`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, err := policies.open()
			if err != nil {
				return err
			}
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			e, err := describe.Open(rules, readingName, profiles)
			if err != nil {
				return err
			}
			e.Language = speaks
			var text string
			switch {
			case len(args) > 0:
				text, err = e.Explain(strings.Join(args, " "))
			case cmd.Flags().Changed("profile"):
				text = e.Profiles()
			default:
				text = e.List()
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(streams.Out, text)
			return err
		},
	}
	policies.register(cmd.Flags())
	spoken.register(cmd.Flags())
	cmd.Flags().StringVar(&readingName, "raci", "", readingUsage)
	profileFlag(cmd.Flags(), &profiles)
	return cmd
}
