package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
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
	problems, err := changedFiles(a, files, r.Evidence, r.Closed)
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
		return Step{State: Fails, Detail: fmt.Sprintf("of %d files, %d changed", len(files), len(problems)), Problems: problems}
	}
	return Step{State: Holds, Detail: fmt.Sprintf("%d files are unchanged, and none is new", len(files))}
}

// ErrChanged says that a file that a report rests on is not as it was.
var ErrChanged = errors.New("the files are not those of the report")

// Unchanged checks the files below a folder against a report; the error is ErrChanged and lists them.
func Unchanged(name string, report []byte, folder string) error {
	a, err := assessment.Read(name, bytes.NewReader(report))
	if err != nil {
		return err
	}
	s := evidenceStep(a, Request{Evidence: folder})
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

// changedFiles lists which of the files below a folder are not as they were, and which are new: evidence files in folders that
// were read whole, or, where the folder is closed, any file.
func changedFiles(a *assessment.Assessment, files []assessment.File, folder string, closed bool) ([]Problem, error) {
	root, err := safefile.OpenFolder(folder)
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
	names, err := present(a, folder, closed)
	for _, name := range names {
		if !listed[name] {
			problems = append(problems, Problem{name, isNew})
		}
	}
	return problems, err
}

// present lists the files that are there now: those that would be read in folders that were read whole, or all of them.
func present(a *assessment.Assessment, folder string, all bool) ([]string, error) {
	var names []string
	if all {
		err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
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
		files, err := evidence.InFolder(document.Folder(folder), filepath.FromSlash(path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // then its files are missing, which is said already
			return nil, err
		}
		for _, name := range files {
			names = append(names, filepath.ToSlash(name))
		}
	}
	return names, nil
}
