// Package policy loads Rego modules and reads from their METADATA which checks they hold. The annotations are the only
// place where a check is described; whatever the program says about a check comes from here.
package policy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/sentence"
	"github.com/raci-check/raci-check/internal/verdict"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"
)

// Check is one thing that must hold for a duty, as its METADATA describes it.
type Check struct {
	ID          string // <duty name>.<check name>
	Name        string
	DutyName    string
	DutyID      string // id of the activity
	Title       string
	Description string
	Severity    verdict.Severity
	Evidence    []string            // JSON pointers to the facts it needs
	Params      []string            // names of the parameters it uses
	Source      string              // where the requirement comes from
	Remediation string              // how to fix it
	Controls    map[string][]string // control numbers by framework: iso_27001, ccm, csf, pci_dss
	Conditions  []Condition         // what can be wrong, sorted by name
	Shared      string              // the helper whose METADATA describes the conditions, such as lib.contradictions; empty for the check's own
	// Population is what the check judges item by item: where a source counts none of it, the check does not apply. Its pointers
	// are empty for a check that always applies.
	Population Population
	// Declared marks a check that a declared boolean decides, together with an artifact that shows it.
	Declared bool
	// Applicability marks the check that looks for evidence against a declaration that the duty does not apply.
	Applicability bool
	// Fields are the fields of evidence that the verdict rests on, as indexes into Set.Fields; nil where that is not known.
	Fields []int
	// Seen are those of Fields that its rules look at, or its METADATA names; nil where these are all. The others, the program makes into
	// what the rules look at, such as permissions.
	Seen []int
	// Thresholds are the parameters that its rules read, also by way of helpers, sorted; AnyParameter for all.
	Thresholds []string
	// ByReading says that its rules read which activities are duties: the verdict is one of the reading of the table.
	ByReading bool
	File      string
	Line      int
}

// Population is an inventory that a check looks at.
type Population struct {
	Lists []string // JSON pointers to what shows that there are items: lists, objects, further numbers
	Count string   // JSON pointer to how many the source counts
}

// EachItem stands in the pointers of a population for each item of a list: /jobs/*/failed_runs.
const EachItem = "/*"

// Condition is one way in which a check fails.
type Condition struct {
	Name     string
	Sentence string // a template in English, see package sentence
}

// Outline is the sentence for a reader, with the names of its values.
func (c Condition) Outline() string {
	template, err := sentence.Parse(sentence.English, c.Sentence)
	if err != nil {
		return c.Sentence // the loader refuses it
	}
	return template.Outline()
}

// Message is what a finding of the check says.
func (c *Check) Message(condition string, values map[string]any) (string, error) {
	at, ok := slices.BinarySearchFunc(c.Conditions, condition, func(c Condition, name string) int { return strings.Compare(c.Name, name) })
	if !ok {
		return "", fmt.Errorf("has the condition %q, which custom.conditions does not describe", condition)
	}
	template, err := sentence.Parse(sentence.English, c.Conditions[at].Sentence)
	if err != nil {
		return "", err
	}
	message, err := template.Fill(values)
	if err != nil {
		return "", fmt.Errorf("of the condition %s cannot be said: %w", condition, err)
	}
	for name := range values {
		if !c.names(name) {
			return "", fmt.Errorf("gives the value %s, which no sentence of its check has", name)
		}
	}
	return message, nil
}

// names reports whether a sentence of the check has a value of that name.
func (c *Check) names(value string) bool {
	return slices.ContainsFunc(c.Conditions, func(condition Condition) bool {
		return strings.Contains(condition.Sentence, "{"+value+"}") || strings.Contains(condition.Sentence, "{"+value+"|")
	})
}

// Duty is one policy package.
type Duty struct {
	ID          string // id of the activity
	Name        string // last part of the package name
	Title       string
	Description string
	Checks      []Check // in the order of the file
	File        string
	Line        int // of the package
}

// Set is a verified set of policies.
type Set struct {
	Root    string                 // Rego package below which the duties' packages are
	Modules map[string]*ast.Module // by file
	Duties  []Duty                 // sorted by id; several packages may check one duty
	// Fields are the fields of evidence, with * for the items of lists, in the order of the form.
	Fields []string
	// Compiled says that the modules are what OPA's compiler makes of the sources, strictly and with every stage: only what
	// it looks rules up by is still to be built.
	Compiled bool
}

