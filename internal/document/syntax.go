package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parseTree reads the nodes of the one document that data holds. With a root there can be an error too: of what
// follows the document.
func parseTree(file string, data []byte) (root *yaml.Node, errs Errors) {
	if line := directiveLine(data); line > 0 {
		return nil, Errors{defect(file, line, 1, noDirectives)}
	}
	first, rest, err := decode(bytes.NewReader(data))
	switch {
	case errors.Is(err, io.EOF):
		return nil, Errors{defect(file, 1, 1, "the file is empty or has only comments: write the fields, or delete it")}
	case err != nil:
		errs = Errors{syntaxError(file, data, err)}
	case rest != nil:
		errs = Errors{defect(file, rest.Line, rest.Column, "a second document begins here: a file can have only one, move this to its own file")}
	}
	if first != nil {
		root = first.Content[0]
	}
	return root, errs
}

// directiveLine is the first line of a directive before a document; 0 when there is none. A directive changes what the rest
// means, or claims a version of YAML that reads it differently; and yaml.v3 compares each with all before it.
func directiveLine(data []byte) int {
	line, outside := 0, true
	for text := range bytes.Lines(bytes.TrimPrefix(data, []byte(byteOrderMark))) {
		line++
		switch {
		case outside && text[0] == '%':
			return line
		case bytes.HasPrefix(text, []byte("...")):
			outside = true
		case outside:
			text = bytes.TrimSpace(text)
			outside = len(text) == 0 || text[0] == '#'
		}
	}
	return 0
}

// decode reads the first document, and the second one where there is any; io.EOF says that there is none at all.
func decode(r io.Reader) (first, second *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			first, second, err = nil, nil, errors.New("yaml: the reader failed")
		}
	}()
	decoder := yaml.NewDecoder(r)
	var nodes [2]yaml.Node
	if err := decoder.Decode(&nodes[0]); err != nil {
		return nil, nil, err
	}
	switch err := decoder.Decode(&nodes[1]); {
	case errors.Is(err, io.EOF):
		return &nodes[0], nil, nil
	case err != nil:
		return &nodes[0], nil, err
	default:
		return &nodes[0], &nodes[1], nil
	}
}

// parsed takes an error of yaml.v3 apart: a line, if it is not the first one, and what was found.
var parsed = regexp.MustCompile(`(?s)^(?:yaml: )?(?:line ([0-9]+): )?(.*)$`)

// syntaxError says in our words, and without any value of the file, what yaml.v3 could not read.
func syntaxError(file string, data []byte, err error) *Error {
	line, _ := strconv.Atoi(parsed.FindStringSubmatch(err.Error())[1])
	complaint := complaintOf(err)
	switch complaint.line {
	case short:
		line++
	case search:
		line = searchLine(data)
	}
	if advised := advise(file, data, line, complaint.message); advised != nil {
		return advised
	}
	return place(file, data, line, complaint.message)
}

func complaintOf(err error) complaint {
	says := parsed.FindStringSubmatch(err.Error())[2]
	for _, c := range complaints {
		if strings.Contains(says, c.says) {
			return c
		}
	}
	return complaint{message: "this is not valid YAML: fix this line or the one before it"}
}

// place is an error at the start of a line, or of the nearest one above that is not blank or a comment.
func place(file string, data []byte, line int, message string) *Error {
	lines := bytes.SplitAfter(bytes.TrimPrefix(data, []byte(byteOrderMark)), []byte("\n"))
	line = min(max(line, 1), len(lines))
	indented := bytes.TrimLeft(lines[line-1], " \t")
	for line > 1 && (len(bytes.TrimSpace(indented)) == 0 || indented[0] == '#') {
		line--
		indented = bytes.TrimLeft(lines[line-1], " \t")
	}
	return defect(file, line, len(lines[line-1])-len(indented)+1, message)
}

// searchLine finds the line of an error that yaml.v3 places at the start of the surrounding block or nowhere: the last
// line it read, less those without which it makes the same error. It tries few lines, to stay linear.
func searchLine(data []byte) int {
	const tries = 4
	lines := lineReader{data: data}
	_, _, err := decode(&lines)
	line, end := lines.read, len(data)-len(lines.data)
	for range tries {
		end = bytes.LastIndexByte(data[:max(end-1, 0)], '\n') + 1
		if _, _, less := decode(bytes.NewReader(data[:end])); line == 1 || less == nil || complaintOf(less) != complaintOf(err) {
			break
		}
		line--
	}
	return line
}

