# METADATA
# title: Manage network accessibility of the Service
# description: >-
#   OVHcloud runs the endpoints; which of the customer's networks may reach them, over what, and what happens when they
#   are out of reach, is the customer's responsibility.
# custom:
#   duty: 3.1.1.2
package okms.network_access

import data.lib

# METADATA
# title: Every range that may reach the domain is narrow
# description: With a range that is open to everyone, the certificate alone separates a stolen credential from the keys.
# custom:
#   severity: high
#   evidence: [/network/allow_list]
#   params: [network_range_min_prefix]
#   source: PCI DSS 4.0.1 requirement 1.3.1; the width is a raci-check default, no external source
#   remediation: Replace the range by the addresses that the clients really leave from.
#   controls: {iso_27001: ["8.20", "8.22"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.3.1"]}
#   conditions:
#     no_range: "an entry of the allow-list does not state its range"
#     too_wide: "the range {range} is wider than a /{bits}"
findings.ranges_narrow contains finding if {
	some i, entry in input.network.allow_list
	not narrow(entry)
	finding := {
		"condition": lib.problem(entry, ["range"], "no_range", "too_wide"),
		"pointer": sprintf("/network/allow_list/%d/range", [i]),
		"values": {"range": lib.shown(entry, "range"), "bits": least_bits(entry)},
	}
}

# METADATA
# title: Every range has an owner and a reason
# description: A rule without an owner is never removed, and neither is one with two who each leave it to the other.
# custom:
#   severity: medium
#   evidence: [/network/allow_list]
#   source: PCI DSS 4.0.1 requirement 1.2.5; ISO/IEC 27001:2022 A.8.20
#   remediation: Name the one owner of the range and what it is for, or remove it.
#   controls: {iso_27001: ["8.20"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.2.5"]}
#   conditions:
#     incomplete: "the range {range} does not state {absent}"
#     several_owners: "the range {range} is listed for {owners}; expected is one owner"
findings.ranges_owned contains finding if {
	some i, entry in input.network.allow_list
	not owned(entry)
	finding := {
		"condition": "incomplete",
		"pointer": lib.place(sprintf("/network/allow_list/%d", [i]), entry, owner_fields),
		"values": {"range": lib.shown(entry, "range"), "absent": lib.absent(entry, owner_fields)},
	}
}

findings.ranges_owned contains finding if {
	some i, entry in input.network.allow_list
	owners := owners_of_range[lower(entry.range)]
	count(owners) > 1
	finding := {
		"condition": "several_owners",
		"pointer": sprintf("/network/allow_list/%d/owner", [i]),
		"values": {"range": entry.range, "owners": sort(owners)},
	}
}

# METADATA
# title: Every address in the logs is one that may reach the domain
# description: >-
#   The domain's own logs show which addresses used it. An address outside the allow-list is a gap in it, or an
#   intruder.
# custom:
#   severity: high
#   evidence: [/network/allow_list, /network/observed_client_ips, /network/observed_client_ip_count]
#   source: PCI DSS 4.0.1 requirement 1.3.1; the comparison is a raci-check default, no external source
#   remediation: >-
#     Find out what used the address; add its range with owner and reason, or close the route and revoke the credential.
#   controls: {iso_27001: ["8.20", "8.16"], ccm: [IVS-03], csf: [PR.IR-01, DE.CM-01], pci_dss: ["1.3.1"]}
#   conditions:
#     not_allowed: "the address {address} used the domain and is in no allowed range"
#     addresses_left_out: "{listed} {listed|address is|addresses are} listed, the log query counted {counted}"
findings.observed_within_allow_list contains finding if {
	some i, address in input.network.observed_client_ips
	not lib.allowed(address)
	finding := {
		"condition": "not_allowed",
		"pointer": sprintf("/network/observed_client_ips/%d", [i]),
		"values": {"address": address},
		"related": ["/network/allow_list"],
	}
}

findings.observed_within_allow_list contains finding if {
	not all_listed
	finding := {
		"condition": "addresses_left_out",
		"pointer": "/network/observed_client_ip_count",
		"values": {
			"listed": count(observed_addresses),
			"counted": lib.shown(input.network, "observed_client_ip_count"),
		},
		"related": ["/network/observed_client_ips"],
	}
}

