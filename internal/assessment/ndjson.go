package assessment

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// LinesID names the version of the form in lines: an object a line, with one field that says what the line is. The first
// line is the assessment without its services, each of the next a service, the last one the summary.
const LinesID = "raci-check/ndjson/v1"

// line is a line; one of its fields is set.
type line struct {
	Assessment *linesHead    `json:"assessment,omitempty"`
	Service    *Service      `json:"service,omitempty"`
	Summary    *linesSummary `json:"summary,omitempty"`
}

// linesHead is what is known before the first service.
type linesHead struct {
	Schema     string   `json:"schema"`
	Tool       Tool     `json:"tool"`
	At         string   `json:"at"`
	PastAt     bool     `json:"past_at,omitempty"`
	Partial    bool     `json:"partial"`
	Catalog    Catalog  `json:"catalog"`
	Policies   Policies `json:"policies"`
	Inputs     *Inputs  `json:"inputs,omitempty"`
	MergedFrom []string `json:"merged_from,omitempty"`
	// DisputedNotCounted is that of the assessment.
	DisputedNotCounted bool `json:"disputed_not_counted,omitempty"`
}

// linesSummary is what is known after the last one.
type linesSummary struct {
	Result   verdict.Status         `json:"result"`
	Services int                    `json:"services"`
	Results  map[verdict.Status]int `json:"results"` // services by result
	Readings []ReadingResult        `json:"readings,omitempty"`
	Waivers  []Waiver               `json:"waivers,omitempty"`
	Digest   string                 `json:"digest"` // of the same assessment as one JSON document
}

// beginning is how each file of this form begins.
const beginning = `{"assessment":`

// LinesSchema is the JSON Schema (draft 2020-12) of a line. It is made of the one of the assessment.
func LinesSchema() []byte {
	var whole struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Defs       json.RawMessage            `json:"$defs"`
	}
	if err := json.Unmarshal(JSONSchema, &whole); err != nil {
		panic(err) // it is part of the program, and tests read it
	}
	object := func(description string, properties map[string]any, optional ...string) map[string]any {
		var required []string
		for name := range properties {
			if !slices.Contains(optional, name) {
				required = append(required, name)
			}
		}
		slices.Sort(required)
		return map[string]any{"type": "object", "description": description, "additionalProperties": false, "required": required, "properties": properties}
	}
	of := func(name string) any { return whole.Properties[name] }
	count := map[string]any{"type": "integer", "minimum": 1}
	encoded, err := json.Marshal(map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Line of an assessment",
		"description": "The first line is the assessment without its services, each of the next a service, the last one the summary.",
		"oneOf": []any{
			object("The first line.", map[string]any{"assessment": object("The policies, the parameters and the time of the assessment.", map[string]any{
				"schema": map[string]any{"const": LinesID}, "tool": of("tool"), "at": of("at"), "past_at": of("past_at"), "partial": of("partial"),
				"catalog": of("catalog"), "policies": of("policies"), "inputs": of("inputs"), "merged_from": of("merged_from"), "disputed_not_counted": of("disputed_not_counted"),
			}, "inputs", "merged_from", "past_at", "disputed_not_counted")}),
			object("A service; they are sorted by id.", map[string]any{"service": map[string]any{"$ref": "#/$defs/service"}}),
			object("The last line.", map[string]any{"summary": object("The result. A file without it is incomplete.", map[string]any{
				"result": of("result"), "services": count,
				"results":  map[string]any{"type": "object", "propertyNames": map[string]any{"$ref": "#/$defs/result"}, "additionalProperties": count, "description": "Services by result."},
				"readings": of("readings"), "waivers": of("waivers"),
				"digest": map[string]any{"$ref": "#/$defs/digest", "description": "Digest of the same assessment as one JSON document, as assess -o json writes it."},
			}, "readings", "waivers")}),
		},
		"$defs": whole.Defs,
	})
	if err != nil {
		panic(err) // of values above
	}
	return append(sanitize.AppendIndented(nil, encoded, 0), '\n')
}

// WriteNDJSON writes the assessment in lines.
func (f *Fleet) WriteNDJSON(w io.Writer) error {
	h := f.Head
	if err := writeLine(w, line{Assessment: &linesHead{LinesID, h.Tool, h.At, h.PastAt, h.Partial, h.Catalog, h.Policies, h.Inputs, h.MergedFrom, h.DisputedNotCounted}}); err != nil {
		return err
	}
	digest, err := f.each(w, func(w io.Writer, _ int, encode encoding) error {
		if _, err := io.WriteString(w, `{"service":`); err != nil {
			return err
		}
		if err := encode(func(compact []byte) error { return sanitize.WriteLine(w, compact) }); err != nil {
			return err
		}
		_, err := io.WriteString(w, "}\n")
		return err
	})
	if err != nil {
		return err
	}
	return writeLine(w, line{Summary: &linesSummary{h.Result, f.Tally.Services, f.Tally.Results, h.Readings, h.Waivers, digest}})
}

