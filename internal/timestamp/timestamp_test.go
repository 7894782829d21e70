package timestamp_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	other "github.com/digitorus/timestamp"

	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/timestamp"
	"github.com/raci-check/raci-check/internal/timestamp/timestamptest"
)

var (
	must    = testhelp.Must
	message = []byte("a signature")
)

func authorities(t testing.TB, certificates ...*x509.Certificate) *timestamp.Authorities {
	t.Helper()
	var text []byte
	for _, c := range certificates {
		text = append(text, timestamptest.PEM(c)...)
	}
	a, err := timestamp.ParseAuthorities(text)
	must(t, err)
	return a
}

// verified is all that must hold of a token.
func verified(reply []byte, trusted *timestamp.Authorities) (*timestamp.Token, error) {
	token, err := timestamp.ParseReply(reply)
	if err == nil {
		err = token.Covers(message)
	}
	if err == nil {
		err = token.Verify(trusted, timestamptest.Policy)
	}
	return token, err
}

func TestToken(t *testing.T) {
	a := timestamptest.New(t, nil)
	a.Accuracy = 1500 * time.Millisecond
	token, err := verified(a.Reply(t, message), authorities(t, a.Root))
	must(t, err)
	if !token.Time.Equal(timestamptest.At) || token.Accuracy != a.Accuracy || !token.Latest().Equal(timestamptest.At.Add(a.Accuracy)) ||
		token.Policy != timestamptest.Policy || token.Authority != "CN=Test TSA" {
		t.Errorf("%+v", token)
	}
}

func usage(t testing.TB, critical bool, usages ...asn1.ObjectIdentifier) func(c *x509.Certificate) {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{timestamptest.Usage(t, critical, usages...)}
	}
}

// Each token that must not be accepted is refused, and each for its own reason.
func TestRefused(t *testing.T) {
	good := timestamptest.New(t, nil)
	trusted := authorities(t, good.Root)
	with := func(change func(a *timestamptest.Authority)) []byte {
		a := *good
		change(&a)
		return a.Reply(t, message)
	}
	issued := func(change func(c *x509.Certificate)) []byte {
		return with(func(a *timestamptest.Authority) { a.Certificate = good.Issue(t, change) })
	}
	reply := good.Reply(t, message)
	year := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	cases := map[string]struct {
		reply []byte
		want  error
		says  string
	}{
		"another message": {good.Reply(t, []byte("another signature")), timestamp.ErrImprint, ""},
		"an expired authority": {with(func(a *timestamptest.Authority) { a.Time = year(2022) }), timestamp.ErrExpired,
			"CN=Test TSA was valid until 2021-01-01T00:00:00Z, the token says 2022-06-01T00:00:00Z"},
		"an authority that is not valid yet": {with(func(a *timestamptest.Authority) { a.Time = year(2018) }), timestamp.ErrNotYetValid, "is valid from 2019-01-01T00:00:00Z"},
		"an expired root": {with(func(a *timestamptest.Authority) {
			a.Time = year(2022)
			a.Certificate = good.Issue(t, func(c *x509.Certificate) { c.NotAfter = year(2023) })
		}), timestamp.ErrExpired, "CN=Test root was valid until"},
		"another usage":           {issued(usage(t, true, timestamptest.CodeSigning)), timestamp.ErrUsage, "is not timeStamping"},
		"no usage":                {issued(func(c *x509.Certificate) { c.ExtraExtensions = nil }), timestamp.ErrUsage, "is not timeStamping"},
		"two usages":              {issued(usage(t, true, timestamptest.TimeStamping, timestamptest.CodeSigning)), timestamp.ErrUsage, "more than timeStamping"},
		"an unknown second usage": {issued(usage(t, true, timestamptest.TimeStamping, asn1.ObjectIdentifier{1, 2, 3})), timestamp.ErrUsage, "more than timeStamping"},
		"an uncritical usage":     {issued(usage(t, false, timestamptest.TimeStamping)), timestamp.ErrUsage, "not critical"},
		"a key for other things":  {issued(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), timestamp.ErrUsage, "not for signatures"},
		"no certificate":          {with(func(a *timestamptest.Authority) { a.OmitCertificate = true }), timestamp.ErrNoCertificate, "openssl ts -query -cert"},
		"another authority":       {timestamptest.New(t, nil).Reply(t, message), timestamp.ErrChain, "CN=Test TSA"},
		"garbage":                 {[]byte("<html>502 Bad Gateway</html>"), timestamp.ErrReply, ""},
		"nothing":                 {nil, timestamp.ErrReply, ""},
		"more than a reply":       {append(bytes.Clone(reply), 0), timestamp.ErrReply, "1 bytes follow its end"},
		"less than a reply":       {reply[:len(reply)-1], timestamp.ErrReply, ""},
		"a rejection":             {timestamptest.Rejection(t), timestamp.ErrRejected, "rejection, policy not supported"},
		"a time with an offset": {with(func(a *timestamptest.Authority) { a.Time = a.Time.In(time.FixedZone("", 3600)) }), timestamp.ErrToken,
			`its time is "20200601130000+0100", expected one in UTC`},
	}
	seen := map[string]string{}
	for name, test := range cases {
		_, err := verified(test.reply, trusted)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, wanted %v with %q in it", name, err, test.want, test.says)
			continue
		}
		if twin, twice := seen[err.Error()]; twice && name != "no usage" && twin != "no usage" && !strings.Contains(name+twin, "second usage") {
			t.Errorf("%s and %s have one message: %v", name, twin, err)
		}
		seen[err.Error()] = name
	}
	token, err := timestamp.ParseReply(reply)
	must(t, err)
	if err := token.Verify(trusted, timestamptest.Policy+".1"); !errors.Is(err, timestamp.ErrPolicy) {
		t.Errorf("another policy: %v", err)
	}
}

