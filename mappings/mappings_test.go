package mappings_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/theory/jsonpath"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/mappings"
	"github.com/raci-check/raci-check/policies"
)

// example is a mapping with its example.
type example struct {
	name    string
	mapping *mapping.Mapping
	file    string // in testdata
	content []byte
}

func all(t *testing.T) []example {
	t.Helper()
	_, form := collecttest.Format(t)
	contained, err := shipped.All(mappings.FS, form)
	if err != nil || len(contained) == 0 {
		t.Fatal(contained, err)
	}
	var list []example
	for _, m := range contained {
		s := example{name: m.Name, mapping: m.Mapping}
		examples, err := filepath.Glob(filepath.Join("testdata", s.name+".*"))
		if err != nil {
			t.Fatal(err)
		}
		examples = slices.DeleteFunc(examples, func(name string) bool { return strings.HasSuffix(name, ".facts.json") })
		if len(examples) != 1 {
			t.Fatalf("%s has the examples %v", s.name, examples)
		}
		s.file = examples[0]
		if s.content, err = os.ReadFile(s.file); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func (s example) value(t *testing.T, content []byte) any {
	t.Helper()
	value, err := s.mapping.Value(s.file, content)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// facts are what the mapping reads, by section.
func (s example) facts(t *testing.T, value any) map[string]map[string]any {
	t.Helper()
	facts := map[string]map[string]any{}
	s.mapping.Apply(value, func(section string, read mapping.Facts, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if facts[section] == nil {
			facts[section] = map[string]any{}
		}
		for name, field := range read.Fields {
			facts[section][name] = field
		}
	})
	return facts
}

func plain(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var read any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// Each mapping reads from its example the facts that are written out beside it.
func TestFacts(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", s.name+".facts.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want any
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, plain(t, s.facts(t, s.value(t, s.content)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if s.mapping.Title == "" || s.mapping.Command == "" || len(s.mapping.CannotTell) == 0 || s.mapping.Input != "" {
				t.Errorf("%+v", s.mapping)
			}
		})
	}
}

// Each example is recognised by its own mapping and by no other.
func TestRecognised(t *testing.T) {
	list := all(t)
	for _, of := range list {
		for _, by := range list {
			value, err := by.mapping.Value(of.file, of.content)
			if got := err == nil && by.mapping.Recognises(value); got != (of.name == by.name) {
				t.Errorf("%s recognises the example of %s: %t", by.name, of.name, got)
			}
		}
	}
	for _, other := range []string{`{}`, `[]`, `{"error": "no"}`, `[{"id": "x", "name": "y"}]`, `{"items": [{"kind": "Pod", "metadata": {"labels": {}}}]}`} {
		for _, by := range list {
			if value, err := by.mapping.Value("other", []byte(other)); err == nil && by.mapping.Recognises(value) {
				t.Errorf("%s recognises %s", by.name, other)
			}
		}
	}
}

// Real answers on which a check could pass by mistake: the fact that it would pass on is left out, or is the bad one.
func TestAnswersThatProveNothing(t *testing.T) {
	const (
		host, port = "$.network.clients[0].destination_host", "$.network.clients[0].destination_port"
		rule       = `"toFQDNs": [`
		day        = "$.account.review.reviewed_on"
		searched   = "$.management.secret_scan.scanned_on"
		threshold  = "$.capacity.alerts[0].threshold_percent"
		days       = "$.backups.jobs[0].copies[0].immutable_days"
		success    = "$.backups.jobs[0].last_success_at"
		pastDue    = "$.management.hosts[0].critical_past_due"
		keyCount   = "$.keys.service_key_count"
		active     = `{"continuation_token": "", "is_truncated": false, "objects_list": [{"id": "a", "protectionLevel": "HSM", "attributes": {"state": "active"}}]}`
		policies   = `{"items": [
			{"spec": {"endpointSelector": {"matchLabels": {"app": "ledger"}}, "egress": [{"toFQDNs": [{"matchName": "a.example"}]}]}},
			{"spec": {"endpointSelector": {"matchLabels": {"k8s:app": "ledger"}}, "egress": [{"toFQDNs": [{"matchName": "b.example"}]}]}},
			{"spec": {"endpointSelector": {}, "egress": [{"toFQDNs": [{"matchName": "c.example"}]}]}}]}`
		selfReview = `{"value": [{"decision": "Approve", "reviewedDateTime": "2026-09-15T09:31:00Z", "reviewedBy": {"id": "a", "userPrincipalName": "a@example.com"}, "principal": {"id": "a"}}]}`
	)
	list := all(t)
	for _, test := range []struct{ mapping, before, after, at, want string }{
		{"cilium-egress", "", "", host, `"eu-west-par.okms.ovh.net"`},
		{"cilium-egress", "", "", port, "443"},
		{"cilium-egress", rule, `"toEntities": ["world"], "toFQDNs": [`, host, `"world"`},
		{"cilium-egress", rule, `"toEntities": ["world-ipv4"], "toFQDNs": [`, host, `"world-ipv4"`},
		{"cilium-egress", rule, `"toCIDRSet": [{"cidr": "0.0.0.0/0"}], "toFQDNs": [`, host, `"0.0.0.0/0"`},
		{"cilium-egress", rule, `"toCIDRSet": [{"cidrGroupRef": "all"}], "toFQDNs": [`, host, ""},
		{"cilium-egress", rule, `"toServices": [{"k8sService": {}}], "toFQDNs": [`, host, ""},
		{"cilium-egress", rule, `"toEndpoints": [{"matchLabels": {"reserved:world": ""}}], "toFQDNs": [`, host, ""},
		{"cilium-egress", rule, `"toEndpoints": [{"matchExpressions": [{"key": "reserved:world", "operator": "Exists"}]}], "toFQDNs": [`, host, ""},
		{"cilium-egress", `"egress": [`, `"egress": [{"toPorts": [{"ports": [{"port": "443", "protocol": "TCP"}]}]},`, host, ""},
		{"cilium-egress", `"egress": [`, `"enableDefaultDeny": {"egress": false}, "egress": [`, host, ""},
		{"cilium-egress", `"spec": {`, `"status": {"conditions": [{"type": "Valid", "status": "False"}]}, "spec": {`, host, ""},
		{"cilium-egress", `"spec": {`, `"status": {"conditions": [{"type": "Valid", "status": "True"}]}, "spec": {`, host, `"eu-west-par.okms.ovh.net"`},
		{"cilium-egress", `"spec": {`, `"specs": [{"endpointSelector": {}, "egress": [{"toEntities": ["all"]}]}], "spec": {`, host, `"all"`},
		{"cilium-egress", `"port": "443"`, `"port": "443", "endPort": 65535`, port, ""},
		{"cilium-egress", `"ports": [`, `"ports": [{"port": "5696"},`, port, ""},
		{"cilium-egress", `"ports": [`, `"ports": [{"port": "443", "protocol": "UDP"},`, port, "443"},
		{"cilium-egress", `"ports": [`, `"ports": [{"port": "8000", "endPort": 9000},`, port, ""},
		{"cilium-egress", `"ports": [`, `"ports": [{"port": "0"},`, port, ""},
		{"cilium-egress", `"ports": [`, `"ports": [{"port": "https"},`, port, ""},
		{"cilium-egress", `"egress": [`, `"egress": [{"toFQDNs": [{"matchName": "eu-west-par.okms.ovh.net"}]},`, port, ""},
		{"cilium-egress", `"egress": [`, `"egress": [{"toFQDNs": [{"matchName": "eu-west-par.okms.ovh.net"}], "toPorts": [{"rules": {}}]},`, port, ""},
		{"cilium-egress", rule, `"toFQDNs": [{"matchName": "objects.example"},`, host, ""},
		{"cilium-egress", rule, `"toCIDR": ["192.0.2.0/28", "0.0.0.0/0"], "toFQDNs": [`, host, `"0.0.0.0/0"`},
		{"cilium-egress", rule, `"toCIDR": ["192.0.2.0/28", "192.0.2.0/30", "2001:db8::/32"], "toFQDNs": [`, host, `"2001:db8::/32"`},
		{"cilium-egress", `"egress": [`, `"egress": [{"toCIDR": ["192.0.2.0/28"]}, {"toCIDRSet": [{"cidr": "198.51.100.0/24", "except": ["198.51.100.0/25"]}]},`, host, `"198.51.100.0/24"`},
		{"cilium-egress", rule, `"toCIDR": ["192.0.2.7"], "toFQDNs": [`, host, `"192.0.2.7"`},
		{"cilium-egress", rule, `"toCIDR": ["192.0.2.7", "192.0.2.8"], "toFQDNs": [`, host, ""},
		{"cilium-egress", rule, `"toEntities": ["world", "all"], "toFQDNs": [`, host, `"all"`},
		{"cilium-egress", rule, `"toEntities": ["world-ipv6", "world-ipv4"], "toFQDNs": [`, host, `"world-ipv4"`},
		{"cilium-egress", "whole", policies, "$.network.clients[*].destination_host", `"a.example""b.example""c.example"`},
		{"cilium-egress", "whole", policies, "$.location.workloads[*].id", `"ledger"`},
		{"entra-access-review", "", "", day, `"2026-09-15"`},
		{"entra-access-review", `"decision": "Deny"`, `"decision": "NotReviewed"`, day, ""},
		{"entra-access-review", `"decision": "Deny"`, `"decision": "DontKnow"`, day, ""},
		{"entra-access-review", `"decision": "Deny"`, `"other": "Deny"`, day, ""},
		{"entra-access-review", "ab5a11ae1b7eb262c1d1db6016bdfabc", "00000000-0000-0000-0000-000000000000", day, ""},
		{"github-scan-history", "", "", searched, `"2026-11-16"`},
		{"github-scan-history", `"status": "completed",
      "started_at"`, `"status": "running",
      "started_at"`, searched, ""},
		{"github-scan-history", `"backfill_scans": [`, `"backfill_scans": [{"type": "git", "status": "pending"},`, searched, ""},
		{"github-scan-history", `"custom_pattern_backfill_scans": [`, `"custom_pattern_backfill_scans": [{"type": "git", "status": "running"}`, searched, ""},
		{"github-secret-alerts", `"state": "open"`, `"state": "reopened"`, "$.management.secret_scan.open_findings", "1"},
		{"github-secret-alerts", `"state": "open"`, `"state": "resolved"`, "$.management.secret_scan.open_findings", "0"},
		{"github-branch-protection", `"bypass_pull_request_allowances"`, `"none"`, "$.management.pipelines[0].bypass_actor_count", "0"},
		{"github-branch-protection", `"required_pull_request_reviews"`, `"none"`, "$.management.pipelines[0].bypass_actor_count", ""},
		{"prometheus-rules", "", "", threshold, "70"},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit > 0.99", threshold, ""},
		{"prometheus-rules", "100 * okms:capacity_used", "okms:capacity_used", threshold, ""},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit > 1", threshold, ""},
		{"gcs-backup-buckets", `"7776000"`, `"31557600"`, days, "365"},
		{"gcs-backup-buckets", `"7776000"`, `"86399"`, days, "0"},
		{"gcs-backup-objects", `"size": "416"`, `"size": "0"`, "$.backups.jobs[0].secret_paths", ""},
		{"gcs-backup-objects", `"size": "416"`, `"other": "416"`, "$.backups.jobs[0].secret_paths", ""},
		{"veeam-job-sessions", `"Warning"`, `"Aborted"`, "$.backups.jobs[0].failed_runs_30d", "1"},
		{"defectdojo-log-scan", `"percent_complete": 100`, `"percent_complete": null`, "$.service_logs.plaintext_scan.scanned_on", ""},
		{"opensearch-service-logs", "", "", "$.capacity.throttled_90d", "1204"},
		{"opensearch-service-logs", `"doc_count": 41211696`, `"doc_count": 0`, "$.capacity.throttled_90d", ""},
		{"opensearch-service-logs", `"aggregations"`, `"other"`, "$.network.observed_client_ip_count", ""},
		{"pagerduty-alerts", `"incidents"`, `"other"`, "$.capacity.alerts", ""},
		{"servicenow-incidents", `"result"`, `"other"`, "$.incidents.incidents", ""},
		{"prometheus-rules", `"groups"`, `"other"`, "$.service_logs.alerts", ""},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit > 95 and on () hour() > 22", threshold, ""},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit > 95 unless on () okms:maintenance > 50", threshold, ""},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit and on () okms:maintenance > 50", threshold, ""},
		{"prometheus-rules", "okms:capacity_limit > 70", `okms:capacity_limit{job=~\"a|b\"} > 70`, threshold, "70"},
		{"prometheus-rules", `"100 * okms:capacity_used{resource`, `"100 - 100 * okms:capacity_used{resource`, threshold, ""},
		{"prometheus-rules", `"100 * okms:capacity_used{resource`, `"50 + 100 * okms:capacity_used{resource`, threshold, ""},
		{"prometheus-rules", `"100 * okms:capacity_used{resource`, `"-100 * okms:capacity_used{resource`, threshold, ""},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit - 50 > 70", threshold, ""},
		{"prometheus-rules", "okms:capacity_limit > 70", "okms:capacity_limit > 10 + 70", threshold, ""},
		{"prometheus-rules", `"health": "ok"`, `"isPaused": true, "health": "ok"`, "$.service_logs.alerts", "[]"},
		{"restic-snapshots", "", "", success, `"2026-11-18T01:00:38Z"`},
		{"restic-snapshots", `"total_files_processed": 45`, `"total_files_processed": 0`, success, ""},
		{"restic-snapshots", `"total_files_processed": 45`, `"other": 45`, success, ""},
		{"velero-backups", "", "", success, `"2026-11-18T02:01:52Z"`},
		{"velero-backups", `"totalItems": 212,
          "itemsBackedUp": 212`, "", success, ""},
		{"trivy", "", "", pastDue, "1"},
		{"trivy", `"FixedVersion"`, `"none"`, pastDue, "0"},
		{"trivy", `"Name": "12.8"`, `"Name": "9", "EOSL": true`, pastDue, ""},
		{"trivy", `"Class": "os-pkgs"`, `"Class": "secret"`, pastDue, ""},
		{"graylog-client-addresses", "", "", "$.network.observed_client_ips", `["198.51.100.7","203.0.113.12"]`},
		{"graylog-client-addresses", `"total_results": 3`, `"total_results": 41000`, "$.network.observed_client_ips", ""},
		{"graylog-client-addresses", `"query": "client_ip:*"`, `"query": "client_ip:198.51.100.7"`, "$.network.observed_client_ips", ""},
		{"graylog-test-event", "", "", "$.service_logs.test_event.request_id", `"a54f2f6b-27a5-4a8c-9d3c-0c1f5a3e9d10"`},
		{"graylog-test-event", `"query": "request_id:a54f2f6b-27a5-4a8c-9d3c-0c1f5a3e9d10"`, `"query": "request_id:*"`, "$.service_logs.test_event", ""},
		{"graylog-test-event", "whole", `{"query": "request_id:a1", "total_results": 0, "messages": [], "from": "2026-11-18T06:00:00.000Z", "to": "2026-11-19T06:00:00.000Z"}`, "$.service_logs.test_event", ""},
		{"graylog-test-event", "", "", "$.service_logs.test_event.found_at", `"2026-11-19T06:00:00Z"`},
		{"opensearch-service-logs", "", "", "$.network.observed_client_ip_count", "6"},
		{"opensearch-service-logs", `"sum_other_doc_count": 0`, `"sum_other_doc_count": 9`, "$.network.observed_client_ip_count", ""},
		{"gcs-backup-objects", `"size": "416"`, `"size": "416", "timeDeleted": "2026-11-19T03:00:00.000Z"`, "$.backups.jobs[0].secret_paths", ""},
		{"gcs-backup-objects", `"size": "416"`, `"size": "416", "softDeleteTime": "2026-11-19T03:00:00.000Z"`, "$.backups.jobs[0].secret_paths", ""},
		{"gcs-backup-buckets", `"kind": "storage#bucket",`, `"kind": "storage#bucket", "softDeleteTime": "2026-11-19T03:00:00.000Z",`, "$.backups.jobs[0].copies", ""},
		{"github-repositories", "", "", "$.management.secret_scan.repositories_total", "3"},
		{"github-repositories", "whole", `[[{"full_name": "a"}, {"full_name": "b"}], [{"full_name": "c"}]]`, "$.management.secret_scan.repositories_total", "3"},
		{"github-repositories", "whole", `[[{"full_name": "a"}, {"full_name": "b", "security_and_analysis": {"secret_scanning": {"status": "enabled"}}}], []]`, "$.management.secret_scan.repositories_scanned", "1"},
		{"github-secret-alerts", "whole", `[[{"number": 1, "state": "open", "url": "https://h/a/1"}], [{"number": 1, "state": "open", "url": "https://h/b/1"}]]`, "$.management.secret_scan.open_findings", "2"},
		{"github-repositories", "whole", `[[]]`, "$.management.secret_scan.repositories_total", "0"},
		{"github-secret-alerts", "whole", `[[{"number": 1, "state": "resolved"}], [{"number": 2, "state": "open"}]]`, "$.management.secret_scan.open_findings", "1"},
		{"github-secret-alerts", "whole", `[[]]`, "$.management.secret_scan.open_findings", "0"},
		{"github-secret-alerts", "whole", `[[{"number": 1, "state": "resolved", "resolved_by": {"login": "a", "type": "User"}}]]`, "$.management.secret_scan.open_findings", "0"},
		{"github-secret-alerts", "whole", `[[{"full_name": "a"}]]`, "$.management.secret_scan.open_findings", "1"},
		{"github-secret-alerts", "whole", `[[{"message": "API rate limit exceeded"}], []]`, "$.management.secret_scan.open_findings", "1"},
		{"github-secret-alerts", "whole", `[[{"number": 1, "state": "resolved"}, null]]`, "$.management.secret_scan.open_findings", ""},
		{"github-repositories", "whole", `[[{"full_name": "a"}, {"message": "API rate limit exceeded"}]]`, "$.management.secret_scan.repositories_total", "2"},
		{"gitleaks", "whole", `{}`, "$.management.secret_scan.open_findings", ""},
		{"gitleaks", "whole", `[]`, "$.management.secret_scan.open_findings", "0"},
		{"trivy", `"Severity": "CRITICAL"`, `"Severity": "HIGH"`, pastDue, "0"},
		{"trivy", `"Severity": "CRITICAL"`, `"Other": "CRITICAL"`, pastDue, "1"},
		{"trivy", `"Severity": "CRITICAL"`, `"Severity": "UNKNOWN"`, pastDue, "0"},
		{"trivy", "whole", `[{"ArtifactName": "a"}, null]`, "$.management.hosts", ""},
		{"gcs-backup-objects", "whole", `{"items": [{"id": "b/one/secrets/x/1"}, {"id": "b/one/secrets/y/1"}]}`, "$.backups.jobs[0].name", `"one"`},
		{"gcs-backup-objects", "whole", `{"items": [{"id": "b/one/secrets/x/1"}, {"id": "b/one-old/secrets/y/1"}]}`, "$.backups.jobs[0].name", ""},
		{"terraform-workspaces", "", "", "$.management.state_backend_count", "1"},
		{"terraform-workspaces", "whole", `{"data": [], "meta": {"pagination": {"current-page": 1, "total-pages": 1, "total-count": 0}}}`, "$.management.state_backend_count", "0"},
		{"terraform-workspaces", `"type": "workspaces"`, `"type": "projects"`, "$.management.state_backend_count", ""},
		{"defectdojo-log-findings", "", "", "$.service_logs.plaintext_scan.open_findings", "1"},
		{"defectdojo-log-findings", "whole", `{"count": 0, "next": null, "previous": null, "results": []}`, "$.service_logs.plaintext_scan.open_findings", "0"},
		{"defectdojo-log-findings", "whole", `{"count": 0, "results": [{"test": 1, "numerical_severity": "S1"}]}`, "$.service_logs.plaintext_scan.open_findings", ""},
		{"defectdojo-log-findings", "whole", `{"count": 1, "results": [{"id": 1, "title": "a test"}]}`, "$.service_logs.plaintext_scan.open_findings", ""},
		{"defectdojo-log-findings", "whole", `{"count": 0}`, "$.service_logs.plaintext_scan.open_findings", ""},
		{"keycloak-realm", "length(14)", "length(14) and length(8)", "$.account.password_min_length", "8"},
		{"keycloak-realm", "length(14)", "length(8) and length(14)", "$.account.password_min_length", "14"},
		{"graylog-event-fields", `"fields": [`, `"fields": [null,`, "$.service_logs.fields", ""},
		{"cilium-egress", `"items": [`, `"items": [null,`, "$.network.clients", ""},
		{"pagerduty-backup-failures", `"incidents": [`, `"incidents": [null,`, "$.backups.jobs", ""},
		{"entra-named-locations", `"value": [`, `"value": [null,`, "$.network.allow_list", ""},
		{"github-scan-history", `"backfill_scans": [`, `"backfill_scans": [null,`, searched, ""},
		{"veeam-sessions", `"Failed"`, `"Canceled"`, "$.backups.jobs[0].failed_runs_30d", "1"},
		{"keycloak-realm", `"enabled": true`, `"enabled": false`, "$.account.password_min_length", ""},
		{"keycloak-realm", "length(14)", "regexPattern(and length(99)) and length(8)", "$.account.password_min_length", "8"},
		{"veeam-job-states", "", "", success, `"2026-11-18T22:00:03Z"`},
		{"veeam-job-states", `"status": "inactive"`, `"status": "running"`, success, ""},
		{"veeam-job-states", `"status": "inactive"`, `"status": "disabled"`, success, `"2026-11-18T22:00:03Z"`},
		{"veeam-job-states", `"status": "inactive"`, `"status": "Inactive"`, success, `"2026-11-18T22:00:03Z"`},
		{"veeam-job-states", `"status": "inactive"`, `"status": "postprocessing"`, success, ""},
		{"veeam-job-states", `"status": "inactive"`, `"other": "inactive"`, success, ""},
		{"veeam-job-states", `"objectsCount": 4`, `"objectsCount": 0`, success, ""},
		{"veeam-job-states", `"objectsCount": 4`, `"other": 4`, success, ""},
		{"keycloak-realm", "length(14)", "notUsername", "$.account.password_min_length", ""},
		{"keycloak-realm", "length(14)", "maxLength(64) and length(12)", "$.account.password_min_length", "12"},
		{"entra-access-review", `"userPrincipalName": "lukas.weber@arvella.example"`, `"userPrincipalName": null`, day, ""},
		{"entra-access-review", "ab5a11ae1b7eb262c1d1db6016bdfabc", "f10da30e45d9db763f2a28e60dfc4168", day, `"2026-09-15"`},
		{"entra-access-review", "whole", selfReview, day, ""},
		{"entra-access-review", "whole", strings.Replace(selfReview, `"principal"`, `"other"`, 1), day, ""},
		{"keycloak-users", `"ada.martin@ormeau.example"`, `""`, "$.people.people[*]['id', 'addresses']", `"ada.martin""backup-runner"`},
		{"okms-keys-list", "", "", keyCount, "3"},
		{"okms-keys-list", "whole", active, keyCount, ""},
		{"okms-keys-list", "whole", active, "$.keys.service_keys[*].id", `"a"`},
		{"okms-keys-list", "whole", strings.Replace(active, `{"state": "active"}`, `{"state": null}`, 1), keyCount, ""},
		{"okms-keys-list", "whole", strings.Replace(active, `"attributes"`, `"other"`, 1), keyCount, ""},
		{"okms-keys-list", "whole", strings.Replace(active, `{"state": "active"}`, `{"state": "pre_active"}`, 1), keyCount, "1"},
		{"okms-keys-list", "whole", `{"continuation_token": "", "is_truncated": false, "objects_list": []}`, keyCount, ""},
	} {
		t.Run(test.mapping+" "+test.after, func(t *testing.T) {
			s := list[slices.IndexFunc(list, func(s example) bool { return s.name == test.mapping })]
			content := strings.ReplaceAll(string(s.content), test.before, test.after)
			switch {
			case test.before == "":
				content = string(s.content)
			case test.before == "whole":
				content = test.after
			case content == string(s.content):
				t.Fatalf("the example has no %s", test.before)
			}
			facts := map[string]any{}
			s.mapping.Apply(s.value(t, []byte(content)), func(section string, read mapping.Facts, _ error) {
				within, _ := facts[section].(map[string]any)
				if within == nil {
					within = map[string]any{}
				}
				maps.Copy(within, read.Fields)
				facts[section] = within
			})
			got := ""
			for _, value := range jsonpath.MustParse(test.at).Select(plain(t, facts)) {
				text, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				got += string(text)
			}
			if got != test.want {
				t.Errorf("%s is %s, want %s", test.at, got, test.want)
			}
		})
	}
}

// Two mappings of the same form read the same value, or both none.
func TestTheSameFormReadsTheSame(t *testing.T) {
	refused := map[string]bool{}
	for _, s := range all(t) {
		_, err := s.mapping.Decode("export", []byte(`[{"full_name": "a"}]`))
		if before, isKnown := refused[s.mapping.Form()]; isKnown && before != (err != nil) {
			t.Errorf("%s has the form %s of another, and reads otherwise: %v", s.name, s.mapping.Form(), err)
		}
		refused[s.mapping.Form()] = err != nil
	}
	if len(refused) < 2 {
		t.Errorf("forms: %v", refused)
	}
}

// A list of GitHub may be one page, however long it is, and nothing is read of it. The list of all pages is whole.
func TestAListThatMayBeAPageIsRefused(t *testing.T) {
	n := 0
	for _, s := range all(t) {
		if s.name != "github-repositories" && s.name != "github-secret-alerts" {
			continue
		}
		n++
		page := func(n int) string {
			records := make([]string, n)
			for i := range n {
				records[i] = fmt.Sprintf(`{"number": %d, "full_name": "%d of %d"}`, i, i, n)
			}
			return "[" + strings.Join(records, ",") + "]"
		}
		for content, isRefused := range map[string]bool{
			page(0): true, page(1): true, page(30): true, page(50): true, `{"number": 1, "full_name": "a"}`: true, `{"items": ` + page(50) + "}": true,
			"[" + page(0) + "]": false, "[" + page(30) + "]": false, "[" + page(100) + "," + page(99) + "]": false, "[" + page(2) + ", {}]": true,
			`[[{"number": 1, "id": 7, "url": "a"}], [{"number": 1, "id": 7, "url": "b"}]]`: true, `[[{"number": 1, "url": "a"}], [{"number": 1, "url": "b"}]]`: false,
			"[" + page(100) + "," + page(1) + "," + page(100) + "]": true,
		} {
			_, err := s.mapping.Value("export", []byte(content))
			if (err != nil) != isRefused || err != nil && !strings.Contains(strings.ToLower(err.Error()), "export the list of all pages") && !strings.Contains(err.Error(), "--paginate --slurp") {
				t.Errorf("%s: %.60s: %v", s.name, content, err)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d mappings", n)
	}
}

// A list that the tool cut is no list without items, and this is said.
func TestACutListIsSaid(t *testing.T) {
	list := all(t)
	s := list[slices.IndexFunc(list, func(s example) bool { return s.name == "opensearch-service-logs" })]
	for after, want := range map[string]int{`"sum_other_doc_count": 0`: 0, `"sum_other_doc_count": 9`: 2} {
		n := 0
		s.mapping.Apply(s.value(t, []byte(strings.ReplaceAll(string(s.content), `"sum_other_doc_count": 0`, after))), func(section string, read mapping.Facts, err error) {
			if err != nil {
				t.Error(section, err)
			}
			for _, note := range read.Notes {
				if read.List != "" && strings.Contains(note, "its filter chooses no list to look in") {
					n++
				}
			}
		})
		if n != want {
			t.Errorf("%s: %d lists are said to be cut, want %d", after, n, want)
		}
	}
}

var rules = sync.OnceValues(func() (ruleset.Ruleset, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return rules, err
	}
	return rules.WithSnapshot(policies.Snapshot)
})

const service = "3f7a9c52-1111-4222-8333-444455556666"

// assessed assesses evidence that has the facts of a section, and the example as the artifact of its source.
func (s example) assessed(t *testing.T, section string, facts any) *assessment.Service {
	t.Helper()
	text, err := mappings.FS.ReadFile(s.name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	fields := plain(t, facts).(map[string]any)
	artifact := "exports/" + filepath.Base(s.file)
	fields["source"] = map[string]any{
		"method": "export", "collected_at": "2026-11-19T06:00:00Z", "collected_by": "inventory 1.0",
		"artifact": map[string]any{"path": artifact, "sha256": safefile.Sum(s.content), "derivation": map[string]any{"mapping": "mappings/" + s.name + ".yaml"}},
	}
	yaml, err := json.Marshal(map[string]any{
		"api_version": "raci-check/v1", "kind": "Evidence", "metadata": map[string]any{"service": map[string]any{"id": service}}, section: fields,
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := safefile.Create(folder, map[string][]byte{"evidence.yaml": yaml, artifact: s.content, "mappings/" + s.name + ".yaml": text}); err != nil {
		t.Fatal(err)
	}
	rules, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	result, err := assess.Run(t.Context(), rules, assess.Options{Paths: []string{folder}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return &result.Services[0]
}

// differences are the findings that name the artifact.
func (s example) differences(service *assessment.Service) (messages []string) {
	for _, activity := range service.Activities {
		for _, check := range activity.Checks {
			for _, finding := range check.Findings {
				if strings.Contains(finding.Message, filepath.Base(s.file)) {
					messages = append(messages, fmt.Sprintf("%s: %s", finding.Pointer, finding.Message))
				}
			}
		}
	}
	slices.Sort(messages)
	return slices.Compact(messages)
}

// Facts are derived in the program: all of them, and one that was changed is a finding at both places.
func TestDerived(t *testing.T) {
	for _, s := range all(t) {
		t.Run(s.name, func(t *testing.T) {
			for section, facts := range s.facts(t, s.value(t, s.content)) {
				service := s.assessed(t, section, facts)
				if differ := s.differences(service); len(differ) > 0 {
					t.Errorf("the same facts differ: %v", differ)
				}
				derived, want := 0, leaves(plain(t, facts))
				for _, from := range service.Derived {
					derived += len(from.Facts)
				}
				if derived != want {
					t.Errorf("%d facts of %s are derived, the mapping tells %d", derived, section, want)
				}
				changed := plain(t, facts).(map[string]any)
				pointer := change(changed, "/"+section)
				differ := s.differences(s.assessed(t, section, changed))
				if len(differ) != 1 || !strings.HasPrefix(differ[0], pointer+": ") || !strings.Contains(differ[0], "exports/"+filepath.Base(s.file)) {
					t.Errorf("%s was changed; found: %v", pointer, differ)
				}
			}
		})
	}
}

// leaves counts facts; a list of texts is one, and a list without items is none.
func leaves(value any) int {
	n := 0
	switch v := value.(type) {
	case map[string]any:
		for _, below := range v {
			n += leaves(below)
		}
		return n
	case []any:
		for _, item := range v {
			if _, isObject := item.(map[string]any); !isObject {
				return 1
			}
			n += leaves(item)
		}
		return n
	default:
		return 1
	}
}

// change alters one fact that tells no item apart, and answers its pointer.
func change(value any, pointer string) string {
	switch v := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range []string{"ticket", "tool", "route"} { // texts that tell no item apart
			if _, isText := v[name].(string); isText {
				v[name] = "changed"
				return pointer + "/" + name
			}
		}
		for _, name := range names {
			switch field := v[name].(type) {
			case float64:
				v[name] = field + 1
				return pointer + "/" + name
			case string:
				if at, err := time.Parse(time.RFC3339, field); err == nil {
					v[name] = at.Add(-time.Hour).Format(time.RFC3339)
					return pointer + "/" + name
				}
				if on, err := time.Parse(time.DateOnly, field); err == nil {
					v[name] = on.AddDate(0, 0, -1).Format(time.DateOnly)
					return pointer + "/" + name
				}
			}
		}
		for _, name := range names {
			if at := change(v[name], pointer+"/"+name); at != "" {
				return at
			}
		}
		for _, name := range []string{"logins", "fields", "observed_client_ips", "scope"} {
			if texts, isList := v[name].([]any); isList && len(texts) > 0 {
				v[name] = []any{"192.0.2.1"}
				if name == "scope" {
					v[name] = []any{"imported_keys"}
				}
				return pointer + "/" + name
			}
		}
		for _, name := range names { // where nothing but what tells items apart is there: an item less
			if items, isList := v[name].([]any); isList && len(items) > 1 {
				v[name] = items[:len(items)-1]
				return pointer + "/" + name
			}
		}
	case []any:
		for i, item := range v {
			if at := change(item, fmt.Sprintf("%s/%d", pointer, i)); at != "" {
				return at
			}
		}
	}
	return ""
}

// The page lists each mapping with what makes its export.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../docs/mappings.md")
	if err != nil {
		t.Fatal(err)
	}
	list := all(t)
	for _, s := range list {
		if !strings.Contains(string(page), "\n| `"+s.name+"` | ") {
			t.Errorf("docs/mappings.md does not list %s", s.name)
		}
	}
	if rows := strings.Count(string(page), "\n| `"); rows != len(list) {
		t.Errorf("docs/mappings.md lists %d mappings, there are %d", rows, len(list))
	}
}
