package ovhcloud

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ovh/go-ovh/ovh"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"raci-check/internal/collect/httpget"
)

// tokens are where OAuth2 clients get their tokens, by the root of the API. The vendor's client knows these addresses and
// keeps them to itself, and would ask them by a client of its own, without limits.
var tokens = map[string]string{
	"https://eu.api.ovh.com":      "https://www.ovh.com/auth/oauth2/token",
	"https://ca.api.ovh.com":      "https://ca.ovh.com/auth/oauth2/token",
	"https://api.us.ovhcloud.com": "https://us.ovhcloud.com/auth/oauth2/token",
}

// access is how requests are authorized. The vendor's client reads the credentials, from OVH_* variables or ovh.conf, and
// signs; it sends nothing but the question for the API's time.
type access struct {
	vendor *ovh.Client
	root   string // URL that routes start behind, such as https://eu.api.ovh.com
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
	switch known := slices.Collect(maps.Values(ovh.Endpoints)); {
	case err != nil || address.Scheme != "https" || address.Hostname() == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "":
		return nil, fmt.Errorf("the endpoint is %q: expected a name such as ovh-eu, or an https URL such as %s", redacted(vendor.Endpoint()), ovh.OvhEU)
	// Credentials in the environment do not go where a file in the working folder says.
	case !slices.Contains(known, vendor.Endpoint()) && vendor.Endpoint() != cmp.Or(endpoint, getenv("OVH_ENDPOINT")):
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
	if a.vendor.ClientID != "" {
		return a.byOAuth2(ctx, options)
	}
	a.vendor.Client = &http.Client{Transport: only{ctx, http.MethodGet, a.vendor.Endpoint() + "/auth/time", httpget.Transport(options)}, CheckRedirect: httpget.NoRedirect}
	a.vendor.Timeout = options.Time()
	var mu sync.Mutex // the vendor's client writes to itself
	return func(_ context.Context, address string, header http.Header) error {
		mu.Lock()
		defer mu.Unlock()
		signed, err := a.vendor.NewRequest(http.MethodGet, strings.TrimPrefix(address, a.root), nil, true)
		if err != nil {
			return fmt.Errorf("sign a request: %w", permanent(err))
		}
		if signed.URL.String() != address {
			return fmt.Errorf("sign a request: %s would be signed in place of %s", signed.URL, address)
		}
		maps.Copy(header, signed.Header)
		return nil
	}
}

// byOAuth2 authorizes by tokens of a service account, each asked for by the one POST that is ever sent.
func (a *access) byOAuth2(ctx context.Context, options httpget.Options) func(context.Context, string, http.Header) error {
	config := clientcredentials.Config{
		ClientID: a.vendor.ClientID, ClientSecret: a.vendor.ClientSecret, TokenURL: tokens[a.root], Scopes: []string{"all"},
		AuthStyle: oauth2.AuthStyleInParams, // as the provider's documentation asks for a token
	}
	client := &http.Client{
		Transport: only{ctx, http.MethodPost, config.TokenURL, httpget.Transport(options)}, Timeout: options.Time(), CheckRedirect: httpget.NoRedirect,
	}
	source := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client)) // it keeps a token until shortly before its end
	return func(_ context.Context, _ string, header http.Header) error {
		token, err := source.Token()
		if err != nil {
			return fmt.Errorf("request a token from %s: %w", config.TokenURL, permanent(err))
		}
		token.SetAuthHeader(&http.Request{Header: header})
		return nil
	}
}

// refusedError is a refusal of a token or of the time. As a httpget.StatusError it is not asked for again.
type refusedError struct {
	*httpget.StatusError
	said string
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("%v (%.300s): check that the credentials are correct, for this endpoint's region, and not revoked", e.StatusError, e.said)
}

func (e *refusedError) Unwrap() error { return e.StatusError }

// permanent tells a refusal from an API that is busy or away, which is asked again.
func permanent(err error) error {
	var token *oauth2.RetrieveError
	var signed *ovh.APIError
	refused := &refusedError{StatusError: &httpget.StatusError{}}
	switch {
	case errors.As(err, &token):
		refused.Status, refused.said = token.Response.StatusCode, strings.TrimSpace(token.ErrorCode+" "+token.ErrorDescription)
	case errors.As(err, &signed):
		refused.Status, refused.said = signed.Code, signed.Message
	}
	if refused.Status == 0 || refused.Status == http.StatusTooManyRequests || refused.Status >= 500 {
		return err
	}
	return refused
}

// only sends requests of one method to one address, while a collection lasts.
type only struct {
	ctx             context.Context // of the collection: the vendor's client knows none
	method, address string
	next            http.RoundTripper
}

// maxToken is the largest answer with a token or a time, in bytes.
const maxToken = 64 << 10

func (o only) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != o.method || request.URL.String() != o.address || request.URL.Scheme != "https" {
		if request.Body != nil {
			_ = request.Body.Close() // it is not sent
		}
		return nil, fmt.Errorf("refused to send a request: %s %s", request.Method, request.URL.Redacted())
	}
	ctx, cancel := context.WithCancelCause(request.Context())
	defer cancel(nil) // the answer is read by then
	defer context.AfterFunc(o.ctx, func() { cancel(context.Cause(o.ctx)) })()
	response, err := o.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxToken))
	_ = response.Body.Close() // it is read
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	return response, nil
}

// explained says what a person can do about an error.
func explained(err error, action string) error {
	var failed *httpget.StatusError
	if !errors.As(err, &failed) || errors.As(err, new(*refusedError)) {
		return err
	}
	var told struct {
		Message string         `json:"message"`
		Details map[string]any `json:"details"`
	}
	if json.Unmarshal(failed.Body, &told) == nil && told.Message != "" {
		err = fmt.Errorf("%w (%.300s)", err, told.Message)
	}
	if !forbidden(err) {
		return err
	}
	if action == "" {
		return fmt.Errorf("%w: only the root account's own credentials may ask for it", err)
	}
	for _, name := range []string{"unauthorizedActionsByIAM", "unauthorizedActionsByAuthentication"} {
		if lacking, isText := told.Details[name].(string); isText && lacking != "" {
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
