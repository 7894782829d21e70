package text

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// style is a set of SGR parameters; empty for plain text.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

// span is text in one style.
type span struct {
	text  string
	style style
}

// printer lays out lines. All text goes through line, which is what makes it safe.
type printer struct {
	out   *bufio.Writer // keeps the first error until it is flushed
	width int
	color bool
	words wording.Phrases
}

func newPrinter(w io.Writer, o Options) *printer {
	return &printer{out: bufio.NewWriter(w), width: cmp.Or(max(o.Width, 0), defaultWidth), color: o.Color, words: wording.In(o.Words)}
}

// line prints one line without wrapping it.
func (p *printer) line(spans ...span) {
	spans = slices.Clone(spans)
	begun := false
	for i, s := range spans {
		spans[i].text = sanitize.Text(s.text)
		if !begun {
			spans[i].text = sanitize.Start(spans[i].text)
			begun = strings.TrimSpace(s.text) != ""
		}
	}
	for i := len(spans) - 1; i >= 0; i-- {
		if spans[i].text = strings.TrimRight(spans[i].text, " "); spans[i].text != "" {
			break
		}
	}
	for _, s := range spans {
		if p.color && s.style != plain && s.text != "" {
			s.text = "\x1b[" + string(s.style) + "m" + s.text + "\x1b[0m"
		}
		p.out.WriteString(s.text)
	}
	p.out.WriteByte('\n')
}

// flow prints the words of spans, wrapped at the width. The first line begins with first and the others with hang.
func (p *printer) flow(first, hang span, spans ...span) {
	line, used, atStart := []span{first}, columns(first.text), true
	for _, s := range spans {
		for _, word := range p.fields(sanitize.Text(s.text)) {
			for i, piece := range pieces(word) {
				if i == 0 && !atStart {
					piece = " " + piece
				}
				if !atStart && used+columns(piece) > p.width {
					p.line(line...)
					line, used, atStart = []span{hang}, columns(hang.text), true
					piece = strings.TrimPrefix(piece, " ")
				}
				if atStart && strings.TrimSpace(line[0].text) == "" {
					piece = sanitize.Start(piece)
				}
				if last := &line[len(line)-1]; len(line) > 1 && last.style == s.style {
					last.text += piece
				} else {
					line = append(line, span{piece, s.style})
				}
				used += columns(piece)
				atStart = false
			}
		}
	}
	p.line(line...)
}

// fields are the words of a text. In French, a mark such as a colon stands apart from the word that it ends, and in its line.
func (p *printer) fields(text string) []string {
	all := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' }) // which breaks no line
	if p.words.Words == nil {
		return all
	}
	var joined []string
	for _, word := range all {
		if last := len(joined) - 1; last >= 0 && strings.ContainsAny(word[:1], ":;?!%") {
			joined[last] += " " + word
			continue
		}
		joined = append(joined, word)
	}
	return joined
}

// item prints text with a hanging indent.
func (p *printer) item(indent, hang int, spans ...span) {
	p.flow(span{text: blank(indent)}, span{text: blank(hang)}, spans...)
}

// quote prints text behind a bar.
func (p *printer) quote(indent int, spans ...span) {
	bar := span{blank(indent) + "│ ", dim}
	p.flow(bar, bar, spans...)
}

// field prints a label and its texts beside it, one below the other; nothing where there are none.
func (p *printer) field(indent, labelWidth int, label string, texts ...string) {
	label = p.words.Text(label)
	hang := span{text: blank(indent + labelWidth)}
	first := span{blank(indent) + pad(label, labelWidth), dim}
	for _, text := range texts {
		if text != "" {
			p.flow(first, hang, span{text: text})
			first = hang
		}
	}
}

// section prints a heading, in English or a text of the language, after an empty line.
func (p *printer) section(title string) {
	p.line()
	p.line(span{p.words.Text(title), bold})
}

// flushed writes out what is left, and names what could not be written.
func flushed(out *bufio.Writer, subject string) error {
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write text %s: %w", subject, err)
	}
	return nil
}
