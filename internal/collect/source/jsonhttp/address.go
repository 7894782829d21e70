package jsonhttp

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/redact"
)

// address is what is asked for. Its text names the times in it, so that it stays the same from one collection to the next.
type address struct {
	text  string // as it was given
	host  string // with the port, in lower case
	plain string // the text without its query
	path  string
}

// placeholder is what stands in a URL for a time, or for the domain's id.
var placeholder = regexp.MustCompile(`\{(?:(service_id)|(?:now|([0-9]{1,4})_days_ago)(:date|:unix|:unix_ms)?)\}`)

const expectedURL = "expected https://HOST/PATH, with {now}, {30_days_ago} or {service_id} after the host"

func readAddress(text string) (address, error) {
	if text == "" {
		return address{}, nil // it is said that it is missing
	}
	parsed, err := url.Parse(filled(text, collect.Request{}))
	shown, _, _ := strings.Cut(text, "?")
	if err != nil || parsed.User != nil || strings.Contains(shown, "@") {
		shown, _, _ = strings.Cut(shown, "://") // what follows may be a password
		shown += "://…"
	}
	if err != nil || parsed.Scheme != "https" || parsed.Hostname() == "" || parsed.User != nil || parsed.Fragment != "" ||
		!strings.HasPrefix(text, "https://"+parsed.Host) {
		return address{}, fmt.Errorf("the URL is %.200q: %s; a secret belongs in token_file", shown, expectedURL)
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}") {
		return address{}, fmt.Errorf("the URL has a brace that is no placeholder: write {now}, {30_days_ago} or {service_id}, with :date, :unix or :unix_ms " +
			"behind the name of a time for another form; write any other brace as %%7B and %%7D")
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return address{}, fmt.Errorf("the query of the URL cannot be read: write each character of a value that is no letter or digit as %%XX")
	}
	for name, values := range query {
		for _, value := range values {
			if isSecretParameter(name) || redact.SecretValue(value) {
				return address{}, fmt.Errorf("the query of the URL has a secret (%.40q): a secret belongs in token_file, which can be sent in a header", name)
			}
		}
	}
	if redact.SecretValue(parsed.Path) {
		return address{}, fmt.Errorf("the path of the URL has a secret: a secret belongs in token_file")
	}
	plain, _, _ := strings.Cut(text, "?")
	return address{text: text, host: hostOf(parsed), plain: plain, path: parsed.Path}, nil
}

// isSecretParameter reports whether a parameter of a query has the name of a secret. Shorter names than those of redact are left out:
// q and p are parameters of searches.
func isSecretParameter(name string) bool {
	letters := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
	switch letters {
	case "key", "sig", "auth", "pwd", "pass", "jwt":
		return true
	}
	return len(letters) > 4 && redact.Secret(name) || strings.HasSuffix(letters, "token") || strings.Contains(letters, "signature")
}

// hostOf is the host of a URL with its port, in lower case.
func hostOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// at is the URL for a request.
func (a address) at(request collect.Request) string { return filled(a.text, request) }

// filled is a URL with what its placeholders stand for.
func filled(text string, request collect.Request) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		match := placeholder.FindStringSubmatch(name)
		if match[1] != "" {
			return url.QueryEscape(request.ServiceID)
		}
		days, _ := strconv.Atoi(match[2]) // digits, or nothing for now
		at := request.At.UTC().AddDate(0, 0, -days)
		switch match[3] {
		case ":date":
			return at.Format(time.DateOnly)
		case ":unix":
			return strconv.FormatInt(at.Unix(), 10)
		case ":unix_ms":
			return strconv.FormatInt(at.UnixMilli(), 10)
		}
		return url.QueryEscape(at.Format(time.RFC3339))
	})
}

// following is the URL of the next page by a link in an answer of another. It is on the same host.
func (a address) following(current, link string) (string, error) {
	base, err := url.Parse(current)
	if err != nil {
		return "", err
	}
	next, err := base.Parse(link)
	if err != nil {
		return "", fmt.Errorf("the link to the next page is not a URL") // without it: it may have a secret
	}
	if next.Scheme != "https" || next.User != nil || hostOf(next) != a.host {
		return "", fmt.Errorf("the link to the next page leads to %.200q, and only %q is asked", next.Scheme+"://"+next.Host, "https://"+a.host)
	}
	next.Fragment = ""
	return next.String(), nil
}

// with is a URL with a parameter of its query.
func with(current, parameter, value string) (string, error) {
	parsed, err := url.Parse(current)
	if err != nil {
		return "", err
	}
	query := parsed.Query()
	query.Set(parameter, value)
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}
