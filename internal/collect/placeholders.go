package collect

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// An assessment refuses placeholders, such as TODO, unless raw answers prove that the service has that name. Where none can be read
// again, a name that no check reads is left out, and what a check reads is said.

// unproved leaves out the names of a section that look like placeholders. The value is changed in place.
func (p *planner) unproved(section string, value map[string]any) (notes []string) {
	if p.Placeholders == nil {
		return nil
	}
	var left, refused []string
	var walk func(path []string, form *evidence.Form, value any) (keep bool)
	walk = func(path []string, form *evidence.Form, value any) bool {
		if form == nil {
			return true
		}
		informative := form.Informative
		form = p.root.Resolve(form)
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				if name != "source" && !walk(append(slices.Clone(path), name), form.Properties.Forms[name], below) {
					delete(v, name)
				}
			}
		case []any:
			for i, below := range v {
				walk(append(slices.Clone(path), strconv.Itoa(i)), form.Items, below)
			}
		case string:
			switch pointer := document.Pattern(document.Pointer(path...)); {
			case form.Enum != nil || form.Format != "" || !p.Placeholders.Is(v):
			case informative+form.Informative != "":
				left = append(left, fmt.Sprintf("%s %q", pointer, v))
				return false
			default:
				refused = append(refused, fmt.Sprintf("%s %q", pointer, v))
			}
		}
		return true
	}
	walk([]string{section}, p.root.Properties.Forms[section], value)
	for _, list := range []struct {
		texts []string
		text  string
	}{
		{left, "looks like a placeholder and is left out: without raw answers nothing proves that the service has this name"},
		{refused, "looks like a placeholder, which assess refuses: no raw answers that it can read again prove that the service has it (--no-raw keeps none)"},
	} {
		if len(list.texts) == 0 {
			continue
		}
		slices.Sort(list.texts)
		text := list.texts[0] + " " + list.text
		if more := len(list.texts) - 1; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
		notes = append(notes, text)
	}
	return notes
}
