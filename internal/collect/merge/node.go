package merge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// writer writes plain values as YAML nodes, and keeps of the nodes that are there what still holds: comments, order, style.
type writer struct{ Section }

// Node is the node of the section's value; old and was are the node that stands there and its value, nil where there is none.
func (s Section) Node(old *yaml.Node, was, value map[string]any) *yaml.Node {
	return writer{s}.mapping(s.Root.Resolve(s.Form), old, was, value)
}

func (w writer) node(form *evidence.Form, old *yaml.Node, was, value any) *yaml.Node {
	if form == nil {
		form = &evidence.Form{} // the schema will refuse it
	}
	form = w.Root.Resolve(form)
	if old != nil && same(was, value) {
		return old
	}
	switch v := value.(type) {
	case map[string]any:
		before, _ := was.(map[string]any)
		return w.mapping(form, old, before, v)
	case []any:
		return w.sequence(form, old, was, v)
	default:
		return commented(scalarNode(form, value), old)
	}
}

// commented gives a node the comments of the one whose place it takes.
func commented(node, old *yaml.Node) *yaml.Node {
	if old != nil {
		node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
	}
	return node
}

type field struct {
	name       string
	key, value *yaml.Node
}

// mapping keeps the fields that are there in their order; a new one comes after those that the schema names before it.
func (w writer) mapping(form *evidence.Form, old *yaml.Node, was, value map[string]any) *yaml.Node {
	node := commented(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}, old)
	var fields []field
	if old != nil && old.Kind == yaml.MappingNode {
		if old.Style&yaml.FlowStyle != 0 && len(value) <= len(old.Content)/2 {
			node.Style = old.Style
		}
		for i := 0; i+1 < len(old.Content); i += 2 {
			name := old.Content[i].Value
			if _, stays := value[name]; stays {
				fields = append(fields, field{name, old.Content[i], old.Content[i+1]})
			}
		}
	}
	for _, f := range insertNew(fields, value, form.Properties.Names) {
		node.Content = append(node.Content, f.key, w.node(form.Properties.Forms[f.name], f.value, was[f.name], value[f.name]))
	}
	return node
}

// insertNew inserts the fields that are new in a value, each after those that the schema names before it.
func insertNew(fields []field, value map[string]any, order []string) []field {
	rank := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	names := slices.Sorted(maps.Keys(value))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		if slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			continue
		}
		at := 0
		for i, f := range fields {
			if rank(f.name) <= rank(name) {
				at = i + 1
			}
		}
		fields = slices.Insert(fields, at, field{name, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, nil})
	}
	return fields
}

func (w writer) sequence(form *evidence.Form, old *yaml.Node, was any, value []any) *yaml.Node {
	node := commented(&yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}, old)
	name, _ := w.identity(form)
	if name == "" {
		node.Style = yaml.FlowStyle
	}
	before, _ := was.([]any)
	places := map[string]int{} // of the items that are there, by identity
	if old != nil && old.Kind == yaml.SequenceNode && len(before) == len(old.Content) {
		for i, item := range before {
			if id, isText := textOf(item, name); isText {
				places[id] = i
			}
		}
	}
	for _, item := range value {
		var oldItem *yaml.Node
		var wasItem any
		id, isText := textOf(item, name)
		if i, hasPlace := places[id]; hasPlace && isText {
			oldItem, wasItem = old.Content[i], before[i]
			delete(places, id)
		}
		node.Content = append(node.Content, w.node(form.Items, oldItem, wasItem, item))
	}
	return node
}

func textOf(item any, field string) (text string, isText bool) {
	fields, _ := item.(map[string]any)
	text, isText = fields[field].(string)
	return text, isText
}

// scalarNode writes a scalar: dates plain, and text in quotes where any reader of YAML could take it for something else.
func scalarNode(form *evidence.Form, value any) *yaml.Node {
	switch v := value.(type) {
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}
	case string:
		if (form.Format == "date" || form.Format == "date-time") && document.IsDate(v) {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: v}
		}
		node := &yaml.Node{}
		node.SetString(v)
		if node.Style == 0 && !plainText(v) {
			node.Style = yaml.DoubleQuotedStyle
		}
		return node
	default:
		panic(fmt.Sprintf("not a plain value: %T", value)) // values come from encoding/json
	}
}

// plainText reports whether text is a word or an address that every reader of YAML takes for text.
func plainText(text string) bool {
	for i, r := range text {
		letter := r < unicode.MaxASCII && unicode.IsLetter(r)
		digit := r >= '0' && r <= '9'
		if !letter && !(digit && (i > 0 || strings.Count(text, "-") == 4)) && (i == 0 || !strings.ContainsRune("-_./:@+* ", r)) {
			return false
		}
	}
	var decoded any
	return text != "" && !strings.HasSuffix(text, " ") && !strings.HasSuffix(text, ":") && !strings.Contains(text, ": ") &&
		yaml.Unmarshal([]byte(text), &decoded) == nil && decoded == any(text) && !slices.Contains([]string{"y", "n", "yes", "no", "on", "off"}, strings.ToLower(text))
}

// Encode writes a YAML document as this package writes all of them.
func Encode(root *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return out.Bytes(), nil
}
