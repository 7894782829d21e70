// Package terraform reads facts about an OKMS domain from Terraform's state: a state file (version 4) or the output of
// `terraform show -json`. It tells what the documentation of the ovh provider says of its attributes
// (github.com/ovh/terraform-provider-ovh, docs/). A state holds what Terraform manages, and is as old as its last refresh:
// so it proves no count of what there is.
package terraform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"raci-check/internal/collect"
	"raci-check/internal/collect/ovhterms"
	"raci-check/internal/safefile"
)

// Kind is the terraform source.
var Kind = collect.Kind{
	Name:   "terraform",
	Short:  "Terraform state or `terraform show -json`: keys, certificates, secrets, IAM policies, streams, users",
	Method: collect.MethodExport,
	Fills: []string{
		"/account/users/*/login", "/account/users/*/person", "/account/users/*/status",
		"/credentials/certificates/*/id", "/credentials/certificates/*/name", "/credentials/certificates/*/identity_urns",
		"/credentials/certificates/*/from_csr", "/credentials/certificates/*/created_at", "/credentials/certificates/*/expires_at",
		"/iam/policies/*/id", "/iam/policies/*/name", "/iam/policies/*/identities", "/iam/policies/*/identity_count",
		"/iam/policies/*/allow", "/iam/policies/*/action_count", "/iam/policies/*/resources", "/iam/policies/*/resource_count",
		"/iam/policies/*/source_ip_ranges", "/iam/policies/*/expires_at",
		"/keys/service_keys/*/id", "/keys/service_keys/*/name", "/keys/service_keys/*/type", "/keys/service_keys/*/size",
		"/keys/service_keys/*/curve", "/keys/service_keys/*/operations", "/keys/service_keys/*/state",
		"/keys/service_keys/*/created_at", "/keys/service_keys/*/deactivation_reason",
		"/log_streams/streams/*/id", "/log_streams/streams/*/name", "/log_streams/streams/*/retention_days",
		"/log_streams/streams/*/hot_days",
		"/management/api_clients/*/id", "/management/api_clients/*/kind", "/management/terraform_state/sensitive_values",
		"/secrets/secrets/*/path", "/secrets/secrets/*/current_version_created_at", "/secrets/secrets/*/max_versions",
		"/secrets/secrets/*/deactivate_version_after_hours", "/secrets/secrets/*/cas_required",
	},
	Options: []collect.Option{
		{Name: "state", Usage: "`file` with the state, or with the output of terraform show -json", Required: true, Path: true},
	},
	New: func(values collect.Values, _ collect.Env) (collect.Source, error) {
		return &source{values.Text("state"), maxState}, nil
	},
}

// maxState is the largest state that is read, in bytes.
const maxState = 256 << 20

type source struct {
	file  string
	limit int64
}

func (s *source) Fills() []string { return Kind.Fills }

// Collect reads the state.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	request.Progress("reading " + s.file)
	content, err := safefile.Read(s.file, s.limit)
	if err != nil {
		return collect.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return collect.Result{}, fmt.Errorf("read %s: %w", s.file, err)
	}
	resources, err := parse(s.file, content)
	if err != nil {
		return collect.Result{}, err
	}
	r := &reader{file: s.file, domain: request.ServiceID, resources: resources, result: collect.Result{Failed: map[string]error{}}}
	if err := r.knowsDomain(); err != nil {
		return collect.Result{}, err
	}
	r.keys()
	r.credentials()
	r.secrets()
	r.policies()
	r.streams()
	r.users()
	r.management()
	return r.result, nil
}

// reader turns resources into parts of sections.
type reader struct {
	file      string
	domain    string
	resources []resource
	result    collect.Result
}

func (r *reader) note(format string, args ...any) {
	r.result.Notes = append(r.result.Notes, fmt.Sprintf(format, args...))
}

// knowsDomain fails where the state holds nothing of the domain: it is then another one's.
func (r *reader) knowsDomain() error {
	others := map[string]bool{}
	for _, one := range r.resources {
		id := one.text("okms_id")
		if one.Type == "ovh_okms" {
			id = one.text("id")
		}
		if strings.EqualFold(id, r.domain) {
			return nil
		}
		if id != "" {
			others[id] = true
		}
	}
	if len(others) == 0 {
		return fmt.Errorf("%s has no OKMS resource: is it the right state?", r.file)
	}
	return fmt.Errorf("%s has nothing of the domain %s, but of %s: is it the right state, and the right --service-id?",
		r.file, r.domain, strings.Join(slices.Sorted(maps.Keys(others)), ", "))
}

