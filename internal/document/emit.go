package document

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// measure finds out how the file is written.
func (e *editing) measure() {
	e.newline = "\n"
	if i := bytes.IndexByte(e.text, '\n'); i > 0 && e.text[i-1] == '\r' {
		e.newline = "\r\n"
	}
	var stepped, dashed bool
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 {
			for i := 0; i+1 < len(n.Content) && !(stepped && dashed); i += 2 {
				key, below := n.Content[i], n.Content[i+1]
				indented := below.Column - key.Column
				isBlock := below.Style&yaml.FlowStyle == 0 && below.Line > key.Line
				switch {
				case isBlock && below.Kind == yaml.MappingNode && !stepped && indented > 0:
					e.step, stepped = indented, true
				case isBlock && below.Kind == yaml.SequenceNode && !dashed && indented >= 0:
					e.dash, dashed = indented, true
				}
			}
		}
		for _, below := range n.Content {
			if stepped && dashed {
				return
			}
			look(below)
		}
	}
	look(e.document.root)
}

func (e *editing) splice(start, end int, with string) {
	e.splices = append(e.splices, splice{start: start, end: end, with: with})
}

// take takes a part of the text away, and notes that what is in it is gone.
func (e *editing) take(start, end int) {
	if start < end {
		e.splice(start, end, "")
		e.removed = append(e.removed, gap{start, end})
	}
}

// emit makes the splices of a value that the text has, the innermost first.
func (e *editing) emit(v *value) {
	if !v.opened {
		return
	}
	isFlow := v.node.Style&yaml.FlowStyle != 0
	live, kept := 0, 0
	for _, below := range v.entries {
		if below.now != nil {
			live++
			if below.old != nil {
				kept++
			}
		}
	}
	if kept == 0 && !(live == 0 && !isFlow) {
		e.replace(v.node, &value{plain: v.result(), pattern: v.pattern, shape: v.shapeBelow()}, isFlow)
		return
	}
	for _, below := range v.entries {
		switch {
		case below.old == nil || below.now == nil:
		case below.now.node == below.old:
			e.emit(below.now)
		default:
			e.replace(below.old, below.now, isFlow)
		}
	}
	if isFlow {
		e.emitFlow(v)
		return
	}
	if live == 0 && !e.clear(v.node) {
		return
	}
	e.emitBlock(v)
}

// shapeBelow is how the new entries are written.
func (v *value) shapeBelow() func(string) Shape {
	for _, below := range v.entries {
		if below.now != nil && below.now.shape != nil {
			return below.now.shape
		}
	}
	return v.shape
}

// clear puts the sign of an empty mapping or list behind the key of one in a block all of whose entries are removed. It answers
// whether the entries are still to be removed.
func (e *editing) clear(n *yaml.Node) bool {
	sign := "{}"
	if n.Kind == yaml.SequenceNode {
		sign = "[]"
	}
	p := e.layout.places[n]
	if p.lead < 0 || e.layout.lineStart(p.lead) == e.layout.lineStart(p.start) {
		e.removed = append(e.removed, gap{p.start, e.layout.tail(p.end, e.column(n))})
		e.splice(p.start, e.layout.tail(p.end, e.column(n)), sign)
		return false
	}
	e.splice(p.lead, p.lead, " "+sign)
	return true
}

// column is that of the entries of a mapping or a list in a block.
func (e *editing) column(n *yaml.Node) int { return e.layout.column(e.first(n)) }

// first is where the first entry of a mapping or a list begins, behind a tag.
func (e *editing) first(n *yaml.Node) int {
	if n.Kind == yaml.MappingNode {
		return e.layout.places[n.Content[0]].start
	}
	return e.layout.places[n.Content[0]].entry
}

// entryOf is where an entry that the text has begins.
func (e *editing) entryOf(below *entry) int { return e.layout.places[below.old].entry }

