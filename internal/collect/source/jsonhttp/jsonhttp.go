// Package jsonhttp reads facts from the JSON interfaces of other tools, as mappings say: the same that the source file applies to exports.
// It sends GET to one host and nothing else. Its kind is called http.
package jsonhttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/mapped"
	"github.com/raci-check/raci-check/internal/collect/mutualtls"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/mappings"
)

// Kind is the http source. What it fills is what its mappings say.
var Kind = collect.Kind{
	Name:    "http",
	Short:   "the JSON interfaces of other tools, through mappings",
	Method:  collect.MethodAPI,
	Options: options(),
	New: func(values collect.Values, env collect.Env) (collect.Source, error) {
		if env.Tape.Replays() {
			return mapped.Replayed(env)
		}
		return open(values, env)
	},
}

func options() []collect.Option {
	names, _ := shipped.Names(mappings.FS) // it fails on no file system that the program contains
	all := []collect.Option{
		{Name: "url", Usage: "`URL` to ask, https only; in it, {now} and {30_days_ago} are times, and {service_id} is the domain", Required: true},
		{Name: "mapping", Usage: "`file` of kind Mapping that reads the answer; repeatable", List: true, Path: true},
		{Name: "shipped", Usage: "`name` of a mapping of the program that reads the answer; repeatable", List: true, Words: names},
		{Name: "token_file", Usage: "`file` with the token, that only its owner can read (default: the variable " + prefix + "HOST, if it is set)", Path: true},
		{Name: "scheme", Usage: "`scheme` of the token: bearer, or basic where the file has USER:PASSWORD (default: bearer)", Words: schemes},
		{Name: "header", Usage: "`name` of the header that the token is sent in, such as X-Api-Key (default: the header of its scheme)"},
		{Name: "set_header", Usage: "`header` without a secret that each request has, such as 'x-api-version: 1.1-rev1'; repeatable", List: true},
		{Name: "items", Usage: "`expression` (JSONPath) for the list of a page's items, such as $.data"},
		{Name: "next", Usage: "`expression` (JSONPath) for the link to the next page or its token, or Link for the header of that name"},
		{Name: "next_parameter", Usage: "`parameter` of the query that takes the token of the next page"},
		{Name: "offset_parameter", Usage: "`parameter` of the query that takes the number of items read so far, such as skip"},
		{Name: "total", Usage: "`expression` (JSONPath) for the number of all items, or the name of the header that has it, which is compared with those that were read"},
	}
	for _, option := range mutualtls.Options {
		option.Required = false
		all = append(all, option)
	}
	return all
}

type source struct {
	mappings []*mapping.Mapping
	address  address
	paging   paging
	shown    credential
	fixed    http.Header // that each request has
	limits   httpget.Limits
	options  httpget.Options
	env      collect.Env
}

func open(values collect.Values, env collect.Env) (*source, error) {
	s := &source{limits: httpget.DefaultLimits, env: env}
	var errs [5]error
	s.mappings, errs[0] = readMappings(values, env.Form)
	s.address, errs[1] = readAddress(values.Text("url"))
	s.paging, errs[2] = readPaging(values)
	s.fixed, errs[3] = readHeaders(values["set_header"])
	if errs[1] == nil {
		s.shown, errs[4] = readCredential(values, env, s.address)
		errs[2] = cmp.Or(errs[2], s.paging.fromStart(s.address))
	}
	if err := joined(errs[:]); err != nil {
		return nil, err
	}
	s.options = httpget.Options{
		TLS: s.shown.identity.Config(env.Roots), Dial: env.Dial, Authorize: s.shown.authorize, Secrets: s.shown.secrets,
		Tape: env.Tape.Requests(),
	}
	return s, nil
}

