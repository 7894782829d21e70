package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sentence"
	"github.com/raci-check/raci-check/policies"
)

func shipped(t testing.TB) bundle.Rules {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	parameters, err := rules.Parameters("baseline")
	must(t, err)
	return bundle.Rules{Ruleset: rules, Parameters: parameters}
}

func build(t testing.TB, rules bundle.Rules) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Build(rules)
	must(t, err)
	return b
}

func written(t testing.TB, b *bundle.Bundle) []byte {
	t.Helper()
	var out bytes.Buffer
	must(t, b.Write(&out))
	return out.Bytes()
}

var must = testhelp.Must

func TestTheSameRulesGiveTheSameBytes(t *testing.T) {
	first, second := build(t, shipped(t)), build(t, shipped(t))
	if !bytes.Equal(written(t, first), written(t, second)) {
		t.Error("two builds differ")
	}
	names := files(t, written(t, first))
	for _, wanted := range []string{"/data.json", "/.manifest", "/raci_check/raci_check.rego", "/okms/backups/backups.rego", "/lib/time.rego"} {
		if !slices.Contains(names, wanted) {
			t.Errorf("%s is not in the bundle: %v", wanted, names)
		}
	}
	if i := slices.IndexFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.rego") }); i >= 0 {
		t.Errorf("%s is a test", names[i])
	}
}

// Whatever decides a verdict is in the revision.
func TestRevisionCoversWhatDecides(t *testing.T) {
	baseline := build(t, shipped(t))
	published := shipped(t)
	published.Reading = "published-2025-10-21"
	added := shipped(t)
	with, err := added.Ruleset.With([]string{"../../examples/acme"})
	must(t, err)
	added.Ruleset = with
	added.Parameters, err = with.Parameters("baseline")
	must(t, err)
	revisions := []string{baseline.Revision, build(t, published).Revision, build(t, added).Revision}
	slices.Sort(revisions)
	if len(slices.Compact(revisions)) != 3 {
		t.Errorf("revisions: %v", revisions)
	}
}

// sentences are what OPA and raci-check must say alike.
var sentences = []struct {
	sentence string
	values   map[string]any
}{
	{"plain", map[string]any{}},
	{"{n} {n|key is|keys are} listed", map[string]any{"n": json.Number("1")}},
	{"{n} {n|key is|keys are} listed", map[string]any{"n": json.Number("0")}},
	{"{n} {n|key is|keys are} listed", map[string]any{"n": json.Number("1.0")}},
	{"{n} {n|key is|keys are} listed", map[string]any{"n": json.Number("17")}},
	{"{n} {n|day|days}", map[string]any{"n": json.Number("1.5")}},
	{"{n} {n|day|days}", map[string]any{"n": json.Number("41230118")}},
	{"{n} {n|day|days}", map[string]any{"n": json.Number("4.1230118e7")}},
	{"{n} {n|day|days}", map[string]any{"n": json.Number("1e30")}},
	{"{n} {n|day|days}", map[string]any{"n": "unknown"}},
	{"{n}{n||s}", map[string]any{"n": json.Number("2")}},
	{"{who} {who|is|are} there", map[string]any{"who": []any{}}},
	{"{who} {who|is|are} there", map[string]any{"who": []any{"a"}}},
	{"{who} {who|is|are} there", map[string]any{"who": []any{"a", "b"}}},
	{"{who} {who|is|are} there", map[string]any{"who": []any{"a", "b", json.Number("3")}}},
	{"{a} {b}", map[string]any{"a": "{b}", "b": "%v | {a|x|y}"}},
	{"{flag}", map[string]any{"flag": false}},
	{"\u00e9{a}", map[string]any{"a": "\u2028"}},
}

