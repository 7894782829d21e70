package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// A list that is too long for one file is split over several. The first file has the section, and says in source.parts how many
// files there are; each of the others has source.part, its number, and the rest of the list. A part that is absent is an error:
// a list that is cut would prove the absence of what it lacks.

// PartOf is the number of a part of a section that is not the first; 0 for a section that is whole, and for a first part.
func PartOf(section any) int { return number(section, "/source/part") }

// PartsOf is how many files a section says that it is in; 0 where it is in one.
func PartsOf(section any) int { return number(section, "/source/parts") }

func number(section any, pointer string) int {
	value, _ := document.Lookup(section, pointer)
	text, _ := value.(json.Number)
	n, _ := text.Float64() // the schema has whole numbers alone, which may be written as 2.0 or 2e0
	return int(n)
}

// Part is a section, or a part of one, as a file has it.
type Part struct {
	File   string
	Fields map[string]any
	// Errorf is a defect at a JSON pointer into the file.
	Errorf func(pointer, format string, args ...any) *document.Error
}

// piece is a part that is put together with the others.
type piece struct {
	document *document.Document
	starts   map[string]int // index in the whole list of the first item here, by the name of the list
}

// Join puts the parts of a section together: first is the one with the section, nil where there is none, and more are the others, in
// any order. It answers the fields of the whole, without the number of parts, and where the lists of each part begin. It changes
// none of the parts.
func Join(name string, first *Part, more []Part) (map[string]any, []map[string]int, error) {
	slices.SortStableFunc(more, func(a, b Part) int { return cmp.Compare(PartOf(a.Fields), PartOf(b.Fields)) })
	if err := verifyParts(name, first, more); err != nil {
		return nil, nil, err
	}
	whole := maps.Clone(first.Fields)
	source, _ := whole["source"].(map[string]any)
	source = maps.Clone(source)
	delete(source, "parts")
	whole["source"] = source
	starts := make([]map[string]int, len(more)+1)
	lengths := map[string]int{}
	for i, part := range slices.Concat([]Part{*first}, more) {
		starts[i] = maps.Clone(lengths)
		for field, value := range part.Fields {
			if list, isList := value.([]any); isList {
				lengths[field] += len(list)
			}
		}
	}
	for field, length := range lengths {
		list := make([]any, 0, length)
		for _, part := range slices.Concat([]Part{*first}, more) {
			items, _ := part.Fields[field].([]any)
			list = append(list, items...)
		}
		whole[field] = list
	}
	return whole, starts, nil
}

// verifyParts compares the parts with what the first says of them.
func verifyParts(name string, first *Part, more []Part) error {
	var errs document.Errors
	source := document.Pointer(name, "source")
	if first == nil {
		for _, part := range more {
			errs = append(errs, part.Errorf(source+"/part", "this is part %d of the section %s, and no file has the first part: restore it, or collect again",
				PartOf(part.Fields), name))
		}
		return errs.Sorted()
	}
	parts := max(PartsOf(first.Fields), 1)
	files := map[int]string{} // by the number of the part
	for _, part := range more {
		n := PartOf(part.Fields)
		switch earlier := files[n]; {
		case earlier != "":
			errs = append(errs, part.Errorf(source+"/part", "part %d of the section %s is already given in %s", n, name, earlier))
		case n > parts:
			errs = append(errs, part.Errorf(source+"/part", "this is part %d of the section %s, and by %s there are %d: delete what is left of an earlier collection, or collect again",
				n, name, first.File, parts))
		}
		files[n] = part.File
		for field, value := range part.Fields {
			_, isList := value.([]any)
			below, _ := value.(map[string]any)
			if !isList && (field != "source" || len(below) > 1) {
				errs = append(errs, part.Errorf(document.Pointer(name, field), "a part of a section has lists and the number of the part alone: write this into %s", first.File))
			}
		}
	}
	for n := 2; n <= parts; n++ {
		if files[n] == "" {
			errs = append(errs, first.Errorf(source+"/parts", "the section %s is in %d files, and part %d is not there: restore it, or collect again", name, parts, n))
		}
	}
	return errs.Sorted()
}