// endOf is where an entry that the text has ends.
func (e *editing) endOf(below *entry) int {
	p := e.layout.places[below.old]
	end := max(p.end, p.lead)
	if below.key != nil {
		end = max(end, e.layout.places[below.key].end)
	}
	return end
}

// emitBlock removes entries of a block, and adds new ones.
func (e *editing) emitBlock(v *value) {
	column := e.column(v.node)
	begin := e.first(v.node)
	inline := len(bytes.TrimLeft(e.text[e.layout.lineStart(begin):begin], " ")) > 0 // behind the dash of the item that it is
	var first *entry                                                                // that stays
	for _, below := range v.entries {
		if below.old != nil && below.now != nil {
			first = below
			break
		}
	}
	start := 0 // of the first that stays, with the comments above it
	if first != nil {
		start = e.layout.head(e.entryOf(first), column)
		if v.node == e.document.root {
			start = e.layout.lineStart(e.entryOf(first)) // comments above may be about the file
		}
		if inline && start < begin {
			start = begin
		} else if inline {
			start += column
		}
		if inline && start > begin {
			e.take(begin, start)
		}
	}
	var last *entry // the last one before that stays
	for i, below := range v.entries {
		switch {
		case below.old != nil && below.now != nil:
			last = below
		case below.old != nil:
			if inline && last == nil {
				continue // was taken away above
			}
			e.removeLines(below, column, v.node == e.document.root && i == 0)
		case last == nil && inline:
			e.splice(start, start, e.lines(v, below, column)+e.newline+strings.Repeat(" ", column))
		case last == nil:
			e.splice(start, start, strings.Repeat(" ", column)+e.lines(v, below, column)+e.newline)
		case v.node == e.document.root && !slices.ContainsFunc(v.entries[i:], func(more *entry) bool { return more.old != nil }):
			text := strings.Repeat(" ", column) + e.lines(v, below, column)
			if above := e.layout.head(e.entryOf(last), column); above > 0 && e.blank(e.layout.lineStart(above-1)) {
				text = e.newline + text // as the sections above are apart
			}
			e.insertLine(e.layout.foot(e.layout.tail(e.endOf(last), column)), text)
		default:
			e.insertLine(e.layout.tail(e.endOf(last), column), strings.Repeat(" ", column)+e.lines(v, below, column))
		}
	}
}

// insertLine puts a line, or several, below the one that ends at a place.
func (e *editing) insertLine(end int, lines string) {
	next := e.layout.nextLine(end)
	if next == len(e.text) && !bytes.HasSuffix(e.text, []byte("\n")) {
		e.splices = append(e.splices, splice{next, next, e.newline + lines, true})
		return
	}
	e.splice(next, next, lines+e.newline)
}

// removeLines takes the lines of an entry away. The comments above the first one of a file are about the file.
func (e *editing) removeLines(below *entry, column int, isFirst bool) {
	begin := e.entryOf(below)
	start := e.layout.lineStart(begin)
	if !isFirst {
		start = e.layout.head(begin, column)
	}
	end := e.layout.nextLine(e.layout.tail(e.endOf(below), column))
	if start > 0 && e.blank(e.layout.lineStart(start-1)) && e.blank(end) {
		end = e.layout.nextLine(end) // of two blank lines one is enough
	}
	e.take(start, end)
}

// blank reports whether a line that begins at a place has only white space.
func (e *editing) blank(start int) bool {
	return start < len(e.text) && len(bytes.TrimSpace(e.text[start:e.layout.lineEnd(start)])) == 0
}

// lines is a new entry of a block, from its first character on.
func (e *editing) lines(v *value, below *entry, column int) string {
	if v.node.Kind == yaml.SequenceNode {
		w := e.writer(below.now)
		if e.alike(v) && column+utf8.RuneCountInString(w.short(below.now.plain, below.now.pattern)) <= widest {
			w.flow = true
		}
		return "- " + w.item(below.now.plain, below.now.pattern, column+2)
	}
	return e.writer(below.now).field(below.name, below.now, column)
}

