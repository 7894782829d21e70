package validators

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/sigstore"
	"github.com/raci-check/raci-check/internal/timestamp"
	"github.com/raci-check/raci-check/internal/tsaclient"
	"github.com/raci-check/raci-check/internal/verify"
)

// otherVerifiers are the programs that docs/signing.md names, with the commands that it gives for a signature of a report. They
// take the report although it says FAILED: they read no result.
var otherVerifiers = map[string]func(key, envelope, bundle, file string) (string, error){
	"cosign v2, envelope": func(key, envelope, _, file string) (string, error) {
		return run("bin/v2/cosign", "verify-blob-attestation", "--key", key, "--signature", envelope, "--insecure-ignore-tlog=true",
			"--type", attest.TestResultType, file)
	},
	"cosign v3, bundle": func(key, _, bundle, file string) (string, error) {
		return run("bin/cosign", "verify-blob-attestation", "--key", key, "--bundle", bundle, "--insecure-ignore-tlog=true",
			"--type", attest.TestResultType, file)
	},
	"@sigstore/verify": func(key, _, bundle, _ string) (string, error) { return run("node", "sigstore.mjs", bundle, key) },
}

// signers are a report in a folder that two have signed, the second with the other algorithm, and a key that has not signed.
type signers struct {
	report, envelope         string
	first, second, outsider  string // public keys
	firstBundle, otherBundle string // the second's
}

