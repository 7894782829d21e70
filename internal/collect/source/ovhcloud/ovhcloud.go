// Package ovhcloud reads facts about an OKMS domain, and about the account that it belongs to, from the OVHcloud API: keys,
// access certificates, IAM policies, users, API clients, log subscriptions and the streams that they feed. It asks by GET
// alone. The routes and names are those of the API's description (eu.api.ovh.com/console) as github.com/ovh/terraform-provider-ovh
// and the provider's documentation have them; what these do not document is not asked for.
package ovhcloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"raci-check/internal/collect"
	"raci-check/internal/collect/httpget"
	"raci-check/internal/collect/vocabulary"
	"raci-check/internal/evidence"
)

var fills = []string{
	"/account/user_count", "/account/users/*/login", "/account/users/*/person", "/account/users/*/status",
	"/account/users/*/privileged", "/account/root/mfa", "/account/root/ip_ranges",
	"/control_plane_logs/subscriptions/*/kind", "/control_plane_logs/subscriptions/*/stream_id",
	"/control_plane_logs/subscriptions/*/created_at",
	"/credentials/certificate_count", "/credentials/certificates/*/id", "/credentials/certificates/*/name",
	"/credentials/certificates/*/identity_urns", "/credentials/certificates/*/from_csr",
	"/credentials/certificates/*/created_at", "/credentials/certificates/*/expires_at",
	"/iam/policy_count", "/iam/policies/*/id", "/iam/policies/*/name", "/iam/policies/*/identity_kind",
	"/iam/policies/*/identities", "/iam/policies/*/identity_count", "/iam/policies/*/allow", "/iam/policies/*/action_count",
	"/iam/policies/*/resources", "/iam/policies/*/resource_count", "/iam/policies/*/source_ip_ranges", "/iam/policies/*/expires_at",
	"/iam/policies/*/read_only",
	"/keys/service_key_count", "/keys/service_keys/*/id", "/keys/service_keys/*/name", "/keys/service_keys/*/type",
	"/keys/service_keys/*/size", "/keys/service_keys/*/curve", "/keys/service_keys/*/operations",
	"/keys/service_keys/*/state", "/keys/service_keys/*/created_at", "/keys/service_keys/*/deactivation_reason",
	"/log_streams/streams/*/id", "/log_streams/streams/*/name", "/log_streams/streams/*/retention_days",
	"/log_streams/streams/*/hot_days", "/log_streams/streams/*/encrypted",
	"/management/api_client_count", "/management/api_clients/*/id", "/management/api_clients/*/kind",
	"/management/api_clients/*/scopes", "/management/api_clients/*/scope_count", "/management/api_clients/*/ip_ranges",
	"/management/api_clients/*/expires_at",
	"/people/people/*/id", "/people/people/*/logins", "/people/people/*/addresses",
	"/service_logs/subscriptions/*/kind", "/service_logs/subscriptions/*/stream_id",
	"/service_logs/subscriptions/*/created_at",
	"/subscription/entity/name", "/subscription/entity/legal_form", "/subscription/entity/country", "/subscription/entity/registration",
}

// Kind is the ovhcloud source.
var Kind = collect.Kind{
	Name:   "ovhcloud",
	Short:  "the OVHcloud API: keys, certificates, IAM policies, users, API clients, log subscriptions and streams",
	Method: collect.MethodAPI,
	Fills:  fills,
	Options: []collect.Option{
		{Name: "endpoint", Usage: "`name` of the API, such as ovh-eu, or its URL (default: OVH_ENDPOINT, or that of ovh.conf, or ovh-eu); credentials come from OVH_* variables or ovh.conf"},
	},
	New: func(values collect.Values, env collect.Env) (collect.Source, error) { return open(values, env) },
}

type source struct {
	access  *access
	form    *evidence.Form
	limits  httpget.Limits
	options httpget.Options
}

func open(values collect.Values, env collect.Env) (*source, error) {
	access, err := newAccess(values.Text("endpoint"), env.Getenv)
	if err != nil {
		return nil, err
	}
	options := httpget.Options{Dial: env.Dial}
	if env.Roots != nil {
		options.TLS = &tls.Config{RootCAs: env.Roots, MinVersion: tls.VersionTLS12}
	}
	return &source{access: access, form: env.Form, limits: httpget.DefaultLimits, options: options}, nil
}

func (s *source) Fills() []string { return fills }

