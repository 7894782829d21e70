# METADATA
# title: {{quote .Title}}
# description: What is asked beyond the shipped checks of the duty. Say here what and why.
# custom:
#   duty: {{quote .Duty}}
package {{.Root}}.{{.Name}}

import data.lib

# METADATA
# title: The additional rules are reviewed, and by another person than their owner
# description: A rule that nobody looks at again holds for what once was.
# custom:
#   id: reviewed
#   severity: medium
#   evidence: [/{{.Name}}/rules]
#   params: [{{.Parameter}}]
#   source: own judgement (made by raci-check init --policy; name the document and section that asks for it)
#   remediation: Have each rule reviewed by another person than its owner, and record who did and when.
#   controls: {iso_27001: ["5.36"], ccm: [GRC-03], csf: [GV.PO-02]}
findings contains finding if {
	some i, rule in input.{{.Name}}.rules
	not reviewed(rule)
	finding := {
		"check": "reviewed",
		"pointer": lib.place(sprintf("/{{.Name}}/rules/%d", [i]), rule, ["owner", "reviewer", "reviewed_on"]),
		"message": sprintf(
			"%s was not reviewed by another person than its owner in the last %v days",
			[lib.label(rule), data.params.{{.Parameter}}],
		),
	}
}

reviewed(rule) if {
	lib.distinct(rule.owner, rule.reviewer)
	lib.within_days(rule.reviewed_on, data.params.{{.Parameter}})
}
