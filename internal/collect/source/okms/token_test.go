package okms

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

const (
	clientID     = "EU.0123456789abcdef"
	clientSecret = "geheim-of-the-account-0123456789"
	issuedToken  = "issued-geheim-token-0123456789"
)

// jwt is a token in the form of RFC 7519 with claims; its signature is none.
func jwt(claims string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"EdDSA"}`) + "." + part(claims) + "." + part("geheim-signature")
}

var userToken = jwt(`{"exp":1830297600}`) // 2028-01-01

// cloud is a domain that wants a token, and the address that issues them. Both are reached in place of OVHcloud's.
type cloud struct {
	*fake
	token  string // that the domain accepts
	issues func(w http.ResponseWriter, form url.Values)

	mu     sync.Mutex
	issued int
	env    collect.Env
	ca     string
}

func newCloud(t *testing.T, token string) *cloud {
	t.Helper()
	c := &cloud{fake: newFake(t), token: token}
	c.keys, c.secrets = manyKeys(3), []map[string]any{apiSecret("app/db", 1)}
	c.versions["app/db"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	c.issues = func(w http.ResponseWriter, form url.Values) {
		if form.Get("client_id") != clientID || form.Get("client_secret") != clientSecret || form.Get("grant_type") != "client_credentials" || form.Get("scope") != "all" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"unknown `+form.Get("client_secret")+`"}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3599}`, issuedToken)
	}
	authority := collecttest.NewIssuer(t, "public CA")
	served := authority.Issue(t, "server", func(certificate *x509.Certificate) {
		certificate.DNSNames = []string{"eu-west-par.okms.ovh.net", "us-east-vin.okms.ovh.us", "www.ovh.com", "us.ovhcloud.com", "okms.example"}
	})
	server := httptest.NewUnstartedServer(c)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{served.Certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	c.ca = authority.File(t)
	content, err := os.ReadFile(c.ca)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(content)
	_, form := format(t)
	c.env = collect.Env{
		Form: form, Roots: roots, Getenv: func(string) string { return "" },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
	return c
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/auth/oauth2/token" {
		c.mu.Lock()
		c.issued++
		c.mu.Unlock()
		must(c.t, r.ParseForm())
		w.Header().Set("Content-Type", "application/json")
		c.issues(w, r.PostForm)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+c.token {
		authorization := r.Header.Get("Authorization")
		refuse(w, http.StatusUnauthorized, authentication<<12, "who is "+authorization[strings.Index(authorization, " ")+1:]+"?")
		return
	}
	c.fake.ServeHTTP(w, r)
}

func (c *cloud) opened(t *testing.T, values collect.Values) *source {
	t.Helper()
	if values["endpoint"] == nil {
		values["endpoint"] = []string{"https://eu-west-par.okms.ovh.net"}
	}
	s, err := open(values, c.env)
	must(t, err)
	s.options.Backoff = (&waits{}).backoff
	return s
}

func secretFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "held")
	must(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// silent fails where a secret is in what a collection told.
func silent(t *testing.T, result collect.Result, err error) {
	t.Helper()
	encoded, wrong := json.Marshal(result.Parts)
	must(t, wrong)
	all := fmt.Sprintf("%s %v %v %v", encoded, result.Failed, result.Notes, err)
	for _, secret := range []string{userToken, issuedToken, clientSecret, strings.Split(userToken, ".")[2]} {
		if strings.Contains(all, secret) {
			t.Errorf("a secret is told: %s", all)
		}
	}
}

// Each way to show who one is reads the same facts.
func TestCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		token  string
		values collect.Values
		env    map[string]string
		note   string
		issued int
	}{
		"a token of a file":        {userToken, collect.Values{"token_file": {secretFile(t, userToken+"\n")}}, nil, "ends 2028-01-01T00:00:00Z", 0},
		"a token without an end":   {jwt(`{"sub":"x"}`), collect.Values{"token_file": {secretFile(t, jwt(`{"sub":"x"}`))}}, nil, "the token's user", 0},
		"a token of another form":  {"opaque-token-0123456789", collect.Values{"token_file": {secretFile(t, "opaque-token-0123456789")}}, nil, "the token's user", 0},
		"a token of the variables": {userToken, collect.Values{}, map[string]string{"OKMS_ACCESS_TOKEN": userToken}, "the token of OKMS_ACCESS_TOKEN ends 2028-01-01T00:00:00Z", 0},
		"a service account": {issuedToken, collect.Values{"service_account": {clientID}, "service_account_file": {secretFile(t, clientSecret+"\n")}}, nil,
			"the service account", 1},
		"a service account of the variables": {issuedToken, collect.Values{}, map[string]string{"OKMS_CLIENT_ID": clientID, "OKMS_CLIENT_SECRET": clientSecret},
			"the service account", 1},
		"an id that is told, a secret of the variables": {issuedToken, collect.Values{"service_account": {clientID}}, map[string]string{"OKMS_CLIENT_SECRET": clientSecret},
			"the service account", 1},
		"a service account of the US": {issuedToken, collect.Values{"endpoint": {"https://us-east-vin.okms.ovh.us"}, "service_account": {clientID}}, map[string]string{"OKMS_CLIENT_SECRET": clientSecret},
			"the service account", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, test.token)
			c.env.Getenv = environment(test.env)
			s := c.opened(t, test.values)
			result, err := read(t, s)
			must(t, err)
			if len(result.Failed) > 0 || !strings.Contains(told(t, result, "keys"), `"service_key_count":3`) || !strings.Contains(told(t, result, "secrets"), `"secret_count":1`) {
				t.Errorf("%+v", result)
			}
			if !strings.Contains(fmt.Sprint(result.Notes), test.note) {
				t.Errorf("%v lacks %q", result.Notes, test.note)
			}
			if c.issued != test.issued {
				t.Errorf("%d tokens were issued", c.issued)
			}
			silent(t, result, err)
		})
	}
}

