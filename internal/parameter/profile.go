package parameter

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/suggest"
)

// Baseline is the profile that gives every parameter; each other profile is an overlay over it.
const Baseline = "baseline"

// Source is where profiles lie: a folder of YAML files each, in profiles/ below FS.
type Source struct {
	FS    fs.FS
	Shown func(file string) string // how a file below FS is called in messages
	// Ahead answers the baseline where that was read when the program was built; nil for reading its files.
	Ahead func() []Parameter
}

// UnknownProfileError is a profile that does not exist.
type UnknownProfileError struct {
	Name  string
	Known []string
}

func (e *UnknownProfileError) Error() string {
	message, list := suggest.Unknown("profile", e.Name, e.Known), strings.Join(e.Known, ", ")
	if strings.HasSuffix(message, list) {
		return message
	}
	return message + " Known are " + list
}

// baselineForm is the form of the baseline's files: parameters by name.
const baselineForm = `{
  "type": "object",
  "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
  "additionalProperties": {
    "type": "object", "additionalProperties": false,
    "required": ["value", "unit", "stricter", "source", "description"],
    "properties": {
      "value": {"type": ["number", "array"], "items": {"type": "string"}},
      "unit": {"type": "string", "minLength": 1},
      "stricter": {"enum": ["lower", "higher", "subset", "superset", "unknown"]},
      "source": {"type": "string", "minLength": 1},
      "description": {"type": "string", "minLength": 1}
    }
  }
}`

// overlayForm is the form of an overlay's files. What a parameter is, is the baseline's to say: see ofBaseline.
const overlayForm = `{
  "type": "object",
  "additionalProperties": {
    "type": "object", "additionalProperties": false,
    "required": ["value", "source"],
    "properties": {
      "value": {"type": ["number", "array"], "minimum": 0, "items": {"type": "string"}, "minItems": 1},
      "source": {"type": "string", "minLength": 1},
      "looser_because": {"type": "string", "minLength": 1},
      "unit": {}, "stricter": {}, "description": {}
    }
  }
}`

// profileName is what a profile may be called: several stand in one line of a report.
var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)

// ofBaseline are the fields that an overlay leaves to the baseline.
var ofBaseline = []string{"unit", "stricter", "description"}

// Names lists the profiles, sorted.
func (s Source) Names() ([]string, error) {
	entries, err := fs.ReadDir(s.FS, "profiles")
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	if !slices.Contains(names, Baseline) {
		return nil, fmt.Errorf("read profiles: there is no %s: it defines every parameter, and other profiles change some", s.Shown(path.Join("profiles", Baseline)))
	}
	return names, nil
}

// Load resolves profiles: each over the baseline, and of several the strictest value of each parameter. Without a name it is
// the baseline. The order of the names does not matter.
func (s Source) Load(profiles ...string) (*Set, error) {
	names, err := s.Names()
	if err != nil {
		return nil, err
	}
	if len(profiles) == 0 {
		profiles = []string{Baseline}
	}
	set := &Set{Profiles: slices.Compact(slices.Sorted(slices.Values(profiles)))}
	baseline, err := s.baseline()
	if err != nil {
		return nil, err
	}
	var resolved [][]Parameter
	for _, name := range set.Profiles {
		if !slices.Contains(names, name) {
			return nil, &UnknownProfileError{name, names}
		}
		all, err := s.overlaid(baseline, name)
		if err != nil {
			return nil, err
		}
		resolved = append(resolved, all)
	}
	for i := range baseline {
		var values []Parameter
		for _, all := range resolved {
			values = append(values, all[i])
		}
		p, err := strictest(values)
		if err != nil {
			return nil, err
		}
		set.all = append(set.all, p)
	}
	return set, nil
}

// Verify checks the files of all profiles against their form, and overlays against the baseline. Shipped profiles are verified
// by tests, not at each start.
func (s Source) Verify() error {
	names, err := s.Names()
	if err != nil {
		return err
	}
	errs, err := s.misplaced()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !profileName.MatchString(name) {
			errs = append(errs, &document.Error{File: s.Shown(path.Join("profiles", name)), Message: "the name of a profile has only lower-case letters, digits, dots and hyphens"})
		}
		raw := overlayForm
		if name == Baseline {
			raw = baselineForm
		}
		form, err := schema.Compile("profile", []byte(raw))
		if err != nil {
			return err
		}
		docs, err := s.documents(name)
		errs = document.Collect(errs, err)
		for _, doc := range docs {
			errs = document.Collect(errs, form.Validate(doc))
		}
	}
	if err := errs.Sorted(); err != nil {
		return err
	}
	baseline, err := s.baseline()
	if err != nil {
		return err
	}
	for _, name := range names {
		_, err := s.overlaid(baseline, name)
		errs = document.Collect(errs, err)
	}
	return errs.Sorted()
}

