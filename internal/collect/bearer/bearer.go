// Package bearer authorizes requests by tokens: one that a person made, or those that a service account gets for its client id and
// secret. No token and no secret is in an error that it answers.
package bearer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/raci-check/raci-check/internal/collect/httpget"
)

// Where service accounts get their tokens, by the region of the account (the provider's documentation of service accounts;
// github.com/ovh/go-ovh has the same).
const (
	EU = "https://www.ovh.com/auth/oauth2/token"
	CA = "https://ca.ovh.com/auth/oauth2/token"
	US = "https://us.ovhcloud.com/auth/oauth2/token"
)

// Authorize adds to the header of a request what it is authorized by, as httpget.Options has it.
type Authorize = func(ctx context.Context, address string, header http.Header) error

func ByToken(token string) Authorize {
	return func(_ context.Context, _ string, header http.Header) error {
		header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

// Client is a service account.
type Client struct {
	ID, Secret string
	Address    string // that it gets tokens from: EU, CA or US
}

// ByClient authorizes by tokens of a service account, each asked for by the one POST that is ever sent.
func ByClient(ctx context.Context, account Client, options httpget.Options) Authorize {
	config := clientcredentials.Config{
		ClientID: account.ID, ClientSecret: account.Secret, TokenURL: account.Address, Scopes: []string{"all"},
		AuthStyle: oauth2.AuthStyleInParams, // as the provider's documentation asks for a token
	}
	asking := only{ctx, http.MethodPost, config.TokenURL, httpget.Transport(options), options, account.Secret}
	client := &http.Client{
		Transport: asking, Timeout: options.Time(), CheckRedirect: httpget.NoRedirect,
	}
	source := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client)) // it keeps a token until shortly before its end
	return func(_ context.Context, _ string, header http.Header) error {
		token, err := source.Token()
		if err != nil {
			return fmt.Errorf("request a token from %s: %w", config.TokenURL, account.failed(err))
		}
		token.SetAuthHeader(&http.Request{Header: header})
		return nil
	}
}

// failed is the error of a question for a token. The library's repeats the answer, which may repeat the question.
func (c Client) failed(err error) error {
	var refusal *oauth2.RetrieveError
	if !errors.As(err, &refusal) {
		if errors.As(err, new(*url.Error)) { // no whole answer
			return err
		}
		return &RefusedError{&httpget.StatusError{}, c.withoutSecret(err.Error())}
	}
	explanation := c.withoutSecret(strings.TrimSpace(refusal.ErrorCode + " " + refusal.ErrorDescription))
	status := refusal.Response.StatusCode
	return Refusal(fmt.Errorf("the answer has status %d%s", status, inBrackets(explanation)), refusal.Response, explanation)
}

func (c Client) withoutSecret(text string) string {
	if c.Secret == "" {
		return text
	}
	return strings.ReplaceAll(text, c.Secret, "[redacted]")
}

// inBrackets is what an answer explains; nothing where it explains nothing.
func inBrackets(explanation string) string {
	if explanation == "" {
		return ""
	}
	return fmt.Sprintf(" (%.300s)", explanation)
}

// RefusedError is a refusal of a token or of the time, or a whole answer that has none, such as a page of a login, whose status is 0. As a
// httpget.StatusError it is not asked for again.
type RefusedError struct {
	*httpget.StatusError
	explanation string
}

func (e *RefusedError) Error() string {
	if e.Status == 0 {
		return "the answer has no token" + inBrackets(e.explanation) + ": check that no proxy and no login page answers in its place"
	}
	return fmt.Sprintf("%v%s: check that the credentials are correct, for this endpoint's region, and not revoked", e.StatusError, inBrackets(e.explanation))
}

func (e *RefusedError) Unwrap() error { return e.StatusError }

// Refusal is a *RefusedError of an answer, or a *httpget.BusyError where an API is busy or away, and is asked again. It is the error itself where
// no answer came.
func Refusal(err error, response *http.Response, explanation string) error {
	switch {
	case response == nil:
		return err
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError:
		return &httpget.BusyError{Response: response, Err: err}
	}
	return &RefusedError{&httpget.StatusError{Status: response.StatusCode}, explanation}
}

// Only sends requests of one method to one address, by the options, while a collection lasts.
func Only(ctx context.Context, method, address string, options httpget.Options) http.RoundTripper {
	return only{ctx, method, address, httpget.Transport(options), options, ""}
}

type only struct {
	ctx             context.Context // of the collection: the clients that send by it know none
	method, address string
	next            http.RoundTripper
	options         httpget.Options
	secret          string // that is sent; a tape does not keep it where an answer repeats it
}

// maxAnswer is the largest answer with a token or a time, in bytes.
const maxAnswer = 64 << 10

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
	sent := request.WithContext(ctx)
	response, err := o.next.RoundTrip(sent)
	if err != nil {
		o.options.Keep(httpget.Exchange{Request: sent, Err: err})
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	_ = response.Body.Close() // it is read
	if err != nil {
		err = fmt.Errorf("read the answer: %w", err)
		o.options.Keep(httpget.Exchange{Request: sent, Response: response, Err: err})
		return nil, err
	}
	keptContent := content
	if o.secret != "" {
		keptContent = bytes.ReplaceAll(content, []byte(o.secret), []byte("[redacted]"))
	}
	o.options.Keep(exchange(sent, response, keptContent))
	response.Body = io.NopCloser(bytes.NewReader(content))
	return response, nil
}

// issued is what is kept of an answer with a token: a tape takes the token out.
type issued struct {
	Token       string      `json:"access_token,omitempty"`
	Kind        string      `json:"token_type,omitempty"`
	ExpiresIn   json.Number `json:"expires_in,omitempty"`
	Error       string      `json:"error,omitempty"`
	Description string      `json:"error_description,omitempty"`
}

// exchange is an answer with a token, or with the time of the API, which is a number.
func exchange(sent *http.Request, response *http.Response, content []byte) httpget.Exchange {
	made := httpget.Exchange{Request: sent, Response: response, Content: content}
	var seconds json.Number
	var token issued
	switch {
	case response.StatusCode != http.StatusOK:
		made.Err = &httpget.StatusError{Status: response.StatusCode, Body: content}
	case json.Unmarshal(content, &seconds) == nil:
		made.Into = seconds
	case json.Unmarshal(content, &token) == nil:
		made.Into = token
	default:
		made.Err = errors.New("the answer is not as expected")
	}
	return made
}

// form is that of a token in a header (RFC 6750, section 2.1).
var form = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// The lengths of tokens, in bytes. A shorter one would not be found again in answers that repeat it.
const minToken, maxToken = 16, 8192

// Parse is the token that a text holds, without the space around it. Its error does not repeat the text.
func Parse(text string) (string, error) {
	token := strings.TrimSpace(text)
	if len(token) < minToken || len(token) > maxToken || !form.MatchString(token) {
		return "", errors.New("it holds no token: expected one line with the token alone, as the provider shows it once")
	}
	return token, nil
}

// End is when a token says that it ends; false where it does not say so: it has no end, or another form than a JSON Web Token (RFC 7519).
func End(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	content, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		End *float64 `json:"exp"`
	}
	const year9999 = 253402300799
	if json.Unmarshal(content, &claims) != nil || claims.End == nil || *claims.End < 0 || *claims.End > year9999 {
		return time.Time{}, false
	}
	return time.Unix(int64(*claims.End), 0).UTC(), true
}
