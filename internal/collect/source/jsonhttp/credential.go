package jsonhttp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/bearer"
	"github.com/raci-check/raci-check/internal/collect/mutualtls"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/suggest"
)

// prefix is how the variable of the environment begins that has the token for a host. The host is a part of its name, so that no file of
// kind Collect can send the token elsewhere.
const prefix = "RACI_CHECK_TOKEN_" //nolint:gosec // the name of a variable

// schemes are how a token is sent in the header Authorization.
var schemes = []string{"bearer", "basic"}

type credential struct {
	identity      mutualtls.Identity // without a certificate where none is given
	header, value string             // that are sent; empty where no token is
	secrets       []string           // that no answer may repeat
	from          string             // where the token is from
	variable      string             // that could have had it; empty where the host has none
	token         string
}

var (
	headerName = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]+$`) // RFC 9110, section 5.6.2
	hostName   = regexp.MustCompile(`^[a-z0-9.-]+$`)
)

// variableOf is the variable that has the token for a host: vbr-1.example.com has RACI_CHECK_TOKEN_VBR__1_EXAMPLE_COM.
func variableOf(a address) string {
	host := a.host[:strings.LastIndex(a.host, ":")]
	if !hostName.MatchString(host) {
		return ""
	}
	return prefix + strings.ToUpper(strings.NewReplacer("-", "__", ".", "_").Replace(host))
}

func readCredential(values collect.Values, env collect.Env, at address) (c credential, err error) {
	if at.text != "" {
		c.variable = variableOf(at)
	}
	read := mutualtls.ReadTrust
	if values.Text("cert") != "" || values.Text("key") != "" {
		if values.Text("cert") == "" || values.Text("key") == "" {
			return c, errors.New("cert and key belong together: give both")
		}
		read = mutualtls.Read
	}
	var wrong error
	c.identity, err = read(values)
	file, text := values.Text("token_file"), ""
	switch {
	case file != "":
		var content []byte
		content, wrong = safefile.ReadSecret(file)
		text, c.from = string(content), file
	case c.variable != "" && env.Getenv != nil && env.Getenv(c.variable) != "":
		text, c.from = env.Getenv(c.variable), c.variable
	}
	scheme, header := values.Text("scheme"), values.Text("header")
	if err = errors.Join(err, wrong); err != nil {
		return c, err
	}
	switch {
	case scheme != "" && header != "":
		return c, errors.New("scheme is for the header Authorization: leave out scheme or header")
	case scheme != "" && scheme != "bearer" && scheme != "basic":
		return c, errors.New(suggest.Unknown("scheme", scheme, schemes))
	case header != "" && (!headerName.MatchString(header) || isReserved(header)):
		return c, fmt.Errorf("header is %.40q: expected the name of a header for a token, such as X-Api-Key", header)
	case c.from == "" && (scheme != "" || header != ""):
		return c, fmt.Errorf("there is no token: give token_file, or set %s", c.variable)
	case c.from == "":
		return c, nil
	}
	if err := c.show(strings.TrimSpace(text), scheme, header); err != nil {
		if file != "" {
			return c, &document.Error{File: file, Message: err.Error()}
		}
		return c, fmt.Errorf("%s: %w", c.variable, err)
	}
	return c, nil
}

// minKey and maxKey are the lengths of keys and passwords, in bytes. A shorter one would not be found again in answers that repeat it.
const minKey, maxKey = 8, 8192

// show sets what is sent. No error of it repeats the text.
func (c *credential) show(text, scheme, header string) error {
	isLine := len(text) >= minKey && len(text) <= maxKey && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	switch {
	case header != "":
		if !isLine || strings.Contains(text, " ") {
			return errors.New("it holds no key: expected one line with the key alone, of 8 characters or more")
		}
		c.header, c.value, c.secrets = header, text, []string{text}
	case scheme == "basic":
		user, password, isPair := strings.Cut(text, ":")
		if !isLine || !isPair {
			return errors.New("it holds no user and password: expected one line USER:PASSWORD, of 8 characters or more")
		}
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		c.header, c.value, c.secrets = "Authorization", "Basic "+encoded, []string{encoded, text, password}
		if len(password) < minKey { // then the user is the token, as in TOKEN:token
			c.secrets = append(c.secrets, user)
		}
	default:
		token, err := bearer.Parse(text)
		if err != nil {
			return err
		}
		c.token, c.header, c.value, c.secrets = token, "Authorization", "Bearer "+token, []string{token}
	}
	return nil
}

// authorize adds the token to the header of a request.
func (c credential) authorize(_ context.Context, _ string, header http.Header) error {
	if c.header != "" {
		header.Set(c.header, c.value)
	}
	return nil
}

// toCheck is what to look at where the interface refuses the credential.
func (c credential) toCheck() string {
	end, ends := bearer.End(c.token)
	switch {
	case ends:
		return fmt.Sprintf("check that the token of %s is not expired (it ends %s) and may read this", c.from, end.Format(time.RFC3339))
	case c.from != "":
		return fmt.Sprintf("check that the token of %s is valid and may read this", c.from)
	case c.identity.Certificate.Leaf != nil:
		return fmt.Sprintf("check that the client certificate %s is accepted and may read this", c.identity.File)
	case c.variable != "":
		return fmt.Sprintf("no credential was sent: give token_file, or set %s", c.variable)
	}
	return "no credential was sent: give token_file"
}

// isReserved reports whether a header is none that a person sets.
func isReserved(name string) bool {
	switch strings.ToLower(name) {
	case "host", "cookie", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "accept", "accept-encoding", "range":
		return true
	}
	return strings.HasPrefix(strings.ToLower(name), "proxy-")
}

// readHeaders reads the headers that each request has. None of them holds a secret.
func readHeaders(list []string) (http.Header, error) {
	headers := http.Header{}
	for _, text := range list {
		name, value, isPair := strings.Cut(text, ":")
		value = strings.TrimSpace(value)
		switch {
		case !isPair || !headerName.MatchString(name) || value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return nil, fmt.Errorf("set_header has an entry that is no header: expected 'NAME: VALUE', such as 'x-api-version: 1.1-rev1'")
		case strings.EqualFold(name, "Authorization") || isSecretParameter(name) || redact.Secret(name) || redact.SecretValue(value):
			return nil, fmt.Errorf("set_header has a secret (%.40q): write it into a file, and name that by token_file, with header for the name of the header", name)
		case isReserved(name):
			return nil, fmt.Errorf("set_header has %.40q, which the program itself writes: leave it out", name)
		case headers.Get(name) != "":
			return nil, fmt.Errorf("set_header has %.40q twice: keep one", name)
		}
		headers.Set(name, value)
	}
	return headers, nil
}
