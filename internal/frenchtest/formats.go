package frenchtest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/testhelp"
)

var (
	// data is what a page shows of the evidence, and what it marks as being in another language.
	data     = regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>|<code[^>]*>.*?</code>|<pre[^>]*>.*?</pre>|<q>.*?</q>|<textarea[^>]*>.*?</textarea>|<option value="[^"]*"[^>]*>[^<]*</option>|<(\w+)[^>]* lang="[^"]*"[^>]*>.*?</\w+>`)
	inFrench = regexp.MustCompile(`<html lang="fr">`)
	tags     = regexp.MustCompile(`<[^>]*>`)
	aloud    = regexp.MustCompile(`(?:aria-label|data-label|data-say-[a-z]+|title|placeholder|alt)="([^"]*)"`)
)

// Page looks through a page: what it shows, and what a screen reader says.
func (r *Reader) Page(where, page string) {
	r.t.Helper()
	if !inFrench.MatchString(page) {
		r.t.Errorf("%s does not say that it is in French", where)
	}
	page = data.ReplaceAllString(inFrench.ReplaceAllString(page, ""), " `` ")
	prose := []string{tags.ReplaceAllString(page, " ¶ ")}
	for _, label := range aloud.FindAllStringSubmatch(page, -1) {
		prose = append(prose, label[1])
	}
	r.Read(where, html.UnescapeString(strings.Join(prose, " ¶ ")))
}

// JSON looks through the texts with a space of a document in JSON, but for those of some fields.
func (r *Reader) JSON(where, document string, but ...string) {
	r.t.Helper()
	var value any
	testhelp.Must(r.t, json.Unmarshal([]byte(document), &value))
	var prose []string
	var add func(value any)
	add = func(value any) {
		switch value := value.(type) {
		case string:
			if strings.Contains(value, " ") {
				prose = append(prose, value)
			}
		case []any:
			for _, below := range value {
				add(below)
			}
		case map[string]any:
			for name, below := range value {
				if !slices.Contains(but, name) {
					add(below)
				}
			}
		}
	}
	add(value)
	if len(prose) == 0 {
		r.t.Errorf("%s has no prose", where)
	}
	r.Read(where, strings.Join(prose, " ¶ "))
}

// values is the condition of a finding with its values, which stay as they are stored.
var values = regexp.MustCompile(`\); [a-z_]+ \([^\n]*`)

// JUnit looks through the texts of a report in XML, and through its attributes with a space.
func (r *Reader) JUnit(where, document string) {
	r.t.Helper()
	var prose []string
	for decoder := xml.NewDecoder(bytes.NewReader([]byte(document))); ; {
		part, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		testhelp.Must(r.t, err)
		switch part := part.(type) {
		case xml.StartElement:
			for _, attribute := range part.Attr {
				if strings.Contains(attribute.Value, " ") && part.Name.Local != "property" {
					prose = append(prose, attribute.Value)
				}
			}
		case xml.CharData:
			prose = append(prose, string(part))
		}
	}
	r.Read(where, values.ReplaceAllString(strings.Join(prose, " ¶ "), ")"))
}

// CSV looks through the cells of a table, but for the names of its columns, which are keys of programs.
func (r *Reader) CSV(where, table string) {
	r.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff"))).ReadAll()
	testhelp.Must(r.t, err)
	var prose []string
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.Contains(cell, " ") {
				prose = append(prose, cell)
			}
		}
	}
	r.Read(where, strings.Join(prose, " ¶ "))
}

// unfolded joins the lines of a calendar that were folded.
var unfolded = strings.NewReplacer("\r\n ", "", "\\n", " ¶ ", "\\,", ",", "\\;", ";")

// Calendar looks through the prose of a calendar.
func (r *Reader) Calendar(where, document string) {
	r.t.Helper()
	var prose []string
	for line := range strings.Lines(unfolded.Replace(document)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ":")
		if slices.Contains([]string{"SUMMARY", "DESCRIPTION", "CATEGORIES", "X-WR-CALNAME"}, name) {
			prose = append(prose, text)
		}
	}
	r.Read(where, strings.Join(prose, " ¶ "))
}
