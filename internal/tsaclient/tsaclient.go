// Package tsaclient asks time-stamping authorities for tokens over HTTP (RFC 3161, section 3.4). One request is sent to the
// given address, and one answer is taken: no redirect is followed, and none that is too large, late, or about something else.
package tsaclient

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/raci-check/raci-check/internal/timestamp"
)

const defaultTimeout = 30 * time.Second // from the connection to the last byte; authorities answer within a second

// The types of the bodies by RFC 3161.
const (
	queryType = "application/timestamp-query"
	replyType = "application/timestamp-reply"
)

// What can be wrong with an authority and its answer; what can be wrong with the token, package timestamp says.
var (
	ErrURL    = errors.New("not the address of a time-stamping authority")
	ErrAnswer = errors.New("the answer is not from a time-stamping authority")
	ErrLarge  = fmt.Errorf("the answer is larger than %d KiB", timestamp.MaxReply>>10)
)

// Options say which authority is asked.
type Options struct {
	URL     string        // http or https
	Policy  string        // under which it must issue the token, in dotted decimal; empty for its own
	Timeout time.Duration // 0 for 30 seconds
}

// Client asks an authority.
type Client struct {
	options Options
	http    *http.Client
}

// New verifies the address and the policy. It sends nothing.
func New(options Options) (*Client, error) {
	address, err := url.Parse(options.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	case address.Scheme != "http" && address.Scheme != "https" || address.Host == "":
		return nil, fmt.Errorf("%w: %q: expected http://HOST/PATH or https://HOST/PATH", ErrURL, options.URL)
	case address.User != nil:
		return nil, fmt.Errorf("%w: other users can see a password in the address", ErrURL)
	}
	if _, err := timestamp.ParsePolicy(options.Policy); err != nil {
		return nil, err
	}
	options.Timeout = cmp.Or(options.Timeout, defaultTimeout)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // there is one request
	return &Client{options: options, http: &http.Client{
		Transport: transport, Timeout: options.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Stamp asks for a token over a message and answers the reply that contains it, in DER. The authority learns the message's
// SHA-256, and nothing of the message.
func (c *Client) Stamp(ctx context.Context, message []byte) ([]byte, error) {
	reply, err := c.stamp(ctx, message)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.options.URL, err)
	}
	return reply, nil
}

func (c *Client) stamp(ctx context.Context, message []byte) ([]byte, error) {
	query, err := timestamp.NewQuery(message, c.options.Policy)
	if err != nil {
		return nil, err
	}
	if query, err = query.WithNonce(); err != nil {
		return nil, err
	}
	body, err := query.Marshal()
	if err != nil {
		return nil, err
	}
	reply, err := c.post(ctx, body)
	if err != nil {
		return nil, err
	}
	token, err := timestamp.ParseReply(reply)
	if err != nil {
		return nil, err
	}
	return reply, query.Answers(token)
}

func (c *Client) post(ctx context.Context, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.options.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", queryType)
	request.Header.Set("Accept", replyType)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.explained(ctx, err)
	}
	defer response.Body.Close()
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch {
	case response.StatusCode >= 300 && response.StatusCode < 400:
		return nil, fmt.Errorf("it redirects to %q, which is not followed: give that address if you trust it", response.Header.Get("Location"))
	case response.StatusCode != http.StatusOK && response.StatusCode != http.StatusCreated: // which Sigstore's own authority answers with
		return nil, fmt.Errorf("it answers with status %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	case err != nil || kind != replyType:
		return nil, fmt.Errorf("%w: its content type is %q, expected %s", ErrAnswer, response.Header.Get("Content-Type"), replyType)
	}
	reply, err := io.ReadAll(io.LimitReader(response.Body, timestamp.MaxReply+1))
	if err != nil {
		return nil, c.explained(ctx, err)
	}
	if len(reply) > timestamp.MaxReply {
		return nil, ErrLarge
	}
	return reply, nil
}

// explained says what a timeout means, and leaves out the address, which is named already.
func (c *Client) explained(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("no whole answer within %s", c.options.Timeout)
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("it cannot be asked: %w", err)
}
