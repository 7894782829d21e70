package collect

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/sanitize"
	"raci-check/internal/schema"
)

// Raw is the folder below the evidence that holds the facts and raw answers as sources told them, one file a section.
const Raw = "collected"

// Options say what evidence is written, where and under which name.
type Options struct {
	Folder  string
	Service Service
	At      time.Time // the instant of the collection
	By      string    // what collected: program and version
	NoRaw   bool      // keep no raw answers, and name no artifact
	Only    []string  // write only these sections; empty for all
	Format  *evidence.Format
}

// Service is the OKMS domain that the evidence is about.
type Service struct {
	ID           string // UUID in lower case
	Name, Region string // may be empty
}

// Plan is what a collection would write.
type Plan struct {
	Changes  []Change        // sorted by path
	Reports  []SectionReport // sorted by section
	Outcomes []Outcome
	folder   string
}

// Change is one file to write.
type Change struct {
	Path   string // below the evidence folder, with forward slashes
	Before []byte // nil where there is no file
	After  []byte
}

// SectionReport says what became of one section.
type SectionReport struct {
	Section string
	Status  Status
	Sources []string // what it was read from
	Reason  string   // why it is left as it is
	Notes   []string // what was taken away, left out or differs
}

// Status is what became of a section.
type Status string

// The statuses of sections.
const (
	Filled Status = "filled" // with what the sources told
	Kept   Status = "kept"   // left as people wrote it, or because a source that it was read from did not run
	Failed Status = "failed" // left as it is, because it could not be read completely
)

// Incomplete reports whether a section could not be read completely.
func (p *Plan) Incomplete() bool {
	return slices.ContainsFunc(p.Reports, func(r SectionReport) bool { return r.Status == Failed })
}

// file is an evidence file that is there, or will be.
type file struct {
	name    string // below the folder
	before  []byte
	doc     *document.Document // nil for a new one
	root    *yaml.Node         // its document node
	changed bool
}

// planner makes a plan.
type planner struct {
	Options
	root    *evidence.Form
	schema  *schema.Schema
	files   []*file
	homes   map[string]*file  // by section
	raw     map[string][]byte // artifacts to write, by path
	reports []SectionReport
}

// Prepare plans what the outcomes of sources change in an evidence folder. It writes nothing. What it would write is held
// against the evidence schema first: where that fails, nothing is planned.
func Prepare(outcomes []Outcome, options Options) (*Plan, error) {
	form, err := options.Format.Describe()
	if err != nil {
		return nil, err
	}
	compiled, err := schema.Compile("evidence", options.Format.Schema)
	if err != nil {
		return nil, err
	}
	p := &planner{Options: options, root: form, schema: compiled, homes: map[string]*file{}, raw: map[string][]byte{}}
	if err := p.read(); err != nil {
		return nil, err
	}
	for _, section := range p.sections(outcomes) {
		if err := p.section(section, outcomes); err != nil {
			return nil, err
		}
	}
	plan, err := p.plan()
	if err != nil {
		return nil, err
	}
	plan.Outcomes = outcomes
	return plan, nil
}

// read reads the evidence that is there.
func (p *planner) read() error {
	if info, err := os.Stat(p.Folder); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file: name the folder of the evidence", p.Folder)
	}
	names, err := filepath.Glob(filepath.Join(escaped(p.Folder), "*.y*ml"))
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	var errs document.Errors
	for _, name := range names {
		if base := filepath.Base(name); strings.HasPrefix(base, ".") || filepath.Ext(base) != ".yaml" && filepath.Ext(base) != ".yml" {
			continue
		}
		content, err := ReadFile(name, int64(document.DefaultLimits.Bytes))
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		doc, err := document.Parse(name, content, document.DefaultLimits)
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		if kind, _ := doc.Lookup("/kind"); kind == "Waivers" {
			continue
		}
		if err := p.schema.Validate(doc); err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		if id, _ := doc.Lookup("/metadata/service/id"); !strings.EqualFold(id.(string), p.Service.ID) {
			at := doc.ValuePosition("/metadata/service/id")
			errs = append(errs, &document.Error{File: name, Line: at.Line, Column: at.Column,
				Message: fmt.Sprintf("this file is about another service, and %s is collected: give each service its own folder", p.Service.ID)})
			continue
		}
		one := &file{name: filepath.Base(name), before: content, doc: doc, root: &yaml.Node{}}
		if err := yaml.Unmarshal(content, one.root); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		p.files = append(p.files, one)
		for section := range doc.Value().(map[string]any) {
			if !evidence.IsSection(section) {
				continue
			}
			if other := p.homes[section]; other != nil {
				at := doc.Position("/" + section)
				errs = append(errs, &document.Error{File: name, Line: at.Line, Column: at.Column,
					Message: fmt.Sprintf("section %s is already given in %s", section, other.name)})
			}
			p.homes[section] = one
		}
	}
	return errs.Sorted()
}

