// Package bundle makes of a ruleset a bundle that Open Policy Agent serves: the policies, the values in force as data, one
// rule that asks everything, and a revision that is the digest of it all. Reading, writing, signing and verifying is OPA's.
package bundle

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/raci-check/raci-check/internal/memfs"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// Package is the Rego package of the rules that a bundle adds to the policies: answer, and deny for conftest.
const Package = "raci_check"

// entryFile is where they are in a bundle.
const entryFile = "raci_check/raci_check.rego"

// entryText has all of these rules but those for each package, which stand in the place of two lines.
//
//go:embed entry.rego.txt
var entryText string

// Rules are what a bundle is made of.
type Rules struct {
	Ruleset    ruleset.Ruleset
	Reading    string         // of the RACI table; empty for the catalog's first
	Parameters *parameter.Set // in force
}

// Bundle is a set of rules that OPA can serve.
type Bundle struct {
	Revision string // sha256:… over the content
	Catalog  *raci.Catalog
	Reading  *raci.Reading
	Profile  string
	Policies *policy.Set
	// Digest is that of the ruleset, as a report gives it.
	Digest string
	opa    opa.Bundle
}

// metadata is what the manifest says of the rules.
type metadata struct {
	Reading  string `json:"reading"`
	Profile  string `json:"profile"`
	Policies string `json:"policies"`
}

type content struct {
	modules  map[string][]byte // by path
	data     map[string]any    // params, reference, duties, catalog
	metadata metadata
}

func Build(rules Rules) (*Bundle, error) {
	c := content{}
	var err error
	if c.modules, err = rules.Ruleset.Modules(); err != nil {
		return nil, err
	}
	reading, err := rules.Ruleset.Reading(rules.Reading)
	if err != nil {
		return nil, err
	}
	config, err := rules.Ruleset.Config(nil, reading, rules.Parameters)
	if err != nil {
		return nil, err
	}
	c.data = config.Data()
	if c.data["catalog"], err = rules.Ruleset.Table(); err != nil {
		return nil, err
	}
	digest, err := rules.Ruleset.Digest()
	if err != nil {
		return nil, err
	}
	c.metadata = metadata{Reading: reading.Name, Profile: rules.Parameters.Profile(), Policies: digest}
	return c.assemble()
}

// assemble adds to the content what follows from it: the rules that ask everything, and the revision.
func (c content) assemble() (*Bundle, error) {
	catalog, err := c.catalog()
	if err != nil {
		return nil, err
	}
	reading, err := catalog.Reading(c.metadata.Reading)
	if err != nil {
		return nil, err
	}
	roots := append(slices.Sorted(maps.Keys(c.data)), "lib", Package)
	if slices.Contains(roots, catalog.ID) {
		return nil, fmt.Errorf("a catalog called %q cannot be in a bundle, which holds something else by that name: give it another id", catalog.ID)
	}
	roots = append(roots, catalog.ID)
	slices.Sort(roots)
	tree, err := memfs.New(c.modules)
	if err != nil {
		return nil, err
	}
	policies, err := policy.Load(policy.Source{FS: tree, Root: catalog.ID})
	if err != nil {
		return nil, err
	}
	entry, err := entryOf(policies)
	if err != nil {
		return nil, err
	}
	modules := maps.Clone(c.modules)
	modules[entryFile] = entry

	own := map[string]any{"evidence": evidenceOf(policies), "sentences": sentencesOf(policies)}
	data := maps.Clone(c.data)
	data[Package] = own
	if data, err = plain(data); err != nil {
		return nil, err
	}
	b := &Bundle{Catalog: catalog, Reading: reading, Profile: c.metadata.Profile, Policies: policies, Digest: c.metadata.Policies}
	version := ast.RegoV1.Int()
	b.opa = opa.Bundle{Data: data, Manifest: opa.Manifest{Roots: &roots, RegoVersion: &version}}
	if b.opa.Manifest.Metadata, err = plain(map[string]any{Package: c.metadata}); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		b.opa.Modules = append(b.opa.Modules, opa.ModuleFile{URL: "/" + name, Path: "/" + name, RelativePath: "/" + name, Raw: modules[name]})
	}
	if b.Revision, err = revision(b.opa); err != nil {
		return nil, err
	}
	b.opa.Manifest.Revision = b.Revision
	data[Package].(map[string]any)["revision"] = b.Revision
	return b, nil
}

