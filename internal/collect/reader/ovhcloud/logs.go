package ovhcloud

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

// AccountLogs are the kinds of log of an account, where their subscriptions are, and the IAM action to read them.
var AccountLogs = []struct{ Kind, Route, Action string }{
	{"account_audit", "/v1/me/logs/audit/log/subscription", "account:apiovh:me/logs/audit/log/subscription/get"},
	{"account_activity", "/v1/me/api/log/subscription", "account:apiovh:me/api/log/subscription/get"},
	{"iam_access", "/v2/iam/log/subscription", "account:apiovh:iam/log/subscription/get"},
}

type subscriptionFacts struct {
	Kind     string `json:"kind"`
	StreamID string `json:"stream_id,omitempty"`
	Created  string `json:"created_at,omitempty"`

	place string
}

func (in *interpreter) controlPlaneLogs() (reader.Part, error) {
	facts := []subscriptionFacts{}
	for _, log := range AccountLogs {
		subscriptions, answer, err := body[[]Subscription](in, log.Route)
		if err != nil {
			return reader.Part{}, err
		}
		for i, subscription := range subscriptions {
			facts = append(facts, in.subscribed("/control_plane_logs", subscription, log.Kind, at(answer, i)))
		}
	}
	return in.subscriptions(facts), nil
}

// serviceLogs reads the subscriptions of the domain's logs. Their kinds are told apart by their names, and where
// those do not say, by the fields that their events have (OVHcloud documentation, KMS troubleshooting): those of KMIP start with
// kmip_, those of REST with http_. The API may list no field.
func (in *interpreter) serviceLogs() (reader.Part, error) {
	kinds, _, err := body[[]LogKind](in, Domain(in.Service)+LogKinds)
	if err != nil {
		return reader.Part{}, err
	}
	subscriptions, answer, err := body[[]Subscription](in, Domain(in.Service)+LogSubscriptions)
	if err != nil {
		return reader.Part{}, err
	}
	words := map[string]string{}
	for _, kind := range kinds {
		words[kind.Name] = kind.word()
		isUsed := slices.ContainsFunc(subscriptions, func(s Subscription) bool { return s.Kind == kind.Name })
		if words[kind.Name] == "" && !isUsed { // one that is used is said with its subscription
			in.note("the domain has the kind of log %.80q, which evidence has no word for: whether it is subscribed is not checked", kind.Name)
		}
	}
	facts := []subscriptionFacts{}
	for i, subscription := range subscriptions {
		word := words[subscription.Kind]
		if word == "" {
			in.words.LeaveOut("/service_logs/subscriptions/*/kind", subscription.SubscriptionID, subscription.Kind)
			continue
		}
		facts = append(facts, in.subscribed("/service_logs", subscription, word, at(answer, i)))
	}
	return in.subscriptions(facts), nil
}

// word is the kind of log as evidence calls it; "" where there is none.
func (k LogKind) word() string {
	has := func(prefix string) bool {
		return slices.ContainsFunc(k.AdditionalReturnedFields, func(field string) bool { return strings.HasPrefix(field, prefix) })
	}
	named := func(part string) bool { return strings.Contains(strings.ToLower(k.Name), part) }
	switch {
	case named("kmip"):
		return "kmip_audit"
	case named("rest"), named("http"):
		return "rest_audit"
	case has("kmip_"):
		return "kmip_audit"
	case has("http_"):
		return "rest_audit"
	default:
		return ""
	}
}

func (in *interpreter) subscribed(section string, s Subscription, word, place string) subscriptionFacts {
	return subscriptionFacts{word, s.StreamID, in.words.Instant(section+"/subscriptions/*/created_at", s.SubscriptionID, s.CreatedAt), place}
}

func (in *interpreter) subscriptions(facts []subscriptionFacts) reader.Part {
	slices.SortFunc(facts, func(a, b subscriptionFacts) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.StreamID, b.StreamID))
	})
	for i, fact := range facts {
		in.from("/subscriptions/"+strconv.Itoa(i), fact.place)
	}
	return reader.Part{Fields: map[string]any{"subscriptions": facts}}
}

type streamFacts struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	Days      *int   `json:"retention_days,omitempty"`
	Hot       *int   `json:"hot_days,omitempty"`
	Encrypted *bool  `json:"encrypted,omitempty"`
}

// Routes of a service of the Logs Data Platform.
const ofStream = "/output/graylog/stream/"

// Platform is the route of a service of the Logs Data Platform.
func Platform(service string) string { return "/v1/dbaas/logs/" + url.PathEscape(service) }

func StreamRoute(platform, id string) string { return platform + ofStream + url.PathEscape(id) }

// RetentionRoute is the route of how long a platform keeps the events of a stream; "" where the stream names none, or indexes
// nothing.
func RetentionRoute(platform string, of Stream) string {
	if of.IndexingEnabled != nil && !*of.IndexingEnabled || of.RetentionID == "" || of.ClusterID == "" {
		return ""
	}
	return platform + "/cluster/" + url.PathEscape(of.ClusterID) + "/retention/" + url.PathEscape(of.RetentionID)
}

// logStreams reads the streams that are kept, and how long they keep what they get.
func (in *interpreter) logStreams() (reader.Part, error) {
	facts := []streamFacts{}
	for _, route := range in.routes {
		cut := strings.Index(route, ofStream)
		if cut < 0 {
			continue
		}
		stream, answer, err := body[Stream](in, route)
		if err != nil {
			return reader.Part{}, err
		}
		fact := streamFacts{ID: stream.StreamID, Name: stream.Title}
		if stream.ColdStorageEnabled {
			encrypted := len(stream.EncryptionKeysIDs) > 0
			fact.Encrypted = &encrypted
		}
		item := "/streams/" + strconv.Itoa(len(facts))
		in.from(item, answer.At())
		if fact.Hot, err = in.searchable(route[:cut], stream, item); err != nil {
			return reader.Part{}, err
		}
		if fact.Hot != nil {
			days := *fact.Hot
			if stream.ColdStorageEnabled {
				days = max(days, stream.ColdStorageRetention*365)
			}
			if !stream.ColdStorageEnabled || stream.ColdStorageRetention > 0 {
				fact.Days = &days
			}
		}
		facts = append(facts, fact)
	}
	return reader.Part{Fields: map[string]any{"streams": facts}}, nil
}

// searchable is how long events of a stream can be searched, in days; nil where the API does not tell. A stream that indexes
// nothing cannot be searched.
func (in *interpreter) searchable(platform string, of Stream, item string) (*int, error) {
	const pointer = "/log_streams/streams/*/hot_days"
	days := 0
	if of.IndexingEnabled != nil && !*of.IndexingEnabled {
		return &days, nil
	}
	route := RetentionRoute(platform, of)
	if route == "" {
		in.words.LeaveOut(pointer, of.StreamID, "no retention")
		return nil, nil
	}
	retention, answer, err := body[Retention](in, route)
	if err != nil {
		return nil, err
	}
	if retention.RetentionType != "LOGS_INDEXING" {
		in.words.LeaveOut(pointer, of.StreamID, retention.RetentionType)
		return nil, nil
	}
	in.from(item+"/hot_days", answer.At("duration"))
	if days, err = ovhterms.WholeDays(retention.Duration); err != nil {
		return nil, fmt.Errorf("read a retention: %s: %w", of.StreamID, err)
	}
	return &days, nil
}
