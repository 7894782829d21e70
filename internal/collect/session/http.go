package session

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
)

// httpAsked is a request. What tells requests apart is Method, Address and Cursor.
type httpAsked struct {
	Method      string            `json:"method"`
	Address     string            `json:"address"`
	Cursor      string            `json:"cursor,omitempty"`      // X-Pagination-Cursor
	Credentials []string          `json:"credentials,omitempty"` // names of the headers that had them
	Form        map[string]string `json:"form,omitempty"`        // that was sent
}

// String names a request, as errors do.
func (a httpAsked) String() string {
	text := a.Method + " " + a.Address
	if a.Cursor != "" {
		text += " (behind " + a.Cursor + ")"
	}
	return text
}

type httpAnswered struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
	Text    string            `json:"text,omitempty"` // in place of a body that is not valid JSON
}

// The headers that matter to what asks, and those of credentials.
const (
	cursorHeader = "X-Pagination-Cursor"
	nextHeader   = "X-Pagination-Cursor-Next"
)

var credentialHeaders = []string{"Authorization", "X-Ovh-Application", "X-Ovh-Consumer", "X-Ovh-Signature", "X-Ovh-Timestamp"}

// Record keeps a request and what became of it.
func (t *Tape) Record(made httpget.Exchange) {
	t.session.mu.Lock()
	defer t.session.mu.Unlock()
	names := t.session.names
	kept := file{}
	var question httpAsked
	names.Ordered(func() { question = askedOf(names, made) })
	kept.Asked = question
	var status *httpget.StatusError
	switch {
	case made.Err == nil:
		body, err := plain(made.Into)
		if err != nil {
			t.session.err = cmp.Or(t.session.err, err)
			return
		}
		kept.Answered = httpAnswered{Status: made.Response.StatusCode, Headers: headersOf(names, made.Response), Body: names.JSON(body, plainOf(question)...)}
	case errors.As(made.Err, &status) && made.Response != nil:
		kept.Answered = httpAnswered{Status: status.Status, Headers: headersOf(names, made.Response), Body: explanation(names, status.Body)}
	case made.Response != nil && made.Content != nil:
		answered := httpAnswered{Status: made.Response.StatusCode, Headers: headersOf(names, made.Response)}
		if answered.Body = explanation(names, made.Content); answered.Body == nil {
			answered.Body, answered.Text = shapeOf(made.Content)
		}
		kept.Answered = answered
	default:
		kept.Failed = &Failure{Kind: kindOf(made.Err), Message: names.Redacted(made.Err.Error())}
	}
	t.keep(kept)
}

// Requests is the tape of a client of HTTP whose answers are kept in another way: of each, it records what was asked, the status and a
// few headers, or how it failed. It is nil where nothing is recorded.
func (t *Tape) Requests() httpget.Tape {
	if !t.Records() {
		return nil
	}
	return requests{t}
}

// requests records requests without the bodies of their answers.
type requests struct{ tape *Tape }

func (requests) Replays() bool { return false }

func (requests) Play(*http.Request) (*http.Response, error) { return nil, httpget.ErrUnrecorded }

func (r requests) Record(made httpget.Exchange) {
	session := r.tape.session
	session.mu.Lock()
	defer session.mu.Unlock()
	var kept file
	session.names.Ordered(func() {
		question := askedOf(session.names, made)
		question.Address = withoutNames(question.Address)
		kept.Asked = question
	})
	if made.Response != nil {
		kept.Answered = httpAnswered{Status: made.Response.StatusCode, Headers: headersOf(session.names, made.Response)}
	} else {
		kept.Failed = &Failure{Kind: kindOf(made.Err), Message: session.names.Redacted(made.Err.Error())}
	}
	r.tape.keep(kept)
}

