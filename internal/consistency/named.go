package consistency

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// named finds an object that is in use and that nothing names. What is new need not be named yet.
func (r *run) named(rule *named, fields map[string]any, at *place) {
	reading := r.reading(at.section())
	used, wasUsed := momentOf(fields[rule.Used])
	if !wasUsed || reading.text == "" || reading.daysAgo(rule.Days).after(used) || !rule.holds(fields) {
		return
	}
	if since, isDate := momentOf(fields[rule.New]); isDate && since.after(reading.daysAgo(rule.Wait)) {
		return
	}
	sections := make([]string, len(rule.By))
	for i, path := range rule.By {
		sections[i], _, _ = strings.Cut(path, "/")
	}
	if !r.view.Has(sections[0]) {
		return
	}
	names := of(r, rule, func(r *run) map[string]bool {
		names := map[string]bool{}
		for _, path := range rule.By {
			section, rest, _ := strings.Cut(path, "/")
			field, rest, _ := strings.Cut(rest, "/")
			r.gather(r.plan.root.at(section+"/"+field), r.view.Lookup(section+"/"+field), rest, names)
		}
		return names
	})
	for _, field := range rule.Names {
		if slices.ContainsFunc(texts(fields[field]), func(text string) bool { return names[spelling.Fold(text)] }) {
			return
		}
	}
	if next, ok := fields[rule.Successor].(string); ok && matches(rule.Retiring, fields) && names[spelling.Fold(next)] {
		return
	}
	if id, ok := fields[rule.Names[0]].(string); ok {
		r.report(at.below(rule.Used), "not_named", []string{at.below(rule.Names[0]).pointer()},
			map[string]any{"text": id, "date": used.text, "sections": kindsInWords(slices.Compact(sections))})
	}
}

// texts are a text, or the texts of a list.
func texts(value any) []string {
	if text, ok := value.(string); ok {
		return []string{text}
	}
	list, _ := value.([]any)
	all := make([]string, 0, len(list))
	for _, item := range list {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// gather adds what the texts at a path name: the text itself, and what the patterns of its references capture.
func (r *run) gather(n *node, value any, path string, names map[string]bool) {
	if n == nil {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			r.gather(n.items, item, path, names)
		}
	case map[string]any:
		name, rest, _ := strings.Cut(path, "/")
		r.gather(n.fields[name], v[name], rest, names)
	case string:
		if n.text == nil || path != "" {
			return
		}
		names[spelling.Fold(v)] = true
		for _, ref := range n.text.refs {
			if ref.Part == nil {
				continue
			}
			if match := ref.Part.FindStringSubmatch(r.withDomain(v)); len(match) > 1 {
				names[spelling.Fold(match[1])] = true
			}
		}
	}
}
