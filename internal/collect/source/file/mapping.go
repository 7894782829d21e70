package file

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are part of the program, so that a mapping means the same everywhere
	"unicode/utf8"

	"github.com/theory/jsonpath"

	"raci-check/internal/collect"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/suggest"
)

// mapping is a file of kind Mapping.
type mapping struct {
	input, format string
	delimiter     rune
	fills         []*fill
}

// fill is one section, or list of a section, that is filled.
type fill struct {
	section, list string
	onlyAdds      bool
	mayBeEmpty    bool
	items         *expression
	fields        []*field
}

// expression is a JSONPath, with its place.
type expression struct {
	path *jsonpath.Path
	text string
	at   document.Error // without message
}

func (e *expression) errorf(format string, args ...any) error {
	at := e.at
	at.Message = e.text + ": " + fmt.Sprintf(format, args...)
	return &at
}

// find answers what the expression finds, in the order of the document.
func (e *expression) find(value any) []any {
	located := e.path.SelectLocated(value)
	located.Sort() // the members of objects come in no order
	var found []any
	for _, one := range located {
		if one.Node != nil { // null tells nothing
			found = append(found, one.Node)
		}
	}
	return found
}

// field is one field that is filled.
type field struct {
	pointer    string         // below the item, such as encryption/algorithm
	form       *evidence.Form // resolved, as is item
	item       *evidence.Form // of a list's items
	from       *expression
	count      bool     // how often it is found is the value
	mayBeEmpty bool     // that nothing is found means an empty list
	fields     []*field // of the items of a list
	values     map[string]any
	format     string
	layout     string
	zone       *time.Location
	split      string
	times      *big.Rat
}

// parser reads a mapping and notes what is wrong with it.
type parser struct {
	doc  *document.Document
	root *evidence.Form
	errs document.Errors
}

func (p *parser) refuse(pointer, format string, args ...any) {
	p.errs = append(p.errs, p.doc.Errorf(pointer, format, args...))
}

func (p *parser) text(pointer string) string {
	value, _ := p.doc.Lookup(pointer)
	text, _ := value.(string)
	return text
}

func (p *parser) yes(pointer string) bool {
	value, _ := p.doc.Lookup(pointer)
	yes, _ := value.(bool)
	return yes
}

// expression reads the JSONPath at a pointer.
func (p *parser) expression(pointer, text string) *expression {
	at := p.doc.ValuePosition(pointer)
	path, err := jsonpath.Parse(text)
	if err != nil {
		p.errs = append(p.errs, &document.Error{File: p.doc.Name(), Line: at.Line, Column: at.Column,
			Message: fmt.Sprintf("not a JSONPath expression (RFC 9535): %v", err)})
		return nil
	}
	return &expression{path, text, document.Error{File: p.doc.Name(), Line: at.Line, Column: at.Column}}
}

// readMapping reads a mapping and holds it against the form of evidence. What other mappings fill is in filled, by pointer.
func readMapping(name string, root *evidence.Form, filled map[string]string) (*mapping, error) {
	doc, err := collect.ReadYAML(name, "mapping", Schema)
	if err != nil {
		return nil, err
	}
	p := &parser{doc: doc, root: root}
	m := &mapping{input: relative(name, p.text("/input/file")), format: p.text("/input/format"), delimiter: ','}
	if text := p.text("/input/delimiter"); text != "" {
		m.delimiter, _ = utf8.DecodeRuneInString(text)
	}
	if m.format != "csv" && p.text("/input/delimiter") != "" {
		p.refuse("/input/delimiter", "only csv files have a delimiter")
	}
	if slices.Contains([]rune{'"', '\r', '\n'}, m.delimiter) {
		p.refuse("/input/delimiter", "this character cannot be a delimiter")
	}
	fills, _ := doc.Lookup("/fills")
	for i := range fills.([]any) {
		if f := p.fill(fmt.Sprintf("/fills/%d", i), filled); f != nil {
			m.fills = append(m.fills, f)
		}
	}
	return m, p.errs.Sorted()
}

