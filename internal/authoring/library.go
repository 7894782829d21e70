package authoring

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/waiver"
)

const (
	kindEvidence   = "Evidence"
	kindWaivers    = "Waivers"
	kindParameters = "Parameters"
	kindMapping    = "Mapping"
	kindCollect    = "Collect"
)

// Library is what helps to write the files of a ruleset. It is safe for concurrent use. It keeps what it read of the texts that were used
// last, by their content.
type Library struct {
	// At answers the time that actions put down as now; nil for no such actions. It is set before the library is used.
	At func() time.Time
	// Language is what texts are written in; nil for English. It is set before the library is used.
	Language *translate.Translator

	grammars     map[string]*grammar
	described    *evidence.Form
	checks       []policy.Check
	byID         map[string]policy.Check
	readers      map[string][]string // checks by the pointers of fields
	parameters   *parameter.Set
	values       map[string]any // of parameters
	reference    map[string]any
	placeholders *placeholder.List
	activities   []raci.Activity
	regions      []string

	mutex sync.Mutex
	texts map[string]*text // by content
	bytes int              // of all of them
	uses  int              // counts what was asked for
}

func Open(rules ruleset.Ruleset) (*Library, error) {
	l := &Library{grammars: map[string]*grammar{}, byID: map[string]policy.Check{}, texts: map[string]*text{}}
	set, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	l.checks = set.Checks()
	for _, check := range l.checks {
		l.byID[check.ID] = check
	}
	l.readers = policy.Readers(l.checks, set.Seen())
	if l.parameters, err = rules.Parameters(); err != nil {
		return nil, err
	}
	l.values = l.parameters.Values()
	if l.reference, err = rules.Reference(); err != nil {
		return nil, err
	}
	if l.placeholders, err = rules.Placeholders(); err != nil {
		return nil, err
	}
	if l.regions, err = rules.Regions(); err != nil {
		return nil, err
	}
	reading, err := rules.Reading("")
	if err != nil {
		return nil, err
	}
	l.activities = reading.Activities
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	if l.described, err = format.Describe(); err != nil {
		return nil, err
	}
	for kind, raw := range map[string][]byte{
		kindEvidence: format.Schema, kindWaivers: waiver.Schema, kindParameters: l.parameters.Schema(), kindMapping: mapping.Schema,
		kindCollect: collect.ConfigSchema(source.All),
	} {
		if l.grammars[kind], err = newGrammar(kind, raw); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// text is what is known of a text.
type text struct {
	*outline.Outline
	grammar *grammar // nil where the kind of the file is not known
	used    int
	names   func() *names
	differs func() outline.ID // where the outline has something else than the reader of documents, which is the top where that cannot read it
}

const (
	mostTexts = 4096
	mostBytes = 96 << 20
)

// read is what is known of a text: what an earlier call read, where it was the same.
func (l *Library) read(content []byte) *text {
	l.mutex.Lock()
	kept := l.texts[string(content)] // compares without a copy
	l.uses++
	if kept != nil {
		kept.used = l.uses
	}
	l.mutex.Unlock()
	if kept != nil {
		return kept
	}
	t := &text{Outline: outline.Of(content)}
	t.grammar = l.grammars[l.kind(t.Outline)]
	t.names = sync.OnceValue(func() *names { return l.namesOf(t) })
	t.differs = sync.OnceValue(t.difference)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if earlier := l.texts[t.Text()]; earlier != nil {
		return earlier
	}
	t.used = l.uses
	l.texts[t.Text()] = t
	l.bytes += len(content)
	l.forget()
	return t
}

// forget drops the texts that were used longest ago, where there are too many.
func (l *Library) forget() {
	for len(l.texts) > mostTexts || l.bytes > mostBytes && len(l.texts) > 1 {
		var oldest *text
		for _, t := range l.texts {
			if oldest == nil || t.used < oldest.used {
				oldest = t
			}
		}
		delete(l.texts, oldest.Text())
		l.bytes -= len(oldest.Text())
	}
}

// kind is that of a file: what it says, or else what its fields are of.
func (l *Library) kind(o *outline.Outline) string {
	if id, ok := o.Find("/kind"); ok {
		if kind, ok := o.Scalar(id); ok && l.grammars[kind] != nil {
			return kind
		}
	}
	best, most := "", 0
	for _, kind := range slices.Sorted(maps.Keys(l.grammars)) {
		count := 0
		for id := o.First(outline.Top); id != outline.None; id = o.Next(id) {
			if !o.IsField(id) {
				return ""
			}
			name := o.Key(id)
			_, is := l.grammars[kind].root.Properties.forms[name]
			if is && !slices.Contains([]string{"api_version", "kind"}, name) {
				count++
			}
		}
		if count > most {
			best, most = kind, count
		}
	}
	return best
}

type file struct {
	*text
	name string
}

// view is all files of the folder, by name.
type view struct {
	*Library
	files []file
}

func (l *Library) folder(files Files) view {
	v := view{Library: l}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		v.files = append(v.files, file{l.read(files[name]), name})
	}
	return v
}

func (v view) file(name string) (file, bool) {
	i := slices.IndexFunc(v.files, func(f file) bool { return f.name == name })
	if i < 0 {
		return file{}, false
	}
	return v.files[i], true
}

func (v view) ofKind(kind string) []file {
	var all []file
	for _, f := range v.files {
		if f.grammar != nil && f.grammar.kind == kind {
			all = append(all, f)
		}
	}
	return all
}

// span is a part of a file, by offsets.
func (f file) span(start, end int) Span {
	return Span{f.name, f.Position(start), f.Position(end)}
}

// here is a place in a file.
type here struct {
	view view
	file file
	outline.Place
	spot   spot // what the grammar says of the field or item; of what is between them, of what they are in
	offset int
}

// look says what stands at a place; false where the file is not there, or nothing is known of it.
func (l *Library) look(files Files, name string, at document.Position) (here, bool) {
	content, is := files[name]
	if !is {
		return here{}, false
	}
	f := file{l.read(content), name}
	h := here{view: view{Library: l}, file: f, offset: f.Offset(at)}
	h.Place = f.At(h.offset)
	switch {
	case f.grammar == nil || h.Where == outline.Nowhere:
		return h, false
	case h.Where == outline.Between:
		h.spot = f.grammar.of(f.Outline, h.Around)
	default:
		h.spot = f.grammar.of(f.Outline, h.Node)
	}
	return h, true
}

// located are the places that a pointer into the evidence stands for: one in a section, and several in what each file says.
func (v view) located(pointer string) []Span {
	if f, id, is := v.find(pointer); is {
		return []Span{f.opening(id)}
	}
	var all []Span
	for _, f := range v.ofKind(kindEvidence) {
		if id, is := f.Find(pointer); is && id != outline.Top && !evidence.IsSection(section(pointer)) {
			all = append(all, f.opening(id))
		}
	}
	return all
}

// opening is the key of a field, or the first line of an item.
func (f file) opening(id outline.ID) Span {
	if start, end := f.KeySpan(id); start < end {
		return f.span(start, end)
	}
	start, end := f.ValueSpan(id)
	return f.span(start, min(end, lineEnd(f, start)))
}

// find is what a pointer into a section of the evidence stands for. A list that is split over several files goes on in the next of them.
func (v view) find(pointer string) (file, outline.ID, bool) {
	path, err := document.Split(pointer)
	if err != nil || len(path) == 0 || !evidence.IsSection(path[0]) {
		return file{}, outline.None, false
	}
	type piece struct {
		file file
		part int
	}
	var pieces []piece
	for _, f := range v.ofKind(kindEvidence) {
		if id := f.Child(outline.Top, path[0]); id != outline.None {
			part := 0
			if number, is := f.Find(document.Pointer(path[0], "source", "part")); is {
				text, _ := f.Scalar(number)
				part, _ = strconv.Atoi(text)
			}
			pieces = append(pieces, piece{f, part})
		}
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.part - b.part })
	for _, p := range pieces {
		if id, is := p.file.Find(document.Pointer(path...)); is && (p.part == 0 || len(path) > 2) {
			return p.file, id, true
		}
		if len(path) > 2 {
			if i, err := strconv.Atoi(path[2]); err == nil {
				list, is := p.file.Find(document.Pointer(path[:2]...))
				if last := p.file.Last(list); is && last != outline.None {
					path[2] = strconv.Itoa(i - p.file.Index(last) - 1)
				}
			}
		}
	}
	return file{}, outline.None, false
}

// lineEnd is where the line ends that an offset is in.
func lineEnd(f file, offset int) int {
	_, end := f.LineSpan(f.Line(offset))
	return end
}

// beside is the name of a file in the folder of another.
func beside(name, other string) string { return path.Join(path.Dir(name), other) }
