# METADATA
# title: Migrate/transfer data for KMIP object
# description: >-
#   Every KMIP object and its client are known, and for each client it has been tested how its objects move, protected
#   and complete. OKMS offers Get and Register, not Export and Import.
# custom:
#   duty: 4.2.1
package okms.kmip_migration

import data.lib

# METADATA
# title: A declaration that there is no KMIP is not contradicted
# description: >-
#   The absence of KMIP is accepted where Locate counts no object, the logs show no request, no client is listed and no
#   backup holds an object.
# custom:
#   severity: high
#   evidence: [/kmip/object_count, /kmip/requests_90d, /backups/jobs]
#   applicability: true
#   source: raci-check default, no external source (a declaration needs evidence as a check does)
#   remediation: Withdraw the declaration and show the migration, or destroy the objects that are left.
#   controls: {iso_27001: ["5.9"], ccm: [CEK-21], csf: [ID.AM-07]}
#   conditions:
#     not_counted: "the duty is declared not applicable, and the evidence about KMIP does not state {absent}"
#     contradicted: >-
#       the duty is declared not applicable; Locate counts {counted} KMIP {counted|object|objects}, {listed}
#       {listed|is|are} listed, there are {clients} {clients|client|clients} and {requests} {requests|request|requests}
#       in 90 days, and the backups hold {held} {held|object|objects}; expected are none
findings.applicability contains finding if {
	some i, declaration in input.not_applicable
	declaration.activity == "4.2.1"
	not no_kmip
	kmip := object.get(input, "kmip", {})
	finding := {
		"condition": lib.problem(kmip, count_fields, "not_counted", "contradicted"),
		"pointer": sprintf("/not_applicable/%d", [i]),
		"values": {
			"absent": lib.absent(kmip, count_fields),
			"counted": lib.shown(kmip, "object_count"),
			"listed": count(object.get(kmip, "objects", [])),
			"clients": count(object.get(kmip, "clients", [])),
			"requests": lib.shown(kmip, "requests_90d"),
			"held": count(held_in_backups),
		},
	}
}

# METADATA
# title: Every KMIP object is listed with its client and owner
# description: >-
#   The inventory is what Locate finds, all of it; without its client and owner an object cannot be moved.
# custom:
#   severity: medium
#   evidence: [/kmip/object_count, /kmip/requests_90d, /kmip/objects, /kmip/clients, /location/workloads]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   source: CSA CCM v4 CEK-21; ISO/IEC 27001:2022 A.5.9
#   remediation: List what Locate finds; name for each object its client, for each client its workload, and an owner.
#   controls: {iso_27001: ["5.9", "8.24"], ccm: [CEK-21], csf: [ID.AM-07]}
#   conditions:
#     object_incomplete: "the KMIP object {object} does not state {absent}"
#     unknown_client: "the KMIP object {object} is used by {client}, which is not listed as a KMIP client"
#     client_incomplete: "the KMIP client {client} does not state {absent}"
#     unknown_workload: "the KMIP client {client} belongs to {workload}, which is no workload of the inventory"
#     not_all_listed: "{listed} KMIP {listed|object is|objects are} listed, Locate counts {counted}"
findings.inventory_complete contains finding if {
	some i, item in input.kmip.objects
	not listed(item)
	finding := {
		"condition": lib.problem(item, object_fields, "object_incomplete", "unknown_client"),
		"pointer": lib.place(sprintf("/kmip/objects/%d", [i]), item, object_fields),
		"values": {
			"object": lib.label(item),
			"absent": lib.absent(item, object_fields),
			"client": lib.shown(item, "client"),
		},
	}
}

findings.inventory_complete contains finding if {
	some i, client in input.kmip.clients
	not placed(client)
	finding := {
		"condition": lib.problem(client, client_fields, "client_incomplete", "unknown_workload"),
		"pointer": lib.place(sprintf("/kmip/clients/%d", [i]), client, client_fields),
		"values": {
			"client": lib.label(client),
			"absent": lib.absent(client, client_fields),
			"workload": lib.shown(client, "workload"),
		},
	}
}

findings.inventory_complete contains finding if {
	not all_listed
	finding := {
		"condition": "not_all_listed",
		"pointer": "/kmip/object_count",
		"values": {"listed": lib.listed(input.kmip.objects, "id"), "counted": input.kmip.object_count},
	}
}

