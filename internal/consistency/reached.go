package consistency

import (
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// reachable are the objects that something lets somebody use.
type reachable struct {
	all   bool
	names map[string]bool
}

// reached finds an object that was used although nothing lets anybody use it. Rights to an object that has ended are removed, so
// that its last use needs none now, unless it was used after that, in the last days.
func (r *run) reached(rule *reached, n *node, fields map[string]any, at *place) {
	reading := r.reading(at.section())
	if end := (&item{fields: fields, ends: n.object.ends}).end(); end.text != "" && !end.after(reading) {
		used, _ := momentOf(fields[rule.Used])
		if rule.Days == 0 || !used.after(end) || !used.after(reading.daysAgo(rule.Days)) {
			return
		}
	}
	section, _, _ := strings.Cut(rule.By, "/")
	if !r.view.Has(section) {
		return
	}
	if _, used := fields[rule.Used]; !used {
		return
	}
	reach := of(r, rule, func(r *run) *reachable { return r.reachable(rule) })
	if reach.all {
		return
	}
	ids, isList := fields[rule.ID].([]any)
	if !isList {
		ids = []any{fields[rule.ID]}
	}
	for _, item := range ids {
		id, ok := item.(string)
		if !ok || reach.names[spelling.Fold(id)] || rule.Except != nil && rule.Except.MatchString(id) {
			return
		}
	}
	if len(ids) > 0 {
		id, _ := ids[0].(string)
		r.report(at.below(rule.Used), "not_permitted", []string{at.below(rule.ID).pointer()}, map[string]any{"text": id})
	}
}

// reachable gathers once what the texts of one field name, of the objects whose list beside it has a use.
func (r *run) reachable(rule *reached) *reachable {
	reach := &reachable{names: map[string]bool{}}
	parts := strings.Split(rule.By, "/")
	node := r.plan.root.at(parts[0] + "/" + parts[1])
	if node == nil || node.items == nil || node.items.fields[parts[2]] == nil {
		reach.all = true
		return reach
	}
	named, groups := node.items.fields[parts[2]].items, r.groups(rule.Groups)
	items, _ := r.view.Lookup(parts[0] + "/" + parts[1]).([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		if !r.uses(rule.use, object) {
			continue
		}
		texts, _ := object[parts[2]].([]any)
		for _, value := range texts {
			if text, ok := value.(string); ok {
				texts = append(texts[:len(texts):len(texts)], groups[spelling.Fold(text)]...)
			}
		}
		for _, value := range texts {
			text, _ := value.(string)
			reach.all = reach.all || rule.Whole != nil && rule.Whole.MatchString(r.withDomain(text))
			reach.names[spelling.Fold(text)] = true
			for _, ref := range named.text.refs {
				if ref.Part == nil {
					continue
				}
				if match := ref.Part.FindStringSubmatch(r.withDomain(text)); len(match) > 1 {
					reach.names[spelling.Fold(match[1])] = true
				}
			}
		}
	}
	return reach
}

// groups are the texts of groups, by the spelling of their names.
func (r *run) groups(path string) map[string][]any {
	if path == "" {
		return nil
	}
	parts := strings.Split(path, "/")
	groups := map[string][]any{}
	items, _ := r.view.Lookup(parts[0] + "/" + parts[1]).([]any)
	for _, value := range items {
		group, _ := value.(map[string]any)
		name, _ := group[parts[2]].(string)
		texts, _ := group[parts[3]].([]any)
		groups[spelling.Fold(name)] = append(groups[spelling.Fold(name)], texts...)
	}
	return groups
}

// uses reports whether a text of the list beside is a use: by the table, or by what the table does not know.
func (r *run) uses(rule use, object map[string]any) bool {
	if rule.With == "" {
		return true
	}
	table, _ := r.tables[rule.Table].(map[string]any)
	texts, _ := object[rule.With].([]any)
	for _, value := range texts {
		text, _ := value.(string)
		if prefix, wild := strings.CutSuffix(text, "*"); wild {
			for name, row := range table {
				if strings.HasPrefix(name, prefix) && r.isUse(rule, row) {
					return true
				}
			}
			continue
		}
		if row, hasRow := table[text]; hasRow && r.isUse(rule, row) || !hasRow && r.other(rule, table, text) {
			return true
		}
	}
	return false
}

func (r *run) isUse(rule use, row any) bool {
	fields, _ := row.(map[string]any)
	class, _ := fields["class"].(string)
	return slices.Contains(rule.In, class)
}

// other reports whether a text is another spelling of a use.
func (r *run) other(rule use, table map[string]any, text string) bool {
	rows := of(r, spellingsOf(rule.Table), func(*run) map[string]any {
		rows := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(table)) {
			fields, _ := table[name].(map[string]any)
			spellings, _ := fields["other_spellings"].([]any)
			for _, other := range spellings {
				if text, ok := other.(string); ok {
					rows[text] = table[name]
				}
			}
		}
		return rows
	})
	return r.isUse(rule, rows[text])
}
