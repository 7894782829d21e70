package consistency

import (
	"slices"
	"strings"

	"raci-check/internal/spelling"
)

// program says that a text names a program, which is no person.
type program struct {
	condition
}

func (r *reader) program() *program {
	value := r.form.get("x-no-person")
	if value == nil {
		return nil
	}
	return &program{r.condition(r.fields(value, "x-no-person"))}
}

// program finds a name of a program that is a person's: an id, a login, an address, or the full name as logins spell it.
func (r *run) program(value string, at *place) {
	if r.directory == nil {
		return
	}
	found := r.directory.names[r.spelled(value)]
	if len(found) == 0 {
		mailbox, _, _ := strings.Cut(value, "@")
		found = r.directory.full[strings.Join(nameWords(spelling.Names(mailbox)[0]), " ")]
	}
	if len(found) > 0 {
		r.report(at, "names_person", pointersOf(found), map[string]any{"text": value})
	}
}

// oneName finds full names that are those of a group of people: a word of it, or the whole, is in the table.
func (r *run) oneName(table, value string, at *place) {
	listed, _ := r.settings.Reference[table].([]any)
	if end := strings.IndexAny(value, "([,–"); end > 0 {
		value = value[:end] // what tells two persons of one name apart may be a team
	}
	words := strings.FieldsFunc(spelling.Names(value)[0], notInWord)
	for _, word := range append(words, strings.Join(words, " ")) {
		if slices.Contains(listed, any(word)) {
			r.report(at, "names_group", nil, map[string]any{"text": value, "word": word})
			return
		}
	}
}
