package collect

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/schema"
)

// Raw is the folder below the evidence that holds the facts and raw answers as sources told them, one file a section.
const Raw = "collected"

// rawMode is of new files of raw answers: they say more of the service than evidence does.
const rawMode = safefile.Private

// Options say what evidence is written, where and under which name.
type Options struct {
	Folder  string
	Service Service
	At      time.Time // the time of the collection
	By      string    // what collected: program and version
	NoRaw   bool      // keep no raw answers, and name no artifact
	Only    []string  // write only these sections; empty for all
	Format  *evidence.Format
	// Placeholders are the texts that assessments refuse unless raw answers prove them; nil for none.
	Placeholders *placeholder.List
	Lock         *safefile.Lock // of the folder; nil where Write may take it for as long as it writes
	// Replayed is of outcomes that a recorded session gave: the evidence says so, and no check passes on it.
	Replayed bool
}

// Service is the OKMS domain that the evidence is about.
type Service struct {
	ID           string // UUID in lower case
	Name, Region string // may be empty
}

// Plan is what a collection would write.
type Plan struct {
	Changes  []safefile.Change // sorted by path
	Reports  []SectionReport   // sorted by section
	Outcomes []Outcome
	// Meant is a folder below that has evidence of the domain already, where the one that is written to had none; else empty.
	Meant  string
	noted  bool // what could not be read is noted in evidence that is there
	folder string
	lock   *safefile.Lock
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

// file is an evidence file that is there, or will be. Its nodes are read where it is changed: those of a large section are many times
// as large as the file.
type file struct {
	name    string // below the folder
	before  []byte
	value   map[string]any // nil for a new one
	root    *yaml.Node     // its document node; nil where it is not read yet
	changed bool
	after   []byte // its content, where that is encoded already
}

// nodes are those of the file, below its document node.
func (f *file) nodes() (*yaml.Node, error) {
	if f.root == nil {
		root, content := &yaml.Node{}, f.before
		if f.after != nil {
			content = f.after
		}
		if err := yaml.Unmarshal(content, root); err != nil {
			return nil, fmt.Errorf("read %s: %w", f.name, err)
		}
		f.root = root
	}
	return f.root.Content[0], nil
}

type planner struct {
	Options
	root    *evidence.Form
	schema  *schema.Schema
	files   []*file
	homes   map[string]*file          // by section: the file with it, or with its first part
	more    map[string][]*file        // the files with the other parts of a section, in their order
	joined  map[string]map[string]any // sections that are in several files
	raw     map[string][]byte         // artifacts to write, by path
	reports []SectionReport
	noted   bool
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
	p := &planner{Options: options, root: form, schema: compiled, homes: map[string]*file{}, more: map[string][]*file{}, joined: map[string]map[string]any{}, raw: map[string][]byte{}}
	if err := p.read(); err != nil {
		return nil, err
	}
	p.describe(outcomes)
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
	if !slices.ContainsFunc(p.files, func(f *file) bool { return f.before != nil }) {
		plan.Meant = evidence.FolderOf(p.Folder, p.Service.ID)
	}
	return plan, nil
}

// isOfAnother reports whether a file is about another service than the one that is collected, and adds to the errors what to do.
// Where init did not know the id, that is said once for all files.
func (p *planner) isOfAnother(doc *document.Document, errs *document.Errors) bool {
	const pointer = "/metadata/service/id"
	id, _ := doc.Lookup(pointer)
	if strings.EqualFold(id.(string), p.Service.ID) {
		return false
	}
	message := fmt.Sprintf("this file is about another service, and %s is collected: give each service its own folder", p.Service.ID)
	if id == placeholder.ServiceID {
		message = fmt.Sprintf("the zeros stand for an id that is not known yet: `raci-check init --service-id %s %s` puts the id into all files", p.Service.ID, p.Folder)
		if slices.ContainsFunc(*errs, func(e *document.Error) bool { return e.Message == message }) {
			return true
		}
	}
	at := doc.ValuePosition(pointer)
	*errs = append(*errs, &document.Error{File: doc.Name(), Line: at.Line, Column: at.Column, Message: message})
	return true
}

// read reads the evidence that is there.
func (p *planner) read() error {
	if info, err := os.Stat(p.Folder); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file: name the folder of the evidence", p.Folder)
	}
	names, err := evidence.InFolder("", p.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // then it is made
		return err
	}
	var errs document.Errors
	for _, name := range names {
		content, err := safefile.Read(name, int64(document.DefaultLimits.Bytes))
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
		if p.isOfAnother(doc, &errs) {
			continue
		}
		existing := &file{name: filepath.Base(name), before: content, value: doc.Value().(map[string]any)}
		p.files = append(p.files, existing)
		for section := range existing.value {
			if !evidence.IsSection(section) {
				continue
			}
			if evidence.PartOf(existing.value[section]) > 0 {
				p.more[section] = append(p.more[section], existing)
				continue
			}
			if other := p.homes[section]; other != nil {
				at := doc.Position("/" + section)
				errs = append(errs, &document.Error{File: name, Line: at.Line, Column: at.Column,
					Message: fmt.Sprintf("section %s is already given in %s", section, other.name)})
			}
			p.homes[section] = existing
		}
	}
	if len(errs) == 0 { // a part may be in a file that is not read
		errs = document.Collect(errs, p.join())
	}
	return errs.Sorted()
}

