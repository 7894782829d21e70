package document

import (
	"errors"
	"iter"
	"strconv"
	"strings"
)

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

var errNotPointer = errors.New("not a JSON pointer: it must be empty or begin with /, and ~ must be written ~0")

// Pointer is the JSON pointer (RFC 6901) of a path of keys and indexes.
func Pointer(parts ...string) string {
	var pointer strings.Builder
	for _, part := range parts {
		pointer.WriteByte('/')
		_, _ = escaper.WriteString(&pointer, part) // a strings.Builder takes everything
	}
	return pointer.String()
}

// Split is the path of keys and indexes that a JSON pointer stands for.
func Split(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	parts := strings.Split(pointer, "/")
	if parts[0] != "" {
		return nil, errNotPointer
	}
	parts = parts[1:]
	for i, part := range parts {
		var ok bool
		if parts[i], ok = unescape(part); !ok {
			return nil, errNotPointer
		}
	}
	return parts, nil
}

// unescape reads one part of a pointer; most hold nothing that is escaped.
func unescape(part string) (string, bool) {
	tildes := strings.Count(part, "~")
	if tildes == 0 {
		return part, true
	}
	return unescaper.Replace(part), tildes == strings.Count(part, "~0")+strings.Count(part, "~1")
}

// Pattern is a pointer with * in place of each number, which is the index of an item where the fields have no numbers for names.
func Pattern(pointer string) string {
	steps := strings.Split(pointer, "/")
	for i, step := range steps {
		if _, err := strconv.Atoi(step); err == nil {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, "/")
}

// Around lists a pointer and those to all that it is in, the innermost first, but for the whole document.
func Around(pointer string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for around := pointer; around != ""; around = around[:max(strings.LastIndexByte(around, '/'), 0)] {
			if !yield(around) {
				return
			}
		}
	}
}

// Lookup answers the part of a plain value at a JSON pointer.
func Lookup(value any, pointer string) (any, bool) {
	for pointer != "" {
		below, isPointer := strings.CutPrefix(pointer, "/")
		part := below
		if end := strings.IndexByte(below, '/'); end >= 0 {
			part, pointer = below[:end], below[end:]
		} else {
			pointer = ""
		}
		part, ok := unescape(part)
		if !isPointer || !ok {
			return nil, false
		}
		switch v := value.(type) {
		case map[string]any:
			field, ok := v[part]
			if !ok {
				return nil, false
			}
			value = field
		case []any:
			i, ok := index(part, len(v))
			if !ok {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// index reads a part of a pointer as the index of one of so many items.
func index(part string, items int) (int, bool) {
	i, err := strconv.Atoi(part)
	return i, err == nil && strconv.Itoa(i) == part && i >= 0 && i < items
}
