// Package starter writes the files that evidence starts with: one a section, with each field that applies as a comment.
package starter

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/words"
)

const (
	// UnknownID stands for the id of a domain that is not known yet. It is a UUID, so that the files can be assessed.
	UnknownID = placeholder.ServiceID
	// SchemaFile is the JSON Schema beside the evidence, which editors read.
	SchemaFile = "evidence.schema.json"

	unnamed      = "my-okms"
	declarations = "not-applicable.yaml"
)

// Request says what to start with.
type Request struct {
	Folder  string
	Service evidence.Service // what is known of it; empty fields are taken from the evidence that is there
	Regions []string         // where the service can be; empty for anywhere
	// Placeholders are the texts that are no name of a service; nil for none.
	Placeholders *placeholder.List
	Without      []string        // names of the questions that were answered with no
	Lock         safefile.Locker // of the folder
	// Words and Field are those of the language of the comments, see evidence.Layout; nil for English.
	Words *words.Words
	Field func(pointer, english string) string
}

// Kit is what the files are made of.
type Kit struct {
	Format *evidence.Format
	Form   *schema.Schema
	Checks []policy.Check
	// RestsOn are the fields that each check rests on, by id; see policy.Set.
	RestsOn map[string][]string
}

type Result struct {
	Written   int      // files of evidence
	Unchanged int      // files that were there already
	Filled    int      // files that were there with zeros for the id, and have the id now
	LeftOut   []string // sections that do not apply
	StillTrue []string // what still has to be said about what does not apply
	Declare   string   // the file with the activities to declare not applicable; empty for none
	Service   evidence.Service
}