// escaped is a path in which a pattern means nothing.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// sections lists what any source told or failed to tell, and what was read from one of them before.
func (p *planner) sections(outcomes []Outcome) []string {
	names := map[string]bool{}
	for _, o := range outcomes {
		for _, part := range o.Result.Parts {
			names[part.Section] = true
		}
		for section := range o.Result.Failed {
			names[section] = true
		}
		for _, section := range sections(o.Source.Fills()) {
			if o.Err != nil || slices.Contains(p.readFrom(section), o.Name) {
				names[section] = true
			}
		}
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if len(p.Only) == 0 || slices.Contains(p.Only, name) {
			found = append(found, name)
		}
	}
	return found
}

// written is what stands in a section.
func (p *planner) written(section string) map[string]any {
	if p.homes[section] == nil {
		return nil
	}
	value, _ := p.homes[section].doc.Lookup("/" + section)
	fields, _ := value.(map[string]any)
	return fields
}

// readFrom lists the sources that a section was read from.
func (p *planner) readFrom(section string) []string {
	list, _ := document.Lookup(p.written(section), "/source/read_from")
	items, _ := list.([]any)
	var names []string
	for _, item := range items {
		if name, ok := item.(map[string]any)["source"].(string); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// section plans one section.
func (p *planner) section(name string, outcomes []Outcome) error {
	report := SectionReport{Section: name, Status: Kept}
	defer func() { p.reports = append(p.reports, report) }()
	form := p.root.Properties.Forms[name]
	if form == nil {
		return fmt.Errorf("defect of a source: there is no section %s", name)
	}

	var failures []string
	var told []Outcome // those that have a part
	for _, o := range outcomes {
		if o.Err != nil && slices.Contains(sections(o.Source.Fills()), name) {
			failures = append(failures, fmt.Sprintf("%s could not be read", o.Name))
		}
		if err := o.Result.Failed[name]; err != nil {
			failures = append(failures, fmt.Sprintf("%s: %v", o.Name, err))
		}
		if slices.ContainsFunc(o.Result.Parts, func(part Part) bool { return part.Section == name }) {
			told = append(told, o)
			report.Sources = append(report.Sources, o.Name)
		}
	}
	slices.SortStableFunc(told, func(a, b Outcome) int { return cmp.Compare(doubt(a, name), doubt(b, name)) })
	written := p.written(name)
	method, _ := document.Lookup(written, "/source/method")
	people := written != nil && method != MethodAPI && method != MethodExport
	switch {
	case len(failures) > 0:
		report.Status, report.Reason = Failed, strings.Join(failures, "; ")
		return nil
	case len(told) == 0:
		report.Reason = "no source returned it; the section is unchanged"
		return nil
	}
	for _, source := range p.readFrom(name) {
		if !people && !slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Name == source }) {
			report.Reason = fmt.Sprintf("it was also read from %s, which did not run: run both, or remove %s from its read_from", source, source)
			return nil
		}
	}

	j := &joiner{root: p.root}
	var joined any
	listed := map[string]bool{}
	var joins []string
	for _, adds := range []bool{false, true} { // what only adds comes when the lists are there
		for _, o := range told {
			part := partOf(o, name)
			if (len(part.Joins) > 0) != adds {
				continue
			}
			joined = j.join("/"+name, form, joined, part.Fields, o.Name, part.Joins)
			joins = append(joins, part.Joins...)
			for pointer := range lists("/"+name, part.Fields) {
				if !slices.Contains(part.Joins, pointer) {
					listed[pointer] = true
				}
			}
		}
	}
	m := &merger{root: p.root}
	for _, pointer := range joins {
		if !listed[pointer] {
			m.joins = append(m.joins, pointer)
		}
	}
	if err := errors.Join(j.errs...); err != nil {
		report.Status, report.Reason = Failed, err.Error()
		return nil
	}
	report.Notes = j.notes
	if people {
		report.Reason = fmt.Sprintf("it comes from a %v, not from a source: nothing is overwritten", methodName(method))
		report.Notes = append(report.Notes, differences(p.root, "/"+name, form, without(written, "source"), joined)...)
		return nil
	}
	last, err := p.last(name)
	if err != nil {
		return err
	}
	merged, _ := m.merge("/"+name, "/"+name, form, without(written, "source"), last, joined).(map[string]any)
	report.Notes = append(report.Notes, m.notes...)
	source, err := p.provenance(name, told, joined)
	if err != nil {
		return err
	}
	merged["source"] = source
	report.Status = Filled
	p.put(name, form, merged, report.Sources)
	return nil
}

