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
#   id: applicability
#   severity: high
#   evidence: [/backup_devices/device_count, /backups/jobs]
#   applicability: true
#   source: own judgement (a declaration needs evidence as a check does)
#   remediation: Withdraw the declaration and list the devices.
#   controls: {iso_27001: ["7.10"], ccm: [BCR-08], csf: [ID.AM-01]}
findings contains finding if {
	some i, declaration in input.not_applicable
	declaration.activity == "3.1.3.4"
	not no_devices
	finding := {
		"check": "applicability",
		"pointer": sprintf("/not_applicable/%d", [i]),
		"message": "devices in the register or copies that the customer holds contradict the declaration that there are none",
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
#   id: devices_listed
#   severity: medium
#   evidence: [/backup_devices/devices, /backup_devices/device_count, /backups/jobs]
#   source: ISO/IEC 27001:2022 A.5.9 and A.7.10
#   remediation: List the device with its owner and place, under the name of the place that the backup jobs use.
#   controls: {iso_27001: ["7.10", "5.9"], ccm: [BCR-08], csf: [ID.AM-01]}
findings contains finding if {
	some problem in unlisted
	finding := {"check": "devices_listed", "pointer": problem.pointer, "message": problem.message}
}

unlisted contains problem if {
	some i, device in input.backup_devices.devices
	not listed(device)
	problem := {
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["id", "kind", "location", "owner"]),
		"message": sprintf("%s needs a kind, a place and an owner", [lib.label(device)]),
	}
}

unlisted contains problem if {
	not all_listed
	problem := {"pointer": "/backup_devices/device_count", "message": "the list of devices is not as long as the register says"}
}

unlisted contains problem if {
	some i, job in input.backups.jobs
	some k, copy in job.copies
	copy.held_by == "customer"
	not placed(copy)
	problem := {
		"pointer": lib.place(sprintf("/backups/jobs/%d/copies/%d", [i, k]), copy, ["location"]),
		"message": sprintf("%s keeps a copy at %s, where no device is listed", [lib.label(job), lib.shown(copy, "location")]),
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
#   id: devices_encrypted
#   severity: high
#   evidence: [/backup_devices/devices]
#   source: NIST SP 800-53 Rev. 5 SC-28; NIST SP 800-111
#   remediation: Encrypt the device, with a key held apart from it, and name the key.
#   controls: {iso_27001: ["7.10", "8.24"], ccm: [BCR-08], csf: [PR.DS-01]}
findings contains finding if {
	some i, device in input.backup_devices.devices
	not encrypted(device)
	finding := {
		"check": "devices_encrypted",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["encryption_key"]),
		"message": sprintf("no key encrypts %s", [lib.label(device)]),
	}
}

encrypted(device) if device.encryption_key != ""

# METADATA
# title: Every device is healthy and supported
# description: A degraded device, or one that nobody mends any more, is a copy less than is believed.
# custom:
#   id: devices_healthy
#   severity: medium
#   evidence: [/backup_devices/devices]
#   params: [device_check_max_age_days]
#   source: ISO/IEC 27001:2022 A.7.13; NIST SP 800-53 Rev. 5 MA-2
#   remediation: Repair or replace the device; check it every month.
#   controls: {iso_27001: ["7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
findings contains finding if {
	some i, device in input.backup_devices.devices
	not healthy(device)
	finding := {
		"check": "devices_healthy",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["health", "checked_on", "support_until"]),
		"message": sprintf("%s is %s, supported until %s; wanted is ok at a check in the last %v days, and support", [
			lib.label(device), lib.shown(device, "health"), lib.shown(device, "support_until"), data.params.device_check_max_age_days,
		]),
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
#   id: devices_have_room
#   severity: medium
#   evidence: [/backup_devices/devices]
#   params: [device_used_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the value is own judgement
#   remediation: Make room or add capacity.
#   controls: {iso_27001: ["8.6", "7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
findings contains finding if {
	some i, device in input.backup_devices.devices
	not has_room(device)
	finding := {
		"check": "devices_have_room",
		"pointer": sprintf("/backup_devices/devices/%d/used_percent", [i]),
		"message": sprintf("%s is %v %% full, wanted are at most %v", [lib.label(device), lib.shown(device, "used_percent"), data.params.device_used_max_percent]),
	}
}

has_room(device) if device.used_percent <= data.params.device_used_max_percent

# METADATA
# title: Every device is maintained
# description: Firmware, batteries and configuration are looked at before they fail.
# custom:
#   id: devices_maintained
#   severity: low
#   evidence: [/backup_devices/devices]
#   params: [device_maintenance_max_age_days]
#   source: ISO/IEC 27001:2022 A.7.13; NIST SP 800-53 Rev. 5 MA-2
#   remediation: Maintain the device, or review the service's configuration, and record the date.
#   controls: {iso_27001: ["7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
findings contains finding if {
	some i, device in input.backup_devices.devices
	not maintained(device)
	finding := {
		"check": "devices_maintained",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["maintained_on"]),
		"message": sprintf("%s was not maintained in the last %v days", [lib.label(device), data.params.device_maintenance_max_age_days]),
	}
}

maintained(device) if lib.within_days(device.maintained_on, data.params.device_maintenance_max_age_days)

# METADATA
# title: Offline media are where the register says
# description: A medium that nobody can find is lost, and somebody else may have found it.
# custom:
#   id: media_reviewed
#   severity: medium
#   evidence: [/backup_devices/offline_media]
#   params: [media_review_max_age_days]
#   source: PCI DSS 4.0.1 requirements 9.4.1.2 and 9.4.5.1
#   remediation: Count the media where they are kept; treat one that is missing as lost.
#   controls: {iso_27001: ["7.10"], ccm: [BCR-08], csf: [ID.AM-01], pci_dss: ["9.4.1.2", "9.4.5.1"]}
findings contains finding if {
	media := input.backup_devices.offline_media
	not media_reviewed(media)
	finding := {
		"check": "media_reviewed",
		"pointer": lib.place("/backup_devices/offline_media", media, ["media_count", "media_found", "reviewed_on", "reviewer"]),
		"message": sprintf("%v of %v media were found; wanted are all, by a named reviewer in the last %v days", [
			lib.shown(media, "media_found"), lib.shown(media, "media_count"), data.params.media_review_max_age_days,
		]),
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
#   id: failed_media_sanitised
#   severity: medium
#   evidence: [/backup_devices/failed_media_count]
#   params: [failed_media_max_days]
#   source: ISO/IEC 27001:2022 A.7.14; PCI DSS 4.0.1 requirement 9.4.7
#   remediation: Sanitise or destroy the medium, and keep the certificate.
#   controls: {iso_27001: ["7.14"], ccm: [BCR-08], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
findings contains finding if {
	some problem in failed_media
	finding := {"check": "failed_media_sanitised", "pointer": problem.pointer, "message": problem.message}
}

failed_media contains problem if {
	some i, medium in input.backup_devices.failed_media
	not sanitised(medium)
	problem := {
		"pointer": lib.place(sprintf("/backup_devices/failed_media/%d", [i]), medium, ["id", "failed_on", "sanitised_on", "certificate"]),
		"message": sprintf("%s failed and was not sanitised with a certificate within %v days", [lib.label(medium), data.params.failed_media_max_days]),
	}
}

failed_media contains problem if {
	not all_failed
	problem := {"pointer": "/backup_devices/failed_media_count", "message": "the list of failed media is not as long as the maintenance log says"}
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
