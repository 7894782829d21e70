// Package opaclient evaluates policies on servers of Open Policy Agent that serve the bundle of the same rules: one server, or
// many behind one address. A server that is not there, is too busy or breaks off is asked again; one that answers anything
// but the findings of these very rules is an error, never a verdict.
package opaclient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/rego"
)

// Defaults of a fleet on a network: a server that restarts is waited for, for about half a minute in all.
const (
	defaultTimeout  = 30 * time.Second       // of one attempt; some thousand times what an answer takes
	defaultAttempts = 8                      // for one service
	defaultPause    = 250 * time.Millisecond // before the second attempt, then twice as long each time, half to three halves of it
	maxPause        = 10 * time.Second
	maxAnswer       = 32 << 20 // bytes; the findings about the worst evidence are some hundred KiB
)

// Options say which server is asked, and how patiently.
type Options struct {
	URL      string // http or https, with a path where the server lies below one
	Revision string // of the bundle that it must serve
	Token    string // sent as a bearer token; empty for none

	Timeout  time.Duration // of one attempt; 0 for 30 seconds
	Attempts uint          // for one service; 0 for 8
	Pause    time.Duration // before the second attempt; 0 for 250 ms
}

// Evaluator asks a server.
type Evaluator struct {
	options Options
	base    *url.URL
	client  *http.Client
}

var _ engine.Evaluator = (*Evaluator)(nil)

