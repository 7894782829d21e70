package planned_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/source/terraform"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

type object = map[string]any

// planOf is a plan that changes one resource of a domain; before and after are nil for none.
func planOf(t *testing.T, kind string, before, after, unknown, sensitive object) string {
	t.Helper()
	const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	address := kind + ".x"
	resources := func(values object) []any {
		all := []any{object{
			"address": "ovh_okms.main", "mode": "managed", "type": "ovh_okms", "name": "main", "sensitive_values": object{},
			"values": object{"id": domain, "region": "eu-west-par", "display_name": "payments-prod"},
		}, object{
			"address": "data.ovh_dbaas_logs_cluster_retention.long", "mode": "data", "type": "ovh_dbaas_logs_cluster_retention", "name": "long",
			"sensitive_values": object{}, "values": object{"retention_id": "long", "retention_type": "LOGS_INDEXING", "duration": "P800D"},
		}, object{
			"address": "data.ovh_dbaas_logs_cluster_retention.short", "mode": "data", "type": "ovh_dbaas_logs_cluster_retention", "name": "short",
			"sensitive_values": object{}, "values": object{"retention_id": "short", "retention_type": "LOGS_INDEXING", "duration": "P400D"},
		}}
		if values != nil {
			all = append(all, object{"address": address, "mode": "managed", "type": kind, "name": "x", "values": values, "sensitive_values": sensitive})
		}
		return all
	}
	actions := []string{"update"}
	switch {
	case before == nil:
		actions = []string{"create"}
	case after == nil:
		actions = []string{"delete"}
	}
	content, err := json.Marshal(object{
		"format_version": "1.2", "terraform_version": "1.9.5",
		"planned_values": object{"root_module": object{"resources": resources(after)}},
		"prior_state":    object{"format_version": "1.0", "values": object{"root_module": object{"resources": resources(before)}}},
		"resource_changes": []any{object{
			"address": address, "mode": "managed", "type": kind,
			"change": object{
				"actions": actions, "before": before, "after": after, "after_unknown": unknown,
				"before_sensitive": sensitive, "after_sensitive": sensitive,
			},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := stored(t, content)
	return file
}

// with is an object with other values for some fields; nil takes a field away.
func with(fields object, changes object) object {
	changed := maps.Clone(fields)
	maps.Copy(changed, changes)
	maps.DeleteFunc(changed, func(_ string, value any) bool { return value == nil })
	return changed
}

// What a plan weakens is text whatever the checks say of it, and what it makes stricter is not.
func TestWeaker(t *testing.T) {
	const domain = "urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	policy := object{
		"id": "policy-1", "name": "orders", "identities": []any{"urn:v1:eu:identity:user:xx-ovh/a"}, "resources": []any{domain},
		"allow": []any{"okms:apikms:serviceKey/encrypt"}, "except": []any{}, "deny": []any{"okms:apiovh:resource/delete"},
		"conditions": []any{object{"operator": "MATCH", "values": object{"request.IP.IN_RANGE": "10.0.0.0/16"}}},
	}
	from := func(ranges string) object {
		return object{"conditions": []any{object{"operator": "MATCH", "values": object{"request.IP.IN_RANGE": ranges}}}}
	}
	asking := func(values ...object) object {
		conditions := []any{}
		for _, of := range values {
			conditions = append(conditions, object{"operator": "MATCH", "values": of})
		}
		return object{"conditions": []any{object{"operator": "AND", "condition": conditions}}}
	}
	stream := object{"stream_id": "stream-1", "title": "audit", "retention_id": "long", "indexing_enabled": true, "cold_storage_enabled": false}
	certificate := object{
		"id": "certificate-1", "okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "name": "orders", "identity_urns": []any{"urn:v1:eu:identity:user:xx-ovh/a"},
		"from_csr": true, "validity": 90, "created_at": "2026-10-01T00:00:00Z", "expired_at": "2026-12-30T00:00:00Z",
	}
	secret := object{
		"okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "path": "db",
		"metadata": object{"cas_required": true, "max_versions": 5, "deactivate_version_after": "24h"},
	}
	subscription := object{"okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "id": "l", "stream_id": "stream-1", "kind": "audit"}
	for name, test := range map[string]struct {
		kind          string
		before, after object
		unknown       object
		sensitive     object
		want          []string // attribute and message
	}{
		"nothing":            {kind: "ovh_iam_policy", before: policy, after: policy},
		"a name":             {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"name": "other"})},
		"an action":          {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"allow": []any{"okms:apikms:serviceKey/encrypt", "okms:apiovh:resource/delete"}}), want: []string{"allow: allow has in addition okms:apiovh:resource/delete"}},
		"a narrower action":  {kind: "ovh_iam_policy", before: with(policy, object{"allow": []any{"okms:apikms:*"}}), after: policy},
		"another spelling":   {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"allow": []any{"OKMS:apikms:serviceKey/encrypt"}})},
		"fewer actions":      {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"allow": []any{}})},
		"a group of actions": {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"permissions_groups": []any{"urn:v1:eu:permissionsGroup:ovh:globalAdmin"}}), want: []string{"permissions_groups: permissions_groups has in addition urn:v1:eu:permissionsGroup:ovh:globalAdmin"}},
		"an identity":        {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"identities": []any{"urn:v1:eu:identity:user:xx-ovh/a", "urn:v1:eu:identity:user:xx-ovh/b"}}), want: []string{"identities: identities has in addition urn:v1:eu:identity:user:xx-ovh/b"}},
		"a resource":         {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"resources": []any{domain, domain + "/*"}}), want: []string{"resources: resources has in addition " + domain + "/*"}},
		"deny is gone":       {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"deny": []any{}}), want: []string{"deny: deny no longer has okms:apiovh:resource/delete"}},
		"except is gone": {
			kind: "ovh_iam_policy", before: with(policy, object{"allow": []any{"okms:*"}, "except": []any{"okms:apiovh:resource/delete"}}),
			after: with(policy, object{"allow": []any{"okms:*"}}), want: []string{"except: except no longer has okms:apiovh:resource/delete"},
		},
		"wider deny":            {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"deny": []any{"okms:*"}})},
		"the condition is gone": {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"conditions": []any{}}), want: []string{"conditions: source_ip_ranges no longer limit the addresses that requests come from: 10.0.0.0/16 did"}},
		"another condition is gone": {
			kind: "ovh_iam_policy", before: with(policy, asking(object{"resource.Tag(env)": "prod"}, object{"request.IP.IN_RANGE": "10.0.0.0/16"})), after: policy,
			want: []string{"conditions: conditions no longer ask for anything besides addresses"},
		},
		"addresses to avoid are gone": {
			kind: "ovh_iam_policy", before: with(policy, asking(object{"request.IP.NOT_IN": "10.0.3.1"}, object{"request.IP.IN_RANGE": "10.0.0.0/16"})), after: policy,
			want: []string{"conditions: conditions no longer ask for anything besides addresses"},
		},
		"another condition changes": {
			kind: "ovh_iam_policy", before: with(policy, asking(object{"resource.Tag(env)": "prod"})), after: with(policy, asking(object{"resource.Tag(env)": "test"})),
			want: []string{"conditions: unknown: conditions changes, and the plan does not tell which value is stricter"},
		},
		"a sensitive condition changes": {
			kind: "ovh_iam_policy", before: with(policy, asking(object{"resource.Tag(env)": "prod"})), after: with(policy, asking(object{"resource.Tag(env)": "test"})),
			sensitive: object{"conditions": true}, want: []string{"conditions: unknown: conditions changes, and the plan does not show how, since it is sensitive"},
		},
		"a sensitive condition stays": {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"name": "other"}), sensitive: object{"conditions": true}},
		"a condition in another order": {
			kind: "ovh_iam_policy", before: with(policy, asking(object{"resource.Tag(env)": "prod"}, object{"request.IP.IN": "10.0.0.1"}, object{"date(UTC).WeekDay.IN": "monday"})),
			after: with(policy, asking(object{"DATE(UTC).WeekDay.IN": "monday"}, object{"resource.Tag(env)": "prod"}, object{"request.IP.IN": "10.0.0.1"})),
		},
		"a condition more":       {kind: "ovh_iam_policy", before: policy, after: with(policy, asking(object{"request.IP.IN_RANGE": "10.0.0.0/16"}, object{"resource.Tag(env)": "prod"}))},
		"wider addresses":        {kind: "ovh_iam_policy", before: policy, after: with(policy, from("10.0.0.0/8")), want: []string{"conditions: source_ip_ranges let requests come from 10.0.0.0/8 as well"}},
		"narrower addresses":     {kind: "ovh_iam_policy", before: policy, after: with(policy, from("10.0.3.0/24"))},
		"no end any more":        {kind: "ovh_iam_policy", before: with(policy, object{"expired_at": "2027-01-01T00:00:00Z"}), after: policy, want: []string{"expired_at: expires_at has no end any more; it was 2027-01-01T00:00:00Z"}},
		"a new policy":           {kind: "ovh_iam_policy", after: policy, want: []string{"allow: allow has in addition okms:apikms:serviceKey/encrypt (use_key)"}},
		"a policy with a deny":   {kind: "ovh_iam_policy", before: policy, want: []string{"deny: deny no longer has okms:apiovh:resource/delete"}},
		"a policy elsewhere":     {kind: "ovh_iam_policy", after: with(policy, object{"resources": []any{"urn:v1:eu:resource:vps:a"}})},
		"unknown actions":        {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"allow": nil}), unknown: object{"allow": true}, want: []string{"allow: unknown: allow is okms:apikms:serviceKey/encrypt now, and nobody can tell before the plan is applied what it will be"}},
		"sensitive actions":      {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"deny": []any{"okms:b"}}), sensitive: object{"deny": true}, want: []string{"deny: unknown: deny changes, and the plan does not show how, since it is sensitive"}},
		"sensitive and the same": {kind: "ovh_iam_policy", before: policy, after: with(policy, object{"name": "other"}), sensitive: object{"deny": true}},
		"a retention": {
			kind: "ovh_dbaas_logs_output_graylog_stream", before: stream, after: with(stream, object{"retention_id": "short"}),
			want: []string{"retention_id: hot_days falls from 800 to 400", "retention_id: retention_days falls from 800 to 400"},
		},
		"a longer retention":    {kind: "ovh_dbaas_logs_output_graylog_stream", before: with(stream, object{"retention_id": "short"}), after: stream},
		"a retention not known": {kind: "ovh_dbaas_logs_output_graylog_stream", before: stream, after: with(stream, object{"retention_id": "new"}), want: []string{"retention_id: unknown: hot_days was 800, and the plan does not tell what it becomes"}},
		"no retention known": {
			kind: "ovh_dbaas_logs_output_graylog_stream", before: with(stream, object{"retention_id": "old"}), after: with(stream, object{"retention_id": "new"}),
			want: []string{"retention_id: unknown: hot_days changes, and the plan does not tell which value is stricter"},
		},
		"no index":         {kind: "ovh_dbaas_logs_output_graylog_stream", before: with(stream, object{"retention_id": "old"}), after: with(stream, object{"retention_id": "old", "indexing_enabled": false}), want: []string{"indexing_enabled: indexing_enabled is switched off"}},
		"a longer life":    {kind: "ovh_okms_credential", before: certificate, after: with(certificate, object{"validity": 3650, "expired_at": nil}), unknown: object{"expired_at": true}, want: []string{"expired_at: unknown: expires_at is 2026-12-30T00:00:00Z now, and nobody can tell before the plan is applied what it will be", "validity: validity rises from 90 to 3650"}},
		"no request":       {kind: "ovh_okms_credential", before: certificate, after: with(certificate, object{"from_csr": false}), want: []string{"from_csr: from_csr is switched off"}},
		"a secret":         {kind: "ovh_okms_secret", before: secret, after: with(secret, object{"metadata": object{"max_versions": 5, "deactivate_version_after": "0"}}), want: []string{"metadata: cas_required is switched off", "metadata: deactivate_version_after_hours goes from 24 to never"}},
		"another stream":   {kind: "ovh_okms_log_subscription", before: subscription, after: with(subscription, object{"stream_id": "other"}), want: []string{"stream_id: stream_id changes from stream-1 to other"}},
		"an unknown one":   {kind: "ovh_okms_log_subscription", before: subscription, after: with(subscription, object{"stream_id": nil}), unknown: object{"stream_id": true}, want: []string{"stream_id: unknown: stream_id is stream-1 now, and nobody can tell before the plan is applied what it will be"}},
		"of other domains": {kind: "ovh_okms_log_subscription", before: with(subscription, object{"okms_id": "b"}), after: with(subscription, object{"okms_id": "b", "stream_id": "other"})},
	} {
		t.Run(name, func(t *testing.T) {
			if test.unknown == nil {
				test.unknown = object{}
			}
			if test.sensitive == nil {
				test.sensitive = object{}
			}
			options := planned.Options{Plan: planOf(t, test.kind, test.before, test.after, test.unknown, test.sensitive), Domain: "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"}
			report, err := judge(t, options)
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Weaker) != len(test.want) {
				t.Fatalf("%d facts are weaker, expected %d: %+v", len(report.Weaker), len(test.want), report.Weaker)
			}
			for i, f := range report.Weaker {
				text := f.Attribute + ": "
				if f.Unknown {
					text += "unknown: "
				}
				if text += f.Message; !strings.HasPrefix(text, test.want[i]) {
					t.Errorf("%q, expected %q", text, test.want[i])
				}
				if f.Address != test.kind+".x" || f.File != options.Plan || f.Line == 0 || f.Counts {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// A group of permissions that a policy of the domain uses is weaker as the policy is; one that none uses is not of the domain.
func TestAGroupOfPermissionsIsWeaker(t *testing.T) {
	const group = "ovh_iam_permissions_group.x"
	for used, want := range map[string]string{"urn:v1:eu:permissionsGroup:ovh:x": "allow has in addition okms:* ", "urn:v1:eu:permissionsGroup:ovh:y": ""} {
		report := edited(t, func(plan, root object) {
			values := func(allow string) object {
				return object{"urn": used, "name": "x", "allow": []any{"okms:apikms:serviceKey/get", allow}, "except": nil, "deny": nil}
			}
			prior := plan["prior_state"].(object)["values"].(object)["root_module"].(object)
			for module, allow := range map[*object]string{&prior: "okms:apiovh:resource/get", &root: "okms:*"} {
				resources := (*module)["resources"]
				partOf(resources, "ovh_iam_policy.auditors")["values"].(object)["permissions_groups"] = []any{"urn:v1:eu:permissionsGroup:ovh:x"}
				(*module)["resources"] = append(resources.([]any), object{
					"address": group, "mode": "managed", "type": "ovh_iam_permissions_group", "values": values(allow), "sensitive_values": object{},
				})
			}
			plan["resource_changes"] = append(plan["resource_changes"].([]any), object{
				"address": group, "mode": "managed", "type": "ovh_iam_permissions_group",
				"change": object{"actions": []any{"update"}, "before": values("okms:apiovh:resource/get"), "after": values("okms:*"), "after_unknown": object{}},
			})
		})
		message := ""
		for _, f := range report.Weaker {
			if f.Address == group {
				message = f.Message
			}
		}
		if !strings.HasPrefix(message, want) || (want == "") != (message == "") {
			t.Errorf("%s: %q, expected %q", used, message, want)
		}
	}
}

// What is weaker changes the exit code only where that is asked for; what nobody can tell needs both flags.
func TestWhatIsWeakerCountsWhereAsked(t *testing.T) {
	subscription := object{"okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "id": "l", "stream_id": "stream-1", "kind": "audit"}
	sure := planOf(t, "ovh_okms_log_subscription", subscription, with(subscription, object{"stream_id": "other"}), object{}, object{})
	unsure := planOf(t, "ovh_okms_log_subscription", subscription, with(subscription, object{"stream_id": nil}), object{"stream_id": true}, object{})
	for _, test := range []struct {
		name    string
		options planned.Options
		counted bool
		advice  int // findings that annotations show
		gate    int // findings that a gate shows
	}{
		{"by default", planned.Options{Plan: sure}, false, 1, 0},
		{"asked for", planned.Options{Plan: sure, FailOnWeaker: true}, true, 1, 1},
		{"unknown", planned.Options{Plan: unsure, FailOnWeaker: true}, false, 0, 0},
		{"unknown, asked for", planned.Options{Plan: unsure, FailOnWeaker: true, FailOnUnknown: true}, true, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			for advice, want := range map[bool]int{true: test.advice, false: test.gate} {
				report, err := judge(t, test.options)
				if err != nil {
					t.Fatal(err)
				}
				if report.Counted != test.counted {
					t.Errorf("it counts: %v", report.Counted)
				}
				a, err := report.Assessment(advice)
				if err != nil {
					t.Fatal(err)
				}
				findings := 0
				for _, open := range a.Open() {
					if open.Check.ID == "terraform_plan.weakens_nothing" {
						findings++
					}
				}
				if result := map[bool]verdict.Status{true: verdict.Fail, false: verdict.Pass}[test.counted]; findings != want || a.Result != result {
					t.Errorf("advice %v: %d findings, expected %d; the result is %s, expected %s", advice, findings, want, a.Result, result)
				}
			}
		})
	}
}

// The schema says which value is stricter in words that fit the type of the field.
func TestTheSchemaSaysWhatIsStricter(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	form, err := rules.Described()
	if err != nil {
		t.Fatal(err)
	}
	fits := map[string][]string{
		"integer": {"higher", "lower", "sooner"}, "number": {"higher", "lower", "sooner"}, "boolean": {"set"}, "array": {"fewer", "narrower"}, "string": {"earlier"},
	}
	count := 0
	var walk func(place string, f *evidence.Form)
	walk = func(place string, f *evidence.Form) {
		stricter, field := f.Stricter, form.Resolve(f)
		if stricter != "" {
			count++
			if !slices.Contains(fits[field.Type], stricter) {
				t.Errorf("%s of type %q says %q", place, field.Type, stricter)
			}
		}
		for _, name := range field.Properties.Names {
			walk(place+"/"+name, field.Properties.Forms[name])
		}
		if field.Items != nil {
			walk(place+"/*", field.Items)
		}
	}
	for _, section := range form.Sections() {
		walk("/"+section, form.Properties.Forms[section])
	}
	if count < 10 {
		t.Errorf("%d fields say it", count)
	}
}

// A key that is really named TODO does not end the check of a plan, alone or beside evidence that was collected.
func TestAPlanWithNamesThatLookLikePlaceholders(t *testing.T) {
	key := object{
		"id": "key-1", "okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "name": "TODO", "type": "oct", "size": 256,
		"operations": []any{"encrypt", "decrypt"}, "state": "ACTIVE",
	}
	secret := object{"okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "path": "todo", "metadata": object{"cas_required": true, "max_versions": 5}}
	for kind, plan := range map[string]string{
		"ovh_okms_service_key": planOf(t, "ovh_okms_service_key", key, with(key, object{"operations": []any{"encrypt"}}), object{}, object{}),
		"ovh_okms_secret":      planOf(t, "ovh_okms_secret", secret, with(secret, object{"metadata": object{"cas_required": true, "max_versions": 4}}), object{}, object{}),
	} {
		report, err := judge(t, planned.Options{Plan: plan})
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(report.Notes, "\n")
		if isNamed := kind == "ovh_okms_service_key"; strings.Contains(notes, `keys: name "TODO" looks like a placeholder: this report leaves it out`) != isNamed {
			t.Errorf("%s: notes %q", kind, notes)
		}
		state := planOf(t, kind, map[string]object{"ovh_okms_service_key": key, "ovh_okms_secret": secret}[kind], nil, object{}, object{})
		folder := collectedOf(t, state)
		if _, err := judge(t, planned.Options{Plan: plan, Evidence: folder}); err != nil {
			t.Errorf("%s beside evidence: %v", kind, err)
		}
	}
}

// collectedOf is a folder with what collect reads of the state before a plan.
func collectedOf(t *testing.T, plan string) string {
	t.Helper()
	content, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	var tree struct {
		State json.RawMessage `json:"prior_state"`
	}
	if err := json.Unmarshal(content, &tree); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(state, tree.State, 0o600); err != nil {
		t.Fatal(err)
	}
	folder, at := filepath.Join(t.TempDir(), "evidence"), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	config := collect.Config{
		Service: collect.Service{ID: "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"},
		Sources: []collect.Configured{{Kind: terraform.Kind, Values: collect.Values{"state": {state}}}},
	}
	if err := collecttest.Plan(t, config, at, folder).Write(); err != nil {
		t.Fatal(err)
	}
	return folder
}