func (p *parser) fill(pointer string, filled map[string]string) *fill {
	f := &fill{section: p.text(pointer + "/section"), list: p.text(pointer + "/list"), onlyAdds: p.yes(pointer + "/only_adds"), mayBeEmpty: p.yes(pointer + "/may_be_empty")}
	if !slices.Contains(p.root.Sections(), f.section) {
		p.refuse(pointer+"/section", "%s", suggest.Unknown("section", f.section, p.root.Sections()))
		return nil
	}
	form := p.root.Resolve(p.root.Properties.Forms[f.section])
	expression := p.text(pointer + "/items")
	if f.list != "" {
		list := form.Properties.Forms[f.list]
		var known []string
		for _, name := range form.Properties.Names {
			if isList(p.root, form.Properties.Forms[name]) {
				known = append(known, name)
			}
		}
		if list == nil || !isList(p.root, list) {
			p.refuse(pointer+"/list", "%s", suggest.Unknown("list of "+f.section, f.list, known))
			return nil
		}
		form = p.root.Resolve(list.Items)
		if expression == "" {
			p.refuse(pointer, "field %q is missing: it selects the parts of the export that are items, such as $[*]", "items")
			return nil
		}
	} else if f.onlyAdds || f.mayBeEmpty {
		p.refuse(pointer, "only_adds and may_be_empty need a list")
	}
	if expression == "" {
		expression = "$"
	}
	f.items = p.expression(pointer+"/items", expression)
	f.fields = p.fields(pointer+"/fields", form)
	for _, one := range f.fields {
		if f.list == "" && strings.HasPrefix(one.pointer+"/", "source/") {
			p.refuse(pointer+"/fields"+document.Pointer(one.pointer), "collect itself writes the source of a section")
		}
	}
	claimed := f.pointers()
	if f.list != "" { // two exports cannot be one list
		claimed = []string{"/" + f.section + "/" + f.list}
	}
	at := p.doc.Position(pointer)
	for _, one := range claimed {
		if other, twice := filled[one]; twice {
			p.refuse(pointer, "%s is already filled at %s", one, other)
		}
		filled[one] = fmt.Sprintf("%s:%d", p.doc.Name(), at.Line)
	}
	return f
}

func isList(root, form *evidence.Form) bool {
	form = root.Resolve(form)
	return form.Type == "array" && root.Resolve(form.Items).Type == "object"
}

// fields reads the fields of a section or of an item, sorted by name.
func (p *parser) fields(pointer string, form *evidence.Form) []*field {
	value, _ := p.doc.Lookup(pointer)
	given, _ := value.(map[string]any)
	var fields []*field
	for _, name := range slices.Sorted(maps.Keys(given)) {
		at := pointer + document.Pointer(name)
		held := form
		for _, step := range strings.Split(name, "/") {
			var below *evidence.Form
			if held.Type == "object" {
				below = held.Properties.Forms[step]
			}
			if below == nil {
				p.refuse(at, "%s", suggest.Unknown("field of evidence", step, held.Properties.Names))
				held = nil
				break
			}
			held = p.root.Resolve(below)
		}
		if held == nil {
			continue
		}
		if f := p.field(at, name, held, given[name]); f != nil {
			fields = append(fields, f)
		}
	}
	return fields
}

func (p *parser) field(at, name string, form *evidence.Form, given any) *field {
	f := &field{pointer: name, form: form, zone: time.UTC}
	if form.Items != nil {
		f.item = p.root.Resolve(form.Items)
	}
	options, isObject := given.(map[string]any)
	if !isObject { // the expression alone
		if f.from = p.expression(at, given.(string)); f.from == nil {
			return nil
		}
		return p.fits(at, f)
	}
	from := p.from(at, options)
	if from == "" {
		return nil
	}
	if f.from = p.expression(at+"/"+from, p.text(at+"/"+from)); f.from == nil {
		return nil
	}
	f.count, f.mayBeEmpty = from == "count", p.yes(at+"/may_be_empty")
	f.values, _ = options["map"].(map[string]any)
	f.split, f.times = p.text(at+"/split"), factor(options)
	p.dates(at, f)
	switch isItems := from == "items"; {
	case isItems != (options["fields"] != nil):
		p.refuse(at, "items and fields belong together")
		return nil
	case !isItems && f.mayBeEmpty:
		p.refuse(at+"/may_be_empty", "it belongs to items")
		return p.fits(at, f)
	case !isItems:
		return p.fits(at, f)
	case !isList(p.root, form):
		p.refuse(at, "%s is not a list of objects", name)
		return nil
	}
	f.fields = p.fields(at+"/fields", p.root.Resolve(form.Items))
	return f
}

