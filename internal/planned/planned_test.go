package planned_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

const plans = "../../testdata/plans/"

func judge(t *testing.T, o planned.Options) (*planned.Report, error) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	if rules, err = rules.WithSnapshot(policies.Snapshot); err != nil {
		t.Fatal(err)
	}
	o.FailOn = verdict.Low
	o.Assess = assess.Options{At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Profiles: []string{"baseline"}}
	return planned.Judge(t.Context(), rules, o)
}

// stored is a file of its own with a plan.
func stored(t *testing.T, plan []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// printed is a plan as JSON.
func printed(t *testing.T, plan any) []byte {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPlans(t *testing.T) {
	key, policy := "ovh_okms_service_key.", "ovh_iam_policy."
	for name, test := range map[string]struct {
		options   planned.Options
		counted   bool
		worse     []string // check and address
		destroyed []string
	}{
		"nothing changes":         {options: planned.Options{Plan: plans + "same.json"}},
		"a new domain":            {options: planned.Options{Plan: plans + "new.json"}},
		"unknown values, counted": {options: planned.Options{Plan: plans + "new.json", FailOnUnknown: true}, counted: true},
		"worse": {
			planned.Options{Plan: plans + "worse.json"}, true,
			[]string{"cmk_access_policy.no_wildcards " + policy + "orders"}, []string{key + "orders", "ovh_okms_log_subscription.audit"},
		},
		"nothing changes, with evidence": {options: planned.Options{Plan: plans + "beside-same.json", Evidence: "../../evidence/compliant"}},
		"worse, with evidence": {
			planned.Options{Plan: plans + "beside.json", Evidence: "../../evidence/compliant"}, true,
			[]string{
				"cmk_access_policy.no_wildcards " + policy + "auditors", "administration.configuration_managed ",
				"control_plane_logs.retention ovh_dbaas_logs_output_graylog_stream.audit",
			},
			[]string{key + "cards"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := judge(t, test.options)
			if err != nil {
				t.Fatal(err)
			}
			var worse, destroyed []string
			for _, f := range report.Worse {
				worse = append(worse, f.Check+" "+f.Address)
			}
			for _, d := range report.Destroyed {
				destroyed = append(destroyed, d.Address)
			}
			if report.Counted != test.counted || !slices.Equal(destroyed, test.destroyed) || len(test.worse) == 0 && len(worse) > 0 {
				t.Errorf("counted %v, destroyed %q, worse %q", report.Counted, destroyed, worse)
			}
			for _, want := range test.worse {
				if !slices.Contains(worse, want) {
					t.Errorf("no finding %q among %q", want, worse)
				}
			}
			var out bytes.Buffer
			if err := report.WriteJSON(&out); err != nil {
				t.Fatal(err)
			}
			form, err := schema.Compile("plan", planned.JSONSchema)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := document.Parse("plan.json", out.Bytes(), document.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if err := form.Validate(doc); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"a binary plan":      {"PK\x03\x04rest", "terraform show -json"},
		"an encrypted plan":  {`{"meta": {"key_provider.pbkdf2.k": "x"}, "encrypted_data": "x", "encryption_version": "v0"}`, "the plan is encrypted: run `tofu show -json PLAN > plan.json`"},
		"an encrypted state": {`{"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "x", "encryption_version": "v0"}`, "tofu show -json"},
		"a state":            {`{"format_version": "1.0", "values": {}}`, "a state, not a plan"},
		"UTF-16":             {"\xff\xfe{\x00}\x00", "plan.json:1:1: the file is UTF-16 text: save it as UTF-8"},
		"a byte order mark":  {"\uFEFF" + `{"format_version": "1.2", "planned_values": {}, "errored": true}`, "ended with an error"},
		"a failed plan":      {`{"format_version": "1.2", "planned_values": {}, "errored": true}`, "ended with an error"},
		"another JSON":       {`{"keys": []}`, "format_version"},
		"another subject":    {`{"format_version": "1.2", "planned_values": {"root_module": {}}}`, "no OKMS resource"},
	} {
		t.Run(name, func(t *testing.T) {
			file := stored(t, []byte(test.text))
			if _, err := judge(t, planned.Options{Plan: file}); err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
		})
	}
}

// A policy whose resources are known only after apply may be one on the domain: it is said, and never left out.
func TestUnknownResourcesOfAPolicy(t *testing.T) {
	content, err := os.ReadFile(plans + "new.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ values, unknown string }{
		"all of them":  {`{"name": "all", "allow": ["okms:apikms:*"], "identities": ["urn:i"]}`, `{"id": true, "resources": true}`},
		"one of them":  {`{"name": "all", "allow": ["okms:apikms:*"], "identities": ["urn:i"], "resources": ["urn:v1:eu:resource:vps:a", null]}`, `{"id": true, "resources": [false, true]}`},
		"all about it": {`{}`, `true`},
	} {
		t.Run(name, func(t *testing.T) {
			var plan map[string]any
			if err := json.Unmarshal(content, &plan); err != nil {
				t.Fatal(err)
			}
			root := plan["planned_values"].(map[string]any)["root_module"].(map[string]any)
			item := map[string]any{"address": "ovh_iam_policy.all", "mode": "managed", "type": "ovh_iam_policy", "values": json.RawMessage(test.values), "sensitive_values": map[string]any{}}
			root["resources"] = append(root["resources"].([]any), item)
			plan["resource_changes"] = append(plan["resource_changes"].([]any), map[string]any{
				"address": "ovh_iam_policy.all", "mode": "managed", "type": "ovh_iam_policy",
				"change": map[string]any{"actions": []string{"create"}, "before": nil, "after": json.RawMessage(test.values), "after_unknown": json.RawMessage(test.unknown)},
			})
			report, err := judge(t, planned.Options{Plan: stored(t, printed(t, plan)), FailOnUnknown: true})
			if err != nil {
				t.Fatal(err)
			}
			isUnknown := slices.ContainsFunc(report.Unknown, func(f planned.Finding) bool {
				return f.Address == "ovh_iam_policy.all" && f.Check == "cmk_access_policy.no_wildcards" && f.Counts
			})
			if !isUnknown || !report.Counted || !strings.Contains(strings.Join(report.Notes, " "), "ovh_iam_policy.all does not tell its resources") {
				t.Errorf("unknown %+v, worse %+v, notes %q", report.Unknown, report.Worse, report.Notes)
			}
		})
	}
}

// changed is a plan with the evidence beside it, and something changed in it.
func changed(t *testing.T, change func(plan string) string) *planned.Report {
	t.Helper()
	content, err := os.ReadFile(plans + "beside-same.json")
	if err != nil {
		t.Fatal(err)
	}
	var plan any
	if err := json.Unmarshal(content, &plan); err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	text := change(string(plain))
	if text == string(plain) {
		t.Fatal("nothing is changed")
	}
	file := stored(t, printedTwice(t, text))
	report, err := judge(t, planned.Options{Plan: file, Evidence: "../../evidence/compliant"})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// What the plan imports is the item that the evidence has of it, and no second one.
func TestAnImportIsTheItemOfTheEvidence(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"a key":    func(plan string) string { return withoutPrior(t, plan, "ovh_okms_service_key.cards") },
		"a policy": func(plan string) string { return withoutPrior(t, plan, "ovh_iam_policy.auditors") },
	} {
		report := changed(t, change)
		for _, f := range report.Worse {
			if strings.HasSuffix(f.Check, ".evidence_consistent") || strings.HasSuffix(f.Check, "_listed") {
				t.Errorf("%s: %s %s: %s", name, f.Check, f.Address, f.Message)
			}
		}
	}
}

// printedTwice is a plan whose changes have the values before it and after it, as Terraform prints them.
func printedTwice(t *testing.T, plan string) []byte {
	t.Helper()
	var tree object
	if err := json.Unmarshal([]byte(plan), &tree); err != nil {
		t.Fatal(err)
	}
	root := func(values any) any {
		resources := values.(object)["root_module"].(object)["resources"]
		if resources == nil {
			return []any{}
		}
		return resources
	}
	changes, _ := tree["resource_changes"].([]any)
	for side, resources := range map[string]any{"before": root(tree["prior_state"].(object)["values"]), "after": root(tree["planned_values"])} {
		for _, c := range changes {
			c := c.(object)
			if r := partOf(resources, c["address"].(string)); r != nil && c["change"].(object)[side] != nil {
				c["change"].(object)[side] = r["values"]
			}
		}
	}
	return printed(t, tree)
}

// withoutPrior is a plan in which a resource was not in the state before it.
func withoutPrior(t *testing.T, plan, address string) string {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal([]byte(plan), &tree); err != nil {
		t.Fatal(err)
	}
	root := tree["prior_state"].(map[string]any)["values"].(map[string]any)["root_module"].(map[string]any)
	root["resources"] = slices.DeleteFunc(root["resources"].([]any), func(r any) bool { return r.(map[string]any)["address"] == address })
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A plan that leaves a list alone leaves its count alone, even where the evidence has another list than the state.
func TestCountsOfListsThatStay(t *testing.T) {
	report := changed(t, func(plan string) string {
		before, prior, _ := strings.Cut(plan, `"prior_state"`)
		return before + `"prior_state"` + strings.Replace(prior, `"conditions":[]`, `"conditions":[{"operator":"MATCH","values":{"request.IP.IN":"192.0.2.1"},"condition":[]}]`, 1)
	})
	isBound := false
	for _, f := range report.Worse {
		isBound = isBound || f.Check == "network_access.people_bound_to_addresses" && f.Address == "ovh_iam_policy.auditors"
		if f.Check == "cmk_access_policy.policies_listed" {
			t.Errorf("%s", f.Message)
		}
	}
	if !isBound {
		t.Errorf("the lost condition is not said: %+v", report.Worse)
	}
}

// Addresses of a condition that are known only after apply do not end the check of the plan: what they bind to is unknown.
func TestUnknownConditions(t *testing.T) {
	for name, test := range map[string]struct{ values, unknown string }{
		"an address":     {`{}`, `{"request.IP.IN":true}`},
		"all the values": {`{}`, `true`},
	} {
		t.Run(name, func(t *testing.T) {
			report := changed(t, func(plan string) string {
				bound := func(values string) string {
					return `"conditions":[{"operator":"MATCH","values":` + values + `,"condition":[]}]`
				}
				before, prior, _ := strings.Cut(plan, `"prior_state"`)
				prior = strings.Replace(prior, `"conditions":[]`, bound(`{"request.IP.IN":"192.0.2.1"}`), 1)
				plan = strings.Replace(before+`"prior_state"`+prior, `"conditions":[]`, bound(test.values), -1)
				var tree map[string]any
				if err := json.Unmarshal([]byte(plan), &tree); err != nil {
					t.Fatal(err)
				}
				for _, c := range tree["resource_changes"].([]any) {
					if c := c.(map[string]any); c["address"] == "ovh_iam_policy.auditors" {
						change := c["change"].(map[string]any)
						change["actions"] = []string{"update"}
						change["after_unknown"] = map[string]any{"conditions": []any{map[string]any{"values": json.RawMessage(test.unknown)}}}
					}
				}
				text, err := json.Marshal(tree)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			})
			isSaid := slices.ContainsFunc(report.Unknown, func(f planned.Finding) bool {
				return f.Check == "network_access.people_bound_to_addresses" && f.Attribute == "conditions" && f.Address == "ovh_iam_policy.auditors"
			})
			if !isSaid || !strings.Contains(strings.Join(report.Notes, " "), "has a condition that cannot be read") {
				t.Errorf("unknown %+v, worse %+v, notes %q", report.Unknown, report.Worse, report.Notes)
			}
		})
	}
}

// How long a new certificate will last is known before it exists: its validity says so, and the check of its end judges it.
func TestValidityOfANewCertificate(t *testing.T) {
	const (
		check   = "cmk_access_policy.certificates_current"
		address = "ovh_okms_credential.x"
		domain  = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	)
	unknown := object{"id": true, "created_at": true, "expired_at": true}
	certificate := object{"okms_id": domain, "name": "orders", "identity_urns": []any{"urn:v1:eu:identity:user:xx-ovh/a"}, "from_csr": true}
	for name, test := range map[string]struct {
		validity any
		worse    bool
		noted    bool
	}{
		"longer than is allowed anywhere": {366, true, true},
		"it depends on the environment":   {365, false, true},
		"known only after apply":          {nil, false, false},
		"no number of days":               {400.5, false, false},
		"a number that is no date":        {10000000, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			file := planOf(t, "ovh_okms_credential", nil, with(certificate, object{"validity": test.validity}), unknown, object{})
			report, err := judge(t, planned.Options{Plan: file, Domain: domain})
			if err != nil {
				t.Fatal(err)
			}
			worse := slices.ContainsFunc(report.Worse, func(f planned.Finding) bool {
				return f.Check == check && f.Address == address && f.Counts &&
					strings.Contains(f.Message, "is valid from 2026-11-20T00:00:00Z to 2027-11-21T00:00:00Z; expected are at most 365 days, wherever it is used")
			})
			if worse != test.worse {
				t.Errorf("worse: %v, expected %v: %+v", worse, test.worse, report.Worse)
			}
			if slices.ContainsFunc(report.Unknown, func(f planned.Finding) bool { return f.Attribute == "created_at" }) {
				t.Errorf("a finding rests on when it is assumed to be made: %+v", report.Unknown)
			}
			if noted := strings.Contains(strings.Join(report.Notes, " "), address+" is checked as if"); noted != test.noted {
				t.Errorf("noted: %v, expected %v: %q", noted, test.noted, report.Notes)
			}
		})
	}
}

// A replaced certificate of the evidence is judged for the environment of the one before it.
func TestValidityOfAReplacedCertificate(t *testing.T) {
	const address = "ovh_okms_credential.orders"
	for name, test := range map[string]struct {
		validity float64
		urn      string // empty for that of the evidence
		status   verdict.Status
	}{
		"too long for production": {200, "", verdict.Fail},
		"short enough":            {90, "", ""},
		"for another identity":    {90, "urn:v1:eu:identity:user:xx48213-ovh/other", verdict.Missing},
	} {
		t.Run(name, func(t *testing.T) {
			report := changed(t, func(plan string) string { return withCertificate(t, plan, address, test.urn, test.validity) })
			var status verdict.Status
			for _, f := range append(report.Worse, report.Unknown...) {
				if f.Check == "cmk_access_policy.certificates_current" && f.Address == address {
					status = f.Status
				}
			}
			if status != test.status {
				t.Errorf("%q, expected %q: worse %+v, unknown %+v", status, test.status, report.Worse, report.Unknown)
			}
		})
	}
}

// withCertificate is a plan that replaces a certificate of the evidence.
func withCertificate(t *testing.T, plan, address, urn string, validity float64) string {
	t.Helper()
	content, err := os.ReadFile("../../evidence/compliant/credentials.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.Parse("credentials.yaml", content, document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := doc.Lookup("/credentials/certificates")
	old := list.([]any)[0].(map[string]any)
	if old["environment"] != "production" {
		t.Fatalf("the first certificate is for %v", old["environment"])
	}
	before := object{
		"okms_id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "id": old["id"], "name": old["name"], "identity_urns": old["identity_urns"], "from_csr": true,
		"created_at": old["created_at"], "expired_at": old["expires_at"], "validity": 90,
	}
	after := with(before, object{"id": nil, "created_at": nil, "expired_at": nil, "validity": validity})
	if urn != "" {
		after["identity_urns"] = []any{urn}
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(plan), &tree); err != nil {
		t.Fatal(err)
	}
	resource := func(values object) object {
		return object{"address": address, "mode": "managed", "type": "ovh_okms_credential", "values": values, "sensitive_values": object{}}
	}
	for values, root := range map[*object]any{
		&before: tree["prior_state"].(map[string]any)["values"].(map[string]any)["root_module"],
		&after:  tree["planned_values"].(map[string]any)["root_module"],
	} {
		module := root.(map[string]any)
		module["resources"] = append(module["resources"].([]any), resource(*values))
	}
	tree["resource_changes"] = append(tree["resource_changes"].([]any), object{
		"address": address, "mode": "managed", "type": "ovh_okms_credential",
		"change": object{
			"actions": []any{"delete", "create"}, "before": before, "after": after,
			"after_unknown": object{"id": true, "created_at": true, "expired_at": true},
		},
	})
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