// Error says which server did not answer as it must, about which service.
type Error struct {
	URL     string // as asked
	Service string // id of the service
	Err     error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: service %s: %v", e.URL, e.Service, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// The ways in which an answer is none.
var (
	ErrUndefined = errors.New("the server has no such rule: it does not serve a bundle from raci-check bundle build, or not yet")
	ErrRevision  = errors.New("the server has other rules: build the bundle with the same program and options, and wait until every server has it")
	ErrMissing   = errors.New("the server does not answer for every package")
	ErrAnswer    = errors.New("the answer is not from OPA")
	ErrURL       = errors.New("not the address of an OPA server")
)

// Parallel is how many services are worth asking about at once: most of the time is the server's.
func Parallel() int { return 4 * runtime.GOMAXPROCS(0) }

// New verifies the address.
func New(options Options) (*Evaluator, error) {
	base, err := url.Parse(options.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, fmt.Errorf("%w: %q: expected http://HOST:PORT or https://HOST", ErrURL, options.URL)
	case base.User != nil:
		return nil, fmt.Errorf("%w: other users can see a password in the address: pass a token with --server-token-file", ErrURL)
	case base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("%w: %q: leave out what follows the path", ErrURL, options.URL)
	case options.Token != "" && base.Scheme == "http" && !loopback(base.Hostname()):
		return nil, fmt.Errorf("%w: a token would be sent to %s unencrypted: use https", ErrURL, base.Host)
	}
	options.Timeout = cmp.Or(options.Timeout, defaultTimeout)
	options.Attempts = cmp.Or(options.Attempts, defaultAttempts)
	options.Pause = cmp.Or(options.Pause, defaultPause)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = Parallel()
	return &Evaluator{options: options, base: base, client: &http.Client{
		Transport: transport,
		Timeout:   options.Timeout,
		// Evidence goes where it was sent, and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// answer is the value of data.raci_check.answer.
type answer struct {
	Revision string         `json:"revision"`
	Findings map[string]any `json:"findings"`
}

// Evaluate asks for all packages at once. Where one of them cannot be evaluated, OPA answers for none; then each is asked
// for by itself.
func (e *Evaluator) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]engine.Outcome, error) {
	if len(packages) == 0 {
		return nil, nil
	}
	body, err := json.Marshal(map[string]any{"input": input})
	if err != nil {
		return nil, fmt.Errorf("encode evidence: %w", err)
	}
	ask := func(path ...string) (answer, error) {
		address := e.base.JoinPath(append([]string{"v1", "data", bundle.Package}, path...)...)
		a, err := e.ask(ctx, address, body)
		if err != nil {
			err = &Error{address.String(), serviceOf(input), err}
		}
		return a, err
	}
	outcomes := make([]engine.Outcome, len(packages))
	all, err := ask("answer")
	var failed *evaluationError
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	for i, name := range packages {
		_, last, _ := strings.Cut(name, ".")
		answered := all
		if failed != nil {
			answered, err = ask("part", last)
			var own *evaluationError
			if errors.As(err, &own) {
				outcomes[i].Err = own
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		findings, ok := answered.Findings[last]
		if !ok {
			return nil, &Error{e.base.String(), serviceOf(input), fmt.Errorf("%w: %s is missing", ErrMissing, name)}
		}
		outcomes[i].Findings = findings
	}
	return outcomes, nil
}

// ask asks until there is an answer, or one that will not change, or no more patience.
func (e *Evaluator) ask(ctx context.Context, address *url.URL, body []byte) (answer, error) {
	pauses := backoff.NewExponentialBackOff() // with jitter, so that a fleet's clients do not come back all at once
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = e.options.Pause, 2, maxPause
	attempts := 0
	answered, err := backoff.Retry(ctx, func() (answer, error) {
		attempts++
		return e.attempt(ctx, address, body)
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(e.options.Attempts), backoff.WithMaxElapsedTime(0))
	if err != nil && attempts > 1 {
		err = fmt.Errorf("asked %d times: %w", attempts, err)
	}
	return answered, err
}

// attempt asks once. An error is a backoff.PermanentError where asking again would change nothing.
func (e *Evaluator) attempt(ctx context.Context, address *url.URL, body []byte) (answer, error) {
	target := *address
	target.RawQuery = "strict-builtin-errors=true"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, backoff.Permanent(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if e.options.Token != "" {
		request.Header.Set("Authorization", "Bearer "+e.options.Token)
	}
	response, err := e.client.Do(request)
	if err != nil {
		return answer{}, unreached(ctx, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, unreached(ctx, fmt.Errorf("read the answer: %w", err))
	case len(content) > maxAnswer:
		return answer{}, backoff.Permanent(fmt.Errorf("%w: it is larger than %d MiB", ErrAnswer, maxAnswer>>20))
	case response.StatusCode != http.StatusOK:
		return answer{}, refused(response, content)
	}
	return e.read(response, content)
}

// unreached is the error of a server that could not be asked. Its certificate and the caller's haste do not change.
func unreached(ctx context.Context, err error) error {
	var certificate *tls.CertificateVerificationError
	if ctx.Err() != nil || errors.As(err, &certificate) {
		return backoff.Permanent(err)
	}
	var urlErr *url.Error // its text repeats the address
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return err
}

// serviceOf names the service that the evidence is about.
func serviceOf(input map[string]any) string {
	if id, _ := document.Lookup(input, "/metadata/service/id"); id != nil {
		if text, ok := id.(string); ok {
			return text
		}
	}
	return "without an id"
}

// evaluationError is a policy that could not be evaluated, in the server's words.
type evaluationError struct{ text string }

func (e *evaluationError) Error() string { return e.text }

// refused is the error of an answer that is no success.
func refused(response *http.Response, content []byte) error {
	status := fmt.Errorf("%w: HTTP status %s", ErrAnswer, response.Status)
	code := response.StatusCode
	switch {
	case code >= 300 && code < 400:
		return backoff.Permanent(fmt.Errorf("%w: it redirects to %s, which is not followed: give the right address", status, response.Header.Get("Location")))
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return backoff.Permanent(fmt.Errorf("%w: the server refuses the token: give another one with --server-token-file", status))
	case code == http.StatusTooManyRequests, code >= 500:
		if failed := evaluation(content); failed != nil {
			return backoff.Permanent(failed)
		}
		seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
		if pause := time.Duration(seconds) * time.Second; err == nil && pause > 0 {
			return fmt.Errorf("%w: %w", status, &backoff.RetryAfterError{Duration: min(pause, maxPause)})
		}
		return status
	}
	return backoff.Permanent(fmt.Errorf("%w: %.200s", status, bytes.TrimSpace(content)))
}

// evaluation reads which policy could not be evaluated and why; nil where that is not what the server says. An evaluation
// that the server broke off may succeed another time.
func evaluation(content []byte) error {
	var says struct {
		Errors []struct {
			Code, Message string
			Location      struct {
				File string
				Row  int
			}
		}
	}
	if err := json.Unmarshal(content, &says); err != nil {
		return nil
	}
	var texts []string
	for _, e := range says.Errors {
		if !strings.HasPrefix(e.Code, "eval_") || e.Code == rego.CancelCode {
			return nil
		}
		texts = append(texts, fmt.Sprintf("%s:%d: %s: %s", strings.TrimPrefix(e.Location.File, "/"), e.Location.Row, e.Code, e.Message))
	}
	if len(texts) == 0 {
		return nil
	}
	return &evaluationError{strings.Join(texts, "; ")}
}

// read reads an answer, and refuses one that rests on other rules.
func (e *Evaluator) read(response *http.Response, content []byte) (answer, error) {
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return answer{}, backoff.Permanent(fmt.Errorf("%w: it is %s: %.80q", ErrAnswer, cmp.Or(kind, "of no stated type"), content))
	}
	var body struct{ Result *answer }
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(&body); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return answer{}, fmt.Errorf("%w: it breaks off: %w", ErrAnswer, err)
	} else if err != nil {
		return answer{}, backoff.Permanent(fmt.Errorf("%w: %w", ErrAnswer, err))
	}
	_, err := decoder.Token()
	switch {
	case !errors.Is(err, io.EOF):
		return answer{}, backoff.Permanent(fmt.Errorf("%w: more than one JSON document", ErrAnswer))
	case body.Result == nil:
		return answer{}, backoff.Permanent(ErrUndefined)
	case body.Result.Revision != e.options.Revision:
		return answer{}, backoff.Permanent(fmt.Errorf("%w: expected revision %s, but it has %s", ErrRevision, e.options.Revision, cmp.Or(body.Result.Revision, "unknown")))
	}
	return *body.Result, nil
}
