// Package mapping reads facts of evidence from the exports of other tools (JSON, CSV, YAML), as a file of kind Mapping says: a
// declaration of which part of the export is which field of evidence, in JSONPath (RFC 9535), and no code. The same mapping
// fills evidence (collect) and derives facts of an artifact again (assess).
package mapping

import (
	_ "embed"
	"fmt"
	"maps"
	"math/big"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"

	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
)

// Schema is the JSON Schema of a file of kind Mapping.
//
//go:embed schema.json
var Schema []byte

var compiled = sync.OnceValues(func() (*schema.Schema, error) { return schema.Proven("mapping", Schema) })

// Mapping is a file of kind Mapping.
type Mapping struct {
	// Input is the path of the export that the file names, as seen from where the file was read; empty where it names none, because
	// it derives facts of artifacts only.
	Input string
	// Title says what the export is, and Command how it is made; CannotTell are what one would look for in it in vain. They are for
	// readers, and empty where the file does not say.
	Title, Command string
	CannotTell     []string

	format       string
	delimiter    rune
	inPages      bool // an export is a list of pages
	recognisedBy []*expression
	fills        []*fill
}

type fill struct {
	section, list string
	onlyAdds      bool
	mayBeEmpty    bool
	items         *expression
	groupBy       *expression // parts in which it finds the same text become one item together; nil for an item each
	fields        []*field
	declared      any    // the entry of fills itself
	command       string // that makes the export; empty where the mapping does not say
}

// expression is a JSONPath, with its place.
type expression struct {
	path *jsonpath.Path
	text string
	at   document.Error // without message
	or   *expression    // that is tried where this finds nothing; nil for none

	skipsEmpty bool // an empty text tells nothing, as null

	place *jsonpath.Path  // of the last filter but the last step: it chooses where to look; nil for none
	steps []step          // of path
	whole map[string]bool // see wholeNames
}

func (e *expression) errorf(format string, args ...any) error {
	at := e.at
	at.Message = e.text + ": " + fmt.Sprintf(format, args...)
	return &at
}

// part is a value in an export, with the JSON pointer to it. The value of a group is the list of its members.
type part struct {
	value   any
	pointer string
	members []part // of a group; its pointer is that of the first
}

func groupOf(members []part) part {
	return part{valuesOf(members), members[0].pointer, members}
}

// at is the pointer in the export of what has a pointer below the part.
func (p part) at(below string) string {
	if p.members == nil || below == "" {
		return p.pointer + below
	}
	index, rest, deeper := strings.Cut(below[1:], "/")
	if deeper {
		rest = "/" + rest
	}
	i, err := strconv.Atoi(index)
	if err != nil {
		panic(err) // a group is a list
	}
	return p.members[i].at(rest)
}

// find answers the parts of a part that the expression selects, in the order of the document.
func (e *expression) find(in part) []part {
	var parts []part
	located := e.path.SelectLocated(in.value)
	located.Sort() // the members of objects come in no order
	for _, node := range located {
		if node.Node == nil || node.Node == any(redact.Mark) { // they tell nothing
			continue
		}
		if node.Node != "" || !e.skipsEmpty {
			parts = append(parts, part{value: node.Node, pointer: in.at(node.Path.Pointer())})
		}
	}
	if parts == nil && e.or != nil {
		parts = e.or.find(in)
	}
	return parts
}

// nulls is how many items of lists are null among those that the expression chooses from, wherever on its way.
func (e *expression) nulls(in part) int {
	n := nullsOn(in.value, in.value, e.steps)
	if e.or != nil && len(e.path.Select(in.value)) == 0 {
		n += e.or.nulls(in)
	}
	return n
}

