package document

import (
	"errors"
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
		if strings.Count(part, "~") != strings.Count(part, "~0")+strings.Count(part, "~1") {
			return nil, errNotPointer
		}
		parts[i] = unescaper.Replace(part)
	}
	return parts, nil
}

// Lookup answers the part of a plain value at a JSON pointer.
func Lookup(value any, pointer string) (any, bool) {
	if strings.Contains(pointer, "~") {
		if _, err := Split(pointer); err != nil {
			return nil, false
		}
	}
	for pointer != "" {
		part, rest, ok := cut(pointer)
		if !ok {
			return nil, false
		}
		pointer = rest
		switch v := value.(type) {
		case map[string]any:
			below, found := v[part]
			if !found {
				return nil, false
			}
			value = below
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

// cut takes the first part off a pointer, in which ~ is written as it must be.
func cut(pointer string) (part, rest string, ok bool) {
	if pointer[0] != '/' {
		return "", "", false
	}
	part, rest = pointer[1:], ""
	if end := strings.IndexByte(part, '/'); end >= 0 {
		part, rest = part[:end], part[end:]
	}
	return unescaper.Replace(part), rest, true
}

// index reads a part of a pointer as the index of one of so many items.
func index(part string, items int) (int, bool) {
	i, err := strconv.Atoi(part)
	return i, err == nil && strconv.Itoa(i) == part && i >= 0 && i < items
}
