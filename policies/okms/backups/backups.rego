# METADATA
# title: Manage backups
# description: >-
#   Everything that must survive is held in copies that the customer can restore without OVHcloud, apart from the
#   domain, and restores have been tested. OVHcloud's platform recovery (30 days, two regions) is not such a copy.
# custom:
#   duty: 3.1.1.4
package okms.backups

import data.lib

# METADATA
# title: The backup policy has an owner, objectives and a recent review
# description: >-
#   Without a recovery point and a recovery time that a named person owns, no backup can be called sufficient.
# custom:
#   severity: medium
#   evidence: [/backups/policy]
#   params: [backup_policy_review_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.13; NIST SP 800-34 Rev. 1 §3.2
#   remediation: >-
#     Name an owner, let another person approve the policy, state RPO and RTO in hours, and review it every year.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     incomplete: "the backup policy does not state {absent}"
#     approved_by_owner: >-
#       the backup policy was approved by its owner, {owner}; expected is the approval of another person
#     review_not_recent: >-
#       the backup policy was last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before
#       the assessment
#     objective_not_positive: >-
#       the backup policy has an RPO of {rpo_hours} {rpo_hours|hour|hours} and an RTO of {rto_hours}
#       {rto_hours|hour|hours}; both must be more than 0
findings.policy_owned contains finding if {
	policy := input.backups.policy
	not policy_owned(policy)
	finding := {
		"condition": policy_problem(policy),
		"pointer": lib.place("/backups/policy", policy, policy_fields),
		"values": {
			"absent": lib.absent(policy, policy_fields),
			"owner": lib.shown(policy, "owner"),
			"reviewed_on": lib.shown(policy, "reviewed_on"),
			"days": data.params.backup_policy_review_max_age_days,
			"rpo_hours": lib.shown(policy, "rpo_hours"),
			"rto_hours": lib.shown(policy, "rto_hours"),
		},
	}
}

# METADATA
# title: The objectives of the backups keep the promises to the business
# description: >-
#   The recovery time of the domain is no longer than that of any workload in the impact analysis; nor is its recovery
#   point, unless each job runs after each change of what it holds.
# custom:
#   severity: medium
#   evidence: [/backups/policy/rto_hours, /backups/policy/rpo_hours, /backups/jobs, /continuity/impacts]
#   source: NIST SP 800-34 Rev. 1 §3.2 (RTO and RPO follow from the business impact analysis)
#   remediation: Shorten the objective, run the jobs after each change, or agree another promise with the business.
#   controls: {iso_27001: ["8.13", "5.30"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     rto_too_long: >-
#       the backup policy has an RTO of {hours} {hours|hour|hours}; the workload {workload} was promised {promised}
#     rpo_too_long: >-
#       the backup policy has an RPO of {hours} {hours|hour|hours}, and not every job runs after each change; the
#       workload {workload} was promised {promised}
#     rpo_longer_than_all: >-
#       the backup policy has an RPO of {hours} {hours|hour|hours}; the longest that was promised to a workload is
#       {promised}
findings.objectives_promised contains finding if {
	hours := input.backups.policy.rto_hours
	some i, impact in input.continuity.impacts
	impact.rto_hours < hours
	finding := {
		"condition": "rto_too_long",
		"pointer": "/backups/policy/rto_hours",
		"values": {"hours": hours, "workload": lib.shown(impact, "workload"), "promised": impact.rto_hours},
		"related": [sprintf("/continuity/impacts/%d/rto_hours", [i])],
	}
}

findings.objectives_promised contains finding if {
	not all_after_change
	hours := input.backups.policy.rpo_hours
	some i, impact in input.continuity.impacts
	impact.rpo_hours < hours
	finding := {
		"condition": "rpo_too_long",
		"pointer": "/backups/policy/rpo_hours",
		"values": {"hours": hours, "workload": lib.shown(impact, "workload"), "promised": impact.rpo_hours},
		"related": [sprintf("/continuity/impacts/%d/rpo_hours", [i])],
	}
}

findings.objectives_promised contains finding if {
	hours := input.backups.policy.rpo_hours
	promised := lib.largest({impact.rpo_hours | some impact in input.continuity.impacts})
	promised > 0
	promised < hours
	finding := {
		"condition": "rpo_longer_than_all",
		"pointer": "/backups/policy/rpo_hours",
		"values": {"hours": hours, "promised": promised},
		"related": ["/continuity/impacts"],
	}
}

# METADATA
# title: Every kind of object is in the scope of a job
# description: >-
#   Imported keys, secrets, KMIP objects and the configuration are each held by at least one job. A kind of which the
#   domain has nothing that could be saved needs no job.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /keys/service_key_count, /secrets/secret_count, /kmip/object_count]
#   source: ISO/IEC 27001:2022 A.8.13; OVHcloud documents no restore by the customer from platform backups
#   remediation: Add a job, or extend one, for the kind of object that is not covered.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     kind_left_out: "no backup job has {kind} in its scope"
#     outside_scope: "the job {job} lists {kind}, which are not in its scope"
findings.scope_complete contains finding if {
	some kind in {"imported_keys", "secrets", "kmip_objects", "configuration"}
	not kind in scopes
	not kind in kinds_without_objects
	finding := {"condition": "kind_left_out", "pointer": "/backups/jobs", "values": {"kind": kind}}
}

findings.scope_complete contains finding if {
	some i, job in input.backups.jobs
	some kind in listed_kinds(job)
	not in_scope(job, kind)
	finding := {
		"condition": "outside_scope",
		"pointer": sprintf("/backups/jobs/%d/scope", [i]),
		"values": {"job": lib.label(job), "kind": kind},
	}
}

