package collect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// A section that one file of evidence cannot hold is split: its longest list goes on in other files, each of which is made, proved
// and let go before the next. The limits are those of document.DefaultLimits, as a size in bytes: a key or a value counts as much as
// it may of them.
const bytesPerNode = 16

var (
	// mostWhole is the size up to which a file is left whole. What comments take of the limit has room behind it.
	mostWhole = 7 << 20
	// mostPart is the size of a new part: people add about as much to an item as sources tell.
	mostPart = 7 << 19
)

// sizeOf is a bound of the size of a value in a file, in the lines that this package writes.
func sizeOf(value any, indent int) int {
	nodes, bytes := weigh(value, indent)
	return max(nodes*bytesPerNode, bytes)
}

// weigh counts the nodes of a value, and a bound of the bytes that it is written in.
func weigh(value any, indent int) (nodes, bytes int) {
	switch v := value.(type) {
	case map[string]any:
		nodes = 1
		for key, below := range v {
			n, b := weigh(below, indent+2)
			nodes, bytes = nodes+n+1, bytes+b+indent+len(key)+3 // the colon, a space and the end of the line
		}
	case []any:
		nodes = 1
		for _, item := range v {
			n, b := weigh(item, indent+2)
			nodes, bytes = nodes+n, bytes+b+indent+3
		}
	case string:
		nodes, bytes = 1, 2+len(v)+strings.Count(v, "\"")+strings.Count(v, "\\")+strings.Count(v, "\n")*(indent+1)
	default:
		nodes, bytes = 1, len(fmt.Sprint(v))
	}
	return nodes, bytes
}

// layout is how a section is laid out in files.
type layout struct {
	merge.Section
	home  *file
	value map[string]any
	list  string // that is split
	sizes []int  // of its items
	room  int    // of the first file that is taken by all else
	parts int
}

// layout decides how many files a section takes: those that it is in, more where they are too few, and never less. A file of
// evidence is not deleted.
func (p *planner) layout(s merge.Section, home *file, value map[string]any) *layout {
	l := &layout{Section: s, home: home, value: value, parts: len(p.more[s.Name]) + 1}
	for name, field := range home.value {
		if name != s.Name {
			l.room += sizeOf(field, 2)
		}
	}
	whole := l.room + sizeOf(value, 2)
	if l.parts == 1 && whole <= mostWhole {
		return l
	}
	longest := 0
	for _, name := range slices.Sorted(maps.Keys(value)) {
		items, isList := value[name].([]any)
		if size := sizeOf(items, 4); isList && s.Identity(name) != "" && size > longest {
			l.list, longest = name, size
		}
	}
	if l.list == "" { // nothing can be split: what is written is refused with what is too large
		l.parts = 1
		return l
	}
	l.room += sizeOf(value, 2) - longest
	for _, item := range l.items() {
		l.sizes = append(l.sizes, sizeOf(item, 6))
	}
	l.parts = max(l.parts, 1+(longest+min(l.room, mostPart)-1)/mostPart)
	return l
}

func (l *layout) items() []any {
	items, _ := l.value[l.list].([]any)
	return items
}

// ends are the indexes in the list at which the parts end. Parts that are there keep their beginnings, so that a key more or less
// changes one file; where one of them would be too large, all are made anew, about as large as each other.
func (l *layout) ends(p *planner) []int {
	if ends := l.lastEnds(p); ends != nil {
		return ends
	}
	total := l.room
	for _, size := range l.sizes {
		total += size
	}
	ends := make([]int, 0, l.parts)
	sum := l.room
	for i, size := range l.sizes {
		for len(ends) < l.parts-1 && sum+size/2 > total/l.parts*(len(ends)+1) {
			ends = append(ends, i)
		}
		sum += size
	}
	for len(ends) < l.parts {
		ends = append(ends, len(l.sizes))
	}
	return ends
}

