// Package markup is what the pages of reports and of serve are written with: texts in a language, and the little that gomponents leaves
// open. Elements, attributes and texts are gomponents', which escapes each text and each value; a page is Go, so no program that reads
// templates is in ours.
package markup

import (
	"io"
	"net/url"
	"slices"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
)

// Space is a blank between two elements.
var Space = tag.Raw(" ")

// Phrases put the texts of pages.
type Phrases struct{ wording.Phrases }

// Put is a text of a page in the language.
func (p Phrases) Put(english string) g.Node { return tag.Text(p.Text(english)) }

// Putf is a text of a page with values in it.
func (p Phrases) Putf(format string, values ...any) g.Node { return tag.Text(p.Say(format, values...)) }

// Colon is between what is said of a thing and the thing.
func (p Phrases) Colon() g.Node { return p.Put(": ") }

// Labelled is what a screen reader calls an element.
func (p Phrases) Labelled(english string) g.Node { return tag.Aria("label", p.Text(english)) }

// Forms are the form of a word that fits a number.
func (p Phrases) Forms(n int, singular, plural string) g.Node {
	return tag.Text(p.Plural(n, singular, plural))
}

// Columns are the head of a table.
func (p Phrases) Columns(names ...string) g.Node {
	cells := make(g.Group, len(names))
	for i, name := range names {
		cells[i] = tag.Th(tag.Scope("col"), tag.Text(name))
	}
	return tag.THead(tag.Tr(cells))
}

// Amount is a number in the way of the language.
func (p Phrases) Amount(n int) g.Node { return tag.Text(p.Number(n)) }

// Lines begins a line of the source with each node, so that people and diffs can read a page.
func Lines(nodes ...g.Node) g.Node {
	all := make(g.Group, 0, 2*len(nodes))
	for _, node := range nodes {
		if node != nil {
			all = append(all, tag.Raw("\n"), node)
		}
	}
	return all
}

// Each makes a node of each item, one a line.
func Each[T any](items []T, node func(item T) g.Node) g.Node {
	return Lines(g.Map(items, node)...)
}

// Joined are nodes with a separator between each two.
func Joined(separator g.Node, nodes []g.Node) g.Node {
	var all g.Group
	for i, node := range nodes {
		if i > 0 {
			all = append(all, separator)
		}
		all = append(all, node)
	}
	return all
}

// Later is a part of a page that is made when it is written: of a long page, only one is in memory.
func Later(part func() g.Node) g.Node {
	return g.NodeFunc(func(w io.Writer) error { return part().Render(w) })
}

// schemes are those that links of pages may have.
var schemes = []string{"", "https", "http", "mailto"}

// unsafe is where a link leads that could run something.
const unsafe = "about:invalid"

// Link is the target of a link.
func Link(target string) g.Node { return tag.Href(safe(target)) }

// Target is where a form is sent.
func Target(target string) g.Node { return tag.Action(safe(target)) }

func safe(target string) string {
	if parsed, err := url.Parse(target); err != nil || !slices.Contains(schemes, parsed.Scheme) {
		return unsafe
	}
	return target
}
