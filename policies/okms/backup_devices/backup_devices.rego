# METADATA
# title: Maintain storage and backup devices used for the service
# description: >-
#   OVHcloud maintains its own devices. Those of the customer that hold exports or backups of the domain are known,
#   encrypted, healthy, supported, and not full.
# custom:
#   duty: 3.1.3.4
package okms.backup_devices

import data.lib

# METADATA
# title: A declaration that there are no own devices is not contradicted
# description: It is believed where the register counts no device and no backup job has a copy that the customer holds.
# custom:
#   severity: high
#   evidence: [/backup_devices/device_count, /backups/jobs]
#   applicability: true
#   source: own judgement (a declaration needs evidence as a check does)
#   remediation: Withdraw the declaration and list the devices.
#   controls: {iso_27001: ["7.10"], ccm: [BCR-08], csf: [ID.AM-01]}
#   conditions:
#     not_applicability: "devices in the register or copies that the customer holds contradict the declaration that there are none"
findings.applicability contains finding if {
	some i, declaration in input.not_applicable
	declaration.activity == "3.1.3.4"
	not no_devices
	finding := {
		"condition": "not_applicability",
		"pointer": sprintf("/not_applicable/%d", [i]),
		"values": {},
	}
}

no_devices if {
	input.backup_devices.device_count == 0
	count(object.get(input.backup_devices, "devices", [])) == 0
	count([copy | some copy in input.backups.jobs[_].copies; copy.held_by == "customer"]) == 0
}

# METADATA
# title: Every device is listed, owned and placed
# description: The list is what the asset register counts, and every place where a backup job keeps an own copy is on it.
# custom:
#   severity: medium
#   evidence: [/backup_devices/devices, /backup_devices/device_count, /backups/jobs]
#   source: ISO/IEC 27001:2022 A.5.9 and A.7.10
#   remediation: List the device with its owner and place, under the name of the place that the backup jobs use.
#   controls: {iso_27001: ["7.10", "5.9"], ccm: [BCR-08], csf: [ID.AM-01]}
#   conditions:
#     not_devices_listed: "{device} needs a kind, a place and an owner"
#     not_devices_listed_2: "the list of devices is not as long as the register says"
#     not_devices_listed_3: "{job} keeps a copy at {location}, where no device is listed"
findings.devices_listed contains finding if {
	some i, device in input.backup_devices.devices
	not listed(device)
	finding := {
		"condition": "not_devices_listed",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["id", "kind", "location", "owner"]),
		"values": {"device": lib.label(device)},
	}
}

findings.devices_listed contains finding if {
	not all_listed
	finding := {"condition": "not_devices_listed_2", "pointer": "/backup_devices/device_count", "values": {}}
}

findings.devices_listed contains finding if {
	some i, job in input.backups.jobs
	some k, copy in job.copies
	copy.held_by == "customer"
	not placed(copy)
	finding := {
		"condition": "not_devices_listed_3",
		"pointer": lib.place(sprintf("/backups/jobs/%d/copies/%d", [i, k]), copy, ["location"]),
		"values": {"job": lib.label(job), "location": lib.shown(copy, "location")},
	}
}

listed(device) if {
	device.id != ""
	device.kind != ""
	device.location != ""
	device.owner != ""
}

all_listed if input.backup_devices.device_count == count({device.id | some device in input.backup_devices.devices})

placed(copy) if copy.location in places

places contains device.location if some device in input.backup_devices.devices

# METADATA
# title: Every device is encrypted
# description: A device leaves the house some day, by plan or by theft.
# custom:
#   severity: high
#   evidence: [/backup_devices/devices]
#   source: NIST SP 800-53 Rev. 5 SC-28; NIST SP 800-111
#   remediation: Encrypt the device, with a key held apart from it, and name the key.
#   controls: {iso_27001: ["7.10", "8.24"], ccm: [BCR-08], csf: [PR.DS-01]}
#   conditions:
#     not_devices_encrypted: "no key encrypts {device}"
findings.devices_encrypted contains finding if {
	some i, device in input.backup_devices.devices
	not encrypted(device)
	finding := {
		"condition": "not_devices_encrypted",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["encryption_key"]),
		"values": {"device": lib.label(device)},
	}
}

encrypted(device) if device.encryption_key != ""

# METADATA
# title: Every device is healthy and supported
# description: A degraded device, or one that nobody mends any more, is a copy less than is believed.
# custom:
#   severity: medium
#   evidence: [/backup_devices/devices]
#   params: [device_check_max_age_days]
#   source: ISO/IEC 27001:2022 A.7.13; NIST SP 800-53 Rev. 5 MA-2
#   remediation: Repair or replace the device; check it every month.
#   controls: {iso_27001: ["7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
#   conditions:
#     not_devices_healthy: "{device} is {health}, supported until {support_until}; wanted is ok at a check in the last {device_check_max_age_days} days, and support"
findings.devices_healthy contains finding if {
	some i, device in input.backup_devices.devices
	not healthy(device)
	finding := {
		"condition": "not_devices_healthy",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["health", "checked_on", "support_until"]),
		"values": {"device": lib.label(device), "health": lib.shown(device, "health"), "support_until": lib.shown(device, "support_until"), "device_check_max_age_days": data.params.device_check_max_age_days},
	}
}

