package okms

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/bearer"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/mutualtls"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// Variables of the environment that hold credentials.
const (
	tokenVariable  = "OKMS_ACCESS_TOKEN" //nolint:gosec // the name of a variable
	clientVariable = "OKMS_CLIENT_ID"
	secretVariable = "OKMS_CLIENT_SECRET" //nolint:gosec // the name of a variable
)

// options are what the source is told: a certificate with its key, a file with a token, or a service account. Where none of
// these is told, the environment has it.
func options() []collect.Option {
	all := []collect.Option{
		{Name: "endpoint", Usage: "`URL` of the domain's REST API, such as https://eu-west-par.okms.ovh.net", Required: true},
	}
	for _, option := range mutualtls.Options {
		option.Required = false // tokens stand in place of it
		all = append(all, option)
	}
	return append(all,
		collect.Option{Name: "token_file", Usage: "`file` with a personal access token, that only its owner can read, in place of a certificate (or " + tokenVariable + ")", Path: true},
		collect.Option{Name: "service_account", Usage: "client `id` of a service account, in place of a certificate (or " + clientVariable + " and " + secretVariable + ")"},
		collect.Option{Name: "service_account_file", Usage: "`file` with the service account's client secret, that only its owner can read (or " + secretVariable + ")", Path: true},
		collect.Option{Name: "region", Usage: "`region` of the service account: eu, ca or us (default: us for hosts below okms.ovh.us, or else eu)", Words: slices.Sorted(maps.Keys(issuers))},
	)
}

// issuers are where a service account gets its tokens, by its region.
var issuers = map[string]string{"eu": bearer.EU, "ca": bearer.CA, "us": bearer.US}

type credential struct {
	identity mutualtls.Identity // without a certificate where a token is shown
	token    string
	account  *bearer.Client
	from     string // where a token or a secret is from, as messages say it
}

// The kinds of credentials, as sessions name them.
const (
	kindCertificate = "certificate"
	kindToken       = "token"
	kindAccount     = "service account"
)

// record says in a session which kind of credential is shown, and to whom.
func (c credential) record(tape *session.Tape, endpoint string) {
	if !tape.Records() {
		return
	}
	tape.Named(func(names *pseudonym.Set) { endpoint = names.Address(endpoint) })
	tape.Set("endpoint", endpoint)
	switch {
	case c.token != "":
		tape.Set("credential", kindToken)
	case c.account != nil:
		tape.Set("credential", kindAccount)
		tape.Set("issuer", c.account.Address)
	default:
		tape.Set("credential", kindCertificate)
	}
}

// credentialOf is the credential to show. In place of that of a session, which has none, stands one that nobody is shown.
func credentialOf(values collect.Values, env collect.Env, endpoint string) (credential, error) {
	if !env.Tape.Replays() {
		return readCredential(values, env, endpoint)
	}
	const placeholder, from = "none", "the session"
	switch env.Tape.Setting("credential") {
	case kindToken:
		return credential{token: placeholder, from: from}, nil
	case kindAccount:
		return credential{account: &bearer.Client{ID: placeholder, Secret: placeholder, Address: env.Tape.Setting("issuer")}, from: from}, nil
	}
	return credential{}, nil
}

// readCredential reads the one credential that there is.
func readCredential(values collect.Values, env collect.Env, endpoint string) (credential, error) {
	getenv := env.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	byCertificate := values.Text("cert") != "" || values.Text("key") != ""
	byToken := values.Text("token_file") != ""
	byAccount := values.Text("service_account") != "" || values.Text("service_account_file") != ""
	count := 0
	for _, isTold := range []bool{byCertificate, byToken, byAccount} {
		if isTold {
			count++
		}
	}
	if count > 1 {
		return credential{}, errors.New("there is more than one credential: give a certificate with its key, a token, or a service account")
	}
	if count == 0 {
		byToken = getenv(tokenVariable) != ""
		byAccount = getenv(clientVariable) != "" || getenv(secretVariable) != ""
		if byToken && byAccount {
			return credential{}, fmt.Errorf("the environment has %s and a service account: unset one of them", tokenVariable)
		}
	}
	switch {
	case byToken:
		return readToken(values, getenv, endpoint)
	case byAccount:
		return readAccount(values, getenv, endpoint)
	case values.Text("cert") == "" || values.Text("key") == "":
		return credential{}, fmt.Errorf("a credential is needed: cert and key, token_file or %s, service_account with service_account_file, or %s with %s",
			tokenVariable, clientVariable, secretVariable)
	}
	identity, err := mutualtls.Read(values)
	return credential{identity: identity}, err
}

