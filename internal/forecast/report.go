package forecast

import (
	_ "embed"
	"io"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/forecast/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form.
//
//go:embed schema.json
var JSONSchema []byte

// Report is the part of an assessment that looks ahead.
type Report struct {
	Schema     string    `json:"schema"`
	At         string    `json:"at"`
	PastAt     bool      `json:"past_at,omitempty"` // see assessment.Assessment
	Assessment string    `json:"assessment"`        // digest of the assessment that it is a part of
	Services   []Service `json:"services"`
}

// Service is what starts to fail in one service.
type Service struct {
	Service  assessment.ServiceID `json:"service"`
	At       string               `json:"at"`
	Result   verdict.Status       `json:"result"` // at that time
	Forecast *assessment.Forecast `json:"forecast"`
}

// WriteJSON writes the forecasts of an assessment as indented JSON with a final newline.
func WriteJSON(w io.Writer, a *assessment.Assessment) error {
	report := Report{Schema: SchemaID, At: a.At, PastAt: a.PastAt, Assessment: a.Digest, Services: []Service{}}
	for _, s := range a.Services {
		report.Services = append(report.Services, Service{s.Service, s.At, s.Result, s.Forecast})
	}
	return sanitize.WriteJSON(w, report)
}