// of is the resources of some types that belong to the domain, and those that belong to none. What a data source repeats of
// a managed resource is left out.
func (r *reader) of(identity string, types ...string) []resource {
	var found []resource
	for _, one := range r.resources {
		if id := one.text("okms_id"); slices.Contains(types, one.Type) && (id == "" || strings.EqualFold(id, r.domain)) {
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, func(a, b resource) int {
		return cmp.Or(strings.Compare(a.text(identity), b.text(identity)), -strings.Compare(a.Mode, b.Mode))
	})
	return slices.CompactFunc(found, func(a, b resource) bool {
		return a.text(identity) == b.text(identity) && (a.Mode == "data" || b.Mode == "data")
	})
}

// put adds a section with one list, of what an item makes of each resource.
func (r *reader) put(section, list string, resources []resource, item func(resource) (map[string]any, error)) {
	if len(resources) == 0 {
		return
	}
	items := []any{}
	raw := []any{}
	for _, one := range resources {
		fields, err := item(one)
		if err != nil {
			r.result.Failed[section] = fmt.Errorf("%s: %s: %w", r.file, one.Address, err)
			return
		}
		items = append(items, fields)
		raw = append(raw, one.raw())
	}
	r.result.Parts = append(r.result.Parts, collect.Part{
		Section: section, Fields: map[string]any{list: items},
		Answers: []collect.Answer{{Origin: r.file, Body: raw}},
	})
}

// fields are some attributes under their names in evidence; one that is null, empty or 0 is left out.
func fields(one resource, names map[string]string) map[string]any {
	filled := map[string]any{}
	for name, attribute := range names {
		if value := one.value(attribute); !empty(value) {
			filled[name] = value
		}
	}
	return filled
}

func (r *reader) keys() {
	r.put("keys", "service_keys", r.of("id", "ovh_okms_service_key", "ovh_okms_service_key_jwk", "ovh_okms_service_key_pem"),
		func(one resource) (map[string]any, error) {
			key := fields(one, map[string]string{
				"id": "id", "name": "name", "type": "type", "size": "size", "curve": "curve", "operations": "operations", "created_at": "created_at",
			})
			for name, attribute := range map[string]string{"state": "state", "deactivation_reason": "deactivation_reason"} {
				if text := one.text(attribute); text != "" {
					key[name] = strings.ToLower(text) // the provider has ACTIVE, COMPROMISED and DEACTIVATED
				}
			}
			return key, instants(key, "created_at")
		})
}

func (r *reader) credentials() {
	r.put("credentials", "certificates", r.of("id", "ovh_okms_credential"), func(one resource) (map[string]any, error) {
		certificate := fields(one, map[string]string{
			"id": "id", "name": "name", "identity_urns": "identity_urns", "created_at": "created_at", "expires_at": "expired_at",
		})
		if fromCSR, isBool := one.value("from_csr").(bool); isBool {
			certificate["from_csr"] = fromCSR
		}
		return certificate, instants(certificate, "created_at", "expires_at")
	})
}

func (r *reader) secrets() {
	r.put("secrets", "secrets", r.of("path", "ovh_okms_secret"), func(one resource) (map[string]any, error) {
		secret := fields(one, map[string]string{
			"path": "path", "max_versions": "metadata/max_versions", "cas_required": "metadata/cas_required",
			"current_version_created_at": "version/created_at",
		})
		if required, isBool := one.value("metadata/cas_required").(bool); isBool {
			secret["cas_required"] = required
		}
		if text := one.text("metadata/deactivate_version_after"); text != "" {
			if hours, whole := ovhterms.WholeHours(text); whole {
				secret["deactivate_version_after_hours"] = hours
			} else {
				r.note("%s: deactivate_version_after is %s, not a whole number of hours: it is left out", one.Address, text)
			}
		}
		return secret, instants(secret, "current_version_created_at")
	})
}

// policies are the IAM policies that can touch the domain.
func (r *reader) policies() {
	touching := slices.DeleteFunc(r.of("id", "ovh_iam_policy"), func(one resource) bool { return !ovhterms.Touches(one.texts("resources"), r.domain) })
	r.put("iam", "policies", touching, func(one resource) (map[string]any, error) {
		policy := fields(one, map[string]string{
			"id": "id", "name": "name", "identities": "identities", "resources": "resources", "allow": "allow", "expires_at": "expired_at",
		})
		counts := map[string]string{"identity_count": "identities", "resource_count": "resources", "action_count": "allow"}
		if len(one.texts("permissions_groups")) > 0 {
			r.note("%s also uses permissions groups, whose actions are not in the state: allow is left out", one.Address)
			delete(policy, "allow")
			delete(counts, "action_count")
		}
		for count, list := range counts {
			policy[count] = len(one.texts(list))
		}
		ranges, err := ovhterms.SourceRanges(one.value("conditions"))
		if err != nil {
			return nil, err
		}
		if len(ranges) > 0 {
			policy["source_ip_ranges"] = ranges
		}
		return policy, instants(policy, "expires_at")
	})
}

func (r *reader) streams() {
	retentions := map[string]string{}
	for _, one := range r.of("retention_id", "ovh_dbaas_logs_cluster_retention") {
		if kind := one.text("retention_type"); kind == "" || kind == "LOGS_INDEXING" {
			retentions[one.text("retention_id")] = one.text("duration")
		}
	}
	r.put("log_streams", "streams", r.of("stream_id", "ovh_dbaas_logs_output_graylog_stream"), func(one resource) (map[string]any, error) {
		stream := fields(one, map[string]string{"id": "stream_id", "name": "title"})
		duration, known := retentions[one.text("retention_id")]
		if !known {
			r.note("%s: no data source ovh_dbaas_logs_cluster_retention has its retention: it is left out", one.Address)
			return stream, nil
		}
		days, err := ovhterms.WholeDays(duration)
		if err != nil {
			return nil, err
		}
		stream["hot_days"], stream["retention_days"] = days, days
		if cold, _ := one.value("cold_storage_enabled").(bool); cold {
			years, isNumber := number(one.value("cold_storage_retention"))
			if !isNumber || years <= 0 {
				delete(stream, "retention_days")
				return stream, nil
			}
			stream["retention_days"] = max(days, int(years)*365)
		}
		return stream, nil
	})
}

func (r *reader) users() {
	r.put("account", "users", r.of("login", "ovh_me_identity_user"), func(one resource) (map[string]any, error) {
		user := fields(one, map[string]string{"login": "login", "person": "email"})
		status, known := ovhterms.UserStatus(one.text("status"))
		if !known {
			r.note("%s has the unknown status %s: it is left out", one.Address, one.text("status"))
		}
		if status != "" {
			user["status"] = status
		}
		return user, nil
	})
}

// management counts the secrets that stand in the state, of any provider, and lists the API clients in it.
func (r *reader) management() {
	r.put("management", "api_clients", r.of("client_id", "ovh_me_api_oauth2_client"), func(one resource) (map[string]any, error) {
		client := fields(one, map[string]string{"id": "client_id"})
		client["kind"] = "oauth2_service_account"
		return client, nil
	})
	found := 0
	by := map[string]int{}
	for _, one := range r.resources {
		if n := one.secrets(); n > 0 {
			found += n
			by[one.Address] += n
		}
	}
	counted := map[string]any{}
	for address, n := range by {
		counted[address] = n
	}
	answer := collect.Answer{Origin: r.file, Body: map[string]any{"sensitive_values": counted}}
	state := map[string]any{"sensitive_values": found}
	if i := slices.IndexFunc(r.result.Parts, func(p collect.Part) bool { return p.Section == "management" }); i >= 0 {
		r.result.Parts[i].Fields["terraform_state"] = state
		r.result.Parts[i].Answers = append(r.result.Parts[i].Answers, answer)
		return
	}
	if r.result.Failed["management"] == nil {
		r.result.Parts = append(r.result.Parts, collect.Part{
			Section: "management", Fields: map[string]any{"terraform_state": state}, Answers: []collect.Answer{answer},
		})
	}
}

// instants writes instants as evidence has them, in UTC.
func instants(filled map[string]any, names ...string) error {
	var errs []error
	for _, name := range names {
		text, isText := filled[name].(string)
		if !isText {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is %q: expected an RFC 3339 time", name, text))
			continue
		}
		filled[name] = at.UTC().Format(time.RFC3339)
	}
	return errors.Join(errs...)
}
