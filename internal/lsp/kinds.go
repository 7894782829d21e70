package lsp

import (
	"bytes"
	"cmp"
	"regexp"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/waiver"
)

// The kinds of files of this program.
const (
	kindEvidence = "Evidence"
	kindWaivers  = "Waivers"
)

var (
	kindLine  = regexp.MustCompile(`(?m)^["']?kind["']?[ \t]*:[ \t]+["']?(Evidence|Waivers|Parameters|Reference|Collect|Mapping)["']?[ \t]*(?:#.*)?\r?$`)
	otherLine = regexp.MustCompile(`(?m)^["']?apiVersion["']?[ \t]*:`)
)

// headBytes is how much of a text is looked at to see of what kind it is.
const headBytes = 64 << 10

// kindOf is the kind of the file of this program that a text is by its beginning, also of one that cannot be read yet; empty for any
// other text.
func kindOf(content []byte) string {
	if bytes.HasPrefix(bytes.TrimLeft(content, " \t\r\n"), []byte("{")) {
		doc, err := document.Parse("", content, document.DefaultLimits)
		if err != nil {
			return ""
		}
		value, _ := doc.Lookup("/kind")
		kind, _ := value.(string)
		content = []byte("kind: " + kind)
	}
	content = content[:min(len(content), headBytes)]
	line := kindLine.FindSubmatch(content)
	if line == nil || otherLine.Match(content) {
		return ""
	}
	return string(line[1])
}

// forms are what files are held against that lie beside no evidence.
type forms struct {
	checks       []string // ids
	placeholders *placeholder.List
	evidence     *schema.Schema
	root         *evidence.Form
	reference    *schema.Schema
	parameters   *parameter.Set
}

// formsFor makes them of the rules, once.
func (r *rules) formsFor(profiles []string) (*forms, error) {
	if _, _, err := r.current(); err != nil {
		return nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.forms != nil {
		return r.forms, nil
	}
	policies, err := r.ruleset.Compiled()
	if err != nil {
		return nil, err
	}
	f := &forms{}
	for _, check := range policies.Checks() {
		f.checks = append(f.checks, check.ID)
	}
	raw, err := r.ruleset.ReferenceForm()
	if err == nil {
		f.reference, err = schema.Compile("reference", raw)
	}
	if err == nil {
		f.placeholders, err = r.ruleset.Placeholders()
	}
	if err == nil {
		f.evidence, _, err = r.ruleset.Form()
	}
	if err == nil {
		f.root, err = r.ruleset.Described()
	}
	if err == nil {
		f.parameters, err = r.ruleset.Parameters(profiles...)
	}
	if err != nil {
		return nil, err
	}
	r.forms = f
	return f, nil
}

// defects are what is wrong with a document of a kind for itself, whatever lies beside it.
func (s *server) defects(d *open) (document.Errors, error) {
	if d.lost {
		return document.Errors{lost(d.key())}, nil
	}
	forms, err := s.rules.formsFor(s.Assess.Profiles)
	if err != nil {
		return nil, err
	}
	limits := document.DefaultLimits
	if d.kind == kindEvidence {
		limits = limits.WithBytes(cmp.Or(s.Assess.MaxFileSize, assess.MaxFileSize))
	}
	doc, err := document.Parse(d.key(), d.content, limits)
	if err == nil {
		err = s.check(forms, d.kind, doc)
	}
	var errs document.Errors
	if err != nil {
		errs = document.Collect(errs, err)
	}
	return errs, nil
}

// check holds a document against the form of its kind.
func (s *server) check(forms *forms, kind string, doc *document.Document) error {
	var err error
	switch kind {
	case kindEvidence:
		if err = doc.Blank(); err == nil {
			err = forms.evidence.Validate(doc)
		}
	case kindWaivers:
		_, err = waiver.Parse(doc, forms.checks, forms.placeholders)
	case "Parameters":
		_, err = forms.parameters.Override(doc)
	case "Reference":
		err = forms.reference.Validate(doc)
	case "Collect":
		err = s.Collect(doc)
	case "Mapping":
		_, err = mapping.Parse(doc, forms.root, map[string]string{})
	}
	return err
}
