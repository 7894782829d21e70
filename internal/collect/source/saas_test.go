package source_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"io/fs"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/verdict"
)

var update = flag.Bool("update", false, "write evidence/saas anew")

const (
	saas    = "../../../evidence/saas"
	byHand  = "by-hand" // below the example: what people write, which collect completes
	okmsAPI = "eu-west-rbx.okms.ovh.net"
	account = "eu.api.ovh.com"
)

var collectedAt = time.Date(2026, 11, 19, 6, 30, 0, 0, time.UTC)

// recorded is an API that answers what is recorded of it, by path.
func recorded(t *testing.T, name string) http.Handler {
	t.Helper()
	content, err := os.ReadFile(name)
	must(t, err)
	answers := map[string]json.RawMessage{}
	must(t, json.Unmarshal(content, &answers))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || answers[r.URL.Path] == nil {
			http.Error(w, `{"message": "This object does not exist"}`, http.StatusNotFound)
			return
		}
		_, _ = w.Write(answers[r.URL.Path])
	})
}

// certificate is one for the hosts of the APIs, which the collector shows to them as well.
func certificate(t *testing.T) (certificate tls.Certificate, encoded, private []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{okmsAPI, account},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	must(t, err)
	encoded = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	privateDER, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	private = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER})
	certificate, err = tls.X509KeyPair(encoded, private)
	must(t, err)
	return certificate, encoded, private
}

// saasExample copies examples/saas below an empty folder, where the test then stands, and answers the world in which its APIs
// say what is recorded of them.
func saasExample(t *testing.T) collect.Env {
	t.Helper()
	folder := t.TempDir()
	must(t, os.CopyFS(filepath.Join(folder, "examples", "saas"), os.DirFS("../../../examples/saas")))
	t.Chdir(folder)
	return saasAgain(t)
}

// saasAgain is the world of the example in the folder where the test stands.
func saasAgain(t *testing.T) collect.Env {
	t.Helper()
	shown, encoded, private := certificate(t)
	must(t, os.WriteFile("examples/saas/collector.pem", encoded, 0o600))
	must(t, os.WriteFile("examples/saas/collector.key", private, 0o600))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(encoded)
	apis := map[string]http.Handler{okmsAPI: recorded(t, "examples/saas/api/okms.json"), account: recorded(t, "examples/saas/api/ovhcloud.json")}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { apis[r.Host].ServeHTTP(w, r) }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{shown}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	for _, name := range []string{"ENDPOINT", "APPLICATION_KEY", "APPLICATION_SECRET", "CONSUMER_KEY", "CLIENT_ID", "CLIENT_SECRET"} {
		t.Setenv("OVH_"+name, "")
	}
	t.Setenv("OVH_ACCESS_TOKEN", "token")
	t.Setenv("HTTPS_PROXY", "")
	_, form := collecttest.Format(t)
	return collect.Env{
		Getenv: os.Getenv, Form: form, Roots: roots,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
}

// files are the files of a folder, by path.
func files(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	contents := map[string][]byte{}
	must(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, wrong := filepath.Rel(folder, path)
		must(t, wrong)
		contents[filepath.ToSlash(name)] = content
		return err
	}))
	return contents
}

// What people wrote and what collect reads from the APIs and exports of examples/saas are evidence/saas, byte for byte; and it passes.
func TestTheSaaSCompanyIsCollected(t *testing.T) {
	written, err := filepath.Abs(saas)
	must(t, err)
	env := saasExample(t)
	format, _ := collecttest.Format(t)
	must(t, os.CopyFS("evidence", os.DirFS("examples/saas/"+byHand)))
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	named, err := config.Open(env)
	must(t, err)
	collected := func() *collect.Plan {
		t.Helper()
		outcomes := collect.Run(t.Context(), named, collect.Request{ServiceID: config.Service.ID, At: collectedAt}, nil)
		plan, err := collect.Prepare(outcomes, collect.Options{Folder: "evidence", Service: config.Service, At: collectedAt, By: "raci-check", Format: format})
		must(t, err)
		if plan.Incomplete() || plan.Nothing() {
			t.Fatalf("incomplete: %+v, %+v", plan.Reports, plan.Outcomes)
		}
		must(t, plan.Write())
		return plan
	}
	summary := &bytes.Buffer{}
	must(t, collected().Summary(summary))
	t.Log(summary)
	if again := collected(); len(again.Changes) > 0 {
		t.Errorf("nothing changed, and %v is written", again.Changes)
	}

	if n := collecttest.Reread(t, "evidence", at); n != 23 {
		t.Errorf("%d sections are kept", n)
	}
	got := files(t, "evidence")
	if *update {
		for name, content := range got {
			must(t, os.MkdirAll(filepath.Dir(filepath.Join(written, name)), 0o700))
			must(t, os.WriteFile(filepath.Join(written, name), content, 0o600))
		}
	}
	want := files(t, written)
	maps.DeleteFunc(want, func(name string, _ []byte) bool { return strings.HasPrefix(name, "exports/") }) // what documents name
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("collected are %v, evidence/saas has %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	for name, content := range got {
		if !bytes.Equal(content, want[name]) {
			t.Errorf("%s is not what collect writes: go test ./internal/collect/source -run SaaS -update", name)
		}
	}

	for id, status := range collecttest.Checks(t, written, at) {
		if status != verdict.Pass && status != verdict.NotApplicable {
			t.Errorf("%s: %s", id, status)
		}
	}
}
