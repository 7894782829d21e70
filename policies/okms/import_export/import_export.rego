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
#   source: PCI DSS 4.0.1 requirement 3.7.1; CSA CCM v4 CEK-10
#   remediation: Find out where the key was created; record its import, or replace the key.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [ID.AM-08], pci_dss: ["3.7.1"]}
#   conditions:
#     incomplete: "the key {key} does not state {absent}"
#     import_not_recorded: "the key {key} was imported, and no import of it is recorded"
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

# METADATA
# title: Imported keys were created in a validated module with enough strength
# description: A key is as good as the generator it comes from.
# custom:
#   severity: high
#   evidence: [/import_export/source]
#   params: [import_strength_min_bits]
#   source: PCI DSS 4.0.1 requirement 3.7.1; NIST SP 800-133 Rev. 2
#   remediation: Replace the key by one that was created in a validated module.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [PR.DS-02], pci_dss: ["3.7.1"]}
#   conditions:
#     incomplete: "the import of the key {key} does not state {absent}"
#     validation_unknown: >-
#       the module that created the key {key} has the validation {validation}; expected is FIPS 140-2, FIPS 140-3, EN
#       419221-5 or Common Criteria, with its level or certificate
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
			"strength": lib.shown(record, "strength_bits"),
			"bits": data.params.import_strength_min_bits,
		},
	}
}

