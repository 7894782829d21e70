package ruleset

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/suggest"
)

// frameworksFolder has a file for each framework whose mapping is no part of METADATA, named by the framework's id.
const frameworksFolder = "frameworks"

// inMETADATA are the frameworks that METADATA maps checks to, by id.
var inMETADATA = map[string]struct {
	name  string // in METADATA
	later bool   // the next version of the list
}{
	"iso-27001":     {"iso_27001", false},
	"ccm-4.0":       {"ccm", false},
	"ccm-4.1":       {"ccm", true},
	"csf-2.0":       {"csf", false},
	"pci-dss-4.0.1": {"pci_dss", false},
}

// FrameworkIDs are the ids of the frameworks that an assessment can be seen from, sorted.
func (r Ruleset) FrameworkIDs() ([]string, error) {
	ids := slices.Collect(maps.Keys(inMETADATA))
	lists, err := r.Controls()
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return lists[inMETADATA[id].name].Title == "" })
	files, err := fs.Glob(r.service, frameworksFolder+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list frameworks: %w", err)
	}
	for _, file := range files {
		ids = append(ids, strings.TrimSuffix(path.Base(file), ".yaml"))
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// Framework is the framework of that id, with the checks that are about its requirements.
func (r Ruleset) Framework(id string) (framework.Framework, error) {
	ids, err := r.FrameworkIDs()
	if err != nil {
		return framework.Framework{}, err
	}
	if !slices.Contains(ids, id) {
		return framework.Framework{}, fmt.Errorf("%s; `raci-check duties --frameworks` describes them", suggest.Unknown("framework", id, ids))
	}
	if listed, ok := inMETADATA[id]; ok {
		return r.mapped(id, listed.name, listed.later)
	}
	file := path.Join(frameworksFolder, id+".yaml")
	data, err := fs.ReadFile(r.service, file)
	if err != nil {
		return framework.Framework{}, fmt.Errorf("read framework: %w", err)
	}
	return framework.Read(id, r.shown(path.Join(r.root, file)), data)
}

// mapped is a framework that METADATA maps checks to.
func (r Ruleset) mapped(id, name string, later bool) (framework.Framework, error) {
	lists, err := r.Controls()
	if err != nil {
		return framework.Framework{}, err
	}
	set, err := r.Compiled()
	if err != nil {
		return framework.Framework{}, err
	}
	controls := map[string][]string{}
	for _, check := range set.Checks() {
		controls[check.ID] = check.Controls[name]
	}
	return framework.OfControls(id, lists[name], controls, later), nil
}
