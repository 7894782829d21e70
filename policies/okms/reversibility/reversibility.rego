# METADATA
# title: Manage reversibility operations
# description: >-
#   The customer can leave: there is a plan with an owner, it fits the time that law and contract give, it covers every
#   dataset and client, and it has been rehearsed.
# custom:
#   duty: 4.1.1
package okms.reversibility

import data.lib

# METADATA
# title: The exit plan is owned, approved and current
# description: A plan that is not maintained describes a service as it no longer is.
# custom:
#   severity: medium
#   evidence: [/exit_plan/plan]
#   params: [exit_plan_review_max_age_days]
#   source: CSA CCM v4 IPY-01
#   remediation: Review the plan, let another person approve it, and give it a version.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     incomplete: "the exit plan does not state {absent}"
#     approved_by_owner: "the exit plan was approved by its owner, {owner}; expected is the approval of another person"
#     review_not_recent: >-
#       the exit plan was last reviewed on {reviewed_on}; expected is a review in the {days} {days|day|days} before the
#       assessment
findings.plan_current contains finding if {
	plan := input.exit_plan.plan
	not current(plan)
	finding := {
		"condition": plan_problem(plan),
		"pointer": lib.place("/exit_plan/plan", plan, plan_fields),
		"values": {
			"absent": lib.absent(plan, plan_fields),
			"owner": lib.shown(plan, "owner"),
			"reviewed_on": lib.shown(plan, "reviewed_on"),
			"days": data.params.exit_plan_review_max_age_days,
		},
	}
}

# METADATA
# title: The target is named and takes keys by an open interface
# description: The target decides in which form keys and data have to leave.
# custom:
#   severity: medium
#   evidence: [/exit_plan/plan, /metadata/service/id]
#   params: [exit_target_protocols, exit_service_names]
#   source: CSA CCM v4 IPY-02
#   remediation: "Choose a target that takes keys by KMIP, PKCS #11 or a documented format, and name it."
#   controls: {iso_27001: ["5.23"], ccm: [IPY-02], csf: [GV.SC-10]}
#   conditions:
#     incomplete: "the exit plan does not state {absent}"
#     target_is_this_service: >-
#       the target of the exit plan is {target}, which is this domain or service; expected is another one
#     no_open_protocol: >-
#       the target of the exit plan takes keys by {protocols}; expected is at least one of {open_protocols}
findings.target_open contains finding if {
	plan := input.exit_plan.plan
	not target_open(plan)
	finding := {
		"condition": target_problem(plan),
		"pointer": lib.place("/exit_plan/plan", plan, target_fields),
		"values": {
			"absent": lib.absent(plan, target_fields),
			"target": lib.shown(plan, "target_service"),
			"protocols": lib.shown(plan, "target_protocols"),
			"open_protocols": data.params.exit_target_protocols,
		},
	}
}

# METADATA
# title: The plan describes every step
# description: From the inventory to the destruction of what remains; a step that is not described is not prepared.
# custom:
#   severity: low
#   evidence: [/exit_plan/plan]
#   params: [exit_plan_steps]
#   source: raci-check default, no external source
#   remediation: Describe the missing step, with the person who does it and how it is verified.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     steps_left_out: "the exit plan does not describe the {steps|step|steps} {steps}"
#     destroys_too_early: >-
#       the exit plan destroys before the {steps|step|steps} {steps}; expected is to destroy after {steps|it|them}
findings.steps_complete contains finding if {
	described := {step | some step in input.exit_plan.plan.steps}
	left_out := [step | some step in data.params.exit_plan_steps; not step in described]
	count(left_out) > 0
	finding := {
		"condition": "steps_left_out",
		"pointer": "/exit_plan/plan/steps",
		"values": {"steps": left_out},
	}
}

findings.steps_complete contains finding if {
	some at, "destroy" in input.exit_plan.plan.steps
	early := [step |
		some i, step in input.exit_plan.plan.steps
		i > at
		step in data.params.exit_plan_steps
	]
	count(early) > 0
	finding := {
		"condition": "destroys_too_early",
		"pointer": "/exit_plan/plan/steps",
		"values": {"steps": early},
	}
}

