package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// Facts are what one entry of fills makes of an export.
type Facts struct {
	Section  string
	List     string         // that is filled; empty for the section itself
	OnlyAdds bool           // to items of the list that others list
	Fields   map[string]any // of the section: plain JSON values in the shape of the schema
	// Origins lead from a fact, by its pointer in Fields (/jobs/0/finished_at), to the place of the export that it was read from,
	// a JSON pointer. A list of texts is one fact. What was counted has the place that it was counted in.
	Origins map[string]string
	Matched []any    // the parts of the export that were read, with what the mapping names of them alone
	Fill    any      // the entry of fills: with Matched it is all that Again needs
	Notes   []string // where nothing was found
}

// Apply reads an export, for each entry of fills by itself: facts, or why there are none.
func (m *Mapping) Apply(export any, take func(section string, facts Facts, err error)) {
	for _, f := range m.fills {
		facts, err := f.apply(export)
		take(f.section, facts, err)
	}
}

// Again makes the facts of Facts.Fill and Facts.Matched again; at is the JSON pointer to the list of matched parts, for origins.
func Again(fill []byte, matched []any, at string, root *evidence.Form) (Facts, error) {
	m, err := readFill(fill, root)
	if err != nil {
		return Facts{}, err
	}
	parts := make([]part, len(matched))
	for i, value := range matched {
		parts[i] = part{value: value, pointer: at + document.Pointer(strconv.Itoa(i))}
	}
	return m.fills[0].of(parts, nil)
}

// readFill reads an entry of fills as a mapping of its own.
func readFill(fill []byte, root *evidence.Form) (*Mapping, error) {
	text := slices.Concat([]byte(`{"api_version": "raci-check/v1", "kind": "Mapping", "input": {"format": "json"}, "fills": [`), fill, []byte(`]}`))
	return Read("the mapping of this answer", text, root)
}

// applier fills one section. It notes where each fact was read, and counts where nothing was.
type applier struct {
	origins       map[string]string
	tried, absent map[*field]int
	unproven      map[*field]bool
	order         []*field
	reads         func(p part, as use) // that is called for each value of the export that is read; nil for nobody
}

// use is what a value of an export is read for.
type use struct {
	f    *field // nil for the text that puts parts into groups
	form *evidence.Form
}

func (a *applier) read(p part, f *field, form *evidence.Form) {
	if a.reads != nil {
		a.reads(p, use{f, form})
	}
}

func (f *fill) apply(export any) (Facts, error) {
	parts := f.items.find(part{value: export})
	if len(parts) == 0 && f.mayBeEmpty && !f.items.looks(export) {
		return Facts{Section: f.section}, f.items.errorf("the export has no list there that could be empty: is it of this tool, and whole? Where the tool leaves an empty list out, write .. before the name of the list")
	}
	if err := f.lacksItems(export, parts); err != nil {
		return Facts{Section: f.section}, err
	}
	facts, err := f.of(parts, nil)
	if err == nil {
		facts.Matched = f.keep(parts)
	}
	if err == nil && len(parts) == 0 && !f.items.counts(export) {
		facts.Notes = append(facts.Notes, f.items.errorf("its filter chooses no list to look in: no item is read").Error())
	}
	return facts, err
}

// lacksItems fails where a list of an export has null in place of an item that expressions choose from: a tool writes so what it could not read.
// In what is kept of an export, null stands for what is not kept, so only the export tells.
func (f *fill) lacksItems(export any, parts []part) error {
	if !hasNullItem(export) {
		return nil
	}
	if n := f.items.nulls(part{value: export}); n > 0 {
		return f.items.errorf("it finds null in place of %d items: the export is not whole, export it again", n)
	}
	if f.groupBy != nil {
		groups, _, err := f.groupBy.group(parts)
		if err != nil {
			return err
		}
		parts = groups
	}
	return lackValues(f.fields, parts)
}

// lackValues is lacksItems of fields, and of those of their items.
func lackValues(fields []*field, parts []part) error {
	for _, p := range parts {
		for _, field := range fields {
			if n := field.from.nulls(p); n > 0 {
				return field.from.errorf("it finds null in place of %d values: the export is not whole, export it again", n)
			}
			if field.fields == nil {
				continue
			}
			if err := lackValues(field.fields, field.from.find(p)); err != nil {
				return err
			}
		}
	}
	return nil
}

