// Package ovhcloud reads facts about an OKMS domain, and about the account that it belongs to, from the OVHcloud API: keys,
// access certificates, IAM policies, users, API clients, log subscriptions and the streams that they feed. It asks by GET
// alone. The routes are those of the API's description (eu.api.ovh.com/console) as github.com/ovh/terraform-provider-ovh and the
// provider's documentation have them; what these do not document is not asked for. internal/collect/reader/ovhcloud reads the
// answers.
package ovhcloud

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
	"github.com/raci-check/raci-check/internal/evidence"
)

var Kind = collect.Kind{
	Name:   "ovhcloud",
	Short:  "the OVHcloud API: keys, certificates, IAM policies, users, API clients, log subscriptions and streams",
	Method: collect.MethodAPI,
	Fills:  interpret.Fills,
	Options: []collect.Option{
		{Name: "endpoint", Usage: "`name` of the API, such as ovh-eu, or its URL (default: OVH_ENDPOINT, or that of ovh.conf, or ovh-eu); credentials come from OVH_* variables or ovh.conf"},
	},
	New: func(values collect.Values, env collect.Env) (collect.Source, error) { return open(values, env) },
}

type source struct {
	access *access
	form   *evidence.Form
	// published is the reference data; nil where there is none to compare with.
	published map[string]any
	limits    httpget.Limits
	options   httpget.Options
}

func open(values collect.Values, env collect.Env) (*source, error) {
	access, err := accessOf(values, env)
	if err != nil {
		return nil, err
	}
	access.record(env.Tape)
	options := httpget.Options{Dial: env.Dial, Tape: env.Tape.HTTP()}
	if env.Roots != nil {
		options.TLS = &tls.Config{RootCAs: env.Roots, MinVersion: tls.VersionTLS12}
	}
	return &source{access: access, form: env.Form, published: env.Reference, limits: httpget.DefaultLimits, options: options}, nil
}

func (s *source) Fills() []string { return interpret.Fills }

// open makes what asks for as long as it may take; end closes it.
func (s *source) open(ctx context.Context, request collect.Request) (_ context.Context, r *reader, end func()) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	options := s.options
	options.Authorize = s.access.authorizer(ctx, options)
	client := httpget.New(options)
	return ctx, &reader{source: s, client: client, request: request}, func() {
		client.Close()
		cancel()
	}
}

