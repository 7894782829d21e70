# METADATA
# title: Manage reversibility operations
# description: >-
#   The customer can leave: there is a plan that somebody owns, it fits the time that law and contract give, it covers
#   every dataset and client, and it has been tried.
# custom:
#   duty: 4.1.1
package okms.reversibility

import data.lib

# METADATA
# title: The exit plan is owned, approved and current
# description: A plan that nobody keeps describes a service that is no longer there.
# custom:
#   severity: medium
#   evidence: [/exit_plan/plan]
#   params: [exit_plan_review_max_age_days]
#   source: CSA CCM v4 IPY-04
#   remediation: Review the plan, let another person approve it, and give it a version.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-04], csf: [GV.SC-10]}
#   conditions:
#     not_plan_current: "the exit plan needs a version, an owner, another person's approval, and a review in the last {exit_plan_review_max_age_days} days"
findings.plan_current contains finding if {
	plan := input.exit_plan.plan
	not current(plan)
	finding := {
		"condition": "not_plan_current",
		"pointer": lib.place("/exit_plan/plan", plan, ["version", "owner", "approved_by", "reviewed_on"]),
		"values": {"exit_plan_review_max_age_days": data.params.exit_plan_review_max_age_days},
	}
}

current(plan) if {
	plan.version != ""
	lib.distinct(plan.owner, plan.approved_by)
	lib.within_days(plan.reviewed_on, data.params.exit_plan_review_max_age_days)
}

# METADATA
# title: The target is named and takes keys by an open interface
# description: Where one would go decides how one packs.
# custom:
#   severity: medium
#   evidence: [/exit_plan/plan]
#   params: [exit_target_protocols]
#   source: CSA CCM v4 IPY-02
#   remediation: Choose a target that takes keys by KMIP, PKCS #11 or a documented format, and name it.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-02], csf: [GV.SC-10]}
#   conditions:
#     not_target_open: "the plan names no target that takes keys by {exit_target_protocols}"
findings.target_open contains finding if {
	plan := input.exit_plan.plan
	not target_open(plan)
	finding := {
		"condition": "not_target_open",
		"pointer": lib.place("/exit_plan/plan", plan, ["target_service", "target_protocols"]),
		"values": {"exit_target_protocols": concat(" or ", data.params.exit_target_protocols)},
	}
}

target_open(plan) if {
	plan.target_service != ""
	some protocol in plan.target_protocols
	protocol in data.params.exit_target_protocols
}

# METADATA
# title: The plan describes every step
# description: From the inventory to the destruction of what is left behind; the step that is missing is the one that fails.
# custom:
#   severity: low
#   evidence: [/exit_plan/plan]
#   params: [exit_plan_steps]
#   source: own judgement
#   remediation: Describe the missing step, with who does it and how it is verified.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     not_steps_complete: "the plan does not describe: {lacking}"
findings.steps_complete contains finding if {
	steps := {step | some step in input.exit_plan.plan.steps}
	lacking := [step | some step in data.params.exit_plan_steps; not step in steps]
	count(lacking) > 0
	finding := {
		"condition": "not_steps_complete",
		"pointer": "/exit_plan/plan/steps",
		"values": {"lacking": concat(", ", lacking)},
	}
}

# METADATA
# title: The plan fits the time that there is
# description: What must be encrypted anew, estimated dataset by dataset, fits into the transition, and that into the law's.
# custom:
#   severity: high
#   evidence: [/exit_plan/plan, /exit_plan/re_encryption]
#   params: [exit_transition_max_days, exit_notice_max_days]
#   source: Regulation (EU) 2023/2854 (Data Act) Article 25
#   remediation: Shorten what takes long (parallel work, earlier start), or agree a longer transition in writing.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     not_time_sufficient: "{hours} hours of encrypting anew, a transition of {transition_days} days and a notice of {notice_days}; wanted are at most {exit_transition_max_days} and {exit_notice_max_days} days, and that the work fits"
findings.time_sufficient contains finding if {
	plan := input.exit_plan.plan
	not time_sufficient(plan)
	finding := {
		"condition": "not_time_sufficient",
		"pointer": lib.place("/exit_plan/plan", plan, ["transition_days", "notice_days"]),
		"values": {"hours": hours, "transition_days": lib.shown(plan, "transition_days"), "notice_days": lib.shown(plan, "notice_days"), "exit_transition_max_days": data.params.exit_transition_max_days, "exit_notice_max_days": data.params.exit_notice_max_days},
	}
}

hours := sum([entry.estimated_hours | some entry in input.exit_plan.re_encryption])

time_sufficient(plan) if {
	plan.transition_days <= data.params.exit_transition_max_days
	plan.notice_days <= data.params.exit_notice_max_days
	hours <= plan.transition_days * 24
}

