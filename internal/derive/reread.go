package derive

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/merge"
	kept "github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/reread"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// reread reads the facts of raw answers that collect kept. The error is for a derivation that does not fit the file. A file of an
// earlier version is not read: its facts stay attached.
func (r *artifactReader) reread(derivation evidence.Derivation) error {
	path := derivation.Artifact.Path
	refuse := func(format string, values ...any) error {
		return document.At(r.set.Locate(derivation.Pointer+"/derivation"), path+" "+fmt.Sprintf(format, values...))
	}
	spoiled := func(format string, values ...any) {
		r.spoiled(derivation, "Collect the facts again, or restore the file that collect wrote.",
			"the artifact %s, read by the reader %s, %s", path, strings.Join(derivation.Readers, ", "), fmt.Sprintf(format, values...))
	}
	content, err := r.set.ReadFile(derivation.Artifact, kept.MaxRead)
	if err != nil {
		spoiled("cannot be read: %v", err)
		return nil
	}
	file, err := kept.DecodeKept(path, content)
	if errors.Is(err, kept.ErrNotKept) {
		return refuse("has no raw answers to read (%v): name a mapping that reads it, or delete the derivation", err)
	}
	if err != nil {
		spoiled("cannot be read: %v", err)
		return nil
	}
	about := shownBy(derivation)
	name, _, _ := strings.Cut(about[1:], "/")
	sources := kept.Kinds(file.Sources())
	switch {
	case file.Version > kept.Version:
		return refuse("has the version %d, supported is %d: assess with the version of raci-check that collected it, or a later one", file.Version, kept.Version)
	case file.Version < kept.Version:
		return nil
	case file.Section != name || !strings.EqualFold(file.Service, r.set.Service.ID):
		return refuse("has the raw answers for the section %s of %s: delete the derivation, or name the file of this section", file.Section, file.Service)
	case !sameKinds(sources, derivation.Readers):
		return refuse("has the raw answers of %s: write %s", cmp.Or(strings.Join(sources, ", "), "no source"), written(sources))
	}
	at, err := r.collectedAt(name)
	if err != nil {
		spoiled("is not read: %v", err)
		return nil
	}
	section, err := reread.Read(file, at, r.form)
	if err != nil {
		spoiled("cannot be read: %v", err)
		return nil
	}
	places := r.places(section)
	unread := false
	c := comparer{
		artifactReader: r, derivation: derivation, section: section.Section, fields: section.Fields, whole: about == "/"+name,
		place: func(fact merge.Comparison) string { return places.of(fact) },
		skip: func(fact merge.Comparison) bool {
			pattern := document.Pattern(fact.Written.Pointer)
			switch {
			case !file.Reads(pattern):
				unread = true
				return true
			case fact.Item && fact.Told.Value == nil: // people may add items to those that sources list
				return true
			default:
				return fact.Item && fact.Written.Value == nil && slices.Contains(section.OnlyAdd, pattern)
			}
		},
	}
	if len(r.set.Unproved) > 0 { // only then somebody asks
		c.service = places.ofService
	}
	if !c.compare(about) && !unread {
		spoiled("does not mention %s", about)
	}
	return nil
}

// collectedAt is the time of the collection of a section.
func (r *reader) collectedAt(section string) (time.Time, error) {
	value, _ := document.Lookup(r.set.Value, "/"+section+"/source/collected_at")
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("/%s/source has no collected_at, and what had ended by then is not a fact", section)
	}
	return at, nil
}

// sameKinds reports whether two lists name the same kinds of sources.
func sameKinds(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// written is the derivation to write for kinds of sources.
func written(kinds []string) string {
	switch len(kinds) {
	case 0:
		return "no derivation"
	case 1:
		return "derivation: {reader: " + kinds[0] + "}"
	default:
		return "derivation: {readers: [" + strings.Join(kinds, ", ") + "]}"
	}
}

// places are where facts were read, by the pointer to them with the identities of list items.
type places map[string][]placed

type placed struct {
	value   any
	origin  string
	service bool // the service answered it
}

// places finds where each source tells a fact: of what is joined, a part alone knows it.
func (r *reader) places(section *reread.Section) places {
	all := places{}
	fields, _ := r.set.Value[section.Name].(map[string]any)
	for _, part := range section.Parts {
		section.Compare(fields, part.Fields, func(fact merge.Comparison) {
			if fact.Told.Value != nil {
				all[fact.Named] = append(all[fact.Named], placed{fact.Told.Value, originOf(part.Origins, fact.Told.Pointer), part.Service})
			}
		})
	}
	return all
}

// ofService reports whether the service itself answered a fact.
func (p places) ofService(fact merge.Comparison) bool {
	return slices.ContainsFunc(p[fact.Named], func(place placed) bool { return place.service && reflect.DeepEqual(place.value, fact.Told.Value) })
}

// of is where a fact was read: by the source that tells this value, or else by the first one that tells it.
func (p places) of(fact merge.Comparison) string {
	all := p[fact.Named]
	at := slices.IndexFunc(all, func(place placed) bool { return reflect.DeepEqual(place.value, fact.Told.Value) })
	switch {
	case len(all) == 0:
		return "/answers"
	case at < 0:
		at = 0
	}
	return cmp.Or(all[at].origin, "/answers")
}
