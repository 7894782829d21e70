# METADATA
# title: Import/export stored objects
# description: >-
#   Keys came in from a trustworthy source, protected and under dual control; what can leave has been seen to leave in
#   an open format; for what cannot there is a plan.
# custom:
#   duty: 2.2.1
package okms.import_export

import data.lib

# METADATA
# title: The origin of every key is known
# description: >-
#   Others may have a key whose origin is unknown. For an imported key there is the record of its import.
# custom:
#   severity: high
#   evidence: [/keys/service_keys, /import_export/source]
#   params: [import_creation_max_hours]
#   source: PCI DSS 4.0.1 requirement 3.7.1; CSA CCM v4 CEK-10
#   remediation: Find out where the key was created; record its import, or replace the key.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [ID.AM-08], pci_dss: ["3.7.1"]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     import_not_recorded: "the key {key} was imported, and no import of it is recorded"
#     import_of_generated: "an import of the key {key} is recorded, and by the inventory it was generated in the domain"
#     created_at_other_time: >-
#       the key {key} was imported at {imported_at}, and by the inventory it was created at {created_at}; expected are
#       at most {hours} {hours|hour|hours} between the two
findings.origins_known contains finding if {
	some i, key in input.keys.service_keys
	not origin_known(key)
	finding := {
		"condition": lib.problem(key, ["id", "origin"], "incomplete", "import_not_recorded"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id", "origin"]),
		"values": {"key": lib.label(key), "absent": lib.absent(key, ["id", "origin"])},
		"related": ["/import_export/imports"],
	}
}

findings.origins_known contains finding if {
	some i, record in input.import_export.imports
	record.key_id in generated_keys
	finding := {
		"condition": "import_of_generated",
		"pointer": sprintf("/import_export/imports/%d/key_id", [i]),
		"values": {"key": record.key_id},
		"related": key_places(record.key_id),
	}
}

findings.origins_known contains finding if {
	some i, record in input.import_export.imports
	created_at := created_by_import[record.key_id]
	hours := abs(lib.hours_between(record.imported_at, created_at))
	hours > data.params.import_creation_max_hours
	finding := {
		"condition": "created_at_other_time",
		"pointer": sprintf("/import_export/imports/%d/imported_at", [i]),
		"values": {
			"key": record.key_id,
			"imported_at": record.imported_at,
			"created_at": created_at,
			"hours": data.params.import_creation_max_hours,
		},
		"related": key_places(record.key_id),
	}
}

# METADATA
# title: It is known whether a key can leave, and what is said of it is possible
# description: >-
#   The API shows for each key its protection level and whether it is extractable. A key of the level HSM can be neither
#   imported nor exported, an imported key was outside before, and a key that is extractable is not one that never was.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys]
#   source: OVHcloud documentation, "Import and export keys on OVHcloud KMS using BYOK"; OVHcloud OKMS SDK v0.5.4
#   remediation: Read the attributes of the key from the API again, and correct the inventory.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [ID.AM-08]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     extractable_and_never: "the key {key} is extractable, and is said to be never extractable"
#     imported_never_extractable: >-
#       the key {key} was imported, and is said to be never extractable; for an imported key expected is false
#     hsm_transferable: >-
#       the key {key} has the protection level HSM, and was imported or is extractable; expected is one or the other
findings.extraction_possible contains finding if {
	some i, key in input.keys.service_keys
	lib.usable(key)
	not extraction_possible(key)
	finding := {
		"condition": extraction_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, extraction_fields),
		"values": {"key": lib.label(key), "absent": lib.absent(key, extraction_fields)},
	}
}