// alike reports whether the items of a list are mappings that are written on one line each.
func (e *editing) alike(v *value) bool {
	for i := len(v.entries) - 1; i >= 0; i-- {
		if old := v.entries[i].old; old != nil {
			return old.Kind == yaml.MappingNode && old.Style&yaml.FlowStyle != 0 && len(old.Content) > 0
		}
	}
	return false
}

// emitFlow removes entries between brackets, and adds new ones. At least one stays.
func (e *editing) emitFlow(v *value) {
	var olds []*entry
	for _, below := range v.entries {
		if below.old != nil {
			olds = append(olds, below)
		}
	}
	for i := 0; i < len(olds); i++ {
		if olds[i].now != nil {
			continue
		}
		j := i
		for j+1 < len(olds) && olds[j+1].now == nil {
			j++
		}
		e.removeBetween(olds, i, j)
		i = j
	}
	open := e.layout.places[v.node]
	if bracket := e.text[e.opening(v.node)]; bracket != '{' && bracket != '[' { // a pair in a list
		open.start = -1
	}
	var last *entry
	added := false // behind the last
	for _, below := range v.entries {
		switch {
		case below.old != nil && below.now != nil:
			last, added = below, false
		case below.old != nil:
		case open.start < 0:
			e.stuck = true
		case last == nil:
			at := e.opening(v.node) + 1
			e.splice(at, at, e.short(v, below)+", ")
		default:
			at, before := e.behind(v.node, last, olds)
			switch end := e.endOf(last); {
			case added:
				before = ", "
			case strings.HasPrefix(before, e.newline): // below a comment
				e.splice(end, end, ",")
			}
			e.splice(at, at, before+e.short(v, below))
			added = true
		}
	}
}

// opening is where the bracket of a mapping or a list is, behind its tag.
func (e *editing) opening(n *yaml.Node) int {
	start := e.layout.places[n].start
	if n.Style&yaml.TaggedStyle != 0 {
		if i := bytes.IndexAny(e.text[start:], "{["); i >= 0 {
			return start + i
		}
	}
	return start
}

// behind is where an entry is put behind another between brackets, and what comes before it.
func (e *editing) behind(n *yaml.Node, last *entry, olds []*entry) (at int, before string) {
	end := e.endOf(last)
	if last != olds[len(olds)-1] {
		return end, ", "
	}
	closing := e.layout.places[n].end - 1
	comment, comma := -1, -1 // where the last comment ends
	for i := end; i < closing; i++ {
		switch e.text[i] {
		case ',':
			comma = i
		case '#':
			i = e.layout.lineEnd(i)
			comment = i
		}
	}
	switch {
	case comma >= 0:
		return comma + 1, " "
	case comment >= 0:
		start := e.layout.lineStart(e.entryOf(last))
		line := e.text[start:]
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		if start+indent < e.entryOf(last) { // what is behind the key, or the dash, is indented further
			indent += e.step
		}
		return comment, e.newline + strings.Repeat(" ", indent)
	}
	return end, ", "
}

// short is a new entry between brackets.
func (e *editing) short(v *value, below *entry) string {
	w := e.writer(below.now)
	text := w.short(below.now.plain, below.now.pattern)
	if v.node.Kind == yaml.SequenceNode {
		return text
	}
	return name(below.name) + ": " + text
}

// removeBetween takes a run of entries between brackets away, with the comma behind or before it.
func (e *editing) removeBetween(olds []*entry, i, j int) {
	start, end := e.entryOf(olds[i]), e.endOf(olds[j])
	if j+1 < len(olds) {
		next := e.entryOf(olds[j+1])
		if between := e.text[end:next]; bytes.IndexByte(between, '#') >= 0 {
			if i := bytes.IndexByte(between, '\n'); i >= 0 {
				for next = end + i; isSpace(e.text[next]); {
					next++
				}
			}
		}
		e.take(start, next)
		return
	}
	before := e.endOf(olds[i-1])
	if bytes.IndexByte(e.text[before:start], '#') < 0 {
		e.take(before, end)
		return
	}
	for start > 0 && (e.text[start-1] == ' ' || e.text[start-1] == '\t') {
		start--
	}
	stop := e.layout.lineEnd(end)
	if rest := bytes.TrimSpace(e.text[end:stop]); len(rest) == 0 || rest[0] == '#' {
		end = stop // with the comment beside it
		if start == e.layout.lineStart(start) {
			start = e.layout.lineEnd(start - 1)
		}
	}
	e.take(start, end)
}

