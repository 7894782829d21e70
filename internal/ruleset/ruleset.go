// Package ruleset opens everything that one service is checked by: the RACI catalog, the policies, the form of the
// evidence, the profiles of parameters and the provider's reference data.
package ruleset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/controllist"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
)

// Ruleset is a tree with lib/ and a folder in it that is called as the catalog's id.
type Ruleset struct {
	fsys     fs.FS
	service  fs.FS // that folder
	root     string
	shown    func(string) string // how a file is called in messages
	added    []document.File     // files that are not shipped
	own      map[string]bool     // files that are not the same in the shipped ruleset, as they are called in messages; nil for all
	base     *Ruleset            // what the files were added to; nil where they take its place
	origins  []document.File     // folders and archives that they come from; only an archive has a digest
	foreign  bool                // the tree itself is not of this program
	snapshot *compiledAhead      // of these files; nil for none

	additions      []*document.Document // files that add to the reference data
	referenceFiles []ReferenceFile
}

// Open opens the ruleset for the catalog of that id in a tree such as policies.FS.
func Open(fsys fs.FS, root string) (Ruleset, error) {
	service, err := fs.Sub(fsys, root)
	if err != nil {
		return Ruleset{}, fmt.Errorf("open policies: %w", err)
	}
	return Ruleset{fsys: fsys, service: service, root: root, shown: func(name string) string { return name }}, nil
}

// Root is the catalog's id: the folder, and the Rego package below which each duty has its own.
func (r Ruleset) Root() string { return r.root }

// Added lists the files that came besides the shipped ones; none means that the ruleset is the one this build was tested with.
func (r Ruleset) Added() []document.File { return r.added }

// Foreign is the ruleset as one that somebody else brought, none of whose policies is trusted more than what is added.
func (r Ruleset) Foreign() Ruleset {
	r.foreign = true
	return r
}

// IsShipped reports whether nothing in the ruleset, and in what it was added to, was brought by somebody else.
func (r Ruleset) IsShipped() bool { return len(r.added) == 0 && !r.foreign }

// Base is the ruleset without the files that were added; it answers false where nothing was, or where a catalog came with them
// that took its place.
func (r Ruleset) Base() (Ruleset, bool) {
	if r.base == nil {
		return Ruleset{}, false
	}
	return *r.base, true
}