// Collect reads the sections, some side by side.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	defer cancel()
	options := s.options
	options.Authorize = s.access.authorizer(ctx, options)
	client := httpget.New(options)
	defer client.Close()
	r := &reader{source: s, client: client, words: vocabulary.New(s.form, fills), request: request}
	if err := r.knowsDomain(ctx); err != nil {
		return collect.Result{}, err
	}
	r.policies = sync.OnceValues(func() ([]policy, error) { return r.readPolicies(ctx) })
	r.users = sync.OnceValues(func() ([]user, error) { return r.readUsers(ctx) })
	r.groups = sync.OnceValues(func() ([]group, error) { return r.readGroups(ctx) })
	r.serviceLogs = sync.OnceValues(func() ([]subscription, error) { return r.readServiceLogs(ctx) })
	r.accountLogs = sync.OnceValues(func() ([]subscription, error) { return r.readAccountLogs(ctx) })
	result := collect.Result{Failed: map[string]error{}}
	var group errgroup.Group
	group.SetLimit(sections)
	var mu sync.Mutex
	readers := map[string]func(context.Context) (collect.Part, error){
		"account": r.account, "control_plane_logs": r.controlPlaneLogs, "credentials": r.credentials, "iam": r.iam, "keys": r.keys,
		"log_streams": r.logStreams, "management": r.management, "people": r.people, "service_logs": r.okmsLogs, "subscription": r.subscription,
	}
	for _, section := range slices.Sorted(maps.Keys(readers)) {
		group.Go(func() error {
			part, err := readers[section](ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				result.Failed[section] = err
				return nil
			}
			if part.Fields == nil { // there is nothing to tell of it
				return nil
			}
			part.Section = section
			result.Parts = append(result.Parts, part)
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in Failed
	if len(result.Parts) == 0 {
		if ctx.Err() != nil {
			return collect.Result{}, context.Cause(ctx)
		}
		var all []error
		for _, section := range slices.Sorted(maps.Keys(result.Failed)) {
			all = append(all, fmt.Errorf("%s: %w", section, result.Failed[section]))
		}
		return collect.Result{}, errors.Join(all...)
	}
	slices.SortFunc(result.Parts, func(a, b collect.Part) int { return strings.Compare(a.Section, b.Section) })
	result.Notes = append(r.notes.all(), r.words.Notes()...)
	return result, nil
}

// reader reads one domain and its account.
type reader struct {
	*source
	client  *httpget.Client
	words   *vocabulary.Words
	request collect.Request
	notes   notes

	// What more than one section rests on is read once.
	policies                 func() ([]policy, error)
	users                    func() ([]user, error)
	groups                   func() ([]group, error)
	serviceLogs, accountLogs func() ([]subscription, error)
}

// notes are what a person should know; they can be added to by several goroutines.
type notes struct {
	mu    sync.Mutex
	texts []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.texts = append(n.texts, fmt.Sprintf(format, args...))
}

// all are the notes, sorted: they come in any order.
func (n *notes) all() []string { return slices.Sorted(slices.Values(n.texts)) }

// question is what the API is asked.
type question struct {
	doing  string // what is asked for, as messages say it
	action string // the IAM action that it needs
	route  string // such as /v2/iam/policy
}

func (r *reader) get(ctx context.Context, q question, header http.Header, into any) (http.Header, error) {
	answered, err := r.client.Get(ctx, r.access.root+q.route, header, into)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w", q.doing, q.route, explained(err, q.action))
	}
	return answered, nil
}

// list reads all pages of a list of API v2, sorted by name.
func list[T any](ctx context.Context, r *reader, q question, name func(T) string) ([]T, error) {
	r.request.Progress(q.doing)
	all, err := httpget.List[T](r.limits, q.doing, r.request.Progress, func(doing string, header http.Header, into any) (http.Header, error) {
		return r.get(ctx, question{doing, q.action, q.route}, header, into)
	})
	if err == nil {
		err = httpget.Sort(q.doing, all, name)
	}
	return all, err
}

// How much is asked for at once.
const (
	sections = 3
	atOnce   = 4 // items of a list of API v1
)

// each asks for the ids of a list of API v1 and then for each item, in the order of the ids. An item that is gone in the
// meantime makes the list another one than was read: it is an error like any other.
func each[ID int64 | string, T any](ctx context.Context, r *reader, q question) ([]T, error) {
	r.request.Progress(q.doing)
	var ids []ID
	if _, err := r.get(ctx, q, nil, &ids); err != nil {
		return nil, err
	}
	switch {
	case ids == nil:
		return nil, fmt.Errorf("%s: GET %s: the answer is not a list", q.doing, q.route)
	case len(ids) > r.limits.Items:
		return nil, fmt.Errorf("%s: more than %d items, which no known account has", q.doing, r.limits.Items)
	}
	name := func(id ID) string { return fmt.Sprint(id) }
	if err := httpget.Sort(q.doing, ids, name); err != nil {
		return nil, err
	}
	items := make([]T, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, id := range ids {
		group.Go(func() error {
			_, err := r.get(ctx, question{fmt.Sprintf("%s, %v", q.doing, id), q.action, q.route + "/" + url.PathEscape(name(id))}, nil, &items[i])
			return err
		})
	}
	return items, group.Wait()
}

// domain is okms.resource.Response without its certificate authority.
type domain struct {
	IAM struct {
		DisplayName string `json:"displayName"`
	} `json:"iam"`
	ID     string `json:"id"`
	Region string `json:"region"`
}

// knowsDomain fails where the account has no such domain.
func (r *reader) knowsDomain(ctx context.Context) error {
	const doing = "find the domain"
	r.request.Progress(doing)
	var found domain
	if _, err := r.get(ctx, question{doing, "okms:apiovh:resource/get", r.okms("")}, nil, &found); err != nil {
		var failed *httpget.StatusError
		if errors.As(err, &failed) && failed.Status == http.StatusNotFound {
			return fmt.Errorf("%w: is the service's id that of a domain of this account, at this endpoint?", err)
		}
		return err
	}
	if !strings.EqualFold(found.ID, r.request.ServiceID) {
		return fmt.Errorf("%s: the API answers with the domain %.80q, requested was %s", doing, found.ID, r.request.ServiceID)
	}
	r.notes.add("the domain %.80q is in the region %.80q; lists have only what the credentials may get, and the API does not say whether there is more",
		found.IAM.DisplayName, found.Region)
	return nil
}

// okms is a route of the domain.
func (r *reader) okms(below string) string { return "/v2/okms/resource/" + r.request.ServiceID + below }
