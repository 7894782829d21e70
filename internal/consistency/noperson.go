package consistency

import (
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// program says that a text names a program, which is no person.
type program struct {
	condition
	Owner string // field beside it with the person who answers for it
}

func (r *reader) program() *program {
	value := r.form.get("x-no-person")
	if value == nil {
		return nil
	}
	fields := r.fields(value, "x-no-person")
	return &program{r.condition(fields), r.word(fields["owner"], "x-no-person.owner")}
}

// program finds a name of a program that is a person's: an id, a login, an address, or the full name as logins spell it. A short
// form of a name in one word may be something else; it is the person's who answers for the program.
func (r *run) program(p *program, value string, at *place, around map[string]any) {
	directory := r.directory()
	if directory == nil {
		return
	}
	entries := directory.names[r.spelled(value)]
	if len(entries) == 0 {
		mailbox, _, _ := strings.Cut(value, "@")
		name := spelling.Names(mailbox)[0]
		if entries = directory.full[strings.Join(nameWords(name), " ")]; len(entries) == 0 {
			entries = directory.short[name]
			owner, _ := around[p.Owner].(string)
			_, owners := r.find(owner, moment{})
			entries = slices.DeleteFunc(slices.Clone(entries), func(s *somebody) bool { return !slices.Contains(owners, s) })
		}
	}
	if len(entries) > 0 {
		r.report(at, "names_person", pointersOf(entries), map[string]any{"text": value})
	}
}

// noName has what is the full name of no person: an acronym (SOC), a word with a number (Person 1), or two names (Ann/Bob).
var noName = regexp.MustCompile(`^(?:\p{Lu}{2,5}|\pL+[ _-]?\d+|.*\pL{2}/\pL{2}.*)$`)

// oneName finds full names that are those of a group of people: a word of it, or the whole, is in the table, or stands there as what
// is between the names of two; or they are of nobody.
func (r *run) oneName(table, value string, at *place) {
	listed, _ := r.tables[table].([]any)
	if end := strings.IndexAny(value, "([,–"); end > 0 {
		value = value[:end] // what tells two persons of one name apart may be a team
	}
	if short := strings.TrimSpace(value); noName.MatchString(short) {
		r.report(at, "names_group", nil, map[string]any{"text": value, "word": short})
		return
	}
	words := strings.FieldsFunc(spelling.Names(value)[0], notInWord)
	words = append(words, strings.Join(words, " "))
	if parts := strings.Fields(spelling.Fold(value)); len(parts) > 2 {
		for _, part := range parts[1 : len(parts)-1] {
			words = append(words, "... "+part+" ...")
		}
	}
	for _, word := range words {
		if slices.Contains(listed, any(word)) {
			r.report(at, "names_group", nil, map[string]any{"text": value, "word": word})
			return
		}
	}
}