# METADATA
# title: Every enabled key is in a backup or an accepted exception
# description: >-
#   A key that is neither held by a job nor covered by a valid exception is lost for good with the domain, and with it
#   everything that it encrypts. An exception names one key, or selects keys by type, origin, purpose and label; a
#   selection covers no key that can be exported.
# custom:
#   severity: critical
#   evidence: [/backups/jobs, /keys/service_keys]
#   params: [backup_exception_max_days]
#   source: ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08
#   remediation: Add the key to a job (imported keys), or record an exception that says how its data would be recovered.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08, CEK-20], csf: [PR.DS-11]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}, so no backup job can be matched with it"
#     uncovered: >-
#       the key {key} is in no backup job, and under no valid exception of at most {days} {days|day|days}
findings.keys_covered contains finding if {
	some i, key in input.keys.service_keys
	not lib.retired(key)
	not key_covered(key)
	finding := {
		"condition": lib.problem(key, ["id", "state"], "incomplete", "uncovered"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id", "state"]),
		"values": {
			"key": lib.label(key),
			"absent": lib.absent(key, ["id", "state"]),
			"days": data.params.backup_exception_max_days,
		},
	}
}

# METADATA
# title: Every secret is in a backup or an accepted exception
# description: A secret that no job holds must be issued anew everywhere it is used when the domain is lost.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /secrets/secrets, /secrets/secret_count]
#   population: {list: /secrets/secrets, count: /secrets/secret_count}
#   params: [backup_exception_max_days]
#   source: ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08
#   remediation: Add the path to a job's secret_paths, or record an exception that says how it would be issued anew.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     incomplete: "the secret {secret} does not state its path, so no backup job can be matched with it"
#     uncovered: >-
#       the secret {secret} is in no backup job, and under no valid exception of at most {days} {days|day|days}
findings.secrets_covered contains finding if {
	some i, secret in input.secrets.secrets
	not secret_covered(secret)
	finding := {
		"condition": lib.problem(secret, ["path"], "incomplete", "uncovered"),
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, ["path"]),
		"values": {"secret": lib.label(secret), "days": data.params.backup_exception_max_days},
	}
}

# METADATA
# title: Every KMIP object is in a backup or an accepted exception
# description: A KMIP object that no job holds is lost for its client (a database, a backup product) with the domain.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /kmip/object_count]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/requests_90d], count: /kmip/object_count}
#   params: [backup_exception_max_days]
#   source: ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08
#   remediation: >-
#     Add the object to a job's kmip_object_ids, or record an exception that says how its client would recover.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08, CEK-20], csf: [PR.DS-11]}
#   conditions:
#     incomplete: "the KMIP object {object} does not state its id, so no backup job can be matched with it"
#     uncovered: >-
#       the KMIP object {object} is in no backup job, and under no valid exception of at most {days} {days|day|days}
findings.kmip_objects_covered contains finding if {
	some i, item in input.kmip.objects
	not lib.kmip_destroyed(item)
	not kmip_object_covered(item)
	finding := {
		"condition": lib.problem(item, ["id"], "incomplete", "uncovered"),
		"pointer": lib.place(sprintf("/kmip/objects/%d", [i]), item, ["id"]),
		"values": {"object": lib.label(item), "days": data.params.backup_exception_max_days},
	}
}

# METADATA
# title: Backups hold nothing that cannot leave the domain
# description: >-
#   A key that was generated in the domain and is not extractable, or a KMIP object that is not extractable, is in no
#   backup: a job that lists it saves less than it says.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /keys/service_keys, /kmip/object_count]
#   source: OVHcloud documentation, OKMS usage and "Import and export keys on OVHcloud KMS using BYOK"
#   remediation: Take the object off the job, and record an exception that says how its data would be recovered.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     key_cannot_leave: "{job} holds the key {object}, which was generated in the domain and is not extractable"
#     object_cannot_leave: "{job} holds the KMIP object {object}, which is not extractable"
findings.copies_possible contains finding if {
	some i, job in input.backups.jobs
	some j, id in job.key_ids
	id in keys_that_stay
	finding := {
		"condition": "key_cannot_leave",
		"pointer": sprintf("/backups/jobs/%d/key_ids/%d", [i, j]),
		"values": {"job": lib.label(job), "object": id},
		"related": [sprintf("/keys/service_keys/%d", [k]) | some k, key in input.keys.service_keys; key.id == id],
	}
}

findings.copies_possible contains finding if {
	some i, job in input.backups.jobs
	some j, id in job.kmip_object_ids
	id in kmip_objects_that_stay
	finding := {
		"condition": "object_cannot_leave",
		"pointer": sprintf("/backups/jobs/%d/kmip_object_ids/%d", [i, j]),
		"values": {"job": lib.label(job), "object": id},
		"related": [sprintf("/kmip/objects/%d/extractable", [k]) | some k, item in input.kmip.objects; item.id == id],
	}
}

# METADATA
# title: Few objects that could be in a backup are under an exception
# description: >-
#   An exception is for the few. Of keys that came from outside or may leave, of secrets and of KMIP objects that may
#   leave, most are in a job; objects that cannot leave do not count.
# custom:
#   severity: medium
#   evidence: [/backups/jobs, /keys/service_keys, /secrets/secret_count, /kmip/object_count]
#   params: [backup_exceptions_max_percent]
#   source: raci-check default, no external source
#   remediation: Add the objects to a job.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     too_many: >-
#       {left_out} of {objects} {objects|object|objects} that could be in a backup {left_out|is|are} in no job; expected
#       are at most {percent} percent
findings.exceptions_few contains finding if {
	not few_left_out
	finding := {
		"condition": "too_many",
		"pointer": "/backups/jobs",
		"values": {
			"left_out": count(objects_left_out),
			"objects": count(objects_to_hold),
			"percent": data.params.backup_exceptions_max_percent,
		},
		"related": [sprintf("/backups/exceptions/%d", [k]) |
			some k, exception in object.get(input.backups, "exceptions", [])
			exception.object in objects_left_out
		],
	}
}

