package engine

import (
	"maps"
	"time"

	"raci-check/internal/permission"
)

// Fields of the input that are no evidence.
const (
	atField          = "at"
	permissionsField = "permissions"
)

// Inputs makes what policies see of evidence. Every evaluation gets its input here, so that all judge the same.
type Inputs struct {
	table *permission.Table
}

// NewInputs makes inputs by the reference data.
func NewInputs(reference map[string]any) Inputs { return Inputs{permission.NewTable(reference)} }

// Of is the input for evidence at a time: the evidence, the time, and what follows from the evidence as a whole. The evidence is
// not changed.
func (i Inputs) Of(evidence map[string]any, at time.Time) map[string]any {
	input := make(map[string]any, len(evidence)+2)
	maps.Copy(input, evidence)
	input[atField] = at.UTC().Format(time.RFC3339Nano)
	input[permissionsField] = permission.From(evidence, i.table, at)
	return input
}

// IsDerived reports whether a field of the input is no evidence, but made by Inputs.
func IsDerived(field string) bool { return field == atField || field == permissionsField }

// AddDerived adds the forms of the fields that Inputs makes to the properties of the evidence schema.
func AddDerived(properties map[string]any) {
	properties[atField] = map[string]any{"type": "string"}
	properties[permissionsField] = permission.Form()
}
