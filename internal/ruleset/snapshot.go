package ruleset

import (
	"path"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego/snapshot"
	"github.com/raci-check/raci-check/internal/schema"
)

// formName is what the form of evidence is called in errors.
const formName = "evidence"

// compiledAhead is a snapshot of which the parts that several readers share are read once. They are not changed.
type compiledAhead struct {
	*snapshot.Snapshot
	form      func() any
	reference func() map[string]any
}

// WithSnapshot is the ruleset with a snapshot of its files or of another's: it is used only where it was made of the very files
// that are in this one, and with the same version of OPA.
func (r Ruleset) WithSnapshot(data string) (Ruleset, error) {
	r.snapshot = nil
	made := snapshot.Open(data)
	if made == nil {
		return r, nil
	}
	if digest, err := r.Digest(); err != nil || made.Digest != digest {
		return r, err
	}
	if baseline, err := r.BaselineDigest(); err != nil || made.Baseline != baseline {
		return r, err
	}
	r.snapshot = &compiledAhead{Snapshot: made, form: sync.OnceValue(made.EvidenceForm), reference: sync.OnceValue(made.ReferenceData)}
	return r, nil
}

// BaselineDigest is the sha256 over the paths and bytes of the files that give every parameter.
func (r Ruleset) BaselineDigest() (string, error) {
	folder := path.Join(r.root, "profiles", parameter.Baseline) + "/"
	return r.digestOf(func(name string) bool { return strings.HasPrefix(name, folder) })
}

// Compiled are the checks as Policies has them, compiled ahead where that can be.
func (r Ruleset) Compiled() (*policy.Set, error) {
	if r.snapshot == nil {
		return r.Policies()
	}
	return r.snapshot.PolicySet(), nil
}

// Form is the form of the evidence, ready to compare evidence with, and for each section the name of the parameter that says
// how many days old it may be.
func (r Ruleset) Form() (*schema.Schema, map[string]string, error) {
	if r.snapshot != nil {
		return schema.ProvenValue(formName, r.snapshot.form()), r.snapshot.Freshness, nil
	}
	format, err := evidence.LoadFormat(r.service)
	if err != nil {
		return nil, nil, err
	}
	form, err := schema.Compile(formName, format.Schema)
	return form, format.Freshness, err
}

// Described is the form of the evidence for those who read it field by field.
func (r Ruleset) Described() (*evidence.Form, error) {
	if r.snapshot != nil {
		return r.snapshot.DescribedForm(), nil
	}
	format, err := r.Format()
	if err != nil {
		return nil, err
	}
	return format.Describe()
}