// describe fills the name and the region of the domain: those that people gave, in the options or in the evidence that is there,
// before those that sources told.
func (p *planner) describe(outcomes []Outcome) {
	fill := func(of Service) {
		p.Service.Name = cmp.Or(p.Service.Name, reader.Visible(of.Name))
		p.Service.Region = cmp.Or(p.Service.Region, reader.Visible(of.Region))
	}
	for _, f := range p.files {
		name, _ := document.Lookup(f.value, "/metadata/service/name")
		region, _ := document.Lookup(f.value, "/metadata/service/region")
		var of Service
		of.Name, _ = name.(string)
		of.Region, _ = region.(string)
		fill(of)
	}
	for _, method := range []string{MethodAPI, MethodExport} {
		for _, o := range outcomes {
			if of := o.Result.Service; o.Method == method && o.Err == nil {
				of.Region = spelled(of.Region)
				if p.Placeholders.Is(of.Name) { // reports name the domain by its id
					of.Name = ""
				}
				fill(of)
			}
		}
	}
}

var regionForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)

// spelled is a region as evidence has it; empty where it is none.
func spelled(region string) string {
	if region = ovhterms.Region(region); regionForm.MatchString(region) {
		return region
	}
	return ""
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
	var selected []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if len(p.Only) == 0 || slices.Contains(p.Only, name) {
			selected = append(selected, name)
		}
	}
	return selected
}

func (p *planner) written(section string) map[string]any {
	if joined := p.joined[section]; joined != nil {
		return joined
	}
	if p.homes[section] == nil {
		return nil
	}
	fields, _ := p.homes[section].value[section].(map[string]any)
	return fields
}

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

// put writes a section into the file that holds it, or into one of its own; a list that is too long for one file into several.
func (p *planner) put(s merge.Section, value map[string]any, from []string) (notes []string, err error) {
	home := p.homes[s.Name]
	if home == nil {
		home = p.home(s.Name)
	}
	l := p.layout(s, home, value)
	if l.parts > 1 {
		return p.putParts(l, from)
	}
	top, err := home.nodes()
	if err != nil {
		return nil, err
	}
	p.place(home, s, s.Node(fieldIn(top, s.Name), p.written(s.Name), value), func() string { return p.comment(s.Form, value, from) })
	return nil, nil
}

// place puts the node of a section into a file, a new one with a comment.
func (p *planner) place(home *file, s merge.Section, node *yaml.Node, comment func() string) {
	home.changed, home.after = true, nil
	top := home.root.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == s.Name {
			top.Content[i+1] = node
			return
		}
	}
	top.Content = append(top.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: s.Name, HeadComment: comment()}, node)
}