# METADATA
# title: The plan fits the time that there is
# description: >-
#   The data that must be encrypted again, estimated by dataset, fits into the transition, and that into the limits of
#   the law. The customer may extend the transition once.
# custom:
#   severity: medium
#   evidence: [/exit_plan/plan, /datasets/datasets, /kmip/object_count]
#   params: [exit_transition_max_days, exit_notice_max_days, exit_extension_max_days]
#   source: Regulation (EU) 2023/2854 (Data Act) Article 25
#   remediation: Shorten the longest steps (parallel work, earlier start), or agree a longer transition in writing.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     incomplete: "the exit plan does not state {absent}"
#     transition_too_long: >-
#       the exit plan has a transition of {transition} {transition|day|days}; expected are at most {transition_max}, and
#       {extension} more by the extension of the customer
#     extension_not_decided: >-
#       the exit plan extends the transition by {extension} {extension|day|days} and does not state {undecided}
#     extension_too_long: >-
#       the exit plan extends the transition by {extension} {extension|day|days}; expected are at most {extension_max}
#     notice_too_long: >-
#       the contract asks for a notice of {notice} {notice|day|days}; expected are at most {notice_max}
#     not_estimated: >-
#       {unplanned} encrypted {unplanned|dataset has|datasets have} no estimate in the exit plan; expected is one for
#       each, so that the time can be added up
#     work_does_not_fit: >-
#       encrypting the data again takes {hours} {hours|hour|hours}; the transition of the exit plan lasts {transition}
#       {transition|day|days}
findings.time_sufficient contains finding if {
	plan := input.exit_plan.plan
	not time_sufficient(plan)
	finding := {
		"condition": time_problem(plan),
		"pointer": lib.place("/exit_plan/plan", plan, ["transition_days", "notice_days"]),
		"values": {
			"absent": lib.absent(plan, ["transition_days", "notice_days"]),
			"unplanned": count(unplanned),
			"hours": hours,
			"transition": lib.shown(plan, "transition_days"),
			"transition_max": data.params.exit_transition_max_days,
			"extension": extension_days(plan),
			"extension_max": data.params.exit_extension_max_days,
			"undecided": lib.absent(object.get(plan, "extension", {}), extension_fields),
			"notice": lib.shown(plan, "notice_days"),
			"notice_max": data.params.exit_notice_max_days,
		},
	}
}

# METADATA
# title: Every encrypted dataset is in the plan
# description: >-
#   Each dataset is encrypted again at the target, and the time for it is estimated. Data under an extractable KMIP
#   object does not need that: its key moves (kmip_migration).
# custom:
#   severity: medium
#   evidence: [/datasets/datasets, /exit_plan/plan, /kmip/object_count]
#   source: OVHcloud documentation, OKMS usage (service keys are not exported); CSA CCM v4 IPY-01
#   remediation: Add the dataset with an estimate from a measured sample.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     dataset_without_id: "the dataset {dataset} does not state its id, so the exit plan cannot be matched with it"
#     not_planned: >-
#       the dataset {dataset} is encrypted, and the exit plan has no estimate of the time to encrypt it again
#     incomplete: "the exit plan's entry for the dataset {dataset} does not state {absent}"
#     no_time: "the exit plan estimates {hours} hours for the dataset {dataset}; expected are more than 0"
#     unknown_dataset: "the exit plan has an entry for {dataset}, which is no dataset of the inventory"
findings.datasets_planned contains finding if {
	some i in unplanned
	dataset := input.datasets.datasets[i]
	finding := {
		"condition": lib.problem(dataset, ["id"], "dataset_without_id", "not_planned"),
		"pointer": lib.place(sprintf("/datasets/datasets/%v", [i]), dataset, ["id"]),
		"values": {"dataset": lib.label(dataset)},
	}
}

findings.datasets_planned contains finding if {
	some i, entry in input.exit_plan.re_encryption
	not known(entry)
	finding := {
		"condition": entry_problem(entry),
		"pointer": lib.place(sprintf("/exit_plan/re_encryption/%d", [i]), entry, entry_fields),
		"values": {
			"dataset": lib.shown(entry, "dataset"),
			"absent": lib.absent(entry, entry_fields),
			"hours": lib.shown(entry, "estimated_hours"),
		},
	}
}

