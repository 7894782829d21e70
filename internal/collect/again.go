package collect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/reread"
	"github.com/raci-check/raci-check/internal/document"
)

// readAgain reads what is kept of a section as each assessment will, and says how.
type readAgain struct {
	*planner
	merge.Section
	facts      any // as the sources told them, joined
	derivation map[string]any
	notes      []string
}

// keep is the content of the file of raw answers, with the fields that cannot be read of it again.
func (r *readAgain) keep(kept *reader.Kept, content []byte) ([]byte, error) {
	kinds := reader.Kinds(kept.Sources())
	note := func(format string, args ...any) {
		r.notes = append(r.notes, "the facts stay attached, no assessment reads them again: "+fmt.Sprintf(format, args...))
	}
	for _, kind := range kinds {
		if _, reads := reread.Find(kind); !reads {
			note("no reader reads the answers of %s", kind)
			return content, nil
		}
	}
	switch {
	case len(kinds) == 0: // nothing was answered
		return content, nil
	case len(content) > reader.MaxRead:
		note("the raw answers have more than %d MiB", reader.MaxRead>>20)
		return content, nil
	}
	decoded, err := reader.DecodeKept(keptAt(r.Name), content)
	if err != nil {
		return nil, fmt.Errorf("section %s: raw answers: %w", r.Name, err)
	}
	again, err := reread.Read(decoded, r.At, r.root)
	if err != nil {
		note("%v", err)
		return content, nil
	}
	r.derivation = map[string]any{"reader": kinds[0]}
	if len(kinds) > 1 {
		readers := make([]any, len(kinds))
		for i, kind := range kinds {
			readers[i] = kind
		}
		r.derivation = map[string]any{"readers": readers}
	}
	kept.Unread = r.differing(again)
	var lost []string
	leavesReadAgain := leaves("/"+r.Name, again.Fields)
	for pointer := range leaves("/"+r.Name, r.facts) {
		if !kept.Reads(pointer) || !leavesReadAgain[pointer] {
			lost = append(lost, pointer)
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		r.notes = append(r.notes, fmt.Sprintf("%s: attached only: no assessment can read it again, because the kept answers are redacted", strings.Join(lost, ", ")))
	}
	if len(kept.Unread) > 0 {
		return encode(kept)
	}
	return content, nil
}

// differing are the fields of which the kept answers tell something else than the answers did: JSON pointers, * for the items of
// lists. Where they tell other items, it is the list.
func (r *readAgain) differing(again *reread.Section) []string {
	fields, _ := r.facts.(map[string]any)
	var all []string
	r.Compare(fields, again.Fields, func(c merge.Comparison) {
		pointer := document.Pattern(c.Written.Pointer)
		if c.Equal || c.Item && c.Told.Value == nil || slices.Contains(all, pointer) { // what is not told is not compared
			return
		}
		all = append(all, pointer)
	})
	slices.Sort(all)
	return all
}
