package ovhcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// rights asks for what the source asks, once each.
type rights struct {
	*reader
	ctx context.Context // of the check
	all []collect.Right
	// item is the last that first was answered.
	item json.RawMessage
	// away is the error after which nothing can be asked any more.
	away error
}

// Rights asks for the domain, for one item of each list, and for one of what items lead to.
func (s *source) Rights(ctx context.Context, request collect.Request) []collect.Right {
	ctx, asker, end := s.open(ctx, request)
	defer end()
	r := &rights{reader: asker, ctx: ctx}
	r.domain()
	r.identities()
	r.logs()
	return r.all
}

func (r *rights) domain() {
	everything := map[string]bool{}
	var sections []string
	for _, field := range interpret.Fills {
		if section := "/" + strings.SplitN(field, "/", 3)[1]; !everything[section] {
			everything[section] = true
			sections = append(sections, section)
		}
	}
	var answer domain
	ask(r, question{"find the domain", "okms:apiovh:resource/get", r.okms("")}, &answer, sections...)
	if right := &r.all[0]; right.State == collect.RightWorks && !strings.EqualFold(answer.ID, r.request.ServiceID) {
		*right = collect.RightOf(*right, fmt.Errorf("find the domain: the API answers with the domain %.80q, requested was %s", answer.ID, r.request.ServiceID))
	}
	r.page(question{"list service keys", "okms:apiovh:serviceKey/get", r.okms(interpret.Keys)}, new([]interpret.ServiceKey), "/keys")
	r.page(question{"list certificates", "okms:apiovh:credential/get", r.okms(interpret.Credentials)}, new([]interpret.Credential), "/credentials")
	var policies []interpret.Policy
	r.page(question{"list IAM policies", "account:apiovh:iam/policy/get", interpret.Policies}, &policies, "/iam", "/account", "/management")
	route := ""
	for _, policy := range policies {
		for _, group := range policy.PermissionsGroups {
			route = permissionsRoute(group.URN)
		}
	}
	r.below(question{"read a permissions group", "account:apiovh:iam/permissionsGroup/get", route}, interpret.PermissionsGroups+"/{urn}", new(interpret.PermissionsGroup),
		"/iam/policies/*/allow", "/iam/policies/*/action_count", "/account/users/*/privileged", "/management/api_clients/*/scopes", "/management/api_clients/*/scope_count")
}

func (r *rights) identities() {
	user := first[string](r, question{"list users", "account:apiovh:me/identity/user/get", interpret.Users}, "/account", "/management", "/people")
	first[string](r, question{"list user groups", "account:apiovh:me/identity/group/get", interpret.Groups}, "/account", "/management")
	route := ""
	if user != "" {
		route = interpret.TokenRoute(user)
	}
	r.below(question{"list tokens of a user", "account:apiovh:me/identity/user/token/get", route}, interpret.Users+"/{user}/token", new([]string), "/management")
	ask(r, federation, new(interpret.Provider), "/account/federation", "/account/groups")
	first[string](r, question{"list OAuth2 clients", "account:apiovh:me/api/oauth2/client/get", interpret.OAuth2Clients}, "/management")
	first[int64](r, question{"list application keys", "account:apiovh:me/api/credential/get", interpret.APICredentials}, "/management")
	ask(r, question{"read the account", "account:apiovh:me/get", interpret.Me}, new(map[string]any), "/subscription")
	ask(r, question{"read the root identity's rule for other addresses", "", interpret.DefaultRuleRoute}, new(interpret.DefaultRule), "/account/root")
}

