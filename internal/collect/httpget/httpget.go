// Package httpget asks HTTP APIs for JSON and can do nothing else to them: no request but GET over TLS leaves it, no
// redirect is followed, and no answer is taken that is too large or cut short. It asks again where an API is busy or away.
package httpget

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// The limits of a client.
const (
	MaxAnswer   = 16 << 20         // bytes of one answer
	MaxRetries  = 5                // attempts after the first
	MinWait     = time.Second      // before the second attempt; it doubles with each
	MaxWait     = 30 * time.Second // that it doubles to
	MaxAsked    = 2 * time.Minute  // that an API may ask for by Retry-After
	DefaultTime = time.Minute      // for one attempt, from the connection to the last byte
)

// Dialer opens a connection; nil stands for the network's own.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Options are how an API is asked.
type Options struct {
	TLS     *tls.Config
	Timeout time.Duration // of one attempt; 0 for DefaultTime
	// Backoff is how long to wait after an attempt, counted from 0, whose response is nil where none came. Nil for the
	// function Backoff.
	Backoff func(low, high time.Duration, attempt int, response *http.Response) time.Duration
	// Authorize adds to the header what an attempt is authorized by; nil for nothing. Each attempt is authorized anew, for
	// signatures hold for a moment only. Its error is that of the attempt: one that is a StatusError is not asked again.
	Authorize func(ctx context.Context, address string, header http.Header) error
	// Secrets are what answers must not repeat, besides what Authorize writes into the header Authorization.
	Secrets []string
	// Dial opens connections; nil for net.Dialer.
	Dial Dialer
	// Tape keeps what is asked and answered, or answers in place of the network; nil for neither.
	Tape Tape
}

// Tape is a recording of requests and answers.
type Tape interface {
	// Replays reports whether it answers. Then no connection is opened, and nothing waits.
	Replays() bool
	// Play answers a request. An error of one that was not recorded is ErrUnrecorded.
	Play(*http.Request) (*http.Response, error)
	// Record keeps an exchange.
	Record(Exchange)
}

// Exchange is a request that was sent, and what became of it.
type Exchange struct {
	Request  *http.Request
	Response *http.Response // without its body, which was read; nil where none came
	Into     any            // what was decoded of its body, and is all that is kept of it; of no use where there is an error
	Content  []byte         // the body that could not be decoded; nil where it could not be read
	Err      error
}

// ErrUnrecorded says that a session has no answer to a request. It is not asked again.
var ErrUnrecorded = errors.New("not recorded")

// playing answers from a tape.
type playing struct{ tape Tape }

func (p playing) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		_ = request.Body.Close() // it is not sent
	}
	return p.tape.Play(request)
}

func (o Options) replays() bool { return o.Tape != nil && o.Tape.Replays() }

// Keep records an exchange where there is a tape that is recorded, and the collection was not given up.
func (o Options) Keep(made Exchange) {
	if o.Tape != nil && !o.Tape.Replays() && (made.Err == nil || made.Request.Context().Err() == nil) && !errors.As(made.Err, new(*authorizeError)) {
		o.Tape.Record(made)
	}
}

// Client asks an API. It can be used by several goroutines.
type Client struct {
	http    *http.Client
	options Options
}

// Time is how long one attempt may take.
func (o Options) Time() time.Duration { return cmp.Or(o.Timeout, DefaultTime) }

// Transport opens connections by the options, and sends any request; or it answers from the tape and opens none.
func Transport(options Options) http.RoundTripper {
	if options.replays() {
		return playing{options.Tape}
	}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     options.TLS,
		TLSHandshakeTimeout: options.Time(),
		IdleConnTimeout:     DefaultTime,
		DialContext:         options.Dial,
	}
}

// NoRedirect is an http.Client's CheckRedirect that follows none.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func New(options Options) *Client {
	if options.Backoff == nil {
		options.Backoff = Backoff
	}
	if options.replays() {
		options.Backoff = func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 }
	}
	next := Transport(options)
	if options.Authorize != nil {
		next = authorized{next, options.Authorize, options.Secrets}
	}
	return &Client{options: options, http: &http.Client{Transport: getOnly{next}, Timeout: options.Time(), CheckRedirect: NoRedirect}}
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get asks for an address and decodes the JSON of its answer. It answers the answer's header. An answer of another status
// than 200 is a *StatusError.
func (c *Client) Get(ctx context.Context, address string, header http.Header, into any) (http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if header != nil {
		request.Header = header.Clone()
	}
	request.Header.Set("Accept", "application/json")
	return c.ask(request, into)
}

