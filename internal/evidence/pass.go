package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/suggest"
)

// Other is a file below a folder of evidence that was not read as evidence, because it is another program's.
type Other struct {
	document.File        // no digest where it was not read
	What          string // it is, in few words
}

// other is a file that is passed over where no evidence lies beside it, and the error that it is otherwise.
type other struct {
	name, sha256, is string // is says what the file is; where nobody can tell, it is empty, and the file is an error everywhere
	err              error
	explains         bool // err says what the file is, and what to do
}

// fewOthers is how many files are explained one by one where there is no evidence at all.
const fewOthers = 5

// kinds are those of the files that this program reads.
var kinds = []string{"Evidence", "Waivers", "Parameters", "Reference", "Collect", "Mapping"}

// passOver divides the files that are not evidence. Beside evidence each is an error: it may be evidence that is written wrongly,
// and what it says would count for nothing. In other folders they are left out, and listed.
func (f *finder) passOver() []Other {
	var passed []Other
	f.strange = slices.DeleteFunc(f.strange, func(o other) bool {
		switch {
		case f.ours[filepath.Dir(o.name)]:
			f.errs = document.Collect(f.errs, o.err)
		case o.is == "":
			for _, problem := range document.Collect(nil, o.err) {
				copied := *problem
				copied.Message += "; if this file is not evidence, name the folder of the evidence instead"
				f.errs = append(f.errs, &copied)
			}
		case slices.Contains(f.Given, o.name):
			return false
		default:
			passed = append(passed, Other{document.File{Path: filepath.ToSlash(o.name), SHA256: o.sha256}, o.is})
			return false
		}
		return true
	})
	slices.SortFunc(passed, func(a, b Other) int { return strings.Compare(a.Path, b.Path) })
	return passed
}

// nothing is an error for each folder that was named and has no evidence below it, unless something is wrong there, which is said
// already.
func (f *finder) nothing(roots []string) error {
	var errs []error
	for _, root := range roots {
		belongs := func(name string) bool { return isBelow(root, name) }
		wrong := slices.ContainsFunc(f.errs, func(e *document.Error) bool { return belongs(e.File) })
		if wrong || slices.ContainsFunc(slices.Collect(maps.Keys(f.ours)), belongs) {
			continue
		}
		errs = append(errs, nothingIn(root, slices.DeleteFunc(slices.Clone(f.strange), func(o other) bool { return !belongs(o.name) })))
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

func isBelow(root, name string) bool {
	below, err := filepath.Rel(root, name)
	return err == nil && filepath.IsLocal(below)
}

// nothingIn is the error of a folder without evidence.
func nothingIn(root string, files []other) error {
	var errs document.Errors
	unclear := slices.ContainsFunc(files, func(o other) bool { return !o.explains })
	switch n := len(files); {
	case n == 0:
		return fmt.Errorf("%w in %s: no file of kind Evidence there; `raci-check init %s` writes a skeleton", ErrNoEvidence, root, root)
	case n > fewOthers || n > 1 && unclear: // what is wrong with a single file explains more
		return fmt.Errorf("%w in %s: %d YAML files there, none of kind Evidence (%s: %s); `raci-check init DIR` writes a skeleton",
			ErrNoEvidence, root, n, filepath.ToSlash(files[0].name), files[0].is)
	}
	for _, o := range files {
		errs = document.Collect(errs, o.err)
	}
	return errs
}

// another notes a file that was read and is not evidence. A file that was named itself is an error in any case.
func (f *finder) another(file *file, o other) {
	if !file.walked {
		f.refuse(file, o.err)
		return
	}
	o.name, o.explains = file.name, true
	f.strange = append(f.strange, o)
}

// unreadable notes a file that is not a document by the rules of this program. It is passed over where it is valid YAML of some
// other kind, or a template of YAML, and no line of it looks like evidence.
func (f *finder) unreadable(file *file, err error) {
	if !file.walked || !errors.As(err, new(document.Errors)) {
		f.refuse(file, err)
		return
	}
	data, readErr := f.start(file)
	plain := []byte(strings.ReplaceAll(string(data), "\x00", "")) // of UTF-16
	is, marked := "", marks.Match(plain)
	if readErr == nil && !marked {
		_, invalid := document.WellFormed(data)
		switch {
		case len(data) >= f.Limits.Bytes:
			is = "larger than the limit"
		case invalid == nil && kubernetes.Match(data):
			is = document.Kubernetes
		case invalid == nil:
			is = document.OtherYAML
		case template.Match(data):
			is = "template"
		}
	}
	digest := ""
	if len(data) < f.Limits.Bytes {
		digest = safefile.Sum(data)
	}
	if marked || readErr != nil {
		f.ours[filepath.Dir(file.name)] = true
		f.refuse(file, err)
		return
	}
	f.broken[filepath.Dir(file.name)] = f.broken[filepath.Dir(file.name)] || is == ""
	f.strange = append(f.strange, other{name: file.name, sha256: digest, is: is, err: err})
}

// start reads a file up to the limit once more.
func (f *finder) start(file *file) ([]byte, error) {
	in, err := f.open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, int64(f.Limits.Bytes)))
}

var (
	// marks are what evidence has in it, and hardly another file, however it is broken.
	marks      = regexp.MustCompile(`(?im)^[{"' \t]{0,3}api_version["']?\s*:|:\s*["']?raci-?check/v|^[{"' \t]{0,3}kind["']?\s*:\s*["']?(evidence|waivers)\b|\b(collected_at|collected_by)["']?\s*:`)
	kubernetes = regexp.MustCompile(`(?m)^apiVersion:`)
	// template is what the languages have in it by which YAML is made.
	template = regexp.MustCompile(`\{\{[^}]*\}\}|\{%[^%]*%\}|<%[^%]*%>`)
)