// Collect reads the sections, some side by side.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	ctx, r, end := s.open(ctx, request)
	defer end()
	service, err := r.knowsDomain(ctx)
	if err != nil {
		return collect.Result{}, err
	}
	r.policies = sync.OnceValues(func() ([]interpret.Policy, error) { return r.readPolicies(ctx) })
	r.users = sync.OnceValues(func() ([]interpret.User, error) { return r.readUsers(ctx) })
	r.groups = sync.OnceValues(func() ([]interpret.Group, error) { return r.readGroups(ctx) })
	r.serviceLogs = sync.OnceValues(func() ([]logs, error) { return r.readServiceLogs(ctx) })
	r.accountLogs = sync.OnceValues(func() ([]logs, error) { return r.readAccountLogs(ctx) })
	result := collect.Result{Failed: map[string]error{}, Service: service}
	var group errgroup.Group
	group.SetLimit(sections)
	var mu sync.Mutex
	asks := map[string]func(context.Context) ([]collect.Answer, error){
		"account": r.account, "control_plane_logs": r.controlPlaneLogs, "credentials": r.credentials, "iam": r.iam, "keys": r.keys,
		"log_streams": r.logStreams, "management": r.management, "people": r.people, "service_logs": r.okmsLogs, "subscription": r.subscription,
	}
	for _, section := range slices.Sorted(maps.Keys(asks)) {
		group.Go(func() error {
			answers, err := asks[section](ctx)
			var part collect.Part
			if err == nil && answers != nil {
				part, err = interpret.Reader.Read(collect.ReadRequest{Section: section, Service: request.ServiceID, At: request.At, Form: s.form, Answers: answers})
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				result.Failed[section] = err
				return nil
			}
			if part.Fields == nil { // there is nothing to tell of it
				return nil
			}
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
	result.Notes = r.notes.all()
	for _, part := range result.Parts {
		result.Notes = append(result.Notes, part.Notes...)
	}
	return result, nil
}

// reader reads one domain and its account.
type reader struct {
	*source
	client  *httpget.Client
	request collect.Request
	notes   notes
	// What the API says of the domain: its region as it spells it, and how many keys there are, those that are not listed too; nil
	// where it does not say so.
	region   string
	keyCount *int

	// What more than one section rests on is read once.
	permissions              map[string]interpret.PermissionsGroup // that policies use, by URN; there once policies are read
	policies                 func() ([]interpret.Policy, error)
	users                    func() ([]interpret.User, error)
	groups                   func() ([]interpret.Group, error)
	serviceLogs, accountLogs func() ([]logs, error)
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
// meantime makes the list another one than was read: it is an error like any other, and so is an answer about another item.
func each[ID int64 | string, T any](ctx context.Context, r *reader, q question, idOf func(T) ID) ([]T, error) {
	r.request.Progress(q.doing)
	var ids []ID
	if _, err := r.get(ctx, q, nil, &ids); err != nil {
		return nil, err
	}
	switch {
	case ids == nil:
		return nil, fmt.Errorf("%s: GET %s: the answer is not a list", q.doing, q.route)
	case len(ids) > r.limits.Items:
		return nil, fmt.Errorf("%s: there are %d: %w", q.doing, len(ids), r.limits.TooMany("items"))
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
			itemQuestion := question{fmt.Sprintf("%s, %v", q.doing, id), q.action, q.route + "/" + url.PathEscape(name(id))}
			_, err := r.get(ctx, itemQuestion, nil, &items[i])
			if err == nil && reflect.ValueOf(items[i]).IsZero() { // it would be left out, or stand for somebody without a name
				err = fmt.Errorf("%s: GET %s: the answer has none of the fields that are read", itemQuestion.doing, itemQuestion.route)
			}
			return cmp.Or(err, isOf(itemQuestion.doing, itemQuestion.route, name(id), name(idOf(items[i]))))
		})
	}
	return items, group.Wait()
}

// isOf fails for an answer about another object than the one that was asked about: that one would be missing, and this one be there twice.
func isOf(doing, route, id, answer string) error {
	if strings.EqualFold(id, answer) {
		return nil
	}
	return fmt.Errorf("%s: GET %s: the API answers about %.80q", doing, route, answer)
}

// domain is okms.resource.Response without its certificate authority.
type domain struct {
	IAM struct {
		DisplayName string `json:"displayName"`
	} `json:"iam"`
	ID     string `json:"id"`
	Keys   *int   `json:"serviceKeyCount"`
	Region string `json:"region"`
}

// knowsDomain answers the domain. It fails where the account has no such domain.
func (r *reader) knowsDomain(ctx context.Context) (collect.Service, error) {
	const doing = "find the domain"
	r.request.Progress(doing)
	var answer domain
	if _, err := r.get(ctx, question{doing, "okms:apiovh:resource/get", r.okms("")}, nil, &answer); err != nil {
		if absent(err) {
			return collect.Service{}, fmt.Errorf("%w: is the service's id that of a domain of this account, at this endpoint?", err)
		}
		return collect.Service{}, err
	}
	if !strings.EqualFold(answer.ID, r.request.ServiceID) {
		return collect.Service{}, fmt.Errorf("%s: the API answers with the domain %.80q, requested was %s", doing, answer.ID, r.request.ServiceID)
	}
	r.region, r.keyCount = answer.Region, answer.Keys
	r.notes.add("the domain %.80q is in the region %.80q; lists have only what the credentials may get, and the API does not say whether there is more",
		answer.IAM.DisplayName, answer.Region)
	return collect.Service{ID: r.request.ServiceID, Name: answer.IAM.DisplayName, Region: answer.Region}, nil
}

func (r *reader) okms(below string) string { return interpret.Domain(r.request.ServiceID) + below }

// answered is a raw answer of a route.
func (r *reader) answered(route string, body any) []collect.Answer {
	return []collect.Answer{{Origin: r.access.root + route, Body: body}}
}
