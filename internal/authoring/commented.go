package authoring

import (
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/outline"
)

// commentSign is what stands before each field of a new file: without it, the line is YAML.
const commentSign = "# "

// fieldLine is a line with a field, which may begin an item: what stands before its name, the name, and what follows the colon.
var fieldLine = regexp.MustCompile(`^( *(?:- +)?)([A-Za-z_][A-Za-z0-9_]*):(?:[ \t]+(.*))?$`)

// commented is a field that stands as a comment in a new file, as init writes them.
type commented struct {
	name  string
	path  []string // with 0 for the item of a list
	lines []int    // of it and of all that it is in, as far as these are comments
	value string   // what stands for its value; empty where fields follow on the lines below
	spot
}

// commentedAt finds the field that stands as a comment in a line. What it is in are the lines above it that are indented less, whether
// they are comments or not.
func (f file) commentedAt(line int) (c commented, ok bool) {
	text, isComment := f.fieldLine(line)
	parts := fieldLine.FindStringSubmatch(text)
	if parts == nil || !isComment {
		return c, false
	}
	c.name, c.value = parts[2], strings.TrimSpace(strings.Split(parts[3], " #")[0])
	if strings.HasPrefix(c.value, "#") {
		c.value = ""
	}
	limit := -1 // what the field is in begins before this column; -1 for this very line
	for ; line >= 0 && limit != 0; line-- {
		text, isComment := f.fieldLine(line)
		parts := fieldLine.FindStringSubmatch(text)
		if parts == nil {
			continue
		}
		column, dash := len(parts[1]), strings.IndexByte(parts[1], '-')
		own := limit < 0
		switch {
		case own || column < limit:
			c.path = append(c.path, parts[2])
			limit = column
		case column > limit || dash < 0 || c.path[len(c.path)-1] == item:
			continue
		}
		if dash >= 0 { // it begins the item, whose list begins no further right than the dash
			c.path = append(c.path, item)
			limit = dash + 1
		}
		if isComment {
			c.lines = append(c.lines, line)
		}
	}
	slices.Reverse(c.path)
	if limit != 0 {
		return c, false
	}
	c.spot = f.grammar.at(c.path)
	return c, c.form != nil
}

// item stands for the item that a commented field is in: which one it will be does not matter to what it means.
const item = "0"

// fieldLine is a line without the sign of a comment that it begins with.
func (f file) fieldLine(line int) (text string, isComment bool) {
	start, end := f.LineSpan(line)
	return strings.CutPrefix(strings.TrimRight(f.Text()[start:end], "\r"), commentSign)
}

// uncomment offers to make a field of the comment that stands in the line, together with what the field is in.
func (a *actor) uncomment(offset int) {
	c, ok := a.file.commentedAt(a.file.Line(offset))
	if !ok || c.value == "" {
		return
	}
	action := Action{Title: "Take " + c.name + " out of the comments, to fill in"}
	slices.Sort(c.lines)
	for _, line := range c.lines {
		start, _ := a.file.LineSpan(line)
		action.Edits = append(action.Edits, Edit{a.file.span(start, start+len(commentSign)), ""})
	}
	a.add(action)
}

// commentedField says what a field means that stands as a comment.
func (l *Library) commentedField(h here) (text string, span Span, ok bool) {
	if h.file.grammar == nil || h.Where != outline.Nowhere {
		return "", Span{}, false
	}
	line := h.file.Line(h.offset)
	c, ok := h.file.commentedAt(line)
	if !ok {
		return "", Span{}, false
	}
	start, end := h.file.LineSpan(line)
	at := start + strings.Index(h.file.Text()[start:end], c.name+":")
	return l.about(c.spot, c.name, c.path), h.file.span(at, at+len(c.name)), true
}
