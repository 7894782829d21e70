package jsonhttp

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// What the options say is checked before anything is asked, and no secret is repeated.
func TestOptionsThatAreRefused(t *testing.T) {
	reads := keys(t, "$.data[*]")
	exposed := filepath.Join(t.TempDir(), "exposed")
	must(t, os.WriteFile(exposed, []byte(token), 0o644)) //nolint:gosec // that is what is refused
	csv := filepath.Join(t.TempDir(), "csv.yaml")
	testhelp.Put(t, csv, "api_version: raci-check/v1\nkind: Mapping\ninput: {format: csv}\nfills:\n  - {section: keys, list: service_keys, items: \"$[*]\", fields: {id: $.id}}\n")
	const ok = "https://vbr.example:9419/api"
	for name, test := range map[string]struct {
		values collect.Values
		says   string
	}{
		"no TLS":                        {collect.Values{"url": {"http://vbr.example/api?x=geheim"}}, `the URL is "http://vbr.example/api": expected https://HOST/PATH`},
		"no TLS on this machine":        {collect.Values{"url": {"http://127.0.0.1/api"}}, "expected https://HOST/PATH"},
		"no host":                       {collect.Values{"url": {"https:///api"}}, "expected https://HOST/PATH"},
		"no URL":                        {collect.Values{"url": {"https://a b/"}}, "expected https://HOST/PATH"},
		"a user and a password":         {collect.Values{"url": {"https://ines:geheim@vbr.example/"}}, `the URL is "https://…"`},
		"a fragment":                    {collect.Values{"url": {ok + "#x"}}, "expected https://HOST/PATH"},
		"a placeholder in the host":     {collect.Values{"url": {"https://{now}.example/"}}, "expected https://HOST/PATH"},
		"an unknown placeholder":        {collect.Values{"url": {ok + "?from={yesterday}"}}, "a brace that is no placeholder"},
		"a query that cannot be read":   {collect.Values{"url": {ok + "?a=1;b=%zz"}}, "the query of the URL cannot be read"},
		"a token in the query":          {collect.Values{"url": {ok + "?access_token=geheim"}}, `a secret ("access_token")`},
		"a key in the query":            {collect.Values{"url": {ok + "?key=geheim"}}, `a secret ("key")`},
		"a signature in the query":      {collect.Values{"url": {ok + "?X-Amz-Signature=geheim"}}, "a secret"},
		"a token in another parameter":  {collect.Values{"url": {ok + "?x=glpat-geheimgeheim"}}, `a secret ("x")`},
		"a token in the path":           {collect.Values{"url": {"https://vbr.example/hooks/glpat-geheimgeheim"}}, "the path of the URL has a secret"},
		"nothing that reads":            {collect.Values{"mapping": nil}, "nothing reads the answer"},
		"an unknown mapping":            {collect.Values{"shipped": {"veeam-job-stats"}}, `did you mean "veeam-job-states"`},
		"no such file":                  {collect.Values{"mapping": {"none.yaml"}}, "none.yaml"},
		"a table":                       {collect.Values{"mapping": {csv}}, "csv.yaml: its format is csv, and an interface answers json"},
		"a shipped table":               {collect.Values{"shipped": {"veeam-sessions"}}, "veeam-sessions: its format is csv"},
		"one list twice":                {collect.Values{"shipped": {"veeam-job-states", "velero-backups"}}, "/backups/jobs is already filled at veeam-job-states.yaml"},
		"a token that others can read":  {collect.Values{"token_file": {exposed}}, exposed},
		"no token":                      {collect.Values{"token_file": {secret(t, "geheim geheim geheim")}}, "it holds no token"},
		"a short key":                   {collect.Values{"token_file": {secret(t, "geheim")}, "header": {"X-Api-Key"}}, "it holds no key"},
		"a key of two lines":            {collect.Values{"token_file": {secret(t, "geheimgeheim\nX: y")}, "header": {"X-Api-Key"}}, "it holds no key"},
		"no user":                       {collect.Values{"token_file": {secret(t, "geheimgeheim")}, "scheme": {"basic"}}, "it holds no user and password"},
		"an unknown scheme":             {collect.Values{"token_file": {secret(t, token)}, "scheme": {"digest"}}, `"digest"`},
		"two ways":                      {collect.Values{"token_file": {secret(t, token)}, "scheme": {"basic"}, "header": {"X-Api-Key"}}, "leave out scheme or header"},
		"a header that is none":         {collect.Values{"token_file": {secret(t, token)}, "header": {"X Api"}}, "expected the name of a header"},
		"the header Host":               {collect.Values{"token_file": {secret(t, token)}, "header": {"Host"}}, "expected the name of a header"},
		"a header without a token":      {collect.Values{"header": {"X-Api-Key"}}, "give token_file, or set RACI_CHECK_TOKEN_VBR_EXAMPLE"},
		"a secret among the headers":    {collect.Values{"set_header": {"X-Api-Key: geheim"}}, `a secret ("X-Api-Key")`},
		"authorization among them":      {collect.Values{"set_header": {"authorization: geheim"}}, "a secret"},
		"a token among them":            {collect.Values{"set_header": {"X-Auth: glpat-geheimgeheim"}}, "a secret"},
		"a header without a value":      {collect.Values{"set_header": {"x-api-version"}}, "no header"},
		"a header of two lines":         {collect.Values{"set_header": {"a: b\r\nc: d"}}, "no header"},
		"a header of the program":       {collect.Values{"set_header": {"Accept: a"}}, "which the program itself writes"},
		"a header twice":                {collect.Values{"set_header": {"A: a", "a: b"}}, "twice"},
		"an expression":                 {collect.Values{"items": {"$.["}}, "items: not a JSONPath expression"},
		"another":                       {collect.Values{"next": {"link"}}, "next: not a JSONPath expression"},
		"a parameter of no token":       {collect.Values{"next_parameter": {"cursor"}}, "next_parameter needs next"},
		"a parameter of a header":       {collect.Values{"next": {"Link"}, "next_parameter": {"cursor"}}, "next_parameter needs next"},
		"a page behind the first":       {collect.Values{"url": {"https://h.example/?skip=50"}, "offset_parameter": {"skip"}}, `the URL has the parameter "skip"`},
		"a token of another reading":    {collect.Values{"url": {"https://h.example/?continue=abc"}, "next": {"$.next"}, "next_parameter": {"continue"}}, `the URL has the parameter "continue"`},
		"two ways to the next page":     {collect.Values{"next": {"Link"}, "offset_parameter": {"skip"}}, "keep one"},
		"a certificate without its key": {collect.Values{"cert": {"a.pem"}}, "cert and key belong together"},
		"no such authority":             {collect.Values{"ca": {"none.pem"}}, "none.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			values := collect.Values{"url": {ok}, "mapping": {reads}}
			for option, value := range test.values {
				values[option] = value
			}
			_, err := Kind.New(values, collect.Env{Form: form(t)})
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), token) {
				t.Errorf("%v", err)
			}
		})
	}
}