// lastEnds are the ends by which each item goes where it was, or where it would stand by its identity; nil where there are none, or
// a part would be too large.
func (l *layout) lastEnds(p *planner) []int {
	more := p.more[l.Name]
	if len(more)+1 != l.parts {
		return nil
	}
	begins := make([]string, len(more))
	next := "" // where the next part begins that has an item; empty where none has
	for i, part := range slices.Backward(more) {
		if items := l.listIn(part); len(items) > 0 {
			next = l.identityOf(items[0])
		}
		begins[i] = next
	}
	var ends []int
	at, sum := 0, l.room
	for _, begin := range begins {
		for ; at < len(l.sizes) && (begin == "" || l.identityOf(l.items()[at]) < begin); at++ {
			sum += l.sizes[at]
		}
		if sum > mostWhole {
			return nil
		}
		ends, sum = append(ends, at), 0
	}
	for _, size := range l.sizes[at:] {
		sum += size
	}
	if sum > mostWhole {
		return nil
	}
	return append(ends, len(l.sizes))
}

// putParts writes a section into several files, one after the other, and says so where there are more of them than before.
func (p *planner) putParts(l *layout, from []string) (notes []string, err error) {
	items, old := l.items(), p.oldItems(l)
	begins := 0
	if was := len(p.more[l.Name]) + 1; l.parts > was {
		notes = []string{fmt.Sprintf("/%s/%s: %d items are more than one file of evidence holds: they are in %d files, from %s on", l.Name, l.list, len(items), l.parts, l.home.name)}
	}
	for i, ends := range l.ends(p) {
		chunk := items[begins:ends:ends]
		begins = ends
		file, fields := l.home, maps.Clone(l.value)
		source, _ := fields["source"].(map[string]any)
		source = maps.Clone(source)
		source["parts"] = number(l.parts)
		if i > 0 {
			file = p.part(l.Name, i)
			fields, source = map[string]any{}, map[string]any{"part": number(i + 1)}
		}
		fields["source"], fields[l.list] = source, chunk
		if err := p.putPart(old, filePart{file, fields, i}, from); err != nil {
			return nil, err
		}
	}
	return notes, nil
}

// filePart is what a file has of a section that is split.
type filePart struct {
	file   *file
	fields map[string]any
	index  int // of the part, from 0
}

