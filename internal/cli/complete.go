package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"raci-check/internal/describe"
	"raci-check/internal/ruleset"
	"raci-check/internal/verdict"
)

// complete lets a shell complete the words that flags take.
func complete(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		complete(sub)
	}
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		words := wordsOf(flag)
		if words == nil {
			return
		}
		if _, own := cmd.GetFlagCompletionFunc(flag.Name); own {
			return
		}
		err := cmd.RegisterFlagCompletionFunc(flag.Name, func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completions(words(cmd))
		})
		if err != nil {
			panic(err) // the flag is there
		}
	})
}

func completions(words []string, err error) ([]cobra.Completion, cobra.ShellCompDirective) {
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// wordsOf answers the words that a flag takes; nil where it takes others.
func wordsOf(flag *pflag.Flag) func(*cobra.Command) ([]string, error) {
	listed := func(words []string) func(*cobra.Command) ([]string, error) {
		return func(*cobra.Command) ([]string, error) { return words, nil }
	}
	switch value := flag.Value.(type) {
	case choice:
		return listed(value.choices)
	case *outputs:
		return listed(value.formats)
	case *optionValue:
		if value.option.Words != nil {
			return listed(value.option.Words)
		}
	}
	switch flag.Name {
	case "duty":
		return fromRules(duties)
	case "profile":
		return fromRules(func(rules ruleset.Ruleset) ([]string, error) { return rules.Profiles().Names() })
	case "raci":
		return fromRules(variants)
	case "without":
		return fromRules(questions)
	case "region":
		return fromRules(ruleset.Ruleset.Regions)
	case "section":
		return fromRules(sections)
	case "from":
		return listed(kindNames())
	case "only":
		return fromRules(func(rules ruleset.Ruleset) ([]string, error) {
			names, err := sections(rules)
			return append(kindNames(), names...), err
		})
	case "min-assurance":
		return listed(gradePairs())
	}
	return nil
}

// fromRules answers words of the ruleset, with what --policies adds.
func fromRules(words func(ruleset.Ruleset) ([]string, error)) func(*cobra.Command) ([]string, error) {
	return func(cmd *cobra.Command) ([]string, error) {
		var policies rulesFlags
		if flag := cmd.Flags().Lookup("policies"); flag != nil {
			policies.added, _ = cmd.Flags().GetStringArray("policies")
		}
		rules, err := policies.open()
		if err != nil {
			return nil, err
		}
		return words(rules)
	}
}

func duties(rules ruleset.Ruleset) ([]string, error) {
	reading, err := rules.Reading("")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, activity := range reading.Activities {
		if activity.Duty() {
			names = append(names, activity.Name)
		}
	}
	return names, nil
}

func variants(rules ruleset.Ruleset) ([]string, error) {
	catalog, _, err := rules.Catalog()
	if err != nil {
		return nil, err
	}
	return catalog.ReadingNames(), nil
}

func sections(rules ruleset.Ruleset) ([]string, error) {
	root, err := rules.Described()
	if err != nil {
		return nil, err
	}
	return root.Sections(), nil
}

func questions(rules ruleset.Ruleset) ([]string, error) {
	root, err := rules.Described()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, question := range root.Questions {
		names = append(names, question.Name)
	}
	return names, nil
}

func gradePairs() []string {
	var all []string
	for _, severity := range slices.Backward(verdict.Severities) {
		for _, grade := range verdict.Grades {
			all = append(all, fmt.Sprintf("%s=%s", severity, grade))
		}
	}
	return all
}

// completeIDs completes what explain explains.
func completeIDs(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completions(fromRules(func(rules ruleset.Ruleset) ([]string, error) {
		e, err := describe.Open(rules, "", nil)
		if err != nil {
			return nil, err
		}
		return e.IDs(), nil
	})(cmd))
}