// withoutNames is an address with nothing but words in the names of its query: what a tool calls its parameters is not known here.
func withoutNames(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return redact.Mark
	}
	query := url.Values{}
	for name, values := range parsed.Query() {
		if len(name) > 40 || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz_-.$") != "" {
			name = redact.Mark
		}
		query[name] = append(query[name], values...)
	}
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func askedOf(names *pseudonym.Set, made httpget.Exchange) httpAsked {
	request := made.Request
	question := httpAsked{Method: request.Method, Address: names.Address(request.URL.String()), Cursor: names.Token(request.Header.Get(cursorHeader))}
	sent := request
	if made.Response != nil && made.Response.Request != nil { // it has what authorized it
		sent = made.Response.Request
	}
	for _, name := range credentialHeaders {
		if sent.Header.Get(name) != "" {
			question.Credentials = append(question.Credentials, name)
		}
	}
	if request.GetBody == nil || request.Method == http.MethodGet {
		return question
	}
	body, err := request.GetBody()
	if err != nil {
		return question
	}
	content, _ := io.ReadAll(io.LimitReader(body, 64<<10)) // what there is
	_ = body.Close()
	values, _ := url.ParseQuery(string(content)) // the fields that can be read
	for name := range values {
		if question.Form == nil {
			question.Form = map[string]string{}
		}
		if !contentForm("x/" + strings.ReplaceAll(name, "_", "")) {
			name = redact.Mark
		}
		question.Form[name] = redact.Mark
		if name == "grant_type" || name == "scope" {
			question.Form[name] = values.Get(name)
		}
	}
	return question
}

// plainOf are the fields of an answer that hold words of the provider, where others of their name hold names.
func plainOf(question httpAsked) []string {
	if strings.HasSuffix(question.Address, "/log/kind") {
		return []string{"name"}
	}
	if strings.Contains(question.Address, "/reference/") { // what the provider offers to all
		return []string{"id", "value", "certifications"}
	}
	return nil
}

func headersOf(names *pseudonym.Set, response *http.Response) map[string]string {
	headers := map[string]string{}
	put := func(name, value string) {
		if value != "" {
			headers[name] = value
		}
	}
	contentType, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	if len(contentType) <= 80 && !redact.SecretValue(contentType) && contentForm(contentType) {
		put("Content-Type", contentType)
	}
	if after := response.Header.Get("Retry-After"); after != "" {
		seconds, err := strconv.Atoi(after)
		if at, wrong := http.ParseTime(after); err != nil && wrong == nil {
			seconds, err = max(0, int(time.Until(at).Seconds())), nil
		}
		if err == nil {
			put("Retry-After", strconv.Itoa(seconds))
		}
	}
	names.Ordered(func() {
		put(nextHeader, names.Token(response.Header.Get(nextHeader)))
		if location := response.Header.Get("Location"); location != "" {
			put("Location", names.Address(location))
		}
	})
	return headers
}

func contentForm(text string) bool {
	return strings.Count(text, "/") == 1 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz/+.-") == ""
}

// plain is a value as encoding/json decodes what it encodes.
func plain(value any) (any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var decoded any
	err = document.DecodeJSON("", encoded, &decoded)
	return decoded, err
}

// explained is what is kept of an answer that is an error: what the sources read of it.
type explained struct {
	Message string `json:"message,omitempty"`
	Details struct {
		ByIAM            any `json:"unauthorizedActionsByIAM,omitempty"`
		ByAuthentication any `json:"unauthorizedActionsByAuthentication,omitempty"`
	} `json:"details,omitzero"`
	Code        json.Number `json:"error_code,omitempty"`
	ErrorCode   string      `json:"errorCode,omitempty"`
	HTTPCode    string      `json:"httpCode,omitempty"`
	Class       string      `json:"class,omitempty"`
	Errors      []string    `json:"errors,omitempty"`
	Request     string      `json:"request_id,omitempty"`
	Error       string      `json:"error,omitempty"`
	Description string      `json:"error_description,omitempty"`
}

func explanation(names *pseudonym.Set, content []byte) any {
	var reason explained
	if json.Unmarshal(content, &reason) != nil {
		return nil
	}
	body, err := plain(reason)
	if fields, isObject := body.(map[string]any); err != nil || !isObject || len(fields) == 0 {
		return nil
	}
	return names.JSON(body)
}

// What stands for an answer that is not valid JSON.
const (
	cutText   = "{"
	otherText = "[not JSON]"
)

// shapeOf is the shape of an answer that is not as expected: the names and the types of its fields, and no value.
func shapeOf(content []byte) (body any, text string) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, cutText
	case err != nil:
		return nil, otherText
	case decoder.More():
		return nil, "{} {}"
	case value == nil:
		return nil, "null"
	}
	return shape(value), ""
}

