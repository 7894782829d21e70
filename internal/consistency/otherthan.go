package consistency

import (
	"regexp"
	"slices"

	"github.com/raci-check/raci-check/internal/spelling"
)

// otherThan says that a text names something of a kind that has no inventory, such as a product: so no object of the kinds that
// have one, and no row of these tables.
type otherThan struct {
	Kinds, Tables []string
}

func (r *reader) otherThan() *otherThan {
	const key = "x-other-than"
	value := r.form.get(key)
	if value == nil {
		return nil
	}
	fields := r.fields(value, key)
	return &otherThan{r.words(fields["kinds"], key+".kinds"), r.words(fields["tables"], key+".tables")}
}

// otherKind finds a text that is the name of an object of another kind: a workload is no product, and a person no place.
func (r *run) otherKind(rule *otherThan, value string, at *place) {
	report := func(kind string, related []string) {
		r.report(at, "other_kind", related, map[string]any{"text": value, "kind": kindsInWords([]string{kind})})
	}
	for _, kind := range rule.Kinds {
		if kind == personKind {
			if _, entries := r.find(value, moment{}); r.directory() != nil && len(entries) > 0 {
				report(kind, []string{entries[0].item.place.pointer()})
				return
			}
			continue
		}
		if objects := r.objects(kind, value); len(objects) > 0 {
			report(kind, []string{objects[0].place.pointer()})
			return
		}
	}
	if r.inTable(rule.Tables, spelling.Fold(value)) {
		report("region", nil)
	}
}

// monthOrDay are dates as texts have them, such as 2025-01 and 2025-10-21.
var monthOrDay = regexp.MustCompile(`\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?\b`)

// dated finds a date in a text, such as that of a version, which lies after the date beside it: nobody accepts what is not there yet.
func (r *run) dated(field, value string, at *place, around map[string]any) {
	own, isDate := momentOf(around[field])
	if !isDate {
		return
	}
	for _, text := range slices.Compact(monthOrDay.FindAllString(value, -1)) {
		day := text
		if len(day) == len("2006-01") {
			day += "-01"
		}
		if written, ok := momentOf(day); ok && written.after(own) {
			r.report(at, "before_object", []string{at.object() + "/" + field},
				map[string]any{"text": value, "field": inWords(field), "date": own.text, "other": "date", "other_date": text})
			return
		}
	}
}
