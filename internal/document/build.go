package document

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxQuoted is the longest key that an error repeats.
const maxQuoted = 64

// builder turns nodes into plain values and notes what is wrong with them. It goes down no deeper than the limit, so
// that no document can exhaust the stack.
type builder struct {
	file   string
	limits Limits
	nodes  int
	full   bool     // the limit of nodes is reached
	lines  [][]byte // of the text, if yaml.v3 may not tell all that stands before a node
	at     cursor
	errs   Errors
	blank  Errors // see Document.Blank
}

func (b *builder) refuse(n *yaml.Node, format string, args ...any) {
	b.errs = append(b.errs, defect(b.file, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

// exceed is refuse, of a node that goes beyond a limit.
func (b *builder) exceed(limit Limit, n *yaml.Node, format string, args ...any) {
	b.errs = append(b.errs, &Error{File: b.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...), Limit: limit})
}

// top builds the top level, which must be a mapping.
func (b *builder) top(n *yaml.Node) map[string]any {
	switch {
	case n.Kind == yaml.MappingNode:
		value, _ := b.value(n, 1).(map[string]any)
		return value
	case n.Tag == "!!null":
		// yaml.v3 places an empty document behind the end of the file.
		b.refuse(&yaml.Node{Line: 1, Column: 1}, "the document is empty: write the fields, or delete the file")
	default:
		b.refuse(n, "the top level must be fields, such as `kind: Evidence`")
	}
	return nil
}

// value builds a node and all below it; depth is the level that it opens when it is a collection.
func (b *builder) value(n *yaml.Node, depth int) any {
	if !b.admit(n) {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return b.mapping(n, depth)
	case yaml.SequenceNode:
		return b.sequence(n, depth)
	case yaml.ScalarNode:
		return b.scalar(n)
	default:
		b.refuse(n, noAliases)
		return nil
	}
}

// admit reports whether there is room for one more node, and for one more error.
func (b *builder) admit(n *yaml.Node) bool {
	b.nodes++
	if b.nodes > b.limits.Nodes && !b.full {
		b.full = true
		b.exceed(TooManyNodes, n, "the file holds more than the limit of %d keys and values: %s", b.limits.Nodes, b.limits.remedy())
	}
	if n.Anchor != "" {
		b.refuse(n, noAliases)
	}
	return !b.full && len(b.errs) <= maxErrorsPerFile
}

// collection checks what mappings and lists have in common, and reports whether to go into it.
func (b *builder) collection(n *yaml.Node, depth int, tag string) bool {
	if n.Tag != tag {
		b.refuse(n, badTag)
	}
	if depth > b.limits.Depth {
		b.exceed(TooDeep, n, "nested deeper than the limit of %d levels: flatten it", b.limits.Depth)
		return false
	}
	return true
}

func (b *builder) sequence(n *yaml.Node, depth int) any {
	if !b.collection(n, depth, "!!seq") {
		return nil
	}
	items := make([]any, 0, len(n.Content))
	for _, item := range n.Content {
		items = append(items, b.value(item, depth+1))
	}
	return items
}

func (b *builder) mapping(n *yaml.Node, depth int) any {
	if !b.collection(n, depth, "!!map") {
		return nil
	}
	if keys := len(n.Content) / 2; keys > b.limits.KeysPerMapping {
		b.exceed(TooManyKeys, n, "%d keys in one mapping, the limit is %d: make it a list", keys, b.limits.KeysPerMapping)
		return nil
	}
	fields := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, ok := b.key(n.Content[i])
		value := b.value(n.Content[i+1], depth+1)
		if !ok {
			continue
		}
		if _, twice := fields[key]; twice {
			name := "this key"
			if len(key) <= maxQuoted {
				name = strconv.Quote(key)
			}
			first, _ := child(n, key)
			b.refuse(n.Content[i], "%s is already given at line %d: keep one of them", name, first.Line)
			continue
		}
		fields[key] = value
	}
	return fields
}

func (b *builder) key(n *yaml.Node) (string, bool) {
	if !b.admit(n) {
		return "", false
	}
	switch {
	case n.Kind == yaml.AliasNode:
		b.refuse(n, noAliases)
		return "", false
	case n.Kind != yaml.ScalarNode:
		b.refuse(n, "a key must be text, not a list or a mapping")
		return "", false
	case n.Value == "<<" && n.Style&quotedStyles == 0:
		b.refuse(n, "merge keys (<<) are not allowed: write the fields out")
		return "", false
	case len(n.Value) > b.limits.KeyBytes:
		b.exceed(LongKey, n, "the key is longer than the limit of %d bytes", b.limits.KeyBytes)
		return "", false
	}
	switch {
	case b.loneTag(n):
		b.refuse(n, badTag)
		return "", false
	case b.marked(n):
		b.refuse(n, "a question mark is directly before this key: put a space between them, or put the key in quotes")
		return "", false
	}
	value, problem := scalar(n)
	key, isText := value.(string)
	switch {
	case problem == badTag || problem == endsWithColon:
		b.refuse(n, "%s", problem)
		return "", false
	case !isText:
		b.refuse(n, "a key must be text: put it in quotes")
		return "", false
	}
	for _, r := range key {
		if name := unwanted(r); name != "" {
			b.refuse(n, "the key contains a %s: delete it", name)
			return "", false
		}
	}
	return key, true
}

// untold reports whether a text may have in it what yaml.v3 reads without telling of it: a tag of a ! alone, or a ? right
// before a key. Hardly any has.
func untold(data []byte) bool {
	const space = " \t\r\n"
	for _, sign := range []byte("!?") {
		for rest := data; ; {
			i := bytes.IndexByte(rest, sign)
			if i < 0 {
				break
			}
			if spaced := i+1 == len(rest) || strings.IndexByte(space, rest[i+1]) >= 0; spaced == (sign == '!') {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

// cursor is where around has come to in a line; nodes are built in their order, so that it goes through each line once.
type cursor struct {
	line, column int
	rest         []byte // of the line, from the column
	before       rune
}

// around answers the characters before a node and at it; 0 where there is none.
func (b *builder) around(n *yaml.Node) (before, at rune) {
	if n.Line > len(b.lines) {
		return 0, 0
	}
	c := &b.at
	if c.line != n.Line || c.column > n.Column {
		*c = cursor{line: n.Line, column: 1, rest: b.lines[n.Line-1]}
	}
	for ; c.column < n.Column; c.column++ {
		var size int
		c.before, size = utf8.DecodeRune(c.rest)
		c.rest = c.rest[size:]
	}
	at, _ = utf8.DecodeRune(c.rest)
	return c.before, at
}

// loneTag reports whether a scalar without quotes has the tag ! before it, which makes text of it for some readers and is
// nothing to yaml.v3: it places the scalar where the tag is.
func (b *builder) loneTag(n *yaml.Node) bool {
	_, at := b.around(n)
	return n.Style == 0 && at == '!'
}

// marked reports whether a key has a question mark right before it. In a flow yaml.v3 takes that for the sign of a key, and
// other readers for the first letter of it.
func (b *builder) marked(n *yaml.Node) bool {
	before, _ := b.around(n)
	return before == '?'
}

func (b *builder) scalar(n *yaml.Node) any {
	if b.loneTag(n) {
		b.refuse(n, badTag)
		return nil
	}
	if len(n.Value) > b.limits.ScalarBytes {
		b.exceed(LongScalar, n, "the value is longer than the limit of %d bytes: name a file with it instead", b.limits.ScalarBytes)
		return nil
	}
	value, problem := scalar(n)
	if problem != "" {
		b.refuse(n, "%s", problem)
		return nil
	}
	text, _ := value.(string)
	if text != "" && strings.TrimSpace(text) == "" && len(b.blank) <= maxErrorsPerFile {
		b.blank = append(b.blank, defect(b.file, n.Line, n.Column, "the text is only white space: write a value, or leave the field out"))
	}
	for _, r := range text {
		if r == '\n' || r == '\t' {
			continue
		}
		if name := unwanted(r); name != "" {
			b.refuse(n, "the text contains a %s: delete it", name)
			return nil
		}
	}
	return value
}
