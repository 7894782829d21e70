// Package okms reads facts about an OKMS domain from the domain's own REST API over mutual TLS: its service keys, and its
// secrets without their values. It knows the routes that it needs and no other: none of them answers a secret's data, key
// material, or changes anything. What the API says is described by its OpenAPI document (version 2.14.0, in
// github.com/ovh/okms-sdk-go); the names in a key's attributes are those that github.com/ovh/okms-cli reads there.
package okms

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"raci-check/internal/collect"
	"raci-check/internal/collect/readonly"
	"raci-check/internal/evidence"
)

var fills = []string{
	"/keys/service_key_count",
	"/keys/service_keys/*/id", "/keys/service_keys/*/name", "/keys/service_keys/*/type", "/keys/service_keys/*/size",
	"/keys/service_keys/*/curve", "/keys/service_keys/*/operations", "/keys/service_keys/*/state",
	"/keys/service_keys/*/created_at", "/keys/service_keys/*/activated_at", "/keys/service_keys/*/deactivated_at",
	"/keys/service_keys/*/compromised_at",
	"/secrets/secret_count",
	"/secrets/secrets/*/path", "/secrets/secrets/*/current_version_created_at", "/secrets/secrets/*/max_versions",
	"/secrets/secrets/*/deactivate_version_after_hours", "/secrets/secrets/*/cas_required",
}

// Kind is the okms source.
var Kind = collect.Kind{
	Name:   "okms",
	Short:  "the OKMS domain's REST API over mutual TLS: service keys, and secrets without their values",
	Method: collect.MethodAPI,
	Fills:  fills,
	Options: []collect.Option{
		{Name: "endpoint", Usage: "`URL` of the domain's REST API, such as https://eu-west-par.okms.ovh.net", Required: true},
		{Name: "cert", Usage: "`file` with the client certificate, in PEM", Required: true, Path: true},
		{Name: "key", Usage: "`file` with its private key, in PEM; nobody but its owner may read it", Required: true, Path: true},
		{Name: "ca", Usage: "`file` with the certificates that the server's may rest on, in PEM (default: those of the system)", Path: true},
	},
	New: func(values collect.Values, env collect.Env) (collect.Source, error) { return open(values, env.Form) },
}

// limits hold a source that is read to what an honest domain has, with room to spare.
type limits struct {
	items int // of one list
	pages int // of one list: an API may answer pages with few items
	time  time.Duration
}

var defaultLimits = limits{items: 250_000, pages: 10_000, time: time.Hour}

type source struct {
	endpoint string // without a slash at its end
	identity identity
	words    words
	limits   limits
	options  readonly.Options
}

func open(values collect.Values, form *evidence.Form) (*source, error) {
	endpoint, err := readEndpoint(values.Text("endpoint"))
	who, wrong := readIdentity(values.Text("cert"), values.Text("key"), values.Text("ca"))
	if err := errors.Join(err, wrong); err != nil {
		return nil, err
	}
	config := &tls.Config{
		RootCAs: who.roots, MinVersion: tls.VersionTLS12,
		// It is shown to any server that the roots vouch for: one that knows another authority shall say so.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &who.certificate, nil },
	}
	return &source{
		endpoint: endpoint, identity: who, words: vocabulary(form), limits: defaultLimits, options: readonly.Options{TLS: config},
	}, nil
}

func readEndpoint(text string) (string, error) {
	address, err := url.Parse(text)
	if err == nil {
		text = address.Redacted()
	}
	if err != nil || address.Scheme != "https" || address.Hostname() == "" || address.User != nil ||
		strings.Trim(address.Path, "/") != "" || address.RawQuery != "" || address.Fragment != "" {
		return "", fmt.Errorf("the endpoint is %q: wanted is https://HOST or https://HOST:PORT, such as https://eu-west-par.okms.ovh.net", text)
	}
	return "https://" + address.Host, nil
}

func (s *source) Fills() []string { return fills }

// Collect reads the sections one after the other.
func (s *source) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.time, fmt.Errorf("it took longer than %s", s.limits.time))
	defer cancel()
	client := readonly.New(s.options)
	defer client.Close()
	r := &reader{source: s, client: client, domain: s.endpoint + "/api/" + request.ServiceID, progress: request.Progress, odd: map[string]*oddity{}}
	result := collect.Result{Failed: map[string]error{}}
	for _, section := range []struct {
		name string
		read func(context.Context) (collect.Part, error)
	}{{"keys", r.keys}, {"secrets", r.secrets}} {
		request.Progress("reading " + section.name)
		part, err := section.read(ctx)
		if errors.As(err, new(unreachable)) && len(result.Parts) == 0 {
			return collect.Result{}, err
		}
		if err != nil {
			result.Failed[section.name] = err
			continue
		}
		part.Section = section.name
		result.Parts = append(result.Parts, part)
	}
	if len(result.Parts) == 0 {
		if ctx.Err() != nil {
			return collect.Result{}, context.Cause(ctx)
		}
		return collect.Result{}, errors.Join(result.Failed["keys"], result.Failed["secrets"])
	}
	result.Notes = r.notes()
	return result, nil
}

