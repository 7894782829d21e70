// Package attach stores a file with the evidence, and names it in the YAML: a line is inserted, and everything else stays as
// it was, byte for byte.
package attach

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/artifact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Options say what is attached, and where.
type Options struct {
	File     string
	Evidence string // a folder, or one file
	Section  string
	At       string // pointer to what takes the artifact; empty for the source of the section
	Replace  bool   // an artifact that is there already
	Mapping  string // that derives facts of the file: the name of a shipped one, or a path; empty for none
	// Recognise takes the shipped mapping that reads files of this form, if there is one only, where the one that reads the replaced
	// artifact does not.
	Recognise bool
	Shipped   fs.FS // the mappings that the program contains
	Lock      safefile.Locker
}

// Attached is what was done.
type Attached struct {
	Path   string // of the stored file, relative to the folder of the evidence
	SHA256 string
	At     string // pointer
	InFile string // pointer to the artifact in its file: a list may be in several
	Place  verdict.Location
	Old    string // path of the artifact that was replaced; it stays where it is
	// Proposed are the shipped mappings that read files of this form for this section, where none was asked for.
	Proposed []string
	Mapping  string // path of the mapping that reads the file, relative to the folder of the evidence; empty for none
	Derived  int    // facts that the file tells as the evidence does
	Differs  int    // facts that it tells otherwise
	// Changes are the files that were written, with paths below the folder that has the section.
	Changes []safefile.Change
	// PassedOver are files below the folder of the evidence that are not evidence.
	PassedOver []evidence.Other
	// Unsaved is the text that names the file, where an editor has the text before: then it is not written. Nil where it is.
	Unsaved *Unsaved
}

// Unsaved is a text for an editor, and where the file of it lies.
type Unsaved struct {
	Path string
	Text []byte
}

// Folder is where attached files are stored, below the folder of the evidence.
const Folder = "exports"

// MaxFile is how large an attached file may be, in bytes.
const MaxFile = 256 << 20

// attachment is a file on its way to its place.
type attachment struct {
	Options
	reader  *evidence.Reader
	root    *evidence.Form
	sets    []*evidence.Set
	passed  []evidence.Other
	set     *evidence.Set
	content []byte
	sha256  string
	path    string // where it is stored
	at      string
	inFile  string         // the same place as a pointer into its file: a list may be in several
	old     map[string]any // the artifact that is there already; nil for none
	mapping mappingFile
	locks   []*safefile.Lock // of the folder that was named, and of the one below it that has the section
	done    Attached
}

// Attach stores the file and names it. What it refuses it leaves as it was.
func Attach(reader *evidence.Reader, root *evidence.Form, o Options) (*Attached, error) {
	done, err := attach(reader, root, o)
	var unfit *UnfitError
	if o.Recognise && errors.As(err, &unfit) && len(unfit.Proposed) == 1 { // an export of another tool
		o.Mapping = unfit.Proposed[0]
		return attach(reader, root, o)
	}
	return done, err
}

func attach(reader *evidence.Reader, root *evidence.Form, o Options) (*Attached, error) {
	a := &attachment{Options: o, reader: reader, root: root}
	defer a.release()
	for _, step := range []func() error{a.lockNamed, a.findSection, a.lockFound, a.findPlace, a.readFile, a.findMapping, a.verify} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	done, err := a.write()
	if err == nil {
		done.PassedOver = a.passed
	}
	return done, err
}

// lockNamed locks the folder that is named. Where there is none, reading it says what is wrong.
func (a *attachment) lockNamed() error {
	path := a.reader.Base.Path(a.Evidence)
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil //nolint:nilerr // see above
	case info.IsDir():
		return a.lock(path)
	default:
		return a.lock(filepath.Dir(path))
	}
}

// lockFound locks the folder that has the section, where it lies below the one that is named, and reads it again: another run may
// have written to it since.
func (a *attachment) lockFound() error {
	if a.locks[0].Of(a.folder()) {
		return nil
	}
	if err := a.lock(a.folder()); err != nil {
		return err
	}
	a.set = nil
	return a.findSection()
}

func (a *attachment) lock(folder string) error {
	lock, err := a.Lock.Take(folder)
	if err == nil {
		a.locks = append(a.locks, lock)
	}
	return err
}

func (a *attachment) release() {
	for _, lock := range a.locks {
		lock.Release()
	}
}

