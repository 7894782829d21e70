package ruleset

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/version"

	"raci-check/internal/evidence"
	"raci-check/internal/parameter"
	"raci-check/internal/policy"
	"raci-check/internal/rego"
	"raci-check/internal/rego/pack"
	"raci-check/internal/schema"
)

// compiledFormat is what a compiled ruleset begins with. The version of OPA follows, then the digests of the policies and of the
// baseline, the form of evidence, the baseline, the policies and the reference data, and freshness (section and parameter, in
// turn).
const compiledFormat = "raci-check compiled ruleset 3"

// formName is what the form of evidence is called in errors.
const formName = "evidence"

// Compile answers what takes longest at a start, done: for WithCompiled.
func (r Ruleset) Compile() ([]byte, error) {
	digest, err := r.Digest()
	if err != nil {
		return nil, err
	}
	baselineDigest, err := r.baselineDigest()
	if err != nil {
		return nil, err
	}
	baseline, err := r.Profiles().Encode()
	if err != nil {
		return nil, err
	}
	format, err := r.Format()
	if err != nil {
		return nil, err
	}
	form, err := schema.Encode(formName, format.Schema)
	if err != nil {
		return nil, err
	}
	sources, err := r.Policies()
	if err != nil {
		return nil, err
	}
	compiled, err := rego.Compile(sources)
	if err != nil {
		return nil, err
	}
	policies, err := rego.Encode(compiled)
	if err != nil {
		return nil, err
	}
	reference, err := r.encodeReference()
	if err != nil {
		return nil, err
	}
	var freshness []string
	for _, section := range slices.Sorted(maps.Keys(format.Freshness)) {
		freshness = append(freshness, section, format.Freshness[section])
	}
	out := pack.AppendTexts(nil, []string{
		compiledFormat, version.Version, digest, baselineDigest, string(form), string(baseline), string(policies), reference,
	})
	return pack.AppendTexts(out, freshness), nil
}

// WithCompiled is the ruleset with what Compile answered, of the same ruleset or of another: it is used only where it was made
// of the very files that are in this one, and with the same version of OPA.
func (r Ruleset) WithCompiled(compiled string) (Ruleset, error) {
	r.compiled = nil
	read := pack.Reader(compiled)
	parts := read.Texts()
	if parts[0] != compiledFormat || parts[1] != version.Version {
		return r, nil
	}
	digest, err := r.Digest()
	if err != nil || parts[2] != digest {
		return r, err
	}
	if baseline, err := r.baselineDigest(); err != nil || parts[3] != baseline {
		return r, err
	}
	r.compiled = &compiledRules{digest: digest, form: parts[4], baseline: parts[5], policies: parts[6], reference: parts[7], freshness: read.Texts()}
	return r, nil
}

// baselineDigest is over the files that give every parameter.
func (r Ruleset) baselineDigest() (string, error) {
	folder := path.Join(r.root, "profiles", parameter.Baseline) + "/"
	return r.digestOf(func(name string) bool { return strings.HasPrefix(name, folder) })
}

// compiledRules are the parts of what Compile answers, not yet decoded.
type compiledRules struct {
	digest, form, baseline, policies, reference string
	freshness                                   []string
}

// Compiled are the checks as Policies has them, compiled ahead where that can be.
func (r Ruleset) Compiled() (*policy.Set, error) {
	if r.compiled == nil {
		return r.Policies()
	}
	return rego.Decode(r.compiled.policies), nil
}

// Form is the form of the evidence, ready to hold evidence against, and for each section the name of the parameter that says
// how many days old it may be.
func (r Ruleset) Form() (*schema.Schema, map[string]string, error) {
	if r.compiled == nil {
		format, err := evidence.LoadFormat(r.service)
		if err != nil {
			return nil, nil, err
		}
		form, err := schema.Compile(formName, format.Schema)
		return form, format.Freshness, err
	}
	freshness := map[string]string{}
	for pair := range slices.Chunk(r.compiled.freshness, 2) {
		freshness[pair[0]] = pair[1]
	}
	return schema.Decode(formName, r.compiled.form), freshness, nil
}
