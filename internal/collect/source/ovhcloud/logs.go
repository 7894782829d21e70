package ovhcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"raci-check/internal/collect"
	"raci-check/internal/collect/httpget"
	"raci-check/internal/collect/ovhterms"
)

// subscription is dbaas.logs.LogSubscription.
type subscription struct {
	CreatedAt      string `json:"createdAt,omitempty"`
	Kind           string `json:"kind"`
	ServiceName    string `json:"serviceName"` // of the Logs Data Platform
	StreamID       string `json:"streamId"`
	SubscriptionID string `json:"subscriptionId"`

	word  string // its kind in the words of evidence; "" where there is none
	route string // that it was read from
}

func (s subscription) id() string { return s.SubscriptionID }

// logKind is dbaas.logs.LogKind.
type logKind struct {
	AdditionalReturnedFields []string `json:"additionalReturnedFields"`
	Name                     string   `json:"name"`
}

// subscriptionFacts are what evidence has of a subscription.
type subscriptionFacts struct {
	Kind     string `json:"kind"`
	StreamID string `json:"stream_id,omitempty"`
	Created  string `json:"created_at,omitempty"`
}

// accountKinds are the kinds of log of an account, and where their subscriptions are.
var accountKinds = []struct{ kind, route, action string }{
	{"account_audit", "/v1/me/logs/audit/log/subscription", "account:apiovh:me/logs/audit/log/subscription/get"},
	{"account_activity", "/v1/me/api/log/subscription", "account:apiovh:me/api/log/subscription/get"},
	{"iam_access", "/v2/iam/log/subscription", "account:apiovh:iam/log/subscription/get"},
}

// readAccountLogs reads the subscriptions of the account's own logs.
func (r *reader) readAccountLogs(ctx context.Context) ([]subscription, error) {
	var all []subscription
	for _, log := range accountKinds {
		doing := "list subscriptions of " + log.kind
		var told []subscription
		var err error
		if strings.HasPrefix(log.route, "/v2/") {
			told, err = list(ctx, r, question{doing, log.action, log.route}, subscription.id)
		} else {
			told, err = each[string, subscription](ctx, r, question{doing, log.action, log.route})
		}
		if err != nil {
			return nil, err
		}
		for i := range told {
			told[i].word, told[i].route = log.kind, log.route
		}
		all = append(all, told...)
	}
	return all, nil
}

// readServiceLogs reads the subscriptions of the domain's logs. Their kinds are told apart by the fields that their events
// have (OVHcloud documentation, KMS troubleshooting): those of KMIP start with kmip_, those of REST with http_.
func (r *reader) readServiceLogs(ctx context.Context) ([]subscription, error) {
	kinds, err := list(ctx, r, question{"list kinds of log", "okms:apiovh:log/kind/get", r.okms("/log/kind")}, func(k logKind) string { return k.Name })
	if err != nil {
		return nil, err
	}
	route := r.okms("/log/subscription")
	told, err := list(ctx, r, question{"list log subscriptions", "okms:apiovh:log/subscription/get", route}, subscription.id)
	if err != nil {
		return nil, err
	}
	for i := range told {
		told[i].route = route
		at := slices.IndexFunc(kinds, func(k logKind) bool { return k.Name == told[i].Kind })
		if at >= 0 {
			told[i].word = kinds[at].word()
		}
		if told[i].word == "" {
			r.words.LeaveOut("/service_logs/subscriptions/*/kind", told[i].SubscriptionID, told[i].Kind)
		}
	}
	return told, nil
}

func (k logKind) word() string {
	has := func(prefix string) bool {
		return slices.ContainsFunc(k.AdditionalReturnedFields, func(field string) bool { return strings.HasPrefix(field, prefix) })
	}
	switch {
	case has("kmip_"):
		return "kmip_audit"
	case has("http_"):
		return "rest_audit"
	default:
		return ""
	}
}

func (r *reader) controlPlaneLogs(context.Context) (collect.Part, error) {
	return r.subscribed("/control_plane_logs/subscriptions", r.accountLogs)
}

func (r *reader) okmsLogs(context.Context) (collect.Part, error) {
	return r.subscribed("/service_logs/subscriptions", r.serviceLogs)
}

// subscribed is a part with subscriptions.
func (r *reader) subscribed(pointer string, read func() ([]subscription, error)) (collect.Part, error) {
	told, err := read()
	if err != nil {
		return collect.Part{}, err
	}
	facts := []subscriptionFacts{}
	by := map[string][]subscription{}
	for _, one := range told {
		by[one.route] = append(by[one.route], one)
		if one.word != "" {
			facts = append(facts, subscriptionFacts{one.word, one.StreamID, r.words.Instant(pointer+"/*/created_at", one.SubscriptionID, one.CreatedAt)})
		}
	}
	slices.SortFunc(facts, func(a, b subscriptionFacts) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.StreamID, b.StreamID))
	})
	part := collect.Part{Fields: map[string]any{"subscriptions": facts}}
	routes := []string{r.okms("/log/subscription")}
	if pointer == "/control_plane_logs/subscriptions" {
		routes = nil
		for _, log := range accountKinds {
			routes = append(routes, log.route)
		}
	}
	for _, route := range routes {
		part.Answers = append(part.Answers, r.answered(route, append([]subscription{}, by[route]...))...)
	}
	return part, nil
}

