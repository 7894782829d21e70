package consistency

import (
	"maps"
	"slices"

	"github.com/raci-check/raci-check/internal/spelling"
)

// event is what a file shows: a test, a ceremony, a reading.
type event struct {
	digest string // of the file
	rule   *record
	place  *place
	dates  []moment
	by     string
}

// record notes the file of an event. The file of the section itself is the export of a list: each of its records may name it.
// An export of nothing is like another.
func (r *run) record(rule *record, fields map[string]any, at *place) {
	digest, _ := lookup(fields, rule.Artifact+"/sha256").(string)
	if digest == "" || !rule.holds(fields) {
		return
	}
	section := at.section()
	value, _ := r.view.Section(section)
	if own := lookup(value, "source/artifact/sha256"); own == any(digest) && (at.pointer() != "/"+section+"/source" || r.plan.empty(section, value)) {
		return
	}
	e := event{digest: digest, rule: rule, place: at.copied()}
	for _, field := range rule.Dates {
		if date, isDate := momentOf(lookup(fields, field)); isDate {
			e.dates = append(e.dates, date)
		}
	}
	by, _ := fields[rule.By].(string)
	e.by = spelling.Fold(by)
	if len(e.dates) > 0 {
		r.part.events = append(r.part.events, e)
	}
}

// events finds files that are to show events of different days: the first that names the file is believed.
func (r *run) events(parts []*part) {
	records := map[string][]event{}
	for _, part := range parts {
		for _, e := range part.events {
			records[e.digest] = append(records[e.digest], e)
		}
	}
	for _, digest := range slices.Sorted(maps.Keys(records)) {
		events := records[digest]
		first := events[0]
		for _, e := range events[1:] {
			if first.same(e) {
				continue
			}
			r.report(e.place.below(e.rule.Artifact), "another_event", []string{first.place.below(first.rule.Artifact).pointer()},
				map[string]any{"date": e.dates[0].text, "other_date": first.dates[0].text})
		}
	}
}

// same reports whether two records may be of one event.
func (e event) same(other event) bool {
	if e.rule.By != "" && e.rule.By == other.rule.By && e.by != other.by {
		return false
	}
	if e.rule.Document && other.rule.Document {
		return true
	}
	days := max(e.rule.Days, other.rule.Days)
	return slices.ContainsFunc(e.dates, func(date moment) bool {
		return slices.ContainsFunc(other.dates, func(another moment) bool { return date.near(another, days) })
	})
}