// A token names its signer's certificate: another one of the same key, name and number that would make it valid does not take its place.
func TestCertificateIsTheNamedOne(t *testing.T) {
	a := timestamptest.New(t, nil)
	expired := a.Issue(t, func(c *x509.Certificate) { c.NotAfter = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) })
	for {
		a.Certificate = expired
		reply := a.Reply(t, message)
		if _, err := verified(reply, authorities(t, a.Root)); !errors.Is(err, timestamp.ErrExpired) {
			t.Fatalf("an expired one: %v", err)
		}
		valid := a.Issue(t, nil)
		if len(valid.Raw) != len(expired.Raw) { // ECDSA signatures vary in length by some bytes
			continue
		}
		swapped := bytes.Replace(reply, expired.Raw, valid.Raw, 1)
		if bytes.Equal(swapped, reply) {
			t.Fatal("the certificate is not in the token")
		}
		if _, err := verified(swapped, authorities(t, a.Root)); !errors.Is(err, timestamp.ErrToken) || !strings.Contains(err.Error(), "another certificate") {
			t.Errorf("another one: %v", err)
		}
		return
	}
}

// Whatever bit of a reply is another: it is refused, or says the same.
func TestEveryBitCounts(t *testing.T) {
	a := timestamptest.New(t, nil)
	trusted, reply := authorities(t, a.Root), a.Reply(t, message)
	want, err := verified(reply, trusted)
	must(t, err)
	harmless := 0
	for i := range reply {
		for bit := range 8 {
			changed := bytes.Clone(reply)
			changed[i] ^= 1 << bit
			token, err := verified(changed, trusted)
			if err != nil {
				continue
			}
			harmless++
			if !token.Time.Equal(want.Time) || token.Accuracy != want.Accuracy || token.Policy != want.Policy || token.Serial.Cmp(want.Serial) != 0 || token.Authority != want.Authority {
				t.Errorf("bit %d of byte %d may be another, and says %+v", bit, i, token)
			}
		}
	}
	if harmless > 100 { // the status, versions, and the list of digest algorithms, which nobody has signed and nothing rests on
		t.Errorf("%d bits of %d bytes may be others", harmless, len(reply))
	}
	t.Logf("%d bits of %d bytes say nothing", harmless, len(reply))
}

func TestQuery(t *testing.T) {
	plain, err := timestamp.NewQuery(message, timestamptest.Policy)
	must(t, err)
	query, err := plain.WithNonce()
	must(t, err)
	der, err := query.Marshal()
	must(t, err)
	request, err := other.ParseRequest(der)
	must(t, err)
	if !request.Certificates || request.Nonce == nil || request.TSAPolicyOID.String() != timestamptest.Policy || request.HashAlgorithm.String() != "SHA-256" {
		t.Errorf("another reader finds %+v", request)
	}
	a := timestamptest.New(t, nil)
	without, err := timestamp.ParseReply(a.Reply(t, message))
	must(t, err)
	if err := plain.Answers(without); err != nil {
		t.Errorf("without a nonce: %v", err)
	}
	if err := query.Answers(without); !errors.Is(err, timestamp.ErrNonce) {
		t.Errorf("a reply without the nonce: %v", err)
	}
	for _, policy := range []string{"x", "1", "1..2", "1.2.-3", "01.2", "9.9.9", "1.2.", strings.Repeat("1.", 9) + "99999999999999999999"} {
		if _, err := timestamp.NewQuery(message, policy); err == nil || !strings.Contains(err.Error(), "is not a policy") {
			t.Errorf("policy %q: %v", policy, err)
		}
	}
}