// isOurs reports whether a document is meant for this program, however much of it is misspelt: by its version, its kind, its
// service, or a section with a source.
func (r *Reader) isOurs(doc *document.Document) bool {
	top, _ := doc.Value().(map[string]any)
	_, kubernetes := top["apiVersion"]
	_, version := top["api_version"]
	_, hasKind := top["kind"]
	_, hasMetadata := top["metadata"]
	_, service := doc.Lookup("/metadata/service/id")
	kind := text(doc, "/kind")
	switch {
	case version && (hasKind || hasMetadata), service, strings.EqualFold(kind, "Evidence"), !kubernetes && suggest.Nearest(kind, kinds) != "":
		return true
	}
	for name, value := range top {
		if text, _ := value.(string); strings.HasPrefix(strings.ToLower(text), "raci-check/v") || strings.HasPrefix(strings.ToLower(text), "racicheck/v") {
			return true
		}
		if r.isSection(name, value) {
			return true
		}
	}
	return enclosing(doc) != ""
}

// enclosing is the field that evidence stands below, one level too deep; empty where none does.
func enclosing(doc *document.Document) string {
	top, _ := doc.Value().(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(top)) {
		below, _ := top[name].(map[string]any)
		version, _ := below["api_version"].(string)
		kind, _ := below["kind"].(string)
		if strings.HasPrefix(strings.ToLower(version), "raci-check/v") && slices.Contains(kinds, kind) {
			return name
		}
	}
	return ""
}

// foreign is the error of a document that is not meant for this program.
func (r *Reader) foreign(doc *document.Document) error {
	if err := doc.Foreign(); err != nil {
		return document.Errors{err}
	}
	return document.Errors{{File: doc.Name(), Line: 1, Column: 1,
		Message: "this is not evidence: it has no api_version, kind and metadata (`raci-check init DIR` shows them); keep other files outside the folder of the evidence"}}
}

// isSection reports whether a field is a section of evidence by its name, and has a source or nothing else than fields of it.
func (r *Reader) isSection(name string, value any) bool {
	fields, _ := value.(map[string]any)
	properties := r.fieldsOf(name)
	if len(fields) == 0 || properties == nil {
		return false
	}
	source, _ := fields["source"].(map[string]any)
	for _, field := range []string{"method", "collected_at", "collected_by"} {
		if _, present := source[field]; present {
			return true
		}
	}
	for field := range fields {
		if _, isField := properties[field]; !isField {
			return false
		}
	}
	return len(fields) > 1
}

// fieldsOf are the fields of a section by the form of evidence; nil where there is no such section.
func (r *Reader) fieldsOf(section string) map[string]any {
	if !IsSection(section) {
		return nil
	}
	root, _ := r.Schema.Value().(map[string]any)
	sections, _ := root["properties"].(map[string]any)
	form, _ := sections[section].(map[string]any)
	properties, _ := form["properties"].(map[string]any)
	return properties
}

// withoutSection puts one error in the place of those of fields that stand beside the sections and belong into one.
func (r *Reader) withoutSection(doc *document.Document, errs document.Errors) document.Errors {
	root, _ := r.Schema.Value().(map[string]any)
	sections, _ := root["properties"].(map[string]any)
	top, _ := doc.Value().(map[string]any)
	places := map[document.Position]bool{}
	var fields []string
	for name := range top {
		if _, isSection := sections[name]; !isSection {
			fields = append(fields, name)
		}
	}
	line := func(name string) int { return doc.Position(document.Pointer(name)).Line }
	slices.SortFunc(fields, func(a, b string) int { return cmp.Or(cmp.Compare(line(a), line(b)), strings.Compare(a, b)) })
	for _, name := range fields {
		places[doc.Position(document.Pointer(name))] = true
	}
	section := r.sectionOf(doc.Name(), top, fields)
	if section == "" {
		return errs
	}
	listed := fields[0] + ", " + fields[1]
	if len(fields) > 2 {
		listed += " …"
	}
	errs = slices.DeleteFunc(slices.Clone(errs), func(e *document.Error) bool { return places[document.Position{Line: e.Line, Column: e.Column}] })
	return append(errs, doc.Errorf(document.Pointer(fields[0]),
		"fields of a section without its line (%s): write %s above them, and indent them by two spaces", listed, section))
}

// sectionOf is what the line above the fields must be: all of them, or all but one, are of a section; empty where there is no such
// section. The name of the file decides where there are several.
func (r *Reader) sectionOf(file string, top map[string]any, fields []string) string {
	if len(fields) < 2 {
		return ""
	}
	root, _ := r.Schema.Value().(map[string]any)
	sections, _ := root["properties"].(map[string]any)
	var fitting []string
	most := 0
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		if _, present := top[name]; present {
			continue
		}
		properties, fits := r.fieldsOf(name), 0
		for _, field := range fields {
			if _, isField := properties[field]; isField {
				fits++
			}
		}
		switch {
		case fits < max(2, len(fields)-1) || fits < most:
		case fits > most:
			fitting, most = []string{name}, fits
		default:
			fitting = append(fitting, name)
		}
	}
	named := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	switch {
	case len(fitting) == 0:
		return ""
	case slices.Contains(fitting, named):
		return fmt.Sprintf("`%s:`", named)
	case len(fitting) == 1:
		return fmt.Sprintf("`%s:`", fitting[0])
	default:
		return "the line of their section, such as `" + fitting[0] + ":`,"
	}
}