# METADATA
# title: Policies for people are bound to allowed addresses
# description: A person's stolen session is less useful where it works only from the company's own addresses.
# custom:
#   severity: high
#   evidence: [/iam/policies, /network/allow_list]
#   source: raci-check default, no external source (IAM conditions on request.IP)
#   remediation: Add a condition on request.IP to the policy, with ranges that are in the allow-list.
#   controls: {iso_27001: ["8.20", "8.3"], ccm: [IVS-03, IAM-16], csf: [PR.IR-01, PR.AA-05]}
#   conditions:
#     not_bound: "the policy {policy} is for people and not bound to any address"
#     not_allowed: "the policy {policy} is for people and bound to {ranges}, which {ranges|is|are} in no allowed range"
findings.people_bound_to_addresses contains finding if {
	some i, policy in input.iam.policies
	not for_programs(i)
	not bound(policy)
	finding := {
		"condition": lib.problem(policy, ["source_ip_ranges"], "not_bound", "not_allowed"),
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["source_ip_ranges"]),
		"values": {
			"policy": lib.label(policy),
			"ranges": [range | some range in object.get(policy, "source_ip_ranges", []); not lib.allowed(range)],
		},
		"related": ["/network/allow_list"],
	}
}

# METADATA
# title: Egress leads to the domain's endpoints only
# description: A rule for "any host" or "any port" lets a compromised client send data to any address.
# custom:
#   severity: medium
#   evidence: [/network/clients, /metadata/service/region]
#   params: [network_ports, network_host_suffix]
#   source: PCI DSS 4.0.1 requirement 1.3.2; OVHcloud documentation, OKMS endpoints
#   remediation: >-
#     Allow the client the domain's REST host on 443, or its KMIP host on 5696, and nothing else for this use.
#   controls: {iso_27001: ["8.20", "8.22"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.3.2"]}
#   conditions:
#     incomplete: "the egress rule of {workload} does not state {absent}"
#     other_host: >-
#       the egress rule of {workload} allows the host {host}, the domain is in {region}; expected is one of {hosts}
#     other_port: "the egress rule of {workload} allows the port {port}; expected is one of {ports}"
findings.egress_narrow contains finding if {
	some i, client in input.network.clients
	not egress_narrow(client)
	finding := {
		"condition": egress_problem(client),
		"pointer": lib.place(sprintf("/network/clients/%d", [i]), client, egress_fields),
		"values": {
			"workload": lib.shown(client, "workload"),
			"absent": lib.absent(client, egress_fields),
			"host": lib.shown(client, "destination_host"),
			"region": input.metadata.service.region,
			"hosts": sort(hosts_of_domain),
			"port": lib.shown(client, "destination_port"),
			"ports": data.params.network_ports,
		},
		"related": ["/metadata/service/region"],
	}
}

# METADATA
# title: Clients accept current TLS only, and verify the domain's certificate
# description: A client that accepts any certificate sends plaintext and secrets to whatever stands in between.
# custom:
#   severity: critical
#   evidence: [/network/clients]
#   params: [network_tls_versions]
#   source: NIST SP 800-52 Rev. 2; PCI DSS 4.0.1 requirement 4.2.1
#   remediation: Raise the client's lowest TLS version, and give it the CA that signed the endpoint's certificate.
#   controls: {iso_27001: ["8.20", "8.24"], ccm: [IVS-03, CEK-03], csf: [PR.DS-02], pci_dss: ["4.2.1"]}
#   conditions:
#     incomplete: "the client of {workload} does not state {absent}"
#     old_version: "{workload} accepts TLS {version}; expected as the lowest version is one of {versions}"
#     not_verified: >-
#       the probe from {workload} ended with {result}; expected is ok, with the domain's certificate verified
findings.tls_verified contains finding if {
	some i, client in input.network.clients
	not tls_verified(client)
	finding := {
		"condition": tls_problem(client),
		"pointer": lib.place(sprintf("/network/clients/%d", [i]), client, tls_fields),
		"values": {
			"workload": lib.shown(client, "workload"),
			"absent": lib.absent(client, tls_fields),
			"version": lib.shown(client, "tls_min_version"),
			"versions": data.params.network_tls_versions,
			"result": lib.shown(client, "probe_result"),
		},
	}
}

# METADATA
# title: Every workload has recently reached the domain
# description: Reachability is shown from where it is needed, for each workload of the inventory.
# custom:
#   severity: medium
#   evidence: [/network/clients, /location/workloads]
#   params: [network_probe_max_age_days]
#   source: raci-check default, no external source (monthly probe from each consumer)
#   remediation: Probe the endpoint from the workload's network, and record time and result.
#   controls: {iso_27001: ["8.21"], csf: [DE.CM-06]}
#   conditions:
#     incomplete: "the workload {workload} does not state its id, so no probe can be matched with it"
#     not_probed: "no probe from {workload} is recorded for the {days} {days|day|days} before the assessment"
#     not_reached: >-
#       no probe from {workload} reached the domain in the {days} {days|day|days} before the assessment; one ended with
#       {result}
findings.reachable contains finding if {
	some i, workload in input.location.workloads
	not reached(workload)
	finding := {
		"condition": reach_problem(workload),
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["id"]),
		"values": {
			"workload": lib.label(workload),
			"days": data.params.network_probe_max_age_days,
			"result": result_of(workload),
		},
		"related": [sprintf("/network/clients/%v", [client_of[id]]) | id := workload.id],
	}
}

