package starter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"raci-check/internal/evidence"
)

// Ask puts the questions to a person, and answers the names of those that were answered with no. An empty answer is yes: what is
// written in excess does no harm.
func Ask(in io.Reader, out io.Writer, questions []evidence.Question) (without []string, err error) {
	lines := bufio.NewScanner(in)
	for i := 0; i < len(questions); {
		if _, err := io.WriteString(out, broken(questions[i].Asks+" [Y/n]")+" "); err != nil {
			return nil, err
		}
		if !lines.Scan() {
			fmt.Fprintln(out) // behind the question
			if err := lines.Err(); err != nil {
				return nil, err
			}
			return nil, errors.New("the questions were not answered: use --without, or --all to write everything")
		}
		switch strings.ToLower(strings.TrimSpace(lines.Text())) {
		case "", "y", "yes":
			i++
		case "n", "no":
			without = append(without, questions[i].Name)
			i++
		default:
			if _, err := fmt.Fprintln(out, "Answer y or n."); err != nil {
				return nil, err
			}
		}
	}
	return without, nil
}

// narrow is how many columns a terminal has at least.
const narrow = 80

// broken is a text with line breaks between words, so that it fits a narrow terminal with what is typed behind it.
func broken(text string) string {
	var out strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch length := utf8.RuneCountInString(word); {
		case column == 0:
			column = length
		case column+1+length > narrow-len(" yes "):
			out.WriteString("\n  ")
			column = 2 + length
		default:
			out.WriteByte(' ')
			column += 1 + length
		}
		out.WriteString(word)
	}
	return out.String()
}
