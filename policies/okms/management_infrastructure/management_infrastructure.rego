# METADATA
# title: Manage the security of management infrastructure (API, control plane)
# description: >-
#   OVHcloud secures the API itself. The customer's side of it (credentials, runners, pipelines, state) can do to the
#   domain whatever its rights allow.
# custom:
#   duty: 3.1.6.2
package okms.management_infrastructure

import data.lib

# METADATA
# title: API credentials may do only what they are for
# description: >-
#   A credential for everything turns any leak into the loss of the account. What it may do is in the allowed classes of
#   actions, by its scopes and by the policies for its identity; it either administers or uses, not both.
# custom:
#   severity: critical
#   evidence: [/management/api_clients, /management/api_client_count]
#   population: {list: /management/api_clients, count: /management/api_client_count}
#   params: [api_client_classes]
#   source: PCI DSS 4.0.1 requirement 7.2.5
#   remediation: List the actions the program really calls, and grant only those.
#   controls: {iso_27001: ["8.2", "8.3"], ccm: [IAM-05, IAM-16], csf: [PR.AA-05], pci_dss: ["7.2.5"]}
#   conditions:
#     incomplete: "the API credential {client} does not state {absent}"
#     not_whole: "the API credential {client} lists {scopes} {scopes|scope|scopes}, the API counts {scope_count}"
#     wide: "the API credential {client} has {wide}, which {wide|stands|stand} for more than listed actions"
#     unknown_scopes: >-
#       the API credential {client} has {unknown}, which the table of the provider's actions does not have
#     no_policy: "no policy that has not ended names the service account of the API credential {client}"
#     no_user: >-
#       the API credential {client} is of no enabled user; the id of a personal access token is the login of its user,
#       or login/name of the token
#     too_much: "the API credential {client} may {classes}; expected are {allowed} only"
#     both: "the API credential {client} may {classes}; expected is that it either administers or uses"
#     beyond_scopes: >-
#       policies let the API credential {client} do {beyond}, which {beyond|is|are} not among its scopes
#     no_workload: "the API credential {client} may {classes} and names no workload that does so"
findings.clients_scoped contains finding if {
	some i, client in input.management.api_clients
	not scoped(i, client)
	finding := {
		"condition": scope_problem(i, client),
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["scopes", "scope_count"]),
		"values": {
			"client": lib.label(client),
			"absent": lib.absent(client, ["scopes", "scope_count"]),
			"scopes": count(object.get(client, "scopes", [])),
			"scope_count": lib.shown(client, "scope_count"),
			"wide": object.get(rights(i), "wide", []),
			"unknown": object.get(rights(i), "unknown", []),
			"beyond": object.get(rights(i), "beyond", []),
			"classes": object.get(rights(i), "classes", []),
			"allowed": data.params.api_client_classes,
		},
	}
}

# METADATA
# title: Personal access tokens end
# description: A token without an end is valid for ever, and acts as its user from anywhere that knows it.
# custom:
#   severity: high
#   evidence: [/management/api_clients, /management/api_client_count]
#   population: {list: /management/api_clients, count: /management/api_client_count}
#   params: [api_token_max_days]
#   source: >-
#     OVHcloud documentation, personal access tokens (a token does not expire unless told); the time is a raci-check
#     default, no external source
#   remediation: Make a token that ends, and delete the one that does not.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-01, PR.AA-03], pci_dss: ["8.6.3"]}
#   conditions:
#     no_end: "the personal access token {client} has no end"
#     ended: "the personal access token {client} ended at {expires_at} and is still listed"
#     ends_late: >-
#       the personal access token {client} ends at {expires_at}; expected is an end in the {days} {days|day|days} after
#       the assessment
findings.tokens_end contains finding if {
	some i, client in input.management.api_clients
	not lasting(client)
	not ends(client)
	finding := {
		"condition": token_problem(client),
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["kind", "expires_at"]),
		"values": {
			"client": lib.label(client),
			"expires_at": lib.shown(client, "expires_at"),
			"days": data.params.api_token_max_days,
		},
	}
}