// home is the file that a new section goes to.
func (p *planner) home(section string) *file {
	name := section + ".yaml"
	for _, existing := range p.files {
		if existing.name == name {
			return existing
		}
	}
	return p.newFile(name)
}

// newFile is a file of evidence that is not there yet.
func (p *planner) newFile(name string) *file {
	service := map[string]any{"id": p.Service.ID}
	if p.Service.Name != "" {
		service["name"] = p.Service.Name
	}
	if p.Service.Region != "" {
		service["region"] = p.Service.Region
	}
	top := merge.Section{Root: p.root, Form: p.root}.Node(nil, nil, map[string]any{
		"api_version": "raci-check/v1", "kind": "Evidence", "metadata": map[string]any{"service": service},
	})
	home := &file{name: name, root: &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{top}}}
	p.files = append(p.files, home)
	return home
}

// comment introduces a section to those who will read and complete it.
func (p *planner) comment(form *evidence.Form, value map[string]any, from []string) string {
	lines := []string{form.Description, "Collected from " + strings.Join(from, ", ") + "; what you add to it stays."}
	line := "Not returned by a source:"
	for _, pointer := range p.lacking("", form, leaves("", value)) {
		if len(lines) == 2 || len(line)+len(pointer) > 110 {
			lines = append(lines, line)
			line = " "
		}
		line += " " + pointer
	}
	if len(lines) > 2 {
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// lacking lists the leaves of a form that are not filled, but for where they come from and how they follow from it.
func (p *planner) lacking(pointer string, form *evidence.Form, filled map[string]bool) (all []string) {
	form = p.root.Resolve(form)
	switch {
	case form.Type == "array" && p.root.Resolve(form.Items).Type == "object":
		return p.lacking(pointer+"/*", form.Items, filled)
	case form.Type == "object":
		for _, name := range form.Properties.Names {
			if pointer+"/"+name != "/source" && name != "derivation" {
				all = append(all, p.lacking(pointer+"/"+name, form.Properties.Forms[name], filled)...)
			}
		}
		return all
	case filled[pointer]:
		return nil
	default:
		return []string{pointer}
	}
}

// encode encodes a file, proves that it is evidence, and lets go of its nodes.
func (p *planner) encode(f *file) ([]byte, error) {
	content, err := merge.Encode(f.root)
	if err != nil {
		return nil, err
	}
	f.root = nil
	doc, err := document.Parse(f.name, content, document.DefaultLimits)
	if err == nil {
		err = p.schema.Validate(doc)
	}
	if err != nil {
		return nil, fmt.Errorf("nothing was written: the collected facts do not fit the evidence schema; "+
			"a source or a mapping gives invalid values (the lines are those of the file that would be written):\n%w", err)
	}
	return content, nil
}

// plan encodes what changed and proves that it is evidence.
func (p *planner) plan() (*Plan, error) {
	plan := &Plan{Reports: p.reports, noted: p.noted, folder: p.Folder, lock: p.Lock}
	for _, f := range p.files {
		if !f.changed {
			continue
		}
		content := f.after
		if content == nil {
			var err error
			if content, err = p.encode(f); err != nil {
				return nil, err
			}
		}
		if !bytes.Equal(content, f.before) {
			plan.Changes = append(plan.Changes, safefile.Change{Path: f.name, Before: f.before, After: content})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.raw)) {
		before, err := safefile.Read(filepath.Join(p.Folder, filepath.FromSlash(path)), maxKept)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read raw answers: %w", err)
		}
		if err == nil && bytes.Equal(before, p.raw[path]) {
			continue
		}
		plan.Changes = append(plan.Changes, safefile.Change{Path: path, Before: before, After: p.raw[path], Mode: rawMode})
	}
	slices.SortFunc(plan.Changes, func(a, b safefile.Change) int { return strings.Compare(a.Path, b.Path) })
	return plan, nil
}