# METADATA
# title: Imported keys were created in a validated module with enough strength
# description: A key is as good as the generator it comes from.
# custom:
#   severity: high
#   evidence: [/import_export/imports, /import_export/import_count, /keys/service_keys]
#   population: {list: /import_export/imports, count: /import_export/import_count}
#   params: [import_strength_min_bits]
#   source: PCI DSS 4.0.1 requirement 3.7.1; NIST SP 800-133 Rev. 2
#   remediation: Replace the key by one that was created in a validated module.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [PR.DS-01], pci_dss: ["3.7.1"]}
#   conditions:
#     incomplete: "the import of the key {key} does not state {absent}"
#     validation_unknown: >-
#       the module that created the key {key} has the validation {validation}; expected is one of {schemes}, at an
#       accepted level or with the number of its certificate
#     too_weak: >-
#       the generator of the key {key} has a strength of {strength} {strength|bit|bits}; expected are at least {bits}
findings.imports_strong contains finding if {
	some i, record in input.import_export.imports
	not strong(record)
	finding := {
		"condition": strength_problem(record),
		"pointer": lib.place(sprintf("/import_export/imports/%d", [i]), record, strength_fields),
		"values": {
			"key": lib.shown(record, "key_id"),
			"absent": lib.absent(record, strength_fields),
			"validation": lib.shown(record, "validation"),
			"schemes": sort([scheme.title | some scheme in data.reference.validation_schemes]),
			"strength": lib.shown(record, "strength_bits"),
			"bits": strength_needed(record),
		},
	}
}

# METADATA
# title: Imported keys never lay in clear for long
# description: >-
#   A key that travelled in clear, or whose copies were left behind, is in more hands than the customer knows.
# custom:
#   severity: critical
#   evidence: [/import_export/imports, /import_export/import_count, /keys/service_keys]
#   population: {list: /import_export/imports, count: /import_export/import_count}
#   params: [import_clear_copy_max_hours]
#   source: PCI DSS 4.0.1 requirements 3.6.1.2 and 3.7.2
#   remediation: Treat the key as compromised and replace it; import wrapped, and destroy the copies at once.
#   controls: {iso_27001: ["8.24", "5.14"], ccm: [DSP-10, IPY-03], csf: [PR.DS-02], pci_dss: ["3.6.1.2", "3.7.2"]}
#   conditions:
#     incomplete: "the import of the key {key} does not state {absent}"
#     travelled_in_clear: "the key {key} travelled in {transport}; expected is wrapped or mutual_tls"
#     wrapping_not_accepted: >-
#       the key {key} travelled wrapped with {wrapping}, which is no accepted algorithm of the reference data or is
#       weaker than the key
#     in_future: >-
#       the import of the key {key} is dated {imported_at}, and the destruction of its copies in clear {destroyed_at};
#       expected are times before the assessment
#     copies_contradict: >-
#       the import of the key {key} states that no copy in clear was made, and travelled by {transport} or states when
#       copies in clear were destroyed
#     copies_kept: >-
#       the copies in clear of the key {key} were destroyed at {destroyed_at}; expected is a time in the {hours}
#       {hours|hour|hours} after its import at {imported_at}
findings.imports_protected contains finding if {
	some i, record in input.import_export.imports
	not protected(record)
	finding := {
		"condition": protection_problem(record),
		"pointer": lib.place(sprintf("/import_export/imports/%d", [i]), record, protection_fields(record)),
		"values": {
			"key": lib.shown(record, "key_id"),
			"absent": lib.absent(record, protection_fields(record)),
			"wrapping": lib.shown(record, "wrapping_algorithm"),
			"transport": lib.shown(record, "transport"),
			"imported_at": lib.shown(record, "imported_at"),
			"destroyed_at": lib.shown(record, "clear_copies_destroyed_at"),
			"hours": data.params.import_clear_copy_max_hours,
		},
	}
}

# METADATA
# title: Keys were imported by two persons, with a protocol
# description: No single person ever held the whole key.
# custom:
#   severity: high
#   evidence: [/import_export/imports, /import_export/import_count]
#   population: {list: /import_export/imports, count: /import_export/import_count}
#   params: [import_custodians_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6
#   remediation: Import under dual control, and keep the signed protocol as artifact.
#   controls: {iso_27001: ["8.24", "5.3"], ccm: [CEK-02, IAM-04], csf: [PR.AA-05], pci_dss: ["3.7.6"]}
#   conditions:
#     incomplete: "the import of the key {key} does not state {absent}"
#     no_protocol: "the import of the key {key} names no protocol of it as artifact"
#     too_few: >-
#       {persons} {persons|custodian|custodians} took part in the import of the key {key}; expected {persons_min|is|are}
#       at least {persons_min}
findings.imports_dual_control contains finding if {
	some i, record in input.import_export.imports
	not dual_control(record)
	finding := {
		"condition": control_problem(record),
		"pointer": lib.place(sprintf("/import_export/imports/%d", [i]), record, ["custodians", "artifact"]),
		"values": {
			"key": lib.shown(record, "key_id"),
			"absent": lib.absent(record, ["custodians", "artifact"]),
			"persons": count(persons(record, "custodians")),
			"persons_min": data.params.import_custodians_min,
		},
	}
}

