package consistency

import (
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// with compares dates here with those of the items of a list elsewhere that have the same text. Where several items have it, one
// that fits is enough: a person may have left twice.
func (r *run) with(w *with, text string, at *place, around map[string]any) {
	items := r.join(w)[r.joinName(w, text)]
	compare := func(condition string, fields map[string][]string, broken func(own, other moment) bool) {
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			own, isDate := momentOf(lookup(around, field))
			if !isDate {
				continue
			}
			fits := func(i *item) bool {
				_, other := firstOf(i.fields, fields[field])
				return other.text == "" || !broken(own, other) || r.cameBack(text, other, own)
			}
			if len(items) == 0 || slices.ContainsFunc(items, fits) {
				continue
			}
			otherField, other := firstOf(items[0].fields, fields[field])
			r.report(at, condition, []string{at.object() + "/" + field, items[0].place.pointer() + "/" + otherField},
				map[string]any{"text": text, "field": inWords(field), "date": own.text, "other": otherOf(fields[field], otherField), "other_date": other.text})
		}
	}
	compare("before_object", w.NotBefore, func(own, other moment) bool { return other.after(own) })
	compare("after_object", w.NotAfter, moment.after)
}

// cameBack reports whether a text names a person who, as the directory has it, came back between a last day and another.
func (r *run) cameBack(text string, last, day moment) bool {
	_, entries := r.find(text, day)
	return len(entries) == 1 && entries[0].cameBackAfter(last.text) && entries[0].active(day)
}

// otherOf is the field that was compared, with the one that is meant and not given.
func otherOf(fields []string, field string) string {
	if fields[0] == field {
		return inWords(field)
	}
	return inWords(field) + " (no " + inWords(fields[0]) + " is given)"
}

// join gathers once the items of the list elsewhere, by the text of their field.
func (r *run) join(w *with) map[string][]*item {
	return of(r, w, func(r *run) map[string][]*item { return r.joining(w) })
}

func (r *run) joining(w *with) map[string][]*item {
	byText := map[string][]*item{}
	section, list, _ := strings.Cut(w.Of, "/")
	at := &place{up: &place{up: &place{}, key: section}, key: list}
	items, _ := r.view.Lookup(w.Of).([]any)
	for i, entry := range items {
		fields, _ := entry.(map[string]any)
		if text, ok := fields[w.By].(string); ok {
			name := r.joinName(w, text)
			byText[name] = append(byText[name], &item{fields: fields, place: &place{up: at, item: i, list: true}})
		}
	}
	return byText
}

// joinName is what a text is compared by: the person's one name where the field names persons, else its spelling.
func (r *run) joinName(w *with, text string) string {
	list := r.plan.root.at(w.Of)
	if list == nil {
		return spelling.Fold(text)
	}
	if by := list.items.at(w.By); by != nil && by.text != nil && by.text.person != nil {
		name, _ := r.find(text, moment{})
		return name
	}
	return spelling.Fold(text)
}