# METADATA
# title: The migration of every client has been tested
# description: A migration that was never tested may fail on the day it is needed.
# custom:
#   severity: high
#   evidence: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/object_count]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   params: [kmip_migration_test_max_age_days]
#   source: CSA CCM v4 IPY-03; the period is a raci-check default
#   remediation: Rehearse the migration of the client's objects to the target, and keep the record as artifact.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-03], csf: [ID.AM-08]}
#   conditions:
#     client_without_id: "the KMIP client {client} does not state its id, so no migration can be matched with it"
#     not_tested: >-
#       the migration of the KMIP client {client} has no test with a record in the {days} {days|day|days} before the
#       assessment
#     not_all_tested: >-
#       the tests of the migration of the KMIP client {client} expected {expected} {expected|object|objects}; {held}
#       {held|object that it uses is|objects that it uses are} to be moved and existed then
findings.migration_tested contains finding if {
	some i, client in input.kmip.clients
	not client_tested(client)
	finding := {
		"condition": lib.problem(client, ["id"], "client_without_id", "not_tested"),
		"pointer": lib.place(sprintf("/kmip/clients/%d", [i]), client, ["id"]),
		"values": {"client": lib.label(client), "days": data.params.kmip_migration_test_max_age_days},
	}
}

findings.migration_tested contains finding if {
	some i, client in input.kmip.clients
	client.id in tested
	not all_tested(client)
	finding := {
		"condition": "not_all_tested",
		"pointer": sprintf("/kmip/clients/%d", [i]),
		"values": {
			"client": client.id,
			"expected": expected_of(client.id),
			"held": count(to_be_moved(client.id)),
		},
		"related": [sprintf("/kmip/migrations/%d/objects_expected", [k]) |
			some k, migration in input.kmip.migrations
			migration.client == client.id
		],
	}
}

# METADATA
# title: Keys travel wrapped
# description: A key in clear between two systems is in the memory, the logs and the backups of all that lies between.
# custom:
#   severity: critical
#   evidence: [/kmip/migrations, /kmip/object_count]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   params: [kmip_migration_methods]
#   source: PCI DSS 4.0.1 requirement 3.7.2
#   remediation: Use Get with a Key Wrapping Specification, or make a new key at the target.
#   controls: {iso_27001: ["5.14", "8.24"], ccm: [IPY-03, DSP-10], csf: [PR.DS-02], pci_dss: ["3.7.2"]}
#   conditions:
#     method_unknown: "the migration of the KMIP client {client} does not state its method"
#     method_not_allowed: >-
#       the migration of the KMIP client {client} uses {method}; expected is one of {methods}
findings.moved_protected contains finding if {
	some i, migration in input.kmip.migrations
	not protected(migration)
	finding := {
		"condition": lib.problem(migration, ["method"], "method_unknown", "method_not_allowed"),
		"pointer": lib.place(sprintf("/kmip/migrations/%d", [i]), migration, ["method"]),
		"values": {
			"client": lib.shown(migration, "client"),
			"method": lib.shown(migration, "method"),
			"methods": data.params.kmip_migration_methods,
		},
	}
}

# METADATA
# title: What was moved arrived complete
# description: >-
#   As many objects at the target as were expected, with the same digests and the attributes that clients need. Get
#   moves extractable objects only, and no rehearsal moves more objects than its client has.
# custom:
#   severity: high
#   evidence: [/kmip/migrations, /kmip/objects, /kmip/object_count]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   params: [kmip_migration_attributes]
#   source: CSA CCM v4 IPY-03; KMIP Digest attribute
#   remediation: Find the objects or attributes that were lost, correct the method, and try again.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-03], csf: [PR.DS-02]}
#   conditions:
#     incomplete: "the migration of the KMIP client {client} does not state {absent}"
#     not_all_moved: >-
#       {moved} {moved|object|objects} of the KMIP client {client} arrived at the target; expected are {expected}
#     digests_differ: >-
#       {mismatches} {mismatches|object|objects} of the KMIP client {client} arrived at the target with another digest;
#       expected is none
#     attributes_lost: >-
#       the objects of the KMIP client {client} arrived at the target without the {lost|attribute|attributes} {lost}
#     more_than_movable: >-
#       the rehearsal of the KMIP client {client} by {method} expected {expected} {expected|object|objects}; the
#       inventory lists {movable} that can be moved so
findings.moved_whole contains finding if {
	some i, migration in input.kmip.migrations
	not whole(migration)
	finding := {
		"condition": moved_problem(migration),
		"pointer": lib.place(sprintf("/kmip/migrations/%d", [i]), migration, moved_fields),
		"values": {
			"client": lib.shown(migration, "client"),
			"absent": lib.absent(migration, moved_fields),
			"moved": lib.shown(migration, "objects_moved"),
			"expected": lib.shown(migration, "objects_expected"),
			"mismatches": lib.shown(migration, "digest_mismatches"),
			"lost": lost_attributes(migration),
		},
	}
}