# METADATA
# title: Every exception from backup is valid and says how its object would be recovered
# description: An exception that has expired, that its requester approved or that accepts the loss protects nothing.
# custom:
#   severity: medium
#   evidence: [/backups/jobs, /keys/service_keys, /backups/exception_count]
#   population: {list: /backups/exceptions, count: /backups/exception_count}
#   params: [backup_exception_max_days]
#   source: raci-check default, no external source
#   remediation: Renew the exception with a reason, a recovery path and another person's approval, or delete it.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08, GRC-04], csf: [ID.RA-07]}
#   conditions:
#     incomplete: "the exception for {object} does not state {absent}"
#     object_and_selector: >-
#       the exception for {object} names an object and a selection of keys, or neither; expected is one of the two
#     recovery_unfit: >-
#       the exception for {object} has {recovery} as recovery, and the key is for {purpose}; expected is {expected}
#     no_recovery: >-
#       the exception for {object} has {recovery} as recovery; expected is a way to recover its data or to replace it
#     approved_by_requester: "the exception for {object} was approved by {approver}, who requested it"
#     approved_in_future: "the exception for {object} is dated {approved_on}, after the assessment"
#     expired: "the exception for {object} expired on {expires_on}"
#     too_long: >-
#       the exception for {object} is valid from {approved_on} to {expires_on}; at most {days} {days|day|days} are
#       allowed
findings.exceptions_valid contains finding if {
	some i, exception in input.backups.exceptions
	not valid(exception)
	finding := {
		"condition": exception_problem(exception),
		"pointer": lib.place(sprintf("/backups/exceptions/%d", [i]), exception, exception_fields),
		"values": {
			"object": excepted_text(exception),
			"purpose": excepted_purpose(exception),
			"expected": object.get(fit_recoveries, lib.shown(exception, "recovery"), "another"),
			"absent": lib.absent(exception, exception_fields),
			"recovery": lib.shown(exception, "recovery"),
			"approver": lib.shown(exception, "approved_by"),
			"approved_on": lib.shown(exception, "approved_on"),
			"expires_on": lib.shown(exception, "expires_on"),
			"days": data.params.backup_exception_max_days,
		},
	}
}

# METADATA
# title: Every job has succeeded within the recovery point objective
# description: The age of the last good copy is the data loss that a disaster causes now.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /backups/policy/rpo_hours]
#   params: [backup_success_max_age_hours]
#   source: NIST SP 800-34 Rev. 1 §3.2 (RPO)
#   remediation: Find out why the job does not run or fails, run it, and record the end of the run.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     no_success: "{job} has no recorded success"
#     success_not_recent: >-
#       {job} last succeeded at {last_success_at}; expected is a success in the {hours} {hours|hour|hours} before its
#       state was read at {read_at}; a job that rightly runs less often says so (interval_hours)
#     runs_seldom: >-
#       {job} runs every {interval} {interval|hour|hours} and not after each change, and no other job saves all of it in
#       time; expected are at most {hours} {hours|hour|hours}
findings.recent_success contains finding if {
	some i, job in input.backups.jobs
	not recent(job)
	finding := {
		"condition": lib.problem(job, ["last_success_at"], "no_success", late_condition(job)),
		"pointer": sprintf("/backups/jobs/%d/%s", [i, late_field(job)]),
		"values": {
			"job": lib.label(job),
			"last_success_at": lib.shown(job, "last_success_at"),
			"interval": lib.shown(job, "interval_hours"),
			"hours": age_limit_hours,
			"read_at": lib.shown(object.get(input.backups, "source", {}), "collected_at"),
		},
		"related": ["/backups/policy/rpo_hours"],
	}
}

# METADATA
# title: Copies are encrypted with a key from outside the domain
# description: >-
#   A copy in clear gives its keys to anybody who takes it; a copy encrypted with a key of the domain it saves cannot be
#   opened when that domain is lost.
# custom:
#   severity: critical
#   evidence: [/backups/jobs, /keys/service_keys, /kmip/object_count, /sites/key_holders]
#   source: NIST SP 800-53 Rev. 5 CP-9(8); the separate key is a raci-check default (circular recovery)
#   remediation: Encrypt the copies with a key that is held in another KMS or HSM and is not in the backup itself.
#   controls: {iso_27001: ["8.13", "8.24"], ccm: [BCR-08, CEK-03], csf: [PR.DS-11, PR.DS-01]}
#   conditions:
#     incomplete: "the encryption of {job} does not state {absent}"
#     not_encrypted: >-
#       the copies of {job} are encrypted with {algorithm}; expected is one of {ciphers}
#       (another authenticated one can be added by --reference)
#     key_held_in_domain: >-
#       the copies of {job} are encrypted with a key held in {place}, which is this OKMS domain, or an OKMS domain
#       without its id
#     key_of_domain: "the copies of {job} are encrypted with {key}, which is a key of this OKMS domain"
#     key_unknown: >-
#       the copies of {job} are encrypted with {key}, held in {place}; expected is a key that a holder outside the
#       domain has (sites, key_holders)
findings.encrypted_apart contains finding if {
	some i, job in input.backups.jobs
	not encrypted_apart(job)
	encryption := object.get(job, "encryption", {})
	finding := {
		"condition": encryption_problem(encryption),
		"pointer": lib.place(sprintf("/backups/jobs/%d/encryption", [i]), encryption, encryption_fields),
		"values": {
			"job": lib.label(job),
			"absent": lib.absent(encryption, encryption_fields),
			"algorithm": lib.shown(encryption, "algorithm"),
			"ciphers": sort(authenticated_ciphers),
			"place": lib.shown(encryption, "key_held_in"),
			"key": lib.shown(encryption, "key_id"),
		},
		"related": [sprintf("/keys/service_keys/%d", [k]) |
			some k, key in input.keys.service_keys
			lower(object.get(key, "id", "")) in words(lib.shown(encryption, "key_id"))
		],
	}
}