// from is the one option that says what a field is read from; "" where there is none or more than one.
func (p *parser) from(at string, options map[string]any) string {
	var given []string
	for _, name := range []string{"path", "count", "items"} {
		if options[name] != nil {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		p.refuse(at, "give one of path, count, or items with fields")
		return ""
	}
	return given[0]
}

// dates reads how the export writes dates.
func (p *parser) dates(at string, f *field) {
	f.format, f.layout = p.text(at+"/format"), p.text(at+"/layout")
	if zone := p.text(at + "/zone"); zone != "" {
		var err error
		if f.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			p.refuse(at+"/zone", "%q is not a time zone: expected a name such as Europe/Paris", zone)
		}
	}
	if (f.format == "custom") != (f.layout != "") {
		p.refuse(at, "format: custom and layout belong together")
	}
	if f.layout != "" && time.Unix(1_000_000_001, 0).UTC().Format(f.layout) == f.layout {
		p.refuse(at+"/layout", "the layout has no part of a date: write the time 2006-01-02 15:04:05 in the form of the export")
	}
}

// factor is what a number is multiplied by; nil for nothing.
func factor(options map[string]any) *big.Rat {
	times, multiplied := options["times"].(json.Number)
	by, divided := options["divided_by"].(json.Number)
	if !multiplied && !divided {
		return nil
	}
	product := big.NewRat(1, 1)
	if multiplied {
		product, _ = product.SetString(times.String())
	}
	if divided {
		divisor, _ := new(big.Rat).SetString(by.String()) // above 0, by the schema
		product.Quo(product, divisor)
	}
	return product
}

// fits refuses options that mean nothing for the field's type.
func (p *parser) fits(at string, f *field) *field {
	isNumber := f.form.Type == "integer" || f.form.Type == "number"
	isTime := f.form.Format == "date" || f.form.Format == "date-time"
	switch {
	case f.form.Type == "object", isList(p.root, f.form):
		p.refuse(at, "%s has fields of its own: fill those, such as %s/…, or use items and fields", f.pointer, f.pointer)
	case f.count && f.form.Type != "integer":
		p.refuse(at, "a count is an integer, and %s is a %s", f.pointer, f.form.Type)
	case f.times != nil && !isNumber:
		p.refuse(at, "times and divided_by are for numbers, and %s is not a number", f.pointer)
	case f.format != "" && !isTime:
		p.refuse(at+"/format", "%s is not a date", f.pointer)
	case f.split != "" && f.form.Type != "array":
		p.refuse(at+"/split", "%s is not a list", f.pointer)
	default:
		return f
	}
	return nil
}

// pointers are the fields of evidence that are filled, list items as *.
func (f *fill) pointers() []string {
	base := "/" + f.section
	if f.list != "" {
		base += "/" + f.list + "/*"
	}
	return pointersBelow(base, f.fields)
}

func pointersBelow(base string, fields []*field) []string {
	var all []string
	for _, f := range fields {
		if f.fields == nil {
			all = append(all, base+"/"+f.pointer)
			continue
		}
		all = append(all, pointersBelow(base+"/"+f.pointer+"/*", f.fields)...)
	}
	return all
}

// told is what one fill makes of an export.
type told struct {
	fields  map[string]any
	matched any // what items found
	notes   []string
}

// applier counts where nothing was found.
type applier struct {
	tried, absent map[*field]int
	order         []*field
}