# METADATA
# title: Every API credential is listed, owned and of a kind that can be limited
# description: A long-lived application key acts as the account's holder; a service account has rights of its own.
# custom:
#   severity: high
#   evidence: [/management/api_clients, /management/api_client_count]
#   population: {list: /management/api_clients, count: /management/api_client_count}
#   params: [api_client_kinds]
#   source: ISO/IEC 27001:2022 A.8.2; OVHcloud documentation, authentication of the API
#   remediation: >-
#     Replace application keys and personal tokens by OAuth2 service accounts, name an owner for each, delete the
#     others.
#   controls: {iso_27001: ["5.16", "8.2"], ccm: [IAM-03, IAM-05], csf: [PR.AA-01], pci_dss: ["7.2.5"]}
#   conditions:
#     incomplete: "the API credential {client} does not state {absent}"
#     kind_not_allowed: "the API credential {client} is of kind {kind}; expected is one of {kinds}"
#     clients_left_out: "{listed} API {listed|credential is|credentials are} listed, the API counts {counted}"
findings.clients_owned contains finding if {
	some i, client in input.management.api_clients
	not owned(client)
	finding := {
		"condition": lib.problem(client, client_fields, "incomplete", "kind_not_allowed"),
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, client_fields),
		"values": {
			"client": lib.label(client),
			"absent": lib.absent(client, client_fields),
			"kind": lib.shown(client, "kind"),
			"kinds": data.params.api_client_kinds,
		},
	}
}

findings.clients_owned contains finding if {
	not all_listed
	finding := {
		"condition": "clients_left_out",
		"pointer": "/management/api_client_count",
		"values": {
			"listed": lib.listed(input.management.api_clients, "id"),
			"counted": lib.shown(input.management, "api_client_count"),
		},
	}
}

# METADATA
# title: Secrets of API credentials are recent and well stored
# description: An old secret, or one in a file, has been copied to places that are not known any more.
# custom:
#   severity: high
#   evidence: [/management/api_clients, /management/api_client_count]
#   population: {list: /management/api_clients, count: /management/api_client_count}
#   params: [api_secret_max_age_days, api_secret_stores]
#   source: PCI DSS 4.0.1 requirements 8.6.2 and 8.6.3
#   remediation: Make a new secret, store it in the vault, delete the old one everywhere.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-15], csf: [PR.AA-01], pci_dss: ["8.6.2", "8.6.3"]}
#   conditions:
#     incomplete: "the secret of the API credential {client} does not state {absent}"
#     too_old: >-
#       the secret of the API credential {client} was made on {created_on}; expected is one made in the {days}
#       {days|day|days} before the assessment
#     stored_badly: >-
#       the secret of the API credential {client} is stored in {stored_in}; expected is one of {stores}
findings.secrets_kept contains finding if {
	some i, client in input.management.api_clients
	not kept(client)
	finding := {
		"condition": secret_problem(client),
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, secret_fields),
		"values": {
			"client": lib.label(client),
			"absent": lib.absent(client, secret_fields),
			"created_on": lib.shown(client, "secret_created_on"),
			"days": data.params.api_secret_max_age_days,
			"stored_in": lib.shown(client, "stored_in"),
			"stores": data.params.api_secret_stores,
		},
	}
}

# METADATA
# title: API credentials can be used only from known addresses
# description: Outside the ranges of its runners a stolen credential is useless.
# custom:
#   severity: high
#   evidence: [/management/api_clients, /network/allow_list, /management/api_client_count]
#   population: {list: /management/api_clients, count: /management/api_client_count}
#   source: raci-check default, no external source (IAM conditions on request.IP)
#   remediation: >-
#     Bind the credential's policy to the ranges of the machines that use it, and list them in the network allow-list.
#   controls: {iso_27001: ["8.20", "8.5"], ccm: [IAM-16], csf: [PR.AA-05]}
#   conditions:
#     not_bound: "the API credential {client} is bound to no address ranges"
#     outside_allow_list: >-
#       the API credential {client} may be used from {outside}, which {outside|is|are} outside the network allow-list
findings.clients_bound contains finding if {
	some i, client in input.management.api_clients
	not bound(client)
	finding := {
		"condition": lib.problem(client, ["ip_ranges"], "not_bound", "outside_allow_list"),
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["ip_ranges"]),
		"values": {
			"client": lib.label(client),
			"outside": [range |
				some range in client.ip_ranges
				not lib.allowed(range)
			],
		},
	}
}

