package permission

// Form is the JSON Schema of what From answers, for the type checker of the policies.
func Form() map[string]any {
	str, boolean := map[string]any{"type": "string"}, map[string]any{"type": "boolean"}
	list := func(of any) map[string]any { return map[string]any{"type": "array", "items": of} }
	object := func(properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	}
	mapping := func(of any) map[string]any { return map[string]any{"type": "object", "additionalProperties": of} }
	identity := object(map[string]any{
		"urn": str, "kind": str, "problem": str, "person": boolean, "factors": list(str), "test": boolean,
		"powers": list(str), "reads_other": str, "test_reads": str, "uses_other": str,
	})
	return object(map[string]any{
		"policies": list(object(map[string]any{
			"provider": boolean, "people": boolean, "kind_differs": boolean, "touches": boolean, "wide": list(str), "unknown": list(str),
			"dangling": list(str), "all_keys": boolean, "keys": list(str), "reads_secrets": boolean,
			"powers": mapping(list(str)), "destroys": list(str), "identities": list(identity),
		})),
		"certificates":         list(object(map[string]any{"kind": str, "live": boolean, "permitted": boolean})),
		"clients":              list(object(map[string]any{"classes": list(str), "wide": list(str), "unknown": list(str), "permitted": boolean, "beyond": list(str)})),
		"holders":              list(object(map[string]any{"name": str, "classes": mapping(map[string]any{"type": "integer"})})),
		"administrators":       mapping(map[string]any{"type": "integer"}),
		"keys":                 mapping(boolean),
		"keys_without":         list(object(map[string]any{"key": map[string]any{"type": "integer"}, "workload": str})),
		"kmip_clients_without": list(map[string]any{"type": "integer"}),
		"readers":              list(mapping(boolean)),
	})
}
