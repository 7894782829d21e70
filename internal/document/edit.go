package document

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// ErrByHand says that no edit was found that changes nothing else.
var ErrByHand = errors.New("the YAML is written in a way that cannot be edited here without changing something else")

// Change is an edit of a document at a JSON pointer to a field or an item. What the field or the item is in must be there. For a list,
// the index behind the last item adds one. A list or a mapping whose last item is removed stays, as [] or {}: that there are none
// is not the same as that nobody says so.
type Change struct {
	Pointer string
	Value   any  // plain value as Document.Value has it; nil with Remove
	Remove  bool // takes the field or the item away, with the comments beside it, in it and directly above it
	Insert  bool // puts an item before the one at the index
	// Shape answers how a new value at a pointer is written, with * for the index of an item; nil for what is usual.
	Shape func(pattern string) Shape
}

// Shape says how a new value is written.
type Shape struct {
	Fields []string // of a mapping, in their order; the others come behind them, sorted
	Date   bool     // a date or a time needs no quotes
	Flow   bool     // a mapping or a list is written on one line
	Quoted bool     // a text has quotes in any case
}

// Edit answers the text of the document, which it was read from, with changes made one after the other, and everything else byte for
// byte as it was: comments, order, quotes, blank lines, line ends. The error wraps ErrByHand where that cannot be.
func (d *Document) Edit(text []byte, changes []Change, limits Limits) ([]byte, error) {
	e := &editing{document: d, text: text, step: 2, dash: 2}
	expected := plainOf(d.root) // not d.value, in which Set may have changed a text
	for _, change := range changes {
		parts, err := Split(change.Pointer)
		if err == nil {
			err = d.writable(change.Pointer, change.Value)
		}
		if err != nil {
			return nil, err
		}
		var ok bool
		if expected, ok = applied(expected, parts, change); !ok {
			return nil, fmt.Errorf("there is nothing at %s to change", change.Pointer)
		}
	}
	if sameAs(d.root, expected) {
		return text, nil
	}
	if d.size != len(text) {
		return nil, fmt.Errorf("%s: %w", d.name, ErrChangedText)
	}
	e.layout = layOut(text, d.root)
	if e.layout.broken {
		return nil, ErrByHand
	}
	e.measure()
	var limit error
	for _, e.flow = range []bool{false, true} { // what is written on one line fits more places
		after, err := e.try(changes)
		if err != nil {
			return nil, err
		}
		edited, err := Parse(d.name, after, limits)
		if err != nil && errors.As(err, new(Limit)) {
			limit = err
		}
		if err == nil && reflect.DeepEqual(any(edited.value), expected) && e.kept(after, edited) {
			return after, nil
		}
	}
	if limit != nil {
		return nil, limit
	}
	return nil, ErrByHand
}

// ErrChangedText says that a text is another than the one that the document was read from.
var ErrChangedText = errors.New("the text is not the one that was read")

// writable refuses what no text of a document can say.
func (d *Document) writable(pointer string, value any) error {
	refuse := func(format string, args ...any) error {
		return d.Errorf(pointer, "%s: "+format, append([]any{strings.TrimPrefix(pointer, "/")}, args...)...)
	}
	switch v := value.(type) {
	case nil, bool:
		return nil
	case json.Number:
		if !jsonNumber.MatchString(v.String()) {
			return refuse("this is not a number")
		}
		if _, problem := number(v.String()); problem != "" {
			return refuse("%s", problem)
		}
	case string:
		if !utf8.ValidString(v) {
			return refuse("the text is not UTF-8")
		}
		if name := Hidden(strings.ReplaceAll(v, "\n", "")); name != "" {
			return refuse("the text contains a %s: delete it", name)
		}
	case []any:
		for _, item := range v {
			if err := d.writable(pointer, item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !utf8.ValidString(name) || Hidden(name) != "" || strings.ContainsRune(name, '\t') {
				return refuse("a name in it is not a text on one line")
			}
			if err := d.writable(pointer, v[name]); err != nil {
				return err
			}
		}
	default:
		return refuse("a value of type %T cannot be written", value)
	}
	return nil
}

// Clone is a plain value that shares nothing with another.
func Clone(value any) any { return Map(value, func(leaf any) any { return leaf }) }

// Map is a copy of a plain value with another leaf, which is no object and no list, in the place of each.
func Map(value any, leaf func(any) any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, below := range v {
			copied[name] = Map(below, leaf)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = Map(below, leaf)
		}
		return copied
	}
	return leaf(value)
}