// lineReader hands out at most a line at a time, and counts the lines of which it handed out something.
type lineReader struct {
	data   []byte
	read   int
	inLine bool
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, io.EOF
	}
	if !r.inLine {
		r.read++
	}
	n := copy(p, r.data)
	end := bytes.IndexByte(r.data[:n], '\n')
	r.inLine = end < 0
	if !r.inLine {
		n = end + 1
	}
	r.data = r.data[n:]
	return n, nil
}

// lineOf says what the line in an error of yaml.v3 is worth.
type lineOf int

const (
	exact  lineOf = iota
	short         // one less than the true line
	search        // of the surrounding block, or none
)

// complaint is what a person should read instead of an error of yaml.v3.
type complaint struct {
	says    string // what the error of yaml.v3 has in it
	line    lineOf
	message string
}

var complaints = []complaint{
	{"did not find expected key", search, keyExpected},
	{"did not find expected '-' indicator", search, "a list item (- ) was expected here: fix the indentation, or put the whole value in quotes"},
	{"found a tab character", search, tabIndents},
	{"unknown anchor", search, noAliases},
	{"mapping values are not allowed", exact, colonNotAllowed},
	{"could not find expected ':'", exact, keyWithoutColon},
	{"block sequence entries are not allowed", exact, "a list item (- ) is not allowed here: begin it on its own line, or fix the indentation"},
	{"did not find expected ',' or", short, "a comma or the end of a list [ ] or mapping { } is missing, here or above"},
	{"did not find expected node content", short, "a value was expected here: write one, or put the text in quotes"},
	{"did not find expected <document start>", short, "text after the end of the document: delete it, or fix the indentation"},
	{"found character that cannot start any token", exact, cannotStart},
	{"found unexpected end of stream", exact, notClosed},
	{"found unexpected document indicator", exact, notClosed},
	{"found unknown escape character", exact, badEscape},
	{"did not find expected hexdecimal number", exact, badEscape},
	{"found invalid Unicode character escape code", exact, badEscape},
	{"found an indentation indicator equal to 0", exact, "the indentation after | or > is at least 1"},
	{"did not find expected comment or line break", exact, "only a line break or a comment is allowed here"},
	{"did not find expected alphabetic or numeric character", exact, noAliases},
	{"exceeded max depth", exact, "nested far deeper than the limit: flatten it"},
	{"found undefined tag handle", short, badTag},
	{"directive", exact, noDirectives},
	{"found unexpected non-alphabetical character", exact, noDirectives},
	{"tag URI", exact, badTag},
	{"did not find URI escaped octet", exact, badTag},
	{"did not find expected '!'", exact, badTag},
	{"did not find the expected '>'", exact, badTag},
	{"did not find expected whitespace", exact, badTag},
}

const (
	tabIndents      = "a tab in the indentation: indent with spaces"
	keyExpected     = "a key was expected here: fix the indentation, or put the whole value in quotes"
	colonNotAllowed = "a colon is not allowed here: fix the indentation, or put the value in quotes (a key has at most 1024 characters)"
	keyWithoutColon = "a key without a colon: write `key: value`, or fix the indentation (a key has at most 1024 characters)"
	cannotStart     = "a value cannot begin with this character: put the text in quotes, and indent with spaces, not tabs"
)

const (
	noAliases    = "anchors and aliases are not allowed: write the value out, or put a text that begins with & or * in quotes"
	notClosed    = "a text in quotes is not closed, here or above: add the missing quote"
	badEscape    = `an unknown escape in double quotes: write \\ for a backslash, or use single quotes`
	noDirectives = "directives are not allowed: delete the line that begins with %, or put the text in quotes"
)

// WellFormed reads a text that may be any YAML, also of several documents, with tags and anchors, which evidence must not have.
// structured says whether there are fields or a list in it.
func WellFormed(data []byte) (structured bool, err error) {
	defer func() {
		if recover() != nil {
			structured, err = false, errors.New("yaml: the reader failed")
		}
	}()
	if directiveLine(data) > 0 { // yaml.v3 compares each with all before it
		return true, nil
	}
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var node yaml.Node
		switch err := decoder.Decode(&node); {
		case errors.Is(err, io.EOF):
			return structured, nil
		case err != nil:
			return false, err
		}
		for _, top := range node.Content {
			structured = structured || top.Kind == yaml.MappingNode || top.Kind == yaml.SequenceNode
		}
	}
}
