package program

import (
	_ "embed" // the schema
	"io"

	"github.com/raci-check/raci-check/internal/sanitize"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/version/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form.
//
//go:embed schema.json
var JSONSchema []byte

// Report is what `raci-check version --json` writes.
type Report struct {
	Schema       string            `json:"schema"`
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Source       Source            `json:"source"`
	Go           string            `json:"go"`
	Platform     string            `json:"platform"`
	OPA          string            `json:"opa"`
	Policies     string            `json:"policies"` // digest
	Snapshot     string            `json:"snapshot"`
	Formats      map[string]string `json:"formats"`
	Reproducible Reproducible      `json:"reproducible"`
}

// Reproducible says whether the same bytes can be built again.
type Reproducible struct {
	Result  bool     `json:"result"`
	Against []string `json:"against"`
}

// Fill puts in what the build says; linked is the version that the linker's flags give, empty for none.
func (r *Report) Fill(b Build, linked string) {
	against := append([]string{}, b.Against()...)
	r.Schema, r.Name, r.Version, r.Source = SchemaID, "raci-check", b.Version(linked), b.Source
	r.Go, r.Platform = b.Go, b.GOOS+"/"+b.GOARCH
	r.Reproducible = Reproducible{len(against) == 0, against}
}

func (r *Report) WriteJSON(out io.Writer) error { return sanitize.WriteJSON(out, r) }
