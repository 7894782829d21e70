package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/describe"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
)

// completion is what a flag or an argument can be completed to, by what is typed of it.
type completion = func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective)

// complete lets a shell complete the values of flags and the arguments of commands.
func complete(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		complete(sub)
	}
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = arguments[cmd.CommandPath()]
	}
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if _, own := cmd.GetFlagCompletionFunc(flag.Name); own {
			return
		}
		if err := cmd.RegisterFlagCompletionFunc(flag.Name, valuesOf(flag)); err != nil {
			panic(err) // the flag is there
		}
	})
}

// arguments are what commands take, where it is not every file.
var arguments = map[string]completion{
	"raci-check archive":        endingIn("json"),
	"raci-check catalog import": anyFile,
	"raci-check collect":        folders,
	"raci-check diff":           endingIn("json", "ndjson"),
	"raci-check init":           folders,
	"raci-check keygen":         nothing,
	"raci-check lsp":            nothing,
	"raci-check man":            folders,
	"raci-check plan":           endingIn("json"),
	"raci-check render":         endingIn("json", "ndjson"),
	"raci-check sample":         endingIn("json", "gz"),
	"raci-check self-check":     anyFile,
	"raci-check serve":          folders,
	"raci-check sign":           endingIn("json"),
	"raci-check test":           folders,
	"raci-check verify":         endingIn("json", "gz"),
	"raci-check version":        nothing,
	"raci-check duties": func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if compare, err := cmd.Flags().GetBool("compare"); err != nil || !compare {
			return nothing(cmd, args, typed)
		}
		return wordsFrom(fromRules(variants))(cmd, args, typed)
	},
}

func nothing(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func anyFile(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func folders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// endingIn completes names of files with these endings.
func endingIn(endings ...string) completion {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

func wordsFrom(words func(*cobra.Command) ([]cobra.Completion, error)) completion {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completions(words(cmd))
	}
}

func completions(words []cobra.Completion, err error) ([]cobra.Completion, cobra.ShellCompDirective) {
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// listOf completes the last word of a list with commas, to one that is not in the list yet.
func listOf(words completion) completion {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		all, directive := words(cmd, args, typed)
		end := strings.LastIndex(typed, ",") + 1
		if end == 0 {
			return all, directive
		}
		chosen := strings.Split(typed[:end-1], ",")
		var rest []cobra.Completion
		for _, word := range all {
			word, _, _ = strings.Cut(word, "\t") // with descriptions, bash compares words whose commas are escaped
			if !slices.Contains(chosen, word) {
				rest = append(rest, typed[:end]+word)
			}
		}
		return rest, directive
	}
}

// outputsOf completes formats, the file after FORMAT=, and a file whose ending names its format.
func outputsOf(formats []string) completion {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		format, file, toFile := strings.Cut(typed, "=")
		if toFile {
			return filesAfter(format+"=", file)
		}
		if !slices.ContainsFunc(formats, func(format string) bool { return strings.HasPrefix(format, typed) }) {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return formats, cobra.ShellCompDirectiveNoFileComp
	}
}

// filesAfter completes the name of a file behind a text, which shells take for a part of the name.
func filesAfter(text, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	folder, begin := filepath.Split(typed)
	entries, err := os.ReadDir(cmp.Or(folder, "."))
	if err != nil {
		return nothing(nil, nil, "")
	}
	var names []cobra.Completion
	directive := cobra.ShellCompDirectiveNoFileComp
	for _, entry := range entries {
		name := entry.Name()
		hidden := strings.HasPrefix(name, ".") && begin == ""
		if hidden || !strings.HasPrefix(name, begin) || strings.ContainsFunc(name, unicode.IsControl) {
			continue
		}
		if entry.IsDir() {
			name += "/"
			directive |= cobra.ShellCompDirectiveNoSpace // the name goes on
		}
		names = append(names, text+folder+name)
	}
	return names, directive
}

func valuesOf(flag *pflag.Flag) completion {
	switch value := flag.Value.(type) {
	case choice:
		return wordsFrom(listedWords(value.choices))
	case *outputs:
		return outputsOf(value.formats)
	case *optionValue:
		if value.option.Words != nil {
			return wordsFrom(listedWords(value.option.Words))
		}
	}
	if words := wordsOf(flag); words != nil {
		complete := wordsFrom(words)
		switch flag.Value.Type() {
		case "stringSlice", "grade": // they take commas
			return listOf(complete)
		}
		return complete
	}
	switch flag.Name {
	case "baseline":
		return endingIn("json", "ndjson")
	case "config", "file-mapping", "params", "reference", "waivers":
		return endingIn("yaml", "yml")
	case "output":
		return anyFile
	}
	if name, _ := pflag.UnquoteUsage(flag); name == "file" || name == "folder" {
		return anyFile
	}
	return nothing
}

func listedWords(words []string) func(*cobra.Command) ([]cobra.Completion, error) {
	return func(*cobra.Command) ([]cobra.Completion, error) { return words, nil }
}

// wordsOf answers the words that a flag of this name takes; nil where it takes others.
func wordsOf(flag *pflag.Flag) func(*cobra.Command) ([]cobra.Completion, error) {
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
		return listedWords(kindNames())
	case "only":
		return fromRules(func(rules ruleset.Ruleset) ([]string, error) {
			names, err := sections(rules)
			return append(kindNames(), names...), err
		})
	case "min-assurance":
		return listedWords(gradePairs())
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
			names = append(names, cobra.CompletionWithDesc(activity.Name, activity.Title))
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

// completeIDs completes what explain explains: an id at first, and words to search for after it, which are anybody's.
func completeIDs(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nothing(cmd, args, typed)
	}
	return completions(fromRules(func(rules ruleset.Ruleset) ([]cobra.Completion, error) {
		e, err := describe.Open(rules, "", nil)
		if err != nil {
			return nil, err
		}
		var ids []cobra.Completion
		for _, topic := range e.Topics() {
			section, _, _ := strings.Cut(topic.ID, ".")
			if !topic.Field || strings.HasPrefix(typed, section+".") { // there are hundreds of fields
				ids = append(ids, cobra.CompletionWithDesc(topic.ID, topic.About))
			}
		}
		return ids, nil
	})(cmd))
}
