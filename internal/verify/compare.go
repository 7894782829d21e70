package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/raci-check/raci-check/internal/document"
)

// maxDifferences is how many differences are listed; nobody reads more.
const maxDifferences = 20

// differences lists where two JSON documents differ, by JSON pointer, with what each says there.
func differences(before, after []byte) []Problem {
	var problems []Problem
	compare("", decode(before), decode(after), &problems)
	return problems
}

// atMost are the first of the differences, and how many more there are.
func atMost(problems []Problem) []Problem {
	if more := len(problems) - maxDifferences; more > 0 {
		problems = append(problems[:maxDifferences:maxDifferences], Problem{"", fmt.Sprintf("and %d more", more)})
	}
	return problems
}

func decode(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// absent stands for what one of the two does not have.
var absent = new(struct{})

func compare(pointer string, a, b any, problems *[]Problem) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			keys := maps.Clone(x)
			maps.Copy(keys, y)
			for _, key := range slices.Sorted(maps.Keys(keys)) {
				compare(pointer+document.Pointer(key), member(x, key), member(y, key), problems)
			}
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			for i := range max(len(x), len(y)) {
				compare(pointer+"/"+strconv.Itoa(i), item(x, i), item(y, i), problems)
			}
			return
		}
	}
	if !reflect.DeepEqual(a, b) {
		*problems = append(*problems, Problem{pointer, short(a) + " → " + short(b)})
	}
}

func member(object map[string]any, key string) any {
	if value, ok := object[key]; ok {
		return value
	}
	return absent
}

func item(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return absent
}

func short(value any) string {
	if value == absent {
		return "nothing"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	if runes := []rune(string(text)); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return string(text)
}
