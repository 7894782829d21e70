package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/suggest"
)

// meantCommands are the names that other programs have for what these commands do.
var meantCommands = map[string][]string{
	"assess":  {"check", "scan", "validate", "run", "lint", "evaluate", "eval", "audit", "analyze", "analyse", "start"},
	"render":  {"report", "convert", "export", "show", "view", "html"},
	"diff":    {"compare", "baseline"},
	"duties":  {"ls", "checks", "controls", "rules", "activities"},
	"explain": {"describe", "info", "search", "find", "doc", "docs"},
	"init":    {"new", "create", "setup", "template", "generate", "skeleton"},
	"collect": {"fetch", "import", "gather", "sync", "pull"},
	"keygen":  {"key", "keys", "generate-key"},
}

// meantFlags are the names that other programs have for what these flags do; without a value behind a space.
var meantFlags = map[string][]string{
	"-o FORMAT, or -o FORMAT=FILE": {"format", "out", "output-format", "report", "reports", "report-format", "output-file", "f", "F"},
	"-o json":                      {"json", "j"},
	"-o html=FILE":                 {"html"},
	"-o sarif=FILE":                {"sarif"},
	"-o junit=FILE":                {"junit", "xml"},
	"-o markdown":                  {"markdown", "md"},
	"-o csv=FILE":                  {"csv"},
	"--details":                    {"verbose", "full", "all", "long", "debug"},
	"-q":                           {"silent", "summary", "short", "s"},
	"--color never":                {"no-color", "no-colour", "nocolor", "plain"},
	"--color":                      {"colour"},
	"--fail-on SEVERITY":           {"exit-code", "threshold", "min-severity", "severity-threshold", "fail-severity"},
	"--policies FOLDER":            {"policy", "rules", "p", "b", "bundle"},
	"--duty NAME":                  {"only", "check", "include", "filter"},
	"--params FILE":                {"parameters", "config", "c", "vars", "values"},
	"--waivers FILE":               {"ignore", "exclude", "skip", "suppress", "exceptions", "waiver"},
	"--at TIME":                    {"date", "time", "now"},
	"--version":                    {"V"},
}

// meant is the entry of a table that has the word; empty where there is none.
func meant(table map[string][]string, word string) string {
	for name, words := range table {
		if slices.Contains(words, word) {
			return name
		}
	}
	return ""
}

// unknownCommand refuses words that are no command, with what was probably meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	word := args[0]
	if other := meant(meantCommands, strings.ToLower(word)); !cmd.HasParent() && other != "" {
		return fmt.Errorf("unknown command %q, did you mean %q?", word, other)
	}
	if _, err := os.Stat(word); err == nil && !cmd.HasParent() {
		return fmt.Errorf("%s is no command: raci-check assess %s assesses it", word, word)
	}
	message := suggest.Unknown("command", word, names)
	if suggest.Nearest(word, names) == "" && !strings.Contains(message, "known are") {
		message += "; " + cmd.CommandPath() + " --help lists the commands"
	}
	return errors.New(message)
}

func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	name, shown := unknown.GetSpecifiedName(), "--"+unknown.GetSpecifiedName()
	if len(name) == 1 {
		shown = "-" + name
	}
	if use := meant(meantFlags, name); use != "" && hasFlag(cmd, use) {
		return fmt.Errorf("unknown flag %q, did you mean %s? See %s --help", shown, use, cmd.CommandPath())
	}
	if len(name) > 1 {
		return fmt.Errorf("%s; see %s --help", suggest.Unknown("flag", shown, names), cmd.CommandPath())
	}
	// -help is read as -h -e -l -p: the first letter may be a flag already.
	letters := unknown.GetSpecifiedShortnames()
	for _, long := range names {
		if len(letters) > 1 && (long == "--"+letters || len(long) == len(letters)+3 && strings.HasSuffix(long, letters)) {
			return fmt.Errorf("unknown flag %q, did you mean %q, with two dashes? See %s --help", shown, long, cmd.CommandPath())
		}
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
}

// hasFlag reports whether a command, or the program, has the flag that a hint begins with.
func hasFlag(cmd *cobra.Command, hint string) bool {
	name := strings.TrimLeft(strings.FieldsFunc(hint, func(r rune) bool { return r == ' ' || r == ',' })[0], "-")
	if len(name) == 1 {
		return cmd.Flags().ShorthandLookup(name) != nil
	}
	return cmd.Flags().Lookup(name) != nil || name == "version"
}

// unknownFormat refuses an output format, with what was probably meant.
func unknownFormat(text string, formats []string) error {
	format, file, toFile := strings.Cut(text, "=")
	several := strings.Split(format, ",")
	ending := strings.ToLower(filepath.Ext(text))
	switch {
	case len(several) > 1 && !slices.ContainsFunc(several, func(name string) bool { return !slices.Contains(formats, name) }):
		return fmt.Errorf("several formats in one value: repeat the flag, with a file for all but one, such as -o %s -o %s=FILE", several[0], several[1])
	case slices.Contains(formats, "html") && (format == "pdf" || ending == ".pdf"):
		return errors.New("there is no format pdf: write -o html=FILE, and print that page to PDF in a browser")
	case !toFile && ending != "":
		return fmt.Errorf("no format has files that end in %s: write FORMAT=%s; formats are %s", ending, text, listed(formats))
	case slices.Contains(formats, endings["."+strings.ToLower(format)]):
		return fmt.Errorf("unknown output format %q, did you mean %q?", format, endings["."+strings.ToLower(format)])
	case toFile && slices.Contains(formats, file):
		return fmt.Errorf("the format comes first: write -o %s=%s", file, format)
	}
	return errors.New(suggest.Unknown("output format", format, formats))
}
