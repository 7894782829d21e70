package cli

import (
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

func init() {
	cobra.AddTemplateFunc("plain", plain)
	cobra.AddTemplateFunc("wrapped", wrapped)
}

// fitHelp makes the help of a command, and of those below it, as wide as the terminal that it goes to.
func fitHelp(root *cobra.Command, streams Streams) {
	width := plainHelpWidth
	if file, isFile := streams.Out.(*os.File); isFile && streams.isTerminal(file) {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			width = max(leastHelpWidth, min(columns, mostHelpWidth))
		}
	}
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages |", fmt.Sprintf("FlagUsagesWrapped %d | plain |", width-wrapSlop)))
	root.SetHelpTemplate(strings.ReplaceAll(root.HelpTemplate(), "{{. | trimTrailingWhitespaces}}", fmt.Sprintf("{{. | wrapped %d}}", width)))
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