// putPart writes one part, and lets go of its nodes.
func (p *planner) putPart(old *oldItems, written filePart, from []string) error {
	top, err := written.file.nodes()
	if err != nil {
		return err
	}
	node, was, err := old.below(written.file, fieldIn(top, old.Name), written.fields)
	if err != nil {
		return err
	}
	p.place(written.file, old.Section, old.Node(node, was, written.fields), func() string {
		if written.index > 0 {
			return fmt.Sprintf("Part %d of the list %s, which begins in %s.", written.index+1, old.list, old.home.name)
		}
		return p.comment(old.Form, old.value, from)
	})
	written.file.after, err = p.encode(written.file)
	return err
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// part is the file of a part of a section, the i-th from 0: the one that is there, or a new one of a name that no file has.
func (p *planner) part(section string, i int) *file {
	if more := p.more[section]; i <= len(more) {
		return more[i-1]
	}
	name := ""
	for mark := "-"; name == "" || p.taken(name); mark += "part-" {
		name = section + mark + strconv.Itoa(i+1) + ".yaml"
	}
	return p.newFile(name)
}

func (p *planner) taken(name string) bool {
	_, err := os.Lstat(filepath.Join(p.Folder, name))
	return err == nil || slices.ContainsFunc(p.files, func(f *file) bool { return f.name == name })
}

// oldItems are the items of a list as they are in files, for what people wrote around them.
type oldItems struct {
	*layout
	at    map[string]oldItem // by identity
	trees map[*file]*yaml.Node
}

type oldItem struct {
	file  *file
	index int
}

// listIn are the items of the list that is split, as a file has them.
func (l *layout) listIn(f *file) []any {
	value, _ := document.Lookup(f.value, document.Pointer(l.Name, l.list))
	items, _ := value.([]any)
	return items
}

func (l *layout) identityOf(item any) string {
	fields, _ := item.(map[string]any)
	id, _ := fields[l.Identity(l.list)].(string)
	return id
}

func (p *planner) oldItems(l *layout) *oldItems {
	old := &oldItems{layout: l, at: map[string]oldItem{}, trees: map[*file]*yaml.Node{}}
	for _, f := range slices.Concat([]*file{l.home}, p.more[l.Name]) {
		for i, item := range l.listIn(f) {
			if id := l.identityOf(item); id != "" {
				old.at[id] = oldItem{f, i}
			}
		}
	}
	return old
}

// below is the node of the section in a file, and its value there, as if the list had the items there that it will have: with their
// nodes, wherever they are now.
func (o *oldItems) below(f *file, node *yaml.Node, fields map[string]any) (*yaml.Node, map[string]any, error) {
	gathered := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	was := []any{}
	used := map[*file]*yaml.Node{}
	items, _ := fields[o.list].([]any)
	for _, item := range items {
		at, isOld := o.at[o.identityOf(item)]
		if !isOld {
			continue
		}
		list, err := o.tree(at.file)
		if err != nil {
			return nil, nil, err
		}
		used[at.file] = list
		if list == nil || at.index >= len(list.Content) {
			continue
		}
		gathered.Content = append(gathered.Content, list.Content[at.index])
		was = append(was, o.listIn(at.file)[at.index])
	}
	o.trees = used // the next part needs no more than the last of them
	if node == nil {
		node = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	before, _ := f.value[o.Name].(map[string]any)
	before = maps.Clone(before)
	if before == nil {
		before = map[string]any{}
	}
	before[o.list] = was
	return withList(node, o.list, gathered), before, nil
}

func (o *oldItems) tree(f *file) (*yaml.Node, error) {
	if list, isRead := o.trees[f]; isRead {
		return list, nil
	}
	unchanged := file{name: f.name, before: f.before}
	top, err := unchanged.nodes()
	if err != nil {
		return nil, err
	}
	list := fieldIn(fieldIn(top, o.Name), o.list)
	o.trees[f] = list
	return list, nil
}

// fieldIn is the node of a field of a mapping; nil where there is none.
func fieldIn(mapping *yaml.Node, name string) *yaml.Node {
	if mapping == nil {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// withList is a mapping whose list has other items; the comments at it stay.
func withList(mapping *yaml.Node, name string, items *yaml.Node) *yaml.Node {
	copied := *mapping
	copied.Content = slices.Clone(mapping.Content)
	for i := 0; i+1 < len(copied.Content); i += 2 {
		if copied.Content[i].Value == name {
			list := *copied.Content[i+1]
			list.Content = items.Content
			copied.Content[i+1] = &list
			return &copied
		}
	}
	if len(items.Content) > 0 {
		copied.Content = append(copied.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, items)
	}
	return &copied
}

// join puts the sections together that are in several files.
func (p *planner) join() error {
	for section, home := range p.homes {
		if evidence.PartsOf(home.value[section]) > 0 && p.more[section] == nil {
			p.more[section] = []*file{}
		}
	}
	var errs document.Errors
	for _, section := range slices.Sorted(maps.Keys(p.more)) {
		var first *evidence.Part
		if home := p.homes[section]; home != nil {
			part := p.partOf(home, section)
			first = &part
		}
		slices.SortFunc(p.more[section], func(a, b *file) int {
			return cmp.Compare(evidence.PartOf(a.value[section]), evidence.PartOf(b.value[section]))
		})
		var more []evidence.Part
		for _, f := range p.more[section] {
			more = append(more, p.partOf(f, section))
		}
		whole, _, err := evidence.Join(section, first, more)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		p.joined[section] = whole
	}
	return errs.Sorted()
}

// partOf is a section of a file as a part. The file is read again for the place of an error: nobody else needs its nodes.
func (p *planner) partOf(f *file, section string) evidence.Part {
	name := filepath.Join(p.Folder, f.name)
	fields, _ := f.value[section].(map[string]any)
	return evidence.Part{File: name, Fields: fields, Errorf: func(pointer, format string, args ...any) *document.Error {
		doc, err := document.Parse(name, f.before, document.DefaultLimits)
		if err != nil { // it was read before
			return &document.Error{File: name, Message: fmt.Sprintf(format, args...)}
		}
		return doc.Errorf(pointer, format, args...)
	}}
}