// stream is dbaas.logs.Stream.
type stream struct {
	ClusterID            string   `json:"clusterId"`
	ColdStorageEnabled   bool     `json:"coldStorageEnabled"`
	ColdStorageRetention int      `json:"coldStorageRetention,omitempty"` // years
	EncryptionKeysIDs    []string `json:"encryptionKeysIds"`
	IndexingEnabled      *bool    `json:"indexingEnabled"`
	RetentionID          string   `json:"retentionId,omitempty"`
	StreamID             string   `json:"streamId"`
	Title                string   `json:"title,omitempty"`
}

// retention is dbaas.logs.ClusterRetention.
type retention struct {
	Duration      string `json:"duration"`
	RetentionID   string `json:"retentionId"`
	RetentionType string `json:"retentionType"`
}

// streamFacts are what evidence has of a stream.
type streamFacts struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	Days      *int   `json:"retention_days,omitempty"`
	Hot       *int   `json:"hot_days,omitempty"`
	Encrypted *bool  `json:"encrypted,omitempty"`
}

// logStreams reads the streams that the subscriptions feed, and how long they keep what they get. A stream that is gone is
// not among them: its subscriptions lead nowhere.
func (r *reader) logStreams(ctx context.Context) (collect.Part, error) {
	service, err := r.serviceLogs()
	account, wrong := r.accountLogs()
	if err := errors.Join(err, wrong); err != nil {
		return collect.Part{}, fmt.Errorf("which streams are fed: %w", err)
	}
	fed := slices.Concat(service, account)
	slices.SortFunc(fed, func(a, b subscription) int { return cmp.Compare(a.StreamID, b.StreamID) })
	fed = slices.CompactFunc(fed, func(a, b subscription) bool { return a.StreamID == b.StreamID })
	facts := []streamFacts{}
	answers := []collect.Answer{}
	for _, one := range fed {
		const doing = "read a stream"
		if one.StreamID == "" || one.ServiceName == "" {
			return collect.Part{}, fmt.Errorf("%s: the subscription %s names no stream, or no Logs Data Platform service", doing, one.SubscriptionID)
		}
		platform := "/v1/dbaas/logs/" + url.PathEscape(one.ServiceName)
		route := platform + "/output/graylog/stream/" + url.PathEscape(one.StreamID)
		r.request.Progress(doing)
		var told stream
		_, err := r.get(ctx, question{doing, "ldp:apiovh:output/graylog/stream/get", route}, nil, &told)
		var failed *httpget.StatusError
		if errors.As(err, &failed) && failed.Status == http.StatusNotFound {
			r.notes.add("the subscription %s feeds the stream %s of %s, which does not exist", one.SubscriptionID, one.StreamID, one.ServiceName)
			continue
		}
		if err == nil && told.StreamID != one.StreamID {
			err = fmt.Errorf("%s: GET %s: the API answers with the stream %.80q", doing, route, told.StreamID)
		}
		if err != nil {
			return collect.Part{}, err
		}
		answers = append(answers, r.answered(route, told)...)
		fact := streamFacts{ID: told.StreamID, Name: told.Title}
		if told.ColdStorageEnabled {
			encrypted := len(told.EncryptionKeysIDs) > 0
			fact.Encrypted = &encrypted
		}
		kept, err := r.kept(ctx, platform, told, &answers)
		if err != nil {
			return collect.Part{}, err
		}
		if fact.Hot = kept; kept != nil {
			days := *kept
			if told.ColdStorageEnabled {
				days = max(days, told.ColdStorageRetention*365)
			}
			if !told.ColdStorageEnabled || told.ColdStorageRetention > 0 {
				fact.Days = &days
			}
		}
		facts = append(facts, fact)
	}
	return collect.Part{Fields: map[string]any{"streams": facts}, Answers: answers}, nil
}

// kept is how long events of a stream can be searched, in days; nil where the API does not tell. A stream that indexes nothing
// cannot be searched.
func (r *reader) kept(ctx context.Context, platform string, of stream, answers *[]collect.Answer) (*int, error) {
	const doing, pointer = "read a retention", "/log_streams/streams/*/hot_days"
	days := 0
	switch {
	case of.IndexingEnabled != nil && !*of.IndexingEnabled:
		return &days, nil
	case of.RetentionID == "" || of.ClusterID == "":
		r.words.LeaveOut(pointer, of.StreamID, "no retention")
		return nil, nil
	}
	route := platform + "/cluster/" + url.PathEscape(of.ClusterID) + "/retention/" + url.PathEscape(of.RetentionID)
	var told retention
	if _, err := r.get(ctx, question{doing, "ldp:apiovh:cluster/retention/get", route}, nil, &told); err != nil {
		return nil, err
	}
	*answers = append(*answers, r.answered(route, told)...)
	if told.RetentionType != "LOGS_INDEXING" {
		r.words.LeaveOut(pointer, of.StreamID, told.RetentionType)
		return nil, nil
	}
	days, err := ovhterms.WholeDays(told.Duration)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", doing, of.StreamID, err)
	}
	return &days, nil
}
