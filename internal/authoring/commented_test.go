package authoring_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/authoring"
)

// skeleton is a file as init writes it, in parts.
const skeleton = head + `
## The customer's own backups.
## read by backups.evidence_consistent
# backups:  # The customer's own backups.
#   source:  # Source of the facts in a section.
#     method: …  # One of: api, export.
##   read by backups.policy_owned
#   policy:  # The backup policy in force.
#     rpo_hours: …  # Recovery point objective, in hours.
#   jobs:  # Every backup job.
#     - name: "…"  # Name of the job.
#       scope: […]  # Kinds of object in the job.
##       read by backups.encrypted_apart
#       encryption:  # How the copies are encrypted.
#         algorithm: "…"  # Cipher of the copies.
# A note: nobody reads it.
`

func TestHoverOfCommentedFields(t *testing.T) {
	l := open(t)
	for line, says := range map[string]string{
		"# back|ups:":                  "**backups** — a mapping",
		"#     method: |…":             "One of: `api`, `export`",
		"#     rpo_hours: …  # Rec|ov": "**rpo_hours** — a number of hours",
		"#     - na|me":                "No check reads it; it names the job in findings.",
		"#       sco|pe:":              "Kinds of object in the job",
		"#         algo|rithm:":        "Cipher of the copies",
		"# A no|te:":                   "",
		"## read b|y backups":          "",
		"## The cus|tomer":             "",
	} {
		text, place := marked(t, strings.Replace(skeleton, strings.ReplaceAll(line, "|", ""), line, 1))
		got, span, ok := l.Hover(authoring.Files{"backups.yaml": []byte(text)}, "backups.yaml", place)
		if ok != (says != "") || !strings.Contains(got, says) || ok && span.Start.Line != place.Line {
			t.Errorf("%s: %v %v\n%s", line, ok, span, got)
		}
	}
}

// What a commented field is in may stand there already, or as a comment.
func TestCommentedFieldsBecomeFields(t *testing.T) {
	for _, c := range []struct {
		line    string
		filled  []string // lines that are fields before
		becomes []string // lines that are fields then
	}{
		{"#     rpo|_hours", nil, []string{"backups:", "  policy:", "    rpo_hours: …"}},
		{"#     rpo|_hours", []string{"backups:", "  source:", "    method: …"}, []string{"  policy:", "    rpo_hours: …"}},
		{"#       sco|pe", nil, []string{"backups:", "  jobs:", `    - name: "…"`, "      scope: […]"}},
		{"#         algo|rithm", []string{"backups:", "  jobs:", `    - name: "…"`}, []string{"      encryption:", `        algorithm: "…"`}},
		{"#   pol|icy", nil, nil}, // there is no value to fill in
		{"# A no|te", nil, nil},
	} {
		text := skeleton
		for _, line := range c.filled {
			text = strings.Replace(text, "\n# "+line, "\n"+line, 1)
		}
		before := text
		text, place := marked(t, strings.Replace(text, strings.ReplaceAll(c.line, "|", ""), c.line, 1))
		files := authoring.Files{"backups.yaml": []byte(text)}
		var made []string
		for _, action := range open(t).Actions(files, authoring.Span{File: "backups.yaml", Start: place, End: place}, nil) {
			if !strings.HasSuffix(action.Title, "out of the comments, to fill in") {
				continue
			}
			after := string(readsBack(t, files, action)["backups.yaml"])
			was := strings.Split(before, "\n")
			for i, line := range strings.Split(after, "\n") {
				if line != was[i] {
					line, _, _ = strings.Cut(line, "  #")
					made = append(made, line)
				}
			}
		}
		if !slices.Equal(made, c.becomes) {
			t.Errorf("%s with %q: %q, expected %q", c.line, c.filled, made, c.becomes)
		}
	}
}