# METADATA
# title: What can be exported has been exported, whole and in an open format
# description: >-
#   Public keys, extractable keys, secrets and extractable KMIP objects came out of the domain in a format that another
#   service reads: all that existed on the day of the test. A kind of which the domain has none needs no test.
# custom:
#   severity: medium
#   evidence: [/import_export/export_tests, /keys/service_key_count, /secrets/secret_count, /kmip/object_count]
#   params: [export_kinds, export_formats, export_test_max_age_days]
#   source: CSA CCM v4 IPY-02 and IPY-03
#   remediation: Export every object of the kind, read each in another tool, and record the counts.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-02, IPY-03], csf: [GV.SC-10]}
#   conditions:
#     not_tested: "no test of an export is of the kind {kind}"
#     incomplete: "the test of an export of the kind {kind} does not state {absent}"
#     format_not_open: >-
#       the test of an export of the kind {kind} was in the format {format}; expected is one of {formats}
#     objects_left_out: >-
#       the test of an export of the kind {kind} brought out {exported} {exported|object|objects} of {objects}
#     inventory_differs: >-
#       the test of an export of the kind {kind} counted {objects} {objects|object|objects}; by the inventory {existed}
#       could be exported on {performed_on}, unless created_at or former_objects say that one came later or is gone
#     test_not_recent: >-
#       an export of the kind {kind} was tested on {performed_on}; expected is a test in the {days} {days|day|days}
#       before the assessment
findings.exports_tested contains finding if {
	some kind in data.params.export_kinds
	not kind in exportable
	not nothing_to_export(kind)
	test := export_test_of(kind)
	finding := {
		"condition": export_test_problem(test),
		"pointer": export_test_place(kind),
		"values": {
			"kind": kind,
			"absent": lib.absent(test, export_test_fields),
			"format": lib.shown(test, "format"),
			"formats": data.params.export_formats,
			"exported": lib.shown(test, "objects_exported"),
			"objects": lib.shown(test, "objects_expected"),
			"existed": object.get(inventory(kind, lib.shown(test, "performed_on")), "least", 0),
			"performed_on": lib.shown(test, "performed_on"),
			"days": data.params.export_test_max_age_days,
		},
		"related": [inventory_places[kind]],
	}
}

# METADATA
# title: Every export was approved by two
# description: The domain's logs count the exports; each is recorded with its reason and the approval of two persons.
# custom:
#   severity: high
#   evidence: [/import_export/export_count_365d, /kmip/object_count]
#   population: {list: /import_export/exports, count: /import_export/export_count_365d}
#   params: [export_approvers_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6 (by analogy)
#   remediation: Find out what was exported, by whom and why; replace what left without approval.
#   controls: {iso_27001: ["5.14", "5.3"], ccm: [DSP-10, IAM-04], csf: [PR.AA-05]}
#   conditions:
#     incomplete: "the export of {object} does not state {absent}"
#     export_not_recent: >-
#       {object} was exported at {exported_at}; expected are exports of the 365 days before the assessment
#     too_few: >-
#       {persons} {persons|person|persons} approved the export of {object}; expected {persons_min|is|are} at least
#       {persons_min}
#     migration_not_recorded: >-
#       the KMIP objects of {client} were moved by {method} and the migration was completed on {completed_on}; no export
#       of {client} is listed
#     count_differs: "{listed} {listed|export is|exports are} listed, the domain's logs count {counted}"
findings.exports_approved contains finding if {
	some i, export in input.import_export.exports
	not approved(export)
	finding := {
		"condition": approval_problem(export),
		"pointer": lib.place(sprintf("/import_export/exports/%d", [i]), export, export_fields),
		"values": {
			"object": lib.shown(export, "object"),
			"absent": lib.absent(export, export_fields),
			"exported_at": lib.shown(export, "exported_at"),
			"persons": count(persons(export, "approved_by")),
			"persons_min": data.params.export_approvers_min,
		},
	}
}

findings.exports_approved contains finding if {
	not all_recorded
	finding := {
		"condition": "count_differs",
		"pointer": "/import_export/export_count_365d",
		"values": {
			"listed": count(object.get(input.import_export, "exports", [])),
			"counted": input.import_export.export_count_365d,
		},
		"related": ["/import_export/exports"],
	}
}

