package okms

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

func TestMutualTLS(t *testing.T) {
	other := collecttest.NewIssuer(t, "another CA")
	for name, test := range map[string]struct {
		change func(p *collecttest.PKI) (roots *collecttest.Issuer)
		says   []string // nothing where it succeeds
	}{
		"all is well": {func(p *collecttest.PKI) *collecttest.Issuer { return p.Authority }, nil},
		"TLS 1.2 alone": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Versions = [2]uint16{tls.VersionTLS12, tls.VersionTLS12}
			return p.Authority
		}, nil},
		"TLS 1.1 alone": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Versions = [2]uint16{tls.VersionTLS10, tls.VersionTLS11}
			return p.Authority
		}, []string{"protocol version"}},
		"a server of another authority": {func(*collecttest.PKI) *collecttest.Issuer { return other },
			[]string{"the server's certificate is not trusted, by ", "ca.pem", "signed by unknown authority"}},
		"a server of another name": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Server = p.Authority.Issue(t, "server", func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"okms.example"} })
			return p.Authority
		}, []string{"the server's certificate is not trusted", "127.0.0.1"}},
		"a server whose certificate expired": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Server = p.Authority.Issue(t, "server", func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) })
			return p.Authority
		}, []string{"the server's certificate is not trusted", "expired"}},
		"a client of another authority": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Client = other.Issue(t, "intruder", nil)
			return p.Authority
		},
			[]string{"the server does not accept the client certificate (tls: unknown certificate authority)", `is of "CN=intruder", issued by "CN=another CA"`}},
		"a client whose certificate expired": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Client = p.Authority.Issue(t, "old", func(c *x509.Certificate) { c.NotAfter = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })
			return p.Authority
		}, []string{"does not accept the client certificate (tls: expired certificate)", `"CN=old"`, "to 2026-01-02T03:04:05Z"}},
		"a client whose certificate is revoked": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Revoked[p.Client.Leaf.SerialNumber.String()] = true
			return p.Authority
		}, []string{"does not accept the client certificate (tls: bad certificate)", `"CN=collector"`, "not revoked?"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, p := newFake(t), collecttest.NewPKI(t)
			f.keys = manyKeys(1)
			roots := test.change(p)
			server := f.start(t, p)
			asking := *p
			asking.Authority = roots
			s, _ := opened(t, server.URL, &asking)
			result, err := read(t, s)
			if test.says == nil {
				if err != nil || len(result.Failed) > 0 {
					t.Fatalf("%v, %v", err, result.Failed)
				}
				return
			}
			if err == nil || len(result.Parts) > 0 || len(f.asked()) > 0 {
				t.Fatalf("%v, %+v, asked %q", err, result.Parts, f.asked())
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v lacks %q", err, want)
				}
			}
		})
	}
}

// A client never asks without a certificate, nor trusts a server because nobody named an authority.
func TestSystemRoots(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	_, form := format(t)
	s, err := open(collect.Values{"endpoint": {f.start(t, p).URL}, "cert": {p.Client.Cert}, "key": {p.Client.Key}}, collect.Env{Form: form})
	must(t, err)
	s.options.Backoff = (&waits{}).backoff
	if _, err = read(t, s); err == nil || !strings.Contains(err.Error(), "by the system's certificates") {
		t.Errorf("%v", err)
	}
}