// Write writes the files that are not there yet, all or none.
func Write(kit Kit, request Request) (Result, error) {
	root, err := kit.Format.Describe()
	if err != nil {
		return Result{}, err
	}
	if err := known(root.Questions, request.Without); err != nil {
		return Result{}, err
	}
	lock, err := request.Lock.Take(request.Folder)
	if err != nil {
		return Result{}, err
	}
	defer lock.Release()
	var result Result
	if result.Service, err = service(request); err != nil {
		return result, err
	}
	changes, err := fill(request.Folder, result.Service)
	if err != nil {
		return result, err
	}
	result.Filled = len(changes)
	header := header(result.Service, request.Words)
	if err := accepted(header, kit.Form); err != nil {
		return result, fmt.Errorf("--service-id, --name or --region is not what a file of evidence can have: %w", err)
	}
	if result.Filled > 0 { // what was left out earlier stays left out
		if err := lock.ReplaceAll(changes); err != nil {
			return result, fmt.Errorf("write the id: %w", err)
		}
		return result, nil
	}
	layout := evidence.Layout{Prefix: "# ", Prose: "## ", Without: request.Without, Checks: policy.Readers(kit.Checks, kit.RestsOn), Words: request.Words, Field: request.Field}
	add := func(name, content string) bool {
		if _, err := os.Lstat(filepath.Join(request.Folder, name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		changes = append(changes, safefile.Change{Path: name, After: []byte(content)})
		return true
	}
	count := func(name, content string) {
		if add(name, content) {
			result.Written++
		} else {
			result.Unchanged++
		}
	}
	for _, section := range root.Sections() {
		fields := root.Skeleton(section, layout)
		if fields == "" {
			result.LeftOut = append(result.LeftOut, section)
			continue
		}
		description := layout.Describe("/"+section, root.Properties.Forms[section].Description)
		count(section+".yaml", header+"\n"+prose(description, instructions(request.Words))+fields)
	}
	activities := result.leaveOut(root.Questions, request.Without)
	if len(activities) > 0 {
		count(declarations, header+"\n"+prose(request.Words.Text("Activities that do not apply, for example because you do not use KMIP."),
			request.Words.Text("Until they are declared here, with a reason and an approval, their checks are missing."), instructions(request.Words))+root.Declarations(activities, layout))
		result.Declare = declarations
	}
	add(SchemaFile, string(kit.Format.Indented()))
	if err := lock.ReplaceAll(changes); err != nil {
		return result, fmt.Errorf("write skeleton: %w", err)
	}
	return result, nil
}

// leaveOut notes what has to be said about what does not apply, and answers the activities that do not.
func (r *Result) leaveOut(questions []evidence.Question, without []string) (activities []string) {
	for _, question := range questions {
		if !slices.Contains(without, question.Name) {
			continue
		}
		if question.Activity != "" {
			activities = append(activities, question.Activity)
		}
		if question.No != "" {
			r.StillTrue = append(r.StillTrue, question.No)
		}
	}
	return activities
}

// instructions say how a skeleton is filled in.
func instructions(w *words.Words) string {
	return strings.Join([]string{
		w.Say("Remove the %q at the start of the lines that you fill in, and replace each %s.", "# ", evidence.Placeholder),
		w.Say("Lines with %q stay comments.", "## "),
		w.Text("What you leave out is missing evidence: the checks that read it do not pass."),
		w.Say("A field that says %q must be there if the fields around it are.", w.Text("Required.")),
		w.Say("%s says what a check expects.", "`raci-check explain "+w.Text("CHECK")+"`"),
	}, " ")
}

func prose(paragraphs ...string) string {
	var out strings.Builder
	for _, paragraph := range paragraphs {
		fmt.Fprintf(&out, "## %s\n", paragraph)
	}
	out.WriteString("##\n")
	return out.String()
}

func known(questions []evidence.Question, without []string) error {
	var names []string
	for _, question := range questions {
		names = append(names, question.Name)
	}
	for _, name := range without {
		if !slices.Contains(names, name) {
			return errors.New("--without: " + suggest.Unknown("word", name, names))
		}
	}
	return nil
}

// header is the beginning of each file.
func header(service evidence.Service, w *words.Words) string {
	text := fmt.Sprintf("# yaml-language-server: $schema=%s\napi_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service:\n    id: %s\n    name: %s\n",
		SchemaFile, service.ID, service.Name)
	if service.Region == "" {
		return text + "#     region: " + evidence.Placeholder + "  # " + w.Text("Region of the domain, as the API spells it.") + "\n"
	}
	return text + "    region: " + service.Region + "\n"
}

// accepted refuses a service whose files would be refused when they are assessed.
func accepted(header string, form *schema.Schema) error {
	doc, err := document.Parse("", []byte(header), document.DefaultLimits)
	if err == nil {
		err = form.Validate(doc)
	}
	var errs document.Errors
	if errors.As(err, &errs) {
		return errors.New(errs[0].Message)
	}
	return err
}

// service is the service of the request, completed by the evidence that is there.
func service(request Request) (evidence.Service, error) {
	named := request.Service
	if named.Region != "" && len(request.Regions) > 0 && !slices.Contains(request.Regions, named.Region) {
		return named, fmt.Errorf("--region: %s", suggest.Unknown("region", named.Region, request.Regions))
	}
	if named.Name != "" && request.Placeholders.Is(named.Name) {
		return named, fmt.Errorf("--name: %sis a placeholder, no value: give the name of the domain, or leave the flag out", placeholder.Named(named.Name))
	}
	services, err := existing(request.Folder)
	if err != nil {
		return named, err
	}
	// Zeros are no service of their own: they become the id that is known by now.
	if len(services) > 1 {
		services = slices.DeleteFunc(services, func(s evidence.Service) bool { return s.ID == UnknownID })
	}
	for _, s := range services {
		if s.ID != UnknownID && !strings.EqualFold(s.ID, cmp.Or(named.ID, s.ID)) {
			return named, fmt.Errorf("%s has evidence of service %s: leave out --service-id, or name another folder", request.Folder, s.ID)
		}
	}
	if len(services) > 1 {
		return named, fmt.Errorf("%s has evidence of several services: name another folder", request.Folder)
	}
	if len(services) == 1 {
		s := services[0]
		if s.ID == UnknownID {
			s.ID = cmp.Or(named.ID, s.ID)
			if s.Name == unnamed {
				s.Name = named.Name
			}
		}
		for _, detail := range []struct{ flag, named, present string }{{"name", named.Name, s.Name}, {"region", named.Region, s.Region}} {
			if detail.named != "" && detail.present != "" && detail.named != detail.present {
				return named, fmt.Errorf("the evidence in %s has the %s %s: leave out --%s, or change it there first", request.Folder, detail.flag, detail.present, detail.flag)
			}
		}
		named = evidence.Service{ID: s.ID, Name: cmp.Or(named.Name, s.Name), Region: cmp.Or(named.Region, s.Region)}
	}
	named.ID, named.Name = cmp.Or(named.ID, UnknownID), cmp.Or(named.Name, unnamed)
	return named, nil
}

// Summary says in a language what was written, and what comes next.
func (r Result) Summary(folder string, language *words.Words) string {
	var out strings.Builder
	out.WriteString(fmt.Sprintf(language.Plural(r.Written, "%d file written to %s", "%d files written to %s"), r.Written, folder))
	if r.Unchanged > 0 {
		out.WriteString(language.Count(r.Unchanged, ", %d existing file unchanged", ", %d existing files unchanged"))
	}
	if r.Filled > 0 {
		out.WriteString(language.Count(r.Filled, ", the id put into %d existing file", ", the id put into %d existing files"))
	}
	out.WriteByte('\n')
	if len(r.LeftOut) > 0 {
		out.WriteString(language.Say("left out: %s\n", strings.Join(r.LeftOut, ", ")))
	}
	if r.Declare != "" {
		out.WriteString(language.Say("declare in %s which activities do not apply,\n  with a reason and an approval\n", r.Declare))
	}
	for _, line := range r.StillTrue {
		out.WriteString(language.Say("still to be stated in %s\n", language.Message(line)))
	}
	if r.Service.ID == UnknownID {
		out.WriteString(language.Say("the id of the service is not known yet: once you have it,\n  raci-check init --service-id ID %s puts it in place of the zeros\n", folder))
	}
	out.WriteString(language.Say("next: fill them in, then raci-check assess %s\n", folder))
	return out.String()
}