# METADATA
# title: Hosts that have credentials are hardened, patched and scanned
# description: An attacker on the runner may do whatever the runner may do.
# custom:
#   severity: high
#   evidence: [/management/hosts, /management/host_count]
#   population: {list: /management/hosts, count: /management/host_count}
#   params: [host_patch_max_age_days]
#   source: PCI DSS 4.0.1 requirements 2.2.1 and 6.3.3
#   remediation: >-
#     Install the updates, scan again, close what is past due; build the host to a baseline and name its owner.
#   controls:
#     iso_27001: ["8.8", "8.9"]
#     ccm: [TVM-03, TVM-07, IVS-04]
#     csf: [PR.PS-01, PR.PS-02]
#     pci_dss: ["2.2.1", "6.3.3"]
#   conditions:
#     incomplete: "the host {host} does not state {absent}"
#     patch_not_recent: >-
#       the host {host} was last patched on {patched_on}; expected are updates in the {days} {days|day|days} before the
#       assessment
#     scan_not_recent: >-
#       the host {host} was last scanned on {scanned_on}; expected is a scan in the {days} {days|day|days} before the
#       assessment
#     past_due: >-
#       {past_due} critical {past_due|vulnerability is|vulnerabilities are} open on the host {host} for longer than the
#       patch time; expected is none
#     hosts_left_out: "{listed} {listed|host is|hosts are} listed, the asset register counts {counted}"
findings.hosts_maintained contains finding if {
	some i, host in input.management.hosts
	not maintained(host)
	finding := {
		"condition": host_problem(host),
		"pointer": lib.place(sprintf("/management/hosts/%d", [i]), host, host_fields),
		"values": {
			"host": lib.label(host),
			"absent": lib.absent(host, host_fields),
			"patched_on": lib.shown(host, "patched_on"),
			"scanned_on": lib.shown(host, "scanned_on"),
			"days": data.params.host_patch_max_age_days,
			"past_due": lib.shown(host, "critical_past_due"),
		},
	}
}

findings.hosts_maintained contains finding if {
	not all_hosts
	finding := {
		"condition": "hosts_left_out",
		"pointer": "/management/host_count",
		"values": {
			"listed": lib.listed(input.management.hosts, "name"),
			"counted": lib.shown(input.management, "host_count"),
		},
	}
}

# METADATA
# title: No credential is in a repository
# description: Each secret that a search of the repositories found is revoked, not merely deleted.
# custom:
#   severity: critical
#   evidence: [/management/secret_scan]
#   source: PCI DSS 4.0.1 requirement 8.6.2
#   remediation: Revoke and replace each credential that was found.
#   controls: {iso_27001: ["5.17"], ccm: [IAM-15], csf: [PR.AA-01], pci_dss: ["8.6.2"]}
#   conditions:
#     incomplete: "the search for credentials does not state {absent}"
#     findings_open: >-
#       {open} {open|credential|credentials} found in repositories {open|is|are} not revoked; expected is none
findings.repositories_clean contains finding if {
	scan := input.management.secret_scan
	not clean(scan)
	finding := {
		"condition": lib.problem(scan, ["open_findings"], "incomplete", "findings_open"),
		"pointer": lib.place("/management/secret_scan", scan, ["open_findings"]),
		"values": {"absent": lib.absent(scan, ["open_findings"]), "open": lib.shown(scan, "open_findings")},
	}
}

# METADATA
# title: All repositories are searched for credentials, with their history, and often
# description: >-
#   A credential in a repository that was not searched is not found; there are at least the repositories that the
#   pipelines run from.
# custom:
#   severity: medium
#   evidence: [/management/secret_scan]
#   params: [secret_scan_max_age_days]
#   source: PCI DSS 4.0.1 requirement 8.6.2; the period is a raci-check default, no external source
#   remediation: Search every repository with its history, and state from which repository each pipeline runs.
#   controls: {iso_27001: ["5.17", "8.9"], ccm: [IAM-14], csf: [PR.AA-05], pci_dss: ["8.6.2"]}
#   conditions:
#     incomplete: "the search for credentials does not state {absent}"
#     not_all_searched: >-
#       {searched} of {total} {total|repository|repositories} {searched|was|were} searched for credentials; expected are
#       all
#     search_not_recent: >-
#       the repositories were last searched for credentials on {scanned_on}; expected is a search in the {days}
#       {days|day|days} before the assessment
#     fewer_than_pipelines: >-
#       the search counts {total} {total|repository|repositories}, and the pipelines run from {needed}: {repositories}
#     repository_unknown: "the pipeline {pipeline} does not state from which repository it runs"
findings.repositories_searched contains finding if {
	scan := input.management.secret_scan
	not searched(scan)
	finding := {
		"condition": scan_problem(scan),
		"pointer": lib.place("/management/secret_scan", scan, scan_fields),
		"values": {
			"absent": lib.absent(scan, scan_fields),
			"searched": lib.shown(scan, "repositories_scanned"),
			"total": lib.shown(scan, "repositories_total"),
			"scanned_on": lib.shown(scan, "scanned_on"),
			"days": data.params.secret_scan_max_age_days,
			"needed": count(pipeline_repositories),
			"repositories": sort(pipeline_repositories),
		},
		"related": ["/management/pipelines" | count(pipeline_repositories) > 0],
	}
}

