package document

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// ErrByHand says that no edit was found that changes nothing else.
var ErrByHand = errors.New("the YAML is written in a way that cannot be edited here without changing something else")

// Field is a field to add to a mapping.
type Field struct {
	Pointer string // of the mapping
	Name    string
	Flow    string // its value as YAML on one line
}

// Add answers the text of the document with one more field, and everything else byte for byte as it was.
func (d *Document) Add(text []byte, field Field, limits Limits) ([]byte, error) {
	added, err := Parse(d.name, []byte("value: "+field.Flow+"\n"), limits)
	if err != nil {
		return nil, err
	}
	expected, ok := put(d.value, field.Pointer, field.Name, added.value["value"])
	_, mapping := d.find(field.Pointer)
	if !ok || mapping.Kind != yaml.MappingNode {
		return nil, ErrByHand
	}
	candidates := block(text, mapping, field)
	if mapping.Style&yaml.FlowStyle != 0 {
		candidates = flow(text, mapping, field)
	}
	for _, candidate := range candidates {
		if parsed, err := Parse(d.name, candidate, limits); err == nil && reflect.DeepEqual(parsed.value, expected) {
			return candidate, nil
		}
	}
	return nil, ErrByHand
}

// SetTexts answers the text of the document with other texts at pointers, and everything else byte for byte as it was. A text
// that was in quotes stays so.
func (d *Document) SetTexts(text []byte, values map[string]string, limits Limits) ([]byte, error) {
	type span struct {
		start, end int
		value      string
	}
	var spans []span
	expected := any(d.value)
	for pointer, value := range values {
		parts, err := Split(pointer)
		if err != nil {
			return nil, err
		}
		last := len(parts) - 1
		changed, ok := put(expected, Pointer(parts[:last]...), parts[last], value)
		_, node := d.find(pointer)
		start := offset(text, node.Line, node.Column)
		end := scalarEnd(text, start, node)
		if !ok || end < 0 {
			return nil, ErrByHand
		}
		expected = changed
		if node.Style&quotedStyles != 0 || !Bare(value) {
			value = strconv.Quote(value)
		}
		spans = append(spans, span{start, end, value})
	}
	slices.SortFunc(spans, func(a, b span) int { return b.start - a.start })
	edited := text
	for _, s := range spans {
		edited = splice(edited, s.start, s.end, s.value)
	}
	if parsed, err := Parse(d.name, edited, limits); err != nil || !reflect.DeepEqual(any(parsed.value), expected) {
		return nil, ErrByHand
	}
	return edited, nil
}

// Bare reports whether a text may stand without quotes, whatever reads it.
func Bare(text string) bool {
	return text != "" && strings.Contains(text, "/") && !strings.ContainsRune("-./0123456789", rune(text[0])) &&
		!strings.ContainsFunc(text, func(r rune) bool {
			return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._/-", r)
		})
}

// put is a value with another field in the mapping at a pointer; the value itself stays.
func put(value any, pointer, name string, field any) (any, bool) {
	parts, err := Split(pointer)
	if err != nil {
		return nil, false
	}
	return putBelow(value, append(parts, name), field)
}

func putBelow(value any, parts []string, field any) (any, bool) {
	if len(parts) == 0 {
		return field, true
	}
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v)+1)
		for key, below := range v {
			copied[key] = below
		}
		below, ok := putBelow(v[parts[0]], parts[1:], field)
		copied[parts[0]] = below
		return copied, ok
	case []any:
		i, ok := index(parts[0], len(v))
		if !ok {
			return nil, false
		}
		copied := slices.Clone(v)
		copied[i], ok = putBelow(v[i], parts[1:], field)
		return copied, ok
	}
	return nil, false
}