func writeLine(w io.Writer, l line) error {
	encoded, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode assessment: %w", err)
	}
	_, err = w.Write(append(sanitize.AppendJSON(nil, encoded), '\n'))
	return err
}

// ReadFleet reads a stored assessment, in lines or as one document, and verifies it as Read does. Of one in lines, no more
// than one service is in memory at a time. The fleet must be closed.
func ReadFleet(name string, r io.Reader) (*Fleet, error) {
	in := bufio.NewReader(r)
	if start, _ := in.Peek(len(beginning)); string(start) != beginning {
		a, err := Read(name, in)
		if err != nil {
			return nil, err
		}
		return FleetOf(a), nil
	}
	reader := lineReader{name: name, in: in}
	form, err := schema.Compile("ndjson", LinesSchema())
	if err != nil {
		return nil, err
	}
	reader.form = form
	first, err := reader.next()
	if err != nil {
		return nil, err
	}
	h := first.Assessment
	fleet, err := NewFleet(Assessment{
		Schema: SchemaID, Tool: h.Tool, At: h.At, PastAt: h.PastAt, Partial: h.Partial, Catalog: h.Catalog, Policies: h.Policies, Inputs: h.Inputs, MergedFrom: h.MergedFrom,
		DisputedNotCounted: h.DisputedNotCounted,
	}, math.MaxInt, KeepAll)
	if err != nil {
		return nil, err
	}
	if err := reader.services(fleet); err != nil {
		return nil, errors.Join(err, fleet.Close())
	}
	return fleet, nil
}

// lineReader reads lines and says where one is not as it must be.
type lineReader struct {
	name string
	in   *bufio.Reader
	form *schema.Schema
	line int
}

func (r *lineReader) refuse(kind error, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w: %s", r.name, r.line, kind, fmt.Sprintf(format, args...))
}

// next reads a line that fits the schema; io.EOF says that there is none.
func (r *lineReader) next() (line, error) {
	text, err := r.in.ReadBytes('\n')
	if len(text) == 0 && errors.Is(err, io.EOF) {
		return line{}, io.EOF
	}
	r.line++
	if err != nil && !errors.Is(err, io.EOF) {
		return line{}, fmt.Errorf("read %s: %w", r.name, err)
	}
	if r.line == 1 {
		var head struct{ Assessment struct{ Schema string } }
		if err := json.Unmarshal(text, &head); err == nil && head.Assessment.Schema != LinesID && strings.HasPrefix(head.Assessment.Schema, "raci-check/ndjson/") {
			return line{}, r.refuse(ErrVersion, "it is %s, this program reads %s; use the program that wrote it", sanitize.Text(head.Assessment.Schema), LinesID)
		}
	}
	var l line
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(&l); err != nil {
		return line{}, r.refuse(ErrForm, "%v", err)
	}
	var value any
	decoder = json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return line{}, r.refuse(ErrForm, "%v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return line{}, r.refuse(ErrForm, "a line holds one object")
	}
	if pointer, misfit := r.form.Misfit(value); misfit || (r.line == 1) != (l.Assessment != nil) {
		return line{}, r.refuse(ErrForm, "%q does not fit the schema that `raci-check schema ndjson` prints", sanitize.Text(pointer))
	}
	return l, nil
}

// services reads all lines after the first into a fleet.
func (r *lineReader) services(fleet *Fleet) error {
	last := ""
	for {
		l, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return r.refuse(ErrForm, "it ends without its summary: it is incomplete, write it again")
		case err != nil:
			return err
		case l.Summary != nil:
			return r.verify(fleet, l.Summary)
		case l.Service.Service.ID <= last:
			return r.refuse(ErrForm, "the services are not in order, each once")
		}
		last = l.Service.Service.ID
		fleet.keys = append(fleet.keys, serviceKey{last, l.Service.At})
		add, err := fleet.Take(l.Service)
		if err != nil {
			return err
		}
		if err := add(); err != nil {
			return err
		}
	}
}

// verify checks what was read against the summary.
func (r *lineReader) verify(fleet *Fleet, summary *linesSummary) error {
	fleet.AddWaivers(summary.Waivers)
	fleet.digest = summary.Digest
	digest, err := fleet.each(io.Discard, func(_ io.Writer, _ int, encode encoding) error {
		return encode(func([]byte) error { return nil })
	})
	if err != nil {
		return err
	}
	if digest != summary.Digest || fleet.Head.Result != summary.Result || fleet.Tally.Services != summary.Services || !maps.Equal(fleet.Tally.Results, summary.Results) ||
		!reflect.DeepEqual(fleet.Head.Readings, summary.Readings) {
		return r.refuse(ErrChanged, "the digest is %s, the content has %s; assess again, or restore the file", sanitize.Text(summary.Digest), digest)
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return r.refuse(ErrForm, "something follows the summary")
	}
	return nil
}