func TestOptions(t *testing.T) {
	p := collecttest.NewPKI(t)
	folder := t.TempDir()
	stored := func(name, text string, mode os.FileMode) string {
		name = filepath.Join(folder, name)
		must(t, os.WriteFile(name, []byte(text), 0o600))
		must(t, os.Chmod(name, mode))
		return name
	}
	content, err := os.ReadFile(p.Client.Key)
	must(t, err)
	key := string(content)
	other := p.Authority.Issue(t, "other", nil)
	link := filepath.Join(folder, "link.pem")
	must(t, os.Symlink(stored("open.pem", key, 0o644), link))
	for name, test := range map[string]struct {
		option, value, says string
	}{
		"http":                       {"endpoint", "http://okms.example", "expected https://HOST"},
		"no scheme":                  {"endpoint", "eu-west-par.okms.ovh.net", "expected https://HOST"},
		"no host":                    {"endpoint", "https://", "expected https://HOST"},
		"a password":                 {"endpoint", "https://user:geheim@okms.example", "user:xxxxx@okms.example"},
		"a path":                     {"endpoint", "https://okms.example/api/x", "expected https://HOST"},
		"a query":                    {"endpoint", "https://okms.example?includeData=true", "expected https://HOST"},
		"no certificate":             {"cert", filepath.Join(folder, "none.pem"), "none.pem: no such file"},
		"a token besides":            {"token_file", p.Client.Key, "there is more than one credential"},
		"an account besides":         {"service_account", "EU.x", "there is more than one credential"},
		"a certificate that is none": {"cert", stored("text.pem", "text", 0o600), "text.pem: with the key"},
		"no key":                     {"key", filepath.Join(folder, "none.pem"), "none.pem: no such file"},
		"a key that all can read":    {"key", stored("all.pem", key, 0o644), "all.pem: others than its owner may use this file (mode 0644): chmod 600 it"},
		"a key of a group":           {"key", stored("group.pem", key, 0o640), "(mode 0640)"},
		"a key that all can write":   {"key", stored("write.pem", key, 0o602), "(mode 0602)"},
		"a link to a key of all":     {"key", link, "(mode 0644)"},
		"a folder":                   {"key", folder, "not a regular file"},
		"a key that is none":         {"key", stored("nokey.pem", "text", 0o600), "failed to find any PEM data in key input"},
		"a key of another":           {"key", other.Key, "private key does not match public key"},
		"an encrypted key":           {"key", stored("enc.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", 0o600), "the private key is encrypted"},
		"an old encrypted key":       {"key", stored("old.pem", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n", 0o600), "the private key is encrypted"},
		"no authority":               {"ca", filepath.Join(folder, "none.pem"), "none.pem: no such file"},
		"an authority that is none":  {"ca", stored("noca.pem", "text", 0o600), "noca.pem: it has no certificate in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			values := collect.Values{"endpoint": {"https://okms.example"}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}
			if _, err := open(values, collect.Env{}); err != nil {
				t.Fatal(err)
			}
			values[test.option] = []string{test.value}
			if _, err := open(values, collect.Env{}); err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%v", err)
			}
		})
	}
	for _, endpoint := range []string{"https://eu-west-par.okms.ovh.net", "https://eu-west-par.okms.ovh.net/", "https://127.0.0.1:8443", "https://[::1]:8443"} {
		if got, err := readEndpoint(endpoint); err != nil || got != strings.TrimSuffix(endpoint, "/") {
			t.Errorf("%s gives %s, %v", endpoint, got, err)
		}
	}
}

// refuse answers as the API refuses.
func refuse(w http.ResponseWriter, status int, code uint32, text string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error_id": "e", "error_code": %d, "errors": [%q], "request_id": "r-17"}`, code, text)
	return true
}

// on makes a fault of what happens where a path that ends so is asked for.
func on(end string, fault func(w http.ResponseWriter) bool) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, _ int) bool {
		return strings.HasSuffix(r.URL.EscapedPath(), end) && fault(w)
	}
}

// What an answer tells beside the list, such as that it is a part, is said.
func TestWhatIsToldBesideTheKeys(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.fault = on("/servicekey", func(w http.ResponseWriter) bool {
		_, _ = io.WriteString(w, `{"objects_list": [], "is_truncated": false, "total_count": 5}`)
		return true
	})
	s, _ := opened(t, f.start(t, p).URL, p)
	if notes := strings.Join(whole(t, s).Notes, "\n"); !strings.Contains(notes, `fields that this program does not know and leaves out: "total_count" of the list`) {
		t.Error(notes)
	}
}

