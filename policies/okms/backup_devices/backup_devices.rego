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
# description: >-
#   It is accepted where the register counts no device and no backup job has a copy on a medium or at a site of the
#   customer's own. Storage that is rented as a service is no device of the customer.
# custom:
#   severity: high
#   evidence: [/backup_devices/device_count, /backups/jobs, /sites/site_count]
#   applicability: true
#   source: raci-check default, no external source (a declaration needs evidence as a check does)
#   remediation: Withdraw the declaration and list the devices.
#   controls: {iso_27001: ["7.10"], ccm: [BCR-08], csf: [ID.AM-01]}
#   conditions:
#     not_counted: >-
#       the duty is declared not applicable, and the evidence does not state how many devices the asset register counts
#     contradicted: >-
#       the duty is declared not applicable; the asset register counts {counted} {counted|device|devices}, {listed}
#       {listed|is|are} listed, and the backup jobs have {copies} {copies|copy|copies} on own media or at own sites;
#       expected are none
findings.applicability contains finding if {
	some i, declaration in input.not_applicable
	declaration.activity == "3.1.3.4"
	not no_devices
	register := object.get(input, "backup_devices", {})
	finding := {
		"condition": lib.problem(register, ["device_count"], "not_counted", "contradicted"),
		"pointer": sprintf("/not_applicable/%d", [i]),
		"values": {
			"counted": lib.shown(register, "device_count"),
			"listed": count(object.get(register, "devices", [])),
			"copies": count(own_copies),
		},
		"related": own_copies,
	}
}

# METADATA
# title: Every device is listed, owned and placed
# description: >-
#   The list is what the asset register counts, and it has a device at every place of an own copy of a backup job.
# custom:
#   severity: medium
#   evidence: [/backup_devices/device_count, /backups/jobs]
#   population: {list: /backup_devices/devices, count: /backup_devices/device_count}
#   source: ISO/IEC 27001:2022 A.5.9 and A.7.10
#   remediation: List the device with its owner and place, under the name of the place that the backup jobs use.
#   controls: {iso_27001: ["7.10", "5.9"], ccm: [DCS-06], csf: [ID.AM-01], pci_dss: ["9.4.5"]}
#   conditions:
#     incomplete: "the device {device} does not state {absent}"
#     not_all_listed: "{listed} {listed|device is|devices are} listed, the asset register counts {counted}"
#     copy_without_place: "{job} does not state the location of a copy that the customer holds"
#     no_device_there: "{job} keeps a copy at {location}, where no device is listed"
#     no_device_of_kind: >-
#       {job} keeps a copy on {medium} at {location}; the devices that are listed there are of the {kinds|kind|kinds}
#       {kinds}
#     media_not_counted: >-
#       {copies} {copies|copy|copies} of backup jobs {copies|is|are} on tape or optical media, and the register counts
#       {counted} offline media; expected {places|is|are} at least {places}, one for each place
findings.devices_listed contains finding if {
	some i, device in input.backup_devices.devices
	not listed(device)
	finding := {
		"condition": "incomplete",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, device_fields),
		"values": {"device": lib.label(device), "absent": lib.absent(device, device_fields)},
	}
}

findings.devices_listed contains finding if {
	not all_listed
	finding := {
		"condition": "not_all_listed",
		"pointer": "/backup_devices/device_count",
		"values": {
			"listed": lib.listed(devices, "id"),
			"counted": input.backup_devices.device_count,
		},
	}
}

findings.devices_listed contains finding if {
	some i, job in input.backups.jobs
	some k, copy in job.copies
	copy.held_by == "customer"
	not placed(copy)
	finding := {
		"condition": lib.problem(copy, ["location"], "copy_without_place", "no_device_there"),
		"pointer": lib.place(sprintf("/backups/jobs/%d/copies/%d", [i, k]), copy, ["location"]),
		"values": {"job": lib.label(job), "location": lib.shown(copy, "location")},
	}
}

findings.devices_listed contains finding if {
	some i, job in input.backups.jobs
	some k, copy in job.copies
	copy.held_by == "customer"
	placed(copy)
	not on_fitting_device(copy)
	finding := {
		"condition": "no_device_of_kind",
		"pointer": lib.place(sprintf("/backups/jobs/%d/copies/%d", [i, k]), copy, ["medium"]),
		"values": {
			"job": lib.label(job),
			"medium": lib.shown(copy, "medium"),
			"location": copy.location,
			"kinds": sort({kind | some [location, kind] in kinds_at; location == copy.location}),
		},
		"related": [sprintf("/backup_devices/devices/%d", [n]) |
			some n, device in input.backup_devices.devices
			device.location == copy.location
		],
	}
}

