package ovhcloud

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ovh/go-ovh/ovh"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/bearer"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/collect/session"
)

// tokens are where OAuth2 clients get their tokens, by the root of the API. The vendor's client would ask there by a client of its
// own, without limits.
var tokens = map[string]string{
	"https://eu.api.ovh.com":      bearer.EU,
	"https://ca.api.ovh.com":      bearer.CA,
	"https://api.us.ovhcloud.com": bearer.US,
}

// access is how requests are authorized. The vendor's client reads the credentials, from OVH_* variables or ovh.conf, and
// signs; it sends nothing but the question for the API's time.
type access struct {
	vendor *ovh.Client
	root   string // URL that routes start behind, such as https://eu.api.ovh.com

	replayed string // the kind of credential of a session, which has none; then there is no vendor's client
}

// The kinds of credentials, as sessions name them.
const (
	kindToken   = "token"
	kindAccount = "service account"
	kindKeys    = "application key"
)

// accessOf is how requests are authorized. Those of a session are not.
func accessOf(values collect.Values, env collect.Env) (*access, error) {
	if !env.Tape.Replays() {
		return newAccess(values.Text("endpoint"), env.Getenv)
	}
	root := env.Tape.Setting("root")
	if address, err := url.Parse(root); err != nil || address.Scheme != "https" || address.Host == "" {
		return nil, errors.New("the session does not say which API was asked")
	}
	return &access{root: root, replayed: env.Tape.Setting("credential")}, nil
}

// record says in a session which kind of credential is used, and at which API.
func (a *access) record(tape *session.Tape) {
	if !tape.Records() {
		return
	}
	root := a.root
	tape.Named(func(names *pseudonym.Set) { root = names.Address(a.root) })
	tape.Set("root", root)
	switch {
	case a.vendor.ClientID != "":
		tape.Set("credential", kindAccount)
	case a.vendor.AppKey != "":
		tape.Set("credential", kindKeys)
	default:
		tape.Set("credential", kindToken)
	}
}

// replay authorizes the requests of a session by nothing, once the session has answered what was asked to authorize them.
func (a *access) replay(ctx context.Context, options httpget.Options) func(context.Context, string, http.Header) error {
	switch a.replayed {
	case kindAccount:
		return bearer.ByClient(ctx, bearer.Client{ID: "none", Secret: "none", Address: tokens[a.root]}, options)
	case kindKeys:
		address := a.root + "/1.0/auth/time"
		client := &http.Client{Transport: bearer.Only(ctx, http.MethodGet, address, options)}
		var mu sync.Mutex
		isTold := false
		return func(ctx context.Context, _ string, _ http.Header) error {
			mu.Lock()
			defer mu.Unlock()
			if isTold { // as the vendor's client, which asks for the time once
				return nil
			}
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
			if err != nil {
				return err
			}
			response, err := client.Do(request)
			if err != nil {
				return fmt.Errorf("sign a request: %w", err)
			}
			_ = response.Body.Close() // the time is of no use
			if isTold = response.StatusCode == http.StatusOK; !isTold {
				return fmt.Errorf("sign a request: %w", bearer.Refusal(fmt.Errorf("the answer has status %d", response.StatusCode), response, "the time of the API"))
			}
			return nil
		}
	}
	return nil
}

func newAccess(endpoint string, getenv func(string) string) (*access, error) {
	vendor, err := ovh.NewEndpointClient(endpoint)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "cannot load configuration") && !errors.As(err, new(*fs.PathError)):
		// The error repeats the line, which may hold a secret.
		return nil, errors.New("ovh.conf (./ovh.conf, ~/.ovh.conf or /etc/ovh.conf) has a line that is neither [section] nor name = value")
	case err != nil:
		return nil, fmt.Errorf("credentials of the OVHcloud API, from OVH_* variables or ovh.conf: %w", err)
	}
	address, err := url.Parse(vendor.Endpoint())
	switch endpoints := slices.Collect(maps.Values(ovh.Endpoints)); {
	case err != nil || address.Scheme != "https" || address.Hostname() == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "":
		return nil, fmt.Errorf("the endpoint is %q: expected a name such as ovh-eu, or an https URL such as %s", redacted(vendor.Endpoint()), ovh.OvhEU)
	// Credentials in the environment do not go where a file in the working folder says.
	case !slices.Contains(endpoints, vendor.Endpoint()) && vendor.Endpoint() != cmp.Or(endpoint, getenv("OVH_ENDPOINT")):
		return nil, fmt.Errorf("ovh.conf names the endpoint %q, which is not OVHcloud's: if this is intended, name it with --ovhcloud-endpoint or OVH_ENDPOINT", vendor.Endpoint())
	case vendor.AppKey != "" && vendor.ConsumerKey == "":
		return nil, errors.New("the application key needs a consumer key: set OVH_CONSUMER_KEY, or consumer_key in ovh.conf")
	}
	return &access{vendor: vendor, root: strings.TrimSuffix(vendor.Endpoint(), "/1.0")}, nil
}