func (a *attachment) findSection() error {
	if a.root.Properties.Forms[a.Section] == nil || !evidence.IsSection(a.Section) {
		return errors.New(suggest.Unknown("section", a.Section, a.root.Sections()))
	}
	if a.Evidence == "-" {
		return errors.New("evidence from standard input cannot be written to: name its folder")
	}
	var err error
	if a.sets, a.passed, err = a.reader.Read([]string{a.Evidence}); err != nil {
		return err
	}
	for _, set := range a.sets {
		if _, has := set.Value[a.Section]; !has {
			continue
		}
		if a.set != nil {
			return fmt.Errorf("several services have the section %s in %s: name the folder or the file of one with --evidence", a.Section, a.Evidence)
		}
		a.set = set
	}
	if a.set == nil {
		return fmt.Errorf("the evidence in %s has no section %s: write it first; raci-check init writes a skeleton", a.Evidence, a.Section)
	}
	return nil
}

func (a *attachment) findPlace() error {
	a.at = strings.TrimSuffix(a.At, "/artifact")
	if a.at == "" {
		a.at = document.Pointer(a.Section, "source")
	}
	parts, err := document.Split(a.at)
	if err != nil || len(parts) == 0 {
		return fmt.Errorf("--at %s is no JSON pointer such as /%s/source", a.At, a.Section)
	}
	if parts[0] != a.Section {
		return fmt.Errorf("--at %s is not in the section %s", a.At, a.Section)
	}
	if !a.takes(parts) {
		return fmt.Errorf("%s takes no artifact; in this section these do: %s", a.at, strings.Join(a.places(a.root.Properties.Forms[a.Section], "/"+a.Section), ", "))
	}
	value, present := document.Lookup(a.set.Value, a.at)
	fields, isObject := value.(map[string]any)
	if !present || !isObject {
		return document.At(a.set.Locate(a.at), fmt.Sprintf("there is nothing at %s yet: write its other fields first", a.at))
	}
	if field, occupied := fields["artifact"]; occupied {
		old, isObject := field.(map[string]any)
		switch {
		case !isObject:
			return document.At(a.set.Locate(a.at+"/artifact"), "the artifact here has no path and no digest: delete this line first")
		case !a.Replace && a.Mapping == "":
			return a.occupied(old)
		case len(evidence.DerivationOf(old).Readers) > 0:
			return document.At(a.set.Locate(a.at+"/artifact/derivation"), "collect wrote the artifact here, and its readers read no other file: delete the derivation first")
		}
		a.old = old
	}
	return nil
}

// OccupiedError says that there is an artifact already, and that it was not asked to be replaced.
type OccupiedError struct {
	At   string // pointer to what has the artifact
	Path string // of the artifact, relative to the folder of the evidence
	err  error
}

func (e *OccupiedError) Error() string { return e.err.Error() }

// Unwrap is the error with its place.
func (e *OccupiedError) Unwrap() error { return e.err }

func (a *attachment) occupied(old map[string]any) error {
	path, _ := old["path"].(string)
	message := fmt.Sprintf("%s has an artifact already, %s: replace it with --replace", a.at, path)
	return &OccupiedError{At: a.at, Path: path, err: document.At(a.set.Locate(a.at+"/artifact"), message)}
}

// takes reports whether the schema has an artifact at a place.
func (a *attachment) takes(parts []string) bool {
	form := a.root
	for _, part := range append(parts, "artifact") {
		form = a.root.Resolve(form)
		switch form.Type {
		case "array":
			if _, err := strconv.Atoi(part); err != nil {
				return false
			}
			form = form.Items
		default:
			form = form.Properties.Forms[part]
		}
		if form == nil {
			return false
		}
	}
	return true
}

// places lists what takes an artifact at or below a place, with N for each item of a list.
func (a *attachment) places(form *evidence.Form, pointer string) (places []string) {
	form = a.root.Resolve(form)
	if form.Items != nil {
		return a.places(form.Items, pointer+"/N")
	}
	for _, name := range form.Properties.Names {
		if name == "artifact" {
			places = append(places, pointer)
			continue
		}
		places = append(places, a.places(form.Properties.Forms[name], pointer+"/"+name)...)
	}
	return places
}