findings.moved_whole contains finding if {
	some i, migration in input.kmip.migrations
	migration.objects_expected
	rehearsal(migration)
	not within_inventory(migration)
	finding := {
		"condition": "more_than_movable",
		"pointer": sprintf("/kmip/migrations/%d/objects_expected", [i]),
		"values": {
			"client": lib.shown(migration, "client"),
			"method": lib.shown(migration, "method"),
			"expected": migration.objects_expected,
			"movable": movable_then(migration),
		},
		"related": ["/kmip/objects"],
	}
}

# METADATA
# title: Objects that cannot be extracted have a plan for a new key
# description: What Get does not return cannot be moved; its client needs a new key, and time to encrypt its data again.
# custom:
#   severity: medium
#   evidence: [/kmip/objects, /kmip/object_count]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   source: KMIP 1.4 (Extractable); the plan is a raci-check default
#   remediation: Write down how the client gets a new key and its data is encrypted again, and name the plan.
#   controls: {iso_27001: ["8.24"], ccm: [IPY-01], csf: [ID.AM-08]}
#   conditions:
#     extractable_unknown: "the KMIP object {object} does not state whether it can be extracted"
#     no_plan: "the KMIP object {object} cannot be extracted, and names no plan for a new key"
findings.locked_objects_planned contains finding if {
	some i, item in input.kmip.objects
	not movable(item)
	finding := {
		"condition": lib.problem(item, ["extractable"], "extractable_unknown", "no_plan"),
		"pointer": lib.place(sprintf("/kmip/objects/%d", [i]), item, ["extractable"]),
		"values": {"object": lib.label(item)},
	}
}

# METADATA
# title: After a real migration the source is destroyed, not too soon and not too late
# description: >-
#   Destroyed too soon, the source is no way back; never destroyed, its keys live on unsupervised.
# custom:
#   severity: medium
#   evidence: [/kmip/migrations, /kmip/object_count]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   params: [kmip_migration_soak_min_days, kmip_source_destruction_max_days]
#   source: PCI DSS 4.0.1 requirement 3.7.5; the times are a raci-check default
#   remediation: Point every client to the target, wait, then revoke and destroy the objects of the source.
#   controls: {iso_27001: ["8.24", "8.10"], ccm: [CEK-14], csf: [ID.AM-08], pci_dss: ["3.7.5"]}
#   conditions:
#     incomplete: "the completed migration of the KMIP client {client} does not state {absent}"
#     not_rehearsed: >-
#       the migration of the KMIP client {client} was completed on {completed_on}, before its rehearsal on {tested_on}
#     not_all_repointed: >-
#       {percent} % of the clients use the target after the migration of the KMIP client {client}; expected are 100 %
#     completed_in_future: >-
#       the migration of the KMIP client {client} has {completed_on} as day of completion, after the assessment
#     not_destroyed: >-
#       the migration of the KMIP client {client} was completed on {completed_on}, and its source is not destroyed;
#       expected is its destruction within {days_max} {days_max|day|days}
#     destroyed_in_future: >-
#       the source of the KMIP client {client} has {destroyed_on} as day of destruction, after the assessment
#     wrong_time: >-
#       the migration of the KMIP client {client} was completed on {completed_on} and its source destroyed on
#       {destroyed_on}; expected is its destruction {days_min} to {days_max} days after the completion
#     objects_left: >-
#       the source of the KMIP client {client} was destroyed on {destroyed_on}; {left} {left|object|objects} of the
#       client from before {left|is|are} not destroyed
findings.source_destroyed contains finding if {
	some i, migration in input.kmip.migrations
	not rehearsal(migration)
	not closed(migration)
	finding := {
		"condition": closing_problem(migration),
		"pointer": lib.place(
			sprintf("/kmip/migrations/%d", [i]), migration,
			array.concat(completion_fields, ["source_destroyed_on"]),
		),
		"values": {
			"client": lib.shown(migration, "client"),
			"absent": lib.absent(migration, completion_fields),
			"tested_on": lib.shown(migration, "tested_on"),
			"completed_on": lib.shown(migration, "completed_on"),
			"percent": lib.shown(migration, "clients_repointed_percent"),
			"destroyed_on": lib.shown(migration, "source_destroyed_on"),
			"days_min": data.params.kmip_migration_soak_min_days,
			"days_max": data.params.kmip_source_destruction_max_days,
		},
	}
}

