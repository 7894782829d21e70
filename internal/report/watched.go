package report

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/text"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// clear empties a terminal and what scrolled out of it, so that one screen is one state.
const clear = "\x1b[2J\x1b[3J\x1b[H"

// WriteWatched writes how evidence stands that is watched, and what the last change did (nil for nothing to compare with): on a
// terminal a screen of its own, elsewhere the headline and a line for each check. In place of a fleet, an error says why nothing
// could be assessed.
func WriteWatched(ctx context.Context, fleet *assessment.Fleet, change *diff.Diff, refused error, to Destination) error {
	out, isFile := to.Out.(*os.File)
	if isFile && term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb" { // which clears nothing
		if _, err := io.WriteString(out, clear); err != nil {
			return fmt.Errorf("write screen: %w", err)
		}
	} else {
		to.Look.Quiet = true
	}
	to.Outputs = nil
	if refused != nil {
		_, err := fmt.Fprintln(to.Out, to.Language.Words().Say("nothing can be assessed: %s", sanitize.Lines(to.Language.Error(refused))))
		return err
	}
	if err := Write(ctx, Assessments, fleet, to); err != nil || change == nil {
		return err
	}
	return Write(ctx, Formats[*diff.Diff]{"text": compared(styled(text.WriteChange))}, change, to)
}