func readToken(values collect.Values, getenv func(string) string, endpoint string) (credential, error) {
	trust, err := mutualtls.ReadTrust(values)
	text, from, wrong := secretOf(values.Text("token_file"), tokenVariable, getenv, endpoint)
	if err := errors.Join(err, wrong); err != nil {
		return credential{}, err
	}
	token, err := bearer.Parse(text)
	if err != nil {
		return credential{}, placed(values.Text("token_file"), from, err)
	}
	return credential{identity: trust, token: token, from: from}, nil
}

func readAccount(values collect.Values, getenv func(string) string, endpoint string) (credential, error) {
	trust, err := mutualtls.ReadTrust(values)
	name := values.Text("service_account_file")
	text, from, wrong := secretOf(name, secretVariable, getenv, endpoint)
	if err := errors.Join(err, wrong); err != nil {
		return credential{}, err
	}
	account := &bearer.Client{ID: values.Text("service_account"), Secret: strings.TrimSpace(text), Address: issuers["eu"]}
	if account.ID == "" {
		account.ID = getenv(clientVariable)
	}
	if account.ID == "" {
		return credential{}, fmt.Errorf("the client id of the service account is missing: give service_account or %s", clientVariable)
	}
	if account.Secret == "" || strings.ContainsAny(account.Secret, " \t\r\n") {
		return credential{}, placed(name, from, errors.New("it holds no client secret: expected one line with the secret alone"))
	}
	if isBelow(endpoint, "okms.ovh.us") {
		account.Address = issuers["us"]
	}
	if region := values.Text("region"); region != "" {
		var isKnown bool
		if account.Address, isKnown = issuers[region]; !isKnown {
			return credential{}, fmt.Errorf("the region of the service account is %.40q: expected eu, ca or us", region)
		}
	}
	return credential{identity: trust, account: account, from: from}, nil
}

// placed is an error about the content of a file, or of a variable where none is named.
func placed(file, from string, err error) error {
	if file != "" {
		return &document.Error{File: file, Message: err.Error()}
	}
	return fmt.Errorf("%s: %w", from, err)
}

// secretOf reads a secret from a file, or from the environment where none is named. A secret of the environment goes to OVHcloud's
// hosts alone: a file of kind Collect that names another host cannot send it there.
func secretOf(file, variable string, getenv func(string) string, endpoint string) (secret, from string, err error) {
	if file != "" {
		content, err := safefile.ReadSecret(file)
		return string(content), file, err
	}
	text := getenv(variable)
	switch {
	case text == "":
		return "", "", fmt.Errorf("%s is not set: the secret is needed, from it or from a file", variable)
	case !isBelow(endpoint, "okms.ovh.net") && !isBelow(endpoint, "okms.ovh.us"):
		return "", "", fmt.Errorf("%s is sent to hosts below okms.ovh.net and okms.ovh.us alone, and the endpoint is %s: give the secret in a file", variable, endpoint)
	}
	return text, variable, nil
}

func isBelow(endpoint, domain string) bool {
	address, err := url.Parse(endpoint)
	return err == nil && strings.HasSuffix(strings.ToLower(address.Hostname()), "."+domain)
}

// authorize is how requests are authorized; nil where the certificate does it. A token is asked for by the options.
func (c credential) authorize(ctx context.Context, options httpget.Options) bearer.Authorize {
	switch {
	case c.token != "":
		return bearer.ByToken(c.token)
	case c.account != nil:
		return bearer.ByClient(ctx, *c.account, options)
	}
	return nil
}

// issuing are the options by which a token is asked for: the authorities of the endpoint are not those of the account.
func issuing(env collect.Env) httpget.Options {
	options := httpget.Options{Dial: env.Dial, Tape: env.Tape.HTTP()}
	if env.Roots != nil {
		options.TLS = &tls.Config{RootCAs: env.Roots, MinVersion: tls.VersionTLS12}
	}
	return options
}

// holder is whose rights count, as messages say it.
func (c credential) holder() string {
	switch {
	case c.token != "":
		return "the token's user"
	case c.account != nil:
		return "the service account"
	}
	return "the certificate's identity"
}

// toCheck is what to look at where the domain does not know the credential.
func (c credential) toCheck() string {
	switch end, ends := bearer.End(c.token); {
	case ends:
		return fmt.Sprintf("check that the token of %s is not expired (it ends %s) and not revoked", c.from, end.Format(time.RFC3339))
	case c.token != "":
		return fmt.Sprintf("check that the token of %s is not expired and not revoked", c.from)
	case c.account != nil:
		return fmt.Sprintf("check that the service account %.80s is of the account that has this domain", c.account.ID)
	}
	return c.identity.ToCheck()
}

// notes are what a person should know of the credential.
func (c credential) notes() []string {
	if end, ends := bearer.End(c.token); ends {
		return []string{fmt.Sprintf("the token of %s ends %s", c.from, end.Format(time.RFC3339))}
	}
	return nil
}
