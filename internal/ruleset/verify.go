package ruleset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"raci-check/internal/evidence"
	"raci-check/internal/parameter"
	"raci-check/internal/policy"
	"raci-check/internal/schema"
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
	policies, err := r.Policies()
	if err != nil {
		return err
	}
	form, err := format.Describe()
	if err != nil {
		return err
	}
	errs := fresh(format, parameters)
	for _, duty := range policies.Duties {
		used := paramsOf(policies.Modules[duty.File])
		var named []string
		for _, check := range duty.Checks {
			refuse := func(line int, format string, args ...any) {
				errs = append(errs, &policy.Error{File: check.File, Line: line, Message: fmt.Sprintf("check %s: ", check.ID) + fmt.Sprintf(format, args...)})
			}
			named = append(named, check.Params...)
			for _, name := range check.Params {
				if _, known := parameters.Find(name); !known {
					refuse(check.Line, "no profile gives the parameter %s: add it, with its source, to a file in %s/profiles/%s/", name, r.root, parameter.Baseline)
				}
			}
			for _, pointer := range check.Evidence {
				if !strings.HasPrefix(pointer, "/") || form.Fragment(pointer) == "" {
					refuse(check.Line, "the schema has no field %s, so that the check would always be missing; fields of your own are in %s/schema/<section>.json", pointer, r.root)
				}
			}
		}
		for _, use := range used {
			if !slices.Contains(named, use.name) {
				errs = append(errs, &policy.Error{File: duty.File, Line: use.line, Message: fmt.Sprintf(
					"data.params.%s is read, and no check of %s.%s names it in custom.params", use.name, r.root, duty.Name)})
			}
		}
	}
	return errors.Join(errs...)
}

// fresh finds sections whose age nobody could judge.
func fresh(format *evidence.Format, parameters *parameter.Set) []error {
	var errs []error
	for section, name := range format.Freshness {
		if _, known := parameters.Find(name); !known {
			errs = append(errs, fmt.Errorf("schema/%s.json: x-freshness names the parameter %s, which no profile gives", section, name))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// use is a place where a rule reads a parameter.
type use struct {
	name string
	line int
}

func paramsOf(module *ast.Module) []use {
	var found []use
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if len(ref) < 3 || !ref[0].Equal(ast.DefaultRootDocument) || !ref[1].Equal(ast.StringTerm("params")) {
			return false
		}
		if name, ok := ref[2].Value.(ast.String); ok && !slices.ContainsFunc(found, func(u use) bool { return u.name == string(name) }) {
			found = append(found, use{string(name), ref[0].Location.Row})
		}
		return false
	})
	return found
}