func TestAuthorities(t *testing.T) {
	a := timestamptest.New(t, nil)
	reply := a.Reply(t, message)
	// A file may hold the whole chain; the authority's own certificate is not an anchor.
	if _, err := verified(reply, authorities(t, a.Certificate, a.Root)); err != nil {
		t.Errorf("a chain: %v", err)
	}
	if _, err := verified(reply, authorities(t, a.Certificate, timestamptest.New(t, nil).Root)); !errors.Is(err, timestamp.ErrChain) {
		t.Errorf("the authority's certificate alone: %v", err)
	}
	for text, says := range map[string]string{
		"":                                       "no certificate in PEM",
		string(timestamptest.PEM(a.Certificate)): "none of its certificates is one of a certification authority",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n":   `has a "PUBLIC KEY" block`,
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n": "certificate 1: x509",
	} {
		if _, err := timestamp.ParseAuthorities([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, wanted %q in it", text, err, says)
		}
	}
}

// A bare token is put into a reply; a reply stays as it is.
func TestBareToken(t *testing.T) {
	// The other reader holds the time of writing, which it added to what is signed, against the certificate.
	a := timestamptest.New(t, func(c *x509.Certificate) { c.NotAfter = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) })
	reply := a.Reply(t, message)
	read, err := other.ParseResponse(reply)
	must(t, err)
	for name, content := range map[string][]byte{"a reply": reply, "a token": read.RawToken} {
		made, token, err := timestamp.Parse(content)
		if err != nil || token.Covers(message) != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again, err := other.ParseResponse(made); err != nil || !bytes.Equal(again.RawToken, read.RawToken) {
			t.Errorf("%s: another reader: %v", name, err)
		}
	}
}

// openssl runs OpenSSL in a folder; where it is not, the test is skipped, but not where .ci/run installed it.
func openssl(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil && os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("there is no openssl here")
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// What is accepted here, OpenSSL accepts as of the token's time, and it refuses the same.
func TestOpenSSLAgrees(t *testing.T) {
	good := timestamptest.New(t, nil)
	uncritical, outdated := *good, *good
	uncritical.Certificate = good.Issue(t, usage(t, false, timestamptest.TimeStamping))
	outdated.Time = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		authority *timestamptest.Authority
		message   string
	}{
		"a token": {good, string(message)}, "another message": {good, "x"}, "another authority": {timestamptest.New(t, nil), string(message)},
		"an uncritical usage": {&uncritical, string(message)}, "an expired authority": {&outdated, string(message)},
	} {
		folder := t.TempDir()
		reply := test.authority.Reply(t, []byte(test.message))
		testhelp.Put(t, filepath.Join(folder, "reply.tsr"), string(reply))
		testhelp.Put(t, filepath.Join(folder, "root.pem"), string(timestamptest.PEM(good.Root)))
		testhelp.Put(t, filepath.Join(folder, "message"), string(message))
		out, theirs := openssl(t, folder, "ts", "-verify", "-in", "reply.tsr", "-data", "message", "-CAfile", "root.pem",
			"-attime", strconv.FormatInt(test.authority.Time.Unix(), 10))
		_, ours := verified(reply, authorities(t, good.Root))
		if (theirs == nil) != (ours == nil) {
			t.Errorf("%s: here %v, OpenSSL %v:\n%s", name, ours, theirs, out)
		}
	}
}

// Tokens that OpenSSL issues are accepted: with RSA and with ECDSA, with each hash, and with each form of the certificate's name.
func TestOpenSSLIssues(t *testing.T) {
	for name, test := range map[string]struct{ key, digest, id string }{
		"RSA":               {"rsa:2048", "sha256", "sha256"},
		"RSA and SHA-512":   {"rsa:2048", "sha512", "sha512"},
		"RFC 2634":          {"rsa:2048", "sha256", "sha1"},
		"ECDSA and SHA-384": {"ec -pkeyopt ec_paramgen_curve:P-384", "sha384", "sha384"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			testhelp.Put(t, filepath.Join(folder, "tsa.cnf"), strings.NewReplacer("DIGEST", test.digest, "ID", test.id).Replace(opensslAuthority))
			run := func(line string) string {
				out, err := openssl(t, folder, strings.Fields(line)...)
				if err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
				return out
			}
			run("req -x509 -config tsa.cnf -extensions root -newkey " + test.key + " -nodes -keyout root.key -out root.pem -days 30 -subj /CN=Root")
			run("req -new -config tsa.cnf -newkey " + test.key + " -nodes -keyout tsa.key -out tsa.csr -subj /CN=TSA")
			run("x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 77 -days 20 -extfile tsa.cnf -extensions tsa_certificate -out tsa.pem")
			query, err := timestamp.NewQuery(message, timestamptest.Policy)
			must(t, err)
			query, err = query.WithNonce()
			must(t, err)
			der, err := query.Marshal()
			must(t, err)
			testhelp.Put(t, filepath.Join(folder, "query.tsq"), string(der))
			for _, form := range []string{"-out reply", "-token_out -out token"} {
				run("ts -reply -config tsa.cnf -queryfile query.tsq " + form)
				file := form[strings.LastIndex(form, " ")+1:]
				content := read(t, filepath.Join(folder, file))
				_, token, err := timestamp.Parse(content)
				must(t, err)
				trusted, err := timestamp.ParseAuthorities(read(t, filepath.Join(folder, "root.pem")))
				must(t, err)
				if err := errors.Join(query.Answers(token), token.Verify(trusted, timestamptest.Policy)); err != nil {
					t.Errorf("%s: %v", file, err)
				}
				if token.Accuracy != 1500*time.Millisecond || token.Authority != "CN=TSA" || token.Serial.Int64() == 0 {
					t.Errorf("%s: %+v", file, token)
				}
			}
		})
	}
}

