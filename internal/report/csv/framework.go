package csv

import (
	"io"
	"slices"

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
	remarks := ""
	if v.Assessment.PastAt {
		remarks = language.Text(assessment.ChosenTime)
	}
	return sanitize.Table(w, frameworkHeader, func(yield func([]string) bool) {
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
					if !yield(slices.Concat(head, cells, []string{remarks})) {
						return
					}
				}
			}
		}
	})
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
