# METADATA
# title: Manage network accessibility of the Service
# description: >-
#   OVHcloud runs the endpoints; who may reach them from the customer's networks, over what, and what happens when they
#   are out of reach, is the customer's.
# custom:
#   duty: 3.1.1.2
package okms.network_access

import data.lib

# METADATA
# title: Every range that may reach the domain is narrow
# description: A range that is open to everybody leaves only the certificate between a stolen credential and the keys.
# custom:
#   severity: high
#   evidence: [/network/allow_list]
#   params: [network_range_min_prefix]
#   source: PCI DSS 4.0.1 requirement 1.3.2; the width is own judgement
#   remediation: Replace the range by the addresses that the clients really leave from.
#   controls: {iso_27001: ["8.20", "8.22"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.3.2"]}
#   conditions:
#     not_ranges_narrow: "{range} is wider than a /{network_range_min_prefix}"
findings.ranges_narrow contains finding if {
	some i, entry in input.network.allow_list
	not narrow(entry)
	finding := {
		"condition": "not_ranges_narrow",
		"pointer": sprintf("/network/allow_list/%d/range", [i]),
		"values": {"range": lib.shown(entry, "range"), "network_range_min_prefix": data.params.network_range_min_prefix},
	}
}

narrow(entry) if {
	[address, bits] := split(entry.range, "/")
	to_number(bits) >= data.params.network_range_min_prefix * width(address)
}

width(address) := 2 if contains(address, ":")

width(address) := 1 if not contains(address, ":")

# METADATA
# title: Every range has an owner and a reason
# description: A rule that nobody answers for is never taken away.
# custom:
#   severity: low
#   evidence: [/network/allow_list]
#   source: PCI DSS 4.0.1 requirement 1.2.7; ISO/IEC 27001:2022 A.8.20
#   remediation: Name who answers for the range and what it is for, or take it away.
#   controls: {iso_27001: ["8.20"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.2.7"]}
#   conditions:
#     not_ranges_owned: "{range} has no owner or no justification"
findings.ranges_owned contains finding if {
	some i, entry in input.network.allow_list
	not owned(entry)
	finding := {
		"condition": "not_ranges_owned",
		"pointer": lib.place(sprintf("/network/allow_list/%d", [i]), entry, ["owner", "justification"]),
		"values": {"range": lib.shown(entry, "range")},
	}
}

owned(entry) if {
	entry.owner != ""
	entry.justification != ""
}

# METADATA
# title: Every address in the logs is one that may reach the domain
# description: The domain's own logs show who really came. An address outside the allow-list is a hole in it, or an intruder.
# custom:
#   severity: high
#   evidence: [/network/allow_list, /network/observed_client_ips, /network/observed_client_ip_count]
#   source: PCI DSS 4.0.1 requirement 1.3.2; own judgement on the comparison
#   remediation: Find out who used the address; add its range with owner and reason, or close the way and revoke the credential.
#   controls: {iso_27001: ["8.20", "8.16"], ccm: [IVS-03], csf: [PR.IR-01, DE.CM-01], pci_dss: ["1.3.2"]}
#   conditions:
#     not_observed_within_allow_list: "{address} used the domain and is in no allowed range"
#     not_observed_within_allow_list_2: "the list of observed addresses is not as long as the log query says"
findings.observed_within_allow_list contains finding if {
	some i, address in input.network.observed_client_ips
	not allowed(address)
	finding := {
		"condition": "not_observed_within_allow_list",
		"pointer": sprintf("/network/observed_client_ips/%d", [i]),
		"values": {"address": address},
	}
}

findings.observed_within_allow_list contains finding if {
	not all_listed
	finding := {
		"condition": "not_observed_within_allow_list_2",
		"pointer": "/network/observed_client_ip_count",
		"values": {},
	}
}

all_listed if input.network.observed_client_ip_count == count({address | some address in input.network.observed_client_ips})

allowed(address) if {
	some entry in input.network.allow_list
	net.cidr_contains(entry.range, address)
}