func shape(value any) any {
	switch v := value.(type) {
	case map[string]any:
		shapes := map[string]any{}
		for name, below := range v {
			if len(name) <= 40 && !redact.Secret(name) && !redact.SecretValue(name) && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz_") == "" {
				shapes[name] = shape(below)
			}
		}
		return shapes
	case []any:
		shapes := []any{}
		for _, below := range v {
			shapes = append(shapes, shape(below))
		}
		return shapes
	case string:
		return "text"
	case json.Number:
		return json.Number("0")
	case bool:
		return false
	default:
		return nil
	}
}

// Kinds of failures of connections.
const (
	kindTimeout   = "timeout"
	kindHost      = "no_such_host"
	kindAlert     = "tls_alert"
	kindUntrusted = "untrusted_server"
	kindDial      = "no_connection"
	kindOther     = "other"
)

func kindOf(err error) string {
	var timeout net.Error
	var resolve *net.DNSError
	var operation *net.OpError
	switch {
	case httpget.Refused(err) != nil:
		return kindAlert
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return kindUntrusted
	case errors.As(err, &resolve) && resolve.IsNotFound:
		return kindHost
	case errors.As(err, &timeout) && timeout.Timeout():
		return kindTimeout
	case errors.As(err, &operation) && operation.Op == "dial":
		return kindDial
	}
	return kindOther
}

// FailureOf is a failure of a connection, with pseudonyms in its message.
func (t *Tape) FailureOf(err error) *Failure {
	t.session.mu.Lock()
	defer t.session.mu.Unlock()
	return &Failure{Kind: kindOf(err), Message: t.session.names.Redacted(err.Error())}
}

// Cause is an error of the kind that was recorded.
func (f *Failure) Cause() error {
	err := errors.New(f.Message)
	switch f.Kind {
	case kindAlert:
		return &net.OpError{Op: "remote error", Err: err}
	case kindUntrusted:
		return &tls.CertificateVerificationError{Err: err}
	case kindHost:
		return &net.DNSError{Err: f.Message, IsNotFound: true}
	case kindTimeout:
		return &net.DNSError{Err: f.Message, IsTimeout: true}
	case kindDial:
		return &net.OpError{Op: "dial", Err: err}
	}
	return err
}

// Play answers a request as the session does.
func (t *Tape) Play(request *http.Request) (*http.Response, error) {
	question := httpAsked{Method: request.Method, Address: request.URL.String(), Cursor: request.Header.Get(cursorHeader)}
	var answered struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
		Text    string            `json:"text"`
	}
	err := t.Answer(request.Context(), question, &answered)
	var failed *Failure
	switch {
	case errors.As(err, &failed):
		return nil, failed.Cause()
	case err != nil:
		return nil, err
	case answered.Status < 200 || answered.Status > 599:
		return nil, fmt.Errorf("%w: the session's answer to %s has no valid status", httpget.ErrUnrecorded, question)
	}
	content := []byte(cmp.Or(answered.Text, string(answered.Body)))
	header := http.Header{}
	for name, value := range answered.Headers {
		header.Set(name, value)
	}
	return &http.Response{
		StatusCode: answered.Status, Status: strconv.Itoa(answered.Status) + " " + http.StatusText(answered.Status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(content)), ContentLength: int64(len(content)), Request: request,
	}, nil
}

// same is a request without what does not tell it from others: the spelling of its address, and how it was authorized.
func (a httpAsked) same() httpAsked {
	a.Credentials, a.Form = nil, nil
	address, err := url.Parse(a.Address)
	if err != nil {
		return a
	}
	segments := strings.Split(address.EscapedPath(), "/")
	for i := range segments {
		if plain, err := url.PathUnescape(segments[i]); err == nil {
			segments[i] = url.PathEscape(plain)
		}
	}
	a.Address = address.Scheme + "://" + address.Host + strings.Join(segments, "/")
	if query := address.Query(); len(query) > 0 {
		for _, values := range query {
			slices.Sort(values)
		}
		a.Address += "?" + query.Encode()
	}
	return a
}
