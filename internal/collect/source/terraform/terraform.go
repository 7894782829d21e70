// Package terraform reads facts about an OKMS domain from Terraform's state: a state file (version 4) or the output of
// `terraform show -json`. A state holds what Terraform manages, and is as old as its last refresh: so it proves no count of
// what there is.
package terraform

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect"
	reader "github.com/raci-check/raci-check/internal/collect/reader/terraform"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
)

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
		"/keys/service_keys/*/created_at", "/keys/service_keys/*/deactivation_reason", "/keys/service_keys/*/origin",
		"/log_streams/streams/*/id", "/log_streams/streams/*/name", "/log_streams/streams/*/retention_days",
		"/log_streams/streams/*/hot_days",
		"/management/api_clients/*/id", "/management/api_clients/*/kind", "/management/terraform_state/sensitive_values",
		"/secrets/secrets/*/path", "/secrets/secrets/*/current_version_created_at", "/secrets/secrets/*/max_versions",
		"/secrets/secrets/*/deactivate_version_after_hours", "/secrets/secrets/*/cas_required",
	},
	Options: []collect.Option{
		{Name: "state", Usage: "`file` with the state, or with the output of terraform show -json", Required: true, Path: true},
	},
	New: func(values collect.Values, env collect.Env) (collect.Source, error) {
		return &source{values.Text("state"), maxState, env.Form, env.Tape}, nil
	},
}

// maxState is the largest state that is read, in bytes.
const maxState = 256 << 20

type source struct {
	file  string
	limit int64
	form  *evidence.Form
	tape  *session.Tape
}

func (s *source) Fills() []string { return Kind.Fills }

// Collect reads the state.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	if s.tape.Replays() {
		return s.replayed(ctx, request)
	}
	request.Progress("reading " + s.file)
	state, err := s.read(ctx)
	if err != nil {
		s.recordFault(err)
		return collect.Result{}, err
	}
	all := state.kept()
	if err := s.record(all); err != nil {
		return collect.Result{}, err
	}
	return s.told(all, request.ServiceID)
}

func (s *source) read(ctx context.Context) (contents, error) {
	content, err := safefile.Read(s.file, s.limit)
	if err != nil {
		return contents{}, err
	}
	if err := ctx.Err(); err != nil {
		return contents{}, fmt.Errorf("read %s: %w", s.file, err)
	}
	return parse(s.file, content)
}

// keptState is what is kept of a state.
type keptState struct {
	Resources []reader.Resource `json:"resources"`
	Counted   reader.Counted    `json:"counted"`
}

func (c contents) kept() keptState {
	all := keptState{Counted: reader.Counted{Unmarked: c.unmarked, Values: []reader.Sensitive{}}}
	for _, resource := range c.resources {
		if reader.Known(resource.Type) {
			all.Resources = append(all.Resources, resource.kept())
		}
		if n := resource.secrets(); n > 0 {
			all.Counted.Values = append(all.Counted.Values, reader.Sensitive{Address: resource.Address, Count: n})
		}
	}
	slices.SortStableFunc(all.Counted.Values, func(a, b reader.Sensitive) int { return strings.Compare(a.Address, b.Address) })
	return all
}

// told is what resources tell, read from what is kept of them.
func (s *source) told(state keptState, domain string) (collect.Result, error) {
	result := collect.Result{Failed: map[string]error{}}
	kept, counted := state.Resources, state.Counted
	if err := s.knowsDomain(kept, domain); err != nil {
		return collect.Result{}, err
	}
	result.Service = domainOf(kept, domain)
	for _, section := range reader.Sections() {
		for _, d := range reader.Disagreements(section, domain, kept) {
			text := fmt.Sprintf("%s and %s are the same, and tell %s otherwise", d.Read, d.Other, d.Attribute)
			if d.ByData {
				result.Failed[section] = fmt.Errorf("%s: %s: run `terraform apply -refresh-only`", s.file, text)
				continue
			}
			result.Notes = append(result.Notes, fmt.Sprintf("%s: %s: the first is read; run `terraform apply -refresh-only`", filepath.Base(s.file), text))
		}
		if result.Failed[section] != nil {
			continue
		}
		var answers []collect.Answer
		if selected := reader.Select(section, domain, kept); len(selected) > 0 {
			if of, attribute := reader.Unidentified(section, selected); attribute != "" {
				result.Failed[section] = fmt.Errorf("%s: %s has no %s that can be read, which tells it from others: "+
					"run `terraform apply -refresh-only`, or remove it from the state if it is gone", s.file, of, attribute)
				continue
			}
			answers = append(answers, collect.Answer{Origin: s.file, Body: selected})
		}
		if section == "management" { // it has the secrets that stand in the state, of any provider
			answers = append(answers, collect.Answer{Origin: s.file, Body: counted})
		}
		part, err := reader.Reader.Read(collect.ReadRequest{Section: section, Service: domain, Form: s.form, Answers: answers})
		switch {
		case err != nil:
			result.Failed[section] = err
		case part.Fields != nil:
			result.Parts = append(result.Parts, part)
			result.Notes = append(result.Notes, part.Notes...)
		default:
			result.Notes = append(result.Notes, part.Notes...)
		}
	}
	return result, nil
}

// domainOf is what resources tell of the domain itself, and not of what is in it.
func domainOf(resources []reader.Resource, domain string) collect.Service {
	of := collect.Service{ID: domain}
	for _, resource := range resources {
		if resource.Deposed || !strings.EqualFold(ownID(resource), domain) {
			continue
		}
		of.Name = cmp.Or(of.Name, resource.Text("display_name"), resource.Text("iam/display_name"))
		of.Region = cmp.Or(of.Region, resource.Text("region"))
	}
	return of
}

// ownID is the id of the domain that a resource is; empty for any other resource.
func ownID(resource reader.Resource) string {
	if resource.Type != "ovh_okms" && resource.Type != "ovh_okms_resource" {
		return ""
	}
	return cmp.Or(resource.Text("okms_id"), resource.Text("id"))
}

// knowsDomain fails where the state holds nothing of the domain: it is then another one's.
func (s *source) knowsDomain(resources []reader.Resource, domain string) error {
	domains := Domains(resources)
	if slices.Contains(domains, strings.ToLower(domain)) {
		return nil
	}
	if len(domains) == 0 {
		return fmt.Errorf("%s has no OKMS resource: is it the right state?", s.file)
	}
	return fmt.Errorf("%s has nothing of the domain %s, but of %s: is it the right state, and the right --service-id?",
		s.file, domain, strings.Join(domains, ", "))
}