// Other forms of signatures that authorities use, by OpenSSL's writer of CMS: RSA-PSS, and a signer that is named by its key.
func TestOpenSSLForms(t *testing.T) {
	folder := t.TempDir()
	testhelp.Put(t, filepath.Join(folder, "tsa.cnf"), strings.NewReplacer("DIGEST", "sha256", "ID", "sha256").Replace(opensslAuthority))
	testhelp.Put(t, filepath.Join(folder, "message"), string(message))
	const sign = "cms -sign -binary -nodetach -cades -md sha384 -econtent_type 1.2.840.113549.1.9.16.1.4 -in info -outform der -signer tsa.pem -inkey tsa.key "
	for _, line := range []string{
		"req -x509 -config tsa.cnf -extensions root -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=Root",
		"req -new -config tsa.cnf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=TSA",
		"x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 77 -days 20 -extfile tsa.cnf -extensions tsa_certificate -out tsa.pem",
		"ts -query -data message -sha256 -cert -out query.tsq",
		"ts -reply -config tsa.cnf -queryfile query.tsq -token_out -out token",
		"cms -verify -noverify -inform der -in token -out info",
		sign + "-out pss -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1",
		sign + "-out keyid -keyid",
		"cms -sign -binary -nodetach -cades -md sha256 -in info -outform der -signer tsa.pem -inkey tsa.key -out data",
		"cms -sign -binary -nodetach -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.4 -in info -outform der -signer tsa.pem -inkey tsa.key -out unnamed",
		"cms -sign -binary -nodetach -cades -md sha1 -econtent_type 1.2.840.113549.1.9.16.1.4 -in info -outform der -signer tsa.pem -inkey tsa.key -out sha1",
	} {
		if out, err := openssl(t, folder, strings.Fields(line)...); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	trusted, err := timestamp.ParseAuthorities(read(t, filepath.Join(folder, "root.pem")))
	must(t, err)
	for file, says := range map[string]string{
		"token": "", "pss": "", "keyid": "",
		"data": "the signed content has type 1.2.840.113549.1.7.1", "unnamed": "it names another certificate than the one it contains, or none",
		"sha1": "its digest is not SHA-256, SHA-384 or SHA-512",
	} {
		reply, err := timestamp.ReplyOf(read(t, filepath.Join(folder, file)))
		must(t, err)
		_, err = verified(reply, trusted)
		if says == "" && err != nil || says != "" && (!errors.Is(err, timestamp.ErrToken) || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, wanted %q in it", file, err, says)
		}
	}
}

const opensslAuthority = `[ tsa ]
default_tsa = here
[ here ]
serial = ./serial
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = DIGEST
ess_cert_id_alg = ID
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1, millisecs:500
[ root ]
basicConstraints = critical,CA:TRUE
[ tsa_certificate ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
[ req ]
distinguished_name = name
[ name ]
`

func read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	must(t, err)
	return content
}

// Whatever the bytes: no panic, and no token that the authority has not issued. What the corpus begins with is kept, for each
// process that fuzzes must have the same authority; its keys exist no longer.
func FuzzReply(f *testing.F) {
	trusted, err := timestamp.ParseAuthorities(read(f, "testdata/root.pem"))
	must(f, err)
	reply := read(f, "testdata/reply.tsr")
	if _, err := verified(reply, trusted); err != nil {
		f.Fatal(err)
	}
	f.Add(reply)
	f.Add(timestamptest.Rejection(f))
	a := timestamptest.New(f, nil)
	a.OmitCertificate = true
	f.Add(a.Reply(f, message))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, token, err := timestamp.Parse(data)
		if err != nil {
			return
		}
		if token.Verify(trusted, "") == nil && (!token.Time.Equal(timestamptest.At) || token.Covers(message) != nil) {
			t.Errorf("accepted what was never issued: %x", data)
		}
	})
}
