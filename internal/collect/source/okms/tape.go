package okms

import (
	"encoding/json"
	"strings"

	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// MarshalJSON is what a session keeps of an item: the fields that are known, and of the others the names.
func (h heard[T]) MarshalJSON() ([]byte, error) {
	item := any(h.item)
	if key, isKey := item.(interpret.Key); isKey && key.Attributes != nil {
		kept, unknown := interpret.KeepAttributes(key.Attributes)
		for _, name := range unknown {
			kept[name] = nil
		}
		key.Attributes = kept
		item = key
	}
	encoded, err := json.Marshal(item)
	if err != nil || len(h.unknown) == 0 {
		return encoded, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return nil, err
	}
	for _, name := range h.unknown {
		if err := addName(fields, name); err != nil {
			return nil, err
		}
	}
	return json.Marshal(fields)
}

// addName adds a field without a value, whose name has a dot behind that of the object that it is in.
func addName(fields map[string]json.RawMessage, name string) error {
	of, below, isBelow := strings.Cut(name, ".")
	inner := map[string]json.RawMessage{}
	if !isBelow || fields[of] == nil || json.Unmarshal(fields[of], &inner) != nil || inner == nil {
		fields[name] = json.RawMessage("null")
		return nil
	}
	if err := addName(inner, below); err != nil {
		return err
	}
	encoded, err := json.Marshal(inner)
	fields[of] = encoded
	return err
}