# METADATA
# title: The rules are reviewed by a person who owns none of them
# description: Rules only accumulate until a person without an interest in them asks what each is for.
# custom:
#   severity: medium
#   evidence: [/network/rule_review, /network/allow_list]
#   params: [network_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 1.2.7
#   remediation: Have a person who owns none of the ranges review them, and record the date.
#   controls: {iso_27001: ["8.20"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.2.7"]}
#   conditions:
#     incomplete: "the review of the rules does not state {absent}"
#     review_not_recent: >-
#       the rules were last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before the
#       assessment
#     reviewed_by_owner: >-
#       the rules were reviewed by {reviewer}, who owns {ranges}; expected is a person who owns none of the ranges
findings.rules_reviewed contains finding if {
	review := input.network.rule_review
	not rules_reviewed(review)
	finding := {
		"condition": review_problem(review),
		"pointer": lib.place("/network/rule_review", review, review_fields),
		"values": {
			"absent": lib.absent(review, review_fields),
			"reviewed_on": lib.shown(review, "reviewed_on"),
			"days": data.params.network_review_max_age_days,
			"reviewer": lib.shown(review, "reviewer"),
			"ranges": [lib.shown(input.network.allow_list[i], "range") | some i in owned_by_reviewer(review)],
		},
		"related": [sprintf("/network/allow_list/%v", [i]) | some i in owned_by_reviewer(review)],
	}
}