func (r *rights) logs() {
	r.page(question{"list kinds of log", "okms:apiovh:log/kind/get", r.okms(interpret.LogKinds)}, new([]interpret.LogKind), "/service_logs", "/log_streams")
	var fed []interpret.Subscription
	r.page(question{"list log subscriptions", "okms:apiovh:log/subscription/get", r.okms(interpret.LogSubscriptions)}, &fed, "/service_logs", "/log_streams")
	for _, log := range interpret.AccountLogs {
		q := question{"list subscriptions of " + log.Kind, log.Action, log.Route}
		if strings.HasPrefix(log.Route, "/v2/") {
			var more []interpret.Subscription
			r.page(q, &more, "/control_plane_logs", "/log_streams")
			fed = append(fed, more...)
			continue
		}
		var subscription interpret.Subscription
		if id := first[string](r, q, "/control_plane_logs", "/log_streams"); id != "" && json.Unmarshal(r.item, &subscription) == nil {
			fed = append(fed, subscription)
		}
	}
	const streams, retentions = "/v1/dbaas/logs/{service}/output/graylog/stream/{stream}", "/v1/dbaas/logs/{service}/cluster/{cluster}/retention/{retention}"
	stream, route, platform := interpret.Stream{}, "", ""
	for _, subscription := range fed {
		if subscription.StreamID != "" && subscription.ServiceName != "" {
			platform = interpret.Platform(subscription.ServiceName)
			route = interpret.StreamRoute(platform, subscription.StreamID)
			break
		}
	}
	r.below(question{"read a stream", "ldp:apiovh:output/graylog/stream/get", route}, streams, &stream, "/log_streams")
	route = ""
	if stream.StreamID != "" {
		route = interpret.RetentionRoute(platform, stream)
	}
	r.below(question{"read a retention", "ldp:apiovh:cluster/retention/get", route}, retentions, new(interpret.Retention), "/log_streams")
}

// ask asks for an object; what the API gives to the root identity alone has no action.
func ask[T any](r *rights, q question, into *T, affects ...string) {
	r.ask(q, q.route, nil, into, affects...)
}

// page asks for a page of a list of API v2.
func (r *rights) page(q question, into any, affects ...string) {
	r.ask(q, q.route, http.Header{"X-Pagination-Size": {httpget.PageSize}}, into, affects...)
}

// below asks for what an item leads to; an empty route stands for no item.
func (r *rights) below(q question, shown string, into any, affects ...string) {
	r.ask(q, shown, nil, into, affects...)
}

// first asks for the ids of a list of API v1 and for the first item, which it answers the id of.
func first[ID int64 | string](r *rights, q question, affects ...string) string {
	var ids []ID
	at := len(r.all)
	r.ask(q, q.route, nil, &ids, affects...)
	if len(ids) == 0 || r.all[at].State != collect.RightWorks {
		return ""
	}
	id := fmt.Sprint(ids[0])
	r.item = nil
	r.ask(question{q.doing + ", " + id, q.action, q.route + "/" + url.PathEscape(id)}, q.route, nil, &r.item, affects...)
	r.all = append(r.all[:at], r.all[at+1]) // both are one right
	return id
}

// tellsNothing reports whether an answer is no list, or has none of the fields that are read. An empty list tells that there is nothing.
func tellsNothing(into any) bool {
	if item, isItem := into.(*json.RawMessage); isItem {
		return slices.Contains([]string{"", "null", "{}"}, string(*item))
	}
	return reflect.ValueOf(into).Elem().IsZero()
}

// ask asks, and notes what became of it.
func (r *rights) ask(q question, shown string, header http.Header, into any, affects ...string) {
	right := collect.Right{Asked: "GET " + shown, Action: q.action, Affects: affects}
	switch {
	case r.away != nil:
		right.State = collect.RightFailed
	case q.route == "":
		right.State, right.Reason = collect.RightUnasked, "nothing that leads to it is listed"
	default:
		r.request.Progress(q.doing)
		_, err := r.get(r.ctx, q, header, into)
		if q.route == interpret.Federation && absent(err) { // there is none, and this identity may know that
			err = nil
		} else if err == nil && tellsNothing(into) {
			err = fmt.Errorf("%s: GET %s: the answer is not a list, or has none of the fields that are read", q.doing, q.route)
		}
		right = collect.RightOf(right, err)
		if _, class, hasClass := httpget.Class(err); r.ctx.Err() != nil || hasClass && class == httpget.ClassUnreachable || isRefusedToken(err) {
			r.away, right.State = err, collect.RightFailed
		}
		if right.State == collect.RightRefused && q.action == "" {
			right.State = collect.RightLeftOut
		}
	}
	r.all = append(r.all, right)
}
