package jsonhttp

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// tools are interfaces that are asked together, by the mapping of each, in the way that docs/collect-http.md says. They answer the example
// of the mapping, which tells what evidence/compliant has, or another answer in the same form.
type tools struct {
	answers map[string]string // by mapping; empty for its example
	changes []toolChange
	// gone are checks that stay turned at the end: an item that a tool did not list for a while has lost what people wrote of it.
	gone statuses
	// written are changes of evidence/compliant, by file, before the tools are asked: a document of people would stay as it is, and
	// what the tools list has their names.
	written map[string]*strings.Replacer
}

type statuses map[string]verdict.Status

// unread stands for an answer that cannot be read: the sections say so, and nothing passes on them.
var unread = statuses{"": verdict.Missing}

// toolChange is another answer of one of the tools, in whole or in a part of it, and the checks that it turns.
type toolChange struct {
	mapping, before, after string
	turned                 statuses
}

var connected = map[string]tools{
	"the log of the domain": {
		answers: map[string]string{"opensearch-service-logs": ""},
		changes: []toolChange{
			{"opensearch-service-logs", "2026-11-12T05:58:00.000Z", "2026-01-12T05:58:00.000Z", statuses{"key_management.evidence_consistent": verdict.Fail, "key_management.in_use": verdict.Fail}},
			{"opensearch-service-logs", "2026-11-17T10:00:00.000Z", "2026-01-17T10:00:00.000Z", statuses{"cmk_access_policy.certificates_used": verdict.Fail, "cmk_access_policy.evidence_consistent": verdict.Fail}},
			{"opensearch-service-logs", `"doc_count": 1204`, `"doc_count": 41204000`, statuses{"capacity.rarely_throttled": verdict.Fail}},
			{"opensearch-service-logs", `"198.51.100.18"`, `"192.0.2.18"`, statuses{"network_access.observed_within_allow_list": verdict.Fail}},
			{"opensearch-service-logs", `"timed_out": false`, `"timed_out": true`, unread},
			{"opensearch-service-logs", `"failed": 0`, `"failed": 1`, unread},
			{"opensearch-service-logs", `"successful": 12`, `"successful": 11`, unread},
			{"opensearch-service-logs", `"relation": "eq"`, `"relation": "gte"`, unread},
			{"opensearch-service-logs", `"doc_count": 41211696`, `"doc_count": 0`, unread},
		},
	},
	"the audit log of the account": {
		answers: map[string]string{"opensearch-account-logins": ""},
		changes: []toolChange{
			{"opensearch-account-logins", "2026-11-16T07:40:00.000Z", "2026-01-16T07:40:00.000Z", statuses{"control_panel_access.inactive_disabled": verdict.Fail}},
			{"opensearch-account-logins", `_mfaType": "TOTP"`, `_mfaType": "NONE"`, statuses{"control_panel_access.mfa": verdict.Fail}},
			{"opensearch-account-logins", `"failed": 0`, `"failed": 1`, unread},
		},
	},
	"monitoring": {
		answers: map[string]string{"prometheus-okms": ""},
		changes: []toolChange{
			{"prometheus-okms", `"16"`, `"199"`, statuses{"capacity.resources_measured": verdict.Fail, "capacity.use_below_limits": verdict.Fail}},
			{"prometheus-okms", `"410"`, `"14"`, statuses{"capacity.forecast_far": verdict.Fail}},
			{"prometheus-okms", `"240"`, `"24000"`, statuses{"service_logs.timely": verdict.Fail}},
			{"prometheus-okms", `"0.2"`, `"20"`, statuses{"service_logs.timely": verdict.Fail}},
			{"prometheus-okms", `"resource": "secrets"`, `"other": "secrets"`, statuses{"capacity.resources_measured": verdict.Fail}},
		},
	},
	"alerts": {
		answers: map[string]string{"prometheus-rules": "", "pagerduty-alerts": ""},
		changes: []toolChange{
			{"prometheus-rules", `okms:capacity_limit > 70`, `okms:capacity_limit > 99`, statuses{"capacity.alerts_set": verdict.Fail}},
			{"prometheus-rules", `okms:capacity_limit > 70`, `okms:capacity_limit > 0.99`, unread},
			{"prometheus-rules", `okms:capacity_limit > 70`, `okms:capacity_limit > 99 and on () hour() > 22`, statuses{"capacity.alerts_set": verdict.Missing}},
			{"prometheus-rules", `"status": "success"`, `"status": "success", "warnings": ["a rule manager is away"]`, unread},
			{"prometheus-rules", `"okms_event": "key_deleted"`, `"okms_event_of": "key_deleted"`, statuses{"service_logs.alerts_defined": verdict.Fail}},
			{"pagerduty-alerts", "2026-09-03T10:20:00Z", "2025-09-03T10:20:00Z", statuses{"service_logs.alerts_tested": verdict.Fail}},
			{"pagerduty-alerts", "2026-08-20T09:10:00Z", "2025-08-20T09:10:00Z", statuses{"capacity.alerts_set": verdict.Fail}},
		},
	},
	"workloads and their way to the domain": {
		answers: map[string]string{"cilium-egress": "", "prometheus-probes": ""},
		changes: []toolChange{
			{"cilium-egress", `"matchName": "eu-west-par.okms.ovh.net"`, `"matchPattern": "*"`, statuses{"network_access.egress_narrow": verdict.Missing}},
			{"cilium-egress", `"port": "443"`, `"port": "8443"`, statuses{"network_access.egress_narrow": verdict.Fail}},
			{"prometheus-probes", `"1.2"`, `"1.1"`, statuses{"network_access.tls_verified": verdict.Fail}},
			{"prometheus-probes", "      \"1\"", "      \"0\"", statuses{"network_access.reachable": verdict.Fail, "network_access.tls_verified": verdict.Missing}},
			{"prometheus-probes", `"0.002"`, `"0.9"`, statuses{"service_location.aligned": verdict.Fail}},
		},
	},
	"backups": {
		answers: map[string]string{"veeam-job-sessions": "", "gcs-backup-objects": "", "gcs-backup-buckets": "", "pagerduty-backup-failures": ""},
		changes: []toolChange{
			{"gcs-backup-objects", "secrets-nightly/secrets/ledger/database", "secrets-nightly/other/ledger/database", statuses{"backups.secrets_covered": verdict.Fail}},
			{"gcs-backup-objects", `"name": "secrets-nightly/secrets/ledger/database"`, `"name": "secrets-nightly/secrets/ledger/database", "timeDeleted": "2026-11-19T03:00:00Z"`, statuses{"backups.secrets_covered": verdict.Fail}},
			{"gcs-backup-objects", "secrets-nightly%2Fconfiguration%2Fpolicies.json", "secrets-nightly%2Fpolicies.json", statuses{"backups.scope_complete": verdict.Fail}},
			{"gcs-backup-buckets", `"isLocked": true`, `"isLocked": false`, statuses{"backups.copies_separated": verdict.Fail, "backups.immutable_copy": verdict.Fail}},
			{"gcs-backup-buckets", `"retentionPeriod": "7776000"`, `"retentionPeriod": "172800"`, statuses{"backups.immutable_copy": verdict.Fail}},
			{"pagerduty-backup-failures", "okms backup secrets-nightly failed", "something else", statuses{"backups.failures_followed": verdict.Fail}},
			{"veeam-job-sessions", `"Warning"`, `"Failed"`, statuses{"backups.failures_followed": verdict.Fail}},
		},
		written: map[string]*strings.Replacer{"backups.yaml": strings.NewReplacer(
			"        - {location: eu-west-par, medium: object_storage, held_by: customer, immutable_days: 14}\n", "",
			"        - {location: eu-west-gra, medium: object_storage, held_by: customer, immutable_days: 90}\n", "",
			"        - {location: eu-west-par, medium: object_storage, held_by: customer, immutable_days: 0}\n", "",
			"        - {location: eu-west-gra, medium: object_storage, held_by: customer, immutable_days: 0}\n", "",
			"immutable_days: 365", "immutable_days: 0",
		)},
	},
	"repositories": {
		answers: map[string]string{
			"github-secret-repositories": "", "github-branch-protection": "", "github-repositories": "", "github-scan-history": "", "github-secret-alerts": "[]",
			"terraform-workspaces": "",
		},
		changes: []toolChange{
			{"github-branch-protection", `"required_approving_review_count": 2`, `"required_approving_review_count": 0`, statuses{"management_infrastructure.pipelines_approved": verdict.Fail}},
			{"github-branch-protection", `"users": []`, `"users": [{"login": "ines", "id": 1}]`, statuses{"management_infrastructure.pipelines_approved": verdict.Fail}},
			{"github-branch-protection", "enforce_admins\",\n    \"enabled\": true", "enforce_admins\",\n    \"enabled\": false", statuses{"management_infrastructure.pipelines_approved": verdict.Missing}},
			{"github-repositories", `"status": "enabled"`, `"status": "disabled"`, statuses{"management_infrastructure.repositories_searched": verdict.Fail}},
			{"github-scan-history", "2026-11-16T16:00:00Z", "2026-11-01T16:00:00Z", statuses{"management_infrastructure.repositories_searched": verdict.Fail}},
			{"github-scan-history", `"backfill_scans": [`, `"backfill_scans": [{"type": "git", "status": "running"},`, statuses{"management_infrastructure.repositories_searched": verdict.Missing}},
			{"github-secret-alerts", "[]", `[{"number": 42, "state": "open", "secret_type": "generic_private_key"}]`, statuses{"management_infrastructure.repositories_clean": verdict.Fail}},
			{"terraform-workspaces", "", `{"data": [], "links": {"next": null}, "meta": {"pagination": {"total-count": 0}}}`, statuses{"administration.configuration_managed": verdict.Fail}},
			{"github-secret-repositories", `"platform/iam-policies"`, `"platform/unprotected"`, statuses{"management_infrastructure.pipelines_approved": verdict.Missing}},
		},
		gone: statuses{"management_infrastructure.pipelines_approved": verdict.Missing},
		written: map[string]*strings.Replacer{"management.yaml": strings.NewReplacer(
			"name: okms-terraform", "name: platform/okms-terraform", "name: iam-policies", "name: platform/iam-policies",
		)},
	},
	"the search of the logs for secrets": {
		answers: map[string]string{"defectdojo-log-scan": "", "defectdojo-log-findings": `{"count": 0, "next": null, "previous": null, "results": [], "prefetch": {}}`},
		changes: []toolChange{
			{"defectdojo-log-scan", `"target_end": "2026-11-10`, `"target_end": "2026-03-10`, statuses{"service_logs.no_plaintext": verdict.Fail}},
			{"defectdojo-log-findings", "", `{"count": 1, "next": null, "previous": null, "results": [{"id": 9021, "active": true, "test": 318}]}`, statuses{"service_logs.no_plaintext": verdict.Fail}},
		},
	},
	"tickets": {
		answers: map[string]string{"servicenow-incidents": "", "servicenow-incident-count": ""},
		changes: []toolChange{
			{"servicenow-incidents", `"2026-07-08 09:05:00"`, `""`, statuses{"incidents.provider_notified": verdict.Missing}},
			{"servicenow-incidents", `"2026-08-14 10:00:00"`, `""`, statuses{"incidents.lessons_done": verdict.Missing}},
			{"servicenow-incidents", `"2026-09-16 09:30:00"`, `"2026-09-18 10:00:00"`, statuses{"incidents.authority_notified": verdict.Fail}},
			{"servicenow-incidents", `"result": [`, `"error": {"message": "Transaction cancelled"}, "status": "failure", "result": [`, unread},
			{"servicenow-incident-count", `"3"`, `"4"`, statuses{"incidents.incidents_recorded": verdict.Fail}},
		},
		written: map[string]*strings.Replacer{"incidents.yaml": strings.NewReplacer("method: document", "method: export")},
	},
	"identities": {
		answers: map[string]string{
			"entra-users":         `{"@odata.context": "u", "@odata.count": 12, "value": [{"userPrincipalName": "ines.benali@arvella.example", "mail": "ines.benali@arvella.example", "displayName": "Ines Benali"}]}`,
			"entra-access-review": "", "entra-named-locations": "", "keycloak-realm": "",
		},
		changes: []toolChange{
			{"entra-users", `"@odata.count": 12`, `"@odata.count": 13`, statuses{"control_panel_access.people_listed": verdict.Fail}},
			{"entra-access-review", "2026-09-15T09:31:00Z", "2025-09-15T09:31:00Z", statuses{"control_panel_access.access_reviewed": verdict.Fail}},
			{"entra-access-review", `"decision": "Approve"`, `"decision": "NotReviewed"`, statuses{"control_panel_access.access_reviewed": verdict.Missing}},
			{"entra-access-review", `"AppliedSuccessfully"`, `"AppliedWithUnknownFailure"`, statuses{"control_panel_access.access_reviewed": verdict.Fail}},
			{"keycloak-realm", "length(14)", "length(6)", statuses{"control_panel_access.password_length": verdict.Fail}},
			{"entra-named-locations", `"198.51.100.16/28"`, `"198.51.0.0/16"`, statuses{"network_access.ranges_narrow": verdict.Fail, "network_access.ranges_owned": verdict.Missing}},
			{"entra-named-locations", `"203.0.113.32/28"`, `"192.0.2.32/28"`, statuses{"management_infrastructure.clients_bound": verdict.Fail, "network_access.observed_within_allow_list": verdict.Fail, "network_access.ranges_owned": verdict.Missing}},
		},
		gone: statuses{"network_access.ranges_owned": verdict.Missing},
	},
}