// doubt orders sources by how much they are believed: an API before an export, who knows at first hand before an overview.
func doubt(o Outcome, section string) int {
	of := 0
	if o.Method != MethodAPI {
		of += 2
	}
	if partOf(o, section).SecondHand {
		of++
	}
	return of
}

func partOf(o Outcome, section string) Part {
	i := slices.IndexFunc(o.Result.Parts, func(part Part) bool { return part.Section == section })
	return o.Result.Parts[i]
}

func methodName(method any) any {
	if method == nil {
		return "section without a method"
	}
	return method
}

func without(fields map[string]any, name string) map[string]any {
	copied := maps.Clone(fields)
	delete(copied, name)
	return copied
}

// lists are the pointers of all lists of objects in a value.
func lists(pointer string, value any) map[string]bool {
	found := map[string]bool{}
	var walk func(pointer string, value any)
	walk = func(pointer string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				walk(pointer+"/"+name, below)
			}
		case []any:
			found[pointer] = true
			for _, item := range v {
				walk(pointer+"/*", item)
			}
		}
	}
	walk(pointer, value)
	return found
}

// kept is what is kept of a section beside the evidence.
type kept struct {
	Service string       `json:"service"`
	Section string       `json:"section"`
	Facts   any          `json:"facts"` // as the sources told them, joined; the next collection knows by them what people wrote
	Answers []keptAnswer `json:"answers,omitempty"`
}

type keptAnswer struct {
	Source string `json:"source"`
	Answer
}

// keptAt is where a section's raw answers are kept, below the evidence folder.
func keptAt(section string) string { return Raw + "/" + section + ".json" }

