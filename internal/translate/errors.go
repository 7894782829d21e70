package translate

import (
	"errors"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// Errors are defects of files in the language, each at its place. What is not known stays as it is.
func (t *Translator) Errors(all document.Errors) document.Errors {
	if t == nil {
		return all
	}
	worded := make(document.Errors, len(all))
	for i, problem := range all {
		other := *problem
		other.Message = t.defect(problem.Message)
		worded[i] = &other
	}
	return worded
}

// Error is what an error says, in the language, a line for each of several.
func (t *Translator) Error(err error) string {
	if t == nil {
		return err.Error()
	}
	text := err.Error()
	for _, problem := range defectsOf(err) { // what stands around them stays
		if line := problem.Error(); strings.Contains(text, line) {
			text = strings.Replace(text, line, t.Errors(document.Errors{problem})[0].Error(), 1)
		}
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = t.defect(line)
	}
	return strings.Join(lines, "\n")
}

// defectsOf are the defects of files that an error tells of.
func defectsOf(err error) (all document.Errors) {
	if several, areSeveral := err.(interface{ Unwrap() []error }); areSeveral {
		for _, below := range several.Unwrap() {
			all = append(all, defectsOf(below)...)
		}
		return all
	}
	var list document.Errors
	var single *document.Error
	switch {
	case errors.As(err, &list):
		return list
	case errors.As(err, &single):
		return document.Errors{single}
	}
	return nil
}

// defect is the message of a defect, or of a page that refuses something.
func (t *Translator) defect(english string) string {
	if other, ok := t.words.Defect(english, t.phrase); ok {
		return other
	}
	return t.Text(english)
}

// phrase is what stands in the message of a defect: a description of a field without its full stop, or a phrase of the program.
func (t *Translator) phrase(english string) string {
	if other := t.meanings()[english+"."]; other != "" {
		return strings.TrimSuffix(other, ".")
	}
	if other := t.meanings()[english]; other != "" {
		return other
	}
	return t.Text(english)
}
