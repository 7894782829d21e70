package schema

import (
	"bytes"
	"encoding/json"
)

// FieldsInOrder are the names of the fields of a JSON object in the order of the text: that is the order a person reads them in.
func FieldsInOrder(object []byte) ([]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	var names []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		text, _ := name.(string)
		names = append(names, text)
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return nil, err
		}
	}
	return names, nil
}