// All that is wrong is said at once.
func TestAllThatIsWrong(t *testing.T) {
	for _, mapping := range []string{"none.yaml", keys(t, "$.data[*]")} {
		_, err := open(collect.Values{"url": {"http://vbr.example/"}, "mapping": {mapping}, "items": {"$.["}, "set_header": {"a"}}, collect.Env{Form: form(t)})
		for _, says := range []string{"expected https://HOST/PATH", "items: not a JSONPath", "set_header has an entry"} {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%v lacks %q", err, says)
			}
		}
		if mapping == "none.yaml" && !strings.Contains(err.Error(), "none.yaml") {
			t.Errorf("%v", err)
		}
	}
}

// A token is sent as the options say it, to the host that its variable names.
func TestCredentials(t *testing.T) {
	unset := func(string) string { return "" }
	is := func(name, value string) func(string) string {
		return func(variable string) string {
			if variable == name {
				return value
			}
			return ""
		}
	}
	for name, test := range map[string]struct {
		values       collect.Values
		getenv       func(string) string
		header, sent string
	}{
		"none":                     {nil, unset, "Authorization", ""},
		"a token":                  {collect.Values{"token_file": {secret(t, token)}}, unset, "Authorization", "Bearer " + token},
		"of the environment":       {nil, is("RACI_CHECK_TOKEN_127_0_0_1", token), "Authorization", "Bearer " + token},
		"of another host":          {nil, is("RACI_CHECK_TOKEN_127_0_0_2", token), "Authorization", ""},
		"the file goes before it":  {collect.Values{"token_file": {secret(t, token)}}, is("RACI_CHECK_TOKEN_127_0_0_1", "another-token-0123456789"), "Authorization", "Bearer " + token},
		"a key":                    {collect.Values{"token_file": {secret(t, token)}, "header": {"x-api-key"}}, unset, "X-Api-Key", token},
		"a key of the environment": {collect.Values{"header": {"X-Api-Key"}}, is("RACI_CHECK_TOKEN_127_0_0_1", "key:12345"), "X-Api-Key", "key:12345"},
		"a user and a password":    {collect.Values{"token_file": {secret(t, "ines:a pass:word")}, "scheme": {"basic"}}, unset, "Authorization", "Basic aW5lczphIHBhc3M6d29yZA=="},
	} {
		t.Run(name, func(t *testing.T) {
			f := newTool(t, says(`{"data": [{"id": "a"}]}`))
			values := f.values(t, "/", collect.Values{"mapping": {keys(t, "$.data[*]")}})
			for option, value := range test.values {
				values[option] = value
			}
			if _, err := read(t, opened(t, values, test.getenv)); err != nil {
				t.Fatal(err)
			}
			header := f.requests[0].Header
			if got := header.Get(test.header); got != test.sent {
				t.Errorf("sent %q", got)
			}
			if test.header != "Authorization" && header.Get("Authorization") != "" {
				t.Error("the token is in Authorization too")
			}
		})
	}
	for host, variable := range map[string]string{
		"vbr-1.example.com:9419": "RACI_CHECK_TOKEN_VBR__1_EXAMPLE_COM", "gra1.logs.ovh.com:443": "RACI_CHECK_TOKEN_GRA1_LOGS_OVH_COM", "::1:443": "",
	} {
		if got := variableOf(address{host: host}); got != variable {
			t.Errorf("%s has %s", host, got)
		}
	}
}