// ask sends a request until there is an answer, or one that will not change, or the attempts are used up.
func (c *Client) ask(request *http.Request, into any) (http.Header, error) {
	ctx := request.Context()
	attempts := attempts{wait: c.options.Backoff}
	header, err := backoff.Retry(ctx, func() (http.Header, error) {
		response, err := c.attempt(request, into) //nolint:bodyclose // attempt closes it
		if busy := new(BusyError); errors.As(err, &busy) {
			response = busy.Response
		}
		attempts.made, attempts.response = attempts.made+1, response
		if err == nil {
			return response.Header, nil
		}
		if final := final(ctx, response, err); final != nil {
			return nil, backoff.Permanent(final)
		}
		return nil, err
	}, backoff.WithBackOff(&attempts), backoff.WithMaxTries(MaxRetries+1), backoff.WithMaxElapsedTime(0))
	if err == nil {
		return header, nil
	}
	return nil, c.explained(ctx, attempts.explained(err))
}

// attempt sends a request once. Its response, nil where none came, has been read and closed.
func (c *Client) attempt(request *http.Request, into any) (*http.Response, error) {
	response, err := c.http.Do(request)
	made := Exchange{Request: request, Response: response, Into: into, Err: err}
	if err == nil {
		defer response.Body.Close()
		made.Content, made.Err = decode(response, into)
	}
	c.options.Keep(made)
	return response, made.Err
}

// attempts are those that were made of one request. It is the backoff.BackOff between them.
type attempts struct {
	wait     func(low, high time.Duration, attempt int, response *http.Response) time.Duration
	made     int
	response *http.Response // of the last; nil where none came
}

func (a *attempts) Reset() {}

func (a *attempts) NextBackOff() time.Duration { return a.wait(MinWait, MaxWait, a.made-1, a.response) }

func (a *attempts) explained(err error) error {
	var permanent *backoff.PermanentError // of an error that would not change, at the last attempt
	if errors.As(err, &permanent) {
		err = permanent.Unwrap()
	}
	if err = withoutURL(err); a.made > 1 {
		err = fmt.Errorf("%w (asked %d times)", err, a.made)
	}
	return err
}

// withoutURL is an error that does not repeat the URL, whose query no one needs to read.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// BusyError is an error of Options.Authorize where what it asked is busy or away. The response may say how long to wait.
type BusyError struct {
	Response *http.Response
	Err      error
}

func (e *BusyError) Error() string { return e.Err.Error() }
func (e *BusyError) Unwrap() error { return e.Err }

// StatusError is an answer that is no success.
type StatusError struct {
	Status   int
	Path     string // of the address that was asked
	Location string // of a redirect
	Body     []byte // its beginning
}

func (e *StatusError) Error() string {
	if e.Location != "" {
		return fmt.Sprintf("the API answers with status %d, a redirect to %s, which is not followed", e.Status, e.Location)
	}
	return fmt.Sprintf("the API answers with status %d %s", e.Status, http.StatusText(e.Status))
}

// maxError is what is kept of the body of a StatusError, in bytes.
const maxError = 64 << 10

func status(response *http.Response) *StatusError {
	failed := &StatusError{Status: response.StatusCode}
	if response.Request != nil {
		failed.Path = response.Request.URL.Path
	}
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		failed.Location = response.Header.Get("Location")
	}
	failed.Body, _ = io.ReadAll(io.LimitReader(response.Body, maxError)) // what there is of an explanation
	return failed
}

var (
	errCut   = errors.New("the answer's JSON is truncated")
	errLarge = fmt.Errorf("the answer is larger than %d bytes", MaxAnswer)
)