// Rest notes for each check on which fields of evidence its verdict rests, and on which parameters. It needs the modules as they were loaded.
func (s *Set) Rest(fields []string) {
	s.Fields = fields
	for d := range s.Duties {
		reads := ReadsOf(s.Duties[d], s.Modules)
		for k := range s.Duties[d].Checks {
			check := &s.Duties[d].Checks[k]
			check.Thresholds, check.ByReading = reads[check.Name].Parameters(), reads[check.Name].Duties()
			for i, field := range fields {
				if reads[check.Name].Rests(field) {
					check.Fields = append(check.Fields, i)
					if reads[check.Name].Sees(field) {
						check.Seen = append(check.Seen, i)
					}
				}
			}
			if len(check.Seen) == len(check.Fields) {
				check.Seen = nil
			}
		}
	}
}

// Resting are the ids of the checks that rest on any of some fields, or on something that is above or below one, in their order.
func (s *Set) Resting(fields []string) (ids []string) {
	touches := func(pointer string) bool {
		return slices.ContainsFunc(fields, func(field string) bool {
			return strings.HasPrefix(field+"/", pointer+"/") || strings.HasPrefix(pointer+"/", field+"/")
		})
	}
	for _, check := range s.Checks() {
		if slices.ContainsFunc(check.Evidence, touches) || slices.ContainsFunc(check.Fields, func(i int) bool { return touches(s.Fields[i]) }) {
			ids = append(ids, check.ID)
		}
	}
	return ids
}

// Seen are the fields that each check looks at or names itself, by the check's id, each by itself.
func (s *Set) Seen() map[string][]string {
	all := map[string][]string{}
	for _, check := range s.Checks() {
		seen := check.Seen
		if seen == nil {
			seen = check.Fields
		}
		for _, i := range seen {
			all[check.ID] = append(all[check.ID], s.Fields[i])
		}
	}
	return all
}

// RestsOn are the fields that each check rests on, by the check's id; without those of which that is not known. Where a check rests on
// all fields below a pointer, the pointer stands for them.
func (s *Set) RestsOn() map[string][]string {
	tree := newTree(s.Fields)
	all := map[string][]string{}
	covered := make([]int, len(tree.pointers))
	for _, check := range s.Checks() {
		clear(covered)
		for _, i := range check.Fields {
			for at := tree.fields[i]; at >= 0; at = tree.around[at] {
				covered[at]++
			}
		}
		var fields []string
		for _, i := range check.Fields {
			widest := tree.fields[i]
			for at := widest; at >= 0 && covered[at] == tree.below[at]; at = tree.around[at] {
				widest = at
			}
			if n := len(fields); n == 0 || fields[n-1] != tree.pointers[widest] {
				fields = append(fields, tree.pointers[widest])
			}
		}
		if fields != nil {
			slices.Sort(fields)
			all[check.ID] = slices.Compact(fields)
		}
	}
	return all
}

// tree has the pointers to fields and to all that these are in, by number: each start of the program goes over all fields of all
// checks.
type tree struct {
	pointers []string
	around   []int // the pointer to what it is in; -1 for none
	below    []int // fields at or below it
	fields   []int // the pointers of the fields
	numbers  map[string]int
}

func newTree(fields []string) *tree {
	t := &tree{fields: make([]int, len(fields)), numbers: map[string]int{}}
	for i, field := range fields {
		t.fields[i] = t.number(field)
		for at := t.fields[i]; at >= 0; at = t.around[at] {
			t.below[at]++
		}
	}
	return t
}

// number is the number of a pointer, which it gets where it has none yet; -1 for the whole document.
func (t *tree) number(pointer string) int {
	if pointer == "" {
		return -1
	}
	if number, listed := t.numbers[pointer]; listed {
		return number
	}
	around := t.number(pointer[:strings.LastIndexByte(pointer, '/')])
	number := len(t.pointers)
	t.numbers[pointer] = number
	t.pointers, t.around, t.below = append(t.pointers, pointer), append(t.around, around), append(t.below, 0)
	return number
}

// Frameworks are the control frameworks that METADATA may map to, with their printed names.
var Frameworks = map[string]string{
	"iso_27001": "ISO/IEC 27001:2022 Annex A",
	"ccm":       "CSA CCM v4",
	"csf":       "NIST CSF 2.0",
	"pci_dss":   "PCI DSS 4.0.1",
}

// Refused says what OPA's parser or compiler refuses, each at its place and on one line.
func Refused(err error) error {
	var refused ast.Errors
	if !errors.As(err, &refused) {
		return err
	}
	var errs []error
	for _, e := range refused {
		if e.Location == nil {
			return err
		}
		message := e.Message
		switch {
		case e.Code == ast.ParseErr:
			message = fmt.Sprintf("no Rego: %s (column %d)", e.Message, e.Location.Col)
		case strings.HasPrefix(e.Message, "undefined function"):
			message += ": it is misspelt, or one that policies do not have: no clock (input.at is the time), no network, nothing random"
		}
		errs = append(errs, &document.Error{File: e.Location.File, Line: e.Location.Row, Message: message})
	}
	return errors.Join(errs...)
}