# METADATA
# title: Imported keys never lay in clear for long
# description: >-
#   A key that travelled in clear, or whose copies were left behind, is in more hands than the customer knows.
# custom:
#   severity: critical
#   evidence: [/import_export/source]
#   params: [import_clear_copy_max_hours]
#   source: PCI DSS 4.0.1 requirements 3.7.2 and 3.7.5
#   remediation: Treat the key as compromised and replace it; import wrapped, and destroy the copies at once.
#   controls: {iso_27001: ["8.24", "5.14"], ccm: [CEK-08, CEK-10], csf: [PR.DS-02], pci_dss: ["3.7.2"]}
#   conditions:
#     incomplete: "the import of the key {key} does not state {absent}"
#     travelled_in_clear: "the key {key} travelled in {transport}; expected is wrapped or mutual_tls"
#     in_future: >-
#       the import of the key {key} is dated {imported_at}, and the destruction of its copies in clear {destroyed_at};
#       expected are times before the assessment
#     copies_kept: >-
#       the copies in clear of the key {key} were destroyed at {destroyed_at}; expected is a time in the {hours}
#       {hours|hour|hours} after its import at {imported_at}
findings.imports_protected contains finding if {
	some i, record in input.import_export.imports
	not protected(record)
	finding := {
		"condition": protection_problem(record),
		"pointer": lib.place(sprintf("/import_export/imports/%d", [i]), record, protection_fields),
		"values": {
			"key": lib.shown(record, "key_id"),
			"absent": lib.absent(record, protection_fields),
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
#   evidence: [/import_export/source]
#   params: [import_custodians_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6
#   remediation: Import under dual control, and keep the signed protocol as artifact.
#   controls: {iso_27001: ["8.24", "5.3"], ccm: [CEK-10], csf: [PR.DS-02]}
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
#   Public keys, secrets and KMIP objects came out of the domain in a format that another service reads, all of them.
# custom:
#   severity: medium
#   evidence: [/import_export/export_tests]
#   params: [export_kinds, export_formats, export_test_max_age_days]
#   source: CSA CCM v4 IPY-02 and IPY-03
#   remediation: Export every object of the kind, read each in another tool, and record the counts.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-02, IPY-03], csf: [PR.DS-02]}
#   conditions:
#     not_tested: "no test of an export is of the kind {kind}"
#     incomplete: "the test of an export of the kind {kind} does not state {absent}"
#     format_not_open: >-
#       the test of an export of the kind {kind} was in the format {format}; expected is one of {formats}
#     objects_left_out: >-
#       the test of an export of the kind {kind} brought out {exported} {exported|object|objects} of {objects}
#     test_not_recent: >-
#       an export of the kind {kind} was tested on {performed_on}; expected is a test in the {days} {days|day|days}
#       before the assessment
findings.exports_tested contains finding if {
	some kind in data.params.export_kinds
	not kind in exportable
	test := test_of(kind)
	finding := {
		"condition": test_problem(test),
		"pointer": test_place(kind),
		"values": {
			"kind": kind,
			"absent": lib.absent(test, test_fields),
			"format": lib.shown(test, "format"),
			"formats": data.params.export_formats,
			"exported": lib.shown(test, "objects_exported"),
			"objects": lib.shown(test, "objects_expected"),
			"performed_on": lib.shown(test, "performed_on"),
			"days": data.params.export_test_max_age_days,
		},
	}
}

# METADATA
# title: Every export was approved by two
# description: The domain's logs count the exports; each is recorded with its reason and the approval of two persons.
# custom:
#   severity: high
#   evidence: [/import_export/export_count_365d]
#   params: [export_approvers_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6
#   remediation: Find out what was exported, by whom and why; replace what left without approval.
#   controls: {iso_27001: ["5.14", "5.3"], ccm: [CEK-08], csf: [PR.DS-02]}
#   conditions:
#     incomplete: "the export of {object} does not state {absent}"
#     export_not_recent: >-
#       {object} was exported at {exported_at}; expected are exports of the 365 days before the assessment
#     too_few: >-
#       {persons} {persons|person|persons} approved the export of {object}; expected {persons_min|is|are} at least
#       {persons_min}
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

# METADATA
# title: For every key that cannot leave there is a plan
# description: >-
#   A service key that OKMS generated is never given out; what it protects must be encrypted, signed or issued anew.
# custom:
#   severity: high
#   evidence: [/keys/service_keys, /import_export/nonexportable]
#   source: >-
#     OVHcloud documentation, OKMS usage (private and symmetric service keys are not exported); CSA CCM v4 CEK-20
#   remediation: List the key with what happens to what it protects, and the person responsible for it.
#   controls: {iso_27001: ["8.24", "5.14"], ccm: [IPY-03, CEK-20], csf: [ID.AM-08]}
#   conditions:
#     incomplete: "the key {key} does not state its id, so no plan can be matched with it"
#     no_plan: "the key {key} cannot leave the domain, and there is no plan with an owner for what it protects"
findings.nonexportable_planned contains finding if {
	some i, key in input.keys.service_keys
	stays(key)
	not planned(key)
	finding := {
		"condition": lib.problem(key, ["id"], "incomplete", "no_plan"),
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id"]),
		"values": {"key": lib.label(key)},
		"related": ["/import_export/nonexportable"],
	}
}

# origins_known

origin_known(key) if key.origin == "generated"

origin_known(key) if {
	key.origin == "imported"
	key.id in recorded
}

recorded contains record.key_id if some record in input.import_export.imports

# imports_strong

strength_fields := ["validation", "strength_bits"]

strong(record) if {
	validated(record)
	record.strength_bits >= data.params.import_strength_min_bits
}

strength_problem(record) := "incomplete" if {
	lib.absent(record, strength_fields) != []
} else := "validation_unknown" if {
	not validated(record)
} else := "too_weak"

validated(record) if {
	regex.match(`(?i)^(FIPS 140-[23]|EN 419 ?221-5|Common Criteria)\b.+`, record.validation)
}

# imports_protected

protection_fields := ["transport", "imported_at", "clear_copies_destroyed_at"]

protected(record) if {
	travelled_protected(record)
	done(record)
	lib.within_hours(
		record.imported_at, record.clear_copies_destroyed_at,
		data.params.import_clear_copy_max_hours,
	)
}

protection_problem(record) := "incomplete" if {
	lib.absent(record, protection_fields) != []
} else := "travelled_in_clear" if {
	not travelled_protected(record)
} else := "in_future" if {
	not done(record)
} else := "copies_kept"

travelled_protected(record) if record.transport in {"wrapped", "mutual_tls"}

done(record) if {
	lib.past(record.imported_at)
	lib.past(record.clear_copies_destroyed_at)
}

# imports_dual_control, exports_approved

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

export_fields := ["object", "exported_at", "reason", "approved_by"]

approved(export) if {
	export.object != ""
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

# exports_tested

test_fields := ["format", "performed_on", "objects_expected", "objects_exported"]

exportable contains test.kind if {
	some test in input.import_export.export_tests
	open(test)
	complete(test)
	lib.within_days(test.performed_on, data.params.export_test_max_age_days)
}

test_problem(test) := "not_tested" if {
	test == {}
} else := "incomplete" if {
	lib.absent(test, test_fields) != []
} else := "format_not_open" if {
	not open(test)
} else := "objects_left_out" if {
	not complete(test)
} else := "test_not_recent"

open(test) if test.format in data.params.export_formats

complete(test) if test.objects_exported == test.objects_expected

# Of several tests of one kind, the first.
test_of(kind) := input.import_export.export_tests[test_places(kind)[0]] if {
	test_places(kind) != []
} else := {}

test_place(kind) := lib.place(
	sprintf("/import_export/export_tests/%d", [test_places(kind)[0]]),
	test_of(kind),
	test_fields,
) if {
	test_places(kind) != []
} else := "/import_export/export_tests"

test_places(kind) := [i | some i, test in input.import_export.export_tests; test.kind == kind]

# nonexportable_planned

stays(key) if {
	key.origin == "generated"
	lib.usable(key)
}

planned(key) if key.id in plans

plans contains entry.key_id if {
	some entry in input.import_export.nonexportable
	entry.plan in {"re_encrypt", "re_sign", "re_issue"}
	entry.owner != ""
}