// readFile reads the file and refuses what should not be in the evidence.
func (a *attachment) readFile() error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%s: "+format, append([]any{a.File}, args...)...)
	}
	info, err := os.Lstat(a.File)
	switch {
	case err != nil:
		return fmt.Errorf("read the file to attach: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return refuse("this is a symbolic link: name the file that it leads to")
	case info.Size() > MaxFile:
		return refuse("%w: put it into the folder, and write its path and its SHA-256 yourself", &safefile.LimitError{Limit: MaxFile})
	}
	name := filepath.Base(a.File)
	ext := strings.ToLower(filepath.Ext(name))
	switch {
	case !CanBeName(name):
		return refuse("the name has characters that not every system takes, or begins with a full stop or a hyphen, or ends with a full stop or a space: rename the file")
	case ext == ".yaml" || ext == ".yml":
		return refuse("YAML files in the folder are read as evidence: attach the file as JSON, or packed as .gz")
	}
	a.path = path.Join(Folder, name)
	inside, err := within(a.File, a.folder())
	switch {
	case err != nil:
		return fmt.Errorf("read the file to attach: %w", err)
	case inside && a.Mapping != "" && a.isOld(info):
		a.path, _ = a.old["path"].(string)
	case inside:
		return refuse("the file is in the evidence folder already: attach it from outside, so that it is stored once and by one name")
	}
	file, opened, err := safefile.Open(a.File)
	if err != nil {
		return fmt.Errorf("read the file to attach: %w", err)
	}
	defer file.Close()
	if !os.SameFile(info, opened) {
		return refuse("the file was replaced while it was read: try again")
	}
	if a.content, err = safefile.ReadAll(file, MaxFile); err != nil {
		return refuse("%w", err)
	}
	a.sha256 = safefile.Sum(a.content)
	head := a.content[:min(len(a.content), artifact.MaxInspected)]
	problem := a.set.Inspect(a.at+"/artifact", artifact.File{
		Path: a.path, Content: head, Whole: len(head) == len(a.content), Placeholders: a.reader.Placeholders, Read: a.Mapping != "" || a.oldMapping() != "",
	})
	if problem != nil {
		return refuse("the file does not show the facts: %s", problem.Message)
	}
	return nil
}

// maxName is how long the name of an attached file may be, in bytes: what is put beside it for a moment has a name, too.
const maxName = 200

// devices are the names that Windows takes for devices, with any ending.
var devices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ ]*(\..*)?$`)

// CanBeName reports whether a file can be stored under a name on every system: it leads to no other folder, hides nothing and is no
// device.
func CanBeName(name string) bool {
	return name != "" && len(name) <= maxName && utf8.ValidString(name) && document.CheckName(name) == nil && !devices.MatchString(name) &&
		!strings.HasSuffix(name, " ") && !strings.HasSuffix(name, ".") && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "-") &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || strings.ContainsRune(`/\:*?"<>|`, r) })
}

// isOld reports whether a file is the artifact that is there already.
func (a *attachment) isOld(file fs.FileInfo) bool {
	old, _ := a.old["path"].(string)
	info, err := os.Lstat(filepath.Join(a.folder(), filepath.FromSlash(old)))
	return old != "" && err == nil && os.SameFile(info, file)
}

// folder is where the files of the service lie.
func (a *attachment) folder() string {
	return filepath.Dir(a.reader.Base.Path(filepath.FromSlash(a.set.Locate("/" + a.Section).File)))
}

// within reports whether a file lies in a folder or below it.
func within(file, folder string) (bool, error) {
	root, err := os.Stat(folder)
	if err != nil {
		return false, err
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return false, err
	}
	for dir := filepath.Dir(absolute); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || os.SameFile(info, root) {
			return err == nil, err
		}
		if dir == filepath.Dir(dir) {
			return false, nil
		}
	}
}

// verify refuses to attach what is attached, or to take the place of another file.
func (a *attachment) verify() error {
	if a.old == nil {
		return nil
	}
	same := a.old["path"] == any(a.path) && a.old["sha256"] == any(a.sha256)
	before := a.oldMapping()
	at := a.set.Locate(a.at + "/artifact")
	switch {
	case same && (a.mapping.path == "" || a.mapping.path == before):
		return document.At(at, fmt.Sprintf("%s is the artifact here already", a.path))
	case !same && !a.Replace:
		return a.occupied(a.old)
	case a.mapping.path != "" && before != "" && a.mapping.path != before && !a.Replace:
		return document.At(at, fmt.Sprintf("%s reads this artifact already: replace it with --replace", before))
	}
	return nil
}

// stored is the change that stores the file; nil where it is there. Another file of its name gives way only where it is the
// artifact that is replaced, and of nothing else.
func (a *attachment) stored() (*safefile.Change, error) {
	folder, err := safefile.OpenFolder(a.folder())
	if err != nil {
		return nil, fmt.Errorf("open the evidence folder: %w", err)
	}
	defer folder.Close()
	name := filepath.Join(a.folder(), filepath.FromSlash(a.path))
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", name, safefile.ErrNotRegular)
	}
	before, err := folder.Read(a.path, MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &safefile.Change{Path: a.path, After: a.content}, nil
	case err != nil:
		return nil, err
	case bytes.Equal(before, a.content):
		return nil, nil
	case a.old == nil || a.old["path"] != any(a.path):
		return nil, fmt.Errorf("%s: there is another file of this name already: rename the one to attach", name)
	}
	for _, set := range a.sets {
		for _, pointer := range set.Naming(a.path) {
			if set != a.set || pointer != a.at+"/artifact" {
				return nil, document.At(set.Locate(pointer), fmt.Sprintf("the file %s that would be replaced is an artifact here too: rename the one to attach", a.path))
			}
		}
	}
	return &safefile.Change{Path: a.path, Before: before, After: a.content}, nil
}