# METADATA
# title: Copies are kept long enough
# description: Damage that is noticed late can only be repaired from a copy that is older than the damage.
# custom:
#   severity: medium
#   evidence: [/backups/jobs]
#   params: [backup_retention_min_days]
#   source: OVHcloud OKMS architecture overview; ISO/IEC 27001:2022 A.8.13
#   remediation: Raise the retention of the job.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     incomplete: "{job} does not state how long it keeps copies"
#     too_short: >-
#       {job} keeps copies for {kept} {kept|day|days}; expected is at least {days} {days|day|days}
findings.retention contains finding if {
	some i, job in input.backups.jobs
	not kept_long_enough(job)
	finding := {
		"condition": lib.problem(job, ["retention_days"], "incomplete", "too_short"),
		"pointer": sprintf("/backups/jobs/%d/retention_days", [i]),
		"values": {
			"job": lib.label(job),
			"kept": lib.shown(job, "retention_days"),
			"days": data.params.backup_retention_min_days,
		},
	}
}

# METADATA
# title: Copies follow the 3-2-1 rule
# description: >-
#   Copies that the customer can restore without the provider, on different media, with one outside the region of the
#   domain. The provider's platform recovery is not counted.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /metadata/service/region]
#   params: [backup_copies_min, backup_media_min, backup_offsite_copies_min, backup_places_min]
#   source: CISA, Data Backup Options; NIST SP 800-53 Rev. 5 CP-6
#   remediation: Add copies until the numbers are reached, one of them in another region or at another site.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     too_few: >-
#       {job} has {copies} {copies|copy|copies} held by the customer, on {media} {media|medium|media}, {offsite} outside
#       {region}, at {places} {places|place|places}; expected are at least {copies_min}, on {media_min}
#       {media_min|medium|media}, {offsite_min} outside {region}, and at {places_min} {places_min|place|places}. Zones
#       of one region are one place, and so are sites of one operator in one town
findings.copies_separated contains finding if {
	some i, job in input.backups.jobs
	own := [copy | some copy in job.copies; described(copy); copy.held_by == "customer"]
	media := {copy.medium | some copy in own}
	places := [lib.place_name(copy.location) | some copy in own]
	offsite := [place | some place in places; place != lib.place_name(input.metadata.service.region)]
	not separated(own, media, places, offsite)
	finding := {
		"condition": "too_few",
		"pointer": sprintf("/backups/jobs/%d/copies", [i]),
		"values": {
			"job": lib.label(job),
			"copies": count(own), "copies_min": data.params.backup_copies_min,
			"media": count(media), "media_min": data.params.backup_media_min,
			"offsite": count(offsite), "offsite_min": data.params.backup_offsite_copies_min,
			"places": count({place | some place in places}), "places_min": data.params.backup_places_min,
			"region": input.metadata.service.region,
		},
	}
}

# METADATA
# title: One copy of each job cannot be changed
# description: Ransomware and a stolen administrator account delete backups first; an immutable copy outlives them.
# custom:
#   severity: high
#   evidence: [/backups/jobs]
#   params: [backup_immutable_min_days]
#   source: ISO/IEC 27001:2022 A.8.13; the period is a raci-check default
#   remediation: Lock at least one copy (object lock, write-once medium) for the expected time.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     no_own_copy: "{job} has no copy that is held by the customer and states how long it is immutable"
#     lock_too_short: >-
#       no copy of {job} that the customer holds is immutable for more than {longest} {longest|day|days}; expected is at
#       least {days} {days|day|days} for one of them
findings.immutable_copy contains finding if {
	some i, job in input.backups.jobs
	not immutable(job)
	finding := {
		"condition": immutable_problem(job),
		"pointer": sprintf("/backups/jobs/%d/copies", [i]),
		"values": {
			"job": lib.label(job),
			"longest": lib.largest(immutable_days(job)),
			"days": data.params.backup_immutable_min_days,
		},
	}
}