# METADATA
# title: Every KMIP client has a replacement
# description: A database or backup product that can use KMIP with this domain only is a lock-in.
# custom:
#   severity: medium
#   evidence: [/kmip/object_count, /exit_plan/plan, /metadata/service/id]
#   population: {list: [/kmip/objects, /kmip/clients, /kmip/migrations, /kmip/requests_90d], count: /kmip/object_count}
#   params: [exit_service_names]
#   source: CSA CCM v4 IPY-01
#   remediation: Find out which other service the client can use, and write it into the plan.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-01], csf: [GV.SC-10]}
#   conditions:
#     client_without_id: "the KMIP client {client} does not state its id, so the exit plan cannot be matched with it"
#     no_replacement: >-
#       the exit plan names no replacement for the KMIP client {client} that is outside this domain and service
findings.clients_planned contains finding if {
	some i, client in input.kmip.clients
	not has_alternative(client)
	finding := {
		"condition": lib.problem(client, ["id"], "client_without_id", "no_replacement"),
		"pointer": lib.place(sprintf("/kmip/clients/%d", [i]), client, ["id"]),
		"values": {"client": lib.label(client)},
	}
}

# METADATA
# title: The exit has been rehearsed
# description: A sample of objects was moved and used at the target, all of it, and the fixes are done.
# custom:
#   severity: medium
#   evidence:
#     - /exit_plan/rehearsal
#     - /keys/service_key_count
#     - /secrets/secret_count
#     - /kmip/object_count
#     - /datasets/dataset_count
#   params: [exit_rehearsal_max_age_days, exit_rehearsal_min_objects, open_actions_max_days]
#   source: CSA CCM v4 IPY-03; yearly and the size of the sample are raci-check defaults
#   remediation: Rehearse with a sample, keep the record as artifact, finish the open fixes.
#   controls: {iso_27001: ["5.23"], ccm: [IPY-03], csf: [GV.SC-10]}
#   conditions:
#     incomplete: "the rehearsal of the exit does not state {absent}"
#     no_record: "the rehearsal of the exit names no record of it as artifact"
#     not_recent: >-
#       the exit was last rehearsed on {performed_on}; expected is a rehearsal in the {days} {days|day|days} before the
#       assessment
#     sample_too_large: >-
#       {sampled} {sampled|object|objects} took part in the rehearsal of the exit; the inventories count {existing}
#       keys, secrets, KMIP objects and datasets
#     sample_too_small: >-
#       {sampled} {sampled|object|objects} took part in the rehearsal of the exit; expected {expected|is|are} at least
#       {expected}
#     not_all_moved: >-
#       {moved} {moved|object was|objects were} usable at the target in the rehearsal of the exit; expected are all
#       {sampled} of the sample
#     actions_open: >-
#       {open} {open|fix is|fixes are} still open after the rehearsal of the exit; expected is none, or a day by when
#       they are done (actions_due_on), not past and in the {actions_days} {actions_days|day|days} after it
findings.rehearsed contains finding if {
	rehearsal := input.exit_plan.rehearsal
	not rehearsed(rehearsal)
	finding := {
		"condition": rehearsal_problem(rehearsal),
		"pointer": lib.place("/exit_plan/rehearsal", rehearsal, rehearsal_fields),
		"values": {
			"absent": lib.absent(rehearsal, rehearsal_fields),
			"performed_on": lib.shown(rehearsal, "performed_on"),
			"days": data.params.exit_rehearsal_max_age_days,
			"moved": lib.shown(rehearsal, "objects_moved"),
			"sampled": lib.shown(rehearsal, "objects_sampled"),
			"existing": existing_then(rehearsal),
			"expected": sample_min,
			"open": lib.shown(rehearsal, "open_actions"),
			"actions_days": data.params.open_actions_max_days,
		},
	}
}

