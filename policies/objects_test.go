package policies_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/raci-check/raci-check/internal/document"
)

// object is one that the evidence lists, by one of its names.
type object struct {
	id, place string
	state     string // "living" where it does not say
}

// objectsOf are the objects of an example by their kind, as the schema annotates their names.
func objectsOf(t testing.TB, e *example) map[string][]object {
	t.Helper()
	objects := map[string][]object{}
	nodes("", e.value, func(pointer string, node any) {
		text, isText := node.(string)
		if !isText {
			return
		}
		form := annotated(t, e.root, pointer)
		for _, keyword := range []string{"x-id", "x-alias"} {
			kind, annotated := form[keyword].(string)
			if !annotated || kind == "person" && keyword == "x-alias" {
				continue
			}
			place := above(pointer)
			fields, isObject := lookup(e.value, place).(map[string]any)
			for !isObject {
				place = above(place)
				fields, isObject = lookup(e.value, place).(map[string]any)
			}
			section := strings.Split(pointer, "/")[1]
			reading, _ := lookup(e.value, "/"+section+"/source/collected_at").(string)
			objects[kind] = append(objects[kind], object{text, place, stateOf(formAt(t, e.root, place), fields, reading)})
		}
	})
	return objects
}

// stateOf is the state of an object when its section was read: what it says, or ended by one of its dates.
func stateOf(form, fields map[string]any, reading string) string {
	for _, field := range []string{"state", "status"} {
		if state, isText := fields[field].(string); isText {
			return snake(state)
		}
	}
	ends := []any{"active_until"} // of a person
	if annotation, hasEnds := form["x-ends"].(map[string]any); hasEnds {
		ends = annotation["at"].([]any)
	}
	for _, field := range ends {
		if date, isDate := fields[field.(string)].(string); isDate && date < reading {
			return "ended"
		}
	}
	return "living"
}

// snake is a word of several, such as PreActive, with underscores.
func snake(word string) string {
	var out strings.Builder
	for i, letter := range word {
		if unicode.IsUpper(letter) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(letter))
	}
	return out.String()
}

func above(pointer string) string { return pointer[:strings.LastIndexByte(pointer, '/')] }

func lookup(value any, pointer string) any {
	target, _ := document.Lookup(value, pointer)
	return target
}

// otherObjects is how many other objects a reference is pointed at, of those that its inventories have.
const otherObjects = 5

// references makes the mutants in which a reference names another object of its inventories: one that it may name by its
// state, and one that has ended.
func (r *relations) references(form map[string]any, pointer, text string) {
	annotations, several := form["x-ref"].([]any)
	if !several {
		annotations = []any{form["x-ref"]}
	}
	tried := map[string]bool{text: true}
	var fit []string
	for _, annotation := range annotations {
		ref := annotation.(map[string]any)
		replace, fits := r.replacement(ref, text)
		if !fits {
			continue
		}
		for _, kind := range texts(ref["to"]) {
			for _, other := range r.objects[kind] {
				to := replace(other.id)
				if kind == "person" || tried[to] || strings.HasPrefix(pointer, other.place+"/") {
					continue
				}
				tried[to] = true
				if states := texts(ref["states"]); len(states) == 0 || slices.Contains(states, other.state) {
					fit = append(fit, to)
				} else {
					r.add("reference to an ended object", pointer, to)
				}
			}
		}
	}
	step := max(1, float64(len(fit))/otherObjects)
	for at := 0.0; int(at) < len(fit); at += step {
		r.add("reference to another object", pointer, fit[int(at)])
	}
}

// replacement answers how to name another object in a text, and whether the reference is about the text at all.
func (r *relations) replacement(ref map[string]any, text string) (replace func(id string) string, fits bool) {
	part, isPart := ref["part"].(string)
	if !isPart {
		return func(id string) string { return id }, true
	}
	domain := fmt.Sprint(lookup(r.value, "/metadata/service/id"))
	captured := regexp.MustCompile(strings.ReplaceAll(part, "{domain}", regexp.QuoteMeta(domain))).FindStringSubmatchIndex(text)
	if captured == nil {
		return nil, false
	}
	return func(id string) string {
		if strings.HasPrefix(id, "urn:") {
			return id
		}
		return text[:captured[2]] + id + text[captured[3]:]
	}, true
}

func texts(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, item := range list {
		all = append(all, item.(string))
	}
	return all
}

// widen makes the mutants in which a right, a resource, an identity or a range of addresses covers more than it does.
func (r *relations) widen(pointer, text string) {
	list, isList := lookup(r.value, above(pointer)).([]any)
	if !isList {
		return
	}
	var wider []string
	switch prefix, err := netip.ParsePrefix(text); {
	case err == nil:
		wider = []string{netip.PrefixFrom(prefix.Addr(), 8).Masked().String(), "0.0.0.0/0"}
	case strings.HasPrefix(text, "urn:"), r.isAction(text):
		wider = []string{"*"}
		for i, letter := range text {
			if letter == ':' && i > len("urn:v1:eu:") || letter == '/' || letter == ':' && !strings.HasPrefix(text, "urn:") {
				wider = append(wider, text[:i+1]+"*")
			}
		}
	}
	for _, to := range wider {
		if to != text && !slices.Contains(list, any(to)) {
			r.add("wider right", pointer, to)
		}
	}
}

func (r *relations) isAction(text string) bool {
	actions, _ := r.reference["actions"].(map[string]any)
	return actions[text] != nil
}