// last is what the sources told of a section the last time; nil where there was none.
func (p *planner) last(section string) (any, error) {
	name := filepath.Join(p.Folder, filepath.FromSlash(keptAt(section)))
	content, err := ReadFile(name, maxKept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var before kept
	if err := decoder.Decode(&before); err != nil {
		return nil, fmt.Errorf("%w; restore the file that collect wrote, or delete it", JSONError(name, content, decoder, err))
	}
	if facts, isObject := before.Facts.(map[string]any); isObject && before.Section == section {
		return facts, nil
	}
	return nil, &document.Error{File: name, Message: "this is not the file that collect wrote for the section: restore it, or delete it"}
}

// maxKept is the largest file of raw answers, in bytes.
const maxKept = 512 << 20

// provenance says where a section comes from, and keeps the facts and raw answers.
func (p *planner) provenance(section string, told []Outcome, facts any) (map[string]any, error) {
	keep := kept{Service: p.Service.ID, Section: section, Facts: facts}
	method := MethodAPI
	readFrom := []any{}
	for _, o := range told {
		if o.Method != MethodAPI {
			method = MethodExport
		}
		for _, a := range partOf(o, section).Answers {
			a.Body = Redact(a.Body)
			var encoded bytes.Buffer
			encoder := json.NewEncoder(&encoded)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(a.Body); err != nil {
				return nil, fmt.Errorf("section %s: raw answer of %s: %w", section, o.Name, err)
			}
			if !p.NoRaw {
				keep.Answers = append(keep.Answers, keptAnswer{o.Name, a})
			}
			readFrom = append(readFrom, map[string]any{"source": o.Name, "origin": visible(a.Origin), "sha256": digest(encoded.Bytes())})
		}
	}
	source := map[string]any{
		"method": method, "collected_at": p.At.UTC().Format(time.RFC3339), "collected_by": p.By, "read_from": readFrom,
	}
	var out bytes.Buffer
	if err := sanitize.WriteJSON(&out, keep); err != nil {
		return nil, fmt.Errorf("section %s: raw answers: %w", section, err)
	}
	p.raw[keptAt(section)] = out.Bytes()
	if !p.NoRaw {
		source["artifact"] = map[string]any{"path": keptAt(section), "sha256": digest(out.Bytes())}
	}
	return source, nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// put writes a section into the file that holds it, or into one of its own.
func (p *planner) put(section string, form *evidence.Form, value map[string]any, from []string) {
	w := writer{p.root}
	home := p.homes[section]
	if home == nil {
		home = p.home(section)
	}
	home.changed = true
	top := home.root.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == section {
			top.Content[i+1] = w.mapping(p.root.Resolve(form), top.Content[i+1], p.written(section), value)
			return
		}
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: section, HeadComment: p.comment(section, form, value, from)}
	top.Content = append(top.Content, key, w.mapping(p.root.Resolve(form), nil, nil, value))
}

// home is the file that a new section goes to.
func (p *planner) home(section string) *file {
	name := section + ".yaml"
	for _, there := range p.files {
		if there.name == name {
			return there
		}
	}
	service := map[string]any{"id": p.Service.ID}
	if p.Service.Name != "" {
		service["name"] = p.Service.Name
	}
	if p.Service.Region != "" {
		service["region"] = p.Service.Region
	}
	w := writer{p.root}
	top := w.mapping(p.root, nil, nil, map[string]any{
		"api_version": "raci-check/v1", "kind": "Evidence", "metadata": map[string]any{"service": service},
	})
	home := &file{name: name, root: &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{top}}}
	p.files = append(p.files, home)
	return home
}

// comment introduces a section to those who will read and complete it.
func (p *planner) comment(section string, form *evidence.Form, value map[string]any, from []string) string {
	filled := leaves("", value)
	var lacking []string
	var walk func(pointer string, form *evidence.Form)
	walk = func(pointer string, form *evidence.Form) {
		form = p.root.Resolve(form)
		switch {
		case form.Type == "array" && p.root.Resolve(form.Items).Type == "object":
			walk(pointer+"/*", form.Items)
		case form.Type == "object":
			for _, name := range form.Properties.Names {
				if pointer+"/"+name != "/source" {
					walk(pointer+"/"+name, form.Properties.Forms[name])
				}
			}
		case !filled[pointer]:
			lacking = append(lacking, pointer)
		}
	}
	walk("", form)
	lines := []string{form.Description, "Collected from " + strings.Join(from, ", ") + "; what you add to it stays."}
	if len(lacking) > 0 {
		lines = append(lines, "Not returned by a source:")
		line := " "
		for _, pointer := range lacking {
			if len(line)+len(pointer) > 110 {
				lines = append(lines, line)
				line = " "
			}
			line += " " + pointer
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// plan encodes what changed and proves that it is evidence.
func (p *planner) plan() (*Plan, error) {
	plan := &Plan{Reports: p.reports, folder: p.Folder}
	for _, f := range p.files {
		if !f.changed {
			continue
		}
		content, err := encode(f.root)
		if err != nil {
			return nil, err
		}
		doc, err := document.Parse(f.name, content, document.DefaultLimits)
		if err == nil {
			err = p.schema.Validate(doc)
		}
		if err != nil {
			return nil, fmt.Errorf("nothing was written: the collected facts do not fit the evidence schema; "+
				"a source or a mapping gives invalid values (the lines are those of the file that would be written):\n%w", err)
		}
		if !bytes.Equal(content, f.before) {
			plan.Changes = append(plan.Changes, Change{f.name, f.before, content})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.raw)) {
		before, err := os.ReadFile(filepath.Join(p.Folder, filepath.FromSlash(path)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read raw answers: %w", err)
		}
		if err == nil && bytes.Equal(before, p.raw[path]) {
			continue
		}
		plan.Changes = append(plan.Changes, Change{path, before, p.raw[path]})
	}
	slices.SortFunc(plan.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return plan, nil
}
