package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/suggest"
)

// Policy makes the files of a policy package for a duty, by their path below a folder that --policies takes: one check with
// its test, its parameter and its section of the evidence. The name is the duty's and a suffix, as backups_acme; root is
// the catalog's id.
func Policy(name, root string, activities []raci.Activity) (map[string][]byte, error) {
	duty, err := dutyOf(name, activities)
	if err != nil {
		return nil, err
	}
	of := values{
		"root": root, "name": name, "duty": duty.ID, "title": sanitize.Text(duty.Title) + ", beyond the shipped checks",
		"parameter": name + "_review_max_age_days",
	}
	files := map[string][]byte{}
	for to, from := range map[string]string{
		name + "/" + name + ".rego":           "own.rego",
		name + "/" + name + "_test.rego":      "own_test.rego",
		"profiles/baseline/" + name + ".yaml": "own.yaml",
		"schema/" + name + ".json":            "own.json",
	} {
		text, err := of.fill(from)
		if err != nil {
			return nil, fmt.Errorf("make policy %s: %w", name, err)
		}
		files[path.Join(root, to)] = []byte(text)
	}
	return files, nil
}

// dutyOf finds the duty that a policy's name begins with.
func dutyOf(name string, activities []raci.Activity) (raci.Activity, error) {
	if !snakeCase.MatchString(name) || len(name) > maxName || strings.HasSuffix(name, "_test") || strings.HasSuffix(name, "_") {
		return raci.Activity{}, fmt.Errorf(
			"the name %q cannot be the name of a policy: write the name of a duty and a suffix, such as backups_acme, with at most %d lower-case letters, digits and underscores, and not _test last", name, maxName)
	}
	var duties []string
	var duty *raci.Activity
	for i, activity := range activities {
		if activity.Duty() {
			duties = append(duties, activity.Name)
		}
		if name == activity.Name && activity.Duty() {
			return raci.Activity{}, fmt.Errorf("the policy %s exists: give yours a suffix, such as %s_acme", name, name)
		}
		// A duty may be called as the beginning of another.
		if strings.HasPrefix(name, activity.Name+"_") && (duty == nil || len(activity.Name) > len(duty.Name)) {
			duty = &activities[i]
		}
	}
	switch {
	case duty == nil:
		return raci.Activity{}, errors.New(unknownDuty(name, duties))
	case !duty.Duty():
		return raci.Activity{}, fmt.Errorf("%s (%s) is the provider's activity, which has no checks; raci-check duties lists the duties", duty.Name, duty.ID)
	}
	return *duty, nil
}

// unknownDuty says which duty a name was likely meant to begin with.
func unknownDuty(name string, duties []string) string {
	for cut := strings.LastIndex(name, "_"); cut > 0; cut = strings.LastIndex(name[:cut], "_") {
		if message := suggest.Unknown("duty", name[:cut], duties); strings.Contains(message, "did you mean") {
			return message
		}
	}
	return suggest.Unknown("duty", name, duties) + "; the name of a policy is that of a duty and a suffix, such as backups_acme; raci-check duties lists the duties"
}

// Add writes files below a folder, all or none: none where one of them is there already. It answers their names, sorted.
func Add(dir string, files map[string][]byte) (written []string, err error) {
	err = safefile.Create(dir, files)
	var existing *safefile.Error
	switch {
	case errors.As(err, &existing) && errors.Is(err, fs.ErrExist):
		return nil, &ExistsError{existing.Name, "already exists and is not overwritten: choose another name or folder"}
	case err != nil:
		return nil, fmt.Errorf("write policy: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		written = append(written, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return written, nil
}
