package consistency

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bound says how a count is compared with what the evidence shows.
type bound string

const (
	atLeast bound = "x-at-least"
	atMost  bound = "x-at-most"
	exactly bound = "x-counts"
)

// count says that a number is no less, no more or as much as other places of the evidence show.
type count struct {
	Bound bound
	Field string
	Days  int // of the window that the number is about; 0: it has none
	Of    []group
	Each  bool // each item counts; else all items together are at least one
	condition
	Times int // by which the number may be more than what is shown
}

// group is what one place of the evidence shows: the items of a list, or an amount.
type group struct {
	condition                     // only items with these fields
	Unless    map[string][]string // no items with these fields
	Present   []string            // only items that have these fields, and not empty
	use                           // only items that let somebody do something
	Beside    bool                // the list, or the object that counts as one item at least, is a field beside the number
	List      string              // list, by section and field
	Date      string              // of an item: when it happened; only what is in the window counts
	Since     string              // of an item: since when it exists; what came after the number was read does not count
	Amount    string              // of an item, or of the evidence where there is no list: the number, or the list with so many items, that counts instead of 1
}

// counts are the annotations about numbers of an object.
func (r *reader) counts() []count {
	var all []count
	for _, b := range []bound{atLeast, atMost, exactly} {
		key := string(b)
		for _, annotation := range r.list(r.form.get(key)) {
			fields := r.fields(annotation, key)
			eachCounts, _ := fields["each"].(bool)
			c := count{Bound: b, Field: r.word(fields["count"], key+".count"), Each: eachCounts || b != atLeast, condition: r.condition(fields), Times: 1}
			if times, hasTimes := fields["times"]; hasTimes {
				var ok bool
				if c.Times, ok = whole(times); !ok || c.Times < 1 {
					r.fail(key+".times", "a whole number of 1 or more")
				}
			}
			if days, hasDays := fields["days"]; hasDays {
				var ok bool
				if c.Days, ok = whole(days); !ok {
					r.fail(key+".days", "a whole number")
				}
			}
			r.there(key, map[string]any{"properties": r.form.get("properties")}, c.Field)
			for _, of := range r.list(fields["of"]) {
				c.Of = append(c.Of, r.group(of, b))
			}
			all = append(all, c)
		}
	}
	return all
}

// group reads what a count is of. A text is short for a list beside the number, or for the dates of a list elsewhere.
func (r *reader) group(of any, b bound) group {
	key := string(b) + ".of"
	path, short := of.(string)
	if short && b == exactly {
		r.there(key, map[string]any{"properties": r.form.get("properties")}, path)
		return group{Beside: true, List: path}
	}
	var g group
	if short {
		last := strings.LastIndexByte(path, '/')
		g.List, g.Date = path[:max(last, 0)], path[last+1:]
	} else {
		fields := r.fields(of, key)
		g = group{
			condition: r.condition(fields), use: r.use(fields), Unless: r.lists(fields["unless"], key+".unless"),
			Present: r.words(fields["present"], key+".present"), List: r.word(fields["list"], key+".list"), Date: r.word(fields["date"], key+".date"),
			Since: r.word(fields["since"], key+".since"), Amount: r.word(fields["amount"], key+".amount"),
		}
	}
	if g.List == "" {
		r.there(key, r.compiler.root, g.Amount)
		return g
	}
	items, _ := r.there(key, r.compiler.root, g.List)["items"].(map[string]any)
	for _, name := range slices.Concat(
		g.Absent, g.Present, slices.Sorted(maps.Keys(g.When)), slices.Sorted(maps.Keys(g.Unless)), []string{g.Date, g.Since, g.Amount, g.With},
	) {
		if name != "" {
			r.there(key, items, name)
		}
	}
	for _, name := range []string{g.Date, g.Since} {
		if name == "" {
			continue
		}
		if format, _ := r.compiler.form(r.there(key, items, name)).get("format").(string); !strings.HasPrefix(format, "date") {
			r.fail(key, "about "+strconv.Quote(name)+", which is no date")
		}
	}
	return g
}

// there is the part of the schema that a path of fields leads to. That there is none is an error.
func (r *reader) there(key string, from map[string]any, path string) map[string]any {
	at := from
	for name := range strings.SplitSeq(path, "/") {
		properties, _ := r.compiler.form(at).get("properties").(map[string]any)
		at, _ = properties[name].(map[string]any)
	}
	if at == nil {
		r.fail(key, "about "+strconv.Quote(path)+", which is no field there")
	}
	return at
}

