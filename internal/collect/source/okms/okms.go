// Package okms reads facts about an OKMS domain from the domain's own REST API over mutual TLS or by a token: its service keys, and its
// secrets without their values. It knows the routes that it needs and no other: none of them answers a secret's data, key
// material, or changes anything. What the API says is read by internal/collect/reader/okms.
package okms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
	"github.com/raci-check/raci-check/internal/evidence"
)

var Kind = collect.Kind{
	Name:    "okms",
	Short:   "the OKMS domain's REST API, by certificate or token: service keys, and secrets without their values",
	Method:  collect.MethodAPI,
	Fills:   interpret.Fills,
	Options: options(),
	New:     func(values collect.Values, env collect.Env) (collect.Source, error) { return open(values, env) },
}

type source struct {
	endpoint string // without a slash at its end
	shown    credential
	issuing  httpget.Options // for tokens of a service account
	form     *evidence.Form
	limits   httpget.Limits
	options  httpget.Options
}

func open(values collect.Values, env collect.Env) (*source, error) {
	endpoint, err := readEndpoint(values.Text("endpoint"))
	if err != nil {
		return nil, err
	}
	shown, err := credentialOf(values, env, endpoint)
	if err != nil {
		return nil, err
	}
	shown.record(env.Tape, endpoint)
	return &source{
		endpoint: endpoint, shown: shown, issuing: issuing(env), form: env.Form, limits: httpget.DefaultLimits,
		options: httpget.Options{TLS: shown.identity.Config(env.Roots), Dial: env.Dial, Tape: env.Tape.HTTP()},
	}, nil
}

func readEndpoint(text string) (string, error) {
	address, err := url.Parse(text)
	if err == nil {
		text = address.Redacted()
	}
	if err != nil || address.Scheme != "https" || address.Hostname() == "" || address.User != nil ||
		strings.Trim(address.Path, "/") != "" || address.RawQuery != "" || address.Fragment != "" {
		return "", fmt.Errorf("the endpoint is %q: expected https://HOST or https://HOST:PORT, such as https://eu-west-par.okms.ovh.net", text)
	}
	return "https://" + address.Host, nil
}

func (s *source) Fills() []string { return interpret.Fills }

// Collect reads the sections one after the other.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	defer cancel()
	r := s.reader(ctx, request)
	defer r.client.Close()
	result := collect.Result{Failed: map[string]error{}, Notes: append(s.shown.notes(),
		"the API lists only the keys and secrets that "+s.shown.holder()+" may get, and does not say whether there are others",
	)}
	for _, section := range []struct {
		name string
		ask  func(context.Context) ([]collect.Answer, error)
	}{{"keys", r.keys}, {"secrets", r.secrets}} {
		request.Progress("reading " + section.name)
		answers, err := section.ask(ctx)
		var part collect.Part
		if err == nil {
			part, err = interpret.Reader.Read(collect.ReadRequest{Section: section.name, Service: request.ServiceID, Form: s.form, Answers: answers})
		}
		if errors.As(err, new(unreachable)) && len(result.Parts) == 0 {
			return collect.Result{}, err
		}
		if err != nil {
			result.Failed[section.name] = err
			continue
		}
		result.Parts = append(result.Parts, part)
		result.Notes = append(result.Notes, part.Notes...)
	}
	result.Notes = append(result.Notes, r.unknown.notes()...)
	if len(result.Parts) == 0 {
		if ctx.Err() != nil {
			return collect.Result{}, context.Cause(ctx)
		}
		return collect.Result{}, errors.Join(result.Failed["keys"], result.Failed["secrets"])
	}
	return result, nil
}

func (s *source) reader(ctx context.Context, request collect.Request) *reader {
	options := s.options
	options.Authorize = s.shown.authorize(ctx, s.issuing)
	return &reader{source: s, client: httpget.New(options), domain: s.endpoint + "/api/" + request.ServiceID, progress: request.Progress}
}

type reader struct {
	*source
	client   *httpget.Client
	domain   string // URL that all routes start with
	progress func(string)
	unknown  unknowns
}

// question is what the API is asked.
type question struct {
	doing  string // what is asked for, as messages say it
	action string // the IAM action that it needs
	route  string // such as /v1/servicekey
}

func (r *reader) get(ctx context.Context, q question, header http.Header, into any) (http.Header, error) {
	answered, err := r.client.Get(ctx, r.domain+q.route, header, into)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w", q.doing, r.domain+strings.SplitN(q.route, "?", 2)[0], r.explained(err, q.action))
	}
	return answered, nil
}

// pages asks for page after page.
func (r *reader) pages(doing string, page func(doing, token string) (next string, items int, err error)) error {
	return httpget.Pages(r.limits, doing, r.progress, page)
}