// The rules that a bundle adds keep the form of this repository, and let nothing pass that was not looked at.
func TestAddedRules(t *testing.T) {
	opaBundle, err := opa.NewReader(bytes.NewReader(written(t, build(t, shipped(t))))).WithRegoVersion(ast.RegoV1).WithProcessAnnotations(true).Read()
	must(t, err)
	modules := map[string]*ast.Module{}
	for _, module := range opaBundle.Modules {
		modules[module.Path] = module.Parsed
	}
	compiler := ast.NewCompiler().WithStrict(true)
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	ask := func(query string, input map[string]any) any {
		results, err := rego.New(rego.Query(query), rego.Compiler(compiler), rego.Store(inmem.NewFromObject(opaBundle.Data)), rego.StrictBuiltinErrors(true), rego.Input(input)).Eval(t.Context())
		must(t, err)
		if len(results) != 1 {
			t.Fatalf("%s is undefined", query)
		}
		return results[0].Expressions[0].Value
	}
	input := map[string]any{"at": "2026-11-20T00:00:00Z", "backups": map[string]any{"jobs": []any{}}}
	absent, _ := ask("data.raci_check.deny_no_evidence", input).([]any)
	denials := map[string]bool{}
	for _, item := range absent {
		denied := item.(map[string]any)
		denials[fmt.Sprintf("%s.%s %s", denied["package"], denied["check"], denied["pointer"])] = true
	}
	for _, check := range build(t, shipped(t)).Policies.Checks() {
		for _, pointer := range check.Evidence {
			present := pointer == "/backups" // the only thing in the input
			if id := check.ID + " " + pointer; denials[id] == (check.Applicability || present) {
				t.Errorf("%s: absent evidence is said: %t", id, denials[id])
			}
		}
	}
	if undefined, _ := ask("data.raci_check.deny_undefined", input).([]any); len(undefined) > 0 {
		t.Errorf("%v", undefined)
	}
	for _, test := range sentences {
		template, err := sentence.Parse(sentence.English, test.sentence)
		must(t, err)
		want, err := template.Fill(test.values)
		must(t, err)
		in := map[string]any{"sentence": test.sentence, "values": test.values}
		if got := ask("data.raci_check.filled(input.sentence, input.values)", in); got != want {
			t.Errorf("%q with %v: OPA says %q, raci-check %q", test.sentence, test.values, got, want)
		}
	}
	answer, _ := ask("data.raci_check.answer", input).(map[string]any)
	part, _ := ask("data.raci_check.part.backups", input).(map[string]any)
	if part["revision"] != opaBundle.Manifest.Revision || answer["revision"] != opaBundle.Manifest.Revision {
		t.Errorf("revisions %v and %v", answer["revision"], part["revision"])
	}
	all, _ := answer["findings"].(map[string]any)
	partial, _ := part["findings"].(map[string]any)
	if len(all) != 21 || len(partial) != 1 || !reflect.DeepEqual(all["backups"], partial["backups"]) {
		t.Errorf("%d packages answer, and part answers %v", len(all), partial)
	}
}

func TestVerifyHolds(t *testing.T) {
	b := build(t, shipped(t))
	d, err := bundle.Verify(t.Context(), written(t, b), nil)
	must(t, err)
	if d.Revision != b.Revision || d.Catalog != "okms" || d.Reading != "kb0065221" || d.Profile != "baseline" || d.Duties != 21 || d.Checks != len(b.Policies.Checks()) || d.Signature != nil {
		t.Errorf("%+v", d)
	}
}

