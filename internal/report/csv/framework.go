package csv

import (
	"encoding/csv"
	"io"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/words"
)

var frameworkHeader = []string{
	"framework", "version", "service_id", "service", "at", "requirement", "title", "state", "grade", "check", "check_title", "shows", "status",
	"check_grade", "severity", "activity", "location", "message", "remediation", "looser_parameters", "remarks",
}

// WriteFramework writes an assessment as a framework sees it: a row for each check of each requirement, and one for each requirement
// without a check.
func WriteFramework(w io.Writer, v *framework.View, language *words.Words) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(frameworkHeader); err != nil {
		return err
	}
	remarks := ""
	if v.Assessment.PastAt {
		remarks = language.Text(assessment.ChosenTime)
	}
	for _, service := range v.Services {
		for _, requirement := range service.Requirements {
			head := []string{
				v.Framework.ID, v.Framework.Version, service.Service.Service.ID, service.Service.Service.Name, service.At, requirement.ID, requirement.Title,
				string(requirement.State), string(requirement.Grade),
			}
			rows := [][]string{make([]string, len(frameworkHeader)-len(head)-1)}
			if len(requirement.Checks) > 0 {
				rows = nil
			}
			for _, support := range requirement.Checks {
				rows = append(rows, supportCells(support))
			}
			for _, cells := range rows {
				if err := out.Write(sanitized(append(append(append([]string{}, head...), cells...), remarks))); err != nil {
					return err
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}

func supportCells(support framework.Support) []string {
	check := support.Check
	location, message, remediation := "", "", ""
	if check.Status.Bad() && len(check.Findings) > 0 {
		first := check.Findings[0]
		location, message, remediation = wording.Place(first.Location), first.Message, first.Remediation
	}
	return []string{
		check.ID, check.Title, string(support.Relation), string(check.Status), string(check.Grade), string(check.Severity), support.Activity.ID,
		location, message, remediation, looser(*check),
	}
}

func sanitized(cells []string) []string {
	for i := range cells {
		cells[i] = sanitize.Cell(cells[i])
	}
	return cells
}