findings.source_destroyed contains finding if {
	some i, migration in input.kmip.migrations
	left := left_behind(migration)
	count(left) > 0
	finding := {
		"condition": "objects_left",
		"pointer": sprintf("/kmip/migrations/%d/source_destroyed_on", [i]),
		"values": {
			"client": migration.client,
			"destroyed_on": migration.source_destroyed_on,
			"left": count(left),
		},
		"related": [sprintf("/kmip/objects/%d", [k]) | some k, item in input.kmip.objects; item.id in left],
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section KMIP, each name leads to something that the evidence lists, in a state that allows it, each person
#   was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/kmip]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["kmip"])
}

# applicability

count_fields := ["object_count", "requests_90d"]

no_kmip if {
	input.kmip.object_count == 0
	input.kmip.requests_90d == 0
	count(object.get(input.kmip, "objects", [])) == 0
	count(object.get(input.kmip, "clients", [])) == 0
	count(held_in_backups) == 0
}

held_in_backups := [id | some id in input.backups.jobs[_].kmip_object_ids]

# inventory_complete

object_fields := ["id", "type", "state", "client", "owner"]

client_fields := ["id", "workload"]

clients contains client.id if some client in input.kmip.clients

workloads contains workload.id if some workload in input.location.workloads

listed(item) if {
	item.id != ""
	item.type != ""
	item.state != ""
	item.owner != ""
	item.client in clients
}

# The client of what is destroyed may have moved, and be listed no more.
listed(item) if {
	item.id != ""
	item.type != ""
	item.owner != ""
	lib.kmip_destroyed(item)
	item.client in moved_clients
}

moved_clients contains migration.client if some migration in input.kmip.migrations

placed(client) if {
	client.id != ""
	client.workload in workloads
}

all_listed if lib.complete(input.kmip.objects, "id", input.kmip.object_count)

# migration_tested

client_tested(client) if client.id in tested

tested contains migration.client if {
	some migration in input.kmip.migrations
	tested_with_record(migration)
}

tested_with_record(migration) if {
	lib.within_days(migration.tested_on, data.params.kmip_migration_test_max_age_days)
	migration.artifact.path != ""
}

all_tested(client) if expected_of(client.id) >= count(to_be_moved(client.id))

# Tests by several methods are of different objects. Those by one method may be repetitions: the largest counts.
expected_of(id) := sum([max({test.expected | some test in tests[id]; test.method == method}) |
	some method in {test.method | some test in tests[id]}
])

# By client: its tests, with the objects that each expected.
tests := tests_by_client

tests_by_client[migration.client] contains test if {
	some i, migration in input.kmip.migrations
	tested_with_record(migration)
	test := {
		"number": i,
		"expected": migration.objects_expected,
		"method": migration.method,
		"ns": lib.ns(migration.tested_on),
	}
}

# Of the objects of a client that existed at its last test: those that Get may return, and all where a new key at the
# target was tested too. An object that is not extractable has a plan instead (locked_objects_planned).
to_be_moved(id) := {object_id |
	last := max([test.ns | some test in tests[id]])
	rekeyed := {test.method | some test in tests[id]} & {"rekey_at_target"}
	some [object_id, extractable, created] in object.get(held, id, set())
	created <= last
	needs_test(extractable, rekeyed)
}

needs_test(extractable, _) if extractable == true

needs_test(_, rekeyed) if count(rekeyed) > 0

# By client: its objects that are not destroyed, whether Get may return each, and since when it exists.
held := held_by_client

held_by_client[item.client] contains [item.id, object.get(item, "extractable", true), created_ns(item)] if {
	some item in input.kmip.objects
	not lib.kmip_destroyed(item)
}

created_ns(item) := lib.ns(item.created_at)

created_ns(item) := 0 if not item.created_at

# moved_protected

protected(migration) if migration.method in data.params.kmip_migration_methods

# moved_whole

moved_fields := ["client", "objects_expected", "objects_moved", "digest_mismatches", "attributes_preserved"]

whole(migration) if {
	migration.client != ""
	arrived(migration)
	digests_agree(migration)
	attributes_kept(migration)
}

moved_problem(migration) := "incomplete" if {
	lib.absent(migration, moved_fields) != []
} else := "not_all_moved" if {
	not arrived(migration)
} else := "digests_differ" if {
	not digests_agree(migration)
} else := "attributes_lost"

arrived(migration) if migration.objects_moved == migration.objects_expected

digests_agree(migration) if migration.digest_mismatches == 0

# An absent list says nothing, so it has lost none.
attributes_kept(migration) if {
	migration.attributes_preserved
	lost_attributes(migration) == []
}

lost_attributes(migration) := [attribute |
	some attribute in data.params.kmip_migration_attributes
	not attribute in object.get(migration, "attributes_preserved", [])
]

within_inventory(migration) if migration.objects_expected <= movable_then(migration)

# With the objects that were there then, and are not any more; without those that were made since.
movable_then(migration) := count(movable_by(migration) - made_since(migration)) + former if {
	former := lib.former("kmip_object", lib.shown(migration, "tested_on"))
}

movable_by(migration) := object.get(extractable, object.get(migration, "client", ""), set()) if {
	startswith(migration.method, "get_")
} else := object.get(all_objects, object.get(migration, "client", ""), set())

made_since(migration) := {id |
	some [id, created] in object.get(made_by_client, object.get(migration, "client", ""), set())
	created >= lib.ns(migration.tested_on) + lib.day_ns
}

made_by_client := dated_by_client

dated_by_client[item.client] contains [item.id, lib.ns(item.created_at)] if {
	some item in input.kmip.objects
}

# By client: the ids of its objects that Get may return, and of all, in any state, since they may have been moved before
# they were destroyed.
extractable := extractable_by_client

extractable_by_client[item.client] contains item.id if {
	some item in input.kmip.objects
	item.extractable == true
}

all_objects := objects_by_client

objects_by_client[item.client] contains item.id if some item in input.kmip.objects

# locked_objects_planned

movable(item) if lib.kmip_destroyed(item)

movable(item) if item.extractable == true

movable(item) if {
	item.extractable == false
	item.rekey_plan != ""
}

# source_destroyed

completion_fields := ["tested_on", "completed_on", "clients_repointed_percent"]

# A rehearsal leaves none of the marks of a real migration.
rehearsal(migration) if {
	marks := {"completed_on", "clients_repointed_percent", "source_destroyed_on"}
	count(marks & object.keys(migration)) == 0
}

closed(migration) if {
	rehearsed_before(migration)
	all_repointed(migration)
	destroyed_before(migration)
	soak := lib.days_between(migration.completed_on, migration.source_destroyed_on)
	soak >= data.params.kmip_migration_soak_min_days
	soak <= data.params.kmip_source_destruction_max_days
}

# Accepted, and still within the time that the source may live on.
closed(migration) if {
	rehearsed_before(migration)
	all_repointed(migration)
	lib.within_days(migration.completed_on, data.params.kmip_source_destruction_max_days)
	not "source_destroyed_on" in object.keys(migration)
}

closing_problem(migration) := "incomplete" if {
	lib.absent(migration, completion_fields) != []
} else := "not_rehearsed" if {
	not rehearsed_before(migration)
} else := "not_all_repointed" if {
	not all_repointed(migration)
} else := "completed_in_future" if {
	not completed_before(migration)
} else := "not_destroyed" if {
	lib.absent(migration, ["source_destroyed_on"]) != []
} else := "destroyed_in_future" if {
	not destroyed_before(migration)
} else := "wrong_time"

rehearsed_before(migration) if lib.ns(migration.completed_on) >= lib.ns(migration.tested_on)

all_repointed(migration) if migration.clients_repointed_percent == 100

completed_before(migration) if lib.past(migration.completed_on)

destroyed_before(migration) if lib.past(migration.source_destroyed_on)

# The objects of the client that are not destroyed, and are older than the destruction.
left_behind(migration) := {id |
	some [id, _, created] in object.get(held, migration.client, set())
	created < lib.ns(migration.source_destroyed_on)
}