findings.repositories_searched contains finding if {
	some i, pipeline in input.management.pipelines
	not from_repository(pipeline)
	finding := {
		"condition": "repository_unknown",
		"pointer": sprintf("/management/pipelines/%d/repository", [i]),
		"values": {"pipeline": lib.label(pipeline)},
	}
}

# METADATA
# title: The state of infrastructure as code contains no private key and no secret
# description: >-
#   The provider's resources can leave private keys and secret values in the state. Each of its readers has them, and
#   each of its copies, whether or not the backend is encrypted. A count of the marks in the state is a lower bound:
#   OpenTofu marks no output of terraform_data, and versions before 1.10 mark less in the state file.
# custom:
#   severity: critical
#   evidence: [/management/terraform_state, /management/state_backend_count]
#   population: {list: /management/terraform_state, count: /management/state_backend_count}
#   source: >-
#     OVHcloud Terraform provider documentation (private_key_pem and secret data in state); PCI DSS 4.0.1 requirement
#     8.3.2
#   remediation: >-
#     Create credentials from a CSR and secrets outside Terraform; replace each key and secret that was in the state.
#   controls: {iso_27001: ["8.24", "5.17"], ccm: [CEK-03], csf: [PR.DS-01], pci_dss: ["8.3.2"]}
#   conditions:
#     incomplete: "the state does not state {absent}"
#     sensitive_values_found: >-
#       {sensitive} {sensitive|private key or secret value is|private keys and secret values are} in the state in clear;
#       expected is none
findings.state_holds_no_keys contains finding if {
	state := input.management.terraform_state
	not without_keys(state)
	finding := {
		"condition": lib.problem(state, ["sensitive_values"], "incomplete", "sensitive_values_found"),
		"pointer": lib.place("/management/terraform_state", state, ["sensitive_values"]),
		"values": {
			"absent": lib.absent(state, ["sensitive_values"]),
			"sensitive": lib.shown(state, "sensitive_values"),
		},
	}
}

# METADATA
# title: The state of infrastructure as code is encrypted and has few readers
# description: The state shows how the domain and its access are made, and may have secrets in it one day.
# custom:
#   severity: high
#   evidence: [/management/terraform_state, /keys/service_keys, /management/state_backend_count]
#   population: {list: /management/terraform_state, count: /management/state_backend_count}
#   params: [state_readers_max]
#   source: PCI DSS 4.0.1 requirement 8.3.2
#   remediation: Encrypt the backend with a key that is in use, and limit its readers.
#   controls: {iso_27001: ["8.3", "8.24"], ccm: [CEK-03, IAM-16], csf: [PR.AA-05, PR.DS-01], pci_dss: ["8.3.2"]}
#   conditions:
#     not_encrypted: "the state is not encrypted"
#     incomplete: "the state does not state {absent}"
#     not_a_key: >-
#       the state has {key} as encryption key; expected is a key with the system that it is in, such as okms:<id> or
#       kms:<alias>
#     key_out_of_use: "the state is encrypted with {key}, a key of this domain that is out of use"
#     number_of_readers: >-
#       {listed} {listed|reader|readers} of the state {listed|is|are} listed; expected are 1 to {max}
#     readers_left_out: >-
#       {listed} {listed|reader|readers} of the state {listed|is|are} listed, the backend counts {counted}
findings.state_protected contains finding if {
	state := input.management.terraform_state
	not state_protected(state)
	finding := {
		"condition": state_problem(state),
		"pointer": lib.place("/management/terraform_state", state, state_fields),
		"values": {
			"absent": lib.absent(state, state_fields),
			"key": lib.shown(state, "encryption_key"),
			"listed": count(readers(state)),
			"max": data.params.state_readers_max,
			"counted": lib.shown(state, "reader_count"),
		},
		"related": [sprintf("/keys/service_keys/%d", [i]) |
			some i, key in input.keys.service_keys
			lib.retired(key)
			lower(concat(":", ["okms", key.id])) == lower(state.encryption_key)
		],
	}
}

