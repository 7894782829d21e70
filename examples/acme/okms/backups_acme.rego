# METADATA
# title: Backups, as Acme wants them
# description: What Acme asks of backups beyond the shipped checks of the duty.
# custom:
#   duty: 3.1.1.4
package okms.backups_acme

import data.lib

# METADATA
# title: Copies lie where Acme allows
# description: A copy at a place that nobody has looked at is a copy in strange hands.
# custom:
#   id: places_allowed
#   severity: high
#   evidence: [/backups/jobs]
#   params: [acme_backup_places]
#   source: Acme security standard 4.2, section 7
#   remediation: Move the copy to an allowed place, or have the place allowed by the security office.
#   controls: {iso_27001: ["8.13"]}
findings contains finding if {
	some i, job in input.backups.jobs
	not in_allowed_places(job)
	finding := {
		"check": "places_allowed",
		"pointer": lib.place(sprintf("/backups/jobs/%d", [i]), job, ["copies"]),
		"message": sprintf("%s keeps a copy outside %s", [lib.label(job), concat(", ", data.params.acme_backup_places)]),
	}
}

in_allowed_places(job) if {
	count(job.copies) > 0
	every copy in job.copies {
		copy.location in data.params.acme_backup_places
	}
}
