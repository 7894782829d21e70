package verify

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// sameAs reports what of the rules is not as a stored assessment says; the error is ErrOtherRules. Rules are policies,
// table, and what the profile asks for.
func sameAs(rules ruleset.Ruleset, stored *assessment.Assessment) error {
	digest, err := rules.Digest()
	if err != nil {
		return err
	}
	_, catalog, err := rules.Catalog()
	if err != nil {
		return err
	}
	var other []string
	for _, part := range []struct{ name, stored, current string }{
		{"policies", stored.Policies.Digest, digest}, {"RACI table", stored.Catalog.Digest, catalog},
	} {
		if part.stored != part.current {
			other = append(other, fmt.Sprintf("the digest of the %s is %s, here %s", part.name, part.stored, part.current))
		}
	}
	parameters, err := rules.Parameters(profilesOf(stored)...)
	if err != nil {
		return err
	}
	for _, p := range stored.Policies.Parameters {
		if current, _ := parameters.Find(p.Name); verdict.ValueText(current.Default) != verdict.ValueText(p.Default) {
			other = append(other, fmt.Sprintf("the profile's %s is %s, here %s", p.Name, verdict.ValueText(p.Default), verdict.ValueText(current.Default)))
		}
	}
	if len(other) > 0 {
		return fmt.Errorf("%w: %s; take the raci-check %s that made the report, or an archive of it", ErrOtherRules, strings.Join(other, "; "), sanitize.Text(stored.Tool.Version))
	}
	return nil
}

// again makes a stored assessment again of the files below the request's folder, and answers the report. The policies that are
// kept beside it are used where those of this program are others.
func (r Request) again(ctx context.Context, stored *assessment.Assessment) ([]byte, error) {
	rules := r.Rules
	if r.Policies != nil && sameRules(rules, r.Evidence, stored) != nil {
		tree, err := ruleset.Open(r.Policies, rules.Root())
		if err != nil {
			return nil, err
		}
		rules = tree.Foreign()
	}
	rules, err := withAdded(rules, r.Evidence, stored)
	if err != nil {
		return nil, err
	}
	if err := sameAs(rules, stored); err != nil {
		return nil, err
	}
	options, err := optionsOf(stored)
	if err != nil {
		return nil, err
	}
	options.Base, options.Tool, options.Worker = document.Folder(r.Evidence), r.Tool, r.Worker
	again, err := assess.Run(ctx, rules, options)
	if err != nil {
		return nil, err
	}
	if again.Inputs.PassedOver = stored.Inputs.PassedOver; len(stored.Inputs.PassedOver) > 0 { // they are not kept, and have no part in the result
		if err := again.Seal(); err != nil {
			return nil, err
		}
	}
	var report bytes.Buffer
	err = again.WriteJSON(&report)
	return report.Bytes(), err
}

// samePolicies checks a tree of policies, and what the report says was added to it, against the report.
func (r Request) samePolicies(tree fs.FS, stored *assessment.Assessment) error {
	rules, err := ruleset.Open(tree, r.Rules.Root())
	if err != nil {
		return err
	}
	return sameRules(rules, r.Evidence, stored)
}

// sameRules is sameAs of rules with the policies that were added to them.
func sameRules(rules ruleset.Ruleset, folder string, stored *assessment.Assessment) error {
	rules, err := withAdded(rules, folder, stored)
	if err != nil {
		return err
	}
	return sameAs(rules, stored)
}

// bundleOf makes the bundle of the rules that a report was made by, of the policies kept beside it and what lies in the folder.
// There is none of a report that was put together from others: its parameters may come from a file that it does not name.
func (r Request) bundleOf(stored *assessment.Assessment) (*bundle.Bundle, error) {
	if stored.Inputs == nil {
		return nil, nil
	}
	rules, err := ruleset.Open(r.Policies, r.Rules.Root())
	if err != nil {
		return nil, err
	}
	if rules, err = withAdded(rules, r.Evidence, stored); err != nil {
		return nil, err
	}
	options := assess.Options{Base: document.Folder(r.Evidence), Reading: stored.Catalog.Reading, Profiles: stored.Policies.Profiles}
	for _, file := range stored.Inputs.Params {
		options.Params = filepath.FromSlash(file.Path)
	}
	return assess.Bundle(rules, options)
}

