package consistency

import (
	"hash/maphash"
	"slices"

	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/spelling"
)

// Mark is something that stands for one domain alone: the id of an object of the domain, or what an interface or a tool
// answered about it.
type Mark struct {
	Pointer string
	What    string // its kind
	Text    string
}

// artifactMark is the kind of the marks that are artifacts.
const artifactMark = "artifact"

// Marks lists the marks in the sections that are about one domain, in a fixed order. An id that is no UUID is a label, which
// two domains may both have. A document may be about several domains.
func (p *Plan) Marks(evidence map[string]any) []Mark {
	var marks []Mark
	if p == nil {
		return nil
	}
	for _, section := range p.root.names {
		value, hasSection := evidence[section]
		if !hasSection || p.sections[section] != Domain {
			continue
		}
		at := &place{up: &place{}, key: section}
		if method, _ := lookup(value, "source/method").(string); method == "api" || method == "export" {
			if digest, ok := lookup(value, "source/artifact/sha256").(string); ok && !p.empty(section, value) {
				marks = append(marks, Mark{document.Pointer(section, "source", "artifact", "sha256"), artifactMark, digest})
			}
		}
		marks = p.ids(marks, p.root.fields[section], value, at)
	}
	return marks
}

// empty reports whether a section that can list objects lists none: what was read about nothing may be the same for all.
func (p *Plan) empty(section string, value any) bool {
	n := p.root.fields[section]
	return n != nil && n.registry && !lists(n, value)
}

// lists reports whether an id stands in a part of the evidence.
func lists(n *node, value any) bool {
	if n == nil || !n.registry {
		return false
	}
	switch v := value.(type) {
	case map[string]any:
		return slices.ContainsFunc(n.names, func(name string) bool { return lists(n.fields[name], v[name]) })
	case []any:
		return slices.ContainsFunc(v, func(below any) bool { return lists(n.items, below) })
	case string:
		return n.text != nil && (n.text.id != "" || n.text.alias != "")
	}
	return false
}

// ids adds the ids below a place.
func (p *Plan) ids(marks []Mark, n *node, value any, at *place) []Mark {
	if n == nil || !n.registry {
		return marks
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range n.names {
			if below, hasField := v[name]; hasField {
				marks = p.ids(marks, n.fields[name], below, &place{up: at, key: name})
			}
		}
	case []any:
		for i, below := range v {
			marks = p.ids(marks, n.items, below, &place{up: at, item: i, list: true})
		}
	case string:
		if n.text != nil && n.text.id != "" && len(v) == len(uuid.Nil.String()) && uuid.Validate(v) == nil {
			marks = append(marks, Mark{at.pointer(), n.text.id, spelling.Fold(v)})
		}
	}
	return marks
}

// Owners remembers which evidence of a run has which mark, in little memory: of each mark a hash, and the number of the
// evidence.
type Owners struct {
	seed   maphash.Seed
	owners map[uint64]int32
}

// NewOwners remembers nothing yet.
func NewOwners() *Owners { return &Owners{maphash.MakeSeed(), map[uint64]int32{}} }

// Claim notes the marks of an evidence, and answers those that an earlier one seems to have, with its number. What only seems
// so must be looked at: hashes can be the same.
func (o *Owners) Claim(number int, marks []Mark) (claimed map[int][]Mark) {
	for _, mark := range marks {
		hash := maphash.Comparable(o.seed, [2]string{mark.What, mark.Text})
		earlier, isClaimed := o.owners[hash]
		switch {
		case !isClaimed:
			o.owners[hash] = int32(number)
		case int(earlier) != number:
			if claimed == nil {
				claimed = map[int][]Mark{}
			}
			claimed[int(earlier)] = append(claimed[int(earlier)], mark)
		}
	}
	return claimed
}