// join puts together the sections that are in several files.
func (s *Set) join() error {
	names := maps.Clone(s.more)
	for name := range s.documents {
		if PartsOf(s.Value[name]) > 0 {
			names[name] = s.more[name]
		}
	}
	var errs document.Errors
	for _, name := range slices.Sorted(maps.Keys(names)) {
		var first *Part
		if doc := s.documents[name]; doc != nil {
			fields, _ := s.Value[name].(map[string]any)
			first = &Part{doc.Name(), fields, doc.Errorf}
		}
		whole, starts, err := Join(name, first, names[name])
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		s.Value[name] = whole
		s.pieces[name] = []piece{{s.documents[name], starts[0]}}
		for i, part := range names[name] {
			s.pieces[name] = append(s.pieces[name], piece{s.byName[part.File], starts[i+1]})
		}
	}
	return errs.Sorted()
}

// verifySets refuses an item of a list that is in two parts of a section, where the form has a set of items: a part alone does not
// show it.
func (r *Reader) verifySets(s *Set) error {
	var errs document.Errors
	for _, section := range slices.Sorted(maps.Keys(s.pieces)) {
		properties := r.fieldsOf(section)
		for _, field := range slices.Sorted(maps.Keys(properties)) {
			pointer := document.Pointer(section, field)
			list, _ := s.Value[section].(map[string]any)[field].([]any)
			if form, _ := properties[field].(map[string]any); form["uniqueItems"] != true {
				continue
			}
			seen := make(map[[sha256.Size]byte]int, len(list)) // digests, because a list may be as long as a domain is large
			for i, item := range list {
				content, err := json.Marshal(item)
				if err != nil {
					return fmt.Errorf("encode %s: %w", pointer, err)
				}
				key := sha256.Sum256(content)
				earlier, again := seen[key]
				if !again {
					seen[key] = i
					continue
				}
				at := s.Locate(pointer + document.Pointer(strconv.Itoa(earlier)))
				errs = append(errs, document.At(s.Locate(pointer+document.Pointer(strconv.Itoa(i))),
					fmt.Sprintf("this item is the same as the one at %s:%d: list each only once", at.File, at.Line)))
			}
		}
	}
	return errs.Sorted()
}

// FilesOf lists the files that a section is in, by their names as Files has them; empty where there is no such section.
func (s *Set) FilesOf(section string) []string {
	var files []string
	for _, piece := range s.pieces[section] {
		files = append(files, filepath.ToSlash(piece.document.Name()))
	}
	if doc := s.documents[section]; doc != nil && len(files) == 0 {
		files = append(files, filepath.ToSlash(doc.Name()))
	}
	return files
}

// Within answers the document that a JSON pointer into the evidence of the set stands in, or would stand in, and the pointer there.
func (s *Set) Within(pointer string) (*document.Document, string) {
	name, below, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	doc := s.documents[name]
	if nth, isOneOfSeveral := strings.CutPrefix(pointer, preparedBy+"/"); isOneOfSeveral {
		files := s.differing(preparedBy)
		if i, err := strconv.Atoi(nth); err == nil && i < len(files) {
			return files[i], preparedBy
		}
	}
	if doc == nil {
		return cmp.Or(s.named[name], s.first), pointer // a section that is absent belongs into the file of its name
	}
	field, rest, isBelow := strings.Cut(below, "/")
	index, rest, _ := strings.Cut(rest, "/")
	at, err := strconv.Atoi(index)
	if !isBelow || err != nil {
		return doc, pointer
	}
	lengths := make([]int, len(s.pieces[name]))
	for i, piece := range s.pieces[name] {
		value, _ := piece.document.Lookup(document.Pointer(name) + "/" + field)
		list, _ := value.([]any)
		lengths[i] = len(list)
	}
	part, at := PartWith(lengths, at)
	if part < 0 {
		return doc, pointer
	}
	pointer = document.Pointer(name) + "/" + field + "/" + strconv.Itoa(at)
	if rest != "" {
		pointer += "/" + rest
	}
	return s.pieces[name][part].document, pointer
}

// PartWith is the part of a section that has an item of a list, of which each part has so many, and the index of the item there. An
// item behind the last belongs into the last part that has any; -1 where none has.
func PartWith(lengths []int, item int) (part, index int) {
	part = -1
	start := 0
	for i, length := range lengths {
		if length > 0 && item >= start {
			part, index = i, item-start
		}
		start += length
	}
	return part, index
}