func nullsOn(root, value any, steps []step) (n int) {
	if len(steps) == 0 || emptied(value) == any(absent{}) {
		return 0
	}
	list, _ := value.([]any)
	for _, of := range steps[0].selectors {
		if of.chooses() {
			n += countNulls(list)
		}
		for _, node := range of.SelectLocated(value, root, nil) {
			n += nullsOn(root, node.Node, steps[1:])
		}
	}
	if steps[0].isDescendant {
		for _, child := range spec.Wildcard().SelectLocated(value, root, nil) {
			n += nullsOn(root, child.Node, steps)
		}
	}
	return n
}

// chooses reports whether a selector chooses among all items of a list.
func (s selector) chooses() bool {
	switch s.Selector.(type) {
	case spec.WildcardSelector, *spec.FilterSelector:
		return true
	}
	return false
}

func countNulls(list []any) (n int) {
	for _, item := range list {
		if item == nil {
			n++
		}
	}
	return n
}

// hasNullItem reports whether a list anywhere in a value has null in place of an item.
func hasNullItem(value any) bool {
	switch v := value.(type) {
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return item == nil || hasNullItem(item) })
	case map[string]any:
		for _, below := range v {
			if hasNullItem(below) {
				return true
			}
		}
	}
	return false
}

// asText makes an expression, and those that stand for it, read texts: an empty one tells nothing.
func (e *expression) asText() {
	for ; e != nil; e = e.or {
		e.skipsEmpty = true
	}
}

// looks reports whether there is a place to look in: the list or object of a value in which the expression chooses, or counts. Where that is
// missing, that nothing is found tells nothing. A whole that is an object with a text or a number
// is a record, such as an error, and no list. One without a member may be anything.
func (e *expression) looks(start any) bool {
	in := start
	for i, of := range e.steps {
		name, isName := of.selectors[0].Selector.(spec.Name)
		if i == len(e.steps)-1 || of.isDescendant || len(of.selectors) > 1 || !isName {
			break
		}
		object, _ := in.(map[string]any)
		in = object[string(name)]
	}
	switch in := in.(type) {
	case []any:
		return true
	case map[string]any:
		if !e.choosesMembers() || len(in) > 0 && !slices.ContainsFunc(slices.Collect(maps.Values(in)), isScalar) {
			return true
		}
	}
	return e.or != nil && e.or.looks(start)
}

// choosesMembers reports whether the first step chooses among the items or members of the whole, and is no filter that chooses a place.
func (e *expression) choosesMembers() bool {
	if len(e.steps) == 0 || e.steps[0].isDescendant {
		return false
	}
	switch e.steps[0].selectors[0].Selector.(type) {
	case spec.Name:
		return false
	case *spec.FilterSelector:
		return len(e.steps) == 1
	}
	return true
}

func isScalar(value any) bool { return value != nil && emptied(value) == any(absent{}) }

// counts reports whether that nothing is found means none: there is a place to look in, and a filter that chooses the place finds one.
func (e *expression) counts(in any) bool {
	return e.looks(in) && (e.place == nil || len(e.place.Select(in)) > 0) || e.or != nil && e.or.counts(in)
}

// group puts the parts together in which an expression finds the same text, in the order of the first of each. A part in which it
// finds none belongs to no item, and is counted.
func (e *expression) group(parts []part) (groups []part, alone int, err error) {
	members := map[string][]part{}
	var order []string
	for _, p := range parts {
		keys := e.find(p)
		if len(keys) == 0 {
			alone++
			continue
		}
		switch keys[0].value.(type) {
		case map[string]any, []any:
			return nil, 0, e.errorf("it finds an object or a list, and groups have a text")
		}
		key := textOf(keys[0].value)
		if len(keys) > 1 {
			return nil, 0, e.errorf("it finds %d values in a part: make it find one", len(keys))
		}
		if members[key] == nil {
			order = append(order, key)
		}
		members[key] = append(members[key], p)
	}
	for _, key := range order {
		groups = append(groups, groupOf(members[key]))
	}
	return groups, alone, nil
}

// textOf is the text that groups are told apart by.
func textOf(value any) string { return fmt.Sprint(value) }

// The choices of the value that stands alone, and of the widest range of addresses, or of another value that stands alone.
const (
	onlyOne   = "only"
	widestOne = "widest"
)

