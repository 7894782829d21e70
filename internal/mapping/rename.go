package mapping

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// ErrNotRenamed says that facts would not follow any more from an export with other texts.
var ErrNotRenamed = errors.New("the mapping reads texts that other texts cannot stand for")

// Renamed is what an entry of fills reads of matched parts of an export (Facts.Fill and Facts.Matched), with other texts in the place of
// those that become texts of evidence. Times, numbers, and texts that the entry translates stay. What it does not read is left out.
// The entry reads the same facts of it, but for these texts; where that cannot be, the error is ErrNotRenamed.
func Renamed(fill []byte, matched []any, root *evidence.Form, names Names) ([]any, error) {
	m, err := readFill(fill, root)
	if err != nil {
		return nil, err
	}
	uses := map[string]use{}
	keys := map[string][]string{} // by the text that makes parts a group, where they have it
	before, err := m.fills[0].of(partsOf(matched), func(p part, as use) {
		if as.f == nil {
			keys[textOf(p.value)] = append(keys[textOf(p.value)], p.pointer)
		}
		if other, isRead := uses[p.pointer]; !isRead || other.rank() < as.rank() { // what is read as more than a text stays
			uses[p.pointer] = as
		}
	})
	if err != nil {
		return nil, err
	}
	for _, places := range keys { // parts stay a group only if the text of each becomes the same
		most := uses[slices.MaxFunc(places, func(a, b string) int { return cmp.Compare(uses[a].rank(), uses[b].rank()) })]
		for _, at := range places {
			uses[at] = most
		}
	}
	for keeps := range 3 { // expressions may compare with what becomes no fact
		r := renamer{uses, string(fill), names, keeps > 0, keeps > 1}
		renamed := make([]any, len(matched))
		for i, value := range matched {
			renamed[i], _ = r.value("/"+strconv.Itoa(i), "", value)
		}
		after, err := m.fills[0].of(partsOf(renamed), nil)
		if err == nil && alike(before.Fields, after.Fields) {
			return renamed, nil
		}
	}
	return nil, ErrNotRenamed
}

// Names are the other texts.
type Names interface {
	// Value is the text that stands for a text.
	Value(text string) string
	// Plain reports whether a text that is not read stays, in a field of this name: expressions may choose by it.
	Plain(field, text string) bool
}

// partsOf are parts by their places in the list of all.
func partsOf(values []any) []part {
	parts := make([]part, len(values))
	for i, value := range values {
		parts[i] = part{value: value, pointer: "/" + strconv.Itoa(i)}
	}
	return parts
}

// isText reports whether a value that is read becomes a text of evidence, as it is or in parts.
func (u use) isText() bool {
	return u.f == nil || u.form != nil && u.form.Type == "string" && u.form.Format != "date" && u.form.Format != "date-time" &&
		u.form.Enum == nil && u.f.values == nil && u.f.extract == nil && !u.f.count
}

// rank orders uses by how much of a value they need: that it is there, a text, or what it says.
func (u use) rank() int {
	switch {
	case u.f != nil && u.f.count:
		return 0
	case u.isText():
		return 1
	}
	return 2
}

type renamer struct {
	uses  map[string]use
	fill  string // whose literals stay
	names Names
	// keepsMore is of the names of fields and of numbers that are not read, and of what stands around a part of a text that is read.
	keepsMore bool
	// keepsTexts is of which texts that are not read are the same.
	keepsTexts bool
}

// value is a part of an export with other texts, and whether anything of it is needed.
func (r renamer) value(pointer, field string, value any) (renamed any, isNeeded bool) {
	as, isRead := r.uses[pointer]
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, below := range v {
			if below, isNeeded := r.value(pointer+document.Pointer(name), name, below); isNeeded || r.keepsMore {
				copied[name] = below
			}
		}
		return copied, isRead || len(copied) > 0
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			isPart := false
			copied[i], isPart = r.value(pointer+"/"+strconv.Itoa(i), field, below)
			isNeeded = isNeeded || isPart
		}
		return copied, isRead || isNeeded || len(v) == 0
	case string:
		switch {
		case len(v) > 0 && r.isLiteral(v), !isRead && r.names.Plain(field, v):
			return v, true
		case isRead:
			return r.text(as, v), true
		case r.keepsTexts:
			return r.names.Value(v), false
		}
		return redact.Mark, false
	case json.Number:
		if isRead || r.keepsMore {
			return v, true
		}
		return json.Number("0"), false
	default:
		return v, isRead
	}
}

// text is the text that stands for one that is read.
func (r renamer) text(as use, v string) string {
	switch isFree := as.form != nil && as.form.Type == "string" && as.form.Format == "" && as.form.Enum == nil; {
	case as.isText() && as.f != nil && as.f.split != "":
		parts := strings.Split(v, as.f.split)
		for i, part := range parts {
			bare := strings.TrimSpace(part)
			parts[i] = strings.Replace(part, bare, r.names.Value(bare), 1)
		}
		return strings.Join(parts, as.f.split)
	case as.rank() < 2:
		return r.names.Value(v)
	case as.f.extract == nil:
		return v
	case as.f.values == nil && isFree:
		at := as.f.extract.FindStringSubmatchIndex(v)
		switch {
		case len(at) < 4 || at[2] < 0: // the group, where it is there
			return redact.Mark
		case r.keepsMore:
			return v[at[0]:at[2]] + r.names.Value(v[at[2]:at[3]]) + v[at[3]:at[1]]
		}
		return r.names.Value(v[at[2]:at[3]]) // the rest of it is not read
	}
	if whole := as.f.extract.FindString(v); as.f.extract.MatchString(whole) { // the rest of it is not read
		return whole
	}
	return v
}

// isLiteral reports whether an expression of the entry compares with a text.
func (r renamer) isLiteral(text string) bool {
	return strings.Contains(r.fill, "'"+text+"'") || strings.Contains(r.fill, `\"`+text+`\"`)
}

// alike reports whether two values differ in texts alone.
func alike(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, isObject := b.(map[string]any)
		if !isObject || len(x) != len(y) {
			return false
		}
		for name := range x {
			if below, isThere := y[name]; !isThere || !alike(x[name], below) {
				return false
			}
		}
		return true
	case []any:
		y, isList := b.([]any)
		if !isList || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !alike(x[i], y[i]) {
				return false
			}
		}
		return true
	case string:
		y, isText := b.(string)
		return isText && (x == "") == (y == "")
	}
	return a == b
}
