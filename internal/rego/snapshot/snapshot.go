// Package snapshot reads what is made of a ruleset's files when the program is built, so that no start parses and compiles them
// again: the compiled policies with the checks that their METADATA describe, the form of the evidence, the baseline of the
// parameters, and the reference data. Package generate writes it.
package snapshot

import (
	"reflect"

	"github.com/open-policy-agent/opa/v1/version"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
)

// Format is what a snapshot begins with. It changes whenever the way it is written does.
const Format = "raci-check snapshot 8"

// Snapshot is a snapshot of which only the head is read. The parts are read when they are asked for.
type Snapshot struct {
	OPA string // version whose compiler made it
	// Digest is over the policies, their helpers, the form of the evidence and the reference data; Baseline is over the files
	// that give every parameter.
	Digest, Baseline string
	// Freshness names for each section of the evidence the parameter that says how many days old it may be.
	Freshness map[string]string
	// Form, Described, Parameters, Policies and Reference are the parts, as they are written.
	Form, Described, Parameters, Policies, Reference string
}

// Open reads the head; it answers nil for a snapshot that is written in another way, or that another version of OPA made. The
// data is a part of this program and proven by its tests: nothing else in it is verified.
func Open(data string) *Snapshot {
	r := reader(data)
	if r.text() != Format {
		return nil
	}
	var s Snapshot
	r.value(reflect.ValueOf(&s).Elem())
	if s.OPA != version.Version {
		return nil
	}
	return &s
}

// EvidenceForm is the JSON Schema of an evidence file, as a JSON value.
func (s *Snapshot) EvidenceForm() any {
	var form any
	Decode(s.Form, &form)
	return form
}

// DescribedForm is the form of evidence as evidence.Format describes it.
func (s *Snapshot) DescribedForm() *evidence.Form {
	form := &evidence.Form{}
	Decode(s.Described, form)
	return form
}

// BaselineParameters are the parameters that the baseline gives, sorted by name.
func (s *Snapshot) BaselineParameters() []parameter.Parameter {
	var all []parameter.Parameter
	Decode(s.Parameters, &all)
	return all
}

// ReferenceData are the published facts about the service, as JSON values.
func (s *Snapshot) ReferenceData() map[string]any {
	var reference any
	Decode(s.Reference, &reference)
	tables, _ := reference.(map[string]any)
	return tables
}

// Decode reads a value that was written from one of the same type.
func Decode[T any](data string, into *T) {
	r := reader(data)
	r.value(reflect.ValueOf(into).Elem())
}

// PolicySet are the compiled policies.
func (s *Snapshot) PolicySet() *policy.Set {
	r := reader(s.Policies)
	set := &policy.Set{Root: r.text(), Compiled: true}
	r.value(reflect.ValueOf(&set.Duties).Elem())
	r.value(reflect.ValueOf(&set.Fields).Elem())
	set.Modules = r.modules()
	return set
}
