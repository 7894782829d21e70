# METADATA
# title: Manage the security of management infrastructure (API, control plane)
# description: >-
#   OVHcloud secures the API itself. What calls it on the customer's side (credentials, runners, pipelines, state) can do
#   to the domain whatever its rights allow.
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
#   evidence: [/management/api_clients]
#   params: [api_client_classes]
#   source: PCI DSS 4.0.1 requirement 7.2.5
#   remediation: List the actions the program really calls, and grant only those.
#   controls: {iso_27001: ["8.2", "8.3"], ccm: [IAM-16], csf: [PR.AA-05], pci_dss: ["7.2.5"]}
#   conditions:
#     incomplete: "the API credential {client} does not state {absent}"
#     not_whole: "the API credential {client} lists {scopes} {scopes|scope|scopes}, the API counts {scope_count}"
#     wide: "the API credential {client} has {wide}, which {wide|stands|stand} for more than listed actions"
#     unknown_scopes: >-
#       the API credential {client} has {unknown}, which the table of the provider's actions does not have
#     no_policy: "the API credential {client} is neither of a service account that a policy names nor of an enabled user"
#     too_much: "the API credential {client} may {classes}; expected are {allowed} only"
#     both: "the API credential {client} may {classes}; expected is that it either administers or uses"
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
			"classes": object.get(rights(i), "classes", []),
			"allowed": data.params.api_client_classes,
		},
	}
}

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

scope_problem(i, client) := "incomplete" if {
	lib.absent(client, ["scopes", "scope_count"]) != []
} else := "not_whole" if {
	not whole(client)
} else := "wide" if {
	not listed_scopes(i)
} else := "unknown_scopes" if {
	not known_scopes(i)
} else := "no_policy" if {
	not permitted(i)
} else := "too_much" if {
	not allowed_classes(i)
} else := "both"

# METADATA
# title: Personal access tokens end
# description: A token does not end unless it is told to, and acts as its user from anywhere that knows it.
# custom:
#   severity: high
#   evidence: [/management/api_clients]
#   params: [api_token_max_days]
#   source: OVHcloud documentation, personal access tokens (a token does not expire unless told); own judgement on the time
#   remediation: Make a token that ends, and delete the one that does not.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-01, PR.AA-03], pci_dss: ["8.6.3"]}
#   conditions:
#     no_end: "the personal access token {client} has no end"
#     ended: "the personal access token {client} ended at {expires_at} and is still listed"
#     ends_late: >-
#       the personal access token {client} ends at {expires_at}; expected is an end in the {days} {days|day|days} after the
#       assessment
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

# Its secret may be used for as long as secrets_kept says.
lasting(client) if client.kind in {"oauth2_service_account", "application_key"}

ends(client) if {
	not_ended(client)
	lib.ns(client.expires_at) <= lib.days_ahead(data.params.api_token_max_days)
}

not_ended(client) if lib.ahead(client.expires_at)

token_problem(client) := "no_end" if {
	lib.absent(client, ["expires_at"]) != []
} else := "ended" if {
	not not_ended(client)
} else := "ends_late"

# METADATA
# title: Every API credential is listed, owned and of a kind that can be limited
# description: A long-lived application key acts as the account's holder; a service account has rights of its own.
# custom:
#   severity: high
#   evidence: [/management/api_clients, /management/api_client_count]
#   params: [api_client_kinds]
#   source: ISO/IEC 27001:2022 A.8.2; OVHcloud documentation, authentication of the API
#   remediation: Replace application keys and personal tokens by OAuth2 service accounts, name an owner for each, delete the others.
#   controls: {iso_27001: ["8.2", "8.5"], ccm: [IAM-14, IAM-16], csf: [PR.AA-05]}
#   conditions:
#     not_clients_owned: "{client} needs an owner, and to be a {api_client_kinds}"
#     not_clients_owned_2: "the list of API credentials is not as long as the API says"
findings.clients_owned contains finding if {
	some i, client in input.management.api_clients
	not owned(client)
	finding := {
		"condition": "not_clients_owned",
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["id", "kind", "owner"]),
		"values": {"client": lib.label(client), "api_client_kinds": concat(" or ", data.params.api_client_kinds)},
	}
}

findings.clients_owned contains finding if {
	not all_listed
	finding := {
		"condition": "not_clients_owned_2",
		"pointer": "/management/api_client_count",
		"values": {},
	}
}