func TestVerifyRefusesWhatWasChanged(t *testing.T) {
	whole := written(t, build(t, shipped(t)))
	for name, change := range map[string]func(name string, content []byte) []byte{
		"a policy":     replaceIn("/okms/backups/backups.rego", "high", "low"),
		"a helper":     replaceIn("/lib/time.rego", "86400000000000", "86400000000001"),
		"a threshold":  replaceIn("/data.json", `"params":{`, `"params":{"x":1,`),
		"the reading":  replaceIn("/.manifest", `"kb0065221"`, `"published-2025-10-21"`),
		"the profile":  replaceIn("/.manifest", `"baseline"`, `"lenient"`),
		"the revision": replaceIn("/.manifest", `"revision":"sha256:`, `"revision":"sha256:0`),
		"the answer":   replaceIn("/raci_check/raci_check.rego", "data.okms.backups.findings", "{}"),
		"its origin":   replaceIn("/.manifest", `"raci_check":{`, `"other":{`),
	} {
		t.Run(name, func(t *testing.T) {
			changed := repack(t, whole, change)
			if _, err := bundle.Verify(t.Context(), changed, nil); !errors.Is(err, bundle.ErrBundle) {
				t.Errorf("%v", err)
			} else {
				t.Log(err)
			}
		})
	}
	for name, content := range map[string][]byte{"nothing": nil, "text": []byte("rules"), "half": whole[:len(whole)/2]} {
		if _, err := bundle.Verify(t.Context(), content, nil); !errors.Is(err, bundle.ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := bundle.Inspect(content); !errors.Is(err, bundle.ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSignatures(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, content, 0o600))
		return path
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	private := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		must(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	public := func(key any) []byte {
		der, err := x509.MarshalPKIXPublicKey(key)
		must(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	secret := []byte("a secret that is long enough for an HMAC\n")
	publics := map[string][]byte{"rsa": public(&rsaKey.PublicKey), "ec": public(&ecKey.PublicKey), "secret": secret}
	for name, c := range map[string]struct {
		key       []byte
		algorithm string
		wanted    string
		verifies  string
	}{
		"RSA":              {private(rsaKey), "", "RS256", "rsa"},
		"RSA with padding": {private(rsaKey), "PS512", "PS512", "rsa"},
		"elliptic curve":   {private(ecKey), "", "ES384", "ec"},
		"shared secret":    {secret, "HS256", "HS256", "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			b := build(t, shipped(t))
			must(t, b.Sign(file("key", c.key), c.algorithm))
			signed := written(t, b)
			d, err := bundle.Inspect(signed)
			must(t, err)
			if d.Signature == nil || d.Signature.Algorithm != c.wanted || d.Signature.Verified {
				t.Errorf("%+v", d.Signature)
			}
			if _, err := bundle.Verify(t.Context(), signed, nil); !errors.Is(err, bundle.ErrNoKey) {
				t.Errorf("without the key: %v", err)
			}
			for owner, content := range publics {
				key, err := bundle.NewVerificationKey(content)
				must(t, err)
				d, err := bundle.Verify(t.Context(), signed, key)
				if owner != c.verifies {
					if err == nil {
						t.Errorf("the key of %s verifies it", owner)
					}
					continue
				}
				must(t, err)
				if !d.Signature.Verified {
					t.Errorf("%+v", d.Signature)
				}
				changed := repack(t, signed, replaceIn("/okms/backups/backups.rego", "high", "low"))
				if _, err := bundle.Verify(t.Context(), changed, key); !errors.Is(err, bundle.ErrBundle) || !strings.Contains(err.Error(), "digest mismatch") {
					t.Errorf("changed: %v", err)
				}
				if _, err := bundle.Verify(t.Context(), written(t, build(t, shipped(t))), key); !errors.Is(err, bundle.ErrBundle) {
					t.Errorf("not signed: %v", err)
				}
			}
		})
	}
	b := build(t, shipped(t))
	if err := b.Sign(file("key", secret), ""); err == nil || !strings.Contains(err.Error(), "HS256") {
		t.Errorf("a secret without its algorithm: %v", err)
	}
	if err := b.Sign(file("key", publics["rsa"]), ""); err == nil {
		t.Error("signed with a public key")
	}
	// What a public key is must not be enough to sign as if it were a secret.
	must(t, b.Sign(file("key", publics["rsa"]), "HS256"))
	key, err := bundle.NewVerificationKey(publics["rsa"])
	must(t, err)
	if _, err := bundle.Verify(t.Context(), written(t, b), key); !errors.Is(err, bundle.ErrBundle) {
		t.Errorf("signed with the public key as a secret: %v", err)
	}
}

func files(t *testing.T, archive []byte) (names []string) {
	t.Helper()
	repack(t, archive, func(name string, content []byte) []byte { names = append(names, name); return content })
	return names
}

func replaceIn(file, old, new string) func(string, []byte) []byte {
	return func(name string, content []byte) []byte {
		if name != file {
			return content
		}
		return bytes.Replace(content, []byte(old), []byte(new), 1)
	}
}

// repack writes an archive anew, with each file changed; something must have.
func repack(t *testing.T, archive []byte, change func(name string, content []byte) []byte) []byte {
	t.Helper()
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	must(t, err)
	in := tar.NewReader(unzipped)
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	packed := tar.NewWriter(zipped)
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		content, err := io.ReadAll(in)
		must(t, err)
		content = change(header.Name, content)
		header.Size = int64(len(content))
		must(t, packed.WriteHeader(header))
		_, err = packed.Write(content)
		must(t, err)
	}
	must(t, packed.Close())
	must(t, zipped.Close())
	return out.Bytes()
}