# METADATA
# title: The contract leaves time to retrieve the data
# description: After the end of the contract data can still be retrieved, long enough to notice what was forgotten.
# custom:
#   severity: medium
#   evidence: [/exit_plan/contract]
#   params: [exit_retrieval_min_days]
#   source: Regulation (EU) 2023/2854 (Data Act) Article 25
#   remediation: Find the clause and keep it as artifact, or have it added to the contract.
#   controls: {iso_27001: ["5.23", "5.20"], ccm: [IPY-04], csf: [GV.SC-10]}
#   conditions:
#     incomplete: "the evidence about the end of the contract does not state {absent}"
#     clause_not_kept: "the clause {clause} of the contract is not kept as artifact"
#     too_short: >-
#       data can be retrieved for {retrieval} {retrieval|day|days} after the end of the contract; expected is at least
#       {retrieval_min} {retrieval_min|day|days}
findings.retrieval_agreed contains finding if {
	contract := input.exit_plan.contract
	not agreed(contract)
	finding := {
		"condition": contract_problem(contract),
		"pointer": lib.place("/exit_plan/contract", contract, contract_fields),
		"values": {
			"absent": lib.absent(contract, contract_fields),
			"clause": lib.shown(contract, "clause"),
			"retrieval": lib.shown(contract, "retrieval_days"),
			"retrieval_min": data.params.exit_retrieval_min_days,
		},
	}
}

# METADATA
# title: The facts agree with each other and with the other sections
# description: >-
#   In the section exit plan, each name leads to something that the evidence lists, in a state that allows it, each
#   person was active then, and dates stand in their order.
# custom:
#   severity: high
#   evidence: [/exit_plan]
#   source: "raci-check default, no external source"
#   remediation: >-
#     Correct the fact that is wrong at one of the two places, or add the object or the person to its list. Ended
#     objects stand in former_objects (import_export), programs in programs (people).
#   controls: {iso_27001: ["5.9"], ccm: [LOG-08], csf: [ID.AM-08]}
#   conditions: lib.contradictions
findings.evidence_consistent contains finding if {
	some finding in lib.contradictions(["exit_plan"])
}

# plan_current

plan_fields := ["version", "owner", "approved_by", "reviewed_on"]

current(plan) if {
	plan.version != ""
	plan_approved(plan)
	lib.within_days(plan.reviewed_on, data.params.exit_plan_review_max_age_days)
}

plan_problem(plan) := "incomplete" if {
	lib.absent(plan, plan_fields) != []
} else := "approved_by_owner" if {
	not plan_approved(plan)
} else := "review_not_recent"

plan_approved(plan) if lib.distinct(plan.owner, plan.approved_by)

# target_open

target_fields := ["target_service", "target_protocols"]

target_open(plan) if {
	target_elsewhere(plan)
	some protocol in plan.target_protocols
	protocol in data.params.exit_target_protocols
}

target_problem(plan) := "incomplete" if {
	lib.absent(plan, target_fields) != []
} else := "target_is_this_service" if {
	not target_elsewhere(plan)
} else := "no_open_protocol"

target_elsewhere(plan) if elsewhere(plan.target_service)

# target_open, clients_planned

# A name, and not that of this domain or of the service that is left.
elsewhere(name) if {
	spelled := lower(trim_space(name))
	spelled != ""
	spelled != lower(object.get(input.metadata.service, "name", ""))
	every own in own_names {
		indexof(spelled, own) == -1
	}
}

own_names := [lower(name) | some name in array.concat([input.metadata.service.id], data.params.exit_service_names)]

# time_sufficient

hours := sum([entry.estimated_hours | some entry in input.exit_plan.re_encryption])

time_sufficient(plan) if {
	extension_decided(plan)
	extension_allowed(plan)
	transition_allowed(plan)
	notice_allowed(plan)
	all_planned
	hours <= plan.transition_days * 24
}

time_problem(plan) := "incomplete" if {
	lib.absent(plan, ["transition_days", "notice_days"]) != []
} else := "extension_not_decided" if {
	not extension_decided(plan)
} else := "extension_too_long" if {
	not extension_allowed(plan)
} else := "transition_too_long" if {
	not transition_allowed(plan)
} else := "notice_too_long" if {
	not notice_allowed(plan)
} else := "not_estimated" if {
	not all_planned
} else := "work_does_not_fit"

all_planned if count(unplanned) == 0

extension_fields := ["days", "decided_by", "clause"]

extension_days(plan) := plan.extension.days if {
	plan.extension.days
} else := 0

extension_decided(plan) if not plan.extension

extension_decided(plan) if lib.absent(plan.extension, extension_fields) == []

extension_allowed(plan) if extension_days(plan) <= data.params.exit_extension_max_days

transition_allowed(plan) if {
	plan.transition_days - extension_days(plan) <= data.params.exit_transition_max_days
}

