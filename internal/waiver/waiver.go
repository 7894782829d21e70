// Package waiver reads accepted risks from YAML. Whether one may be applied is for the engine to say.
package waiver

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Schema is the JSON Schema of a waivers file.
//
//go:embed schema.json
var Schema []byte

// Waiver is the acceptance of the findings of one check.
type Waiver struct {
	Check       string
	Service     string   // id of the only service it is for; empty for all
	Pointers    []string // only findings at or below these; empty for all of the check
	Reason      string
	RequestedBy string
	ApprovedBy  string
	ApprovedOn  time.Time // first moment of the day, UTC
	ExpiresOn   time.Time // first moment of the last day it is valid, UTC
	// AcceptsMissing is asked for where it covers missing evidence of a critical check: then nobody knows how large the risk is.
	AcceptsMissing bool
	// Shared says that it is one of several services: a report lists it for a service where it is about a finding there.
	Shared   bool
	Location verdict.Location
}

var form = sync.OnceValues(func() (*schema.Schema, error) { return schema.Proven("waivers", Schema) })

// Parse reads the waivers that a document holds; checks are the ids of the checks there are. A placeholder in place of a person
// or a reason is refused.
func Parse(doc *document.Document, checks []string, placeholders *placeholder.List) ([]Waiver, error) {
	form, err := form()
	if err != nil {
		return nil, err
	}
	if err := form.Validate(doc); err != nil {
		return nil, err
	}
	items, _ := doc.Value().(map[string]any)["waivers"].([]any)
	var waivers []Waiver
	var errs document.Errors
	for i, item := range items {
		fields, _ := item.(map[string]any)
		text := func(field string) string { s, _ := fields[field].(string); return s }
		date := func(field string) time.Time { t, _ := time.Parse(time.DateOnly, text(field)); return t }
		pointer := fmt.Sprintf("/waivers/%d", i)
		w := Waiver{
			Check: text("check"), Service: text("service"), Reason: text("reason"),
			RequestedBy: text("requested_by"), ApprovedBy: text("approved_by"),
			ApprovedOn: date("approved_on"), ExpiresOn: date("expires_on"),
			Location: doc.Location(pointer),
		}
		w.AcceptsMissing, _ = fields["accepts_missing"].(bool)
		pointers, _ := fields["pointers"].([]any)
		for _, pointer := range pointers {
			w.Pointers = append(w.Pointers, pointer.(string))
		}
		if !slices.Contains(checks, w.Check) {
			errs = append(errs, doc.Errorf(pointer+"/check", "%s", suggest.Unknown("check", w.Check, checks)))
		}
		for _, field := range []string{"reason", "requested_by", "approved_by"} {
			if placeholders.Is(text(field)) {
				at := doc.ValuePosition(fmt.Sprintf("/waivers/%d/%s", i, field))
				errs = append(errs, &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column, Message: placeholder.Refusal(text(field))})
			}
		}
		waivers = append(waivers, w)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return waivers, nil
}
