# METADATA
# title: Manage and monitor the Service capacity
# description: >-
#   OVHcloud scales the service; how close the customer is to its quotas and rates, and who would notice, is the
#   customer's.
# custom:
#   duty: 3.1.3.1
package okms.capacity

import data.lib

# METADATA
# title: Every resource is measured, and as the inventories count it
# description: A resource without a limit or a measure is one whose end nobody sees; a measure that the inventory contradicts is none.
# custom:
#   severity: medium
#   evidence: [/capacity/usage, /keys/service_key_count, /secrets/secret_count, /kmip/object_count]
#   params: [capacity_count_deviation_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the deviation is own judgement
#   remediation: Measure the resource against a limit (asked of the provider, or set by yourself), and mend the count that is wrong.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_resources_measured: "{resource} are not measured against a limit, or differ by more than {capacity_count_deviation_max_percent} % from the {value} that the inventory counts"
findings.resources_measured contains finding if {
	some resource in {"service_keys", "secrets", "kmip_objects", "requests_per_second"}
	not resource in measured
	finding := {
		"condition": "not_resources_measured",
		"pointer": usage_place(resource),
		"values": {"resource": resource, "capacity_count_deviation_max_percent": data.params.capacity_count_deviation_max_percent, "value": object.get(counted, resource, "requests")},
	}
}

measured contains usage.resource if {
	some usage in input.capacity.usage
	usage.limit > 0
	agrees(usage)
}

agrees(usage) if {
	usage.resource == "requests_per_second"
	usage.used > 0
}

agrees(usage) if {
	number := counted[usage.resource]
	abs(usage.used - number) * 100 <= number * data.params.capacity_count_deviation_max_percent
}

counted.service_keys := input.keys.service_key_count

counted.secrets := input.secrets.secret_count

counted.kmip_objects := input.kmip.object_count

usage_place(resource) := lib.place(sprintf("/capacity/usage/%v", [places[0]]), input.capacity.usage[places[0]], ["used", "limit"]) if {
	places := [i | some i, usage in input.capacity.usage; usage.resource == resource]
	places != []
} else := "/capacity/usage"

# METADATA
# title: Use stays below the limits
# description: Keys, secrets, objects and the request rate each have a limit, and room below it.
# custom:
#   severity: high
#   evidence: [/capacity/usage]
#   params: [capacity_used_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the value is own judgement
#   remediation: Ask the provider for a higher limit, or use less (delete what is unused, cache data keys).
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_use_below_limits: "{used} of {limit} {resource} are used, wanted are at most {capacity_used_max_percent} %"
findings.use_below_limits contains finding if {
	some i, usage in input.capacity.usage
	not below(usage)
	finding := {
		"condition": "not_use_below_limits",
		"pointer": lib.place(sprintf("/capacity/usage/%d", [i]), usage, ["resource", "used", "limit"]),
		"values": {"used": lib.shown(usage, "used"), "limit": lib.shown(usage, "limit"), "resource": lib.shown(usage, "resource"), "capacity_used_max_percent": data.params.capacity_used_max_percent},
	}
}

below(usage) if {
	usage.resource != ""
	usage.used * 100 <= usage.limit * data.params.capacity_used_max_percent
}

# METADATA
# title: The limits are not reached soon
# description: At the present growth there is time to react.
# custom:
#   severity: medium
#   evidence: [/capacity/usage]
#   params: [capacity_forecast_min_days]
#   source: NIST SP 800-53 Rev. 5 CP-2(2); the time is own judgement
#   remediation: Ask for a higher limit now.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_forecast_far: "{resource} reaches its limit in {days_to_limit} days, wanted are at least {capacity_forecast_min_days}"
findings.forecast_far contains finding if {
	some i, usage in input.capacity.usage
	not far(usage)
	finding := {
		"condition": "not_forecast_far",
		"pointer": sprintf("/capacity/usage/%d/days_to_limit", [i]),
		"values": {"resource": lib.shown(usage, "resource"), "days_to_limit": lib.shown(usage, "days_to_limit"), "capacity_forecast_min_days": data.params.capacity_forecast_min_days},
	}
}

far(usage) if usage.days_to_limit >= data.params.capacity_forecast_min_days

