package authoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/schema"
)

// form is the part of a JSON Schema that describes one value.
type form struct {
	Ref         string           `json:"$ref"`
	Types       types            `json:"type"`
	Format      string           `json:"format"`
	Description string           `json:"description"`
	Const       any              `json:"const"`
	Enum        []any            `json:"enum"`
	Required    []string         `json:"required"`
	Most        int              `json:"maxProperties"`
	Properties  properties       `json:"properties"`
	Others      others           `json:"additionalProperties"`
	Items       *form            `json:"items"`
	Freshness   string           `json:"x-freshness"`
	Informative string           `json:"x-informative"`
	WrittenBy   string           `json:"x-written-by"`
	Defs        map[string]*form `json:"$defs"`
}

// types are the types that a value may have.
type types []string

func (t *types) UnmarshalJSON(data []byte) error {
	var single string
	if json.Unmarshal(data, &single) == nil {
		*t = types{single}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// properties keep the order of the file.
type properties struct {
	names []string
	forms map[string]*form
}

func (p *properties) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &p.forms); err != nil {
		return err
	}
	var err error
	p.names, err = schema.FieldsInOrder(data)
	return err
}

// others is the form of fields that have no form of their own; nil where there are none.
type others struct{ form *form }

func (o *others) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return json.Unmarshal(data, &o.form)
	}
	return nil
}

func (f *form) is(kind string) bool { return f != nil && slices.Contains(f.Types, kind) }

// isCollection reports whether a value of the form is an object or a list, and nothing else.
func (f *form) isCollection() bool {
	return len(f.Types) > 0 && !slices.ContainsFunc(f.Types, func(kind string) bool { return kind != "object" && kind != "array" })
}

type grammar struct {
	kind   string
	root   *form
	schema *schema.Schema
	plan   *consistency.Plan
}

func newGrammar(kind string, raw []byte) (*grammar, error) {
	g := &grammar{kind: kind}
	if err := json.Unmarshal(raw, &g.root); err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", kind, err)
	}
	var err error
	if g.schema, err = schema.Proven(kind, raw); err != nil {
		return nil, err
	}
	g.plan, err = consistency.Compile(g.schema.Value())
	return g, err
}

// spot is what the grammar says of a place. The form is nil where the grammar knows no such place.
type spot struct {
	grammar *grammar
	form    *form
	part    consistency.Part
}

func (g *grammar) top() spot {
	if g == nil {
		return spot{}
	}
	return spot{g, g.root, g.plan.Top()}
}

// resolved follows a $ref; a description beside it wins.
func (g *grammar) resolved(f *form) *form {
	if f == nil || f.Ref == "" {
		return f
	}
	name, isOwn := strings.CutPrefix(f.Ref, "#/$defs/")
	definition := g.root.Defs[name]
	if !isOwn || definition == nil {
		return f
	}
	merged := *definition
	if f.Description != "" {
		merged.Description = f.Description
	}
	if f.Informative != "" {
		merged.Informative = f.Informative
	}
	if f.WrittenBy != "" {
		merged.WrittenBy = f.WrittenBy
	}
	return &merged
}

func (s spot) field(name string) spot {
	if s.form == nil {
		return spot{}
	}
	below := s.form.Properties.forms[name]
	if below == nil {
		below = s.form.Others.form
	}
	return spot{s.grammar, s.grammar.resolved(below), s.part.Field(name)}
}

func (s spot) item() spot {
	if s.form == nil {
		return spot{}
	}
	return spot{s.grammar, s.grammar.resolved(s.form.Items), s.part.Item()}
}

// names are the fields that an object may have, the required ones first.
func (s spot) names() []string {
	if s.form == nil {
		return nil
	}
	names := slices.Clone(s.form.Required)
	for _, name := range s.form.Properties.names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		below := s.form.Properties.forms[name]
		return below == nil || below.WrittenBy != ""
	})
}

// of is what the grammar says of a field or an item of a file.
func (g *grammar) of(o *outline.Outline, id outline.ID) spot {
	at := g.top()
	var way []outline.ID
	for ; id != outline.Top && id != outline.None; id = o.Parent(id) {
		way = append(way, id)
	}
	for _, id := range slices.Backward(way) {
		if o.IsField(id) {
			at = at.field(o.Key(id))
		} else {
			at = at.item()
		}
	}
	return at
}

// at is what the grammar says of a pointer.
func (g *grammar) at(path []string) spot {
	at := g.top()
	for _, part := range path {
		if at.form.is("array") && !at.form.is("object") || at.form.is("array") && isIndex(part) {
			at = at.item()
		} else {
			at = at.field(part)
		}
	}
	return at
}

func isIndex(part string) bool {
	return part != "" && strings.Trim(part, "0123456789") == ""
}