// A section that could not be read to its end is not told, and the other one is.
func TestASectionFails(t *testing.T) {
	answers := func(text string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { _, _ = io.WriteString(w, text); return true }
	}
	status := func(status int) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { w.WriteHeader(status); return true }
	}
	refuses := func(status int, code uint32) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { return refuse(w, status, code, "insufficient permission") }
	}
	for name, test := range map[string]struct {
		part    string
		fault   func(http.ResponseWriter) bool
		section string
		says    []string
	}{
		"no right to the keys": {"/servicekey", refuses(401, authorization<<12), "keys",
			[]string{"list service keys: GET https://127.0.0.1", "/v1/servicekey: ", "status 401", "insufficient permission; request r-17", "allow the certificate's identity the IAM action okms:apikms:serviceKey/get"}},
		"no right to the secrets": {"/v2/secret", func(w http.ResponseWriter) bool { return refuse(w, 403, 0, "no") }, "secrets", []string{"okms:apikms:secret"}},
		"no right to a secret's versions": {"/version", refuses(403, 0), "secrets",
			[]string{"list the versions of app/db", "okms:apikms:secret/get"}},
		"no right to the configuration": {"/secretConfig", refuses(403, 0), "secrets", []string{"okms:apikms:secretConfig/get"}},
		"no identity":                   {"/servicekey", refuses(401, authentication<<12), "keys", []string{"is a certificate of this domain, not expired (it ends "}},
		"a refusal that says nothing": {"/servicekey", status(401), "keys",
			[]string{"okms:apikms:serviceKey/get", "is a certificate of this domain"}},
		"no such domain":           {"/servicekey", refuses(404, 0), "keys", []string{"is the service's id that of a domain at this endpoint?"}},
		"a storm of errors":        {"/servicekey", status(500), "keys", []string{"status 500", "asked 6 times"}},
		"connections that are cut": {"/servicekey", func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }, "keys", []string{"EOF", "asked 6 times"}},
		"a redirect": {"/v2/secret", func(w http.ResponseWriter) bool {
			w.Header().Set("Location", "https://elsewhere.example")
			w.WriteHeader(307)
			return true
		}, "secrets", []string{"redirect to https://elsewhere.example, which is not followed"}},
		"JSON that is cut":           {"/servicekey", answers(`{"objects_list": [{"id": "1"`), "keys", []string{"truncated", "asked 6 times"}},
		"a page of a portal":         {"/servicekey", answers(`<html>`), "keys", []string{"is not valid JSON"}},
		"null":                       {"/servicekey", answers(`null`), "keys", []string{"lacks objects_list"}},
		"another object":             {"/servicekey", answers(`{"keys": []}`), "keys", []string{"lacks objects_list"}},
		"keys of another shape":      {"/servicekey", answers(`{"objects_list": [{"id": 1}], "is_truncated": false}`), "keys", []string{"JSON number"}},
		"a key without an id":        {"/servicekey", answers(`{"objects_list": [{"name": "a"}], "is_truncated": false}`), "keys", []string{"an item without a name"}},
		"a key that is listed twice": {"/servicekey", answers(`{"objects_list": [{"id": "a"}, {"id": "b"}, {"id": "a"}], "is_truncated": false}`), "keys", []string{"lists a twice"}},
		"errors beside a list":       {"/servicekey", answers(`{"objects_list": [], "is_truncated": false, "errors": ["a part did not answer"]}`), "keys", []string{"the answer has errors beside the list"}},
		"more to come, nowhere":      {"/servicekey", answers(`{"objects_list": [], "is_truncated": true, "continuation_token": ""}`), "keys", []string{"more keys follow, but not where"}},
		"the same page for ever":     {"/servicekey", answers(`{"objects_list": [], "is_truncated": true, "continuation_token": "t"}`), "keys", []string{"page 2: the next page was read already"}},
		"a token without an end":     {"/servicekey", answers(`{"objects_list": [], "is_truncated": true, "continuation_token": "` + strings.Repeat("t", 5000) + `"}`), "keys", []string{"has 5000 bytes"}},
		"no list of secrets":         {"/v2/secret", answers(`null`), "secrets", []string{"not a list"}},
		"a secret without a path":    {"/v2/secret", answers(`[{"path": ""}]`), "secrets", []string{"list secrets: the API lists an item without a name"}},
		"versions that are no list":  {"/version", answers(`{}`), "secrets", []string{"JSON object"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, p := newFake(t), collecttest.NewPKI(t)
			f.keys, f.secrets = manyKeys(3), []map[string]any{apiSecret("app/db", 1)}
			f.versions["app/db"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
			f.fault = on(test.part, test.fault)
			s, _ := opened(t, f.start(t, p).URL, p)
			result, err := read(t, s)
			must(t, err)
			if len(result.Failed) != 1 || result.Failed[test.section] == nil || len(result.Parts) != 1 || result.Parts[0].Section == test.section {
				t.Fatalf("failed %v, parts %+v", result.Failed, result.Parts)
			}
			for _, want := range test.says {
				if !strings.Contains(result.Failed[test.section].Error(), want) {
					t.Errorf("%v lacks %q", result.Failed[test.section], want)
				}
			}
		})
	}
}