// joined is all that is wrong, with the places of what has one.
func joined(errs []error) error {
	var all document.Errors
	for _, err := range errs {
		all = document.Collect(all, err)
	}
	if slices.ContainsFunc(all, func(e *document.Error) bool { return e.File != "" }) {
		return all.Sorted()
	}
	return errors.Join(errs...) // none has a place: the caller gives it one
}

// readMappings reads the mappings, those of the program last.
func readMappings(values collect.Values, form *evidence.Form) (all []*mapping.Mapping, err error) {
	var errs document.Errors
	filled := map[string]string{}
	take := func(name string, m *mapping.Mapping, err error) {
		if err == nil && m.Format() != "json" {
			err = &document.Error{File: name, Message: fmt.Sprintf("its format is %s, and an interface answers json", m.Format())}
		}
		if err != nil {
			errs = document.Collect(errs, err)
			return
		}
		all = append(all, m)
	}
	for _, name := range values["mapping"] {
		m, err := mapping.ReadFile(name, form, filled)
		take(name, m, err)
	}
	for _, name := range values["shipped"] {
		text, err := fs.ReadFile(mappings.FS, name+".yaml")
		if err != nil {
			names, _ := shipped.Names(mappings.FS)
			errs = document.Collect(errs, errors.New(suggest.Unknown("mapping of the program", name, names)))
			continue
		}
		doc, err := document.Parse(name+".yaml", text, document.DefaultLimits.WithBytes(evidence.MaxMapping))
		var m *mapping.Mapping
		if err == nil {
			m, err = mapping.Parse(doc, form, filled)
		}
		take(name, m, err)
	}
	if len(all)+len(errs) == 0 {
		return nil, errors.New("nothing reads the answer: give mapping, or shipped")
	}
	return all, errs.Sorted()
}

func (s *source) Fills() []string { return mapped.Fills(s.mappings) }

// Collect asks, and reads the answer by the mappings. An answer that is not complete is of no use to any of them.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	facts := mapped.New(s.mappings, s.env)
	answer, err := s.read(ctx, request, true)
	if err != nil {
		return collect.Result{}, facts.Unread(err)
	}
	for _, m := range s.mappings {
		facts.Apply(m, s.address.text, answer)
	}
	return facts.Result(), nil
}

// read asks for the answer: all pages of it, or the first alone.
func (s *source) read(ctx context.Context, request collect.Request, whole bool) (any, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	defer cancel()
	client := httpget.New(s.options)
	defer client.Close()
	r := &reading{source: s, client: client, ctx: ctx, progress: request.Progress, whole: whole}
	answer, err := r.all(s.address.at(request))
	if err != nil {
		return nil, s.explained(ctx, err)
	}
	return answer, nil
}

// explained says what a person can do about an error, and how evidence names it.
func (s *source) explained(ctx context.Context, err error) error {
	var failed *httpget.StatusError
	if errors.As(err, &failed) {
		switch failed.Status {
		case http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("%w: %s", err, s.shown.toCheck())
		case http.StatusNotFound:
			return fmt.Errorf("%w: is the URL correct?", err)
		}
		return err
	}
	handshake := s.shown.identity.Explained(err)
	class := collect.ClassUnusable
	if handshake != nil || ctx.Err() != nil || errors.As(err, new(net.Error)) {
		class = httpget.ClassUnreachable
	}
	return &collect.UnreadError{Unit: s.address.path, Class: class, Err: fmt.Errorf("GET %s: %w", s.address.plain, cmp.Or(handshake, err))}
}

// Rights asks for the first page.
func (s *source) Rights(ctx context.Context, request collect.Request) []collect.Right {
	right := collect.Right{Asked: "GET " + s.address.plain}
	for _, m := range s.mappings {
		for _, section := range m.Sections() {
			if at := "/" + section; !slices.Contains(right.Affects, at) {
				right.Affects = append(right.Affects, at)
			}
		}
	}
	request.Progress("asking " + s.address.plain)
	_, err := s.read(ctx, request, false)
	return []collect.Right{collect.RightOf(right, err)}
}