findings.devices_listed contains finding if {
	count(removable_copies) > 0
	not removable_media_counted
	finding := {
		"condition": "media_not_counted",
		"pointer": "/backup_devices/offline_media/media_count",
		"values": {
			"copies": count(removable_copies),
			"counted": lib.shown(object.get(input.backup_devices, "offline_media", {}), "media_count"),
			"places": count(removable_places),
		},
		"related": sort({copy[0] | some copy in removable_copies}),
	}
}

# METADATA
# title: Every device is encrypted
# description: A device leaves the building some day, by plan or by theft.
# custom:
#   severity: high
#   evidence: [/backup_devices/devices, /backup_devices/device_count]
#   population: {list: /backup_devices/devices, count: /backup_devices/device_count}
#   source: NIST SP 800-53 Rev. 5 SC-28; NIST SP 800-111
#   remediation: Encrypt the device, with a key held apart from it, and name the key.
#   controls: {iso_27001: ["7.10", "8.24"], ccm: [BCR-08, CEK-03], csf: [PR.DS-01]}
#   conditions:
#     not_encrypted: "the device {device} names no key that encrypts it"
findings.devices_encrypted contains finding if {
	some i, device in input.backup_devices.devices
	not encrypted(device)
	finding := {
		"condition": "not_encrypted",
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["encryption_key"]),
		"values": {"device": lib.label(device)},
	}
}

# METADATA
# title: Every device is healthy and supported
# description: A degraded device, or one without support, may be no copy at all on the day it is needed.
# custom:
#   severity: medium
#   evidence: [/backup_devices/devices, /backup_devices/device_count]
#   population: {list: /backup_devices/devices, count: /backup_devices/device_count}
#   params: [device_check_max_age_days]
#   source: ISO/IEC 27001:2022 A.7.13; NIST SP 800-53 Rev. 5 MA-2
#   remediation: Repair or replace the device; check it every month.
#   controls: {iso_27001: ["7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
#   conditions:
#     incomplete: "the device {device} does not state {absent}"
#     not_healthy: "the device {device} is {health}; expected is ok"
#     check_not_recent: >-
#       the health of the device {device} was last checked on {checked_on}; expected is a check in the {days}
#       {days|day|days} before the assessment
#     unsupported: "the support of the device {device} ended on {support_until}"
findings.devices_healthy contains finding if {
	some i, device in input.backup_devices.devices
	not healthy(device)
	finding := {
		"condition": health_problem(device),
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, health_fields),
		"values": {
			"device": lib.label(device),
			"absent": lib.absent(device, health_fields),
			"health": lib.shown(device, "health"),
			"checked_on": lib.shown(device, "checked_on"),
			"days": data.params.device_check_max_age_days,
			"support_until": lib.shown(device, "support_until"),
		},
	}
}

# METADATA
# title: No device is nearly full
# description: A backup that finds no room is not written.
# custom:
#   severity: medium
#   evidence: [/backup_devices/devices, /backup_devices/device_count]
#   population: {list: /backup_devices/devices, count: /backup_devices/device_count}
#   params: [device_used_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the value is a raci-check default, no external source
#   remediation: Make room or add capacity.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_measured: "the device {device} does not state how full it is"
#     nearly_full: "the device {device} is {used} % full; expected is at most {max} %"
findings.devices_have_room contains finding if {
	some i, device in input.backup_devices.devices
	not has_room(device)
	finding := {
		"condition": lib.problem(device, ["used_percent"], "not_measured", "nearly_full"),
		"pointer": sprintf("/backup_devices/devices/%d/used_percent", [i]),
		"values": {
			"device": lib.label(device),
			"used": lib.shown(device, "used_percent"),
			"max": data.params.device_used_max_percent,
		},
	}
}