// of fills a section of parts of an export. Reads is told which values of it are read; it may be nil.
func (f *fill) of(parts []part, reads func(part, use)) (Facts, error) {
	a := &applier{map[string]string{}, map[*field]int{}, map[*field]int{}, map[*field]bool{}, nil, reads}
	facts := Facts{Section: f.section, List: f.list, OnlyAdds: f.onlyAdds, Matched: valuesOf(parts), Fill: f.declared, Origins: a.origins}
	if f.groupBy != nil && len(parts) > 0 {
		for _, p := range parts {
			for _, key := range f.groupBy.find(p) {
				a.read(key, nil, nil)
			}
		}
		groups, alone, err := f.groupBy.group(parts)
		if err == nil && len(groups) == 0 {
			err = f.groupBy.errorf("it finds nothing in any of %d parts", len(parts))
		}
		if err != nil {
			return facts, err
		}
		if alone > 0 {
			facts.Notes = append(facts.Notes, f.groupBy.errorf("nothing found in %d of %d parts: they are left out", alone, len(parts)).Error())
		}
		parts = groups
	}
	switch {
	case len(parts) == 0 && f.mayBeEmpty:
		facts.Fields = map[string]any{f.list: []any{}}
		return facts, nil
	case len(parts) == 0:
		return facts, f.items.errorf("it finds nothing in the export; if that is allowed, set may_be_empty: true")
	case f.list == "" && len(parts) > 1:
		return facts, f.items.errorf("it finds %d parts, and each field can be filled only once: make it find one", len(parts))
	}
	var items []any
	for i, part := range parts {
		at := ""
		if f.list != "" {
			at = document.Pointer(f.list, strconv.Itoa(i))
		}
		item, err := a.item(at, f.fields, part)
		if err != nil {
			if f.list != "" {
				return facts, fmt.Errorf("%w (item %d of the export)", err, i+1)
			}
			return facts, err
		}
		items = append(items, item)
	}
	facts.Notes = append(facts.Notes, f.leftOut(a)...)
	if f.list == "" {
		facts.Fields = items[0].(map[string]any)
		return facts, nil
	}
	facts.Fields = map[string]any{f.list: items}
	return facts, nil
}

// leftOut says which fields were left out, and why.
func (f *fill) leftOut(a *applier) (notes []string) {
	for _, field := range a.order {
		if a.unproven[field] {
			notes = append(notes, f.unproven(field).Error())
		} else if n := a.absent[field]; n > 0 {
			values := "nothing"
			if field.choose == onlyOne || field.choose == widestOne {
				values = "nothing, or more than one value,"
			}
			notes = append(notes, field.from.errorf("%s found for %s in %d of %d parts: left out there", values, field.pointer, n, a.tried[field]).Error())
		}
	}
	return notes
}

// unproven says that a field is left out because the export may be a part.
func (f *fill) unproven(field *field) error {
	again := ""
	if f.command != "" {
		again = ", made by: " + f.command
	}
	return field.provenBy.errorf("nothing in the export shows that it is whole, so %s is left out. Use a whole one%s. If it is whole, "+
		"write %s into the evidence yourself", field.pointer, again, field.pointer)
}

func valuesOf(parts []part) []any {
	values := make([]any, len(parts))
	for i, part := range parts {
		values[i] = part.value
	}
	return values
}

// item fills the fields of one item, whose pointer in the section is at.
func (a *applier) item(at string, fields []*field, in part) (map[string]any, error) {
	item := map[string]any{}
	if at != "" {
		a.origins[at] = in.pointer
	}
	for _, f := range fields {
		if a.tried[f]++; a.tried[f] == 1 {
			a.order = append(a.order, f)
		}
		value, err := a.value(at+"/"+f.pointer, f, in)
		if err != nil {
			return nil, err
		}
		if value == nil {
			a.absent[f]++
			continue
		}
		steps := strings.Split(f.pointer, "/")
		object := item
		for _, step := range steps[:len(steps)-1] {
			below, ok := object[step].(map[string]any)
			if !ok {
				below = map[string]any{}
				object[step] = below
			}
			object = below
		}
		object[steps[len(steps)-1]] = value
	}
	return item, nil
}