owned(client) if {
	client.id != ""
	client.owner != ""
	client.kind in data.params.api_client_kinds
}

all_listed if input.management.api_client_count == count({client.id | some client in input.management.api_clients})

# METADATA
# title: Secrets of API credentials are young and well kept
# description: A secret that is old or lies in a file has been copied to places that nobody remembers.
# custom:
#   severity: high
#   evidence: [/management/api_clients]
#   params: [api_secret_max_age_days, api_secret_stores]
#   source: PCI DSS 4.0.1 requirements 8.6.2 and 8.6.3
#   remediation: Make a new secret, keep it in the vault, delete the old one everywhere.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-03], pci_dss: ["8.6.2", "8.6.3"]}
#   conditions:
#     not_secrets_kept: "the secret of {client} is older than {api_secret_max_age_days} days, or kept in {stored_in}; wanted is {api_secret_stores}"
findings.secrets_kept contains finding if {
	some i, client in input.management.api_clients
	not kept(client)
	finding := {
		"condition": "not_secrets_kept",
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["secret_created_on", "stored_in"]),
		"values": {"client": lib.label(client), "api_secret_max_age_days": data.params.api_secret_max_age_days, "stored_in": lib.shown(client, "stored_in"), "api_secret_stores": concat(" or ", data.params.api_secret_stores)},
	}
}

kept(client) if {
	lib.within_days(client.secret_created_on, data.params.api_secret_max_age_days)
	client.stored_in in data.params.api_secret_stores
}

# METADATA
# title: API credentials count only from known addresses
# description: Outside the ranges of its runners a stolen credential is worth nothing.
# custom:
#   severity: medium
#   evidence: [/management/api_clients, /network/allow_list]
#   source: own judgement (IAM conditions on request.IP)
#   remediation: Bind the credential's policy to the ranges of the machines that use it, and list them in the network allow-list.
#   controls: {iso_27001: ["8.20", "8.5"], ccm: [IAM-16], csf: [PR.AA-05]}
#   conditions:
#     not_clients_bound: "{client} may be used from outside the network allow-list"
findings.clients_bound contains finding if {
	some i, client in input.management.api_clients
	not bound(client)
	finding := {
		"condition": "not_clients_bound",
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["ip_ranges"]),
		"values": {"client": lib.label(client)},
	}
}

bound(client) if {
	count(client.ip_ranges) > 0
	every range in client.ip_ranges {
		allowed(range)
	}
}

allowed(range) if {
	some entry in input.network.allow_list
	net.cidr_contains(entry.range, range)
}

# METADATA
# title: Hosts that hold credentials are hardened, patched and scanned
# description: Who owns the runner owns what it may do.
# custom:
#   severity: high
#   evidence: [/management/hosts]
#   params: [host_patch_max_age_days]
#   source: PCI DSS 4.0.1 requirements 2.2.1 and 6.3.3
#   remediation: Install the updates, scan again, close what is past due; build the host to a baseline and name its owner.
#   controls: {iso_27001: ["8.8", "8.9"], ccm: [TVM-07, IVS-04], csf: [PR.PS-01], pci_dss: ["6.3.3"]}
#   conditions:
#     not_hosts_maintained: "{host} needs an owner, a baseline, updates and a scan in the last {host_patch_max_age_days} days, and no critical vulnerability past due (now {critical_past_due})"
findings.hosts_maintained contains finding if {
	some i, host in input.management.hosts
	not maintained(host)
	finding := {
		"condition": "not_hosts_maintained",
		"pointer": lib.place(
			sprintf("/management/hosts/%d", [i]), host,
			["owner", "baseline", "patched_on", "scanned_on", "critical_past_due"],
		),
		"values": {"host": lib.label(host), "host_patch_max_age_days": data.params.host_patch_max_age_days, "critical_past_due": lib.shown(host, "critical_past_due")},
	}
}

maintained(host) if {
	host.owner != ""
	host.baseline != ""
	lib.within_days(host.patched_on, data.params.host_patch_max_age_days)
	lib.within_days(host.scanned_on, data.params.host_patch_max_age_days)
	host.critical_past_due == 0
}

