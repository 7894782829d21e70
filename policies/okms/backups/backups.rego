# METADATA
# title: Manage backups
# description: >-
#   What must survive is held in copies that the customer can restore himself, apart from the domain, and restores have
#   been tried. OVHcloud's platform recovery (30 days, two regions) is not such a copy.
# custom:
#   duty: 3.1.1.4
package okms.backups

import data.lib

# METADATA
# title: The backup policy has an owner, objectives and a recent review
# description: Without a recovery point and a recovery time that somebody answers for, no backup can be called sufficient.
# custom:
#   severity: medium
#   evidence: [/backups/policy]
#   params: [backup_policy_review_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.13; NIST SP 800-34 Rev. 1 §3.2
#   remediation: Name an owner, let another person approve the policy, state RPO and RTO in hours, and review it every year.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_policy_owned: "the backup policy needs an owner, another person's approval, RPO and RTO, and a review in the last {backup_policy_review_max_age_days} days"
findings.policy_owned contains finding if {
	policy := input.backups.policy
	not policy_owned(policy)
	finding := {
		"condition": "not_policy_owned",
		"pointer": lib.place("/backups/policy", policy, ["owner", "approved_by", "reviewed_on", "rpo_hours", "rto_hours"]),
		"values": {"backup_policy_review_max_age_days": data.params.backup_policy_review_max_age_days},
	}
}

policy_owned(policy) if {
	lib.distinct(policy.owner, policy.approved_by)
	lib.within_days(policy.reviewed_on, data.params.backup_policy_review_max_age_days)
	policy.rpo_hours > 0
	policy.rto_hours > 0
}

# METADATA
# title: Every kind of object is in the scope of a job
# description: Imported keys, secrets, KMIP objects and the configuration are each held by at least one job.
# custom:
#   severity: high
#   evidence: [/backups/jobs]
#   source: ISO/IEC 27001:2022 A.8.13; OVHcloud documents no restore by the customer from platform backups
#   remediation: Add a job, or extend one, for the kind of object that is not covered.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_scope_complete: "no backup job has {kind} in its scope"
findings.scope_complete contains finding if {
	some kind in {"imported_keys", "secrets", "kmip_objects", "configuration"}
	not kind in scopes
	finding := {
		"condition": "not_scope_complete",
		"pointer": "/backups/jobs",
		"values": {"kind": kind},
	}
}

scopes contains kind if some kind in input.backups.jobs[_].scope

# METADATA
# title: Every enabled key is in a backup or an accepted exception
# description: >-
#   A key that is neither held by a job nor covered by a valid exception is lost for good with the domain, and with it
#   everything that it encrypts.
# custom:
#   severity: critical
#   evidence: [/backups/jobs, /keys/service_keys]
#   params: [backup_exception_max_days]
#   source: ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08
#   remediation: Hold the key in a job (imported keys), or record an exception that says how its data would be recovered.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_keys_covered: "{key} is in no backup job and under no exception of at most {backup_exception_max_days} days"
findings.keys_covered contains finding if {
	some i, key in input.keys.service_keys
	not out_of_use(key)
	not key_covered(key)
	finding := {
		"condition": "not_keys_covered",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id", "state"]),
		"values": {"key": lib.label(key), "backup_exception_max_days": data.params.backup_exception_max_days},
	}
}

out_of_use(key) if key.state in {"deactivated", "compromised", "destroyed", "destroyed_compromised"}

key_covered(key) if key.id in covered_keys

covered_keys := {id | some id in input.backups.jobs[_].key_ids} | excepted

# METADATA
# title: Every secret is in a backup or an accepted exception
# description: A secret that no job holds must be issued anew everywhere it is used when the domain is lost.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /secrets/secrets]
#   params: [backup_exception_max_days]
#   source: ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08
#   remediation: Add the path to a job's secret_paths, or record an exception that says how it would be issued anew.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_secrets_covered: "{secret} is in no backup job and under no exception of at most {backup_exception_max_days} days"
findings.secrets_covered contains finding if {
	some i, secret in input.secrets.secrets
	not secret_covered(secret)
	finding := {
		"condition": "not_secrets_covered",
		"pointer": lib.place(sprintf("/secrets/secrets/%d", [i]), secret, ["path"]),
		"values": {"secret": lib.label(secret), "backup_exception_max_days": data.params.backup_exception_max_days},
	}
}

secret_covered(secret) if secret.path in covered_secrets

covered_secrets := {path | some path in input.backups.jobs[_].secret_paths} | excepted

