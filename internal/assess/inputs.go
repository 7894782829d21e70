package assess

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/ruleset"
	"raci-check/internal/sanitize"
	"raci-check/internal/verdict"
)

// readFile reads a file that is no evidence, and answers its digest.
func readFile(name string) (*document.Document, assessment.File, error) {
	doc, digest, err := document.ReadFile(name, document.DefaultLimits)
	return doc, assessment.File{Path: filepath.ToSlash(name), SHA256: digest}, err
}

// wholeFolders lists the folders of which every evidence file is read, sorted: a file that is new there would be read as well.
func wholeFolders(sources []*evidence.Source) ([]string, error) {
	read := map[string]bool{}
	folders := map[string]bool{}
	for _, source := range sources {
		for _, name := range source.Names() {
			read[name], folders[filepath.Dir(name)] = true, true
		}
	}
	whole := []string{}
	if read["-"] {
		return whole, nil
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		files, err := evidence.InFolder(folder)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(files, func(name string) bool { return !read[name] }) {
			whole = append(whole, filepath.ToSlash(folder))
		}
	}
	return whole, nil
}

// SameRules reports what of the rules is not as a stored assessment says; the error is attest.ErrOtherRules. Rules are policies,
// table, and what the profile asks for.
func SameRules(rules ruleset.Ruleset, stored *assessment.Assessment) error {
	digest, err := rules.Digest()
	if err != nil {
		return err
	}
	_, catalog, err := rules.Catalog()
	if err != nil {
		return err
	}
	var other []string
	for _, one := range []struct{ what, stored, here string }{
		{"policies", stored.Policies.Digest, digest}, {"RACI table", stored.Catalog.Digest, catalog},
	} {
		if one.stored != one.here {
			other = append(other, fmt.Sprintf("the digest of the %s is %s, here %s", one.what, one.stored, one.here))
		}
	}
	parameters, err := rules.Parameters(profilesOf(stored)...)
	if err != nil {
		return err
	}
	for _, p := range stored.Policies.Parameters {
		if held, _ := parameters.Find(p.Name); assessment.ValueText(held.Default) != assessment.ValueText(p.Default) {
			other = append(other, fmt.Sprintf("the profile's %s is %s, here %s", p.Name, assessment.ValueText(p.Default), assessment.ValueText(held.Default)))
		}
	}
	if len(other) > 0 {
		return fmt.Errorf("%w: %s; take the raci-check %s that made the report, or an archive of it", attest.ErrOtherRules, strings.Join(other, "; "), sanitize.Text(stored.Tool.Version))
	}
	return nil
}

// Again makes a stored assessment again, in the folder that its names are relative to, and answers the report. Rules are those
// that the assessment's own policies were added to; others than it was made by are attest.ErrOtherRules. The inputs of the
// assessment must be recorded: one put together from others has none. Of the options, tool and worker are taken.
func Again(ctx context.Context, rules ruleset.Ruleset, o Options, stored *assessment.Assessment) ([]byte, error) {
	rules, err := Added(rules, ".", stored)
	if err != nil {
		return nil, err
	}
	if err := SameRules(rules, stored); err != nil {
		return nil, err
	}
	options, err := optionsOf(stored)
	if err != nil {
		return nil, err
	}
	options.Tool, options.Worker = o.Tool, o.Worker
	again, err := Run(ctx, rules, options)
	if err != nil {
		return nil, err
	}
	var report bytes.Buffer
	err = again.WriteJSON(&report)
	return report.Bytes(), err
}

// Added adds the policies to a ruleset that a stored assessment was made with besides; they lie below the folder.
func Added(rules ruleset.Ruleset, folder string, stored *assessment.Assessment) (ruleset.Ruleset, error) {
	if stored.Inputs == nil || len(stored.Inputs.Policies) == 0 {
		return rules, nil
	}
	var names []string
	for _, source := range stored.Inputs.Policies {
		names = append(names, filepath.Join(folder, filepath.FromSlash(source.Path)))
	}
	rules, err := rules.With(names)
	if err != nil {
		return rules, err
	}
	return rules, rules.Verify()
}

// optionsOf are the options that a stored assessment was made with.
func optionsOf(stored *assessment.Assessment) (Options, error) {
	at, err := time.Parse(time.RFC3339Nano, stored.At)
	if err != nil {
		return Options{}, fmt.Errorf("the report's instant: %w", err)
	}
	o := Options{At: at, Reading: stored.Catalog.Reading, Profiles: profilesOf(stored), MaxFileSize: LargestFileSize}
	for _, service := range stored.Services {
		for _, file := range service.Evidence {
			if !strings.HasSuffix(file.Path, attest.Suffix) {
				o.Paths = append(o.Paths, filepath.FromSlash(file.Path))
			}
		}
	}
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
			return Options{}, fmt.Errorf("the end of the report's forecast: %w", err)
		}
		o.Forecast = int(until.Sub(at.Truncate(time.Second)) / (24 * time.Hour))
	}
	return o, nil
}

// profilesOf are the profiles that a stored assessment names.
func profilesOf(stored *assessment.Assessment) []string {
	if len(stored.Policies.Profiles) > 0 {
		return stored.Policies.Profiles
	}
	return []string{stored.Policies.Profile}
}