// Apply makes a change in a plain value, which it may change, and answers it. ok says whether it could be made.
func Apply(value any, change Change) (changed any, ok bool) {
	parts, err := Split(change.Pointer)
	if err != nil {
		return nil, false
	}
	return applied(value, parts, change)
}

// applied makes a change in a value, which it may change.
func applied(value any, parts []string, change Change) (any, bool) {
	if len(parts) == 0 {
		return nil, false
	}
	last := len(parts) == 1
	if value == nil && last && !change.Remove {
		value = emptyFor(parts[0])
	}
	switch v := value.(type) {
	case map[string]any:
		below, present := v[parts[0]]
		switch {
		case change.Remove && last:
			delete(v, parts[0])
			return v, present
		case last:
			v[parts[0]] = Clone(change.Value)
			return v, !change.Insert
		case !present:
			return nil, false
		}
		below, ok := applied(below, parts[1:], change)
		v[parts[0]] = below
		return v, ok
	case []any:
		i, ok := index(parts[0], len(v)+1)
		switch {
		case !ok || i == len(v) && (!last || change.Remove):
			return nil, false
		case last && change.Remove:
			return slices.Delete(v, i, i+1), true
		case last && (change.Insert || i == len(v)):
			return slices.Insert(v, i, Clone(change.Value)), true
		case last:
			v[i] = Clone(change.Value)
			return v, true
		}
		v[i], ok = applied(v[i], parts[1:], change)
		return v, ok
	}
	return nil, false
}

// emptyFor is what takes a field, or an item, of a name in the place of a null.
func emptyFor(name string) any {
	if name == "0" {
		return []any{}
	}
	return map[string]any{}
}

type editing struct {
	document *Document
	layout   *layout
	text     []byte
	step     int    // by which the file indents what is in a mapping
	dash     int    // by which it indents the items of a list
	newline  string // as the file has it
	flow     bool   // all that is new is written on one line
	splices  []splice
	removed  []gap // parts that were taken away, whose comments go with them
	stuck    bool  // there is no way to write a change
}

// splice puts a text in the place of a part of the text; see where they are made.
type splice struct {
	start, end int
	with       string
	ends       bool // it begins with a line end because the last line of the text has none
}

type value struct {
	node    *yaml.Node // as the text has it; nil for what is new
	plain   any        // what is new
	entries []*entry   // of what the text has, where any changes
	opened  bool
	pattern string // the pointer to it, with * for items
	shape   func(string) Shape
}

// entry is a field or an item.
type entry struct {
	name string
	key  *yaml.Node // nil for an item
	old  *yaml.Node // the value in the text; nil for a new entry
	now  *value     // nil where it is removed
}

// open makes the entries of a value that the text has.
func (v *value) open() {
	if v.opened {
		return
	}
	v.opened = true
	n := v.node
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, below := n.Content[i], n.Content[i+1]
			v.entries = append(v.entries, &entry{key.Value, key, below, &value{node: below, pattern: v.pattern + Pointer(key.Value)}})
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			v.entries = append(v.entries, &entry{"", nil, item, &value{node: item, pattern: v.pattern + "/*"}})
		}
	}
}

func (v *value) change(parts []string, c Change) error {
	if v.node == nil || len(v.node.Content) == 0 && v.node.Kind != yaml.ScalarNode || v.node.Kind == yaml.ScalarNode {
		plain := v.plain
		if v.node != nil {
			plain = plainOf(v.node)
		}
		changed, ok := applied(plain, parts, c)
		if !ok {
			return ErrByHand
		}
		v.node, v.plain, v.shape = nil, changed, c.Shape
		return nil
	}
	v.open()
	if v.node.Kind == yaml.MappingNode {
		return v.changeField(parts, c)
	}
	return v.changeItem(parts, c)
}