// A certificate is shown as the other sources show it, also beside a token.
func TestClientCertificate(t *testing.T) {
	p := collecttest.NewPKI(t)
	server := &tool{pki: p}
	server.Server = newMutual(t, p, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		write(w, `{"data": [{"id": "a"}]}`)
	})
	values := server.values(t, "/", collect.Values{"mapping": {keys(t, "$.data[*]")}, "cert": {p.Client.Cert}, "key": {p.Client.Key}})
	if _, err := read(t, opened(t, values, nil)); err == nil || !strings.Contains(err.Error(), "check that the client certificate "+p.Client.Cert) {
		t.Errorf("%v", err)
	}
	values["token_file"] = []string{secret(t, token)}
	if result, err := read(t, opened(t, values, nil)); err != nil || len(result.Parts) != 1 {
		t.Errorf("%v", err)
	}
	delete(values, "cert")
	delete(values, "key")
	if _, err := read(t, opened(t, values, nil)); err == nil || !strings.Contains(err.Error(), "does it accept requests without a client certificate?") {
		t.Errorf("%v", err)
	}
}

// The times in a URL are those of the collection, and evidence names the URL without them.
func TestPlaceholders(t *testing.T) {
	f := newTool(t, says(`{"data": [{"id": "a"}]}`))
	const path = "/okms/{service_id}?from={30_days_ago}&to={now}&day={1_days_ago:date}&unix={now:unix}&ms={90_days_ago:unix_ms}&q=%7Ba%7D"
	result, err := read(t, opened(t, f.values(t, path, collect.Values{"mapping": {keys(t, "$.data[*]")}}), nil))
	must(t, err)
	want := "/okms/" + domain + "?from=2026-10-21T00%3A00%3A00Z&to=2026-11-20T00%3A00%3A00Z&day=2026-11-19&unix=1795132800&ms=1787356800000&q=%7Ba%7D"
	if got := f.requests[0].RequestURI; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if origin := result.Parts[0].Answers[0].Origin; origin != f.URL+path {
		t.Errorf("origin %s", origin)
	}
}