// decode reads a whole answer. It answers its content, where that could be read.
func decode(response *http.Response, into any) (content []byte, err error) {
	if response.StatusCode != http.StatusOK {
		return nil, status(response)
	}
	content, err = io.ReadAll(io.LimitReader(response.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case len(content) > MaxAnswer:
		return nil, errLarge
	}
	if message := errorOf(content); message != "" {
		return content, &shapeError{fmt.Sprintf("the answer has status %d and is an error (%.300s)", response.StatusCode, message)}
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	err = decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more follows after the end of the JSON value")
		}
	}
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return content, errCut
	case errors.As(err, &kind):
		return content, &shapeError{fmt.Sprintf("the answer has a JSON %s at %q, where its description has none", kind.Value, kind.Field)}
	case err != nil:
		return content, &shapeError{fmt.Sprintf("the answer (%s) is not valid JSON: %v", response.Header.Get("Content-Type"), err)}
	}
	return content, nil
}

// errorOf is what an answer says that is an error by its form, whatever its status; "" of any other. The forms are ErrorResponse of
// github.com/ovh/okms-sdk-go and APIError of github.com/ovh/go-ovh, and a code with a message, as many interfaces answer. Decoded as what
// was asked for, it would tell that there is nothing.
func errorOf(content []byte) string {
	if content = bytes.TrimSpace(content); len(content) == 0 || content[0] != '{' || len(content) > maxError {
		return ""
	}
	var answer struct {
		Code      *json.RawMessage `json:"error_code"`
		ErrorCode *json.RawMessage `json:"errorCode"`
		HTTPCode  *json.RawMessage `json:"httpCode"`
		Class     any              `json:"class"`
		Message   any              `json:"message"`
		Errors    any              `json:"errors"`
	}
	if json.Unmarshal(content, &answer) != nil {
		return ""
	}
	if answer.Code == nil && answer.ErrorCode == nil && answer.HTTPCode == nil && (answer.Class == nil || answer.Message == nil) && !isCodeWithMessage(content) {
		return ""
	}
	switch {
	case answer.Message != nil:
		return fmt.Sprint(answer.Message)
	case answer.Errors != nil:
		return fmt.Sprint(answer.Errors)
	default:
		return "it says no more"
	}
}

// besideCode are the fields that an error may have beside its code and its message. An answer with any other field tells something.
var besideCode = map[string]bool{
	"code": true, "message": true, "status": true, "statuscode": true, "error": true, "errors": true, "success": true, "details": true, "detail": true,
	"reason": true, "timestamp": true, "path": true, "requestid": true, "queryid": true, "traceid": true, "correlationid": true,
}

// isCodeWithMessage reports whether an answer has a code and a message, and nothing but what describes them.
func isCodeWithMessage(content []byte) bool {
	var fields map[string]any
	if json.Unmarshal(content, &fields) != nil {
		return false
	}
	for name := range fields {
		if !besideCode[strings.ToLower(strings.ReplaceAll(name, "_", ""))] {
			return false
		}
	}
	code, message := fields["code"], fields["message"]
	_, isText := message.(string)
	_, isObject := code.(map[string]any)
	_, isList := code.([]any)
	return isText && code != nil && !isObject && !isList
}

// shapeError is an answer that is whole and not what it should be.
type shapeError struct{ message string }

func (e *shapeError) Error() string { return e.message }

// final is the error of an attempt after which asking again would change nothing, and nil of any other.
func final(ctx context.Context, response *http.Response, err error) error {
	var failed *StatusError
	var shape *shapeError
	var resolve *net.DNSError
	wait, _ := retryAfter(response)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case wait > MaxAsked:
		return fmt.Errorf("%w, and asks by Retry-After: %s to wait for longer than %s: run again after that", withoutURL(err), response.Header.Get("Retry-After"), MaxAsked)
	case errors.As(err, &failed):
		if failed.busy() && response != nil {
			return nil
		}
		return err
	case errors.As(err, &shape), errors.Is(err, errLarge), errors.Is(err, errNotSent), errors.Is(err, ErrUnrecorded), Refused(err) != nil,
		errors.As(err, &resolve) && resolve.IsNotFound, errors.As(err, new(tls.RecordHeaderError)),
		errors.As(err, new(*tls.CertificateVerificationError)), strings.Contains(err.Error(), "invalid header"): // net/http has no type for it
		return err
	}
	return nil
}

// busy reports whether another time the answer may be a success.
func (e *StatusError) busy() bool {
	return e.Status == http.StatusTooManyRequests || e.Status >= 500 && e.Status != http.StatusNotImplemented
}