// What a server repeats of a credential is neither shown nor kept.
func TestNoTokenIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request, n int) bool
		says  string // of what failed
	}{
		"in an error": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			return refuse(w, 403, authorization<<12, r.Header.Get("Authorization")+" may not")
		}, "(Bearer [redacted] may not; request r-17): allow the token's user the IAM action"},
		"in a redirect": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("Location", "https://elsewhere.example/?"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			w.WriteHeader(302)
			return true
		}, "a redirect to https://elsewhere.example/?[redacted], which is not followed"},
		"in a fact": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if strings.HasSuffix(r.URL.Path, "/servicekey") {
				_, _ = fmt.Fprintf(w, `{"objects_list":[{"id":%q,"name":%q}],"is_truncated":false}`, keyID(1), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
				return true
			}
			return false
		}, ""},
		"in what is no JSON": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			_, _ = io.WriteString(w, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			return true
		}, "is not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, userToken)
			c.fault = test.fault
			result, err := read(t, c.opened(t, collect.Values{"token_file": {secretFile(t, userToken)}}))
			silent(t, result, err)
			if all := fmt.Sprint(result.Failed, err); !strings.Contains(all, test.says) {
				t.Errorf("%s lacks %q", all, test.says)
			}
			if name == "in a fact" && !strings.Contains(told(t, result, "keys"), "[redacted]") {
				t.Error(told(t, result, "keys"))
			}
		})
	}
}

