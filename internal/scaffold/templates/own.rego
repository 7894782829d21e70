# METADATA
# title: {{quoted title}}
# description: What is asked beyond the shipped checks of the duty. Say here what and why.
# custom:
#   duty: {{quoted duty}}
package {{root}}.{{name}}

import data.lib

# METADATA
# title: The additional rules are reviewed, and by another person than their owner
# description: A rule that nobody looks at again holds for what once was.
# custom:
#   severity: medium
#   evidence: [/{{name}}/rules]
#   params: [{{parameter}}]
#   source: no source yet (made by raci-check init --policy; name the document and section that asks for it)
#   remediation: Have each rule reviewed by another person than its owner, and record who did and when.
#   controls: {iso_27001: ["5.36"], ccm: [GRC-03], csf: [GV.PO-02]}
#   conditions:
#     facts_absent: "{rule} does not say {absent}"
#     reviewed_by_owner: "{rule} was reviewed by its owner, {owner}"
#     review_old: "{rule} was last reviewed on {reviewed_on}, more than {limit} {limit|day|days} before the assessment or after it"
findings.reviewed contains finding if {
	some i, rule in input.{{name}}.rules
	not reviewed(rule)
	finding := {
		"condition": review_problem(rule),
		"pointer": lib.place(sprintf("/{{name}}/rules/%d", [i]), rule, review_fields),
		"values": {
			"rule": lib.label(rule), "absent": lib.absent(rule, review_fields), "owner": lib.shown(rule, "owner"),
			"reviewed_on": lib.shown(rule, "reviewed_on"), "limit": data.params.{{parameter}},
		},
	}
}

reviewed(rule) if {
	reviewed_by_another(rule)
	lib.within_days(rule.reviewed_on, data.params.{{parameter}})
}

reviewed_by_another(rule) if lib.distinct(rule.owner, rule.reviewer)

# Which part of it failed. The last branch asks nothing: a finding always has a condition.
review_problem(rule) := "facts_absent" if {
	lib.absent(rule, review_fields) != []
} else := "reviewed_by_owner" if {
	not reviewed_by_another(rule)
} else := "review_old"

review_fields := ["owner", "reviewer", "reviewed_on"]