# METADATA
# title: A restore of each job has been tested recently
# description: >-
#   A backup that was never restored is a hope. Every job has a successful restore test with a sample and a record.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /keys/service_key_count, /secrets/secret_count, /kmip/object_count]
#   params: [backup_restore_test_max_age_days, backup_restore_sample_min_items]
#   source: NIST SP 800-53 Rev. 5 CP-9(1); NIST SP 800-34 Rev. 1 §3.5
#   remediation: >-
#     Restore a sample of the job in isolation; record date, person, number of items and outcome, and keep the protocol
#     as artifact.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_tested: "{job} has no restore test"
#     incomplete: "the restore test of {job} does not state {absent}"
#     not_successful: "the restore test of {job} ended with {outcome}; expected is success"
#     sample_too_small: >-
#       the restore test of {job} restored {items} {items|item|items}; expected {items_min|is|are} at least {items_min}
#     sample_too_large: >-
#       the restore test of {job} restored {items} {items|item|items}; the job held at most {held} then, with
#       the objects that ended since (import_export, former_objects)
#     no_record: "the restore test of {job} names no record of it as artifact"
#     test_not_recent: >-
#       the restore test of {job} was at {performed_at}; expected is a test in the {days} {days|day|days} before the
#       assessment
findings.restore_tested contains finding if {
	some i, job in input.backups.jobs
	not restore_tested(job)
	test := object.get(job, "restore_test", {})
	finding := {
		"condition": restore_problem(test, job),
		"pointer": lib.place(sprintf("/backups/jobs/%d/restore_test", [i]), test, restore_fields),
		"related": [sprintf("/backups/jobs/%d/scope", [i])],
		"values": {
			"job": lib.label(job),
			"absent": lib.absent(test, restore_fields),
			"outcome": lib.shown(test, "outcome"),
			"items": lib.shown(test, "sample_items"),
			"items_min": sample_min(job),
			"held": items_at_most(job),
			"performed_at": lib.shown(test, "performed_at"),
			"days": data.params.backup_restore_test_max_age_days,
		},
	}
}

# METADATA
# title: The last restore met the recovery time objective
# description: The time that a restore really took, against the time that the business was promised.
# custom:
#   severity: medium
#   evidence: [/backups/jobs, /backups/policy/rto_hours]
#   source: NIST SP 800-34 Rev. 1 §3.2 (RTO)
#   remediation: Shorten the restore (automation, faster copy) or agree another objective with the business.
#   controls: {iso_27001: ["8.13", "5.30"], ccm: [BCR-08], csf: [PR.DS-11, PR.IR-03]}
#   conditions:
#     not_measured: "the last restore of {job} has no measured duration"
#     too_slow: >-
#       the last restore of {job} took {minutes} {minutes|minute|minutes}; the recovery time objective is {hours}
#       {hours|hour|hours}
findings.restore_within_rto contains finding if {
	some i, job in input.backups.jobs
	not restored_in_time(job)
	test := object.get(job, "restore_test", {})
	finding := {
		"condition": lib.problem(test, ["duration_minutes"], "not_measured", "too_slow"),
		"pointer": sprintf("/backups/jobs/%d/restore_test/duration_minutes", [i]),
		"values": {
			"job": lib.label(job),
			"minutes": lib.shown(test, "duration_minutes"),
			"hours": input.backups.policy.rto_hours,
		},
		"related": ["/backups/policy/rto_hours"],
	}
}

# METADATA
# title: Failed runs are few, and each has a ticket
# description: Failures that nobody follows become a missing backup on the day it is needed.
# custom:
#   severity: medium
#   evidence: [/backups/jobs]
#   population: {list: /backups/jobs/*/failures, count: /backups/jobs/*/failed_runs_30d}
#   source: ISO/IEC 27001:2022 A.8.13 (backups are monitored); the ticket is a raci-check default
#   remediation: List every failed run of the last 30 days with its ticket.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_counted: "{job} does not state how many of its runs failed in 30 days"
#     not_followed: >-
#       {failed} {failed|run|runs} of {job} failed in 30 days, {followed} {followed|is|are} listed with time and ticket
#     fails_mostly: "{job} failed on {bad_days} of 30 days; expected are at most {most}"
findings.failures_followed contains finding if {
	some i, job in input.backups.jobs
	not failures_followed(job)
	finding := {
		"condition": failure_problem(job),
		"pointer": lib.place(sprintf("/backups/jobs/%d", [i]), job, ["failed_runs_30d"]),
		"values": {
			"job": lib.label(job),
			"failed": lib.shown(job, "failed_runs_30d"),
			"followed": count(followed(job)),
			"bad_days": count(bad_days(job)),
			"most": bad_days_max,
		},
	}
}

