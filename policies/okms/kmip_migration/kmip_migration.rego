# METADATA
# title: Migrate/transfer data for KMIP object
# description: >-
#   Every KMIP object and its client are known, and for each client it has been tried how its objects move, protected and
#   complete. OKMS offers Get and Register, not Export and Import.
# custom:
#   duty: 4.2.1
package okms.kmip_migration

import data.lib

# METADATA
# title: A declaration that there is no KMIP is not contradicted
# description: The absence of KMIP is believed where Locate counts no object, the logs show no request, no client is listed and no backup holds an object.
# custom:
#   severity: high
#   evidence: [/kmip/object_count, /kmip/requests_90d, /backups/jobs]
#   applicability: true
#   source: own judgement (a declaration needs evidence as a check does)
#   remediation: Withdraw the declaration and show the migration, or destroy the objects that are left.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-03], csf: [PR.DS-02]}
#   conditions:
#     not_applicability: "KMIP objects, clients, requests or backups of KMIP objects contradict the declaration that there is no KMIP"
findings.applicability contains finding if {
	some i, declaration in input.not_applicable
	declaration.activity == "4.2.1"
	not no_kmip
	finding := {
		"condition": "not_applicability",
		"pointer": sprintf("/not_applicable/%d", [i]),
		"values": {},
	}
}

no_kmip if {
	input.kmip.object_count == 0
	input.kmip.requests_90d == 0
	count(object.get(input.kmip, "objects", [])) == 0
	count(object.get(input.kmip, "clients", [])) == 0
	count([id | some id in input.backups.jobs[_].kmip_object_ids]) == 0
}

# METADATA
# title: Every KMIP object is listed with its client and owner
# description: The inventory is what Locate finds, all of it; an object without a client or an owner cannot be moved by anybody.
# custom:
#   severity: medium
#   evidence: [/kmip/object_count, /kmip/requests_90d, /kmip/objects, /kmip/clients, /location/workloads]
#   source: CSA CCM v4 CEK-21; ISO/IEC 27001:2022 A.5.9
#   remediation: List what Locate finds; name for each object its client, for each client its workload, and an owner.
#   controls: {iso_27001: ["5.14", "8.24"], ccm: [IPY-02], csf: [ID.AM-08]}
#   conditions:
#     not_inventory_complete: "KMIP object {item} needs a type, a state, an owner, and a client that is listed"
#     not_inventory_complete_2: "KMIP client {client} belongs to no workload of the inventory"
#     not_inventory_complete_3: "the list of KMIP objects is not as long as Locate says"
findings.inventory_complete contains finding if {
	some i, item in input.kmip.objects
	not listed(item)
	finding := {
		"condition": "not_inventory_complete",
		"pointer": lib.place(sprintf("/kmip/objects/%d", [i]), item, ["id", "type", "state", "client", "owner"]),
		"values": {"item": lib.label(item)},
	}
}

findings.inventory_complete contains finding if {
	some i, client in input.kmip.clients
	not placed(client)
	finding := {
		"condition": "not_inventory_complete_2",
		"pointer": lib.place(sprintf("/kmip/clients/%d", [i]), client, ["id", "workload"]),
		"values": {"client": lib.label(client)},
	}
}

findings.inventory_complete contains finding if {
	not all_listed
	finding := {"condition": "not_inventory_complete_3", "pointer": "/kmip/object_count", "values": {}}
}

clients contains client.id if some client in input.kmip.clients

workloads contains workload.id if some workload in input.location.workloads

listed(item) if {
	item.id != ""
	item.type != ""
	item.state != ""
	item.owner != ""
	item.client in clients
}

placed(client) if {
	client.id != ""
	client.workload in workloads
}

all_listed if input.kmip.object_count == count({item.id | some item in input.kmip.objects})

# METADATA
# title: The migration of every client has been tried
# description: A migration that was never tried is found not to work on the day that it has to.
# custom:
#   severity: high
#   evidence: [/kmip/clients, /kmip/migrations]
#   params: [kmip_migration_test_max_age_days]
#   source: CSA CCM v4 IPY-03; the period is own judgement
#   remediation: Rehearse the migration of the client's objects to the target, and keep the protocol as artifact.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-03], csf: [PR.DS-02]}
#   conditions:
#     not_migration_tested: "the migration of KMIP client {client} was not tried in the last {kmip_migration_test_max_age_days} days, with a protocol"
findings.migration_tested contains finding if {
	some i, client in input.kmip.clients
	not client_tested(client)
	finding := {
		"condition": "not_migration_tested",
		"pointer": lib.place(sprintf("/kmip/clients/%d", [i]), client, ["id"]),
		"values": {"client": lib.label(client), "kmip_migration_test_max_age_days": data.params.kmip_migration_test_max_age_days},
	}
}

client_tested(client) if client.id in tested

tested contains migration.client if {
	some migration in input.kmip.migrations
	lib.within_days(migration.tested_on, data.params.kmip_migration_test_max_age_days)
	migration.artifact.path != ""
}

# METADATA
# title: Keys travel wrapped
# description: A key in clear between two systems is in the memory, the logs and the backups of all that lies between.
# custom:
#   severity: critical
#   evidence: [/kmip/migrations]
#   params: [kmip_migration_methods]
#   source: PCI DSS 4.0.1 requirement 3.7.2
#   remediation: Use Get with a Key Wrapping Specification, or make a new key at the target.
#   controls: {iso_27001: ["5.14", "8.24"], ccm: [IPY-03, CEK-08], csf: [PR.DS-02], pci_dss: ["3.7.2"]}
#   conditions:
#     not_moved_protected: "the migration of {client} uses {method}, wanted is {kmip_migration_methods}"
findings.moved_protected contains finding if {
	some i, migration in input.kmip.migrations
	not protected(migration)
	finding := {
		"condition": "not_moved_protected",
		"pointer": lib.place(sprintf("/kmip/migrations/%d", [i]), migration, ["method"]),
		"values": {"client": lib.shown(migration, "client"), "method": lib.shown(migration, "method"), "kmip_migration_methods": concat(" or ", data.params.kmip_migration_methods)},
	}
}

