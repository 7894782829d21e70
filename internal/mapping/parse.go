package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are part of the program, so that a mapping means the same everywhere

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/suggest"
)

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

// texts are the texts of the list at a pointer.
func (p *parser) texts(pointer string) []string {
	value, _ := p.doc.Lookup(pointer)
	list, _ := value.([]any)
	var all []string
	for _, item := range list {
		text, _ := item.(string)
		all = append(all, text)
	}
	return all
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
	segments := path.Query().Segments()
	return &expression{
		path: path, place: placeOf(segments), text: text, at: document.Error{File: p.doc.Name(), Line: at.Line, Column: at.Column},
		steps: stepsOf(segments), whole: wholeNames(text),
	}
}

// placeOf is the path to what the last filter before the last step chooses.
func placeOf(segments []*spec.Segment) *jsonpath.Path {
	for i := len(segments) - 2; i >= 0; i-- {
		if _, isFilter := segments[i].Selectors()[0].(*spec.FilterSelector); isFilter {
			return jsonpath.New(spec.Query(true, segments[:i+1]...))
		}
	}
	return nil
}

// expressions reads the JSONPath at a pointer, or the list of those that are tried one after the other.
func (p *parser) expressions(pointer string) *expression {
	texts := p.texts(pointer)
	if texts == nil {
		return p.expression(pointer, p.text(pointer))
	}
	var first *expression
	for i, text := range slices.Backward(texts) {
		e := p.expression(fmt.Sprintf("%s/%d", pointer, i), text)
		if e == nil {
			return nil
		}
		e.or = first
		first = e
	}
	return first
}