func (v *value) changeField(parts []string, c Change) error {
	i := slices.IndexFunc(v.entries, func(e *entry) bool { return e.name == parts[0] })
	last := len(parts) == 1
	switch {
	case !last && (i < 0 || v.entries[i].now == nil), c.Insert && last:
		return ErrByHand
	case !last:
		return v.entries[i].now.change(parts[1:], c)
	case c.Remove && i >= 0:
		v.entries[i].now = nil
		if v.entries[i].old == nil {
			v.entries = slices.Delete(v.entries, i, i+1)
		}
	case i >= 0:
		v.entries[i].now = assigned(v.entries[i].old, c.Value, v.pattern+Pointer(parts[0]), c.Shape)
	default:
		v.add(parts[0], c.Value, c.Shape)
	}
	return nil
}

// add adds a field, behind those that come before it.
func (v *value) add(name string, plain any, shape func(string) Shape) {
	at := len(v.entries)
	if shape != nil {
		at = behind(v.entries, name, shape(v.pattern).Fields)
	}
	v.entries = slices.Insert(v.entries, at, &entry{name: name, now: assigned(nil, plain, v.pattern+Pointer(name), shape)})
}

// behind is where a field is put among those that are there, whose order is in a list of names.
func behind(entries []*entry, name string, order []string) int {
	rank := slices.Index(order, name)
	if rank < 0 {
		return len(entries)
	}
	at := 0
	for i, e := range entries {
		if other := slices.Index(order, e.name); other >= 0 && other <= rank {
			at = i + 1
		}
	}
	return at
}

func (v *value) changeItem(parts []string, c Change) error {
	at, live := len(v.entries), 0
	i, ok := index(parts[0], len(v.entries)+1)
	for k, e := range v.entries {
		if e.now == nil {
			continue
		}
		if live == i {
			at = k
			break
		}
		live++
	}
	last := len(parts) == 1
	isNew := at == len(v.entries)
	switch {
	case !ok || isNew && (live != i || !last || c.Remove):
		return ErrByHand
	case !last:
		return v.entries[at].now.change(parts[1:], c)
	case c.Remove:
		v.entries[at].now = nil
		if v.entries[at].old == nil {
			v.entries = slices.Delete(v.entries, at, at+1)
		}
	case isNew || c.Insert:
		v.entries = slices.Insert(v.entries, at, &entry{now: assigned(nil, c.Value, v.pattern+"/*", c.Shape)})
	default:
		v.entries[at].now = assigned(v.entries[at].old, c.Value, v.pattern+"/*", c.Shape)
	}
	return nil
}

// assigned is a value in the place of one that the text has, of which it keeps what is the same.
func assigned(old *yaml.Node, plain any, pattern string, shape func(string) Shape) *value {
	if old != nil {
		if sameAs(old, plain) {
			return &value{node: old, pattern: pattern}
		}
		kept := &value{node: old, pattern: pattern, shape: shape}
		fields, isMapping := plain.(map[string]any)
		items, isList := plain.([]any)
		switch {
		case isMapping && old.Kind == yaml.MappingNode && len(fields) > 0 && len(old.Content) > 0:
			kept.open()
			kept.assignFields(fields, shape)
			return kept
		case isList && old.Kind == yaml.SequenceNode && len(items) > 0 && len(old.Content) > 0:
			kept.open()
			kept.assignItems(items, shape)
			return kept
		}
	}
	return &value{plain: Clone(plain), pattern: pattern, shape: shape}
}

