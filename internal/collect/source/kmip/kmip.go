// Package kmip reads the inventory of KMIP objects of an OKMS domain over mutual TLS: which there are, and their attributes. It
// knows three questions (Discover Versions, Locate, Get Attributes) and has no words for another: none of them answers key
// material or changes anything. Messages are made and read by the provider's library github.com/ovh/kmip-go; its client, which has
// a method for every operation, is not used. What the answers say is read by internal/collect/reader/kmip.
package kmip

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/mutualtls"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/kmip"
	recording "github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/evidence"
)

var Kind = collect.Kind{
	Name:   "kmip",
	Short:  "the OKMS domain's KMIP server over mutual TLS: the objects and their attributes, without key material",
	Method: collect.MethodAPI,
	Fills:  interpret.Fills,
	Options: append([]collect.Option{
		{Name: "endpoint", Usage: "`HOST:PORT` of the domain's KMIP server, such as eu-west-rbx.okms.ovh.net:5696", Required: true},
	}, mutualtls.Options...),
	New: func(values collect.Values, env collect.Env) (collect.Source, error) { return open(values, env) },
}

// The sizes of what is asked for at once.
const (
	pageSize  = 1000 // identifiers of an answer of Locate
	batchSize = 50   // objects of a question for attributes
)

// defaultPort is that of KMIP (IANA, service kmip).
const defaultPort = "5696"

type source struct {
	address  string // host and port
	identity mutualtls.Identity
	form     *evidence.Form
	limits   httpget.Limits
	tls      *tls.Config
	dial     httpget.Dialer
	time     time.Duration // for one question, from the connection to the last byte of the answer
	wait     func(attempt int) time.Duration
	page     int32
	batch    int
	tape     *recording.Tape
}

func open(values collect.Values, env collect.Env) (*source, error) {
	address, host, err := readEndpoint(values.Text("endpoint"))
	var identity mutualtls.Identity
	var wrong error
	if !env.Tape.Replays() { // a session has no certificate
		identity, wrong = mutualtls.Read(values)
	}
	if err := errors.Join(err, wrong); err != nil {
		return nil, err
	}
	config := identity.Config(env.Roots)
	config.ServerName = host
	dial := env.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if env.Tape.Records() {
		shown := address
		env.Tape.Named(func(names *pseudonym.Set) { shown = names.Host(address) })
		env.Tape.Set("endpoint", shown)
	}
	return &source{
		address: address, identity: identity, form: env.Form, limits: httpget.DefaultLimits, tls: config, dial: dial, time: httpget.DefaultTime,
		wait: func(attempt int) time.Duration {
			if env.Tape.Replays() {
				return 0
			}
			return httpget.Backoff(httpget.MinWait, httpget.MaxWait, attempt, nil)
		},
		page: pageSize, batch: batchSize, tape: env.Tape,
	}, nil
}

// readEndpoint is the address to dial, and the host that the server's certificate must be of.
func readEndpoint(text string) (address, host string, err error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil && !strings.Contains(strings.Trim(text, "[]"), ":") || err != nil && strings.HasSuffix(text, "]") {
		host, port, err = strings.Trim(text, "[]"), defaultPort, nil
	}
	number, wrong := strconv.ParseUint(port, 10, 16)
	if err != nil || wrong != nil || number == 0 || host == "" || strings.ContainsAny(host, "/@?# []") {
		return "", "", fmt.Errorf("the endpoint is %q: expected HOST or HOST:PORT, such as eu-west-rbx.okms.ovh.net:5696", withoutUser(text))
	}
	return net.JoinHostPort(host, port), host, nil
}

// withoutUser is a text without what may be a name and a password.
func withoutUser(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		return "…" + text[at:]
	}
	return text
}

func (s *source) Fills() []string { return interpret.Fills }

// Collect reads the inventory. What goes wrong fails the section: there is no other.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	all, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	defer cancel()
	asking := &session{source: s, progress: request.Progress}
	defer asking.close()
	inventory, err := asking.inventory(all)
	switch {
	case ctx.Err() != nil: // nobody waits for it any more
		return collect.Result{}, context.Cause(ctx)
	case err != nil:
		return collect.Result{Failed: map[string]error{interpret.Section: s.explained(err)}}, nil
	}
	part, err := interpret.Reader.Read(collect.ReadRequest{
		Section: interpret.Section, Service: request.ServiceID, At: request.At, Form: s.form,
		Answers: []collect.Answer{{Origin: "kmip://" + s.address, Body: *inventory}},
	})
	if err != nil {
		return collect.Result{}, err
	}
	return collect.Result{Parts: []collect.Part{part}, Notes: append([]string{
		"the server and this program speak KMIP " + inventory.Version,
		"the server answers for the domain of the client certificate, and does not say which one that is; it lists only the objects that the certificate's identities may locate",
	}, part.Notes...)}, nil
}

// session is one reading: a connection that is made anew where it breaks, and what was agreed on it.
type session struct {
	*source
	link     *link // nil where there is none
	progress func(string)
}

func (s *session) close() {
	if s.link != nil {
		s.link.close()
		s.link = nil
	}
}

// explained is an error that says what a person can do about it, with its class.
func (s *source) explained(err error) error {
	class, explanation := collect.ClassUnusable, err
	unit := ""
	var question *questionError
	if errors.As(err, &question) {
		unit = cmp.Or(question.question, s.address)
	}
	var refused *refusal
	var broken *linkError
	handshake := s.identity.Explained(err)
	switch {
	case handshake != nil && httpget.Refused(err) != nil:
		class, explanation = httpget.ClassRefused, handshake
	case handshake != nil:
		class, explanation = httpget.ClassUnreachable, handshake
	case errors.As(err, &refused):
		class, explanation = refused.class(), s.advised(err, refused)
	case errors.As(err, &broken):
		class = httpget.ClassUnreachable
	}
	if handshake != nil {
		explanation = fmt.Errorf("%s: %w", s.address, explanation)
	}
	return &collect.UnreadError{Unit: unit, Class: class, Err: explanation}
}
