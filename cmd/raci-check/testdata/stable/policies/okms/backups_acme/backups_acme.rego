# METADATA
# title: Backups at Acme
# description: What Acme expects of backups beyond the shipped checks of the duty.
# custom:
#   duty: 3.1.1.4
package okms.backups_acme

import data.lib

# METADATA
# title: Copies lie where Acme allows
# description: A copy at a place that was never reviewed may be in other hands.
# custom:
#   severity: high
#   evidence: [/backups/jobs]
#   params: [acme_backup_places]
#   source: Acme security standard 4.2, section 7
#   remediation: Move the copy to an allowed place, or have the place allowed by the security office.
#   controls: {iso_27001: ["8.13"]}
#   conditions:
#     place_not_allowed: "{job} keeps copies at {places}; allowed {allowed|is|are} {allowed}"
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
		allowed(copy)
	}
}

allowed(copy) if copy.location in data.params.acme_backup_places

# Which of the two it is. The last branch asks nothing, so that a finding always has a condition.
places_problem(job) := "place_not_allowed" if {
	other_places(job) != []
} else := "copies_unknown"

other_places(job) := sort({copy.location |
	some copy in object.get(job, "copies", [])
	not allowed(copy)
})