// count compares a number with what other places show. What is absent is not compared: the check that needs it says so.
func (r *run) count(c count, fields map[string]any, at *place) {
	number, ok := whole(fields[c.Field])
	if !ok || !c.holds(fields) {
		return
	}
	shown, later := 0, false // later: more may have come between that reading and this one
	var related []string
	for _, g := range c.Of {
		shownByGroup, ok := r.shown(g, c, fields, at)
		if !ok && c.Bound != atLeast {
			return
		}
		shown += shownByGroup.number
		related = append(related, shownByGroup.pointers...)
		later = later || shownByGroup.earlier
	}
	if !c.Each {
		shown = min(shown, 1)
	}
	related = related[:min(len(related), maxRelated)]
	values := func(name string) map[string]any {
		return map[string]any{"count": strconv.Itoa(number), name: strconv.Itoa(shown)}
	}
	place := at.below(c.Field)
	switch {
	case c.Bound == atLeast && number < shown:
		r.report(place, "count_too_low", related, values("shown"))
	case c.Bound == atMost && number > shown*c.Times:
		shown *= c.Times
		r.report(place, "count_too_high", related, values("shown"))
	case c.Bound == exactly && (number < shown || number > shown && !later):
		r.report(place, "count_differs", related, values("listed"))
	}
}

// showing is what one place of the evidence shows.
type showing struct {
	number   int
	pointers []string
	earlier  bool // its section was read before that of the number
}

// shown is what a group shows about a number; false where its section, or what should stand beside the number, is not there.
func (r *run) shown(g group, c count, fields map[string]any, at *place) (showing, bool) {
	if g.Beside {
		pointers := []string{at.below(g.List).pointer()}
		switch field := fields[g.List].(type) {
		case []any:
			return showing{number: len(field), pointers: pointers}, true
		case map[string]any:
			number, _ := whole(fields[c.Field])
			return showing{number: max(1, number), pointers: pointers}, true
		}
		return showing{}, false
	}
	section, _, _ := strings.Cut(g.List+g.Amount, "/")
	if g.List != "" {
		section, _, _ = strings.Cut(g.List, "/")
	}
	if !r.view.Has(section) {
		return showing{}, false
	}
	reading, other := r.reading(at.section()), r.reading(section)
	if g.List == "" {
		return r.amount(g, c, reading.text != "" && reading.sameDay(other)), true
	}
	s := showing{earlier: reading.after(other)}
	since := moment{at: reading.at.Add(-time.Duration(c.Days) * 24 * time.Hour), day: true}
	items, _ := r.view.Lookup(g.List).([]any)
	for i, item := range items {
		object, isObject := item.(map[string]any)
		if !isObject || !g.counts(object) || !r.uses(g.use, object) {
			continue
		}
		pointer := "/" + g.List + "/" + strconv.Itoa(i)
		if g.Date != "" {
			date, isDate := momentOf(object[g.Date])
			if !isDate || reading.text == "" || !date.after(since) || date.after(reading) {
				continue
			}
			pointer += "/" + g.Date
		}
		if from, isDate := momentOf(object[g.Since]); isDate && from.after(reading) {
			continue
		}
		if g.Amount == "" {
			s.number++
			s.pointers = append(s.pointers, pointer)
		} else if amount := amountOf(object[g.Amount]); amount > 0 {
			s.number += amount
			s.pointers = append(s.pointers, "/"+g.List+"/"+strconv.Itoa(i)+"/"+g.Amount)
		}
	}
	return s, true
}

// amountOf is a number, or how many items a list has.
func amountOf(value any) int {
	if items, isList := value.([]any); isList {
		return len(items)
	}
	return floor(value)
}

// amount is a number of the evidence. Windows that end on different days do not cover the same days: then half of it is enough.
func (r *run) amount(g group, c count, sameDay bool) showing {
	number := floor(r.view.Lookup(g.Amount))
	if c.Days > 0 && !sameDay {
		number /= 2
	}
	return showing{number: number, pointers: []string{"/" + g.Amount}}
}

// counts reports whether an item is one of the group, by its fields.
func (g group) counts(object map[string]any) bool {
	if !g.holds(object) {
		return false
	}
	for field, values := range g.Unless {
		if text, _ := object[field].(string); slices.Contains(values, text) {
			return false
		}
	}
	return !slices.ContainsFunc(g.Present, func(field string) bool {
		switch value := object[field].(type) {
		case nil:
			return true
		case string:
			return strings.TrimSpace(value) == ""
		case []any:
			return len(value) == 0
		}
		return false
	})
}

// floor is the whole part of a number that is not negative; 0 for anything else.
func floor(value any) int {
	n, isNumber := value.(interface{ Float64() (float64, error) })
	f, isFloat := value.(float64)
	if isNumber {
		var err error
		if f, err = n.Float64(); err != nil {
			return 0
		}
	}
	if !isNumber && !isFloat {
		return 0
	}
	return int(math.Floor(min(max(f, 0), math.MaxInt32)))
}
