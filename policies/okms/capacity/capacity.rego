# METADATA
# title: Manage and monitor the Service capacity
# description: >-
#   OVHcloud scales the service; how close the customer is to the own quotas and rates, and who is alerted, is the
#   customer's duty.
# custom:
#   duty: 3.1.3.1
package okms.capacity

import data.lib

# METADATA
# title: Every resource is measured, and as the inventories count it
# description: >-
#   Without a limit and a measure the end of a resource comes unseen; a measure that the inventory contradicts is not
#   one.
# custom:
#   severity: medium
#   evidence: [/capacity/usage, /keys/service_key_count, /secrets/secret_count, /kmip/object_count]
#   params: [capacity_count_deviation_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the deviation is a raci-check default, no external source
#   remediation: >-
#     Measure the resource against a limit (confirmed by the provider, or set by the customer), and correct the count
#     that is wrong. Where an object was made after its inventory was read, read the inventory again.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_listed: "the use of {resource} is not measured"
#     incomplete: "the measure of {resource} does not state {absent}"
#     no_limit: "the measure of {resource} has a limit of {limit}; expected is more than 0"
#     nothing_used: "the measure of {resource} shows a use of {used}; expected is more than 0"
#     below_mean: >-
#       the use of {resource} is measured as {used}, less than the mean of the requests that are counted in {window}
#       days
#     not_counted: "the use of {resource} is measured as {used}, and the inventory does not count them"
#     differs: >-
#       the use of {resource} is measured as {used}, and the inventory counts {counted}; expected is a difference of at
#       most {percent} %
findings.resources_measured contains finding if {
	some resource in needed
	not resource in measured
	usage := usage_of(resource)
	finding := {
		"condition": usage_problem(usage),
		"pointer": usage_place(resource),
		"values": {
			"resource": resource,
			"absent": lib.absent(usage, ["used", "limit"]),
			"limit": lib.shown(usage, "limit"),
			"used": lib.shown(usage, "used"),
			"counted": lib.shown(counted, resource),
			"window": window_days,
			"percent": data.params.capacity_count_deviation_max_percent,
		},
	}
}

# METADATA
# title: Use stays below the limits
# description: Keys, secrets, objects and the request rate each have a limit, and room below it.
# custom:
#   severity: medium
#   evidence: [/capacity/usage]
#   params: [capacity_used_max_percent]
#   source: ISO/IEC 27001:2022 A.8.6; the value is a raci-check default, no external source
#   remediation: Ask the provider for a higher limit, or use less (delete what is unused, cache data keys).
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     incomplete: "a measure of {resource} does not state {absent}"
#     above: "{used} of {limit} {resource} are used; expected are at most {percent} %"
findings.use_below_limits contains finding if {
	some i, usage in input.capacity.usage
	not below(usage)
	finding := {
		"condition": lib.problem(usage, usage_fields, "incomplete", "above"),
		"pointer": lib.place(sprintf("/capacity/usage/%d", [i]), usage, usage_fields),
		"values": {
			"used": lib.shown(usage, "used"),
			"limit": lib.shown(usage, "limit"),
			"resource": lib.shown(usage, "resource"),
			"absent": lib.absent(usage, usage_fields),
			"percent": data.params.capacity_used_max_percent,
		},
	}
}

# METADATA
# title: The limits are not reached soon
# description: At the present growth there is time to react.
# custom:
#   severity: medium
#   evidence: [/capacity/usage]
#   params: [capacity_forecast_min_days]
#   source: NIST SP 800-53 Rev. 5 CP-2(2); the time is a raci-check default, no external source
#   remediation: Ask for a higher limit now.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     incomplete: "the measure of {resource} does not state {absent}"
#     soon: "{resource} reach the limit in {left} {left|day|days}; expected are at least {days} {days|day|days}"
findings.forecast_far contains finding if {
	some i, usage in input.capacity.usage
	not far(usage)
	finding := {
		"condition": lib.problem(usage, ["days_to_limit"], "incomplete", "soon"),
		"pointer": sprintf("/capacity/usage/%d/days_to_limit", [i]),
		"values": {
			"resource": lib.shown(usage, "resource"),
			"absent": lib.absent(usage, ["days_to_limit"]),
			"left": lib.shown(usage, "days_to_limit"),
			"days": data.params.capacity_forecast_min_days,
		},
	}
}