type field struct {
	pointer    string         // below the item, such as encryption/algorithm
	form       *evidence.Form // resolved, as is item
	item       *evidence.Form // of a list's items
	from       *expression
	count      bool        // how often it is found is the value
	provenBy   *expression // that finds something only in an export that is whole; nil where nothing has to
	mayBeEmpty bool        // that nothing is found means an empty list
	fields     []*field    // of the items of a list
	values     map[string]any
	format     string
	layout     string
	zone       *time.Location
	split      string
	extract    *regexp.Regexp // whose one group is what is read of a text; nil for the whole
	choose     string         // which of several values is read
	round      string         // where a whole number is made of a fraction: down or up; empty where that is refused
	times      *big.Rat
}

// ReadFile reads a mapping. What other mappings fill is in filled, by pointer.
func ReadFile(name string, root *evidence.Form, filled map[string]string) (*Mapping, error) {
	doc, _, err := document.ReadFile("", name, document.DefaultLimits.WithBytes(evidence.MaxMapping))
	if err != nil {
		return nil, err
	}
	return Parse(doc, root, filled)
}

// Read reads the text of a mapping that stands for itself, not beside those that fill other fields of the same evidence.
func Read(name string, text []byte, root *evidence.Form) (*Mapping, error) {
	doc, err := document.Parse(name, text, document.DefaultLimits.WithBytes(evidence.MaxMapping))
	if err != nil {
		return nil, err
	}
	return Parse(doc, root, map[string]string{})
}

// Parse reads a mapping from its document, and holds it against the form of evidence. What other mappings fill is in filled, by
// pointer; what this one fills is added.
func Parse(doc *document.Document, root *evidence.Form, filled map[string]string) (*Mapping, error) {
	form, err := compiled()
	if err != nil {
		return nil, err
	}
	if err := form.Validate(doc); err != nil {
		return nil, err
	}
	p := &parser{doc: doc, root: root}
	m := &Mapping{
		Input: relative(doc.Name(), p.text("/input/file")), format: p.text("/input/format"), delimiter: ',',
		Title: p.text("/title"), Command: p.text("/command"), CannotTell: p.texts("/cannot_tell"),
	}
	for i := range p.texts("/input/recognised_by") {
		if e := p.expressions(fmt.Sprintf("/input/recognised_by/%d", i)); e != nil {
			m.recognisedBy = append(m.recognisedBy, e)
		}
	}
	if m.inPages = p.yes("/input/pages"); m.inPages && m.format != "json" {
		p.refuse("/input/pages", "only json files have pages")
	}
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
			f.command = m.Command
			m.fills = append(m.fills, f)
		}
	}
	return m, p.errs.Sorted()
}

// relative is a path of a mapping as seen from here.
func relative(mapping, path string) string {
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(mapping), path)
}

// Fills are the fields of evidence that are filled, list items as *.
func (m *Mapping) Fills() []string {
	var all []string
	for _, f := range m.fills {
		all = append(all, f.pointers()...)
	}
	return all
}

// Sections are the sections that are filled, each once.
func (m *Mapping) Sections() []string {
	var all []string
	for _, f := range m.fills {
		if !slices.Contains(all, f.section) {
			all = append(all, f.section)
		}
	}
	return all
}

// Recognises reports whether a value, as Value reads it, has the form of the export: each expression of recognised_by finds
// something. A mapping that names none recognises nothing.
func (m *Mapping) Recognises(export any) bool {
	for _, e := range m.recognisedBy {
		if len(e.find(part{value: export})) == 0 {
			return false
		}
	}
	return len(m.recognisedBy) > 0
}

// Format is that of the export: json, ndjson, csv or yaml.
func (m *Mapping) Format() string { return m.format }

// Form tells the ways apart in which mappings read bytes: two of the same form read the same value.
func (m *Mapping) Form() string { return m.format + string(m.delimiter) }

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