// asked are the options by which the mapping of an interface is read, from a list in pages or from one answer.
func (f *tool) asked(t *testing.T, mapping string) collect.Values {
	t.Helper()
	values := f.values(t, "/"+mapping, pagesOf[mapping])
	values["shipped"] = []string{mapping}
	return values
}

// From the tools to the verdict: a change in a tool turns the checks that it concerns and no other, and turns them back.
func TestToolsAreAssessed(t *testing.T) {
	for name, set := range connected {
		t.Run(name, func(t *testing.T) {
			answers, config := map[string]string{}, collect.Config{Service: collect.Service{ID: domain}}
			f := newTool(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "servicenow-incidents") {
					w.Header().Set("X-Total-Count", "3")
				}
				write(w, answers[strings.TrimPrefix(r.URL.Path, "/")])
			})
			for mapping, answer := range set.answers {
				if answers[mapping] = answer; answer == "" {
					answers[mapping] = example(t, mapping)
				}
				config.Sources = append(config.Sources, collect.Configured{Kind: Kind, Values: f.asked(t, mapping)})
			}
			folder := filepath.Join(t.TempDir(), "evidence")
			must(t, os.CopyFS(folder, os.DirFS("../../../../evidence/compliant")))
			for file, to := range set.written {
				file = filepath.Join(folder, file)
				content, err := os.ReadFile(file)
				must(t, err)
				must(t, os.WriteFile(file, []byte(to.Replace(string(content))), 0o600))
			}
			assessed := func() (checks statuses, isComplete bool) {
				plan := collecttest.Plan(t, config, at, folder)
				must(t, plan.Write())
				return collecttest.Checks(t, folder, at), !plan.Incomplete()
			}
			good, isComplete := assessed()
			if !isComplete {
				t.Fatal("the examples are not read")
			}
			for _, change := range set.changes {
				set.try(t, answers, change, good, assessed)
			}
			now, _ := assessed()
			if diff := cmp.Diff(set.gone, statuses(collecttest.Turned(good, now)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what was changed back: -want +got:\n%s", diff)
			}
		})
	}
}