// text is that of a file of the evidence: an editor's, or that of the disk.
func (a *attachment) text(name string) (text []byte, edited bool, err error) {
	if a.reader.Unsaved != nil {
		if text, edited = a.reader.Unsaved(name); edited {
			return text, true, nil
		}
	}
	text, err = safefile.Read(name, int64(a.reader.Limits.Bytes))
	return text, false, err
}

// write puts the file and the YAML in their places, both or none.
func (a *attachment) write() (*Attached, error) {
	var changes []safefile.Change
	change, err := a.stored()
	if err != nil {
		return nil, err
	}
	if change != nil {
		changes = append(changes, *change)
	}
	if change, err = a.storedMapping(); err != nil {
		return nil, err
	}
	if change != nil {
		changes = append(changes, *change)
	}
	place := a.set.Locate(a.at)
	_, a.inFile = a.set.Within(a.at)
	name := a.reader.Base.Path(filepath.FromSlash(place.File))
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil, document.At(place, "the evidence is not in a regular file: attach to the file itself")
	}
	text, edited, err := a.text(name)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	doc, err := document.Parse(place.File, text, a.reader.Limits)
	if err != nil {
		return nil, err
	}
	after, err := a.edit(doc, text)
	if err != nil {
		return nil, document.At(place, fmt.Sprintf("%v: write it yourself: artifact: %s", err, a.reference()))
	}
	named, err := document.Parse(place.File, after, a.reader.Limits)
	if err == nil {
		err = a.reader.Schema.Validate(named)
	}
	if err != nil {
		return nil, err
	}
	if edited {
		a.done.Unsaved = &Unsaved{name, after}
	} else {
		changes = append(changes, safefile.Change{Path: filepath.Base(name), Before: text, After: after})
	}
	if len(changes) > 0 {
		if err := a.locks[len(a.locks)-1].ReplaceAll(changes); err != nil {
			return nil, fmt.Errorf("attach: %w", err)
		}
	}
	a.done.Changes, a.done.InFile = changes, a.inFile+"/artifact"
	a.done.Path, a.done.SHA256, a.done.At, a.done.Place = a.path, a.sha256, a.at, named.Location(a.inFile+"/artifact")
	if old, _ := a.old["path"].(string); old != a.path {
		a.done.Old = old
	}
	return &a.done, nil
}

func (a *attachment) edit(doc *document.Document, text []byte) ([]byte, error) {
	at := a.inFile + "/artifact"
	if a.old == nil {
		return doc.Edit(text, []document.Change{{Pointer: at, Value: a.artifact(), Shape: onOneLine}}, a.reader.Limits)
	}
	changes := []document.Change{{Pointer: at + "/path", Value: a.path}, {Pointer: at + "/sha256", Value: a.sha256}}
	switch {
	case a.mapping.path == "":
	case a.oldMapping() != "":
		changes = append(changes, document.Change{Pointer: at + "/derivation/mapping", Value: a.mapping.path})
	default:
		changes = append(changes, document.Change{Pointer: at + "/derivation", Value: map[string]any{"mapping": a.mapping.path}, Shape: onOneLine})
	}
	return doc.Edit(text, changes, a.reader.Limits)
}

// artifact is the artifact as the evidence names it.
func (a *attachment) artifact() map[string]any {
	fields := map[string]any{"path": a.path, "sha256": a.sha256}
	if a.mapping.path != "" {
		fields["derivation"] = map[string]any{"mapping": a.mapping.path}
	}
	return fields
}

// onOneLine is how an artifact is written.
func onOneLine(pattern string) document.Shape {
	return document.Shape{Fields: []string{"path", "sha256"}, Flow: true, Quoted: strings.HasSuffix(pattern, "/sha256")}
}

// reference is the artifact in YAML, for somebody who writes it.
func (a *attachment) reference() string {
	derivation := ""
	if a.mapping.path != "" {
		derivation = ", derivation: {mapping: " + document.Text(a.mapping.path) + "}"
	}
	return fmt.Sprintf("{path: %s, sha256: %q%s}", document.Text(a.path), a.sha256, derivation)
}
