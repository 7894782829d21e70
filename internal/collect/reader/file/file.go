// Package file reads facts from the parts of exports that a mapping selects.
package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/mapping"
)

// Reader reads the answers of the source file. Each has the entry of fills that reads it.
var Reader = reader.Reader{Name: "file", Read: read}

// HTTP reads the answers of the source http, which are read by mappings too.
var HTTP = reader.Reader{Name: "http", Read: read}

// maxFills is how many answers a section may have: each has an entry of a mapping to read.
const maxFills = 1000

func read(request reader.Request) (reader.Part, error) {
	if len(request.Answers) > maxFills {
		return reader.Part{}, fmt.Errorf("there are %d answers, allowed are %d", len(request.Answers), maxFills)
	}
	part := New(request.Section)
	for _, answer := range request.Answers {
		if answer.Fill == nil {
			return reader.Part{}, fmt.Errorf("the answer of %s has no mapping", answer.Origin)
		}
		fill, err := json.Marshal(answer.Fill)
		if err != nil {
			return reader.Part{}, fmt.Errorf("the mapping of %s: %w", answer.Origin, err)
		}
		matched, err := reader.Decode[[]any](answer)
		if err != nil {
			return reader.Part{}, err
		}
		facts, err := mapping.Again(fill, matched, answer.At(), request.Form)
		if err == nil && facts.Section != request.Section {
			err = fmt.Errorf("the mapping fills the section %s", facts.Section)
		}
		if err != nil {
			return reader.Part{}, fmt.Errorf("%s: %s: %w", answer.Origin, strings.TrimSuffix(answer.Place, "/body")+"/fill", message(err))
		}
		Add(&part, answer.Origin, facts)
	}
	return part, nil
}

// message is an error of a mapping without its line, which would be one of this entry alone.
func message(err error) error {
	var all document.Errors
	var misplaced *document.Error
	switch {
	case errors.As(err, &all) && len(all) > 0:
		return errors.New(all[0].Message)
	case errors.As(err, &misplaced):
		return errors.New(misplaced.Message)
	default:
		return err
	}
}

// New is a part of a section to which facts are added.
func New(section string) reader.Part {
	return reader.Part{Section: section, Fields: map[string]any{}, Origins: reader.Origins{}}
}

// Add adds what an entry of fills makes of an export, and the parts of the export that it selects.
func Add(to *reader.Part, origin string, facts mapping.Facts) {
	add(to.Fields, facts.Fields)
	if pointer := "/" + facts.Section + "/" + facts.List; facts.OnlyAdds && !slices.Contains(to.Joins, pointer) {
		to.Joins = append(to.Joins, pointer)
	}
	maps.Copy(to.Origins, facts.Origins)
	to.Answers = append(to.Answers, reader.Answer{Origin: origin, Fill: facts.Fill, Body: facts.Matched})
}

// add puts fields beside others; no two are the same.
func add(to, more map[string]any) {
	for name, value := range more {
		below, isObject := value.(map[string]any)
		if before, isOther := to[name].(map[string]any); isObject && isOther {
			add(before, below)
			continue
		}
		to[name] = value
	}
}