# METADATA
# title: Every device is maintained
# description: Firmware, batteries and configuration are looked at before they fail.
# custom:
#   severity: low
#   evidence: [/backup_devices/devices, /backup_devices/device_count]
#   population: {list: /backup_devices/devices, count: /backup_devices/device_count}
#   params: [device_maintenance_max_age_days]
#   source: ISO/IEC 27001:2022 A.7.13; NIST SP 800-53 Rev. 5 MA-2
#   remediation: Maintain the device, or review the service's configuration, and record the date.
#   controls: {iso_27001: ["7.13"], ccm: [BCR-08], csf: [PR.PS-03]}
#   conditions:
#     never_maintained: "the device {device} does not state when it was last maintained"
#     maintenance_not_recent: >-
#       the device {device} was last maintained on {maintained_on}; expected is maintenance in the {days}
#       {days|day|days} before the assessment
findings.devices_maintained contains finding if {
	some i, device in input.backup_devices.devices
	not maintained(device)
	finding := {
		"condition": lib.problem(device, ["maintained_on"], "never_maintained", "maintenance_not_recent"),
		"pointer": lib.place(sprintf("/backup_devices/devices/%d", [i]), device, ["maintained_on"]),
		"values": {
			"device": lib.label(device),
			"maintained_on": lib.shown(device, "maintained_on"),
			"days": data.params.device_maintenance_max_age_days,
		},
	}
}

# METADATA
# title: Offline media are where the register says
# description: A medium that cannot be found is lost, and what it holds may be in other hands.
# custom:
#   severity: medium
#   evidence: [/backup_devices/offline_media, /backup_devices/offline_media/media_count]
#   population: {list: /backup_devices/offline_media/media_found, count: /backup_devices/offline_media/media_count}
#   params: [media_review_max_age_days]
#   source: PCI DSS 4.0.1 requirements 9.4.1.2 and 9.4.5.1
#   remediation: Count the media where they are kept; treat one that is missing as lost.
#   controls: {iso_27001: ["7.10"], ccm: [DCS-06], csf: [ID.AM-01], pci_dss: ["9.4.1.2", "9.4.5.1"]}
#   conditions:
#     incomplete: "the review of the offline media does not state {absent}"
#     not_all_found: >-
#       {found} {found|offline medium was|offline media were} found; the register counts {counted}
#     review_not_recent: >-
#       the offline media were last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before
#       the assessment
findings.media_reviewed contains finding if {
	media := input.backup_devices.offline_media
	not media_reviewed(media)
	finding := {
		"condition": media_problem(media),
		"pointer": lib.place("/backup_devices/offline_media", media, media_fields),
		"values": {
			"absent": lib.absent(media, media_fields),
			"found": lib.shown(media, "media_found"),
			"counted": lib.shown(media, "media_count"),
			"reviewed_on": lib.shown(media, "reviewed_on"),
			"days": data.params.media_review_max_age_days,
		},
	}
}

# METADATA
# title: Failed media were sanitised
# description: A medium that fails still holds what was on it.
# custom:
#   severity: medium
#   evidence: [/backup_devices/failed_media_count]
#   population: {list: /backup_devices/failed_media, count: /backup_devices/failed_media_count}
#   params: [failed_media_max_days]
#   source: ISO/IEC 27001:2022 A.7.14; PCI DSS 4.0.1 requirement 9.4.7
#   remediation: Sanitise or destroy the medium, and keep the certificate.
#   controls: {iso_27001: ["7.14"], ccm: [DSP-02], csf: [ID.AM-08], pci_dss: ["9.4.7"]}
#   conditions:
#     incomplete: "the failed medium {medium} does not state {absent}"
#     sanitised_in_future: "the failed medium {medium} has {sanitised_on} as day of sanitisation, after the assessment"
#     not_in_time: >-
#       the medium {medium} failed on {failed_on} and was sanitised on {sanitised_on}; expected is sanitisation within
#       {days} {days|day|days} of the failure
#     not_all_listed: >-
#       {listed} {listed|medium is|media are} listed that failed in the last 365 days, the maintenance log counts
#       {counted}
findings.failed_media_sanitised contains finding if {
	some i, medium in input.backup_devices.failed_media
	not sanitised(medium)
	finding := {
		"condition": medium_problem(medium),
		"pointer": lib.place(sprintf("/backup_devices/failed_media/%d", [i]), medium, medium_fields),
		"values": {
			"medium": lib.label(medium),
			"absent": lib.absent(medium, medium_fields),
			"failed_on": lib.shown(medium, "failed_on"),
			"sanitised_on": lib.shown(medium, "sanitised_on"),
			"days": data.params.failed_media_max_days,
		},
	}
}

findings.failed_media_sanitised contains finding if {
	not all_failed
	finding := {
		"condition": "not_all_listed",
		"pointer": "/backup_devices/failed_media_count",
		"values": {
			"listed": count(failed_in_last_year),
			"counted": input.backup_devices.failed_media_count,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section backup devices, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/backup_devices]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["backup_devices"])
}

# applicability