healthy(device) if {
	device.health == "ok"
	lib.within_days(device.checked_on, data.params.device_check_max_age_days)
	lib.ahead(device.support_until)
}

# METADATA
# title: No device is nearly full
# description: The backup that finds no room is the one of the night before.
# custom:
#   severity: medium
#   evidence: [/backup_devices/devices]
#   params: [device_used_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the value is own judgement
#   remediation: Make room or add capacity.
#   controls: {iso_27001: ["8.6", "7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
#   conditions:
#     not_devices_have_room: "{device} is {used_percent} % full, wanted are at most {device_used_max_percent}"
findings.devices_have_room contains finding if {
	some i, device in input.backup_devices.devices
	not has_room(device)
	finding := {
		"condition": "not_devices_have_room",
		"pointer": sprintf("/backup_devices/devices/%d/used_percent", [i]),
		"values": {"device": lib.label(device), "used_percent": lib.shown(device, "used_percent"), "device_used_max_percent": data.params.device_used_max_percent},
	}
}

has_room(device) if device.used_percent <= data.params.device_used_max_percent

# METADATA
# title: Every device is maintained
# description: Firmware, batteries and configuration are looked at before they fail.
# custom:
#   severity: low
#   evidence: [/backup_devices/devices]
#   params: [device_maintenance_max_age_days]
#   source: ISO/IEC 27001:2022 A.7.13; NIST SP 800-53 Rev. 5 MA-2
#   remediation: Maintain the device, or review the service's configuration, and record the date.
#   controls: {iso_27001: ["7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
#   conditions:
#     not_devices_maintained: "{device} was not maintained in the last {device_maintenance_max_age_days} days"
findings.devices_maintained contains finding if {
	some i, device in input.backup_devices.devices
	not maintained(device)
	finding := {
		"condition": "not_devices_maintained",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["maintained_on"]),
		"values": {"device": lib.label(device), "device_maintenance_max_age_days": data.params.device_maintenance_max_age_days},
	}
}

maintained(device) if lib.within_days(device.maintained_on, data.params.device_maintenance_max_age_days)

# METADATA
# title: Offline media are where the register says
# description: A medium that nobody can find is lost, and somebody else may have found it.
# custom:
#   severity: medium
#   evidence: [/backup_devices/offline_media]
#   params: [media_review_max_age_days]
#   source: PCI DSS 4.0.1 requirements 9.4.1.2 and 9.4.5.1
#   remediation: Count the media where they are kept; treat one that is missing as lost.
#   controls: {iso_27001: ["7.10"], ccm: [BCR-08], csf: [ID.AM-01], pci_dss: ["9.4.1.2", "9.4.5.1"]}
#   conditions:
#     not_media_reviewed: "{media_found} of {media_count} media were found; wanted are all, by a named reviewer in the last {media_review_max_age_days} days"
findings.media_reviewed contains finding if {
	media := input.backup_devices.offline_media
	not media_reviewed(media)
	finding := {
		"condition": "not_media_reviewed",
		"pointer": lib.place("/backup_devices/offline_media", media, ["media_count", "media_found", "reviewed_on", "reviewer"]),
		"values": {"media_found": lib.shown(media, "media_found"), "media_count": lib.shown(media, "media_count"), "media_review_max_age_days": data.params.media_review_max_age_days},
	}
}

media_reviewed(media) if {
	media.media_found == media.media_count
	media.reviewer != ""
	lib.within_days(media.reviewed_on, data.params.media_review_max_age_days)
}

# METADATA
# title: Failed media were sanitised
# description: A medium that fails still holds what was on it.
# custom:
#   severity: medium
#   evidence: [/backup_devices/failed_media_count]
#   params: [failed_media_max_days]
#   source: ISO/IEC 27001:2022 A.7.14; PCI DSS 4.0.1 requirement 9.4.7
#   remediation: Sanitise or destroy the medium, and keep the certificate.
#   controls: {iso_27001: ["7.14"], ccm: [BCR-08], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
#   conditions:
#     not_failed_media_sanitised: "{medium} failed and was not sanitised with a certificate within {failed_media_max_days} days"
#     not_failed_media_sanitised_2: "the list of failed media is not as long as the maintenance log says"
findings.failed_media_sanitised contains finding if {
	some i, medium in input.backup_devices.failed_media
	not sanitised(medium)
	finding := {
		"condition": "not_failed_media_sanitised",
		"pointer": lib.place(sprintf("/backup_devices/failed_media/%d", [i]), medium, ["id", "failed_on", "sanitised_on", "certificate"]),
		"values": {"medium": lib.label(medium), "failed_media_max_days": data.params.failed_media_max_days},
	}
}

findings.failed_media_sanitised contains finding if {
	not all_failed
	finding := {"condition": "not_failed_media_sanitised_2", "pointer": "/backup_devices/failed_media_count", "values": {}}
}

sanitised(medium) if {
	medium.id != ""
	medium.certificate != ""
	lib.past(medium.sanitised_on)
	days := lib.days_between(medium.failed_on, medium.sanitised_on)
	days >= 0
	days <= data.params.failed_media_max_days
}

all_failed if input.backup_devices.failed_media_count == count(object.get(input.backup_devices, "failed_media", []))