// reader reads one domain.
type reader struct {
	*source
	client   *readonly.Client
	domain   string // URL that all routes start with
	progress func(string)
	odd      map[string]*oddity // by field
}

// get asks a route of the domain. Action is the IAM action that the route needs, doing says what is asked for.
func (r *reader) get(ctx context.Context, doing, action, route string, header http.Header, into any) (http.Header, error) {
	answered, err := r.client.Get(ctx, r.domain+route, header, into)
	if err != nil {
		return nil, fmt.Errorf("%s: GET %s: %w", doing, r.domain+strings.SplitN(route, "?", 2)[0], r.explained(err, action))
	}
	return answered, nil
}

// pageSize is how many items are asked for at once: the most that the API gives.
const pageSize = "100"

// maxToken is the longest continuation token, in bytes. The API's description allows 500 for keys and says nothing for others.
const maxToken = 4096

// pages asks for page after page: page answers the token of the next, "" at the end, and how many items it had.
func (r *reader) pages(doing string, page func(doing, token string) (next string, items int, err error)) error {
	seen := map[string]bool{}
	token, total := "", 0
	for n := 1; ; n++ {
		now := doing
		if n > 1 {
			now = fmt.Sprintf("%s, page %d", doing, n)
			r.progress(now)
		}
		next, items, err := page(now, token)
		switch total += items; {
		case err != nil:
			return err
		case total > r.limits.items:
			return fmt.Errorf("%s: more than %d items: no domain that is known has so many", now, r.limits.items)
		case next == "":
			return nil
		case len(next) > maxToken:
			return fmt.Errorf("%s: the token of the next page has %d bytes, wanted are at most %d", now, len(next), maxToken)
		case seen[next]:
			return fmt.Errorf("%s: the next page would be one that was read already: the list has no end", now)
		case n == r.limits.pages:
			return fmt.Errorf("%s: another page would follow: the list has no end", now)
		}
		seen[next] = true
		token = next
	}
}

// oddity is what the API says of a field that evidence has no words for.
type oddity struct {
	count int
	first string // what it says, and of what
}

// leaveOut notes that a field is left out, since what the API says is not what its description says.
func (r *reader) leaveOut(field, where string, value any) {
	if r.odd[field] == nil {
		said, err := json.Marshal(value)
		if err != nil {
			said = []byte("…")
		}
		r.odd[field] = &oddity{first: fmt.Sprintf("%.80s of %s", said, where)}
	}
	r.odd[field].count++
}

func (r *reader) notes() []string {
	notes := []string{"the API lists the keys and secrets that the certificate's identities have the right to get, and does not say whether there are others"}
	for _, field := range slices.Sorted(maps.Keys(r.odd)) {
		notes = append(notes, fmt.Sprintf("%s is left out of %d items: the API says what is not known here, such as %s", field, r.odd[field].count, r.odd[field].first))
	}
	return notes
}

// instant is an instant as evidence has it; "" where the API tells none.
func (r *reader) instant(field, where string, value any) string {
	text, isText := value.(string)
	if value == nil || isText && text == "" {
		return ""
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 {
		r.leaveOut(field, where, value)
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// words are the enumerations of evidence, by field.
type words map[string][]string

// vocabulary takes them from the form of evidence: they stand nowhere twice.
func vocabulary(form *evidence.Form) words {
	found := words{}
	for _, pointer := range fills {
		held := form
		for step := range strings.SplitSeq(pointer[1:], "/") {
			if held == nil {
				break
			}
			held = form.Resolve(held)
			if step == "*" {
				held = held.Items
			} else {
				held = held.Properties.Forms[step]
			}
		}
		if held != nil {
			if held = form.Resolve(held); held.Items != nil {
				held = form.Resolve(held.Items)
			}
			found[pointer] = held.Enum
		}
	}
	return found
}

// word is a word of an enumeration; "" where the API tells none, or one that evidence does not have.
func (r *reader) word(field, where, text string) string {
	if text == "" || slices.Contains(r.words[field], text) {
		return text
	}
	r.leaveOut(field, where, text)
	return ""
}

// sortedBy sorts a list in place, and fails where an item stands in it twice or has no name.
func sortedBy[T any](doing string, items []T, name func(T) string) error {
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
	if len(items) > 0 && name(items[0]) == "" {
		return fmt.Errorf("%s: the API lists one that it does not name", doing)
	}
	for i := 1; i < len(items); i++ {
		if name(items[i]) == name(items[i-1]) {
			return fmt.Errorf("%s: the API lists %s twice: were they changed while they were read? Run again", doing, name(items[i]))
		}
	}
	return nil
}