# METADATA
# title: Every KMIP object is in a backup or an accepted exception
# description: A KMIP object that no job holds is lost for its client (a database, a backup product) with the domain.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /kmip/object_count]
#   params: [backup_exception_max_days]
#   source: ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08
#   remediation: Add the object to a job's kmip_object_ids, or record an exception that says how its client would recover.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_kmip_objects_covered: "KMIP object {item} is in no backup job and under no exception of at most {backup_exception_max_days} days"
findings.kmip_objects_covered contains finding if {
	some i, item in input.kmip.objects
	not destroyed(item)
	not kmip_object_covered(item)
	finding := {
		"condition": "not_kmip_objects_covered",
		"pointer": lib.place(sprintf("/kmip/objects/%d", [i]), item, ["id"]),
		"values": {"item": lib.label(item), "backup_exception_max_days": data.params.backup_exception_max_days},
	}
}

destroyed(item) if item.state in {"Destroyed", "DestroyedCompromised"}

kmip_object_covered(item) if item.id in covered_kmip_objects

covered_kmip_objects := {id | some id in input.backups.jobs[_].kmip_object_ids} | excepted

excepted contains exception.object if {
	some exception in input.backups.exceptions
	in_force(exception)
}

in_force(exception) if {
	exception.object != ""
	exception.recovery in {"re_encrypt_from_source", "re_issue", "recreate"}
	lib.accepted(exception, data.params.backup_exception_max_days)
}