// misplaced finds files that no profile would be read from.
func (s Source) misplaced() (document.Errors, error) {
	var errs document.Errors
	err := fs.WalkDir(s.FS, "profiles", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read profiles: %w", err)
		}
		if read, _ := path.Match("profiles/*/*.yaml", file); !read && !entry.IsDir() {
			errs = append(errs, &document.Error{File: s.Shown(file), Message: "this file is never read: put files of a profile into profiles/<name>/, with names that end in .yaml"})
		}
		return nil
	})
	return errs, err
}

func (s Source) documents(profile string) ([]*document.Document, error) {
	files, err := fs.Glob(s.FS, path.Join("profiles", profile, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read profile %s: %w", profile, err)
	}
	var (
		docs []*document.Document
		errs document.Errors
	)
	for _, file := range files {
		data, err := fs.ReadFile(s.FS, file)
		if err != nil {
			return nil, fmt.Errorf("read profile %s: %w", profile, err)
		}
		doc, err := document.Parse(s.Shown(file), data, document.DefaultLimits)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		docs = append(docs, doc)
	}
	return docs, errs.Sorted()
}

// setting is what a file of a profile says about a parameter.
type setting struct {
	name   string
	value  any
	fields map[string]any
	file   string
	at     document.Position
}

func (g setting) text(field string) string { s, _ := g.fields[field].(string); return s }

func (g setting) refuse(format string, args ...any) *document.Error {
	return &document.Error{File: g.file, Line: g.at.Line, Column: g.at.Column, Message: fmt.Sprintf(format, args...)}
}

// parameters are all that the files of a profile say, by name of the parameter.
func (s Source) parameters(profile string) ([]setting, error) {
	docs, err := s.documents(profile)
	if err != nil {
		return nil, err
	}
	var all []setting
	for _, doc := range docs {
		values, _ := doc.Value().(map[string]any)
		for name, value := range values {
			fields, _ := value.(map[string]any)
			all = append(all, setting{name, fields["value"], fields, doc.Name(), doc.Position(document.Pointer(name))})
		}
	}
	slices.SortFunc(all, func(a, b setting) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.file, b.file)) })
	for i := 1; i < len(all); i++ {
		if a, b := all[i-1], all[i]; a.name == b.name {
			return nil, b.refuse("parameter %s is already given at %s:%d", b.name, a.file, a.at.Line)
		}
	}
	return all, nil
}

// baseline is every parameter, sorted by name.
func (s Source) baseline() ([]Parameter, error) {
	if s.Ahead != nil {
		return s.Ahead(), nil
	}
	all, err := s.parameters(Baseline)
	if err != nil {
		return nil, err
	}
	parameters := make([]Parameter, len(all))
	for i, g := range all {
		parameters[i] = Parameter{
			Name: g.name, Description: g.text("description"), Value: g.value, Unit: g.text("unit"),
			Stricter: Direction(g.text("stricter")), Source: g.text("source"), Default: g.value,
			SetBy: Baseline, Baseline: g.value, Profiles: []string{Baseline}, File: g.file, Line: g.at.Line,
		}
	}
	return parameters, nil
}

func (s Source) overlaid(baseline []Parameter, profile string) ([]Parameter, error) {
	if profile == Baseline {
		return baseline, nil
	}
	changes, err := s.parameters(profile)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(baseline))
	for i, p := range baseline {
		names[i] = p.Name
	}
	overlaid := slices.Clone(baseline)
	var errs document.Errors
	for _, g := range changes {
		i, ok := slices.BinarySearch(names, g.name)
		if !ok {
			errs = append(errs, g.refuse("%s (profile %s changes parameters of the baseline; define your own in profiles/%s/ too)",
				suggest.Unknown("parameter", g.name, names), profile, Baseline))
			continue
		}
		p, err := overlaid[i].with(g, profile)
		errs = document.Collect(errs, err)
		overlaid[i] = p
	}
	return overlaid, errs.Sorted()
}

// with is the baseline's parameter with what an overlay says about it.
func (p Parameter) with(g setting, profile string) (Parameter, error) {
	for _, field := range ofBaseline {
		if _, ok := g.fields[field]; ok {
			return p, g.refuse("parameter %s: only the baseline may set %q: an overlay has value and source", p.Name, field)
		}
	}
	if isList(p.Value) != isList(g.value) {
		return p, g.refuse("parameter %s: the value is %s, in the baseline it is %s", p.Name, kind(g.value), kind(p.Value))
	}
	p.Value, p.Source, p.SetBy, p.Profiles = g.value, g.text("source"), profile, []string{profile}
	p.LooserBecause, p.File, p.Line = g.text("looser_because"), g.file, g.at.Line
	switch {
	case p.Looser() && p.LooserBecause == "":
		return p, g.refuse("parameter %s: the value is looser than the baseline's: give the reason in looser_because, or a value that is as strict", p.Name)
	case !p.Looser() && p.LooserBecause != "":
		return p, g.refuse("parameter %s: the value is not looser than the baseline's: leave looser_because out", p.Name)
	}
	p.Default = p.Value
	return p, nil
}

func isList(value any) bool { _, list := value.([]any); return list }

func kind(value any) string {
	if isList(value) {
		return "a list"
	}
	return "a number"
}
