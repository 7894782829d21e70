// Package artifact looks into the files that evidence names: whether a file shows anything, and whether it is what its name
// says. It judges no fact: what a file says of the service is compared elsewhere. It reads no more than it is given, and its
// messages repeat nothing of a file's content.
package artifact

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/verdict"
)

// MaxInspected is how much of a file is looked at, in bytes: as much as a file of evidence may have. Of a larger file only the
// beginning is, and what needs the whole is not said of it.
const MaxInspected = 8 << 20

// File is a file and what the evidence says about it.
type File struct {
	Path    string
	Content []byte // all of it, or its beginning
	Whole   bool   // the content is all of it
	Service string // id of the service that the evidence is about
	Section string // the section whose source names the file; empty for the record of one event
	Method  string // of that source
	Read    bool   // a mapping reads it: an empty list in the record of an event may tell that nothing was found
	// Populous reports whether the evidence lists something, so that an empty list cannot show it; it is asked of an empty one.
	Populous func() bool
	// Placeholders are the texts that stand for a value that is not known yet; nil for none.
	Placeholders *placeholder.List
}

// Problem is why a file does not show what it is named for.
type Problem struct {
	Status  verdict.Status // missing: it shows nothing; fail: it is something else than its name says
	Message string         // what the file is, as "it is empty"
}

func nothing(message string) *Problem { return &Problem{verdict.Missing, message} }

func contradiction(message string) *Problem { return &Problem{verdict.Fail, message} }

// Inspect answers what is wrong with a file; nil where nothing is.
func Inspect(file File) *Problem { return inspect(file, 0) }

// inspect is Inspect of a file that lies so many archives deep.
func inspect(file File, depth int) *Problem {
	switch {
	case len(file.Content) == 0 && file.Whole:
		return nothing("it is empty")
	case blank(file.Content):
		if file.Whole {
			return nothing("it holds only white space")
		}
		return nothing("it begins with nothing but white space")
	}
	ext := strings.ToLower(path.Ext(file.Path))
	if form, isBinary := binaries[ext]; isBinary {
		return form.inspect(file, ext, depth)
	}
	text := decoded(file.Content)
	if form, isText := texts[ext]; isText {
		if kind := sniffed(text); kind != "" && !(kind == pageKind && form.page) {
			return contradiction("it is " + kind + ", not " + form.name)
		}
		if form.inspect != nil {
			if problem := form.inspect(file, text); problem != nil {
				return problem
			}
		}
	}
	return anyText(file, ext, text)
}

// blank reports whether there is nothing but white space, zero bytes and byte order marks.
func blank(content []byte) bool {
	return bytes.IndexFunc(decoded(content), func(r rune) bool { return !blankRune(r) }) < 0
}

func blankRune(r rune) bool {
	return r == 0 || r == '\ufeff' || r == '\u200b' || r == '\u00a0' || strings.ContainsRune(" \t\r\n\v\f\u0085\u2028\u2029", r)
}

// decoded is a text in UTF-8, without a byte order mark. Some shells write UTF-16.
func decoded(content []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(content, []byte("\xfe\xff")):
		order = binary.BigEndian
	case wide(content):
		order, content = binary.LittleEndian, append([]byte("\xff\xfe"), content...)
	default:
		return bytes.TrimPrefix(content, []byte("\ufeff"))
	}
	units := make([]uint16, 0, len(content)/2)
	for rest := content[2:]; len(rest) > 1; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	text := make([]byte, 0, len(units))
	for _, r := range utf16.Decode(units) {
		text = utf8.AppendRune(text, r)
	}
	return text
}

// wide reports whether a content seems to be UTF-16 without a mark: each second byte of its beginning is zero, and no other.
func wide(content []byte) bool {
	head := content[:min(len(content), 64)&^1]
	for i, b := range head {
		if (b == 0) != (i%2 == 1) {
			return false
		}
	}
	return len(head) > 0
}

// imageKind is what the signatures of all images are called.
const imageKind = "an image"

const pageKind = "an HTML page"

// sniffed says what a content is that is no text of the expected form; empty where it may be.
func sniffed(text []byte) string {
	for _, form := range signed {
		for _, signature := range form.signatures {
			if bytes.HasPrefix(text, []byte(signature)) {
				return form.name
			}
		}
	}
	switch {
	case isPage(text):
		return pageKind
	case bytes.IndexByte(text, 0) >= 0:
		return "binary data"
	}
	return ""
}

// isPage reports whether a text begins as HTML does.
func isPage(text []byte) bool {
	text = bytes.TrimLeftFunc(text[:min(len(text), 4<<10)], blankRune)
	for bytes.HasPrefix(text, []byte("<!--")) {
		_, after, closed := bytes.Cut(text, []byte("-->"))
		if !closed {
			return false
		}
		text = bytes.TrimLeftFunc(after, blankRune)
	}
	beginning := strings.ToLower(string(text[:min(len(text), 16)]))
	for _, tag := range []string{"<!doctype html", "<html", "<head>", "<body"} {
		if strings.HasPrefix(beginning, tag) {
			return true
		}
	}
	return false
}
