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
#   id: evaluated
#   severity: low
#   evidence: [/backups/jobs]
#   source: own judgement (a test)
#   remediation: None.
#   controls: {iso_27001: ["8.13"]}
findings contains finding if {
	finding := {"check": "evaluated", "pointer": "/backups/jobs", "message": name}
}

name := job.name if some job in input.backups.jobs