# METADATA
# title: No pipeline changes the domain without another person's approval
# description: The pipeline acts with rights that no single person should have alone.
# custom:
#   severity: high
#   evidence: [/management/pipelines, /management/pipeline_count]
#   population: {list: /management/pipelines, count: /management/pipeline_count}
#   params: [pipeline_approvals_min]
#   source: NIST SP 800-53 Rev. 5 AC-5
#   remediation: Require approvals on the branch the pipeline runs from, and take away every bypass.
#   controls: {iso_27001: ["8.32", "5.3"], ccm: [CCC-04], csf: [PR.PS-01, ID.RA-07], pci_dss: ["6.5.1"]}
#   conditions:
#     incomplete: "the pipeline {pipeline} does not state {absent}"
#     too_few_approvals: >-
#       the pipeline {pipeline} asks for {approvals} {approvals|approval|approvals}; expected {min|is|are} at least
#       {min}
#     bypassed: >-
#       {bypassing} {bypassing|person or program|persons or programs} can run the pipeline {pipeline} without approvals;
#       expected is none
#     pipelines_left_out: "{listed} {listed|pipeline is|pipelines are} listed, the source counts {counted}"
findings.pipelines_approved contains finding if {
	some i, pipeline in input.management.pipelines
	not approved(pipeline)
	finding := {
		"condition": pipeline_problem(pipeline),
		"pointer": lib.place(sprintf("/management/pipelines/%d", [i]), pipeline, pipeline_fields),
		"values": {
			"pipeline": lib.label(pipeline),
			"absent": lib.absent(pipeline, pipeline_fields),
			"approvals": lib.shown(pipeline, "required_approvals"),
			"min": data.params.pipeline_approvals_min,
			"bypassing": lib.shown(pipeline, "bypass_actor_count"),
		},
	}
}

findings.pipelines_approved contains finding if {
	not all_pipelines
	finding := {
		"condition": "pipelines_left_out",
		"pointer": "/management/pipeline_count",
		"values": {
			"listed": lib.listed(input.management.pipelines, "name"),
			"counted": lib.shown(input.management, "pipeline_count"),
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section management, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/management]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["management"])
}

# clients_scoped

# What follows from the scopes and policies of an API client; nothing where the input was not prepared.
rights(i) := object.get(input, ["permissions", "clients", i], {})

scoped(i, client) if {
	count(client.scopes) > 0
	whole(client)
	listed_scopes(i)
	known_scopes(i)
	permitted(i)
	allowed_classes(i)
	apart(i)
	within_scopes(i)
	for_workload(i, client)
}

whole(client) if count(client.scopes) == client.scope_count

listed_scopes(i) if input.permissions.clients[i].wide == []

known_scopes(i) if input.permissions.clients[i].unknown == []

permitted(i) if input.permissions.clients[i].permitted

allowed_classes(i) if {
	every class in input.permissions.clients[i].classes {
		class in data.params.api_client_classes
	}
}

apart(i) if count({class | some class in input.permissions.clients[i].classes} & {"administer"}) == 0

apart(i) if count({class | some class in input.permissions.clients[i].classes} & {"use_key", "read_secret"}) == 0

within_scopes(i) if input.permissions.clients[i].beyond == []

for_workload(_, client) if client.workload != ""

for_workload(i, _) if not uses(i)

uses(i) if count({class | some class in input.permissions.clients[i].classes} & {"use_key", "read_secret"}) > 0

scope_problem(i, client) := "incomplete" if {
	lib.absent(client, ["scopes", "scope_count"]) != []
} else := "not_whole" if {
	not whole(client)
} else := "wide" if {
	not listed_scopes(i)
} else := "unknown_scopes" if {
	not known_scopes(i)
} else := "no_user" if {
	client.kind == "personal_access_token"
	not permitted(i)
} else := "no_policy" if {
	not permitted(i)
} else := "too_much" if {
	not allowed_classes(i)
} else := "both" if {
	not apart(i)
} else := "beyond_scopes" if {
	not within_scopes(i)
} else := "no_workload"

# tokens_end

# Its secret may be used for as long as secrets_kept says.
lasting(client) if client.kind in {"oauth2_service_account", "application_key"}

ends(client) if {
	not_ended(client)
	lib.ends_within(client.expires_at, data.params.api_token_max_days)
}

not_ended(client) if lib.ahead(client.expires_at)

token_problem(client) := "no_end" if {
	lib.absent(client, ["expires_at"]) != []
} else := "ended" if {
	not not_ended(client)
} else := "ends_late"

# clients_owned

