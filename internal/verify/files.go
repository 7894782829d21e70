package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// maxInput is how large a file that a report rests on may be, in bytes, as assess takes it for an artifact.
const maxInput = 16 << 30

// What can be wrong with a file.
const (
	changed = "changed"
	missing = "missing"
	isNew   = "new: not in the report"
)

func evidenceStep(a *assessment.Assessment, r Request) Step {
	if r.Evidence == "" {
		return Step{State: NotChecked, Detail: "give the folder of the files with --evidence"}
	}
	files, err := attest.Files(a)
	if err != nil {
		return fails(err)
	}
	problems, err := r.changedFiles(a, files)
	if err != nil {
		return Step{State: Unanswered, Detail: err.Error()}
	}
	gone := 0
	for _, p := range problems {
		if p.What == missing {
			gone++
		}
	}
	switch {
	case gone > 0 && gone == len(files):
		return Step{State: Fails, Detail: fmt.Sprintf("none of the files exists: names are relative to the folder in which assess ran, and %s must be in it",
			filepath.Join(r.Evidence, filepath.FromSlash(files[0].Path)))}
	case len(problems) > 0:
		return Step{State: Fails, Detail: fmt.Sprintf("differences: %d; the report names %d files", len(problems), len(files)), Problems: problems}
	}
	detail := fmt.Sprintf("%d files are unchanged, and none is new", len(files))
	if a.Inputs == nil || len(a.Inputs.Trees)+len(a.Inputs.Folders) == 0 {
		detail = fmt.Sprintf("%d files are unchanged; new ones are not looked for, because files were given and no folder", len(files))
	} else if len(a.Inputs.Trees) == 0 && !r.Closed {
		detail += fmt.Sprintf(" in %s; the folders below are not looked into", sanitize.Text(strings.Join(a.Inputs.Folders, ", ")))
	}
	return Step{State: Holds, Detail: detail}
}

// ErrChanged says that a file that a report rests on is not as it was.
var ErrChanged = errors.New("the files are not those of the report")

// Unchanged checks the files below a folder against a report; the error is ErrChanged and lists them. The rules say what evidence is.
func Unchanged(name string, report []byte, folder string, rules ruleset.Ruleset) error {
	a, err := assessment.Read(name, bytes.NewReader(report))
	if err != nil {
		return err
	}
	s := evidenceStep(a, Request{Evidence: folder, Rules: rules})
	switch s.State {
	case Holds:
		return nil
	case Fails:
		text := s.Detail
		for _, p := range s.Problems {
			text += "\n" + p.Name + ": " + p.What
		}
		return fmt.Errorf("%w: %s", ErrChanged, text)
	default:
		return errors.New(s.Detail)
	}
}

// changedFiles lists which of the files below the request's folder are not as they were, and which are new: those that would be read if
// the assessment were made again, or, where the folder is closed, any file.
func (r Request) changedFiles(a *assessment.Assessment, files []assessment.File) ([]Problem, error) {
	root, err := safefile.OpenFolder(r.Evidence)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the evidence: %w", err)
	}
	defer root.Close()
	var problems []Problem
	listed := map[string]bool{}
	for _, file := range files {
		listed[file.Path] = true
		digest, err := root.Digest(file.Path, maxInput, 0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			problems = append(problems, Problem{file.Path, missing})
		case err != nil:
			problems = append(problems, Problem{file.Path, err.Error()})
		case digest.SHA256 != file.SHA256:
			problems = append(problems, Problem{file.Path, changed})
		}
	}
	names, err := r.present(a)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if !listed[name] {
			problems = append(problems, Problem{name, isNew})
		}
	}
	return problems, err
}

// present lists the files that are there now: those that would be read again, or all of them in a closed folder.
func (r Request) present(a *assessment.Assessment) (names []string, err error) {
	if r.Closed {
		err := fs.WalkDir(os.DirFS(r.Evidence), ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				names = append(names, name)
			}
			return err
		})
		return names, err
	}
	if a.Inputs == nil {
		return nil, nil // put together from others: nobody knows what those were asked to read
	}
	for _, path := range a.Inputs.Folders {
		files, err := evidence.InFolder(document.Folder(r.Evidence), filepath.FromSlash(path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // then its files are missing, which is said already
			return nil, err
		}
		for _, name := range files {
			names = append(names, filepath.ToSlash(name))
		}
	}
	below, err := r.evidenceBelow(a.Inputs)
	if err != nil {
		return nil, err
	}
	added, err := r.addedNow(a)
	return slices.Concat(names, below, added), err
}

// evidenceBelow lists what is evidence now below the folders that were given, or looks like it.
func (r Request) evidenceBelow(inputs *assessment.Inputs) ([]string, error) {
	form, _, err := r.Rules.Form()
	if err != nil {
		return nil, err
	}
	reader := assess.Options{MaxFileSize: assess.LargestFileSize, Base: document.Folder(r.Evidence)}.Reader(form, nil)
	for _, file := range slices.Concat(inputs.Params, inputs.Waivers) {
		reader.Given = append(reader.Given, filepath.FromSlash(file.Path))
	}
	var names []string
	for _, tree := range inputs.Trees {
		sources, _, err := reader.Find(context.Background(), []string{filepath.FromSlash(tree)})
		var wrong document.Errors
		if err != nil && !errors.As(err, &wrong) && !errors.Is(err, evidence.ErrNoEvidence) { // then its files are missing, which is said already
			return nil, err
		}
		for _, source := range sources {
			names = append(names, source.Names()...)
		}
		for _, problem := range wrong {
			names = append(names, problem.File)
		}
	}
	for i, name := range names {
		names[i] = filepath.ToSlash(name)
	}
	return names, nil
}

// addedNow lists the files of the folders of policies that were given, as they would be read now.
func (r Request) addedNow(a *assessment.Assessment) (names []string, err error) {
	var folders []string
	for _, source := range a.Inputs.Policies {
		if source.SHA256 == "" { // an archive is a file like others
			folders = append(folders, filepath.FromSlash(source.Path))
		}
	}
	if len(folders) == 0 {
		return nil, nil
	}
	rules, err := r.Rules.WithFrom(document.Folder(r.Evidence), folders)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, file := range rules.Added() {
		names = append(names, file.Path)
	}
	return names, err
}
