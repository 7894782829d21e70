package report_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	ical "github.com/emersion/go-ical"
	nethtml "golang.org/x/net/html"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/markdown"
	"github.com/raci-check/raci-check/internal/report/reporttest"
)

// fuzz puts a text wherever evidence can bring one in. An independent reader must read the report, and find the same
// structure in it as with an innocent text: as many elements, fields, rows or entries, in the same order.
func fuzz(f *testing.F, structure func(t *testing.T, output string) []string, formats ...string) {
	for _, text := range harmful {
		f.Add(text)
	}
	innocent := map[string][]string{}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 || strings.TrimSpace(text) == "" {
			t.Skip() // what is not there is not shown: that is another structure
		}
		for _, format := range formats {
			if innocent[format] == nil {
				innocent[format] = structure(t, render(t, format, reporttest.Hostile("text")))
			}
			output := render(t, format, reporttest.Hostile(text))
			obeys(t, format, output)
			if got := structure(t, output); !slices.Equal(got, innocent[format]) {
				t.Errorf("%s has another structure: %s", format, difference(got, innocent[format]))
			}
		}
	})
}

func difference(got, wanted []string) string {
	for i := range min(len(got), len(wanted)) {
		if got[i] != wanted[i] {
			return fmt.Sprintf("part %d is %q, wanted %q", i, got[i], wanted[i])
		}
	}
	return fmt.Sprintf("%d parts, wanted %d", len(got), len(wanted))
}

func FuzzHTML(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) (parts []string) {
		tokens := nethtml.NewTokenizer(strings.NewReader(output))
		for {
			switch kind := tokens.Next(); kind {
			case nethtml.ErrorToken:
				if !errors.Is(tokens.Err(), io.EOF) {
					t.Error(tokens.Err())
				}
				return parts
			case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
				token := tokens.Token()
				if token.Data == "wbr" { // a name has as many as it has parts
					continue
				}
				part := kind.String() + " " + token.Data
				for _, attribute := range token.Attr {
					part += " " + attribute.Key
					if address := attribute.Key == "href" || attribute.Key == "src"; address && !strings.HasPrefix(attribute.Val, "#") {
						t.Errorf("a link to %q", attribute.Val)
					}
				}
				parts = append(parts, part)
			case nethtml.CommentToken, nethtml.DoctypeToken:
				parts = append(parts, kind.String())
			}
		}
	}, "html", "worksheet.html")
}

func FuzzMarkdown(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) []string {
		noMarkup(t, []byte(output))
		if len(output) > markdown.Comment+8192 {
			t.Errorf("%d bytes", len(output))
		}
		return nil // long texts leave no room for others
	}, "markdown", "diff.md")
}

func FuzzCSV(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) (parts []string) {
		rows, err := csv.NewReader(strings.NewReader(output)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			noFormula(t, row)
			parts = append(parts, fmt.Sprint(len(row)))
		}
		return parts
	}, "csv", "ssrm", "worksheet.csv")
}

func FuzzJUnit(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) (parts []string) {
		decoder := xml.NewDecoder(strings.NewReader(output))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				return parts
			}
			if err != nil {
				t.Fatal(err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				part := token.Name.Local
				for _, attribute := range token.Attr {
					part += " " + attribute.Name.Local
				}
				parts = append(parts, part)
			case xml.EndElement:
				parts = append(parts, "/"+token.Name.Local)
			case xml.Comment, xml.Directive, xml.ProcInst:
				parts = append(parts, fmt.Sprintf("%T", token))
			}
		}
	}, "junit")
}

// SARIF has a language in its messages: links in brackets, and places for arguments in braces.
func FuzzSARIF(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) []string {
		for _, result := range jsonOf(t, output).(map[string]any)["runs"].([]any)[0].(map[string]any)["results"].([]any) {
			text := result.(map[string]any)["message"].(map[string]any)["text"].(string)
			plain := strings.NewReplacer(`\\`, "", `\[`, "", `\]`, "", "{{", "", "}}", "").Replace(text)
			if strings.ContainsAny(plain, `[]{}\`) {
				t.Errorf("markup in %.300q", text)
			}
		}
		return fieldsOf(t, output)
	}, "sarif")
}

func FuzzJSONFormats(f *testing.F) {
	fuzz(f, fieldsOf, "gitlab", "hdf", "defectdojo", "oscal", "oscal-plan", "oscal-ssp", "forecast.json", "diff.json")
}

// The assessment itself gives every text back as it was, as far as it was one.
func FuzzJSON(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) []string {
		if _, err := assessment.Read("report.json", strings.NewReader(output)); err != nil && !errors.Is(err, assessment.ErrChanged) && !errors.Is(err, assessment.ErrForm) {
			t.Error(err)
		}
		return fieldsOf(t, output)
	}, "json")
}

func jsonOf(t *testing.T, output string) (value any) {
	if err := json.Unmarshal([]byte(output), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// fieldsOf are the fields of a JSON document, in order.
func fieldsOf(t *testing.T, output string) (parts []string) {
	var visit func(value any)
	visit = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				parts = append(parts, key)
				visit(v[key])
			}
		case []any:
			parts = append(parts, fmt.Sprintf("%d items", len(v)))
			for _, item := range v {
				visit(item)
			}
		}
	}
	visit(jsonOf(t, output))
	return parts
}

func FuzzGitHub(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) (parts []string) {
		for line := range strings.Lines(output) {
			parts = append(parts, commandOf(t, line))
		}
		return parts
	}, "github")
}

func FuzzICS(f *testing.F) {
	fuzz(f, func(t *testing.T, output string) (parts []string) {
		calendar, err := ical.NewDecoder(strings.NewReader(output)).Decode()
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range calendar.Events() {
			parts = append(parts, slices.Sorted(maps.Keys(event.Props))...)
		}
		for line := range strings.Lines(output) {
			if len(line) > 77 || !strings.HasSuffix(line, "\r\n") {
				t.Errorf("line of %d bytes: %q", len(line), line)
			}
		}
		return parts
	}, "ics")
}

// noFormula fails where a cell is one, or is larger than a spreadsheet takes.
func noFormula(t *testing.T, row []string) {
	t.Helper()
	for _, cell := range row {
		start := strings.TrimLeftFunc(cell, unicode.IsSpace)
		if start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) {
			t.Errorf("formula %.100q", cell)
		}
		if n := len([]rune(cell)); n > 32_767 {
			t.Errorf("%d characters in a cell", n)
		}
	}
}