# METADATA
# title: Every exception from backup is valid and says how its object would be recovered
# description: An exception that has expired, that its requester approved or that accepts the loss protects nothing.
# custom:
#   severity: medium
#   evidence: [/backups/jobs]
#   params: [backup_exception_max_days]
#   source: own judgement
#   remediation: Renew the exception with a reason, a recovery path and another person's approval, or delete it.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_exceptions_valid: "the exception for {object} is not valid: it needs a reason, a recovery path, an approver who is not the requester, and at most {backup_exception_max_days} days until it expires"
findings.exceptions_valid contains finding if {
	some i, exception in input.backups.exceptions
	not in_force(exception)
	finding := {
		"condition": "not_exceptions_valid",
		"pointer": lib.place(
			sprintf("/backups/exceptions/%d", [i]), exception,
			["object", "recovery", "reason", "requested_by", "approved_by", "approved_on", "expires_on"],
		),
		"values": {"object": lib.shown(exception, "object"), "backup_exception_max_days": data.params.backup_exception_max_days},
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
#     not_recent_success: "{job} had not succeeded in the {age_limit_hours} hours before its state was read"
findings.recent_success contains finding if {
	some i, job in input.backups.jobs
	not recent(job)
	finding := {
		"condition": "not_recent_success",
		"pointer": sprintf("/backups/jobs/%d/last_success_at", [i]),
		"values": {"job": lib.label(job), "age_limit_hours": age_limit_hours},
	}
}

# Counted to the moment the facts were read: how old those may be is the section's freshness.
recent(job) if lib.within_hours(job.last_success_at, input.backups.source.collected_at, age_limit_hours)

age_limit_hours := min([input.backups.policy.rpo_hours, data.params.backup_success_max_age_hours])

# METADATA
# title: Copies are encrypted with a key from outside the domain
# description: >-
#   A copy in clear gives its keys to whoever takes it; a copy encrypted with a key of the domain it saves cannot be
#   opened when that domain is lost.
# custom:
#   severity: critical
#   evidence: [/backups/jobs, /keys/service_keys]
#   source: NIST SP 800-53 Rev. 5 CP-9(8); the separate key is own judgement (circular recovery)
#   remediation: Encrypt the copies with a key that is held in another KMS or HSM and is not in the backup itself.
#   controls: {iso_27001: ["8.13", "8.24"], ccm: [BCR-08, CEK-03], csf: [PR.DS-11, PR.DS-01]}
#   conditions:
#     not_encrypted_apart: "the copies of {job} are not encrypted with a key held outside this OKMS domain"
findings.encrypted_apart contains finding if {
	some i, job in input.backups.jobs
	not encrypted_apart(job)
	finding := {
		"condition": "not_encrypted_apart",
		"pointer": lib.place(
			sprintf("/backups/jobs/%d/encryption", [i]), object.get(job, "encryption", {}),
			["algorithm", "key_id", "key_held_in"],
		),
		"values": {"job": lib.label(job)},
	}
}

encrypted_apart(job) if {
	job.encryption.algorithm != "none"
	place := job.encryption.key_held_in
	place != ""
	domain := input.metadata.service.id
	not contains(place, domain)
	key_id := job.encryption.key_id
	key_id != ""
	not key_id in domain_keys
}

domain_keys contains key.id if some key in input.keys.service_keys

# METADATA
# title: Copies are kept long enough
# description: Damage that is noticed late can only be mended from a copy that is older than the damage.
# custom:
#   severity: medium
#   evidence: [/backups/jobs]
#   params: [backup_retention_min_days]
#   source: OVHcloud OKMS architecture overview; ISO/IEC 27001:2022 A.8.13
#   remediation: Raise the retention of the job.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_retention: "{job} keeps copies for {retention_days} days, wanted are at least {backup_retention_min_days}"
findings.retention contains finding if {
	some i, job in input.backups.jobs
	not kept_long_enough(job)
	finding := {
		"condition": "not_retention",
		"pointer": sprintf("/backups/jobs/%d/retention_days", [i]),
		"values": {"job": lib.label(job), "retention_days": lib.shown(job, "retention_days"), "backup_retention_min_days": data.params.backup_retention_min_days},
	}
}

kept_long_enough(job) if job.retention_days >= data.params.backup_retention_min_days

# METADATA
# title: Copies follow the 3-2-1 rule
# description: >-
#   Copies that the customer can restore himself, on different media, with one outside the region of the domain. The
#   provider's platform recovery is not counted.
# custom:
#   severity: high
#   evidence: [/backups/jobs, /metadata/service/region]
#   params: [backup_copies_min, backup_media_min, backup_offsite_copies_min]
#   source: CISA, Data Backup Options; NIST SP 800-53 Rev. 5 CP-6
#   remediation: Add copies until the numbers hold, one of them in another region or at another site.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11, RC.RP-03]}
#   conditions:
#     not_copies_separated: "{job} has {own} own copies on {media} media, {offsite} of them outside {region}; wanted are at least {backup_copies_min}, {backup_media_min} and {backup_offsite_copies_min}"
findings.copies_separated contains finding if {
	some i, job in input.backups.jobs
	own := [copy | some copy in job.copies; described(copy); copy.held_by == "customer"]
	media := {copy.medium | some copy in own}
	offsite := [copy | some copy in own; copy.location != input.metadata.service.region]
	not separated(own, media, offsite)
	finding := {
		"condition": "not_copies_separated",
		"pointer": sprintf("/backups/jobs/%d/copies", [i]),
		"values": {"job": lib.label(job), "own": count(own), "media": count(media), "offsite": count(offsite), "region": input.metadata.service.region, "backup_copies_min": data.params.backup_copies_min, "backup_media_min": data.params.backup_media_min, "backup_offsite_copies_min": data.params.backup_offsite_copies_min},
	}
}

described(copy) if {
	copy.location != ""
	copy.medium != ""
	copy.immutable_days >= 0
}

separated(own, media, offsite) if {
	count(own) >= data.params.backup_copies_min
	count(media) >= data.params.backup_media_min
	count(offsite) >= data.params.backup_offsite_copies_min
}

# METADATA
# title: One copy of each job cannot be changed
# description: Ransomware and a stolen administrator delete backups first; an immutable copy outlives them.
# custom:
#   severity: high
#   evidence: [/backups/jobs]
#   params: [backup_immutable_min_days]
#   source: ISO/IEC 27001:2022 A.8.13; period is own judgement
#   remediation: Lock at least one copy (object lock, write-once medium) for the wanted time.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_immutable_copy: "no own copy of {job} is immutable for at least {backup_immutable_min_days} days"
findings.immutable_copy contains finding if {
	some i, job in input.backups.jobs
	not immutable(job)
	finding := {
		"condition": "not_immutable_copy",
		"pointer": sprintf("/backups/jobs/%d/copies", [i]),
		"values": {"job": lib.label(job), "backup_immutable_min_days": data.params.backup_immutable_min_days},
	}
}

immutable(job) if {
	some copy in job.copies
	copy.held_by == "customer"
	copy.immutable_days >= data.params.backup_immutable_min_days
}

# METADATA
# title: A restore of each job has been tested recently
# description: A backup that was never restored is a hope. Every job has a successful restore test with a sample and a record.
# custom:
#   severity: high
#   evidence: [/backups/jobs]
#   params: [backup_restore_test_max_age_days, backup_restore_sample_min_items]
#   source: NIST SP 800-53 Rev. 5 CP-9(1); NIST SP 800-34 Rev. 1 §3.5
#   remediation: Restore a sample of the job in isolation; record date, person, number of items, outcome, and keep the protocol as artifact.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11, RC.RP-03]}
#   conditions:
#     not_restore_tested: "{job} has no successful, recorded restore test of at least {backup_restore_sample_min_items} items in the last {backup_restore_test_max_age_days} days"
findings.restore_tested contains finding if {
	some i, job in input.backups.jobs
	not restore_tested(job)
	finding := {
		"condition": "not_restore_tested",
		"pointer": lib.place(
			sprintf("/backups/jobs/%d/restore_test", [i]), object.get(job, "restore_test", {}),
			["performed_at", "performed_by", "outcome", "sample_items", "artifact"],
		),
		"values": {"job": lib.label(job), "backup_restore_sample_min_items": data.params.backup_restore_sample_min_items, "backup_restore_test_max_age_days": data.params.backup_restore_test_max_age_days},
	}
}

restore_tested(job) if {
	job.restore_test.outcome == "success"
	job.restore_test.sample_items >= data.params.backup_restore_sample_min_items
	job.restore_test.performed_by != ""
	job.restore_test.artifact.path != ""
	lib.within_days(job.restore_test.performed_at, data.params.backup_restore_test_max_age_days)
}

# METADATA
# title: The last restore met the recovery time objective
# description: The time that a restore really took, against the time that the business was promised.
# custom:
#   severity: medium
#   evidence: [/backups/jobs, /backups/policy/rto_hours]
#   source: NIST SP 800-34 Rev. 1 §3.2 (RTO)
#   remediation: Shorten the restore (automation, faster copy) or agree another objective with the business.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [RC.RP-03]}
#   conditions:
#     not_restore_within_rto: "the last restore of {job} took {duration_minutes} minutes, the objective is {rto_hours} hours"
findings.restore_within_rto contains finding if {
	some i, job in input.backups.jobs
	not restored_in_time(job)
	finding := {
		"condition": "not_restore_within_rto",
		"pointer": sprintf("/backups/jobs/%d/restore_test/duration_minutes", [i]),
		"values": {"job": lib.label(job), "duration_minutes": lib.shown(object.get(job, "restore_test", {}), "duration_minutes"), "rto_hours": input.backups.policy.rto_hours},
	}
}

restored_in_time(job) if job.restore_test.duration_minutes <= input.backups.policy.rto_hours * 60

# METADATA
# title: Every failed run has a ticket
# description: Failures that nobody follows become a missing backup on the day it is needed.
# custom:
#   severity: medium
#   evidence: [/backups/jobs]
#   source: ISO/IEC 27001:2022 A.8.13 (backups are monitored); own judgement on tickets
#   remediation: List every failed run of the last 30 days with its ticket.
#   controls: {iso_27001: ["8.13"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_failures_followed: "{job} counts {failed_runs_30d} failed runs in 30 days, and not each of them is listed with its time and ticket"
findings.failures_followed contains finding if {
	some i, job in input.backups.jobs
	not failures_followed(job)
	finding := {
		"condition": "not_failures_followed",
		"pointer": lib.place(sprintf("/backups/jobs/%d", [i]), job, ["failed_runs_30d"]),
		"values": {"job": lib.label(job), "failed_runs_30d": lib.shown(job, "failed_runs_30d")},
	}
}

failures_followed(job) if {
	followed := [failure |
		some failure in job.failures
		lib.within_days(failure.failed_at, 30)
		failure.ticket != ""
	]
	job.failed_runs_30d == count(followed)
}

# METADATA
# title: Access to the backups is reviewed every month
# description: Backups hold the same keys as the domain with fewer guards; who touched them is looked at by somebody else.
# custom:
#   severity: medium
#   evidence: [/backups/access_review, /backups/policy/owner]
#   params: [backup_access_review_max_age_days]
#   source: SecNumCloud 3.2 §12.5.b
#   remediation: Review the access log of the backup stores; the reviewer is not the owner of the backup policy.
#   controls: {iso_27001: ["8.13", "5.18"], ccm: [BCR-08], csf: [PR.DS-11]}
#   conditions:
#     not_access_reviewed: "access to the backups was not reviewed in the last {backup_access_review_max_age_days} days by somebody other than the policy's owner"
findings.access_reviewed contains finding if {
	review := input.backups.access_review
	not access_reviewed(review)
	finding := {
		"condition": "not_access_reviewed",
		"pointer": lib.place("/backups/access_review", review, ["reviewed_at", "reviewer"]),
		"values": {"backup_access_review_max_age_days": data.params.backup_access_review_max_age_days},
	}
}

access_reviewed(review) if {
	lib.distinct(review.reviewer, input.backups.policy.owner)
	lib.within_days(review.reviewed_at, data.params.backup_access_review_max_age_days)
}