notice_allowed(plan) if plan.notice_days <= data.params.exit_notice_max_days

# time_sufficient, datasets_planned

unplanned contains i if {
	some i, dataset in input.datasets.datasets
	dataset.encrypted == true
	not planned(dataset)
}

# datasets_planned

entry_fields := ["dataset", "estimated_hours"]

planned(dataset) if dataset.id in estimated

planned(dataset) if {
	dataset.id != ""
	dataset.key_id in moving_keys
}

moving_keys contains item.id if {
	some item in input.kmip.objects
	item.extractable == true
	not lib.kmip_destroyed(item)
}

estimated contains entry.dataset if {
	some entry in input.exit_plan.re_encryption
	takes_time(entry)
}

known(entry) if {
	takes_time(entry)
	entry.dataset in dataset_ids
}

entry_problem(entry) := "incomplete" if {
	lib.absent(entry, entry_fields) != []
} else := "no_time" if {
	not takes_time(entry)
} else := "unknown_dataset"

takes_time(entry) if entry.estimated_hours > 0

dataset_ids contains dataset.id if some dataset in input.datasets.datasets

# clients_planned

has_alternative(client) if client.id in with_alternative

# It has moved: its objects here were destroyed.
has_alternative(client) if {
	client.id in moved_away
	every item in object.get(input.kmip, "objects", []) {
		gone(item, client.id)
	}
}

gone(item, _) if lib.kmip_destroyed(item)

gone(item, client) if item.client != client

moved_away contains migration.client if {
	some migration in input.kmip.migrations
	lib.past(migration.source_destroyed_on)
}

with_alternative contains dependency.client if {
	some dependency in input.exit_plan.dependencies
	elsewhere(dependency.alternative)
	not dependency.alternative == dependency.client
}

# rehearsed

rehearsal_fields := ["performed_on", "objects_sampled", "objects_moved", "open_actions", "artifact"]

rehearsed(rehearsal) if {
	rehearsed_recently(rehearsal)
	sample_exists(rehearsal)
	sample_large_enough(rehearsal)
	all_moved(rehearsal)
	lib.actions_done(rehearsal, rehearsal.performed_on, data.params.open_actions_max_days)
	rehearsal_recorded(rehearsal)
}

rehearsal_problem(rehearsal) := "incomplete" if {
	lib.absent(rehearsal, rehearsal_fields) != []
} else := "no_record" if {
	not rehearsal_recorded(rehearsal)
} else := "not_recent" if {
	not rehearsed_recently(rehearsal)
} else := "sample_too_large" if {
	not sample_exists(rehearsal)
} else := "sample_too_small" if {
	not sample_large_enough(rehearsal)
} else := "not_all_moved" if {
	not all_moved(rehearsal)
} else := "actions_open"

rehearsed_recently(rehearsal) if lib.within_days(rehearsal.performed_on, data.params.exit_rehearsal_max_age_days)

sample_exists(rehearsal) if rehearsal.objects_sampled <= existing_then(rehearsal)

sample_large_enough(rehearsal) if rehearsal.objects_sampled >= sample_min

sample_min := min([data.params.exit_rehearsal_min_objects, existing])

# All that a rehearsal can move or encrypt again.
existing := sum([
	input.keys.service_key_count,
	input.secrets.secret_count,
	input.kmip.object_count,
	input.datasets.dataset_count,
])

# With what was there then, and is not any more.
existing_then(rehearsal) := existing + sum([lib.former(kind, lib.shown(rehearsal, "performed_on")) |
	some kind in ["service_key", "secret", "kmip_object"]
])

all_moved(rehearsal) if rehearsal.objects_moved == rehearsal.objects_sampled

rehearsal_recorded(rehearsal) if rehearsal.artifact.path != ""

# retrieval_agreed

contract_fields := ["retrieval_days", "clause", "artifact"]

agreed(contract) if {
	contract.retrieval_days >= data.params.exit_retrieval_min_days
	contract.clause != ""
	clause_kept(contract)
}

contract_problem(contract) := "incomplete" if {
	lib.absent(contract, contract_fields) != []
} else := "clause_not_kept" if {
	not clause_kept(contract)
} else := "too_short"

clause_kept(contract) if contract.artifact.path != ""
