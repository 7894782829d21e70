package consistency

// lacks says which fields an object has to have, because what it says is worth nothing without them.
type lacks struct {
	condition
	Fields []string
}

// lacks finds fields that an object does not have. Of a field that another check needs, that check says so.
func (r *run) lacks(l lacks, fields map[string]any, at *place) {
	if !l.holds(fields) {
		return
	}
	for _, field := range l.Fields {
		if text, isText := fields[field].(string); fields[field] == nil || isText && text == "" {
			r.report(at, "lacks", nil, map[string]any{"field": inWords(field)})
		}
	}
}

func (r *reader) lacks() []lacks {
	var all []lacks
	for _, annotation := range r.list(r.form.get("x-needs")) {
		fields := r.fields(annotation, "x-needs")
		l := lacks{condition: r.condition(fields), Fields: r.words(fields["fields"], "x-needs.fields")}
		for _, field := range l.Fields {
			r.beside(field, "x-needs.fields")
		}
		all = append(all, l)
	}
	return all
}
