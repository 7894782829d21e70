package starter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"raci-check/internal/evidence"
)

// Ask puts the questions to a person, and answers the names of those that were answered with no. An empty answer is yes: what is
// written in excess does no harm.
func Ask(in io.Reader, out io.Writer, questions []evidence.Question) (without []string, err error) {
	lines := bufio.NewScanner(in)
	for i := 0; i < len(questions); {
		if _, err := fmt.Fprintf(out, "%s [Y/n] ", questions[i].Asks); err != nil {
			return nil, err
		}
		if !lines.Scan() {
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
