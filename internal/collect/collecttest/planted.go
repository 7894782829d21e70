package collecttest

import "maps"

// PlantedText is in each value of Planted, and in no fact of a test.
const PlantedText = "planted"

// Planted are members that an answer may have besides what is read: secrets under names that say so, under names that do not, and in the
// forms that answers have. A redaction by name or by form alone would keep some of them.
var Planted = map[string]any{
	"password": "planted", "db_passwd": "planted", "client_secret": "planted", "api_key": "planted", "private_key_pem": "planted",
	"k": "planted", "d": "planted", "token": map[string]any{"id": "planted"}, "connection_string": "Server=x;Pwd=planted",
	"recovery_codes": []any{"planted", "planted-2"},
	// Names that say nothing.
	"note": "planted", "comment": "the planted text", "x1": "planted", "material": "planted", "blob": "cGxhbnRlZA planted", "wrapped": "planted",
	"custom": map[string]any{"a": map[string]any{"b": "planted"}}, "extra": []any{map[string]any{"c": "planted"}}, "history": []any{[]any{"planted"}},
	"labels_of_the_owner": map[string]any{"planted": true}, "planted": 42, "keys_of_somebody": []any{map[string]any{"kty": "oct", "k": "planted"}},
	// Forms.
	"header": "Bearer planted-planted-0", "url_of_it": "postgres://app:planted@db.example/app",
	"env":  []any{map[string]any{"name": "DB_PASSWORD", "value": "planted"}},
	"pem":  "-----BEGIN EC " + "PRIVATE KEY-----\nplanted",
	"link": "https://api.example/v1?access_token=planted", "json": `{"secret": "planted"}`,
}

// Plant is a copy of a JSON value with Planted in each of its objects, as far as they have no such members already.
func Plant(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := maps.Clone(Planted)
		for name, below := range v {
			copied[name] = Plant(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = Plant(below)
		}
		return copied
	default:
		return v
	}
}