client_fields := ["id", "kind", "owner"]

owned(client) if {
	client.id != ""
	client.owner != ""
	client.kind in data.params.api_client_kinds
}

all_listed if lib.complete(input.management.api_clients, "id", input.management.api_client_count)

# secrets_kept

secret_fields := ["secret_created_on", "stored_in"]

kept(client) if {
	young(client)
	client.stored_in in data.params.api_secret_stores
}

young(client) if lib.within_days(client.secret_created_on, data.params.api_secret_max_age_days)

secret_problem(client) := "incomplete" if {
	lib.absent(client, secret_fields) != []
} else := "too_old" if {
	not young(client)
} else := "stored_badly"

# clients_bound

bound(client) if {
	count(client.ip_ranges) > 0
	every range in client.ip_ranges {
		lib.allowed(range)
	}
}

# hosts_maintained

host_fields := ["name", "owner", "baseline", "patched_on", "scanned_on", "critical_past_due"]

maintained(host) if {
	host.name != ""
	host.owner != ""
	host.baseline != ""
	patched(host)
	scanned(host)
	host.critical_past_due == 0
}

patched(host) if lib.within_days(host.patched_on, data.params.host_patch_max_age_days)

scanned(host) if lib.within_days(host.scanned_on, data.params.host_patch_max_age_days)

all_hosts if lib.complete(input.management.hosts, "name", input.management.host_count)

host_problem(host) := "incomplete" if {
	lib.absent(host, host_fields) != []
} else := "patch_not_recent" if {
	not patched(host)
} else := "scan_not_recent" if {
	not scanned(host)
} else := "past_due"

# repositories_clean, repositories_searched

scan_fields := ["scanned_on", "repositories_total", "repositories_scanned"]

clean(scan) if scan.open_findings == 0

searched(scan) if {
	all_searched(scan)
	searched_recently(scan)
	scan.repositories_total >= count(pipeline_repositories)
}

all_searched(scan) if scan.repositories_scanned == scan.repositories_total

searched_recently(scan) if lib.within_days(scan.scanned_on, data.params.secret_scan_max_age_days)

from_repository(pipeline) if pipeline.repository != ""

pipeline_repositories contains lower(pipeline.repository) if some pipeline in input.management.pipelines

scan_problem(scan) := "incomplete" if {
	lib.absent(scan, scan_fields) != []
} else := "not_all_searched" if {
	not all_searched(scan)
} else := "search_not_recent" if {
	not searched_recently(scan)
} else := "fewer_than_pipelines"

# state_holds_no_keys, state_protected

state_fields := ["encryption_key", "readers", "reader_count"]

without_keys(state) if state.sensitive_values == 0

state_protected(state) if {
	names_a_key(state)
	key_in_use(state)
	bounded(state)
	all_readers(state)
}

# A system and a key in it; a word such as none is not a key.
names_a_key(state) if regex.match(`^[a-z][a-z0-9+.-]*:[^\s:]`, state.encryption_key)

key_in_use(state) if {
	key := lower(state.encryption_key)
	not key in retired_keys
}

retired_keys contains lower(concat(":", ["okms", key.id])) if {
	some key in input.keys.service_keys
	lib.retired(key)
}

readers(state) := {reader |
	some reader in state.readers
	reader != ""
}

bounded(state) if {
	listed := readers(state)
	count(listed) > 0
	count(listed) <= data.params.state_readers_max
}

all_readers(state) if count(readers(state)) == state.reader_count

state_problem(state) := "not_encrypted" if {
	state.encryption_key == ""
} else := "incomplete" if {
	lib.absent(state, state_fields) != []
} else := "not_a_key" if {
	not names_a_key(state)
} else := "key_out_of_use" if {
	not key_in_use(state)
} else := "number_of_readers" if {
	not bounded(state)
} else := "readers_left_out"

# pipelines_approved

all_pipelines if lib.complete(input.management.pipelines, "name", input.management.pipeline_count)

pipeline_fields := ["name", "required_approvals", "bypass_actor_count"]

approved(pipeline) if {
	pipeline.name != ""
	enough_approvals(pipeline)
	pipeline.bypass_actor_count == 0
}

enough_approvals(pipeline) if pipeline.required_approvals >= data.params.pipeline_approvals_min

pipeline_problem(pipeline) := "incomplete" if {
	lib.absent(pipeline, pipeline_fields) != []
} else := "too_few_approvals" if {
	not enough_approvals(pipeline)
} else := "bypassed"