// Source is where policies are read from.
type Source struct {
	FS   fs.FS
	Root string // Rego package below which each duty has its own package: the catalog's id
	// Shown answers how a file of FS is called in messages; nil for as it is.
	Shown func(name string) string
}

func (s Source) shown(name string) string {
	if s.Shown == nil {
		return name
	}
	return s.Shown(name)
}

// helpers is the package of rules that duties share.
const helpers = "lib"

// Load reads every .rego file that is not a test, and verifies that each rule that yields findings is described, and that
// no package stands where nothing would ask for it. All defects are reported together.
func Load(source Source) (*Set, error) {
	names, err := moduleNames(source.FS)
	if err != nil {
		return nil, err
	}
	modules := make([]*ast.Module, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() error {
			text, err := fs.ReadFile(source.FS, name)
			if err != nil {
				return fmt.Errorf("read policy: %w", err)
			}
			modules[i], err = ast.ParseModuleWithOpts(source.shown(name), string(text), ast.ParserOptions{
				ProcessAnnotation: true,
				RegoVersion:       ast.RegoV1,
			})
			if err != nil {
				return Refused(err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}

	set := &Set{Root: source.Root, Modules: make(map[string]*ast.Module, len(names))}
	shared := sharedRules(modules)
	var defects []error
	for i, name := range names {
		name = source.shown(name)
		set.Modules[name] = modules[i]
		duty, errs := dutyOf(name, source.Root, modules[i], shared)
		defects = append(defects, errs...)
		if duty != nil {
			set.Duties = append(set.Duties, *duty)
		}
	}
	if err := errors.Join(defects...); err != nil {
		return nil, err
	}
	if len(set.Duties) == 0 {
		return nil, fmt.Errorf("no policy package below %s: nothing would be checked", source.Root)
	}
	slices.SortFunc(set.Duties, func(a, b Duty) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Name, b.Name), strings.Compare(a.File, b.File))
	})
	for i := 1; i < len(set.Duties); i++ {
		if a, b := set.Duties[i-1], set.Duties[i]; a.Name == b.Name {
			return nil, &document.Error{File: b.File, Line: b.Line, Message: fmt.Sprintf("package %s.%s is already in %s: put the checks together, or give one another name", set.Root, b.Name, a.File)}
		}
	}
	return set, nil
}

// Checks lists the checks of all duties.
func (s *Set) Checks() []Check {
	count := 0
	for _, duty := range s.Duties {
		count += len(duty.Checks)
	}
	checks := make([]Check, 0, count)
	for _, duty := range s.Duties {
		checks = append(checks, duty.Checks...)
	}
	return checks
}

// IsModule reports whether a file holds policies or helpers, and no tests.
func IsModule(name string) bool {
	return path.Ext(name) == ".rego" && !strings.HasSuffix(name, "_test.rego")
}

