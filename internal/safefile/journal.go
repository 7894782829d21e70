package safefile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Journal is the file that says which files of a folder are about to get which new content. What is in it counts: whatever
// happens then, the next run that writes to the folder completes it. Until then the folder is half written.
const Journal = ".raci-check.journal"

// draft is the journal before it counts: what it names is not in its place, and is taken back.
const draft = ".raci-check.draft"

const (
	maxJournal = 64 << 20 // bytes; it has some hundred for each file
	maxPlaced  = 1 << 50  // bytes of a file that is written
)

type journal struct {
	By      Holder   `json:"by"`
	Folders []string `json:"folders"` // made for the files, the innermost first
	Files   []entry  `json:"files"`
}

// entry is a file that gets a new content. Names are below the folder, with forward slashes.
type entry struct {
	Path   string `json:"path"`
	Staged string `json:"staged"` // the file with the new content, beside it
	Before string `json:"before"` // sha256; empty where there is no file
	After  string `json:"after"`  // sha256; empty where the file is removed
}

// UnfinishedError says that the files of a folder are half written.
type UnfinishedError struct {
	Folder string
	Holder Holder
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("the evidence in %s is half written: %s has not finished: wait for it; if it was killed, run it again, which completes the files first",
		e.Folder, e.Holder)
}

// Unfinished is an UnfinishedError where the files of a folder are half written, and nil where they are not.
func Unfinished(folder string) error {
	name := filepath.Join(folder, Journal)
	if _, err := os.Lstat(name); err != nil {
		return nil //nolint:nilerr // there is none, or no folder
	}
	var j journal
	if content, err := Read(name, maxJournal); err == nil && json.Unmarshal(content, &j) != nil {
		j = journal{}
	}
	return &UnfinishedError{folder, j.By}
}

// Interrupted reports whether a folder has what a run wrote that has not come to the files themselves: the run goes on, or it was killed,
// and whoever takes the lock next takes it back.
func Interrupted(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, draft))
	return err == nil
}

// ReplaceAll replaces files as the function of that name does, but as one step: a run that is killed at any moment, or fails,
// leaves all of them as they were, or what it takes for the next run to complete them.
func (l *Lock) ReplaceAll(changes []Change) error {
	for _, change := range changes {
		if l.isOfRepository(change.Path) { // no later run would complete it
			return fmt.Errorf("%s is a file of a version control system: name another", filepath.Join(l.folder, filepath.FromSlash(change.Path)))
		}
	}
	j := l.planned(changes)
	if err := l.prepare(&j, changes); err != nil {
		return errors.Join(err, l.takeBack(&j))
	}
	if err := l.complete(&j); err != nil {
		return fmt.Errorf("%w: the evidence is half written; run this again, which completes it", err)
	}
	return nil
}

// Create is ReplaceAll of files that are not there yet.
func (l *Lock) Create(files map[string][]byte) error { return l.ReplaceAll(added(files)) }