// A token that is refused says where it is from and when it ends.
func TestRefusedTokens(t *testing.T) {
	expired := jwt(`{"exp":1767225600}`)
	c := newCloud(t, userToken)
	result, err := read(t, c.opened(t, collect.Values{"token_file": {secretFile(t, expired)}}))
	if err == nil || !strings.Contains(err.Error(), "is not expired (it ends 2026-01-01T00:00:00Z) and not revoked") || strings.Contains(err.Error(), expired) {
		t.Errorf("%v", err)
	}
	silent(t, result, err)
	redirected := func(w http.ResponseWriter, _ url.Values) {
		w.Header().Set("Location", "https://okms.example/auth/oauth2/token")
		w.WriteHeader(307)
	}
	for name, test := range map[string]struct {
		secret string
		issues func(w http.ResponseWriter, form url.Values)
		says   string
		times  int // that a token is asked for
	}{
		"a secret that is wrong": {"wrong-geheim-0123456789", nil, "request a token from https://www.ovh.com/auth/oauth2/token: the API answers with status 401 Unauthorized (invalid_client unknown [redacted])", 1},
		"a redirect":             {clientSecret, redirected, "status 307 Temporary Redirect: check", 1},
		"no token":               {clientSecret, func(w http.ResponseWriter, _ url.Values) { _, _ = io.WriteString(w, `{}`) }, "missing access_token", 1},
		"no JSON": {clientSecret, func(w http.ResponseWriter, f url.Values) { _, _ = io.WriteString(w, "<"+f.Get("client_secret")) },
			"the answer has no token (oauth2: cannot parse json: invalid character '<' looking for beginning of value): check that no proxy and no login page answers", 1},
		"nothing": {clientSecret, func(w http.ResponseWriter, _ url.Values) { w.WriteHeader(204) }, "the answer has no token", 1},
		"a token of another kind": {clientSecret, func(w http.ResponseWriter, _ url.Values) {
			_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"DPoP"}`, issuedToken)
		}, "who is [redacted]?", 1},
		"an API that is away": {clientSecret, func(w http.ResponseWriter, f url.Values) {
			w.WriteHeader(503)
			_, _ = io.WriteString(w, f.Get("client_secret"))
		}, "status 503 (asked 6 times)", 12},
		"a token that the domain does not know": {clientSecret, func(w http.ResponseWriter, _ url.Values) {
			_, _ = io.WriteString(w, `{"access_token":"another-geheim-token","token_type":"Bearer"}`)
		}, "check that the service account " + clientID + " is of the account that has this domain", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, issuedToken)
			if test.issues != nil {
				c.issues = test.issues
			}
			result, err := read(t, c.opened(t, collect.Values{"service_account": {clientID}, "service_account_file": {secretFile(t, test.secret)}}))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%v lacks %q", err, test.says)
			}
			silent(t, result, err)
			if len(c.asked()) > 0 {
				t.Errorf("%v", c.asked())
			}
			if c.issued != test.times {
				t.Errorf("a token was asked for %d times, wanted %d", c.issued, test.times)
			}
		})
	}
}

// The address that issues tokens may ask to wait, as any other: the wait is kept to, and one that is too long ends the collection at once.
func TestATokenIsWaitedFor(t *testing.T) {
	for after, test := range map[string]struct {
		issued, waited int
		says           string
	}{
		"40":  {2, 1, ""},
		"121": {2, 0, "request a token from https://www.ovh.com/auth/oauth2/token: the answer has status 503, and asks by Retry-After: 121 to wait for longer than 2m0s"},
	} {
		c := newCloud(t, issuedToken)
		issue, isBusy := c.issues, true
		c.issues = func(w http.ResponseWriter, form url.Values) {
			if isBusy {
				isBusy = after != "40"
				w.Header().Set("Retry-After", after)
				w.WriteHeader(503)
				return
			}
			issue(w, form)
		}
		s := c.opened(t, collect.Values{"service_account": {clientID}, "service_account_file": {secretFile(t, clientSecret)}})
		waited := &waits{}
		s.options.Backoff = waited.backoff
		result, err := read(t, s)
		if got := fmt.Sprint(err, result.Failed); !strings.Contains(got, test.says) || test.says == "" && got != "<nil> map[]" {
			t.Errorf("%s: %s", after, got)
		}
		long := 0
		for _, wait := range waited.all {
			if wait >= 40*time.Second {
				long++
			}
		}
		if c.issued != test.issued || long != test.waited || test.waited == 0 && len(waited.all) > 0 {
			t.Errorf("%s: a token was asked for %d times, after %v", after, c.issued, waited.all)
		}
	}
}

// A credential that cannot be used is refused before anything is asked, and is not repeated.
func TestCredentialsThatAreRefused(t *testing.T) {
	exposed := secretFile(t, userToken)
	must(t, os.Chmod(exposed, 0o644))
	for name, test := range map[string]struct {
		values collect.Values
		env    map[string]string
		says   string
	}{
		"none":                         {collect.Values{}, nil, "a credential is needed: cert and key, token_file or OKMS_ACCESS_TOKEN"},
		"a certificate alone":          {collect.Values{"cert": {"x.pem"}}, nil, "a credential is needed: cert and key"},
		"a file of others":             {collect.Values{"token_file": {exposed}}, nil, "(mode 0644)"},
		"an empty file":                {collect.Values{"token_file": {secretFile(t, "\n")}}, nil, "it holds no token"},
		"two lines":                    {collect.Values{"token_file": {secretFile(t, "geheim-0123456789abc\ngeheim-0123456789abc")}}, nil, "it holds no token"},
		"a header":                     {collect.Values{"token_file": {secretFile(t, "Bearer geheim-0123456789abc")}}, nil, "it holds no token"},
		"a short one":                  {collect.Values{"token_file": {secretFile(t, "geheim")}}, nil, "it holds no token"},
		"a variable with a line end":   {collect.Values{}, map[string]string{"OKMS_ACCESS_TOKEN": "geheim-0123456789abc\r\nX: y"}, "OKMS_ACCESS_TOKEN: it holds no token"},
		"a token and an account":       {collect.Values{"token_file": {exposed}, "service_account": {"x"}}, nil, "more than one credential"},
		"both in the variables":        {collect.Values{}, map[string]string{"OKMS_ACCESS_TOKEN": userToken, "OKMS_CLIENT_ID": "x"}, "unset one of them"},
		"an account without a secret":  {collect.Values{"service_account": {"x"}}, nil, "OKMS_CLIENT_SECRET is not set"},
		"a secret without an account":  {collect.Values{"service_account_file": {secretFile(t, clientSecret)}}, nil, "the client id of the service account is missing"},
		"an empty secret":              {collect.Values{"service_account": {"x"}, "service_account_file": {secretFile(t, " ")}}, nil, "it holds no client secret"},
		"a region that is none":        {collect.Values{"service_account": {"x"}, "service_account_file": {secretFile(t, clientSecret)}, "region": {"mars"}}, nil, "expected eu, ca or us"},
		"a variable for another host":  {collect.Values{"endpoint": {"https://okms.example"}}, map[string]string{"OKMS_ACCESS_TOKEN": userToken}, "alone, and the endpoint is https://okms.example"},
		"a host that ends as OVHcloud": {collect.Values{"endpoint": {"https://evilokms.ovh.net"}}, map[string]string{"OKMS_ACCESS_TOKEN": userToken}, "alone, and the endpoint is"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.values["endpoint"] == nil {
				test.values["endpoint"] = []string{"https://eu-west-par.okms.ovh.net"}
			}
			_, err := open(test.values, collect.Env{Getenv: environment(test.env)})
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), userToken) {
				t.Errorf("%v lacks %q", err, test.says)
			}
		})
	}
}

// The end that a token tells is bounded.
func TestTokenEnds(t *testing.T) {
	for claims, want := range map[string]string{`{"exp":1830297600}`: "2028-01-01", `{"exp":1e300}`: "", `{"exp":-1}`: "", `{"exp":"x"}`: "", `[]`: "", `{}`: ""} {
		shown := credential{token: jwt(claims), from: "held"}
		if got := fmt.Sprint(shown.notes()); want == "" && got != "[]" || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s gives %s", claims, got)
		}
	}
	if time.Unix(1830297600, 0).UTC().Year() != 2028 {
		t.Error("another year")
	}
}