// Modules are the texts of the policies and helpers, without tests, by path in the tree.
func (r Ruleset) Modules() (map[string][]byte, error) {
	modules := map[string][]byte{}
	err := r.each(policy.IsModule, func(name string, data []byte) error {
		modules[name] = data
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return modules, nil
}

// each visits some files of the tree, by name.
func (r Ruleset) each(wanted func(name string) bool, visit func(name string, data []byte) error) error {
	return r.names(wanted, func(name string) error {
		data, err := fs.ReadFile(r.fsys, name)
		if err != nil {
			return err
		}
		return visit(name, data)
	})
}

func (r Ruleset) names(wanted func(name string) bool, visit func(name string) error) error {
	return fs.WalkDir(r.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !wanted(name) {
			return err
		}
		return visit(name)
	})
}

// Sources are the same texts, by the files' names in messages.
func (r Ruleset) Sources() (map[string]string, error) {
	modules, err := r.Modules()
	sources := make(map[string]string, len(modules))
	for name, source := range modules {
		sources[r.shown(name)] = string(source)
	}
	return sources, err
}

// Origins lists the folders and archives that the added files come from; only an archive has a digest.
func (r Ruleset) Origins() []document.File { return r.origins }

// Catalog is the RACI table, and the digest of its file.
func (r Ruleset) Catalog() (*raci.Catalog, string, error) {
	data, err := fs.ReadFile(r.service, catalogFile)
	if err != nil {
		return nil, "", fmt.Errorf("read catalog: %w", err)
	}
	catalog, err := raci.LoadCatalog(r.shown(path.Join(r.root, catalogFile)), data)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return catalog, "sha256:" + hex.EncodeToString(sum[:]), nil
}

// Controls are the control frameworks that checks may map to, by the name in METADATA, with their controls. A ruleset without a list
// has none.
func (r Ruleset) Controls() (map[string]controllist.Framework, error) {
	data, err := fs.ReadFile(r.service, controlsFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read list of controls: %w", err)
	}
	return controllist.Read(r.shown(path.Join(r.root, controlsFile)), data)
}

// Reading is the table in one of its readings; the catalog's first where none is named.
func (r Ruleset) Reading(name string) (*raci.Reading, error) {
	catalog, _, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	return catalog.Reading(name)
}

// Config is what an engine evaluates the policies with: a reading of the table, parameters, and the reference data.
func (r Ruleset) Config(policies *policy.Set, reading *raci.Reading, parameters *parameter.Set) (engine.Config, error) {
	reference, err := r.Reference()
	if err != nil {
		return engine.Config{}, err
	}
	plan, err := r.Consistency()
	return engine.Config{
		Activities: reading.Activities, Policies: policies, Parameters: parameters.Values(), Reference: reference, Consistency: plan,
		Looser: looser(parameters), Milder: milder(parameters), Reading: reading.Name, Others: reading.Others,
	}, err
}

// looser are the parameters that ask for less than the profiles.
func looser(parameters *parameter.Set) []assessment.Looser {
	var all []assessment.Looser
	for _, p := range parameters.All() {
		if p.Looser() {
			all = append(all, assessment.Looser{Parameter: p.Name, Value: p.Value, Profile: p.Default})
		}
	}
	return all
}

// milder are the parameters of which a profile asks for less than the baseline.
func milder(parameters *parameter.Set) []assessment.Milder {
	var all []assessment.Milder
	for _, p := range parameters.All() {
		if p.Milder() {
			all = append(all, assessment.Milder{Parameter: p.Name, Value: p.Value, Baseline: p.Baseline, Profiles: p.Profiles})
		}
	}
	return all
}

// Consistency is what of the evidence is compared with each other, as the annotations of its form say.
func (r Ruleset) Consistency() (*consistency.Plan, error) {
	if r.snapshot != nil {
		return consistency.Compile(r.snapshot.form())
	}
	format, err := r.Format()
	if err != nil {
		return nil, err
	}
	var form any
	if err := json.Unmarshal(format.Schema, &form); err != nil {
		return nil, fmt.Errorf("read evidence schema: %w", err)
	}
	return consistency.Compile(form)
}

// Policies are the checks.
func (r Ruleset) Policies() (*policy.Set, error) {
	set, err := policy.Load(policy.Source{FS: r.fsys, Root: r.root, Shown: r.shown})
	if err != nil {
		return nil, err
	}
	form, err := r.Described()
	if err != nil {
		return nil, err
	}
	set.Rest(form.Facts())
	return set, nil
}

// Format is the form of the evidence.
func (r Ruleset) Format() (*evidence.Format, error) { return evidence.LoadFormat(r.service) }

// Profiles are the sets of thresholds there are.
func (r Ruleset) Profiles() parameter.Source {
	source := parameter.Source{FS: r.service, Shown: func(file string) string { return r.shown(path.Join(r.root, file)) }}
	if r.snapshot != nil {
		source.Ahead = r.snapshot.BaselineParameters
	}
	return source
}

// Parameters are the thresholds of profiles, the strictest of several; of the baseline where none is named.
func (r Ruleset) Parameters(profiles ...string) (*parameter.Set, error) {
	return r.Profiles().Load(profiles...)
}

// Table is the RACI table as it stands in its file, as data.
func (r Ruleset) Table() (map[string]any, error) {
	doc, err := r.document("catalog", catalogFile)
	if err != nil {
		return nil, err
	}
	return doc.Value().(map[string]any), nil
}

func (r Ruleset) document(kind, name string) (*document.Document, error) {
	data, err := fs.ReadFile(r.service, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	return document.Parse(r.shown(path.Join(r.root, name)), data, document.DefaultLimits)
}

// Digest is the sha256 over the paths and bytes of all that decides a verdict besides catalog and parameters: policies,
// helpers, evidence schema, reference data.
func (r Ruleset) Digest() (string, error) {
	if r.snapshot != nil {
		return r.snapshot.Digest, nil
	}
	return r.digestOf(decides)
}

// decides reports whether a file decides a verdict, besides catalog and parameters.
func decides(name string) bool {
	return strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") ||
		strings.Contains(name, "/schema/") || isReference(name)
}

// isPart reports whether a file is part of the ruleset: it decides a verdict, or is catalog, list of controls or profile.
func (r Ruleset) isPart(name string) bool {
	below, isBelow := strings.CutPrefix(name, r.root+"/")
	return decides(name) || isBelow && (below == catalogFile || below == controlsFile || strings.HasPrefix(below, "profiles/"))
}

// Each visits every file that is part of the ruleset, tests aside, by name.
func (r Ruleset) Each(visit func(name string, data []byte) error) error {
	if err := r.each(r.isPart, visit); err != nil {
		return fmt.Errorf("read policies: %w", err)
	}
	return nil
}

// partOfFile is how much of a file is held while its digest is taken: the shipped files are a megabyte, which is in the program already.
const partOfFile = 32 << 10

// digestOf is the sha256 over the paths and bytes of some files of the tree.
func (r Ruleset) digestOf(wanted func(name string) bool) (string, error) {
	digest, content := sha256.New(), sha256.New()
	part := make([]byte, partOfFile)
	err := r.names(wanted, func(name string) error {
		file, err := r.fsys.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		content.Reset()
		if _, err := io.CopyBuffer(content, file, part); err != nil {
			return err
		}
		fmt.Fprintf(digest, "%x %s\n", content.Sum(nil), name)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("digest of the policies: %w", err)
	}
	return "sha256:" + hex.EncodeToString(digest.Sum(nil)), nil
}

// Tests are the tests of the policies that were added, or of the shipped ones where none were; by file.
func (r Ruleset) Tests() (map[string]*policy.Module, error) {
	tests := map[string]*policy.Module{}
	isOwn := func(name string) bool { return strings.HasSuffix(name, "_test.rego") && r.Own(r.shown(name)) }
	err := r.each(isOwn, func(name string, source []byte) error {
		module, err := policy.Parse(r.shown(name), string(source))
		if err != nil {
			return policy.Refused(err)
		}
		tests[r.shown(name)] = module
		return nil
	})
	return tests, err
}

// Own reports whether a file, as it is called in messages, is one that was added and is not merely a copy of a shipped one;
// where none were added, every file is.
func (r Ruleset) Own(shown string) bool { return r.own == nil || r.own[shown] }