// offset is where a line and a column are in a text; -1 where they are not.
func offset(text []byte, line, column int) int {
	at := 0
	if bytes.HasPrefix(text, []byte(byteOrderMark)) && line == 1 {
		at = len(byteOrderMark)
	}
	for ; line > 1; line-- {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return -1
		}
		at += end + 1
	}
	for ; column > 1; column-- {
		if at >= len(text) {
			return -1
		}
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

func splice(text []byte, start, end int, with string) []byte {
	return slices.Concat(text[:start], []byte(with), text[end:])
}

// scalarEnd is where a scalar ends that stands on one line; -1 for any other.
func scalarEnd(text []byte, start int, node *yaml.Node) int {
	if start < 0 || start >= len(text) || node.Kind != yaml.ScalarNode {
		return -1
	}
	rest := text[start:]
	if line := bytes.IndexByte(rest, '\n'); line >= 0 {
		rest = rest[:line]
	}
	switch {
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return -1
	case node.Style&quotedStyles != 0:
		if end := quotedEnd(rest); end > 0 {
			return start + end
		}
	case bytes.HasPrefix(rest, []byte(node.Value)):
		return start + len(node.Value)
	}
	return -1
}

// quotedEnd is the length of the quoted text that a text begins with; -1 where it does not end.
func quotedEnd(text []byte) int {
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

// block are the texts with a field on a line of its own below the last one of a mapping.
func block(text []byte, mapping *yaml.Node, field Field) (candidates [][]byte) {
	if len(mapping.Content) == 0 {
		return nil
	}
	indent := mapping.Content[0].Column - 1
	line := strings.Repeat(" ", indent) + field.Name + ": " + field.Flow
	end := offset(text, lastLine(mapping)+1, 1)
	if end < 0 {
		end = len(text)
	}
	first, filled := end, end
	for end < len(text) { // what a value goes on with is indented further
		next := len(text)
		if i := bytes.IndexByte(text[end:], '\n'); i >= 0 {
			next = end + i + 1
		}
		content := bytes.TrimSpace(text[end:next])
		if len(content) > 0 && bytes.IndexFunc(text[end:next], func(r rune) bool { return r != ' ' }) <= indent {
			break
		}
		if end = next; len(content) > 0 {
			filled = end
		}
	}
	for _, at := range []int{filled, end, first} {
		candidates = append(candidates, splice(text, at, at, lineAt(text, at, line)))
	}
	return candidates
}

// lineAt is a line for a place at the beginning of a line, or at the end of a text, with the line ends of the text.
func lineAt(text []byte, at int, line string) string {
	ending := "\n"
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		ending = "\r\n"
	}
	if at == len(text) && !bytes.HasSuffix(text, []byte("\n")) {
		return ending + line
	}
	return line + ending
}

// lastLine is the last line on which something below a node begins.
func lastLine(n *yaml.Node) int {
	line := n.Line
	for _, below := range n.Content {
		line = max(line, lastLine(below))
	}
	return line
}

// flow are the texts with a field in the braces of a mapping: at their end where that can be, else at their beginning.
func flow(text []byte, mapping *yaml.Node, field Field) (candidates [][]byte) {
	start := offset(text, mapping.Line, mapping.Column)
	if start < 0 || start >= len(text) || text[start] != '{' {
		return nil
	}
	added := field.Name + ": " + field.Flow
	if len(mapping.Content) == 0 {
		return [][]byte{splice(text, start+1, start+1, added)}
	}
	if end := closing(text, start); end > 0 {
		last := start + len(bytes.TrimRight(text[start:end], " \t\r\n"))
		candidates = append(candidates, splice(text, last, last, ", "+added), splice(text, last, last, " "+added), splice(text, end, end, ", "+added), splice(text, end, end, added))
	}
	return append(candidates, splice(text, start+1, start+1, added+", "))
}

// closing is where the brace closes that opens at a place; -1 where that is not clear.
func closing(text []byte, start int) int {
	depth, fresh := 0, true // fresh: a quotation mark here begins a scalar
	for i := start; i < len(text); i++ {
		switch c := text[i]; c {
		case '{', '[':
			depth++
			fresh = true
		case '}', ']':
			if depth--; depth == 0 {
				return i
			}
			fresh = false
		case ',', ':':
			fresh = true
		case ' ', '\t', '\r', '\n':
		case '#':
			if strings.IndexByte(" \t\n", text[i-1]) >= 0 {
				end := bytes.IndexByte(text[i:], '\n')
				if end < 0 {
					return -1
				}
				i += end
			}
		case '"', '\'':
			if !fresh {
				continue
			}
			end := quotedEnd(text[i:])
			if end < 0 {
				return -1
			}
			i += end - 1
			fresh = false
		default:
			fresh = false
		}
	}
	return -1
}
