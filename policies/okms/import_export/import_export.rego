# METADATA
# title: Import/export stored objects
# description: >-
#   Keys came in from a good source, protected and under dual control; what can leave has been seen to leave in an open
#   format; for what cannot there is a plan.
# custom:
#   duty: 2.2.1
package okms.import_export

import data.lib

# METADATA
# title: The origin of every key is known
# description: A key of unknown origin may be known to somebody else. An imported key has the record of its import.
# custom:
#   severity: high
#   evidence: [/keys/service_keys, /import_export/source]
#   source: PCI DSS 4.0.1 requirement 3.7.1; CSA CCM v4 CEK-10
#   remediation: Find out where the key was made; record its import, or replace the key.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [ID.AM-08], pci_dss: ["3.7.1"]}
#   conditions:
#     not_origins_known: "{key} has no origin, or was imported without a record"
findings.origins_known contains finding if {
	some i, key in input.keys.service_keys
	not origin_known(key)
	finding := {
		"condition": "not_origins_known",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id", "origin"]),
		"values": {"key": lib.label(key)},
	}
}

origin_known(key) if key.origin == "generated"

origin_known(key) if {
	key.origin == "imported"
	key.id in recorded
}

recorded contains record.key_id if some record in input.import_export.imports

# METADATA
# title: Imported keys were made in a validated module with enough strength
# description: A key is as good as the generator it comes from.
# custom:
#   severity: high
#   evidence: [/import_export/source]
#   params: [import_strength_min_bits]
#   source: PCI DSS 4.0.1 requirement 3.7.1; NIST SP 800-133 Rev. 2
#   remediation: Replace the key by one that was made in a validated module.
#   controls: {iso_27001: ["8.24"], ccm: [CEK-10], csf: [PR.DS-02], pci_dss: ["3.7.1"]}
#   conditions:
#     not_imports_strong: "key {key_id} was not made in a validated module with at least {import_strength_min_bits} bits of strength"
findings.imports_strong contains finding if {
	some i, record in input.import_export.imports
	not strong(record)
	finding := {
		"condition": "not_imports_strong",
		"pointer": lib.place(sprintf("/import_export/imports/%d", [i]), record, ["validation", "strength_bits"]),
		"values": {"key_id": lib.shown(record, "key_id"), "import_strength_min_bits": data.params.import_strength_min_bits},
	}
}

strong(record) if {
	regex.match(`(?i)^(FIPS 140-[23]|EN 419 ?221-5|Common Criteria)\b.+`, record.validation)
	record.strength_bits >= data.params.import_strength_min_bits
}

# METADATA
# title: Imported keys never lay in clear for long
# description: A key that travelled in clear, or whose copies were left behind, is in more hands than is known.
# custom:
#   severity: critical
#   evidence: [/import_export/source]
#   params: [import_clear_copy_max_hours]
#   source: PCI DSS 4.0.1 requirements 3.7.2 and 3.7.5
#   remediation: Treat the key as compromised and replace it; import wrapped, and destroy the copies at once.
#   controls: {iso_27001: ["8.24", "5.14"], ccm: [CEK-08, CEK-10], csf: [PR.DS-02], pci_dss: ["3.7.2"]}
#   conditions:
#     not_imports_protected: "key {key_id} travelled {transport}, or its copies in clear were not destroyed within {import_clear_copy_max_hours} hours of the import"
findings.imports_protected contains finding if {
	some i, record in input.import_export.imports
	not protected(record)
	finding := {
		"condition": "not_imports_protected",
		"pointer": lib.place(
			sprintf("/import_export/imports/%d", [i]), record,
			["transport", "imported_at", "clear_copies_destroyed_at"],
		),
		"values": {"key_id": lib.shown(record, "key_id"), "transport": lib.shown(record, "transport"), "import_clear_copy_max_hours": data.params.import_clear_copy_max_hours},
	}
}

