package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// RightsSource is a source that can tell what it may ask, by the least request to each thing that it asks. It reads no more than that,
// and writes nothing.
type RightsSource interface {
	// Rights are the requests and what became of them, in a fixed order.
	Rights(context.Context, Request) []Right
}

// Right is one request, and what became of it.
type Right struct {
	Asked  string // such as GET /v1/servicekey, or the operation of another protocol
	Action string // IAM action that it needs; empty where none is known
	// Affects are the facts that cannot be read without it: JSON pointers of evidence, such as /keys or /account/root.
	Affects []string
	State   RightState
	Reason  string // why it does not work; empty where it does, or where it could not because of one before
}

// RightState is what became of a request.
type RightState string

const (
	RightWorks   RightState = "works"
	RightRefused RightState = "refused"
	RightFailed  RightState = "failed"    // for another reason than a right: no connection, or an answer of no use
	RightLeftOut RightState = "left out"  // refused, as to all but the root identity: collect leaves its facts out
	RightUnasked RightState = "not asked" // there is nothing that it could be asked about
)

// RightOf is a request after which there is an error, or none.
func RightOf(right Right, err error) Right {
	right.State = RightWorks
	if err == nil {
		return right
	}
	right.State, right.Reason = RightFailed, err.Error()
	var unread *UnreadError
	_, class, hasClass := httpget.Class(err)
	if errors.As(err, &unread) {
		class, hasClass = unread.Class, true
	}
	if hasClass && class == httpget.ClassRefused {
		right.State = RightRefused
	}
	return right
}

// SourceRights are the requests of one source.
type SourceRights struct {
	Named
	Rights []Right // none where the source reads files
}

// CheckRights asks all sources side by side what they may ask. It answers one a source, in their order.
func CheckRights(ctx context.Context, sources []Named, request Request, progress func(source, doing string)) []SourceRights {
	all := make([]SourceRights, len(sources))
	var group errgroup.Group
	for i, source := range sources {
		all[i].Named = source
		asking, isAsking := source.Source.(RightsSource)
		if !isAsking {
			continue
		}
		group.Go(func() error {
			ownRequest := request
			ownRequest.Progress = func(doing string) {
				if progress != nil {
					progress(source.Name, doing)
				}
			}
			all[i].Rights = asking.Rights(ctx, ownRequest)
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the rights
	return all
}

// RightsWork reports whether nothing is refused and nothing failed.
func RightsWork(all []SourceRights) bool {
	return !slices.ContainsFunc(all, func(s SourceRights) bool {
		return slices.ContainsFunc(s.Rights, func(r Right) bool { return r.fails() })
	})
}

// fails reports whether a collection would be incomplete because of it.
func (r Right) fails() bool { return r.State == RightRefused || r.State == RightFailed }

// affected are the fields that the source fills at or below what the request affects.
func (s SourceRights) affected(right Right) (fields []string) {
	for _, field := range s.Source.Fills() {
		if slices.ContainsFunc(right.Affects, func(at string) bool { return field == at || strings.HasPrefix(field, at+"/") }) {
			fields = append(fields, field)
		}
	}
	return fields
}

// WriteRights writes the requests as a table, and below it why one does not work and what that costs. Resting answers the ids of the
// checks that rest on any of some fields.
func WriteRights(w io.Writer, all []SourceRights, resting func(fields []string) []string) error {
	rows := [][]string{{"source", "asked", "action", "result", "checks"}}
	var below strings.Builder
	line := func(format string, args ...any) {
		below.WriteString(sanitize.Lines(fmt.Sprintf(format, args...)) + "\n")
	}
	for _, source := range all {
		if len(source.Rights) == 0 {
			line("source %s reads files: it needs no right", source.Name)
		}
		var lacking, lost, mentioned []string
		for _, right := range source.Rights {
			fields := source.affected(right)
			checks := resting(fields)
			action := right.Action
			if action == "" {
				action = "-"
			}
			rows = append(rows, []string{source.Name, right.Asked, action, string(right.State), fmt.Sprint(len(checks))})
			if right.Reason != "" {
				// On one line: what a server says shall not look like what this program says.
				line("%s, %s: %s: %s", source.Name, right.Asked, right.State, strings.Join(strings.Fields(right.Reason), " "))
			}
			if !right.fails() && right.State != RightLeftOut {
				continue
			}
			if right.State == RightRefused && right.Action != "" {
				lacking = append(lacking, right.Action)
			}
			lost = append(lost, checks...)
			if without := strings.Join(right.Affects, ", "); len(checks) > 0 && !slices.Contains(mentioned, without) {
				mentioned = append(mentioned, without)
				line("  without %s: %s", without, wrapped(checks))
			}
		}
		slices.Sort(lost)
		if lost = slices.Compact(lost); len(lost) > 0 {
			line("source %s: %d %s on facts that it cannot read", source.Name, len(lost), map[bool]string{true: "check rests", false: "checks rest"}[len(lost) == 1])
		}
		slices.Sort(lacking)
		if lacking = slices.Compact(lacking); len(lacking) > 0 {
			line("source %s: allow its identity %s", source.Name, strings.Join(lacking, ", "))
		}
	}
	if _, err := io.WriteString(w, table(rows)); err != nil {
		return err
	}
	_, err := io.WriteString(w, below.String())
	return err
}

// wrapped is a list of ids over several lines.
func wrapped(ids []string) string {
	const width = 116
	var out strings.Builder
	column := width
	for i, id := range ids {
		if i > 0 {
			out.WriteString(",")
		}
		if column += len(id) + 2; column > width {
			out.WriteString("\n   ")
			column = len(id) + 4
		}
		out.WriteString(" " + id)
	}
	return out.String()
}

// table aligns the columns of rows; nothing where there is only a head.
func table(rows [][]string) string {
	if len(rows) < 2 {
		return ""
	}
	var out strings.Builder
	aligned := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i := range row {
			row[i] = sanitize.Text(row[i])
		}
		fmt.Fprintln(aligned, strings.Join(row, "\t"))
	}
	_ = aligned.Flush() // into memory
	return out.String()
}