func (p *parser) fill(pointer string, filled map[string]string) *fill {
	f := &fill{section: p.text(pointer + "/section"), list: p.text(pointer + "/list"), onlyAdds: p.yes(pointer + "/only_adds"), mayBeEmpty: p.yes(pointer + "/may_be_empty")}
	f.declared, _ = p.doc.Lookup(pointer)
	if !slices.Contains(p.root.Sections(), f.section) {
		p.refuse(pointer+"/section", "%s", suggest.Unknown("section", f.section, p.root.Sections()))
		return nil
	}
	form := p.root.Resolve(p.root.Properties.Forms[f.section])
	_, selects := p.doc.Lookup(pointer + "/items")
	_, groups := p.doc.Lookup(pointer + "/group_by")
	if f.list != "" {
		list := form.Properties.Forms[f.list]
		var lists []string
		for _, name := range form.Properties.Names {
			if isList(p.root, form.Properties.Forms[name]) {
				lists = append(lists, name)
			}
		}
		if list == nil || !isList(p.root, list) {
			p.refuse(pointer+"/list", "%s", suggest.Unknown("list of "+f.section, f.list, lists))
			return nil
		}
		form = p.root.Resolve(list.Items)
		if !selects {
			p.refuse(pointer, "field %q is missing: it selects the parts of the export that are items, such as $[*]", "items")
			return nil
		}
	} else if f.onlyAdds || f.mayBeEmpty || groups {
		p.refuse(pointer, "only_adds, may_be_empty and group_by need a list")
	}
	f.items = p.expression(pointer, "$")
	if selects {
		f.items = p.expressions(pointer + "/items")
	}
	if groups {
		f.groupBy = p.expressions(pointer + "/group_by")
		f.groupBy.asText()
	}
	f.fields = p.fields(pointer+"/fields", form)
	for _, field := range f.fields {
		if f.list == "" && strings.HasPrefix(field.pointer+"/", "source/") {
			p.refuse(pointer+"/fields"+document.Pointer(field.pointer), "collect itself writes the source of a section")
		}
	}
	claimed := f.pointers()
	if f.list != "" { // two exports cannot be one list
		claimed = []string{"/" + f.section + "/" + f.list}
	}
	at := p.doc.Position(pointer)
	for _, field := range claimed {
		if other, twice := filled[field]; twice {
			p.refuse(pointer, "%s is already filled at %s", field, other)
		}
		filled[field] = fmt.Sprintf("%s:%d", p.doc.Name(), at.Line)
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
	options, _ := value.(map[string]any)
	var fields []*field
	for _, name := range slices.Sorted(maps.Keys(options)) {
		at := pointer + document.Pointer(name)
		within := form
		for step := range strings.SplitSeq(name, "/") {
			var below *evidence.Form
			if within.Type == "object" {
				below = within.Properties.Forms[step]
			}
			if below == nil {
				p.refuse(at, "%s", suggest.Unknown("field of evidence", step, within.Properties.Names))
				within = nil
				break
			}
			within = p.root.Resolve(below)
		}
		if within == nil {
			continue
		}
		if f := p.field(at, name, within, options[name]); f != nil {
			fields = append(fields, f)
		}
	}
	return fields
}

func (p *parser) field(at, name string, form *evidence.Form, value any) *field {
	f := &field{pointer: name, form: form, zone: time.UTC}
	if form.Items != nil {
		f.item = p.root.Resolve(form.Items)
	}
	options, isObject := value.(map[string]any)
	if !isObject { // the expression alone
		if f.from = p.expressions(at); f.from == nil {
			return nil
		}
		f.from.asText()
		return p.fits(at, f)
	}
	from := p.from(at, options)
	if from == "" {
		return nil
	}
	if f.from = p.expressions(at + "/" + from); f.from == nil {
		return nil
	}
	f.count, f.mayBeEmpty = from == "count", p.yes(at+"/may_be_empty")
	f.values, _ = options["map"].(map[string]any)
	f.split, f.choose, f.round, f.times = p.text(at+"/split"), p.text(at+"/choose"), p.text(at+"/round"), factor(options)
	if options["proven_by"] != nil {
		f.provenBy = p.expressions(at + "/proven_by")
	}
	if _, tells := f.values[""]; from == "path" && !tells {
		f.from.asText()
	}
	p.extract(at, f)
	p.dates(at, f)
	switch isItems := from == "items"; {
	case isItems != (options["fields"] != nil):
		p.refuse(at, "items and fields belong together")
		return nil
	case isItems && (f.choose != "" || f.extract != nil || f.round != ""):
		p.refuse(at, "choose, extract and round belong to path")
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
	var names []string
	for _, name := range []string{"path", "count", "items"} {
		if options[name] != nil {
			names = append(names, name)
		}
	}
	if len(names) != 1 {
		p.refuse(at, "give one of path, count, or items with fields")
		return ""
	}
	return names[0]
}

func (p *parser) extract(at string, f *field) {
	pattern := p.text(at + "/extract")
	if pattern == "" {
		return
	}
	expression, err := regexp.Compile(pattern)
	switch {
	case err != nil:
		p.refuse(at+"/extract", "not a regular expression (RE2): %v", err)
	case expression.NumSubexp() != 1:
		p.refuse(at+"/extract", "it has %d groups in parentheses: put one around what is read, and write the others as (?:…)", expression.NumSubexp())
	default:
		f.extract = expression
	}
}

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
	case f.count && (f.times != nil || f.values != nil || f.format != ""):
		p.refuse(at, "times, divided_by, map and format belong to path: a count is what it is")
	case f.times != nil && !isNumber:
		p.refuse(at, "times and divided_by are for numbers, and %s is not a number", f.pointer)
	case f.format == "duration" && !isNumber:
		p.refuse(at+"/format", "a duration is a number of seconds, and %s is not a number", f.pointer)
	case f.format != "" && f.format != "duration" && !isTime:
		p.refuse(at+"/format", "%s is not a date", f.pointer)
	case (f.choose == "latest" || f.choose == "earliest") && !isTime:
		p.refuse(at+"/choose", "%s is not a date", f.pointer)
	case (f.choose == "largest" || f.choose == "smallest") && !isNumber:
		p.refuse(at+"/choose", "%s is not a number", f.pointer)
	case f.choose == widestOne && (f.form.Type != "string" || isTime):
		p.refuse(at+"/choose", "%s is not a text", f.pointer)
	case f.choose == onlyOne && f.form.Type == "array":
		p.refuse(at+"/choose", "%s is a list, which takes all values", f.pointer)
	case (f.choose != "" || f.extract != nil || f.round != "") && f.count:
		p.refuse(at, "choose, extract and round belong to path")
	case f.round != "" && f.form.Type != "integer":
		p.refuse(at+"/round", "%s takes no whole number, so nothing is rounded", f.pointer)
	case f.split != "" && f.form.Type != "array":
		p.refuse(at+"/split", "%s is not a list", f.pointer)
	default:
		return f
	}
	return nil
}
