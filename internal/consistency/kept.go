package consistency

import (
	"maps"
	"slices"
	"strconv"
)

// kept finds dates of something that is said to be kept, though what keeps it does so for fewer days.
func (r *run) kept(ref *reference, named *item, value string, at *place, around map[string]any) {
	reading := r.reading(at.section())
	for _, field := range slices.Sorted(maps.Keys(ref.Kept)) {
		since, isDate := momentOf(around[field])
		for _, days := range ref.Kept[field] {
			number, isNumber := whole(named.fields[days])
			if isDate && isNumber && reading.text != "" && reading.daysAgo(number+ref.SlackDays).after(since) {
				r.report(at.up.below(field), "not_kept", []string{named.place.pointer() + "/" + days},
					map[string]any{"text": value, "field": inWords(field), "date": since.text, "days": strconv.Itoa(number)})
			}
		}
	}
}