// Lists that never end are given up, whether their pages are full or empty, and none of them is told.
func TestListsWithoutAnEnd(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, n int)
		part   string
		says   string
	}{
		"empty pages of keys": {func(w http.ResponseWriter, n int) {
			_, _ = fmt.Fprintf(w, `{"objects_list": [], "is_truncated": true, "continuation_token": "t%d"}`, n)
		}, "/servicekey", "list service keys, page 50: another page would follow: the list has no end"},
		"full pages of keys": {func(w http.ResponseWriter, n int) {
			var keys []string
			for i := range 300 {
				keys = append(keys, fmt.Sprintf(`{"id": "%d"}`, n*300+i))
			}
			_, _ = fmt.Fprintf(w, `{"objects_list": [%s], "is_truncated": true, "continuation_token": "t%d"}`, strings.Join(keys, ","), n)
		}, "/servicekey", "page 17: more than 5000 items"},
		"pages of secrets": {func(w http.ResponseWriter, n int) {
			w.Header().Set("X-Pagination-Cursor-Next", fmt.Sprintf("t%d", n))
			_, _ = io.WriteString(w, `[]`)
		}, "/secret", "list secrets, page 50: another page would follow"},
		"secrets in a circle": {func(w http.ResponseWriter, n int) {
			w.Header().Set("X-Pagination-Cursor-Next", fmt.Sprintf("t%d", n%3))
			_, _ = io.WriteString(w, `[]`)
		}, "/secret", "page 4: the next page was read already"},
	} {
		t.Run(name, func(t *testing.T) {
			f, p := newFake(t), collecttest.NewPKI(t)
			f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				if !strings.HasSuffix(r.URL.Path, test.part) {
					return false
				}
				test.answer(w, n)
				return true
			}
			s, _ := opened(t, f.start(t, p).URL, p)
			result, err := read(t, s)
			must(t, err)
			if len(result.Failed) != 1 || len(result.Parts) != 1 {
				t.Fatalf("failed %v", result.Failed)
			}
			for _, failed := range result.Failed {
				if !strings.Contains(failed.Error(), test.says) {
					t.Error(failed)
				}
			}
		})
	}
}

// Faults that pass by are waited out, and leave no trace in what is told.
func TestFaultsThatPass(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.page = 10
	f.keys, f.secrets = manyKeys(45), []map[string]any{apiSecret("app/db", 1)}
	f.versions["app/db"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	s, waited := opened(t, f.start(t, p).URL, p)
	good := whole(t, s)
	f.requests = nil
	f.fault = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		switch n % 5 {
		case 0:
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(http.StatusTooManyRequests)
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			_, _ = io.WriteString(w, `{"objects_list": [`)
		case 3:
			_, _ = io.WriteString(w, `[`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	}
	result := whole(t, s)
	for _, section := range []string{"keys", "secrets"} {
		if told(t, result, section) != told(t, good, section) {
			t.Errorf("%s: %s, wanted %s", section, told(t, result, section), told(t, good, section))
		}
	}
	long := 0
	for _, wait := range waited.all {
		if wait >= 9*time.Second {
			long++
		}
	}
	if len(waited.all) == 0 || long < len(good.Parts) {
		t.Errorf("waited %v", waited.all)
	}
}

// An endpoint that is away, or is none, fails the source: nothing of it can be used.
func TestNothingIsThere(t *testing.T) {
	p := collecttest.NewPKI(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, closed.Close())
	for name, test := range map[string]struct{ endpoint, says string }{
		"a server without TLS": {"https" + strings.TrimPrefix(plain.URL, "http"), "server gave HTTP response to HTTPS client"},
		"no server":            {"https://" + closed.Addr().String(), "connection refused (asked 6 times)"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := opened(t, test.endpoint, p)
			result, err := read(t, s)
			if err == nil || !strings.Contains(err.Error(), test.says) || len(result.Parts) > 0 {
				t.Errorf("%v, %+v", err, result.Parts)
			}
		})
	}
}

// The whole of it is given up after its time.
func TestTime(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.fault = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	s, _ := opened(t, f.start(t, p).URL, p)
	s.limits.Time = 100 * time.Millisecond
	if _, err := read(t, s); err == nil || !strings.Contains(err.Error(), "it took longer than 100ms") {
		t.Errorf("%v", err)
	}
}
