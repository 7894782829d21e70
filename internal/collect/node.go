package collect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"raci-check/internal/evidence"
	"raci-check/internal/sanitize"
)

// writer writes plain values as YAML nodes, and keeps of the nodes that are there what still holds: comments, order, style.
type writer struct{ root *evidence.Form }

// node is the node of a value; old and was are the node that stands there and its value, nil where there is none.
func (w writer) node(form *evidence.Form, old *yaml.Node, was, value any) *yaml.Node {
	form = w.root.Resolve(form)
	if old != nil && same(was, value) {
		return old
	}
	switch v := value.(type) {
	case map[string]any:
		return w.mapping(form, old, was, v)
	case []any:
		return w.sequence(form, old, was, v)
	default:
		node := scalarNode(form, value)
		if old != nil {
			node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
		}
		return node
	}
}

// mapping keeps the fields that are there in their order; a new one comes after those that the schema names before it.
func (w writer) mapping(form *evidence.Form, old *yaml.Node, was any, value map[string]any) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	before, _ := was.(map[string]any)
	type field struct {
		name       string
		key, value *yaml.Node
	}
	var fields []field
	if old != nil && old.Kind == yaml.MappingNode {
		node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
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
	order := func(name string) int {
		if i := slices.Index(form.Properties.Names, name); i >= 0 {
			return i
		}
		return len(form.Properties.Names)
	}
	names := slices.Sorted(maps.Keys(value))
	slices.SortStableFunc(names, func(a, b string) int { return order(a) - order(b) })
	for _, name := range names {
		if slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			continue
		}
		at := 0
		for i, f := range fields {
			if order(f.name) <= order(name) {
				at = i + 1
			}
		}
		fields = slices.Insert(fields, at, field{name, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, nil})
	}
	for _, f := range fields {
		below := form.Properties.Forms[f.name]
		if below == nil {
			below = &evidence.Form{}
		}
		node.Content = append(node.Content, f.key, w.node(below, f.value, before[f.name], value[f.name]))
	}
	return node
}

func (w writer) sequence(form *evidence.Form, old *yaml.Node, was any, value []any) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if old != nil {
		node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
	}
	items := form.Items
	if items == nil {
		items = &evidence.Form{}
	}
	field := ""
	if form.Items != nil {
		field, _ = identity(w.root, form)
	}
	if field == "" {
		node.Style = yaml.FlowStyle
	}
	before, _ := was.([]any)
	byID := map[string]int{}
	if old != nil && old.Kind == yaml.SequenceNode && len(before) == len(old.Content) {
		for i, item := range before {
			fields, _ := item.(map[string]any)
			if id, isText := fields[field].(string); isText {
				byID[id] = i
			}
		}
	}
	for _, item := range value {
		var oldItem *yaml.Node
		var wasItem any
		fields, _ := item.(map[string]any)
		if id, isText := fields[field].(string); isText {
			if i, there := byID[id]; there {
				oldItem, wasItem = old.Content[i], before[i]
				delete(byID, id)
			}
		}
		node.Content = append(node.Content, w.node(items, oldItem, wasItem, item))
	}
	return node
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
		if (form.Format == "date" || form.Format == "date-time") && isDate(v) {
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

// isDate reports whether text is a date or an instant that needs no quotes.
func isDate(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	if err != nil {
		_, err = time.Parse(time.DateOnly, text)
	}
	return err == nil
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

// encode writes a YAML document as this package writes all of them.
func encode(root *yaml.Node) ([]byte, error) {
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

// visible is text from a source as evidence may hold it: what cannot be seen is written as \u{…}.
func visible(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || r == '#' {
			out.WriteRune(r)
			continue
		}
		out.WriteString(sanitize.Text(string(r)))
	}
	return out.String()
}
