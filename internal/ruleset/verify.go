package ruleset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Verify finds in a ruleset with added files what tests find in the shipped one: a form that is not met, a threshold that no
// profile gives, evidence that the schema does not have. Each would make a check pass or fail for no reason.
func (r Ruleset) Verify() error {
	format, err := r.Format()
	if err != nil {
		return err
	}
	if err := schema.Verify("evidence", format.Schema); err != nil {
		return err
	}
	if err := r.Profiles().Verify(); err != nil {
		return err
	}
	parameters, err := r.Parameters()
	if err != nil {
		return err
	}
	if _, err := r.Reference(); err != nil {
		return err
	}
	policies, err := r.Policies()
	if err != nil {
		return err
	}
	form, err := format.Describe()
	if err != nil {
		return err
	}
	catalog, _, err := r.Catalog()
	if err != nil {
		return err
	}
	errs := r.fresh(format, parameters)
	for _, file := range slices.Sorted(maps.Keys(policies.Modules)) {
		if r.Own(file) {
			errs = append(errs, policy.Negations(file, policies.Modules[file])...)
		}
	}
	for _, duty := range policies.Duties {
		if !assessed(catalog, duty.ID) {
			errs = append(errs, &document.Error{File: duty.File, Line: duty.Line, Message: fmt.Sprintf(
				"package %s.%s is for activity %s, which is the provider's: nobody would ask for it; write the id of a duty, as raci-check duties lists it, into custom.duty", r.root, duty.Name, duty.ID)})
		}
		var named []string
		for _, check := range duty.Checks {
			errs = append(errs, r.unknownNames(check, form, parameters)...)
			named = append(named, check.Params...)
		}
		for _, use := range policy.ParametersOf(policies.Modules[duty.File]) {
			if !slices.Contains(named, use.Name) {
				errs = append(errs, &document.Error{File: duty.File, Line: use.Line, Message: fmt.Sprintf(
					"data.params.%s is read, and no check of %s.%s names it in custom.params: add it to the check that it decides", use.Name, r.root, duty.Name)})
			}
		}
	}
	return errors.Join(errs...)
}

// unknownNames finds the parameters and fields that a check names and that do not exist.
func (r Ruleset) unknownNames(check policy.Check, form *evidence.Form, parameters *parameter.Set) []error {
	var errs []error
	refuse := func(format string, args ...any) {
		errs = append(errs, &document.Error{File: check.File, Line: check.Line, Message: fmt.Sprintf("check %s: ", check.ID) + fmt.Sprintf(format, args...)})
	}
	for _, name := range check.Params {
		if _, ok := parameters.Find(name); !ok {
			refuse("no profile gives the parameter %s: add it, with its source, to a file in %s/profiles/%s/", name, r.root, parameter.Baseline)
		}
	}
	for _, pointer := range check.Evidence {
		if !strings.HasPrefix(pointer, "/") || form.Fragment(pointer, evidence.Layout{}) == "" {
			refuse("the schema has no field %s, so that the check would always be missing; fields of your own are in %s/schema/<section>.json", pointer, r.root)
		}
	}
	return errs
}

// assessed reports whether the activity is a duty in some reading of the table, or one that the catalog does not have, which
// the engine refuses.
func assessed(catalog *raci.Catalog, id string) bool {
	listed := false
	for _, name := range catalog.ReadingNames() {
		reading, err := catalog.Reading(name)
		if err != nil {
			continue // the names are the catalog's own
		}
		for _, activity := range reading.Activities {
			if activity.ID == id {
				listed = true
				if activity.Duty() {
					return true
				}
			}
		}
	}
	return !listed
}

// engineParameters are those that the engine reads itself.
var engineParameters = []string{
	engine.WaiverLimit, engine.WaiverShare, engine.GradesParameter(verdict.Critical), engine.GradesParameter(verdict.High),
	engine.GradesParameter(verdict.Medium), engine.GradesParameter(verdict.Low),
}

// UnusedParameters says in words which parameters nothing reads, of those in files that were added.
func (r Ruleset) UnusedParameters(policies *policy.Set) ([]string, error) {
	parameters, err := r.Parameters()
	if err != nil {
		return nil, err
	}
	format, err := r.Format()
	if err != nil {
		return nil, err
	}
	plan, err := r.Consistency()
	if err != nil {
		return nil, err
	}
	used := slices.Concat(engineParameters, slices.Collect(maps.Values(format.Freshness)), plan.Parameters())
	for _, module := range policies.Modules {
		for _, use := range policy.ParametersOf(module) {
			used = append(used, use.Name)
		}
	}
	var warnings []string
	for _, p := range parameters.All() {
		if r.Own(p.File) && !slices.Contains(used, p.Name) {
			warnings = append(warnings, fmt.Sprintf("%s:%d: nothing reads the parameter %s: read data.params.%s in a check, or take it out", p.File, p.Line, p.Name, p.Name))
		}
	}
	return warnings, nil
}

// fresh finds sections whose age nobody could judge.
func (r Ruleset) fresh(format *evidence.Format, parameters *parameter.Set) []error {
	var errs []error
	for section, name := range format.Freshness {
		if _, ok := parameters.Find(name); !ok {
			file := path.Join(r.root, "schema", section+".json")
			errs = append(errs, &document.Error{File: r.shown(file), Line: r.lineOf(file, `"x-freshness"`), Message: fmt.Sprintf(
				"x-freshness names the parameter %s, which no profile gives: add it, with its source, to a file in %s/profiles/%s/", name, r.root, parameter.Baseline)})
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// lineOf is the line on which a text first stands in a file; the first where it does not.
func (r Ruleset) lineOf(file, text string) int {
	data, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return 1
	}
	before, _, ok := bytes.Cut(data, []byte(text))
	if !ok {
		return 1
	}
	return 1 + bytes.Count(before, []byte("\n"))
}