protected(migration) if migration.method in data.params.kmip_migration_methods

# METADATA
# title: What was moved arrived whole
# description: As many objects at the target as were expected, with the same digests and the attributes that clients need.
# custom:
#   severity: high
#   evidence: [/kmip/migrations]
#   params: [kmip_migration_attributes]
#   source: CSA CCM v4 IPY-03; KMIP Digest attribute
#   remediation: Find the objects or attributes that were lost, mend the method, and try again.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-03], csf: [PR.DS-02]}
#   conditions:
#     not_moved_whole: "of {objects_expected} objects of {client} {objects_moved} arrived, {digest_mismatches} with another digest; wanted are all, none, and the attributes {kmip_migration_attributes}"
findings.moved_whole contains finding if {
	some i, migration in input.kmip.migrations
	not whole(migration)
	finding := {
		"condition": "not_moved_whole",
		"pointer": lib.place(
			sprintf("/kmip/migrations/%d", [i]), migration,
			["client", "objects_expected", "objects_moved", "digest_mismatches", "attributes_preserved"],
		),
		"values": {"objects_expected": lib.shown(migration, "objects_expected"), "client": lib.shown(migration, "client"), "objects_moved": lib.shown(migration, "objects_moved"), "digest_mismatches": lib.shown(migration, "digest_mismatches"), "kmip_migration_attributes": concat(", ", data.params.kmip_migration_attributes)},
	}
}

whole(migration) if {
	migration.client != ""
	migration.objects_moved == migration.objects_expected
	migration.digest_mismatches == 0
	kept := {attribute | some attribute in migration.attributes_preserved}
	wanted := {attribute | some attribute in data.params.kmip_migration_attributes}
	count(wanted - kept) == 0
}

# METADATA
# title: Objects that cannot be extracted have a plan for a new key
# description: What Get does not return cannot be moved; its client needs a new key, and time to encrypt anew.
# custom:
#   severity: high
#   evidence: [/kmip/objects]
#   source: KMIP 1.4 (Extractable); own judgement
#   remediation: Write down how the client gets a new key and its data is encrypted anew, and name the plan.
#   controls: {iso_27001: ["5.14", "8.24"], ccm: [IPY-03], csf: [PR.DS-02]}
#   conditions:
#     not_locked_objects_planned: "KMIP object {item} cannot be extracted, or it is not known, and has no plan for a new key"
findings.locked_objects_planned contains finding if {
	some i, item in input.kmip.objects
	not movable(item)
	finding := {
		"condition": "not_locked_objects_planned",
		"pointer": lib.place(sprintf("/kmip/objects/%d", [i]), item, ["extractable"]),
		"values": {"item": lib.label(item)},
	}
}

movable(item) if item.extractable == true

movable(item) if {
	item.extractable == false
	item.rekey_plan != ""
}

# METADATA
# title: After a real migration the source is destroyed, not too soon and not too late
# description: Too soon, and there is no way back; never, and the keys live on where nobody looks after them.
# custom:
#   severity: medium
#   evidence: [/kmip/migrations]
#   params: [kmip_migration_soak_min_days, kmip_source_destruction_max_days]
#   source: PCI DSS 4.0.1 requirement 3.7.5; the times are own judgement
#   remediation: Point every client to the target, wait, then revoke and destroy the objects of the source.
#   controls: {iso_27001: ["8.24"], ccm: [IPY-03], csf: [ID.AM-08], pci_dss: ["3.7.5"]}
#   conditions:
#     not_source_destroyed: "the source of {client} must be destroyed {kmip_migration_soak_min_days} to {kmip_source_destruction_max_days} days after the acceptance, with all clients at the target, and the migration rehearsed before"
findings.source_destroyed contains finding if {
	some i, migration in input.kmip.migrations
	not rehearsal(migration)
	not closed(migration)
	finding := {
		"condition": "not_source_destroyed",
		"pointer": lib.place(
			sprintf("/kmip/migrations/%d", [i]), migration,
			["tested_on", "completed_on", "clients_repointed_percent", "source_destroyed_on"],
		),
		"values": {"client": lib.shown(migration, "client"), "kmip_migration_soak_min_days": data.params.kmip_migration_soak_min_days, "kmip_source_destruction_max_days": data.params.kmip_source_destruction_max_days},
	}
}

# A rehearsal leaves none of the marks of a real migration.
rehearsal(migration) if {
	marks := {"completed_on", "clients_repointed_percent", "source_destroyed_on"}
	count(marks & object.keys(migration)) == 0
}

closed(migration) if {
	rehearsed_before(migration)
	migration.clients_repointed_percent == 100
	lib.past(migration.source_destroyed_on)
	soak := lib.days_between(migration.completed_on, migration.source_destroyed_on)
	soak >= data.params.kmip_migration_soak_min_days
	soak <= data.params.kmip_source_destruction_max_days
}

# Accepted, and still within the time that the source may live on.
closed(migration) if {
	rehearsed_before(migration)
	migration.clients_repointed_percent == 100
	lib.within_days(migration.completed_on, data.params.kmip_source_destruction_max_days)
	not "source_destroyed_on" in object.keys(migration)
}

rehearsed_before(migration) if lib.ns(migration.completed_on) >= lib.ns(migration.tested_on)