func redacted(text string) string {
	address, err := url.Parse(text)
	if err != nil {
		return "…"
	}
	return address.Redacted()
}

// authorizer authorizes requests. Its own requests, for a token and for the time, go by the same options.
func (a *access) authorizer(ctx context.Context, options httpget.Options) func(context.Context, string, http.Header) error {
	if a.vendor == nil {
		return a.replay(ctx, options)
	}
	if a.vendor.ClientID != "" {
		return bearer.ByClient(ctx, bearer.Client{ID: a.vendor.ClientID, Secret: a.vendor.ClientSecret, Address: tokens[a.root]}, options)
	}
	answered := &lastOf{next: bearer.Only(ctx, http.MethodGet, a.vendor.Endpoint()+"/auth/time", options)}
	a.vendor.Client = &http.Client{Transport: answered, CheckRedirect: httpget.NoRedirect}
	a.vendor.Timeout = options.Time()
	var mu sync.Mutex // the vendor's client writes to itself
	return func(_ context.Context, address string, header http.Header) error {
		mu.Lock()
		defer mu.Unlock()
		answered.response = nil
		signed, err := a.vendor.NewRequest(http.MethodGet, strings.TrimPrefix(address, a.root), nil, true)
		if err != nil {
			return fmt.Errorf("sign a request: %w", permanent(err, answered.response))
		}
		if signed.URL.String() != address {
			return fmt.Errorf("sign a request: %s would be signed in place of %s", signed.URL, address)
		}
		maps.Copy(header, signed.Header)
		return nil
	}
}

// lastOf keeps the last answer.
type lastOf struct {
	next     http.RoundTripper
	response *http.Response
}

func (l *lastOf) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(request)
	if err == nil {
		l.response = response
	}
	return response, err
}

// permanent tells a refusal from an API that is busy or away, which is asked again. The status is that of the answer: in the vendor's
// error, a field code of the body stands in its place.
func permanent(err error, response *http.Response) error {
	var signed *ovh.APIError
	if response != nil && errors.As(err, &signed) {
		signed.Code = response.StatusCode
		return bearer.Refusal(err, response, signed.Message)
	}
	return err
}

// isRefusedToken reports whether requests cannot be authorized: nothing can be asked.
func isRefusedToken(err error) bool { return errors.As(err, new(*bearer.RefusedError)) }

// explained says what a person can do about an error.
func explained(err error, action string) error {
	var failed *httpget.StatusError
	if !errors.As(err, &failed) || isRefusedToken(err) {
		return err
	}
	var answer struct {
		Message string         `json:"message"`
		Details map[string]any `json:"details"`
	}
	if json.Unmarshal(failed.Body, &answer) == nil && answer.Message != "" {
		err = fmt.Errorf("%w (%.300s)", err, answer.Message)
	}
	if !forbidden(err) || action == noRight {
		return err
	}
	if action == "" {
		return fmt.Errorf("%w: only the root account's own credentials may ask for it", err)
	}
	for _, name := range []string{"unauthorizedActionsByIAM", "unauthorizedActionsByAuthentication"} {
		if lacking, isText := answer.Details[name].(string); isText && lacking != "" {
			return fmt.Errorf("%w: allow the identity the IAM action %.300s", err, lacking)
		}
	}
	return fmt.Errorf("%w: allow the identity the IAM action %s, or the application key to GET this path; if it is allowed already, check that the credentials are for this endpoint's region, and neither expired nor revoked", err, action)
}

// forbidden reports whether an API refuses to tell this identity.
func forbidden(err error) bool {
	var failed *httpget.StatusError
	return errors.As(err, &failed) && (failed.Status == http.StatusForbidden || failed.Status == http.StatusUnauthorized)
}

// absent reports whether an API says that there is no such thing. A status 404 alone does not: a proxy answers it, and so does the API
// for a route that it does not have.
func absent(err error) bool {
	var failed *httpget.StatusError
	var answer struct {
		Message string `json:"message"`
	}
	return errors.As(err, &failed) && failed.Status == http.StatusNotFound && !isRefusedToken(err) &&
		json.Unmarshal(failed.Body, &answer) == nil && answer.Message != "" && !strings.Contains(answer.Message, noRoute)
}

// noRoute is in what the API says of a route that it does not have: "Got an invalid (or empty) URL".
const noRoute = "invalid (or empty) URL"