func moduleNames(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read policies: %w", err)
		}
		if !entry.IsDir() && IsModule(name) {
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// sharedRules are the rules of the helpers that duties share, by package and name.
func sharedRules(modules []*ast.Module) map[string][]*ast.Rule {
	shared := map[string][]*ast.Rule{}
	for _, module := range modules {
		if path := module.Package.Path; path.HasPrefix(ast.MustParseRef("data." + helpers)) {
			for _, rule := range module.Rules {
				name := path.String() + "." + rule.Head.Ref().String()
				shared[name] = append(shared[name], rule)
			}
		}
	}
	return shared
}

// dutyOf reads the duty that a module holds; nil where its package is not one of a duty.
func dutyOf(file, root string, module *ast.Module, shared map[string][]*ast.Rule) (*Duty, []error) {
	parts := strings.Split(strings.TrimPrefix(module.Package.Path.String(), "data."), ".")
	if parts[0] == helpers {
		return nil, nil
	}
	if len(parts) != 2 || parts[0] != root {
		return nil, []error{&document.Error{File: file, Line: module.Package.Location.Row, Message: fmt.Sprintf(
			"package %s: nothing would ask for it; a duty's package is %s.<duty name>, shared rules are below %s", strings.Join(parts, "."), root, helpers)}}
	}
	duty := &Duty{Name: parts[1], File: file, Line: module.Package.Location.Row}
	var defects []error
	defect := func(line int, format string, args ...any) {
		defects = append(defects, &document.Error{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
	}

	duty.describe(module, defect)
	contracts := map[string]*contract{}
	for _, rule := range module.Rules {
		head := rule.Head.Ref()
		if name := head[0].Value.String(); conftest.MatchString(name) {
			defect(rule.Location.Row, "nothing asks for the rule %s, as conftest does: write findings.<check> contains finding if {…}, with METADATA", name)
		}
		if name := head[0].Value.String(); isTest(name) {
			defect(rule.Location.Row, "%q cannot be a rule's name in a policy: opa test would run the rule as a test", name)
		}
		if !head[0].Equal(ast.VarTerm(findingsRule)) {
			continue
		}
		if wrong := headDefect(rule); wrong != "" {
			defect(rule.Location.Row, "%s", wrong)
			continue
		}
		name := CheckOf(rule)
		c := contracts[name]
		switch described := len(rule.Annotations) == 1 && rule.Annotations[0].Custom != nil; {
		case c == nil && !described:
			defect(rule.Location.Row, "the check %s has no METADATA: write the block that describes it above its first rule", name)
			continue
		case c == nil:
			check, errs := checkOf(file, duty, name, withShared(rule.Annotations[0], shared))
			check.Shared, _ = rule.Annotations[0].Custom["conditions"].(string)
			defects = append(defects, errs...)
			c = newContract(module, shared, &check, func(rule *ast.Rule, format string, args ...any) {
				defect(rule.Location.Row, "check %s: %s", check.ID, fmt.Sprintf(format, args...))
			})
			contracts[name] = c
			duty.Checks = append(duty.Checks, check)
		case len(rule.Annotations) > 0:
			defect(rule.Annotations[0].Location.Row, "check %s.%s stands twice: give one another name, or leave only the METADATA of its first rule", duty.Name, name)
			continue
		}
		c.rule(rule)
	}
	for _, check := range duty.Checks {
		for _, condition := range contracts[check.Name].unused() {
			defect(check.Line, "check %s: no rule yields the condition %s, which custom.conditions describes: take it out, or write the rule", check.ID, condition)
		}
	}
	if duty.ID == "" && len(defects) == 0 {
		defect(module.Package.Location.Row, "package %s has no METADATA with custom.duty: write the id of the duty that it checks, as raci-check duties lists it", strings.Join(parts, "."))
	}
	if len(duty.Checks) == 0 {
		defect(module.Package.Location.Row, "package %s holds no check: its duty would pass unchecked", strings.Join(parts, "."))
	}
	return duty, defects
}

// describe reads the METADATA of the duty's package.
func (d *Duty) describe(module *ast.Module, defect func(line int, format string, args ...any)) {
	for _, annotation := range module.Annotations {
		if annotation.Scope == "package" {
			custom := reader{annotation.Custom, func(format string, args ...any) { defect(annotation.Location.Row, format, args...) }}
			custom.only("duty")
			d.ID, d.Title, d.Description = custom.text("duty"), annotation.Title, annotation.Description
			if d.Title == "" || d.Description == "" {
				defect(annotation.Location.Row, "the package METADATA needs a title and a description")
			}
		}
	}
}

// withShared is METADATA whose custom.conditions may name a helper that duties share, such as lib.contradictions: then they are
// those that the helper's METADATA describes.
func withShared(annotation *ast.Annotations, shared map[string][]*ast.Rule) *ast.Annotations {
	name, isName := annotation.Custom["conditions"].(string)
	if !isName {
		return annotation
	}
	for _, rule := range shared["data."+name] {
		for _, described := range rule.Annotations {
			if conditions, ok := described.Custom["conditions"]; ok {
				filled := *annotation
				filled.Custom = maps.Clone(annotation.Custom)
				filled.Custom["conditions"] = conditions
				return &filled
			}
		}
	}
	return annotation // reported with what METADATA needs
}

func checkOf(file string, duty *Duty, name string, annotation *ast.Annotations) (Check, []error) {
	var defects []error
	line := annotation.Location.Row
	defect := func(format string, args ...any) {
		defects = append(defects, &document.Error{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
	}
	custom := reader{annotation.Custom, defect}
	if _, ok := annotation.Custom["id"]; ok {
		defect("check %s.%s: take custom.id out: the rule's head, findings.%s, says it", duty.Name, name, name)
	}
	custom.only("id", "severity", "evidence", "params", "source", "remediation", "controls", "conditions", "population", "declared", "applicability")
	check := Check{
		ID: duty.Name + "." + name, Name: name, DutyName: duty.Name, DutyID: duty.ID,
		Title: annotation.Title, Description: annotation.Description,
		Severity: verdict.Severity(custom.text("severity")),
		Evidence: custom.list("evidence"), Params: custom.list("params"),
		Source: custom.text("source"), Remediation: custom.text("remediation"), Controls: custom.controls(),
		Conditions: custom.conditions(), Population: custom.population(),
		Declared: custom.flag("declared"), Applicability: custom.flag("applicability"),
		File: file, Line: line,
	}
	if check.Title == "" || check.Description == "" {
		defect("check %s needs a title and a description", check.ID)
	}
	if check.Severity.Rank() == 0 {
		defect("check %s: severity %q is none of %v", check.ID, check.Severity, verdict.Severities)
	}
	if needed, _, _ := strings.Cut(check.Population.Count, EachItem); needed != "" && !slices.Contains(check.Evidence, needed) {
		defect("check %s: custom.evidence does not name %s, the count of its population: without it nothing shows that there is nothing to check", check.ID, needed)
	}
	if len(check.Evidence) == 0 {
		defect("check %s names no evidence: it would pass where nothing was supplied", check.ID)
	}
	return check, defects
}

// reader takes typed values out of a METADATA block's custom part.
type reader struct {
	custom map[string]any
	defect func(format string, args ...any)
}

func (r reader) text(key string) string {
	text, _ := r.custom[key].(string)
	if text == "" {
		r.defect("METADATA needs custom.%s, a text", key)
	}
	return text
}

func (r reader) population() Population {
	value, ok := r.custom["population"]
	if !ok {
		return Population{}
	}
	fields, _ := value.(map[string]any)
	count, _ := fields["count"].(string)
	var lists []string
	if list, isText := fields["list"].(string); isText {
		lists = []string{list}
	} else if all, isList := fields["list"].([]any); isList {
		for _, item := range all {
			list, _ := item.(string)
			lists = append(lists, list)
		}
	}
	pointer := func(text string) bool { return strings.HasPrefix(text, "/") }
	if len(fields) != 2 || !pointer(count) || len(lists) == 0 || slices.ContainsFunc(lists, func(list string) bool { return !pointer(list) }) {
		r.defect("METADATA custom.population has list and count, pointers to the items and to how many the source counts")
	}
	return Population{lists, count}
}

func (r reader) flag(key string) bool {
	value, exists := r.custom[key]
	flag, ok := value.(bool)
	if exists && !ok {
		r.defect("METADATA custom.%s is true or false", key)
	}
	return flag
}

func (r reader) list(key string) []string {
	value, ok := r.custom[key]
	if !ok {
		return []string{}
	}
	return r.texts(key, value)
}

func (r reader) texts(key string, value any) []string {
	items, ok := value.([]any)
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text, isText := item.(string)
		ok = ok && isText
		texts = append(texts, text)
	}
	if !ok {
		r.defect("METADATA custom.%s is a list of texts (quote numbers)", key)
	}
	return texts
}

func (r reader) controls() map[string][]string {
	frameworks, ok := r.custom["controls"].(map[string]any)
	if !ok || len(frameworks) == 0 {
		r.defect("METADATA needs custom.controls, lists by framework")
		return nil
	}
	controls := make(map[string][]string, len(frameworks))
	for framework, value := range frameworks {
		if _, ok := Frameworks[framework]; !ok {
			r.defect("METADATA custom.controls: unknown framework %q", framework)
		}
		controls[framework] = r.texts("controls."+framework, value)
	}
	return controls
}

func (r reader) conditions() []Condition {
	sentences, ok := r.custom["conditions"].(map[string]any)
	if !ok || len(sentences) == 0 {
		r.defect("METADATA needs custom.conditions: for each way in which the check fails its name and a sentence, such as too_old: \"{name} is {days} {days|day|days} old\"")
		return nil
	}
	conditions := make([]Condition, 0, len(sentences))
	for _, name := range slices.Sorted(maps.Keys(sentences)) {
		text, isText := sentences[name].(string)
		if !isText || !checkName.MatchString(name) {
			r.defect("METADATA custom.conditions: %q is a name in lower-case letters, digits and underscores, with a sentence as text", name)
			continue
		}
		if _, err := sentence.Parse(sentence.English, text); err != nil {
			r.defect("METADATA custom.conditions.%s: %v", name, err)
		}
		conditions = append(conditions, Condition{name, text})
	}
	return conditions
}

func (r reader) only(allowed ...string) {
	for key := range r.custom {
		if !slices.Contains(allowed, key) {
			r.defect("METADATA has an unknown custom.%s", key)
		}
	}
}
