package csv

import (
	"encoding/csv"
	"io"

	"github.com/raci-check/raci-check/internal/sample"
)

// WriteWorksheet writes a choice of facts as a table for the auditor to fill in. It begins with a byte order mark, by which
// spreadsheets know that the text is UTF-8.
func WriteWorksheet(w io.Writer, s *sample.Sample) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll(append([][]string{sample.Columns}, s.Rows()...))
}
