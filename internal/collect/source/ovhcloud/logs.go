package ovhcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// logs are the subscriptions that a route answers, or the kinds of log that there are.
type logs struct {
	route         string
	subscriptions []interpret.Subscription
	kinds         []interpret.LogKind
}

func subscriptionID(s interpret.Subscription) string { return s.SubscriptionID }

// readAccountLogs reads the subscriptions of the account's own logs.
func (r *reader) readAccountLogs(ctx context.Context) ([]logs, error) {
	var all []logs
	for _, log := range interpret.AccountLogs {
		q := question{"list subscriptions of " + log.Kind, log.Action, log.Route}
		var subscriptions []interpret.Subscription
		var err error
		if strings.HasPrefix(log.Route, "/v2/") {
			subscriptions, err = list(ctx, r, q, subscriptionID)
		} else {
			subscriptions, err = each(ctx, r, q, subscriptionID)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, logs{route: log.Route, subscriptions: subscriptions})
	}
	return all, nil
}

// readServiceLogs reads the subscriptions of the domain's logs, and the kinds of log that it has.
func (r *reader) readServiceLogs(ctx context.Context) ([]logs, error) {
	kinds := logs{route: r.okms(interpret.LogKinds)}
	var err error
	kinds.kinds, err = list(ctx, r, question{"list kinds of log", "okms:apiovh:log/kind/get", kinds.route}, func(k interpret.LogKind) string { return k.Name })
	if err != nil {
		return nil, err
	}
	all := logs{route: r.okms(interpret.LogSubscriptions)}
	all.subscriptions, err = list(ctx, r, question{"list log subscriptions", "okms:apiovh:log/subscription/get", all.route}, subscriptionID)
	return []logs{kinds, all}, err
}

func (r *reader) controlPlaneLogs(context.Context) ([]collect.Answer, error) {
	return r.subscribed(r.accountLogs)
}

func (r *reader) okmsLogs(context.Context) ([]collect.Answer, error) {
	return r.subscribed(r.serviceLogs)
}

func (r *reader) subscribed(read func() ([]logs, error)) ([]collect.Answer, error) {
	all, err := read()
	if err != nil {
		return nil, err
	}
	var answers []collect.Answer
	for _, of := range all {
		body := any(of.subscriptions)
		if of.kinds != nil {
			body = of.kinds
		}
		answers = append(answers, r.answered(of.route, body)...)
	}
	return answers, nil
}

// logStreams reads the streams that the subscriptions feed, and how long they keep what they get. A stream that is gone is
// not among them: its subscriptions lead nowhere.
func (r *reader) logStreams(ctx context.Context) ([]collect.Answer, error) {
	service, err := r.serviceLogs()
	account, wrong := r.accountLogs()
	if err := errors.Join(err, wrong); err != nil {
		return nil, fmt.Errorf("which streams are fed: %w", err)
	}
	var fed []interpret.Subscription
	for _, of := range slices.Concat(service, account) {
		fed = append(fed, of.subscriptions...)
	}
	slices.SortStableFunc(fed, func(a, b interpret.Subscription) int { return cmp.Compare(a.StreamID, b.StreamID) })
	fed = slices.CompactFunc(fed, func(a, b interpret.Subscription) bool { return a.StreamID == b.StreamID && a.StreamID != "" })
	answers := []collect.Answer{}
	for _, subscription := range fed {
		more, err := r.stream(ctx, subscription)
		if err != nil {
			return nil, err
		}
		for _, answer := range more {
			if !slices.ContainsFunc(answers, func(a collect.Answer) bool { return a.Origin == answer.Origin }) { // several streams have one retention
				answers = append(answers, answer)
			}
		}
	}
	return answers, nil
}

// stream reads a stream and how long it keeps what it gets; no answer where the stream is gone.
func (r *reader) stream(ctx context.Context, fed interpret.Subscription) ([]collect.Answer, error) {
	const doing = "read a stream"
	if fed.StreamID == "" || fed.ServiceName == "" {
		r.notes.add("the subscription %s names no stream of a Logs Data Platform service: the API does not say how long its logs are kept elsewhere, so list the stream by hand", fed.SubscriptionID)
		return nil, nil
	}
	platform := interpret.Platform(fed.ServiceName)
	route := interpret.StreamRoute(platform, fed.StreamID)
	r.request.Progress(doing)
	var stream interpret.Stream
	_, err := r.get(ctx, question{doing, "ldp:apiovh:output/graylog/stream/get", route}, nil, &stream)
	if absent(err) {
		r.notes.add("the subscription %s feeds the stream %s of %s, which does not exist", fed.SubscriptionID, fed.StreamID, fed.ServiceName)
		return nil, nil
	}
	if err = cmp.Or(err, isOf(doing, route, fed.StreamID, stream.StreamID)); err != nil {
		return nil, err
	}
	answers := r.answered(route, stream)
	if route = interpret.RetentionRoute(platform, stream); route == "" {
		return answers, nil
	}
	var retention interpret.Retention
	ask := question{"read a retention", "ldp:apiovh:cluster/retention/get", route}
	if _, err = r.get(ctx, ask, nil, &retention); err == nil {
		err = isOf(ask.doing, route, stream.RetentionID, retention.RetentionID)
	}
	if err != nil {
		return nil, err
	}
	return append(answers, r.answered(route, retention)...), nil
}