# METADATA
# title: Access to the backups is reviewed every month
# description: >-
#   Backups hold the same keys as the domain with fewer guards; another person than their owner reviews the access to
#   them.
# custom:
#   severity: medium
#   evidence: [/backups/access_review, /backups/policy/owner]
#   params: [backup_access_review_max_age_days]
#   source: SecNumCloud 3.2 §12.5.b
#   remediation: Review the access log of the backup stores; the reviewer is not the owner of the backup policy.
#   controls: {iso_27001: ["8.13", "5.18"], ccm: [IAM-08], csf: [PR.AA-05]}
#   conditions:
#     incomplete: "the access review of the backups does not state {absent}"
#     reviewed_by_owner: >-
#       access to the backups was reviewed by {reviewer}, the owner of the backup policy; expected is another person
#     review_not_recent: >-
#       access to the backups was last reviewed at {reviewed_at}; expected is a review in the {days} {days|day|days}
#       before the assessment
findings.access_reviewed contains finding if {
	review := input.backups.access_review
	not access_reviewed(review)
	finding := {
		"condition": access_review_problem(review),
		"pointer": lib.place("/backups/access_review", review, ["reviewed_at", "reviewer"]),
		"values": {
			"absent": lib.absent(review, ["reviewed_at", "reviewer"]),
			"reviewer": lib.shown(review, "reviewer"),
			"reviewed_at": lib.shown(review, "reviewed_at"),
			"days": data.params.backup_access_review_max_age_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section backups, each name leads to something that the evidence lists, in a state that allows it, each person
#   was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/backups]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["backups"])
}

# policy_owned

policy_fields := ["owner", "approved_by", "reviewed_on", "rpo_hours", "rto_hours"]

policy_owned(policy) if {
	policy_approved(policy)
	policy_reviewed(policy)
	policy.rpo_hours > 0
	policy.rto_hours > 0
}

policy_problem(policy) := "incomplete" if {
	lib.absent(policy, policy_fields) != []
} else := "approved_by_owner" if {
	not policy_approved(policy)
} else := "review_not_recent" if {
	not policy_reviewed(policy)
} else := "objective_not_positive"

policy_approved(policy) if lib.distinct(policy.owner, policy.approved_by)

policy_reviewed(policy) if lib.within_days(policy.reviewed_on, data.params.backup_policy_review_max_age_days)

# objectives_promised

all_after_change if {
	every job in input.backups.jobs {
		follows_changes(job)
	}
}

follows_changes(job) if job.after_change == true

# Another job adds copies of what is saved after each change.
follows_changes(job) if {
	count(contents(job)) > 0
	contents(job) - saved_after_change == set()
}

saved_after_change contains item if {
	some job in input.backups.jobs
	job.after_change == true
	some item in contents(job)
}

# scope_complete

scopes contains kind if some kind in input.backups.jobs[_].scope

# The kinds of what a job lists. A key that was generated here and can leave is no imported one.
listed_kinds(job) := {kind |
	some kind, objects in {
		"imported_keys": {id | some id in job.key_ids; id in imported_keys},
		"secrets": {path | some path in job.secret_paths},
		"kmip_objects": {id | some id in job.kmip_object_ids},
	}
	objects != set()
}

in_scope(job, kind) if kind in job.scope

imported_keys contains key.id if {
	some key in input.keys.service_keys
	key.origin == "imported"
}

kinds_without_objects contains "secrets" if input.secrets.secret_count == 0

kinds_without_objects contains "imported_keys" if {
	input.keys.service_key_count >= 0
	{key | some key in input.keys.service_keys; not lib.retired(key); not key.origin == "generated"} == set()
}

kinds_without_objects contains "kmip_objects" if {
	input.kmip.object_count == lib.listed(object.get(input.kmip, "objects", []), "id")
	{item | some item in input.kmip.objects; not lib.kmip_destroyed(item); not item.extractable == false} == set()
}

# keys_covered, secrets_covered, kmip_objects_covered

key_covered(key) if key.id in covered_keys

# A key has few selections that it may be in, and they are looked up: no exception is searched.
key_covered(key) if {
	not lib.extractable(key)
	some type in {"", object.get(key, "type", "")}
	some origin in {"", object.get(key, "origin", "")}
	some purpose in {"", object.get(key, "purpose", "")}
	some label in array.concat([""], object.get(key, "labels", []))
	[type, origin, purpose, label] in selections
}

selections contains selection if {
	some exception in input.backups.exceptions
	exception.selector != {}
	in_force(exception)
	selector := exception.selector
	selection := [object.get(selector, field, "") | some field in ["type", "origin", "purpose", "label"]]
}

covered_keys := {id | some id in input.backups.jobs[_].key_ids} | excepted

secret_covered(secret) if secret.path in covered_secrets

covered_secrets := {path | some path in input.backups.jobs[_].secret_paths} | excepted

kmip_object_covered(item) if item.id in covered_kmip_objects

covered_kmip_objects := {id | some id in input.backups.jobs[_].kmip_object_ids} | excepted

excepted contains exception.object if {
	some exception in input.backups.exceptions
	exception.object != ""
	in_force(exception)
}

# copies_possible

keys_that_stay := {key.id |
	some key in input.keys.service_keys
	key.origin == "generated"
	not lib.extractable(key)
}

kmip_objects_that_stay := {item.id | some item in input.kmip.objects; item.extractable == false}

stays(key) if key.id in keys_that_stay

stays_in_kmip(item) if item.id in kmip_objects_that_stay

# exceptions_few

# Objects that a job could hold: a key that came from outside or may leave, a KMIP object that may leave, a secret.
objects_to_hold := array.concat(
	[key.id | some key in input.keys.service_keys; not lib.retired(key); not stays(key)],
	array.concat(
		[item.id |
			some item in input.kmip.objects
			not lib.kmip_destroyed(item)
			not stays_in_kmip(item)
		],
		[secret.path | some secret in input.secrets.secrets],
	),
)

objects_in_jobs := {id | some id in input.backups.jobs[_].key_ids} | ({path |
	some path in input.backups.jobs[_].secret_paths
} | {id | some id in input.backups.jobs[_].kmip_object_ids})

objects_left_out := [object | some object in objects_to_hold; not object in objects_in_jobs]

few_left_out if count(objects_left_out) * 100 <= count(objects_to_hold) * data.params.backup_exceptions_max_percent

# exceptions_valid

exception_fields := array.concat(["recovery"], lib.acceptance_fields)

in_force(exception) if {
	names_objects(exception)
	recoverable(exception)
	lib.accepted(exception, data.params.backup_exception_max_days)
}

valid(exception) if {
	in_force(exception)
	not recovery_unfit(exception)
}

exception_problem(exception) := "incomplete" if {
	lib.absent(exception, exception_fields) != []
} else := "object_and_selector" if {
	not names_objects(exception)
} else := "no_recovery" if {
	not recoverable(exception)
} else := "recovery_unfit" if {
	recovery_unfit(exception)
} else := lib.acceptance_problem(exception)

recoverable(exception) if exception.recovery in {"re_encrypt_from_source", "re_issue", "recreate"}

names_objects(exception) if {
	lib.absent(exception, ["object"]) == []
	lib.absent(exception, ["selector"]) == ["selector"]
}

names_objects(exception) if {
	lib.absent(exception, ["object"]) == ["object"]
	lib.absent(exception, ["selector"]) == []
}

excepted_text(exception) := lib.shown(exception, "object") if {
	lib.absent(exception, ["object"]) == []
} else := sprintf("keys with %s", [concat(", ", values)]) if {
	values := [sprintf("%s %s", [field, value]) | some field, value in exception.selector]
	values != []
} else := "unknown"

recovery_unfit(exception) if [exception.object, exception.recovery] in unfit_recoveries

recovery_unfit(exception) if exception.selector.purpose in unfit_purposes[exception.recovery]

recovery_unfit(exception) if exception.selector.type in unfit_types[exception.recovery]

unfit_recoveries := {[id, recovery] |
	some [id, purpose] in purpose_pairs
	some recovery, purposes in unfit_purposes
	purpose in purposes
}

# Data is lost with its key: the key can be issued anew, its data cannot. What signs has encrypted nothing.
unfit_purposes := {
	"re_issue": {"data_encryption", "key_wrapping", "master"},
	"re_encrypt_from_source": {"signature", "authentication"},
}

unfit_types := {"re_issue": {"oct"}, "re_encrypt_from_source": {"EC"}}

fit_recoveries := {"re_issue": "re_encrypt_from_source or recreate", "re_encrypt_from_source": "re_issue or recreate"}

excepted_purpose(exception) := purposes_excepted[exception.object] if {
	purposes_excepted[exception.object]
} else := lib.shown(object.get(exception, "selector", {}), "purpose")

# By id of a key that exceptions name, its purpose as a sentence shows it.
purposes_excepted := lib.least(purpose_pairs)

purpose_pairs := {[key.id, key.purpose] |
	some key in input.keys.service_keys
	key.id in named_in_exceptions
}

named_in_exceptions contains exception.object if some exception in input.backups.exceptions

# recent_success

# Counted to the moment the facts were read: how old those may be is the section's freshness.
recent(job) if in_time(job)

# A job of a longer interval adds copies of what others save in time.
recent(job) if {
	lib.within_hours(job.last_success_at, input.backups.source.collected_at, job.interval_hours)
	count(contents(job)) > 0
	contents(job) - saved_in_time == set()
}

# One that runs after each change is up to date where nothing has changed since, as long as its copies are kept until
# the next run.
recent(job) if {
	job.after_change == true
	lib.within_hours(job.last_success_at, input.backups.source.collected_at, job.interval_hours)
	job.interval_hours <= job.retention_days * 24
	count(contents(job)) > 0
	contents(job) - unchanged_since(lib.ns(job.last_success_at)) == set()
}

# When the configuration changed last is in no inventory.
unchanged_since(time_ns) := union({
	{["scope", kind] | some kind in ["imported_keys", "secrets", "kmip_objects"]},
	{["key_ids", key.id] |
		some key in object.get(object.get(input, "keys", {}), "service_keys", [])
		lib.ns(key.created_at) <= time_ns
	},
	{["secret_paths", secret.path] |
		some secret in object.get(object.get(input, "secrets", {}), "secrets", [])
		lib.ns(secret.current_version_created_at) <= time_ns
	},
	{["kmip_object_ids", item.id] |
		some item in object.get(object.get(input, "kmip", {}), "objects", [])
		lib.ns(item.created_at) <= time_ns
	},
})

in_time(job) if {
	ran_lately(job)
	not runs_seldom(job)
}

ran_lately(job) if lib.within_hours(job.last_success_at, input.backups.source.collected_at, age_limit_hours)

# By what it says itself, its copies are too old on most days: that it ran today is luck.
runs_seldom(job) if {
	job.interval_hours > age_limit_hours
	object.get(job, "after_change", false) == false
}

late_condition(job) := "runs_seldom" if {
	ran_lately(job)
} else := "success_not_recent"

late_field(job) := "interval_hours" if {
	ran_lately(job)
} else := "last_success_at"

saved_in_time contains item if {
	some job in input.backups.jobs
	in_time(job)
	some item in contents(job)
}

contents(job) := {[field, item] |
	some field in ["scope", "key_ids", "secret_paths", "kmip_object_ids"]
	some item in object.get(job, field, [])
}

age_limit_hours := min([input.backups.policy.rpo_hours, data.params.backup_success_max_age_hours])

# encrypted_apart

encryption_fields := ["algorithm", "key_id", "key_held_in"]

encrypted_apart(job) if {
	encrypted(job.encryption)
	held_elsewhere(job.encryption)
	key_id := job.encryption.key_id
	key_id != ""
	words(key_id) & domain_keys == set()
	known_outside(job.encryption)
}

known_outside(encryption) if {
	some holder in input.sites.key_holders
	trim_space(lower(holder.id)) == trim_space(lower(encryption.key_held_in))
	some key in holder.keys
	trim_space(lower(key)) == trim_space(lower(encryption.key_id))
}

encryption_problem(encryption) := "incomplete" if {
	lib.absent(encryption, encryption_fields) != []
} else := "not_encrypted" if {
	not encrypted(encryption)
} else := "key_held_in_domain" if {
	not held_elsewhere(encryption)
} else := "key_of_domain" if {
	words(encryption.key_id) & domain_keys != set()
} else := "key_unknown"

encrypted(encryption) if lib.cipher_name(encryption.algorithm) in authenticated_ciphers

authenticated_ciphers := {name | some name, cipher in data.reference.data_ciphers; cipher.authenticated == true}

held_elsewhere(encryption) if {
	place := encryption.key_held_in
	place != ""
	words(place) & domain_names == set()
	not okms_without_id(place)
}

okms_without_id(place) if {
	regex.match(`^(?is:.*\b(okms|ovhcloud kms|this domain)\b.*)$`, place)
	not regex.match(`^(?is:.*\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b.*)$`, place)
}

domain_names := {lower(trim_space(text)) |
	some text in [input.metadata.service.id, object.get(input.metadata.service, "name", input.metadata.service.id)]
}

domain_keys := {lower(trim_space(key[field])) |
	some key in input.keys.service_keys
	some field in {"id", "name"}
} | {lower(trim_space(item.id)) | some item in input.kmip.objects}

# A text as a whole, and what stands in it between colons, slashes and space: the parts of a URN or of a path.
words(text) := {lower(trim_space(word)) |
	some word in array.concat([text], split(replace(replace(replace(text, ":", "/"), " ", "/"), ",", "/"), "/"))
	word != ""
}

# retention

kept_long_enough(job) if job.retention_days >= data.params.backup_retention_min_days

# copies_separated

described(copy) if {
	copy.location != ""
	copy.medium != ""
	copy.immutable_days >= 0
}

separated(own, media, places, offsite) if {
	count({place | some place in places}) >= data.params.backup_places_min
	count(own) >= data.params.backup_copies_min
	count(media) >= data.params.backup_media_min
	count(offsite) >= data.params.backup_offsite_copies_min
}

# immutable_copy

immutable(job) if {
	some copy in job.copies
	copy.held_by == "customer"
	copy.immutable_days >= data.params.backup_immutable_min_days
}

immutable_problem(job) := "no_own_copy" if {
	immutable_days(job) == set()
} else := "lock_too_short"

immutable_days(job) := {copy.immutable_days |
	some copy in object.get(job, "copies", [])
	copy.held_by == "customer"
}

# restore_tested

restore_fields := ["performed_at", "performed_by", "outcome", "sample_items", "artifact"]

restore_tested(job) if {
	restored(job.restore_test)
	sampled(job)
	not oversampled(job)
	job.restore_test.performed_by != ""
	recorded(job.restore_test)
	lib.within_days(job.restore_test.performed_at, data.params.backup_restore_test_max_age_days)
}

restore_problem(test, job) := "not_tested" if {
	test == {}
} else := "incomplete" if {
	lib.absent(test, restore_fields) != []
} else := "not_successful" if {
	not restored(test)
} else := "sample_too_small" if {
	not sampled(job)
} else := "sample_too_large" if {
	oversampled(job)
} else := "no_record" if {
	not recorded(test)
} else := "test_not_recent"

restored(test) if test.outcome == "success"

sampled(job) if job.restore_test.sample_items >= sample_min(job)

oversampled(job) if job.restore_test.sample_items > items_at_most(job)

# No more than the job held then can be asked for, and at least one item.
sample_min(job) := max([1, min([data.params.backup_restore_sample_min_items, items_then(job)])])

# How many items of the job were there at its restore test; without a test, how many it holds.
items_then(job) := count([id |
	some field in ["key_ids", "secret_paths", "kmip_object_ids"]
	some id in object.get(job, field, [])
	not created_after(id, tested_at(job))
]) + count([kind | some kind in object.get(job, "scope", []); kind == "configuration"])

# With those that were there then, and are not any more.
items_at_most(job) := items_then(job) + sum([n |
	day := substring(tested_at(job), 0, 10)
	some kind in object.get(job, "scope", [])
	n := lib.former(former_kinds[kind], day) + destroyed_since(kind, day)
])

# Without a test, a time by which all that is listed is there.
tested_at(job) := object.get(object.get(job, "restore_test", {}), "performed_at", "2200-01-01T00:00:00Z")

former_kinds := {"imported_keys": "service_key", "secrets": "secret", "kmip_objects": "kmip_object"}

created_after(id, moment) if created_at[id] > lib.ns(moment)

# By id of an object: when it was created, the latest where several have the id.
created_at := lib.greatest(created_keys | (created_secrets | created_objects))

created_keys := {[key.id, lib.ns(key.created_at)] | some key in input.keys.service_keys}

created_secrets := {[secret.path, lib.ns(secret.created_at)] | some secret in input.secrets.secrets}

created_objects := {[item.id, lib.ns(item.created_at)] | some item in input.kmip.objects}

# Keys that are still listed, and were destroyed on that day or after it.
destroyed_since(kind, day) := count([key |
	kind == "imported_keys"
	some key in input.keys.service_keys
	substring(key.destroyed_at, 0, 10) >= day
])

recorded(test) if test.artifact.path != ""

# restore_within_rto

restored_in_time(job) if job.restore_test.duration_minutes <= input.backups.policy.rto_hours * 60

# failures_followed

failures_followed(job) if {
	all_followed(job)
	count(bad_days(job)) <= bad_days_max
}

all_followed(job) if job.failed_runs_30d == count(followed(job))

failure_problem(job) := lib.problem(job, ["failed_runs_30d"], "not_counted", "not_followed") if {
	not all_followed(job)
} else := "fails_mostly"

# Days count and no runs: a run that is tried again every hour fails many times in one night.
bad_days(job) := {substring(failure.failed_at, 0, 10) | some failure in followed(job)}

bad_days_max := 15

followed(job) := [failure |
	some failure in object.get(job, "failures", [])
	lib.within_days(failure.failed_at, 30)
	failure.ticket != ""
]

# access_reviewed

access_reviewed(review) if {
	reviewed_by_another(review)
	lib.within_days(review.reviewed_at, data.params.backup_access_review_max_age_days)
}

access_review_problem(review) := "incomplete" if {
	lib.absent(review, ["reviewed_at", "reviewer"]) != []
} else := "reviewed_by_owner" if {
	not reviewed_by_another(review)
} else := "review_not_recent"

reviewed_by_another(review) if lib.distinct(review.reviewer, input.backups.policy.owner)
