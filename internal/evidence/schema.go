package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/permission"
)

// Format is the schema of evidence: the single source of the format.
type Format struct {
	// Schema is the JSON Schema (draft 2020-12) of an evidence file.
	Schema []byte
	// Freshness names for each section the parameter that says how many days old it may be.
	Freshness map[string]string
}

// rootSchema is the file of the schema that holds all but the sections.
const rootSchema = "_root.json"

// LoadFormat puts the schema together from schema/ below fsys: _root.json, and one file a section.
func LoadFormat(fsys fs.FS) (*Format, error) {
	entries, err := fs.ReadDir(fsys, "schema")
	if err != nil {
		return nil, fmt.Errorf("read evidence schema: %w", err)
	}
	format := &Format{Freshness: map[string]string{}}
	var root map[string]json.RawMessage
	properties := map[string]json.RawMessage{}
	for _, entry := range entries {
		data, err := fs.ReadFile(fsys, path.Join("schema", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read evidence schema: %w", err)
		}
		if entry.Name() == rootSchema {
			if err := json.Unmarshal(data, &root); err != nil {
				return nil, fmt.Errorf("schema/%s: %w", entry.Name(), err)
			}
			continue
		}
		section := strings.TrimSuffix(entry.Name(), ".json")
		var annotations struct {
			Freshness string `json:"x-freshness"`
		}
		if err := json.Unmarshal(data, &annotations); err != nil {
			return nil, fmt.Errorf("schema/%s: %w", entry.Name(), err)
		}
		if annotations.Freshness != "" {
			format.Freshness[section] = annotations.Freshness
		}
		properties[section] = data
	}
	var own map[string]json.RawMessage
	if err := json.Unmarshal(root["properties"], &own); err != nil {
		return nil, fmt.Errorf("schema/%s: properties: %w", rootSchema, err)
	}
	for name, property := range own {
		properties[name] = property
	}
	if root["properties"], err = json.Marshal(properties); err != nil {
		return nil, fmt.Errorf("assemble evidence schema: %w", err)
	}
	if format.Schema, err = json.Marshal(root); err != nil {
		return nil, fmt.Errorf("assemble evidence schema: %w", err)
	}
	return format, nil
}

// Indented is the schema as a person reads it.
func (f *Format) Indented() []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, f.Schema, "", "  "); err != nil {
		panic(err) // it was encoded by LoadFormat
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// Input is the schema of what policies see: evidence, the time, and what follows from the evidence as a whole.
func (f *Format) Input() (map[string]any, error) {
	var root map[string]any
	if err := json.Unmarshal(f.Schema, &root); err != nil {
		return nil, fmt.Errorf("read evidence schema: %w", err)
	}
	properties, ok := root["properties"].(map[string]any)
	if !ok {
		return nil, errors.New("read evidence schema: it has no properties")
	}
	properties["at"] = map[string]any{"type": "string"}
	properties["contradictions"] = map[string]any{"type": "object"}
	properties["permissions"] = permission.Form()
	return root, nil
}

// reserved are the top-level fields of evidence that are not sections.
var reserved = []string{"api_version", "kind", "metadata", "not_applicable", "at", "contradictions", "permissions"}

// IsSection reports whether a top-level field of evidence is a section.
func IsSection(name string) bool { return !slices.Contains(reserved, name) }