// replace puts a new value in the place of one that the text has.
func (e *editing) replace(old *yaml.Node, now *value, inFlow bool) {
	p := e.layout.places[old]
	w := e.writer(now)
	w.old = old
	isBlock := old.Kind != yaml.ScalarNode && old.Style&yaml.FlowStyle == 0
	switch {
	case p.lead < 0 && p.entry < 0: // the whole document
		e.removed = append(e.removed, gap{p.start, p.end})
		e.splice(p.start, p.end, w.item(now.plain, now.pattern, 0))
		return
	case inFlow:
		text := w.short(now.plain, now.pattern)
		switch {
		case p.lead < 0 && p.start == p.end: // a key without a colon
			text = ": " + text
		case p.start == p.lead:
			text = " " + text
		}
		e.removed = append(e.removed, gap{p.start, p.end})
		e.splice(p.start, p.end, text)
		return
	}
	if p.lead < 0 { // a key that begins with a question mark, and has no value
		e.stuck = true
		return
	}
	l := e.layout
	sameLine := l.lineStart(p.lead) == l.lineStart(p.start)
	isItem := e.text[p.entry] == '-' && p.entry+1 == p.lead
	column := l.column(p.entry)
	var head, rest string
	if isItem {
		inner := column + 2
		if p.start > p.lead {
			inner = l.column(p.start)
		}
		head, rest = cutLine(" "+w.item(now.plain, now.pattern, inner), e.newline)
	} else {
		head, rest = cutLine(w.behind(now, column), e.newline)
	}
	switch {
	case isBlock && !sameLine: // below the key, or the dash
		e.splice(p.lead, p.lead, head)
		stop := l.tail(p.end, column)
		e.removed = append(e.removed, gap{l.lineEnd(p.lead), stop})
		e.splice(l.lineEnd(p.lead), stop, rest)
	case isBlock: // behind the dash
		stop := l.tail(p.end, l.column(p.start))
		e.removed = append(e.removed, gap{p.start, stop})
		e.splice(p.start, stop, strings.TrimPrefix(head, " ")+rest)
	case !sameLine && rest == "":
		e.removed = append(e.removed, gap{p.start, p.end})
		e.splice(p.start, p.end, strings.TrimPrefix(head, " "))
	case !sameLine:
		e.removed = append(e.removed, gap{p.lead, p.end})
		e.splice(p.lead, p.end, head+rest)
	default:
		e.beside(p, head, rest)
	}
}

// beside puts a value in the place of one that is on the line of its key. What is behind that on the line stays.
func (e *editing) beside(p spot, head, rest string) {
	l := e.layout
	start := p.lead
	if head != "" && p.start > p.lead {
		start, head = p.start, head[1:]
	}
	end := p.end
	if p.header > 0 {
		end = p.header
	}
	e.splice(start, end, head)
	if p.header > 0 {
		e.splice(l.lineEnd(end), max(p.end, l.lineEnd(end)), rest)
		e.removed = append(e.removed, gap{l.lineEnd(end), p.end})
		return
	}
	e.removed = append(e.removed, gap{start, end})
	if rest != "" {
		e.splice(l.lineEnd(end), l.lineEnd(end), rest)
	}
}

// cutLine is the first line of a text, and the rest from the line end on.
func cutLine(text, newline string) (head, rest string) {
	head, rest, more := strings.Cut(text, newline)
	if more {
		rest = newline + rest
	}
	return head, rest
}