# METADATA
# title: Requests are rarely refused for their rate
# description: Status 429 is the limit being met already.
# custom:
#   severity: medium
#   evidence: [/capacity/requests_90d, /capacity/throttled_90d]
#   params: [capacity_throttled_max_percent]
#   source: NIST SP 800-53 Rev. 5 SC-5(2); the value is own judgement
#   remediation: Spread the requests, cache data keys, back off on 429, ask for a higher rate.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_rarely_throttled: "{throttled_90d} of {requests_90d} requests were refused for their rate, wanted are at most {capacity_throttled_max_percent} %"
findings.rarely_throttled contains finding if {
	capacity := input.capacity
	not rarely_throttled(capacity)
	finding := {
		"condition": "not_rarely_throttled",
		"pointer": lib.place("/capacity", capacity, ["requests_90d", "throttled_90d"]),
		"values": {"throttled_90d": lib.shown(capacity, "throttled_90d"), "requests_90d": lib.shown(capacity, "requests_90d"), "capacity_throttled_max_percent": data.params.capacity_throttled_max_percent},
	}
}

rarely_throttled(capacity) if {
	capacity.throttled_90d * 100 <= capacity.requests_90d * data.params.capacity_throttled_max_percent
	capacity.throttled_90d <= capacity.requests_90d
	capacity.requests_90d > 0
}

# METADATA
# title: Somebody is told before a limit is reached
# description: Every resource with a limit has an alert that fires below it and was seen to arrive.
# custom:
#   severity: medium
#   evidence: [/capacity/usage, /capacity/alerts]
#   params: [capacity_alert_max_percent, capacity_alert_test_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.6; the values are own judgement
#   remediation: Set an alert for the resource, route it to who can act, and see it arrive.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_alerts_set: "no routed alert on {resource} fires at {capacity_alert_max_percent} % or below and was seen to arrive in the last {capacity_alert_test_max_age_days} days"
findings.alerts_set contains finding if {
	some usage in input.capacity.usage
	resource := usage.resource
	not resource in watched
	finding := {
		"condition": "not_alerts_set",
		"pointer": alert_place(resource),
		"values": {"resource": resource, "capacity_alert_max_percent": data.params.capacity_alert_max_percent, "capacity_alert_test_max_age_days": data.params.capacity_alert_test_max_age_days},
	}
}

watched contains alert.resource if {
	some alert in input.capacity.alerts
	alert.threshold_percent <= data.params.capacity_alert_max_percent
	alert.route != ""
	lib.within_days(alert.tested_on, data.params.capacity_alert_test_max_age_days)
}

alert_place(resource) := lib.place(sprintf("/capacity/alerts/%v", [places[0]]), input.capacity.alerts[places[0]], ["threshold_percent", "route", "tested_on"]) if {
	places := [i | some i, alert in input.capacity.alerts; alert.resource == resource]
	places != []
} else := "/capacity/alerts"

# METADATA
# title: Capacity is owned, reviewed, and tried before a peak
# description: Somebody looks every quarter, and the next known peak was tried at its rate.
# custom:
#   severity: medium
#   evidence: [/capacity/review]
#   params: [capacity_review_max_age_days, capacity_load_test_max_age_days]
#   source: NIST SP 800-53 Rev. 5 CP-2(2); the periods are own judgement
#   remediation: Name an owner, review use and growth, run a load test at the rate of the next peak.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_reviewed: "wanted are an owner, a review in the last {capacity_review_max_age_days} days, and a load test in the last {capacity_load_test_max_age_days}"
findings.reviewed contains finding if {
	review := input.capacity.review
	not reviewed(review)
	finding := {
		"condition": "not_reviewed",
		"pointer": lib.place("/capacity/review", review, ["owner", "reviewed_on", "next_campaign_tested_on"]),
		"values": {"capacity_review_max_age_days": data.params.capacity_review_max_age_days, "capacity_load_test_max_age_days": data.params.capacity_load_test_max_age_days},
	}
}

reviewed(review) if {
	review.owner != ""
	lib.within_days(review.reviewed_on, data.params.capacity_review_max_age_days)
	lib.within_days(review.next_campaign_tested_on, data.params.capacity_load_test_max_age_days)
}