protected(record) if {
	record.transport in {"wrapped", "mutual_tls"}
	lib.past(record.imported_at)
	lib.past(record.clear_copies_destroyed_at)
	hours := lib.hours_between(record.imported_at, record.clear_copies_destroyed_at)
	hours >= 0
	hours <= data.params.import_clear_copy_max_hours
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
#     not_imports_dual_control: "the import of key {key_id} needs at least {import_custodians_min} custodians and a protocol"
findings.imports_dual_control contains finding if {
	some i, record in input.import_export.imports
	not dual_control(record)
	finding := {
		"condition": "not_imports_dual_control",
		"pointer": lib.place(sprintf("/import_export/imports/%d", [i]), record, ["custodians", "artifact"]),
		"values": {"key_id": lib.shown(record, "key_id"), "import_custodians_min": data.params.import_custodians_min},
	}
}

dual_control(record) if {
	record.artifact.path != ""
	persons := {lower(person) | some person in record.custodians; person != ""}
	count(persons) >= data.params.import_custodians_min
}

# METADATA
# title: What can be exported has been exported, whole and in an open format
# description: Public keys, secrets and KMIP objects came out of the domain in a format that another service reads, all of them.
# custom:
#   severity: medium
#   evidence: [/import_export/export_tests]
#   params: [export_kinds, export_formats, export_test_max_age_days]
#   source: CSA CCM v4 IPY-02 and IPY-03
#   remediation: Export every object of the kind, read each in another tool, and record the counts.
#   controls: {iso_27001: ["5.14"], ccm: [IPY-02, IPY-03], csf: [PR.DS-02]}
#   conditions:
#     not_exports_tested: "no export of every {kind} in an open format ({export_formats}) in the last {export_test_max_age_days} days"
findings.exports_tested contains finding if {
	some kind in data.params.export_kinds
	not kind in exportable
	finding := {
		"condition": "not_exports_tested",
		"pointer": export_place(kind),
		"values": {"kind": kind, "export_formats": concat(", ", data.params.export_formats), "export_test_max_age_days": data.params.export_test_max_age_days},
	}
}

exportable contains test.kind if {
	some test in input.import_export.export_tests
	test.format in data.params.export_formats
	test.objects_exported == test.objects_expected
	lib.within_days(test.performed_on, data.params.export_test_max_age_days)
}

export_place(kind) := lib.place(
	sprintf("/import_export/export_tests/%v", [places[0]]), input.import_export.export_tests[places[0]],
	["format", "performed_on", "objects_expected", "objects_exported"],
) if {
	places := [i | some i, test in input.import_export.export_tests; test.kind == kind]
	places != []
} else := "/import_export/export_tests"

# METADATA
# title: Every export was approved by two
# description: The domain's logs count the exports; each is recorded with its reason and the approval of two persons.
# custom:
#   severity: high
#   evidence: [/import_export/export_count_365d]
#   params: [export_approvers_min]
#   source: PCI DSS 4.0.1 requirement 3.7.6
#   remediation: Find out who exported what and why; replace what left without approval.
#   controls: {iso_27001: ["5.14", "5.3"], ccm: [CEK-08], csf: [PR.DS-02]}
#   conditions:
#     not_exports_approved: "the export of {object} needs a reason and the approval of at least {export_approvers_min} persons"
#     not_exports_approved_2: "the record of exports is not as long as the domain's logs say"
findings.exports_approved contains finding if {
	some i, export in input.import_export.exports
	not approved(export)
	finding := {
		"condition": "not_exports_approved",
		"pointer": lib.place(sprintf("/import_export/exports/%d", [i]), export, ["object", "exported_at", "reason", "approved_by"]),
		"values": {"object": lib.shown(export, "object"), "export_approvers_min": data.params.export_approvers_min},
	}
}

findings.exports_approved contains finding if {
	not all_recorded
	finding := {
		"condition": "not_exports_approved_2",
		"pointer": "/import_export/export_count_365d",
		"values": {},
	}
}

approved(export) if {
	export.object != ""
	export.reason != ""
	lib.within_days(export.exported_at, 365)
	persons := {lower(person) | some person in export.approved_by; person != ""}
	count(persons) >= data.params.export_approvers_min
}

all_recorded if {
	section := input.import_export
	section.export_count_365d == count(object.get(section, "exports", []))
}

# METADATA
# title: For every key that cannot leave there is a plan
# description: A service key that OKMS generated is never given out; what it protects must be encrypted, signed or issued anew.
# custom:
#   severity: high
#   evidence: [/keys/service_keys, /import_export/nonexportable]
#   source: OVHcloud documentation, OKMS usage (private and symmetric service keys are not exported); CSA CCM v4 CEK-20
#   remediation: List the key with what happens to what it protects, and who would do it.
#   controls: {iso_27001: ["8.24", "5.14"], ccm: [IPY-03, CEK-20], csf: [ID.AM-08]}
#   conditions:
#     not_nonexportable_planned: "{key} cannot leave the domain, and nobody has a plan for what it protects"
findings.nonexportable_planned contains finding if {
	some i, key in input.keys.service_keys
	stays(key)
	not planned(key)
	finding := {
		"condition": "not_nonexportable_planned",
		"pointer": lib.place(sprintf("/keys/service_keys/%d", [i]), key, ["id"]),
		"values": {"key": lib.label(key)},
	}
}

stays(key) if {
	key.origin == "generated"
	key.state in {"pre_active", "active"}
}

planned(key) if key.id in plans

plans contains entry.key_id if {
	some entry in input.import_export.nonexportable
	entry.plan in {"re_encrypt", "re_sign", "re_issue"}
	entry.owner != ""
}