// retryAfter is how long an API that is busy asks to wait.
func retryAfter(response *http.Response) (time.Duration, bool) {
	if response == nil || response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	header := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int64(2*MaxAsked/time.Second))) * time.Second, true // more does not fit a duration
	}
	at, err := http.ParseTime(header)
	return max(0, time.Until(at)), err == nil
}

// Backoff is how long to wait before the next attempt: what the API asks for by Retry-After, or twice as long as before; and
// up to half of that more, so that many clients do not come back at once.
func Backoff(low, high time.Duration, attempt int, response *http.Response) time.Duration {
	wait, hasHeader := retryAfter(response)
	if !hasHeader {
		wait = min(high, low<<min(attempt, 16))
	}
	return wait + rand.N(wait/2+1)
}

// explained says what a timeout means.
func (c *Client) explained(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("no whole answer within %s: %w", c.options.Time(), err)
	}
	return err
}

// Refused is the TLS alert by which the other side ended a connection, such as that it does not accept the client's
// certificate; nil for other errors.
func Refused(err error) error {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "remote error" {
		return operation.Err
	}
	return nil
}

var errNotSent = errors.New("refused to send a request")

// getOnly sends nothing but GET over TLS.
type getOnly struct{ next http.RoundTripper }

func (g getOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet || request.URL.Scheme != "https" || request.Body != nil && request.Body != http.NoBody {
		if request.Body != nil {
			_ = request.Body.Close() // it is not sent
		}
		return nil, fmt.Errorf("%w: %s %s", errNotSent, request.Method, (&url.URL{Scheme: request.URL.Scheme, Host: request.URL.Host}).String())
	}
	return g.next.RoundTrip(request)
}

func (g getOnly) CloseIdleConnections() { closeIdle(g.next) }

type authorized struct {
	next      http.RoundTripper
	authorize func(ctx context.Context, address string, header http.Header) error
	secrets   []string
}

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	if err := a.authorize(request.Context(), request.URL.String(), request.Header); err != nil {
		return nil, &authorizeError{err}
	}
	response, err := a.next.RoundTrip(request)
	if err == nil {
		authorization := request.Header.Get("Authorization")
		token := authorization[strings.LastIndex(authorization, " ")+1:] // behind its kind, whatever that is
		conceal(response, append([]string{token, request.Header.Get("X-Ovh-Consumer")}, a.secrets...))
	}
	return response, err
}

// authorizeError is an error before a request was sent.
type authorizeError struct{ err error }

func (e *authorizeError) Error() string { return e.err.Error() }
func (e *authorizeError) Unwrap() error { return e.err }

// concealed stands in an answer for what authorized its request.
const concealed = "[redacted]"

// minSecret is the length of the shortest secret that is looked for in answers, in bytes: a shorter one may be there by chance.
const minSecret = 8

// conceal takes out of an answer what authorized its request: a server may repeat it in an error or a redirect, which are shown,
// and in facts, which are kept.
func conceal(response *http.Response, secrets []string) {
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		for _, values := range response.Header {
			for i := range values {
				values[i] = strings.ReplaceAll(values[i], secret, concealed)
			}
		}
		response.Body = &concealing{ReadCloser: response.Body, secret: []byte(secret)}
	}
}

// concealing is the body of an answer without a secret. It reads all of it at first, up to what an answer may have.
type concealing struct {
	io.ReadCloser
	secret []byte
	rest   io.Reader // nil until the body is read
}

func (c *concealing) Read(into []byte) (int, error) {
	if c.rest == nil {
		content, err := io.ReadAll(io.LimitReader(c.ReadCloser, MaxAnswer+1))
		tooLarge := len(content) > MaxAnswer
		content = bytes.ReplaceAll(content, c.secret, []byte(concealed))
		c.rest = bytes.NewReader(content)
		switch {
		case tooLarge:
			c.rest = io.MultiReader(c.rest, strings.NewReader(strings.Repeat(" ", MaxAnswer))) // it stays too large
		case err != nil:
			c.rest = io.MultiReader(c.rest, failing{err})
		}
	}
	return c.rest.Read(into)
}

// failing is the end of a body that could not be read completely.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (a authorized) CloseIdleConnections() { closeIdle(a.next) }

func closeIdle(transport http.RoundTripper) {
	if closer, ok := transport.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