// sameBundle reports whether the bundle that is kept is what the policies beside it make here.
func (r Request) sameBundle(ctx context.Context, stored *assessment.Assessment) (bool, error) {
	made, err := r.bundleOf(stored)
	if err != nil || made == nil {
		return false, err
	}
	description, err := bundle.Verify(ctx, r.Bundle, nil)
	return err == nil && description.Revision == made.Revision, err
}

// withAdded adds the policies and the reference data to a ruleset that a stored assessment was made with besides; they lie below
// the folder.
func withAdded(rules ruleset.Ruleset, folder string, stored *assessment.Assessment) (ruleset.Ruleset, error) {
	if stored.Inputs == nil {
		return rules, nil
	}
	base := document.Folder(folder)
	var added, reference []string
	for _, source := range stored.Inputs.Policies {
		added = append(added, filepath.FromSlash(source.Path))
	}
	for _, file := range stored.Inputs.Reference {
		reference = append(reference, filepath.FromSlash(file.Path))
	}
	if len(added) > 0 {
		var err error
		if rules, err = rules.WithFrom(base, added); err != nil {
			return rules, err
		}
		if err := rules.Verify(); err != nil {
			return rules, err
		}
	}
	return rules.WithReference(base, reference)
}

func optionsOf(stored *assessment.Assessment) (assess.Options, error) {
	at, err := time.Parse(time.RFC3339Nano, stored.At)
	if err != nil {
		return assess.Options{}, fmt.Errorf("the report's time: %w", err)
	}
	o := assess.Options{At: at, PastAt: stored.PastAt, Reading: stored.Catalog.Reading, Profiles: profilesOf(stored), MaxFileSize: assess.LargestFileSize}
	for _, tree := range stored.Inputs.Trees {
		o.Paths = append(o.Paths, filepath.FromSlash(tree))
	}
	for _, service := range stored.Services {
		for _, file := range service.Evidence {
			below := func(tree string) bool { return tree == "." || strings.HasPrefix(file.Path, tree+"/") }
			if !strings.HasSuffix(file.Path, attest.Suffix) && !slices.ContainsFunc(stored.Inputs.Trees, below) {
				o.Paths = append(o.Paths, filepath.FromSlash(file.Path))
			}
		}
	}
	o.MinAssurance, o.DisputedNotCounted = stored.Inputs.MinAssurance, stored.DisputedNotCounted
	for _, file := range stored.Inputs.Params {
		o.Params = filepath.FromSlash(file.Path)
	}
	for _, file := range stored.Inputs.Waivers {
		o.Waivers = append(o.Waivers, filepath.FromSlash(file.Path))
	}
	for _, file := range stored.Inputs.EvidenceKeys {
		o.EvidenceKeys = append(o.EvidenceKeys, filepath.FromSlash(file.Path))
	}
	service := stored.Services[0]
	if stored.Partial {
		for _, activity := range service.Activities {
			if activity.Status != verdict.NotSelected && activity.Status != verdict.Inherited {
				o.Duties = append(o.Duties, activity.ID)
			}
		}
	}
	if service.Forecast != nil {
		until, err := time.Parse(time.RFC3339, service.Forecast.Until)
		if err != nil {
			return assess.Options{}, fmt.Errorf("the end of the report's forecast: %w", err)
		}
		o.Forecast = int(until.Sub(at.Truncate(time.Second)) / (24 * time.Hour))
	}
	return o, nil
}

func profilesOf(stored *assessment.Assessment) []string {
	if len(stored.Policies.Profiles) > 0 {
		return stored.Policies.Profiles
	}
	return []string{stored.Policies.Profile}
}
