// Package reread reads the raw answers again that collect keeps beside the evidence, by the code that collect fills evidence with.
// It opens no connection.
package reread

import (
	"fmt"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/reader/file"
	"github.com/raci-check/raci-check/internal/collect/reader/kmip"
	"github.com/raci-check/raci-check/internal/collect/reader/okms"
	"github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
	"github.com/raci-check/raci-check/internal/collect/reader/terraform"
	"github.com/raci-check/raci-check/internal/evidence"
)

// Readers are the readers that there are, by the kind of source. A new one is a package below internal/collect/reader, a line here
// and a word in the schema of evidence.
var Readers = []reader.Reader{file.Reader, file.HTTP, kmip.Reader, okms.Reader, ovhcloud.Reader, terraform.Reader}

// Find is the reader of a kind of source.
func Find(kind string) (reader.Reader, bool) {
	at := slices.IndexFunc(Readers, func(r reader.Reader) bool { return r.Name == kind })
	if at < 0 {
		return reader.Reader{}, false
	}
	return Readers[at], true
}

// Section is what the kept answers tell of a section.
type Section struct {
	merge.Section
	Fields  map[string]any // of all sources, joined
	OnlyAdd []string       // pointers of the lists in Fields whose items only people list
	Parts   []Part         // of each source
}

// Part is what one source tells of a section.
type Part struct {
	reader.Part
	Service bool // the source answers for the service: reader.Reader
}

// Read reads what is kept of a section. Its facts are those of the time of the collection.
func Read(kept *reader.Kept, at time.Time, form *evidence.Form) (*Section, error) {
	section := &Section{Section: merge.Section{Root: form, Form: form.Properties.Forms[kept.Section], Name: kept.Section}}
	if section.Form == nil {
		return nil, fmt.Errorf("there is no section %s", kept.Section)
	}
	var all []merge.Facts
	for _, source := range kept.Sources() {
		by, reads := Find(reader.Kind(source))
		if !reads {
			return nil, fmt.Errorf("the answers of %s: no reader reads them", source)
		}
		part, err := by.Read(reader.Request{Section: kept.Section, Service: kept.Service, At: at, Form: form, Answers: kept.Of(source)})
		if err == nil && part.Fields != nil {
			part.Fields, err = reader.Plain(part.Fields)
		}
		if err != nil {
			return nil, fmt.Errorf("the answers of %s: %w", source, err)
		}
		if part.Fields == nil {
			continue
		}
		section.Parts = append(section.Parts, Part{part, by.Service})
		all = append(all, Facts(source, part))
	}
	joined, err := section.Join(all)
	if err != nil {
		return nil, err
	}
	section.Fields, _ = joined.Value.(map[string]any)
	section.OnlyAdd = joined.Adds
	return section, nil
}

// Facts are what a part adds to a section.
func Facts(source string, part reader.Part) merge.Facts {
	return merge.Facts{Source: source, Fields: part.Fields, Joins: part.Joins, Extends: part.Extends}
}