no_devices if {
	input.backup_devices.device_count == 0
	count(object.get(input.backup_devices, "devices", [])) == 0
	count(own_copies) == 0
}

# Where a copy is on a medium that is not rented as a service, or at a site of the customer.
own_copies := [sprintf("/backups/jobs/%d/copies/%d", [i, k]) |
	some i, job in input.backups.jobs
	some k, copy in job.copies
	copy.held_by == "customer"
	on_own_device(copy)
]

on_own_device(copy) if not copy.medium

on_own_device(copy) if not copy.location

on_own_device(copy) if copy.medium in own_media

on_own_device(copy) if copy.location in sites

own_media := {"nas", "tape", "optical"}

sites contains site.id if some site in input.sites.sites

# devices_listed

device_fields := ["id", "kind", "location", "owner"]

listed(device) if {
	device.id != ""
	device.kind != ""
	device.location != ""
	device.owner != ""
}

devices := object.get(input.backup_devices, "devices", [])

all_listed if lib.complete(devices, "id", input.backup_devices.device_count)

placed(copy) if copy.location in places

places contains device.location if some device in input.backup_devices.devices

on_fitting_device(copy) if {
	some kind in fitting_kinds[copy.medium]
	[copy.location, kind] in kinds_at
}

kinds_at contains [device.location, device.kind] if some device in input.backup_devices.devices

# The kinds of device that can hold a medium. Object and block storage may be a service or run on own hardware.
fitting_kinds := {
	"object_storage": {"bucket", "nas", "disk"},
	"block_storage": {"bucket", "nas", "disk"},
	"nas": {"nas"},
	"tape": {"tape_library"},
	"optical": {"tape_library", "disk", "nas"},
}

# Copies on media that are taken out of their device and kept offline.
removable_copies := {[sprintf("/backups/jobs/%d/copies/%d", [i, k]), copy.location] |
	some i, job in input.backups.jobs
	some k, copy in job.copies
	copy.held_by == "customer"
	copy.medium in {"tape", "optical"}
}

removable_places := {place | some [_, place] in removable_copies}

removable_media_counted if input.backup_devices.offline_media.media_count >= count(removable_places)

# devices_encrypted

encrypted(device) if device.encryption_key != ""

# devices_healthy

health_fields := ["health", "checked_on", "support_until"]

healthy(device) if {
	health_ok(device)
	health_checked(device)
	supported(device)
}

health_problem(device) := "incomplete" if {
	lib.absent(device, health_fields) != []
} else := "not_healthy" if {
	not health_ok(device)
} else := "check_not_recent" if {
	not health_checked(device)
} else := "unsupported"

health_ok(device) if device.health == "ok"

health_checked(device) if lib.within_days(device.checked_on, data.params.device_check_max_age_days)

supported(device) if lib.ahead(device.support_until)

# devices_have_room

has_room(device) if device.used_percent <= data.params.device_used_max_percent

# devices_maintained

maintained(device) if lib.within_days(device.maintained_on, data.params.device_maintenance_max_age_days)

# media_reviewed

media_fields := ["media_count", "media_found", "reviewed_on", "reviewer"]

media_reviewed(media) if {
	all_found(media)
	media.reviewer != ""
	lib.within_days(media.reviewed_on, data.params.media_review_max_age_days)
}

media_problem(media) := "incomplete" if {
	lib.absent(media, media_fields) != []
} else := "not_all_found" if {
	not all_found(media)
} else := "review_not_recent"

all_found(media) if media.media_found == media.media_count

# failed_media_sanitised

medium_fields := ["id", "failed_on", "sanitised_on", "certificate"]

sanitised(medium) if {
	medium.id != ""
	medium.certificate != ""
	sanitised_before(medium)
	days := lib.days_between(medium.failed_on, medium.sanitised_on)
	days >= 0
	days <= data.params.failed_media_max_days
}

sanitised(medium) if {
	medium.id != ""
	lib.absent(medium, ["sanitised_on"]) != []
	lib.running(medium.failed_on, data.params.failed_media_max_days * 24)
}

medium_problem(medium) := "incomplete" if {
	lib.absent(medium, medium_fields) != []
} else := "sanitised_in_future" if {
	not sanitised_before(medium)
} else := "not_in_time"

sanitised_before(medium) if lib.past(medium.sanitised_on)

all_failed if input.backup_devices.failed_media_count == count(failed_in_last_year)

failed_in_last_year := [medium |
	some medium in object.get(input.backup_devices, "failed_media", [])
	lib.within_days(medium.failed_on, 365)
]