# METADATA
# title: Requests are rarely refused for their rate
# description: Status 429 means that the limit is reached already.
# custom:
#   severity: medium
#   evidence: [/capacity/requests_90d, /capacity/throttled_90d]
#   params: [capacity_throttled_max_percent]
#   source: NIST SP 800-53 Rev. 5 SC-5(2); the value is a raci-check default, no external source
#   remediation: Spread the requests, cache data keys, back off on 429, ask for a higher rate.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     incomplete: "the capacity does not state {absent}"
#     no_requests: "{requests} requests are counted in {days} days; expected are more than 0"
#     more_than_requests: "{throttled} of {requests} requests were refused for their rate, more than there were"
#     more_than_the_limit: >-
#       {requests} requests are counted in {days} days, more than the limit of {limits} requests per second lets through
#     too_often: >-
#       {throttled} of {requests} requests {throttled|was|were} refused for {throttled|its|their} rate; expected are at
#       most {percent} %
findings.rarely_throttled contains finding if {
	capacity := input.capacity
	not rarely_throttled(capacity)
	finding := {
		"condition": throttle_problem(capacity),
		"pointer": lib.place("/capacity", capacity, request_fields),
		"values": {
			"absent": lib.absent(capacity, request_fields),
			"throttled": lib.shown(capacity, "throttled_90d"),
			"requests": lib.shown(capacity, "requests_90d"),
			"days": window_days,
			"limits": rate_limits,
			"percent": data.params.capacity_throttled_max_percent,
		},
		"related": [sprintf("/capacity/usage/%d/limit", [i]) |
			not let_through(capacity)
			some i, usage in input.capacity.usage
			usage.resource == "requests_per_second"
		],
	}
}

# METADATA
# title: An alert arrives before a limit is reached
# description: Every resource with a limit has an alert that fires below it and has arrived in a test.
# custom:
#   severity: medium
#   evidence: [/capacity/usage, /capacity/alerts]
#   params: [capacity_alert_max_percent, capacity_alert_test_max_age_days]
#   source: ISO/IEC 27001:2022 A.8.6; the values are raci-check defaults, no external source
#   remediation: Set an alert for the resource, send it to a person who can act, and check in a test that it arrives.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     not_listed: "there is no alert on {resource}"
#     incomplete: "the alert on {resource} does not state {absent}"
#     fires_always: >-
#       the alert on {resource} fires at {threshold} % of the limit, far less than is used at present, although half of
#       the limit is free
#     fires_late: "the alert on {resource} fires at {threshold} % of the limit; expected is at most {percent} %"
#     test_not_recent: >-
#       the alert on {resource} was last tested on {tested_on}; expected is a test in the {days} {days|day|days} before
#       the assessment
findings.alerts_set contains finding if {
	some usage in input.capacity.usage
	resource := usage.resource
	not resource in watched
	alert := alert_on(resource)
	finding := {
		"condition": alert_problem(alert),
		"pointer": alert_place(resource),
		"values": {
			"resource": resource,
			"absent": lib.absent(alert, alert_fields),
			"threshold": lib.shown(alert, "threshold_percent"),
			"percent": data.params.capacity_alert_max_percent,
			"tested_on": lib.shown(alert, "tested_on"),
			"days": data.params.capacity_alert_test_max_age_days,
		},
	}
}