# METADATA
# title: Critical workloads have been tested without the domain
# description: Timeouts, retries and caches are known to work only where they have been tested.
# custom:
#   severity: medium
#   evidence: [/network/failure_test, /location/workloads]
#   params: [network_failure_test_max_age_days, open_actions_max_days]
#   source: raci-check default, no external source (yearly)
#   remediation: Block the endpoint for each critical workload in a test, record what happened, and fix what failed.
#   controls: {iso_27001: ["5.30"], ccm: [BCR-06], csf: [PR.IR-03]}
#   conditions:
#     incomplete: "the test without the domain does not state {absent}"
#     test_not_recent: >-
#       the last test without the domain was on {performed_on}; expected is a test in the {days} {days|day|days} before
#       the assessment
#     workloads_left_out: >-
#       the critical {left_out|workload|workloads} {left_out} took no part in the test without the domain of
#       {performed_on}
#     actions_open: >-
#       {open} {open|action is|actions are} open from the test without the domain of {performed_on}; expected are 0,
#       or a day by when they are done (actions_due_on), not past and in the {actions_days} {actions_days|day|days}
#       after it
findings.failure_tested contains finding if {
	test := input.network.failure_test
	not failure_tested(test)
	finding := {
		"condition": failure_problem(test),
		"pointer": lib.place("/network/failure_test", test, failure_fields),
		"values": {
			"absent": lib.absent(test, failure_fields),
			"performed_on": lib.shown(test, "performed_on"),
			"days": data.params.network_failure_test_max_age_days,
			"left_out": sort(critical_left_out(test)),
			"open": lib.shown(test, "open_actions"),
			"actions_days": data.params.open_actions_max_days,
		},
		"related": [sprintf("/location/workloads/%d", [i]) |
			left_out := critical_left_out(test)
			some i, workload in input.location.workloads
			workload.id in left_out
		],
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section network, each name leads to something that the evidence lists, in a state that allows it, each person
#   was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/network]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["network"])
}

# ranges_narrow

narrow(entry) if {
	[address, bits] := split(entry.range, "/")
	to_number(bits) >= data.params.network_range_min_prefix * width(address)
}

width(address) := 2 if contains(address, ":")

width(address) := 1 if not contains(address, ":")

least_bits(entry) := data.params.network_range_min_prefix * width(lib.shown(entry, "range"))

# ranges_owned

owner_fields := ["owner", "justification"]

owned(entry) if {
	entry.owner != ""
	entry.justification != ""
}

owners_of_range[lower(entry.range)] contains lower(entry.owner) if some entry in input.network.allow_list

# observed_within_allow_list, people_bound_to_addresses

all_listed if input.network.observed_client_ip_count == count(observed_addresses)

observed_addresses := {address | some address in input.network.observed_client_ips}

# All of its identities are programs, whatever its own field says. The provider's own policies are for the account
# itself, whose addresses control_panel_access.root_bound judges.
for_programs(i) if input.permissions.policies[i].people == false

for_programs(i) if input.permissions.policies[i].provider

bound(policy) if {
	count(policy.source_ip_ranges) > 0
	every range in policy.source_ip_ranges {
		lib.allowed(range)
	}
}

# egress_narrow

egress_fields := ["destination_host", "destination_port"]

egress_narrow(client) if {
	host_of_domain(client)
	format_int(client.destination_port, 10) in data.params.network_ports
}

host_of_domain(client) if lower(client.destination_host) in hosts_of_domain

hosts_of_domain contains concat("", [region, suffix]) if {
	region := lower(replace(input.metadata.service.region, "_", "-"))
	some suffix in data.params.network_host_suffix
	not of_another_company(region, suffix)
}

# OVHcloud US is a company of its own: its regions have no endpoint below ovh.net, and the others none below ovh.us.
of_another_company(region, suffix) if {
	startswith(region, "us-")
	endswith(suffix, ".ovh.net")
}

of_another_company(region, suffix) if {
	not startswith(region, "us-")
	endswith(suffix, ".ovh.us")
}

egress_problem(client) := "incomplete" if {
	lib.absent(client, egress_fields) != []
} else := "other_host" if {
	not host_of_domain(client)
} else := "other_port"

# tls_verified

tls_fields := ["tls_min_version", "probe_result"]

tls_verified(client) if {
	current_tls(client)
	client.probe_result == "ok"
}

current_tls(client) if client.tls_min_version in data.params.network_tls_versions

tls_problem(client) := "incomplete" if {
	lib.absent(client, tls_fields) != []
} else := "old_version" if {
	not current_tls(client)
} else := "not_verified"

# reachable

reached(workload) if workload.id in reaching_workloads

reaching_workloads contains client.workload if {
	some client in input.network.clients
	probed_recently(client)
	client.probe_result in {"ok", "certificate_not_verified"} # the second connects too; tls_verified is about it
}

probed(workload) if recent_client_of[workload.id]

probed_recently(client) if lib.within_days(client.probed_at, data.params.network_probe_max_age_days)

# The place of the last client of each workload: one of them is enough to find the others.
client_of := lib.greatest({[client.workload, i] | some i, client in input.network.clients})

recent_client_of := lib.greatest({[client.workload, i] |
	some i, client in input.network.clients
	probed_recently(client)
})

result_of(workload) := lib.shown(input.network.clients[recent_client_of[workload.id]], "probe_result") if {
	recent_client_of[workload.id]
} else := "unknown"

reach_problem(workload) := "incomplete" if {
	lib.absent(workload, ["id"]) != []
} else := "not_probed" if {
	not probed(workload)
} else := "not_reached"

# rules_reviewed

review_fields := ["reviewed_on", "reviewer"]

rules_reviewed(review) if {
	reviewed_recently(review)
	review.reviewer != ""
	owners := {lower(entry.owner) | some entry in input.network.allow_list}
	reviewer := lower(review.reviewer)
	not reviewer in owners
}

reviewed_recently(review) if lib.within_days(review.reviewed_on, data.params.network_review_max_age_days)

owned_by_reviewer(review) := [i |
	some i, entry in input.network.allow_list
	lower(entry.owner) == lower(review.reviewer)
]

review_problem(review) := "incomplete" if {
	lib.absent(review, review_fields) != []
} else := "review_not_recent" if {
	not reviewed_recently(review)
} else := "reviewed_by_owner"

# failure_tested

failure_fields := ["performed_on", "workloads", "open_actions"]

failure_tested(test) if {
	failure_tested_recently(test)
	lib.actions_done(test, test.performed_on, data.params.open_actions_max_days)
	count(test.workloads) > 0
	none_left_out(test)
}

failure_tested_recently(test) if {
	lib.within_days(test.performed_on, data.params.network_failure_test_max_age_days)
}

none_left_out(test) if count(critical_left_out(test)) == 0

critical_left_out(test) := critical_workloads(test) - {id | some id in object.get(test, "workloads", [])}

# Those that were there when the test was made.
critical_workloads(test) := {workload.id |
	some workload in input.location.workloads
	workload.criticality == "critical"
	not started_after(workload, lib.shown(test, "performed_on"))
}

started_after(workload, day) if workload.started_on > day

failure_problem(test) := "incomplete" if {
	lib.absent(test, failure_fields) != []
} else := "test_not_recent" if {
	not failure_tested_recently(test)
} else := "workloads_left_out" if {
	not none_left_out(test)
} else := "actions_open"