# METADATA
# title: Policies for people are bound to allowed addresses
# description: A person's stolen session is worth less where it counts only from the company's own addresses.
# custom:
#   severity: high
#   evidence: [/iam/policies, /network/allow_list]
#   source: own judgement (IAM conditions on request.IP)
#   remediation: Add a condition on request.IP to the policy, with ranges that are in the allow-list.
#   controls: {iso_27001: ["8.20", "8.3"], ccm: [IVS-03, IAM-16], csf: [PR.IR-01, PR.AA-05]}
#   conditions:
#     not_people_bound_to_addresses: "{policy} is for people and not bound to ranges of the allow-list"
findings.people_bound_to_addresses contains finding if {
	some i, policy in input.iam.policies
	not for_programs(i)
	not bound(policy)
	finding := {
		"condition": "not_people_bound_to_addresses",
		"pointer": lib.place(sprintf("/iam/policies/%d", [i]), policy, ["source_ip_ranges"]),
		"values": {"policy": lib.label(policy)},
	}
}

# All of its identities are programs, whatever it says of them. The provider's own policies are for the account itself, whose
# addresses control_panel_access.root_bound looks at.
for_programs(i) if input.permissions.policies[i].people == false

for_programs(i) if input.permissions.policies[i].provider

bound(policy) if {
	count(policy.source_ip_ranges) > 0
	every range in policy.source_ip_ranges {
		allowed(range)
	}
}

# METADATA
# title: Egress leads to the domain's endpoints only
# description: A rule for "any host" or "any port" lets a compromised client talk to whomever it likes.
# custom:
#   severity: medium
#   evidence: [/network/clients]
#   params: [network_ports, network_host_suffix]
#   source: PCI DSS 4.0.1 requirement 1.3.2; OVHcloud documentation, OKMS endpoints
#   remediation: Allow the client the domain's REST host on 443, or its KMIP host on 5696, and nothing else for this use.
#   controls: {iso_27001: ["8.20", "8.22"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.3.2"]}
#   conditions:
#     not_egress_narrow: "{workload} may reach {destination_host}:{destination_port}, wanted is a host that ends in {network_host_suffix} on port {network_ports}"
findings.egress_narrow contains finding if {
	some i, client in input.network.clients
	not egress_narrow(client)
	finding := {
		"condition": "not_egress_narrow",
		"pointer": lib.place(sprintf("/network/clients/%d", [i]), client, ["destination_host", "destination_port"]),
		"values": {"workload": lib.shown(client, "workload"), "destination_host": lib.shown(client, "destination_host"), "destination_port": lib.shown(client, "destination_port"), "network_host_suffix": concat(" or ", data.params.network_host_suffix), "network_ports": concat(" or ", data.params.network_ports)},
	}
}

egress_narrow(client) if {
	some suffix in data.params.network_host_suffix
	endswith(client.destination_host, suffix)
	format_int(client.destination_port, 10) in data.params.network_ports
}

# METADATA
# title: Clients accept current TLS only, and verify the domain's certificate
# description: A client that takes any certificate hands plaintext and secrets to whoever stands in between.
# custom:
#   severity: critical
#   evidence: [/network/clients]
#   params: [network_tls_versions]
#   source: NIST SP 800-52 Rev. 2; PCI DSS 4.0.1 requirement 4.2.1
#   remediation: Raise the client's lowest TLS version, and give it the CA that signed the endpoint's certificate.
#   controls: {iso_27001: ["8.20", "8.24"], ccm: [IVS-03], csf: [PR.DS-02], pci_dss: ["4.2.1"]}
#   conditions:
#     not_tls_verified: "{workload} accepts TLS from {tls_min_version} and its probe says {probe_result}; wanted is {network_tls_versions} and ok"
findings.tls_verified contains finding if {
	some i, client in input.network.clients
	not tls_verified(client)
	finding := {
		"condition": "not_tls_verified",
		"pointer": lib.place(sprintf("/network/clients/%d", [i]), client, ["tls_min_version", "probe_result"]),
		"values": {"workload": lib.shown(client, "workload"), "tls_min_version": lib.shown(client, "tls_min_version"), "probe_result": lib.shown(client, "probe_result"), "network_tls_versions": concat(" or ", data.params.network_tls_versions)},
	}
}