# METADATA
# title: Capacity is owned, reviewed, and tried before a peak
# description: Use and growth are reviewed every quarter, and the next known peak was tried at its rate.
# custom:
#   severity: medium
#   evidence: [/capacity/review]
#   params: [capacity_review_max_age_days, capacity_load_test_max_age_days]
#   source: NIST SP 800-53 Rev. 5 CP-2(2); the periods are raci-check defaults, no external source
#   remediation: Name an owner, review use and growth, run a load test at the rate of the next peak.
#   controls: {iso_27001: ["8.6"], ccm: [IVS-02], csf: [PR.IR-04]}
#   conditions:
#     incomplete: "the review of capacity does not state {absent}"
#     review_not_recent: >-
#       capacity was last reviewed on {reviewed_on}; expected is a review in the {review_days} {review_days|day|days}
#       before the assessment
#     load_test_not_recent: >-
#       the next peak was last tried on {tested_on}; expected is a load test in the {test_days} {test_days|day|days}
#       before the assessment
findings.reviewed contains finding if {
	review := input.capacity.review
	not reviewed(review)
	finding := {
		"condition": review_problem(review),
		"pointer": lib.place("/capacity/review", review, review_fields),
		"values": {
			"absent": lib.absent(review, review_fields),
			"reviewed_on": lib.shown(review, "reviewed_on"),
			"review_days": data.params.capacity_review_max_age_days,
			"tested_on": lib.shown(review, "next_campaign_tested_on"),
			"test_days": data.params.capacity_load_test_max_age_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section capacity, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/capacity]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["capacity"])
}

# resources_measured

# A resource of which the inventory counts none needs no measure; one that is listed is judged.
needed contains resource if {
	some resource in ["service_keys", "secrets", "kmip_objects", "requests_per_second"]
	not none_counted(resource)
}

needed contains usage.resource if some usage in input.capacity.usage

none_counted(resource) if counted[resource] == 0

measured contains usage.resource if {
	some usage in input.capacity.usage
	limited(usage)
	agrees(usage)
}

limited(usage) if usage.limit > 0

agrees(usage) if {
	usage.resource == "requests_per_second"
	usage.used > 0
	above_mean(usage)
}

# Destroyed objects are listed still, and a limit may leave them out.
agrees(usage) if {
	usage.resource == "kmip_objects"
	usage.used <= counted.kmip_objects
	usage.used >= counted.kmip_objects - count(destroyed_objects)
}

# What is not counted is for rarely_throttled.
above_mean(usage) if usage.used * window_seconds >= object.get(input.capacity, "requests_90d", 0)

window_seconds := ((window_days * 24) * 60) * 60

destroyed_objects := [item.id |
	some item in input.kmip.objects
	lib.kmip_destroyed(item)
]

agrees(usage) if {
	number := counted[usage.resource]
	abs(usage.used - number) * 100 <= number * data.params.capacity_count_deviation_max_percent
}

# What was made after the use was read is in a later inventory only; what ended since is in former_objects.
agrees(usage) if {
	number := counted[usage.resource]
	read_at := input.capacity.source.collected_at
	made := [item | some item in listed[usage.resource]; lib.ns(item.created_at) > lib.ns(read_at)]
	usage.used >= number - count(made)
	usage.used <= number + lib.former(kinds[usage.resource], substring(read_at, 0, 10))
}

kinds := {"service_keys": "service_key", "secrets": "secret", "kmip_objects": "kmip_object"}

listed.service_keys := input.keys.service_keys

listed.secrets := input.secrets.secrets

listed.kmip_objects := input.kmip.objects

counted.service_keys := input.keys.service_key_count

counted.secrets := input.secrets.secret_count

counted.kmip_objects := input.kmip.object_count

usage_places(resource) := [i | some i, usage in input.capacity.usage; usage.resource == resource]

usage_of(resource) := input.capacity.usage[usage_places(resource)[0]] if {
	usage_places(resource) != []
} else := {}

usage_place(resource) := lib.place(
	sprintf("/capacity/usage/%v", [usage_places(resource)[0]]), usage_of(resource),
	["used", "limit"],
) if {
	usage_places(resource) != []
} else := "/capacity/usage"