func (v *value) assignFields(fields map[string]any, shape func(string) Shape) {
	rest := maps.Clone(fields)
	for _, e := range v.entries {
		below, stays := fields[e.name]
		delete(rest, e.name)
		if e.now = nil; stays {
			e.now = assigned(e.old, below, v.pattern+Pointer(e.name), shape)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		v.add(name, rest[name], shape)
	}
}

// assignItems keeps the items at the beginning and at the end that are the same.
func (v *value) assignItems(items []any, shape func(string) Shape) {
	begin, end := 0, 0
	shorter := min(len(items), len(v.entries))
	for begin < shorter && sameAs(v.entries[begin].old, items[begin]) {
		begin++
	}
	for end < shorter-begin && sameAs(v.entries[len(v.entries)-1-end].old, items[len(items)-1-end]) {
		end++
	}
	middle, entries := items[begin:len(items)-end], v.entries[begin:len(v.entries)-end]
	var more []*entry
	for i, item := range middle {
		if i < len(entries) {
			entries[i].now = assigned(entries[i].old, item, v.pattern+"/*", shape)
			continue
		}
		more = append(more, &entry{now: assigned(nil, item, v.pattern+"/*", shape)})
	}
	for _, e := range entries[min(len(middle), len(entries)):] {
		e.now = nil
	}
	v.entries = slices.Insert(v.entries, len(v.entries)-end, more...)
}

// sameAs reports whether a node of the text has a value.
func sameAs(n *yaml.Node, plain any) bool {
	switch v := plain.(type) {
	case map[string]any:
		if n.Kind != yaml.MappingNode || len(n.Content) != 2*len(v) {
			return false
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if below, present := v[n.Content[i].Value]; !present || !sameAs(n.Content[i+1], below) {
				return false
			}
		}
		return true
	case []any:
		if n.Kind != yaml.SequenceNode || len(n.Content) != len(v) {
			return false
		}
		for i, item := range v {
			if !sameAs(n.Content[i], item) {
				return false
			}
		}
		return true
	}
	if n.Kind != yaml.ScalarNode {
		return false
	}
	value, _ := scalar(n)
	return value == plain
}

// plainOf is the value of a node of the text.
func plainOf(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		fields := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			fields[n.Content[i].Value] = plainOf(n.Content[i+1])
		}
		return fields
	case yaml.SequenceNode:
		items := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			items = append(items, plainOf(item))
		}
		return items
	}
	value, _ := scalar(n)
	return value
}

func (v *value) result() any {
	switch {
	case v.node == nil:
		return v.plain
	case !v.opened:
		return plainOf(v.node)
	case v.node.Kind == yaml.MappingNode:
		fields := map[string]any{}
		for _, e := range v.entries {
			if e.now != nil {
				fields[e.name] = e.now.result()
			}
		}
		return fields
	}
	items := []any{}
	for _, e := range v.entries {
		if e.now != nil {
			items = append(items, e.now.result())
		}
	}
	return items
}

// try makes the changes in the text, however the result is read.
func (e *editing) try(changes []Change) ([]byte, error) {
	root := &value{node: e.document.root}
	for _, change := range changes {
		parts, err := Split(change.Pointer)
		if err != nil {
			return nil, err
		}
		if err := root.change(parts, change); err != nil {
			return nil, err
		}
	}
	e.splices, e.removed = nil, nil
	if e.emit(root); e.stuck {
		return nil, ErrByHand
	}
	slices.SortStableFunc(e.splices, func(a, b splice) int { // what is put at a place comes before what is taken away behind it
		return cmp.Or(a.start-b.start, min(a.end-a.start, 1)-min(b.end-b.start, 1))
	})
	after := make([]byte, 0, len(e.text)+256)
	at := 0
	for _, s := range e.splices {
		if s.start < at || s.end < s.start {
			return nil, ErrByHand
		}
		after = append(after, e.text[at:s.start]...)
		if s.ends && bytes.HasSuffix(after, []byte("\n")) { // the last line was taken away, which had none
			s.with = strings.TrimPrefix(s.with, e.newline)
		}
		after = append(after, s.with...)
		at = s.end
	}
	return append(after, e.text[at:]...), nil
}

// kept reports whether each comment that was not in a part that was removed is there, in the same order, and no other.
func (e *editing) kept(after []byte, edited *Document) bool {
	now := layOut(after, edited.root)
	if now.broken {
		return false
	}
	slices.SortFunc(e.removed, func(a, b gap) int { return a.start - b.start })
	var before []string
	i, end := 0, 0
	for _, at := range e.layout.comments() {
		for ; i < len(e.removed) && e.removed[i].start <= at; i++ {
			end = max(end, e.removed[i].end)
		}
		if at >= end {
			before = append(before, string(e.text[at:e.layout.lineEnd(at)]))
		}
	}
	comments := now.comments()
	if len(comments) != len(before) {
		return false
	}
	for i, at := range comments {
		if before[i] != string(after[at:now.lineEnd(at)]) {
			return false
		}
	}
	return true
}

// QuotedEnd is the length in bytes of the text in quotes that a text begins with; -1 where it does not end.
func QuotedEnd[T string | []byte](text T) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[0] == '"':
			i++
		case text[i] == text[0] && text[0] == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		case text[i] == text[0]:
			return i + 1
		}
	}
	return -1
}
