package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"raci-check/internal/rego/pack"
)

// Tags of the values that a schema is made of.
const (
	tagNull = iota
	tagFalse
	tagTrue
	tagNumber
	tagText
	tagList
	tagMapping
)

// Encode writes a schema in the form that Decode reads, faster than JSON.
func Encode(name string, raw []byte) ([]byte, error) {
	value, err := parse(name, raw)
	if err != nil {
		return nil, err
	}
	return appendValue(nil, value), nil
}

// Decode is Proven of what Encode wrote. The data is a part of this program: nothing in it is verified.
func Decode(name, data string) *Schema {
	r := pack.Reader(data)
	return proven(name, readValue(&r))
}

func appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return pack.AppendNumber(out, tagNull)
	case bool:
		if v {
			return pack.AppendNumber(out, tagTrue)
		}
		return pack.AppendNumber(out, tagFalse)
	case json.Number:
		return pack.AppendText(pack.AppendNumber(out, tagNumber), string(v))
	case string:
		return pack.AppendText(pack.AppendNumber(out, tagText), v)
	case []any:
		out = pack.AppendNumber(pack.AppendNumber(out, tagList), len(v))
		for _, item := range v {
			out = appendValue(out, item)
		}
		return out
	case map[string]any:
		out = pack.AppendNumber(pack.AppendNumber(out, tagMapping), len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = appendValue(pack.AppendText(out, key), v[key])
		}
		return out
	default:
		panic(fmt.Sprintf("%T is no value of JSON", v))
	}
}

func readValue(r *pack.Reader) any {
	switch tag := r.Number(); tag {
	case tagNull:
		return nil
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagNumber:
		return json.Number(r.Text())
	case tagText:
		return r.Text()
	case tagList:
		items := make([]any, r.Number())
		for i := range items {
			items[i] = readValue(r)
		}
		return items
	default:
		n := r.Number()
		fields := make(map[string]any, n)
		for range n {
			key := r.Text()
			fields[key] = readValue(r)
		}
		return fields
	}
}