// catalog is the RACI table, of which JSON is as good a form as YAML.
func (c content) catalog() (*raci.Catalog, error) {
	text, err := json.Marshal(c.data["catalog"])
	if err != nil {
		return nil, fmt.Errorf("encode catalog: %w", err)
	}
	return raci.LoadCatalog("data.catalog", text)
}

// entryOf writes the rules that ask every package.
func entryOf(policies *policy.Set) ([]byte, error) {
	var findings, parts strings.Builder
	for _, duty := range policies.Duties {
		fmt.Fprintf(&findings, "findings[%[1]q] := said(%[1]q, data[%[2]q][%[1]q].findings)\n\n", duty.Name, policies.Root)
		fmt.Fprintf(&parts, "part[%[1]q] := {\"revision\": data.raci_check.revision, \"findings\": {%[1]q: findings[%[1]q]}}\n\n", duty.Name)
	}
	text := strings.NewReplacer("# FINDINGS\n", findings.String(), "# PARTS\n", parts.String()).Replace(entryText)
	formatted, err := format.SourceWithOpts(entryFile, []byte(text), format.Opts{RegoVersion: ast.RegoV1})
	if err != nil {
		return nil, fmt.Errorf("format %s: %w", entryFile, err)
	}
	return formatted, nil
}

// evidenceOf lists what each check needs, by package and check, but for those that look only for evidence against a
// declaration.
func evidenceOf(policies *policy.Set) map[string]any {
	needed := map[string]any{}
	for _, duty := range policies.Duties {
		checks := map[string]any{}
		for _, check := range duty.Checks {
			if !check.Applicability {
				checks[check.Name] = check.Evidence
			}
		}
		needed[duty.Name] = checks
	}
	return needed
}

// sentencesOf lists the sentence of each condition, by package and check.
func sentencesOf(policies *policy.Set) map[string]any {
	all := map[string]any{}
	for _, duty := range policies.Duties {
		checks := map[string]any{}
		for _, check := range duty.Checks {
			sentences := map[string]any{}
			for _, condition := range check.Conditions {
				sentences[condition.Name] = condition.Sentence
			}
			checks[check.Name] = sentences
		}
		all[duty.Name] = checks
	}
	return all
}

// plain is a value as JSON decodes it, which is what OPA's signer and the comparison of two bundles expect.
func plain(value any) (map[string]any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode data: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var decoded map[string]any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("decode data: %w", err)
	}
	return decoded, nil
}

// revision is the sha256 over the paths and digests of all files, before the revision stands in them.
func revision(b opa.Bundle) (string, error) {
	digest := sha256.New()
	add := func(name string, content []byte) { fmt.Fprintf(digest, "%x %s\n", sha256.Sum256(content), name) }
	for _, part := range []struct {
		name  string
		value any
	}{{".manifest", b.Manifest}, {"data.json", b.Data}} {
		encoded, err := json.Marshal(part.value)
		if err != nil {
			return "", fmt.Errorf("encode %s: %w", part.name, err)
		}
		add(part.name, encoded)
	}
	for _, module := range b.Modules {
		add(strings.TrimPrefix(module.Path, "/"), module.Raw)
	}
	return "sha256:" + hex.EncodeToString(digest.Sum(nil)), nil
}

// Write writes the bundle. The same bundle gives the same bytes.
func (b *Bundle) Write(w io.Writer) error {
	if err := opa.NewWriter(w).UseModulePath(true).Write(b.opa); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}