func signedByTwo(t *testing.T, algorithms []string, stamp attest.Stamp) signers {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("HOME", folder) // cosign keeps a cache there
	s := signers{report: filepath.Join(folder, "report.json")}
	s.envelope = s.report + attest.Suffix
	s.firstBundle, s.otherBundle = attest.BundleName(s.envelope, 0), attest.BundleName(s.envelope, 1)
	report := signable(t)
	write(t, s.report, report)
	for i, name := range []string{"preparer", "approver", "outsider"} {
		key, err := signature.Generate(algorithms[i%2])
		if err != nil {
			t.Fatal(err)
		}
		if err := key.WriteNew(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		if name == "outsider" {
			continue
		}
		_, err = attest.AddTo(s.envelope, func(existing []byte) ([]byte, error) { return attest.SignReport(s.report, report, key, existing) }, stamp)
		if err != nil {
			t.Fatal(err)
		}
	}
	pub := func(name string) string { return filepath.Join(folder, name+signature.PublicSuffix) }
	s.first, s.second, s.outsider = pub("preparer"), pub("approver"), pub("outsider")
	return s
}

// Each of the programs accepts a signed report with the public key alone, an approver's signature beside it or not, and refuses
// it where a byte of report, envelope or key is another.
func TestOtherVerifiers(t *testing.T) {
	need(t)
	for _, algorithms := range [][]string{signature.Algorithms, {signature.Algorithms[1], signature.Algorithms[0]}} {
		s := signedByTwo(t, algorithms, nil)
		for program, verifies := range otherVerifiers {
			t.Run(program+" "+algorithms[0], func(t *testing.T) {
				for key, bundle := range map[string]string{s.first: s.firstBundle, s.second: s.otherBundle} {
					if out, err := verifies(key, s.envelope, bundle, s.report); err != nil || !strings.Contains(strings.ToLower(out), "verified") {
						t.Errorf("refused: %v\n%s", err, out)
					}
				}
				for name, args := range map[string][4]string{
					"another key":         {s.outsider, s.envelope, s.firstBundle, s.report},
					"a changed report":    {s.first, s.envelope, s.firstBundle, flipped(t, s.report, `"result"`)},
					"a changed payload":   {s.first, flipped(t, s.envelope, `"payload":"`), flipped(t, s.firstBundle, `"payload":"`), s.report},
					"a changed signature": {s.first, flipped(t, s.envelope, `"sig":"`), flipped(t, s.firstBundle, `"sig":"`), s.report},
				} {
					if name == "a changed report" && program == "@sigstore/verify" {
						continue // it verifies the statement, and is given no report
					}
					if out, err := verifies(args[0], args[1], args[2], args[3]); err == nil {
						t.Errorf("%s is accepted:\n%s", name, out)
					}
				}
			})
		}
	}
}

// An envelope that cosign made with the approver's key over the very statement is called another program's, and no change.
func TestEnvelopeOfCosign(t *testing.T) {
	need(t)
	s := signedByTwo(t, []string{signature.Algorithms[1], signature.Algorithms[1]}, nil)
	t.Setenv("COSIGN_PASSWORD", "a password")
	content, err := os.ReadFile(s.envelope)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := signature.Decode(content)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	statement, imported, theirs := filepath.Join(folder, "statement.json"), filepath.Join(folder, "imported"), filepath.Join(folder, "cosign.dsse.json")
	write(t, statement, ours.Payload)
	for _, args := range [][]string{
		{"import-key-pair", "--key", strings.TrimSuffix(s.second, signature.PublicSuffix) + signature.PrivateSuffix, "-o", imported},
		{"attest-blob", "--yes", "--statement", statement, "--key", imported + ".key", "--tlog-upload=false", "--output-signature", theirs, s.report},
	} {
		if out, err := run("bin/v2/cosign", args...); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	request, err := verify.Read(s.report, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if request.Keys, err = signature.ReadPublics([]string{s.first, s.second}); err != nil {
		t.Fatal(err)
	}
	request.Threshold = 1
	v, err := verify.Verify(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	const says = "The signature of approver in it is valid, and its content is the statement about this report, unchanged"
	if step := v.Steps[0]; v.Result != verify.Fails || !strings.Contains(step.Detail, "another program wrote this envelope") || !strings.Contains(step.Detail, says) {
		t.Errorf("%+v", step)
	}
}

// Time stamps by the server of Sigstore's timestamp-authority: verified here, by cosign, and by Sigstore's library, and those of
// another signature by none.
func TestTimestampAuthority(t *testing.T) {
	need(t)
	address, chain := timestampServer(t)
	client, err := tsaclient.New(tsaclient.Options{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	s := signedByTwo(t, signature.Algorithms, func(sig []byte) ([]byte, error) { return client.Stamp(t.Context(), sig) })
	authorities := filepath.Join(t.TempDir(), "chain.pem")
	write(t, authorities, chain)

	request, err := verify.Read(s.report, "")
	if err != nil {
		t.Fatal(err)
	}
	request.Now = time.Now()
	if request.Keys, err = signature.ReadPublics([]string{s.first, s.second}); err != nil {
		t.Fatal(err)
	}
	if request.Authorities, err = verify.ReadAuthorities(authorities); err != nil {
		t.Fatal(err)
	}
	v, err := verify.Verify(t.Context(), request)
	if err != nil || v.Result != verify.Holds || v.SignedBy[0].Stamp == nil || v.SignedBy[0].Stamp.Time == "" {
		t.Errorf("refused here: %v %+v", err, v)
	}

	root := filepath.Join(t.TempDir(), "trusted-root.json")
	if out, err := run("bin/cosign", "trusted-root", "create", "--tsa", "url="+address+",certificate-chain="+authorities, "--out", root); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	programs := map[string]func(key, bundle string) (string, error){
		"cosign v3": func(key, bundle string) (string, error) {
			return run("bin/cosign", "verify-blob-attestation", "--key", key, "--bundle", bundle, "--insecure-ignore-tlog=true",
				"--use-signed-timestamps", "--trusted-root", root, "--type", attest.TestResultType, s.report)
		},
		"@sigstore/verify": func(key, bundle string) (string, error) { return run("node", "sigstore.mjs", bundle, key, root) },
	}
	swapped := filepath.Join(t.TempDir(), "swapped.sigstore.json")
	write(t, swapped, withReplyOf(t, s.firstBundle, s.otherBundle))
	for program, verifies := range programs {
		for key, bundle := range map[string]string{s.first: s.firstBundle, s.second: s.otherBundle} {
			if out, err := verifies(key, bundle); err != nil {
				t.Errorf("%s refuses: %v\n%s", program, err, out)
			}
		}
		if out, err := verifies(s.first, swapped); err == nil {
			t.Errorf("%s accepts the time stamp of another signature:\n%s", program, out)
		}
	}
}

// withReplyOf is a bundle with the time stamp of another one.
func withReplyOf(t *testing.T, bundle, other string) []byte {
	t.Helper()
	var bundles [2]*sigstore.Bundle
	for i, name := range []string{bundle, other} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bundles[i], err = sigstore.Decode(content); err != nil {
			t.Fatal(err)
		}
	}
	bundles[0].Reply = bundles[1].Reply
	content, err := bundles[0].Encode()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// timestampServer starts timestamp-authority's server with keys of its own, and answers the address of its time stamps and its
// certificates in PEM.
func timestampServer(t *testing.T) (address string, chain []byte) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	server := exec.CommandContext(t.Context(), "bin/timestamp-server", "serve", "--host", "127.0.0.1", "--port", strconv.Itoa(port),
		"--timestamp-signer", "memory", "--disable-ntp-monitoring")
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	address = "http://127.0.0.1:" + strconv.Itoa(port) + "/api/v1/timestamp"
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		response, err := http.Get(address + "/certchain")
		if err != nil {
			continue // it is not there yet
		}
		chain, err = io.ReadAll(io.LimitReader(response.Body, timestamp.MaxReply))
		response.Body.Close()
		if err == nil && response.StatusCode == http.StatusOK {
			return address, chain
		}
	}
	_ = server.Process.Kill()
	_ = server.Wait()
	t.Fatalf("the server does not answer:\n%s", output.String())
	return "", nil
}

var signableReport []byte

// signable is a report whose names stay in the working folder of the assessment; it is made once.
func signable(t *testing.T) []byte {
	t.Helper()
	if signableReport != nil {
		return signableReport
	}
	t.Chdir("..")
	defer t.Chdir("validators")
	var report bytes.Buffer
	if err := assessed(t, "evidence/gaps", 0).WriteJSON(&report); err != nil {
		t.Fatal(err)
	}
	signableReport = report.Bytes()
	return signableReport
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// flipped writes a copy of a file in which one bit is another, some bytes behind a text.
func flipped(t *testing.T, file, behind string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(content, []byte(behind))
	if at < 0 {
		t.Fatalf("%q is not in %s", behind, file)
	}
	content[at+len(behind)+8] ^= 1
	changed := filepath.Join(t.TempDir(), filepath.Base(file))
	write(t, changed, content)
	return changed
}
