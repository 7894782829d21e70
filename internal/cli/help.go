package cli

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// The columns of help: those of the terminal, but lines of more are hard to read; and where there is no terminal.
const (
	mostHelpWidth  = 100
	leastHelpWidth = 60
	plainHelpWidth = 80
	wrapSlop       = 5 // by which pflag lets the last words of a description stand out
)

// fitHelp makes the help of a command, and of those below it, as wide as the terminal that it goes to.
func fitHelp(root *cobra.Command, streams Streams) {
	width := plainHelpWidth
	if file, isFile := streams.Out.(*os.File); isFile && streams.isTerminal(file) {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			width = max(leastHelpWidth, min(columns, mostHelpWidth))
		}
	}
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		about := cmp.Or(cmd.Long, cmd.Short)
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", wrapped(width, about), usage(cmd, width-wrapSlop))
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(cmd.OutOrStderr(), usage(cmd, width-wrapSlop))
		return err
	})
}

// usage is how a command is called, in the form that cobra gives it. Cobra's own does not wrap flags, and its templates would keep in the
// program all that a template could call.
func usage(cmd *cobra.Command, width int) string {
	flags, global := cmd.LocalFlags().FlagUsagesWrapped(width), cmd.InheritedFlags().FlagUsagesWrapped(width)
	commands := cmd.HasAvailableSubCommands()
	var out strings.Builder
	out.WriteString("Usage:")
	if cmd.Runnable() {
		out.WriteString("\n  " + cmd.UseLine())
	}
	if commands {
		out.WriteString("\n  " + cmd.CommandPath() + " [command]")
	}
	part := func(is bool, title, content string) {
		if is {
			out.WriteString("\n\n" + title + ":\n" + content)
		}
	}
	part(len(cmd.Aliases) > 0, "Aliases", "  "+cmd.NameAndAliases())
	part(cmd.HasExample(), "Examples", cmd.Example)
	part(commands, "Available Commands", subcommands(cmd))
	part(cmd.HasAvailableLocalFlags(), "Flags", strings.TrimRight(plain(flags), " \n"))
	part(cmd.HasAvailableInheritedFlags(), "Global Flags", strings.TrimRight(plain(global), " \n"))
	if commands {
		fmt.Fprintf(&out, "\n\nUse %q for more information about a command.", cmd.CommandPath()+" [command] --help")
	}
	return out.String() + "\n"
}

// subcommands lists the commands below one.
func subcommands(cmd *cobra.Command) string {
	var lines []string
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() || below.Name() == "help" {
			lines = append(lines, fmt.Sprintf("  %-*s %s", below.NamePadding(), below.Name(), below.Short))
		}
	}
	return strings.Join(lines, "\n")
}

// plain shows flags that are there or not without values; the columns stay where they are, and no line ends in blanks.
func plain(usages string) string {
	const values = "[=true|false]"
	lines := strings.Split(strings.ReplaceAll(usages, values, strings.Repeat(" ", len(values))), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// wrapped is a text with its paragraphs in lines of at most so many columns. What is indented stays as it is.
func wrapped(width int, text string) string {
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	for i, paragraph := range paragraphs {
		if strings.HasPrefix(paragraph, " ") || strings.HasPrefix(paragraph, "\t") || strings.Contains(paragraph, "\n ") || strings.Contains(paragraph, "\n\t") {
			continue
		}
		var lines []string
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
				line += " " + word
			default:
				lines, line = append(lines, line), word
			}
		}
		paragraphs[i] = strings.Join(append(lines, line), "\n")
	}
	return strings.Join(paragraphs, "\n\n")
}
