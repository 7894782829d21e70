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
#   severity: high
#   evidence: [/backups/jobs]
#   params: [acme_backup_places]
#   source: Acme security standard 4.2, section 7
#   remediation: Move the copy to an allowed place, or have the place allowed by the security office.
#   controls: {iso_27001: ["8.13"]}
#   conditions:
#     place_not_allowed: "{job} keeps a copy at {places}, allowed {allowed|is|are} {allowed}"
#     copies_unknown: "{job} lists no copies, or copies without a place"
findings.places_allowed contains finding if {
	some i, job in input.backups.jobs
	not in_allowed_places(job)
	finding := {
		"condition": places_problem(job),
		"pointer": lib.place(sprintf("/backups/jobs/%d", [i]), job, ["copies"]),
		"values": {"job": lib.label(job), "places": other_places(job), "allowed": data.params.acme_backup_places},
	}
}

in_allowed_places(job) if {
	count(job.copies) > 0
	every copy in job.copies {
		copy.location in data.params.acme_backup_places
	}
}

places_problem(job) := "place_not_allowed" if {
	count(other_places(job)) > 0
} else := "copies_unknown"

other_places(job) := sort({copy.location |
	some copy in object.get(job, "copies", [])
	not copy.location in data.params.acme_backup_places
})