func (l *Lock) planned(changes []Change) journal {
	j := journal{By: l.by, Folders: []string{}, Files: []entry{}}
	for _, change := range changes {
		name := filepath.FromSlash(change.Path)
		e := entry{Path: change.Path, Staged: filepath.ToSlash(stagedBeside(name)), After: Sum(change.After)}
		if change.Before != nil {
			e.Before = Sum(change.Before)
		}
		if change.Remove {
			e.After = ""
		}
		j.Files = append(j.Files, e)
		for _, folder := range missing(filepath.Dir(name), l.Lstat) {
			j.Folders = append(j.Folders, filepath.ToSlash(folder))
		}
	}
	slices.SortFunc(j.Folders, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	j.Folders = slices.Compact(j.Folders)
	return j
}

// prepare writes the draft and all new files, and makes the draft the journal: the one step from which on the changes count.
func (l *Lock) prepare(j *journal, changes []Change) error {
	content, err := json.MarshalIndent(j, "", " ")
	if err != nil {
		return fmt.Errorf("encode journal: %w", err)
	}
	if err := l.create(draft, modes{fresh: Private}, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
		return err
	}
	if err := l.sync("."); err != nil {
		return err
	}
	for i, change := range changes {
		if change.Remove {
			continue
		}
		if err := l.stageAt(filepath.FromSlash(j.Files[i].Staged), change); err != nil {
			return err
		}
	}
	if err := l.syncAll(j); err != nil {
		return err
	}
	if err := (&replacement{disk: l.disk, folder: l.folder, changes: changes}).verify(); err != nil {
		return err
	}
	return l.Rename(draft, Journal)
}

// syncAll makes the names of files and folders last.
func (l *Lock) syncAll(j *journal) error {
	folders := map[string]bool{".": true}
	for _, e := range j.Files {
		folders[filepath.Dir(filepath.FromSlash(e.Path))] = true
	}
	for _, folder := range j.Folders {
		folders[filepath.Dir(filepath.FromSlash(folder))] = true
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if err := l.sync(folder); err != nil {
			return err
		}
	}
	return nil
}

// complete gives the files of the journal their names, as far as they do not have them.
func (l *Lock) complete(j *journal) error {
	if err := l.sync("."); err != nil {
		return err
	}
	for _, e := range j.Files {
		if err := l.placeOne(e); err != nil {
			return err
		}
	}
	if err := l.syncAll(j); err != nil {
		return err
	}
	return l.Remove(Journal)
}

func (l *Lock) placeOne(e entry) error {
	name, temporary := filepath.FromSlash(e.Path), filepath.FromSlash(e.Staged)
	now, err := l.sum(e.Path)
	if err != nil {
		return err
	}
	if now != e.After {
		next, err := l.sum(e.Staged)
		if err != nil {
			return err
		}
		if now == e.Before && e.After == "" {
			return l.Remove(name)
		}
		if now != e.Before || next != e.After {
			return fmt.Errorf("%w. To keep the files as they are, delete %s and the files %s* below %s", &Error{filepath.Join(l.folder, name), ErrChanged},
				filepath.Join(l.folder, Journal), Staged, l.folder)
		}
		if err := l.put(temporary, name, e.Before == ""); err != nil {
			return err
		}
	}
	return l.removeStaged(e)
}

// sum is the sha256 of a file; empty where there is none.
func (l *Lock) sum(name string) (string, error) {
	sum, err := Folder{l.Root}.Digest(name, maxPlaced, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return sum.SHA256, err
}

// removeStaged removes a staged file that is still there.
func (l *Lock) removeStaged(e entry) error {
	name := filepath.FromSlash(e.Staged)
	if _, err := l.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return l.Remove(name)
}

// takeBack removes what was written before the journal counted, the draft last.
func (l *Lock) takeBack(j *journal) error {
	for _, e := range j.Files {
		if err := l.removeStaged(e); err != nil {
			return err
		}
	}
	for _, folder := range j.Folders {
		_ = l.Remove(filepath.FromSlash(folder)) // one that somebody else wrote into stays
	}
	if err := l.Remove(draft); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// recover completes what a killed run left, or takes it back.
func (l *Lock) recover() error {
	j, err := l.readJournal(draft)
	if errors.Is(err, errHalf) { // it was killed while it wrote the draft, and wrote nothing else
		j, err = &journal{}, nil
	}
	if err == nil && j != nil {
		err = l.takeBack(j)
	}
	if err != nil {
		return err
	}
	j, err = l.readJournal(Journal)
	if err != nil || j == nil {
		return err
	}
	if err := l.complete(j); err != nil {
		return fmt.Errorf("complete what %s began: %w", j.By, err)
	}
	l.Completed = &j.By
	return nil
}

var (
	errHalf       = errors.New("it is no journal, or not a whole one")
	errRepository = errors.New("it names files of a version control system, which no run of this program writes")
)

// repositories are the folders in which version control systems keep what is theirs.
var repositories = []string{".git", ".hg", ".svn", ".bzr", ".jj"}

// isOfRepository reports whether a name below the folder leads into such a folder, through links too.
func (l *Lock) isOfRepository(name string) bool {
	top, err := filepath.EvalSymlinks(l.folder)
	if err != nil || isOfRepository(name) {
		return true // nothing is known of it
	}
	for folder := filepath.Dir(filepath.FromSlash(name)); folder != "." && filepath.IsLocal(folder); folder = filepath.Dir(folder) {
		real, err := filepath.EvalSymlinks(filepath.Join(l.folder, folder))
		if err != nil {
			continue // it is not there yet
		}
		below, err := filepath.Rel(top, real)
		return err != nil || isOfRepository(filepath.ToSlash(below))
	}
	return false
}

// isOfRepository reports whether a name leads into such a folder. A journal can come with a repository, as what its authors have
// written, and they cannot write there: a file of a hook would be run. File systems find such a folder by other spellings too:
// in another case, with invisible characters, with dots and spaces behind it, as a stream, and by its short name.
func isOfRepository(name string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' }), func(element string) bool {
		element, _, _ = strings.Cut(element, ":")
		element = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Cf, r) {
				return -1
			}
			return unicode.ToLower(r)
		}, element)
		return slices.Contains(repositories, strings.TrimRight(element, ". ")) || strings.HasPrefix(element, "git~")
	})
}

// readJournal reads a journal; it answers nil where there is none.
func (l *Lock) readJournal(name string) (*journal, error) {
	content, err := Folder{l.Root}.Read(name, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var j journal
	if err == nil && json.Unmarshal(content, &j) != nil {
		err = errHalf
	}
	names := slices.Clone(j.Folders)
	for _, e := range j.Files {
		if !strings.HasPrefix(path.Base(e.Staged), Staged) {
			err = errHalf
		}
		names = append(names, e.Path, e.Staged)
	}
	if err == nil && slices.ContainsFunc(names, l.isOfRepository) {
		err = errRepository
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: delete it to keep the files as they are", filepath.Join(l.folder, name), err)
	}
	return &j, nil
}