findings.exports_approved contains finding if {
	some i, migration in input.kmip.migrations
	migration.method in {"get_wrapped_register", "get_clear_register"}
	lib.within_days(migration.completed_on, 365)
	not migration_recorded(migration)
	finding := {
		"condition": "migration_not_recorded",
		"pointer": sprintf("/kmip/migrations/%d/completed_on", [i]),
		"values": {
			"client": lib.shown(migration, "client"),
			"method": migration.method,
			"completed_on": migration.completed_on,
		},
		"related": ["/import_export/export_count_365d"],
	}
}

# METADATA
# title: Exported keys left wrapped, and could leave
# description: >-
#   A key that was exported in clear is in more hands than the customer knows. A key that is not extractable cannot have
#   left: the record or the inventory is wrong.
# custom:
#   severity: critical
#   evidence: [/import_export/export_count_365d, /keys/service_keys, /kmip/object_count]
#   population: {list: /import_export/exports, count: /import_export/export_count_365d}
#   source: PCI DSS 4.0.1 requirement 3.7.2; OVHcloud documentation, "Import and export keys on OVHcloud KMS using BYOK"
#   remediation: Treat a key that left in clear as compromised and replace it; export wrapped, by wrapKey.
#   controls: {iso_27001: ["8.24", "5.14"], ccm: [CEK-10], csf: [PR.DS-02], pci_dss: ["3.7.2"]}
#   conditions:
#     kind_differs: "{object} was exported as {kind}, and by the inventory it is a key"
#     incomplete: "the export of the key {object} does not state how it was wrapped"
#     wrapping_not_accepted: >-
#       the key {object} was exported wrapped with {wrapping}, which is no accepted algorithm of the reference data or
#       is weaker than the key
#     cannot_leave: "the key {object} was exported at {exported_at}, and by the inventory it is not extractable"
findings.exports_protected contains finding if {
	some i, export in input.import_export.exports
	not secret_exported(export)
	not export_protected(export)
	finding := {
		"condition": export_problem(export),
		"pointer": lib.place(sprintf("/import_export/exports/%d", [i]), export, ["wrapping_algorithm"]),
		"values": {
			"object": lib.shown(export, "object"),
			"kind": lib.shown(export, "kind"),
			"wrapping": lib.shown(export, "wrapping_algorithm"),
			"exported_at": lib.shown(export, "exported_at"),
		},
		"related": object_places(export),
	}
}

# METADATA
# title: Keys were exported by two persons, with a protocol
# description: No single person takes a key out of the domain, and the ceremony is on file.
# custom:
#   severity: high
#   evidence: [/import_export/export_count_365d, /keys/service_keys, /kmip/object_count]
#   population: {list: /import_export/exports, count: /import_export/export_count_365d}
#   params: [import_custodians_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6
#   remediation: Export keys under dual control, and keep the signed protocol as artifact.
#   controls: {iso_27001: ["8.24", "5.3"], ccm: [CEK-10], csf: [PR.DS-02]}
#   conditions:
#     incomplete: "the export of the key {object} does not state {absent}"
#     no_protocol: "the export of the key {object} names no protocol of it as artifact"
#     too_few: >-
#       {persons} {persons|custodian|custodians} took part in the export of the key {object}; expected
#       {persons_min|is|are} at least {persons_min}
findings.exports_dual_control contains finding if {
	some i, export in input.import_export.exports
	not secret_exported(export)
	not dual_control(export)
	finding := {
		"condition": control_problem(export),
		"pointer": lib.place(sprintf("/import_export/exports/%d", [i]), export, ["custodians", "artifact"]),
		"values": {
			"object": lib.shown(export, "object"),
			"absent": lib.absent(export, ["custodians", "artifact"]),
			"persons": count(persons(export, "custodians")),
			"persons_min": data.params.import_custodians_min,
		},
	}
}