# METADATA
# title: Every encrypted dataset is in the plan
# description: Service keys do not leave; each dataset that they protect is encrypted anew, and somebody has estimated how long it takes.
# custom:
#   severity: high
#   evidence: [/datasets/datasets, /exit_plan/re_encryption]
#   source: OVHcloud documentation, OKMS usage (service keys are not exported); CSA CCM v4 IPY-03
#   remediation: Add the dataset with an estimate from a measured sample.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-03], csf: [GV.SC-10]}
#   conditions:
#     not_datasets_planned: "{dataset} is not in the plan, or has no estimate"
#     not_datasets_planned_2: "{dataset} has no estimate, or is no dataset of the inventory"
findings.datasets_planned contains finding if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not planned(dataset)
	finding := {
		"condition": "not_datasets_planned",
		"pointer": lib.place(sprintf("/datasets/datasets/%d", [i]), dataset, ["id"]),
		"values": {"dataset": lib.label(dataset)},
	}
}

findings.datasets_planned contains finding if {
	some i, entry in input.exit_plan.re_encryption
	not known(entry)
	finding := {
		"condition": "not_datasets_planned_2",
		"pointer": lib.place(sprintf("/exit_plan/re_encryption/%d", [i]), entry, ["dataset", "estimated_hours"]),
		"values": {"dataset": lib.shown(entry, "dataset")},
	}
}

planned(dataset) if dataset.id in estimated

estimated contains entry.dataset if {
	some entry in input.exit_plan.re_encryption
	entry.estimated_hours > 0
}

known(entry) if {
	entry.dataset in estimated
	entry.estimated_hours > 0
	entry.dataset in dataset_ids
}

dataset_ids contains dataset.id if some dataset in input.datasets.datasets

# METADATA
# title: Every KMIP client has somewhere else to go
# description: A database or backup product that speaks KMIP to this domain only is a lock-in.
# custom:
#   severity: medium
#   evidence: [/kmip/object_count, /exit_plan/plan]
#   source: CSA CCM v4 IPY-01
#   remediation: Find out which other service the client can use, and write it into the plan.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     not_clients_planned: "the plan has no alternative for KMIP client {client}"
findings.clients_planned contains finding if {
	some i, client in input.kmip.clients
	not has_alternative(client)
	finding := {
		"condition": "not_clients_planned",
		"pointer": lib.place(sprintf("/kmip/clients/%d", [i]), client, ["id"]),
		"values": {"client": lib.label(client)},
	}
}

has_alternative(client) if client.id in with_alternative

with_alternative contains dependency.client if {
	some dependency in input.exit_plan.dependencies
	dependency.alternative != ""
}

# METADATA
# title: The exit has been rehearsed
# description: A sample of objects was moved and used at the target, all of it, and what was learned is done.
# custom:
#   severity: high
#   evidence: [/exit_plan/rehearsal]
#   params: [exit_rehearsal_max_age_days]
#   source: CSA CCM v4 IPY-03; yearly is own judgement
#   remediation: Rehearse with a sample, keep the protocol as artifact, close the actions.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-03], csf: [GV.SC-10]}
#   conditions:
#     not_rehearsed: "{objects_moved} of {objects_sampled} sampled objects were usable at the target and {open_actions} actions are open; wanted are all, none, and a protocol of the last {exit_rehearsal_max_age_days} days"
findings.rehearsed contains finding if {
	rehearsal := input.exit_plan.rehearsal
	not rehearsed(rehearsal)
	finding := {
		"condition": "not_rehearsed",
		"pointer": lib.place(
			"/exit_plan/rehearsal", rehearsal,
			["performed_on", "objects_sampled", "objects_moved", "open_actions", "artifact"],
		),
		"values": {"objects_moved": lib.shown(rehearsal, "objects_moved"), "objects_sampled": lib.shown(rehearsal, "objects_sampled"), "open_actions": lib.shown(rehearsal, "open_actions"), "exit_rehearsal_max_age_days": data.params.exit_rehearsal_max_age_days},
	}
}

rehearsed(rehearsal) if {
	lib.within_days(rehearsal.performed_on, data.params.exit_rehearsal_max_age_days)
	rehearsal.objects_moved == rehearsal.objects_sampled
	rehearsal.open_actions == 0
	rehearsal.artifact.path != ""
}

# METADATA
# title: The contract leaves time to fetch what is left
# description: After the end of the contract data can still be had, long enough to notice what was forgotten.
# custom:
#   severity: medium
#   evidence: [/exit_plan/contract]
#   params: [exit_retrieval_min_days]
#   source: Regulation (EU) 2023/2854 (Data Act) Article 25
#   remediation: Find the clause and keep it as artifact, or have it added to the contract.
#   controls: {iso_27001: ["5.23", "5.20"], ccm: [IPY-04], csf: [GV.SC-10]}
#   conditions:
#     not_retrieval_agreed: "the contract gives {retrieval_days} days to fetch data after its end, wanted are at least {exit_retrieval_min_days}, with the clause on file"
findings.retrieval_agreed contains finding if {
	contract := input.exit_plan.contract
	not agreed(contract)
	finding := {
		"condition": "not_retrieval_agreed",
		"pointer": lib.place("/exit_plan/contract", contract, ["retrieval_days", "clause", "artifact"]),
		"values": {"retrieval_days": lib.shown(contract, "retrieval_days"), "exit_retrieval_min_days": data.params.exit_retrieval_min_days},
	}
}

agreed(contract) if {
	contract.retrieval_days >= data.params.exit_retrieval_min_days
	contract.clause != ""
	contract.artifact.path != ""
}
