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
# description: A credential for everything turns any leak into the loss of the account.
# custom:
#   id: clients_scoped
#   severity: critical
#   evidence: [/management/api_clients]
#   source: PCI DSS 4.0.1 requirement 7.2.5
#   remediation: List the actions the program really calls, and grant only those.
#   controls: {iso_27001: ["8.2", "8.3"], ccm: [IAM-16], csf: [PR.AA-05], pci_dss: ["7.2.5"]}
findings contains finding if {
	some i, client in input.management.api_clients
	not scoped(client)
	finding := {
		"check": "clients_scoped",
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["scopes", "scope_count"]),
		"message": sprintf("%s has no scopes, one with a wildcard for everything, or more than are listed", [lib.label(client)]),
	}
}

scoped(client) if {
	count(client.scopes) > 0
	count(client.scopes) == client.scope_count
	every scope in client.scopes {
		narrow(scope)
	}
}

narrow(scope) if {
	scope != ""
	not scope in {"*", "/*", "okms:*", "okms:apiovh:*", "okms:apikms:*", "/v2/*", "/v2/okms/*"}
}

# METADATA
# title: Every API credential is listed, owned and of a kind that can be limited
# description: A long-lived application key acts as the account's holder; a service account has rights of its own.
# custom:
#   id: clients_owned
#   severity: high
#   evidence: [/management/api_clients, /management/api_client_count]
#   params: [api_client_kinds]
#   source: ISO/IEC 27001:2022 A.8.2; OVHcloud documentation, authentication of the API
#   remediation: Replace application keys and personal tokens by OAuth2 service accounts, name an owner for each, delete the others.
#   controls: {iso_27001: ["8.2", "8.5"], ccm: [IAM-14, IAM-16], csf: [PR.AA-05]}
findings contains finding if {
	some problem in ownership
	finding := {"check": "clients_owned", "pointer": problem.pointer, "message": problem.message}
}

ownership contains problem if {
	some i, client in input.management.api_clients
	not owned(client)
	problem := {
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["id", "kind", "owner"]),
		"message": sprintf("%s needs an owner, and to be a %s", [lib.label(client), concat(" or ", data.params.api_client_kinds)]),
	}
}