# METADATA
# title: For every key that cannot leave there is a plan
# description: >-
#   A service key that OKMS generated is not given out unless it is extractable; what it protects must be encrypted,
#   signed or issued anew, as its purpose asks.
# custom:
#   severity: medium
#   evidence: [/keys/service_keys, /import_export/nonexportable]
#   source: >-
#     OVHcloud documentation, OKMS usage and "Import and export keys on OVHcloud KMS using BYOK" (only extractable keys
#     are exported); CSA CCM v4 CEK-20
#   remediation: List the key with what happens to what it protects, and the person responsible for it.
#   controls: {iso_27001: ["8.24", "5.23"], ccm: [IPY-01, CEK-20], csf: [GV.SC-10]}
#   conditions:
#     incomplete: "the key {key} does not state its id, so no plan can be matched with it"
#     no_plan: "the key {key} cannot leave the domain, and there is no plan with an owner for what it protects"
#     plan_unfit: >-
#       the key {key} cannot leave the domain, and its plan is {plans}; expected for {purpose} is one of {expected}
findings.nonexportable_planned contains finding if {
	some i, key in input.keys.service_keys
	stays(key)
	not planned(key)
	finding := {
		"condition": plan_problem(key),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id"]),
		"values": {
			"key": lib.label(key),
			"plans": sort(plans_of(key)),
			"purpose": lib.shown(key, "purpose"),
			"expected": sort(object.get(plans_by_purpose, lib.shown(key, "purpose"), set())),
		},
		"related": ["/import_export/nonexportable"],
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section import export, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/import_export]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["import_export"])
}

# origins_known

origin_known(key) if key.origin == "generated"

origin_known(key) if {
	key.origin == "imported"
	key.id in recorded
}

recorded contains record.key_id if some record in input.import_export.imports

generated_keys contains key.id if {
	some key in input.keys.service_keys
	key.origin == "generated"
}

created_by_import := lib.least({[key.id, key.created_at] |
	some key in input.keys.service_keys
	key.origin == "imported"
	key.id in recorded
})

key_places(id) := [sprintf("/keys/service_keys/%d", [k]) | some k, key in input.keys.service_keys; key.id == id]

# extraction_possible

extraction_fields := ["extractable", "protection_level"]

extraction_possible(key) if {
	key.extractable in {true, false}
	key.protection_level != ""
	not extractable_and_never(key)
	not imported_never_extractable(key)
	not hsm_transferable(key)
}

extraction_problem(key) := "incomplete" if {
	lib.absent(key, extraction_fields) != []
} else := "extractable_and_never" if {
	extractable_and_never(key)
} else := "imported_never_extractable" if {
	imported_never_extractable(key)
} else := "hsm_transferable"

extractable_and_never(key) if {
	key.extractable == true
	key.never_extractable == true
}

imported_never_extractable(key) if {
	key.origin == "imported"
	key.never_extractable == true
}

hsm_transferable(key) if {
	key.protection_level == "HSM"
	key.origin == "imported"
}

hsm_transferable(key) if {
	key.protection_level == "HSM"
	key.extractable == true
}

# imports_strong

strength_fields := ["validation", "strength_bits"]

strong(record) if {
	validated(record)
	record.strength_bits >= strength_needed(record)
}

# A symmetric key is no stronger than the generator that it comes from.
strength_needed(record) := max([data.params.import_strength_min_bits, key_bits(record.key_id)])

# The size of a symmetric key, by its id or name; 0 for another key.
key_bits(name) := object.get(sizes, name, 0)

sizes := {name: key.size |
	some key in input.keys.service_keys
	key.type == "oct"
	is_number(key.size)
	some field in {"id", "name"}
	name := key[field]
}

strength_problem(record) := "incomplete" if {
	lib.absent(record, strength_fields) != []
} else := "validation_unknown" if {
	not validated(record)
} else := "too_weak"

validated(record) if lib.module_validated(record.validation)

# imports_protected

protection_fields(record) := array.concat(
	["transport", "imported_at"],
	array.concat(
		[field | field := "wrapping_algorithm"; record.transport == "wrapped"],
		[field | field := "clear_copies_destroyed_at"; not without_clear_copies(record)],
	),
)

protected(record) if {
	travelled_protected(record)
	lib.past(record.imported_at)
	without_clear_copies(record)
	not copies_contradict(record)
}

protected(record) if {
	travelled_protected(record)
	done(record)
	not without_clear_copies(record)
	lib.within_hours(
		record.imported_at, record.clear_copies_destroyed_at,
		data.params.import_clear_copy_max_hours,
	)
}

protection_problem(record) := "incomplete" if {
	lib.absent(record, protection_fields(record)) != []
} else := "travelled_in_clear" if {
	not record.transport == "wrapped"
	not record.transport == "mutual_tls"
} else := "wrapping_not_accepted" if {
	not travelled_protected(record)
} else := "copies_contradict" if {
	copies_contradict(record)
} else := "in_future" if {
	not done(record)
} else := "copies_kept"