usage_problem(usage) := "not_listed" if {
	usage == {}
} else := "incomplete" if {
	lib.absent(usage, ["used", "limit"]) != []
} else := "no_limit" if {
	not limited(usage)
} else := "below_mean" if {
	usage.resource == "requests_per_second"
	usage.used > 0
} else := "nothing_used" if {
	usage.resource == "requests_per_second"
} else := "not_counted" if {
	lib.absent(counted, [usage.resource]) != []
} else := "differs"

# use_below_limits, forecast_far

usage_fields := ["resource", "used", "limit"]

below(usage) if {
	usage.resource != ""
	usage.used * 100 <= usage.limit * data.params.capacity_used_max_percent
}

far(usage) if usage.days_to_limit >= data.params.capacity_forecast_min_days

# rarely_throttled

request_fields := ["requests_90d", "throttled_90d"]

rarely_throttled(capacity) if {
	capacity.throttled_90d * 100 <= capacity.requests_90d * data.params.capacity_throttled_max_percent
	at_most_requests(capacity)
	requested(capacity)
	let_through(capacity)
}

at_most_requests(capacity) if capacity.throttled_90d <= capacity.requests_90d

requested(capacity) if capacity.requests_90d > 0

window_days := 90

rate_limits := [usage.limit |
	some usage in input.capacity.usage
	usage.resource == "requests_per_second"
	is_number(usage.limit)
]

# Requests that were refused are counted too, and come above the limit.
let_through(capacity) if {
	every limit in rate_limits {
		capacity.requests_90d - capacity.throttled_90d <= limit * window_seconds
	}
}

throttle_problem(capacity) := "incomplete" if {
	lib.absent(capacity, request_fields) != []
} else := "more_than_requests" if {
	not at_most_requests(capacity)
} else := "no_requests" if {
	not requested(capacity)
} else := "more_than_the_limit" if {
	not let_through(capacity)
} else := "too_often"

# alerts_set

alert_fields := ["threshold_percent", "route", "tested_on"]

watched contains alert.resource if {
	some alert in input.capacity.alerts
	fires_early(alert)
	not fires_always(alert)
	alert.route != ""
	lib.within_days(alert.tested_on, data.params.capacity_alert_test_max_age_days)
}

fires_early(alert) if alert.threshold_percent <= data.params.capacity_alert_max_percent

# Above half of the limit an alert that fires is right: it tells of what is to be done. So is one that a little growth
# set off.
fires_always(alert) if {
	some usage in input.capacity.usage
	usage.resource == alert.resource
	usage.used * 75 > usage.limit * alert.threshold_percent
	usage.used * 2 < usage.limit
}

alert_places(resource) := [i | some i, alert in input.capacity.alerts; alert.resource == resource]

alert_on(resource) := input.capacity.alerts[alert_places(resource)[0]] if {
	alert_places(resource) != []
} else := {}

alert_place(resource) := lib.place(
	sprintf("/capacity/alerts/%v", [alert_places(resource)[0]]), alert_on(resource),
	alert_fields,
) if {
	alert_places(resource) != []
} else := "/capacity/alerts"

alert_problem(alert) := "not_listed" if {
	alert == {}
} else := "incomplete" if {
	lib.absent(alert, alert_fields) != []
} else := "fires_late" if {
	not fires_early(alert)
} else := "fires_always" if {
	fires_always(alert)
} else := "test_not_recent"

# reviewed

review_fields := ["owner", "reviewed_on", "next_campaign_tested_on"]

reviewed(review) if {
	review.owner != ""
	reviewed_recently(review)
	lib.within_days(review.next_campaign_tested_on, data.params.capacity_load_test_max_age_days)
}

reviewed_recently(review) if lib.within_days(review.reviewed_on, data.params.capacity_review_max_age_days)

review_problem(review) := "incomplete" if {
	lib.absent(review, review_fields) != []
} else := "review_not_recent" if {
	not reviewed_recently(review)
} else := "load_test_not_recent"