// apply fills a section of an export.
func (f *fill) apply(export any) (told, error) {
	found := f.items.find(export)
	a := &applier{map[*field]int{}, map[*field]int{}, nil}
	t := told{matched: found}
	switch {
	case len(found) == 0 && f.mayBeEmpty:
		t.fields, t.matched = map[string]any{f.list: []any{}}, []any{}
		return t, nil
	case len(found) == 0:
		return t, f.items.errorf("it finds nothing in the export; if that is allowed, set may_be_empty: true")
	case f.list == "" && len(found) > 1:
		return t, f.items.errorf("it finds %d parts, and each field can be filled only once: make it find one", len(found))
	}
	var items []any
	for i, part := range found {
		item, err := a.item(f.fields, part)
		if err != nil {
			if f.list != "" {
				return t, fmt.Errorf("%w (item %d of the export)", err, i+1)
			}
			return t, err
		}
		items = append(items, item)
	}
	for _, one := range a.order {
		if n := a.absent[one]; n > 0 {
			t.notes = append(t.notes, one.from.errorf("nothing found for %s in %d of %d parts: left out there", one.pointer, n, a.tried[one]).Error())
		}
	}
	if f.list == "" {
		t.fields = items[0].(map[string]any)
		return t, nil
	}
	t.fields = map[string]any{f.list: items}
	return t, nil
}

// item fills the fields of one item.
func (a *applier) item(fields []*field, part any) (map[string]any, error) {
	item := map[string]any{}
	for _, f := range fields {
		if a.tried[f]++; a.tried[f] == 1 {
			a.order = append(a.order, f)
		}
		value, err := a.value(f, f.from.find(part))
		if err != nil {
			return nil, err
		}
		if value == nil {
			a.absent[f]++
			continue
		}
		steps := strings.Split(f.pointer, "/")
		at := item
		for _, step := range steps[:len(steps)-1] {
			below, there := at[step].(map[string]any)
			if !there {
				below = map[string]any{}
				at[step] = below
			}
			at = below
		}
		at[steps[len(steps)-1]] = value
	}
	return item, nil
}

// value is what a field becomes; nil where nothing was found.
func (a *applier) value(f *field, found []any) (any, error) {
	switch {
	case f.count:
		return len(found), nil
	case len(found) == 0 && f.mayBeEmpty:
		return []any{}, nil
	case len(found) == 0:
		return nil, nil
	case f.fields != nil:
		items := []any{}
		for _, part := range found {
			item, err := a.item(f.fields, part)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		return items, nil
	case f.form.Type == "array":
		return f.listOf(found)
	case len(found) > 1:
		return nil, f.from.errorf("it finds %d values, and %s takes one", len(found), f.pointer)
	default:
		return f.convert(f.form, found[0])
	}
}

func (f *field) listOf(found []any) (any, error) {
	if len(found) == 1 {
		if list, isList := found[0].([]any); isList {
			found = list
		}
	}
	items := []any{}
	for _, one := range found {
		parts := []any{one}
		if text, isText := one.(string); isText && f.split != "" {
			parts = nil
			for part := range strings.SplitSeq(text, f.split) {
				if part = strings.TrimSpace(part); part != "" {
					parts = append(parts, part)
				}
			}
		}
		for _, part := range parts {
			item, err := f.convert(f.item, part)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
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
	if f.values != nil {
		mapped, known := f.values[text]
		if !known {
			return nil, f.from.errorf("the value is not in map, which has %s", strings.Join(slices.Sorted(maps.Keys(f.values)), ", "))
		}
		text = fmt.Sprint(mapped)
	}
	switch {
	case form.Format == "date" || form.Format == "date-time":
		return f.time(form, text)
	case form.Type == "integer" || form.Type == "number":
		n, ok := rational(text)
		if !ok {
			return nil, f.from.errorf("the value is not a number, and %s is a %s", f.pointer, form.Type)
		}
		if f.times != nil {
			n.Mul(n, f.times)
		}
		if n.IsInt() {
			return json.Number(n.Num().String()), nil
		}
		if form.Type == "integer" {
			return nil, f.from.errorf("the value is not a whole number, and %s takes one", f.pointer)
		}
		number, _ := n.Float64()
		return number, nil
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

// time reads a date or instant. One of a longer form becomes the date on which it was in the zone.
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