travelled_protected(record) if record.transport == "mutual_tls"

travelled_protected(record) if {
	record.transport == "wrapped"
	lib.wrapping_accepted(record.wrapping_algorithm, key_bits(record.key_id))
}

without_clear_copies(record) if record.clear_copies_made == false

copies_contradict(record) if {
	without_clear_copies(record)
	record.clear_copies_destroyed_at
}

# What TLS protects on its way is in clear at both ends.
copies_contradict(record) if {
	without_clear_copies(record)
	record.transport == "mutual_tls"
}

done(record) if {
	lib.past(record.imported_at)
	without_clear_copies(record)
}

done(record) if {
	lib.past(record.imported_at)
	lib.past(record.clear_copies_destroyed_at)
}

# imports_dual_control, exports_approved, exports_dual_control

dual_control(record) if {
	recorded_in_protocol(record)
	count(persons(record, "custodians")) >= data.params.import_custodians_min
}

control_problem(record) := "incomplete" if {
	lib.absent(record, ["custodians", "artifact"]) != []
} else := "no_protocol" if {
	not recorded_in_protocol(record)
} else := "too_few"

recorded_in_protocol(record) if record.artifact.path != ""

persons(item, field) := {lower(person) | some person in object.get(item, field, []); person != ""}

export_fields := ["object", "kind", "exported_at", "reason", "approved_by"]

approved(export) if {
	export.object != ""
	export.kind != ""
	export.reason != ""
	exported_in_time(export)
	count(persons(export, "approved_by")) >= data.params.export_approvers_min
}

approval_problem(export) := "incomplete" if {
	lib.absent(export, export_fields) != []
} else := "export_not_recent" if {
	not exported_in_time(export)
} else := "too_few"

exported_in_time(export) if lib.within_days(export.exported_at, 365)

all_recorded if {
	section := input.import_export
	section.export_count_365d == count(object.get(section, "exports", []))
}

migration_recorded(migration) if migration.client in exported

exported contains export.object if some export in input.import_export.exports

# exports_protected, exports_dual_control

secret_exported(export) if {
	export.kind == "secret"
	not named_as_key(export)
}

named_as_key(export) if export.object in keys_by_any_name

keys_by_any_name := keys_named({"id", "name"}) | {item.id | some item in input.kmip.objects}

keys_named(fields) := {key[field] | some key in input.keys.service_keys; some field in fields}

export_protected(export) if {
	export.kind in {"service_key", "kmip_object"}
	lib.wrapping_accepted(export.wrapping_algorithm, key_bits(export.object))
	not cannot_leave(export)
}

export_problem(export) := "kind_differs" if {
	export.kind == "secret"
} else := "cannot_leave" if {
	cannot_leave(export)
} else := "incomplete" if {
	lib.absent(export, ["wrapping_algorithm"]) != []
} else := "wrapping_not_accepted"

cannot_leave(export) if export.object in keys_that_stay

keys_that_stay := {key[field] |
	some key in input.keys.service_keys
	not lib.extractable(key)
	some field in {"id", "name"}
} | {item.id |
	some item in input.kmip.objects
	item.extractable == false
}

object_places(export) := array.concat(
	[sprintf("/keys/service_keys/%d", [k]) | some k, key in input.keys.service_keys; export.object in {key.id, key.name}],
	[sprintf("/kmip/objects/%d", [k]) | some k, item in input.kmip.objects; item.id == export.object],
)

# exports_tested

export_test_fields := ["format", "performed_on", "objects_expected", "objects_exported"]

exportable contains test.kind if {
	some test in input.import_export.export_tests
	open(test)
	complete(test)
	counted(test)
	lib.within_days(test.performed_on, data.params.export_test_max_age_days)
}

export_test_problem(test) := "not_tested" if {
	test == {}
} else := "incomplete" if {
	lib.absent(test, export_test_fields) != []
} else := "format_not_open" if {
	not open(test)
} else := "objects_left_out" if {
	not complete(test)
} else := "inventory_differs" if {
	not counted(test)
} else := "test_not_recent"

open(test) if test.format in data.params.export_formats

complete(test) if test.objects_exported == test.objects_expected