# METADATA
# title: No credential stands in a repository
# description: All repositories are searched with their history; what is found is revoked, not merely deleted.
# custom:
#   severity: critical
#   evidence: [/management/secret_scan]
#   params: [secret_scan_max_age_days]
#   source: PCI DSS 4.0.1 requirement 8.6.2; the period is own judgement
#   remediation: Search every repository; revoke and replace each credential that was found.
#   controls: {iso_27001: ["5.17", "8.9"], ccm: [IAM-14], csf: [PR.AA-05], pci_dss: ["8.6.2"]}
#   conditions:
#     not_repositories_clean: "{repositories_scanned} of {repositories_total} repositories were searched, {open_findings} findings are open; wanted are all of them in the last {secret_scan_max_age_days} days, and none"
findings.repositories_clean contains finding if {
	scan := input.management.secret_scan
	not clean(scan)
	finding := {
		"condition": "not_repositories_clean",
		"pointer": lib.place("/management/secret_scan", scan, ["scanned_on", "repositories_total", "repositories_scanned", "open_findings"]),
		"values": {"repositories_scanned": lib.shown(scan, "repositories_scanned"), "repositories_total": lib.shown(scan, "repositories_total"), "open_findings": lib.shown(scan, "open_findings"), "secret_scan_max_age_days": data.params.secret_scan_max_age_days},
	}
}

clean(scan) if {
	lib.within_days(scan.scanned_on, data.params.secret_scan_max_age_days)
	scan.repositories_scanned == scan.repositories_total
	scan.open_findings == 0
}

# METADATA
# title: The state of infrastructure as code gives nothing away
# description: The provider's resources can leave private keys and secret values in the state, in clear.
# custom:
#   severity: high
#   evidence: [/management/terraform_state]
#   params: [state_readers_max]
#   source: OVHcloud Terraform provider documentation (private_key_pem and secret data in state); PCI DSS 4.0.1 requirement 7.2.5
#   remediation: Encrypt the backend, limit its readers, create credentials from a CSR and secrets outside Terraform.
#   controls: {iso_27001: ["8.3", "8.9"], ccm: [IAM-16], csf: [PR.PS-01], pci_dss: ["7.2.5"]}
#   conditions:
#     not_state_protected: "the state needs an encryption key, 1 to {state_readers_max} named readers, and no sensitive value in it (now {sensitive_values})"
findings.state_protected contains finding if {
	state := input.management.terraform_state
	not state_protected(state)
	finding := {
		"condition": "not_state_protected",
		"pointer": lib.place("/management/terraform_state", state, ["encryption_key", "readers", "reader_count", "sensitive_values"]),
		"values": {"state_readers_max": data.params.state_readers_max, "sensitive_values": lib.shown(state, "sensitive_values")},
	}
}

state_protected(state) if {
	state.encryption_key != ""
	readers := {reader | some reader in state.readers; reader != ""}
	count(readers) > 0
	count(readers) <= data.params.state_readers_max
	count(readers) == state.reader_count
	state.sensitive_values == 0
}

# METADATA
# title: No pipeline changes the domain without another person's approval
# description: The pipeline acts with rights that no single person should have alone.
# custom:
#   severity: high
#   evidence: [/management/pipelines]
#   params: [pipeline_approvals_min]
#   source: NIST SP 800-53 Rev. 5 AC-5
#   remediation: Require approvals on the branch the pipeline runs from, and take away every bypass.
#   controls: {iso_27001: ["8.32", "5.3"], ccm: [CCC-01], csf: [PR.PS-01]}
#   conditions:
#     not_pipelines_approved: "{pipeline} asks for {required_approvals} approvals and {bypass_actor_count} actors can bypass them; wanted are at least {pipeline_approvals_min}, and none"
findings.pipelines_approved contains finding if {
	some i, pipeline in input.management.pipelines
	not approved(pipeline)
	finding := {
		"condition": "not_pipelines_approved",
		"pointer": lib.place(sprintf("/management/pipelines/%d", [i]), pipeline, ["required_approvals", "bypass_actor_count"]),
		"values": {"pipeline": lib.label(pipeline), "required_approvals": lib.shown(pipeline, "required_approvals"), "bypass_actor_count": lib.shown(pipeline, "bypass_actor_count"), "pipeline_approvals_min": data.params.pipeline_approvals_min},
	}
}

approved(pipeline) if {
	pipeline.required_approvals >= data.params.pipeline_approvals_min
	pipeline.bypass_actor_count == 0
}