// try makes a change, holds what it turns against what is expected, and takes it back.
func (set tools) try(t *testing.T, answers map[string]string, change toolChange, good statuses, assessed func() (statuses, bool)) {
	t.Helper()
	before := answers[change.mapping]
	defer func() { answers[change.mapping] = before }()
	answers[change.mapping] = change.after
	if change.before != "" {
		answers[change.mapping] = strings.ReplaceAll(before, change.before, change.after)
	}
	if answers[change.mapping] == before {
		t.Fatalf("%s does not answer %s", change.mapping, change.before)
	}
	now, isComplete := assessed()
	turned := statuses(collecttest.Turned(good, now))
	switch {
	case isComplete == (change.turned[""] != ""):
		t.Errorf("%s answers %s: complete is %t", change.mapping, change.after, isComplete)
	case !isComplete:
		for id, status := range turned {
			if status == verdict.Pass {
				t.Errorf("%s passes on what was not read", id)
			}
		}
		if len(turned) == 0 {
			t.Errorf("%s answers %s, and no check says so", change.mapping, change.after)
		}
	default:
		if diff := cmp.Diff(change.turned, turned); diff != "" {
			t.Errorf("%s answers %s in place of %s: -want +got:\n%s", change.mapping, change.after, change.before, diff)
		}
	}
	for id := range change.turned {
		if id != "" && good[id] != verdict.Pass {
			t.Errorf("%s does not pass before", id)
		}
	}
}