ownership contains problem if {
	not all_listed
	problem := {
		"pointer": "/management/api_client_count",
		"message": "the list of API credentials is not as long as the API says",
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
#   id: secrets_kept
#   severity: high
#   evidence: [/management/api_clients]
#   params: [api_secret_max_age_days, api_secret_stores]
#   source: PCI DSS 4.0.1 requirements 8.6.2 and 8.6.3
#   remediation: Make a new secret, keep it in the vault, delete the old one everywhere.
#   controls: {iso_27001: ["5.17", "8.5"], ccm: [IAM-14], csf: [PR.AA-03], pci_dss: ["8.6.2", "8.6.3"]}
findings contains finding if {
	some i, client in input.management.api_clients
	not kept(client)
	finding := {
		"check": "secrets_kept",
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["secret_created_on", "stored_in"]),
		"message": sprintf("the secret of %s is older than %v days, or kept in %s; wanted is %s", [
			lib.label(client), data.params.api_secret_max_age_days, lib.shown(client, "stored_in"),
			concat(" or ", data.params.api_secret_stores),
		]),
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
#   id: clients_bound
#   severity: medium
#   evidence: [/management/api_clients, /network/allow_list]
#   source: own judgement (IAM conditions on request.IP)
#   remediation: Bind the credential's policy to the ranges of the machines that use it, and list them in the network allow-list.
#   controls: {iso_27001: ["8.20", "8.5"], ccm: [IAM-16], csf: [PR.AA-05]}
findings contains finding if {
	some i, client in input.management.api_clients
	not bound(client)
	finding := {
		"check": "clients_bound",
		"pointer": lib.place(sprintf("/management/api_clients/%d", [i]), client, ["ip_ranges"]),
		"message": sprintf("%s may be used from outside the network allow-list", [lib.label(client)]),
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
#   id: hosts_maintained
#   severity: high
#   evidence: [/management/hosts]
#   params: [host_patch_max_age_days]
#   source: PCI DSS 4.0.1 requirements 2.2.1 and 6.3.3
#   remediation: Install the updates, scan again, close what is past due; build the host to a baseline and name its owner.
#   controls: {iso_27001: ["8.8", "8.9"], ccm: [TVM-07, IVS-04], csf: [PR.PS-01], pci_dss: ["6.3.3"]}
findings contains finding if {
	some i, host in input.management.hosts
	not maintained(host)
	finding := {
		"check": "hosts_maintained",
		"pointer": lib.place(
			sprintf("/management/hosts/%d", [i]), host,
			["owner", "baseline", "patched_on", "scanned_on", "critical_past_due"],
		),
		"message": sprintf("%s needs an owner, a baseline, updates and a scan in the last %v days, and no critical vulnerability past due (now %v)", [
			lib.label(host), data.params.host_patch_max_age_days, lib.shown(host, "critical_past_due"),
		]),
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
#   id: repositories_clean
#   severity: critical
#   evidence: [/management/secret_scan]
#   params: [secret_scan_max_age_days]
#   source: PCI DSS 4.0.1 requirement 8.6.2; the period is own judgement
#   remediation: Search every repository; revoke and replace each credential that was found.
#   controls: {iso_27001: ["5.17", "8.9"], ccm: [IAM-14], csf: [PR.AA-05], pci_dss: ["8.6.2"]}
findings contains finding if {
	scan := input.management.secret_scan
	not clean(scan)
	finding := {
		"check": "repositories_clean",
		"pointer": lib.place("/management/secret_scan", scan, ["scanned_on", "repositories_total", "repositories_scanned", "open_findings"]),
		"message": sprintf("%v of %v repositories were searched, %v findings are open; wanted are all of them in the last %v days, and none", [
			lib.shown(scan, "repositories_scanned"), lib.shown(scan, "repositories_total"), lib.shown(scan, "open_findings"),
			data.params.secret_scan_max_age_days,
		]),
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
#   id: state_protected
#   severity: high
#   evidence: [/management/terraform_state]
#   params: [state_readers_max]
#   source: OVHcloud Terraform provider documentation (private_key_pem and secret data in state); PCI DSS 4.0.1 requirement 7.2.5
#   remediation: Encrypt the backend, limit its readers, create credentials from a CSR and secrets outside Terraform.
#   controls: {iso_27001: ["8.3", "8.9"], ccm: [IAM-16], csf: [PR.PS-01], pci_dss: ["7.2.5"]}
findings contains finding if {
	state := input.management.terraform_state
	not state_protected(state)
	finding := {
		"check": "state_protected",
		"pointer": lib.place("/management/terraform_state", state, ["encryption_key", "readers", "reader_count", "sensitive_values"]),
		"message": sprintf("the state needs an encryption key, 1 to %v named readers, and no sensitive value in it (now %v)", [
			data.params.state_readers_max, lib.shown(state, "sensitive_values"),
		]),
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
#   id: pipelines_approved
#   severity: high
#   evidence: [/management/pipelines]
#   params: [pipeline_approvals_min]
#   source: NIST SP 800-53 Rev. 5 AC-5
#   remediation: Require approvals on the branch the pipeline runs from, and take away every bypass.
#   controls: {iso_27001: ["8.32", "5.3"], ccm: [CCC-01], csf: [PR.PS-01]}
findings contains finding if {
	some i, pipeline in input.management.pipelines
	not approved(pipeline)
	finding := {
		"check": "pipelines_approved",
		"pointer": lib.place(sprintf("/management/pipelines/%d", [i]), pipeline, ["required_approvals", "bypass_actor_count"]),
		"message": sprintf("%s asks for %v approvals and %v actors can bypass them; wanted are at least %v, and none", [
			lib.label(pipeline), lib.shown(pipeline, "required_approvals"), lib.shown(pipeline, "bypass_actor_count"),
			data.params.pipeline_approvals_min,
		]),
	}
}

approved(pipeline) if {
	pipeline.required_approvals >= data.params.pipeline_approvals_min
	pipeline.bypass_actor_count == 0
}