tls_verified(client) if {
	client.tls_min_version in data.params.network_tls_versions
	client.probe_result == "ok"
}

# METADATA
# title: Every workload was recently seen to reach the domain
# description: Reachability is proven from where it is needed, for each workload of the inventory.
# custom:
#   severity: medium
#   evidence: [/network/clients, /location/workloads]
#   params: [network_probe_max_age_days]
#   source: own judgement (monthly probe from each consumer)
#   remediation: Probe the endpoint from the workload's network, and record time and result.
#   controls: {iso_27001: ["8.20", "8.21"], ccm: [IVS-09], csf: [DE.CM-01]}
#   conditions:
#     not_reachable: "{workload} was not probed in the last {network_probe_max_age_days} days"
findings.reachable contains finding if {
	some i, workload in input.location.workloads
	not probed(workload)
	finding := {
		"condition": "not_reachable",
		"pointer": lib.place(sprintf("/location/workloads/%d", [i]), workload, ["id"]),
		"values": {"workload": lib.label(workload), "network_probe_max_age_days": data.params.network_probe_max_age_days},
	}
}

probed(workload) if workload.id in probed_workloads

probed_workloads contains client.workload if {
	some client in input.network.clients
	lib.within_days(client.probed_at, data.params.network_probe_max_age_days)
}

# METADATA
# title: The rules are reviewed by somebody who does not own them
# description: Rules only grow until somebody with no stake in them asks what each is for.
# custom:
#   severity: medium
#   evidence: [/network/rule_review, /network/allow_list]
#   params: [network_review_max_age_days]
#   source: PCI DSS 4.0.1 requirement 1.2.7
#   remediation: Let somebody who owns none of the ranges review them, and record the date.
#   controls: {iso_27001: ["8.20"], ccm: [IVS-03], csf: [PR.IR-01], pci_dss: ["1.2.7"]}
#   conditions:
#     not_rules_reviewed: "the rules were not reviewed in the last {network_review_max_age_days} days by somebody who owns none of the ranges"
findings.rules_reviewed contains finding if {
	review := input.network.rule_review
	not rules_reviewed(review)
	finding := {
		"condition": "not_rules_reviewed",
		"pointer": lib.place("/network/rule_review", review, ["reviewed_on", "reviewer"]),
		"values": {"network_review_max_age_days": data.params.network_review_max_age_days},
	}
}

rules_reviewed(review) if {
	lib.within_days(review.reviewed_on, data.params.network_review_max_age_days)
	review.reviewer != ""
	owners := {lower(entry.owner) | some entry in input.network.allow_list}
	reviewer := lower(review.reviewer)
	not reviewer in owners
}

# METADATA
# title: Critical workloads have been tried without the domain
# description: Timeouts, retries and caches behave as designed only where they have been tried.
# custom:
#   severity: medium
#   evidence: [/network/failure_test, /location/workloads]
#   params: [network_failure_test_max_age_days]
#   source: own judgement (yearly)
#   remediation: Block the endpoint for each critical workload in a test, record what happened, and close what has to be mended.
#   controls: {iso_27001: ["8.20", "5.30"], ccm: [IVS-09], csf: [PR.IR-01]}
#   conditions:
#     not_failure_tested: "not every critical workload was tried without the domain in the last {network_failure_test_max_age_days} days, or actions are open"
findings.failure_tested contains finding if {
	test := input.network.failure_test
	not failure_tested(test)
	finding := {
		"condition": "not_failure_tested",
		"pointer": lib.place("/network/failure_test", test, ["performed_on", "workloads", "open_actions"]),
		"values": {"network_failure_test_max_age_days": data.params.network_failure_test_max_age_days},
	}
}

failure_tested(test) if {
	lib.within_days(test.performed_on, data.params.network_failure_test_max_age_days)
	test.open_actions == 0
	count(test.workloads) > 0
	critical := {workload.id | some workload in input.location.workloads; workload.criticality == "critical"}
	tried := {id | some id in test.workloads}
	count(critical - tried) == 0
	known := {workload.id | some workload in input.location.workloads}
	count(tried - known) == 0
}