// value is what a field becomes, whose pointer in the section is at; nil where nothing was found.
func (a *applier) value(at string, f *field, in part) (any, error) {
	if f.provenBy != nil && len(f.provenBy.find(in)) == 0 {
		a.unproven[f] = true
		return nil, nil
	}
	parts := f.from.find(in)
	for _, p := range parts {
		switch list, isList := p.value.([]any); {
		case f.fields != nil: // its fields read it
		case isList && f.form.Type == "array" && len(parts) == 1:
			for i, item := range list {
				a.read(part{value: item, pointer: p.pointer + "/" + strconv.Itoa(i)}, f, f.item)
			}
		case f.form.Type == "array":
			a.read(p, f, f.item)
		default:
			a.read(p, f, f.form)
		}
	}
	switch {
	case f.count && len(parts) == 0 && !f.from.counts(in.value):
		return nil, nil
	case f.count:
		a.origins[at] = in.pointer
		return json.Number(strconv.Itoa(len(parts))), nil
	case len(parts) == 0 && f.mayBeEmpty:
		a.origins[at] = in.pointer
		return []any{}, nil
	case len(parts) == 0:
		return nil, nil
	}
	a.origins[at] = parts[0].pointer
	switch {
	case f.fields != nil:
		items := []any{}
		for i, part := range parts {
			item, err := a.item(at+"/"+strconv.Itoa(i), f.fields, part)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return items, nil
	case f.form.Type == "array":
		list, err := f.listOf(valuesOf(parts))
		if list == nil {
			delete(a.origins, at)
		}
		return list, err
	case len(parts) > 1 && f.choose != "":
		return f.chosen(at, a, parts)
	case len(parts) > 1:
		return nil, f.from.errorf("it finds %d values, and %s takes one: make it find one, or choose", len(parts), f.pointer)
	default:
		return f.convert(f.form, parts[0].value)
	}
}

// chosen is the value among several that choose asks for; of equal ones, the first. It is nil where there should be one only.
func (f *field) chosen(at string, a *applier, parts []part) (any, error) {
	var best any
	for _, p := range parts {
		value, err := f.convert(f.form, p.value)
		if err != nil {
			return nil, err
		}
		if best != nil && value != best && f.standsAlone(value, best) {
			delete(a.origins, at)
			return nil, nil
		}
		if best == nil || value != best && f.before(value, best) {
			best, a.origins[at] = value, p.pointer
		}
	}
	return best, nil
}

// standsAlone reports whether choose cannot prefer one of two different values.
func (f *field) standsAlone(a, b any) bool {
	return f.choose == onlyOne || f.choose == widestOne && (shareOf(a) < 0 || shareOf(b) < 0)
}

// shareOf is how long the prefix of a range of addresses is, in parts of 128; -1 for another text.
func shareOf(value any) int {
	text, _ := value.(string)
	addresses, err := netip.ParsePrefix(text)
	if err != nil {
		return -1
	}
	return addresses.Bits() * 128 / addresses.Addr().BitLen()
}

// before reports whether choose prefers the one of two converted values. Dates and times in UTC are in the order of their texts.
func (f *field) before(a, b any) bool {
	if f.choose == widestOne {
		return shareOf(a) < shareOf(b)
	}
	x, isNumber := a.(json.Number)
	if !isNumber {
		order := strings.Compare(a.(string), b.(string))
		return f.choose == "latest" && order > 0 || f.choose == "earliest" && order < 0
	}
	y := b.(json.Number)
	left, _ := new(big.Rat).SetString(x.String())
	right, _ := new(big.Rat).SetString(y.String())
	order := left.Cmp(right)
	return f.choose == "largest" && order > 0 || f.choose == "smallest" && order < 0
}

// listOf is the list that values become; nil where they are empty texts alone. A list that is a set has each text once.
func (f *field) listOf(values []any) (any, error) {
	if len(values) == 1 {
		if list, isList := values[0].([]any); isList {
			values = list
		}
	}
	items, seen, skipped := []any{}, map[any]bool{}, false
	if n := countNulls(values); n > 0 {
		return nil, f.from.errorf("it finds null in place of %d values: the export is not whole, export it again", n)
	}
	for _, value := range values {
		parts := []any{value}
		if text, isText := value.(string); isText && f.split != "" {
			parts = nil
			for part := range strings.SplitSeq(text, f.split) {
				if part = strings.TrimSpace(part); part != "" {
					parts = append(parts, part)
				}
			}
		}
		for _, part := range parts {
			if part == "" && f.from.skipsEmpty {
				skipped = true
				continue
			}
			item, err := f.convert(f.item, part)
			if err != nil {
				return nil, err
			}
			if f.form.Unique && seen[item] {
				continue
			}
			seen[item] = true
			items = append(items, item)
		}
	}
	if skipped && len(items) == 0 {
		return nil, nil
	}
	return items, nil
}

// convert reads a value as the form wants it. Text that is written as a number or boolean is one, since CSV has nothing else.
// Errors do not repeat the value: it may be secret.
func (f *field) convert(form *evidence.Form, value any) (any, error) {
	switch value.(type) {
	case map[string]any, []any:
		return nil, f.from.errorf("it finds an object or a list, and %s is a %s", f.pointer, form.Type)
	}
	text := fmt.Sprint(value)
	if f.extract != nil {
		match := f.extract.FindStringSubmatch(text)
		if match == nil {
			return nil, f.from.errorf("extract does not match the value")
		}
		if match[1] == "" { // with map, it would make a fact of nothing
			return nil, f.from.errorf("extract reads an empty text of the value")
		}
		text = match[1]
	}
	if f.values != nil {
		mapped, ok := f.values[text]
		if !ok {
			return nil, f.from.errorf("the value is not in map, which has %s", strings.Join(slices.Sorted(maps.Keys(f.values)), ", "))
		}
		text = fmt.Sprint(mapped)
	}
	switch {
	case form.Format == "date" || form.Format == "date-time":
		return f.time(form, text)
	case form.Type == "integer" || form.Type == "number":
		n, ok := f.number(text)
		if !ok {
			return nil, f.from.errorf("the value is not a number, and %s is a %s", f.pointer, form.Type)
		}
		if f.times != nil {
			n.Mul(n, f.times)
		}
		if n.IsInt() {
			return json.Number(n.Num().String()), nil
		}
		if form.Type == "integer" && f.round != "" {
			return json.Number(f.rounded(n).String()), nil
		}
		if form.Type == "integer" {
			return nil, f.from.errorf("the value is not a whole number, and %s takes one", f.pointer)
		}
		number, _ := n.Float64()
		return json.Number(strconv.FormatFloat(number, 'f', -1, 64)), nil
	case form.Type == "boolean":
		yes, err := strconv.ParseBool(text)
		if err != nil || text != "true" && text != "false" {
			return nil, f.from.errorf("the value is neither true nor false; translate it with map")
		}
		return yes, nil
	default:
		return text, nil
	}
}

// number reads a number, or a duration in seconds.
func (f *field) number(text string) (*big.Rat, bool) {
	if f.format != "duration" {
		return rational(text)
	}
	duration, err := time.ParseDuration(text)
	return new(big.Rat).SetFrac64(int64(duration), int64(time.Second)), err == nil && duration >= 0
}

// rational reads a decimal number of ordinary size.
func rational(text string) (*big.Rat, bool) {
	size, err := strconv.ParseFloat(text, 64)
	size = math.Abs(size)
	tiny := size < 1e-9 && (size != 0 || strings.ContainsAny(text, "eE"))
	if err != nil || !(size < 1e15) || tiny || strings.ContainsAny(text, "_xXpP") {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// rounded is the whole number that round makes of a fraction.
func (f *field) rounded(n *big.Rat) *big.Int {
	down := new(big.Int).Div(n.Num(), n.Denom()) // of a denominator above 0, towards less
	if f.round == "up" {
		down.Add(down, big.NewInt(1))
	}
	return down
}

// time reads a date or a time. One of a longer form becomes the date on which it was in the zone.
func (f *field) time(form *evidence.Form, text string) (any, error) {
	format := f.format
	if format == "" {
		format = "rfc3339"
		if form.Format == "date" {
			format = "date"
		}
	}
	var at time.Time
	var err error
	switch format {
	case "rfc3339":
		at, err = time.Parse(time.RFC3339, text)
	case "date":
		if form.Format != "date" {
			return nil, f.from.errorf("%s is a time, and a date is only a day", f.pointer)
		}
		at, err = time.ParseInLocation(time.DateOnly, text, f.zone)
	case "custom":
		at, err = time.ParseInLocation(f.layout, text, f.zone)
	default:
		var n int64
		if n, err = strconv.ParseInt(text, 10, 64); err == nil {
			at = time.Unix(n, 0)
			if format == "unix_ms" {
				at = time.UnixMilli(n)
			}
		}
	}
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return nil, f.from.errorf("the value does not have the format %s", format)
	}
	if form.Format == "date" {
		return at.In(f.zone).Format(time.DateOnly), nil
	}
	return at.UTC().Format(time.RFC3339), nil
}