counted(test) if {
	existed := inventory(test.kind, test.performed_on)
	test.objects_expected >= existed.least
	test.objects_expected <= existed.most
}

nothing_to_export(kind) if {
	inventory_counts[kind] >= 0
	not kind in existing
}

# The kinds of which there is something to export at the time of the assessment, or may be.
existing contains "public_key" if {
	some key in input.keys.service_keys
	key.type in {"RSA", "EC"}
	exists(key)
}

existing contains "service_key" if {
	some key in input.keys.service_keys
	lib.extractable(key)
	exists(key)
}

existing contains "secret" if {
	some secret in input.secrets.secrets
	not not_yet(secret)
}

existing contains "kmip_object" if {
	some item in input.kmip.objects
	not item.extractable == false
	not not_yet(item)
}

existing contains ended.kind if {
	some ended in object.get(object.get(input, "import_export", {}), "former_objects", [])
	ended.kind in {"secret", "kmip_object"}
	lib.day_not_over(ended.ended_on)
}

exists(key) if {
	not not_yet(key)
	not gone_by_now(key)
}

not_yet(item) if lib.ahead(substring(item.created_at, 0, 10))

gone_by_now(key) if lib.past(substring(key.destroyed_at, 0, 10))

inventory_counts := {
	"public_key": input.keys.service_key_count,
	"service_key": input.keys.service_key_count,
	"secret": input.secrets.secret_count,
	"kmip_object": input.kmip.object_count,
}

inventory_places := {
	"public_key": "/keys/service_keys",
	"service_key": "/keys/service_keys",
	"secret": "/secrets/secrets",
	"kmip_object": "/kmip/objects",
}

# How many objects of a kind could be exported on a day, at least and at most. Of secrets and KMIP objects the time of
# creation may be unknown, and of KMIP objects that of destruction.
inventory("public_key", day) := {"least": n, "most": n} if {
	n := count([key |
		some key in input.keys.service_keys
		key.type in {"RSA", "EC"}
		existed(key, day)
	])
}

inventory("service_key", day) := {"least": n, "most": n} if {
	n := count([key |
		some key in input.keys.service_keys
		lib.extractable(key)
		existed(key, day)
	])
}

inventory("secret", day) := {"least": count(before), "most": count(before) + lib.former("secret", day)} if {
	before := [secret |
		some secret in input.secrets.secrets
		not later(secret, day)
	]
}

inventory("kmip_object", day) := {"least": count(before), "most": count(all) + lib.former("kmip_object", day)} if {
	all := [item | some item in input.kmip.objects; not item.extractable == false; not later(item, day)]
	before := [item | some item in all; not lib.kmip_destroyed(item)]
}

existed(key, day) if {
	not later(key, day)
	not gone(key, day)
}

later(item, day) if substring(item.created_at, 0, 10) > day

gone(key, day) if substring(key.destroyed_at, 0, 10) <= day

# Of several tests of one kind, the first.
export_test_of(kind) := input.import_export.export_tests[export_test_places(kind)[0]] if {
	export_test_places(kind) != []
} else := {}

export_test_place(kind) := lib.place(
	sprintf("/import_export/export_tests/%v", [export_test_places(kind)[0]]),
	export_test_of(kind),
	export_test_fields,
) if {
	export_test_places(kind) != []
} else := "/import_export/export_tests"

export_test_places(kind) := [i | some i, test in input.import_export.export_tests; test.kind == kind]

# nonexportable_planned

stays(key) if {
	key.origin == "generated"
	lib.usable(key)
	not lib.extractable(key)
}

planned(key) if {
	some plan in plans_by_purpose[key.purpose]
	[key.id, plan] in plans
}

plan_problem(key) := "incomplete" if {
	lib.absent(key, ["id"]) != []
} else := "plan_unfit" if {
	plans_of(key) != set()
} else := "no_plan"

plans_of(key) := {plan | some [id, plan] in plans; id == key.id}

plans contains [entry.key_id, entry.plan] if {
	some entry in input.import_export.nonexportable
	entry.plan in {"re_encrypt", "re_sign", "re_issue"}
	entry.owner != ""
}

plans_by_purpose := {
	"data_encryption": {"re_encrypt"},
	"key_wrapping": {"re_encrypt"},
	"master": {"re_encrypt"},
	"signature": {"re_sign", "re_issue"},
	"authentication": {"re_sign", "re_issue"},
}
