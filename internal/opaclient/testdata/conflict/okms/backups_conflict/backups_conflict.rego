# METADATA
# title: A policy that contradicts itself
# description: For tests, two values of one rule.
# custom:
#   duty: 3.1.1.4
package okms.backups_conflict

# METADATA
# title: It cannot be evaluated
# description: Each job gives the rule another value.
# custom:
#   severity: low
#   evidence: [/backups/jobs]
#   source: none (a test)
#   remediation: None.
#   controls: {iso_27001: ["8.13"]}
#   conditions: {named: "{name}"}
findings.evaluated contains finding if {
	finding := {"condition": "named", "pointer": "/backups/jobs", "values": {"name": name}}
}

name := job.name if some job in input.backups.jobs
